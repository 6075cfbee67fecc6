package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/ledger"
	"example.com/skala/shared/people"
)

const (
	// accountedDays is how far the accounting goes back unless it is asked to go
	// further.
	accountedDays = 7
	// hoursAPage bounds one answer. Hours that are closed cost one query in all;
	// one that is open sixteen.
	hoursAPage = 48
	// reckonedAtOnce is how many open hours are read side by side.
	reckonedAtOnce = 4
)

// A difference is an event that does not balance, and will not by itself.
type difference struct {
	desk.LedgerEvent
	Hour instant        `json:"hour"`
	Kind differenceKind `json:"kind"`
}

type differenceKind string

// What can be wrong with an event.
const (
	overdue differenceKind = "overdue" // accepted, and nothing became of it for longer than a queue tries
	doubled differenceKind = "doubled" // taken in more than once
)

// differences are those of a page. What is in flight is one only when its hour
// has long been over.
func differences(page desk.LedgerPage, now time.Time) []difference {
	var wrong []difference
	for _, e := range page.Difference {
		switch {
		case len(e.Outcomes) > 0:
			wrong = append(wrong, difference{e, instant(page.Hour), doubled})
		case ledger.Overdue(page.Hour, now):
			wrong = append(wrong, difference{e, instant(page.Hour), overdue})
		}
	}
	return wrong
}

// A span is what of the ledger somebody asks for: hours from one to another,
// both included, of one account or of all.
type span struct {
	from, to time.Time
	account  *string
}

// spanOf reads a query. A cursor is the hour from which a page goes on back.
func spanOf(query url.Values, now time.Time) (span, error) {
	at := map[string]time.Time{}
	for name, values := range query {
		switch name {
		case "account":
		case "from", "to", "cursor":
			t, err := time.Parse(time.RFC3339, values[0])
			if err != nil {
				return span{}, fmt.Errorf("%s: %q is no instant of RFC 3339: %w", name, values[0], errRequest)
			}
			if t.Before(time.Unix(0, 0)) { // the zero instant stands for none below
				return span{}, fmt.Errorf("%s: %q is before 1970: %w", name, values[0], errRequest)
			}
			at[name] = ledger.Hour(t)
		default: // a misspelt filter must not look like an answer
			return span{}, fmt.Errorf("%q is no filter: %w", name, errRequest)
		}
	}
	s := span{from: at["from"], to: ledger.Hour(now)}
	if to, ok := at["to"]; ok && to.Before(s.to) {
		s.to = to
	}
	switch {
	case s.from.IsZero():
		s.from = s.to.AddDate(0, 0, -accountedDays)
	case s.from.After(s.to) && s.to.Equal(ledger.Hour(now)):
		return span{}, fmt.Errorf("from: %s is in the future: %w", s.from.Format(time.RFC3339), errRequest)
	case s.from.After(s.to):
		return span{}, fmt.Errorf("from: %s is after to: %w", s.from.Format(time.RFC3339), errRequest)
	}
	if cursor, ok := at["cursor"]; ok && cursor.Before(s.to) {
		s.to = cursor
	}
	if query.Has("account") {
		account := query.Get("account")
		s.account = &account
	}
	return s, nil
}

// accounts returns the pages of a span, the latest hour first, as many as one
// answer holds, and the hour to go on from, zero at the end. An hour of which
// nothing is known has no page.
func (c *Console) accounts(ctx context.Context, s span, now time.Time) (pages []desk.LedgerPage, next time.Time, err error) {
	if s.from.After(s.to) { // by its cursor; DynamoDB refuses a range that ends before it begins
		return nil, next, nil
	}
	from := s.from
	if first := s.to.Add(-(hoursAPage - 1) * time.Hour); from.Before(first) {
		from, next = first, first.Add(-time.Hour)
	}
	closed, err := c.cfg.Ledger.ClosedHours(ctx, from, s.to)
	if err != nil {
		return nil, next, err
	}
	open, err := c.cfg.Ledger.OpenHours(ctx, now)
	if err != nil {
		return nil, next, err
	}
	open = slices.DeleteFunc(open, func(h desk.OpenHour) bool { return h.Hour.Before(from) || h.Hour.After(s.to) })
	reckoned, err := c.reckon(ctx, open, now)
	if err != nil {
		return nil, next, err
	}
	pages = append(slices.DeleteFunc(closed, func(p desk.LedgerPage) bool { // opened again since it was read
		return slices.ContainsFunc(open, func(h desk.OpenHour) bool { return h.Hour.Equal(p.Hour) })
	}), reckoned...)
	slices.SortFunc(pages, func(a, b desk.LedgerPage) int { return b.Hour.Compare(a.Hour) })
	for i := range pages {
		pages[i] = of(pages[i], func(account string) bool {
			return (s.account == nil || *s.account == account) && !c.hides(ctx, account)
		})
	}
	return pages, next, nil
}

