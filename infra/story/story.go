// Package story tells what happens on a desk in its users' words, in seconds:
// the real steps on a real table of the emulator, in one process, under a clock
// that is moved and never waited for. Queues are slices here, so that a story
// can lose, double and delay what they carry.
package story

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/skala/shared/assign"
	"example.com/skala/shared/audit"
	"example.com/skala/shared/courier"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/dynamo"
	"example.com/skala/shared/dynamo/dynamotest"
	"example.com/skala/shared/escalate"
	"example.com/skala/shared/ledger"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/metrics"
	"example.com/skala/shared/notify"
	"example.com/skala/shared/nudge"
	"example.com/skala/shared/policy"
	"example.com/skala/shared/policy/versions"
	"example.com/skala/shared/redrive"
	"example.com/skala/shared/triage"
)

// Chat is the platform of stories: one account that we know, events as JSON.
const Chat desk.Platform = "chat"

const cafe = "cafe"

// A Desk is one whole desk. Its methods fail the test on errors that a story
// does not expect.
type Desk struct {
	T       testing.TB
	Store   *dynamo.Store
	Policy  *policy.Policy
	Carrier *Carrier

	CourierDown bool // nobody takes from the outbound queue
	SweepDown   bool // the schedule does not sweep
	Audited     bool // the audit runs on its schedule, too
	Bounds      audit.Bounds
	Unsound     bool // the story leaves something behind that the audit finds
	InboundMax  int  // bytes of an event that the inbound queue takes; 0 for any
	Told        Told // what the steps logged and measured

	Unread   func(body []byte) error // why an event can't be read; nil for one that can
	Unsplit  error                   // why no body can be split
	Redriver *redrive.Redriver[reader]

	Letters  Postman  // to people and programs
	Programs []string // that are told of everything
	Deaf     bool     // nobody takes from the queue of notices

	Assigner *assign.Assigner // of teams whose tickets find somebody by themselves

	Thin  thin  // events whose content somebody has to fetch
	Asked asked // tickets whose author somebody has to ask for

	triage *triage.Triager[reader]
	worker *escalate.Worker
	sweep  *escalate.Sweep
	post   *courier.Courier[*Carrier]
	tells  *notify.Notifier
	nudger *nudge.Nudger
	book   *versions.Book

	mu         sync.Mutex
	log        *slog.Logger
	measured   *metrics.Recorder
	now        time.Time
	swept      time.Time
	audited    time.Time
	said       int
	deliveries int
	inbound    []desk.RawEvent
	Tiers      [desk.Tiers][]desk.Nudge
	due        queue
	outbound   queue
	notices    queue
}

// Noon is when stories begin: a Monday, and one to come, since the emulator takes
// away what is past its time to live by the day it is.
var Noon = time.Date(2031, 3, 3, 12, 0, 0, 0, time.UTC)

