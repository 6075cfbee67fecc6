// Package ledger balances what the door accepted against what became of it:
// accepted = ticketed + appended + duplicate + ignored + quarantined + in flight,
// for each account and hour. It counts names of deliveries, never events as they
// pass: whatever is retried, doubled or reordered on its way counts once.
package ledger

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"

	"example.com/skala/shared/desk"
)

// EventDelivery names the nth event of a webhook's delivery.
func EventDelivery(delivery string, n int) string { return delivery + "." + strconv.Itoa(n) }

// Hour is the beginning of the hour that at lies in.
func Hour(at time.Time) time.Time { return at.UTC().Truncate(time.Hour) }

// Grace is how long after its end an hour may have events in flight before they
// are a difference: longer than the inbound queue tries one (20 times 200 s).
const Grace = 2 * time.Hour

// Overdue reports whether what an hour still has in flight at now is a difference.
func Overdue(hour, now time.Time) bool { return now.After(hour.Add(time.Hour + Grace)) }

// OverdueOf is Overdue for an hour that may have been opened again: what was
// replayed has as long to come to its end as what was received.
func OverdueOf(h desk.OpenHour, now time.Time) bool {
	return Overdue(h.Hour, now) && now.After(h.Since.Add(Grace))
}

// Leaving reports whether the table is about to forget what the events of an hour
// came to. Its page is closed then as it is, with its difference.
func Leaving(hour, now time.Time) bool { return now.After(hour.AddDate(0, 0, desk.LedgerDays-5)) }

// event is what is known of one event.
type event struct {
	account  string
	app      desk.App
	received time.Time
	outcomes []desk.Outcome
}

// Reckon balances an hour as it is known at now. It is a pure function: of equal
// hours in whatever order it makes equal pages.
//
// An event with an outcome that no acceptance names was accepted too: the door
// died, or lost the table, between the queue's word and its own. It is counted
// by its outcome.
func Reckon(h desk.LedgerHour, now time.Time) desk.LedgerPage {
	events := map[string]*event{}
	for _, a := range h.Accepted {
		for n, account := range a.Accounts {
			events[EventDelivery(a.Delivery, n)] = &event{account: account, app: a.App, received: a.Received}
		}
	}
	for _, s := range h.Settled {
		e := events[s.Delivery]
		if e == nil {
			e = &event{account: s.Account}
			events[s.Delivery] = e
		}
		e.outcomes = append(e.outcomes, s.Outcome)
	}
	rows := map[string]*desk.LedgerRow{}
	page := desk.LedgerPage{Hour: h.Hour, Rows: []desk.LedgerRow{}, Difference: []desk.LedgerEvent{}}
	for _, name := range slices.Sorted(maps.Keys(events)) {
		e := events[name]
		if len(e.outcomes) > 1 { // replayed, and what came of it is what counts
			e.outcomes = slices.DeleteFunc(e.outcomes, func(o desk.Outcome) bool { return o == desk.Quarantined })
		}
		row := rows[e.account]
		if row == nil {
			row = &desk.LedgerRow{Account: e.account, Hour: h.Hour}
			rows[e.account] = row
		}
		count(row, e.outcomes)
		if len(e.outcomes) != 1 {
			slices.Sort(e.outcomes)
			page.Difference = append(page.Difference, desk.LedgerEvent{
				Delivery: name, Account: e.account, App: e.app, Received: e.received, Outcomes: append([]desk.Outcome{}, e.outcomes...),
			})
		}
	}
	for _, row := range rows {
		page.Rows = append(page.Rows, *row)
	}
	slices.SortFunc(page.Rows, func(a, b desk.LedgerRow) int { return cmp.Compare(a.Account, b.Account) })
	page.Closed = len(page.Difference) == 0 && !now.Before(h.Hour.Add(time.Hour+settling))
	return page
}

// settling is how long an hour that balances stays open: as long as an event of it
// may be on its way of which the ledger was not told, or whose row an index has not
// shown.
const settling = Grace

func count(row *desk.LedgerRow, outcomes []desk.Outcome) {
	row.Accepted++
	if len(outcomes) == 0 {
		row.InFlight++
	}
	for _, o := range outcomes {
		switch o {
		case desk.Ticketed:
			row.Ticketed++
		case desk.Appended:
			row.Appended++
		case desk.Duplicate:
			row.Duplicate++
		case desk.Ignored:
			row.Ignored++
		case desk.Quarantined:
			row.Quarantined++
		}
	}
}

// Balanced reports whether a row adds up.
func Balanced(r desk.LedgerRow) bool {
	return r.Accepted == r.Ticketed+r.Appended+r.Duplicate+r.Ignored+r.Quarantined+r.InFlight
}
