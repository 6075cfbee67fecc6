// Package people says who works at the desk and what each of them may do: one
// table of roles and verbs, asked by every route. It knows nothing of how a
// person signs in, and holds no list of persons.
package people

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"example.com/skala/shared/desk"
)

// A Role is what a person is at the desk.
type Role string

// The roles. An agent works on the tiers up to their own, a senior up to
// desk.Senior; leads and admins on everything. Auditors look at what the desk
// kept and counted; viewers are of other teams and see what comes in.
const (
	Agent   Role = "agent"
	Senior  Role = "senior"
	Lead    Role = "lead"
	Admin   Role = "admin"
	Auditor Role = "auditor"
	Viewer  Role = "viewer"
)

// Roles lists every role.
var Roles = []Role{Agent, Senior, Lead, Admin, Auditor, Viewer}

// A Person is somebody who signed in. Top is the highest tier that their agent
// role reaches; it means nothing without that role. Brands are those whose tickets
// they see, empty for all.
type Person struct {
	ID     string
	Name   string
	Roles  []Role
	Top    desk.Tier
	Brands []string
}

// Sees reports whether p may know of the tickets of a brand. What came in by an
// account that the desk does not know is everybody's.
func (p Person) Sees(brand string) bool {
	return len(p.Brands) == 0 || brand == "" || brand == desk.UnknownBrand || slices.Contains(p.Brands, brand)
}

// Sees is that of the person whom m is.
func (m Member) Sees(brand string) bool { return Person{Brands: m.Brands}.Sees(brand) }

// Is reports whether p has any of roles.
func (p Person) Is(roles ...Role) bool {
	return slices.ContainsFunc(p.Roles, func(r Role) bool { return slices.Contains(roles, r) })
}

// Works reports whether p works on tickets of tier.
func (p Person) Works(tier desk.Tier) bool {
	switch {
	case p.Is(Lead, Admin):
		return true
	case p.Is(Senior) && tier <= desk.Senior:
		return true
	}
	return p.Is(Agent) && tier <= p.Top
}

// Tiers lists the tiers that p works on, the lowest first.
func (p Person) Tiers() []desk.Tier {
	var tiers []desk.Tier
	for tier := desk.Tier(0); tier < desk.Tiers; tier++ {
		if p.Works(tier) {
			tiers = append(tiers, tier)
		}
	}
	return tiers
}

// Grant returns p with the role that a word of a token's claim names: a role,
// or "agent:2" for an agent up to tier 2; "agent" alone is one of the general
// tier. Of several agent words the highest tier stands. It refuses any other
// word, whose group may mean something to another program.
func (p Person) Grant(word string) (Person, error) {
	name, tier, hasTier := strings.Cut(word, ":")
	role := Role(name)
	if !slices.Contains(Roles, role) || hasTier && role != Agent {
		return p, fmt.Errorf("role %q is none of %v", word, Roles)
	}
	top := desk.General
	if hasTier {
		n, err := strconv.ParseUint(tier, 10, 8)
		if err != nil || n >= desk.Tiers {
			return p, fmt.Errorf("role %q: tier %q is none of 0 to %d", word, tier, desk.Tiers-1)
		}
		top = desk.Tier(n)
	}
	if role == Agent {
		if p.Is(Agent) {
			top = max(top, p.Top)
		}
		p.Top = top
	}
	if !p.Is(role) {
		p.Roles = append(slices.Clip(p.Roles), role)
	}
	return p, nil
}

// Words writes the roles of p as Grant reads them.
func (p Person) Words() []string {
	words := make([]string, 0, len(p.Roles))
	for _, r := range p.Roles {
		word := string(r)
		if r == Agent {
			word += ":" + strconv.Itoa(int(p.Top))
		}
		words = append(words, word)
	}
	return words
}
