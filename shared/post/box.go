package post

import (
	"slices"
	"time"
)

// A Box gathers lines for one address. Its lines are numbered from 1 in the order in
// which they came; letters take them along in that order.
//
//	1 … Told   their tickets know how they ended
//	… Sent     a letter with them came to its end, as Outcome says
//	… Upto     a letter with them is on its way, or is tried again
//	… Seq      they wait
type Box struct {
	ID      string  `json:"-"`
	Version int64   `json:"-"` // of what was read, 0 for a box that is not there yet
	Address Address `json:"address"`

	Seq   int64     `json:"seq"`            // of the last line
	Since time.Time `json:"since,omitzero"` // when the first of those that wait came
	Rush  int64     `json:"rush,omitempty"` // the last line that is urgent
	Asked time.Time `json:"asked,omitzero"` // when the first urgent one of those that wait came

	Upto  int64     `json:"upto,omitempty"`
	Token string    `json:"token,omitempty"` // whose try it is that is being made, empty between tries
	Until time.Time `json:"until,omitzero"`  // when another try may be made
	First time.Time `json:"first,omitzero"`  // when the letter was put together
	Tries int       `json:"tries,omitempty"` // of it, so far

	Sent  int64       `json:"sent,omitempty"`
	Ended time.Time   `json:"ended,omitzero"` // the letter up to there
	How   Class       `json:"how,omitempty"`
	Why   string      `json:"why,omitempty"`
	Told  int64       `json:"told,omitempty"`
	Past  []time.Time `json:"past,omitempty"` // when letters to a person were last tried, of the hour before the last

	Due time.Time `json:"-"` // at which the sweep finds it, as it was read
}

// How often somebody's box is emptied at most. What is urgent waits for nobody's
// quiet hours and for few others to come along; but a storm of it, too, would be
// read by nobody.
const (
	Window     = time.Minute
	RushWindow = 10 * time.Second
	AnHour     = 20
	RushHour   = 60
)

// MaxLines is how many lines one letter takes along. MaxShown is how many of them a
// person is shown; the letter says how many more there are.
const (
	MaxLines = 200
	MaxShown = 10
)

// Patience is how long one try may take before whoever made it is taken for dead:
// longer than a function lives. GiveUp is how long a letter is tried.
const (
	Patience = 45 * time.Second
	GiveUp   = 24 * time.Hour
)

// kept is how long the box of a ticket at a vendor is there after its last letter.
const kept = 30 * 24 * time.Hour

// Forget is when the box may be taken away, zero for not while it is as it is. Boxes of
// people and programs stay, so that these see how the last letter to them ended; those
// of vendors are one for each ticket, whose log has that.
func (b Box) Forget() time.Time {
	if _, ok := b.Address.Vendor(); !ok || b.Told < b.Seq {
		return time.Time{}
	}
	return b.Ended.Add(kept)
}

// Drop adds a line to the box at now.
func (b Box) Drop(urgent bool, now time.Time) Box {
	b.Seq++
	if b.Seq == max(b.Upto, b.Sent)+1 {
		b.Since = now
	}
	if urgent {
		if b.Rush <= max(b.Upto, b.Sent) {
			b.Asked = now
		}
		b.Rush = b.Seq
	}
	return b
}

// ActAt is when the box has to be looked at next, zero for never. quiet returns the
// end of the owner's quiet hours for an instant in them, any other as it is; nil for
// an owner who has none.
func (b Box) ActAt(quiet func(time.Time) time.Time) time.Time {
	switch {
	case b.Told < b.Sent:
		return b.Ended
	case b.Upto > b.Sent:
		return b.Until
	case b.Seq == b.Sent:
		return time.Time{}
	case b.Address.Program():
		return b.Since
	}
	at := b.notBefore(b.Since, Window, AnHour)
	if quiet != nil {
		at = quiet(at)
	}
	if b.Rush > b.Sent {
		if rush := b.notBefore(b.Asked, RushWindow, RushHour); rush.Before(at) {
			at = rush
		}
	}
	return at
}

// notBefore is the first instant from at on that keeps the window from the last
// letter and the number of letters an hour.
func (b Box) notBefore(at time.Time, window time.Duration, anHour int) time.Time {
	n := len(b.Past)
	if n == 0 {
		return at
	}
	if next := b.Past[n-1].Add(window); next.After(at) {
		at = next
	}
	if n >= anHour {
		if next := b.Past[n-anHour].Add(time.Hour); next.After(at) {
			at = next
		}
	}
	return at
}

// Try begins a try of the letter that is on its way, or of one with all that waits,
// under a token of whoever makes it.
func (b Box) Try(token string, now time.Time) Box {
	if b.Upto == b.Sent {
		b.Upto, b.First, b.Tries = min(b.Seq, b.Sent+MaxLines), now, 0
		b.Since, b.Asked = now, now // of what is left behind, and of what comes from now on
		b.Past = slices.DeleteFunc(slices.Clone(b.Past), func(at time.Time) bool { return !at.After(now.Add(-time.Hour)) })
		if !b.Address.Program() { // whose letters nobody counts, and there is no end to them
			b.Past = append(b.Past, now)
		}
	} else if n := len(b.Past); n > 0 { // it comes in now, if it comes
		b.Past[n-1] = now
	}
	b.Tries++
	b.Token, b.Until = token, now.Add(Patience)
	return b
}

// End writes down how a try ended, at now: the letter came to its end, or is tried
// again after a while, longer each time, unless its time is up.
func (b Box) End(o Outcome, now time.Time) Box {
	b.Token = ""
	again := o.Class == Later || o.Class == Unknown
	next := now.Add(max(o.After, backoff(b.Tries)))
	if again && next.Before(b.First.Add(GiveUp)) {
		b.Until, b.Why = next, o.Why
		return b
	}
	b.Sent, b.Ended, b.How, b.Why, b.Until = b.Upto, now, o.Class, o.Why, time.Time{}
	return b
}

// backoff doubles from two seconds to a quarter of an hour.
func backoff(tries int) time.Duration { return min(time.Second<<min(tries, 10), 15*time.Minute) }
