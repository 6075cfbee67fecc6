// Package schedule lets everything happen at once: many processes of every
// function, customers who write, edit and take back, platforms that post twice,
// queues that deliver in any order and again, agents who grab each other's tickets,
// and calls of AWS that go wrong. What is drawn is drawn from a seed, and every call
// waits at a gate for its turn, so that a run can be had again; one that breaks a
// promise is made as small as it still does.
package schedule

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"example.com/skala/infra/crash/matrix"
	"example.com/skala/infra/crash/oracle"
	"example.com/skala/infra/crash/world"
	"example.com/skala/infra/faults"
	"example.com/skala/infra/simulator/platforms"
)

// A Round is one run.
type Round struct {
	Seed    uint64
	Events  int // arrivals at the door
	Agents  int // things that agents do
	Workers int // that happen side by side
	Rate    float64
	Kinds   []faults.Kind
}

// An Outcome is what came of a round.
type Outcome struct {
	Round
	Accepted int // events that were answered 200
	Calls    int
	Fired    map[faults.Kind]int
	Wrong    []string
	Trace    []string // what happened, and what went wrong, in order
	Log      string   // of the functions
	Took     time.Duration
}

// A run is a round under way.
type run struct {
	Round
	ctx    context.Context
	w      *world.World
	gate   *gate
	random *rand.Rand
	begun  int // arrivals
	acted  int // agents
	calls  int

	mu      sync.Mutex
	under   int // what is under way
	hooks   []world.Webhook
	open    map[int]bool           // arrivals that no 200 was had for
	reached []customer             // whose events were accepted
	claims  map[string]world.Claim // by ticket and agent
	trace   []string
	flying  map[*world.Message]int // deliveries under way
	copies  map[*world.Message]int // how often something is delivered again that was done
}

// Run runs a round in a world in which nothing has happened yet.
func (r Round) Run(ctx context.Context, w *world.World) (out Outcome, err error) {
	began := time.Now()
	random := rand.New(rand.NewPCG(r.Seed, 0))
	plan := faults.NewRandom(r.Seed, r.Rate, r.Kinds)
	plan.Newest = w.Newest
	run := &run{
		Round: r, ctx: ctx, w: w, random: random, gate: newGate(random, plan), open: map[int]bool{}, claims: map[string]world.Claim{},
		flying: map[*world.Message]int{}, copies: map[*world.Message]int{},
	}
	w.Plan(run.gate)
	w.Watch(run.gate.over)
	defer w.Watch(nil)
	if err := run.all(); err != nil {
		return out, err
	}
	out = Outcome{Round: r, Accepted: len(w.Ledger.Accepted) + len(w.Ledger.Bodies), Calls: run.calls, Fired: plan.Fired(), Trace: run.trace}
	state, wrong, err := matrix.Rest(ctx, w)
	if err != nil {
		return out, err
	}
	more, err := oracle.Check(ctx, w, state)
	if err != nil {
		return out, err
	}
	out.Wrong = slices.Concat(wrong, more, once(state))
	out.Log, out.Took = w.Log(), time.Since(began)
	return out, nil
}

// all does everything, and ends when every arrival was answered 200, agents have
// done what they do, and nothing is under way.
func (r *run) all() error {
	defer r.lift()
	for steps := 0; ; steps++ {
		if err := r.ctx.Err(); err != nil {
			return err
		}
		if steps > 1000*(r.Events+r.Agents+10) {
			return fmt.Errorf("seed %d: it never ends", r.Seed)
		}
		if steps%64 == 0 {
			r.w.Recorder.Take() // nobody asks for them
		}
		r.mu.Lock()
		under, left := r.under, r.begun < r.Events || r.acted < r.Agents || len(r.open) > 0
		r.mu.Unlock()
		waits := r.gate.waits()
		switch {
		case !left && under == 0:
			return nil
		case waits > 0 && (under >= r.Workers || !left || r.random.IntN(3) > 0):
			r.through()
		case under < r.Workers && left:
			if err := r.launch(); err != nil {
				return err
			}
		default: // somebody pauses on purpose
			await(r.gate.stirred, settle)
		}
		r.w.Pass(time.Duration(r.random.IntN(100)) * time.Millisecond)
	}
}

func (r *run) through() {
	c, fault := r.gate.through()
	r.calls++
	if fault != nil {
		r.note("%s: %s fails: %s", c.Process, c.Name(), fault.Kind)
	}
}

// lift lets everything come to its end without anything going wrong.
func (r *run) lift() {
	r.gate.lift()
	r.w.Plan(nil)
	r.w.Behave()
	for end := time.Now().Add(grace); time.Now().Before(end); await(r.gate.stirred, settle) {
		r.mu.Lock()
		under := r.under
		r.mu.Unlock()
		if under == 0 {
			break
		}
	}
	r.w.End()
}

func (r *run) note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.trace = append(r.trace, fmt.Sprintf(format, args...))
}

// do has something happen beside everything else.
func (r *run) do(what string, f func()) {
	r.note("%s", what)
	r.mu.Lock()
	r.under++
	r.mu.Unlock()
	drain(r.gate.stirred)
	go func() {
		f()
		r.mu.Lock()
		r.under--
		r.mu.Unlock()
		r.gate.stir()
	}()
	await(r.gate.stirred, settle)
}

