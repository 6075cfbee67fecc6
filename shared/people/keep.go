package people

import (
	"errors"
	"fmt"
	"slices"
)

// What somebody may not change of the directory.
var (
	ErrNotTheirs = errors.New("this is not theirs to change") // wrapped with the field
	ErrLastAdmin = errors.New("the directory would be left without an admin")
)

// Leads reports whether p leads a team: it names them, or they are one of it and
// have the role of leads.
func (d Directory) Leads(p Person, team string) bool {
	if slices.Contains(d.Teams[team].Leads, p.ID) {
		return true
	}
	return p.Is(Lead) && slices.Contains(d.Members[p.ID].Teams, team)
}

// LeadsSome reports whether p leads any of teams.
func (d Directory) LeadsSome(p Person, teams []string) bool {
	return slices.ContainsFunc(teams, func(team string) bool { return d.Leads(p, team) })
}

// MayKeep returns nil when p may make of the member was what is says, a zero was
// being nobody yet. An admin may, but not make themselves leave, nor the directory
// one without an admin. A lead may set when members of their teams work and are
// there, what they answer and how much: who somebody is, their roles and teams are
// an admin's to say. So nobody gives a role who has not all of them. The error
// begins with the field.
func (d Directory) MayKeep(p Person, was, is Member) error {
	switch {
	case !MayEver(p, KeepPeople):
		return fmt.Errorf("id: %w", ErrNotTheirs)
	case is.Left && !was.Left && is.ID == p.ID:
		return fmt.Errorf("left: nobody says so of themselves: %w", ErrNotTheirs)
	case d.lastAdmin(was) && !is.admin():
		return fmt.Errorf("roles: %w", ErrLastAdmin)
	case p.Is(Admin):
		return nil
	case was.Version == 0:
		return fmt.Errorf("id: only an admin adds people: %w", ErrNotTheirs)
	case !d.LeadsSome(p, was.Teams):
		return fmt.Errorf("teams: a lead keeps the people of their own teams: %w", ErrNotTheirs)
	}
	for _, field := range []struct {
		name string
		same bool
	}{
		{"name", was.Name == is.Name},
		{"sign", was.Sign == is.Sign},
		{"roles", slices.Equal(was.Roles, is.Roles)},
		{"teams", slices.Equal(was.Teams, is.Teams)},
		{"brands", slices.Equal(was.Brands, is.Brands)},
		{"left", was.Left == is.Left},
	} {
		if !field.same {
			return fmt.Errorf("%s: only an admin changes it: %w", field.name, ErrNotTheirs)
		}
	}
	return nil
}

// MayBeAway returns nil when p may say of the member m that they are away or back:
// of themselves everybody, of those of their teams a lead, of all an admin.
func (d Directory) MayBeAway(p Person, m Member) error {
	if p.ID == m.ID && MayEver(p, GoAway) || p.Is(Admin) || MayEver(p, KeepPeople) && d.LeadsSome(p, m.Teams) {
		return nil
	}
	return fmt.Errorf("id: %w", ErrNotTheirs)
}

// OfHearing are the fields of a member that they decide on themselves: how, when and in
// which language they are told.
var OfHearing = []string{"channels", "quiet", "reads", "undo", "zone"}

// MayHear returns nil when p may make of the member was what is says, where that is
// about how they are told and nothing else: everybody of themselves.
func (d Directory) MayHear(p Person, was, is Member) error {
	if p.ID != was.ID || was.Version == 0 || !MayEver(p, Hear) {
		return fmt.Errorf("id: %w", ErrNotTheirs)
	}
	for _, f := range Diff(was, is) {
		if !slices.Contains(OfHearing, f.Name) {
			return fmt.Errorf("%s: %w", f.Name, ErrNotTheirs)
		}
	}
	if was.Zone != is.Zone && len(was.Shifts) > 0 {
		return fmt.Errorf("zone: it is of their shifts, too: %w", ErrNotTheirs)
	}
	return nil
}

// MayKeepRoom returns nil when p may change the channels of a team: an admin, and who
// leads it.
func (d Directory) MayKeepRoom(p Person, team string) error {
	if p.Is(Admin) || MayEver(p, KeepPeople) && d.Leads(p, team) {
		return nil
	}
	return fmt.Errorf("id: a lead keeps the channels of their own teams: %w", ErrNotTheirs)
}

// MayKeepRota returns nil when p may make of the rota was what is says, a zero is
// being none any more: an admin, and a lead of its team before and after.
func (d Directory) MayKeepRota(p Person, was, is Rota) error {
	if p.Is(Admin) {
		return nil
	}
	for _, r := range []Rota{was, is} {
		if r.ID != "" && (!MayEver(p, KeepPeople) || r.Team == "" || !d.Leads(p, r.Team)) {
			return fmt.Errorf("team: a lead keeps the rotas of their own teams: %w", ErrNotTheirs)
		}
	}
	return nil
}

// admin reports whether m is an admin who has not left.
func (m Member) admin() bool { return !m.Left && slices.Contains(m.Roles, string(Admin)) }

// lastAdmin reports whether m is the one admin of the directory.
func (d Directory) lastAdmin(m Member) bool {
	if !d.Members[m.ID].admin() {
		return false
	}
	for id, other := range d.Members {
		if id != m.ID && other.admin() {
			return false
		}
	}
	return true
}

// SignedIn returns who somebody is that signed in as p: by the directory where it
// has them, with its roles in place of those of their sign-in unless it has none.
// Who is an admin by their sign-in stays one, so that no mistake in the directory
// locks everybody out. ok is false for who has left: they may do nothing more.
func (d Directory) SignedIn(p Person) (_ Person, ok bool) {
	m, known := d.Members[p.ID]
	if !known {
		return p, true
	}
	if m.Left {
		return Person{ID: p.ID}, false
	}
	if m.Name != "" {
		p.Name = m.Name
	}
	p.Brands = m.Brands
	if len(m.Roles) == 0 {
		return p, true
	}
	words := m.Roles
	if p.Is(Admin) {
		words = append(slices.Clip(words), string(Admin))
	}
	p.Roles, p.Top = nil, 0
	for _, word := range words {
		if granted, err := p.Grant(word); err == nil { // one that is no role grants nothing
			p = granted
		}
	}
	return p, true
}

// Called is what pages call somebody who works here, by their id: their name, or
// the id of who is in no directory.
func (d Directory) Called(id string) string {
	if m, ok := d.Members[id]; ok && m.Name != "" {
		return m.Name
	}
	return id
}

// Signs is the name under somebody's answers.
func (d Directory) Signs(id string) string {
	if m, ok := d.Members[id]; ok && m.Sign != "" {
		return m.Sign
	}
	return d.Called(id)
}
