// Package checklist goes through checks of something that runs, tells people of
// each as it is made, and counts.
package checklist

import (
	"context"
	"fmt"
	"io"
	"time"
)

// A Check does something and says in a few words, or none, what came of it.
type Check struct {
	Name string
	Do   func(context.Context) (string, error)
}

// A List is the checks made so far.
type List struct {
	People         io.Writer
	Passed, Failed int
	Took           map[string]float64 // seconds, by name
}

// InTurn makes checks of which each needs the one before: the first that fails
// is the last.
func (l *List) InTurn(ctx context.Context, checks []Check) error {
	for _, c := range checks {
		if err := l.do(ctx, c); err != nil {
			return fmt.Errorf("%s: %w", c.Name, err)
		}
	}
	return nil
}

// Each makes all of the checks, until ctx ends.
func (l *List) Each(ctx context.Context, checks []Check) {
	for _, c := range checks {
		if ctx.Err() != nil {
			return
		}
		if err := l.do(ctx, c); err != nil {
			fmt.Fprintln(l.People, "                ", err)
		}
	}
}

func (l *List) do(ctx context.Context, c Check) error {
	began := time.Now()
	said, err := c.Do(ctx)
	took := time.Since(began).Seconds()
	if l.Took == nil {
		l.Took = map[string]float64{}
	}
	l.Took[c.Name] = float64(int(took*10)) / 10
	if err != nil {
		l.Failed++
		fmt.Fprintf(l.People, "FAILED %6.1f s  %s\n", took, c.Name)
		return err
	}
	l.Passed++
	if said != "" {
		said = ": " + said
	}
	fmt.Fprintf(l.People, "ok     %6.1f s  %s%s\n", took, c.Name, said)
	return nil
}
