package platform

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A mistake is one thing that is wrong with the file.
type mistake struct {
	line   int
	reason string
}

// parse returns the root of the one document in doc.
func parse(doc []byte) (*yaml.Node, *mistake) {
	documents, err := decode(doc)
	switch {
	case err != nil:
		return nil, &mistake{brokenLine(doc), "no YAML: " + withoutLine(err)}
	case len(documents) == 0:
		return nil, &mistake{1, "the file is empty"}
	case len(documents) > 1:
		return nil, &mistake{documents[1].Line, "a second document begins"}
	}
	return documents[0].Content[0], nil
}

func decode(doc []byte) ([]*yaml.Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(doc))
	var documents []*yaml.Node
	for {
		var document yaml.Node
		err := dec.Decode(&document)
		if errors.Is(err, io.EOF) {
			return documents, nil
		}
		if err != nil {
			return nil, err
		}
		documents = append(documents, &document)
	}
}

// brokenLine returns the line in which doc stops being YAML: the one after the
// last up to which it was. The line in the parser's own words is often the one
// where the list or mapping around it begins.
func brokenLine(doc []byte) int {
	lines := bytes.SplitAfter(doc, []byte("\n"))
	end := len(doc)
	for n := len(lines); n > 1; n-- {
		end -= len(lines[n-1])
		if _, err := decode(doc[:end]); err == nil {
			return n
		}
	}
	return 1
}

// withoutLine returns what an error such as "yaml: line 3: ..." says.
func withoutLine(err error) string {
	reason := strings.TrimPrefix(err.Error(), "yaml: ")
	if rest, ok := strings.CutPrefix(reason, "line "); ok {
		if _, why, ok := strings.Cut(rest, ": "); ok {
			return why
		}
	}
	return reason
}

func fail(name string, wrong []mistake) error {
	slices.SortFunc(wrong, func(a, b mistake) int { return cmp.Or(a.line-b.line, strings.Compare(a.reason, b.reason)) })
	var errs []error
	for _, m := range wrong {
		errs = append(errs, fmt.Errorf("%s:%d: %s", name, m.line, m.reason))
	}
	return errors.Join(errs...)
}

// A reader reads the file for a use and notes what is wrong.
type reader struct {
	use   Use
	wrong []mistake
}

func (r *reader) mistake(line int, format string, args ...any) {
	r.wrong = append(r.wrong, mistake{line, fmt.Sprintf(format, args...)})
}

// fields returns the fields of a mapping that the reader's use may know, and
// notes those that nobody knows.
func (r *reader) fields(node *yaml.Node, what string, known []field) map[string]*yaml.Node {
	node = resolve(node)
	if node.Kind != yaml.MappingNode {
		r.mistake(node.Line, "%s: is no mapping of fields to values", what)
		return nil
	}
	found := map[string]*yaml.Node{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], resolve(node.Content[i+1])
		uses, ok := usesOf(known, key.Value)
		switch {
		case !ok:
			r.mistake(key.Line, "%s: there is no field %q", what, key.Value)
		case found[key.Value] != nil:
			r.mistake(key.Line, "%s: %s is there twice", what, key.Value)
		case uses&r.use != 0:
			found[key.Value] = value
		}
	}
	return found
}

// list returns what a list holds, which must be something.
func (r *reader) list(node *yaml.Node, what string) []*yaml.Node {
	if node.Kind != yaml.SequenceNode {
		r.mistake(node.Line, "%s: is no list", what)
		return nil
	}
	if len(node.Content) == 0 {
		r.mistake(node.Line, "%s: the list is empty", what)
	}
	var all []*yaml.Node
	for _, n := range node.Content {
		all = append(all, resolve(n))
	}
	return all
}

// text returns a string. A number is taken as it is written, since ids look
// like numbers.
func (r *reader) text(node *yaml.Node, what string) text {
	t := text{value: node.Value, line: node.Line}
	switch {
	case node.Kind != yaml.ScalarNode || node.ShortTag() != "!!str" && node.ShortTag() != "!!int":
		r.mistake(node.Line, "%s: is no text", what)
		t.value = ""
	case strings.TrimSpace(node.Value) == "":
		r.mistake(node.Line, "%s: is empty", what)
		t.value = ""
	case strings.TrimSpace(node.Value) != node.Value:
		r.mistake(node.Line, "%s: begins or ends with white space", what)
	}
	return t
}

// lookup returns the value of a field, and nil where there is none.
func lookup(node *yaml.Node, name string) *yaml.Node {
	node = resolve(node)
	if node.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == name {
			return resolve(node.Content[i+1])
		}
	}
	return nil
}

// resolve follows an alias to what it stands for.
func resolve(node *yaml.Node) *yaml.Node {
	for node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	return node
}
