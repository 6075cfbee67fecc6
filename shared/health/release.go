package health

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/policy"
)

// Waiting are the tickets with replies that wait for an account.
type Waiting interface {
	HeldBack(ctx context.Context, k desk.AccountKey, limit int) ([]desk.HeldBack, error)
	LetGo(ctx context.Context, h desk.HeldBack) error
}

// Tickets is what a releaser needs of the table. Commit returns desk.ErrStale when
// the ticket has moved on.
type Tickets interface {
	Ticket(ctx context.Context, id desk.TicketID) (desk.Ticket, error)
	Message(ctx context.Context, id desk.TicketID, key string) (desk.Message, error)
	Commit(ctx context.Context, c desk.Change) error
}

// Policies are the versions of the policy; see triage.
type Policies interface {
	Version(ctx context.Context, hash string) (*policy.Policy, error)
}

// An Outbound queue takes nudges to the courier.
type Outbound interface {
	Send(ctx context.Context, n desk.Nudge, after time.Duration) error
}

// A Releaser lets replies go out that waited for their accounts. Whoever dies on the
// way leaves the rest on the list, for the next round.
type Releaser struct {
	Accounts Accounts
	Waiting  Waiting
	Tickets  Tickets
	Policies Policies
	Outbound Outbound
	Now      func() time.Time
	Log      *slog.Logger
}

const (
	// most is how many replies one round lets go.
	most = 200
	// inHand is longer than a courier keeps others off a reply that it has.
	inHand = time.Minute
)

// Resume lets the replies of an account go out again, as a person says, and returns
// the account as it is then. What is more than one request has time for goes with
// the next round.
func (r *Releaser) Resume(ctx context.Context, k desk.AccountKey, by string) (a desk.Account, err error) {
	for range tries {
		if a, err = r.Accounts.Account(ctx, k); err != nil {
			return a, err
		}
		if !a.Paused.IsZero() {
			a = a.Resume(by, r.Now())
			err = r.Accounts.SaveAccount(ctx, a)
			a.Version++
		}
		if err == nil {
			return a, r.of(ctx, k)
		}
		if !errors.Is(err, desk.ErrStale) {
			return a, err
		}
	}
	return a, err
}

// All lets go what waits for accounts that are paused no longer.
func (r *Releaser) All(ctx context.Context) error {
	waiting, err := r.Waiting.HeldBack(ctx, desk.AccountKey{}, 1)
	if err != nil || len(waiting) == 0 {
		return err
	}
	known, err := r.Accounts.Accounts(ctx)
	if err != nil {
		return err
	}
	var errs []error
	for _, a := range known {
		if a.Paused.IsZero() {
			errs = append(errs, r.of(ctx, a.AccountKey))
		}
	}
	return errors.Join(errs...)
}

// of lets go what waits for one account.
func (r *Releaser) of(ctx context.Context, k desk.AccountKey) error {
	waiting, err := r.Waiting.HeldBack(ctx, k, most)
	if err != nil {
		return err
	}
	var errs []error
	for _, h := range waiting {
		if err := r.release(ctx, h); err != nil {
			errs = append(errs, fmt.Errorf("letting the replies of %s go: %w", h.Ticket, err))
		}
	}
	return errors.Join(errs...)
}

// release lets the first reply of a ticket go now, and takes the ticket off the list.
// A reply that a courier has is left alone.
func (r *Releaser) release(ctx context.Context, h desk.HeldBack) error {
	for range tries {
		t, err := r.Tickets.Ticket(ctx, h.Ticket)
		if errors.Is(err, desk.ErrNotFound) || err == nil && len(t.Outbox) == 0 {
			return r.Waiting.LetGo(ctx, h)
		}
		if err != nil {
			return err
		}
		now := r.Now()
		if g, held := t.GraceOf(t.Outbox[0]); held && g.Until.After(now) { // it waits to be taken back, and not for its account
			return r.Waiting.LetGo(ctx, h)
		}
		if t.OutboxAt.After(now) {
			m, err := r.Tickets.Message(ctx, t.ID, t.Outbox[0])
			if err != nil {
				return err
			}
			doubt := m.Delivery == desk.BeingSent
			if doubt && t.OutboxAt.Sub(now) <= inHand { // a courier has it, and sees for itself
				return r.Waiting.LetGo(ctx, h)
			}
			after, err := r.commit(ctx, t, doubt, now)
			if errors.Is(err, desk.ErrStale) || errors.Is(err, desk.ErrDuplicate) {
				continue
			}
			if err != nil {
				return err
			}
			t = after
		}
		if err := r.Outbound.Send(ctx, desk.Nudge{Ticket: t.ID, Version: t.Version}, 0); err != nil {
			return err
		}
		if err := r.Waiting.LetGo(ctx, h); err != nil {
			return err
		}
		r.Log.InfoContext(ctx, "reply", "outcome", "let go", "ticket", t.ID, "version", t.Version, "account", t.Account, logs.Took(r.Now().Sub(now)))
		return nil
	}
	return desk.ErrStale
}

// commit writes down that the first reply of t may be sent now.
func (r *Releaser) commit(ctx context.Context, t desk.Ticket, doubt bool, now time.Time) (desk.Ticket, error) {
	p, err := r.Policies.Version(ctx, t.Policy)
	if err != nil {
		return t, err
	}
	e := desk.Entry{Version: t.Version + 1, What: desk.SendDeferred, At: now, Target: t.Outbox[0], Until: now, Doubt: doubt, Why: "the account is in use again"}
	if e.At.Before(t.Updated) {
		e.At = t.Updated
	}
	after := desk.Apply(t, e, p.Plan)
	return after, r.Tickets.Commit(ctx, desk.Change{Before: t, After: after, Entry: e, DueAt: after.DueAt(p.Plan)})
}
