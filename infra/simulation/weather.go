package simulation

import (
	"slices"
	"time"

	"example.com/skala/infra/simulator/memory"
)

// A weather is what goes wrong at the moment, and how often.
type weather struct {
	quiet bool // nothing but what stands in down

	dies, lost, meets     float64 // of each call: the step dies, the call fails, others get in between
	crowds                float64 // of each change of a ticket: its customer writes at that moment
	loses, doubles, slows float64 // of each nudge
	repeats               float64 // of what a queue has handed out and was done: it comes again
	missed, twice         float64 // of each sweep

	down  map[string]int // what is away: table, a queue by its name, or one call of them; how many times over
	thin  float64        // share of the table's calls that are throttled
	still int            // the schedule does not run
}

// storms is a weather in which things go wrong so much.
func storms(rough float64) *weather {
	return &weather{
		dies: 0.0006 * rough, lost: 0.0008 * rough, meets: 0.004 * rough, crowds: 0.003 * rough, loses: 0.01 * rough, doubles: 0.02 * rough, slows: 0.01 * rough, repeats: 0.01 * rough,
		missed: 0.01 * rough, twice: 0.02 * rough, down: map[string]int{},
	}
}

func calm() *weather { return &weather{quiet: true, down: map[string]int{}} }

// away reports whether what a call is about does not answer now.
func (w *weather) away(d *Desk, call string) (memory.FaultKind, bool) {
	on := queueOf(call)
	switch {
	case on == "" && w.down["table"] > 0, on != "" && w.down[on] > 0, w.down[call] > 0:
		return memory.Throttle, true
	case on == "" && w.thin > 0 && d.chance.Float64() < w.thin:
		return memory.Throttle, true
	}
	return "", false
}

// A spell is a time in which something goes wrong.
type spell struct {
	name   string
	begins func()
	ends   func()
	long   [2]time.Duration
	all    bool // nothing can be promised to anybody meanwhile
	weekly float64
}

// spells are what may go wrong for a while, and how often a week.
func (d *Desk) spells() []spell {
	w := d.weather
	down := func(what string) (func(), func()) {
		return func() { w.down[what]++ }, func() { w.down[what]-- }
	}
	mail := func(m mood) (func(), func()) {
		return func() { d.mail = append(d.mail, m) }, func() {
			if i := slices.Index(d.mail, m); i >= 0 {
				d.mail = slices.Delete(d.mail, i, i+1)
			}
		}
	}
	mood := func(m mood) (func(), func()) {
		return func() {
				a := d.network[d.chance.IntN(len(d.network))]
				a.moods = append(a.moods, m)
			}, func() {
				for _, a := range d.network {
					if i := slices.Index(a.moods, m); i >= 0 {
						a.moods = slices.Delete(a.moods, i, i+1)
						return
					}
				}
			}
	}
	one := func(name string, weekly float64, from, to time.Duration, all bool, begins, ends func()) spell {
		return spell{name: name, weekly: weekly, long: [2]time.Duration{from, to}, all: all, begins: begins, ends: ends}
	}
	tableGoes, tableComes := down("table")
	inboundGoes, inboundComes := down("inbound")
	dueGoes, dueComes := down("due")
	outboundGoes, outboundComes := down("outbound")
	tierGoes, tierComes := down("tier1")
	triageStops, triageGoes := down("inbound's function")
	workersStop, workersGo := down("due's function")
	couriersStop, couriersGo := down("outbound's function")
	limits, limitsNot := mood(limited)
	breaks, mends := mood(broken)
	answersNot, answers := mood(mute)
	refuses, lets := mood(expired)
	drags, hurries := mood(slow)
	piles, flows := mail(limited)
	loses, keeps := mail(mute)
	returns, accepts := mail(expired)
	return []spell{
		one("letters are not taken", 2, 5*time.Minute, 2*time.Hour, false, piles, flows),
		one("letters are not answered", 2, 5*time.Minute, time.Hour, false, loses, keeps),
		one("letters are refused", 1, 5*time.Minute, time.Hour, false, returns, accepts),
		one("table away", 1, 2*time.Minute, 30*time.Minute, true, tableGoes, tableComes),
		one("table throttled", 2, 5*time.Minute, 20*time.Minute, true, func() { w.thin += 0.2 }, func() { w.thin -= 0.2 }),
		one("inbound queue away", 2, time.Minute, 20*time.Minute, false, inboundGoes, inboundComes),
		one("due queue away", 1, time.Minute, 20*time.Minute, true, dueGoes, dueComes),
		one("outbound queue away", 1, time.Minute, 20*time.Minute, false, outboundGoes, outboundComes),
		one("a tier's queue away", 1, time.Minute, 20*time.Minute, true, tierGoes, tierComes),
		one("triage stands", 0.7, 5*time.Minute, 4*time.Hour, true, triageStops, triageGoes),
		one("workers stand", 0.7, 5*time.Minute, time.Hour, true, workersStop, workersGo),
		one("couriers stand", 0.7, 5*time.Minute, time.Hour, true, couriersStop, couriersGo),
		one("schedule still", 1, 3*time.Minute, 30*time.Minute, true, func() { w.still++ }, func() { w.still-- }),
		one("clocks an hour ahead", 0.7, 2*time.Minute, 15*time.Minute, true, func() { d.skew += time.Hour }, func() { d.skew -= time.Hour }),
		one("indexes behind", 3, 10*time.Minute, 3*time.Hour, false, func() { d.store.Lag += 2 * time.Second }, func() { d.store.Lag -= 2 * time.Second }),
		one("a platform wants patience", 4, 5*time.Minute, time.Hour, false, limits, limitsNot),
		one("a platform is broken", 3, 5*time.Minute, time.Hour, false, breaks, mends),
		one("a platform does not answer", 3, 5*time.Minute, 30*time.Minute, false, answersNot, answers),
		one("a token has expired", 1, time.Hour, time.Hour, false, refuses, lets),
		one("a platform is slow", 3, 10*time.Minute, time.Hour, false, drags, hurries),
	}
}

// forecast plans what goes wrong between two instants.
func (d *Desk) forecast(from, to time.Time) {
	span := to.Sub(from)
	for _, s := range d.spells() {
		times := d.cfg.Rough * s.weekly * float64(span) / float64(7*24*time.Hour)
		for n := d.chance.ExpFloat64(); n < times; n += d.chance.ExpFloat64() {
			begins := from.Add(time.Duration(d.chance.Int64N(int64(span))))
			lasts := s.long[0] + time.Duration(d.chance.Int64N(int64(s.long[1]-s.long[0]+1)))
			d.at(begins, func() { d.begin(s, lasts) })
		}
	}
}

func (d *Desk) begin(s spell, lasts time.Duration) {
	began := d.Now()
	d.spelled[s.name]++
	s.begins()
	d.after(lasts, func() {
		ended := d.Now()
		s.ends()
		if s.all {
			d.Witness.Outage(began, ended)
		}
	})
}
