package desk_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
	"example.com/skala/shared/sla"
)

// These are the stories of chains: who is told of a breach, when, and what is said
// where nobody is there. They run on real plans and a real directory.

// press is a team with a lead and an agent who work in the office hours of Athens,
// and a rota that is on duty at any hour: lea this week, max the next.
func press() (d people.Directory) {
	office := people.Week{}
	for _, day := range []string{"mon", "tue", "wed", "thu", "fri"} {
		office[day] = []string{"09:00-18:00"}
	}
	member := func(id string, roles ...string) people.Member {
		return people.Member{ID: id, Name: id, Roles: roles, Teams: []string{"press"}, Zone: "Europe/Athens", Shifts: office}
	}
	return people.NewDirectory(
		[]people.Member{member("lea", "lead"), member("nok", "senior"), member("max", "lead")},
		[]people.Team{{ID: "press", Name: "Press", Leads: []string{"lea"}}},
		[]people.Rota{{ID: "nights", Zone: "Europe/Athens", Start: "2026-11-23", Handover: "09:00", Turn: 7, Members: []string{"lea", "max"}}},
	)
}

// A course is what becomes of one ticket of the press team, told by the wall clock
// of Athens. Its first response is due within 15 minutes, at any hour.
type course struct {
	t    *testing.T
	plan *sla.Plan
	crew desk.Crew
	now  time.Time
	desk.Ticket
	log  []desk.Entry
	said []string // by the desk itself
}

