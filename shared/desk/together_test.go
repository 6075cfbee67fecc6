package desk_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
)

func (s *story) snoozes(who string, minutes float64) *story {
	s.t.Helper()
	var until time.Time
	if minutes > 0 {
		until = noon.Add(time.Duration(minutes * float64(time.Minute)))
	}
	return s.write(s.Snooze(who, until, "he writes tomorrow", s.now))
}

func TestASnoozedTicketWaitsUntilItsInstantAndComesBackOnce(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "a question", desk.Normal).at(1).claims("ann").replies("r1").accepted("r1", 2)
	s.at(2).snoozes("ann", 60).is(desk.Waiting, desk.Individual, "ann").wanted(false)
	if s.Lease.Token != "" || !s.ActAt(promises{}).Equal(noon.Add(time.Hour)) {
		t.Errorf("held by %+v, due %v", s.Lease, s.ActAt(promises{}))
	}
	if did := s.at(59.9).acts(); len(did) != 0 {
		t.Errorf("before its time the desk did %v", did)
	}
	if diff := cmp.Diff([]desk.What{desk.Woken}, s.at(60).acts()); diff != "" {
		t.Error(diff)
	}
	s.is(desk.Open, desk.Individual, "ann").wanted(false)
	if !s.DueBack.IsZero() {
		t.Errorf("still due back at %v", s.DueBack)
	}
	if e := (desk.Entry{What: desk.Woken, At: noon}); s.Unfounded(e, promises{}) == "" {
		t.Error("it may be woken although it is not asleep")
	}
	s.ends()
}

func TestACustomerWhoWritesEndsASnoozeAndOneWhoSaysThanksDoesNot(t *testing.T) {
	t.Parallel()
	for name, minutes := range map[string]float64{"with an end": 600, "without one": 0} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := tell(t).says("m1", "a question", desk.Normal).at(1).claims("ann").replies("r1").accepted("r1", 2).at(2).snoozes("ann", minutes)
			s.at(3).says("m2", "thanks", desk.Low).is(desk.Waiting, desk.Individual, "ann")
			s.at(5).says("m3", "still broken", desk.Normal).is(desk.Open, desk.Individual, "ann").clock(desk.NextResponse, desk.Running, 1, 155)
			if did := s.at(6).acts(); len(did) != 0 || !s.DueBack.IsZero() {
				t.Errorf("the desk did %v, due back %v", did, s.DueBack)
			}
			s.ends()
		})
	}
}

func TestASnoozeGivesNoTimeToWhoLeavesTheCustomerWaiting(t *testing.T) {
	t.Parallel()
	first := tell(t).says("m1", "charged twice", desk.Critical).at(1).snoozes("ann", 60).clock(desk.FirstResponse, desk.Running, 1, 15)
	first.at(15)
	if diff := cmp.Diff([]desk.What{desk.Breached}, first.acts()); diff != "" {
		t.Error(diff)
	}
	next := tell(t).says("m1", "charged twice", desk.Critical).at(1).claims("ann").replies("r1").at(2).accepted("r1", 2)
	next.at(10).says("m2", "and again", desk.Critical).at(11).snoozes("ann", 60).is(desk.Waiting, desk.Senior, "ann").clock(desk.NextResponse, desk.Running, 1, 25)
	next.clock(desk.Resolution, desk.Paused, 1, 0)
}