// Tell opens a desk with an empty table under the policy document.
func Tell(t testing.TB, document []byte) *Desk {
	t.Helper()
	d := &Desk{T: t, Store: dynamotest.NewTable(t), Carrier: &Carrier{}, now: Noon, swept: Noon, audited: Noon}
	p, err := policy.Load(document, "the story's policy")
	d.must(err)
	d.Policy = p
	_, err = d.Store.PutPolicy(t.Context(), document, Noon)
	d.must(err)
	book := &versions.Book{Versions: d.Store, Default: document, Now: d.Now}
	d.book = book
	d.Told.to = t.Output()
	log, measured := logs.New(&d.Told), &metrics.Recorder{Out: &d.Told, Stack: "story", Now: d.Now}
	d.log, d.measured = log, measured
	d.due.now, d.outbound.now, d.notices.now = d.Now, d.Now, d.Now
	d.nudger = &nudge.Nudger{Tiers: d, Outbound: &d.outbound, Due: &d.due, Notices: &d.notices, Assigning: func(ctx context.Context) bool {
		dir, err := d.Store.Directory(ctx)
		return err == nil && dir.Assigning()
	}}
	d.triage = &triage.Triager[reader]{
		Apps: map[desk.App]reader{{Platform: Chat, Name: "demo"}: {d}}, Directory: directory{}, Policies: book,
		Threads: d.Store, Targets: d.Store, Logs: d.Store, Fetch: &d.Thin, Shelf: d.Store, Ledger: d.Store, Nudger: d.nudger, People: d.Store, Now: d.Now, Log: log, Metrics: measured,
	}
	d.Assigner = &assign.Assigner{Tickets: d.Store, Lists: d.Store, Turns: d.Store, Policies: book, People: d.Store, Nudger: d.nudger, Brands: []string{"aegean", desk.UnknownBrand}, Now: d.Now, Log: log}
	d.worker = &escalate.Worker{Tickets: d.Store, Spills: d.Store, Inbound: d, Policies: book, People: d.Store, Nudger: d.nudger, Profiles: &d.Asked, Assigner: d.Assigner, Now: d.Now, Log: log, Metrics: measured}
	d.Redriver = &redrive.Redriver[reader]{
		Apps: d.triage.Apps, Shelf: d.Store, Marks: d.Store, Ledger: d.Store, Inbound: d, Spills: d.Store, Now: d.Now, Log: log,
	}
	d.sweep = &escalate.Sweep{Index: d.Store, Queue: &d.due, Notices: &d.notices, Assigner: d.Assigner, Now: d.Now, Log: log, Metrics: measured}
	d.post = &courier.Courier[*Carrier]{
		Carrier: func(o desk.Origin) (*Carrier, error) {
			if o.Account != cafe {
				return nil, fmt.Errorf("no account %q", o.Account)
			}
			return d.Carrier, nil
		},
		Tickets: d.Store, Policies: book, Nudger: d.nudger, Now: d.Now, Log: log, Metrics: measured,
	}
	t.Cleanup(d.sound)
	d.tells = d.notifier()
	return d
}

// Now is the story's clock.
func (d *Desk) Now() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

func (d *Desk) must(err error) {
	d.T.Helper()
	if err != nil {
		d.T.Fatalf("%v after noon: %v", d.Now().Sub(Noon), err)
	}
}

// Says is a message of an author; Event gives back what it was, to deliver it
// again.
func (d *Desk) Says(author, text string) desk.RawEvent {
	d.T.Helper()
	d.said++
	raw := d.Event(desk.Event{Kind: desk.MessageCreated, Key: fmt.Sprintf("e%d", d.said), ID: fmt.Sprintf("m%d", d.said), Author: desk.Author{ID: author}, Text: text})
	d.Deliver(raw)
	return raw
}

// Event is an event of the platform as the door would queue it now.
func (d *Desk) Event(e desk.Event) desk.RawEvent {
	e.Platform, e.Account, e.Channel, e.Visibility = Chat, cmp.Or(e.Account, cafe), "chat direct", cmp.Or(e.Visibility, desk.Private)
	if e.Time.IsZero() {
		e.Time = d.Now()
	}
	if e.Direction == "" {
		e.Direction = desk.In
	}
	if e.Conversation == "" {
		e.Conversation = e.Author.ID
	}
	body, err := json.Marshal(whole{Event: e, In: e.In, Of: e.Of, Crowded: e.Crowded, Own: e.Own, Delivery: e.Delivery, Until: e.Until, Problem: e.Problem,
		Moderation: e.Moderation, Needs: e.Needs, Profile: e.Profile, Anew: e.Anew})
	d.must(err)
	return d.Accepts(desk.RawEvent{App: desk.App{Platform: Chat, Name: "demo"}, Account: e.Account, Body: body, Received: d.Now()})
}

