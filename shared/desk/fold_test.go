package desk_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// promises is a plan around the clock: acknowledge 3 min, first and next
// response 15, resolution 4 h for what is critical, ten times that otherwise.
type promises struct{}

func (promises) Target(t desk.Ticket, m desk.Metric) (desk.Target, bool) {
	d := map[desk.Metric]time.Duration{desk.Acknowledge: 3 * time.Minute, desk.FirstResponse: 15 * time.Minute,
		desk.NextResponse: 15 * time.Minute, desk.Resolution: 4 * time.Hour}[m]
	if t.Severity < desk.Critical {
		d *= 10
	}
	return desk.Target{Time: d}, d > 0
}
func (promises) Counts(a desk.Answer) bool { return a == desk.ByOthers }

func (promises) Deadline(_ string, start time.Time, left time.Duration) time.Time {
	return start.Add(max(0, left))
}
func (promises) Between(_ string, from, to time.Time) time.Duration { return to.Sub(from) }
func (promises) Pauses(m desk.Metric, s desk.State) bool {
	return s == desk.Waiting && (m == desk.Resolution || m == desk.NextResponse)
}
func (promises) WarnShare() float64                     { return 0.75 }
func (promises) Opens(_ string, at time.Time) time.Time { return at }
func (promises) Chain(desk.Ticket, desk.Metric) desk.Chain {
	return desk.Chain{Steps: []desk.Step{{Do: desk.RaiseTier}}, Top: desk.Senior, Repeat: 15 * time.Minute, Limit: 3}
}
func (promises) Lease() time.Duration        { return 5 * time.Minute }
func (promises) Renudge() time.Duration      { return 15 * time.Minute }
func (promises) ReopenWithin() time.Duration { return 7 * 24 * time.Hour }

// A story is a ticket as its log grows, told in minutes after noon.
type story struct {
	t   *testing.T
	now time.Time
	desk.Ticket
	log []desk.Entry
}

func tell(t *testing.T) *story {
	return &story{t: t, now: noon, Ticket: desk.Ticket{ID: "thread.1"}}
}

func (s *story) at(minutes float64) *story {
	s.now = noon.Add(time.Duration(minutes * float64(time.Minute)))
	return s
}

func (s *story) write(e desk.Entry, err error) *story {
	s.t.Helper()
	if err != nil {
		s.t.Fatalf("at %v: %v", s.now.Sub(noon), err)
	}
	e.Version = s.Version + 1
	if e.At.IsZero() {
		e.At = s.now
	}
	s.Ticket, s.log = desk.Apply(s.Ticket, e, promises{}), append(s.log, e)
	return s
}

func verdict(severity desk.Severity) *desk.Verdict {
	v := map[desk.Severity]desk.Verdict{
		desk.Critical: {Category: desk.Billing, Tier: desk.Senior, Actionable: true},
		desk.High:     {Category: desk.Sales, Tier: desk.Senior, Actionable: true},
		desk.Normal:   {Category: desk.Request, Tier: desk.Individual, Actionable: true},
		desk.Low:      {Category: desk.Praise, Tier: desk.SelfService},
	}[severity]
	v.Severity = severity
	return &v
}

func (s *story) says(key, text string, severity desk.Severity) *story {
	s.t.Helper()
	e := desk.Entry{What: desk.Received, Event: desk.MessageCreated, Verdict: verdict(severity),
		Message: &desk.Message{Key: key, ID: key, Text: text, Direction: desk.In, Visibility: desk.Private}}
	if s.State == "" {
		e.Policy, e.Origin = "p1", &desk.Origin{Platform: "line", Brand: "aegean", Visibility: desk.Private}
	}
	return s.write(e, nil)
}

func (s *story) claims(agent string) *story {
	s.t.Helper()
	return s.write(s.Claim(agent, agent+"-token", s.now, promises{}))
}

func (s *story) replies(key string) *story {
	s.t.Helper()
	return s.write(s.Reply(s.Lease.Token, key, desk.Draft{Text: "we are looking into it"}, 0, s.now))
}

func (s *story) accepted(key string, seen int64) *story {
	s.t.Helper()
	return s.write(desk.Entry{What: desk.Sent, Target: key, Seen: seen}, nil)
}

