package matrix

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"example.com/skala/infra/crash/world"
	"example.com/skala/infra/faults"
)

// Steps are all steps of the desk.
func Steps() []Step {
	return slices.Concat(Starts(), Door(), Triage(), Fetch(), Poll(), Escalate(), Courier(), Accounts(), Notify(), Vendors(), Console(), Back(), Audits())
}

// A Result is what came of one step.
type Result struct {
	Step   string
	In     string
	Calls  int // that a clean run makes
	Points int // tried
	Tried  []Point
	Fired  int
	Failed []Outcome // what did not fire, or came out wrong
	Uses   []faults.Use
	Took   time.Duration
	Err    error // the step could not be tried at all
}

// Violations counts the points that came out wrong.
func (r Result) Violations() int {
	n := 0
	for _, o := range r.Failed {
		if len(o.Wrong) > 0 {
			n++
		}
	}
	return n
}

// TryAll tries steps, those points of each that pick picks, in several worlds side by
// side. report hears of each step in their order.
func TryAll(ctx context.Context, worlds []*world.World, steps []Step, pick func([]Point) []Point, report func(Result)) error {
	results := make([]chan Result, len(steps))
	for i := range results {
		results[i] = make(chan Result, 1)
	}
	work := make(chan int, len(steps))
	for i := range steps {
		work <- i
	}
	close(work)
	var wg sync.WaitGroup
	for _, w := range worlds {
		wg.Go(func() {
			m := &Matrix{World: w}
			for i := range work {
				results[i] <- m.All(ctx, steps[i], pick)
			}
		})
	}
	for _, r := range results {
		select {
		case result := <-r:
			report(result)
		case <-ctx.Done():
			wg.Wait()
			return fmt.Errorf("trying the steps: %w", ctx.Err())
		}
	}
	wg.Wait()
	return nil
}

// All tries the points of one step. Where some faults find no call to fail and
// nothing else is wrong, the clean run that they were planned by was not like others:
// a busy machine may have had a call tried twice in it. Then all of it is done once
// more, and counts as it comes.
func (m *Matrix) All(ctx context.Context, s Step, pick func([]Point) []Point) Result {
	r := m.once(ctx, s, pick)
	if r.Err == nil && len(r.Failed) > 0 && r.Violations() == 0 {
		return m.once(ctx, s, pick)
	}
	return r
}

// once records a clean run of a step and tries its points.
func (m *Matrix) once(ctx context.Context, s Step, pick func([]Point) []Point) (r Result) {
	began := time.Now()
	r.Step, r.In = s.Name, s.In
	defer func() { r.Took = time.Since(began) }()
	c, err := m.Record(ctx, s)
	if err != nil {
		r.Err = err
		return r
	}
	uses := map[faults.Use]bool{}
	use := func(calls []faults.Call) {
		for _, call := range calls {
			for _, u := range call.Uses {
				if call.Process == s.In && !uses[u] {
					uses[u] = true
					r.Uses = append(r.Uses, u)
				}
			}
		}
	}
	r.Calls = len(c.Calls)
	use(c.Calls)
	for _, p := range pick(c.Points) {
		out, err := m.Try(ctx, c, p)
		if err != nil {
			r.Err = err
			return r
		}
		use(m.World.Recorder.Take())
		r.Points, r.Tried = r.Points+1, append(r.Tried, p)
		if out.Fired {
			r.Fired++
		}
		if !out.Fired || len(out.Wrong) > 0 {
			r.Failed = append(r.Failed, out)
		}
	}
	return r
}

// Missing lists the routes that no step goes through.
func Missing(routes []string, steps []Step) []string {
	var gone []string
	for _, s := range steps {
		gone = append(gone, s.Routes...)
	}
	return slices.DeleteFunc(slices.Clone(routes), func(route string) bool { return slices.Contains(gone, route) })
}

// Named are the steps that a name, or the name of a point, is about: the one whose
// name it begins with, the longest of them; all for an empty one.
func Named(steps []Step, only string) []Step {
	if only == "" {
		return steps
	}
	var named []Step
	for _, s := range steps {
		if (s.Name == only || strings.HasPrefix(only, s.Name+"/")) && (len(named) == 0 || len(s.Name) > len(named[0].Name)) {
			named = []Step{s}
		}
	}
	return named
}

// Print says what is wrong with a point, and how to see it again.
func (o Outcome) Print(out io.Writer) {
	fmt.Fprintf(out, "\n%s (%s, the %d. of its name)\n", o.Point, o.Call, o.Nth)
	if !o.Fired {
		fmt.Fprintln(out, "  the fault did not fire")
	}
	for _, wrong := range o.Wrong {
		fmt.Fprintln(out, "  "+strings.ReplaceAll(wrong, "\n", "\n  "))
	}
	fmt.Fprintf(out, "  again: go run ./infra/crash -only '%s'\n  the functions logged:\n%s\n", o.Point, o.Log)
}
