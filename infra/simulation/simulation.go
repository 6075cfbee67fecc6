// Package simulation lets a whole desk run for a week or a year in a minute: the real
// steps, on a store and queues in memory, under a clock that is moved; customers who
// write in four languages by the hour of the week, agents with shifts and mistakes,
// platforms, queues and tables that misbehave, steps that die between any two calls
// and others that get in between. All of it is drawn from a seed: the same seed is
// the same run. What came of it is judged by package judge, which asks none of the
// desk's rules.
package simulation

import (
	"context"
	"log/slog"
	"time"

	"example.com/skala/infra/simulation/judge"
	"example.com/skala/infra/simulator/memory"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/fetch"
	"example.com/skala/shared/ledger"
)

// A Config is what a run is like.
type Config struct {
	Name  string // for people
	Seed  uint64
	Days  int
	Daily float64       // messages with which something begins, a day on average
	Storm float64       // messages of a storm
	Rough float64       // how much goes wrong: 0 for nothing, 1 for as much as in a bad week
	Idle  time.Duration // of an agent who finds nothing to do, at least
	Audit time.Duration // between two audits
	Log   *slog.Logger  // of the desk's steps; nil for none
}

// Week is a busy desk in bad weather.
func Week(seed uint64) Config {
	return Config{Name: "a week", Seed: seed, Days: 7, Daily: 250, Storm: 300, Rough: 1, Idle: 3 * time.Minute, Audit: 2 * time.Hour}
}

// Year is a smaller desk for longer, in better weather.
func Year(seed uint64) Config {
	return Config{Name: "a year", Seed: seed, Days: 365, Daily: 50, Storm: 60, Rough: 0.4, Idle: 8 * time.Minute, Audit: 24 * time.Hour}
}

// Days is a small desk for a few days, in which as much goes wrong as else in weeks.
func Days(seed uint64) Config {
	return Config{Name: "three days", Seed: seed, Days: 3, Daily: 60, Storm: 20, Rough: 3, Idle: 5 * time.Minute, Audit: 12 * time.Hour}
}

// rest is how long a desk is left alone in good weather after its days: what is on
// its way comes to its end, and hours close.
const rest = 6 * time.Hour

// Run lets a desk run and judges it.
func Run(c Config) (*Result, error) {
	began := time.Now() // of the machine: how long it takes is no part of the run
	d, err := live(c)
	if err != nil {
		return nil, err
	}
	r, err := d.result()
	if err != nil {
		return nil, err
	}
	r.Took = time.Since(began)
	return r, nil
}

// live lets a desk run to its end.
func live(c Config) (*Desk, error) {
	d, err := open(c)
	if err != nil {
		return nil, err
	}
	end := d.now.AddDate(0, 0, c.Days)
	d.schedule(d.now.Truncate(time.Minute))
	d.after(time.Minute, d.audits)
	d.arrive()
	d.writes(d.now)
	if c.Rough > 0 {
		d.forecast(d.now, end)
	}
	for range 1 + c.Days/14 {
		d.at(d.sometime(end), d.storm)
	}
	for range 1 + c.Days/30 {
		d.at(d.sometime(end), d.deploy)
	}
	d.run(end)
	d.still()
	d.run(d.now.Add(rest))
	return d, nil
}

// sometime is an instant until end, not at the very beginning.
func (d *Desk) sometime(end time.Time) time.Time {
	return d.now.Add(d.soon(end.Sub(d.now)/5, end.Sub(d.now)))
}

// still ends everything that goes wrong, and sends customers and agents home.
func (d *Desk) still() {
	d.silenced = true
	w := d.weather
	w.quiet, w.thin, w.still, w.down = true, 0, 0, map[string]int{}
	d.plan = nil // spells that would end
	d.Witness.Outage(d.Now().Add(-time.Hour), d.Now())
	d.skew, d.store.Lag = 0, 0
	for _, p := range d.network {
		p.moods = nil
	}
	d.mail = nil
	d.schedule(d.now.Truncate(time.Minute).Add(time.Minute))
	d.after(time.Minute, d.audits)
}

