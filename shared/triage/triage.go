// Package triage reads what the door let in, judges it, and makes or extends
// the ticket it belongs to. Everything it decides follows from the event, the
// thread as the table has it, and the policy; it may run twice, at once or after
// dying anywhere, and the second run finds the first one's work in place.
package triage

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/metrics"
	"example.com/skala/shared/nudge"
	"example.com/skala/shared/policy"
)

// A Reader reads the events of one app.
type Reader interface {
	Parse(raw desk.RawEvent) (desk.Event, error)
}

// A Directory knows whose account an event is about: desk.UnknownBrand for one
// that no entry of the accounts file names.
type Directory interface {
	Brand(app desk.App, account string) string
	Siblings(app desk.App) (accounts []string) // all of an app
}

// Policies are the versions of the policy. Version falls back to the active
// one where an old one can't be had.
type Policies interface {
	Active(ctx context.Context) (*policy.Policy, error)
	Version(ctx context.Context, hash string) (*policy.Policy, error)
}

// Threads is the table as triage sees it, by the authors' threads. Crowd names the
// threads of a conversation of several people, Written an author's tickets. Commit returns desk.ErrDuplicate
// when the event stands already and desk.ErrStale when the ticket has moved on.
type Threads interface {
	Thread(ctx context.Context, e desk.Event) (desk.Thread, error)
	Crowd(ctx context.Context, k desk.ThreadKey) (threads []string, err error)
	Written(ctx context.Context, author, cursor string, limit int) (latest []desk.Ticket, next string, err error)
	Commit(ctx context.Context, c desk.Change) error
}

// Logs are what was said and done on a ticket, and our replies by their keys.
type Logs interface {
	Log(ctx context.Context, id desk.TicketID) ([]desk.Entry, error)
	Message(ctx context.Context, id desk.TicketID, key string) (desk.Message, error)
}

// A Fetch queue takes thin notices, whose content somebody has to ask for before
// they can be judged. They come back with it, or with the reason why not.
type Fetch interface {
	SendAll(ctx context.Context, events []desk.RawEvent) (refused []desk.RawEvent, err error)
}

// Targets finds the messages that edits and deletions are about, and keeps
// those that come before theirs.
type Targets interface {
	MessageByID(ctx context.Context, thread desk.ThreadKey, id string) (desk.Message, desk.TicketID, error)
	Entomb(ctx context.Context, e desk.Event, raw desk.RawEvent) error
}

// A Shelf keeps what makes no ticket: events of threads that have none, and
// what nobody can read. Keep and Entomb return desk.ErrDuplicate when the event
// stands already.
type Shelf interface {
	Keep(ctx context.Context, e desk.Event, raw desk.RawEvent) error
	Quarantine(ctx context.Context, raw desk.RawEvent, reason string) error
}

// A Ledger notes what became of an event that leaves nothing else behind.
type Ledger interface {
	Settle(ctx context.Context, raw desk.RawEvent, o desk.Outcome) error
}

// A Triager takes one event at a time.
type Triager[R Reader] struct {
	Apps      map[desk.App]R
	Directory Directory
	Policies  Policies
	Threads   Threads
	Targets   Targets
	Logs      Logs
	Fetch     Fetch
	Shelf     Shelf
	Ledger    Ledger
	Nudger    *nudge.Nudger
	People    People    // who gets a ticket back from a vendor; nil for nobody in particular
	Opinion   Opinion   // nil for none, whatever the policy says
	Allowance Allowance // of its questions
	Now       func() time.Time
	Log       *slog.Logger
	Metrics   *metrics.Recorder // nil for none
}

// What an event may come to beside the outcomes of the ledger.
const (
	again    desk.Outcome = ""         // nothing yet: the thread changed under it
	repeated desk.Outcome = "repeated" // what it came to before, under this delivery
	fetching desk.Outcome = "fetching" // nothing yet: it comes again with its content
)

