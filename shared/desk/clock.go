package desk

import (
	"strings"
	"time"
)

// A Metric is what a clock measures.
type Metric string

// The metrics that have a deadline.
const (
	Acknowledge    Metric = "acknowledge"    // until claimed
	FirstResponse  Metric = "first_response" // until a human's answer that the platform accepted
	NextResponse   Metric = "next_response"  // from the oldest unanswered message after the first response
	Resolution     Metric = "resolution"     // until solved
	VendorWait     Metric = "vendor"         // while on hold: until their answer, or the hold's end
	PeriodicUpdate Metric = "update"         // from what the customer last heard of us, again and again until solved
)

// The metrics that are reported for every ticket, and have a deadline only where a
// plan has a target for them. Without one they follow from the log when somebody
// asks and stand on no ticket.
const (
	RequesterWait Metric = "requester_wait" // how long the customer waited for us, all waits together
	AgentWork     Metric = "agent_work"     // how long claims of it lasted, all together
)

// Metrics lists the metrics in the published order: of clocks that fall due at
// the same instant, the earlier here is acted on first.
var Metrics = []Metric{Acknowledge, FirstResponse, NextResponse, Resolution, VendorWait, PeriodicUpdate, RequesterWait, AgentWork}

// words is what people call the metric.
func (m Metric) words() string { return strings.ReplaceAll(string(m), "_", " ") }

// A ClockState says what a clock does.
type ClockState string

// The states of a clock. Breached ones go on running until they are met or
// ended: how late an answer was is part of the record.
const (
	Running ClockState = "running"
	Paused  ClockState = "paused"
	Met     ClockState = "met"
	Ended   ClockState = "ended"  // without an answer: the ticket needs none any more
	Joined  ClockState = "merged" // without an answer: another ticket has one that goes on
)

// A Target is how long a metric may take. Calendar names the business hours
// that count; empty is around the clock.
type Target struct {
	Time     time.Duration
	Calendar string
}

// A Clock is one run of one metric of a ticket. Everything in it follows from
// the log and the plan; the deadline that stands in an index is never the truth.
type Clock struct {
	Metric   Metric        `json:"metric"`
	Cycle    int           `json:"cycle"` // the how-manieth run of this metric on this ticket, from 1
	Target   time.Duration `json:"target"`
	Calendar string        `json:"calendar,omitempty"`
	State    ClockState    `json:"state"`
	Started  time.Time     `json:"started"`
	Used     time.Duration `json:"used,omitempty"`    // of the target, before Since
	Since    time.Time     `json:"since,omitzero"`    // running since; zero while it does not run
	Deadline time.Time     `json:"deadline,omitzero"` // of one that stands still only if it has passed
	WarnAt   time.Time     `json:"warn_at,omitzero"`  // zero once warned, and while it does not run
	Ended    time.Time     `json:"ended,omitzero"`    // met or ended then
	Level    int           `json:"level,omitempty"`   // how many steps of the chain were taken; the first at the deadline
	StepAt   time.Time     `json:"step_at,omitzero"`  // when the next step is due; zero for none
	Chain    string        `json:"chain,omitempty"`   // the name of the chain that it is in
	Base     int           `json:"base,omitempty"`    // the level before the first step of that, or unnoticed
	// Retargeted says that the deadline passed because the target was swapped for
	// one that had been used up by then.
	Retargeted bool `json:"retargeted,omitempty"`
}

// Breached reports whether the clock missed its deadline as far as is recorded.
func (c Clock) Breached() bool { return c.Level > 0 }

// open reports whether the clock still waits for something.
func (c Clock) open() bool { return c.State == Running || c.State == Paused }

// A Clockwork knows what is promised and which hours count. It is the plan of
// one policy version; package sla has the real one. All methods are pure.
type Clockwork interface {
	// Target returns what t is promised for m, and false when it has no such
	// clock.
	Target(t Ticket, m Metric) (Target, bool)
	// Deadline returns the first instant by which left has been used up,
	// counting from start. For left <= 0 it is start.
	Deadline(calendar string, start time.Time, left time.Duration) time.Time
	// Between returns how much of the time from one instant to another counts.
	Between(calendar string, from, to time.Time) time.Duration
	// Opens returns the first instant from at on that counts, at itself where it
	// does; zero when none does within ten years.
	Opens(calendar string, at time.Time) time.Time
	// Pauses reports whether m stands still while a ticket is in state s.
	Pauses(m Metric, s State) bool
	// Counts reports whether what a customer hears in this way is an answer.
	Counts(a Answer) bool
	// WarnShare returns the share of a target after which to warn, between 0
	// and 1; 0 for no warning.
	WarnShare() float64
	// Chain returns how a breach of m is escalated on t: by the chain that its
	// clock is in (see Ticket.InChain), else by the one that fits.
	Chain(t Ticket, m Metric) Chain
	// Lease is how long a claim lasts without a sign of life, Renudge how long
	// a nudge may go unanswered before it is sent again, ReopenWithin how long
	// a solved ticket can come back.
	Lease() time.Duration
	Renudge() time.Duration
	ReopenWithin() time.Duration
}

// An Answer is a way in which something like an answer comes about. What a person
// of the desk wrote and the platform accepted is one always.
type Answer string

// The ways of which a plan says whether they count.
const (
	ByOthers  Answer = "elsewhere" // by another way than this desk, as from the platform's own app
	ByBot     Answer = "bot"       // without a person
	ByReceipt Answer = "receipt"   // an automatic word that the message has arrived
	ByNote    Answer = "note"      // that the customer never sees
	ByFailure Answer = "failed"    // a reply that the platform did not take
)

