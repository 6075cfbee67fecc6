package sla

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// A reader takes a part of a policy apart and notes every mistake it meets,
// rather than stopping at the first. What is wrong reads as the zero value.
type reader struct {
	calendars map[string]*Calendar
	mistakes  []Mistake
	holidayed int // bytes of holidays read so far, of all calendars together
}

// A field is one entry of a mapping.
type field struct {
	name  string
	line  int
	value *yaml.Node
}

func (r *reader) mistake(line int, format string, args ...any) {
	r.mistakes = append(r.mistakes, Mistake{line, fmt.Sprintf(format, args...)})
}

// fields returns the entries of a mapping, none of nothing at all. A name that
// stands there twice or is not a known one is a mistake; nil knows all.
func (r *reader) fields(node *yaml.Node, what string, known []string) []field {
	if node == nil {
		return nil
	}
	n := follow(node)
	if n.Kind == yaml.ScalarNode && n.Tag == "!!null" {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		r.mistake(node.Line, "%s: a mapping of names to values is expected", what)
		return nil
	}
	var all []field
	for i := 0; i+1 < len(n.Content); i += 2 {
		f := field{follow(n.Content[i]).Value, n.Content[i].Line, n.Content[i+1]}
		switch {
		case slices.ContainsFunc(all, func(g field) bool { return g.name == f.name }):
			r.mistake(f.line, "%s: %q stands there twice", what, f.name)
		case known != nil && !slices.Contains(known, f.name):
			r.mistake(f.line, "%s: unknown field %q; known are %s", what, f.name, strings.Join(known, ", "))
		default:
			all = append(all, f)
		}
	}
	return all
}

func (r *reader) list(node *yaml.Node, what string) []*yaml.Node {
	n := follow(node)
	if n.Kind != yaml.SequenceNode {
		r.mistake(node.Line, "%s: a list is expected", what)
		return nil
	}
	return n.Content
}

func (r *reader) text(node *yaml.Node, what string) string {
	n := follow(node)
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" || n.Value == "" {
		r.mistake(node.Line, "%s: a text is expected", what)
		return ""
	}
	return n.Value
}

func (r *reader) number(node *yaml.Node, what string, low, high int) int {
	n := follow(node)
	value, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || n.Tag != "!!int" || err != nil || value < low || value > high {
		r.mistake(node.Line, "%s: a whole number from %d to %d is expected", what, low, high)
		return low
	}
	return value
}

// duration reads a duration whose days have 24 hours.
func (r *reader) duration(node *yaml.Node, what string) time.Duration {
	days, rest, _ := r.days(node, what)
	return time.Duration(days)*24*time.Hour + rest
}

// days reads a duration of more than zero, its days apart from the rest.
func (r *reader) days(node *yaml.Node, what string) (days int64, rest time.Duration, ok bool) {
	text := r.text(node, what)
	if text == "" {
		return 0, 0, false
	}
	before, after, found := strings.Cut(text, "d")
	if !found {
		before, after = "", text
	}
	var err error
	if found {
		days, err = strconv.ParseInt(before, 10, 64)
	}
	if err == nil && after != "" {
		rest, err = ParseTarget(after)
	}
	switch {
	case err != nil || strings.HasPrefix(before, "+") || strings.HasPrefix(before, "-"):
		r.mistake(node.Line, "%s: %q is not a duration of whole days, hours, minutes and seconds such as 1d4h or 30m", what, text)
	case days == 0 && rest == 0:
		r.mistake(node.Line, "%s: %s is not more than zero", what, text)
	case days > maxDays || rest > maxDays*24*time.Hour:
		r.mistake(node.Line, "%s: %s is longer than %d days", what, text, maxDays)
	default:
		return days, rest, true
	}
	return 0, 0, false
}

// follow returns the node that an alias stands for.
func follow(node *yaml.Node) *yaml.Node {
	for node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	return node
}

func lineOf(node *yaml.Node) int {
	if node == nil {
		return 0
	}
	return node.Line
}
