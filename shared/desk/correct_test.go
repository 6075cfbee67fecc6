package desk_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
)

// correction is a person's judgement of what the story's verdict stands on.
func (s *story) correction(c desk.Category, severity desk.Severity, tier desk.Tier) desk.Correction {
	v := s.Verdict
	v.Category, v.Severity, v.Tier = c, severity, tier
	v.Actionable = c != desk.Spam && c != desk.Praise && c != desk.Other
	return desk.Correction{Message: s.VerdictOn, Was: s.Verdict, Verdict: v, Tier: tier}
}

func (s *story) corrects(who string, c desk.Correction) *story {
	s.t.Helper()
	return s.write(s.Correct(who, c, s.now))
}

// routed is a verdict with all that a ticket follows.
func routed(severity desk.Severity, team, lane string, runnerUp desk.Category) desk.Verdict {
	v := *verdict(severity)
	v.Team, v.Lane, v.RunnerUp, v.Confidence, v.Model = team, lane, runnerUp, 0.4, "m1"
	return v
}

func (s *story) hears(key string, v desk.Verdict) *story {
	s.t.Helper()
	e := desk.Entry{What: desk.Received, Event: desk.MessageCreated, Verdict: &v, Message: &desk.Message{Key: key, ID: key, Text: key, Direction: desk.In, Visibility: desk.Private}}
	if s.State == "" {
		e.Policy, e.Origin = "p1", &desk.Origin{Platform: "line", Brand: "aegean", Visibility: desk.Private}
	}
	return s.write(e, nil)
}

func (s *story) routes(team, lane string, review bool) *story {
	s.t.Helper()
	if s.Team != team || s.Lane != lane || s.Review != review {
		s.t.Errorf("version %d: team %q, lane %q, review %v; want %q, %q, %v", s.Version, s.Team, s.Lane, s.Review, team, lane, review)
	}
	return s
}

func TestATicketIsRoutedByTheVerdictThatStands(t *testing.T) {
	t.Parallel()
	s := tell(t).hears("m1", routed(desk.Normal, "care", "", desk.Delivery)).routes("care", "", true)
	s.hears("m2", routed(desk.Normal, "shop", "vip", "")).routes("care", "", true) // no graver than what stands
	s.hears("m3", routed(desk.High, "shop", "live", "")).routes("shop", "live", false)
	s.hears("m4", routed(desk.Critical, "fraud", "", desk.Billing)).routes("fraud", "", true).ends()
}

func TestWhatNeedsNoAnswerCanBeDoubtedToo(t *testing.T) {
	t.Parallel()
	s := tell(t).hears("m1", routed(desk.Low, "", "", desk.Complaint)).routes("", "", true)
	if s.Disposition != desk.NeedsNone {
		t.Errorf("it needs %s", s.Disposition)
	}
	s.corrects("ann", s.correction(s.Category, s.Severity, s.Tier)).routes("", "", false).wanted(false).ends()
}

func TestAConfirmationSettlesADoubtAndMovesNothing(t *testing.T) {
	t.Parallel()
	s := tell(t).hears("m1", routed(desk.Normal, "care", "vip", desk.Delivery)).at(1).claims("ann")
	before := s.Ticket
	c := s.correction(s.Category, s.Severity, s.Verdict.Tier)
	e, err := s.Correct("ann", c, s.now)
	if err != nil || !e.Confirms() {
		t.Fatalf("%v; confirms: %v", err, e.Confirms())
	}
	s.write(e, nil).routes("care", "vip", false).is(desk.Open, desk.Individual, "ann")
	if !s.Corrected || s.Verdict.Confidence != 1 || s.Lease != before.Lease || !cmp.Equal(s.Clocks, before.Clocks) {
		t.Errorf("after it: %+v", s.Ticket)
	}
	if e.Was.RunnerUp != desk.Delivery || e.Was.Confidence != 0.4 || e.Was.Model != "m1" {
		t.Errorf("what stood is told as %+v", e.Was)
	}
	s.ends()
}

