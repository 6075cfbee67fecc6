// Package matrix makes every call of every step fail in every way that fits it,
// has the step resumed by whoever would resume it, and asks the oracle.
//
// No list of calls is kept anywhere: a clean run of each step is recorded, and
// what it asked of AWS is what is made to fail. A call that is added tomorrow is
// tried tomorrow. A fault that was planned and did not fire is an error.
package matrix

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/skala/infra/crash/oracle"
	"example.com/skala/infra/crash/world"
	"example.com/skala/infra/faults"
	"example.com/skala/shared/desk"
)

// A Step is one thing that a function does, and how it comes to do it.
type Step struct {
	Name   string
	In     string   // the function whose calls fail, by logical id
	Routes []string // of the console that it goes through
	Setup  func(*Run) error
	// Act does it once, as a platform, an event source or a person would. It is not
	// done when they would do it again.
	Act      func(*Run) (done bool, err error)
	Check    func(*Run) error // what the step is to come to; nil for the clean run's word
	Standing faults.Plan      // what is out of order while it is done for the first time
	Tells    bool             // it sees to it that the tier is told, and leaves that to no sweep
}

// A Run is one step in one world, with what its setup came to.
type Run struct {
	Ctx    context.Context
	World  *world.World
	Try    int // how often it was acted before
	Hook   world.Webhook
	Ticket desk.TicketID
	Other  desk.TicketID // of what is done to two
	Claim  world.Claim
	Seen   int64    // the ticket's version that somebody has before them
	again  []string // what a queue will deliver again
}

// A Point is one call of a step that fails in one way.
type Point struct {
	Step string
	N    int         // the call's place in the clean run, from 1
	Call string      // its name
	Nth  int         // of that name
	Kind faults.Kind // how it fails
}

func (p Point) String() string { return fmt.Sprintf("%s/%d/%s", p.Step, p.N, p.Kind) }

// An Outcome is what came of a point.
type Outcome struct {
	Point
	Fired bool
	Wrong []string
	Log   string // of the functions, when something is wrong
}

// A Clean is a step's run in which nothing goes wrong.
type Clean struct {
	Step   Step
	Calls  []faults.Call // of the step, in order
	Points []Point
	Digest []string
	start  *world.Snapshot
	run    Run
}

// A Matrix runs steps in one world, one after the other.
type Matrix struct{ World *world.World }

// settled is how much time a book of policies lets go by before it looks at the
// table again: so much passes before each step, so that it does.
const settled = 31 * time.Second

