package desk

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// What follows is how several people work on one ticket: one of them owns it, and the
// others were asked in and may leave. They write notes to one another in a side thread.

// SideThread is the form of a note that is of the swarm's own talk.
const SideThread = "swarm"

// maxSwarm bounds how many are asked in to one ticket.
const maxSwarm = 20

// Swarm asks people in. The ticket stays whose it is; one that nobody owns is of
// whoever asks from then on.
func (t Ticket) Swarm(by string, who []string, why string, now time.Time) (Entry, error) {
	if err := t.mustWork("swarm"); err != nil {
		return Entry{}, err
	}
	owner := t.Assignee
	if owner == "" {
		owner = by
	}
	var asked []string
	for _, id := range who {
		if id != "" && id != owner && !slices.Contains(t.Ties.Swarm, id) && !slices.Contains(asked, id) {
			asked = append(asked, id)
		}
	}
	switch {
	case len(asked) == 0:
		return Entry{}, fmt.Errorf("swarm: who: nobody is named who is not at it already: %w", ErrInvalid)
	case len(asked)+len(t.Ties.Swarm) > maxSwarm:
		return Entry{}, fmt.Errorf("swarm: who: more than %d on one ticket: %w", maxSwarm, ErrInvalid)
	}
	e := t.entry(Swarmed, by, now)
	e.To, e.Why = asked, strings.TrimSpace(why)
	if t.Assignee == "" {
		e.Assignee = by
	}
	return e, nil
}

// LeaveSwarm takes somebody out of the swarm: themselves or another.
func (t Ticket) LeaveSwarm(by, who, why string, now time.Time) (Entry, error) {
	if who == "" {
		who = by
	}
	if !slices.Contains(t.Ties.Swarm, who) {
		return Entry{}, fmt.Errorf("leave: %s is not at the ticket: %w", who, ErrState)
	}
	e := t.entry(SwarmLeft, by, now)
	e.To, e.Why = []string{who}, strings.TrimSpace(why)
	return e, nil
}

// Swarms reports whether somebody was asked in to the ticket, and has not left.
func (t Ticket) Swarms(who string) bool { return who != "" && slices.Contains(t.Ties.Swarm, who) }

// swarm takes in who was asked in or has left.
func (t *Ticket) swarm(e Entry) {
	var at []string
	for _, who := range t.Ties.Swarm {
		if !slices.Contains(e.To, who) {
			at = append(at, who)
		}
	}
	if e.What == Swarmed {
		at = append(at, e.To...)
		if t.Assignee == "" && e.Assignee != "" {
			t.Assignee = e.Assignee
			if t.State == New {
				t.State = Open
			}
		}
	}
	t.Ties.Swarm = at
}

// disperse ends the swarm of a ticket that is not worked on any more, and takes its
// owner out of it.
func (t *Ticket) disperse() {
	switch {
	case !t.State.Working():
		t.Ties.Swarm = nil
	case t.Swarms(t.Assignee):
		t.swarm(Entry{What: SwarmLeft, To: []string{t.Assignee}})
	}
}
