package memory

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"example.com/skala/shared/desk"
)

// A ledger is what was accepted and settled, by hour, and the pages of hours.
type ledger struct {
	hours map[time.Time]map[string]line // by delivery
	pages map[time.Time][]byte          // as JSON
	again map[time.Time]desk.OpenHour
	since time.Time // hours before it are closed, or opened again
}

// A line is one of the two.
type line struct {
	accepted *desk.Acceptance
	settled  desk.Settlement
}

func hourOf(at time.Time) time.Time { return at.UTC().Truncate(time.Hour) }

// Accept writes the door's word that it has a webhook's events. Accepting one again
// changes nothing.
func (s *Store) Accept(ctx context.Context, a desk.Acceptance) error {
	return s.effect(ctx, "Accept", func() error {
		a.Accounts, a.Received = slices.Clone(a.Accounts), a.Received.UTC()
		s.enter(a.Received, a.Delivery, line{accepted: &a})
		return nil
	})
}

// Settle notes what became of an event that leaves nothing else behind. An event
// without a delivery has nothing to settle.
func (s *Store) Settle(ctx context.Context, raw desk.RawEvent, o desk.Outcome) error {
	return s.effect(ctx, "Settle", func() error {
		s.settle(raw, o)
		return nil
	})
}

func (s *Store) settle(raw desk.RawEvent, o desk.Outcome) {
	if raw.Delivery != "" {
		s.enter(raw.Received, raw.Delivery, line{settled: desk.Settlement{Delivery: raw.Delivery, Account: raw.Account, Outcome: o}})
	}
}

// enter writes a line over one of the same delivery. What is older than the ledger
// keeps is forgotten by the hour.
func (s *Store) enter(at time.Time, delivery string, l line) {
	hour := hourOf(at)
	if s.ledger.hours[hour] == nil {
		s.ledger.hours[hour] = map[string]line{}
		oldest := s.Now().AddDate(0, 0, -desk.LedgerDays).Add(-time.Hour)
		maps.DeleteFunc(s.ledger.hours, func(h time.Time, _ map[string]line) bool { return h.Before(oldest) && h != hour })
	}
	s.ledger.hours[hour][delivery] = l
}

// LedgerHour returns what is known of the events received in the hour that begins at
// hour. An event whose row of the index lags looks as if it were in flight.
func (s *Store) LedgerHour(ctx context.Context, hour time.Time) (desk.LedgerHour, error) {
	h := desk.LedgerHour{Hour: hour}
	err := s.effect(ctx, "LedgerHour", func() error {
		accepted := map[string]bool{}
		lines := s.ledger.hours[hourOf(hour)]
		for _, delivery := range sortedKeys(lines) {
			l := lines[delivery]
			if l.accepted == nil {
				h.Settled = append(h.Settled, l.settled)
				continue
			}
			a := *l.accepted
			a.Accounts = slices.Clone(a.Accounts)
			accepted[delivery] = true
			h.Accepted = append(h.Accepted, a)
		}
		settle := func(set desk.Settlement, account func() string) {
			if set.Delivery == "" {
				return
			}
			if webhook, _, _ := strings.Cut(set.Delivery, "."); !accepted[webhook] {
				set.Account = account()
			}
			h.Settled = append(h.Settled, set)
		}
		end := position(hour.Add(time.Hour), "")
		for _, on := range []list{everyList, outcomeList, asideList} {
			for r := range s.read(on).up(position(hour, "")) {
				if r.at >= end {
					break
				}
				if r.kept != nil {
					_, delivery, _ := strings.Cut(r.at[strings.IndexByte(r.at, '#')+1:], "#")
					settle(desk.Settlement{Delivery: delivery, Outcome: desk.Quarantined}, func() string { return r.kept.raw.Account })
					continue
				}
				settle(desk.Settlement{Delivery: r.entry.delivery, Outcome: r.entry.outcome}, r.entry.account)
			}
		}
		return nil
	})
	return h, err
}

func (rec *entryRecord) account() string {
	if rec.Message == nil {
		return ""
	}
	return rec.Message.Account
}

// newDesk is how many hours a desk goes back that never closed one.
const newDesk = 3

// OpenHours returns the hours that are not closed, the present one included, in
// order. Where no hour was ever closed they begin three hours before now.
func (s *Store) OpenHours(ctx context.Context, now time.Time) (open []desk.OpenHour, err error) {
	err = s.effect(ctx, "OpenHours", func() error {
		present := hourOf(now)
		since := s.ledger.since
		if since.IsZero() {
			since = present.Add(-newDesk * time.Hour)
		}
		hours := map[time.Time]desk.OpenHour{present: {Hour: present}}
		for h := since; h.Before(present); h = h.Add(time.Hour) {
			hours[h] = desk.OpenHour{Hour: h}
		}
		maps.DeleteFunc(hours, func(h time.Time, _ desk.OpenHour) bool { return s.ledger.pages[h] != nil })
		maps.Copy(hours, s.ledger.again)
		open = slices.SortedFunc(maps.Values(hours), func(a, b desk.OpenHour) int { return a.Hour.Compare(b.Hour) })
		return nil
	})
	return open, err
}

// ClosedHours returns the pages of the hours that are closed and begin between from
// and to, both included, in order.
func (s *Store) ClosedHours(ctx context.Context, from, to time.Time) (pages []desk.LedgerPage, err error) {
	err = s.effect(ctx, "ClosedHours", func() error {
		from, to := hourOf(from), hourOf(to)
		for hour, doc := range s.ledger.pages {
			if hour.Before(from) || hour.After(to) {
				continue
			}
			var page desk.LedgerPage
			if err := json.Unmarshal(doc, &page); err != nil {
				return fmt.Errorf("memory: a page of the ledger: %w", err)
			}
			pages = append(pages, page)
		}
		slices.SortFunc(pages, func(a, b desk.LedgerPage) int { return a.Hour.Compare(b.Hour) })
		return nil
	})
	return pages, err
}

// CloseHour keeps page as what its hour came to. of is the hour as it was before its
// page was reckoned: one that was opened again since stays open, which is no error.
func (s *Store) CloseHour(ctx context.Context, of desk.OpenHour, page desk.LedgerPage) error {
	return s.effect(ctx, "CloseHour", func() error {
		doc, err := json.Marshal(page)
		if err != nil {
			return fmt.Errorf("memory: encoding a page: %w", err)
		}
		hour := hourOf(page.Hour)
		if s.ledger.again[hour].Again != of.Again {
			return nil
		}
		delete(s.ledger.again, hour)
		s.ledger.pages[hour] = doc
		return nil
	})
}

// ClosedUntil notes that every hour before until is closed, or was opened again.
func (s *Store) ClosedUntil(ctx context.Context, until time.Time) error {
	return s.effect(ctx, "ClosedUntil", func() error {
		s.ledger.since = until.UTC()
		return nil
	})
}
