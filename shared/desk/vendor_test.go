package desk_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
)

// sent hands the ticket up to vendors and notes that one of them has it, who is given
// some minutes.
func (s *story) sent(who, vendor string, within float64) *story {
	s.t.Helper()
	before := s.Ticket
	s.escalates(who, desk.Vendor)
	n, ok := desk.NoticeOf(before, s.Ticket, s.log[len(s.log)-1])
	if !ok || n.Kind != desk.ToldVendor || s.Told != s.Version {
		s.t.Fatalf("nobody is told that it is with vendors: %+v", n)
	}
	return s.write(s.SentTo(vendor, n, time.Duration(within*float64(time.Minute)), "", s.now), nil)
}

func (s *story) answers(vendor string, status desk.VendorStatus, there ...string) *story {
	s.t.Helper()
	m := desk.Message{Key: "said", Visibility: desk.Note, Direction: desk.In, Author: desk.Author{ID: vendor}, Form: string(status), Text: "it is the cable"}
	return s.write(s.Answer("thread.1", m, "", func(who string) bool { return len(there) > 0 && there[0] == who }), nil)
}

func TestATicketThatAVendorHasIsOnHoldWithAClockOfTheirs(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "the modem is dead", desk.Normal).claims("ann").at(10).sent("ann", "acme", 60)
	s.is(desk.OnHold, desk.Vendor, "").wanted(false).clock(desk.VendorWait, desk.Running, 1, 70)
	if want := (desk.Loan{Vendor: "acme", Tier: desk.Individual, Assignee: "ann", Within: time.Hour}); s.Loan != want || !s.AnswersBy().Equal(noon.Add(70*time.Minute)) {
		t.Errorf("it is %+v, back by %v", s.Loan, s.AnswersBy())
	}
	s.at(20).answers("acme", desk.VendorWorks).is(desk.OnHold, desk.Vendor, "").clock(desk.VendorWait, desk.Running, 1, 70)
	s.at(30).answers("acme", desk.VendorDone).is(desk.New, desk.Individual, "").wanted(true)
	s.clock(desk.VendorWait, desk.Met, 1, 70).clock(desk.Acknowledge, desk.Running, s.cycle(desk.Acknowledge), 60).ends()
	if s.Loan != (desk.Loan{}) {
		t.Errorf("they still have it: %+v", s.Loan)
	}
}

func TestWhoHadTheTicketGetsItBackIfTheyAreThere(t *testing.T) {
	t.Parallel()
	for _, status := range []desk.VendorStatus{desk.VendorAsks, desk.VendorDone, desk.VendorDeclined} {
		s := tell(t).says("m1", "the modem is dead", desk.Normal).claims("ann").at(1).sent("ann", "acme", 60)
		s.at(5).answers("acme", status, "ann").is(desk.Open, desk.Individual, "ann").clock(desk.Acknowledge, desk.Running, s.cycle(desk.Acknowledge), 35)
		n, ok := desk.NoticeOf(s.Ticket, s.Ticket, s.log[len(s.log)-1])
		if !ok || n.Kind != desk.ToldAnswer || cmp.Diff([]string{"ann"}, n.To) != "" {
			t.Errorf("of %q nobody is told: %+v", status, n)
		}
		s.ends()
	}
}

func TestWhatACorrectionTakesFromAVendorIsOnHoldNoMore(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "the modem is dead", desk.Normal).claims("ann").at(10).sent("ann", "acme", 60)
	s.at(20).corrects("lea", s.correction(desk.HowTo, desk.Normal, desk.General)).is(desk.New, desk.General, "").wanted(true)
	s.clock(desk.VendorWait, desk.Ended, 1, 70).clock(desk.Acknowledge, desk.Running, s.cycle(desk.Acknowledge), 50)
	s.at(30).answers("acme", desk.VendorDone).is(desk.New, desk.General, "").ends()
}

