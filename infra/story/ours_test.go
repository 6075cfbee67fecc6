package story_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/infra/policy"
	"example.com/skala/infra/story"
	"example.com/skala/shared/desk"
)

// echo is what the platform shows of a message that the brand's account sent.
func echo(d *story.Desk, key, text string, more func(*desk.Event)) desk.RawEvent {
	e := desk.Event{Kind: desk.Echo, Key: key, ID: key, Direction: desk.Out, Author: desk.Author{ID: "cafe"}, Of: "somchai", Conversation: "somchai", Text: text}
	if more != nil {
		more(&e)
	}
	return d.Event(e)
}

func tagged(d *story.Desk, key string) func(*desk.Event) {
	return func(e *desk.Event) {
		e.Own = desk.OwnReply{Ticket: d.Of("somchai").ID, Key: key, Last: true}
	}
}

func TestAnEchoThatComesBeforeTheSendReturnsConfirmsIt(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		more func(*story.Desk) func(*desk.Event)
		text string
	}{
		"by its tag":   {func(d *story.Desk) func(*desk.Event) { return tagged(d, "r1") }, "whatever the platform made of it"},
		"by its words": {func(*story.Desk) func(*desk.Event) { return nil }, " first\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := replied(t)
			d.Carrier.Forgets = true
			d.Carrier.Meanwhile = func() { d.Deliver(echo(d, "x1", tt.text, tt.more(d))) }
			d.FastForward(time.Second)
			if m := delivery(t, d, "r1", desk.Accepted); m.ID != "x1" {
				t.Errorf("its id is %q", m.ID)
			}
			if diff := cmp.Diff("received, claimed, replied, sending, sent", d.Log("somchai")); diff != "" {
				t.Error(diff)
			}
			if state := d.Of("somchai").State; state != desk.Waiting {
				t.Errorf("it is %s", state)
			}
		})
	}
}

