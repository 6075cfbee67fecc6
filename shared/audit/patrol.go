package audit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"sync"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/metrics"
	"example.com/skala/shared/nudge"
	"example.com/skala/shared/policy"
)

// Tickets is the table as who checks its timers sees it. Mend and Nudged return
// desk.ErrStale when the ticket is no longer as it was read.
type Tickets interface {
	// Passed are the tickets on worklists that are past their deadline by an instant
	// or, without one, due, with desk.ErrBroken for rows that cannot be read; Standing
	// all on them, Every all there ever were.
	Passed(ctx context.Context, q desk.WorklistQuery, until time.Time, limit int) ([]desk.Due, error)
	Standing(ctx context.Context, q desk.WorklistQuery, cursor string, limit int) ([]desk.TicketID, string, error)
	Every(ctx context.Context, cursor string, limit int) ([]desk.TicketID, string, error)
	Patrols(ctx context.Context) (desk.Patrols, error)
	Patrolled(ctx context.Context, p desk.Patrols) error
	// Heads may be as they were a moment ago; Head is as it is. Places are where the
	// indexes should have a ticket.
	Heads(ctx context.Context, ids []desk.TicketID) ([]desk.Head, error)
	Head(ctx context.Context, id desk.TicketID) (desk.Head, error)
	Log(ctx context.Context, id desk.TicketID) ([]desk.Entry, error)
	Places(t desk.Ticket, dueAt time.Time) desk.Places
	Mend(ctx context.Context, was desk.Head, is desk.Ticket, dueAt time.Time) error
	Nudged(ctx context.Context, t desk.Ticket, now, dueAt time.Time) error
}

// Policies are the versions of the policy; see triage.
type Policies interface {
	Version(ctx context.Context, hash string) (*policy.Policy, error)
}

// Bounds are what one run does at most, the same however many tickets there are.
// What is zero is as usual, which leaves a run seconds where all of it is to be done.
type Bounds struct {
	Passed  int // tickets past a deadline or due; 10,000: a desk with more of them has another alarm
	Working int // tickets on worklists, of a round over them; 2,000
	Ever    int // tickets of all there ever were, likewise; 1,000
	Folded  int // logs of those of which nothing looks wrong; 200
	Mended  int // heads; 100: where more are not what their logs say, something is wrong with the saying
}

func (b Bounds) filled() Bounds {
	return Bounds{
		Passed: cmp.Or(b.Passed, 10_000), Working: cmp.Or(b.Working, 2_000), Ever: cmp.Or(b.Ever, 1_000),
		Folded: cmp.Or(b.Folded, 200), Mended: cmp.Or(b.Mended, 100),
	}
}

const (
	atOnce = 16  // tickets side by side
	heads  = 100 // read in one call
)

// patience is how long something may be due before it is taken for forgotten: a
// sweep finds a lost nudge within a minute, and its queue needs a moment.
const patience = time.Minute

// Period is how far two runs lie apart.
const Period = 5 * time.Minute

// rounds are what a run looks at, and what came of it.
type rounds struct {
	*Auditor
	most  Bounds
	now   time.Time
	since time.Time // what passed its deadline later is looked at with its log

	mu     sync.Mutex
	closer map[desk.TicketID]bool // tickets to look at, and whether with their logs
	errs   []error
	found  findings
}

type findings struct{ looked, folded, differ, repaired, mended int }

// patrol looks for tickets that the desk has forgotten: that no index lists for the
// instant at which something is due of them, or that nobody saw to at theirs. Where
// to look it is told by the worklists, whose order is another than that of what is
// due, and by two rounds that come by everything in their time.
func (a *Auditor) patrol(ctx context.Context, now time.Time) (findings, error) {
	p, err := a.Tickets.Patrols(ctx)
	if err != nil {
		return findings{}, err
	}
	r := &rounds{Auditor: a, most: a.Bounds.filled(), now: now, since: cmp.Or(p.Until, now.Add(-Period)).Add(-2 * patience), closer: map[desk.TicketID]bool{}}
	next := desk.Patrols{Until: now}
	r.fail(r.overdue(ctx))
	ids, cursor, err := a.Tickets.Every(ctx, p.Every, r.most.Ever)
	r.fail(err)
	next.Every = cursor
	if p.Every == "" && cursor == "" && err == nil { // that was all
		r.add(ids, r.most.Folded)
	} else {
		r.add(ids, r.most.Folded/4)
		r.fail(r.passed(ctx))
		ids, next.Working, err = a.Tickets.Standing(ctx, r.lists(), p.Working, r.most.Working)
		r.fail(err)
		r.add(ids, r.most.Folded-r.most.Folded/4)
	}
	r.look(ctx)
	a.Metrics.Count(metrics.AuditDifferences, r.found.differ)
	a.Metrics.Count(metrics.AuditRepairs, r.found.repaired)
	if err := errors.Join(r.errs...); err != nil {
		// Once more from the same places: but what can't be done must not keep all
		// that follows from being looked at.
		if next.Until = p.Until; !p.Stuck {
			next = p
		}
		next.Stuck = !p.Stuck
		return r.found, errors.Join(err, a.Tickets.Patrolled(ctx, next))
	}
	return r.found, a.Tickets.Patrolled(ctx, next)
}

