package desk

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// A TicketID names a ticket for good: the name of its thread, a dot, and the
// ticket's number in that thread.
type TicketID string

// Split returns the thread's name and the ticket's number, and false for what
// is no ticket id.
func (id TicketID) Split() (thread string, number int, ok bool) {
	thread, n, _ := strings.Cut(string(id), ".")
	number, err := strconv.Atoi(n)
	return thread, number, err == nil && number > 0 && thread != "" && len(thread) <= maxThread && strconv.Itoa(number) == n
}

// maxThread bounds the name of a thread, in bytes: ours have 26, and a table
// takes no key of any length.
const maxThread = 200

// NewTicketID is the id of ticket number of thread.
func NewTicketID(thread string, number int) TicketID {
	return TicketID(thread + "." + strconv.Itoa(number))
}

// A State is where a ticket stands.
type State string

// The states of a ticket. The last three are final.
const (
	New       State = "new"     // nobody has it
	Open      State = "open"    // assigned
	Waiting   State = "waiting" // for the customer
	OnHold    State = "on hold" // for a vendor or developers
	Solved    State = "solved"
	Confirmed State = "confirmed"
	Closed    State = "closed"
	Merged    State = "merged"
)

// States lists every state in the order of a ticket's life.
var States = []State{New, Open, Waiting, OnHold, Solved, Confirmed, Closed, Merged}

// Final reports whether a later message makes a new ticket.
func (s State) Final() bool { return s == Confirmed || s == Closed || s == Merged }

// Working reports whether a ticket in the state is still to be worked on.
func (s State) Working() bool { return s == New || s == Open || s == Waiting || s == OnHold }

// A ProfileState says whether the author is still to be asked for.
type ProfileState string

// ProfileAsked is not part of the fold: the asking is on its way or came to
// nothing. There is nothing to ask once the author is known.
const (
	ProfileWanted ProfileState = "wanted"
	ProfileAsked  ProfileState = "asked"
)

// A Lease says who types now. Its token fences: once another claim was made, a
// write that brings this one is refused. There is no reaper that must be on
// time: a lease past its end is simply one that the next agent may pass.
type Lease struct {
	Agent string    `json:"agent,omitempty"`
	Token string    `json:"token,omitempty"`
	Until time.Time `json:"until,omitzero"`
	Wrote bool      `json:"wrote,omitempty"` // a reply was written under it that nobody can take back
	// Raised says that a chain raised the ticket under it: whoever holds it may finish
	// what they are at, and then it is for the tier that it was raised to.
	Raised bool `json:"raised,omitempty"`
}

// Live reports whether the lease holds at now.
func (l Lease) Live(now time.Time) bool { return l.Token != "" && now.Before(l.Until) }

// An Unanswered is a customer's message that nobody has answered yet.
type Unanswered struct {
	Version int64     `json:"v"` // of the ticket, with the message
	At      time.Time `json:"at"`
}

// maxUnanswered bounds what a ticket remembers of messages without an answer.
// Only the oldest decides a clock; the newest stands for all those left out.
const maxUnanswered = 20

// A Ticket is one piece of work for one author in one conversation: the fold of
// its log. Its zero value is the ticket before its first message.
type Ticket struct {
	ID      TicketID
	Version int64 // grows by one with every entry of the thread's log
	Touched int64 // the version of the last change that a person must not miss before deciding
	Policy  string
	Origin
	Author Author
	Lang   string

	State       State
	Disposition Disposition
	Category    Category
	Severity    Severity
	Tier        Tier
	Sentiment   Sentiment
	Tags        []string
	Verdict     Verdict // the one that stands, about the message VerdictOn
	VerdictOn   string  // that message's key
	Corrected   bool    // by a person: later messages change it only when critical
	Team        string  // of the policy's, who should answer; empty for whoever serves the tier
	Lane        string  // the fast lane that its promises come from; empty for the usual ones
	Review      bool    // triage was unsure, and no person has corrected or confirmed it yet

	Assignee   string // owns it for days; the lease says who types now
	Lease      Lease
	Clocks     []Clock
	Unanswered []Unanswered
	Outbox     []string  // keys of replies that have not come to an end, in order
	OutboxAt   time.Time // when the first of them may be tried; zero for at once
	Grace      []Grace   // of those that can be taken back
	Loan       Loan      // who outside the desk has it, and whose it was before
	Behind     string    // the last of them that was written before the ticket was handed on: its going out leaves the ticket where it is
	DueBack    time.Time // end of a hold or a snooze
	Nudged     time.Time // when a queue was last told of it by itself; not part of the fold
	Profile    ProfileState
	Forget     time.Time // when an attachment of the thread is to be forgotten

	Created   time.Time
	Updated   time.Time
	Entered   time.Time // the present state
	Preview   string    // the beginning of the customer's last message: a list shows it
	PreviewOf string    // that message's key
	Messages  int       // how many there are
	Previous  TicketID  // of the same thread, when this one is not its first
	Into      TicketID  // that this one was merged into or, until it is, the thread's one before it
	Ties      Ties
	Told      int64 // the version of the last entry that somebody is told of: it has a Notice
}