// Accepts takes an event in as the door does: under a delivery of its own, which
// the ledger knows.
func (d *Desk) Accepts(raw desk.RawEvent) desk.RawEvent {
	d.T.Helper()
	d.deliveries++
	delivery := fmt.Sprintf("w%d", d.deliveries)
	d.must(d.Store.Accept(d.T.Context(), desk.Acceptance{Delivery: delivery, App: raw.App, Received: raw.Received, Accounts: []string{raw.Account}}))
	raw.Delivery = ledger.EventDelivery(delivery, 0)
	return raw
}

// Deliver gives an event to triage, as its queue does.
func (d *Desk) Deliver(raw desk.RawEvent) {
	d.T.Helper()
	d.must(d.triage.Event(d.T.Context(), raw))
}

// Tries gives an event to triage, and says how that went.
func (d *Desk) Tries(raw desk.RawEvent) error { return d.triage.Event(d.T.Context(), raw) }

// Tickets are all tickets of the desk, the newest first.
func (d *Desk) Tickets() []desk.Ticket {
	d.T.Helper()
	tickets, next, err := d.Store.All(d.T.Context(), "", 100)
	d.must(err)
	if next != "" {
		d.T.Fatal("a story with more than 100 tickets")
	}
	return tickets
}

// Of is the newest ticket of an author.
func (d *Desk) Of(author string) desk.Ticket {
	d.T.Helper()
	for _, t := range d.Tickets() {
		if t.Author.ID == author {
			return t
		}
	}
	d.T.Fatalf("%v after noon: no ticket of %s", d.Now().Sub(Noon), author)
	return desk.Ticket{}
}

// Does has a person do something to the author's ticket: a verb of package
// desk, decided on the head, committed, and told to the queues.
func (d *Desk) Does(author string, verb func(t desk.Ticket, now time.Time, w desk.Clockwork) (desk.Entry, error)) desk.Ticket {
	d.T.Helper()
	before := d.Of(author)
	entry, err := verb(before, d.Now(), d.Policy.Plan)
	d.must(err)
	after := desk.Apply(before, entry, d.Policy.Plan)
	d.must(d.Store.Commit(d.T.Context(), desk.Change{Before: before, After: after, Entry: entry, DueAt: after.DueAt(d.Policy.Plan)}))
	d.must(d.nudger.After(d.T.Context(), before, after, d.Policy.Plan, d.Now()))
	return after
}

// Claims has an agent claim the author's ticket.
func (d *Desk) Claims(agent, author string) {
	d.T.Helper()
	d.Does(author, func(t desk.Ticket, now time.Time, w desk.Clockwork) (desk.Entry, error) {
		return t.Claim(agent, agent+now.String(), now, w)
	})
}

// Replies has whoever holds the ticket answer.
func (d *Desk) Replies(author, key, text string) {
	d.T.Helper()
	d.Does(author, func(t desk.Ticket, now time.Time, _ desk.Clockwork) (desk.Entry, error) {
		return t.Reply(t.Lease.Token, key, desk.Draft{Text: text}, 0, now)
	})
}

// FastForward lets time pass: the schedule sweeps each minute, nudges arrive
// when they should, to the second.
func (d *Desk) FastForward(by time.Duration) {
	d.T.Helper()
	end := d.Now().Add(by)
	for round := 0; ; round++ {
		if round > 100_000 {
			d.T.Fatal("the desk never comes to rest")
		}
		at := end
		for _, next := range []time.Time{d.swept.Add(time.Minute), d.nextAudit(), d.due.next(), d.outbound.next(), d.heard()} {
			if !next.IsZero() && next.Before(at) {
				at = next
			}
		}
		d.mu.Lock()
		if at.After(d.now) {
			d.now = at
		}
		d.mu.Unlock()
		if !d.swept.Add(time.Minute).After(at) {
			d.swept = at
			if !d.SweepDown {
				d.must(d.sweep.Run(d.T.Context()))
			}
		}
		if next := d.nextAudit(); !next.IsZero() && !next.After(at) {
			d.audited = at
			d.must(d.auditor(d.measured).Run(d.T.Context()))
		}
		for _, n := range d.due.take() {
			d.must(d.worker.Due(d.T.Context(), n))
		}
		for _, n := range d.outbound.take() {
			d.Carries(n)
		}
		if !d.Deaf {
			for _, n := range d.notices.take() {
				d.Notifies(n)
			}
		}
		for _, raw := range d.takeInbound() {
			d.Deliver(raw)
		}
		if !d.Now().Before(end) && d.idle(end) {
			return
		}
	}
}