// GiveUp puts an event where it is shown, with the reason why it could not be
// taken in however often it was tried. It is for the last time that its queue
// hands it out.
func (tr *Triager[R]) GiveUp(ctx context.Context, raw desk.RawEvent, cause error) error {
	ctx, began := unit(ctx, raw), tr.Now()
	if err := tr.Shelf.Quarantine(ctx, raw, "failed again and again: "+logs.Text(cause)); err != nil {
		return err
	}
	logs.Note(ctx, "err", cause)
	tr.told(ctx, desk.Quarantined, began)
	return nil
}

// rounds is how often a change is tried on a thread that others change too; one
// as busy as that comes back from the queue.
const rounds = 8

// Event takes raw in. An error sends it back to the queue.
func (tr *Triager[R]) Event(ctx context.Context, raw desk.RawEvent) error {
	ctx, began := unit(ctx, raw), tr.Now()
	outcome, err := tr.event(ctx, raw)
	if err != nil {
		return err
	}
	tr.told(ctx, outcome, began)
	return nil
}

// unit begins the unit of work of an event, for the log.
func unit(ctx context.Context, raw desk.RawEvent) context.Context {
	return logs.Unit(ctx, "platform", raw.App.Platform, "app", raw.App.Name, "account", raw.Account, "delivery", raw.Delivery)
}

// told writes the one line of an event, and counts those that come to nothing on
// a ticket; the others are counted where they are written down.
func (tr *Triager[R]) told(ctx context.Context, outcome desk.Outcome, began time.Time) {
	level := slog.LevelInfo
	switch outcome {
	case desk.Quarantined:
		level = slog.LevelWarn
		tr.Metrics.Count(metrics.EventsQuarantined, 1)
	case desk.Duplicate:
		tr.Metrics.Count(metrics.Duplicates, 1)
	}
	tr.Log.Log(ctx, level, "event", "outcome", outcome, logs.Took(tr.Now().Sub(began)))
}

// event takes raw in, and says what it came to.
func (tr *Triager[R]) event(ctx context.Context, raw desk.RawEvent) (desk.Outcome, error) {
	reader, ok := tr.Apps[raw.App]
	if !ok {
		return tr.quarantine(ctx, raw, errors.New("no such app"))
	}
	e, err := reader.Parse(raw)
	if err != nil {
		return tr.quarantine(ctx, raw, err)
	}
	logs.Note(ctx, "account", e.Account, "kind", e.Kind, "message", e.ID)
	if e.Kind == desk.Control { // ignored by rule: a platform trying the address
		return tr.settle(ctx, raw, desk.Ignored)
	}
	if e.Needs != desk.NeedsNothing && raw.Fetched == nil && raw.Unfetched == "" {
		if refused, err := tr.Fetch.SendAll(ctx, []desk.RawEvent{raw}); len(refused) > 0 {
			return again, fmt.Errorf("triage: having %s fetched: %w", e.Needs, err)
		}
		return fetching, nil
	}
	if e.Kind == desk.AccountChanged {
		tr.Log.WarnContext(ctx, "account changed", "why", e.Problem)
		tr.Metrics.Count(metrics.AccountsDisconnected, 1)
	}
	active, err := tr.Policies.Active(ctx)
	if err != nil {
		return again, fmt.Errorf("triage: %w", err)
	}
	if e, err = tr.withdrawn(ctx, raw.App, e); err != nil {
		return again, fmt.Errorf("triage: %w", err)
	}
	if e, err = tr.locate(ctx, e); err != nil {
		return again, fmt.Errorf("triage: %w", err)
	}
	over := &sitting{Policy: active}
	for round := range rounds {
		outcome, err := tr.take(ctx, over, e, raw)
		if outcome != again || err != nil {
			return outcome, err
		}
		select {
		case <-time.After(rand.N(10 * time.Millisecond << round)):
		case <-ctx.Done():
			return again, fmt.Errorf("triage: taking in %s: %w", e.ID, ctx.Err())
		}
	}
	return again, fmt.Errorf("triage: taking in %s: %w", e.ID, desk.ErrStale)
}

