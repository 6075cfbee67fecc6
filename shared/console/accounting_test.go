package console_test

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/console"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/ledger"
)

// books are a ledger of hours that the test wrote.
type books struct {
	closed []desk.LedgerPage
	open   []desk.LedgerHour
}

func (b *books) ClosedHours(_ context.Context, from, to time.Time) ([]desk.LedgerPage, error) {
	return slices.DeleteFunc(slices.Clone(b.closed), func(p desk.LedgerPage) bool { return p.Hour.Before(from) || p.Hour.After(to) }), nil
}

func (b *books) OpenHours(context.Context, time.Time) (open []desk.OpenHour, _ error) {
	for _, h := range b.open {
		open = append(open, desk.OpenHour{Hour: h.Hour})
	}
	return open, nil
}

func (b *books) LedgerHour(_ context.Context, hour time.Time) (desk.LedgerHour, error) {
	for _, h := range b.open {
		if h.Hour.Equal(hour) {
			return h, nil
		}
	}
	return desk.LedgerHour{Hour: hour}, nil
}

// accepted is an hour in which a webhook brought events of account A, of which
// some have outcomes.
func accepted(hour time.Time, delivery string, events int, outcomes ...desk.Outcome) desk.LedgerHour {
	h := desk.LedgerHour{Hour: hour, Accepted: []desk.Acceptance{{Delivery: delivery, App: desk.App{Platform: "line", Name: "demo"}, Received: hour.Add(time.Minute), Accounts: slices.Repeat([]string{"A"}, events)}}}
	for n, o := range outcomes {
		h.Settled = append(h.Settled, desk.Settlement{Delivery: ledger.EventDelivery(delivery, n), Outcome: o})
	}
	return h
}

func row(hour time.Time, account string, counts ...float64) map[string]any {
	r := map[string]any{"account": account, "hour": hour.Format(time.RFC3339)}
	for i, name := range []string{"accepted", "ticketed", "appended", "duplicate", "ignored", "quarantined", "in_flight"} {
		r[name] = counts[i]
	}
	return r
}

func TestTheAccountingHoldsWhatCameInAndWhatBecameOfIt(t *testing.T) {
	t.Parallel()
	ago := func(hours int) time.Time { return morning.Add(time.Duration(-hours) * time.Hour) }
	twice := accepted(ago(1), "w5", 1, desk.Ticketed)
	twice.Settled = append(twice.Settled, desk.Settlement{Delivery: "w5.0", Outcome: desk.Appended})
	ledgers := &books{
		closed: []desk.LedgerPage{
			{Hour: ago(200), Rows: []desk.LedgerRow{{Account: "A", Hour: ago(200), Accepted: 7, Ticketed: 7}}, Closed: true},
			{Hour: ago(48), Rows: []desk.LedgerRow{{Account: "A", Hour: ago(48), Accepted: 1, Ticketed: 1}}, Closed: true}, // a page's first hour
			{Hour: ago(47), Rows: []desk.LedgerRow{{Account: "A", Hour: ago(47), Accepted: 2, Ticketed: 2}}, Closed: true}, // a page's last
			{Hour: ago(60), Rows: []desk.LedgerRow{{Account: "A", Hour: ago(60), Accepted: 5, Duplicate: 5}}, Closed: true},
			{Hour: ago(30), Rows: []desk.LedgerRow{{Account: "A", Hour: ago(30), Accepted: 3, Ignored: 2, Quarantined: 1}, {Account: "B", Hour: ago(30), Accepted: 1, Ticketed: 1}}, Closed: true},
			{Hour: ago(5), Rows: []desk.LedgerRow{{Account: "A", Hour: ago(5), Accepted: 9, Ticketed: 9}}, Closed: true}, // before it was opened again
		},
		open: []desk.LedgerHour{accepted(ago(5), "w4", 2, desk.Ticketed), accepted(ago(2), "w7", 1, desk.Ignored), twice, accepted(morning, "w6", 4, desk.Ticketed, desk.Appended)},
	}
	h := open(t, func(c *console.Config) { c.Ledger = ledgers })
	h.after(10 * time.Minute)
	got := h.api("auditor", "GET", "/api/v1/accounting", nil).json(t)
	want := []any{
		row(morning, "A", 4, 1, 1, 0, 0, 0, 2), row(ago(1), "A", 1, 1, 1, 0, 0, 0, 0), row(ago(2), "A", 1, 0, 0, 0, 1, 0, 0), row(ago(5), "A", 2, 1, 0, 0, 0, 0, 1),
		row(ago(30), "A", 3, 0, 0, 0, 2, 1, 0), row(ago(30), "B", 1, 1, 0, 0, 0, 0, 0), row(ago(47), "A", 2, 2, 0, 0, 0, 0, 0),
	}
	if diff := cmp.Diff(want, got["items"]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]any{morning.Format(time.RFC3339), ago(1).Format(time.RFC3339), ago(2).Format(time.RFC3339), ago(5).Format(time.RFC3339)}, got["open"]); diff != "" {
		t.Error(diff)
	}
	// What is in flight is no difference before its hour has long been over.
	app := map[string]any{"platform": "line", "name": "demo"}
	differences := []any{
		map[string]any{"kind": "doubled", "hour": ago(1).Format(time.RFC3339), "delivery": "w5.0", "account": "A", "app": app, "received": ago(1).Add(time.Minute).Format(time.RFC3339), "outcomes": []any{"appended", "ticketed"}},
		map[string]any{"kind": "overdue", "hour": ago(5).Format(time.RFC3339), "delivery": "w4.1", "account": "A", "app": app, "received": ago(5).Add(time.Minute).Format(time.RFC3339), "outcomes": []any{}},
	}
	if diff := cmp.Diff(differences, got["differences"]); diff != "" {
		t.Error(diff)
	}
	rest := h.api("auditor", "GET", "/api/v1/accounting?cursor="+url.QueryEscape(got["next"].(string)), nil).json(t)
	if diff := cmp.Diff([]any{row(ago(48), "A", 1, 1, 0, 0, 0, 0, 0), row(ago(60), "A", 5, 0, 0, 5, 0, 0, 0)}, rest["items"]); diff != "" || len(rest["open"].([]any)) != 0 {
		t.Error(diff, rest["open"])
	}
	pages := 2
	for next := rest["next"].(string); next != ""; pages++ { // a week, and no further
		page := h.api("auditor", "GET", "/api/v1/accounting?cursor="+url.QueryEscape(next), nil).json(t)
		if next = page["next"].(string); len(page["items"].([]any)) != 0 || pages > 4 {
			t.Errorf("page %d: %v", pages, page)
		}
	}
	if pages != 4 {
		t.Errorf("a week took %d pages", pages)
	}
	for query, want := range map[string][]any{
		"account=B":                           {row(ago(30), "B", 1, 1, 0, 0, 0, 0, 0)},
		"account=":                            {},
		"from=" + ago(2).Format(time.RFC3339): want[:3],
		"from=" + ago(31).Format(time.RFC3339) + "&to=" + ago(4).Format(time.RFC3339):          want[3:6],
		"to=" + ago(190).Format(time.RFC3339):                                                  {row(ago(200), "A", 7, 7, 0, 0, 0, 0, 0)},
		"from=" + ago(1).Add(30*time.Minute).Format(time.RFC3339) + "&to=2100-01-01T00:00:00Z": {want[0], want[1]},
	} {
		if got := h.api("auditor", "GET", "/api/v1/accounting?"+query, nil); got.code != 200 || cmp.Diff(want, got.json(t)["items"]) != "" {
			t.Errorf("%s: %d %s", query, got.code, cmp.Diff(want, got.json(t)["items"]))
		}
	}
	for _, query := range []string{"from=yesterday", "to=1", "cursor=x", "hour=1"} {
		if got := h.api("auditor", "GET", "/api/v1/accounting?"+query, nil); got.code != 400 {
			t.Errorf("%s: %d", query, got.code)
		}
	}
	page := h.browser().signIn("auditor", "/accounting")
	for _, want := range []string{"Nothing became of it", "Taken in twice", "w4.1", "w5.0", "open: not over yet", "open: not closed yet", ">closed<", `rel="next"`} {
		if page.code != 200 || !strings.Contains(page.body, want) {
			t.Errorf("%d without %q\n%s", page.code, want, page.body)
		}
	}
}

