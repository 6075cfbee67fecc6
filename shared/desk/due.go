package desk

import (
	"fmt"
	"strings"
	"time"
)

// Act returns the first thing that the desk has to do about t by itself at now,
// and false when nothing is due. Of several it is the one due earliest; of those
// due at one instant a lease ends first, then a hold, then clocks warn or take
// a step in the order of Metrics, and a solved ticket closes last. A deadline
// that has passed needs no warning any more.
func (t Ticket) Act(now time.Time, w Clockwork) (Entry, bool) {
	var first Entry
	var at time.Time
	offer := func(due time.Time, e Entry) {
		if !due.IsZero() && !due.After(now) && (at.IsZero() || due.Before(at)) {
			first, at = e, due
		}
	}
	if t.Lease.Token != "" {
		offer(t.Lease.Until, Entry{What: Lapsed, Why: "claimed by " + t.Lease.Agent})
	}
	offer(t.DueBack, Entry{What: Resumed})
	for _, m := range Metrics {
		i := t.clock(m)
		if i < 0 || t.Clocks[i].State != Running {
			continue
		}
		c := t.Clocks[i]
		if c.StepAt.IsZero() || c.StepAt.After(now) {
			offer(c.WarnAt, Entry{What: Warned, Metric: m, Cycle: c.Cycle, Deadline: c.Deadline})
		}
		offer(c.StepAt, t.step(c, w.Chain(t, c.Metric)))
	}
	offer(t.closesAt(w), Entry{What: ClosedNow})
	if at.IsZero() {
		return Entry{}, false
	}
	first.Version = t.Version + 1
	// What fell due while nobody looked takes effect now, but never before what
	// the log says already.
	first.At = later(now, t.Updated)
	return first, true
}

// step is the next step of the chain for a clock of t.
func (t Ticket) step(c Clock, chain Chain) Entry {
	e := Entry{What: Breached, Metric: c.Metric, Cycle: c.Cycle, Level: c.Level + 1, Deadline: c.Deadline, Tier: max(t.Tier, min(t.Tier+1, chain.Top))}
	e.Why = strings.ReplaceAll(string(c.Metric), "_", " ") + " missed"
	if c.Level == 0 && c.Used >= c.Target { // used up before the present run: by a target that is shorter now
		e.Why += ", retargeted"
	}
	if e.Tier == t.Tier {
		e.Why += fmt.Sprintf(": escalated within tier %d, nobody is above", t.Tier)
	} else {
		e.Why += fmt.Sprintf(": escalated from tier %d to tier %d", t.Tier, e.Tier)
	}
	return e
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
