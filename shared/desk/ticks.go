package desk

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// A TickKind is what a clock did.
type TickKind string

// The kinds of ticks.
const (
	TickMet       TickKind = "met"
	TickEnded     TickKind = "ended"
	TickMerged    TickKind = "merged"
	TickRevived   TickKind = "taken back" // its end, as if it had never been
	TickRetarget  TickKind = "retargeted"
	TickPaused    TickKind = "paused"
	TickResumed   TickKind = "resumed"
	TickStarted   TickKind = "started"
	TickWarned    TickKind = "warned"
	TickBreached  TickKind = "breached"
	TickEscalated TickKind = "escalated"
)

// TickKinds lists the kinds in the published order: of what one entry of the log
// did at one instant, the earlier here comes first.
var TickKinds = []TickKind{
	TickMet, TickEnded, TickMerged, TickRevived, TickRetarget, TickStarted, TickResumed, TickPaused, TickWarned, TickBreached, TickEscalated,
}

// A Tick is one thing that a clock of a ticket did, and why: what the log answers
// when somebody asks.
type Tick struct {
	Ticket   TicketID      `json:"ticket"`
	At       time.Time     `json:"at"`      // when it came about; of a breach the deadline
	Noticed  time.Time     `json:"noticed"` // when the entry took effect that brought it or brought it to light
	Version  int64         `json:"version"` // of that entry
	Kind     TickKind      `json:"kind"`
	Metric   Metric        `json:"metric"`
	Cycle    int           `json:"cycle"`
	Level    int           `json:"level,omitempty"` // of TickEscalated: the how-manieth step
	Target   time.Duration `json:"target"`
	Calendar string        `json:"calendar,omitempty"`
	Used     time.Duration `json:"used"` // of the target, by then
	Deadline time.Time     `json:"deadline,omitzero"`
	Why      string        `json:"why"` // in words for people
}

// CompareTicks is the published order of ticks, which is total: by instant; of one
// instant by the ticket's id, the version of the entry, what happened in the order
// of TickKinds, the metric in the order of Metrics, the cycle and the level.
func CompareTicks(a, b Tick) int {
	return cmp.Or(
		a.At.Compare(b.At), cmp.Compare(a.Ticket, b.Ticket), cmp.Compare(a.Version, b.Version),
		cmp.Compare(slices.Index(TickKinds, a.Kind), slices.Index(TickKinds, b.Kind)),
		cmp.Compare(slices.Index(Metrics, a.Metric), slices.Index(Metrics, b.Metric)),
		cmp.Compare(a.Cycle, b.Cycle), cmp.Compare(a.Level, b.Level),
	)
}

// Plans returns the promises of a policy's version by its hash. A ticket that a
// customer reopens goes on under the policy of that day.
type Plans func(policy string) Clockwork

// Under are the promises of w, whatever the version.
func Under(w Clockwork) Plans { return func(string) Clockwork { return w } }

// Ticks returns all that the clocks of a ticket did by its log, in the published
// order. The log may come in any order: its versions say what came first.
func Ticks(id, previous TicketID, log []Entry, plans Plans) []Tick {
	var all []Tick
	replay(id, previous, log, plans, func(before, after Ticket, e Entry, w Clockwork) {
		all = appendTicks(all, before, after, e, w)
	})
	slices.SortFunc(all, CompareTicks)
	return all
}

// appendTicks adds what one entry did to all clocks of its ticket.
func appendTicks(all []Tick, before, after Ticket, e Entry, w Clockwork) []Tick {
	for _, c := range after.Clocks {
		all = append(all, ticksOf(before, after, e, c, w)...)
	}
	return all
}

// replay folds a log and shows each step of it, with the clocks that a ticket does
// not carry along any further. It returns the ticket that the log leads to.
func replay(id, previous TicketID, log []Entry, plans Plans, see func(before, after Ticket, e Entry, w Clockwork)) Ticket {
	log = slices.SortedFunc(slices.Values(log), func(a, b Entry) int { return cmp.Compare(a.Version, b.Version) })
	t := Ticket{ID: id, Previous: previous}
	for _, e := range log {
		w := plans(cmp.Or(e.Policy, t.Policy))
		after := apply(t, e, w)
		see(t, after, e, w)
		after.trim()
		t = after
	}
	return t
}

