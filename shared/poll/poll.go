// Package poll asks platforms what people wrote that do not tell by themselves. Each
// account has a cursor in the table; what came since goes in by the door, as if the
// platform had sent it, before the cursor moves. So it may end anywhere and run twice:
// what comes again is known by its key.
package poll

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/metrics"
)

// A poller is the sender of an account whose platform has to be asked, a subscriber
// one whose platform forgets where to send what it does send. Each error is a
// *desk.SendError.
type (
	poller interface {
		Poll(ctx context.Context, c desk.Cursor) (body []byte, next desk.Cursor, err error)
	}
	subscriber interface {
		Subscribe(ctx context.Context) error
	}
)

// Cursors are those of the table. SaveCursor returns desk.ErrStale when another has
// moved it since it was read.
type Cursors interface {
	Cursor(ctx context.Context, k desk.AccountKey) (desk.Cursor, error)
	SaveCursor(ctx context.Context, c desk.Cursor) error
}

// A Door takes what a platform answered as if it had sent it, and returns nil once all
// of it is safe.
type Door interface {
	Take(ctx context.Context, app desk.App, body []byte) error
}

// An Account is one that may have to be asked.
type Account struct {
	desk.AccountKey
	Sender any // a poller, or nothing to do with it
}

// A Poll asks.
type Poll struct {
	Accounts []Account
	Cursors  Cursors
	Door     Door
	Now      func() time.Time
	Log      *slog.Logger
	Metrics  *metrics.Recorder // nil for none
}

// resubscribe is how often a platform is asked to go on sending: some times in a
// lease.
const resubscribe = 24 * time.Hour

// failing is how long a platform may fail until somebody has to see to it.
const failing = 10 * time.Minute

// atOnce is how many accounts are asked side by side, so that a platform that takes its
// time leaves some to the others.
const atOnce = 8

// Run asks all accounts whose time has come. What fails with one is no matter of the
// others: it is logged, counted, and asked again the next time.
func (p *Poll) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	failed, places := make([]error, len(p.Accounts)), make(chan struct{}, atOnce)
	for i, a := range p.Accounts {
		if _, ok := a.Sender.(poller); !ok {
			continue
		}
		places <- struct{}{}
		wg.Go(func() {
			defer func() { <-places }()
			failed[i] = p.account(ctx, a, true)
		})
	}
	wg.Wait()
	return errors.Join(failed...)
}

// At asks one account, now. A platform that fails is a *desk.SendError.
func (p *Poll) At(ctx context.Context, o desk.Origin) error {
	for _, a := range p.Accounts {
		if a.AccountKey == o.AccountKey() {
			return p.account(ctx, a, false)
		}
	}
	return &desk.SendError{Class: desk.SendRejected, Reason: "the accounts file names no such account"}
}

// account asks one. When it is patient it leaves an account alone whose time has not
// come, and a platform that fails is a line in the log.
func (p *Poll) account(ctx context.Context, a Account, patient bool) error {
	ctx = logs.Unit(ctx, "platform", a.Platform, "app", a.App, "account", a.ID)
	began := p.Now()
	c, err := p.Cursors.Cursor(ctx, a.AccountKey)
	if err != nil {
		return fmt.Errorf("poll: %w", err)
	}
	if patient && c.Next.After(began) {
		return nil
	}
	asks, ok := a.Sender.(poller)
	if !ok {
		return &desk.SendError{Class: desk.SendRejected, Reason: "its platform is not asked what people wrote"}
	}
	next := c
	if s, ok := a.Sender.(subscriber); ok && patient && began.Sub(c.Subscribed) >= resubscribe {
		if err := s.Subscribe(ctx); err != nil { // it goes on by asking alone
			p.Log.WarnContext(ctx, "subscription not renewed", "err", p.failure(err))
		} else {
			next.Subscribed = began
		}
	}
	body, after, err := asks.Poll(ctx, next)
	if err != nil {
		failed := p.failure(err)
		p.Log.WarnContext(ctx, "poll", "outcome", "failed", "class", failed.Class, "err", failed)
		if began.Sub(c.Next) > failing && c.Version > 0 {
			p.Metrics.Count(metrics.EventsUnfetched, 1)
		}
		if !patient {
			return failed
		}
		if failed.After > 0 {
			next.Next = began.Add(failed.After)
		}
		return p.save(ctx, next)
	}
	if body != nil {
		if err := p.Door.Take(ctx, desk.App{Platform: a.Platform, Name: a.App}, body); err != nil {
			return fmt.Errorf("poll: %w", err)
		}
		p.Log.InfoContext(ctx, "poll", "outcome", "taken", "bytes", len(body), logs.Took(p.Now().Sub(began)))
	}
	return p.save(ctx, after)
}

// save moves a cursor, unless another has: what it took came in twice.
func (p *Poll) save(ctx context.Context, c desk.Cursor) error {
	if err := p.Cursors.SaveCursor(ctx, c); err != nil && !errors.Is(err, desk.ErrStale) {
		return fmt.Errorf("poll: %w", err)
	}
	return nil
}

// failure is what a platform's error means.
func (p *Poll) failure(err error) *desk.SendError {
	failed := desk.Failed(err, "the question broke off")
	if failed.Class == desk.SendAuth {
		p.Metrics.Count(metrics.SendAuthFailures, 1)
	}
	return failed
}
