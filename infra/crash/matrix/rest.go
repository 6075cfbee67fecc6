package matrix

import (
	"context"
	"fmt"
	"time"

	"example.com/skala/infra/crash/oracle"
	"example.com/skala/infra/crash/world"
)

// rounds is how often the schedule may have to help a desk to its rest; between two of
// its turns what was put off for seconds comes, so many times at most.
const (
	rounds  = 45
	between = 20
)

// Rest lets queues be emptied, time pass and the schedule run until nothing is on
// its way any more, and returns what the desk has come to.
func Rest(ctx context.Context, w *world.World) (state *oracle.State, wrong []string, err error) {
	for swept, turns := 0, 0; swept < rounds && turns < rounds*between; turns++ {
		if err := drain(ctx, w); err != nil {
			return nil, nil, err
		}
		if state, err = oracle.Read(ctx, w); err != nil {
			return nil, nil, err
		}
		next := soonest(w, "InboundQueue", "FetchQueue", "OutboundQueue", "NoticesQueue")
		unfinished := state.Unfinished()
		switch {
		case unfinished == "" && next.IsZero():
			return state, nil, nil
		case !next.IsZero() && next.Sub(w.Now()) <= time.Minute:
			w.Pass(next.Sub(w.Now()))
			continue
		}
		w.Pass(time.Minute)
		if err := w.Sweep(ctx, "Escalate"); err != nil {
			return nil, nil, err
		}
		if swept++; swept%5 == 0 { // whatever waits for its account
			if err := w.Sweep(ctx, "Fetch"); err != nil {
				return nil, nil, err
			}
		}
	}
	return state, []string{"it does not come to rest: " + state.Unfinished()}, nil
}

// soonest is when the next message in hand may be seen; zero for never.
func soonest(w *world.World, queues ...string) (at time.Time) {
	for _, id := range queues {
		due, next := w.Due(id)
		if len(due) > 0 {
			return w.Now()
		}
		if !next.IsZero() && (at.IsZero() || next.Before(at)) {
			at = next
		}
	}
	return at
}

// drain delivers what may be seen by now until there is nothing more.
func drain(ctx context.Context, w *world.World) error {
	for range 200 {
		delivered := 0
		for _, id := range w.Fed() {
			n, _, err := Deliver(ctx, w, id)
			if err != nil {
				return err
			}
			delivered += n
		}
		if delivered == 0 {
			return nil
		}
	}
	return fmt.Errorf("the queues are never empty")
}

// Deliver has one batch of what may be seen on a queue delivered, and returns how
// many messages that were and how many of them failed.
func Deliver(ctx context.Context, w *world.World, id string) (n, failed int, err error) {
	if _, err := w.Poll(ctx, id); err != nil {
		return 0, 0, err
	}
	due, _ := w.Due(id)
	if len(due) == 0 {
		return 0, 0, nil
	}
	due = due[:min(len(due), 10)]
	failed, err = w.Deliver(ctx, id, due...)
	return len(due), failed, err
}
