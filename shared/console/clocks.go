package console

import (
	"context"
	"net/http"
	"slices"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
	"example.com/skala/shared/sla"
)

// A clockPart is a run of a clock with what it does right now, which is nothing
// where the ticket does not carry it any more.
type clockPart struct {
	desk.Run
	Now   sla.Standing
	Pause string // why it stands still
	Shown bool   // the ticket carries it: of each metric the last, and what is open
}

// A clocksPart is what the clocks of a ticket did and do.
type clocksPart struct {
	desk.Report
	Clocks []clockPart
}

// clocks reckons the clocks of t from its log. What it is promised now is plan; what
// it was promised before a policy changed, that one's.
func (c *Console) clocks(ctx context.Context, t desk.Ticket, log []desk.Entry, plan *sla.Plan, now time.Time) (clocksPart, error) {
	plans, err := c.plans(ctx, t, log, plan)
	if err != nil {
		return clocksPart{}, err
	}
	part := clocksPart{Report: desk.Reported(t.ID, t.Previous, log, now, plans)}
	for _, run := range part.Runs {
		clock := clockPart{Run: run}
		if i := slices.IndexFunc(t.Clocks, func(o desk.Clock) bool { return o.Metric == run.Metric && o.Cycle == run.Cycle }); i >= 0 {
			clock.Now, clock.Shown = plan.Standing(t, t.Clocks[i], now), true
		}
		if !run.Ended.IsZero() { // nothing is left of what is over
			clock.Now.Left = 0
		}
		if clock.Now.Paused != "" {
			clock.Pause = c.text.say("clock.stands", c.text.why(clock.Now.Paused))
		}
		part.Clocks = append(part.Clocks, clock)
	}
	return part, nil
}

// plans are those that t has been under by its log: plan now, and before a policy
// changed that one's.
func (c *Console) plans(ctx context.Context, t desk.Ticket, log []desk.Entry, plan *sla.Plan) (desk.Plans, error) {
	under := map[string]desk.Clockwork{}
	for _, e := range log {
		if e.Policy == "" || e.Policy == t.Policy || under[e.Policy] != nil {
			continue
		}
		p, err := c.cfg.Policies.Version(ctx, e.Policy)
		if err != nil {
			return nil, err
		}
		under[e.Policy] = p.Plan
	}
	return func(hash string) desk.Clockwork {
		if earlier := under[hash]; earlier != nil {
			return earlier
		}
		return plan
	}, nil
}

// Latest returns the ticks, the latest first.
func (p clocksPart) Latest() []desk.Tick {
	ticks := slices.Clone(p.Ticks)
	slices.Reverse(ticks)
	return ticks
}

// A runView is a run of a clock as the API shows it. Durations are as targets.
type runView struct {
	Metric      desk.Metric     `json:"metric"`
	Cycle       int             `json:"cycle"`
	Target      *string         `json:"target"` // null for what is measured only
	Calendar    string          `json:"calendar,omitempty"`
	State       desk.ClockState `json:"state"`
	Missed      bool            `json:"missed"`
	Started     instant         `json:"started"`
	Ended       instant         `json:"ended"`
	Deadline    instant         `json:"deadline"`
	Noticed     instant         `json:"noticed"`
	Used        string          `json:"used"`
	Left        string          `json:"left"`
	Wall        string          `json:"wall"`
	Stood       string          `json:"stood"`
	Late        string          `json:"late"`
	Pause       string          `json:"pause,omitempty"`
	ClosedUntil *instant        `json:"closed_until,omitempty"`
}

type tickView struct {
	At       instant       `json:"at"`
	Noticed  instant       `json:"noticed"`
	Version  int64         `json:"version"`
	Kind     desk.TickKind `json:"kind"`
	Metric   desk.Metric   `json:"metric"`
	Cycle    int           `json:"cycle"`
	Level    int           `json:"level,omitempty"`
	Target   *string       `json:"target"`
	Calendar string        `json:"calendar,omitempty"`
	Used     string        `json:"used"`
	Deadline instant       `json:"deadline"`
	Why      string        `json:"why"`
}

// apiClocks answers what the clocks of a ticket did and do, all of it recomputed
// from the log: each run of each metric, and all that they did in the published
// order.
func (c *Console) apiClocks(w http.ResponseWriter, r *http.Request, _ people.Person) error {
	t, err := c.cfg.Tickets.Ticket(r.Context(), desk.TicketID(r.PathValue("id")))
	if err != nil {
		return err
	}
	t, log, err := c.whole(r.Context(), t)
	if err != nil {
		return err
	}
	p, err := c.policy(r.Context(), t)
	if err != nil {
		return err
	}
	now := c.now()
	part, err := c.clocks(r.Context(), t, log, p.Plan, now)
	if err != nil {
		return err
	}
	runs, ticks := []runView{}, []tickView{}
	for _, clock := range part.Clocks {
		runs = append(runs, runOf(clock))
	}
	for _, tick := range part.Ticks {
		ticks = append(ticks, tickView{instant(tick.At), instant(tick.Noticed), tick.Version, tick.Kind, tick.Metric, tick.Cycle, tick.Level,
			aim(tick.Target), tick.Calendar, targetText(tick.Used), instant(tick.Deadline), tick.Why})
	}
	writeJSON(w, http.StatusOK, jsonType, map[string]any{
		"ticket": t.ID, "version": t.Version, "at": instant(now), "runs": runs, "ticks": ticks,
		"requester_wait": targetText(part.RequesterWait), "agent_work": targetText(part.AgentWork),
	})
	return nil
}

func runOf(p clockPart) runView {
	v := runView{
		Metric: p.Metric, Cycle: p.Cycle, Target: aim(p.Target), Calendar: p.Calendar, State: p.State, Missed: p.Missed, Started: instant(p.Started),
		Ended: instant(p.Ended), Deadline: instant(p.Deadline), Noticed: instant(p.Noticed), Used: targetText(p.Used), Left: targetText(p.Now.Left),
		Wall: targetText(p.Wall), Stood: targetText(p.Stood), Late: targetText(p.Late), Pause: p.Pause,
	}
	if !p.Now.Closed.IsZero() {
		until := instant(p.Now.Closed)
		v.ClosedUntil = &until
	}
	return v
}

// aim is a target for the API, null for none.
func aim(target time.Duration) *string {
	if target <= 0 {
		return nil
	}
	text := targetText(target)
	return &text
}
