package main

import (
	"context"
	"fmt"
	"strconv"
	"sync"
)

// opened are how many open tickets a sweep is measured at.
var opened = [...]int{0, 1000, 3000}

// workers make tickets side by side.
const workers = 8

// sweepFigures are what a sweep costs that finds nothing due.
type sweepFigures struct {
	Units   map[string]float64 `json:"sweep"` // read units, by how many tickets are open
	Queries map[string]int     `json:"sweep_queries"`
}

// measureSweep sweeps a table that fills with tickets that can wait.
func measureSweep(ctx context.Context, g *ground) (sweepFigures, error) {
	f := sweepFigures{Units: map[string]float64{}, Queries: map[string]int{}}
	open := 0
	for _, want := range opened {
		if err := g.fill(ctx, want-open); err != nil {
			return f, fmt.Errorf("opening %d tickets: %w", want, err)
		}
		open = want
		g.counted.reset()
		if err := g.sweep.Run(ctx); err != nil {
			return f, err
		}
		all, of, units := g.counted.counted()
		name := strconv.Itoa(open)
		f.Units[name], f.Queries[name] = units, of["Query"]
		if all != of["Query"] {
			return f, fmt.Errorf("a sweep with nothing due makes more than queries: %v", of)
		}
	}
	return f, nil
}

// fill opens n tickets, each of somebody else.
func (g *ground) fill(ctx context.Context, n int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan struct{})
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for range next {
				if err := g.take(ctx, newPost(openingHours, now())); err != nil {
					cancel(err)
				}
			}
		})
	}
	for range n {
		next <- struct{}{}
	}
	close(next)
	all.Wait()
	return context.Cause(ctx)
}
