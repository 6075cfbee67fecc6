package sla

import (
	"slices"
	"time"

	"example.com/skala/shared/desk"
)

// Always is the name, in a policy, of the calendar that never closes. In a
// desk.Target it is the empty name.
const Always = "always"

// A Plan is what is promised: how long each metric may take, which hours count,
// when clocks stand still and how a breach is escalated. Plans don't change
// once made.
type Plan struct {
	calendars    map[string]*Calendar
	targets      map[string]map[desk.Metric]desk.Target // by the name of a promise
	rules        []rule                                 // before those
	pauses       map[desk.Metric][]desk.State
	counts       map[desk.Answer]bool
	warn         float64
	chain        desk.Chain // of what none of chains fits
	chains       []fitting
	doubts       []Mistake // about chains
	lease        time.Duration
	renudge      time.Duration
	reopenWithin time.Duration
}

var _ desk.Clockwork = (*Plan)(nil)

// promises names the rows of a plan's targets: the severities, the graver
// first, and sales, which is for sales of severity high: a customer who plainly
// wants to buy.
var promises = []string{"critical", "high", "sales", "normal", "low"}

// Target returns what t is promised for m: by the first rule for t that speaks of m,
// else by the row of t's lane, else by that of its severity. A critical ticket is
// promised what a rule or a lane says only where that is sooner at any hour, or the
// rule names critical: nothing slows down by accident what must not wait. A ticket
// without a severity is promised what a normal one is, so that none that needs an
// answer is without a clock; one that needs no answer has none.
func (p *Plan) Target(t desk.Ticket, m desk.Metric) (desk.Target, bool) {
	if t.Disposition == desk.NeedsNone {
		return desk.Target{}, false
	}
	severity := t.Severity
	if severity < desk.Low || severity > desk.Critical {
		severity = desk.Normal
	}
	promise := severity.String()
	if t.Category == desk.Sales && severity == desk.High {
		promise = "sales"
	}
	target, ok := p.targets[promise][m]
	if lane, own := p.targets[t.Lane][m]; own && (severity != desk.Critical || !ok || p.sooner(lane, target)) {
		target, ok = lane, true // lanes are not named like severities
	}
	if ruled, plainly, own := p.ruled(&t, severity, m); own && (severity != desk.Critical || !ok || plainly || p.sooner(ruled, target)) {
		return ruled, true
	}
	return target, ok
}

// sooner reports whether a is over before b, whenever both begin. Minutes of
// business hours may be days.
func (p *Plan) sooner(a, b desk.Target) bool {
	return a.Time < b.Time && (a.Calendar == b.Calendar || p.calendars[a.Calendar] == nil)
}

// Deadline returns the first instant by which left of the named calendar's time
// has been used up since start. A name that the plan does not know, from a
// clock older than the policy, counts around the clock: never later than was
// promised. Where the dates of a calendar leave it closed for ten years, the
// end of those is the deadline: no clock is without one.
func (p *Plan) Deadline(calendar string, start time.Time, left time.Duration) time.Time {
	if left <= 0 {
		return start
	}
	at, err := p.calendars[calendar].Deadline(start, left, nil)
	if err != nil {
		return start.AddDate(horizon, 0, 0)
	}
	return at
}

// Between returns how much of the time from one instant to another counts.
func (p *Plan) Between(calendar string, from, to time.Time) time.Duration {
	return p.calendars[calendar].Between(from, to)
}

// Calendar returns a calendar by its name, nil (around the clock) for the empty
// one and for one that the plan does not know.
func (p *Plan) Calendar(name string) *Calendar { return p.calendars[name] }

// Pauses reports whether m stands still while a ticket is in state s.
func (p *Plan) Pauses(m desk.Metric, s desk.State) bool { return slices.Contains(p.pauses[m], s) }

// Counts reports whether what a customer hears in that way is an answer.
func (p *Plan) Counts(a desk.Answer) bool { return p.counts[a] }

// WarnShare returns the share of a target after which to warn, 0 for never.
func (p *Plan) WarnShare() float64 { return p.warn }

// Opens returns the first instant from at on that counts on the named calendar, zero
// when none does within ten years.
func (p *Plan) Opens(calendar string, at time.Time) time.Time {
	open, changes := p.calendars[calendar].OpenAt(at)
	if open {
		return at
	}
	return changes
}

// Lease is how long a claim lasts without a sign of life.
func (p *Plan) Lease() time.Duration { return p.lease }

// Renudge is how long a nudge may go unanswered before it is sent again.
func (p *Plan) Renudge() time.Duration { return p.renudge }

// ReopenWithin is how long a solved ticket can come back.
func (p *Plan) ReopenWithin() time.Duration { return p.reopenWithin }
