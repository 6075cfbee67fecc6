package ledger_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/ledger"
)

var (
	hour = time.Date(2026, 3, 29, 0, 0, 0, 0, time.UTC)
	late = hour.Add(3 * time.Hour)
)

func accepted(delivery string, accounts ...string) desk.Acceptance {
	return desk.Acceptance{Delivery: delivery, App: desk.App{Platform: "line", Name: "demo"}, Received: hour.Add(time.Minute), Accounts: accounts}
}

func TestEveryAcceptedEventIsCountedOnceByWhatBecameOfIt(t *testing.T) {
	t.Parallel()
	h := desk.LedgerHour{Hour: hour,
		Accepted: []desk.Acceptance{accepted("a", "x", "x", "y"), accepted("b", "y", ""), accepted("c", "x")},
		Settled: []desk.Settlement{
			{Delivery: "a.0", Outcome: desk.Ticketed}, {Delivery: "a.1", Outcome: desk.Appended}, {Delivery: "a.2", Outcome: desk.Ignored},
			{Delivery: "b.0", Outcome: desk.Duplicate}, {Delivery: "b.1", Outcome: desk.Quarantined},
			{Delivery: "c.0", Outcome: desk.Quarantined}, {Delivery: "c.0", Outcome: desk.Ticketed}, // replayed
			{Delivery: "z.7", Account: "x", Outcome: desk.Appended}, // the door died before it could tell
		}}
	want := desk.LedgerPage{Hour: hour, Closed: true, Difference: []desk.LedgerEvent{}, Rows: []desk.LedgerRow{
		{Hour: hour, Accepted: 1, Quarantined: 1},
		{Account: "x", Hour: hour, Accepted: 4, Ticketed: 2, Appended: 2},
		{Account: "y", Hour: hour, Accepted: 2, Duplicate: 1, Ignored: 1},
	}}
	for range 20 { // in whatever order
		rand.Shuffle(len(h.Settled), func(i, j int) { h.Settled[i], h.Settled[j] = h.Settled[j], h.Settled[i] })
		rand.Shuffle(len(h.Accepted), func(i, j int) { h.Accepted[i], h.Accepted[j] = h.Accepted[j], h.Accepted[i] })
		if diff := cmp.Diff(want, ledger.Reckon(h, late)); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestWhatIsLostOrDoubledIsADifference(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		outcomes []desk.Outcome
		balanced bool
	}{
		{"lost, or in flight", nil, true},
		{"two tickets of one event", []desk.Outcome{desk.Ticketed, desk.Ticketed}, false},
		{"a ticket and a message", []desk.Outcome{desk.Appended, desk.Ticketed}, false},
		{"its own duplicate", []desk.Outcome{desk.Duplicate, desk.Ticketed}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := desk.LedgerHour{Hour: hour, Accepted: []desk.Acceptance{accepted("a", "x")}}
			for _, o := range tt.outcomes {
				h.Settled = append(h.Settled, desk.Settlement{Delivery: "a.0", Outcome: o})
			}
			page := ledger.Reckon(h, late)
			if len(page.Difference) != 1 || page.Closed {
				t.Fatalf("reckoned %+v", page)
			}
			e := page.Difference[0]
			if e.Delivery != "a.0" || e.Account != "x" || e.App.Platform != "line" || !slices.Equal(e.Outcomes, tt.outcomes) {
				t.Errorf("the difference is %+v", e)
			}
			if ledger.Balanced(page.Rows[0]) != tt.balanced {
				t.Errorf("row %+v", page.Rows[0])
			}
		})
	}
}

func TestAnHourClosesOnceItIsOverForAWhile(t *testing.T) {
	t.Parallel()
	h := desk.LedgerHour{Hour: hour}
	end := hour.Add(time.Hour)
	for after, want := range map[time.Duration]bool{-time.Minute: false, 0: false, 119 * time.Minute: false, 2 * time.Hour: true} {
		if got := ledger.Reckon(h, end.Add(after)).Closed; got != want {
			t.Errorf("%v after its end: closed %t, want %t", after, got, want)
		}
	}
	if ledger.Overdue(hour, end.Add(ledger.Grace)) || !ledger.Overdue(hour, end.Add(ledger.Grace+time.Second)) {
		t.Error("an hour is overdue when the inbound queue has given up")
	}
	again := desk.OpenHour{Hour: hour, Again: "t", Since: end.Add(9 * time.Hour)}
	if ledger.OverdueOf(again, again.Since.Add(ledger.Grace)) || !ledger.OverdueOf(again, again.Since.Add(ledger.Grace+time.Second)) ||
		!ledger.OverdueOf(desk.OpenHour{Hour: hour}, again.Since) {
		t.Error("what was replayed has as long as what was received")
	}
	if ledger.Leaving(hour, hour.AddDate(0, 0, 34)) || !ledger.Leaving(hour, hour.AddDate(0, 0, 36)) {
		t.Error("an hour is closed as it is before the table forgets it")
	}
}
