package judge

import (
	"fmt"
	"slices"
	"time"

	"example.com/skala/shared/desk"
)

// A pending act is something that the desk has to do by itself about a ticket.
type pending struct {
	what   desk.What
	clock  *clock // of a warning or a step
	due    time.Time
	set    time.Time // since when that was known
	metric desk.Metric
}

func (a pending) String() string {
	if a.clock == nil {
		return string(a.what)
	}
	return fmt.Sprintf("%s of %s %d, step %d", a.what, a.metric, a.clock.cycle, a.clock.level+1)
}

// pending are what is due sooner or later, the earliest first; of what falls due at
// one instant in the published order: leases, holds, clocks, closing.
func (p *picture) pending() (all []pending) {
	if p.lease.token != "" {
		all = append(all, pending{what: desk.Lapsed, due: p.lease.until, set: p.lease.set})
	}
	if !p.dueBack.IsZero() {
		back := desk.Resumed
		if p.state == desk.Waiting {
			back = desk.Woken
		}
		all = append(all, pending{what: back, due: p.dueBack, set: p.putOff})
	}
	for _, m := range metrics {
		c := p.clock(m)
		if c == nil || !c.runs {
			continue
		}
		if !c.warnAt.IsZero() {
			all = append(all, pending{what: desk.Warned, clock: c, metric: m, due: c.warnAt, set: latest(c.since, c.known)})
		}
		if !c.stepAt.IsZero() {
			all = append(all, pending{what: desk.Breached, clock: c, metric: m, due: c.stepAt, set: latest(c.stepSet, c.known)})
		}
	}
	if p.state == desk.Solved && len(p.outbox) == 0 {
		all = append(all, pending{what: desk.ClosedNow, due: p.entered.Add(p.plan().Reopen), set: p.entered})
	}
	slices.SortStableFunc(all, func(a, b pending) int { return a.due.Compare(b.due) })
	return all
}

// itself reports whether the desk does what an entry says by itself, when it is due.
func itself(w desk.What) bool {
	switch w {
	case desk.Lapsed, desk.Resumed, desk.Woken, desk.Warned, desk.Breached, desk.ClosedNow:
		return true
	}
	return false
}

// meets reports whether an entry is the act.
func (a pending) meets(e desk.Entry) bool {
	if a.what != e.What {
		return false
	}
	if a.clock == nil {
		return true
	}
	return a.metric == e.Metric && a.clock.cycle == e.Cycle && (e.What == desk.Warned || a.clock.level+1 == e.Level)
}
