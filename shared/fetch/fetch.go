// Package fetch asks platforms for what their webhooks leave out: the content of
// a thin notice, the author of a message. An event goes on to triage with the
// answer or with the reason why there is none, so that a notice of something said
// always becomes a ticket. A platform that fails for a while is asked again, for
// some minutes and no longer: the ledger wants to close the hour. It may run
// twice: the event that comes of it has the key of the first.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/metrics"
	"example.com/skala/shared/policy"
)

// A Job is what the fetch queue carries: an event that lacks something or, with a
// Ticket, the wish to know who that ticket's author is. So what sends a
// desk.RawEvent or a desk.Nudge sends a job.
type Job struct {
	desk.RawEvent
	Ticket desk.TicketID `json:"ticket,omitempty"`
	Since  time.Time     `json:"since,omitzero"`  // when it was first tried
	Tries  int           `json:"tries,omitempty"` // how often it was tried since
	// Check is an account that somebody wants looked after now, in place of all else.
	Check *desk.AccountKey `json:"check,omitempty"`
}

// A Reader reads the events of one app.
type Reader interface {
	Parse(raw desk.RawEvent) (desk.Event, error)
}

// A fetcher is the sender of an account whose platform sends thin notices, a
// profiler one whose platform can be asked who somebody is. Each error is a
// *desk.SendError.
type (
	fetcher interface {
		Fetch(ctx context.Context, e desk.Event) ([]byte, error)
	}
	profiler interface {
		Profile(ctx context.Context, o desk.Origin, author string) (desk.Author, error)
	}
)

// Inbound is triage's queue. What is too large for it is desk.ErrInvalid.
type Inbound interface {
	SendAll(ctx context.Context, events []desk.RawEvent) (refused []desk.RawEvent, err error)
}

// A Queue delivers a job after a while, 15 minutes at most.
type Queue interface {
	Send(ctx context.Context, j Job, after time.Duration) error
}

// Tickets is the table as this step sees it. Written are an author's tickets, the
// newest first; Commit returns desk.ErrStale when the ticket has moved on.
type Tickets interface {
	Ticket(ctx context.Context, id desk.TicketID) (desk.Ticket, error)
	Written(ctx context.Context, author, cursor string, limit int) (latest []desk.Ticket, next string, err error)
	Commit(ctx context.Context, c desk.Change) error
}

// Policies are the versions of the policy; see triage.
type Policies interface {
	Version(ctx context.Context, hash string) (*policy.Policy, error)
}

// A Fetch takes one job at a time.
type Fetch[R Reader, S any] struct {
	Apps     map[desk.App]R
	Sender   func(desk.Origin) (S, error)
	Inbound  Inbound
	Later    Queue // the one that the jobs come from
	Tickets  Tickets
	Policies Policies
	Now      func() time.Time
	Log      *slog.Logger
	Metrics  *metrics.Recorder // nil for none
	// Poll asks an account what people wrote; nil where none has to be asked. Each error
	// of its platform's is a *desk.SendError.
	Poll func(ctx context.Context, o desk.Origin) error
	// Check looks after an account; see package health.
	Check func(ctx context.Context, k desk.AccountKey) error
}

// How long a platform that fails is asked again. What nobody can read is soon worth
// a look at the platform itself, and a message that has its words waits even less
// for who said them: clocks of minutes run from when it came. Whose name a ticket
// lacks is in no hurry. In between it is left alone for as long as a queue keeps a
// job, at most.
const (
	contentPatience = 5 * time.Minute
	authorPatience  = time.Minute
	profilePatience = 20 * time.Minute
	longest         = 15 * time.Minute
)

func patience(need desk.Need) time.Duration {
	if need == desk.NeedsAuthor {
		return authorPatience
	}
	return contentPatience
}

// spare is what is kept of a function's time to pass on what came of asking.
const spare = 5 * time.Second

// Job does j. A platform that fails is no error: the job comes back after a
// while. An error sends it back to the queue.
func (f *Fetch[R, S]) Job(ctx context.Context, j Job) error {
	if j.Since.IsZero() {
		j.Since = f.Now()
	}
	if j.Check != nil {
		return f.Check(ctx, *j.Check)
	}
	ctx = unit(ctx, j)
	logs.Note(ctx, "attempt", j.Tries+1)
	if j.Ticket != "" {
		return f.profile(ctx, j)
	}
	return f.event(ctx, j)
}

// GiveUp ends a job that failed as often as its queue hands it out, which is none
// of its platform's doing: the event goes on without what it lacks.
func (f *Fetch[R, S]) GiveUp(ctx context.Context, j Job, cause error) error {
	if j.Check != nil { // the round over all accounts comes within minutes
		f.Log.ErrorContext(ctx, "account not checked", "platform", j.Check.Platform, "app", j.Check.App, "outcome", "failed", "err", cause)
		return nil
	}
	ctx = unit(ctx, j)
	if j.Ticket != "" {
		f.Log.WarnContext(ctx, "fetch", "outcome", "no profile", "err", cause)
		return nil
	}
	return f.without(ctx, j.RawEvent, "failed again and again", cause)
}

// unit begins the unit of work of a job, for the log.
func unit(ctx context.Context, j Job) context.Context {
	if j.Ticket != "" {
		return logs.Unit(ctx, "ticket", j.Ticket)
	}
	return logs.Unit(ctx, "platform", j.App.Platform, "app", j.App.Name, "account", j.Account, "delivery", j.Delivery)
}

