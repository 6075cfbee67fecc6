package desk

import (
	"slices"
	"time"
)

// What follows starts, stops and swaps the clocks of a ticket as it goes through
// its cycles. A single clock is in clock.go.

// startAll begins the clocks of a cycle. Acknowledge runs only while nobody
// has the ticket.
func (t *Ticket) startAll(at time.Time, w Clockwork) {
	for _, m := range []Metric{Acknowledge, FirstResponse, Resolution} {
		if m != Acknowledge || t.Assignee == "" {
			t.begin(m, at, w)
		}
	}
}

// begin starts a clock unless one of its metric is open already, or the ticket
// is done.
func (t *Ticket) begin(m Metric, at time.Time, w Clockwork) {
	if t.Disposition != NeedsAnswer || !t.State.Working() || t.clock(m) >= 0 {
		return
	}
	if c, ok := start(*t, m, at, w); ok {
		t.Clocks = append(t.Clocks, c)
	}
}

func (t *Ticket) end(m Metric, s ClockState, at time.Time, w Clockwork) {
	if i := t.clock(m); i >= 0 {
		t.Clocks[i] = t.Clocks[i].end(s, at, w)
	}
}

func (t *Ticket) endAll(at time.Time, w Clockwork) {
	for _, m := range Metrics {
		t.end(m, Ended, at, w)
	}
}

// unslip lets the clocks go on that ended when somebody said that no answer is
// needed, as if nobody had: what the customer waited meanwhile is used too. It
// reports whether there are any. Only such a word ends a resolution clock without
// it being met, for as long as the ticket is not closed.
func (t *Ticket) unslip(at time.Time, w Clockwork) bool {
	var last Clock
	for _, c := range t.Clocks {
		if c.Metric == Resolution && c.Cycle > last.Cycle {
			last = c
		}
	}
	if last.State != Ended || !t.State.Working() {
		return false
	}
	slip := last.Ended
	for i, c := range t.Clocks {
		taken := c.Metric == Acknowledge && t.Assignee != "" // meanwhile
		if c.State == Ended && c.Ended.Equal(slip) && !taken && !t.superseded(c) {
			t.Clocks[i] = c.revive(slip, !t.Entered.After(slip) && t.rests(c.Metric, slip, w), w)
		}
	}
	if t.State == Waiting && t.Entered.After(slip) { // a human's answer went out meanwhile
		t.end(FirstResponse, Met, t.Entered, w)
		t.end(NextResponse, Met, t.Entered, w)
		t.end(Acknowledge, Met, t.Entered, w)
	}
	if t.State == New {
		t.begin(Acknowledge, at, w)
	}
	return true
}

// clockOf returns the place of the open clock of m that is the cycle's, or -1.
func (t *Ticket) clockOf(m Metric, cycle int) int {
	i := t.clock(m)
	if i >= 0 && t.Clocks[i].Cycle != cycle {
		return -1
	}
	return i
}

// retarget swaps the targets of all open clocks for those of the ticket as it
// stands now. The time already used stays used. A clock of which nothing is promised
// any more ends, and a hold that a vendor has a time for now has had it all along.
func (t *Ticket) retarget(at time.Time, w Clockwork) {
	for i, c := range t.Clocks {
		if !c.open() {
			continue
		}
		if target, ok := promised(*t, c.Metric, w); ok {
			t.Clocks[i] = c.retarget(target, at, w)
		} else {
			t.Clocks[i] = c.end(Ended, at, w)
		}
	}
	if t.State == OnHold {
		t.begin(VendorWait, t.Entered, w)
	}
}

// terms are what a plan may promise by, beside what never changes.
type terms struct {
	disposition    Disposition
	tier           Tier
	severity       Severity
	category       Category
	lane, language string
	organisation   string
}

func (t *Ticket) terms() terms {
	return terms{t.Disposition, t.Tier, t.Severity, t.Category, t.Lane, t.Lang, t.Author.Organisation}
}

// waits reports whether the customer waits for us.
func (t *Ticket) waits() bool {
	return t.Disposition == NeedsAnswer && t.State.Working() && (len(t.Unanswered) > 0 || t.clock(FirstResponse) >= 0 || t.clock(NextResponse) >= 0)
}

// rests reports whether a clock of m stands still: as the state asks, and where
// what it measures is not going on.
func (t *Ticket) rests(m Metric, at time.Time, w Clockwork) bool {
	switch {
	case m == VendorWait && t.State != OnHold, m == RequesterWait && !t.waits(), m == AgentWork && !t.Lease.Live(at):
		return true
	case (m == FirstResponse || m == NextResponse) && t.State == Waiting && len(t.Unanswered) > 0: // put off, while the customer waits for us
		return false
	}
	return w.Pauses(m, t.State)
}

// lay stops the clock of an agent's work where their claim has run out, whenever
// that was noticed.
func (t *Ticket) lay(at time.Time, w Clockwork) {
	if i := t.clock(AgentWork); i >= 0 && !t.Lease.Until.After(at) {
		t.Clocks[i] = t.Clocks[i].pause(later(t.Clocks[i].Since, t.Lease.Until), w)
	}
}

// rechain puts the clocks that are in a chain into the one that fits the ticket now,
// which begins anew where it is another.
func (t *Ticket) rechain(w Clockwork) {
	for i := range t.Clocks {
		c := &t.Clocks[i]
		was := c.Chain
		if was == "" || !c.open() {
			continue
		}
		c.Chain = ""
		if c.Chain = w.Chain(*t, c.Metric).Name; c.Chain != was {
			c.Base, c.StepAt = c.Level, time.Time{} // settle says when
		}
	}
}

// InChain returns the name of the chain that t's open clock of m is in, empty for
// none or one without a name.
func (t Ticket) InChain(m Metric) string {
	if i := t.clock(m); i >= 0 {
		return t.Clocks[i].Chain
	}
	return ""
}

// settle pauses and resumes the clocks as the state asks, stops the repeats of a
// chain while somebody has the ticket, and sets them going again when nobody
// has.
func (t *Ticket) settle(at time.Time, w Clockwork) {
	if t.waits() {
		t.begin(RequesterWait, at, w)
	}
	if t.Lease.Live(at) {
		t.begin(AgentWork, at, w)
	}
	for i, c := range t.Clocks {
		if !c.open() {
			continue
		}
		if t.rests(c.Metric, at, w) {
			c = c.pause(at, w)
		} else {
			c = c.run(at, w)
		}
		switch {
		case c.Level == 0 || c.State != Running:
		case t.Assignee != "" && c.repeats(w.Chain(*t, c.Metric)):
			c.StepAt = time.Time{}
		case c.StepAt.IsZero():
			c = c.chain(at, w.Chain(*t, c.Metric), false, w)
		}
		t.Clocks[i] = c
	}
}

// trim drops ended clocks beyond the last few cycles, which stay in the log alone.
func (t *Ticket) trim() {
	for len(t.Clocks) > maxClocks {
		i := slices.IndexFunc(t.Clocks, t.superseded)
		if i < 0 {
			break
		}
		t.Clocks = slices.Delete(t.Clocks, i, i+1)
	}
}

// superseded reports whether a later clock of the same metric stands: the last
// of each metric stays, since the next one counts its cycle from it.
func (t *Ticket) superseded(c Clock) bool {
	return !c.open() && slices.ContainsFunc(t.Clocks, func(o Clock) bool { return o.Metric == c.Metric && o.Cycle > c.Cycle })
}

// maxClocks bounds how many clocks a ticket carries with it.
const maxClocks = 12