func athens(t *testing.T) *time.Location {
	t.Helper()
	zone, err := sla.LoadZone("Europe/Athens")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// at is an instant by the wall clock of Athens: "Mon 09:00" of the week of Monday,
// 23 November 2026, or "2026-11-30 09:00".
func (c *course) at(wall string) time.Time {
	c.t.Helper()
	if day, clock, ok := strings.Cut(wall, " "); ok && len(day) == 3 {
		n := slices.Index([]string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}, day)
		wall = fmt.Sprintf("2026-11-%02d %s", 23+n, clock)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", wall, athens(c.t))
	if err != nil {
		c.t.Fatal(err)
	}
	return at
}

// begins is a course from a critical message on, under chains as a policy has them,
// the plan's own behind them.
func begins(t *testing.T, when, chains string, crew desk.Crew) *course {
	t.Helper()
	var doc struct{ Calendars, Chains, Plan yaml.Node }
	document := `
calendars: {office: {zone: Europe/Athens, week: {mon: ["09:00-18:00"], tue: ["09:00-18:00"], wed: ["09:00-18:00"], thu: ["09:00-18:00"], fri: ["09:00-18:00"]}}}
` + chains + `
plan:
  calendar: office
  warn: 0
  targets:
    critical: {calendar: always, acknowledge: 90d, first_response: 15m, resolution: 90d}
    normal: {calendar: always, acknowledge: 90d, first_response: 15m, resolution: 90d}
    low: {calendar: always, acknowledge: 90d, first_response: 2h, resolution: 90d}
  chain: {top: 3, repeat: 15m, limit: 2}
`
	if err := yaml.Unmarshal([]byte(document), &doc); err != nil {
		t.Fatal(err)
	}
	calendars, mistakes := sla.DecodeCalendars(&doc.Calendars)
	plan, more := sla.DecodePlan(&doc.Plan, calendars, sla.Names{Teams: []string{"press"}, Chains: &doc.Chains})
	if len(mistakes)+len(more) > 0 {
		t.Fatal(mistakes, more)
	}
	c := &course{t: t, plan: plan, crew: crew, Ticket: desk.Ticket{ID: "thread.1"}}
	c.now = c.at(when)
	c.says("m1", desk.Critical)
	return c
}

// chained is begins with one chain that is for everything.
func chained(t *testing.T, when, chain string, crew desk.Crew) *course {
	t.Helper()
	return begins(t, when, "chains:\n  - {name: all, when: {metrics: [first_response]}, "+chain+"}", crew)
}

func (c *course) write(e desk.Entry, err error) *course {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
	if e.Version = c.Version + 1; e.At.IsZero() {
		e.At = c.now
	}
	c.Ticket, c.log = desk.Apply(c.Ticket, e, c.plan), append(c.log, e)
	return c
}

func (c *course) says(key string, severity desk.Severity) *course {
	c.t.Helper()
	v := desk.Verdict{Category: desk.Complaint, Severity: severity, Tier: desk.General, Team: "press", Actionable: true}
	return c.write(desk.Entry{What: desk.Received, Event: desk.MessageCreated, Verdict: &v, Policy: "p1", Origin: &desk.Origin{Platform: "line", Brand: "aegean"},
		Message: &desk.Message{Key: key, ID: key, Text: "an answer, please", Direction: desk.In, Visibility: desk.Private}}, nil)
}

// until lets time pass: whatever is due is done at its instant.
func (c *course) until(when string) *course {
	c.t.Helper()
	end := c.at(when)
	for range 200 {
		at := c.ActAt(c.plan)
		if at.IsZero() || at.After(end) {
			c.now = end
			return c
		}
		if at.After(c.now) {
			c.now = at
		}
		e, ok := c.Act(c.now, c.plan, c.crew)
		if !ok {
			c.t.Fatalf("nothing to do at %v, though it is due", c.now)
		}
		c.write(e, nil)
		if e.What == desk.Breached {
			c.said = append(c.said, c.now.In(athens(c.t)).Format("Mon 15:04 ")+e.Why)
		} else {
			c.said = append(c.said, c.now.In(athens(c.t)).Format("Mon 15:04 ")+string(e.What))
		}
	}
	c.t.Fatal("the desk never comes to rest")
	return c
}

// told checks what the desk said by itself since it was last asked, and that the log
// leads to the same ticket, each step in it once.
func (c *course) told(want ...string) *course {
	c.t.Helper()
	for i := range want {
		want[i] = strings.ReplaceAll(want[i], "|", "first response missed")
	}
	if diff := cmp.Diff(want, c.said); diff != "" {
		c.t.Error(diff)
	}
	c.said = nil
	if diff := cmp.Diff(c.Ticket, desk.Fold("thread.1", "", c.log, c.plan)); diff != "" {
		c.t.Errorf("the fold of the log is another ticket (-stored +folded):\n%s", diff)
	}
	last := map[string]int{}
	for _, e := range c.log {
		if e.What != desk.Breached {
			continue
		}
		of := fmt.Sprint(e.Metric, e.Cycle)
		if e.Level != last[of]+1 {
			c.t.Errorf("step %d of %s comes after step %d", e.Level, of, last[of])
		}
		last[of] = e.Level
	}
	return c
}

func (c *course) is(state desk.State, tier desk.Tier, assignee string) *course {
	c.t.Helper()
	if c.State != state || c.Tier != tier || c.Assignee != assignee {
		c.t.Errorf("at %s: %s, tier %d, assignee %q, want %s, tier %d, %q", c.now.In(athens(c.t)).Format("Mon 15:04"), c.State, c.Tier, c.Assignee, state, tier, assignee)
	}
	return c
}

func TestByDayEverybodyIsToldInTheirTurn(t *testing.T) {
	t.Parallel()
	c := chained(t, "Tue 10:00", "steps: [{do: raise}, {do: notify, after: 5m}, {do: page, after: 10m}, {do: page, to: nights, after: 1h}]", press())
	c.until("Wed 10:00").told(
		"Tue 10:15 |: escalated from tier 1 to tier 2",
		"Tue 10:20 |: notified lea, max, nok (press)",
		"Tue 10:30 |: paged lea (press)",
		"Tue 11:30 |: paged lea (nights)",
	).is(desk.New, desk.Individual, "")
}

func TestAtNightWhoIsNotOnShiftIsPassedAtOnce(t *testing.T) {
	t.Parallel()
	c := chained(t, "Tue 23:00", "steps: [{do: notify}, {do: page, after: 10m}, {do: page, to: nights, after: 1h}, {do: raise, after: 5m}]", press())
	c.until("Wed 10:00").told(
		"Tue 23:15 |: notify team: nobody of press is on shift, passed",
		"Tue 23:15 |: page lead: nobody of press is on shift, passed",
		"Tue 23:15 |: paged lea (nights)", // a rota is on duty outside of shifts too
		"Tue 23:20 |: escalated from tier 1 to tier 2",
	)
}

func TestAtTheWeekendAStepWaitsIsPassedOrTakenAsItSays(t *testing.T) {
	t.Parallel()
	c := chained(t, "Fri 20:00", "calendar: office, steps: [{do: raise}, {do: page, after: 5m, outside: pass}, {do: page, to: nights, after: 5m, outside: page}, {do: notify, after: 5m, outside: wait}, {do: incident, after: 5m, outside: wait}]", press())
	c.until("2026-11-30 12:00").told(
		"Fri 20:15 |: escalated from tier 1 to tier 2",
		"Fri 20:20 |: page lead: outside business hours, passed",
		"Fri 20:20 |: paged lea (nights)",
		"Mon 09:00 |: notified lea, max, nok (press)",
		"Mon 09:05 |: to be taken as an incident",
	)
}

func TestABreachIsRecordedAtItsDeadlineThoughItsFirstStepWaits(t *testing.T) {
	t.Parallel()
	c := chained(t, "Fri 20:00", "calendar: office, steps: [{do: notify, outside: wait}, {do: raise, after: 10m}]", press())
	c.until("Sun 12:00").told("Fri 20:15 |: notify team: waits for business hours, until 2026-11-30 07:00 UTC")
	if e := c.log[len(c.log)-1]; e.Overdue() != 0 || e.Level != 1 || e.Step != "" || !e.Until.Equal(c.at("2026-11-30 09:00")) {
		t.Errorf("recorded as %+v", e)
	}
	c.until("2026-11-30 12:00").told("Mon 09:00 |: notified lea, max, nok (press)", "Mon 09:10 |: escalated from tier 1 to tier 2")
}

func TestAStepThatWaitedTooLongForTheDeskIsTakenWhenSomebodyLooks(t *testing.T) {
	t.Parallel()
	c := chained(t, "Fri 20:00", "calendar: office, steps: [{do: notify, outside: wait}]", press())
	c.now = c.at("2026-11-30 11:00") // the desk was down over the weekend
	c.until("2026-11-30 11:00").told("Mon 11:00 |: notified lea, max, nok (press)")
}

func TestWhereAllAreAwayTheChainEndsAndSaysSo(t *testing.T) {
	t.Parallel()
	d := press()
	for id, m := range d.Members {
		m.Presence = people.Presence{Away: true, Since: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}
		d.Members[id] = m
	}
	c := chained(t, "Tue 10:00", "steps: [{do: warn}, {do: notify, after: 5m}, {do: page, to: nights, after: 5m}, {do: swarm, after: 1h}]", d)
	c.until("Wed 10:00").told(
		"Tue 10:15 |: warn holder: nobody has it, passed",
		"Tue 10:15 |: notify team: nobody of press is on shift, passed",
		"Tue 10:15 |: page lead: nobody of nights is on shift, passed",
		"Tue 10:15 |: swarm: nobody of press is on shift, passed; the chain ends here",
	).is(desk.New, desk.General, "")
}

func TestARepeatThatReachesNobodyTriesAgainAsOftenAsItMay(t *testing.T) {
	t.Parallel()
	c := chained(t, "Tue 08:20", "repeat: 10m, limit: 5, steps: [{do: page}]", press())
	c.until("Tue 08:50").told("Tue 08:35 |: page lead: nobody of press is on shift, passed", "Tue 08:45 |: page lead: nobody of press is on shift, passed")
	c.until("Tue 10:00").told("Tue 08:55 |: page lead: nobody of press is on shift, passed", "Tue 09:05 |: paged lea (press)", "Tue 09:15 |: paged lea (press)")
	c = chained(t, "Tue 22:00", "repeat: 10m, limit: 2, steps: [{do: page}]", press())
	c.until("Wed 10:00").told("Tue 22:15 |: page lead: nobody of press is on shift, passed", "Tue 22:25 |: page lead: nobody of press is on shift, passed; the chain ends here")
}

func TestARotaThatThereIsNotIsPassed(t *testing.T) {
	t.Parallel()
	c := chained(t, "Tue 10:00", "steps: [{do: page, to: knights}, {do: page, to: press, after: 5m}]", press())
	c.until("Tue 12:00").told("Tue 10:15 |: page lead: nobody of knights is on shift, passed", "Tue 10:15 |: paged lea (press)")
}

func TestAnOverrideIsPagedInPlaceOfWhoseTurnItIs(t *testing.T) {
	t.Parallel()
	d := press()
	rota := d.Rotas["nights"]
	c := chained(t, "Tue 23:00", "repeat: 1h, limit: 3, steps: [{do: page, to: nights}]", nil)
	rota.Overrides = []people.Override{{From: c.at("Wed 00:00"), To: c.at("Wed 01:00"), Who: "nok", Why: "lea is at a wedding"}}
	c.crew = people.NewDirectory([]people.Member{d.Members["lea"], d.Members["nok"], d.Members["max"]}, nil, []people.Rota{rota})
	c.until("Wed 10:00").told("Tue 23:15 |: paged lea (nights)", "Wed 00:15 |: paged nok (nights)", "Wed 01:15 |: paged lea (nights)")
	c = chained(t, "2026-12-01 23:00", "steps: [{do: page, to: nights}]", press())
	c.until("2026-12-02 10:00").told("Tue 23:15 |: paged max (nights)") // the next week is another's
}

func TestAHolderIsWarnedAndOneWhoIsAwayIsPassed(t *testing.T) {
	t.Parallel()
	warn := "steps: [{do: warn}, {do: page, after: 10m}]"
	c := chained(t, "Tue 10:00", warn, press())
	c.write(c.Assign("lea", "nok", "", c.now)).until("Tue 12:00").told("Tue 10:15 |: warned nok", "Tue 10:25 |: paged lea (press)").is(desk.Open, desk.General, "nok")

	d := press()
	nok := d.Members["nok"]
	nok.Presence = people.Presence{Away: true}
	d.Members["nok"] = nok
	c = chained(t, "Tue 10:00", warn, d)
	c.write(c.Assign("lea", "nok", "", c.now)).until("Tue 12:00").told("Tue 10:15 |: warn holder: nok is not there, passed", "Tue 10:15 |: paged lea (press)")
}

func TestWhatNobodyKnowsIsNoReasonToPass(t *testing.T) {
	t.Parallel()
	for name, crew := range map[string]desk.Crew{"no directory": nil, "an empty one": people.NewDirectory(nil, nil, nil)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := chained(t, "Tue 23:00", "steps: [{do: warn}, {do: page, to: nights, after: 5m}, {do: raise, after: 5m}]", crew)
			c.write(c.Assign("lea", "nok", "", c.now)).until("Wed 10:00").told(
				"Tue 23:15 |: warned nok",
				"Tue 23:20 |: page lead of nights, whoever that is: the directory names nobody",
				"Tue 23:25 |: escalated from tier 1 to tier 2",
			).is(desk.New, desk.Individual, "")
		})
	}
}