func TestAnEchoConfirmsAReplyOfWhichNobodyKnew(t *testing.T) {
	t.Parallel()
	t.Run("while the courier waits for it", func(t *testing.T) {
		t.Parallel()
		d := replied(t)
		d.Carrier.Forgets = true
		d.Carrier.Answers = []error{&desk.SendError{Class: desk.SendUnknown, After: 30 * time.Second, Reason: "no answer"}}
		d.FastForward(10 * time.Second)
		delivery(t, d, "r1", desk.BeingSent)
		d.Deliver(echo(d, "x1", "first", tagged(d, "r1")))
		d.FastForward(5 * time.Minute)
		delivery(t, d, "r1", desk.Accepted)
		if d.Carrier.Sends != 1 {
			t.Errorf("sent %d times", d.Carrier.Sends)
		}
	})
	t.Run("long after", func(t *testing.T) {
		t.Parallel()
		d := replied(t)
		d.Carrier.Forgets = true
		d.Carrier.Answers = []error{&desk.SendError{Class: desk.SendUnknown, After: 30 * time.Second, Reason: "no answer"}}
		d.FastForward(5 * time.Minute)
		delivery(t, d, "r1", desk.DeliveryUnknown)
		d.Deliver(echo(d, "x1", "first", nil))
		delivery(t, d, "r1", desk.Accepted)
		if diff := cmp.Diff("received, claimed, replied, sending, send unknown, notified, lapsed, sent", d.Log("somchai")); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("by what became of it", func(t *testing.T) {
		t.Parallel()
		d := replied(t)
		d.Carrier.Forgets = true
		d.Carrier.Dies()
		d.FastForward(time.Second)
		d.Deliver(d.Event(desk.Event{Kind: desk.Receipt, Key: "x1:delivered", Author: desk.Author{ID: "somchai"}, Delivery: desk.Delivered, Target: "x1",
			Own: desk.OwnReply{Ticket: d.Of("somchai").ID, Key: "r1", Last: true}}))
		d.FastForward(5 * time.Minute)
		if m := delivery(t, d, "r1", desk.Accepted); m.ID != "x1" || d.Carrier.Sends != 1 {
			t.Errorf("id %q, sent %d times", m.ID, d.Carrier.Sends)
		}
	})
}

func TestATagThatProvesNothingConfirmsNothing(t *testing.T) {
	t.Parallel()
	for name, more := range map[string]func(*desk.Event){
		"of the first part of a long reply": func(e *desk.Event) { e.Own.Last = false },
		"of another account":                func(e *desk.Event) { e.Account = "another" },
		"of a reply that there isn't":       func(e *desk.Event) { e.Own.Key = "r2" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := replied(t)
			d.Carrier.Forgets = true
			d.Carrier.Dies()
			d.FastForward(time.Second)
			d.Deliver(echo(d, "x1", "something", func(e *desk.Event) {
				tagged(d, "r1")(e)
				more(e)
			}))
			delivery(t, d, "r1", desk.BeingSent)
			if log := d.Log("somchai"); log != "received, claimed, replied, sending" && log != "received, claimed, replied, sending, noticed" {
				t.Error(log)
			}
		})
	}
}

func TestWhatAnEchoConfirmsFreesNoOtherReply(t *testing.T) {
	t.Parallel()
	d := replied(t)
	d.Carrier.Forgets = true
	d.Carrier.Answers = []error{&desk.SendError{Class: desk.SendUnknown, Reason: "no answer"}}
	d.FastForward(time.Second)
	delivery(t, d, "r1", desk.DeliveryUnknown)
	d.Replies("somchai", "r2", "second")
	d.Carrier.Meanwhile = func() {
		d.Deliver(echo(d, "x1", "first", tagged(d, "r1")))
		if at := d.Of("somchai").OutboxAt; at.IsZero() {
			t.Error("another courier may send what one is sending")
		}
	}
	d.FastForward(time.Second)
	delivery(t, d, "r1", desk.Accepted)
	delivery(t, d, "r2", desk.Accepted)
}

func TestAnAnswerFromElsewhereStopsTheClocks(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Says("somchai", chargedTwice)
	d.FastForward(time.Minute)
	d.Deliver(echo(d, "x1", "we look into it", func(e *desk.Event) { e.Direction = desk.OutElsewhere }))
	ticket := d.Of("somchai")
	if diff := cmp.Diff("received, answered elsewhere", d.Log("somchai")); diff != "" {
		t.Error(diff)
	}
	if ticket.State != desk.Waiting || len(ticket.Unanswered) != 0 || !ticket.Deadline().IsZero() {
		t.Errorf("%s, %v, %v", ticket.State, ticket.Unanswered, ticket.Clocks)
	}
	t.Run("but not for what was said after it and came in before", func(t *testing.T) {
		late := echo(d, "x2", "and?", func(e *desk.Event) { e.Direction, e.Time = desk.OutElsewhere, d.Now().Add(time.Second) })
		d.FastForward(time.Minute)
		d.Says("somchai", "Still nothing, and you charged me twice!")
		d.Deliver(late)
		if ticket := d.Of("somchai"); ticket.State == desk.Waiting || len(ticket.Unanswered) != 1 || ticket.Deadline().IsZero() {
			t.Errorf("%s, %v, %v", ticket.State, ticket.Unanswered, ticket.Clocks)
		}
	})
}

func TestAReplyThatNeverArrivedBringsItsTicketBack(t *testing.T) {
	t.Parallel()
	d := replied(t)
	d.FastForward(time.Second)
	if state := d.Of("somchai").State; state != desk.Waiting {
		t.Fatalf("it is %s", state)
	}
	failed := d.Event(desk.Event{Kind: desk.Receipt, Key: "x1:failed", Author: desk.Author{ID: "somchai"}, Delivery: desk.DeliveryFailed, Target: "sent-r1", Problem: "outside the window"})
	d.Deliver(failed)
	d.Deliver(failed)
	m := delivery(t, d, "r1", desk.DeliveryFailed)
	if m.Problem == "" {
		t.Error("nobody says why")
	}
	ticket := d.Of("somchai")
	waits := slices.ContainsFunc(ticket.Clocks, func(c desk.Clock) bool { return c.Metric == desk.NextResponse && c.State == desk.Running })
	if ticket.State != desk.Open || !waits {
		t.Errorf("%s, %v", ticket.State, ticket.Clocks)
	}
	if diff := cmp.Diff("received, claimed, replied, sending, sent, undelivered", d.Log("somchai")); diff != "" {
		t.Error(diff)
	}
}

func TestAThinNoticeIsFetchedBeforeItIsJudged(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fetched, unfetched string
		says, why          string
	}{
		"and comes back whole":            {fetched: chargedTwice, says: chargedTwice},
		"or with the reason why it isn't": {unfetched: "the token is no good", why: "the token is no good"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := story.Tell(t, policy.Default)
			thin := d.Event(desk.Event{Kind: desk.FetchRequired, Key: "p1:c1", ID: "c1", Needs: desk.NeedsContent, Author: desk.Author{ID: "somchai"}})
			d.Deliver(thin)
			if len(d.Thin) != 1 || len(d.Tickets()) != 0 {
				t.Fatalf("%d to fetch, %d tickets", len(d.Thin), len(d.Tickets()))
			}
			raw := d.Thin[0]
			if raw.Delivery != thin.Delivery {
				t.Errorf("it became delivery %q of %q", raw.Delivery, thin.Delivery)
			}
			raw.Fetched, raw.Unfetched = []byte(tt.fetched), tt.unfetched
			if tt.fetched == "" {
				raw.Fetched = nil
			}
			d.Deliver(raw)
			d.Deliver(raw)
			ticket := d.Of("somchai")
			log, err := d.Store.Log(t.Context(), ticket.ID)
			if err != nil || len(log) != 1 || log[0].Message.Text != tt.says || log[0].Message.Unfetched != tt.why {
				t.Errorf("%+v, %v", log, err)
			}
			if ticket.Disposition != desk.NeedsAnswer || ticket.Deadline().IsZero() {
				t.Errorf("nobody has to look at it: %+v", ticket.Verdict)
			}
		})
	}
}

