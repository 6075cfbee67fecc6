package memory

import (
	"context"
	"fmt"
	"strings"
	"time"

	"example.com/skala/shared/desk"
)

// A shelved is an event that is kept whole.
type shelved struct {
	id     string
	raw    desk.RawEvent
	at     string // its place on its list; empty when it is on none
	reason string // of the quarantine
	replay string // the token of whoever replays it
	until  time.Time
}

var asideList = list{kind: "aside"}

// shelf names an event by its content, as the table does.
func (s *Store) shelf(on string, e desk.RawEvent) string {
	parts := []string{on, string(e.App.Platform), e.App.Name, string(e.Body)}
	if on == "S#" {
		parts = append(parts, e.Delivery)
		for _, name := range sortedKeys(e.Header) {
			parts = append(parts, name, e.Header[name])
		}
	}
	return s.hash(parts...)
}

func shelve(id string, e desk.RawEvent) *shelved {
	e = cloneRaw(e)
	e.Received, e.Fetched, e.Unfetched = e.Received.UTC(), nil, "" // what was fetched can be had again
	return &shelved{id: id, raw: e}
}

// Spill keeps events that the inbound queue refused. Each is due at once. Spilling
// one again changes nothing.
func (s *Store) Spill(ctx context.Context, events []desk.RawEvent) error {
	for _, e := range events { // one at a time: some may be safe and others not
		err := s.effect(ctx, "Spill", func() error {
			id := s.shelf("S#", e)
			if s.spilled[id] != nil {
				return nil
			}
			at := e.Received
			if at.IsZero() {
				at = time.UnixMilli(0)
			}
			kept := shelve(id, e)
			kept.at = position(at, id)
			s.spilled[id] = kept
			s.list(dueList, row{at: kept.at, of: id, kept: kept})
			return nil
		})
		if err != nil {
			return fmt.Errorf("memory: spilling: %w", err)
		}
	}
	return nil
}

// Spilled returns a spilled event, or desk.ErrNotFound when it was brought in.
func (s *Store) Spilled(ctx context.Context, id string) (e desk.RawEvent, err error) {
	err = s.effect(ctx, "Spilled", func() error {
		kept := s.spilled[id]
		if kept == nil {
			return fmt.Errorf("memory: spilled event %s: %w", id, desk.ErrNotFound)
		}
		e = cloneRaw(kept.raw)
		return nil
	})
	return e, err
}

// Unspill forgets a spilled event that is safe elsewhere.
func (s *Store) Unspill(ctx context.Context, id string) error {
	return s.effect(ctx, "Unspill", func() error {
		if kept := s.spilled[id]; kept != nil {
			delete(s.spilled, id)
			s.unlist(dueList, row{at: kept.at, of: id})
		}
		return nil
	})
}

// Quarantine keeps what nobody can read yet, whole, with the reason, and shows it
// until a person has it replayed. Keeping one again changes nothing but the reason
// and ends its replay; where the same is shown already by another delivery, this one
// is settled as its duplicate.
func (s *Store) Quarantine(ctx context.Context, e desk.RawEvent, reason string) error {
	return s.effect(ctx, "Quarantine", func() error {
		id := s.shelf("Q#", e)
		at := position(e.Received, id)
		if e.Delivery != "" {
			at += "#" + e.Delivery
		}
		kept := s.aside[id]
		if kept != nil && !kept.until.IsZero() && s.Now().After(kept.until) {
			kept = nil // its time to live is over
		}
		switch {
		case kept == nil:
			kept = shelve(id, e)
			s.aside[id] = kept
		case kept.at != "" && kept.raw.Delivery != e.Delivery:
			if kept.replay != "" {
				kept.replay, kept.reason = "", reason
			}
			s.settle(e, desk.Duplicate)
			return nil
		case kept.at != "":
			s.unlist(asideList, row{at: kept.at, of: id})
		}
		if e.Delivery != "" {
			kept.raw.Delivery = e.Delivery
		}
		kept.raw.Received, kept.reason, kept.replay, kept.until, kept.at = e.Received.UTC(), reason, "", time.Time{}, at
		s.list(asideList, row{at: at, of: id, kept: kept})
		return nil
	})
}

func (k *shelved) kept() desk.Kept {
	return desk.Kept{ID: k.id, Raw: cloneRaw(k.raw), Reason: k.reason, At: k.raw.Received}
}

