package platforms

import (
	"context"
	"slices"
	"time"
)

// plan says what to post now because of e, and what after it: its twin, and what
// e overtakes. Nothing to post means that e itself is held. n.mu is held.
func (n *Network) plan(a *app, e *Event) (first *delivery, also []*delivery) {
	if e.untold {
		return nil, nil
	}
	d := &delivery{app: a, part: e.part, events: []*Event{e}, what: "first"}
	with := shares(a, e)
	if others := n.joining[with]; with != "" && len(others) > 0 {
		delete(n.joining, with)
		d.events, d.what = append(others, e), "batch"
	} else if f, ok := n.batch(a, e, with); ok {
		n.joining[with] = append(n.joining[with], e)
		n.letGo(f, func() *delivery {
			if waiting := n.joining[with]; len(waiting) > 0 && waiting[0] == e {
				delete(n.joining, with)
				return d
			}
			return nil
		})
		return nil, nil
	}
	also = n.held[a]
	delete(n.held, a)
	if f, ok := n.fault("reorder", a, e.part); ok {
		d.what = "late"
		n.held[a] = append(also, d)
		n.letGo(f, func() *delivery {
			if waiting := n.held[a]; len(waiting) > 0 && waiting[0] == d {
				n.held[a] = waiting[1:]
				return d
			}
			return nil
		})
		return nil, nil
	}
	if e.twin != nil {
		also = append(also, &delivery{app: a, part: e.part, events: []*Event{e.twin}, what: "twin"})
	}
	n.spoil(a, d)
	return d, also
}

// shares names the body that e may share with other events, empty for one that
// goes alone on its platform.
func shares(a *app, e *Event) string {
	switch {
	case e.line != nil:
		return "line/" + a.Name + "/" + a.Account
	case e.part.object != "":
		return e.part.object + "/" + a.Name
	}
	return ""
}

func (n *Network) batch(a *app, e *Event, with string) (Fault, bool) {
	if with == "" {
		return Fault{}, false
	}
	return n.fault("batch", a, e.part)
}

// spoil uses up what is to go wrong with d. n.mu is held.
func (n *Network) spoil(a *app, d *delivery) {
	if _, ok := n.fault("tamper", a, d.part); ok {
		d.tamper = true
	} else if slices.Contains(stamped(), a.Platform) {
		_, d.stale = n.fault("stale", a, d.part)
	}
	if f, ok := n.fault("duplicate", a, d.part); ok {
		d.copies = max(1, f.Times)
	}
	again := func(wait time.Duration) {
		n.later(wait, func(ctx context.Context) { n.post(ctx, d.again()) })
	}
	if f, ok := n.fault("redeliver", a, d.part); ok {
		for i := range max(1, f.Times) {
			again(time.Duration(i+1) * f.After.or(time.Second))
		}
	}
	if f, ok := n.fault("retries", a, d.part); ok {
		for _, wait := range decreasing(f.Times, f.After.or(20*time.Second)) {
			again(wait)
		}
	}
}

// decreasing returns when something is posted again that is posted times times
// within all, at first at once and then less and less often, as platforms do for
// a day and a half.
func decreasing(times int, all time.Duration) []time.Duration {
	if times == 0 {
		times = 12
	}
	var waits []time.Duration
	for i := range times {
		share := float64(i) / float64(max(1, times-1))
		waits = append(waits, time.Duration(share*share*share*float64(all)))
	}
	return waits
}

// letGo posts what take returns when nothing came to release it before.
func (n *Network) letGo(f Fault, take func() *delivery) {
	n.later(f.After.or(30*time.Second), func(ctx context.Context) {
		n.mu.Lock()
		d := take()
		n.mu.Unlock()
		if d != nil {
			n.deliver(ctx, d)
		}
	})
}

// soon delivers d after a while.
func (n *Network) soon(wait time.Duration, d *delivery) {
	n.later(wait, func(ctx context.Context) { n.deliver(ctx, d) })
}
