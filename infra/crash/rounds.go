package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"example.com/skala/infra/crash/schedule"
	"example.com/skala/infra/crash/world"
	"example.com/skala/infra/faults"
)

// schedules are the figures of the random schedules.
type schedules struct {
	Rounds     int                 `json:"rounds"`
	Events     int                 `json:"events"` // answered 200, those that came twice included
	Calls      int                 `json:"calls"`
	Fired      map[faults.Kind]int `json:"fired"`
	EventsPerS float64             `json:"events_per_s"`
	Violations int                 `json:"violations"`
}

// shrinking is how many runs a failing round may take to be made small.
const shrinking = 60

// schedules runs rounds, each in an empty world, and prints what came of them.
func (r *report) schedules(ctx context.Context, worlds []*world.World, rounds []schedule.Round, out io.Writer) error {
	s := &r.Schedules
	s.Fired = map[faults.Kind]int{}
	began := time.Now()
	work := make(chan schedule.Round, len(rounds))
	for _, round := range rounds {
		work <- round
	}
	close(work)
	var mu sync.Mutex // of the report and out
	var wg sync.WaitGroup
	errs := make([]error, len(worlds))
	for n, w := range worlds {
		wg.Go(func() {
			errs[n] = rest(ctx, w, work, func(o schedule.Outcome) {
				mu.Lock()
				defer mu.Unlock()
				s.Rounds, s.Events, s.Calls = s.Rounds+1, s.Events+o.Accepted, s.Calls+o.Calls
				for kind, n := range o.Fired {
					s.Fired[kind] += n
				}
				if len(o.Wrong) > 0 {
					s.Violations++
					fmt.Fprintf(out, "\na random schedule broke a promise; the smallest that does:\n  %s\n  again: go run ./infra/crash -round '%s'\n%s\n  the functions logged:\n%s\n",
						strings.Join(o.Wrong, "\n  "), o.Round, strings.Join(o.Trace, "\n"), o.Log)
				}
			})
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	s.EventsPerS = float64(s.Events) / time.Since(began).Seconds()
	r.Violations += s.Violations
	fired := 0
	for _, n := range s.Fired {
		fired += n
	}
	fmt.Fprintf(out, "%d random schedules: %d events and %d calls, %.1f events a second, %d faults fired in %d ways, %d broke a promise\n",
		s.Rounds, s.Events, s.Calls, s.EventsPerS, fired, len(s.Fired), s.Violations)
	return nil
}

// rest runs what is left to do in one world. A failing round is made small first.
func rest(ctx context.Context, w *world.World, work <-chan schedule.Round, report func(schedule.Outcome)) error {
	run := func(r schedule.Round) (schedule.Outcome, error) {
		if err := w.Restore(ctx, w.Empty()); err != nil {
			return schedule.Outcome{}, err
		}
		return r.Run(ctx, w)
	}
	for round := range work {
		o, err := run(round)
		if err == nil && len(o.Wrong) > 0 {
			o, err = schedule.Shrink(ctx, o, shrinking, run)
		}
		if err != nil {
			return err
		}
		report(o)
	}
	return nil
}