// acts does what the desk does by itself until nothing is due.
func (s *story) acts() []desk.What {
	s.t.Helper()
	var did []desk.What
	for range 20 {
		e, ok := s.Act(s.now, promises{}, nil)
		if !ok {
			return did
		}
		did = append(did, e.What)
		s.write(e, nil)
	}
	s.t.Fatal("the desk never comes to rest")
	return nil
}

func (s *story) is(state desk.State, tier desk.Tier, assignee string) *story {
	s.t.Helper()
	if s.State != state || s.Tier != tier || s.Assignee != assignee {
		s.t.Errorf("at %v: %s, tier %d, assignee %q, want %s, tier %d, %q", s.now.Sub(noon), s.State, s.Tier, s.Assignee, state, tier, assignee)
	}
	return s
}

// clock says what a metric's last clock does: its state, and the minutes after
// noon of its deadline.
func (s *story) clock(m desk.Metric, state desk.ClockState, cycle int, deadline float64) *story {
	s.t.Helper()
	for i := len(s.Clocks) - 1; i >= 0; i-- {
		c := s.Clocks[i]
		if c.Metric != m {
			continue
		}
		if minutes := c.Deadline.Sub(noon).Minutes(); c.State != state || c.Cycle != cycle || deadline > 0 && minutes != deadline {
			s.t.Errorf("at %v: %s is %s in cycle %d with deadline %v, want %s, %d, %v", s.now.Sub(noon), m, c.State, c.Cycle, minutes, state, cycle, deadline)
		}
		return s
	}
	s.t.Errorf("at %v: no clock %s", s.now.Sub(noon), m)
	return s
}

func (s *story) ends() {
	s.t.Helper()
	again := desk.Fold("thread.1", "", s.log, promises{})
	if diff := cmp.Diff(s.Ticket, again); diff != "" {
		s.t.Errorf("the fold of the log is another ticket (-stored +folded):\n%s", diff)
	}
}

func TestATicketIsAnsweredAndSolvedInTime(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "charged twice", desk.Critical).is(desk.New, desk.Senior, "")
	s.clock(desk.Acknowledge, desk.Running, 1, 3).clock(desk.FirstResponse, desk.Running, 1, 15).clock(desk.Resolution, desk.Running, 1, 240)
	s.at(2).claims("ann").is(desk.Open, desk.Senior, "ann").clock(desk.Acknowledge, desk.Met, 1, 3)
	s.at(5).replies("r1").is(desk.Open, desk.Senior, "ann").clock(desk.FirstResponse, desk.Running, 1, 15)
	s.at(6).accepted("r1", s.Version).is(desk.Waiting, desk.Senior, "ann").clock(desk.FirstResponse, desk.Met, 1, 15).clock(desk.Resolution, desk.Paused, 1, 0)
	s.at(60).says("m2", "still nothing", desk.Normal).is(desk.Open, desk.Senior, "ann")
	s.clock(desk.NextResponse, desk.Running, 1, 75).clock(desk.Resolution, desk.Running, 1, 294)
	s.at(61).write(s.TakeOver("bea", "t2", s.now, promises{})).is(desk.Open, desk.Senior, "bea")
	s.write(s.Solve("bea", "refunded", s.now)).is(desk.Solved, desk.Senior, "bea").clock(desk.Resolution, desk.Met, 1, 0).clock(desk.NextResponse, desk.Ended, 1, 0)
	if due := s.DueAt(promises{}); due.Sub(s.now) != 7*24*time.Hour {
		t.Errorf("a solved ticket is next due at %v", due)
	}
	s.ends()
}

