package sla_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.yaml.in/yaml/v3"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/sla"
)

// The plan of random histories: three calendars, one of them overnight over the hours
// in which clocks change, with targets for every metric and swaps by whatever a plan
// may promise by.
const historic = `
calendars:
  athens: {zone: Europe/Athens, week: {mon: ["09:00-13:00", "14:00-18:00"], tue: ["09:00-18:00"], wed: ["09:00-18:00"], thu: ["09:00-18:00"], fri: ["09:00-18:00"]}, dates: {2027-03-29: [], 2026-12-24: ["09:00-12:00"]}}
  night: {zone: America/New_York, week: {mon: ["22:00-06:00"], tue: ["22:00-06:00"], wed: ["22:00-06:00"], thu: ["22:00-06:00"], fri: ["22:00-06:00"], sat: ["22:00-06:00"], sun: ["22:00-06:00"]}}
plan:
  calendar: athens
  targets:
    critical: {calendar: always, first_response: 15m, resolution: 4h, update: 2h}
    high: {calendar: night, first_response: 1h, resolution: 8h, requester_wait: 20h, agent_work: 3h}
    normal: {first_response: 4h, resolution: 18h, vendor: 9h}
    low: {first_response: 9h, resolution: 27h, requester_wait: {time: 40h, calendar: always}, agent_work: {time: 30m, calendar: always}}
  rules:
    - {when: {segments: [b2b], severities: [normal, low]}, calendar: night, first_response: 30m, update: 4h}
    - {when: {tiers: [3, 4]}, calendar: always, resolution: 6h, vendor: 5h}
  pauses: {resolution: [waiting, on hold], next_response: [waiting], update: [waiting]}
`

func planOf(t *testing.T, text string) *sla.Plan {
	t.Helper()
	var doc struct{ Calendars, Plan yaml.Node }
	if err := yaml.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	calendars, mistakes := sla.DecodeCalendars(&doc.Calendars)
	plan, more := sla.DecodePlan(&doc.Plan, calendars, sla.Names{})
	if mistakes = append(mistakes, more...); len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	return plan
}

// A history is a ticket as chance has it.
type history struct {
	r      *rand.Rand
	plan   *sla.Plan
	now    time.Time
	ticket desk.Ticket
	log    []desk.Entry
	keys   int
}

func (h *history) write(e desk.Entry) {
	e.Version, e.At = h.ticket.Version+1, h.now
	h.ticket, h.log = desk.Apply(h.ticket, e, h.plan), append(h.log, e)
}

func (h *history) tried(e desk.Entry, err error) {
	if err == nil {
		h.write(e)
	}
}

func (h *history) verdict() *desk.Verdict {
	severity := desk.Severity(h.r.IntN(4)) + desk.Low
	v := &desk.Verdict{Severity: severity, Category: []desk.Category{desk.Billing, desk.Request, desk.Complaint}[h.r.IntN(3)], Tier: desk.Tier(h.r.IntN(desk.Tiers)), Actionable: h.r.IntN(6) > 0}
	if !v.Actionable {
		v.Severity, v.Category = desk.Low, desk.Praise
	}
	return v
}

func (h *history) says() {
	h.keys++
	e := desk.Entry{What: desk.Received, Verdict: h.verdict(), Message: &desk.Message{Key: fmt.Sprint("m", h.keys), Direction: desk.In, Author: desk.Author{ID: "x"}}}
	if h.ticket.State == "" {
		e.Policy, e.Origin = "p", &desk.Origin{Platform: "line", Brand: "aegean", Visibility: desk.Private}
		if h.r.IntN(2) == 0 {
			e.Verdict.Actionable = true
		}
	}
	h.write(e)
}

