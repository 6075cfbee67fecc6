package template

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A Place says what a template's names mean where it is deployed.
type Place struct {
	// Parameters override the template's defaults.
	Parameters map[string]string
	// Resource returns what !Ref (attribute is empty) or !GetAtt mean of a
	// resource, given its logical id and type; false where it cannot say.
	Resource func(id, kind, attribute string) (string, bool)
	// Pseudo holds AWS::Region and the like.
	Pseudo map[string]string
}

// Environment resolves the environment variables of f in a place.
func (t *Template) Environment(f Function, at Place) (map[string]string, error) {
	env := make(map[string]string, len(f.env))
	for _, name := range slices.Sorted(maps.Keys(f.env)) {
		node := f.env[name]
		value, err := t.resolve(&node, at)
		if err != nil {
			return nil, fmt.Errorf("template.yaml:%d: %s of %s: %w", node.Line, name, f.ID, err)
		}
		env[name] = value
	}
	return env, nil
}

// Variables lists the names of f's environment variables, in no order.
func (f Function) Variables() []string {
	names := make([]string, 0, len(f.env))
	for name := range f.env {
		names = append(names, name)
	}
	return names
}

// resolve is the text that a scalar or an intrinsic function stands for.
func (t *Template) resolve(node *yaml.Node, at Place) (string, error) {
	switch {
	case node.Tag == "!Ref":
		return t.ref(node.Value, at)
	case node.Tag == "!GetAtt" && node.Kind == yaml.ScalarNode:
		id, attribute, _ := strings.Cut(node.Value, ".")
		return t.attribute(id, attribute, at)
	case node.Tag == "!Sub" && node.Kind == yaml.ScalarNode:
		return t.sub(node.Value, at)
	case node.Tag == "!If" && len(node.Content) == 3:
		holds, err := t.condition(node.Content[0].Value, at)
		if err != nil {
			return "", err
		}
		if holds {
			return t.resolve(node.Content[1], at)
		}
		return t.resolve(node.Content[2], at)
	case node.Kind == yaml.ScalarNode && strings.HasPrefix(node.Tag, "!!"):
		return node.Value, nil
	}
	return "", fmt.Errorf("%s is nothing this package resolves", node.Tag)
}

func (t *Template) ref(id string, at Place) (string, error) {
	if value, ok := at.Parameters[id]; ok {
		return value, nil
	}
	if value, ok := t.parameters[id]; ok {
		return value, nil
	}
	if value, ok := at.Pseudo[id]; ok {
		return value, nil
	}
	return t.attribute(id, "", at)
}

func (t *Template) attribute(id, attribute string, at Place) (string, error) {
	kind, ok := t.resources[id]
	if attribute == "FunctionUrl" && !ok { // which SAM makes of FunctionUrlConfig
		kind, ok = URLType, slices.ContainsFunc(t.Functions, func(f Function) bool { return f.URL && f.ID+"Url" == id })
	}
	if !ok {
		return "", fmt.Errorf("the template declares no %s", id)
	}
	value, ok := at.Resource(id, kind, attribute)
	if !ok {
		return "", fmt.Errorf("no value for %s %s", id, attribute)
	}
	return value, nil
}

var placeholder = regexp.MustCompile(`\$\{([^!}][^}]*)\}`)

func (t *Template) sub(text string, at Place) (string, error) {
	var failed error
	out := placeholder.ReplaceAllStringFunc(text, func(m string) string {
		id, attribute, dotted := strings.Cut(m[2:len(m)-1], ".")
		value, err := "", error(nil)
		if dotted {
			value, err = t.attribute(id, attribute, at)
		} else {
			value, err = t.ref(id, at)
		}
		if err != nil {
			failed = err
		}
		return value
	})
	return strings.ReplaceAll(out, "${!", "${"), failed
}

// condition reports whether a named condition holds.
func (t *Template) condition(name string, at Place) (bool, error) {
	node, ok := t.conditions[name]
	if !ok {
		return false, fmt.Errorf("the template declares no condition %s", name)
	}
	return t.holds(&node, at)
}

func (t *Template) holds(node *yaml.Node, at Place) (bool, error) {
	switch {
	case node.Tag == "!Not" && len(node.Content) == 1:
		holds, err := t.holds(node.Content[0], at)
		return !holds, err
	case node.Tag == "!Equals" && len(node.Content) == 2:
		a, err := t.resolve(node.Content[0], at)
		if err != nil {
			return false, err
		}
		b, err := t.resolve(node.Content[1], at)
		return a == b, err
	}
	return false, fmt.Errorf("line %d: %s is no condition this package resolves", node.Line, node.Tag)
}