// quarantine puts an event where it is shown, with the reason.
func (tr *Triager[R]) quarantine(ctx context.Context, raw desk.RawEvent, reason error) (desk.Outcome, error) {
	logs.Note(ctx, "bytes", len(raw.Body), "err", reason)
	return desk.Quarantined, tr.Shelf.Quarantine(ctx, raw, reason.Error())
}

// take makes one attempt at e. It is to be made again when the thread changed
// under it.
func (tr *Triager[R]) take(ctx context.Context, active *sitting, e desk.Event, raw desk.RawEvent) (desk.Outcome, error) {
	thread, err := tr.Threads.Thread(ctx, e)
	if err != nil {
		return again, fmt.Errorf("triage: %w", err)
	}
	asked, via := e, desk.TicketID("")
	if e, thread, via, err = tr.followed(ctx, e, thread, raw.Received); err != nil {
		return again, err
	}
	t := thread.Ticket
	if thread.Known {
		logs.Note(ctx, "ticket", t.ID)
		if raw.Delivery != "" && thread.Delivery != raw.Delivery {
			// Its platform sent it again. The delivery that wrote it is on the queue
			// until its nudges are out. One of before the ledger had no name.
			return tr.settle(ctx, raw, desk.Duplicate)
		}
		return repeated, tr.nudge(ctx, t) // it is the same, whose first try may have died before them
	}
	if e.Kind == desk.Unsupported || e.Kind == desk.FetchRequired {
		// Also where its thread has a ticket: on a timeline nobody could tell what it
		// says, or have it become what it should be once it can be read.
		return tr.quarantine(ctx, raw, errors.New("kind not supported: "+string(e.Kind)))
	}
	if e.Kind == desk.VendorUpdate {
		return tr.vendor(ctx, active, t, e, raw)
	}
	plan, err := tr.plan(ctx, t)
	if err != nil {
		return again, err
	}
	var entry desk.Entry
	switch e.Kind {
	case desk.MessageCreated:
		if e.Direction == desk.In {
			if twice, err := tr.twice(ctx, t, e, raw); twice || err != nil {
				return desk.Duplicate, err
			}
			next, w := t, plan
			if t.Version == 0 || !t.Takes(raw.Received, plan) {
				if t.Version > 0 && !t.State.Final() {
					return again, tr.close(ctx, t, plan, raw.Received)
				}
				if t.Version > 0 {
					next, e.Author = t.Successor(), e.Author.Known(t.Author, raw.Received)
				}
				w = active.Plan
			}
			entry = tr.received(ctx, active, next, e, raw, thread.Tombstone)
			if entry.Message.Via = via; next.State == "" {
				entry.Target = string(t.Into) // where events of the thread went meanwhile
			}
			if next.State == desk.Solved && entry.Disposition() == desk.NeedsAnswer {
				entry.Policy, w = active.Hash, active.Plan // a new cycle is judged by the rules of its day
			}
			return tr.commit(ctx, t, next, entry, e, raw, w)
		}
		if entry, err = tr.elsewhere(ctx, t, e, raw); err != nil {
			return again, fmt.Errorf("triage: %w", err)
		}
	case desk.Echo:
		if entry, err = tr.echo(ctx, t, e, raw); err != nil {
			return again, fmt.Errorf("triage: %w", err)
		}
	case desk.Receipt:
		if entry, err = tr.receipt(ctx, t, e, raw); err != nil {
			return again, fmt.Errorf("triage: %w", err)
		}
	case desk.MessageEdited, desk.MessageDeleted:
		target, ticket, err := tr.Targets.MessageByID(ctx, e.Thread(), e.Target)
		if errors.Is(err, desk.ErrNotFound) && e.Kind == desk.MessageEdited && e.Anew {
			asked.Kind, asked.Target = desk.MessageCreated, ""
			return tr.take(ctx, active, asked, raw)
		}
		if errors.Is(err, desk.ErrNotFound) {
			logs.Note(ctx, "what", "waits for its message")
			return tr.kept(ctx, raw, tr.Targets.Entomb(ctx, e, raw))
		}
		if err != nil {
			return again, fmt.Errorf("triage: %w", err)
		}
		if target.Direction == desk.Out { // one of our replies: what we said, we said
			entry = noticed(e, raw)
			break
		}
		entry = tr.changed(ctx, active, e, raw, target)
		if ticket != t.ID || target.Direction != desk.In {
			// Of an earlier ticket, or of the brand's: its words change, the present
			// ticket does not.
			entry.Verdict = &desk.Verdict{}
		}
	default:
		entry = noticed(e, raw)
	}
	if t.Version == 0 {
		logs.Note(ctx, "what", "kept")
		return tr.kept(ctx, raw, tr.Shelf.Keep(ctx, e, raw))
	}
	return tr.commit(ctx, t, t, entry, e, raw, plan)
}

