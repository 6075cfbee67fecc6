package story_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/infra/policy"
	"example.com/skala/infra/story"
	"example.com/skala/shared/desk"
)

// replied is a desk with one reply on its way.
func replied(t *testing.T) *story.Desk {
	t.Helper()
	d := story.Tell(t, policy.Default)
	d.Says("somchai", chargedTwice)
	d.Claims("ann", "somchai")
	d.Replies("somchai", "r1", "first")
	return d
}

// delivery checks how far a reply has got.
func delivery(t *testing.T, d *story.Desk, key string, want desk.DeliveryState) desk.Message {
	t.Helper()
	m, err := d.Store.Message(t.Context(), d.Of("somchai").ID, key)
	if err != nil || m.Delivery != want {
		t.Errorf("reply %s: %+v, %v; want %s", key, m, err, want)
	}
	return m
}

func TestACourierThatDiesAfterSendingSendsNothingTwice(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		forgets bool
		sends   int
		want    desk.DeliveryState
		state   desk.State
	}{
		{"a platform that knows a reply it has had is asked again", false, 2, desk.Accepted, desk.Waiting},
		{"of another a person hears", true, 1, desk.DeliveryUnknown, desk.Open},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := replied(t)
			d.Carrier.Forgets = tt.forgets
			d.Carrier.Dies()
			d.FastForward(time.Second)
			delivery(t, d, "r1", desk.BeingSent)
			d.FastForward(5 * time.Minute)
			delivery(t, d, "r1", tt.want)
			if diff := cmp.Diff([]string{"somchai: first"}, d.Carrier.Heard); diff != "" || d.Carrier.Sends != tt.sends {
				t.Errorf("sent %d times\n%s", d.Carrier.Sends, diff)
			}
			if state := d.Of("somchai").State; state != tt.state {
				t.Errorf("the ticket is %s", state)
			}
		})
	}
}

func TestTwoCouriersAtOnceSendEachReplyOnceAndInOrder(t *testing.T) {
	t.Parallel()
	d := replied(t)
	d.Replies("somchai", "r2", "second")
	id := d.Of("somchai").ID
	d.Carrier.Meanwhile = func() { d.Carries(desk.Nudge{Ticket: id}) }
	d.FastForward(5 * time.Minute)
	if diff := cmp.Diff([]string{"somchai: first", "somchai: second"}, d.Carrier.Heard); diff != "" || d.Carrier.Sends != 2 {
		t.Errorf("sent %d times\n%s", d.Carrier.Sends, diff)
	}
	delivery(t, d, "r1", desk.Accepted)
	delivery(t, d, "r2", desk.Accepted)
}

func TestWhatHappensToATicketDuringASendDoesNotLoseItsOutcome(t *testing.T) {
	t.Parallel()
	d := replied(t)
	d.Carrier.Meanwhile = func() { d.Says("somchai", "hello?") }
	d.FastForward(10 * time.Second)
	delivery(t, d, "r1", desk.Accepted)
	if ticket := d.Of("somchai"); ticket.State != desk.Open || len(ticket.Unanswered) != 1 {
		t.Errorf("what came during the send is answered: %+v", ticket)
	}
}

func TestWhatCameAfterAReplyWasWrittenStillWaitsOnceItIsSent(t *testing.T) {
	t.Parallel()
	d := replied(t)
	d.Says("somchai", "hello?")
	d.FastForward(10 * time.Second)
	delivery(t, d, "r1", desk.Accepted)
	if ticket := d.Of("somchai"); ticket.State != desk.Open || len(ticket.Unanswered) != 1 {
		t.Errorf("what came before the send is answered: %+v", ticket)
	}
}

func TestAnOutboundQueueThatStandsGathersNoNudges(t *testing.T) {
	t.Parallel()
	d := replied(t)
	d.CourierDown = true
	d.FastForward(30 * time.Minute)
	if armed := d.Armed(); len(armed) > 6 { // three sweeps see the same instant
		t.Errorf("%d nudges of one ticket", len(armed))
	}
	d.CourierDown = false
	d.FastForward(4 * time.Minute)
	if diff := cmp.Diff([]string{"somchai: first"}, d.Carrier.Heard); diff != "" || d.Carrier.Sends != 1 {
		t.Errorf("sent %d times\n%s", d.Carrier.Sends, diff)
	}
}