// launch draws what happens next.
func (r *run) launch() error {
	dice := r.random.IntN(100)
	switch {
	case dice < 2:
		r.do("the schedule sweeps", func() { _ = r.w.Sweep(r.ctx, "Escalate") }) // what fails the next one does
	case dice < 3:
		r.do("the schedule audits", func() { _ = r.w.Sweep(r.ctx, "Audit") })
	case dice < 5:
		r.misbehaves()
	case dice < 8:
		by := time.Duration(r.random.IntN(90)) * time.Second
		r.note("%v pass", by)
		r.w.Pass(by)
	case dice < 30 && r.begun < r.Events:
		r.arrives()
	case dice < 34:
		r.posts()
	case dice < 55 && r.acted < r.Agents:
		r.acts()
	default:
		return r.delivers()
	}
	return nil
}

// misbehaves has the platforms do something wrong with the next reply, or Meta with
// the next questions.
func (r *run) misbehaves() {
	if r.random.IntN(3) == 0 {
		refusals := []world.Refusal{world.Limited, world.Gone, world.Broken}
		f := refusals[r.random.IntN(len(refusals))]
		f.Count = 1 + r.random.IntN(4)
		r.note("Meta: the next %d questions meet the code %d", f.Count, f.Code)
		r.w.Refuse(f)
		return
	}
	kinds := []string{"429", "500", "400", "401", "lost", "broken"}
	f := platforms.Fault{Fault: kinds[r.random.IntN(len(kinds))], After: platforms.Duration(5 * time.Second)}
	r.note("platforms: the next reply meets a %s", f.Fault)
	if err := r.w.Misbehave(f); err != nil {
		r.note("platforms: %v", err)
	}
}

// arrives has the next of what is to come posted.
func (r *run) arrives() {
	n := r.begun
	r.begun++
	a := r.arrival(n)
	r.mu.Lock()
	switch {
	case a.again >= 0 && a.again < len(r.hooks):
		r.hooks = append(r.hooks, r.hooks[a.again])
	case a.broken != nil:
		r.hooks = append(r.hooks, world.Webhook{App: world.Standard, ID: fmt.Sprintf("broken-%d", n), Body: a.broken, Broken: true})
	default:
		r.hooks = append(r.hooks, r.w.Webhook(a.events...))
	}
	r.open[n] = true
	r.mu.Unlock()
	r.post(n)
}

// posts has one posted again that was not answered 200.
func (r *run) posts() {
	r.mu.Lock()
	open := slices.Sorted(maps.Keys(r.open))
	r.mu.Unlock()
	if len(open) > 0 {
		r.post(open[r.random.IntN(len(open))])
	}
}

func (r *run) post(n int) {
	r.mu.Lock()
	hook := r.hooks[n]
	delete(r.open, n) // it is under way
	r.mu.Unlock()
	r.do(fmt.Sprintf("arrival %d is posted: %s", n, summary(hook)), func() {
		status, err := r.w.Post(r.ctx, hook)
		r.mu.Lock()
		defer r.mu.Unlock()
		if err != nil || status != 200 {
			r.open[n] = true
			return
		}
		for _, e := range hook.Events {
			if e.App == world.Instagram { // where nobody listens for our replies
				continue
			}
			r.reached = append(r.reached, customer{e.App, e.Author})
		}
	})
}

func summary(hook world.Webhook) string {
	if hook.Broken {
		return "nobody can split it"
	}
	s := ""
	for _, e := range hook.Events {
		s += fmt.Sprintf(" %s %s by %s", e.Kind, e.Key, e.Author[len(e.Author)-2:])
		if e.Target != "" {
			s += " of " + e.Target
		}
	}
	return s
}

// most is how often something that was done is delivered once more.
const most = 10

// delivers has a queue deliver some of what is on it: in any order, some of it a
// second time while the first is under way, and some again although it was done.
func (r *run) delivers() error {
	queues := r.w.Fed()
	id := queues[r.random.IntN(len(queues))]
	if _, err := r.w.Poll(r.ctx, id); err != nil {
		return err
	}
	due, _ := r.w.Due(id)
	r.mu.Lock()
	var batch []*world.Message
	for _, n := range r.random.Perm(len(due)) {
		if len(batch) < 1+r.random.IntN(10) && (r.flying[due[n]] == 0 || r.random.IntN(20) == 0) {
			batch = append(batch, due[n])
		}
	}
	again := make(map[*world.Message]bool)
	for _, m := range batch {
		r.flying[m]++
		if r.copies[m] < most && r.random.IntN(6) == 0 {
			r.copies[m]++
			again[m] = true
		}
	}
	r.mu.Unlock()
	if len(batch) == 0 {
		return nil
	}
	r.do(fmt.Sprintf("%s delivers %d, %d of them to be delivered again", id, len(batch), len(again)), func() {
		_, err := r.w.DeliverSome(r.ctx, id, batch, again)
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, m := range batch {
			r.flying[m]--
		}
		if err != nil {
			r.trace = append(r.trace, "delivering: "+err.Error())
		}
	})
	return nil
}
