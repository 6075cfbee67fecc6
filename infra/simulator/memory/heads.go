package memory

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"example.com/skala/shared/desk"
)

// listed is where worklists have a ticket that is next due at an instant: by its
// deadline; without one after those that have one, in the order in which they are
// due.
func listed(t desk.Ticket, dueAt time.Time) place {
	state, in := t.List()
	if !in {
		return place{}
	}
	at := position(t.Deadline(), string(t.ID))
	if t.Deadline().IsZero() && !dueAt.IsZero() {
		at = never + "#" + position(roundUp(dueAt), string(t.ID))
	}
	return place{list{kind: "work", of: t.Brand, tier: t.Tier, state: state}, at}
}

func due(t desk.Ticket, dueAt time.Time) place {
	if dueAt.IsZero() {
		return place{}
	}
	return place{dueList, position(roundUp(dueAt), string(t.ID))}
}

func assigned(t desk.Ticket) place {
	if _, in := t.List(); !in || t.Assignee == "" {
		return place{}
	}
	return place{list{kind: "mine", of: t.Assignee}, position(t.Deadline(), string(t.ID))}
}

func (p place) String() string {
	if p == (place{}) {
		return ""
	}
	return strings.Join([]string{p.on.kind, p.on.of, strconv.Itoa(int(p.on.tier)), string(p.on.state), p.at}, " ")
}

// Places returns where the indexes should have a ticket that is next due at an
// instant.
func (s *Store) Places(t desk.Ticket, dueAt time.Time) desk.Places {
	return desk.Places{List: listed(t, dueAt).String(), Due: due(t, dueAt).String(), Assignee: assigned(t).String()}
}

func (th *thread) asHead() desk.Head {
	return desk.Head{Ticket: cloneTicket(*th.head), Places: desk.Places{List: th.work.String(), Due: th.due.String(), Assignee: th.mine.String()}}
}

// Heads returns the tickets of ids that are the last of their threads, each once,
// with the places that they have in the indexes.
func (s *Store) Heads(ctx context.Context, ids []desk.TicketID) (all []desk.Head, err error) {
	err = s.effect(ctx, "Heads", func() error {
		had := map[desk.TicketID]bool{}
		for _, id := range ids {
			if th, _ := s.of(id); th != nil && th.head != nil && th.head.ID == id && !had[id] {
				had[id] = true
				all = append(all, th.asHead())
			}
		}
		return nil
	})
	return all, err
}

// Head is the ticket of an id as it stands now, with its places, or desk.ErrNotFound
// where it is not there or not the last of its thread.
func (s *Store) Head(ctx context.Context, id desk.TicketID) (h desk.Head, err error) {
	err = s.effect(ctx, "Head", func() error {
		th, _ := s.of(id)
		if th == nil || th.head == nil || th.head.ID != id {
			return fmt.Errorf("memory: head of %s: %w", id, desk.ErrNotFound)
		}
		h = th.asHead()
		return nil
	})
	return h, err
}

// Mend puts the ticket that a log comes to in the place of what stands there, of the
// same version, and lists it where it belongs. It returns desk.ErrStale when the head
// is no longer as it was read.
func (s *Store) Mend(ctx context.Context, was desk.Head, is desk.Ticket, dueAt time.Time) error {
	return s.effect(ctx, "Mend", func() error {
		th, _ := s.of(is.ID)
		switch {
		case was.ID != is.ID || was.Version != is.Version:
			return fmt.Errorf("memory: mending %s with another ticket or version: %w", was.ID, desk.ErrInvalid)
		case th == nil || th.moved(was.Ticket) || th.due.String() != was.Places.Due: // a stamp leaves the version as it is
			return fmt.Errorf("memory: mending %s: %w", was.ID, desk.ErrStale)
		}
		s.setHead(th, desk.Change{Before: was.Ticket, After: is, DueAt: dueAt})
		return nil
	})
}

// Standing returns the tickets on the worklists that q names, in the order of
// Worklist; limit and cursor likewise, but the cursor is not for people.
func (s *Store) Standing(ctx context.Context, q desk.WorklistQuery, cursor string, limit int) (ids []desk.TicketID, next string, err error) {
	err = s.effect(ctx, "Standing", func() error {
		var rows []row
		rows, next = s.merge(worklists(q), true, cursor, "", limit)
		for _, r := range rows {
			ids = append(ids, r.ticket.ID)
		}
		return nil
	})
	return ids, next, err
}

// Passed returns the tickets on the worklists that q names whose deadline is until
// then and, of those without one, who are next due until then, each kind the earliest
// first and at most limit of it.
func (s *Store) Passed(ctx context.Context, q desk.WorklistQuery, until time.Time, limit int) (passed []desk.Due, err error) {
	err = s.effect(ctx, "Passed", func() error {
		for _, prefix := range []string{"", never + "#"} {
			rows, _ := s.merge(worklists(q), true, prefix, prefix+position(until.Add(time.Millisecond), ""), limit)
			for _, r := range rows {
				at, id, err := parsePosition(strings.TrimPrefix(r.at, prefix))
				if err != nil {
					return err
				}
				passed = append(passed, desk.Due{At: at, Nudge: desk.Nudge{Ticket: desk.TicketID(id)}})
			}
		}
		return nil
	})
	return passed, err
}

// Patrols returns how far the rounds of the audit have come.
func (s *Store) Patrols(ctx context.Context) (p desk.Patrols, err error) {
	err = s.effect(ctx, "Patrols", func() error {
		p = s.patrols
		return nil
	})
	return p, err
}

// Patrolled notes how far they have come.
func (s *Store) Patrolled(ctx context.Context, p desk.Patrols) error {
	return s.effect(ctx, "Patrolled", func() error {
		s.patrols = p
		return nil
	})
}
