package desk

import (
	"slices"
	"time"
)

// clockAt says how a clock stood, and why its warning, its deadline and its chain
// had come or had not.
func (x *explainer) clockAt(run Run) ClockAt {
	c := ClockAt{Run: run}
	watched := x.runs[runKey{run.Metric, run.Cycle}]
	for _, tick := range slices.Backward(x.Ticks) {
		if tick.Metric == run.Metric && tick.Cycle == run.Cycle && (tick.Kind == TickPaused || tick.Kind == TickResumed || tick.Kind == TickStarted || tick.Kind == TickRevived) {
			c.Since = tick.At
			break
		}
	}
	switch {
	case run.State == Paused:
		c.Paused = x.Ticket.Stands(run.Metric)
		if watched.State == Running { // a claim has run out, and nobody has noticed
			c.Since = x.Ticket.Lease.Until
		}
	case run.State != Running:
		c.Since = time.Time{}
	default:
		if opens := x.w.Opens(run.Calendar, x.at); opens.After(x.at) {
			c.ClosedUntil = opens
		}
	}
	if c.State == Running || c.State == Paused {
		c.Left = max(0, run.Target-run.Used)
	}
	about := func(of Timer, level int) Cause {
		return Cause{Of: of, Metric: run.Metric, Cycle: run.Cycle, Level: level, Moved: watched.moved}
	}
	fired := func(of Timer) []Cause {
		return slices.DeleteFunc(slices.Clone(watched.causes), func(r Cause) bool { return r.Of != of })
	}
	warned := fired(TimerWarning)
	c.Causes = append(warned, x.warning(watched, c, about(TimerWarning, 0), len(warned) > 0)...)
	breached := fired(TimerBreach)
	c.Causes = append(c.Causes, breached...)
	if len(breached) == 0 {
		c.Causes = append(c.Causes, x.deadline(watched, c, about(TimerBreach, 1)))
	}
	c.Causes = append(c.Causes, fired(TimerStep)...)
	if watched.Level > 0 && watched.Base != unnoticed {
		c.Causes = append(c.Causes, x.step(watched, c, about(TimerStep, watched.Level+1))...)
	}
	return c
}

// due says of something that falls due at an instant whether it has.
func (x *explainer) due(r Cause, at time.Time) Cause {
	r.Due, r.Outcome = at, NotYet
	if !at.After(x.at) {
		r.Outcome = DueAlready
	}
	return r
}

// closed says of something that would have been due how its clock ended first.
func (x *explainer) closed(r Cause, c ClockAt, due time.Time) Cause {
	r.Due, r.At, r.Outcome = due, c.Ended, DidEnd
	switch c.State {
	case Met:
		r.Outcome = DidMeet
	case Joined:
		r.Why = "the ticket was merged"
	default:
		r.Why = "no answer is needed any more"
		if tick := x.ended(c); tick.Why != "" {
			r.Why = tick.Why
		}
	}
	return r
}

// ended is the tick with which a clock ended.
func (x *explainer) ended(c ClockAt) (last Tick) {
	for _, tick := range x.Ticks {
		if tick.Metric == c.Metric && tick.Cycle == c.Cycle && (tick.Kind == TickEnded || tick.Kind == TickMet || tick.Kind == TickMerged) {
			last = tick
		}
	}
	return last
}

func (x *explainer) stands(r Cause, c ClockAt) Cause {
	r.Outcome, r.Why, r.At = DidStand, c.Paused, c.Since
	return r
}

// warning explains one that has not come, if there is anything to explain.
func (x *explainer) warning(run *watched, c ClockAt, r Cause, warned bool) []Cause {
	share := x.w.WarnShare()
	none := func(why string) []Cause {
		r.Outcome, r.Why = DidNot, why
		return []Cause{r}
	}
	switch used := share > 0 && run.warned(x.w); {
	case run.Clock.open() && !run.WarnAt.IsZero() && !run.WarnAt.After(x.at) && !run.StepAt.IsZero() && !run.StepAt.After(x.at):
		r.Due = run.WarnAt
		return none("its deadline has come")
	case run.Clock.open() && !run.WarnAt.IsZero() && c.State == Running:
		return []Cause{x.due(r, run.WarnAt)}
	case warned:
		return nil
	case share == 0:
		return none("the policy warns of nothing")
	case run.Clock.open() && run.Level > 0:
		return none("its deadline came first")
	case run.Clock.open() && used && r.Moved != nil:
		return none("by the new target it would have come before")
	case run.Clock.open() && used:
		return none("so much was used up before the clock went on")
	case c.State == Paused:
		return []Cause{x.stands(r, c)}
	case run.Clock.open():
		return none("its deadline came first")
	case !run.open.WarnAt.IsZero():
		return []Cause{x.closed(r, c, run.open.WarnAt)}
	case run.Level > 0:
		return none("its deadline came first")
	}
	return []Cause{x.closed(r, c, time.Time{})}
}

