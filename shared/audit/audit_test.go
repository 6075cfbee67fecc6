package audit_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	defaults "example.com/skala/infra/policy"
	"example.com/skala/shared/audit"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/metrics"
	"example.com/skala/shared/nudge"
	"example.com/skala/shared/policy"
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

	mu    sync.Mutex
	heads map[desk.TicketID]desk.Head
	due   []desk.Due
	at    desk.Patrols
	told  []desk.Nudge
	read  int // heads
	logs  int
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

func (t *table) Due(context.Context, time.Time, int) ([]desk.Due, error) {
	return t.due, t.fails("Due")
}

func (t *table) ids() []desk.TicketID { return slices.Sorted(maps.Keys(t.heads)) }

func (t *table) Passed(context.Context, desk.WorklistQuery, time.Time, int) ([]desk.Due, error) {
	return nil, t.fails("Passed")
}

func (t *table) Standing(_ context.Context, _ desk.WorklistQuery, cursor string, limit int) ([]desk.TicketID, string, error) {
	return t.page(cursor, limit, "Standing")
}

func (t *table) Every(_ context.Context, cursor string, limit int) ([]desk.TicketID, string, error) {
	return t.page(cursor, limit, "Every")
}

// page is so many ids after a cursor.
func (t *table) page(cursor string, limit int, call string) ([]desk.TicketID, string, error) {
	ids := slices.DeleteFunc(t.ids(), func(id desk.TicketID) bool { return string(id) <= cursor })
	if len(ids) <= limit {
		return ids, "", t.fails(call)
	}
	return ids[:limit], string(ids[limit-1]), t.fails(call)
}

func (t *table) Patrols(context.Context) (desk.Patrols, error) { return t.at, t.fails("Patrols") }

func (t *table) Patrolled(_ context.Context, p desk.Patrols) error {
	if err := t.fails("Patrolled"); err != nil {
		return err
	}
	t.at = p
	return nil
}

func (t *table) Heads(_ context.Context, ids []desk.TicketID) (heads []desk.Head, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.read += len(ids)
	for _, id := range ids {
		heads = append(heads, t.heads[id])
	}
	return heads, t.fails("Heads")
}

func (t *table) Head(_ context.Context, id desk.TicketID) (desk.Head, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.heads[id], t.fails("Head")
}

func (t *table) Log(_ context.Context, _ desk.TicketID) ([]desk.Entry, error) {
	t.mu.Lock()
	t.logs++
	t.mu.Unlock()
	return []desk.Entry{{
		Version: 1, What: desk.Received, At: now.Add(-time.Hour), Policy: rules().Hash, Origin: &desk.Origin{Account: "a"},
		Message: &desk.Message{Key: "k", Text: "thanks"}, Verdict: &desk.Verdict{Category: desk.Praise},
	}}, t.fails("Log")
}

func (t *table) Places(is desk.Ticket, dueAt time.Time) desk.Places {
	return desk.Places{List: string(is.State), Due: dueAt.String()}
}

func (t *table) Mend(_ context.Context, was desk.Head, is desk.Ticket, dueAt time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err := t.fails("Mend"); err != nil {
		return err
	}
	t.heads[was.ID] = desk.Head{Ticket: is, Places: t.Places(is, dueAt)}
	return nil
}

func (t *table) Nudged(context.Context, desk.Ticket, time.Time, time.Time) error {
	return t.fails("Nudged")
}

func (t *table) Version(context.Context, string) (*policy.Policy, error) {
	return rules(), t.fails("Version")
}

func (t *table) Send(_ context.Context, n desk.Nudge, _ time.Duration) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.told = append(t.told, n)
	return t.fails("Send")
}

func (t *table) Nudge(context.Context, desk.Tier, desk.Nudge) error { return t.fails("Nudge") }

// rules are the default policy.
var rules = sync.OnceValue(func() *policy.Policy {
	p, err := policy.Load(defaults.Default, "the default")
	if err != nil {
		panic(err)
	}
	return p
})