func TestWhatCameByItselfIsNotFetchedIntoASecondMessage(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Deliver(d.Event(desk.Event{Kind: desk.MessageCreated, Key: "m1", ID: "m1", Author: desk.Author{ID: "somchai"}, Text: chargedTwice}))
	d.Deliver(d.Event(desk.Event{Kind: desk.FetchRequired, Key: "m1:edit:0", ID: "m1", Needs: desk.NeedsContent, Author: desk.Author{ID: "somchai"}}))
	raw := d.Thin[0]
	raw.Fetched = []byte(chargedTwice)
	d.Deliver(raw)
	if diff := cmp.Diff("received", d.Log("somchai")); diff != "" {
		t.Error(diff)
	}
}

func TestAnAuthorWithoutANameIsAskedForOnce(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Deliver(d.Event(desk.Event{Kind: desk.MessageCreated, Key: "e1", ID: "m1", Author: desk.Author{ID: "somchai"}, Text: chargedTwice, Profile: true}))
	d.FastForward(30 * time.Minute)
	if len(d.Asked) != 1 || d.Asked[0].Ticket != d.Of("somchai").ID {
		t.Fatalf("asked for %v", d.Asked)
	}
	d.Does("somchai", func(t desk.Ticket, now time.Time, _ desk.Clockwork) (desk.Entry, error) {
		return desk.Entry{Version: t.Version + 1, What: desk.Introduced, At: now, Message: &desk.Message{Author: desk.Author{ID: "somchai", Name: "Somchai T."}}}, nil
	})
	d.Says("somchai", "hello?")
	if ticket := d.Of("somchai"); ticket.Author.Name != "Somchai T." || ticket.Profile != "" {
		t.Errorf("%+v, %q", ticket.Author, ticket.Profile)
	}
}

func TestModerationGoesOutLikeAReplyAndAnswersNobody(t *testing.T) {
	t.Parallel()
	can := desk.Capability{Moderation: []desk.ModerationAction{desk.HideMessage}}
	for name, tt := range map[string]struct {
		answers []error
		log     string
		did     []string
		state   desk.DeliveryState
	}{
		"done":               {nil, "received, moderated, sending, moderation done", []string{"hide c1"}, desk.Accepted},
		"done the next time": {[]error{&desk.SendError{Class: desk.SendRetry, Reason: "not now"}}, "received, moderated, sending, send deferred, sending, moderation done", []string{"hide c1"}, desk.Accepted},
		"refused":            {[]error{&desk.SendError{Class: desk.SendRejected, Reason: "not ours"}}, "received, moderated, sending, moderation refused", nil, desk.DeliveryFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := story.Tell(t, policy.Default)
			d.Deliver(comment(d, "c1", "c1", "somchai", chargedTwice))
			d.Carrier.Answers = tt.answers
			d.Does("somchai", func(t desk.Ticket, now time.Time, _ desk.Clockwork) (desk.Entry, error) {
				return t.Moderate("ann", "h1", desk.HideMessage, desk.Message{ID: "c1", Key: "c1:add", Direction: desk.In}, "shows a card number", can, now)
			})
			d.FastForward(time.Minute)
			if diff := cmp.Diff(tt.log, d.Log("somchai")); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.did, d.Carrier.Heard); diff != "" {
				t.Error(diff)
			}
			delivery(t, d, "h1", tt.state)
			if ticket := d.Of("somchai"); ticket.State != desk.New || ticket.Deadline().IsZero() || len(ticket.Outbox) != 0 {
				t.Errorf("%s, %v, %v", ticket.State, ticket.Clocks, ticket.Outbox)
			}
		})
	}
}

