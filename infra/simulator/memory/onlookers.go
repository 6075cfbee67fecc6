package memory

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"example.com/skala/shared/desk"
)

// Look notes that somebody is at a ticket, and when they wrote there where o says so.
func (s *Store) Look(ctx context.Context, ticket desk.TicketID, o desk.Onlooker) error {
	return s.effect(ctx, "Look", func() error {
		if ticket == "" || o.Who == "" {
			return fmt.Errorf("memory: noting who looks: without a ticket or a name: %w", desk.ErrInvalid)
		}
		if s.lookers == nil {
			s.lookers = map[desk.TicketID]map[string]desk.Onlooker{}
		}
		if s.lookers[ticket] == nil {
			s.lookers[ticket] = map[string]desk.Onlooker{}
		}
		o.Seen, o.Typed = milli(o.Seen), milli(cmp.Or(o.Typed, s.lookers[ticket][o.Who].Typed))
		s.lookers[ticket][o.Who] = o
		return nil
	})
}

// milli is an instant as the table keeps it.
func milli(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC().Truncate(time.Millisecond)
}

// Leave takes somebody away from a ticket at once.
func (s *Store) Leave(ctx context.Context, ticket desk.TicketID, who string) error {
	return s.effect(ctx, "Leave", func() error {
		delete(s.lookers[ticket], who)
		return nil
	})
}

// Onlookers returns who has been at a ticket lately, by their ids.
func (s *Store) Onlookers(ctx context.Context, ticket desk.TicketID) (all []desk.Onlooker, err error) {
	err = s.effect(ctx, "Onlookers", func() error {
		for _, who := range sortedKeys(s.lookers[ticket]) {
			all = append(all, s.lookers[ticket][who])
		}
		return nil
	})
	return all, err
}