func TestTheAccountingIsOfTheTableItself(t *testing.T) {
	t.Parallel()
	h := open(t)
	k := h.unread("w1", readable("e1"))
	if got := h.api("auditor", "GET", "/api/v1/accounting", nil).json(t); cmp.Diff([]any{row(morning, "Udemo", 1, 0, 0, 0, 0, 1, 0)}, got["items"]) != "" || len(got["differences"].([]any)) != 0 {
		t.Errorf("%v", got)
	}
	if got := h.api("demo-lead", "POST", "/api/v1/quarantine/"+k.ID+"/replay", nil); got.code != 200 {
		t.Fatal(got.body)
	}
	if got := h.api("auditor", "GET", "/api/v1/accounting", nil).json(t); cmp.Diff([]any{row(morning, "Udemo", 1, 0, 0, 0, 0, 0, 1)}, got["items"]) != "" {
		t.Errorf("%v", got["items"])
	}
	h.after(4 * time.Hour) // and nobody ever took it
	got := h.api("auditor", "GET", "/api/v1/accounting?from="+morning.Format(time.RFC3339), nil).json(t)
	if wrong := got["differences"].([]any); len(wrong) != 1 || wrong[0].(map[string]any)["delivery"] != "w1.0" || wrong[0].(map[string]any)["kind"] != "overdue" {
		t.Errorf("%v", wrong)
	}
	for query, want := range map[string]string{
		"from=9999-12-31T23:59:59Z":                         "from: 9999-12-31T23:00:00Z is in the future",
		"from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z": "from: 2026-01-02T00:00:00Z is after to",
		"cursor=0001-01-01T00:00:00Z":                       "is before 1970",
		"from=0001-01-01T00:00:00Z":                         "is before 1970",
		"to=0000-01-01T00:00:00Z":                           "is before 1970",
	} {
		if got := h.api("auditor", "GET", "/api/v1/accounting?"+query, nil); got.code != 400 || !strings.Contains(got.json(t)["detail"].(string), want) {
			t.Errorf("%s: %d %s", query, got.code, got.body)
		}
	}
	for _, query := range []string{"to=9999-12-31T23:59:59Z", "cursor=9999-12-31T23:59:59Z", "cursor=1970-01-01T00:00:00Z", "from=1970-01-01T00:00:00Z&to=1970-01-01T00:00:00Z"} {
		if got := h.api("auditor", "GET", "/api/v1/accounting?"+query, nil); got.code != 200 {
			t.Errorf("%s: %d %s", query, got.code, got.body)
		}
	}
	if page := h.browser().signIn("auditor", "/accounting?account=nobody"); page.code != 200 || strings.Contains(page.body, "w1.0") || !strings.Contains(page.body, "Nothing came in.") {
		t.Errorf("%d %s", page.code, page.body)
	}
}
