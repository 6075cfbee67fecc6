package people

import (
	"slices"
	"time"

	"example.com/skala/shared/desk"
)

// Reach returns the ids of those whom a step tells about t at an instant, in their
// order: a desk.Crew's. To names a team or a rota, whoever of it is on duty or on
// shift; without one it is
//
//	warn       whoever has the ticket
//	notify     the ticket's team, or without one whoever works its tier and suits
//	swarm      the same
//	raise      whoever works the next tier
//	vendor     whoever works the tier of vendors
//	page       the leads of the ticket's team, or without any all leads
//	incident   the same
//
// A lead is paged on shift only; whom a rota names is, outside of theirs too, unless
// they are away: that is what a rota is for. Of those who work a tier it is the ones
// who suit the ticket, or all of them where nobody does. A holder of whom the
// directory has not heard is told; a rota or team of which it has not is nobody.
func (d Directory) Reach(s desk.Step, t desk.Ticket, at time.Time) (who []string, known bool) {
	if !d.staffed() {
		return nil, false
	}
	if _, ok := d.Rotas[s.To]; ok && s.Do != desk.WarnHolder {
		return d.onDuty(s.To, at), true
	}
	team := s.To
	if team == "" && d.answers(t.Team) {
		team = t.Team
	}
	switch s.Do {
	case desk.WarnHolder:
		return d.holder(t, at), true
	case desk.NotifyTeam, desk.StartSwarm:
		if team != "" {
			return ids(d.those(func(m Member) bool { return slices.Contains(m.Teams, team) && d.On(m, at) })), true
		}
		return ids(d.those(func(m Member) bool { return m.works(t.Tier) && d.Suits(m, t) && d.On(m, at) })), true
	case desk.RaiseTier:
		return d.ofTier(min(t.Tier+1, desk.Tiers-1), t, at), true
	case desk.HandToVendor:
		return d.ofTier(desk.Vendor, t, at), true
	case desk.PageLead, desk.OpenIncident:
		if _, ok := d.Teams[team]; s.To != "" && !ok && !d.answers(team) {
			return nil, true // a rota or team that there is not
		}
		return d.leads(team, t, at), true
	}
	return nil, true
}

// staffed reports whether the directory knows of anybody who works on tickets.
func (d Directory) staffed() bool {
	for _, m := range d.Members {
		if !m.Left && m.works(0) {
			return true
		}
	}
	return false
}

// answers reports whether a team is one that somebody is in. A ticket of one without
// people, such as a policy's of which the directory was never told, is for whoever
// works its tier, and not for nobody.
func (d Directory) answers(team string) bool {
	if team == "" {
		return false
	}
	for _, m := range d.Members {
		if !m.Left && slices.Contains(m.Teams, team) {
			return true
		}
	}
	return false
}

func (d Directory) onDuty(rota string, at time.Time) []string {
	who, ok := d.RotaAt(rota, at)
	if !ok || !d.Members[who].There(at) {
		return nil
	}
	return []string{who}
}

func (d Directory) holder(t desk.Ticket, at time.Time) []string {
	who := t.Assignee
	if who == "" && t.Lease.Live(at) {
		who = t.Lease.Agent
	}
	m, ok := d.Members[who]
	if who == "" || ok && !d.On(m, at) {
		return nil
	}
	return []string{who}
}

// ofTier returns who works a tier, those who suit t before all others.
func (d Directory) ofTier(tier desk.Tier, t desk.Ticket, at time.Time) []string {
	return d.suiting(d.those(func(m Member) bool { return m.works(tier) && d.On(m, at) }), t)
}

// leads returns who of a team's leads is on shift; where the team has none, or is
// none, whoever has the role.
func (d Directory) leads(team string, t desk.Ticket, at time.Time) []string {
	if named := d.Teams[team].Leads; len(named) > 0 {
		return ids(d.those(func(m Member) bool { return slices.Contains(named, m.ID) && d.On(m, at) }))
	}
	all := d.those(func(m Member) bool {
		p, err := m.Person()
		return err == nil && p.Is(Lead) && d.On(m, at)
	})
	return d.suiting(all, t)
}

