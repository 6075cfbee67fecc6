// Package courier carries agents' replies to the platforms, those of one
// ticket in order, and each to an end an agent can see: accepted, failed, or
// honestly unknown.
package courier

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
	"example.com/skala/shared/policy"
)

// A Carrier delivers to one account. Send returns the platform's id of the
// message, or a *desk.SendError. A Repeatable one knows a reply it has had, so
// that one whose outcome is unknown may be sent again.
type Carrier interface {
	Send(ctx context.Context, r desk.Reply) (id string, err error)
	Repeatable() bool
}

// A moderator is a Carrier whose platform lets us act on what customers wrote.
// Doing the same again does no harm.
type moderator interface {
	Moderate(ctx context.Context, m desk.ModerationRequest) error
}

// Tickets is what the courier needs of the table. Said returns the customer's last
// message on a ticket. Commit returns desk.ErrStale when the ticket has moved on.
type Tickets interface {
	Ticket(ctx context.Context, id desk.TicketID) (desk.Ticket, error)
	Message(ctx context.Context, id desk.TicketID, key string) (desk.Message, error)
	Said(ctx context.Context, t desk.Ticket) (desk.Message, error)
	Commit(ctx context.Context, c desk.Change) error
}

// Accounts is what is known of the accounts that replies leave by. SaveAccount returns
// desk.ErrStale when an account is no longer as it was read.
type Accounts interface {
	Account(ctx context.Context, k desk.AccountKey) (desk.Account, error)
	SaveAccount(ctx context.Context, a desk.Account) error
	HoldBack(ctx context.Context, h desk.HeldBack) error
}

// Policies are the versions of the policy; see triage.
type Policies interface {
	Version(ctx context.Context, hash string) (*policy.Policy, error)
}

// A Courier empties the outbound queue.
type Courier[C Carrier] struct {
	Carrier  func(desk.Origin) (C, error)
	Tickets  Tickets
	Accounts Accounts // nil for none of them to be paused
	Policies Policies
	Nudger   *nudge.Nudger
	Now      func() time.Time
	Log      *slog.Logger
	Metrics  *metrics.Recorder // nil for none
}

// patience is how long a reply that was handed over may be out before another
// courier takes the first one for dead: longer than a function lives.
const patience = 45 * time.Second

// spare is what is kept of a function's time to write down how a send ended.
const spare = 5 * time.Second

// maxTries is how often a platform is asked for patience before a person is:
// with the waits between, the better part of a day.
const maxTries = 100

// Ticket sends what waits on a ticket. A platform that asks for patience is no
// failure of the nudge, which would take a healthy reply to the dead letters
// in the end: the nudge goes back with a delay. Nothing overtakes a reply that
// has to wait.
func (c *Courier[C]) Ticket(ctx context.Context, n desk.Nudge) error {
	ctx = logs.Unit(ctx, "ticket", n.Ticket)
	for done := 0; ; done++ {
		t, err := c.Tickets.Ticket(ctx, n.Ticket)
		if errors.Is(err, desk.ErrNotFound) {
			c.Log.WarnContext(ctx, "reply", "outcome", "gone")
			return nil
		}
		if err != nil {
			return fmt.Errorf("courier: %w", err)
		}
		logs.Note(ctx, "version", t.Version, "platform", t.Platform, "account", t.Account)
		if len(t.Outbox) == 0 {
			if done == 0 { // the nudge came twice
				c.Log.InfoContext(ctx, "reply", "outcome", "nothing")
			}
			return nil
		}
		if now := c.Now(); t.OutboxAt.After(now) { // its time has not come, or another courier has it
			if done == 0 {
				c.Log.InfoContext(ctx, "reply", "outcome", "early", "at", t.OutboxAt)
			}
			if wait := t.OutboxAt.Sub(now); wait <= longest {
				return c.again(ctx, t, wait)
			}
			return nil // the sweep finds it: a nudge would come back many times in vain
		}
		more, err := c.first(ctx, t)
		if !more || err != nil {
			return err
		}
	}
}

