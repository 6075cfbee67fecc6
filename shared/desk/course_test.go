package desk_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
)

// These are the courses that a ticket takes less often: handed on, held,
// answered by others, edited, refused by a platform.

func (s *story) escalates(who string, tier desk.Tier) *story {
	s.t.Helper()
	return s.write(s.Escalate(who, tier, "needs a refund", s.now))
}

func (s *story) holds(who string, minutes float64) *story {
	s.t.Helper()
	return s.write(s.Hold(who, noon.Add(time.Duration(minutes*float64(time.Minute))), "asked the vendor", s.now))
}

func (s *story) edits(key, text string, severity desk.Severity) *story {
	s.t.Helper()
	return s.write(desk.Entry{What: desk.Edited, Event: desk.MessageEdited, Target: key, Verdict: verdict(severity), Message: &desk.Message{Key: key + ":edit", Text: text}}, nil)
}

// wanted checks whether the tier's queue should know of the ticket.
func (s *story) wanted(want bool) *story {
	s.t.Helper()
	if s.WantsNudge() != want {
		s.t.Errorf("at %v: wants somebody: %v", s.now.Sub(noon), !want)
	}
	return s
}

func TestATicketThatIsAnsweredEscalatesNoFurther(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(s *story){
		"by an agent who let it go": func(s *story) {
			s.claims("ann").replies("r1").write(s.Release(s.Lease.Token, s.now))
			s.accepted("r1", s.Version)
		},
		"elsewhere": func(s *story) {
			s.write(desk.Entry{What: desk.SentElsewhere, Message: &desk.Message{Key: "x"}}, nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := tell(t).says("m1", "charged twice", desk.Critical).at(1)
			answer(s)
			s.is(desk.Waiting, desk.Senior, "").wanted(false)
			s.at(300)
			if did := s.acts(); len(did) != 0 {
				t.Errorf("the desk did %v", did)
			}
			s.says("m2", "still nothing", desk.Normal).is(desk.New, desk.Senior, "").wanted(true)
			s.clock(desk.Acknowledge, desk.Running, s.cycle(desk.Acknowledge), 303).clock(desk.NextResponse, desk.Running, 1, 315).ends()
		})
	}
}

// cycle is the number of a metric's last clock.
func (s *story) cycle(m desk.Metric) (n int) {
	for _, c := range s.Clocks {
		if c.Metric == m {
			n = c.Cycle
		}
	}
	return n
}

func TestEscalatingWhatWaitsBringsItToTheOtherTier(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "a question", desk.Normal).claims("ann").replies("r1").accepted("r1", 2).is(desk.Waiting, desk.Individual, "ann")
	s.at(1).escalates("ann", desk.Senior).is(desk.New, desk.Senior, "").wanted(true).clock(desk.Acknowledge, desk.Running, 2, 31).clock(desk.Resolution, desk.Running, 1, 0)
	s.ends()
}

func TestAReplyFromBeforeAnEscalationDoesNotHideTheTicket(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "a question", desk.Normal).claims("ann").replies("r1")
	s.at(1).escalates("ann", desk.Senior).at(2).accepted("r1", 2)
	s.is(desk.New, desk.Senior, "").wanted(true).clock(desk.FirstResponse, desk.Met, 1, 0)
	s.at(3).claims("nok").replies("r2").accepted("r2", s.Version).is(desk.Waiting, desk.Senior, "nok").ends()
}

func TestAHoldOfWhatNobodyHadComesBackWithAClock(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "a question", desk.Normal).at(1).holds("lead", 20).is(desk.OnHold, desk.Individual, "").wanted(false)
	s.clock(desk.Acknowledge, desk.Met, 1, 30)
	s.at(20)
	if diff := cmp.Diff([]desk.What{desk.Resumed}, s.acts()); diff != "" {
		t.Error(diff)
	}
	s.is(desk.New, desk.Individual, "").wanted(true).clock(desk.Acknowledge, desk.Running, 2, 50).ends()
}

func TestADeadlineMissedOnHoldReachesTheNextTier(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "a question", desk.Normal).claims("ann").holds("ann", 1000).at(150)
	did := s.acts()
	if len(did) != 1 || did[0] != desk.Breached {
		t.Errorf("the desk did %v", did)
	}
	s.is(desk.New, desk.Senior, "").wanted(true)
	if !s.DueBack.IsZero() {
		t.Errorf("still due back at %v", s.DueBack)
	}
	s.ends()
}