func TestAReplyWaitsUntilItsTimeHoweverOftenItIsNudged(t *testing.T) {
	t.Parallel()
	d := replied(t)
	d.Carrier.Answers = []error{&desk.SendError{Class: desk.SendRetry, After: time.Hour, Reason: "429"}}
	d.FastForward(time.Second)
	for range 3 {
		d.Carries(desk.Nudge{Ticket: d.Of("somchai").ID})
	}
	d.FastForward(59 * time.Minute)
	if d.Carrier.Sends != 1 {
		t.Errorf("sent %d times", d.Carrier.Sends)
	}
	delivery(t, d, "r1", desk.Queued)
	d.FastForward(2 * time.Minute)
	delivery(t, d, "r1", desk.Accepted)
}

func TestAReplyPutOffForSecondsIsTriedInSeconds(t *testing.T) {
	t.Parallel()
	d := replied(t)
	d.Carrier.Answers = []error{&desk.SendError{Class: desk.SendRetry, Reason: "500"}, &desk.SendError{Class: desk.SendRetry, After: 4 * time.Second, Reason: "429"}}
	d.FastForward(8 * time.Second)
	delivery(t, d, "r1", desk.Accepted)
	if d.Carrier.Sends != 3 {
		t.Errorf("sent %d times", d.Carrier.Sends)
	}
}

func TestAPlatformThatNeverTakesAReplyFailsItInTheEnd(t *testing.T) {
	t.Parallel()
	d := replied(t)
	id := d.Of("somchai").ID
	for range 200 {
		d.Carrier.Answers = append(d.Carrier.Answers, &desk.SendError{Class: desk.SendRetry, Reason: "503"})
	}
	for range 101 {
		d.SetTime(later(d.Now(), d.Of("somchai").OutboxAt))
		d.Carries(desk.Nudge{Ticket: id})
	}
	if took := d.Now().Sub(story.Noon); took < 12*time.Hour || took > 26*time.Hour {
		t.Errorf("it was tried for %v", took)
	}
	if m := delivery(t, d, "r1", desk.DeliveryFailed); m.Tries != 100 || d.Carrier.Sends != 100 {
		t.Errorf("%d tries, %d sends", m.Tries, d.Carrier.Sends)
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func TestAnUnexpectedErrorOfASenderIsAnUnknownOutcome(t *testing.T) {
	t.Parallel()
	d := replied(t)
	d.Carrier.Answers = []error{errors.New("broken pipe")}
	d.FastForward(10 * time.Minute)
	delivery(t, d, "r1", desk.DeliveryUnknown)
	if d.Carrier.Sends != 1 {
		t.Errorf("sent %d times", d.Carrier.Sends)
	}
}

func TestASolvedTicketWhoseReplyFailsComesBackToItsTier(t *testing.T) {
	t.Parallel()
	d := replied(t)
	d.Carrier.Answers = []error{&desk.SendError{Class: desk.SendWindowClosed, Reason: "too late"}}
	d.Does("somchai", func(t desk.Ticket, now time.Time, _ desk.Clockwork) (desk.Entry, error) {
		return t.Release(t.Lease.Token, now)
	})
	d.Does("somchai", func(t desk.Ticket, now time.Time, _ desk.Clockwork) (desk.Entry, error) {
		return t.Solve("ann", "", now)
	})
	told := len(d.Tiers[desk.Senior])
	d.FastForward(time.Second)
	if ticket := d.Of("somchai"); ticket.State != desk.New || len(d.Tiers[desk.Senior]) != told+1 {
		t.Errorf("%s, the tier was told %d times more", ticket.State, len(d.Tiers[desk.Senior])-told)
	}
}

func TestAReplyForAnAccountThatWeDoNotKnowFailsVisibly(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Deliver(d.Event(desk.Event{Kind: desk.MessageCreated, Key: "k", ID: "m", Account: "elsewhere", Author: desk.Author{ID: "somchai"}, Text: chargedTwice}))
	if ticket := d.Of("somchai"); ticket.Brand != desk.UnknownBrand || ticket.Disposition != desk.NeedsAnswer {
		t.Errorf("%+v", ticket)
	}
	d.Claims("ann", "somchai")
	d.Replies("somchai", "r1", "first")
	d.FastForward(time.Second)
	delivery(t, d, "r1", desk.DeliveryFailed)
}

func TestManyRepliesOfOneTicketKeepTheirOrder(t *testing.T) {
	t.Parallel()
	d := replied(t)
	want := []string{"somchai: first"}
	for n := range 5 {
		d.Replies("somchai", fmt.Sprintf("x%d", n), fmt.Sprint(n))
		want = append(want, fmt.Sprintf("somchai: %d", n))
	}
	d.FastForward(time.Minute)
	if diff := cmp.Diff(want, d.Carrier.Heard); diff != "" {
		t.Error(diff)
	}
}
