package memory

import (
	"context"
	"fmt"
	"time"

	"example.com/skala/shared/desk"
)

// of returns the thread of a ticket and its number there; nil for none.
func (s *Store) of(id desk.TicketID) (*thread, int) {
	name, n, ok := id.Split()
	if !ok {
		return nil, 0
	}
	return s.threads[name], n
}

// ticket returns what is kept of a ticket; nil for none.
func (s *Store) ticket(id desk.TicketID) *desk.Ticket {
	th, n := s.of(id)
	switch {
	case th == nil:
		return nil
	case th.head != nil && th.head.ID == id:
		return th.head
	}
	return th.earlier[n]
}

// Ticket returns a ticket as it is now, or desk.ErrNotFound.
func (s *Store) Ticket(ctx context.Context, id desk.TicketID) (t desk.Ticket, err error) {
	err = s.effect(ctx, "Ticket", func() error {
		is := s.ticket(id)
		if is == nil {
			return fmt.Errorf("memory: ticket %s: %w", id, desk.ErrNotFound)
		}
		t = cloneTicket(*is)
		return nil
	})
	return t, err
}

// Tickets returns tickets as they are now, in the order of ids. Those that are not
// there are left out.
func (s *Store) Tickets(ctx context.Context, ids []desk.TicketID) (all []desk.Ticket, err error) {
	err = s.effect(ctx, "Tickets", func() error {
		all = s.tickets(ids)
		return nil
	})
	return all, err
}

func (s *Store) tickets(ids []desk.TicketID) (all []desk.Ticket) {
	for _, id := range ids {
		if t := s.ticket(id); t != nil {
			all = append(all, cloneTicket(*t))
		}
	}
	return all
}

// Log returns the entries of a ticket in the order of their versions, messages with
// their present text, deliveries with their present state.
func (s *Store) Log(ctx context.Context, id desk.TicketID) (all []desk.Entry, err error) {
	err = s.effect(ctx, "Log", func() error {
		if _, _, ok := id.Split(); !ok {
			return fmt.Errorf("memory: log of %q: %w", id, desk.ErrNotFound)
		}
		th, n := s.of(id)
		if th == nil {
			return nil
		}
		for _, rec := range th.log {
			if rec.n == n {
				all = append(all, cloneEntry(rec.Entry))
			}
		}
		return nil
	})
	return all, err
}

// Nudged notes that a queue was told of t again at now, and when to look at it next.
// The version stays. It returns desk.ErrStale when the ticket is no longer as it was
// read.
func (s *Store) Nudged(ctx context.Context, t desk.Ticket, now, dueAt time.Time) error {
	return s.stamp(ctx, "Nudged", t, dueAt, func(is *desk.Ticket) { is.Nudged = now.UTC() })
}

// Asked notes that the author's profile was asked for, as Nudged does.
func (s *Store) Asked(ctx context.Context, t desk.Ticket, dueAt time.Time) error {
	return s.stamp(ctx, "Asked", t, dueAt, func(is *desk.Ticket) { is.Profile = desk.ProfileAsked })
}

// Forgot notes when the next attachment is to be forgotten, as Nudged does.
func (s *Store) Forgot(ctx context.Context, t desk.Ticket, next, dueAt time.Time) error {
	return s.stamp(ctx, "Forgot", t, dueAt, func(is *desk.Ticket) { is.Forget = next.UTC() })
}

func (s *Store) stamp(ctx context.Context, call string, t desk.Ticket, dueAt time.Time, with func(*desk.Ticket)) error {
	return s.effect(ctx, call, func() error {
		th, n := s.of(t.ID)
		if n == 0 {
			return fmt.Errorf("memory: ticket %q: %w", t.ID, desk.ErrNotFound)
		}
		if th == nil || th.head == nil || th.head.ID != t.ID || th.head.Version != t.Version {
			return fmt.Errorf("memory: %s, %s: %w", call, t.ID, desk.ErrStale)
		}
		is := *th.head // what it shares with the one before, nobody changes
		with(&is)
		th.head = &is
		s.move(&th.due, due(is, dueAt), row{of: th.name})
		if at := listed(is, dueAt); at != (place{}) && is.Deadline().IsZero() { // listed by that
			s.move(&th.work, at, row{of: th.name, ticket: th.head})
		}
		return nil
	})
}

// Forget takes the addresses out of attachments of t's thread whose time is over at
// now. It returns when the next one's is. A second run finds the first one's work
// done.
func (s *Store) Forget(ctx context.Context, t desk.Ticket, now time.Time) (next time.Time, err error) {
	err = s.effect(ctx, "Forget", func() error {
		th, n := s.of(t.ID)
		if n == 0 {
			return fmt.Errorf("memory: ticket %q: %w", t.ID, desk.ErrNotFound)
		}
		if th == nil {
			return nil
		}
		for _, rec := range th.messages {
			if rec.Message == nil || len(rec.Message.Attachments) == 0 {
				continue
			}
			kept, until, _ := desk.Forget(rec.Message.Attachments, now)
			if !until.IsZero() && (next.IsZero() || until.Before(next)) {
				next = until
			}
			rec.Message.Attachments = kept
		}
		return nil
	})
	return next, err
}
