package sla

import (
	"fmt"
	"maps"
	"slices"

	"example.com/skala/shared/desk"
)

// A rule is a promise to some tickets before what their severity or lane is
// promised. What it does not speak of is as it would be without it.
type rule struct {
	when    condition
	targets map[desk.Metric]desk.Target
	line    int // of the document
}

// A condition says which tickets a rule is for: those that have one of the given in
// everything where any are given.
type condition struct {
	tiers                                                                              []desk.Tier
	severities                                                                         []desk.Severity
	segments, brands, organisations, channels, platforms, categories, languages, lanes []string
}

// The segments of customers: organisations, and everybody else.
const (
	b2b = "b2b"
	b2c = "b2c"
)

// fits reports whether the condition is for t, whose severity is given.
func (c *condition) fits(t *desk.Ticket, severity desk.Severity) bool {
	segment := b2c
	if t.Author.Organisation != "" {
		segment = b2b
	}
	return takes(c.tiers, t.Tier) && takes(c.severities, severity) && takes(c.segments, segment) && takes(c.brands, t.Brand) &&
		takes(c.organisations, t.Author.Organisation) && takes(c.channels, t.Channel) && takes(c.platforms, string(t.Platform)) &&
		takes(c.categories, string(t.Category)) && takes(c.languages, t.Lang) && takes(c.lanes, t.Lane)
}

func takes[T comparable](given []T, one T) bool {
	return len(given) == 0 || slices.Contains(given, one)
}

// covers reports whether c is for every ticket that d is for.
func (c *condition) covers(d *condition) bool {
	return within(c.tiers, d.tiers) && within(c.severities, d.severities) && within(c.segments, d.segments) && within(c.brands, d.brands) &&
		within(c.organisations, d.organisations) && within(c.channels, d.channels) && within(c.platforms, d.platforms) &&
		within(c.categories, d.categories) && within(c.languages, d.languages) && within(c.lanes, d.lanes)
}

func within[T comparable](c, d []T) bool {
	return len(c) == 0 || len(d) > 0 && !slices.ContainsFunc(d, func(one T) bool { return !slices.Contains(c, one) })
}

// ruled returns what the first rule for t that speaks of m promises.
func (p *Plan) ruled(t *desk.Ticket, severity desk.Severity, m desk.Metric) (target desk.Target, plainly, ok bool) {
	for i := range p.rules {
		r := &p.rules[i]
		if target, ok := r.targets[m]; ok && r.when.fits(t, severity) {
			return target, slices.Contains(r.when.severities, severity), true
		}
	}
	return desk.Target{}, false, false
}

// Doubts returns what is no mistake in a plan but probably not what was meant: rules
// and chains that nothing gets to, pages to what may be nobody, and holidays that its
// calendars leave out.
func (p *Plan) Doubts() []Mistake {
	doubts := slices.Clone(p.doubts)
	for _, name := range slices.Sorted(maps.Keys(p.calendars)) {
		if c := p.calendars[name]; c != nil {
			doubts = append(doubts, c.doubts...)
		}
	}
	for j := range p.rules {
		left := make(map[desk.Metric]int) // by metric, the line of the rule that takes it all
		for m := range p.rules[j].targets {
			for i := range p.rules[:j] {
				if _, ok := p.rules[i].targets[m]; ok && p.rules[i].when.covers(&p.rules[j].when) {
					left[m] = p.rules[i].line
					break
				}
			}
		}
		if len(left) == len(p.rules[j].targets) {
			first := 0
			for _, line := range left {
				first = max(first, line)
			}
			doubts = append(doubts, Mistake{p.rules[j].line, fmt.Sprintf("plan.rules: no ticket gets here: the rule on line %d takes all of them", first)})
		}
	}
	return doubts
}

// Platforms returns the platforms that rules are for, each with its rule's line.
func (p *Plan) Platforms() []Mistake {
	var all []Mistake
	for _, r := range p.rules {
		for _, name := range r.when.platforms {
			all = append(all, Mistake{r.line, name})
		}
	}
	return all
}