// step lets one thing happen.
func (h *history) step() {
	t, r := h.ticket, h.r
	h.keys++
	key := fmt.Sprint("k", h.keys)
	if t.State.Final() {
		return
	}
	switch r.IntN(24) {
	case 0, 1, 2, 3:
		if t.Takes(h.now, h.plan) {
			h.says()
		}
	case 4, 5, 6:
		h.tried(t.Claim("ann", key, h.now, h.plan))
	case 7:
		h.tried(t.TakeOver("bea", key, h.now, h.plan))
	case 8, 9, 10:
		h.tried(t.Reply(t.Lease.Token, key, desk.Draft{Text: "yes"}, 0, h.now))
	case 11, 12, 13:
		if len(t.Outbox) > 0 {
			what := []desk.What{desk.Sent, desk.Sent, desk.Sent, desk.SendFailed}[r.IntN(4)]
			h.write(desk.Entry{What: what, Target: t.Outbox[0], Seen: t.Version - int64(r.IntN(3))})
		}
	case 14:
		h.tried(t.Hold("ann", h.now.Add(time.Duration(1+r.IntN(4000))*time.Minute), "vendor", h.now))
	case 15:
		h.tried(t.Escalate("ann", desk.Tier(r.IntN(desk.Tiers)), "up", h.now))
	case 16:
		h.tried(t.HandBack("ann", desk.Tier(r.IntN(desk.Tiers)), "", "down", h.now))
	case 17:
		h.tried(t.Solve("ann", "", h.now))
	case 18:
		h.tried(t.Reopen("ann", "", h.now))
	case 19, 20:
		v := h.verdict()
		h.tried(t.Correct("lead", desk.Correction{Message: t.VerdictOn, Was: t.Verdict, Verdict: *v, Tier: v.Tier, Keep: r.IntN(2) == 0}, h.now))
	case 21:
		h.write(desk.Entry{What: desk.Introduced, Message: &desk.Message{Author: desk.Author{ID: "x", Name: "X", Organisation: "acme"}}})
	case 22:
		h.write(desk.Entry{What: desk.SentElsewhere, Seen: t.Version, Message: &desk.Message{Key: key}})
	case 23:
		h.tried(t.Promote("lead", desk.Individual, h.now))
	}
}

// lives makes a history over about as many days. The desk acts by itself, but not
// always in time: it may be down over a deadline.
func lives(r *rand.Rand, plan *sla.Plan, from time.Time, days int) *history {
	h := &history{r: r, plan: plan, now: from, ticket: desk.Ticket{ID: "thread.1"}}
	h.says()
	for end := from.AddDate(0, 0, days); h.now.Before(end) && len(h.log) < 200; {
		h.now = h.now.Add(time.Duration([]int{0, 1, 5, 60, r.IntN(600), r.IntN(8000)}[r.IntN(6)]) * time.Minute)
		if r.IntN(3) > 0 {
			for range 20 {
				e, ok := h.ticket.Act(h.now, plan, nil)
				if !ok {
					break
				}
				h.write(e)
			}
		}
		h.step()
	}
	return h
}

// seasons are days near which clocks change in one of the zones.
var seasons = []time.Time{
	time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 20, 0, 0, 0, 0, time.UTC), time.Date(2027, 3, 11, 0, 0, 0, 0, time.UTC),
	time.Date(2027, 3, 24, 0, 0, 0, 0, time.UTC), time.Date(2028, 10, 25, 0, 0, 0, 0, time.UTC), time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC),
}

