package audit_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/audit"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/metrics"
)

// What an audit finds is told in infra/story. Here is what it does when the table
// fails.

var now = time.Date(2026, 3, 2, 12, 30, 0, 0, time.UTC)

// table has two open hours, the older of which may have lost an event; it fails
// at one call, or at none.
type table struct {
	broken string
	older  time.Duration // than the present hour; 0 for 4 hours
	lost   bool
	until  []time.Time
	closed []desk.LedgerPage
}

func (t *table) fails(call string) error {
	if call == t.broken {
		return errors.New("broken")
	}
	return nil
}

func (t *table) OpenHours(context.Context, time.Time) ([]desk.OpenHour, error) {
	return []desk.OpenHour{{Hour: now.Truncate(time.Hour).Add(-cmp.Or(t.older, 4*time.Hour))}, {Hour: now.Truncate(time.Hour)}}, t.fails("OpenHours")
}

func (t *table) LedgerHour(_ context.Context, hour time.Time) (desk.LedgerHour, error) {
	h := desk.LedgerHour{Hour: hour}
	if t.lost && hour.Before(now.Truncate(time.Hour)) {
		h.Accepted = []desk.Acceptance{{Delivery: "w1", Accounts: []string{"a"}}}
	}
	return h, t.fails("LedgerHour")
}

func (t *table) CloseHour(_ context.Context, _ desk.OpenHour, page desk.LedgerPage) error {
	t.closed = append(t.closed, page)
	return t.fails("CloseHour")
}

func (t *table) ClosedUntil(_ context.Context, until time.Time) error {
	t.until = append(t.until, until)
	return t.fails("ClosedUntil")
}

func (t *table) Count(context.Context, desk.WorklistQuery) (int, error) { return 1, t.fails("Count") }

func (t *table) Due(context.Context, time.Time, int) ([]desk.Due, error) { return nil, t.fails("Due") }

func TestAnAuditThatFailsAnywhereIsNotDone(t *testing.T) {
	t.Parallel()
	for _, broken := range []string{"", "OpenHours", "LedgerHour", "CloseHour", "ClosedUntil", "Count", "Due"} {
		var measured bytes.Buffer
		about := &table{broken: broken}
		a := &audit.Auditor{
			Ledger: about, Lists: about, Brands: []string{"demo"}, Now: func() time.Time { return now }, Log: logs.New(io.Discard),
			Metrics: &metrics.Recorder{Out: &measured, Stack: "s", Now: func() time.Time { return now }},
		}
		err := a.Run(t.Context())
		a.Metrics.Flush()
		if done := strings.Contains(measured.String(), string(metrics.AuditsDone)); done != (broken == "") || (err == nil) != done {
			t.Errorf("%s broken: %v, measured %s", broken, err, measured.String())
		}
		if hours := broken == "OpenHours" || broken == "LedgerHour" || broken == "CloseHour"; (len(about.until) == 0) != hours {
			t.Errorf("%s broken: everything before %v is closed", broken, about.until)
		}
	}
}

func TestWhatWasNeverFoundStaysOnThePageOfItsHour(t *testing.T) {
	t.Parallel()
	for days, closes := range map[int]bool{34: false, 36: true} {
		about := &table{lost: true, older: time.Duration(days) * 24 * time.Hour}
		a := &audit.Auditor{Ledger: about, Lists: about, Now: func() time.Time { return now }, Log: logs.New(io.Discard)}
		if err := a.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if (len(about.closed) == 1) != closes || closes && len(about.closed[0].Difference) != 1 {
			t.Errorf("after %d days the pages are %+v", days, about.closed)
		}
	}
}
