package channel

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A mistake is one thing that is wrong with the file. It never quotes a value that
// may be a secret.
type mistake struct {
	line   int
	reason string
}

// A reader reads the file and notes what is wrong.
type reader struct{ wrong []mistake }

func (r *reader) mistake(node *yaml.Node, format string, args ...any) {
	line := 1
	if node != nil {
		line = node.Line
	}
	r.wrong = append(r.wrong, mistake{line, fmt.Sprintf(format, args...)})
}

// open returns the root of the one document in doc, and nil where there is none.
func (r *reader) open(doc []byte) *yaml.Node {
	all, err := documents(doc)
	switch {
	case err != nil:
		r.wrong = append(r.wrong, mistake{brokenLine(doc), "no YAML"})
		return nil
	case len(all) == 0:
		return nil // nothing but comments: nobody is told outside of the console
	case len(all) > 1:
		r.mistake(all[1], "a second document begins")
		return nil
	}
	return all[0].Content[0]
}

func documents(doc []byte) (all []*yaml.Node, err error) {
	dec := yaml.NewDecoder(bytes.NewReader(doc))
	for {
		var one yaml.Node
		err := dec.Decode(&one)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		all = append(all, &one)
	}
}

// brokenLine returns the line in which doc stops being YAML: the one after the last
// up to which it was.
func brokenLine(doc []byte) int {
	lines := bytes.SplitAfter(doc, []byte("\n"))
	end := len(doc)
	for n := len(lines); n > 1; n-- {
		end -= len(lines[n-1])
		if _, err := documents(doc[:end]); err == nil {
			return n
		}
	}
	return 1
}

func resolve(node *yaml.Node) *yaml.Node {
	for node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	return node
}

// fields returns those of a mapping, of which it may have the known ones.
func (r *reader) fields(node *yaml.Node, what string, known ...string) map[string]*yaml.Node {
	node = resolve(node)
	found := map[string]*yaml.Node{}
	if node.Kind != yaml.MappingNode {
		if node.Kind != yaml.ScalarNode || node.Tag != "!!null" {
			r.mistake(node, "%s is no mapping of fields to values", what)
		}
		return found
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], resolve(node.Content[i+1])
		switch {
		case !slices.Contains(known, key.Value):
			r.mistake(key, "%s: there is no field %q", what, key.Value)
		case found[key.Value] != nil:
			r.mistake(key, "%s: %s is there twice", what, key.Value)
		default:
			found[key.Value] = value
		}
	}
	return found
}

// list returns what a list holds, nothing where there is none.
func (r *reader) list(node *yaml.Node, what string) []*yaml.Node {
	if node == nil || node.Tag == "!!null" {
		return nil
	}
	if node.Kind != yaml.SequenceNode {
		r.mistake(node, "%s is no list", what)
		return nil
	}
	var all []*yaml.Node
	for _, one := range node.Content {
		all = append(all, resolve(one))
	}
	return all
}

func (r *reader) text(node *yaml.Node, what string) string {
	switch {
	case node == nil:
		return ""
	case node.Kind != yaml.ScalarNode || node.Tag != "!!str" && node.Tag != "!!int":
		r.mistake(node, "%s is no text", what)
		return ""
	case strings.TrimSpace(node.Value) != node.Value:
		r.mistake(node, "%s begins or ends with white space", what)
	}
	return node.Value
}

func (r *reader) truth(node *yaml.Node, what string) bool {
	if node == nil {
		return false
	}
	if node.Tag != "!!bool" {
		r.mistake(node, "%s is true or false", what)
	}
	return node.Value == "true"
}

// port is that of email.
func (r *reader) port(node *yaml.Node, found map[string]*yaml.Node) int {
	text := r.must(node, found, "email", "port")
	n, err := strconv.Atoi(text)
	if text != "" && (err != nil || n < 1 || n > 65535) {
		r.mistake(found["port"], "port is a number from 1 to 65535")
	}
	return n
}