func TestAHoldThatWasLeftDoesNotEndAgain(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "a question", desk.Normal).claims("ann").at(1).holds("ann", 60)
	s.at(2).write(s.HandBack("nok", desk.General, "ann", "ask them", s.now)).at(3).claims("ann").replies("r1").accepted("r1", s.Version)
	s.at(60).is(desk.Waiting, desk.General, "ann")
	s.acts()
	s.is(desk.Waiting, desk.General, "ann").ends()
}

func TestAnEditThatMakesAMatterOfItCounts(t *testing.T) {
	t.Parallel()
	t.Run("of chit-chat", func(t *testing.T) {
		t.Parallel()
		s := tell(t).says("m1", "lovely", desk.Low).at(1).edits("m1", "charged twice", desk.Critical)
		s.is(desk.New, desk.Senior, "").wanted(true).clock(desk.FirstResponse, desk.Running, 1, 16).ends()
	})
	t.Run("of what was answered", func(t *testing.T) {
		t.Parallel()
		s := tell(t).says("m1", "a question", desk.Normal).claims("ann").replies("r1").accepted("r1", 2)
		s.at(9).edits("m1", "charged twice", desk.Critical).is(desk.Open, desk.Senior, "ann").clock(desk.NextResponse, desk.Running, 1, 24).ends()
	})
	t.Run("but a typo does not", func(t *testing.T) {
		t.Parallel()
		s := tell(t).says("m1", "a qeustion", desk.Normal).claims("ann").replies("r1").accepted("r1", 2)
		s.at(9).edits("m1", "a question", desk.Normal).is(desk.Waiting, desk.Individual, "ann").ends()
	})
}

func TestAReplyThatDoesNotGoOutBringsTheTicketBack(t *testing.T) {
	t.Parallel()
	t.Run("from waiting", func(t *testing.T) {
		t.Parallel()
		s := tell(t).says("m1", "a question", desk.Normal).claims("ann").replies("r1").accepted("r1", 2).replies("r2")
		s.is(desk.Waiting, desk.Individual, "ann").write(desk.Entry{What: desk.SendFailed, Target: "r2"}, nil).is(desk.Open, desk.Individual, "ann").ends()
	})
	t.Run("from solved", func(t *testing.T) {
		t.Parallel()
		s := tell(t).says("m1", "a question", desk.Normal).claims("ann").replies("r1")
		s.write(s.Solve("ann", "", s.now)).write(desk.Entry{What: desk.SendUncertain, Target: "r1"}, nil).is(desk.Open, desk.Individual, "ann")
		s.clock(desk.FirstResponse, desk.Running, 2, 150).clock(desk.Resolution, desk.Running, 2, 2400).ends()
	})
}

func TestTheReplyThatSolvesATicketMeetsItsClock(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "charged twice", desk.Critical).at(1).claims("ann").replies("r1")
	s.write(s.Solve("ann", "refunded", s.now)).at(2).accepted("r1", 2)
	s.is(desk.Solved, desk.Senior, "ann").clock(desk.FirstResponse, desk.Met, 1, 15).ends()
}

func TestWhoOnlyLookedDoesNotTakeTheTicketFromItsOwner(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "a question", desk.Normal).claims("ann").replies("r1").at(5)
	s.acts()
	s.at(6).claims("bea").is(desk.Open, desk.Individual, "ann").at(20)
	if diff := cmp.Diff([]desk.What{desk.Lapsed}, s.acts()); diff != "" {
		t.Error(diff)
	}
	s.is(desk.Open, desk.Individual, "ann").ends()
}

func TestASolvedTicketHasNoClockWhateverIsCorrected(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "lovely", desk.Low)
	s.write(s.Solve("ann", "", s.now)).write(s.Correct("lead", s.correction(desk.Billing, desk.Critical, desk.Senior), s.now))
	s.at(300)
	if did := s.acts(); len(did) != 0 {
		t.Errorf("the desk did %v", did)
	}
	s.is(desk.Solved, desk.Senior, "").ends()
}

