package sla_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/sla"
)

// An accountant reckons by hand when the clocks of a history were missed. It goes
// through every minute, looks at a clock on the wall whether the office is open, and
// in a table of its own what was promised then. It knows neither the arithmetic of
// calendars nor that of clocks, only in which state the ticket was.
type accountant struct {
	zones map[string]*time.Location
	log   []desk.Entry
	after []desk.Ticket // each entry
}

func newAccountant(t *testing.T, h *history) *accountant {
	t.Helper()
	a := &accountant{zones: map[string]*time.Location{}, log: h.log}
	for name, zone := range map[string]string{"athens": "Europe/Athens", "night": "America/New_York"} {
		location, err := sla.LoadZone(zone)
		if err != nil {
			t.Fatal(err)
		}
		a.zones[name] = location
	}
	ticket := desk.Ticket{ID: "thread.1"}
	for _, e := range h.log {
		ticket = desk.Apply(ticket, e, h.plan)
		a.after = append(a.after, ticket)
	}
	return a
}

// open reports whether the minute that begins at an instant counts.
func (a *accountant) open(calendar string, at time.Time) bool {
	if calendar == "" {
		return true
	}
	wall := at.In(a.zones[calendar])
	hour, weekday := wall.Hour(), wall.Weekday()
	if calendar == "night" {
		return hour >= 22 || hour < 6
	}
	switch date := wall.Format(time.DateOnly); {
	case date == "2027-03-29":
		return false
	case date == "2026-12-24":
		return hour >= 9 && hour < 12
	case weekday == time.Saturday || weekday == time.Sunday, hour < 9, hour >= 18:
		return false
	case weekday == time.Monday:
		return hour != 13
	}
	return true
}

// promised is the table of what the plan of these histories promises.
func promised(t desk.Ticket, m desk.Metric) (minutes int, calendar string) {
	business := t.Author.Organisation != "" && t.Severity <= desk.Normal
	upper := t.Tier >= 3
	switch m {
	case desk.FirstResponse, desk.NextResponse, desk.Acknowledge:
		first := map[desk.Severity]int{desk.Critical: 15, desk.High: 60, desk.Normal: 240, desk.Low: 540}[t.Severity]
		calendar = map[desk.Severity]string{desk.High: "night", desk.Normal: "athens", desk.Low: "athens"}[t.Severity]
		if business {
			first, calendar = 30, "night"
		}
		if m == desk.Acknowledge {
			first /= 5
		}
		return first, calendar
	case desk.Resolution:
		if upper && t.Severity != desk.Critical {
			return 360, ""
		}
		return map[desk.Severity]int{desk.Critical: 240, desk.High: 480, desk.Normal: 1080, desk.Low: 1620}[t.Severity],
			map[desk.Severity]string{desk.High: "night", desk.Normal: "athens", desk.Low: "athens"}[t.Severity]
	case desk.VendorWait:
		if upper {
			return 300, ""
		}
		return 540, "athens"
	case desk.PeriodicUpdate:
		if t.Severity == desk.Critical {
			return 120, ""
		}
		return 240, "night"
	case desk.RequesterWait:
		if t.Severity == desk.High {
			return 1200, "night"
		}
		return 2400, ""
	}
	if t.Severity == desk.High {
		return 180, "night"
	}
	return 30, ""
}

// rests reports whether a clock stood still in the minute that begins at an instant.
func rests(t desk.Ticket, m desk.Metric, at time.Time) bool {
	switch m {
	case desk.Resolution:
		return t.State == desk.Waiting || t.State == desk.OnHold
	case desk.NextResponse, desk.PeriodicUpdate:
		return t.State == desk.Waiting
	case desk.VendorWait:
		return t.State != desk.OnHold
	case desk.AgentWork:
		return t.Lease.Token == "" || !at.Before(t.Lease.Until)
	case desk.RequesterWait:
		waits := len(t.Unanswered) > 0
		for _, c := range t.Clocks {
			waits = waits || (c.Metric == desk.FirstResponse || c.Metric == desk.NextResponse) && (c.State == desk.Running || c.State == desk.Paused)
		}
		return !waits
	}
	return false
}

// missed goes through the minutes of a clock that an entry began, until it ended or
// now. It returns the first instant by which what was promised had been used up, zero
// for none.
func (a *accountant) missed(m desk.Metric, started, ended time.Time, by int64) time.Time {
	i := slices.IndexFunc(a.log, func(e desk.Entry) bool { return e.Version == by })
	used := 0
	for at := started; at.Before(ended); at = at.Add(time.Minute) {
		for i+1 < len(a.log) && !a.log[i+1].At.After(at) {
			i++
		}
		target, calendar := promised(a.after[i], m)
		if used >= target {
			return at
		}
		if !rests(a.after[i], m, at) && a.open(calendar, at) {
			used++
		}
	}
	return time.Time{}
}

func TestEveryBreachIsWhereCountingMinutesPutsIt(t *testing.T) {
	t.Parallel()
	plan := planOf(t, historic)
	checked, breached, swapped := map[desk.Metric]int{}, 0, 0
	for seed := range uint64(160) {
		r := rand.New(rand.NewPCG(seed, 11))
		h := lives(r, plan, seasons[r.IntN(len(seasons))].Add(time.Duration(r.IntN(7*24*60))*time.Minute), []int{2, 6, 20}[r.IntN(3)])
		a := newAccountant(t, h)
		began, revived := map[string]int64{}, map[string]bool{}
		ticks := desk.Ticks("thread.1", "", h.log, desk.Under(plan))
		for _, tick := range ticks {
			name := fmt.Sprint(tick.Metric, tick.Cycle)
			switch tick.Kind {
			case desk.TickStarted:
				began[name] = tick.Version
			case desk.TickRevived:
				revived[name] = true
			}
		}
		for _, run := range desk.Reported("thread.1", "", h.log, h.now, desk.Under(plan)).Runs {
			name := fmt.Sprint(run.Metric, run.Cycle)
			breach := slices.IndexFunc(ticks, func(k desk.Tick) bool {
				return k.Kind == desk.TickBreached && k.Metric == run.Metric && k.Cycle == run.Cycle
			})
			// An instant that the desk itself acted at may have seen more afterwards.
			if revived[name] || breach >= 0 && slices.ContainsFunc(h.log, func(e desk.Entry) bool {
				return e.At.Equal(ticks[breach].At) && e.Version > ticks[breach].Version && ticks[breach].Noticed.Equal(ticks[breach].At)
			}) {
				continue
			}
			ended := run.Ended
			if ended.IsZero() {
				if ended = h.now; breach >= 0 {
					ended = ended.Add(time.Minute) // the desk may have acted at this very instant
				}
			}
			want := a.missed(run.Metric, run.Started, ended, began[name])
			got := time.Time{}
			switch {
			case breach >= 0:
				got = ticks[breach].At
				breached++
				if ticks[breach].Why == "retargeted" {
					swapped++
				}
			case run.Missed:
				got = run.Deadline
			}
			if !got.Equal(want) {
				t.Errorf("seed %d: %s %d from %v to %v: missed at %v, by counting at %v", seed, run.Metric, run.Cycle, run.Started, ended, got, want)
			}
			checked[run.Metric]++
		}
	}
	for _, m := range desk.Metrics {
		if checked[m] < 20 {
			t.Errorf("only %d clocks of %s were counted", checked[m], m)
		}
	}
	if breached < 200 || swapped < 10 {
		t.Errorf("only %d were missed and %d of them by a new target: this proves nothing", breached, swapped)
	}
}
