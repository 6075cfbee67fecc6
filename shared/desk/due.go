package desk

import "time"

// Act returns the first thing that the desk has to do about t by itself at now,
// and false when nothing is due. Of several it is the one due earliest; of those
// due at one instant a lease ends first, then a hold or a snooze, then clocks warn or take
// a step in the order of Metrics, and a solved ticket closes last. A deadline
// that has passed needs no warning any more. crew says whom a step of a chain
// reaches; nil for nobody knows.
func (t Ticket) Act(now time.Time, w Clockwork, crew Crew) (Entry, bool) {
	var first Entry
	var at time.Time
	// What fell due while nobody looked takes effect now, but never before what
	// the log says already.
	effect := later(now, t.Updated)
	offer := func(due time.Time, e Entry) {
		if !due.IsZero() && !due.After(now) && (at.IsZero() || due.Before(at)) {
			first, at = e, due
		}
	}
	if t.Lease.Token != "" {
		offer(t.Lease.Until, Entry{What: Lapsed, Why: "claimed by " + t.Lease.Agent})
	}
	back := Resumed
	if t.State == Waiting {
		back = Woken
	}
	offer(t.DueBack, Entry{What: back})
	for _, m := range Metrics {
		i := t.clock(m)
		if i < 0 || t.Clocks[i].State != Running {
			continue
		}
		c := t.Clocks[i]
		if c.StepAt.IsZero() || c.StepAt.After(now) {
			offer(c.WarnAt, Entry{What: Warned, Metric: m, Cycle: c.Cycle, Deadline: c.Deadline, Why: m.words() + " is about to be missed"})
		}
		if !c.StepAt.IsZero() && !c.StepAt.After(now) {
			offer(c.StepAt, t.take(c, w.Chain(t, c.Metric), effect, w, crew))
		}
	}
	offer(t.closesAt(w), Entry{What: ClosedNow})
	if at.IsZero() {
		return Entry{}, false
	}
	first.Version = t.Version + 1
	first.At = effect
	return first, true
}

// Overdue returns how long after it fell due e was done; zero for what has no
// instant at which it is due.
func (e Entry) Overdue() time.Duration {
	if e.What != Breached || e.Level != 1 || e.Deadline.IsZero() {
		return 0
	}
	return max(0, e.At.Sub(e.Deadline))
}

// NudgeDue reports whether a queue should be told of t again, the tier's or the
// outbound one, because nothing came of it for too long.
func (t Ticket) NudgeDue(now time.Time, w Clockwork) (tier, outbound bool) {
	tier = t.WantsNudge() && !t.renudgeDue(w).After(now)
	outbound = len(t.Outbox) > 0 && !t.outboxDue().After(now)
	return tier, outbound
}
