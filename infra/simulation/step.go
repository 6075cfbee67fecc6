package simulation

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"example.com/skala/infra/simulation/judge"
	"example.com/skala/infra/simulator/customers"
	"example.com/skala/infra/simulator/memory"
)

// A doing is a step under way.
type doing struct {
	what string
	with []string // ticket and author that it is about
	hurt bool     // something that it needs has failed
}

// errDied is what becomes of a step that died between two calls.
var errDied = errors.New("died")

// step has a step of the desk do its work, which may die on the way. The error is
// its own, or errDied.
func (d *Desk) step(what string, do func(ctx context.Context) error, with ...string) (err error) {
	before := d.acting
	d.acting = &doing{what: what, with: with}
	defer func() {
		acting := d.acting
		d.acting = before
		if r := recover(); r != nil {
			if r != errDied {
				panic(fmt.Sprintf("%s at %s, seed %d: %v", what, d.Now().Format(time.RFC3339), d.cfg.Seed, r))
			}
			err, acting.hurt = errDied, true
		}
		if err != nil {
			if !acting.hurt {
				d.Witness.Failed = append(d.Witness.Failed, judge.Failure{At: d.Now(), Step: what, Err: err})
			}
			d.trouble(acting)
		}
	}()
	return do(context.Background())
}

// trouble notes that something went wrong with what a step is about.
func (d *Desk) trouble(of *doing) {
	d.ills++
	of.hurt = true
	for _, with := range of.with {
		d.Witness.Trouble(with, d.Now(), d.Now())
	}
}

// locked are calls that are made under a lock of whoever makes them: nobody else of
// the same process may come in between.
var locked = map[string]bool{"ActivePolicy": true, "PolicyDocument": true, "Directory": true}

// between is asked before and after every call of the table and the queues.
func (d *Desk) between(call string, done bool) error {
	if d.acting == nil { // the world's own looking
		return nil
	}
	w := d.weather
	if !done {
		if kind, away := w.away(d, call); away {
			d.trouble(d.acting)
			return &memory.Fault{Call: call, Kind: kind}
		}
	}
	if w.quiet {
		return nil
	}
	if (call == "Commit" || call == "CommitBoth") && !done && d.depth == 0 && d.chance.Float64() < w.crowds {
		d.interrupts()
	}
	switch x := d.chance.Float64(); {
	case x < w.dies:
		d.deaths++
		panic(errDied)
	case x < w.dies+w.lost && done:
		d.trouble(d.acting)
		return &memory.Fault{Call: call, Kind: memory.Lost, Done: true}
	case x < w.dies+w.lost && !done:
		d.trouble(d.acting)
		return &memory.Fault{Call: call, Kind: memory.Conflict}
	case x < w.dies+w.lost+w.meets && !locked[call] && !(d.acting.what == "sweep" && queueOf(call) != ""): // which goes out side by side
		d.meetings++
		d.meanwhile(time.Duration(1+d.chance.IntN(900)) * time.Millisecond)
	}
	return nil
}

// interrupts has the customer whose ticket is about to change write at that moment.
func (d *Desk) interrupts() {
	for _, with := range d.acting.with {
		if who := d.authors[with]; who != nil && !d.silenced {
			d.at(d.now, func() { d.writesMore(who, customers.Again(who.lang, d.fate)) })
			d.meanwhile(100 * time.Millisecond)
			return
		}
	}
}

// queueOf is the name of the queue that a call is about, empty for the table.
func queueOf(call string) string {
	name, _, is := strings.Cut(call, ".")
	if !is {
		return ""
	}
	return name
}