func TestWhatNobodyTouchesEscalatesStepByStep(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "where is it", desk.Normal).is(desk.New, desk.Individual, "")
	s.at(22)
	if did := s.acts(); len(did) != 0 {
		t.Errorf("before anything is due the desk did %v", did)
	}
	s.at(22.5) // three quarters of acknowledge
	if diff := cmp.Diff([]desk.What{desk.Warned}, s.acts()); diff != "" {
		t.Error(diff)
	}
	s.at(30)
	if diff := cmp.Diff([]desk.What{desk.Breached}, s.acts()); diff != "" {
		t.Error(diff)
	}
	s.is(desk.New, desk.Senior, "")
	s.at(45)
	s.acts()
	s.at(60)
	s.acts()
	s.at(100) // the limit of three steps is reached; first response is not due yet
	if did := s.acts(); len(did) != 0 {
		t.Errorf("past the limit the desk did %v", did)
	}
	s.is(desk.New, desk.Senior, "").ends()
}

func TestAfterARestartOverTheDeadlineOneStepIsTaken(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "where is it", desk.Normal).at(31)
	if diff := cmp.Diff([]desk.What{desk.Breached}, s.acts()); diff != "" {
		t.Errorf("neither warned too late nor breached twice:\n%s", diff)
	}
	e := s.log[len(s.log)-1]
	if e.Overdue() != time.Minute || e.Deadline != noon.Add(30*time.Minute) || e.Level != 1 {
		t.Errorf("the breach says %+v", e)
	}
	s.ends()
}

func TestALeaseThatLapsesWithoutAReplyFreesTheTicket(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "charged twice", desk.Critical).at(1).claims("ann").clock(desk.Acknowledge, desk.Met, 1, 3)
	s.at(6)
	if diff := cmp.Diff([]desk.What{desk.Lapsed}, s.acts()); diff != "" {
		t.Error(diff)
	}
	s.is(desk.New, desk.Senior, "").clock(desk.Acknowledge, desk.Running, 2, 9).ends()

	s = tell(t).says("m1", "charged twice", desk.Critical).at(1).claims("ann").replies("r1").at(6)
	s.acts()
	s.is(desk.Open, desk.Senior, "ann").ends()
}

func TestAClaimFences(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "charged twice", desk.Critical).claims("ann")
	if _, err := s.Claim("bea", "t2", s.now, promises{}); err == nil {
		t.Error("two live leases")
	}
	s.write(s.TakeOver("bea", "t2", s.now, promises{}))
	if _, err := s.Reply("ann-token", "r1", desk.Draft{Text: "hello"}, 0, s.now); err == nil {
		t.Error("a reply under a dead token went through")
	}
	s.write(s.Reply("t2", "r1", desk.Draft{Text: "hello"}, 0, s.now))
	if _, err := s.Reply("t2", "r2", desk.Draft{Text: "hello"}, 0, s.now.Add(5*time.Minute)); err == nil {
		t.Error("a reply under a lapsed lease went through")
	}
	s.ends()
}

func TestAMessageDuringTheReplyStillWaits(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "charged twice", desk.Critical).at(1).claims("ann").replies("r1")
	seen := s.log[len(s.log)-1].Message.Seen
	s.at(2).says("m2", "hello?", desk.Normal).at(3).accepted("r1", seen)
	s.is(desk.Open, desk.Senior, "ann").clock(desk.FirstResponse, desk.Met, 1, 15).clock(desk.NextResponse, desk.Running, 1, 17).ends()
}

func TestATicketGetsGraverByItselfAndNeverMilder(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "a question", desk.Normal).is(desk.New, desk.Individual, "").clock(desk.FirstResponse, desk.Running, 1, 150)
	s.at(5).says("m2", "charged twice", desk.Critical).is(desk.New, desk.Senior, "").clock(desk.FirstResponse, desk.Running, 1, 15)
	s.at(6).says("m3", "a question", desk.Normal).is(desk.New, desk.Senior, "")
	s.at(7).says("m4", "thanks", desk.Low).is(desk.New, desk.Senior, "")
	if s.Category != desk.Billing || s.Severity != desk.Critical || s.Messages != 4 || len(s.Unanswered) != 3 {
		t.Errorf("%+v", s.Ticket)
	}
	s.ends()
}