func TestAVendorsAnswerMovesNothingThatIsNotTheirs(t *testing.T) {
	t.Parallel()
	for name, course := range map[string]func(s *story){
		"another vendor's": func(s *story) { s.answers("globex", desk.VendorDone).is(desk.OnHold, desk.Vendor, "") },
		"an answer again": func(s *story) {
			s.answers("acme", desk.VendorDone).claims("bob").answers("acme", desk.VendorDone).is(desk.Open, desk.Individual, "bob")
		},
		"after it was solved": func(s *story) {
			s.write(s.Solve("dev", "", s.now))
			s.answers("acme", desk.VendorDone).is(desk.Solved, desk.Vendor, "")
		},
		"after it was handed back": func(s *story) {
			s.write(s.HandBack("dev", desk.General, "", "ask them", s.now))
			s.answers("acme", desk.VendorDone).is(desk.New, desk.General, "")
		},
		"after it became another's": func(s *story) {
			s.claims("dev").write(s.Release("dev-token", s.now))
			s.answers("acme", desk.VendorAsks).is(desk.New, desk.Individual, "")
		},
		"who looks after it keeps it": func(s *story) {
			s.write(s.Assign("lead", "dev", "", s.now))
			s.answers("acme", desk.VendorDone).is(desk.Open, desk.Vendor, "dev")
		},
		"nor does one about another": func(s *story) {
			s.write(s.Answer("thread.2", desk.Message{Author: desk.Author{ID: "acme"}, Form: "done"}, "", nil), nil)
			s.is(desk.OnHold, desk.Vendor, "")
		},
		"nor what was never sent at all": func(s *story) {
			s.write(s.HandBack("dev", desk.General, "", "no", s.now))
			s.at(8).escalates("lead", desk.Vendor).answers("acme", desk.VendorDone).is(desk.New, desk.Vendor, "")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := tell(t).says("m1", "the modem is dead", desk.Normal).claims("ann").at(1).sent("ann", "acme", 60).at(5)
			course(s)
			s.ends()
		})
	}
}

func TestWhoTypesThisMinuteKeepsTheTicketThatAVendorAnswered(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "the modem is dead", desk.Normal).at(1).sent("lead", "acme", 60).at(5).claims("dev")
	s.answers("acme", desk.VendorDone).is(desk.Open, desk.Vendor, "dev")
	s.write(s.Reply(s.Lease.Token, "r1", desk.Draft{Text: "it was the cable"}, 0, s.now)).is(desk.Open, desk.Vendor, "dev").ends()
}

func TestWhenAVendorIsLateTheirClocksChainActsAndTheirAnswerStillCounts(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "the modem is dead", desk.Normal).claims("ann").replies("r1").accepted("r1", 2).at(1).sent("ann", "acme", 10).at(11)
	if did := s.acts(); cmp.Diff([]desk.What{desk.Breached}, did) != "" {
		t.Fatalf("the desk did %v", did)
	}
	// The chain of this plan raises, within tier 4: those who look after vendors have it.
	s.is(desk.New, desk.Vendor, "").wanted(true).clock(desk.VendorWait, desk.Ended, 1, 11)
	if why := s.log[len(s.log)-1].Why; !strings.HasSuffix(why, "; vendor acme still has it") {
		t.Errorf("it says %q", why)
	}
	s.at(12).answers("acme", desk.VendorDone).is(desk.New, desk.Individual, "").ends()
}

func TestAnotherClocksChainBringsALentTicketToThoseWhoLookAfterVendors(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "the modem is dead", desk.Normal).claims("ann").replies("r1").accepted("r1", 2).at(1).sent("ann", "acme", 600)
	s.at(20).says("m2", "any news?", desk.Normal).at(170)
	if did := s.acts(); cmp.Diff([]desk.What{desk.Breached}, did) != "" {
		t.Fatalf("the desk did %v", did)
	}
	// Somebody has to answer the customer; the vendor is at it all the same.
	if why := s.log[len(s.log)-1].Why; !strings.HasSuffix(why, "; vendor acme still has it") || !s.With("acme") {
		t.Errorf("it says %q, and is with %+v", why, s.Loan)
	}
	s.is(desk.New, desk.Vendor, "").wanted(true).at(180).answers("acme", desk.VendorDone).is(desk.New, desk.Individual, "").ends()
}

