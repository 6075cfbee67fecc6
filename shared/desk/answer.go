package desk

import (
	"slices"
	"time"
)

// What follows is how answers go out and what comes of those that do not.

// answered notes that a human's answer went out to everything up to version
// seen. What came later still waits, and its clock runs from then.
func (t *Ticket) answered(seen int64, at time.Time, w Clockwork) {
	t.Unanswered = slices.DeleteFunc(t.Unanswered, func(u Unanswered) bool { return u.Version <= seen })
	t.respond(at, w)
	t.end(PeriodicUpdate, Met, at, w)
	t.begin(PeriodicUpdate, at, w)
	switch {
	case len(t.Unanswered) > 0 && t.Disposition == NeedsAnswer:
		t.begin(NextResponse, t.Unanswered[0].At, w)
	case t.State == Solved:
		t.answeredLast(at)
	case (t.State == New || t.State == Open) && t.Behind == "":
		t.State = Waiting
		t.end(Acknowledge, Met, at, w) // whoever answered had seen it
	}
}

// respond meets the clocks that wait for an answer.
func (t *Ticket) respond(at time.Time, w Clockwork) {
	t.end(FirstResponse, Met, at, w)
	t.end(NextResponse, Met, at, w)
}

// counts reports whether what a customer heard is an answer: what a person wrote
// here is one, of anything else the plan says.
func (e Entry) counts(way Answer, w Clockwork) bool {
	if e.Message != nil && e.Message.Automatic != "" {
		way = e.Message.Automatic
	}
	return way == "" || w.Counts(way)
}

// delivered takes a reply that came to its end off the outbox. What an echo
// confirms may have left it before, while another is being sent.
func (t *Ticket) delivered(key string) {
	t.spend(key)
	first := len(t.Outbox) > 0 && t.Outbox[0] == key
	t.Outbox = slices.DeleteFunc(t.Outbox, func(k string) bool { return k == key })
	if first {
		t.OutboxAt = time.Time{}
		if len(t.Outbox) > 0 {
			next, _ := t.GraceOf(t.Outbox[0])
			t.OutboxAt = next.Until
		}
	}
	if t.Behind == key {
		t.Behind = ""
	}
}

// answeredLast notes that the answer with which a ticket was solved went out in
// time. Solving ended its clocks before the platform had accepted it.
func (t *Ticket) answeredLast(at time.Time) {
	for i, c := range t.Clocks {
		if (c.Metric == FirstResponse || c.Metric == NextResponse) && c.State == Ended && c.Ended.Equal(t.Entered) &&
			(c.Breached() || c.Deadline.IsZero() || !at.After(c.Deadline)) { // without a deadline it stood still
			t.Clocks[i].State, t.Clocks[i].Ended = Met, at
		}
	}
}

// unanswerable notes that a reply did not go out, or nobody knows. A ticket
// that was thought to be out of our hands is back in them.
func (t *Ticket) unanswerable(at time.Time, w Clockwork) {
	switch t.State {
	case Waiting:
		t.resume(at, w)
	case Solved:
		t.State = t.taken()
		t.startAll(at, w)
	}
}

// undelivered notes that a reply which counted as an answer never arrived: the
// customer still waits for one.
func (t *Ticket) undelivered(at time.Time, w Clockwork) {
	t.unanswerable(at, w)
	if t.State.Working() && t.clock(FirstResponse) < 0 && t.clock(NextResponse) < 0 {
		t.begin(NextResponse, at, w)
	}
}