func (d Directory) suiting(all []Member, t desk.Ticket) []string {
	if fit := slices.DeleteFunc(slices.Clone(all), func(m Member) bool { return !d.Suits(m, t) }); len(fit) > 0 {
		return ids(fit)
	}
	return ids(all)
}

func ids(members []Member) []string {
	var all []string
	for _, m := range members {
		all = append(all, m.ID)
	}
	return all
}

// works reports whether the directory gives m a role that works on the tier.
func (m Member) works(tier desk.Tier) bool {
	p, err := m.Person()
	return err == nil && p.Works(tier)
}

// Person returns m as who signs in, with the roles that the directory gives them:
// none where it leaves them to the provider that people sign in with. The error is
// that of a word that is no role.
func (m Member) Person() (Person, error) {
	p := Person{ID: m.ID, Name: m.Name}
	for _, word := range m.Roles {
		var err error
		if p, err = p.Grant(word); err != nil {
			return Person{ID: m.ID, Name: m.Name}, err
		}
	}
	return p, nil
}

// Suits reports whether t is for m to answer, whatever its tier: they are of its
// team, answer its brand and language, and have the category or one of the tags among
// their skills. What a member does not say of brands and languages their teams say;
// what nobody says, and what a ticket does not tell, asks nothing.
func (d Directory) Suits(m Member, t desk.Ticket) bool {
	if d.answers(t.Team) && !slices.Contains(m.Teams, t.Team) {
		return false
	}
	if t.Brand != "" && t.Brand != desk.UnknownBrand && !d.serves(m, t.Brand, m.Brands, func(team Team) []string { return team.Brands }) {
		return false
	}
	if slices.Contains(Languages, t.Lang) && !d.serves(m, t.Lang, m.Languages, func(team Team) []string { return team.Languages }) {
		return false
	}
	return len(m.Skills) == 0 || t.Category == "" || slices.Contains(m.Skills, string(t.Category)) ||
		slices.ContainsFunc(t.Tags, func(tag string) bool { return slices.Contains(m.Skills, tag) })
}

// Languages lists those that somebody can answer, by their codes.
var Languages = []string{"th", "es", "el", "en"}

// serves reports whether m answers what has a value: it is among their own, or of a
// team of theirs that has it or has no bounds.
func (d Directory) serves(m Member, value string, own []string, of func(Team) []string) bool {
	if len(own) > 0 {
		return slices.Contains(own, value)
	}
	bounded := false
	for _, id := range m.Teams {
		t, ok := d.Teams[id]
		if !ok {
			continue
		}
		if all := of(t); len(all) == 0 || slices.Contains(all, value) {
			return true
		}
		bounded = true
	}
	return !bounded
}

// Load returns how much of somebody's capacity tickets of theirs take: those that
// wait for the desk. What waits for a customer or a vendor takes none, or a team
// whose customers are slow to answer would be full.
func Load(tickets []desk.Ticket) int {
	load := 0
	for _, t := range tickets {
		if t.Disposition != desk.NeedsNone && (t.State == desk.New || t.State == desk.Open) {
			load += Weight(t)
		}
	}
	return load
}

// LoadOfCards is Load of what a list shows.
func LoadOfCards(cards []desk.Card) int {
	tickets := make([]desk.Ticket, 0, len(cards))
	for _, c := range cards {
		tickets = append(tickets, desk.Ticket{State: c.State, Disposition: c.Disposition, Severity: c.Severity})
	}
	return Load(tickets)
}

// Room reports whether somebody whose tickets weigh load can be given one of a weight
// while others have room.
func (c Capacity) Room(load, weight int) bool {
	return (c.Soft == 0 || load+weight <= c.Soft) && c.Takes(load, weight)
}

// Takes reports whether they can be given it at all.
func (c Capacity) Takes(load, weight int) bool { return c.Hard == 0 || load+weight <= c.Hard }
