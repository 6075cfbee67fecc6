package sla_test

import (
	"slices"
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

// The twelve rules of the clocks, each as it was agreed. The plan is the one of the
// first targets, with office hours in Athens from nine to six on weekdays, and clocks
// of vendors and updates for who is handed to tier 4.
const agreed = `
calendars:
  office: {zone: Europe/Athens, week: {mon: ["09:00-18:00"], tue: ["09:00-18:00"], wed: ["09:00-18:00"], thu: ["09:00-18:00"], fri: ["09:00-18:00"]}}
  shifts: {zone: Europe/Athens, week: {mon: ["09:00-13:00", "14:00-18:00"], tue: ["22:00-06:00"]}, dates: {2026-03-09: [], 2026-03-16: ["10:00-11:00"]}}
plan:
  calendar: office
  targets:
    critical: {calendar: always, first_response: 15m, resolution: 4h}
    normal: {first_response: {time: 4h, calendar: always}, resolution: 2d}
  rules:
    - {when: {tiers: [4]}, calendar: always, vendor: 8h, update: 1h}
    - {when: {segments: [b2b], severities: [low, normal, high]}, calendar: always, first_response: 30m}
`

// Monday 2 March 2026, nine o'clock in Athens.
var monday = time.Date(2026, 3, 2, 7, 0, 0, 0, time.UTC)

// A course is a ticket as its log grows, told in minutes after Monday at nine.
type course struct {
	*testing.T
	history
}

func begin(t *testing.T) *course {
	return &course{t, history{plan: planOf(t, agreed), now: monday, ticket: desk.Ticket{ID: "thread.1"}}}
}

func (c *course) at(minutes float64) *course {
	c.now = monday.Add(time.Duration(minutes * float64(time.Minute)))
	return c
}

func (c *course) does(e desk.Entry, err error) *course {
	c.Helper()
	if err != nil {
		c.Fatalf("at %v: %v", c.now.Sub(monday), err)
	}
	c.write(e)
	return c
}

func (c *course) says(severity desk.Severity) *course {
	e := desk.Entry{What: desk.Received, Message: &desk.Message{Key: "m", Direction: desk.In, Author: desk.Author{ID: "x"}},
		Verdict: &desk.Verdict{Severity: severity, Category: desk.Request, Tier: desk.Individual, Actionable: severity > 0}}
	if severity == 0 {
		e.Verdict.Category = ""
		e.Verdict.Actionable = true
	}
	if c.ticket.State == "" {
		e.Origin = &desk.Origin{Platform: "line", Visibility: desk.Private}
	}
	return c.does(e, nil)
}

func (c *course) claims() *course {
	return c.does(c.ticket.Claim("ann", "t", c.now, c.plan))
}

func (c *course) replies() *course {
	return c.claims().does(c.ticket.Reply("t", "r", desk.Draft{Text: "yes"}, 0, c.now))
}

func (c *course) answers() *course {
	c.replies()
	return c.does(desk.Entry{What: desk.Sent, Target: "r", Seen: c.ticket.Version}, nil)
}

// acts does what is due, and returns the breaches.
func (c *course) acts() (breaches []desk.Entry) {
	for range 40 {
		e, ok := c.ticket.Act(c.now, c.plan, nil)
		if !ok {
			return breaches
		}
		c.write(e)
		if e.What == desk.Breached {
			breaches = append(breaches, e)
		}
	}
	c.Fatal("the desk never comes to rest")
	return nil
}

// clock is the last of a metric.
func (c *course) clock(m desk.Metric) (last desk.Clock) {
	for _, clock := range c.ticket.Clocks {
		if clock.Metric == m {
			last = clock
		}
	}
	return last
}

// due checks the state of a metric's last clock, and its deadline in minutes.
func (c *course) due(m desk.Metric, state desk.ClockState, cycle int, minutes float64) *course {
	c.Helper()
	clock, want := c.clock(m), time.Time{}
	if minutes != 0 {
		want = monday.Add(time.Duration(minutes * float64(time.Minute)))
	}
	if clock.State != state || clock.Cycle != cycle || !clock.Deadline.Equal(want) {
		c.Errorf("at %v: %s is %s in cycle %d until %v, want %s, %d, %v", c.now.Sub(monday), m, clock.State, clock.Cycle, clock.Deadline, state, cycle, want)
	}
	return c
}

func TestRule1ADeadlineIsComputedFromPolicyCalendarAndLogAndTheStoredValueIsAnIndex(t *testing.T) {
	t.Parallel()
	c := begin(t).says(desk.Normal).at(30).answers().at(600).says(desk.Normal)
	want := c.ticket.Clocks
	for i := range c.ticket.Clocks { // whatever became of what was stored
		c.ticket.Clocks[i].Deadline = monday.Add(time.Hour)
	}
	got := desk.Fold("thread.1", "", c.log, planOf(t, agreed)).Clocks
	if len(got) != len(want) {
		t.Fatal(got)
	}
	for i := range got {
		if got[i] == c.ticket.Clocks[i] && !got[i].Deadline.IsZero() {
			t.Errorf("%+v is what was stored", got[i])
		}
	}
}

func TestRule2MetAtExactlyTheDeadlineIsMetAndTheBreachTimeIsTheDeadline(t *testing.T) {
	t.Parallel()
	c := begin(t).says(desk.Critical).replies().at(15).does(desk.Entry{What: desk.Sent, Target: "r", Seen: 3}, nil)
	if clock := c.clock(desk.FirstResponse); clock.State != desk.Met || clock.Breached() {
		t.Errorf("at exactly the deadline: %+v", clock)
	}
	c = begin(t).says(desk.Critical).claims().at(20)
	c.acts()
	c = c.at(21).claims().answers2()
	report := desk.Reported("thread.1", "", c.log, c.now, desk.Under(c.plan))
	for _, run := range report.Runs {
		if run.Metric == desk.FirstResponse && (!run.Missed || !run.Deadline.Equal(monday.Add(15*time.Minute)) || !run.Noticed.Equal(monday.Add(20*time.Minute)) || run.Late != 6*time.Minute) {
			t.Errorf("noticed five minutes late, answered six minutes late: %+v", run)
		}
	}
}

// answers2 answers under the claim that stands.
func (c *course) answers2() *course {
	c.does(c.ticket.Reply("t", "r2", desk.Draft{Text: "yes"}, 0, c.now))
	return c.does(desk.Entry{What: desk.Sent, Target: "r2", Seen: c.ticket.Version}, nil)
}

func TestRule2ABreachThatWasNoticedOnlyAfterAPauseIsAtItsDeadline(t *testing.T) {
	t.Parallel()
	// Nobody noticed at 4 h that the resolution was missed; the answer at 5 h pauses it.
	c := begin(t).says(desk.Critical).at(10).replies().at(300).does(desk.Entry{What: desk.Sent, Target: "r", Seen: 3}, nil)
	c.due(desk.Resolution, desk.Paused, 1, 240).at(500).says(desk.Normal).due(desk.Resolution, desk.Running, 1, 240)
	for _, e := range c.acts() {
		if e.Metric == desk.Resolution && (!e.Deadline.Equal(monday.Add(4*time.Hour)) || e.At != c.now) {
			t.Errorf("%+v", e)
		}
	}
	if c.clock(desk.Resolution).Level == 0 {
		t.Error("it was skipped")
	}
}

func TestRule3NothingFiresTwiceNothingIsSkipped(t *testing.T) {
	t.Parallel()
	c := begin(t).says(desk.Critical).at(16)
	seen := map[string]int{}
	for _, minutes := range []float64{16, 16, 40, 41, 300, 2000} {
		for _, e := range c.at(minutes).acts() {
			seen[string(e.Metric)+string(rune('0'+e.Cycle))+string(rune('0'+e.Level))]++
		}
	}
	for name, n := range seen {
		if n != 1 {
			t.Errorf("%s fired %d times", name, n)
		}
	}
	for _, m := range []string{"acknowledge11", "first_response11", "resolution11"} {
		if seen[m] != 1 {
			t.Errorf("%s was skipped: %v", m, seen)
		}
	}
}

func TestRule4AcknowledgeUntilClaimedFirstResponseUntilAHumansAnswerNextFromTheOldestUnanswered(t *testing.T) {
	t.Parallel()
	c := begin(t).says(desk.Critical).at(1).claims().due(desk.Acknowledge, desk.Met, 1, 3)
	c.does(c.ticket.Note("ann", "n", "hm", c.now)).due(desk.FirstResponse, desk.Running, 1, 15)
	for _, automatic := range []desk.Answer{desk.ByBot, desk.ByReceipt} {
		c.does(desk.Entry{What: desk.SentElsewhere, Seen: c.ticket.Version, Message: &desk.Message{Key: "b", Automatic: automatic}}, nil).due(desk.FirstResponse, desk.Running, 1, 15)
	}
	c.does(c.ticket.Reply("t", "r", desk.Draft{Text: "yes"}, 0, c.now)).does(desk.Entry{What: desk.SendFailed, Target: "r"}, nil).due(desk.FirstResponse, desk.Running, 1, 15)
	c.at(2).answers2().due(desk.FirstResponse, desk.Met, 1, 15)
	c.at(10).says(desk.Normal).due(desk.NextResponse, desk.Running, 1, 25)
	c.at(12).says(desk.Normal).due(desk.NextResponse, desk.Running, 1, 25) // the oldest
	c.at(13).does(desk.Entry{What: desk.SentElsewhere, Seen: c.ticket.Version - 1, Message: &desk.Message{Key: "e"}}, nil)
	c.due(desk.NextResponse, desk.Running, 2, 27)                                          // what came at 12 still waits
	c.at(20).does(c.ticket.Solve("ann", "", c.now)).due(desk.Resolution, desk.Met, 1, 248) // it stood still from 2 to 10
}

func TestRule4WhatCountsIsASwitchOfThePolicy(t *testing.T) {
	t.Parallel()
	c := begin(t)
	c.plan = planOf(t, agreed+"  counts: {elsewhere: false, bot: true, note: true, failed: true}\n")
	c.says(desk.Critical).does(desk.Entry{What: desk.SentElsewhere, Seen: 1, Message: &desk.Message{Key: "e"}}, nil).due(desk.FirstResponse, desk.Running, 1, 15)
	d := *c
	d.does(d.ticket.Note("ann", "n", "hm", d.now)).due(desk.FirstResponse, desk.Met, 1, 15)
	d = *c
	d.does(desk.Entry{What: desk.SentElsewhere, Seen: 1, Message: &desk.Message{Key: "b", Automatic: desk.ByBot}}, nil).due(desk.FirstResponse, desk.Met, 1, 15)
	d = *c
	d.replies().does(desk.Entry{What: desk.SendFailed, Target: "r"}, nil).due(desk.FirstResponse, desk.Met, 1, 15)
}

func TestRule4RequesterWaitAndAgentWorkAreReportedForEveryTicket(t *testing.T) {
	t.Parallel()
	c := begin(t).says(desk.Normal).at(20).replies().at(23).does(desk.Entry{What: desk.Sent, Target: "r", Seen: 3}, nil)
	c.at(60).says(desk.Normal).at(70).does(c.ticket.Solve("ann", "", c.now))
	r := desk.Reported("thread.1", "", c.log, monday.Add(24*time.Hour), desk.Under(c.plan))
	if r.RequesterWait != 33*time.Minute { // 0 to 23, 60 to 70
		t.Errorf("the customer waited %v", r.RequesterWait)
	}
	if r.AgentWork != 5*time.Minute { // the claim ran out at 25
		t.Errorf("work took %v", r.AgentWork)
	}
}

func TestRule5WaitingForTheCustomerPausesResolutionAndTheirMessageResumes(t *testing.T) {
	t.Parallel()
	c := begin(t).says(desk.Critical).at(10).answers().at(100)
	c.due(desk.Resolution, desk.Paused, 1, 0)
	if s := c.plan.Standing(c.ticket, c.clock(desk.Resolution), c.now); s.Paused != "waiting for customer" || s.Left != 230*time.Minute || s.Used != 10*time.Minute || s.Wall != 0 {
		t.Errorf("paused: %+v", s)
	}
	c.at(1000).says(desk.Normal).due(desk.Resolution, desk.Running, 1, 1230)
	c = begin(t).at(0).says(desk.Normal).at(600) // seven in the evening
	s := c.plan.Standing(c.ticket, c.clock(desk.Resolution), c.now)
	if s.Paused != "" || !s.Closed.Equal(monday.AddDate(0, 0, 1)) || s.Used != 9*time.Hour || s.Left != 9*time.Hour || s.Wall != 23*time.Hour {
		t.Errorf("closed until nine: %+v", s)
	}
	c.at(700).does(c.ticket.Hold("lead", c.now.Add(time.Hour), "asked", c.now))
	if s := c.plan.Standing(c.ticket, c.clock(desk.FirstResponse), c.now); s.Overdue != 460*time.Minute || s.Over != 460*time.Minute || s.Left != 0 {
		t.Errorf("overdue: %+v", s)
	}
}

func TestRule6AReopenedTicketStartsANewCycleAndAMergeEndsTheSourcesClocksAsMerged(t *testing.T) {
	t.Parallel()
	c := begin(t).says(desk.Critical).at(10).answers().at(20)
	c.does(c.ticket.Solve("ann", "", c.now))
	c.due(desk.Resolution, desk.Met, 1, 0).at(30).says(desk.Normal).due(desk.Resolution, desk.Running, 2, 270)
	if report := desk.Reported("thread.1", "", c.log, c.now, desk.Under(c.plan)); !slices.ContainsFunc(report.Runs, func(r desk.Run) bool { return r.Metric == desk.Resolution && r.Cycle == 1 && r.State == desk.Met }) {
		t.Errorf("the old cycle is gone: %+v", report.Runs)
	}
	other := begin(t)
	other.ticket.ID = "other.1"
	other.at(5).says(desk.Normal).at(6).answers().at(40)
	source, target, err := c.ticket.Merge("ann", other.ticket, "the same matter", other.now)
	if err != nil {
		t.Fatal(err)
	}
	c.at(40).does(source, nil)
	other.does(target, nil)
	if c.ticket.State != desk.Merged || c.ticket.Into != "other.1" || !c.ticket.ActAt(c.plan).IsZero() {
		t.Errorf("%s into %q, due %v", c.ticket.State, c.ticket.Into, c.ticket.ActAt(c.plan))
	}
	for _, clock := range c.ticket.Clocks {
		if clock.State == desk.Running || clock.State == desk.Paused {
			t.Errorf("still goes on: %+v", clock)
		}
	}
	if c.clock(desk.Resolution).State != desk.Joined || c.ticket.Takes(c.now, c.plan) {
		t.Errorf("%+v", c.clock(desk.Resolution))
	}
	// Who waited in the one since 30 waits in the other since then, and what is critical
	// there is so here.
	other.due(desk.NextResponse, desk.Running, 1, 45)
	if other.ticket.State != desk.Open {
		t.Errorf("the target is %s", other.ticket.State)
	}
	if _, _, err := c.ticket.Merge("ann", other.ticket, "again", other.now); err == nil {
		t.Error("a merged ticket was merged again")
	}
}

func TestRule7AChangeOfTierSeverityOrOrganisationKeepsTheTimeUsedAndSwapsTheTarget(t *testing.T) {
	t.Parallel()
	judged := func(c *course, severity desk.Severity, tier desk.Tier) *course {
		v := desk.Verdict{Severity: severity, Category: desk.Request, Tier: tier, Actionable: true}
		return c.does(c.ticket.Correct("lead", desk.Correction{Verdict: v, Tier: tier}, c.now))
	}
	t.Run("severity", func(t *testing.T) {
		t.Parallel()
		c := begin(t).says(desk.Normal).at(10)
		judged(c, desk.Critical, desk.Individual).due(desk.FirstResponse, desk.Running, 1, 15)
		judged(c, desk.Normal, desk.Individual).due(desk.FirstResponse, desk.Running, 1, 240)
	})
	t.Run("organisation", func(t *testing.T) {
		t.Parallel()
		c := begin(t).says(desk.Normal).at(10).does(desk.Entry{What: desk.Introduced, Message: &desk.Message{Author: desk.Author{ID: "x", Organisation: "acme"}}}, nil)
		c.due(desk.FirstResponse, desk.Running, 1, 30)
	})
	t.Run("tier", func(t *testing.T) {
		t.Parallel()
		c := begin(t).says(desk.Normal)
		c.does(c.ticket.Hold("lead", monday.AddDate(0, 0, 7), "asked", c.now))
		if clock := c.clock(desk.VendorWait); clock.Metric != "" {
			t.Errorf("tier 2 has promised nothing: %+v", clock)
		}
		v := desk.Verdict{Severity: desk.Normal, Category: desk.Request, Tier: desk.Vendor, Actionable: true}
		c.at(60).does(c.ticket.Correct("lead", desk.Correction{Verdict: v, Tier: desk.Vendor, Keep: true}, c.now))
		c.due(desk.VendorWait, desk.Running, 1, 480) // since it is on hold
	})
	t.Run("already past means one breach, reason retargeted", func(t *testing.T) {
		t.Parallel()
		c := begin(t).says(desk.Normal).claims().at(100)
		c.acts()
		judged(c, desk.Critical, desk.Individual).due(desk.FirstResponse, desk.Running, 1, 100)
		n := 0
		for _, e := range append(c.acts(), c.at(101).acts()...) {
			if e.Metric == desk.FirstResponse && e.Level == 1 {
				n++
			}
		}
		why := ""
		for _, tick := range desk.Ticks("thread.1", "", c.log, desk.Under(c.plan)) {
			if tick.Kind == desk.TickBreached && tick.Metric == desk.FirstResponse {
				why += tick.Why
			}
		}
		if n != 1 || why != "retargeted" {
			t.Errorf("%d breaches, why %q", n, why)
		}
	})
}

func TestRule8NoTicketThatNeedsAnAnswerIsWithoutAClock(t *testing.T) {
	t.Parallel()
	c := begin(t).says(0) // no severity, no category
	c.due(desk.FirstResponse, desk.Running, 1, 240)
	p := planOf(t, agreed)
	for severity := range desk.Severity(6) {
		for tier := range desk.Tier(desk.Tiers) {
			for _, m := range []desk.Metric{desk.Acknowledge, desk.FirstResponse, desk.NextResponse, desk.Resolution} {
				if target, ok := p.Target(desk.Ticket{Severity: severity, Tier: tier, Disposition: desk.NeedsAnswer}, m); !ok || target.Time <= 0 {
					t.Errorf("%s of severity %d, tier %d is promised %v", m, severity, tier, target)
				}
			}
		}
	}
	// Plans that cannot be met are refused: see TestEveryMistakeOfAPlanHasItsLine.
}

func TestRule9EightBusinessHoursAreNotOneDayAnd24x7LosesNoMinute(t *testing.T) {
	t.Parallel()
	p := planOf(t, agreed)
	for _, tt := range []struct {
		name, calendar string
		from           time.Time
		target         time.Duration
		want           time.Time
	}{
		{"several periods a day", "shifts", monday, 5 * time.Hour, monday.Add(6 * time.Hour)},
		{"overnight", "shifts", monday.Add(10 * time.Hour), 8 * time.Hour, monday.Add(45 * time.Hour)},
		{"closed on a date", "shifts", monday.AddDate(0, 0, 4), 30 * time.Minute, monday.AddDate(0, 0, 8).Add(13*time.Hour + 30*time.Minute)},
		{"other hours on a date", "shifts", monday.AddDate(0, 0, 13), time.Hour, monday.AddDate(0, 0, 14).Add(2 * time.Hour)},
		{"eight business hours", "office", monday.Add(6 * time.Hour), 8 * time.Hour, monday.AddDate(0, 0, 1).Add(5 * time.Hour)},
		{"around the clock, over a weekend on which the clocks change", "", time.Date(2026, 3, 27, 0, 0, 0, 0, time.UTC), 96 * time.Hour, time.Date(2026, 3, 31, 0, 0, 0, 0, time.UTC)},
		{"business hours after the clocks changed", "office", time.Date(2026, 3, 27, 15, 0, 0, 0, time.UTC), 2 * time.Hour, time.Date(2026, 3, 30, 7, 0, 0, 0, time.UTC)},
	} {
		if got := p.Deadline(tt.calendar, tt.from, tt.target); !got.Equal(tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
	day, _ := p.Target(desk.Ticket{Severity: desk.Normal, Disposition: desk.NeedsAnswer}, desk.Resolution)
	if day.Time != 18*time.Hour {
		t.Errorf("two days of an office of nine hours are %v", day.Time)
	}
}

func TestRule10AWarningComesBeforeABreachAndStepsRepeatUntilSomebodyClaims(t *testing.T) {
	t.Parallel()
	c := begin(t).says(desk.Critical).claims().at(11.25)
	c.acts()
	if last := c.log[len(c.log)-1]; last.What != desk.Warned || last.Metric != desk.FirstResponse {
		t.Errorf("at 75 %%: %s", last.What)
	}
	c = begin(t).says(desk.Critical)
	levels := 0
	for minutes := 3.0; minutes < 400; minutes++ {
		for _, e := range c.at(minutes).acts() {
			if e.Metric == desk.Acknowledge && e.Cycle == 1 { // the claim lapses, and acknowledge begins anew
				levels = e.Level
			}
		}
		if minutes == 40 {
			c.claims()
		}
	}
	if levels != 3 { // at 3, 18 and 33
		t.Errorf("%d steps until somebody claimed", levels)
	}
}

func TestRule11EventsOfOneInstantHaveAFixedPublishedOrder(t *testing.T) {
	t.Parallel()
	c := begin(t).says(desk.Critical).at(15)
	c.claims()
	c.does(c.ticket.Reply("t", "r", desk.Draft{Text: "yes"}, 0, c.now)).does(desk.Entry{What: desk.Sent, Target: "r", Seen: c.ticket.Version}, nil)
	var kinds []desk.TickKind
	for _, tick := range desk.Ticks("thread.1", "", c.log, desk.Under(c.plan)) {
		if tick.At.Equal(c.now) {
			kinds = append(kinds, tick.Kind)
		}
	}
	if want := []desk.TickKind{desk.TickMet, desk.TickMet, desk.TickPaused}; !slices.Equal(kinds, want) {
		t.Errorf("%v, want %v", kinds, want)
	}
}

func TestRule12AnActionCarriesTheVersionItWasDecidedOn(t *testing.T) {
	t.Parallel()
	c := begin(t).says(desk.Critical).at(16)
	seen := c.ticket
	e, ok := seen.Act(c.now, c.plan, nil)
	if !ok || e.Version != seen.Version+1 {
		t.Fatalf("%+v", e)
	}
	c.says(desk.Normal)
	if e.Version != c.ticket.Version || !c.ticket.Unseen(seen.Version) {
		t.Error("a step decided on an old ticket would be written over what came since")
	}
}

func TestAVendorsClockRunsOnHoldAndAnUpdateIsDueFromEachThingThatTheCustomerHears(t *testing.T) {
	t.Parallel()
	c := begin(t)
	c.says(desk.Normal).does(c.ticket.Escalate("lead", desk.Vendor, "bug", c.now))
	c.at(10).does(c.ticket.Hold("ann", c.now.Add(5*time.Hour), "asked", c.now)).due(desk.VendorWait, desk.Running, 1, 490)
	c.at(100).does(desk.Entry{What: desk.SentElsewhere, Seen: c.ticket.Version, Message: &desk.Message{Key: "e"}}, nil).due(desk.PeriodicUpdate, desk.Running, 1, 160)
	c.at(150).does(desk.Entry{What: desk.SentElsewhere, Seen: c.ticket.Version, Message: &desk.Message{Key: "f"}}, nil).due(desk.PeriodicUpdate, desk.Running, 2, 210)
	c.at(211)
	if breaches := c.acts(); len(breaches) == 0 || breaches[0].Metric != desk.PeriodicUpdate {
		t.Errorf("no word for an hour: %v", breaches)
	}
	c = begin(t)
	c.says(desk.Normal).does(c.ticket.Escalate("lead", desk.Vendor, "bug", c.now))
	c.at(10).does(c.ticket.Hold("ann", c.now.Add(5*time.Hour), "asked", c.now)).at(200).does(desk.Entry{What: desk.Resumed}, nil)
	c.due(desk.VendorWait, desk.Met, 1, 490)
	c.does(c.ticket.Hold("ann", c.now.Add(5*time.Hour), "asked again", c.now)).at(210).does(c.ticket.Solve("ann", "", c.now)).due(desk.VendorWait, desk.Ended, 2, 680)
}
