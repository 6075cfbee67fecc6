package desk

import (
	"cmp"
	"time"
)

// A VendorStatus is what a vendor says has become of a ticket that they were sent.
type VendorStatus string

// What a vendor can say. After all but the first the ticket is the desk's again.
const (
	VendorWorks    VendorStatus = "working"
	VendorAsks     VendorStatus = "question"
	VendorDone     VendorStatus = "done"
	VendorDeclined VendorStatus = "declined"
)

// VendorStatuses lists what a vendor can say.
var VendorStatuses = []VendorStatus{VendorWorks, VendorAsks, VendorDone, VendorDeclined}

// A Loan says who outside of the desk has a ticket, and whose it was before. It lasts
// until they answer, or the ticket leaves the tier of vendors or is done. Its zero
// value is: nobody.
type Loan struct {
	Vendor   string        `json:"vendor"`
	Tier     Tier          `json:"tier"`               // that it goes back to
	Assignee string        `json:"assignee,omitempty"` // who had it there
	Within   time.Duration `json:"within,omitempty"`   // that they answer, in place of what the plan says
}

// SentTo is the entry of a vendor having taken the ticket, by the notice that it was
// for them: it is on hold until they answer. They are promised for within, or as the
// plan says where that is zero.
func (t Ticket) SentTo(vendor string, n Notice, within time.Duration, why string, now time.Time) Entry {
	e := t.entry(VendorTold, "", later(now, t.Updated))
	e.Target, e.Tier, e.Assignee, e.Why = vendor, n.From, n.Had, why
	if n.From < General || n.From >= Vendor { // it came to vendors at once: it goes back to those who look after them
		e.Tier, e.Assignee = Vendor, ""
	}
	if within > 0 {
		e.Until = e.At.Add(within)
	}
	return e
}

// NotSent is the entry of nobody outside the desk having the ticket, for a reason;
// vendor is empty where it was for none.
func (t Ticket) NotSent(vendor, why string, now time.Time) Entry {
	e := t.entry(VendorTold, "", later(now, t.Updated))
	e.Target, e.Why, e.Passed = vendor, why, true
	return e
}

// With reports whether a vendor has the ticket.
func (t Ticket) With(vendor string) bool { return vendor != "" && t.Loan.Vendor == vendor }

// Answer is the entry of what a vendor said about the ticket with the id about, as
// message m. It brings t back when it is that ticket, they have it, and they are done
// with it; there tells whether somebody is, so that who had it before gets it again.
func (t Ticket) Answer(about TicketID, m Message, why string, there func(who string) bool) Entry {
	m.Direction = Out // as all notes: no customer said it
	e := Entry{What: VendorSaid, Message: &m, Target: string(about), Why: why}
	if t.ID != about || !t.With(m.Author.ID) || VendorStatus(m.Form) == VendorWorks {
		return e
	}
	e.Tier = t.Loan.Tier
	switch had := t.Loan.Assignee; {
	case t.Assignee != "" && t.Assignee != had: // who took it meanwhile looks after it
		e.Tier, e.Assignee = t.Tier, t.Assignee
	case had != "" && there(had):
		e.Assignee = had
	}
	return e
}

// lend takes in that a vendor has the ticket. What became of it before they had is
// not undone: somebody may have solved it, or taken it back.
func (t *Ticket) lend(e Entry, w Clockwork) {
	if e.Passed || t.Tier != Vendor || !t.State.Working() || t.Disposition != NeedsAnswer {
		return
	}
	t.end(VendorWait, Ended, e.At, w) // of a hold that a person began
	t.State, t.DueBack = OnHold, time.Time{}
	t.Loan = Loan{Vendor: e.Target, Tier: e.Tier, Assignee: e.Assignee}
	if !e.Until.IsZero() {
		t.Loan.Within = e.Until.Sub(e.At)
	}
	t.end(Acknowledge, Met, e.At, w)
	t.begin(VendorWait, e.At, w)
}

// hear takes in what a vendor said. What comes when they don't have the ticket any
// more is no more than a note. Whoever is at work on it this minute keeps it.
func (t *Ticket) hear(e Entry, w Clockwork) {
	if e.Target != string(t.ID) || !t.With(e.Message.Author.ID) || VendorStatus(e.Message.Form) == VendorWorks {
		return
	}
	t.end(VendorWait, Met, e.At, w)
	t.Loan = Loan{}
	if t.Lease.Live(e.At) {
		t.Tier, t.State = e.Tier, t.taken()
		return
	}
	t.Tier = e.Tier
	t.handOn(e.At, w)
	if e.Assignee != "" {
		t.Assignee, t.State = e.Assignee, Open
	}
}

// promised is what t is promised for m: of a vendor who is given a time of their own,
// that.
func promised(t Ticket, m Metric, w Clockwork) (Target, bool) {
	if m == VendorWait && t.Loan.Within > 0 {
		return Target{Time: t.Loan.Within}, true
	}
	return w.Target(t, m)
}

// AnswersBy is when a vendor who has the ticket is to answer; zero where nothing is
// promised for them, or their clock stands.
func (t Ticket) AnswersBy() time.Time {
	if i := t.clock(VendorWait); i >= 0 {
		return t.Clocks[i].Deadline
	}
	return time.Time{}
}

// says is what a vendor said in words, without theirs.
func (e Entry) says() string {
	return "vendor " + e.Message.Author.ID + " answered: " + cmp.Or(e.Message.Form, "nothing")
}

// Lent says by a ticket's log whether a vendor was sent it, and whether it has come to
// vendors without it being known yet who of them took it.
func Lent(id TicketID, log []Entry, vendor string, plans Plans) (sent, pending bool) {
	replay(id, "", log, plans, func(before, after Ticket, e Entry, _ Clockwork) {
		switch {
		case e.What == VendorTold:
			sent, pending = sent || e.Target == vendor && !e.Passed, false
		case after.Tier != Vendor, !after.State.Working():
			pending = false
		case before.Tier != Vendor:
			pending = true
		}
	})
	return sent, pending
}
