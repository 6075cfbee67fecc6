package memory

import (
	"math/rand/v2"
	"sync"
)

// A Fault is what goes wrong with a call, as steps see AWS's: an error that none of
// the desk's own is. Whether the call had an effect is not theirs to know.
type Fault struct {
	Call string
	Kind FaultKind
	Done bool // the call had its effect
}

func (f *Fault) Error() string { return "memory: " + f.Call + ": " + string(f.Kind) }

// A FaultKind says what went wrong.
type FaultKind string

// The kinds of faults. Conflict and Throttle leave a call undone; of Lost only the
// answer went missing.
const (
	Conflict FaultKind = "met another write"
	Throttle FaultKind = "too many calls"
	Lost     FaultKind = "the connection broke"
)

// Faults says how often calls go wrong, each kind between 0 and 1.
type Faults struct{ Conflict, Throttle, Lost float64 }

// Between returns a Between that makes them go wrong as a seed has it: the same calls
// in the same order with the same faults.
func (f Faults) Between(seed uint64) Between {
	var mu sync.Mutex
	dice := rand.New(rand.NewPCG(seed, 0))
	return func(call string, done bool) error {
		mu.Lock()
		x := dice.Float64()
		mu.Unlock()
		switch {
		case done && x < f.Lost:
			return &Fault{call, Lost, true}
		case !done && x < f.Conflict:
			return &Fault{call, Conflict, false}
		case !done && x < f.Conflict+f.Throttle:
			return &Fault{call, Throttle, false}
		}
		return nil
	}
}
