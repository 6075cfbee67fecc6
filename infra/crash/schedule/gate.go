package schedule

import (
	"math/rand/v2"
	"sync"
	"time"

	"example.com/skala/infra/faults"
)

// A gate lets the calls of all processes through one after the other, in an order
// that is drawn: so two runs of one seed interleave alike, as far as what happens
// between two calls does.
type gate struct {
	random *rand.Rand     // of the order
	plan   *faults.Random // of what goes wrong

	mu      sync.Mutex
	open    bool // calls are let through as they come
	pending []waiting
	ended   chan struct{} // a call that was let through has ended
	stirred chan struct{} // a call came, or something was done
}

type waiting struct {
	call faults.Call
	let  chan *faults.Fault
}

func newGate(random *rand.Rand, plan *faults.Random) *gate {
	return &gate{random: random, plan: plan, ended: make(chan struct{}, 1024), stirred: make(chan struct{}, 1024)}
}

// Next waits until the call is let through, and says what goes wrong with it.
func (g *gate) Next(c faults.Call) *faults.Fault {
	g.mu.Lock()
	if g.open {
		g.mu.Unlock()
		return nil
	}
	w := waiting{c, make(chan *faults.Fault, 1)}
	g.pending = append(g.pending, w)
	g.mu.Unlock()
	g.stir()
	return <-w.let
}

// stir says that there may be something to choose from again.
func (g *gate) stir() {
	select {
	case g.stirred <- struct{}{}:
	default: // as many as anybody looks at
	}
}

func (g *gate) over() {
	select {
	case g.ended <- struct{}{}:
	default:
	}
}

// waits counts the calls that wait.
func (g *gate) waits() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.pending)
}

// A call should end within grace, and what made it stir again within settle; a
// process that pauses on purpose is not waited for.
const (
	grace  = 20 * time.Second
	settle = 2 * time.Millisecond
)

// through lets one of the waiting calls through and waits for its end, and for
// what its process does next. It returns the call and what went wrong with it.
func (g *gate) through() (faults.Call, *faults.Fault) {
	g.mu.Lock()
	n := g.random.IntN(len(g.pending))
	w := g.pending[n]
	g.pending = append(g.pending[:n], g.pending[n+1:]...)
	g.mu.Unlock()
	drain(g.ended)
	drain(g.stirred)
	fault := g.plan.Next(w.call)
	w.let <- fault
	await(g.ended, grace)
	await(g.stirred, settle)
	return w.call, fault
}

// lift lets all calls through from now on.
func (g *gate) lift() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open = true
	for _, w := range g.pending {
		w.let <- nil
	}
	g.pending = nil
}

func drain(c chan struct{}) {
	for {
		select {
		case <-c:
		default:
			return
		}
	}
}

func await(c chan struct{}, most time.Duration) {
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-c:
	case <-timer.C:
	}
}
