package memory

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// kinOf is what was said of one identity and another, in that order.
type kinOf struct{ of, with string }

// recognised lists a ticket under what its author shares with their own kind
// elsewhere.
func (s *Store) recognised(thread string, t desk.Ticket, n int) {
	for kind, mark := range marksOf(t.Author) {
		if mark != "" {
			s.list(list{kind: kind, of: mark}, row{at: position(t.Created, fmt.Sprint(n)), of: thread, n: n})
		}
	}
}

func marksOf(a desk.Author) map[string]string {
	return map[string]string{"handle": a.HandleMark(), "name": a.NameMark()}
}

// Alike returns the latest tickets whose authors share a handle or a name with a, of
// those that somebody claimed or whose author was introduced, up to limit entries by
// either, without order; a's own are among them.
func (s *Store) Alike(ctx context.Context, a desk.Author, limit int) (all []desk.Ticket, err error) {
	err = s.effect(ctx, "Alike", func() error {
		seen := map[desk.TicketID]bool{}
		marks := marksOf(a)
		for _, kind := range sortedKeys(marks) {
			if marks[kind] == "" {
				continue
			}
			rows, _ := s.merge([]list{{kind: kind, of: marks[kind]}}, false, "", "", limit)
			for _, r := range rows {
				if t := s.ticket(desk.NewTicketID(r.of, r.n)); t != nil && !seen[t.ID] {
					seen[t.ID] = true
					all = append(all, cloneTicket(*t))
				}
			}
		}
		return nil
	})
	return all, err
}

// Kin returns what was said of an identity and others, the latest of each, in no
// order.
func (s *Store) Kin(ctx context.Context, of desk.Identity) (all []desk.Kinship, err error) {
	err = s.effect(ctx, "Kin", func() error {
		for k, doc := range s.kin {
			if k.of != of.String() {
				continue
			}
			var err error
			if all, err = decoded(all, doc); err != nil {
				return err
			}
		}
		slices.SortFunc(all, func(a, b desk.Kinship) int { return strings.Compare(a.With.String(), b.With.String()) }) // a map has no order
		return nil
	})
	return all, err
}

// SaveKin writes what was said of an identity and another, for either of them, with
// its line of the audit log.
func (s *Store) SaveKin(ctx context.Context, of desk.Identity, k desk.Kinship, c people.Change) error {
	err := s.effect(ctx, "SaveKin", func() error {
		if of.ID == "" || k.With.ID == "" || of.Is(k.With) || c.At.IsZero() {
			return fmt.Errorf("without two identities or a time: %w", desk.ErrInvalid)
		}
		if again, err := s.people.line(c); again || err != nil {
			return err
		}
		if s.kin == nil {
			s.kin = map[kinOf][]byte{}
		}
		for _, side := range []struct{ of, with desk.Identity }{{of, k.With}, {k.With, of}} {
			k.With = side.with
			doc, err := json.Marshal(k)
			if err != nil {
				return err
			}
			s.kin[kinOf{side.of.String(), side.with.String()}] = doc
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("memory: SaveKin: %w", err)
	}
	return nil
}
