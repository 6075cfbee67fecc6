package main

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"example.com/skala/infra/template"
)

// A clockwork is a schedule of a function. It fires at once, so that what fell
// due while nothing ran is seen to, and then at its interval, each time late by
// up to jitter: the real one is exact to the minute only.
type clockwork struct {
	name     string
	schedule template.Schedule
	jitter   time.Duration
	invoke   func(context.Context, []byte) ([]byte, error)
	log      *slog.Logger
}

// run fires until ctx ends, and then waits for what it has begun. A failure is
// logged and left: the next firing is the retry.
func (c *clockwork) run(ctx context.Context) {
	var begun sync.WaitGroup
	defer begun.Wait()
	tick := time.NewTicker(c.schedule.Every)
	defer tick.Stop()
	for first := true; ; first = false {
		late := time.Duration(0)
		if c.jitter > 0 && !first {
			late = rand.N(c.jitter)
		}
		begun.Go(func() {
			select {
			case <-time.After(late):
			case <-ctx.Done():
				return
			}
			if _, err := c.invoke(context.WithoutCancel(ctx), []byte(c.schedule.Input)); err != nil {
				c.log.WarnContext(ctx, "schedule failed", "function", c.name, "err", err)
			}
		})
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}