func TestACorrectionLeadsWhereThePersonSays(t *testing.T) {
	t.Parallel()
	s := tell(t).hears("m1", routed(desk.Normal, "care", "", desk.Billing))
	c := s.correction(desk.Billing, desk.Critical, desk.Senior)
	c.Verdict.Team, c.Verdict.Lane, c.Verdict.Sentiment, c.Tags, c.Why = "money", "fast", desk.Negative, []string{"refund", "legal", "refund"}, " twice "
	s.corrects("lea", c).is(desk.New, desk.Senior, "").routes("money", "fast", false).wanted(true)
	if s.Category != desk.Billing || s.Severity != desk.Critical || s.Sentiment != desk.Negative || !slices.Equal(s.Tags, []string{"legal", "refund"}) {
		t.Errorf("it became %s, %s, %s, %v", s.Category, s.Severity, s.Sentiment, s.Tags)
	}
	e := s.log[len(s.log)-1]
	if e.Confirms() || e.Why != "twice" || e.Was.Category != desk.Request || e.Was.Team != "care" {
		t.Errorf("the log says %+v", e)
	}
	c = s.correction(desk.Billing, desk.Critical, desk.Senior)
	c.Tags = []string{}
	if s.corrects("lea", c); len(s.Tags) != 0 {
		t.Errorf("all tags were taken off, left are %v", s.Tags)
	}
	s.ends()
}

func TestATagThatWasTakenOffStaysOff(t *testing.T) {
	t.Parallel()
	v := routed(desk.Normal, "care", "", desk.Delivery)
	v.Tags = []string{"legal", "refund"}
	s := tell(t).hears("m1", v)
	e, err := s.Tag("ann", []string{"refund", "vip"}, s.now)
	s.write(e, err)
	c := s.correction(desk.Billing, desk.Critical, desk.Senior)
	c.Verdict = v
	if s.corrects("lea", c); !slices.Equal(s.Tags, []string{"refund", "vip"}) {
		t.Errorf("confirmed, it has %q", s.Tags)
	}
	c = s.correction(desk.Billing, desk.Critical, desk.Senior)
	c.Verdict.Tags = []string{"legal", "live"}
	if s.corrects("lea", c); !slices.Equal(s.Tags, []string{"live", "refund", "vip"}) {
		t.Errorf("corrected, it has %q", s.Tags)
	}
	s.ends()
}

func TestWhoHasATicketKeepsItOnlyWhereTheyCanGoOn(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		holder, corrector string
		keep              bool
		minutes           float64 // after the claim
		want              string
	}{
		"who corrects upwards hands it on":               {"ann", "ann", false, 1, ""},
		"who can go on there keeps it":                   {"ann", "ann", true, 1, "ann"},
		"who types this minute is not interrupted":       {"ann", "lea", false, 1, "ann"},
		"who has it for days and types nothing loses it": {"ann", "lea", false, 6, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := tell(t).says("m1", "a question", desk.Normal).claims(tt.holder).replies("r1").at(tt.minutes)
			s.acts() // the lease may have lapsed, with a reply written
			c := s.correction(desk.Billing, desk.Critical, desk.Senior)
			c.Keep = tt.keep
			s.corrects(tt.corrector, c)
			state := desk.Open
			if tt.want == "" {
				state = desk.New
			}
			s.is(state, desk.Senior, tt.want)
			if s.WantsNudge() != (tt.want == "") {
				t.Errorf("the queue is to be told: %v", s.WantsNudge())
			}
			s.ends()
		})
	}
}

func TestACorrectionMovesNothingOfATicketThatWaits(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "a question", desk.Normal).claims("ann").replies("r1").accepted("r1", 2)
	s.at(6)
	s.acts()
	s.corrects("lea", s.correction(desk.Billing, desk.High, desk.Senior)).is(desk.Waiting, desk.Senior, "")
	s.at(7).says("m2", "and?", desk.Normal).is(desk.New, desk.Senior, "").ends()
}

func TestATierThatWasEscalatedToStaysUnlessThePersonSaysOtherwise(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "a question", desk.Normal).escalates("ann", desk.Vendor)
	c := s.correction(desk.Damaged, desk.Normal, desk.Individual)
	c.Tier = desk.Vendor
	s.corrects("ann", c).is(desk.New, desk.Vendor, "")
	if s.Verdict.Tier != desk.Individual {
		t.Errorf("the example says tier %d", s.Verdict.Tier)
	}
	s.ends()
}

