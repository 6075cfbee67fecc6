package desk

import (
	"cmp"
	"slices"
	"time"
)

// A Report says how a ticket's promises were kept. All of it follows from the log.
type Report struct {
	Ticket        TicketID      `json:"ticket"`
	Runs          []Run         `json:"runs"`           // in the order in which they began
	RequesterWait time.Duration `json:"requester_wait"` // by the wall clock: how long the customer waited for us
	AgentWork     time.Duration `json:"agent_work"`     // by the wall clock: how long claims lasted
	Ticks         []Tick        `json:"ticks"`          // that it is reckoned from, in the published order
}

// A Run is how one clock fared.
type Run struct {
	Metric   Metric        `json:"metric"`
	Cycle    int           `json:"cycle"`
	Target   time.Duration `json:"target"`
	Calendar string        `json:"calendar,omitempty"`
	State    ClockState    `json:"state"`
	Missed   bool          `json:"missed"`
	Started  time.Time     `json:"started"`
	Ended    time.Time     `json:"ended,omitzero"` // zero while it goes on
	Deadline time.Time     `json:"deadline,omitzero"`
	Noticed  time.Time     `json:"noticed,omitzero"` // when the desk noticed that it was missed
	Used     time.Duration `json:"used"`             // of the target: business time
	Wall     time.Duration `json:"wall"`             // from its start to its end, or to now
	Stood    time.Duration `json:"stood"`            // of that it was paused
	Late     time.Duration `json:"late"`             // how long after the deadline it ended, or now is

	since  time.Time // running since
	stands time.Time // paused since
}

// Reported returns the report on a ticket as it stands at now, from nothing but its
// log.
func Reported(id, previous TicketID, log []Entry, now time.Time, plans Plans) Report {
	r := Report{Ticket: id}
	var last Ticket
	var at time.Time
	spend := func(until time.Time) {
		if !at.IsZero() && until.After(at) {
			if last.waits() {
				r.RequesterWait += until.Sub(at)
			}
			if last.Lease.Token != "" {
				r.AgentWork += max(0, sooner(until, last.Lease.Until).Sub(at))
			}
		}
		at = until
	}
	replay(id, previous, log, plans, func(before, after Ticket, e Entry, w Clockwork) {
		spend(e.At)
		last = after
		r.Ticks = appendTicks(r.Ticks, before, after, e, w)
	})
	spend(later(now, at))
	slices.SortFunc(r.Ticks, CompareTicks)
	for _, tick := range r.Ticks {
		r.take(tick)
	}
	w := plans(last.Policy)
	for i := range r.Runs {
		run := &r.Runs[i]
		if over := last.Lease.Until; run.Metric == AgentWork && run.State == Running && over.Before(now) {
			run.lay(later(run.since, over), w) // which nobody has noticed yet
		}
		run.close(now, w)
	}
	return r
}

// take adds what one tick tells.
func (r *Report) take(tick Tick) {
	i := slices.IndexFunc(r.Runs, func(run Run) bool { return run.Metric == tick.Metric && run.Cycle == tick.Cycle })
	if i < 0 {
		i = len(r.Runs)
		r.Runs = append(r.Runs, Run{Metric: tick.Metric, Cycle: tick.Cycle, State: Running, Started: tick.At, since: tick.At})
	}
	run := &r.Runs[i]
	run.Target, run.Calendar = tick.Target, tick.Calendar
	if tick.Kind != TickEscalated && tick.Kind != TickWarned && tick.Kind != TickBreached {
		run.Used = tick.Used
	}
	run.Deadline = cmp.Or(tick.Deadline, run.Deadline)
	stop := func(s ClockState) {
		if !run.stands.IsZero() {
			run.Stood += tick.At.Sub(run.stands)
		}
		run.State, run.Ended, run.since, run.stands = s, tick.At, time.Time{}, time.Time{}
	}
	switch tick.Kind {
	case TickMet:
		stop(Met)
	case TickEnded:
		stop(Ended)
	case TickMerged:
		stop(Joined)
	case TickRevived:
		run.State, run.Ended, run.since = Running, time.Time{}, tick.At
	case TickPaused:
		if run.Deadline = tick.Deadline; run.stands.IsZero() {
			run.State, run.since, run.stands = Paused, time.Time{}, tick.At
		}
	case TickResumed:
		run.Stood += tick.At.Sub(run.stands)
		run.State, run.since, run.stands = Running, tick.At, time.Time{}
	case TickRetarget:
		run.Deadline = tick.Deadline
		if run.State == Running {
			run.since = tick.At
		}
	case TickBreached:
		run.Missed, run.Noticed = true, tick.Noticed
	}
}

// lay pauses a run at an instant.
func (run *Run) lay(at time.Time, w Clockwork) {
	run.Used += w.Between(run.Calendar, run.since, at)
	if at.Before(run.Deadline) {
		run.Deadline = time.Time{}
	}
	run.State, run.since, run.stands = Paused, time.Time{}, at
}

// close reckons what goes on at now.
func (run *Run) close(now time.Time, w Clockwork) {
	end := run.Ended
	if end.IsZero() {
		end = later(now, run.Started)
		run.Missed = run.Missed || !run.Deadline.IsZero() && end.After(run.Deadline)
	}
	switch run.State {
	case Running:
		run.Used += w.Between(run.Calendar, run.since, end)
	case Paused:
		run.Stood += max(0, end.Sub(run.stands))
	}
	run.Wall = end.Sub(run.Started)
	if run.Missed {
		run.Late = max(0, end.Sub(run.Deadline))
	}
	run.since, run.stands = time.Time{}, time.Time{}
}
