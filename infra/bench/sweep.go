package main

import (
	"context"
	"fmt"
	"strconv"

	"example.com/skala/shared/desk"
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

// fill opens n tickets that can wait, each of somebody else.
func (g *ground) fill(ctx context.Context, n int) error {
	return g.open(ctx, n, func() (desk.RawEvent, error) { return g.raw(newPost(openingHours, now())) })
}

// open has so many events judged.
func (g *ground) open(ctx context.Context, n int, next func() (desk.RawEvent, error)) error {
	return sideBySide(ctx, workers, make([]struct{}, n), func(int, struct{}) error {
		raw, err := next()
		if err != nil {
			return fmt.Errorf("splitting the bench's own webhook: %w", err)
		}
		return g.triager.Event(ctx, raw)
	})
}