// Answers lists the ways in the order in which a plan names them.
var Answers = []Answer{ByOthers, ByBot, ByReceipt, ByNote, ByFailure}

// start returns a clock of t that runs from at, and false when t has no such
// promise.
func start(t Ticket, m Metric, at time.Time, w Clockwork) (Clock, bool) {
	target, ok := promised(t, m, w)
	if !ok {
		return Clock{}, false
	}
	c := Clock{Metric: m, Cycle: 1, Target: target.Time, Calendar: target.Calendar, State: Paused, Started: at}
	for _, earlier := range t.Clocks {
		if earlier.Metric == m {
			c.Cycle = max(c.Cycle, earlier.Cycle+1)
		}
	}
	if !t.rests(m, at, w) {
		c = c.run(at, w)
	}
	return c, true
}

// run sets a clock that stands going.
func (c Clock) run(at time.Time, w Clockwork) Clock {
	if c.State == Running {
		return c
	}
	c.State, c.Since = Running, at
	return c.reckon(w)
}

// pause stops the clock without ending it. A deadline that has come stays: it was
// then that the target had been used up, however long nobody noticed.
func (c Clock) pause(at time.Time, w Clockwork) Clock {
	if c.State != Running {
		return c
	}
	c.Used += w.Between(c.Calendar, c.Since, at)
	if at.Before(c.Deadline) {
		c.Deadline = time.Time{}
	}
	c.State, c.Since, c.WarnAt, c.StepAt = Paused, time.Time{}, time.Time{}, time.Time{}
	return c
}

// end stops the clock for good, as met or without an answer. One that missed its
// deadline before anybody noticed is breached all the same.
func (c Clock) end(state ClockState, at time.Time, w Clockwork) Clock {
	if !c.open() {
		return c
	}
	if c.State == Running {
		c.Used += w.Between(c.Calendar, c.Since, at)
	}
	if c.Level == 0 && !c.Deadline.IsZero() && at.After(c.Deadline) {
		c.Level, c.Base = 1, unnoticed
	}
	c.State, c.Ended, c.Since, c.WarnAt, c.StepAt = state, at, time.Time{}, time.Time{}, time.Time{}
	return c
}

// unnoticed is the Base of a clock that missed its deadline and ended before anybody
// noticed: no step was taken for it.
const unnoticed = -1

// revive makes as if the clock had never ended, at the instant given. One that
// was paused then is still.
func (c Clock) revive(ended time.Time, paused bool, w Clockwork) Clock {
	ran := !c.Deadline.IsZero() && !paused
	if c.Base == unnoticed {
		c.Level, c.Base = 0, 0
	}
	c.State, c.Ended = Paused, time.Time{}
	if !ran {
		return c
	}
	if ended.Before(c.Deadline) {
		c.Deadline = time.Time{}
	}
	return c.run(ended, w)
}

// retarget swaps the target and keeps the time already used. What is past the new
// one missed it at that instant, unless it had missed the old one before. The chain
// of what is not past it goes on when that is missed too.
func (c Clock) retarget(target Target, at time.Time, w Clockwork) Clock {
	if !c.open() || (target.Time == c.Target && target.Calendar == c.Calendar) {
		return c
	}
	running, step := c.State == Running, c.StepAt
	c = c.pause(at, w)
	c.Target, c.Calendar = target.Time, target.Calendar
	switch {
	case c.Level == 0 && !c.Deadline.IsZero() && at.After(c.Deadline): // and nobody has noticed yet
	case c.Used < c.Target:
		c.Deadline, c.Retargeted = time.Time{}, false
	case c.Deadline.IsZero():
		c.Deadline, c.Retargeted = at, true
	}
	if running {
		c = c.run(at, w)
		if c.Level > 0 && !step.IsZero() {
			c.StepAt = later(step, c.Deadline)
		}
	}
	return c
}

// reckon computes the instants of a running clock: deadline, warning, next step.
// A deadline that came before the present run stands, and the step that is due
// for it is due at once.
func (c Clock) reckon(w Clockwork) Clock {
	missed := !c.Deadline.IsZero()
	if !missed {
		c.Deadline = w.Deadline(c.Calendar, c.Since, c.Target-c.Used)
	}
	c.WarnAt = time.Time{}
	if share := w.WarnShare(); share > 0 && c.Level == 0 && !missed && !c.warned(w) {
		c.WarnAt = w.Deadline(c.Calendar, c.Since, time.Duration(share*float64(c.Target))-c.Used)
	}
	if c.StepAt = (time.Time{}); c.Level == 0 { // else settle says when
		c.StepAt = later(c.Deadline, c.Since)
	}
	return c
}

// warned reports whether the share after which to warn was used up before the
// present run of the clock began.
func (c Clock) warned(w Clockwork) bool {
	return c.Used >= time.Duration(w.WarnShare()*float64(c.Target)) && c.Used > 0
}

// chain sets when the next step of a breached clock is due: so long after the one
// before it was decided as it says, or at once if that was passed, and beyond the
// last step that one again after each Repeat. While a later target is not missed yet,
// it rests.
func (c Clock) chain(at time.Time, chain Chain, passed bool, w Clockwork) Clock {
	c.StepAt = time.Time{}
	if s, after, ok := chain.step(c.Level - c.Base); ok && c.State == Running {
		if passed && !c.repeats(chain) {
			after = 0
		}
		c.StepAt = chain.due(s, later(at.Add(after), c.Deadline), w)
	}
	return c
}

// repeats reports whether every step of the chain was taken or passed once.
func (c Clock) repeats(chain Chain) bool { return c.Level-c.Base >= len(chain.Steps) }