func TestPromotingWhatWasThankedForBringsItToItsTier(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "lovely", desk.Low).claims("ann").replies("r1").accepted("r1", 2).write(desk.Entry{What: desk.Noticed}, nil)
	s.write(s.Release(s.Lease.Token, s.now)).is(desk.Waiting, desk.SelfService, "")
	s.write(s.Promote("lead", desk.Individual, s.now)).is(desk.New, desk.Individual, "").wanted(true).ends()
}

func TestATicketWithAReplyOnItsWayDoesNotClose(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "a question", desk.Normal).claims("ann").replies("r1")
	s.write(s.Solve("ann", "", s.now)).write(desk.Entry{What: desk.SendDeferred, Target: "r1", Until: noon.Add(8 * 24 * time.Hour)}, nil)
	s.at(7*24*60 + 1)
	if did := s.acts(); len(did) != 0 || !s.Takes(s.now, promises{}) {
		t.Errorf("the desk did %v", did)
	}
	s.accepted("r1", 2)
	if diff := cmp.Diff([]desk.What{desk.ClosedNow}, s.acts()); diff != "" {
		t.Error(diff)
	}
	s.ends()
}

func TestWhatIsDueIsAlwaysSomethingToDo(t *testing.T) {
	t.Parallel()
	// A ticket whose instant has come and that has nothing to do would keep the
	// due queue turning.
	s := tell(t)
	check := func() {
		t.Helper()
		at := s.ActAt(promises{})
		if at.IsZero() {
			return
		}
		if _, ok := s.Act(at, promises{}, nil); !ok {
			t.Errorf("after %s: nothing to do at %v", s.log[len(s.log)-1].What, at.Sub(noon))
		}
		if e, ok := s.Act(at.Add(-time.Nanosecond), promises{}, nil); ok {
			t.Errorf("after %s: %s before it is due", s.log[len(s.log)-1].What, e.What)
		}
	}
	steps := []func(){
		func() { s.says("m1", "a question", desk.Normal) },
		func() { s.claims("ann") },
		func() { s.replies("r1") },
		func() { s.escalates("ann", desk.Senior) },
		func() { s.accepted("r1", 2) },
		func() { s.claims("nok") },
		func() { s.holds("nok", 500) },
		func() { s.says("m2", "charged twice", desk.Critical) },
		func() { s.at(200); s.acts() },
		func() { s.claims("nok").replies("r2") },
		func() { s.write(s.Solve("nok", "", s.now)) },
		func() { s.write(desk.Entry{What: desk.SendDeferred, Target: "r2", Until: s.now.Add(time.Hour)}, nil) },
		func() { s.at(270).write(desk.Entry{What: desk.SendFailed, Target: "r2"}, nil) },
		func() { s.at(271).write(s.TakeOver("bea", "t9", s.now, promises{})) },
		func() { s.write(s.Solve("bea", "", s.now)) },
		func() { s.at(272 + 7*24*60); s.acts() },
	}
	for _, step := range steps {
		step()
		check()
	}
	s.is(desk.Closed, desk.Senior, "bea").ends()
}

func TestAChainRestsWhileSomebodyHasTheTicket(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "a question", desk.Normal).at(150)
	s.acts() // acknowledge and first response were missed
	s.write(s.Assign("nok", "ann", "", s.now)).at(200)
	if did := s.acts(); len(did) != 0 {
		t.Errorf("while somebody had it the desk did %v", did)
	}
	s.write(s.HandBack("ann", desk.General, "", "ask for the order", s.now)).at(214)
	if did := s.acts(); len(did) != 0 {
		t.Errorf("a minute too early the desk did %v", did)
	}
	s.at(215)
	if diff := cmp.Diff([]desk.What{desk.Breached, desk.Breached}, s.acts()); diff != "" {
		t.Error(diff)
	}
	s.is(desk.New, desk.Senior, "").ends()
}

func TestAClockMetLateIsBreachedThoughNobodyNoticed(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		at   float64
		late bool
	}{"at the deadline": {15, false}, "after it": {15.001, true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := tell(t).says("m1", "charged twice", desk.Critical).at(1).claims("ann").replies("r1").at(tt.at).accepted("r1", 2)
			s.clock(desk.FirstResponse, desk.Met, 1, 15)
			for _, c := range s.Clocks {
				if late := tt.late && c.Metric == desk.FirstResponse; c.Breached() != late {
					t.Errorf("%s is breached: %v", c.Metric, c.Breached())
				}
			}
			s.ends()
		})
	}
}