// twice settles a thin notice of what came in by itself as well, under a key of its
// own.
func (tr *Triager[R]) twice(ctx context.Context, t desk.Ticket, e desk.Event, raw desk.RawEvent) (bool, error) {
	if raw.Fetched == nil && raw.Unfetched == "" || t.Version == 0 {
		return false, nil
	}
	_, _, err := tr.Targets.MessageByID(ctx, e.Thread(), e.ID)
	if errors.Is(err, desk.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("triage: %w", err)
	}
	_, err = tr.settle(ctx, raw, desk.Duplicate)
	return err == nil, err
}

// nudge repeats the nudges of an event that is in the log already.
func (tr *Triager[R]) nudge(ctx context.Context, t desk.Ticket) error {
	if t.Version == 0 || !t.State.Working() {
		return nil
	}
	plan, err := tr.plan(ctx, t)
	if err != nil {
		return err
	}
	return tr.Nudger.Again(ctx, t, plan, tr.Now())
}

// close ends a ticket whose time to come back is over and that nobody has
// closed yet, before the thread's next one takes its place. Afterwards it could
// not change any more. That another was faster is no error.
func (tr *Triager[R]) close(ctx context.Context, t desk.Ticket, plan desk.Clockwork, now time.Time) error {
	entry, ok := t.Act(now, plan, nil)
	if !ok {
		return fmt.Errorf("triage: %s takes no message and does not close: %w", t.ID, desk.ErrState)
	}
	after := desk.Apply(t, entry, plan)
	err := tr.Threads.Commit(ctx, desk.Change{Before: t, After: after, Entry: entry, DueAt: after.DueAt(plan)})
	if err != nil && !errors.Is(err, desk.ErrStale) && !errors.Is(err, desk.ErrDuplicate) {
		return fmt.Errorf("triage: %w", err)
	}
	return nil
}

// kept passes on what came of keeping an event that is part of no ticket. It is
// to be tried again when another was faster, or its message came in meanwhile: the
// next round sees what is there.
func (tr *Triager[R]) kept(ctx context.Context, raw desk.RawEvent, err error) (desk.Outcome, error) {
	if err == nil {
		return desk.Ignored, nil
	}
	return tr.refused(ctx, raw, err)
}

// refused passes on why the table did not take an event. One that it can't hold,
// however often it is tried, goes where it is shown.
func (tr *Triager[R]) refused(ctx context.Context, raw desk.RawEvent, err error) (desk.Outcome, error) {
	switch {
	case errors.Is(err, desk.ErrStale), errors.Is(err, desk.ErrDuplicate):
		return again, nil
	case errors.Is(err, desk.ErrInvalid):
		return tr.quarantine(ctx, raw, fmt.Errorf("can't be kept as a message: %w", err))
	}
	return again, err
}

func (tr *Triager[R]) settle(ctx context.Context, raw desk.RawEvent, o desk.Outcome) (desk.Outcome, error) {
	if err := tr.Ledger.Settle(ctx, raw, o); err != nil {
		return again, fmt.Errorf("triage: %w", err)
	}
	return o, nil
}

// plan returns the promises that t was made under.
func (tr *Triager[R]) plan(ctx context.Context, t desk.Ticket) (desk.Clockwork, error) {
	if t.Policy == "" {
		p, err := tr.Policies.Active(ctx)
		if err != nil {
			return nil, fmt.Errorf("triage: %w", err)
		}
		return p.Plan, nil
	}
	p, err := tr.Policies.Version(ctx, t.Policy)
	if err != nil {
		return nil, fmt.Errorf("triage: %w", err)
	}
	return p.Plan, nil
}

