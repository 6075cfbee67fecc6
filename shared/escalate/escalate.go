// Package escalate is what the desk does by itself: it warns before a deadline,
// takes one step up the chain when one was missed, frees leases that lapsed,
// ends holds, closes what was solved long ago, and repeats nudges that were
// lost. The sweep finds what falls due soon and puts it on the due queue with
// its exact delay; the worker of that queue acts.
package escalate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/metrics"
	"example.com/skala/shared/nudge"
	"example.com/skala/shared/people"
	"example.com/skala/shared/policy"
)

// Policies are the versions of the policy; see triage.
type Policies interface {
	Version(ctx context.Context, hash string) (*policy.Policy, error)
}

// Tickets is the table as the worker of the due queue sees it. Commit returns
// desk.ErrDuplicate when the step was taken before and desk.ErrStale when the
// ticket has moved on.
type Tickets interface {
	Ticket(ctx context.Context, id desk.TicketID) (desk.Ticket, error)
	Commit(ctx context.Context, c desk.Change) error
	// Nudged notes that a queue was told again, without a new version, and Asked
	// that somebody was told to ask for the author.
	Nudged(ctx context.Context, t desk.Ticket, now, dueAt time.Time) error
	Asked(ctx context.Context, t desk.Ticket, dueAt time.Time) error
	// Forget forgets what has to be by now, and returns when the next thing has
	// to be, which Forgot notes.
	Forget(ctx context.Context, t desk.Ticket, now time.Time) (next time.Time, err error)
	Forgot(ctx context.Context, t desk.Ticket, next, dueAt time.Time) error
}

// Spills are the events that the inbound queue once refused, and the place for
// those that it never takes.
type Spills interface {
	Spilled(ctx context.Context, id string) (desk.RawEvent, error)
	Unspill(ctx context.Context, id string) error
	Quarantine(ctx context.Context, raw desk.RawEvent, reason string) error
}

// An Inbound queue takes spilled events in. What is too large for it is
// desk.ErrInvalid.
type Inbound interface {
	SendAll(ctx context.Context, events []desk.RawEvent) (refused []desk.RawEvent, err error)
}

// A Directory knows who is there; see package roster.
type Directory interface {
	Directory(ctx context.Context) (people.Directory, error)
}

// An Assigner gives tickets to people by itself; see package assign.
type Assigner interface {
	Scheduled(ctx context.Context) error
	Asked(ctx context.Context) error
}

// A Worker takes one nudge of the due queue at a time.
type Worker struct {
	Tickets  Tickets
	Spills   Spills
	Inbound  Inbound
	Policies Policies
	People   Directory // whom steps of chains reach; nil for nobody knows
	Nudger   *nudge.Nudger
	Profiles nudge.Queue // of those who ask platforms who somebody is
	Assigner Assigner    // of what has nobody; nil for none
	Now      func() time.Time
	Log      *slog.Logger
	Metrics  *metrics.Recorder // nil for none
}

// acts bounds how much one nudge does to one ticket: more than ever falls due
// at once, all steps of every clock's chain passed among it, so that a mistake in
// what is due next cannot spin.
const acts = 200

// Due does what the nudged ticket needs now. A nudge that arrives early arms
// the queue again and is never dropped; one that arrives late acts, and says
// how late. It may run twice: what was done is not done again.
func (w *Worker) Due(ctx context.Context, n desk.Nudge) error {
	ctx = logs.Unit(ctx)
	switch {
	case n.Spill != "":
		return w.unspill(ctx, n.Spill)
	case n.Assign && w.Assigner != nil:
		return w.Assigner.Asked(ctx)
	}
	logs.Note(ctx, "ticket", n.Ticket)
	var t desk.Ticket // without a version where it has to be read
	for done := range acts {
		var err error
		if t.Version == 0 {
			t, err = w.Tickets.Ticket(ctx, n.Ticket)
		}
		if errors.Is(err, desk.ErrNotFound) {
			w.Log.WarnContext(ctx, "due", "outcome", "gone")
			return nil
		}
		if err != nil {
			return fmt.Errorf("escalate: %w", err)
		}
		p, err := w.Policies.Version(ctx, t.Policy)
		if err != nil {
			return fmt.Errorf("escalate: %w", err)
		}
		var more bool
		t, more, err = w.act(ctx, t, p.Plan, done == 0)
		if !more || err != nil {
			return err
		}
	}
	return fmt.Errorf("escalate: %s is never done", n.Ticket)
}

