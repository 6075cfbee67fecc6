package template

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// A Grant is one action on one resource that a function's role allows.
type Grant struct {
	Action   string // such as dynamodb:Query
	Resource string // logical id of a resource, or the name of the parameter that holds an ARN
	Index    string // of the table, when the grant is for an index
	If       string // the condition of the template that it stands under, or empty
}

func (g Grant) String() string {
	s := g.Action + " on " + g.Resource
	if g.Index != "" {
		s += "/" + g.Index
	}
	if g.If != "" {
		s += " if " + g.If
	}
	return s
}

// A Role is what an AWS::IAM::Role allows, each grant once, sorted.
type Role struct {
	ID     string
	Grants []Grant
}

// Role returns the role that f runs under.
func (t *Template) Role(f Function) (Role, error) {
	for _, r := range t.roles {
		if r.ID == f.Role {
			return r, nil
		}
	}
	return Role{}, fmt.Errorf("template.yaml: %s: its role %q is none of the template", f.ID, f.Role)
}

func readRole(id string, node *yaml.Node) (Role, error) {
	var p struct {
		Policies []struct {
			Document struct {
				Statements []yaml.Node `yaml:"Statement"`
			} `yaml:"PolicyDocument"`
		} `yaml:"Policies"`
	}
	if err := node.Decode(&p); err != nil {
		return Role{}, err
	}
	role := Role{ID: id}
	for _, policy := range p.Policies {
		for _, statement := range policy.Document.Statements {
			if err := role.add(&statement, ""); err != nil {
				return Role{}, err
			}
		}
	}
	slices.SortFunc(role.Grants, func(a, b Grant) int {
		return cmp.Or(cmp.Compare(a.Action, b.Action), cmp.Compare(a.Resource, b.Resource), cmp.Compare(a.Index, b.Index), cmp.Compare(a.If, b.If))
	})
	role.Grants = slices.Compact(role.Grants)
	return role, nil
}

// add takes in a statement, or both sides of a condition on statements.
func (r *Role) add(node *yaml.Node, condition string) error {
	if node.Tag == "!If" && len(node.Content) == 3 && condition == "" {
		name := node.Content[0].Value
		if err := r.add(node.Content[1], name); err != nil {
			return err
		}
		return r.add(node.Content[2], "not "+name)
	}
	if node.Tag == "!Ref" && node.Value == "AWS::NoValue" {
		return nil
	}
	var s struct {
		Effect   string    `yaml:"Effect"`
		Action   oneOrMore `yaml:"Action"`
		Resource oneOrMore `yaml:"Resource"`
	}
	if err := node.Decode(&s); err != nil {
		return err
	}
	if s.Effect != "Allow" {
		return fmt.Errorf("line %d: Effect %q: want Allow", node.Line, s.Effect)
	}
	for _, on := range s.Resource {
		resource, index, err := granted(&on)
		if err != nil {
			return err
		}
		for _, action := range s.Action {
			r.Grants = append(r.Grants, Grant{Action: action.Value, Resource: resource, Index: index, If: condition})
		}
	}
	return nil
}

// granted is what an entry of Resource names.
func granted(node *yaml.Node) (resource, index string, err error) {
	if node.Tag == "!Ref" {
		return node.Value, "", nil
	}
	if id, err := arnOf(node); err == nil {
		return id, "", nil
	}
	if id, index, ok := strings.Cut(node.Value, ".Arn}/index/"); ok && node.Tag == "!Sub" && strings.HasPrefix(id, "${") {
		return id[2:], index, nil
	}
	return "", "", fmt.Errorf("line %d: want !Ref ID, !GetAtt ID.Arn or !Sub \"${ID.Arn}/index/NAME\"", node.Line)
}

// oneOrMore reads what may stand alone or in a list.
type oneOrMore []yaml.Node

func (o *oneOrMore) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.SequenceNode {
		for _, n := range node.Content {
			*o = append(*o, *n)
		}
		return nil
	}
	*o = oneOrMore{*node}
	return nil
}
