package sla

import (
	"go.yaml.in/yaml/v3"

	"example.com/skala/shared/desk"
)

func (r *reader) chain(node *yaml.Node, c desk.Chain) desk.Chain {
	for _, f := range r.fields(node, "chain", []string{"top", "repeat", "limit"}) {
		what := "chain: " + f.name
		switch f.name {
		case "top":
			c.Top = desk.Tier(r.number(f.value, what, 0, desk.Tiers-1))
		case "repeat":
			c.Repeat = r.duration(f.value, what)
		case "limit":
			c.Limit = r.number(f.value, what, 0, 100)
		}
	}
	return c
}