// first brings the lowest reply of t one step further. It asks for more unless
// the ticket has to wait.
func (c *Courier[C]) first(ctx context.Context, t desk.Ticket) (more bool, err error) {
	key := t.Outbox[0]
	m, err := c.Tickets.Message(ctx, t.ID, key)
	if err != nil {
		return false, fmt.Errorf("courier: %w", err)
	}
	logs.Note(ctx, "attempt", m.Tries+1)
	carrier, err := c.Carrier(t.Origin)
	if err != nil {
		c.Log.WarnContext(ctx, "reply", "outcome", "failed", "class", desk.SendAuth, "err", err)
		c.Metrics.Count(metrics.SendAuthFailures, 1)
		if m.Moderation != "" {
			return c.write(ctx, t, desk.Entry{What: desk.ModerateFail, Target: key, Moderation: m.Moderation, Why: "no account to do it with: " + err.Error()})
		}
		return c.write(ctx, t, over(key, m, "no account to send from: "+err.Error(), false))
	}
	if m.Moderation == "" && m.Delivery == desk.BeingSent && !carrier.Repeatable() {
		// The courier that had it died, and nobody wrote down how it ended. A
		// platform that knows a reply it has had is simply asked again.
		c.Log.WarnContext(ctx, "reply", "outcome", "uncertain", "class", desk.SendUnknown)
		return c.write(ctx, t, desk.Entry{What: desk.SendUncertain, Target: key, Why: "handed over, but the answer was lost: check before sending again"})
	}
	account, err := c.account(ctx, t, carrier)
	if err != nil {
		return false, err
	}
	if account != nil && !account.Paused.IsZero() {
		return false, c.hold(ctx, t, key, m, account.PausedFor)
	}
	if m.Moderation != "" {
		return c.moderate(ctx, t, key, m, carrier, account)
	}
	reply, err := c.reply(ctx, t, m)
	if err != nil {
		return false, err
	}
	marked, ok, err := c.commit(ctx, t, desk.Entry{What: desk.Sending, Target: key, Until: c.Now().Add(patience)})
	if err != nil || !ok {
		return true, err // another changed the ticket: look again
	}
	sending, cancel := within(ctx)
	defer cancel()
	began := c.Now()
	id, err := carrier.Send(sending, reply)
	logs.Note(ctx, logs.Took(c.Now().Sub(began)))
	return c.outcome(ctx, marked, key, m, account, id, err)
}

// reply is what a carrier gets of m.
func (c *Courier[C]) reply(ctx context.Context, t desk.Ticket, m desk.Message) (desk.Reply, error) {
	said, err := c.Tickets.Said(ctx, t)
	if err != nil && !errors.Is(err, desk.ErrNotFound) {
		return desk.Reply{}, fmt.Errorf("courier: %w", err)
	}
	return desk.Reply{
		Key: m.Key, Ticket: t.ID, Origin: t.Origin, Visibility: m.Visibility, To: t.Author.ID, ToAlias: t.Author.Alias,
		Answers: desk.Answered{ID: said.ID, Parent: said.Parent, Form: said.Form, At: said.Time}, ReplyTo: said.ID,
		Text: m.Text, Template: m.Template, Tries: m.Tries,
	}, nil
}

// within leaves time to write down how a request to a platform ended.
func within(ctx context.Context) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !ok {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, end.Add(-spare))
}