// received is the entry of a customer's message on t.
func (tr *Triager[R]) received(ctx context.Context, s *sitting, t desk.Ticket, e desk.Event, raw desk.RawEvent, early *desk.Tombstone) desk.Entry {
	m := e.Message(raw.Received)
	if early != nil && early.Deleted {
		m.Text, m.Attachments, m.Deleted = "", nil, true
	} else if early != nil && !early.At.Before(m.Time) {
		m.Text, m.EditedAt = early.Text, early.At
	}
	verdict := tr.judge(ctx, s, e, *m, tr.Directory.Brand(raw.App, e.Account), before(s.Policy, t, *m, raw.Received))
	if m.Deleted {
		verdict.Actionable = false // there is nothing left to answer
	}
	entry := desk.Entry{What: desk.Received, Message: m, Verdict: &verdict, Profile: e.Profile && e.Author.ID != "" && !e.Author.Fresh(raw.Received)}
	if t.State == "" {
		entry.Policy = s.Hash
		entry.Origin = &desk.Origin{
			Platform: e.Platform, App: raw.App.Name, Account: e.Account, Channel: e.Channel,
			Brand: tr.Directory.Brand(raw.App, e.Account), Conversation: e.Conversation, Visibility: e.Visibility,
		}
	}
	return entry
}

// changed is the entry of an edit or a deletion of target.
func (tr *Triager[R]) changed(ctx context.Context, s *sitting, e desk.Event, raw desk.RawEvent, target desk.Message) desk.Entry {
	m := e.Message(raw.Received)
	m.Aside, m.Standby = m.Aside || target.Aside, m.Standby || target.Standby // not said to us, whatever it says now
	if e.Kind == desk.MessageDeleted {
		m.Text, m.Attachments = "", nil
		return desk.Entry{What: desk.Deleted, Target: target.Key, Message: m}
	}
	verdict := desk.Verdict{}
	if stale := m.Time.Before(target.EditedAt); stale || target.Deleted {
		m.Text = target.Text // what stands was written later, or withdrawn
	} else {
		verdict = tr.judge(ctx, s, e, *m, tr.Directory.Brand(raw.App, e.Account), policy.Thread{})
	}
	return desk.Entry{What: desk.Edited, Target: target.Key, Message: m, Verdict: &verdict}
}

// commit writes the entry on next, which is before itself or its successor, and
// nudges. It is to be done again when another was faster.
func (tr *Triager[R]) commit(ctx context.Context, before, next desk.Ticket, entry desk.Entry, e desk.Event, raw desk.RawEvent, w desk.Clockwork) (desk.Outcome, error) {
	entry.Version, entry.Event = next.Version+1, e.Kind
	entry.At = raw.Received // the promise runs from when the platform had our 200
	if next.State != "" && entry.At.Before(next.Updated) {
		entry.At = next.Updated
	}
	after := desk.Apply(next, entry, w)
	err := tr.Threads.Commit(ctx, desk.Change{
		Before: before, After: after, Entry: entry, Thread: e.Thread(), Event: &e, Raw: raw, DueAt: after.DueAt(w),
	})
	if err != nil {
		return tr.refused(ctx, raw, fmt.Errorf("triage: %w", err))
	}
	age := tr.Now().Sub(raw.Received)
	tr.Metrics.Count(metrics.EventsTaken, 1)
	tr.Metrics.Time(metrics.TimeToTicket, age)
	logs.Note(ctx, "ticket", after.ID, "version", after.Version, "what", entry.What, "tier", after.Tier, "severity", after.Severity, "age_ms", age.Milliseconds())
	outcome := desk.Appended
	if next.ID != before.ID || before.Version == 0 {
		before, outcome = desk.Ticket{}, desk.Ticketed
		tr.Metrics.Count(metrics.TicketsOpened, 1)
	}
	return outcome, tr.Nudger.After(ctx, before, after, w, tr.Now())
}