func TestStepsGoOnWhileSomebodyHasTheTicketAndRepeatsDoNot(t *testing.T) {
	t.Parallel()
	c := chained(t, "Tue 10:00", "repeat: 10m, limit: 5, steps: [{do: raise}, {do: page, after: 10m}]", press())
	c.until("Tue 10:16").told("Tue 10:15 |: escalated from tier 1 to tier 2")
	c.write(c.Assign("lea", "nok", "", c.now)).until("Tue 12:00").told("Tue 10:25 |: paged lea (press)").is(desk.Open, desk.Individual, "nok")
	c.write(c.HandBack("nok", desk.General, "", "ask for the order", c.now)).until("Tue 12:25").told("Tue 12:10 |: paged lea (press)", "Tue 12:20 |: paged lea (press)")
	c.until("Wed 12:00").told("Tue 12:30 |: paged lea (press)") // five steps
	if c.Tier != desk.General {
		t.Errorf("paging moved it to tier %d", c.Tier)
	}
}

func TestWhatIsAnsweredGoesNoFurther(t *testing.T) {
	t.Parallel()
	c := chained(t, "Tue 10:00", "steps: [{do: raise}, {do: page, after: 10m}]", press())
	c.until("Tue 10:16").write(c.Claim("nok", "token", c.now, c.plan)).write(c.Reply("token", "r1", desk.Draft{Text: "here it is"}, 0, c.now))
	c.write(desk.Entry{What: desk.Sent, Target: "r1", Seen: c.Version}, nil)
	c.until("Tue 10:20").told("Tue 10:15 |: escalated from tier 1 to tier 2").is(desk.Waiting, desk.Individual, "nok")
	c.until("Tue 12:00").told("Tue 10:21 lapsed")
}