func TestWhatAnEarlierTryTookAwayIsDeleted(t *testing.T) {
	t.Parallel()
	can := desk.Capability{Moderation: []desk.ModerationAction{desk.DeleteMessage}}
	gone := &desk.SendError{Class: desk.SendUnreachable, Reason: "what it is about is gone"}
	for name, tt := range map[string]struct {
		first *desk.SendError
		state desk.DeliveryState
	}{
		"when nobody knows how that ended": {&desk.SendError{Class: desk.SendRetry, Doubt: true, Reason: "no answer"}, desk.Accepted},
		"but not by one that was refused":  {&desk.SendError{Class: desk.SendRetry, Reason: "not now"}, desk.DeliveryFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := story.Tell(t, policy.Default)
			d.Deliver(comment(d, "c1", "c1", "somchai", chargedTwice))
			d.Carrier.Answers = []error{tt.first, gone}
			d.Does("somchai", func(t desk.Ticket, now time.Time, _ desk.Clockwork) (desk.Entry, error) {
				return t.Moderate("ann", "h1", desk.DeleteMessage, desk.Message{ID: "c1", Key: "c1:add", Direction: desk.In}, "spam", can, now)
			})
			d.FastForward(time.Minute)
			delivery(t, d, "h1", tt.state)
		})
	}
}

func TestWhatTheBrandSaysIsNeverJudged(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Says("somchai", "thank you!")
	d.Deliver(echo(d, "x1", "you are welcome", func(e *desk.Event) { e.Direction = desk.OutElsewhere }))
	before := d.Of("somchai")
	d.Deliver(d.Event(desk.Event{Kind: desk.MessageEdited, Key: "x1:edited", Target: "x1", Direction: desk.Out, Author: desk.Author{ID: "cafe"}, Of: "somchai", Conversation: "somchai",
		Text: chargedTwice}))
	after := d.Of("somchai")
	if after.Disposition != before.Disposition || after.Severity != before.Severity || !after.Deadline().Equal(before.Deadline()) {
		t.Errorf("%s %s until %v became %s %s until %v", before.Disposition, before.Severity, before.Deadline(), after.Disposition, after.Severity, after.Deadline())
	}
	if diff := cmp.Diff("received, answered elsewhere, edited", d.Log("somchai")); diff != "" {
		t.Error(diff)
	}
}

func TestWhatThePlatformCouldNotDeliverStaysSo(t *testing.T) {
	t.Parallel()
	receipt := func(d *story.Desk, key string, state desk.DeliveryState, last bool) desk.RawEvent {
		return d.Event(desk.Event{Kind: desk.Receipt, Key: key, Author: desk.Author{ID: "somchai"}, Delivery: state, Target: "sent-r1", Problem: "no such number",
			Own: desk.OwnReply{Ticket: d.Of("somchai").ID, Key: "r1", Last: last}})
	}
	t.Run("when an earlier receipt of it comes later", func(t *testing.T) {
		t.Parallel()
		d := replied(t)
		d.FastForward(time.Second)
		d.Deliver(receipt(d, "x1:failed", desk.DeliveryFailed, true))
		d.Deliver(receipt(d, "x1:sent", desk.Accepted, true))
		delivery(t, d, "r1", desk.DeliveryFailed)
		if ticket := d.Of("somchai"); ticket.State != desk.Open || ticket.Deadline().IsZero() {
			t.Errorf("%s, %v", ticket.State, ticket.Clocks)
		}
	})
	t.Run("when only the rest of it arrives", func(t *testing.T) {
		t.Parallel()
		d := replied(t)
		d.FastForward(time.Second)
		d.Deliver(receipt(d, "x1:failed", desk.DeliveryFailed, false))
		d.Deliver(receipt(d, "x2:delivered", desk.Delivered, true))
		delivery(t, d, "r1", desk.DeliveryFailed)
	})
}

func TestAFewOfItsWordsAreNotTheReply(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ text string }{
		"its last":  {"first"},
		"one of it": {"come"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := story.Tell(t, policy.Default)
			d.Says("somchai", chargedTwice)
			d.Claims("ann", "somchai")
			d.Replies("somchai", "r9", "we come back to this first")
			d.Carrier.Forgets = true
			d.Carrier.Answers = []error{&desk.SendError{Class: desk.SendUnknown, Reason: "no answer"}}
			d.FastForward(5 * time.Minute)
			delivery(t, d, "r9", desk.DeliveryUnknown)
			d.Deliver(echo(d, "x1", tt.text, nil))
			delivery(t, d, "r9", desk.DeliveryUnknown)
			if diff := cmp.Diff("received, claimed, replied, sending, send unknown, notified, lapsed, answered elsewhere", d.Log("somchai")); diff != "" {
				t.Error(diff)
			}
		})
	}
}