// A Result is what came of a run.
type Result struct {
	Config
	judge.Finding
	Tickets    int
	Events     int // answered 200
	TicketDays float64
	Took       time.Duration
	Spells     map[string]int
	Verbs      map[string]int

	Ills, Deaths, Meetings, LostNudges, Deployed, Storms int

	Digest string // of all that happened: equal for equal runs
}

// result has the judge look at everything.
func (d *Desk) result() (*Result, error) {
	c, err := d.evidence(context.Background())
	if err != nil {
		return nil, err
	}
	r := &Result{
		Config: d.cfg, Finding: c.Judge(), Tickets: len(c.Tickets), Events: len(d.Witness.Accepted), Spells: d.spelled, Verbs: d.done,
		Ills: d.ills, Deaths: d.deaths, Meetings: d.meetings, LostNudges: d.lostNudges, Deployed: d.deployed, Storms: d.storms,
	}
	for _, t := range c.Tickets {
		end := d.now
		if t.State.Final() {
			end = t.Updated
		}
		r.TicketDays += end.Sub(t.Created).Hours() / 24
	}
	r.Digest = digest(c)
	return r, nil
}

// evidence is all that the store holds in the end.
func (d *Desk) evidence(ctx context.Context) (*judge.Case, error) {
	c := &judge.Case{Witness: d.Witness, Rules: d.rules, Present: d.present, Leads: leads(), Channels: channels, Awake: d.awake, Programs: programs(""), Now: d.Now()}
	for cursor := ""; ; {
		tickets, next, err := d.store.All(ctx, cursor, 100)
		if err != nil {
			return nil, err
		}
		for _, t := range tickets {
			log, err := d.store.Log(ctx, t.ID)
			if err != nil {
				return nil, err
			}
			c.Tickets = append(c.Tickets, judge.Ticket{Ticket: t, Log: log})
		}
		if cursor = next; next == "" {
			break
		}
	}
	last := map[string]int{}
	for _, t := range c.Tickets {
		thread, n, _ := t.ID.Split()
		last[thread] = max(last[thread], n)
	}
	for i, t := range c.Tickets {
		thread, n, _ := t.ID.Split()
		c.Tickets[i].Present = last[thread] == n
	}
	var err error
	if c.Due, err = d.store.Due(ctx, d.now.AddDate(100, 0, 0), 1<<30); err != nil {
		return nil, err
	}
	for cursor := ""; ; {
		kept, next, err := d.store.Quarantined(ctx, cursor, 100)
		if err != nil {
			return nil, err
		}
		c.Kept = append(c.Kept, kept...)
		if cursor = next; next == "" {
			break
		}
	}
	for _, dead := range []interface {
		List(ctx context.Context, limit int) ([]desk.DeadLetter, error)
	}{
		&memory.DeadLetters[desk.RawEvent]{Of: d.inbound}, &memory.DeadLetters[desk.Nudge]{Of: d.due},
		&memory.DeadLetters[desk.Nudge]{Of: d.outbound}, &memory.DeadLetters[desk.Nudge]{Of: d.notices},
		&memory.DeadLetters[fetch.Job]{Of: d.wanted},
	} {
		all, err := dead.List(ctx, 100)
		if err != nil {
			return nil, err
		}
		c.Dead = append(c.Dead, all...)
	}
	c.Pages, err = d.pages(ctx)
	return c, err
}

// pages are the accounts of all hours: of closed ones as they were closed.
func (d *Desk) pages(ctx context.Context) ([]desk.LedgerPage, error) {
	pages, err := d.store.ClosedHours(ctx, Noon.Add(-48*time.Hour), d.now)
	if err != nil {
		return nil, err
	}
	open, err := d.store.OpenHours(ctx, d.now)
	if err != nil {
		return nil, err
	}
	for _, o := range open {
		h, err := d.store.LedgerHour(ctx, o.Hour)
		if err != nil {
			return nil, err
		}
		pages = append(pages, ledger.Reckon(h, d.now))
	}
	return pages, nil
}