func TestRaisingLeavesTheTicketToWhoeverTypesAndTakesItFromWhoeverDoesNot(t *testing.T) {
	t.Parallel()
	raise := "steps: [{do: warn}, {do: raise, after: 3m}]"
	told := []string{"Tue 10:15 |: warned nok", "Tue 10:18 |: escalated from tier 1 to tier 2"}
	c := chained(t, "Tue 10:00", raise, press())
	c.until("Tue 10:14").write(c.Claim("nok", "token", c.now, c.plan)) // for five minutes
	c.until("Tue 10:18").told(slices.Clone(told)...).is(desk.Open, desk.Individual, "nok")
	c = chained(t, "Tue 10:00", raise, press())
	c.write(c.Assign("lea", "nok", "", c.now)).until("Tue 10:18").told(slices.Clone(told)...).is(desk.New, desk.Individual, "")
}

func TestASwarmKeepsTheOwnerAndVendorsTakeTheTicket(t *testing.T) {
	t.Parallel()
	c := chained(t, "Tue 10:00", "steps: [{do: swarm}, {do: vendor, after: 5m}, {do: vendor, after: 5m}]", press())
	c.write(c.Assign("lea", "nok", "", c.now)).until("Tue 10:16").told("Tue 10:15 |: asked lea, max, nok (press) to join in").is(desk.Open, desk.General, "nok")
	c.until("Tue 10:21").told("Tue 10:20 |: handed from tier 1 to vendors and developers").is(desk.New, desk.Vendor, "")
	c.until("Tue 12:00").told("Tue 10:25 |: is with vendors and developers already").is(desk.New, desk.Vendor, "")
}