func TestACorrectionKeepsTheTimeUsed(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "a question", desk.Normal).at(10) // acknowledge 30, first response 150
	s.corrects("lea", s.correction(desk.Billing, desk.Critical, desk.Senior))
	s.clock(desk.FirstResponse, desk.Running, 1, 15).clock(desk.Resolution, desk.Running, 1, 240)
	e, ok := s.Act(s.now, promises{}, nil) // acknowledge within 3: past already
	if !ok || e.What != desk.Breached || e.Metric != desk.Acknowledge || !strings.Contains(e.Why, "retargeted") {
		t.Fatalf("%v %+v", ok, e)
	}
	if did := s.acts(); !slices.Equal(did, []desk.What{desk.Breached}) {
		t.Errorf("the desk did %v", did)
	}
	// And back: what was used stays used, and no breach is taken back or told twice.
	s.corrects("lea", s.correction(desk.Request, desk.Normal, desk.Individual)).clock(desk.FirstResponse, desk.Running, 1, 150)
	if did := s.acts(); len(did) != 0 {
		t.Errorf("the desk did %v", did)
	}
	s.ends()
}

// What a message needs that is judged again says nothing of those after it.
func TestHowGraveAGreetingIsTakesNoQuestionFromAnybody(t *testing.T) {
	t.Parallel()
	thanks := *verdict(desk.Low)
	thanks.Category, thanks.Actionable = desk.Praise, false
	s := tell(t).hears("m1", thanks)
	s.at(1).corrects("lea", s.correction(desk.Praise, desk.Normal, desk.General))
	s.at(2).says("m2", "where is it?", desk.Normal)
	if s.Disposition != desk.NeedsAnswer {
		t.Fatalf("a question is %s", s.Disposition)
	}
	for _, severity := range []desk.Severity{desk.Low, desk.Low} { // judged again, and confirmed
		s.at(3).corrects("lea", s.correction(desk.Praise, severity, s.Tier))
		if s.Disposition != desk.NeedsAnswer || len(s.Unanswered) != 1 || s.ActAt(promises{}).IsZero() {
			t.Errorf("it is %s with %d unanswered, next due %v", s.Disposition, len(s.Unanswered), s.ActAt(promises{}))
		}
	}
	s.ends()
}

func TestWhatNeedsNoAnswerCannotBeGrave(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "it was stolen", desk.Critical)
	for _, severity := range []desk.Severity{desk.High, desk.Critical} {
		if _, err := s.Correct("ann", s.correction(desk.Spam, severity, desk.SelfService), s.now); !errors.Is(err, desk.ErrInvalid) || !strings.Contains(err.Error(), "spam needs no answer") {
			t.Errorf("%s: %v", severity, err)
		}
	}
	s.corrects("ann", s.correction(desk.Spam, desk.Normal, desk.SelfService)).wanted(false).ends()

	v := *verdict(desk.Critical)
	v.Actionable = false // triage's own, and confirmed
	s = tell(t).hears("m1", v)
	s.write(s.Correct("ann", desk.Correction{Message: "m1", Was: v, Verdict: v}, s.now)).ends()
}

func TestACorrectionStandsUnlessALaterMessageIsCritical(t *testing.T) {
	t.Parallel()
	t.Run("against what is graver", func(t *testing.T) {
		t.Parallel()
		s := tell(t).hears("m1", routed(desk.High, "shop", "", "")).corrects("lea", tell(t).hears("m1", routed(desk.High, "shop", "", "")).correction(desk.HowTo, desk.Low, desk.General))
		s.hears("m2", routed(desk.High, "shop", "", desk.Other))
		if s.Category != desk.HowTo || s.Severity != desk.Low || s.Tier != desk.General || !s.Corrected || s.Review {
			t.Errorf("it became %s, %s, tier %d", s.Category, s.Severity, s.Tier)
		}
		s.write(desk.Entry{What: desk.Edited, Target: "m2", Message: &desk.Message{Key: "e1", Text: "worse"}, Verdict: verdict(desk.High)}, nil)
		if s.Category != desk.HowTo {
			t.Errorf("an edit made it %s", s.Category)
		}
		s.hears("m3", routed(desk.Critical, "fraud", "", desk.Fraud)).routes("fraud", "", true)
		if s.Category != desk.Billing || s.Severity != desk.Critical || s.Tier != desk.Senior || s.Corrected {
			t.Errorf("it became %s, %s, tier %d, corrected %v", s.Category, s.Severity, s.Tier, s.Corrected)
		}
		s.ends()
	})
	t.Run("what is spam stays spam", func(t *testing.T) {
		t.Parallel()
		s := tell(t).says("m1", "buy now", desk.High)
		s.corrects("lea", s.correction(desk.Spam, desk.Low, desk.SelfService)).wanted(false)
		s.says("m2", "buy now and save", desk.High).wanted(false)
		if s.Category != desk.Spam || s.Disposition != desk.NeedsNone || len(s.Unanswered) != 0 || len(s.acts()) != 0 {
			t.Errorf("it became %s, %s", s.Category, s.Disposition)
		}
		s.says("m3", "charged twice", desk.Critical).is(desk.New, desk.Senior, "").wanted(true).ends()
	})
	t.Run("who had only thanked and now asks is answered", func(t *testing.T) {
		t.Parallel()
		s := tell(t).says("m1", "what a day", desk.Normal)
		s.corrects("lea", s.correction(desk.Praise, desk.Low, desk.SelfService)).wanted(false)
		s.says("m2", "where is my parcel?", desk.Normal).is(desk.New, desk.Individual, "").wanted(true)
		if s.Category != desk.Praise || !s.Corrected {
			t.Errorf("it became %s", s.Category)
		}
		s.clock(desk.FirstResponse, desk.Running, 2, 150).ends()
	})
}