// lists are all worklists.
func (r *rounds) lists() desk.WorklistQuery {
	return desk.WorklistQuery{Brands: r.Brands, States: []desk.State{desk.New, desk.Open, desk.Waiting, desk.OnHold, desk.Solved, desk.NoAnswer}}
}

func (r *rounds) fail(err error) {
	if err == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errs = append(r.errs, err)
}

// passed adds what is past a deadline, or due without one, by the time of the sweep
// after the next.
func (r *rounds) passed(ctx context.Context) error {
	passed, err := r.Tickets.Passed(ctx, r.lists(), r.now.Add(nudge.Ahead), r.most.Passed)
	if err != nil && !errors.Is(err, desk.ErrBroken) {
		return err
	}
	for _, d := range passed {
		if _, added := r.closer[d.Nudge.Ticket]; !added {
			r.closer[d.Nudge.Ticket] = false
		}
	}
	if len(passed) >= r.most.Passed {
		return errors.Join(err, fmt.Errorf("%d tickets are past a deadline, more than one run looks at", len(passed)))
	}
	return err
}

// overdue adds the tickets that are listed as due, and that nobody has seen to. What
// else is, such as an event that waits for its queue, is told of again at once.
func (r *rounds) overdue(ctx context.Context) error {
	due, err := r.Lists.Due(ctx, r.now.Add(-patience), r.most.Passed)
	if err != nil && !errors.Is(err, desk.ErrBroken) {
		return err
	}
	errs := []error{err}
	for _, d := range due {
		to := r.Nudger.Due
		switch {
		case d.Notices:
			to = r.Nudger.Notices
		case d.Nudge.Ticket != "":
			r.closer[d.Nudge.Ticket] = true
			continue
		}
		if to != nil {
			r.count(func(f *findings) { f.repaired++ })
			errs = append(errs, to.Send(ctx, d.Nudge, 0))
		}
	}
	if len(due) >= r.most.Passed {
		errs = append(errs, fmt.Errorf("%d things are overdue, more than one run looks at", len(due)))
	}
	return errors.Join(errs...)
}

func (r *rounds) count(change func(*findings)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.found)
}

// add adds a slice of a round. As many logs of it are folded as told, those of others
// the next time: which, follows from the id and the hour, so that nobody has to
// remember.
func (r *rounds) add(ids []desk.TicketID, folded int) {
	turns := uint32(1 + (len(ids)-1)/max(1, folded))
	turn := uint32(r.now.Unix() / int64(Period/time.Second))
	for _, id := range ids {
		h := fnv.New32a()
		h.Write([]byte(id))
		r.closer[id] = r.closer[id] || h.Sum32()%turns == turn%turns
	}
}

// look looks at all that was added: at the heads, and with their logs at those that
// are to be looked at so or of which something looks wrong.
func (r *rounds) look(ctx context.Context) {
	var ids []desk.TicketID
	for id := range r.closer {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	turns := make(chan struct{}, atOnce)
	var wg sync.WaitGroup
	for chunk := range slices.Chunk(ids, heads) {
		found, err := r.Tickets.Heads(ctx, chunk)
		r.fail(err)
		r.count(func(f *findings) { f.looked += len(found) })
		for _, head := range found {
			closer := r.closer[head.ID]
			if !closer {
				suspect, err := r.suspect(ctx, head)
				r.fail(err)
				closer = suspect
			}
			if !closer {
				continue
			}
			turns <- struct{}{}
			wg.Go(func() {
				defer func() { <-turns }()
				r.fail(r.examine(ctx, head.ID))
			})
		}
	}
	wg.Wait()
}

// suspect reports whether something looks wrong with a head: it is not listed for
// when it is due by what it holds, or was due a while ago, or it has just passed a
// deadline, of which something should have come.
func (r *rounds) suspect(ctx context.Context, head desk.Head) (bool, error) {
	p, err := r.Policies.Version(ctx, head.Policy)
	if err != nil {
		return false, err
	}
	due, deadline := head.DueAt(p.Plan), head.Deadline()
	passed := !deadline.IsZero() && deadline.After(r.since) && !deadline.After(r.now)
	return passed || forgotten(due, r.now) || r.Tickets.Places(head.Ticket, due) != head.Places, nil
}

// forgotten reports whether something that is due at an instant should have been
// done.
func forgotten(due, now time.Time) bool { return !due.IsZero() && now.Sub(due) > patience }
