package courier

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/skala/shared/desk"
)

// A prober is a Carrier whose platform can be asked whether the account is well: by
// that its replies go out again. Those of other accounts fail, each by itself.
type prober interface {
	Probe(ctx context.Context, o desk.Origin) (desk.Probe, error)
}

// waits is how long a reply waits for its account before it is looked at again. As a
// rule it is let go before.
const waits = 4 * time.Hour

// pauses is how often a pause is tried on an account that others write too.
const pauses = 8

// account is what is known of the account that t's replies leave by; nil where it is
// not to be paused.
func (c *Courier[C]) account(ctx context.Context, t desk.Ticket, carrier C) (*desk.Account, error) {
	if _, ok := any(carrier).(prober); !ok || c.Accounts == nil {
		return nil, nil
	}
	a, err := c.Accounts.Account(ctx, t.AccountKey())
	if err != nil {
		return nil, fmt.Errorf("courier: %w", err)
	}
	return &a, nil
}

// hold has the first reply of t wait for its account. Whoever lets it go finds it on
// the list, which is written first: what is on it and does not wait does no harm.
func (c *Courier[C]) hold(ctx context.Context, t desk.Ticket, key string, m desk.Message, why string) error {
	if err := c.Accounts.HoldBack(ctx, desk.HeldBack{Account: t.AccountKey(), Ticket: t.ID}); err != nil {
		return fmt.Errorf("courier: %w", err)
	}
	c.Log.InfoContext(ctx, "reply", "outcome", "held")
	_, err := c.write(ctx, t, desk.Entry{
		What: desk.SendDeferred, Target: key, Why: "waits until the account is in use again: " + why, Until: c.Now().Add(waits), Doubt: inDoubt(m),
	})
	return err
}

// pause has all replies of an account wait, this one first: what came of it is to be
// on record whatever becomes of the pause. One that gets lost is made up for by the
// next reply that is refused, and by the next probe.
func (c *Courier[C]) pause(ctx context.Context, t desk.Ticket, key string, m desk.Message, a desk.Account, failed *desk.SendError) error {
	if failed.Doubt {
		m.Delivery = desk.BeingSent
	}
	if err := c.hold(ctx, t, key, m, failed.Reason); err != nil {
		return err
	}
	for range pauses {
		if !a.Paused.IsZero() {
			return nil
		}
		err := c.Accounts.SaveAccount(ctx, a.Pause(failed.Reason, c.Now()))
		if err == nil {
			c.Log.WarnContext(ctx, "account", "outcome", "paused", "says", failed.Reason)
			return nil
		}
		if !errors.Is(err, desk.ErrStale) {
			return fmt.Errorf("courier: %w", err)
		}
		if a, err = c.Accounts.Account(ctx, a.AccountKey); err != nil {
			return fmt.Errorf("courier: %w", err)
		}
	}
	return fmt.Errorf("courier: pausing an account: %w", desk.ErrStale)
}