func TestACorrectionThatCanNotBeIsRefused(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "a question", desk.Normal)
	for name, change := range map[string]func(*desk.Correction){
		"no category":      func(c *desk.Correction) { c.Verdict.Category = "weather" },
		"no severity":      func(c *desk.Correction) { c.Verdict.Severity = 0 },
		"too high a tier":  func(c *desk.Correction) { c.Tier = desk.Tiers },
		"no such mood":     func(c *desk.Correction) { c.Verdict.Sentiment = "blue" },
		"no tag":           func(c *desk.Correction) { c.Tags = []string{"two words"} },
		"why without end":  func(c *desk.Correction) { c.Why = strings.Repeat("x", 65<<10) },
		"why in no letter": func(c *desk.Correction) { c.Why = "\xff" },
	} {
		c := s.correction(desk.Billing, desk.High, desk.Senior)
		change(&c)
		if _, err := s.Correct("ann", c, s.now); !errors.Is(err, desk.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	s.write(s.Solve("ann", "", s.now)).at(8 * 24 * 60)
	s.acts()
	if _, err := s.Correct("ann", s.correction(desk.Billing, desk.High, desk.Senior), s.now); !errors.Is(err, desk.ErrState) {
		t.Errorf("of a closed ticket: %v", err)
	}
}

func TestACorrectionOfBeforeThereWereExamplesStillFolds(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "a question", desk.Normal).claims("ann")
	v := *verdict(desk.Critical)
	s.write(desk.Entry{What: desk.Corrected, Who: "ann", Verdict: &v, Target: "m1", At: noon.Add(time.Minute)}, nil)
	s.is(desk.Open, desk.Senior, "ann").ends()
}

func TestASlipThatIsTakenBackGivesNoTimeBack(t *testing.T) {
	t.Parallel()
	for name, back := range map[string]float64{"seconds later": 5.2, "hours later": 200} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := tell(t).says("m1", "it was stolen", desk.Critical)
			want := s.Clocks
			s.at(5).corrects("ann", s.correction(desk.Spam, desk.Low, desk.SelfService)).wanted(false)
			s.at(back).corrects("ann", s.correction(desk.Billing, desk.Critical, desk.Senior)).wanted(true)
			s.clock(desk.FirstResponse, desk.Running, 1, 15).clock(desk.Resolution, desk.Running, 1, 240)
			if len(s.Clocks) != len(want) {
				t.Errorf("it has %d clocks, had %d", len(s.Clocks), len(want))
			}
			s.ends()
		})
	}
}

func TestWhatWasPromotedAfterASlipGoesOn(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "a question", desk.Normal).at(10) // first response 150
	s.corrects("ann", s.correction(desk.Praise, desk.Low, desk.SelfService)).at(20)
	s.write(s.Promote("ann", desk.Individual, s.now)).wanted(true).clock(desk.FirstResponse, desk.Running, 1, 150).ends()
}

func TestAnAnswerThatWentOutDuringASlipCounts(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "a question", desk.Normal).at(1).claims("ann").replies("r1").at(2)
	s.corrects("lea", s.correction(desk.Spam, desk.Low, desk.SelfService)).at(3).accepted("r1", 2)
	s.at(4).corrects("lea", s.correction(desk.Request, desk.Normal, desk.Individual))
	for _, c := range s.Clocks {
		if c.Metric == desk.FirstResponse && (c.State != desk.Met || !c.Ended.Equal(noon.Add(3*time.Minute)) || c.Cycle != 1) {
			t.Errorf("the answer counts for nothing: %+v", c)
		}
	}
	s.ends()
}