// ticksOf returns what e did to one clock, c being what became of it.
func ticksOf(before, after Ticket, e Entry, c Clock, w Clockwork) (ticks []Tick) {
	tick := func(kind TickKind, at time.Time, used time.Duration, why string) {
		ticks = append(ticks, Tick{
			Ticket: after.ID, At: at, Noticed: e.At, Version: e.Version, Kind: kind, Metric: c.Metric, Cycle: c.Cycle,
			Target: c.Target, Calendar: c.Calendar, Used: used, Deadline: c.Deadline, Why: why,
		})
	}
	i := slices.IndexFunc(before.Clocks, func(o Clock) bool { return o.Metric == c.Metric && o.Cycle == c.Cycle })
	was := Clock{State: Running, Started: c.Started, Since: c.Started, Target: c.Target, Calendar: c.Calendar}
	if i >= 0 {
		was = before.Clocks[i]
	} else {
		tick(TickStarted, c.Started, 0, e.cause())
	}
	if was.Target != c.Target || was.Calendar != c.Calendar {
		tick(TickRetarget, e.At, c.Used, changed(before, after))
	}
	stood := e.At // where it paused
	if !before.Lease.Until.IsZero() && c.Metric == AgentWork && before.Lease.Until.Before(stood) {
		stood = later(was.Since, before.Lease.Until)
	}
	why := e.cause()
	if c.State == Paused {
		why = after.Stands(c.Metric)
	}
	switch {
	case !was.open() && (c.open() || c.Used != was.Used):
		tick(TickRevived, was.Ended, was.Used, e.cause())
		if c.State == Paused && c.Used > was.Used {
			tick(TickPaused, e.At, c.Used, why)
		} else if c.State == Paused {
			tick(TickPaused, was.Ended, c.Used, why)
		}
	case was.State == Running && c.State == Paused:
		if i < 0 && c.Used == 0 {
			stood = c.Started
		}
		tick(TickPaused, stood, c.Used, why)
	case was.State == Paused && c.State == Running:
		tick(TickResumed, c.Since, c.Used, e.cause())
	case was.State == Running && c.State == Running && stood.Before(c.Since):
		tick(TickPaused, stood, c.Used, "the claim of "+before.Lease.Agent+" ran out")
		tick(TickResumed, c.Since, c.Used, e.cause())
	}
	if c.Level > was.Level && was.Level == 0 {
		ticks = append(ticks, breachOf(after.ID, c, e))
	}
	switch {
	case e.What == Breached && c.Metric == e.Metric && c.Cycle == e.Cycle && c.Level > was.Level && e.Until.IsZero():
		tick(TickEscalated, e.At, c.used(e.At, w), e.Why)
		ticks[len(ticks)-1].Level = e.Level
	case e.What == Warned && c.Metric == e.Metric && c.Cycle == e.Cycle && !was.WarnAt.IsZero():
		tick(TickWarned, e.At, c.used(e.At, w), "about to miss")
	}
	if kind, ok := map[ClockState]TickKind{Met: TickMet, Ended: TickEnded, Joined: TickMerged}[c.State]; ok && (was.State != c.State || !was.Ended.Equal(c.Ended)) {
		tick(kind, c.Ended, c.Used, e.cause())
	}
	return ticks
}

// breachOf is the tick of a deadline that e shows to have been missed.
func breachOf(id TicketID, c Clock, e Entry) Tick {
	b := Tick{
		Ticket: id, At: c.Deadline, Noticed: e.At, Version: e.Version, Kind: TickBreached, Metric: c.Metric, Cycle: c.Cycle,
		Target: c.Target, Calendar: c.Calendar, Used: c.Target, Deadline: c.Deadline, Why: "missed",
	}
	if e.What == Breached && c.Metric == e.Metric && c.Cycle == e.Cycle && !e.Deadline.IsZero() {
		b.At, b.Deadline = e.Deadline, e.Deadline
	}
	if c.Retargeted {
		b.Used, b.Why = max(c.Target, c.Used), "retargeted"
	}
	return b
}

// used is how much of its target a clock has used up at an instant.
func (c Clock) used(at time.Time, w Clockwork) time.Duration {
	if c.State != Running {
		return c.Used
	}
	return c.Used + w.Between(c.Calendar, c.Since, at)
}

// Stands says in words why a clock of t stands still.
func (t Ticket) Stands(m Metric) string {
	switch {
	case m == RequesterWait && !t.waits():
		return "the customer does not wait for us"
	case m == AgentWork:
		return "nobody has claimed it"
	case m == VendorWait && t.State != OnHold:
		return "not on hold"
	case t.State == Waiting:
		return "waiting for customer"
	case t.State == OnHold:
		return "on hold for vendor"
	}
	return "while " + string(t.State)
}

// changed says in words what of t changed that a plan may promise by.
func changed(before, after Ticket) string {
	var all []string
	note := func(what, from, to string) {
		if from != to {
			all = append(all, fmt.Sprintf("%s from %s to %s", what, cmp.Or(from, "none"), cmp.Or(to, "none")))
		}
	}
	note("severity", before.Severity.String(), after.Severity.String())
	note("tier", fmt.Sprint(before.Tier), fmt.Sprint(after.Tier))
	note("category", string(before.Category), string(after.Category))
	note("lane", before.Lane, after.Lane)
	note("language", before.Lang, after.Lang)
	if before.Author.Organisation != after.Author.Organisation {
		all = append(all, "the customer's organisation") // whose name is nobody's to log
	}
	return "retargeted: " + cmp.Or(strings.Join(all, ", "), "promised anew")
}

// cause says in words what e was, without a word of the customer's.
func (e Entry) cause() string {
	by := func(what string) string {
		if e.Who == "" {
			return what
		}
		return what + " by " + e.Who
	}
	switch e.What {
	case Received:
		return "the customer wrote"
	case Edited:
		return "the customer changed what they wrote"
	case SentElsewhere:
		return "answered by another way"
	case Sent:
		return "the platform accepted an answer"
	case SendFailed, SendUncertain:
		return "a reply may not have gone out"
	case Undelivered:
		return "a reply never arrived"
	case Lapsed:
		return "a claim lapsed without a reply"
	case Resumed:
		return by("the hold came to its end")
	case Woken:
		return by("the snooze came to its end")
	case Escalated:
		return by(fmt.Sprintf("escalated to tier %d", e.Tier))
	case HandedBack:
		return by(fmt.Sprintf("handed back to tier %d", e.Tier))
	case Corrected:
		return by("judged")
	case Breached:
		return e.Why
	case Introduced:
		return "the platform told who the author is"
	case VendorTold:
		return "sent to vendor " + e.Target
	case VendorSaid:
		return e.says()
	}
	return by(string(e.What))
}