// clock returns the place of the running or paused clock of m, or -1.
func (t *Ticket) clock(m Metric) int {
	return slices.IndexFunc(t.Clocks, func(c Clock) bool { return c.Metric == m && c.open() })
}

// Deadline returns the nearest deadline of a running clock, zero when there is
// none. Worklists are in its order.
func (t Ticket) Deadline() time.Time {
	var at time.Time
	for _, c := range t.Clocks {
		if c.State == Running && !c.Deadline.IsZero() {
			at = sooner(at, c.Deadline)
		}
	}
	return at
}

// DueAt is the one place that says when a ticket next needs the desk to act by
// itself: the next warning, deadline or repeated step, the end of a lease, of a
// hold, the next try of a reply, a nudge without an answer, an author to ask for,
// something to forget. Zero is never.
func (t Ticket) DueAt(w Clockwork) time.Time {
	at := t.ActAt(w)
	if len(t.Outbox) > 0 {
		at = sooner(at, t.outboxDue())
	}
	if t.WantsNudge() {
		at = sooner(at, t.renudgeDue(w))
	}
	if t.Profile == ProfileWanted {
		at = sooner(at, t.Created)
	}
	at = sooner(at, t.Forget)
	return at
}

// ActAt is when Act next finds something to do: DueAt without the nudges that
// may have been lost, the authors to ask for and what is to be forgotten, which
// are in no hurry. Zero is never.
func (t Ticket) ActAt(w Clockwork) time.Time {
	var at time.Time
	for _, c := range t.Clocks {
		if c.State == Running {
			at = sooner(sooner(at, c.WarnAt), c.StepAt)
		}
	}
	if t.Lease.Token != "" {
		at = sooner(at, t.Lease.Until)
	}
	return sooner(sooner(at, t.DueBack), t.closesAt(w))
}

// closesAt is when a solved ticket closes; zero for one that is not solved, or
// that still has a reply on its way.
func (t Ticket) closesAt(w Clockwork) time.Time {
	if t.State != Solved || len(t.Outbox) > 0 {
		return time.Time{}
	}
	return t.Entered.Add(w.ReopenWithin())
}

// outboxDue is when a reply that waits is helped on: what it waits for is over
// and its nudge should have brought it out long ago.
func (t Ticket) outboxDue() time.Time {
	return later(t.OutboxAt, later(t.Updated, t.Nudged)).Add(retryOutbox)
}

// renudgeDue is when the tier's queue is told again of a ticket nobody took.
func (t Ticket) renudgeDue(w Clockwork) time.Time {
	return later(t.Nudged, t.Entered).Add(w.Renudge())
}

// retryOutbox is how long a reply may wait before its nudge is taken for lost.
const retryOutbox = time.Minute

// Takes reports whether a message that comes at now belongs to t; otherwise it
// makes the thread's next ticket. A ticket with a reply on its way is not over.
func (t Ticket) Takes(now time.Time, w Clockwork) bool {
	closes := t.closesAt(w)
	return t.State.Working() || t.State == Solved && (closes.IsZero() || !now.After(closes))
}

// Successor returns the thread's next ticket before its first message.
func (t Ticket) Successor() Ticket {
	thread, number, _ := t.ID.Split()
	return Ticket{ID: NewTicketID(thread, number+1), Version: t.Version, Previous: t.ID, Forget: t.Forget}
}

// WantsNudge reports whether the queue of the ticket's tier should know of it:
// somebody has to take it and nobody has.
func (t Ticket) WantsNudge() bool {
	return t.Disposition == NeedsAnswer && (t.State == New || t.State == Open) && t.Assignee == ""
}

// sooner returns the earlier of two instants, where zero is never.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