// shown returns what is on the list of the quarantine under an id.
func (s *Store) shown(id string) (*shelved, error) {
	if k := s.aside[id]; k != nil && k.at != "" {
		return k, nil
	}
	return nil, fmt.Errorf("memory: quarantined event %s: %w", id, desk.ErrNotFound)
}

// Replaying marks a quarantined event as being replayed under a token, in place of
// any before it, and returns the event; desk.ErrNotFound when it is not shown.
func (s *Store) Replaying(ctx context.Context, id, token string) (k desk.Kept, err error) {
	err = s.effect(ctx, "Replaying", func() error {
		kept, err := s.shown(id)
		if err != nil {
			return err
		}
		kept.replay = token
		k = kept.kept()
		return nil
	})
	return k, err
}

// Replayed takes what was replayed under a token off the quarantine. One that came
// back since, or that another replays, stays, which is no error. The hour it was
// received in is balanced anew.
func (s *Store) Replayed(ctx context.Context, k desk.Kept, token string, now time.Time) error {
	return s.effect(ctx, "Replayed", func() error {
		kept := s.aside[k.ID]
		if kept == nil || kept.replay != token {
			return nil
		}
		if kept.at != "" {
			s.unlist(asideList, row{at: kept.at, of: k.ID})
		}
		kept.until = k.Raw.Received.AddDate(0, 0, desk.LedgerDays)
		kept.at, kept.replay = "", ""
		if webhook, _, ok := strings.Cut(k.Raw.Delivery, "."); ok && now.Before(kept.until) {
			hour := hourOf(k.Raw.Received)
			s.ledger.again[hour] = desk.OpenHour{Hour: hour, Again: token, Since: now.UTC()}
			delete(s.ledger.pages, hour)
			if k.Raw.Whole {
				delete(s.ledger.hours[hour], webhook)
			}
		}
		return nil
	})
}

// Quarantined returns what is in quarantine, the latest received first; limit and
// cursor as for Worklist.
func (s *Store) Quarantined(ctx context.Context, cursor string, limit int) (all []desk.Kept, next string, err error) {
	err = s.effect(ctx, "Quarantined", func() error {
		var rows []row
		rows, next, err = s.page([]list{asideList}, false, cursor, limit)
		for _, r := range rows {
			all = append(all, r.kept.kept())
		}
		return err
	})
	return all, next, err
}

// QuarantinedAfter counts what is in quarantine from a cursor on, up to most.
func (s *Store) QuarantinedAfter(ctx context.Context, cursor string, most int) (n int, err error) {
	err = s.effect(ctx, "QuarantinedAfter", func() error {
		rows, _, err := s.page([]list{asideList}, false, cursor, most)
		n = len(rows)
		return err
	})
	return n, err
}

// Kept returns an event that is in quarantine, or desk.ErrNotFound.
func (s *Store) Kept(ctx context.Context, id string) (k desk.Kept, err error) {
	err = s.effect(ctx, "Kept", func() error {
		kept, err := s.shown(id)
		if err == nil {
			k = kept.kept()
		}
		return err
	})
	return k, err
}

// glimpseBytes is how much of a body a list shows, glimpsesRead after how many bytes
// a page of them is over.
const (
	glimpseBytes = 8 << 10
	glimpsesRead = 4 << 20
)

// Glimpses returns the beginnings of what is in quarantine, the latest received
// first; limit and cursor as for Worklist. A page is over, too, once it has read
// some megabytes.
func (s *Store) Glimpses(ctx context.Context, cursor string, limit int) (all []desk.Glimpse, next string, err error) {
	err = s.effect(ctx, "Glimpses", func() error {
		var rows []row
		rows, next, err = s.page([]list{asideList}, false, cursor, limit)
		read := 0
		for n, r := range rows {
			g := desk.Glimpse{Kept: r.kept.kept(), Bytes: len(r.kept.raw.Body)}
			g.Raw.Body = g.Raw.Body[:min(len(g.Raw.Body), glimpseBytes)]
			all = append(all, g)
			if read += g.Bytes; read > glimpsesRead && n < len(rows)-1 {
				next = cursorAt(r.at)
				break
			}
		}
		return err
	})
	return all, next, err
}
