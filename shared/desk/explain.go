package desk

import (
	"cmp"
	"slices"
	"time"
)

// An Explanation is a ticket as it was known at an instant, and why the desk had
// or had not done by then what it does by itself. What came later changes nothing
// of it, but for Late and After.
type Explanation struct {
	At     time.Time
	Ticket Ticket    // the fold of Log; without a state before the first message
	Log    []Entry   // what was known by then, in order
	Clocks []ClockAt // each run of a clock, in the order in which they began
	Causes []Cause   // of what belongs to no clock: claims, holds, closing, nudges
	Ticks  []Tick    // what the clocks had done, in the published order

	// Late are entries that had taken effect by then, and of which nobody knew: they
	// came after one that had not.
	Late []Entry
	// Before and After are the nearest instants at which the log says something else;
	// zero for none.
	Before, After time.Time
}

// A ClockAt is a run of a clock as it stood at an instant.
type ClockAt struct {
	Run
	Left        time.Duration // of the target: business time; 0 when it was used up or over
	Paused      string        // why it stood still, in words; empty while it did not
	Since       time.Time     // paused or running since; zero when it was over
	ClosedUntil time.Time     // running, but outside its hours until then
	Causes      []Cause       // its warning, its deadline and the steps of its chain
}

// A Timer is a kind of thing that the desk does by itself when its time has come.
type Timer string

// The timers. Those of a clock come first.
const (
	TimerWarning Timer = "warning"
	TimerBreach  Timer = "breach" // the deadline, and the first step of the chain
	TimerStep    Timer = "step"   // any other of the chain
	TimerLease   Timer = "lease"
	TimerHold    Timer = "hold"
	TimerSnooze  Timer = "snooze"
	TimerClose   Timer = "close"
	TimerNudge   Timer = "nudge" // of the tier's queue, once more
	TimerReply   Timer = "reply" // on its way, helped on
	TimerProfile Timer = "profile"
	TimerForget  Timer = "forget"
)

// A Became says what became of a timer.
type Became string

// The outcomes.
const (
	DidFire    Became = "fired"
	DidPass    Became = "passed"  // a step that was left out
	NotYet     Became = "not yet" // it is due later
	DueAlready Became = "due"     // its time had come, and it was not done
	DidStand   Became = "paused"
	DidMeet    Became = "met"  // the clock was met first
	DidEnd     Became = "over" // what it was for came to another end first
	DidNot     Became = "none" // and will not
)

// A Cause says why a timer had fired or had not.
type Cause struct {
	Of      Timer
	Metric  Metric   // of a clock's
	Cycle   int      // of a clock's
	Level   int      // of TimerBreach and TimerStep
	Do      StepKind // of TimerBreach and TimerStep: what was or would be done
	Who     string   // of TimerLease: who held it
	Outcome Became
	Due     time.Time     // when it was or is due, or would have been; zero where it never was
	At      time.Time     // when it came to its outcome; of DidStand since when
	Late    time.Duration // of DidFire and DidPass: At after Due; of DidMeet: after the deadline
	Version int64         // of DidFire and DidPass: the entry that says so
	Why     string        // in words for people, of the desk's own
	Moved   *Tick         // the last new target of its clock, which moved it
}

// Explain returns what was known of a ticket at an instant, from its log; head is
// the ticket as it stands now, which knows the little of it that has no entry. The
// log may come in any order.
func Explain(head Ticket, log []Entry, at time.Time, plans Plans) Explanation {
	x := explainer{at: at, plans: plans, runs: map[runKey]*watched{}}
	x.Explanation = Explanation{At: at}
	log = slices.SortedFunc(slices.Values(log), func(a, b Entry) int { return cmp.Compare(a.Version, b.Version) })
	known := slices.IndexFunc(log, func(e Entry) bool { return e.At.After(at) })
	if known < 0 {
		known = len(log)
	}
	x.Log = log[:known:known]
	for i, e := range log {
		if i >= known && !e.At.After(at) {
			x.Late = append(x.Late, e)
		}
		if e.At.Before(at) {
			x.Before = later(x.Before, e.At)
		} else if e.At.After(at) {
			x.After = sooner(x.After, e.At)
		}
	}
	x.Ticket = replay(head.ID, head.Previous, x.Log, plans, x.see)
	x.remember(head)
	if x.Ticket.State == "" {
		return x.Explanation
	}
	x.w = plans(x.Ticket.Policy)
	report := Reported(head.ID, head.Previous, x.Log, at, plans)
	x.Ticks = report.Ticks
	for _, run := range report.Runs {
		x.Clocks = append(x.Clocks, x.clockAt(run))
	}
	x.rest()
	return x.Explanation
}

// Next returns what was due next, or had been due for the longest, and false for
// nothing.
func (x Explanation) Next() (next Cause, ok bool) {
	for _, r := range x.All() {
		if (r.Outcome == NotYet || r.Outcome == DueAlready) && (!ok || r.Due.Before(next.Due)) {
			next, ok = r, true
		}
	}
	return next, ok
}

