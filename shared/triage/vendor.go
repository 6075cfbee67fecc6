package triage

import (
	"context"
	"errors"
	"fmt"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// A People is the directory; see package roster.
type People interface {
	Directory(ctx context.Context) (people.Directory, error)
}

// vendor takes in what a vendor says about a ticket that they were sent. About any
// other they have nothing to say: that is shown, and changes nothing. What they say
// about a ticket that was merged goes to the one that goes on in its place, and about
// one that is over to the thread's present one, as a note.
func (tr *Triager[R]) vendor(ctx context.Context, s *sitting, t desk.Ticket, e desk.Event, raw desk.RawEvent) (desk.Outcome, error) {
	about, by := desk.TicketID(e.Target), e.Account
	log, err := tr.Logs.Log(ctx, about)
	if err != nil {
		return again, fmt.Errorf("triage: %w", err)
	}
	plan, err := tr.plan(ctx, t)
	if err != nil {
		return again, err
	}
	switch sent, pending := desk.Lent(about, log, by, desk.Under(plan)); {
	case sent:
	case pending: // they are faster than our own note that they have it
		return again, nil
	default:
		return tr.quarantine(ctx, raw, errors.New("vendor "+by+" was never sent this ticket"))
	}
	if thread, _, ok := t.Into.Split(); ok && t.State == desk.Merged && thread != e.In {
		e.In = thread
		return tr.take(ctx, s, e, raw)
	}
	m, why := e.Message(raw.Received), e.Form
	if m.Parent != "" { // what they call it themselves
		m.Parent, why = "", why+", their reference "+desk.Preview(m.Parent)
	}
	there, err := tr.there(ctx, t)
	if err != nil {
		return again, err
	}
	return tr.commit(ctx, t, t, t.Answer(about, *m, why, there), e, raw, plan)
}

// there tells who is there to get a ticket back. Somebody of whom nobody knows is not:
// the tier's queue finds somebody who is. As long as this process knows nobody at all,
// the answer waits, so that whoever had the ticket does not lose it to a table that was
// away for a moment.
func (tr *Triager[R]) there(ctx context.Context, t desk.Ticket) (func(who string) bool, error) {
	if tr.People == nil {
		return func(string) bool { return false }, nil
	}
	d, err := tr.People.Directory(ctx)
	if err != nil {
		return nil, fmt.Errorf("triage: %w", err)
	}
	return func(who string) bool {
		t.Assignee = who
		found, known := d.Reach(desk.Step{Do: desk.WarnHolder}, t, tr.Now())
		return known && len(found) > 0
	}, nil
}