// event asks for what an event lacks.
func (f *Fetch[R, S]) event(ctx context.Context, j Job) error {
	raw := j.RawEvent
	if len(raw.Fetched) > 0 || raw.Unfetched != "" { // it was here before
		if err := f.send(ctx, raw); err != nil {
			return err
		}
		f.Log.InfoContext(ctx, "fetch", "outcome", "nothing")
		return nil
	}
	reader, ok := f.Apps[raw.App]
	if !ok {
		return f.without(ctx, raw, "the accounts file names its app no more", nil)
	}
	e, err := reader.Parse(raw)
	if err != nil || e.Needs == desk.NeedsNothing {
		// Triage read it otherwise. It is told not to send it here again.
		return f.without(ctx, raw, "nothing in it says what to ask for", err)
	}
	logs.Note(ctx, "account", e.Account, "kind", e.Kind, "message", e.ID)
	origin := desk.Origin{Platform: e.Platform, App: raw.App.Name, Account: e.Account, Channel: e.Channel, Conversation: e.Conversation, Visibility: e.Visibility}
	sender, err := f.Sender(origin)
	if err != nil {
		return f.without(ctx, raw, "no account to ask with: "+err.Error(), nil)
	}
	ask, ok := f.asking(sender, e, origin)
	if !ok {
		return f.without(ctx, raw, "its platform can't be asked by this account", nil)
	}
	asking, cancel := within(ctx)
	defer cancel()
	began := f.Now()
	answer, err := ask(asking)
	logs.Note(ctx, logs.Took(f.Now().Sub(began)))
	if err != nil {
		failed := f.failure(err)
		if wait, ok := f.wait(j, failed, patience(e.Needs)); ok {
			return f.later(ctx, j, wait, failed)
		}
		return f.without(ctx, raw, string(failed.Class)+": "+failed.Reason, failed)
	}
	whole := raw
	whole.Fetched = answer
	if e, err := reader.Parse(whole); err != nil || e.Needs != desk.NeedsNothing || e.Unfetched != "" || len(answer) == 0 {
		// Triage would quarantine it, or send it here again and again.
		return f.without(ctx, raw, "nobody can read what the platform answered", err)
	}
	err = f.send(ctx, whole)
	if errors.Is(err, desk.ErrInvalid) {
		return f.without(ctx, raw, "what the platform answered is too large", err)
	}
	if err != nil {
		return err
	}
	f.Metrics.Count(metrics.EventsFetched, 1)
	f.Log.InfoContext(ctx, "fetch", "outcome", "fetched", "bytes", len(answer))
	return nil
}

// asking is how the platform of e is asked for what e lacks. Where that is more than
// one thing, they come in by themselves, and the event learns no more than that.
func (f *Fetch[R, S]) asking(sender S, e desk.Event, o desk.Origin) (ask func(context.Context) ([]byte, error), ok bool) {
	if e.Needs == desk.NeedsPoll {
		return func(ctx context.Context) ([]byte, error) { return []byte("{}"), f.Poll(ctx, o) }, f.Poll != nil
	}
	asked, ok := any(sender).(fetcher)
	return func(ctx context.Context) ([]byte, error) { return asked.Fetch(ctx, e) }, ok
}

// without passes an event on without what it lacks. why is for the agent; cause is
// for the log, and nil where why says it all.
func (f *Fetch[R, S]) without(ctx context.Context, raw desk.RawEvent, why string, cause error) error {
	if cause == nil {
		cause = errors.New(why)
	}
	raw.Fetched, raw.Unfetched = nil, why
	if err := f.send(ctx, raw); err != nil {
		return err
	}
	f.Metrics.Count(metrics.EventsUnfetched, 1)
	f.Log.WarnContext(ctx, "fetch", "outcome", "unfetched", "err", cause)
	return nil
}

// send passes an event on to triage.
func (f *Fetch[R, S]) send(ctx context.Context, raw desk.RawEvent) error {
	if refused, err := f.Inbound.SendAll(ctx, []desk.RawEvent{raw}); len(refused) > 0 {
		return fmt.Errorf("fetch: passing an event on: %w", err)
	}
	return nil
}

// failure is what a platform's error means. Whatever broke a question off, it may
// be asked again: asking changes nothing.
func (f *Fetch[R, S]) failure(err error) *desk.SendError {
	failed := desk.Failed(err, "the question broke off")
	if failed.Class == desk.SendAuth {
		f.Metrics.Count(metrics.SendAuthFailures, 1)
	}
	return failed
}

// wait says how long to leave the platform alone before it is asked again. It is
// not ok when there is no use in that, or no time.
func (f *Fetch[R, S]) wait(j Job, failed *desk.SendError, patience time.Duration) (wait time.Duration, ok bool) {
	left := patience - f.Now().Sub(j.Since)
	if failed.Class != desk.SendRetry && failed.Class != desk.SendUnknown || left <= 0 || failed.After > min(left, longest) {
		return 0, false
	}
	return min(max(failed.After, backoff(j.Tries)), left, longest), true
}

// backoff doubles from five seconds to five minutes.
func backoff(tries int) time.Duration { return min(5*time.Second<<min(tries, 6), 5*time.Minute) }

// later puts a job back for after a while.
func (f *Fetch[R, S]) later(ctx context.Context, j Job, wait time.Duration, failed *desk.SendError) error {
	j.Tries++
	if err := f.Later.Send(ctx, j, wait); err != nil {
		return fmt.Errorf("fetch: putting a job off: %w", err)
	}
	f.Log.InfoContext(ctx, "fetch", "outcome", "deferred", "class", failed.Class, "at", f.Now().Add(wait), "err", failed)
	return nil
}

// within bounds a question by what a function's time leaves it.
func within(ctx context.Context) (context.Context, context.CancelFunc) {
	if end, ok := ctx.Deadline(); ok {
		return context.WithDeadline(ctx, end.Add(-spare))
	}
	return ctx, func() {}
}