// All returns the causes of every clock, and those of none.
func (x Explanation) All() (all []Cause) {
	for _, c := range x.Clocks {
		all = append(all, c.Causes...)
	}
	return append(all, x.Causes...)
}

// An explainer makes an explanation.
type explainer struct {
	Explanation
	at    time.Time
	plans Plans
	w     Clockwork // of the ticket at the end
	runs  map[runKey]*watched
}

type runKey struct {
	metric Metric
	cycle  int
}

// A watched is a clock while the log is told again.
type watched struct {
	Clock
	open   Clock // as it stood when it was last open
	moved  *Tick
	causes []Cause // of what fired
}

// see is told each entry.
func (x *explainer) see(before, after Ticket, e Entry, w Clockwork) {
	for _, c := range after.Clocks {
		key := runKey{c.Metric, c.Cycle}
		run := x.runs[key]
		if run == nil {
			run = &watched{open: c}
			x.runs[key] = run
		}
		if run.Clock.open() {
			run.open = run.Clock
		}
		for _, tick := range ticksOf(before, after, e, c, w) {
			if tick.Kind == TickRetarget {
				run.moved = &tick
			}
		}
		run.Clock = c
	}
	if e.What == Warned || e.What == Breached {
		x.fired(before, e)
	}
	x.left(before, after, e, w)
}

// fired explains an entry by which a clock warned or took a step.
func (x *explainer) fired(before Ticket, e Entry) {
	r := Cause{Of: TimerWarning, Metric: e.Metric, Cycle: e.Cycle, Level: e.Level, Do: e.Step, Outcome: DidFire, At: e.At, Version: e.Version, Why: e.Why}
	i := before.clockOf(e.Metric, e.Cycle)
	if i >= 0 {
		r.Due = before.Clocks[i].WarnAt
	}
	if e.What == Breached {
		if r.Of = TimerStep; e.Level <= 1 {
			r.Of, r.Due = TimerBreach, e.Deadline
		} else if i >= 0 {
			r.Due = before.Clocks[i].StepAt
		}
		if e.Passed {
			r.Outcome = DidPass
		}
	}
	if !r.Due.IsZero() {
		r.Late = max(0, e.At.Sub(r.Due))
	}
	run := x.runs[runKey{e.Metric, e.Cycle}]
	if run == nil { // of a clock that never was: it is told all the same
		x.Causes = append(x.Causes, r)
		return
	}
	r.Moved = run.moved
	run.causes = append(run.causes, r)
}

// left explains what ended with an entry: a claim, a hold, a snooze, the time in which a
// solved ticket can come back.
func (x *explainer) left(before, after Ticket, e Entry, w Clockwork) {
	end := func(r Cause, by What) {
		r.At = e.At
		if r.Outcome = DidEnd; e.What == by && e.Who == "" {
			r.Outcome, r.Version = DidFire, e.Version
			if !r.Due.IsZero() {
				r.Late = max(0, e.At.Sub(r.Due))
			}
		}
		if r.Why == "" {
			r.Why = e.cause()
		}
		x.Causes = append(x.Causes, r)
	}
	if before.Lease.Token != "" && before.Lease.Token != after.Lease.Token {
		r := Cause{Of: TimerLease, Who: before.Lease.Agent, Due: before.Lease.Until}
		if e.What != Lapsed && e.At.After(r.Due) {
			r.Why = "it had run out, and nobody noticed before " + e.cause()
		}
		end(r, Lapsed)
	}
	if before.State == OnHold && (after.State != OnHold || !after.DueBack.Equal(before.DueBack)) {
		end(Cause{Of: TimerHold, Due: before.DueBack}, Resumed)
	}
	if before.State == Waiting && !before.DueBack.IsZero() && (after.State != Waiting || !after.DueBack.Equal(before.DueBack)) {
		end(Cause{Of: TimerSnooze, Due: before.DueBack}, Woken)
	}
	if before.State == Solved && after.State != Solved {
		end(Cause{Of: TimerClose, Due: before.closesAt(w)}, ClosedNow)
	}
}

// remember takes over what head knows and no entry tells: when a queue was last
// told, that somebody was told to ask for the author, what was forgotten.
func (x *explainer) remember(head Ticket) {
	if !head.Nudged.After(x.at) {
		x.Ticket.Nudged = head.Nudged
	}
	if x.Ticket.Profile == ProfileWanted && head.Profile == ProfileAsked {
		x.Ticket.Profile = ProfileAsked
	}
	if !x.Ticket.Forget.IsZero() && !x.Ticket.Forget.After(x.at) && !x.Ticket.Forget.Equal(head.Forget) {
		x.Ticket.Forget = head.Forget
	}
}
