package people

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"example.com/skala/shared/desk"
)

// Assigns is how a team's tickets find somebody by themselves.
type Assigns string

// The ways. Without one people take their next ticket.
const (
	AssignsNobody Assigns = ""
	RoundRobin    Assigns = "round_robin" // to whoever was given none for the longest
	FewestOpen    Assigns = "fewest_open" // to whoever has the most of their room left
)

// usualRoom is how much somebody is given at once of whom the directory says no
// bounds: a desk that hands out never buries anybody.
const usualRoom = 10

// A Candidate is somebody who might be given a ticket: how much of their room is
// taken, and when they were last given one by themselves, zero for never.
type Candidate struct {
	ID       string
	Capacity Capacity
	Load     int
	Last     time.Time
}

// room is how much a candidate has in all, and whether a ticket of a weight fits.
func (c Candidate) room(weight int) (all int, fits bool) {
	all = usualRoom
	switch soft, hard := c.Capacity.Soft, c.Capacity.Hard; {
	case soft > 0 && hard > 0:
		all = min(soft, hard)
	case soft > 0 || hard > 0:
		all = max(soft, hard)
	}
	return all, c.Load+weight <= all
}

// Assigning reports whether any team's tickets find somebody by themselves.
func (d Directory) Assigning() bool {
	for _, team := range d.Teams {
		if team.Assigns != AssignsNobody {
			return true
		}
	}
	return false
}

// Gives reports whether t is a ticket that the team gives to one of its own: routed to
// it, or to no team of the directory.
func (d Directory) Gives(team Team, t desk.Ticket) bool {
	return team.Assigns != AssignsNobody && (t.Team == team.ID || !d.answers(t.Team))
}

// hands are the agents and seniors of a team who are there at an instant, in the
// order of their ids.
func (d Directory) hands(team Team, at time.Time) []Member {
	return slices.DeleteFunc(d.OnShift(at), func(m Member) bool {
		p, ok := d.SignedIn(Person{ID: m.ID})
		return !ok || !p.Is(Agent, Senior) || !slices.Contains(m.Teams, team.ID)
	})
}

// Joins are the instants after one, and no later than another, at which a shift begins
// or an absence ends of somebody who can be given a team's tickets.
func (d Directory) Joins(after, until time.Time) (joins []time.Time) {
	var candidates []time.Time
	for minute := after.Truncate(time.Minute).Add(time.Minute); !minute.After(until); minute = minute.Add(time.Minute) { // weeks are written in minutes
		candidates = append(candidates, minute)
	}
	for _, m := range d.Members {
		if end := m.Presence.Until; end.After(after) && !end.After(until) {
			candidates = append(candidates, end)
		}
	}
	slices.SortFunc(candidates, time.Time.Compare)
	here := d.givable(after)
	for _, at := range candidates {
		then := d.givable(at)
		for id := range then {
			if !here[id] {
				joins = append(joins, at)
				break
			}
		}
		here = then
	}
	return joins
}

// givable are those who can be given tickets of any team at an instant.
func (d Directory) givable(at time.Time) map[string]bool {
	all := map[string]bool{}
	for _, team := range d.Teams {
		if team.Assigns == AssignsNobody {
			continue
		}
		for _, m := range d.hands(team, at) {
			all[m.ID] = true
		}
	}
	return all
}

// answersAs reports whether m answers tickets of a tier, as an agent or a senior.
func (d Directory) answersAs(m Member, tier desk.Tier) bool {
	p, ok := d.SignedIn(Person{ID: m.ID})
	return ok && slices.ContainsFunc([]Role{Agent, Senior}, func(role Role) bool { return p.Is(role) && p.as(role).Works(tier) })
}

// AssignableTiers are the tiers of which somebody of a team can be given a ticket at
// an instant.
func (d Directory) AssignableTiers(team Team, at time.Time) (tiers []desk.Tier) {
	hands := d.hands(team, at)
	for tier := desk.Tier(0); tier < desk.Tiers; tier++ {
		if slices.ContainsFunc(hands, func(m Member) bool { return d.answersAs(m, tier) }) {
			tiers = append(tiers, tier)
		}
	}
	return tiers
}

// Assignable lists who of a team a ticket can be given to at an instant, had they
// room: agents and seniors of its tier who are there and whom it suits, in the order
// of their ids.
func (d Directory) Assignable(team Team, t desk.Ticket, at time.Time) []Member {
	return slices.DeleteFunc(d.hands(team, at), func(m Member) bool {
		return !d.answersAs(m, t.Tier) || !m.Sees(t.Brand) || !d.Suits(m, t)
	})
}

// Pick returns who of all is given a ticket of a weight; ok is false where nobody has
// room for it. Of equals it is who was given none for longer, then whose id is first.
func (a Assigns) Pick(all []Candidate, weight int) (who string, ok bool) {
	fitting := slices.DeleteFunc(slices.Clone(all), func(c Candidate) bool { _, fits := c.room(weight); return !fits })
	if len(fitting) == 0 {
		return "", false
	}
	first := slices.MinFunc(fitting, func(x, y Candidate) int {
		fewest := 0
		if a == FewestOpen {
			of, _ := x.room(weight)
			in, _ := y.room(weight)
			fewest = cmp.Compare(x.Load*in, y.Load*of) // of a share, without dividing
		}
		return cmp.Or(fewest, x.Last.Compare(y.Last), strings.Compare(x.ID, y.ID))
	})
	return first.ID, true
}