// moderate has the platform do what a person asked for. What nobody knows the end
// of is simply asked for again.
func (c *Courier[C]) moderate(ctx context.Context, t desk.Ticket, key string, m desk.Message, carrier C, account *desk.Account) (more bool, _ error) {
	marked, ok, err := c.commit(ctx, t, desk.Entry{What: desk.Sending, Target: key, Until: c.Now().Add(patience)})
	if err != nil || !ok {
		return true, err
	}
	err = &desk.SendError{Class: desk.SendRejected, Reason: "this platform does not let us do that"}
	if can, ok := any(carrier).(moderator); ok {
		asking, cancel := within(ctx)
		defer cancel()
		began := c.Now()
		err = can.Moderate(asking, desk.ModerationRequest{
			Action: m.Moderation, Origin: t.Origin, Message: m.Parent, Form: m.Form, Author: t.Author.ID,
		})
		logs.Note(ctx, logs.Took(c.Now().Sub(began)))
	}
	failed := desk.Failed(err, "the request broke off")
	if err == nil || m.Moderation == desk.DeleteMessage && failed.Class == desk.SendUnreachable && inDoubt(m) { // gone by an earlier try
		c.Log.InfoContext(ctx, "moderation", "outcome", "accepted", "action", m.Moderation)
		return c.write(ctx, marked, desk.Entry{What: desk.ModeratedNow, Target: key, Moderation: m.Moderation})
	}
	if failed.Class == desk.SendAuth {
		c.Metrics.Count(metrics.SendAuthFailures, 1)
		if account != nil && account.Pausable(c.Now()) {
			return false, c.pause(ctx, marked, key, m, *account, failed)
		}
	}
	if (failed.Class == desk.SendRetry || failed.Class == desk.SendUnknown) && m.Tries+1 < maxTries {
		c.Log.InfoContext(ctx, "moderation", "outcome", "deferred", "action", m.Moderation, "class", failed.Class, "err", err)
		doubt := failed.Doubt || failed.Class == desk.SendUnknown || inDoubt(m)
		_, err := c.write(ctx, marked, desk.Entry{What: desk.SendDeferred, Target: key, Why: failed.Reason, Until: c.Now().Add(max(failed.After, backoff(m.Tries))), Doubt: doubt})
		return false, err
	}
	c.Log.WarnContext(ctx, "moderation", "outcome", "failed", "action", m.Moderation, "class", failed.Class, "err", err)
	return c.write(ctx, marked, desk.Entry{What: desk.ModerateFail, Target: key, Moderation: m.Moderation, Why: string(failed.Class) + ": " + failed.Reason})
}

// outcome writes down how a send ended.
func (c *Courier[C]) outcome(ctx context.Context, t desk.Ticket, key string, m desk.Message, account *desk.Account, id string, err error) (more bool, _ error) {
	if err == nil {
		c.Log.InfoContext(ctx, "reply", "outcome", "accepted", "message", id)
		return c.write(ctx, t, desk.Entry{What: desk.Sent, Target: key, Seen: m.Seen, Message: &desk.Message{ID: id, Key: key}})
	}
	failed := desk.Failed(err, "the send broke off")
	if failed.Class == desk.SendAuth {
		c.Metrics.Count(metrics.SendAuthFailures, 1)
		if account != nil && account.Pausable(c.Now()) {
			return false, c.pause(ctx, t, key, m, *account, failed)
		}
	}
	if failed.Class == desk.SendUnknown && failed.After > 0 {
		// The platform shows what it has had of us: its word may be on the way, and
		// triage writes it down. If none comes, the next look says that nobody knows.
		c.Log.InfoContext(ctx, "reply", "outcome", "awaited", "class", failed.Class, "err", err)
		return false, c.again(ctx, t, min(failed.After, patience))
	}
	level, entry := slog.LevelWarn, over(key, m, string(failed.Class)+": "+failed.Reason, failed.Doubt)
	said := "failed"
	if entry.What == desk.SendUncertain {
		said = "uncertain"
	}
	switch {
	case failed.Class == desk.SendUnknown:
		said, entry = "uncertain", desk.Entry{What: desk.SendUncertain, Target: key, Why: failed.Reason + ": check before sending again"}
	case failed.Class == desk.SendRetry && m.Tries+1 < maxTries:
		wait := max(failed.After, backoff(m.Tries))
		level, said, entry = slog.LevelInfo, "deferred", desk.Entry{What: desk.SendDeferred, Target: key, Why: failed.Reason, Until: c.Now().Add(wait), Doubt: failed.Doubt || inDoubt(m)}
	}
	c.Log.Log(ctx, level, "reply", "outcome", said, "class", failed.Class, "err", err)
	more, err = c.write(ctx, t, entry)
	if entry.What == desk.SendDeferred {
		more = false // the nudge for its time goes out with the commit
	}
	return more, err
}