// act does the first thing that is due on t. It asks for more until nothing is,
// and returns the ticket as it was written: whatever somebody else makes of it
// meanwhile, the next step is refused by its version. One without a version is to be
// read again. That there was nothing from the first is what the log says of a nudge
// then.
func (w *Worker) act(ctx context.Context, t desk.Ticket, plan desk.Clockwork, first bool) (after desk.Ticket, more bool, err error) {
	now := w.Now()
	entry, ok := t.Act(now, plan, nil)
	if ok && entry.Step.Tells() && !entry.Passed {
		entry, ok = t.Act(now, plan, w.crew(ctx))
	}
	if !ok {
		more, err := w.rest(ctx, t, plan, now, first)
		return desk.Ticket{}, more, err
	}
	after = desk.Apply(t, entry, plan)
	err = w.Tickets.Commit(ctx, desk.Change{Before: t, After: after, Entry: entry, DueAt: after.DueAt(plan)})
	if errors.Is(err, desk.ErrStale) || errors.Is(err, desk.ErrDuplicate) {
		return desk.Ticket{}, true, nil // somebody else was faster: look again
	}
	if err != nil {
		return desk.Ticket{}, false, fmt.Errorf("escalate: %w", err)
	}
	about := []any{"outcome", "acted", "what", entry.What, "version", after.Version, "tier", after.Tier, logs.Took(w.Now().Sub(now))}
	if entry.Metric != "" {
		about = append(about, "metric", entry.Metric, "cycle", entry.Cycle, "step", entry.Level)
	}
	if entry.What == desk.Breached {
		w.Metrics.Count(metrics.Breaches, 1)
		if entry.Level == 1 { // those after it repeat
			w.Metrics.Time(metrics.BreachLateness, entry.Overdue())
			about = append(about, "late_ms", entry.Overdue().Milliseconds())
		}
		about = append(about, "did", entry.Step, "told", len(entry.To), "passed", entry.Passed)
	}
	w.Log.InfoContext(ctx, "due", about...)
	return after, true, w.Nudger.After(ctx, t, after, plan, now)
}

// crew is who is there. That nobody can say is no reason to leave a breach be: it
// is then as if nothing were known.
func (w *Worker) crew(ctx context.Context) desk.Crew {
	if w.People == nil {
		return nil
	}
	d, err := w.People.Directory(ctx)
	if err != nil {
		w.Log.WarnContext(ctx, "due", "outcome", "directory unknown", "err", err)
		return nil
	}
	return d
}