// nextAudit is when the audit runs; zero for never.
func (d *Desk) nextAudit() time.Time {
	if !d.Audited {
		return time.Time{}
	}
	return d.audited.Add(audit.Period)
}

// Works gives a nudge to the worker of the due queue now.
func (d *Desk) Works(n desk.Nudge) {
	d.T.Helper()
	d.must(d.worker.Due(d.T.Context(), n))
}

// Carries gives a nudge to a courier now. One that dies leaves the nudge to the
// queue, which hands it out again when its visibility timeout is over.
func (d *Desk) Carries(n desk.Nudge) {
	d.T.Helper()
	if d.CourierDown {
		d.must(d.outbound.Send(d.T.Context(), n, visibility))
		return
	}
	defer func() {
		if r := recover(); r == errDied {
			d.must(d.outbound.Send(d.T.Context(), n, visibility))
		} else if r != nil {
			panic(r)
		}
	}()
	d.must(d.post.Ticket(d.T.Context(), n))
}

// visibility is how long a queue waits for whoever took a nudge.
const visibility = 200 * time.Second

// Armed are the instants at which nudges of the due queue arrive.
func (d *Desk) Armed() []time.Time {
	d.due.mu.Lock()
	defer d.due.mu.Unlock()
	return slices.Clone(d.due.until)
}

func (d *Desk) idle(end time.Time) bool {
	for _, next := range []time.Time{d.due.next(), d.outbound.next(), d.heard()} {
		if !next.IsZero() && !next.After(end) {
			return false
		}
	}
	return true
}

// heard is when the notifier next gets something.
func (d *Desk) heard() time.Time {
	if d.Deaf {
		return time.Time{}
	}
	return d.notices.next()
}

// LoseNudges empties the queues of what is due, of replies and of notices.
func (d *Desk) LoseNudges() {
	d.due.take0()
	d.notices.take0()
	d.outbound.take0()
}

// SetTime moves the clock without anything happening: the desk was down.
func (d *Desk) SetTime(at time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now, d.swept, d.audited = at, at.Add(-time.Minute), at
}

// Nudge is the tier's queue.
func (d *Desk) Nudge(_ context.Context, tier desk.Tier, n desk.Nudge) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.Tiers[tier] = append(d.Tiers[tier], n)
	return nil
}

// SendAll is the inbound queue, for what the worker brings in.
func (d *Desk) SendAll(_ context.Context, events []desk.RawEvent) (refused []desk.RawEvent, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range events {
		if d.InboundMax > 0 && len(e.Body) > d.InboundMax {
			refused, err = append(refused, e), fmt.Errorf("%d bytes: %w", len(e.Body), desk.ErrInvalid)
			continue
		}
		d.inbound = append(d.inbound, e)
	}
	return refused, err
}

func (d *Desk) takeInbound() []desk.RawEvent {
	d.mu.Lock()
	defer d.mu.Unlock()
	events := d.inbound
	d.inbound = nil
	return events
}

// Log is the author's newest ticket as a list of what happened.
func (d *Desk) Log(author string) string {
	d.T.Helper()
	entries, err := d.Store.Log(d.T.Context(), d.Of(author).ID)
	d.must(err)
	var what []string
	for _, e := range entries {
		what = append(what, string(e.What))
	}
	return strings.Join(what, ", ")
}
