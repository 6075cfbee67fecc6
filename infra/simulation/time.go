package simulation

import (
	"container/heap"
	"time"
)

// An event is something that happens at an instant of true time. Of those of one
// instant the one that was planned first comes first.
type event struct {
	at   time.Time
	seq  int
	does func()
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	if !e[i].at.Equal(e[j].at) {
		return e[i].at.Before(e[j].at)
	}
	return e[i].seq < e[j].seq
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	last := len(*e) - 1
	x := (*e)[last]
	(*e)[last] = event{}
	*e = (*e)[:last]
	return x
}

// at has something happen at an instant, or now where that is over.
func (d *Desk) at(when time.Time, does func()) {
	d.planned++
	heap.Push(&d.plan, event{when, d.planned, does})
}

// after has something happen after a while.
func (d *Desk) after(wait time.Duration, does func()) { d.at(d.now.Add(wait), does) }

// true is the instant that it really is. Queues and customers go by it.
func (d *Desk) clock() time.Time { return d.now }

// Now is what the desk's own clocks show: mostly the same, to the millisecond, as
// fine as functions read theirs.
func (d *Desk) Now() time.Time { return d.now.Add(d.skew).Truncate(time.Millisecond) }

// run lets everything happen until an instant.
func (d *Desk) run(until time.Time) {
	for {
		at, does, ok := d.next()
		if !ok || at.After(until) {
			break
		}
		if at.After(d.now) {
			d.now = at
		}
		does()
	}
	if until.After(d.now) {
		d.now = until
	}
}

// next is what happens next: something that was planned, or what comes off a queue.
func (d *Desk) next() (at time.Time, does func(), ok bool) {
	if len(d.plan) > 0 {
		at, ok = d.plan[0].at, true
		does = func() { heap.Pop(&d.plan).(event).does() }
	}
	for _, p := range d.pumps {
		if due, waits := p.due(); waits && (!ok || due.Before(at)) {
			at, does, ok = due, p.pump, true
		}
	}
	return at, does, ok
}

// deepest is how many steps may be under way at once.
const deepest = 3

// meanwhile lets time pass in the middle of a step, and others do what they do then.
func (d *Desk) meanwhile(wait time.Duration) {
	if d.depth >= deepest {
		return
	}
	acting := d.acting
	d.depth++
	d.run(d.now.Add(wait))
	d.depth--
	d.acting = acting
}
