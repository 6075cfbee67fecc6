// Package audit looks at the desk from beside it, on a schedule of its own: it
// balances the ledger, closes the hours that balance, measures what waits, and looks
// for tickets that the desk has forgotten. Those it reckons anew from their logs: what
// they should be, when they are due and what should have been done by now. What
// differs it mends; it writes no entry, since to act on a ticket is the worker's.
// That it ran is a measurement too, since one that stopped running finds nothing.
package audit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/ledger"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/metrics"
	"example.com/skala/shared/nudge"
)

// A Ledger is the table's account of what came in. An hour that was opened again
// after OpenHours was read does not close.
type Ledger interface {
	OpenHours(ctx context.Context, now time.Time) ([]desk.OpenHour, error)
	LedgerHour(ctx context.Context, hour time.Time) (desk.LedgerHour, error)
	CloseHour(ctx context.Context, of desk.OpenHour, page desk.LedgerPage) error
	ClosedUntil(ctx context.Context, until time.Time) error
}

// Lists are what waits: for people, and for the desk itself. Due lists all but what
// cannot be read, with desk.ErrBroken for that.
type Lists interface {
	Count(ctx context.Context, q desk.WorklistQuery) (int, error)
	Due(ctx context.Context, until time.Time, limit int) ([]desk.Due, error)
}

// An Auditor runs on the schedule.
type Auditor struct {
	Ledger   Ledger
	Lists    Lists
	Tickets  Tickets
	Policies Policies
	Nudger   *nudge.Nudger
	Brands   []string
	Bounds   Bounds
	Now      func() time.Time
	Log      *slog.Logger
	Metrics  *metrics.Recorder
}

// Run does it all. What fails does not keep the rest from being done; AuditsDone
// counts only runs in which nothing failed.
func (a *Auditor) Run(ctx context.Context) error {
	now := a.Now()
	closed, err := a.balance(ctx, now)
	err = errors.Join(err, a.backlog(ctx), a.lag(ctx, now))
	found, failed := a.patrol(ctx, now)
	about := []any{"closed", closed, "looked", found.looked, "folded", found.folded, "differ", found.differ, "repaired", found.repaired, logs.Took(a.Now().Sub(now))}
	if err = errors.Join(err, failed); err != nil {
		err = fmt.Errorf("audit: %w", err)
		a.Log.ErrorContext(ctx, "audit", append(about, "outcome", "failed", "err", err)...)
		return err
	}
	a.Metrics.Count(metrics.AuditsDone, 1)
	a.Log.InfoContext(ctx, "audit", append(about, "outcome", "done")...)
	return nil
}

// balance reckons every hour that is not closed, and closes those that balance.
func (a *Auditor) balance(ctx context.Context, now time.Time) (closed int, err error) {
	open, err := a.Ledger.OpenHours(ctx, now)
	if err != nil {
		return 0, err
	}
	var errs []error
	until, closing := ledger.Hour(now), true // before which every hour closes
	inFlight, difference, left := 0, 0, 0
	for _, hour := range open {
		page, err := a.page(ctx, hour, now)
		errs = append(errs, err)
		if err == nil && page.Closed {
			closed++
			continue
		}
		if left++; closing {
			until, closing = hour.Hour, false
		}
		wrong := a.wrong(ctx, page, ledger.OverdueOf(hour, now))
		difference += wrong
		inFlight += len(page.Difference) - wrong
	}
	a.Metrics.Count(metrics.LedgerDifference, difference)
	a.Metrics.Count(metrics.EventsInFlight, inFlight)
	a.Metrics.Count(metrics.HoursOpen, left)
	if err := errors.Join(errs...); err != nil {
		return closed, err
	}
	return closed, a.Ledger.ClosedUntil(ctx, until)
}

// page reckons one hour, and closes it if it can be.
func (a *Auditor) page(ctx context.Context, hour desk.OpenHour, now time.Time) (desk.LedgerPage, error) {
	h, err := a.Ledger.LedgerHour(ctx, hour.Hour)
	if err != nil {
		return desk.LedgerPage{}, err
	}
	page := ledger.Reckon(h, now)
	if ledger.Leaving(hour.Hour, now) {
		page.Closed = true
	}
	if !page.Closed {
		return page, nil
	}
	return page, a.Ledger.CloseHour(ctx, hour, page)
}

// listed is how many of an hour's differences the log names. The console lists
// them all.
const listed = 20

// wrong counts the differences of a page that no time will mend: what was taken
// in twice, and what should have come to its end long ago. It names them.
func (a *Auditor) wrong(ctx context.Context, page desk.LedgerPage, overdue bool) (n int) {
	for _, e := range page.Difference {
		if !overdue && len(e.Outcomes) == 0 {
			continue
		}
		if n++; n <= listed {
			a.Log.ErrorContext(ctx, "event not balanced", "hour", page.Hour, "delivery", e.Delivery, "platform", e.App.Platform, "app", e.App.Name,
				"account", e.Account, "received", e.Received, "outcomes", e.Outcomes)
		}
	}
	return n
}

// backlog counts the tickets that nobody has taken yet.
func (a *Auditor) backlog(ctx context.Context) error {
	all := 0
	for tier := range desk.Tier(desk.Tiers) {
		n, err := a.Lists.Count(ctx, desk.WorklistQuery{Brands: a.Brands, Tiers: []desk.Tier{tier}, States: []desk.State{desk.New}})
		if err != nil {
			return err
		}
		a.Metrics.Count(metrics.BacklogOf(int(tier)), n)
		all += n
	}
	a.Metrics.Count(metrics.Backlog, all)
	return nil
}

// lag measures how long the earliest of what is due has been due: the sweep and
// the worker of the due queue are to keep it near nothing.
func (a *Auditor) lag(ctx context.Context, now time.Time) error {
	due, err := a.Lists.Due(ctx, now, 10)
	if err != nil && !errors.Is(err, desk.ErrBroken) { // of which the patrol tells
		return err
	}
	var lag time.Duration
	if len(due) > 0 {
		lag = now.Sub(due[0].At)
	}
	a.Metrics.Time(metrics.DueLag, lag)
	return nil
}
