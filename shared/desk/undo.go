package desk

import (
	"fmt"
	"slices"
	"time"
)

// What follows is how a reply waits for some seconds before it goes out, and is taken
// back within them. Nothing of it was ever said: no clock was met by it, and the
// ticket is as if it had not been written.

// LongestGrace bounds for how long a reply may be held before it goes out.
const LongestGrace = 30 * time.Second

// A Grace is the time in which a reply of the outbox can be taken back.
type Grace struct {
	Key   string    `json:"key"`
	Until time.Time `json:"until"`
	Token string    `json:"token,omitempty"` // of the claim that it was written under
}

// SameGrace reports whether two lists are the same.
func SameGrace(a, b []Grace) bool {
	return slices.EqualFunc(a, b, func(a, b Grace) bool { return a.Key == b.Key && a.Token == b.Token && a.Until.Equal(b.Until) })
}

// GraceOf returns the grace of a reply that is still in the outbox, and false for one
// that has none or is on its way.
func (t Ticket) GraceOf(key string) (Grace, bool) {
	i := slices.IndexFunc(t.Grace, func(g Grace) bool { return g.Key == key })
	if i < 0 || !slices.Contains(t.Outbox, key) { // a binary that knows of none leaves them behind
		return Grace{}, false
	}
	return t.Grace[i], true
}

// TakeBack keeps reply m from going out, as long as its grace lasts.
func (t Ticket) TakeBack(by string, m Message, now time.Time) (Entry, error) {
	g, held := t.GraceOf(m.Key)
	switch {
	case m.Direction != Out || m.Visibility == Note || m.Moderation != "":
		return Entry{}, fmt.Errorf("undo: message: it is no reply: %w", ErrInvalid)
	case !held && m.Delivery == BeingSent:
		return Entry{}, fmt.Errorf("undo: the reply is being sent: %w", ErrState)
	case !held && (m.Delivery == Accepted || m.Delivery == Delivered || m.Delivery == Read):
		return Entry{}, fmt.Errorf("undo: the reply was sent: %w", ErrState)
	case !held:
		return Entry{}, fmt.Errorf("undo: the reply is not held any more: %w", ErrState)
	case !now.Before(g.Until):
		return Entry{}, fmt.Errorf("undo: the time to take it back was over at %s: %w", g.Until.UTC().Format(time.RFC3339), ErrState)
	}
	e := t.entry(TakenBack, by, now)
	e.Target = m.Key
	return e, nil
}

// hold takes in that a reply waits until an instant, zero for not at all. Whoever wrote
// it has the ticket at least until then.
func (t *Ticket) hold(key string, until time.Time) {
	if until.IsZero() {
		t.Lease.Wrote = t.Lease.Token != ""
		return
	}
	t.Grace = append(t.Grace, Grace{Key: key, Until: until, Token: t.Lease.Token})
	if len(t.Outbox) == 1 {
		t.OutboxAt = until
	}
	if t.Lease.Token != "" {
		t.Lease.Until = later(t.Lease.Until, until)
	}
}

// spend ends the grace of a reply that goes out: it was written under its claim for
// good. With the last of them, what the customer said before a ticket was solved is
// not needed any more.
func (t *Ticket) spend(key string) {
	i := slices.IndexFunc(t.Grace, func(g Grace) bool { return g.Key == key })
	if i < 0 {
		return
	}
	t.Lease.Wrote = t.Lease.Wrote || t.Lease.Token != "" && t.Lease.Token == t.Grace[i].Token
	if t.Grace = slices.Delete(t.Grace, i, i+1); len(t.Grace) == 0 {
		t.Grace = nil
		if t.State == Solved {
			t.Unanswered = nil
		}
	}
}

// wrote reports whether a reply was written under a claim that is not taken back.
func (t *Ticket) wrote(l Lease) bool {
	return l.Wrote || slices.ContainsFunc(t.Grace, func(g Grace) bool { return l.Token != "" && g.Token == l.Token })
}

// takeBack drops a reply from the outbox as if it had not been written. A ticket that
// was solved with it is not solved.
func (t *Ticket) takeBack(key string, at time.Time, w Clockwork) {
	if t.Grace = slices.DeleteFunc(t.Grace, func(g Grace) bool { return g.Key == key }); len(t.Grace) == 0 {
		t.Grace = nil
	}
	if i := slices.Index(t.Outbox, key); t.Behind == key && i > 0 {
		t.Behind = t.Outbox[i-1]
	}
	t.delivered(key)
	if t.State == Solved {
		t.unsolve(at, w)
	}
}

// unsolve lets the clocks go on that ended when the ticket was solved, as if nobody
// had said so: taking an answer back wins no time.
func (t *Ticket) unsolve(at time.Time, w Clockwork) {
	solved := t.Entered
	t.State = t.taken()
	for i, c := range t.Clocks {
		byIt := c.State == Ended || c.State == Met && (c.Metric == Resolution || c.Metric == RequesterWait || c.Metric == AgentWork)
		claimed := c.Metric == Acknowledge && t.Assignee != ""
		if byIt && c.Ended.Equal(solved) && !claimed && c.Metric != VendorWait && !t.superseded(c) {
			t.Clocks[i] = c.revive(solved, c.Metric == AgentWork, w)
		}
	}
	if t.State == New {
		t.begin(Acknowledge, at, w)
	}
}