func TestWhatCannotBeSnoozedSaysWhy(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "a question", desk.Normal)
	praise := tell(t).says("m1", "lovely", desk.Low)
	for name, refused := range map[string]struct {
		t     desk.Ticket
		until time.Time
		want  error
	}{
		"until now":                     {s.Ticket, s.now, desk.ErrInvalid},
		"for years":                     {s.Ticket, s.now.AddDate(2, 0, 0), desk.ErrInvalid},
		"one that is solved":            {desk.Apply(s.Ticket, desk.Entry{Version: 2, What: desk.SolvedNow, At: s.now}, promises{}), time.Time{}, desk.ErrState},
		"one that needs no answer":      {praise.Ticket, time.Time{}, desk.ErrState},
		"one that somebody outside has": {desk.Ticket{State: desk.OnHold, Disposition: desk.NeedsAnswer, Loan: desk.Loan{Vendor: "acme"}}, time.Time{}, desk.ErrState},
	} {
		if _, err := refused.t.Snooze("ann", refused.until, "", s.now); !errors.Is(err, refused.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// other is a second customer's story.
func other(t *testing.T) *story {
	s := tell(t)
	s.ID = "other.1"
	return s
}

func TestAMergeTakesAlongWhatIsGraverAndSinceWhenTheCustomerWaits(t *testing.T) {
	t.Parallel()
	source := tell(t).says("m1", "charged twice", desk.Critical).at(4)
	target := other(t).at(2).says("n1", "a question", desk.Normal).at(3).claims("ann").replies("r1").accepted("r1", 2).at(4)
	ends, goesOn, err := source.Merge("ann", target.Ticket, " one parcel ", source.now)
	source.write(ends, err).is(desk.Merged, desk.Senior, "").wanted(false).ends()
	if source.Into != "other.1" || ends.Why != "one parcel" || !source.ActAt(promises{}).IsZero() {
		t.Errorf("into %q because %q, due %v", source.Into, ends.Why, source.ActAt(promises{}))
	}
	target.write(goesOn, err).is(desk.Open, desk.Senior, "ann").clock(desk.NextResponse, desk.Running, 1, 15)
	if target.Severity != desk.Critical || target.Category != desk.Billing || target.Verdict.Category != desk.Request {
		t.Errorf("%v %v, judged %v", target.Severity, target.Category, target.Verdict.Category)
	}
	// An edit of what was said there changes the words, and wakes nothing.
	source.at(9).edits("m1", "charged three times", desk.Critical).is(desk.Merged, desk.Senior, "")
}

func TestAMessageThatCameByAMergedTicketIsOfAnotherConversation(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "a question", desk.Normal)
	s.at(1).write(desk.Entry{What: desk.Received, Event: desk.MessageCreated, Verdict: verdict(desk.Critical),
		Message: &desk.Message{Key: "x1", ID: "x1", Text: "charged twice", Author: desk.Author{ID: "pedro"}, Via: "other.1"}}, nil)
	if s.Author.ID != "" || s.PreviewOf != "m1" || s.Severity != desk.Critical || s.Messages != 2 || len(s.Unanswered) != 2 {
		t.Errorf("of %q, previews %q, %v, %d messages", s.Author.ID, s.PreviewOf, s.Severity, s.Messages)
	}
	s.ends()
}

func TestWhatCannotBeMergedSaysWhy(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "charged twice", desk.Critical)
	o := other(t).says("n1", "a question", desk.Normal)
	sending := tell(t).says("m1", "charged twice", desk.Critical).claims("ann").replies("r1")
	closed, foreign, sibling := o.Ticket, o.Ticket, o.Ticket
	closed.State, foreign.Brand, sibling.ID = desk.Closed, "another", "thread.2"
	for name, refused := range map[string]struct {
		t, into desk.Ticket
		want    error
	}{
		"into itself":                        {s.Ticket, s.Ticket, desk.ErrInvalid},
		"into its thread's next":             {s.Ticket, sibling, desk.ErrInvalid},
		"into another brand's":               {s.Ticket, foreign, desk.ErrInvalid},
		"into one that is over":              {s.Ticket, closed, desk.ErrState},
		"one that is over":                   {closed, s.Ticket, desk.ErrState},
		"with a reply on its way":            {sending.Ticket, o.Ticket, desk.ErrState},
		"a question into what needs nothing": {s.Ticket, other(t).says("n1", "lovely", desk.Low).Ticket, desk.ErrState},
	} {
		if _, _, err := refused.t.Merge("ann", refused.into, "", s.now); !errors.Is(err, refused.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestALinkIsOnBothTicketsAndTakenBackOnBoth(t *testing.T) {
	t.Parallel()
	s, o := tell(t).says("m1", "charged twice", desk.Critical), other(t).says("n1", "a question", desk.Normal)
	one, two, err := s.Link("ann", o.Ticket, "the same parcel", s.now)
	s.write(one, err)
	o.write(two, err)
	if !s.LinkedTo(o.ID) || !o.LinkedTo(s.ID) {
		t.Errorf("linked to %v and %v", s.Ties, o.Ties)
	}
	if _, _, err := s.Link("ann", o.Ticket, "", s.now); !errors.Is(err, desk.ErrState) {
		t.Errorf("linked twice: %v", err)
	}
	s.ends()
	one, two, err = o.Unlink("bo", s.Ticket, "two parcels", s.now)
	o.write(one, err)
	s.write(two, err)
	if !s.Ties.None() || !o.Ties.None() {
		t.Errorf("linked to %v and %v", s.Ties, o.Ties)
	}
	if _, _, err := s.Unlink("ann", o.Ticket, "", s.now); !errors.Is(err, desk.ErrState) {
		t.Errorf("unlinked twice: %v", err)
	}
	for range 50 {
		s.Ties.Links = append(s.Ties.Links, "full.1")
	}
	if _, _, err := o.Link("ann", s.Ticket, "", s.now); !errors.Is(err, desk.ErrState) {
		t.Errorf("one link too many: %v", err)
	}
}

func TestASwarmHasOneOwnerAndIsOverWithTheTicket(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "charged twice", desk.Critical).at(1)
	s.write(s.Swarm("ann", []string{"bo", "ann", "bo", "cy"}, " they know the shop ", s.now)).is(desk.Open, desk.Senior, "ann")
	if diff := cmp.Diff([]string{"bo", "cy"}, s.Ties.Swarm); diff != "" || s.log[1].Why != "they know the shop" {
		t.Errorf("because %q: %s", s.log[1].Why, diff)
	}
	if n, ok := desk.NoticeOf(desk.Ticket{}, s.Ticket, s.log[1]); !ok || n.Kind != desk.ToldSwarm || len(n.To) != 2 {
		t.Errorf("told is %+v", n)
	}
	for name, who := range map[string][]string{"nobody": nil, "the owner": {"ann"}, "who is at it": {"bo"}} {
		if _, err := s.Swarm("ann", who, "", s.now); !errors.Is(err, desk.ErrInvalid) {
			t.Errorf("asking in %s: %v", name, err)
		}
	}
	// Who gets the ticket is its owner, and nobody's helper any more.
	s.at(2).write(s.Assign("lead", "bo", "", s.now))
	if s.Assignee != "bo" || s.Swarms("bo") || !s.Swarms("cy") {
		t.Errorf("it is %s's, with %v", s.Assignee, s.Ties.Swarm)
	}
	if _, err := s.LeaveSwarm("dee", "", "", s.now); !errors.Is(err, desk.ErrState) {
		t.Errorf("who is not at it leaves: %v", err)
	}
	s.ends()
	s.at(3).write(s.Solve("bo", "", s.now))
	if !s.Ties.None() {
		t.Errorf("it is solved, and at it are %v", s.Ties.Swarm)
	}
	s.ends()
}
