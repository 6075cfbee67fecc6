package desk_test

import (
	"errors"
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

// waitsWith writes a reply that can be taken back for six seconds, a tenth of a minute.
func (s *story) waitsWith(key string) *story {
	s.t.Helper()
	return s.write(s.Reply(s.Lease.Token, key, desk.Draft{Text: "we are looking into it", Hold: 6 * time.Second}, 0, s.now))
}

func own(key string, state desk.DeliveryState) desk.Message {
	return desk.Message{Key: key, Direction: desk.Out, Visibility: desk.Private, Delivery: state}
}

func (s *story) takesBack(key string) *story {
	s.t.Helper()
	return s.write(s.TakeBack("ann", own(key, desk.Queued), s.now))
}

func TestAReplyThatIsTakenBackLeavesTheTicketAsIfItHadNotBeenWritten(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "charged twice", desk.Critical).at(2).claims("ann").at(3).waitsWith("r1")
	if !s.OutboxAt.Equal(noon.Add(186 * time.Second)) {
		t.Errorf("it may be tried at %v", s.OutboxAt)
	}
	s.at(3.05).takesBack("r1").is(desk.Open, desk.Senior, "ann").clock(desk.FirstResponse, desk.Running, 1, 15).clock(desk.Resolution, desk.Running, 1, 240)
	if len(s.Outbox) > 0 || !s.OutboxAt.IsZero() || len(s.Unanswered) != 1 {
		t.Errorf("left: %v at %v, %d without an answer", s.Outbox, s.OutboxAt, len(s.Unanswered))
	}
	s.at(7) // the claim lapses without a reply
	s.acts()
	s.is(desk.New, desk.Senior, "").clock(desk.Acknowledge, desk.Running, 2, 10).ends()
}

func TestAClaimLastsAtLeastUntilItsReplyGoesOut(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "charged twice", desk.Critical).at(1).claims("ann").at(5.95).waitsWith("r1")
	s.at(6)
	if did := s.acts(); len(did) != 0 {
		t.Errorf("with a reply that can be taken back the desk did %v", did)
	}
	s.at(6.05) // nobody sent it yet
	s.acts()
	s.is(desk.Open, desk.Senior, "ann")
	s.write(desk.Entry{What: desk.Sending, Target: "r1", Until: s.now.Add(time.Minute)}, nil).accepted("r1", s.Version).is(desk.Waiting, desk.Senior, "ann").ends()
}

func TestALaterReplyWaitsBehindAHeldOneAndKeepsItsOwnTime(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "charged twice", desk.Critical).at(1).claims("ann").at(2.4375).waitsWith("r1").at(2.5).replies("r2").waitsWith("r3")
	if !s.OutboxAt.Equal(noon.Add(152250 * time.Millisecond)) {
		t.Errorf("the first may be tried at %v", s.OutboxAt)
	}
	s.takesBack("r1")
	if len(s.Outbox) != 2 || !s.OutboxAt.IsZero() {
		t.Errorf("%v at %v", s.Outbox, s.OutboxAt)
	}
	s.accepted("r2", s.Version)
	if !s.OutboxAt.Equal(noon.Add(156 * time.Second)) {
		t.Errorf("the third may be tried at %v", s.OutboxAt)
	}
	s.ends()
}

func TestTakingBackTheReplyThatATicketWasSolvedWithWinsNoTime(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "charged twice", desk.Critical).at(2).claims("ann").at(3).waitsWith("r1").at(3.02)
	s.write(s.Solve("ann", "", s.now)).is(desk.Solved, desk.Senior, "ann").clock(desk.Resolution, desk.Met, 1, 0)
	s.at(3.05).takesBack("r1").is(desk.Open, desk.Senior, "ann")
	s.clock(desk.FirstResponse, desk.Running, 1, 15).clock(desk.Resolution, desk.Running, 1, 240)
	if len(s.Unanswered) != 1 {
		t.Errorf("%d messages without an answer", len(s.Unanswered))
	}
	s.ends()
	s = tell(t).says("m1", "charged twice", desk.Critical).at(2).claims("ann").at(3).waitsWith("r1").at(3.02)
	s.write(s.Solve("ann", "", s.now)).at(3.1).write(desk.Entry{What: desk.Sending, Target: "r1", Until: s.now.Add(time.Minute)}, nil)
	s.accepted("r1", s.Version).is(desk.Solved, desk.Senior, "ann").clock(desk.FirstResponse, desk.Met, 1, 15)
	if s.Unanswered != nil {
		t.Errorf("of a solved ticket %v is not answered", s.Unanswered)
	}
	s.ends()
}

func TestAReplyIsTakenBackByNobodyOnceItsTimeIsOver(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "charged twice", desk.Critical).at(2).claims("ann").at(3).waitsWith("r1").replies("r2")
	sending := tell(t).says("m1", "charged twice", desk.Critical).at(2).claims("ann").at(3).waitsWith("r1").at(3.1)
	sending.write(desk.Entry{What: desk.Sending, Target: "r1", Until: sending.now.Add(time.Minute)}, nil)
	for name, tt := range map[string]struct {
		of      desk.Ticket
		m       desk.Message
		minutes float64
		want    error
	}{
		"a moment before its end":        {s.Ticket, own("r1", desk.Queued), 3.09, nil},
		"at its end":                     {s.Ticket, own("r1", desk.Queued), 3.1, desk.ErrState},
		"that was to go out at once":     {s.Ticket, own("r2", desk.Queued), 3.01, desk.ErrState},
		"that a courier has":             {sending.Ticket, own("r1", desk.BeingSent), 3.05, desk.ErrState},
		"that was sent":                  {s.Ticket, own("r0", desk.Accepted), 3.01, desk.ErrState},
		"that is a note":                 {s.Ticket, desk.Message{Key: "n", Direction: desk.Out, Visibility: desk.Note}, 3.01, desk.ErrInvalid},
		"that was written by a customer": {s.Ticket, desk.Message{Key: "m1", Direction: desk.In}, 3.01, desk.ErrInvalid},
	} {
		at := noon.Add(time.Duration(tt.minutes * float64(time.Minute)))
		if _, err := tt.of.TakeBack("ann", tt.m, at); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, hold := range []time.Duration{-time.Second, 31 * time.Second} {
		if _, err := s.Reply(s.Lease.Token, "r3", desk.Draft{Text: "x", Hold: hold}, 0, s.now); !errors.Is(err, desk.ErrInvalid) {
			t.Errorf("held for %v: %v", hold, err)
		}
	}
}