// histories makes as many and shows each.
func histories(t *testing.T, n int, see func(t *testing.T, h *history)) {
	t.Helper()
	plan := planOf(t, historic)
	for seed := range uint64(n) {
		r := rand.New(rand.NewPCG(seed, 7))
		days := []int{3, 20, 200, 900}[r.IntN(4)]
		see(t, lives(r, plan, seasons[r.IntN(len(seasons))].Add(time.Duration(r.IntN(7*24*60))*time.Minute), days))
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func TestTheStoredTicketIsTheFoldOfItsLogOverYears(t *testing.T) {
	t.Parallel()
	entries := 0
	histories(t, 200, func(t *testing.T, h *history) {
		entries += len(h.log)
		if diff := cmp.Diff(desk.Fold("thread.1", "", h.log, h.plan), h.ticket, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("(-folded +incremental):\n%s", diff)
		}
		half := desk.Fold("thread.1", "", h.log[:len(h.log)/2], h.plan)
		stored, err := json.Marshal(half)
		if err != nil {
			t.Fatal(err)
		}
		var read desk.Ticket
		if err := json.Unmarshal(stored, &read); err != nil {
			t.Fatal(err)
		}
		for _, e := range h.log[len(h.log)/2:] {
			read = desk.Apply(read, e, h.plan)
		}
		if diff := cmp.Diff(h.ticket, read, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("read back half-way (-stored +read):\n%s", diff)
		}
	})
	if entries < 5000 {
		t.Errorf("the histories have %d entries: they are too dull", entries)
	}
}

func TestTheOrderOfTicksIsTotalWhateverTheStorageOrder(t *testing.T) {
	t.Parallel()
	same := 0
	histories(t, 100, func(t *testing.T, h *history) {
		ticks := desk.Ticks("thread.1", "", h.log, desk.Under(h.plan))
		for i := 1; i < len(ticks); i++ {
			if desk.CompareTicks(ticks[i-1], ticks[i]) >= 0 || desk.CompareTicks(ticks[i], ticks[i-1]) <= 0 {
				t.Errorf("not in order: %+v, %+v", ticks[i-1], ticks[i])
			}
			if ticks[i].At.Equal(ticks[i-1].At) {
				same++
			}
		}
		mixed := slices.Clone(h.log)
		h.r.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
		if diff := cmp.Diff(ticks, desk.Ticks("thread.1", "", mixed, desk.Under(h.plan))); diff != "" {
			t.Errorf("by another order of storage:\n%s", diff)
		}
		shuffled := slices.Clone(ticks)
		h.r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		slices.SortFunc(shuffled, desk.CompareTicks)
		if diff := cmp.Diff(ticks, shuffled); diff != "" {
			t.Errorf("sorted again:\n%s", diff)
		}
	})
	if same < 100 {
		t.Errorf("only %d ticks share an instant: this proves nothing", same)
	}
}

func TestAReportIsReckonedFromTheLogAlone(t *testing.T) {
	t.Parallel()
	missed := 0
	histories(t, 120, func(t *testing.T, h *history) {
		report := desk.Reported("thread.1", "", h.log, h.now, desk.Under(h.plan))
		// A claim that has run out is no work, though nobody has noticed.
		noticed := desk.Apply(h.ticket, desk.Entry{Version: h.ticket.Version + 1, What: desk.Noticed, At: h.now}, h.plan)
		for _, c := range noticed.Clocks {
			i := slices.IndexFunc(report.Runs, func(run desk.Run) bool { return run.Metric == c.Metric && run.Cycle == c.Cycle })
			if i < 0 {
				t.Errorf("%s %d is not in the report", c.Metric, c.Cycle)
				continue
			}
			run, used := report.Runs[i], c.Used
			if c.State == desk.Running {
				used += h.plan.Between(c.Calendar, c.Since, h.now)
			}
			end := h.now
			if !c.Ended.IsZero() {
				end = c.Ended
			}
			late := c.Breached() || !c.Deadline.IsZero() && end.After(c.Deadline)
			if run.State != c.State || run.Used != used || run.Missed != late || !run.Ended.Equal(c.Ended) || run.Target != c.Target || !run.Started.Equal(c.Started) {
				t.Errorf("the report says %+v of\n%+v, used %v by %v", run, c, used, h.now)
			}
			if run.Missed {
				missed++
			}
			if run.Stood < 0 || run.Stood > run.Wall || run.Calendar == "" && run.State != desk.Ended && run.Wall-run.Stood < run.Used {
				t.Errorf("%+v: stood longer than it lasted, or used more than it ran", run)
			}
		}
	})
	if missed < 50 {
		t.Errorf("only %d clocks missed: this proves nothing", missed)
	}
}
