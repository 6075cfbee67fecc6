package console

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
	"example.com/skala/shared/sla"
)

// explained is a ticket as it was known at an instant, with what was said by then.
func (c *Console) explained(ctx context.Context, id desk.TicketID, at time.Time) (desk.Explanation, []desk.Entry, error) {
	head, err := c.cfg.Tickets.Ticket(ctx, id)
	if err != nil {
		return desk.Explanation{}, nil, err
	}
	head, log, err := c.whole(ctx, head)
	if err != nil {
		return desk.Explanation{}, nil, err
	}
	p, err := c.policy(ctx, head)
	if err != nil {
		return desk.Explanation{}, nil, err
	}
	plans, err := c.plans(ctx, head, log, p.Plan)
	if err != nil {
		return desk.Explanation{}, nil, err
	}
	x := desk.Explain(head, log, at, plans)
	x.Ticket.Tags = c.tagsOf(ctx, x.Ticket.Tags)
	return x, log, nil
}

// instantOf reads an instant that somebody asks for, without one now. A browser's
// field for it has no zone: it is the reader's. Nobody knows the future.
func instantOf(text string, zone *time.Location, now time.Time) (time.Time, error) {
	if text == "" {
		return now, nil
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	for _, form := range []string{"2006-01-02T15:04:05", "2006-01-02T15:04"} {
		if err != nil && zone != nil {
			at, err = time.ParseInLocation(form, text, zone)
		}
	}
	switch {
	case err != nil:
		return at, fmt.Errorf("at: %q is no instant such as 2026-11-03T14:05:00Z: %w", text, desk.ErrInvalid)
	case at.After(now):
		return at, fmt.Errorf("at: %s is still to come: %w", at.UTC().Format(time.RFC3339), desk.ErrInvalid)
	}
	return at.UTC(), nil
}

// An explainView is an explanation as the API shows it.
type explainView struct {
	Ticket  desk.TicketID `json:"ticket"`
	At      instant       `json:"at"`
	Version int64         `json:"version"` // 0 before the ticket began
	Before  instant       `json:"before"`
	After   instant       `json:"after"`
	Then    *ticketView   `json:"then"`
	Next    *causeView    `json:"next"`
	Clocks  []clockAtView `json:"clocks"`
	Causes  []causeView   `json:"causes"`
	Late    []changeView  `json:"late"`
}

type clockAtView struct {
	runView
	Since  instant     `json:"since"`
	Causes []causeView `json:"causes"`
}

type causeView struct {
	Of      desk.Timer    `json:"of"`
	Metric  desk.Metric   `json:"metric,omitempty"`
	Cycle   int           `json:"cycle,omitempty"`
	Level   int           `json:"level,omitempty"`
	Do      desk.StepKind `json:"do,omitempty"`
	Who     string        `json:"who,omitempty"`
	Outcome desk.Became   `json:"outcome"`
	Due     instant       `json:"due"`
	At      instant       `json:"at"`
	Late    float64       `json:"late_s"`
	Version int64         `json:"version,omitempty"`
	About   string        `json:"about"`
	Says    string        `json:"says"`
}

func causeOf(r desk.Cause) causeView {
	return causeView{Of: r.Of, Metric: r.Metric, Cycle: r.Cycle, Level: r.Level, Do: r.Do, Who: r.Who, Outcome: r.Outcome, Due: instant(r.Due), At: instant(r.At),
		Late: r.Late.Seconds(), Version: r.Version, About: r.Subject(), Says: r.Words(inUTC)}
}

// inUTC writes an instant for people who did not say where they are.
func inUTC(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05 UTC") }

func causesOf(all []desk.Cause) []causeView {
	views := []causeView{}
	for _, r := range all {
		views = append(views, causeOf(r))
	}
	return views
}

// apiExplain answers what was known of a ticket at an instant, and why the desk had
// or had not done by then what it does by itself.
func (c *Console) apiExplain(w http.ResponseWriter, r *http.Request, _ people.Person) error {
	at, err := instantOf(r.URL.Query().Get("at"), nil, c.now())
	if err != nil {
		return err
	}
	x, _, err := c.explained(r.Context(), desk.TicketID(r.PathValue("id")), at)
	if err != nil {
		return err
	}
	v := explainView{Ticket: x.Ticket.ID, At: instant(at), Version: x.Ticket.Version, Before: instant(x.Before), After: instant(x.After),
		Clocks: []clockAtView{}, Causes: causesOf(x.Causes), Late: []changeView{}}
	if x.Ticket.State != "" {
		said := talkOf(x.Log)
		then := ticketOf(x.Ticket, x.Log, said, c.can(x.Ticket, said))
		v.Then = &then
	}
	if next, ok := x.Next(); ok {
		view := causeOf(next)
		v.Next = &view
	}
	for _, clock := range x.Clocks {
		v.Clocks = append(v.Clocks, clockAtView{runOf(c.clockAt(clock)), instant(clock.Since), causesOf(clock.Causes)})
	}
	for _, e := range x.Late {
		v.Late = append(v.Late, changeOf(e))
	}
	writeJSON(w, http.StatusOK, jsonType, v)
	return nil
}

// clockAt is a run of a clock as pages and the API show it.
func (c *Console) clockAt(clock desk.ClockAt) clockPart {
	part := clockPart{Run: clock.Run, Now: sla.Standing{State: clock.State, Used: clock.Used, Left: clock.Left, Closed: clock.ClosedUntil, Paused: clock.Paused}, Shown: true}
	if clock.Paused != "" {
		part.Pause = c.text.say("clock.stands", c.text.why(clock.Paused))
	}
	return part
}

// A thenPage shows a ticket as it was at an instant.
type thenPage struct {
	desk.Explanation
	Called   string
	Messages []messagePart
	Moments  []momentPart // of the whole log
	Timeline []happening  // until then, the latest first
	Later    []happening  // entries of Late
	Runs     []runPart
	Coming   *desk.Cause
	Tiers    []tierName
	Claim    string // none: nothing can be done to the past
	Now      bool   // it is the present
	Typed    string // the instant, as a field for it has it
}

func (v thenPage) about() (title, news string) { return v.Called, "" }

// A momentPart is an instant of the log that a page can go to.
type momentPart struct {
	At   time.Time
	Kind string // whose doing: customer, desk, platform, person; or breach, warning
	Says string
	Here bool // it is the last one known
}

// A runPart is a run of a clock with why its timers came or did not.
type runPart struct {
	clockPart
	Causes []desk.Cause
}

// Exact writes an instant for an address, Full for people, to the second.
func (page) Exact(t time.Time) string  { return t.UTC().Format(time.RFC3339Nano) }
func (p page) Full(t time.Time) string { return p.Lang.Exact(t.In(p.Zone)) }

// Over reports whether an instant is not to come.
func (p page) Over(t time.Time) bool { return !t.After(p.Now) }

// thenPage serves a ticket as it was.
func (c *Console) thenPage(w http.ResponseWriter, r *http.Request, who people.Person) error {
	now, zone := c.now(), c.zone(r)
	at, err := instantOf(r.URL.Query().Get("at"), zone, now)
	if err != nil {
		return err
	}
	x, log, err := c.explained(r.Context(), desk.TicketID(r.PathValue("id")), at)
	if err != nil {
		return err
	}
	t := x.Ticket
	view := thenPage{Explanation: x, Now: x.After.IsZero() && r.URL.Query().Get("at") == "", Tiers: c.tiers(r.Context()), Typed: at.In(zone).Format("2006-01-02T15:04:05"),
		Called: c.text.say("then.unborn")}
	if t.State != "" {
		view.Called = c.called(t.Author.Name, t.Author.Handle, t.Author.ID)
	}
	said := talkOf(x.Log)
	for _, s := range said.said {
		part := c.part(t, who, s, said.blocked)
		part.Can = nil // it is over
		view.Messages = append(view.Messages, part)
	}
	whole := talkOf(log)
	for _, e := range log {
		if e.What != desk.Extended && e.What != desk.Sending {
			view.Moments = append(view.Moments, momentPart{e.At, kindOf(e), c.happened(e, whole).Says, e.Version <= t.Version})
		}
	}
	for i := range view.Moments { // of one instant, and of what is known, the last alone is where we are
		view.Moments[i].Here = view.Moments[i].Here && (i+1 == len(view.Moments) || !view.Moments[i+1].Here)
	}
	for _, e := range slices.Backward(x.Log) {
		if e.What != desk.Extended && e.What != desk.Sending {
			view.Timeline = append(view.Timeline, c.happened(e, said))
		}
	}
	for _, e := range x.Late {
		view.Later = append(view.Later, c.happened(e, whole))
	}
	for _, clock := range x.Clocks {
		view.Runs = append(view.Runs, runPart{c.clockAt(clock), clock.Causes})
	}
	if next, ok := x.Next(); ok {
		view.Coming = &next
	}
	c.render(w, r, who, "then", http.StatusOK, "", view)
	return nil
}

// kindOf says whose doing an entry is, for its colour.
func kindOf(e desk.Entry) string {
	switch {
	case e.What == desk.Breached:
		return "breach"
	case e.What == desk.Warned:
		return "warning"
	case e.Who != "":
		return "person"
	}
	return byWhom(e)
}