// deadline explains one that no entry says to have been missed.
func (x *explainer) deadline(run *watched, c ClockAt, r Cause) Cause {
	if s, _, ok := x.w.Chain(x.Ticket, c.Metric).step(0); ok && run.Clock.open() {
		r.Do = s.Do
	}
	switch {
	case run.Clock.open() && c.State == Paused && c.Deadline.IsZero():
		return x.stands(r, c)
	case run.Clock.open() && c.State == Paused: // it was missed, and nobody noticed before it stood still
		r = x.stands(r, c)
		r.Due = c.Deadline
		return r
	case run.Clock.open():
		at := run.StepAt // of a deadline that came while the clock stood, when it went on
		if at.IsZero() {
			at = run.Deadline
		}
		return x.due(r, at)
	}
	r = x.closed(r, c, run.Deadline)
	if run.Base == unnoticed && run.Level > 0 {
		r.Late = c.Ended.Sub(run.Deadline)
		r.Why = "nobody noticed before, so no step was taken"
	}
	return r
}

// step explains the next step of a chain.
func (x *explainer) step(run *watched, c ClockAt, r Cause) []Cause {
	if !run.Clock.open() {
		if run.open.StepAt.IsZero() {
			return nil
		}
		return []Cause{x.closed(r, c, run.open.StepAt)}
	}
	chain := x.w.Chain(x.Ticket, c.Metric)
	s, _, more := chain.step(run.Level - run.Base)
	r.Do = s.Do
	switch {
	case c.State == Paused:
		return []Cause{x.stands(r, c)}
	case !run.StepAt.IsZero():
		return []Cause{x.due(r, run.StepAt)}
	case !more:
		r.Outcome, r.Why = DidNot, "the chain ends here"
	case x.Ticket.Assignee != "":
		r.Outcome, r.Why = DidNot, "it rests while "+x.Ticket.Assignee+" has it"
	default:
		r.Outcome, r.Why = DidNot, "none is due"
	}
	return []Cause{r}
}

// rest explains what belongs to no clock, as it stands at the end.
func (x *explainer) rest() {
	t := x.Ticket
	tell := func(r Cause) { x.Causes = append(x.Causes, r) }
	if t.Lease.Token != "" {
		tell(x.due(Cause{Of: TimerLease, Who: t.Lease.Agent}, t.Lease.Until))
	}
	if !t.DueBack.IsZero() {
		of := TimerHold
		if t.State == Waiting {
			of = TimerSnooze
		}
		tell(x.due(Cause{Of: of}, t.DueBack))
	}
	if t.State == Solved {
		if at := t.closesAt(x.w); !at.IsZero() {
			tell(x.due(Cause{Of: TimerClose}, at))
		} else {
			tell(Cause{Of: TimerClose, Outcome: DidStand, At: t.Updated, Why: "a reply is on its way"})
		}
	}
	if t.WantsNudge() {
		r := x.due(Cause{Of: TimerNudge}, t.renudgeDue(x.w))
		if r.Why = "the queue was told when the ticket came to it"; t.Nudged.After(t.Entered) {
			r.Why = "the queue was told again before"
		}
		tell(r.untold())
	} else if t.State.Working() {
		r := Cause{Of: TimerNudge, Outcome: DidNot, Why: "it is " + string(t.State)}
		switch {
		case t.Disposition != NeedsAnswer:
			r.Why = "it needs no answer"
		case t.Assignee != "":
			r.Why = t.Assignee + " has it"
		}
		tell(r)
	}
	if len(t.Outbox) > 0 {
		tell(x.due(Cause{Of: TimerReply, Why: "where its own nudge was lost"}, t.outboxDue()).untold())
	}
	if t.Profile == ProfileWanted {
		tell(x.due(Cause{Of: TimerProfile}, t.Created).untold())
	}
	if !t.Forget.IsZero() {
		tell(x.due(Cause{Of: TimerForget, Why: "the platform wants it kept no longer"}, t.Forget).untold())
	}
}

// untold is r where what is done leaves no entry in the log.
func (r Cause) untold() Cause {
	if r.Outcome == DueAlready {
		r.Why = "it may have been done since, which leaves no entry"
	}
	return r
}
