package sla

import (
	"time"

	"example.com/skala/shared/desk"
)

// Default returns the plan that holds what a policy does not say otherwise,
// with the given business hours under the name "office"; nil is around the
// clock.
func Default(office *Calendar) *Plan {
	p := newPlan(map[string]*Calendar{"office": office})
	for _, name := range promises {
		d := defaultPromises()[name]
		if d.calendar == "" {
			d.calendar = "office"
		}
		p.promise(name, d)
	}
	return p
}

// newPlan returns a plan without promises.
func newPlan(calendars map[string]*Calendar) *Plan {
	return &Plan{
		calendars: calendars,
		targets:   make(map[string]map[desk.Metric]desk.Target, len(promises)),
		pauses: map[desk.Metric][]desk.State{
			desk.Resolution:     {desk.Waiting},
			desk.NextResponse:   {desk.Waiting},
			desk.PeriodicUpdate: {desk.Waiting},
		},
		counts:       map[desk.Answer]bool{desk.ByOthers: true},
		warn:         0.75,
		chain:        desk.Chain{Steps: []desk.Step{{Do: desk.RaiseTier}}, Top: desk.Senior, Repeat: 15 * time.Minute, Limit: 5},
		lease:        5 * time.Minute,
		renudge:      15 * time.Minute,
		reopenWithin: 7 * 24 * time.Hour,
	}
}

// A promise is one row of a plan's targets as it is written down: durations
// whose days are working days of their calendar. Acknowledge and next response
// may be left out, see Plan.promise.
type promise struct {
	calendar string // empty for the plan's
	metrics  map[desk.Metric]amount
}

// An amount is a duration of which some may be days.
type amount struct {
	days     int64
	rest     time.Duration
	calendar string // empty for the promise's
	line     int    // of the document; 0 for a default
}

// defaultPromises returns the first targets of a new desk. Those in plain hours
// run around the clock, the others by business hours.
func defaultPromises() map[string]promise {
	row := func(calendar string, response, resolution amount) promise {
		return promise{calendar, map[desk.Metric]amount{desk.FirstResponse: response, desk.Resolution: resolution}}
	}
	return map[string]promise{
		"critical": row(Always, amount{rest: 15 * time.Minute}, amount{rest: 4 * time.Hour}),
		"high":     row("", amount{rest: time.Hour, calendar: Always}, amount{rest: 8 * time.Hour, calendar: Always}),
		"sales":    row("", amount{rest: 30 * time.Minute}, amount{days: 1}),
		"normal":   row("", amount{rest: 4 * time.Hour, calendar: Always}, amount{days: 2}),
		"low":      row("", amount{days: 1}, amount{days: 3}),
	}
}

// promise sets the targets of a row whose calendars are known.
func (p *Plan) promise(name string, given promise) { p.targets[name] = p.promised(given) }

// promised returns the targets of a row or rule. Unless they are given, acknowledge is
// a fifth of the first response and the next response as the first. Both then count by
// the first response's hours.
func (p *Plan) promised(given promise) map[desk.Metric]desk.Target {
	targets := make(map[desk.Metric]desk.Target, len(desk.Metrics))
	for metric, a := range given.metrics {
		targets[metric] = p.target(given, a)
	}
	first, ok := targets[desk.FirstResponse]
	if !ok {
		return targets
	}
	if _, ok := targets[desk.NextResponse]; !ok {
		targets[desk.NextResponse] = first
	}
	if _, ok := targets[desk.Acknowledge]; !ok {
		targets[desk.Acknowledge] = desk.Target{Time: max(first.Time/5, time.Second).Truncate(time.Second), Calendar: first.Calendar}
	}
	return targets
}

// target returns an amount by the calendar it counts on. A day of it is what an
// average working day of the calendar is open, 24 hours around the clock: eight
// hours are eight hours, one day is as long as the desk works in one.
func (p *Plan) target(of promise, a amount) desk.Target {
	calendar := a.calendar
	if calendar == "" {
		calendar = of.calendar
	}
	if calendar == Always {
		calendar = ""
	}
	_, workday := p.calendars[calendar].usual()
	return desk.Target{Time: time.Duration(a.days)*workday + a.rest, Calendar: calendar}
}