// rest repeats what may have been lost, and arms the queue for what is next to
// do. It does not for the next time to repeat: a ticket that waits for long on a
// queue that stands would gather nudges that keep each other alive.
func (w *Worker) rest(ctx context.Context, t desk.Ticket, plan desk.Clockwork, now time.Time, first bool) (more bool, err error) {
	if tier, outbound := t.NudgeDue(now, plan); tier || outbound {
		// The queue first: a stamp without its nudge would be waited for in vain.
		if err := w.Nudger.Again(ctx, t, plan, now); err != nil {
			return false, fmt.Errorf("escalate: %w", err)
		}
		w.Log.InfoContext(ctx, "due", "outcome", "nudged", "version", t.Version, "tier", t.Tier)
		stamped := t
		stamped.Nudged = now
		err := w.Tickets.Nudged(ctx, t, now, stamped.DueAt(plan))
		if errors.Is(err, desk.ErrStale) {
			return true, nil
		}
		if err != nil {
			return false, fmt.Errorf("escalate: %w", err)
		}
		// The sweep that found this was the one to arm what falls due next: there may be
		// no other before.
		return false, w.arm(ctx, t, t.ActAt(plan), now)
	}
	for _, do := range []func(context.Context, desk.Ticket, desk.Clockwork, time.Time) (desk.Ticket, string, error){w.ask, w.forget} {
		after, word, err := do(ctx, t, plan, now)
		if errors.Is(err, desk.ErrStale) {
			return true, nil
		}
		if err != nil {
			return false, fmt.Errorf("escalate: %w", err)
		}
		if t = after; word != "" {
			first = false
			w.Log.InfoContext(ctx, "due", "outcome", word, "version", t.Version)
		}
	}
	due := t.ActAt(plan)
	if first && due.IsZero() {
		w.Log.InfoContext(ctx, "due", "outcome", "nothing", "version", t.Version)
	} else if first {
		w.Log.InfoContext(ctx, "due", "outcome", "early", "version", t.Version, "at", due)
	}
	return false, w.arm(ctx, t, due, now)
}

// arm has the due queue bring t again at an instant, zero for none.
func (w *Worker) arm(ctx context.Context, t desk.Ticket, due, now time.Time) error {
	if due.IsZero() {
		return nil
	}
	return w.Nudger.Arm(ctx, desk.Nudge{Ticket: t.ID, Version: t.Version}, due, now)
}

// ask has somebody ask who the author of t is, where that is wanted. The queue
// first here too: asked twice, the author is the same.
func (w *Worker) ask(ctx context.Context, t desk.Ticket, plan desk.Clockwork, _ time.Time) (after desk.Ticket, word string, err error) {
	if t.Profile != desk.ProfileWanted {
		return t, "", nil
	}
	if err := w.Profiles.Send(ctx, desk.Nudge{Ticket: t.ID, Version: t.Version}, 0); err != nil {
		return t, "", err
	}
	after = t
	after.Profile = desk.ProfileAsked
	return after, "asked", w.Tickets.Asked(ctx, t, after.DueAt(plan))
}

// forget takes away what a platform wants kept no longer.
func (w *Worker) forget(ctx context.Context, t desk.Ticket, plan desk.Clockwork, now time.Time) (after desk.Ticket, word string, err error) {
	if t.Forget.IsZero() || t.Forget.After(now) {
		return t, "", nil
	}
	next, err := w.Tickets.Forget(ctx, t, now)
	if err != nil {
		return t, "", err
	}
	after = t
	after.Forget = next
	return after, "forgot", w.Tickets.Forgot(ctx, t, next, after.DueAt(plan))
}

// unspill brings an event in that the inbound queue once refused. It stays in
// the table until the queue has it; brought in twice it is one message.
func (w *Worker) unspill(ctx context.Context, id string) error {
	raw, err := w.Spills.Spilled(ctx, id)
	if errors.Is(err, desk.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("escalate: %w", err)
	}
	logs.Note(ctx, "platform", raw.App.Platform, "app", raw.App.Name, "account", raw.Account, "bytes", len(raw.Body))
	refused, err := w.Inbound.SendAll(ctx, []desk.RawEvent{raw})
	switch {
	case len(refused) == 0:
		w.Log.InfoContext(ctx, "spilled event", "outcome", "brought in")
	case errors.Is(err, desk.ErrInvalid): // it never will: a person has to see it
		if err := w.Spills.Quarantine(ctx, raw, "too large for the inbound queue"); err != nil {
			return fmt.Errorf("escalate: %w", err)
		}
		w.Log.WarnContext(ctx, "spilled event", "outcome", "quarantined", "err", err)
		w.Metrics.Count(metrics.EventsQuarantined, 1)
	default:
		return fmt.Errorf("escalate: bringing in a spilled event: %w", err)
	}
	return w.Spills.Unspill(ctx, id)
}