func TestATargetAlreadyPastWhenItIsSwappedIsOneBreach(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "a question", desk.Normal).at(20).says("m2", "charged twice", desk.Critical)
	s.clock(desk.FirstResponse, desk.Running, 1, 0)
	did := s.acts()
	breaches := 0
	for _, what := range did {
		if what == desk.Breached {
			breaches++
		}
	}
	if breaches != 2 { // acknowledge and first response, each once
		t.Errorf("the desk did %v", did)
	}
	for _, e := range s.log {
		if e.What == desk.Breached && !strings.Contains(e.Why, "missed, retargeted: escalated") {
			t.Errorf("%s was breached with the reason %q", e.Metric, e.Why)
		}
	}
	s.ends()
}

func TestThanksNeitherReopensNorStartsAClock(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "a question", desk.Normal).at(1).claims("ann").replies("r1")
	s.accepted("r1", s.Version).write(s.Solve("ann", "", s.now))
	s.at(10).says("m2", "thanks!", desk.Low).is(desk.Solved, desk.Individual, "ann")
	s.at(20).says("m3", "it broke again", desk.Normal).is(desk.Open, desk.Individual, "ann").clock(desk.FirstResponse, desk.Running, 2, 170)
	s.ends()
}

func TestWhatNeedsNoAnswerHasNoClockUntilSomebodySaysSo(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "lovely coffee", desk.Low).is(desk.New, desk.SelfService, "")
	if s.Disposition != desk.NeedsNone || len(s.Clocks) != 0 || s.WantsNudge() || !s.DueAt(promises{}).IsZero() {
		t.Errorf("%+v", s.Ticket)
	}
	promoted := *s
	promoted.at(1).write(promoted.Promote("lead", desk.SelfService, promoted.now)).is(desk.New, desk.General, "").clock(desk.FirstResponse, desk.Running, 1, 151)
	s.at(2).says("m2", "but I was charged twice", desk.Critical).is(desk.New, desk.Senior, "").clock(desk.FirstResponse, desk.Running, 1, 17).ends()
}

func TestHandingBackIsAVerbOfItsOwn(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "a question", desk.Normal).claims("ann")
	s.at(1).write(s.Escalate("ann", desk.Senior, "needs a refund", s.now)).is(desk.New, desk.Senior, "").clock(desk.Acknowledge, desk.Running, 2, 31)
	if _, err := s.HandBack("nok", desk.General, "", " ", s.now); err == nil {
		t.Error("handed back without advice")
	}
	s.at(2).write(s.HandBack("nok", desk.General, "ann", "ask which version", s.now)).is(desk.Open, desk.General, "ann").ends()
}

func TestAnEscalationLeavesWhoeverIsAtWorkAtIt(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "a question", desk.Normal)
	s.at(148).claims("ann").at(150)
	s.acts()
	s.is(desk.Open, desk.Senior, "ann").ends()
}

func TestADeletionTakesTheWordsOutOfTheTicket(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "my card is 4111", desk.Critical)
	s.Verdict.Reasons = []desk.Reason{{Signal: "card", Start: 3, End: 7, Text: "card", Weight: 5}}
	s.write(desk.Entry{What: desk.Deleted, Target: "m1", Message: &desk.Message{}}, nil)
	if s.Preview != "" || s.Verdict.Reasons[0].Text != "" || s.Severity != desk.Critical {
		t.Errorf("%+v", s.Ticket)
	}
}

func TestAThreadsNextTicketCountsOn(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "a question", desk.Normal)
	s.Ticket.State = desk.Closed
	next := s.Successor()
	if next.ID != "thread.2" || next.Version != s.Version || next.Previous != "thread.1" || s.Takes(s.now, promises{}) {
		t.Errorf("%+v", next)
	}
}

func TestASolvedTicketThatComesBackIsUnderThePolicyOfThatDay(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]desk.Severity{"that needed an answer": desk.Normal, "that needed none": desk.Low} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := tell(t).says("m1", "hello", first)
			s.write(s.Solve("ann", "", s.now))
			e := desk.Entry{What: desk.Received, Event: desk.MessageCreated, Verdict: verdict(desk.High), Policy: "p2",
				Message: &desk.Message{Key: "m2", ID: "m2", Text: "it is broken", Direction: desk.In, Visibility: desk.Private}}
			if s.write(e, nil); s.Policy != "p2" || s.State != desk.New {
				t.Errorf("%s under policy %s", s.State, s.Policy)
			}
			s.ends()
		})
	}
}
