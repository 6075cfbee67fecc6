package policy

import (
	"slices"

	"example.com/skala/shared/desk"
)

// TierFor returns the tier to which the profile sends a message of category c and
// severity s from an author of a segment: "b2b" for one with an organisation, any
// other word for everybody else. Who the author is beyond that does not count. A
// category that is none of desk's counts as the last of them.
func (p *Policy) TierFor(c desk.Category, s desk.Severity, segment string) desk.Tier {
	var author desk.Author
	if segment == b2b {
		author.Organisation = segment
	}
	return p.route.used[p.tier(place(c), s, author)]
}

// Usual returns the severity of a message of category c that says nothing of its
// own about it.
func (p *Policy) Usual(c desk.Category) desk.Severity { return p.categories[place(c)].severity }

// Reroute returns v, with the category and the severity that a person gave it in
// place of category was, as the policy routes such a message: its tier, team, tags
// and fast lane, and whether somebody has to do something about it. The words of m
// do not count any more.
func (p *Policy) Reroute(m Message, was desk.Category, v desk.Verdict) desk.Verdict {
	segment := b2c
	if m.Author.Organisation != "" {
		segment = b2b
	}
	c := &p.categories[place(v.Category)]
	v.Tags = slices.Clone(v.Tags)
	slices.Sort(v.Tags) // a person's are as they typed them
	if was != v.Category {
		before := p.categories[place(was)].tags
		v.Tags = slices.DeleteFunc(v.Tags, func(tag string) bool { return slices.Contains(before, tag) })
		for _, tag := range c.tags {
			v.Tags = set(v.Tags, tag)
		}
	}
	v.Actionable = c.answer || !c.none && v.Severity > c.severity
	v.Tier, v.Team, v.Lane, v.Confidence, v.RunnerUp = p.TierFor(v.Category, v.Severity, segment), "", "", 1, ""
	return p.settle(m, v, true)
}

func place(c desk.Category) int {
	if n := categoryOf(c); n >= 0 {
		return n
	}
	return categories - 1
}
