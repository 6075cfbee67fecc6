// Package nudge tells the queues what a change of a ticket asks for. The table
// is written first; what is sent here may be lost or doubled, and the sweep
// heals it.
package nudge

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/skala/shared/desk"
)

// Ahead is how far the sweep looks: twice the minute of the schedule with its
// slack, and something to spare. Who sets an instant nearer than that arms the
// due queue itself, since the sweep may come too late for it.
const Ahead = 180 * time.Second

// apart is how far two sweeps may lie apart. What is further away than that, the
// next sweep arms in time; so a step that may only repeat what was done before
// spares itself the call.
const apart = 120 * time.Second

// Tiers are the five queues that agents take from.
type Tiers interface {
	Nudge(ctx context.Context, tier desk.Tier, n desk.Nudge) error
}

// A Queue delivers a nudge after a while.
type Queue interface {
	Send(ctx context.Context, n desk.Nudge, after time.Duration) error
}

// A Nudger sends after commits.
type Nudger struct {
	Tiers    Tiers
	Outbound Queue
	Due      Queue
	Notices  Queue // of what people and programs are to be told; nil for nobody
	// Assigning reports whether there are teams whose tickets find somebody by
	// themselves; nil for none.
	Assigning func(ctx context.Context) bool
}

// After sends what the change from before to after asks for: the tier's queue
// learns of a ticket that wants somebody, the courier of a reply, the due queue
// of an instant that the sweep may be too late for. Sent twice, it does no harm;
// so a step that finds its work done already calls it again. When a lost nudge
// is to be repeated is left to the sweep: it need not be exact.
func (n *Nudger) After(ctx context.Context, before, after desk.Ticket, w desk.Clockwork, now time.Time) error {
	return n.tell(ctx, before, after, w, now, Ahead)
}

// Again sends everything that a ticket may be waiting for, for a step that
// cannot know what was sent before.
func (n *Nudger) Again(ctx context.Context, t desk.Ticket, w desk.Clockwork, now time.Time) error {
	return n.tell(ctx, desk.Ticket{}, t, w, now, apart)
}

// Staffed has teams' tickets find somebody by themselves once everybody knows of a
// change of who is there, or how much room they have: after fresh, for which what is
// known of people is kept.
func (n *Nudger) Staffed(ctx context.Context, fresh time.Duration) error {
	if n.Assigning == nil || !n.Assigning(ctx) {
		return nil
	}
	return n.Due.Send(ctx, desk.Nudge{Assign: true}, fresh+time.Second)
}

func (n *Nudger) tell(ctx context.Context, before, after desk.Ticket, w desk.Clockwork, now time.Time, within time.Duration) error {
	about := desk.Nudge{Ticket: after.ID, Version: after.Version}
	var errs []error
	if wanted(before, after) {
		errs = append(errs, n.Tiers.Nudge(ctx, after.Tier, about))
	}
	// Another time to try at may be nearer than the one before: a courier that has
	// a reply keeps others off for longer than the platform asks for patience.
	waits := !after.OutboxAt.IsZero() && !after.OutboxAt.Equal(before.OutboxAt)
	if len(after.Outbox) > len(before.Outbox) || len(after.Outbox) > 0 && (waits || passed(before, after)) {
		errs = append(errs, n.Outbound.Send(ctx, about, after.OutboxAt.Sub(now)))
	}
	if due := after.ActAt(w); !due.IsZero() && due.Sub(now) <= within && (!due.Equal(before.ActAt(w)) || before.ID != after.ID) {
		errs = append(errs, n.Arm(ctx, about, due, now))
	}
	if n.Assigning != nil && (wanted(before, after) || freed(before, after)) && n.Assigning(ctx) {
		errs = append(errs, n.Due.Send(ctx, desk.Nudge{Assign: true}, 0))
	}
	if after.Told > before.Told && n.Notices != nil {
		errs = append(errs, n.Notices.Send(ctx, desk.Nudge{Ticket: after.ID, Version: after.Told}, 0))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("nudging for %s: %w", after.ID, err)
	}
	return nil
}

// passed reports whether a held reply was taken back from before others, which waited
// for its time and need not any more. Of one that went out the courier sees for itself.
func passed(before, after desk.Ticket) bool {
	if len(before.Outbox) == 0 || before.ID != after.ID || before.Outbox[0] == after.Outbox[0] {
		return false
	}
	_, held := before.GraceOf(before.Outbox[0])
	return held
}

// wanted reports whether a change makes somebody wanted for a ticket, or somebody else.
func wanted(before, after desk.Ticket) bool {
	return after.WantsNudge() && (!before.WantsNudge() || before.Tier != after.Tier || before.Severity != after.Severity || before.ID != after.ID)
}

// freed reports whether a change gives whoever had the ticket room for another.
func freed(before, after desk.Ticket) bool {
	if before.Assignee == "" || before.ID != after.ID {
		return false
	}
	in := func(t desk.Ticket) bool {
		return t.Disposition == desk.NeedsAnswer && (t.State == desk.New || t.State == desk.Open)
	}
	return in(before) && (before.Assignee != after.Assignee || !in(after))
}

// Arm puts a ticket on the due queue for an instant near enough; what is
// further away is the sweep's to find. Whole seconds, and never early: a nudge
// that arrives early would only have to be armed again.
func (n *Nudger) Arm(ctx context.Context, about desk.Nudge, due, now time.Time) error {
	wait := due.Sub(now)
	if wait > Ahead {
		return nil
	}
	return n.Due.Send(ctx, about, max(0, wait))
}