// stored is the head that the log of each ticket here comes to.
func stored(t *table, id desk.TicketID) desk.Head {
	log, _ := t.Log(context.Background(), id)
	is := desk.Fold(id, "", log, rules().Plan)
	return desk.Head{Ticket: is, Places: t.Places(is, is.DueAt(rules().Plan))}
}

// auditor is one of about, with its log and what it measures.
func auditor(about *table) (a *audit.Auditor, told, measured *bytes.Buffer) {
	told, measured = &bytes.Buffer{}, &bytes.Buffer{}
	clock := func() time.Time { return now }
	return &audit.Auditor{
		Ledger: about, Lists: about, Tickets: about, Policies: about, Nudger: &nudge.Nudger{Tiers: about, Outbound: about, Due: about}, Brands: []string{"demo"},
		Now: clock, Log: logs.New(told), Metrics: &metrics.Recorder{Out: measured, Stack: "s", Now: clock},
	}, told, measured
}

func TestAnAuditThatFailsAnywhereIsNotDone(t *testing.T) {
	t.Parallel()
	for _, broken := range []string{
		"", "OpenHours", "LedgerHour", "CloseHour", "ClosedUntil", "Count", "Due",
		"Patrols", "Patrolled", "Every", "Passed", "Standing", "Heads", "Head", "Log", "Version", "Mend", "Send",
	} {
		about := &table{broken: broken, due: []desk.Due{{At: now.Add(-time.Hour), Nudge: desk.Nudge{Spill: "s"}}}}
		about.heads = map[desk.TicketID]desk.Head{"one.1": stored(&table{}, "one.1"), "two.1": {Ticket: desk.Ticket{ID: "two.1", Version: 1, Policy: rules().Hash}}}
		a, _, measured := auditor(about)
		a.Bounds = audit.Bounds{Ever: 1}
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

// unread is a table whose index of what is due holds a row that cannot be read.
type unread struct{ *table }

func (t unread) Due(context.Context, time.Time, int) ([]desk.Due, error) {
	return t.due, desk.ErrBroken
}

func TestARowThatCannotBeReadKeepsNobodyFromTheOthers(t *testing.T) {
	t.Parallel()
	about := &table{due: []desk.Due{{At: now.Add(-time.Hour), Nudge: desk.Nudge{Spill: "s"}}}}
	a, told, measured := auditor(about)
	a.Lists = unread{about}
	err := a.Run(t.Context())
	a.Metrics.Flush()
	if len(about.told) != 1 || about.told[0].Spill != "s" {
		t.Errorf("told are %+v", about.told)
	}
	if !errors.Is(err, desk.ErrBroken) || strings.Contains(measured.String(), string(metrics.AuditsDone)) || !strings.Contains(measured.String(), `"DueLag":3600000`) {
		t.Errorf("%v: %s, it says %s", err, measured, told)
	}
}

func TestWhatWasNeverFoundStaysOnThePageOfItsHour(t *testing.T) {
	t.Parallel()
	for days, closes := range map[int]bool{34: false, 36: true} {
		about := &table{lost: true, older: time.Duration(days) * 24 * time.Hour}
		a, _, _ := auditor(about)
		if err := a.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if (len(about.closed) == 1) != closes || closes && len(about.closed[0].Difference) != 1 {
			t.Errorf("after %d days the pages are %+v", days, about.closed)
		}
	}
}

// damaged are so many tickets that are not what their logs say.
func damaged(n int) *table {
	about := &table{heads: map[desk.TicketID]desk.Head{}}
	for i := range n {
		id := desk.NewTicketID(fmt.Sprintf("thread%04d", i), 1)
		head := stored(about, id)
		head.Tier = desk.Vendor
		about.heads[id] = head
	}
	return about
}

func TestAnAuditThatFindsTooMuchMendsNoMoreOfIt(t *testing.T) {
	t.Parallel()
	about := damaged(7)
	a, told, measured := auditor(about)
	a.Bounds = audit.Bounds{Mended: 5}
	err := a.Run(t.Context())
	a.Metrics.Flush()
	mended := 0
	for _, head := range about.heads {
		if head.Tier != desk.Vendor {
			mended++
		}
	}
	if err == nil || mended != 5 || strings.Contains(measured.String(), string(metrics.AuditsDone)) || !strings.Contains(measured.String(), `"AuditDifferences":7`) {
		t.Errorf("%d of 7 are mended, %v: %s", mended, err, measured)
	}
	if n := strings.Count(told.String(), "too many are not what their logs say"); n < 2 {
		t.Errorf("it says %s", told)
	}
}

func TestRoundsComeByEveryTicket(t *testing.T) {
	t.Parallel()
	about := damaged(40)
	for id := range about.heads { // the round over all there ever were goes on behind them
		about.heads["z"+id] = stored(about, "z"+id)
	}
	a, _, _ := auditor(about)
	a.Bounds = audit.Bounds{Working: 10, Ever: 1, Folded: 1000}
	for runs := 1; ; runs++ {
		if err := a.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		left := 0
		for _, head := range about.heads {
			if head.Tier == desk.Vendor {
				left++
			}
		}
		if left == 0 {
			if runs < 4 {
				t.Errorf("%d runs of ten see forty", runs)
			}
			return
		}
		if runs > 8 {
			t.Fatalf("%d of 40 were not seen in %d runs", left, runs)
		}
	}
}

func TestARunCostsNoMoreWhereMoreIsOpen(t *testing.T) {
	t.Parallel()
	for _, open := range []int{0, 1_000, 20_000} {
		about := &table{heads: map[desk.TicketID]desk.Head{}}
		sound := stored(about, "thread.1")
		for i := range open {
			head := sound
			head.ID = desk.NewTicketID(fmt.Sprintf("thread%05d", i), 1)
			about.heads[head.ID] = head
		}
		a, _, _ := auditor(about)
		about.logs = 0
		for run := range 3 {
			read, folded := about.read, about.logs
			a.Now = func() time.Time { return now.Add(time.Duration(run) * audit.Period) }
			if err := a.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			read, folded = about.read-read, about.logs-folded
			t.Logf("%d open: %d heads, %d logs", open, read, folded)
			if read > 3_000 || folded > 300 { // as the ids fall
				t.Errorf("with %d open a run reads %d heads and %d logs", open, read, folded)
			}
		}
	}
}

func TestWhatCannotBeLookedAtIsTriedTwiceAndThenPassed(t *testing.T) {
	t.Parallel()
	about := damaged(4)
	a, _, _ := auditor(about)
	a.Bounds = audit.Bounds{Working: 2, Ever: 2}
	about.broken = "Log"
	var at []string
	for range 4 {
		if err := a.Run(t.Context()); err == nil {
			t.Fatal("it is done")
		}
		at = append(at, about.at.Every)
	}
	if want := []string{"", "thread0001.1", "thread0001.1", ""}; !slices.Equal(at, want) {
		t.Errorf("it goes on at %q, want %q", at, want)
	}
}

func TestALogOfALaterVersionIsLeftAlone(t *testing.T) {
	t.Parallel()
	for name, e := range map[string]desk.Entry{
		"an entry nobody here knows": {Version: 2, What: "frobnicated", At: now},
		"a policy nobody has":        {Version: 2, What: desk.Noted, At: now, Policy: "gone"},
	} {
		about := &later{table: damaged(1), more: e}
		a, _, measured := auditor(about.table)
		a.Tickets = about
		if err := a.Run(t.Context()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		a.Metrics.Flush()
		if about.heads["thread0000.1"].Tier != desk.Vendor || !strings.Contains(measured.String(), `"AuditDifferences":0`) {
			t.Errorf("%s: it is changed: %s", name, measured)
		}
	}
}

// later is a table whose logs have one entry more.
type later struct {
	*table
	more desk.Entry
}

func (l *later) Log(ctx context.Context, id desk.TicketID) ([]desk.Entry, error) {
	log, err := l.table.Log(ctx, id)
	return append(log, l.more), err
}
