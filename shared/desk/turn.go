package desk

import (
	"slices"
	"strings"
	"time"
)

// GivenLasts is how long a gift counts among what somebody has in hand although the
// list of that does not show it yet.
const GivenLasts = 2 * time.Minute

// A Turn is whose turn it is in a team whose tickets find somebody by themselves: who
// was given which lately. Whoever gives one writes it first, in the version that they
// read, so that of many who give at once each knows what the others gave.
type Turn struct {
	Team    string `json:"team"`
	Version int64  `json:"version"`
	Gifts   []Gift `json:"gifts,omitempty"` // the latest of each member, and all of the last minutes
}

// A Gift is a ticket that somebody was given.
type Gift struct {
	Who    string    `json:"who"`
	Ticket TicketID  `json:"ticket"`
	Weight int       `json:"weight"`
	At     time.Time `json:"at"`
}

// Gave returns t after a gift.
func (t Turn) Gave(g Gift) Turn {
	kept := slices.DeleteFunc(slices.Clone(t.Gifts), func(old Gift) bool {
		return g.At.Sub(old.At) >= GivenLasts && (old.Who == g.Who || t.Last(old.Who).After(old.At))
	})
	t.Gifts = append(kept, g)
	return t
}

// Last is when a member was given one, zero for never.
func (t Turn) Last(who string) (at time.Time) {
	for _, g := range t.Gifts {
		if g.Who == who && g.At.After(at) {
			at = g.At
		}
	}
	return at
}

// Begun is the latest gift of a ticket of late: whoever took that turn may be about to
// write it, or have died. Writing it in their place does either no harm.
func (t Turn) Begun(ticket TicketID, now time.Time) (g Gift, ok bool) {
	for _, gift := range slices.Backward(t.Gifts) {
		if gift.Ticket == ticket && now.Sub(gift.At) < GivenLasts {
			return gift, true
		}
	}
	return Gift{}, false
}

// Lately lists what a member was given of late.
func (t Turn) Lately(who string, now time.Time) (all []Gift) {
	for _, g := range t.Gifts {
		if g.Who == who && now.Sub(g.At) < GivenLasts {
			all = append(all, g)
		}
	}
	return all
}

// Why the desk gave somebody a ticket: how a team's tickets find somebody.
const (
	GivenInTurn = "by turn, in "
	GivenFewest = "to whoever has the most room, in "
)

// GivenBefore lists whom the desk has given a ticket by itself, by its log: who let it
// go is not given it again.
func GivenBefore(log []Entry) (who []string) {
	for _, e := range log {
		if e.What == Assigned && e.Who == "" && (strings.HasPrefix(e.Why, GivenInTurn) || strings.HasPrefix(e.Why, GivenFewest)) {
			who = append(who, e.Assignee)
		}
	}
	return who
}
