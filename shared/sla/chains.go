package sla

import (
	"slices"

	"example.com/skala/shared/desk"
)

// A fitting is a chain and the clocks that it is for.
type fitting struct {
	chain desk.Chain
	when  *when // nil for a chain that others name only
}

// A when says what a clock and its ticket have to be like. What is empty asks
// nothing.
type when struct {
	metrics    []desk.Metric
	severities []desk.Severity
	tiers      []desk.Tier
	categories []desk.Category
	teams      []string
	lanes      []string
	brands     []string
}

// fits reports whether the chain is for the clock of m on t. A ticket without a
// severity is taken for a normal one, as it is promised what a normal one is.
func (w when) fits(t desk.Ticket, m desk.Metric) bool {
	severity := t.Severity
	if severity < desk.Low || severity > desk.Critical {
		severity = desk.Normal
	}
	return among(w.metrics, m) && among(w.severities, severity) && among(w.tiers, t.Tier) && among(w.categories, t.Category) &&
		among(w.teams, t.Team) && among(w.lanes, t.Lane) && among(w.brands, t.Brand)
}

// covers reports whether w fits every clock that o fits.
func (w when) covers(o when) bool {
	return within(w.metrics, o.metrics) && within(w.severities, o.severities) && within(w.tiers, o.tiers) && within(w.categories, o.categories) &&
		within(w.teams, o.teams) && within(w.lanes, o.lanes) && within(w.brands, o.brands)
}

func among[T comparable](all []T, one T) bool { return len(all) == 0 || slices.Contains(all, one) }

// Chain returns how a breach of m is escalated on t: by the chain that its clock is
// in, else by the first that fits, else by the plan's own.
func (p *Plan) Chain(t desk.Ticket, m desk.Metric) desk.Chain {
	name := t.InChain(m)
	if name == "" {
		for _, f := range p.chains {
			if f.when != nil && f.when.fits(t, m) {
				return f.chain
			}
		}
		return p.chain
	}
	for _, f := range p.chains {
		if f.chain.Name == name {
			return f.chain
		}
	}
	return p.chain
}