// handed is a plan whose chains hand tickets to vendors and then page somebody.
type handed struct{ desk.Clockwork }

func (handed) Chain(desk.Ticket, desk.Metric) desk.Chain {
	return desk.Chain{Name: "out", Steps: []desk.Step{{Do: desk.HandToVendor}, {Do: desk.PageLead, After: time.Hour}}, Top: desk.Senior, Limit: 2}
}

func TestAStepThatHandsToVendorsWhatTheyHaveIsPassed(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "the modem is dead", desk.Normal).claims("ann").at(1).sent("ann", "acme", 600).at(151)
	plan := handed{promises{}}
	var said []string
	for is := s.Ticket; len(said) < 10; {
		e, ok := is.Act(s.now, plan, nil)
		if !ok {
			break
		}
		is = desk.Apply(is, e, plan)
		if e.What == desk.Breached {
			said = append(said, fmt.Sprintf("%s %v %s: %s", e.Step, e.Passed, is.State, e.Why))
		}
	}
	want := []string{
		"vendor true on hold: first response missed: hand to vendor: vendor acme has it, passed",
		"page false on hold: first response missed: page lead of tier 4, whoever that is: the directory names nobody",
	}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestWhoWroteMeanwhileHasAClockWhoeverHasTheTicket(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "the modem is dead", desk.Normal).claims("ann").replies("r1").accepted("r1", 2).at(1).sent("ann", "acme", 600)
	s.at(20).says("m2", "any news?", desk.Normal).is(desk.OnHold, desk.Vendor, "").clock(desk.NextResponse, desk.Running, 1, 170)
	s.at(30).answers("acme", desk.VendorDone).clock(desk.NextResponse, desk.Running, 1, 170).wanted(true).ends()
}

func TestATicketThatNobodyOutsideTookStaysWithTierFour(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "the modem is dead", desk.Normal).claims("ann").at(1).escalates("ann", desk.Vendor)
	s.write(s.NotSent("acme", "refused: 410", s.now), nil).is(desk.New, desk.Vendor, "").wanted(true)
	s.answers("acme", desk.VendorDone).is(desk.New, desk.Vendor, "")
	if s.Loan != (desk.Loan{}) || s.clockRuns(desk.VendorWait) {
		t.Errorf("it is with %+v", s.Loan)
	}
	s.ends()
}

// clockRuns reports whether a clock of m is open.
func (s *story) clockRuns(m desk.Metric) bool {
	for _, c := range s.Clocks {
		if c.Metric == m && (c.State == desk.Running || c.State == desk.Paused) {
			return true
		}
	}
	return false
}

func TestWhatCameToVendorsAtOnceGoesBackToThoseWhoLookAfterThem(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "the modem is dead", desk.Normal).at(1).escalates("lead", desk.Vendor)
	n := desk.Notice{Ticket: s.ID, Version: s.Version, Kind: desk.ToldVendor, From: desk.SelfService}
	s.write(s.SentTo("acme", n, time.Hour, "", s.now), nil).answers("acme", desk.VendorDone).is(desk.New, desk.Vendor, "").wanted(true).ends()
}

func TestWhatWasSolvedBeforeTheVendorHadItIsNotOnHold(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "the modem is dead", desk.Normal).at(1).escalates("lead", desk.Vendor).at(2)
	n := desk.Notice{Ticket: s.ID, Version: s.Version, Kind: desk.ToldVendor, From: desk.Individual}
	s.write(s.Solve("dev", "", s.now))
	s.write(s.SentTo("acme", n, time.Hour, "", s.now), nil).is(desk.Solved, desk.Vendor, "")
	if s.Loan != (desk.Loan{}) {
		t.Errorf("it is with %+v", s.Loan)
	}
	s.ends()
}
