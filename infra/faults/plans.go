package faults

import (
	"math/rand/v2"
	"slices"
	"sync"
)

// At plans one fault at one call: the nth, from 1, of a name that a process
// makes. A conflict that is to last goes on with the calls of that name that
// follow, since a transaction that is made again is a call of its own; an index
// that lags does so for all calls of that name, wherever its rows are. A call that
// AWS refuses has no effect to lose: then it is the next one's turn.
type At struct {
	Process string
	Call    string // its Name
	Nth     int
	Kind    Kind

	mu     sync.Mutex
	seen   int
	faults []*Fault
}

// Next plans the fault when the call has come.
func (a *At) Next(c Call) *Fault {
	if c.Process != a.Process || c.Name() != a.Call {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.seen++
	switch waits := a.Kind.effective() && !slices.ContainsFunc(a.faults, (*Fault).Fired); {
	case a.Kind == Stale:
	case a.seen < a.Nth, a.seen > a.Nth && a.Kind != Conflicts && !waits, a.seen >= a.Nth+lasting:
		return nil
	}
	f := &Fault{Kind: a.Kind}
	a.faults = append(a.faults, f)
	return f
}

// effective reports whether a kind is about an effect that is there.
func (k Kind) effective() bool {
	return k == After || k == Lost || k == TimeoutAfter || k == DeathAfter
}

// lasting is how many calls a lasting conflict goes on for: more than any step
// makes of one transaction before it gives up, and few enough to end.
const lasting = 6

// Fired reports whether it took place, and all of a lasting one.
func (a *At) Fired() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.Kind == Stale || a.Kind.effective() {
		return slices.ContainsFunc(a.faults, (*Fault).Fired)
	}
	return len(a.faults) > 0 && !slices.ContainsFunc(a.faults, func(f *Fault) bool { return !f.Fired() })
}

// Random plans faults by a seed: each call goes wrong with a chance of Rate, in
// one of the kinds that fit it.
type Random struct {
	Rate   float64
	Kinds  []Kind              // to choose from
	Newest func(row Item) bool // see Fault
	Spare  func(c Call) bool   // calls that nothing happens to; nil for none

	mu     sync.Mutex
	random *rand.Rand
	faults []*Fault
}

// NewRandom returns a plan that does the same for the same calls in the same
// order.
func NewRandom(seed uint64, rate float64, kinds []Kind) *Random {
	return &Random{Rate: rate, Kinds: kinds, random: rand.New(rand.NewPCG(seed, 0))}
}

// Next plans a fault now and then.
func (r *Random) Next(c Call) *Fault {
	if r.Spare != nil && r.Spare(c) {
		return nil
	}
	c.Rows = 1 // nobody knows yet whether the index has something to hide
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.random.Float64() >= r.Rate {
		return nil
	}
	var fitting []Kind
	for _, k := range r.Kinds {
		if k.Fits(c) {
			fitting = append(fitting, k)
		}
	}
	if len(fitting) == 0 {
		return nil
	}
	f := &Fault{Kind: fitting[r.random.IntN(len(fitting))], Newest: r.Newest}
	r.faults = append(r.faults, f)
	return f
}

// Fired counts the faults that took place, by kind.
func (r *Random) Fired() map[Kind]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	fired := map[Kind]int{}
	for _, f := range r.faults {
		if f.Fired() {
			fired[f.Kind]++
		}
	}
	return fired
}

// First plans by the first of several plans that has something to say.
type First []Plan

// Next asks one after the other.
func (all First) Next(c Call) *Fault {
	for _, p := range all {
		if f := p.Next(c); f != nil {
			return f
		}
	}
	return nil
}
