package judge

import (
	"slices"
	"sort"
	"time"

	"example.com/skala/shared/desk"
)

// A Witness is what stood beside the desk and saw what happened to it: what came in
// and was answered 200, what platforms took, what went wrong and when. Nothing in it
// was asked of the desk. All instants are by the desk's clocks.
type Witness struct {
	Accepted []Accepted
	Replies  map[string]Reply // that the console said it has, by their keys
	Taken    map[string][]time.Time
	Denied   map[string]bool          // replies that a platform refused for good
	Told     map[desk.TicketID][]Told // nudges that tiers' queues were sent, lost ones too
	Refused  map[time.Time]bool       // hours in which the door did not answer 200
	Failed   []Failure                // of steps that nothing had failed
	Letters  []Letter                 // in their order

	sweeps   []time.Time // that came to their end
	outages  spans       // of what all depend on
	troubles map[string]*spans
}

// An Accepted is an event that the door answered 200, once for each time.
type Accepted struct {
	Key     string // of the event
	ID      string // of the message
	Target  string // of an edit or deletion: the message's ID
	Account string
	Author  string
	Kind    desk.Kind
	At      time.Time
	Kept    bool // nobody can read it: it is to be in quarantine
}

// A Failure is a step that failed by itself.
type Failure struct {
	At   time.Time
	Step string
	Err  error
}

// A Told is a nudge to a tier.
type Told struct {
	At   time.Time
	Tier desk.Tier
}

// A Reply is one that the console said it has.
type Reply struct {
	Ticket desk.TicketID
	Token  string // of the claim that it was written under
	At     time.Time
}

// NewWitness returns one who has seen nothing yet.
func NewWitness() *Witness {
	return &Witness{Replies: map[string]Reply{}, Taken: map[string][]time.Time{}, Denied: map[string]bool{}, Told: map[desk.TicketID][]Told{}, Refused: map[time.Time]bool{}, troubles: map[string]*spans{}}
}

// Swept notes a sweep that came to its end.
func (w *Witness) Swept(at time.Time) { w.sweeps = append(w.sweeps, at) }

// Outage notes a time in which nothing could be promised to anybody.
func (w *Witness) Outage(from, to time.Time) { w.outages.add(from, to) }

// Trouble notes a time in which something went wrong with one ticket or author.
func (w *Witness) Trouble(with string, from, to time.Time) {
	if w.troubles[with] == nil {
		w.troubles[with] = &spans{}
	}
	w.troubles[with].add(from, to)
}

type span struct{ from, to time.Time }

// spans are times in which something is wrong, in the order in which it was noted.
// There are thousands of some, so they are asked in their own order, without those
// that lie in others.
type spans struct {
	noted   []span
	ordered []span // of those that were noted so far, each after the one before it
	of      int    // how many those were
}

func (s *spans) add(from, to time.Time) { s.noted = append(s.noted, span{from, to}) }

// last returns the end of the last of them that touches a time; zero for none.
func (s *spans) last(from, to time.Time) time.Time {
	if s == nil {
		return time.Time{}
	}
	if s.of != len(s.noted) {
		s.order()
	}
	n := sort.Search(len(s.ordered), func(i int) bool { return s.ordered[i].from.After(to) })
	if n == 0 || s.ordered[n-1].to.Before(from) {
		return time.Time{}
	}
	return s.ordered[n-1].to
}

func (s *spans) order() {
	all := slices.SortedFunc(slices.Values(s.noted), func(a, b span) int { return a.from.Compare(b.from) })
	s.ordered, s.of = nil, len(s.noted)
	for _, next := range all {
		if n := len(s.ordered); n > 0 && !next.from.After(s.ordered[n-1].to) {
			s.ordered[n-1].to = latest(s.ordered[n-1].to, next.to)
			continue
		}
		s.ordered = append(s.ordered, next)
	}
}

// Ahead is how long before an instant a sweep may have put it on the queue; whoever
// sets one nearer than that does so itself. Prompt is how late an act may be to
// which nothing happened: queues keep whole seconds, and steps take a while.
const (
	Ahead  = 180 * time.Second
	Prompt = 5 * time.Second
)

// Behind is how far the indexes may be behind the table, and so what a sweep cannot see
// yet.
const Behind = 2 * time.Second

// healed is when what went wrong until an instant must be right again: with the
// first sweep after it that can see it. Zero for not yet.
func (w *Witness) healed(at time.Time) time.Time {
	i := sort.Search(len(w.sweeps), func(i int) bool { return w.sweeps[i].After(at.Add(Behind)) })
	if i == len(w.sweeps) {
		return time.Time{}
	}
	return w.sweeps[i].Add(Prompt)
}

// latest returns by when an act must have been done that was known since set and
// due at an instant, for a ticket and its author, and whether anything excuses it
// from being prompt. Zero is for not by now.
func (w *Witness) latest(due, set time.Time, of ...string) (by time.Time, excused bool) {
	due = latest(due, set)
	by = due.Add(Prompt)
	first := sort.Search(len(w.sweeps), func(i int) bool { return !w.sweeps[i].Before(due.Add(-Ahead)) })
	swept := first < len(w.sweeps) && !w.sweeps[first].After(due)
	if !swept && set.Before(due.Add(-Ahead)) {
		if by, excused = w.healed(due), true; by.IsZero() {
			return by, true
		}
	}
	by, ill := w.later(by, due, set, of)
	return by, excused || ill
}

// atLeisure is latest for what is left to the sweep, and need not be exact.
func (w *Witness) atLeisure(due, set time.Time, of ...string) time.Time {
	by := w.healed(due)
	if by.IsZero() {
		return by
	}
	by, _ = w.later(by, due, set, of)
	return by
}

// later puts off by when something must have been done while something is wrong.
// What went wrong before it was on a queue did it no harm.
func (w *Witness) later(by, due, set time.Time, of []string) (_ time.Time, excused bool) {
	armed := latest(set, due.Add(-Ahead)).Add(-Prompt)
	for {
		until := w.outages.last(armed, by)
		for _, with := range of {
			until = latest(until, w.troubles[with].last(armed, by))
		}
		if until.IsZero() {
			return by, excused
		}
		excused = true
		next := w.healed(latest(until, due))
		switch {
		case next.IsZero():
			return next, true
		case !next.After(by):
			return by, true
		}
		by = next
	}
}

// calm reports that neither an outage nor a trouble touches a time.
func (w *Witness) calm(from, to time.Time, of ...string) bool {
	return w.outages.last(from, to).IsZero() && !slices.ContainsFunc(of, func(with string) bool { return !w.troubles[with].last(from, to).IsZero() })
}

// Tell notes that a tier was told of a ticket.
func (w *Witness) Tell(id desk.TicketID, tier desk.Tier, at time.Time) {
	w.Told[id] = append(w.Told[id], Told{at, tier})
}
