package policy

import (
	"math"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A reader takes a YAML tree apart and notes every mistake it meets, rather
// than stopping at the first. What is wrong reads as the zero value.
type reader struct{ mistakes *Mistakes }

// A field is one entry of a mapping.
type field struct {
	key   string
	line  int
	value *yaml.Node
}

// follow returns the node that an alias stands for.
func follow(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// fields returns the entries of a mapping in their order. Of two of the same
// name the second is a mistake; so is a name that is not among the known ones,
// where any are given.
func (r reader) fields(n *yaml.Node, what string, known ...string) []field {
	n = follow(n)
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		r.mistakes.add(n.Line, "%s: a mapping of names to values is expected", what)
		return nil
	}
	all := make([]field, 0, len(n.Content)/2)
	seen := make(map[string]bool, len(n.Content)/2)
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := follow(n.Content[i])
		f := field{key.Value, key.Line, n.Content[i+1]}
		switch {
		case key.Kind != yaml.ScalarNode:
			r.mistakes.add(key.Line, "%s: a name is expected", what)
		case seen[f.key]:
			r.mistakes.add(f.line, "%s: %q stands there twice", what, f.key)
		case len(known) > 0 && !contains(known, f.key):
			r.mistakes.add(f.line, "%s: unknown field %q; known are %s", what, f.key, strings.Join(known, ", "))
		default:
			all = append(all, f)
		}
		seen[f.key] = true
	}
	return all
}

func contains(known []string, key string) bool {
	for _, k := range known {
		if k == key {
			return true
		}
	}
	return false
}

// list returns the elements of a sequence.
func (r reader) list(n *yaml.Node, what string) []*yaml.Node {
	n = follow(n)
	if n.Kind != yaml.SequenceNode {
		r.mistakes.add(n.Line, "%s: a list is expected", what)
		return nil
	}
	return n.Content
}

func (r reader) text(n *yaml.Node, what string) string {
	n = follow(n)
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		r.mistakes.add(n.Line, "%s: a text is expected", what)
		return ""
	}
	return n.Value
}

// filled reads a text that is not empty.
func (r reader) filled(n *yaml.Node, what string) string {
	text := r.text(n, what)
	if n = follow(n); n.Kind == yaml.ScalarNode && n.Tag != "!!null" && strings.TrimSpace(text) == "" {
		r.mistakes.add(n.Line, "%s: it is empty", what)
		return ""
	}
	return text
}

// texts reads a list of names.
func (r reader) texts(n *yaml.Node, what string) []string {
	var all []string
	for i, e := range r.list(n, what) {
		if !r.within(i, maxListed, e.Line, what) {
			break
		}
		all = append(all, r.text(e, what))
	}
	return all
}

// number reads a whole number from low to high.
func (r reader) number(n *yaml.Node, what string, low, high int) int {
	n = follow(n)
	value, err := strconv.Atoi(n.Value)
	switch {
	case n.Kind != yaml.ScalarNode || n.Tag != "!!int" || err != nil:
		r.mistakes.add(n.Line, "%s: a whole number is expected", what)
		return low
	case value < low || value > high:
		if high == math.MaxInt32 {
			r.mistakes.add(n.Line, "%s: %d is less than %d", what, value, low)
		} else {
			r.mistakes.add(n.Line, "%s: %d is not from %d to %d", what, value, low, high)
		}
		return low
	}
	return value
}

// share reads a number from 0 to 1.
func (r reader) share(n *yaml.Node, what string) float64 {
	n = follow(n)
	value, err := strconv.ParseFloat(n.Value, 64)
	if n.Kind != yaml.ScalarNode || err != nil || !(value >= 0 && value <= 1) {
		r.mistakes.add(n.Line, "%s: a number from 0 to 1 is expected, such as 0.35", what)
		return 0
	}
	return value
}

func (r reader) truth(n *yaml.Node, what string) bool {
	n = follow(n)
	if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" {
		r.mistakes.add(n.Line, "%s: true or false is expected", what)
		return false
	}
	return n.Value == "true" || n.Value == "True" || n.Value == "TRUE"
}

// one reads a text that is one of the given, and returns its place among them,
// or -1.
func (r reader) one(n *yaml.Node, what string, of ...string) int {
	text := r.text(n, what)
	if text == "" {
		return -1
	}
	for i, o := range of {
		if o == text {
			return i
		}
	}
	r.mistakes.add(follow(n).Line, "%s: %q is not one of %s", what, text, strings.Join(of, ", "))
	return -1
}