// Record runs a step without faults, and enumerates its points.
func (m *Matrix) Record(ctx context.Context, s Step) (*Clean, error) {
	w := m.World
	if err := w.Restore(ctx, w.Empty()); err != nil {
		return nil, err
	}
	c := &Clean{Step: s, run: Run{Ctx: ctx, World: w}}
	if s.Setup != nil {
		if err := s.Setup(&c.run); err != nil {
			return nil, fmt.Errorf("%s: setting it up: %w", s.Name, err)
		}
	}
	var err error
	if c.start, err = w.Snapshot(ctx); err != nil {
		return nil, err
	}
	r, err := m.begin(ctx, c)
	if err != nil {
		return nil, err
	}
	w.Plan(s.Standing)
	done, err := s.Act(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	if !done {
		return nil, fmt.Errorf("%s: not done although nothing went wrong:\n%s", s.Name, w.Log())
	}
	for _, call := range w.Recorder.Take() {
		if call.Process == s.In && !standing(s, call) {
			c.Calls = append(c.Calls, call)
		}
	}
	c.Points = points(s.Name, c.Calls)
	state, wrong, err := m.end(r, s)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	if len(wrong) > 0 {
		return nil, fmt.Errorf("%s: wrong although nothing went wrong:\n%s\n%s", s.Name, strings.Join(wrong, "\n"), w.Log())
	}
	c.Digest = state.Digest(s.Tells)
	return c, nil
}

// standing reports whether a call is out of order in the step anyway.
func standing(s Step, c faults.Call) bool { return s.Standing != nil && s.Standing.Next(c) != nil }

// alike is how many reads of one name fail in every way. Those of a step that
// follow differ from them by a shard alone: every sixth fails, in one way.
const (
	alike = 3
	apart = 6
)

// points lists what can go wrong with calls.
func points(step string, calls []faults.Call) []Point {
	var all []Point
	seen, stale := map[string]int{}, map[string]bool{}
	for n, c := range calls {
		name := c.Name()
		seen[name]++
		first := len(all)
		for _, k := range faults.Kinds {
			if k.Fits(c) && !(k == faults.Stale && stale[name]) {
				stale[name] = stale[name] || k == faults.Stale // it lags for all of them
				all = append(all, Point{Step: step, N: n + 1, Call: name, Nth: seen[name], Kind: k})
			}
		}
		if seen[name] > alike && !c.Changes() {
			some := turn(all[first:])
			if seen[name]%apart != 0 {
				some = nil
			}
			all = slices.Concat(all[:first], some)
		}
	}
	return all
}

// begin makes the world ready for the step to be done, with a warm process that
// has not looked at the policy for a while.
func (m *Matrix) begin(ctx context.Context, c *Clean) (*Run, error) {
	if err := m.World.Restore(ctx, c.start); err != nil {
		return nil, err
	}
	if err := m.World.Start(ctx, c.Step.In); err != nil {
		return nil, err
	}
	m.World.Pass(settled)
	m.World.Recorder.Take()
	run := c.run
	return &run, nil
}

// patience is how often somebody does a step again before they give up.
const patience = 6

// Try makes one point of a clean run fail, resumes, and asks the oracle.
func (m *Matrix) Try(ctx context.Context, c *Clean, p Point) (Outcome, error) {
	out := Outcome{Point: p}
	r, err := m.begin(ctx, c)
	if err != nil {
		return out, err
	}
	at := &faults.At{Process: c.Step.In, Call: p.Call, Nth: p.Nth, Kind: p.Kind}
	plan := faults.First{at}
	if c.Step.Standing != nil {
		plan = faults.First{c.Step.Standing, at}
	}
	m.World.Plan(plan)
	done, err := c.Step.Act(r)
	if err != nil {
		return out, fmt.Errorf("%s: %w", p, err)
	}
	m.World.Plan(nil)
	out.Fired = at.Fired()
	for r.Try = 1; !done && r.Try <= patience; r.Try++ {
		m.World.Pass(2 * time.Second)
		if done, err = c.Step.Act(r); err != nil {
			return out, fmt.Errorf("%s: again: %w", p, err)
		}
	}
	if !done {
		out.Wrong = append(out.Wrong, "it never worked again")
	}
	state, wrong, err := m.end(r, c.Step)
	if err != nil {
		return out, fmt.Errorf("%s: %w", p, err)
	}
	out.Wrong = append(out.Wrong, wrong...)
	for _, line := range oracle.Differ(c.Digest, state.Digest(c.Step.Tells)) {
		out.Wrong = append(out.Wrong, "otherwise than when nothing goes wrong, "+line)
	}
	if len(out.Wrong) > 0 || !out.Fired {
		out.Log = m.World.Log()
	}
	m.World.End()
	return out, nil
}

// end lets the desk come to rest and asks what is wrong with it.
func (m *Matrix) end(r *Run, s Step) (*oracle.State, []string, error) {
	m.World.Plan(nil)
	state, wrong, err := Rest(r.Ctx, m.World)
	if err != nil {
		return nil, nil, err
	}
	more, err := oracle.Check(r.Ctx, m.World, state)
	if err != nil {
		return nil, nil, err
	}
	wrong = append(wrong, more...)
	if s.Check != nil {
		if err := s.Check(r); err != nil {
			wrong = append(wrong, err.Error())
		}
	}
	return state, wrong, nil
}

// turn picks one of the points of one call, another for each call.
func turn(of []Point) []Point {
	if len(of) == 0 {
		return nil
	}
	n := uint32(of[0].N)
	for _, b := range []byte(of[0].Step + of[0].Call) {
		n = n*31 + uint32(b)
	}
	at := n % uint32(len(of))
	return of[at : at+1]
}

// few is how many calls of a step Small lets fail.
const few = 5

// Small picks of the points of a clean run one for each call, so that all kinds are
// tried over all steps. Of reads alike it takes the first, and of a step with many calls
// a few from its first to its last.
func Small(all []Point) []Point {
	var some []Point
	for start := 0; start < len(all); {
		end := start
		for end < len(all) && all[end].N == all[start].N {
			end++
		}
		of := all[start:end]
		changes := slices.ContainsFunc(of, func(p Point) bool { return p.Kind == faults.After })
		if changes || of[0].Nth == 1 {
			some = append(some, turn(of)...)
		}
		start = end
	}
	if len(some) <= few {
		return some
	}
	spread := make([]Point, few)
	for n := range spread {
		spread[n] = some[n*(len(some)-1)/(few-1)]
	}
	return spread
}

// Select keeps of points those that only names: a step, a step and a call's
// number, or all of a point.
func Select(all []Point, only string) []Point {
	return slices.DeleteFunc(slices.Clone(all), func(p Point) bool {
		whole := p.String()
		return whole != only && !strings.HasPrefix(whole, only+"/")
	})
}