func TestOfManyWhoAreToldTheLogNamesAFew(t *testing.T) {
	t.Parallel()
	var all []people.Member
	for _, id := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		all = append(all, people.Member{ID: id, Name: id, Roles: []string{"senior"}, Teams: []string{"press"}})
	}
	c := chained(t, "Tue 10:00", "steps: [{do: notify, to: press}]", people.NewDirectory(all, nil, nil))
	c.until("Tue 12:00").told("Tue 10:15 |: notified a, b, c, d, e and 2 more (press)")
	if to := c.log[len(c.log)-1].To; len(to) != 7 {
		t.Errorf("told %q", to)
	}
}

// tiered has a chain for each of two tiers, and one for what is critical.
const tiered = `
chains:
  - {name: grave, when: {severities: [critical], metrics: [first_response]}, steps: [{do: page}, {do: incident, after: 5m}]}
  - {name: low, when: {tiers: [1], metrics: [first_response]}, repeat: 10m, limit: 4, steps: [{do: raise}, {do: notify, after: 10m}]}
  - {name: high, when: {tiers: [2], metrics: [first_response]}, steps: [{do: incident}, {do: incident, after: 1m}]}
`

// mild begins as something normal.
func mild(t *testing.T, crew desk.Crew) *course {
	t.Helper()
	c := begins(t, "Tue 10:00", tiered, crew)
	c.Ticket, c.log = desk.Ticket{ID: "thread.1"}, nil
	return c.says("m1", desk.Normal)
}

func TestAClockStaysInItsChainThoughItsStepsMoveTheTicket(t *testing.T) {
	t.Parallel()
	c := mild(t, press())
	c.until("Tue 10:40").told(
		"Tue 10:15 |: escalated from tier 1 to tier 2", // tier 2 has another chain
		"Tue 10:25 |: notified lea, max, nok (press)",
		"Tue 10:35 |: notified lea, max, nok (press)",
	)
	if name := c.InChain(desk.FirstResponse); name != "low" {
		t.Errorf("is in chain %q", name)
	}
}

func TestWhatIsGraverNowBeginsTheChainOfThat(t *testing.T) {
	t.Parallel()
	c := mild(t, press())
	c.until("Tue 10:20").told("Tue 10:15 |: escalated from tier 1 to tier 2")
	c.says("m2", desk.Critical).until("Tue 12:00").told("Tue 10:20 |: paged lea (press)", "Tue 10:25 |: to be taken as an incident")
	if c.InChain(desk.FirstResponse) != "grave" {
		t.Errorf("is in chain %q", c.InChain(desk.FirstResponse))
	}
	c = mild(t, press())
	c.until("Tue 10:20").says("m2", desk.High).until("Tue 10:26")
	if c.InChain(desk.FirstResponse) != "high" { // its tier is 2 by now
		t.Errorf("is in chain %q", c.InChain(desk.FirstResponse))
	}
}

