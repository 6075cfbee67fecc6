package console

import (
	"context"
	"fmt"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// A suit says whose a ticket is to take, of those who are there.
type suit int

// Whose it is. What suits somebody else is offered when nothing else is left and
// they are full, or it is late: no backlog waits for one specialist alone.
const (
	theirs   suit = iota // of who asks
	nobodys              // suits nobody who is there
	anothers             // suits somebody, who has no room for it or is late with it
	reserved             // suits somebody who has room
)

// mostAssigned bounds how many of a person's tickets are weighed: nobody has more
// in hand.
const mostAssigned = 200

// A taker is somebody who asks for the next ticket of a tier. Who is not in the
// directory is suited by everything, and has room for all.
type taker struct {
	c       *Console
	who     people.Person
	tier    desk.Tier
	now     time.Time
	d       people.Directory
	me      people.Member
	listed  bool
	others  []people.Member // agents of the tier who are there; leads are there for more than tickets
	loads   map[string]int  // of those that were asked for
	refused bool            // something would have been for them, had they room
}

func (c *Console) taker(ctx context.Context, who people.Person, tier desk.Tier) (*taker, error) {
	d, err := c.directory(ctx)
	if err != nil {
		return nil, err
	}
	a := &taker{c: c, who: who, tier: tier, now: c.now(), d: d, loads: map[string]int{}}
	if a.me, a.listed = d.Members[who.ID]; !a.listed {
		return a, nil
	}
	for _, m := range d.OnShift(a.now) {
		if p, ok := d.SignedIn(people.Person{ID: m.ID}); ok && m.ID != who.ID && p.Is(people.Agent, people.Senior) && p.Works(tier) {
			a.others = append(a.others, m)
		}
	}
	return a, nil
}

// suit says whose t is. What suits nobody waits behind what suits who asks until it
// is late: from then on what is more urgent comes first.
func (a *taker) suit(ctx context.Context, t desk.Ticket) (suit, error) {
	if !a.listed || t.Assignee == a.who.ID || a.d.Suits(a.me, t) {
		return theirs, nil
	}
	due := t.Deadline()
	late, found := !due.IsZero() && due.Before(a.now), nobodys
	for _, m := range a.others {
		if !a.d.Suits(m, t) {
			continue
		}
		if found = anothers; late {
			return found, nil
		}
		load, err := a.load(ctx, m)
		if err != nil {
			return found, err
		}
		if m.Capacity.Takes(load, people.Weight(t)) {
			return reserved, nil
		}
	}
	if found == nobodys && late {
		return theirs, nil
	}
	return found, nil
}

// room reports whether who asks may be given t on top of what they have. What is
// theirs already adds nothing.
func (a *taker) room(ctx context.Context, t desk.Ticket, kind suit) (bool, error) {
	bound := a.me.Capacity
	if !a.listed || t.Assignee == a.who.ID || bound == (people.Capacity{}) {
		return true, nil
	}
	load, err := a.load(ctx, a.me)
	if err != nil {
		return false, err
	}
	weight := people.Weight(t)
	switch {
	case !bound.Takes(load, weight):
		a.refused = true
		return false, nil
	case bound.Room(load, weight), kind != theirs:
		return true, nil
	}
	for _, m := range a.others {
		if !a.d.Suits(m, t) {
			continue
		}
		other, err := a.load(ctx, m)
		if err != nil {
			return false, err
		}
		if m.Capacity.Room(other, weight) {
			a.refused = true
			return false, nil
		}
	}
	return true, nil
}

// load is how much of m's time their tickets take now. The list of them lags by a
// moment: somebody who asks twice at once may get one more than they have room for.
func (a *taker) load(ctx context.Context, m people.Member) (int, error) {
	if load, known := a.loads[m.ID]; known {
		return load, nil
	}
	load, err := a.c.load(ctx, m)
	a.loads[m.ID] = load
	return load, err
}

// load weighs the tickets that are m's; of who has no bounds nobody asks.
func (c *Console) load(ctx context.Context, m people.Member) (int, error) {
	if m.Capacity == (people.Capacity{}) {
		return 0, nil
	}
	cards, _, err := c.cfg.Lists.Assigned(ctx, m.ID, "", mostAssigned)
	_, err = c.spared(ctx, err)
	if err != nil {
		return 0, err
	}
	return people.LoadOfCards(cards), nil
}

// A fullError says how much somebody has in hand, and what they have room for.
type fullError struct {
	who        string
	load       int
	soft, hard int
}

func (e *fullError) Error() string {
	var bounds []string
	if e.soft > 0 {
		bounds = append(bounds, fmt.Sprintf("no more are given beyond %d while others have room", e.soft))
	}
	if e.hard > 0 {
		bounds = append(bounds, fmt.Sprintf("none beyond %d", e.hard))
	}
	return fmt.Sprintf("%s: tickets of weight %d in hand, %s: %s", e.who, e.load, strings.Join(bounds, ", "), errFull)
}

func (e *fullError) Unwrap() error { return errFull }

func (a *taker) full() error {
	return &fullError{a.who.ID, a.loads[a.who.ID], a.me.Capacity.Soft, a.me.Capacity.Hard}
}

// takes returns nil when the ticket of d may be given to whom d names: not to who
// is nobody of a desk that keeps a directory, unless whoever gives it says so, nor to who
// has left, to who is away only when whoever gives it says so, and to nobody beyond
// what they have room for. Whoever takes a ticket themselves knows.
func (c *Console) takes(ctx context.Context, d decision) error {
	dir, err := c.directory(ctx)
	if err != nil {
		return err
	}
	m, ok := dir.Members[d.Assignee]
	switch {
	case !ok && len(dir.Members) > 0 && d.Assignee != d.who.ID && !d.Anyway: // a slip would leave the ticket with nobody
		return wrongField("assignee", "%q is nobody that the directory knows", d.Assignee)
	case !ok || d.ticket.Assignee == m.ID:
		return nil
	case m.Left:
		return wrongField("assignee", "%s has left", m.ID)
	case !m.Sees(d.ticket.Brand):
		return wrongField("assignee", "%s does not see tickets of this brand", m.ID)
	case m.Presence.AwayAt(d.now) && !d.Anyway:
		if m.Presence.Until.IsZero() {
			return fmt.Errorf("%s is away until they say that they are back: %w", m.ID, errAway)
		}
		return fmt.Errorf("%s is away until %s: %w", m.ID, m.Presence.Until.UTC().Format(time.RFC3339), errAway)
	case m.Capacity.Hard == 0:
		return nil
	}
	load, err := c.load(ctx, m)
	if err != nil {
		return err
	}
	if !m.Capacity.Takes(load, people.Weight(d.ticket)) {
		return &fullError{m.ID, load, m.Capacity.Soft, m.Capacity.Hard}
	}
	return nil
}