// inDoubt reports whether an earlier try of a reply may have arrived: nobody wrote
// down how it ended, or the platform did not say.
func inDoubt(m desk.Message) bool { return m.Delivery == desk.BeingSent }

// over is the entry of a reply that is given up for why. It has failed, unless this
// try or one before may have arrived; then nobody knows.
func over(key string, m desk.Message, why string, doubt bool) desk.Entry {
	if doubt || inDoubt(m) {
		return desk.Entry{What: desk.SendUncertain, Target: key, Why: why + "; it may have arrived before: check before sending again"}
	}
	return desk.Entry{What: desk.SendFailed, Target: key, Why: why}
}

// write commits an entry about the first reply, whatever else happens to the
// ticket meanwhile: what became of a send must be on record.
func (c *Courier[C]) write(ctx context.Context, t desk.Ticket, e desk.Entry) (more bool, err error) {
	for {
		_, ok, err := c.commit(ctx, t, e)
		if ok {
			c.count(e.What)
		}
		if ok || err != nil {
			return true, err
		}
		if t, err = c.Tickets.Ticket(ctx, t.ID); err != nil {
			return false, fmt.Errorf("courier: %w", err)
		}
		if len(t.Outbox) == 0 || t.Outbox[0] != e.Target {
			return true, nil // written down by another courier
		}
	}
}

// count measures how a reply ended, once it is on record.
func (c *Courier[C]) count(what desk.What) {
	switch what {
	case desk.Sent:
		c.Metrics.Count(metrics.RepliesAccepted, 1)
	case desk.SendFailed:
		c.Metrics.Count(metrics.RepliesFailed, 1)
	case desk.SendUncertain:
		c.Metrics.Count(metrics.RepliesUncertain, 1)
	}
}

// commit writes one entry on t. It is not ok when the ticket has moved on.
func (c *Courier[C]) commit(ctx context.Context, t desk.Ticket, e desk.Entry) (after desk.Ticket, ok bool, err error) {
	p, err := c.Policies.Version(ctx, t.Policy)
	if err != nil {
		return t, false, fmt.Errorf("courier: %w", err)
	}
	now := c.Now()
	e.Version, e.At = t.Version+1, now
	if e.At.Before(t.Updated) {
		e.At = t.Updated
	}
	after = desk.Apply(t, e, p.Plan)
	err = c.Tickets.Commit(ctx, desk.Change{Before: t, After: after, Entry: e, DueAt: after.DueAt(p.Plan)})
	if errors.Is(err, desk.ErrStale) || errors.Is(err, desk.ErrDuplicate) {
		return t, false, nil
	}
	if err != nil {
		return t, false, fmt.Errorf("courier: %w", err)
	}
	if e.What == desk.Sending { // the send itself comes next
		return after, true, nil
	}
	if e.What == desk.SendDeferred { // it wants a nudge, also where it waits as long as its courier would have had
		t.OutboxAt = time.Time{}
	}
	return after, true, c.Nudger.After(ctx, t, after, p.Plan, now)
}

// longest is the longest that a queue keeps a nudge.
const longest = 15 * time.Minute

// again brings the ticket back after a while.
func (c *Courier[C]) again(ctx context.Context, t desk.Ticket, wait time.Duration) error {
	return c.Nudger.Outbound.Send(ctx, desk.Nudge{Ticket: t.ID, Version: t.Version}, wait)
}

// backoff doubles from a second to the longest a queue keeps a nudge.
func backoff(tries int) time.Duration { return min(time.Second<<min(tries, 10), longest) }
