package desk

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// What follows is what tickets have to do with one another: one goes on as another,
// or they are said to be related.

// Ties are what a ticket has to do with others, tickets and people.
type Ties struct {
	Links []TicketID `json:"links,omitempty"` // related tickets, in the order in which they were linked
	Swarm []string   `json:"swarm,omitempty"` // people who work on it beside its owner
}

// Equal reports whether both say the same.
func (a Ties) Equal(b Ties) bool {
	return slices.Equal(a.Links, b.Links) && slices.Equal(a.Swarm, b.Swarm)
}

// None reports whether the ticket has nothing to do with others.
func (a Ties) None() bool { return len(a.Links) == 0 && len(a.Swarm) == 0 }

// Merge ends the ticket for another that goes on in its place, and returns the entry
// of either. Who waits in this one waits in that one since the same instant.
func (t Ticket) Merge(by string, into Ticket, why string, now time.Time) (source, target Entry, err error) {
	switch {
	case sameThread(t.ID, into.ID):
		return Entry{}, Entry{}, fmt.Errorf("merge: into a ticket of its own thread: %w", ErrInvalid)
	case t.Brand != into.Brand:
		return Entry{}, Entry{}, fmt.Errorf("merge: into a ticket of another brand: %w", ErrInvalid)
	case t.State.Final():
		return Entry{}, Entry{}, fmt.Errorf("merge: the ticket is %s: %w", t.State, ErrState)
	case into.State.Final():
		return Entry{}, Entry{}, fmt.Errorf("merge: the other ticket is %s: %w", into.State, ErrState)
	case t.Disposition == NeedsAnswer && into.Disposition != NeedsAnswer:
		return Entry{}, Entry{}, fmt.Errorf("merge: the other ticket needs no answer, and this one does: %w", ErrState)
	case len(t.Outbox) > 0:
		return Entry{}, Entry{}, fmt.Errorf("merge: a reply is on its way: %w", ErrState)
	}
	source, target = t.entry(MergedInto, by, now), into.entry(MergedFrom, by, now)
	why = strings.TrimSpace(why)
	source.Target, source.Why = string(into.ID), why
	target.Target, target.Why, target.Tier = string(t.ID), why, t.Tier
	target.Verdict = &Verdict{Category: t.Category, Severity: t.Severity}
	if t.Disposition == NeedsAnswer && len(t.Unanswered) > 0 {
		target.Until = t.Unanswered[0].At
	}
	return source, target, nil
}

func sameThread(a, b TicketID) bool {
	one, _, _ := a.Split()
	other, _, _ := b.Split()
	return one == other
}

// join takes in that another ticket goes on as this one. Whoever waited there waits
// here, since when they did, and what was graver there is as grave here.
func (t *Ticket) join(e Entry, w Clockwork) {
	t.Tier = max(t.Tier, e.Tier)
	if v := e.Verdict; v != nil && v.Severity > t.Severity && t.Disposition == NeedsAnswer {
		t.Category, t.Severity = v.Category, v.Severity
		t.rechain(w)
	}
	if e.Until.IsZero() || t.Disposition != NeedsAnswer {
		return
	}
	at := slices.IndexFunc(t.Unanswered, func(u Unanswered) bool { return u.At.After(e.Until) })
	if at < 0 {
		at = len(t.Unanswered)
	}
	t.Unanswered = slices.Insert(t.Unanswered, at, Unanswered{Version: e.Version, At: e.Until})
	if len(t.Unanswered) > maxUnanswered {
		t.Unanswered = slices.Delete(t.Unanswered, maxUnanswered-1, maxUnanswered)
	}
	switch t.State {
	case Solved:
		t.State = t.taken()
		t.startAll(e.At, w)
	case Waiting:
		t.resume(e.At, w)
	}
	if t.clock(FirstResponse) < 0 && t.clock(NextResponse) < 0 {
		t.begin(NextResponse, e.Until, w)
	}
}

// maxLinks bounds how many tickets one is related to.
const maxLinks = 50

// Link says that two tickets are related, and returns the entry of either; Unlink
// takes that back. Neither changes anything else of them.
func (t Ticket) Link(by string, other Ticket, why string, now time.Time) (one, two Entry, err error) {
	switch {
	case t.ID == other.ID:
		return Entry{}, Entry{}, fmt.Errorf("link: to itself: %w", ErrInvalid)
	case sameThread(t.ID, other.ID):
		return Entry{}, Entry{}, fmt.Errorf("link: to a ticket of its own thread, which leads there anyway: %w", ErrInvalid)
	case t.Brand != other.Brand:
		return Entry{}, Entry{}, fmt.Errorf("link: to a ticket of another brand: %w", ErrInvalid)
	case t.LinkedTo(other.ID):
		return Entry{}, Entry{}, fmt.Errorf("link: the tickets are linked: %w", ErrState)
	case len(t.Ties.Links) >= maxLinks || len(other.Ties.Links) >= maxLinks:
		return Entry{}, Entry{}, fmt.Errorf("link: a ticket has %d links already: %w", maxLinks, ErrState)
	}
	one, two = t.tied(Linked, by, other, why, now)
	return one, two, nil
}

// Unlink says that two tickets are not related; see Link.
func (t Ticket) Unlink(by string, other Ticket, why string, now time.Time) (one, two Entry, err error) {
	if !t.LinkedTo(other.ID) {
		return Entry{}, Entry{}, fmt.Errorf("unlink: the tickets are not linked: %w", ErrState)
	}
	one, two = t.tied(Unlinked, by, other, why, now)
	return one, two, nil
}

func (t Ticket) tied(what What, by string, other Ticket, why string, now time.Time) (one, two Entry) {
	one, two = t.entry(what, by, now), other.entry(what, by, now)
	one.Target, two.Target = string(other.ID), string(t.ID)
	one.Why = strings.TrimSpace(why)
	two.Why = one.Why
	return one, two
}

// LinkedTo reports whether t is linked with another ticket.
func (t Ticket) LinkedTo(id TicketID) bool { return slices.Contains(t.Ties.Links, id) }

// tie takes in that another ticket is related, or is not.
func (t *Ticket) tie(e Entry) {
	var links []TicketID
	for _, id := range t.Ties.Links {
		if id != TicketID(e.Target) {
			links = append(links, id)
		}
	}
	if e.What == Linked {
		links = append(links, TicketID(e.Target))
	}
	t.Ties.Links = links
}