func TestACorrectionThatChangesNoChainLeavesItWhereItIs(t *testing.T) {
	t.Parallel()
	c := chained(t, "Tue 10:00", "steps: [{do: raise}, {do: page, after: 10m}]", press())
	c.until("Tue 10:16")
	v := c.Verdict
	v.Category, v.Tags = desk.Billing, nil
	c.write(c.Correct("lea", desk.Correction{Message: c.VerdictOn, Was: c.Verdict, Verdict: v, Tier: c.Tier}, c.now))
	c.until("Tue 12:00").told("Tue 10:15 |: escalated from tier 1 to tier 2", "Tue 10:25 |: paged lea (press)")
}

func TestAChainRestsWhileTheClockIsPaused(t *testing.T) {
	t.Parallel()
	c := begins(t, "Tue 10:00", "chains:\n  - {name: all, when: {metrics: [resolution]}, steps: [{do: raise}, {do: page, after: 10m}]}", press())
	c.now = c.at("Tue 10:00").AddDate(0, 0, 90)
	c.until("2027-02-22 10:01")
	if c.InChain(desk.Resolution) != "all" {
		t.Fatalf("is in chain %q: %q", c.InChain(desk.Resolution), c.said)
	}
	c.said = nil
	c.write(desk.Entry{What: desk.SentElsewhere, Message: &desk.Message{Key: "x"}}, nil).until("2027-02-25 10:00").told()
	c.says("m2", desk.Normal).until("2027-02-25 10:10").told("Thu 10:10 resolution missed: paged lea (press)")
}

// corrected is a person's word that the ticket is of another severity.
func (c *course) corrected(severity desk.Severity, tier desk.Tier, actionable bool) *course {
	c.t.Helper()
	v := c.Verdict
	v.Severity, v.Tier, v.Actionable, v.Tags = severity, tier, actionable, nil
	e, err := c.Correct("lea", desk.Correction{Message: c.VerdictOn, Was: c.Verdict, Verdict: v, Tier: tier}, c.now)
	return c.write(e, err)
}

// patient is a plan that gives what is mild two hours, and each severity its chain.
const patient = `
chains:
  - {name: grave, when: {metrics: [first_response], severities: [critical]}, steps: [{do: page}, {do: incident, after: 10m}]}
  - {name: mild, when: {metrics: [first_response]}, steps: [{do: raise}]}
`

func TestWhatIsMilderNowIsNotEscalatedBeforeItsOwnDeadline(t *testing.T) {
	t.Parallel()
	// Critical is promised an answer within 15 minutes, low within two hours.
	for name, chains := range map[string]string{
		"into another chain":     patient,
		"in the chain it was in": strings.Replace(patient, ", severities: [critical]", "", 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := begins(t, "Tue 10:00", chains, press())
			c.until("Tue 10:16").told("Tue 10:15 |: paged lea (press)")
			c.corrected(desk.Low, desk.General, true).until("Tue 11:59").told().is(desk.New, desk.General, "")
			want := "Tue 12:00 |: to be taken as an incident"
			if chains == patient {
				want = "Tue 12:00 |: escalated from tier 1 to tier 2"
			}
			c.until("Tue 15:00").told(want)
		})
	}
}

func TestAMissThatSomebodyWasFasterThanIsEscalatedFromTheFirstStep(t *testing.T) {
	t.Parallel()
	// The deadline passes while the desk looks elsewhere; a person says that no answer
	// is needed, and takes that back.
	c := chained(t, "Tue 10:00", "steps: [{do: page}, {do: raise, after: 10m}]", press())
	c.now = c.at("Tue 10:16")
	c.corrected(desk.Normal, desk.General, false)
	c.now = c.at("Tue 10:20")
	c.corrected(desk.Normal, desk.General, true).until("Tue 12:00").told("Tue 10:20 |: paged lea (press)", "Tue 10:30 |: escalated from tier 1 to tier 2")
}