// of is what a page has of some accounts.
func of(p desk.LedgerPage, one func(account string) bool) desk.LedgerPage {
	some := desk.LedgerPage{Hour: p.Hour, Closed: p.Closed}
	for _, r := range p.Rows {
		if one(r.Account) {
			some.Rows = append(some.Rows, r)
		}
	}
	for _, e := range p.Difference {
		if one(e.Account) {
			some.Difference = append(some.Difference, e)
		}
	}
	return some
}

// reckon balances hours as they are now. One that balances already is open as
// long as the audit has not closed it.
func (c *Console) reckon(ctx context.Context, open []desk.OpenHour, now time.Time) ([]desk.LedgerPage, error) {
	pages, errs := make([]desk.LedgerPage, len(open)), make([]error, len(open))
	turns := make(chan struct{}, reckonedAtOnce)
	var wg sync.WaitGroup
	for n, hour := range open {
		turns <- struct{}{}
		wg.Go(func() {
			defer func() { <-turns }()
			h, err := c.cfg.Ledger.LedgerHour(ctx, hour.Hour)
			pages[n], errs[n] = ledger.Reckon(h, now), err
			pages[n].Closed = false
		})
	}
	wg.Wait()
	return pages, errors.Join(errs...)
}

func (c *Console) apiAccounting(w http.ResponseWriter, r *http.Request, _ people.Person) error {
	now := c.now()
	s, err := spanOf(r.URL.Query(), now)
	if err != nil {
		return err
	}
	pages, next, err := c.accounts(r.Context(), s, now)
	if err != nil {
		return err
	}
	answer := struct {
		Items       []desk.LedgerRow `json:"items"`
		Next        string           `json:"next"`
		Differences []difference     `json:"differences"`
		Open        []instant        `json:"open"` // the hours that may still change
	}{Items: []desk.LedgerRow{}, Differences: []difference{}, Open: []instant{}}
	for _, p := range pages {
		answer.Items = append(answer.Items, p.Rows...)
		answer.Differences = append(answer.Differences, differences(p, now)...)
		if !p.Closed {
			answer.Open = append(answer.Open, instant(p.Hour))
		}
	}
	if !next.IsZero() {
		answer.Next = next.Format(time.RFC3339)
	}
	writeJSON(w, http.StatusOK, jsonType, answer)
	return nil
}

// An accountingPage shows what came in and what became of it. It brings no news
// by itself: each look reads the open hours anew.
type accountingPage struct {
	Account     string // whose alone; empty for all
	Hours       []hourPart
	Differences []difference
	Next        string
}

// An hourPart is one hour with its rows.
type hourPart struct {
	desk.LedgerPage
	Present bool // it is not over
}

func (c *Console) accounting(w http.ResponseWriter, r *http.Request, who people.Person) error {
	query, now := r.URL.Query(), c.now()
	if query.Get("account") == "" { // an empty field of the form is none
		query.Del("account")
	}
	s, err := spanOf(query, now)
	if err != nil {
		return err
	}
	pages, next, err := c.accounts(r.Context(), s, now)
	if err != nil {
		return err
	}
	view := accountingPage{Account: query.Get("account")}
	for _, p := range pages {
		view.Differences = append(view.Differences, differences(p, now)...)
		if present := p.Hour.Equal(ledger.Hour(now)); len(p.Rows) > 0 || present {
			view.Hours = append(view.Hours, hourPart{p, present})
		}
	}
	if !next.IsZero() {
		query.Set("cursor", next.Format(time.RFC3339))
		view.Next = "/accounting?" + query.Encode()
	}
	c.render(w, r, who, "accounting", http.StatusOK, "tab.accounting", view)
	return nil
}
