package story_test

import (
	"encoding/hex"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/infra/policy"
	"example.com/skala/infra/story"
	"example.com/skala/shared/desk"
)

func solves(t desk.Ticket, now time.Time, _ desk.Clockwork) (desk.Entry, error) {
	return t.Solve("ann", "refunded", now)
}

func TestARedeliveredDeletionIsNoSecondOne(t *testing.T) {
	t.Parallel()
	t.Run("after its message", func(t *testing.T) {
		t.Parallel()
		d := story.Tell(t, policy.Default)
		d.Says("somchai", chargedTwice)
		unsend := d.Event(desk.Event{Kind: desk.MessageDeleted, Key: "unsend", Target: "m1", Author: desk.Author{ID: "somchai"}})
		for range 3 {
			d.Deliver(unsend)
		}
		if diff := cmp.Diff("received, deleted", d.Log("somchai")); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("before its message", func(t *testing.T) {
		t.Parallel()
		d := story.Tell(t, policy.Default)
		unsend := d.Event(desk.Event{Kind: desk.MessageDeleted, Key: "unsend", Target: "m1", Author: desk.Author{ID: "somchai"}})
		d.Deliver(unsend)
		d.Deliver(unsend)
		d.Says("somchai", chargedTwice)
		d.Deliver(unsend)
		if diff := cmp.Diff("received", d.Log("somchai")); diff != "" {
			t.Error(diff)
		}
		if ticket := d.Of("somchai"); ticket.Preview != "" {
			t.Errorf("it says %q", ticket.Preview)
		}
	})
}

func TestAMessageToASolvedTicketReopensIt(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Says("somchai", chargedTwice)
	d.Does("somchai", solves)
	d.FastForward(time.Hour)
	d.Says("somchai", "ขอบคุณค่ะ") // thanks
	if state := d.Of("somchai").State; state != desk.Solved {
		t.Errorf("after thanks it is %s", state)
	}
	d.Tiers[desk.Senior] = nil
	d.Says("somchai", chargedTwice)
	ticket := d.Of("somchai")
	if ticket.State != desk.New || len(d.Tickets()) != 1 || ticket.Deadline().Before(d.Now()) || len(d.Tiers[desk.Senior]) != 1 {
		t.Errorf("%s, due %v, %d tickets, nudged %v", ticket.State, ticket.Deadline(), len(d.Tickets()), d.Tiers[desk.Senior])
	}
	d.FastForward(20 * time.Minute)
	if late := breaches(t, d, "somchai"); len(late) != 2 {
		t.Errorf("of the new cycle were breached: %v", late)
	}
}

func TestAMessageAfterTheTimeToComeBackClosesTheOldTicketFirst(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Says("somchai", chargedTwice)
	d.Does("somchai", solves)
	first := d.Of("somchai")
	d.LoseNudges()
	d.SetTime(story.Noon.Add(60 * 24 * time.Hour)) // the desk was down when it should have closed
	d.Says("somchai", chargedTwice)
	if second := d.Of("somchai"); second.Previous != first.ID || second.State != desk.New {
		t.Errorf("%+v", second)
	}
	old, err := d.Store.Ticket(t.Context(), first.ID)
	if err != nil || old.State != desk.Closed {
		t.Errorf("the old one is %s, %v", old.State, err)
	}
	d.Works(desk.Nudge{Ticket: first.ID, Version: first.Version}) // armed before
}

func TestWhatIsNotSaidToUsNeedsNoAnswer(t *testing.T) {
	t.Parallel()
	for name, event := range map[string]desk.Event{
		"group talk":                {Aside: true},
		"while another one answers": {Standby: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := story.Tell(t, policy.Default)
			event.Kind, event.Key, event.ID, event.Author, event.Text = desk.MessageCreated, "k1", "m1", desk.Author{ID: "somchai"}, chargedTwice
			d.Deliver(d.Event(event))
			edit := desk.Event{Kind: desk.MessageEdited, Key: "k2", Target: "m1", Author: desk.Author{ID: "somchai"}, Text: chargedTwice + "!"}
			d.Deliver(d.Event(edit))
			d.FastForward(time.Hour)
			ticket := d.Of("somchai")
			if ticket.Disposition != desk.NeedsNone || len(ticket.Clocks) != 0 || ticket.Preview == "" || len(d.Tiers[desk.Senior]) != 0 {
				t.Errorf("%+v", ticket)
			}
			d.Says("somchai", "ร้านเปิดกี่โมงคะ") // this is for us
			if ticket = d.Of("somchai"); ticket.Disposition != desk.NeedsAnswer || ticket.Deadline().IsZero() {
				t.Errorf("%+v", ticket)
			}
		})
	}
}

func TestAnEditThatBecomesAComplaintGetsClocksAndAQueue(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Says("somchai", "ขอบคุณค่ะ")
	d.Deliver(d.Event(desk.Event{Kind: desk.MessageEdited, Key: "edit", Target: "m1", Author: desk.Author{ID: "somchai"}, Text: chargedTwice}))
	ticket := d.Of("somchai")
	if ticket.Disposition != desk.NeedsAnswer || ticket.Tier != desk.Senior || ticket.Deadline().IsZero() || len(d.Tiers[desk.Senior]) != 1 {
		t.Errorf("%+v, nudged %v", ticket, d.Tiers)
	}
}

func TestWhatWeDoNotUnderstandIsInQuarantineWhetherThereIsATicketOrNot(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	odd := d.Event(desk.Event{Kind: desk.Unsupported, Key: "odd", Author: desk.Author{ID: "malee"}})
	d.Deliver(odd)
	d.Deliver(odd)
	kept, _, err := d.Store.Quarantined(t.Context(), "", 10)
	if err != nil || len(kept) != 1 || len(d.Tickets()) != 0 {
		t.Errorf("%+v, %v, %d tickets", kept, err, len(d.Tickets()))
	}
	d.Says("somchai", chargedTwice)
	before := d.Of("somchai")
	odd = d.Event(desk.Event{Kind: desk.Unsupported, Key: "odd too", Author: desk.Author{ID: "somchai"}})
	d.Deliver(odd)
	d.Deliver(odd)
	if kept, _, err = d.Store.Quarantined(t.Context(), "", 10); err != nil || len(kept) != 2 {
		t.Errorf("%+v, %v", kept, err)
	}
	if diff := cmp.Diff("received", d.Log("somchai")); diff != "" {
		t.Error(diff)
	}
	if after := d.Of("somchai"); after.Messages != 1 || !cmp.Equal(after.Clocks, before.Clocks) || after.Unseen(before.Version) {
		t.Errorf("%+v", after)
	}
}

func TestAMessageThatNoItemHoldsIsShownInQuarantine(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	noise := make([]byte, 300_000)
	source := rand.NewChaCha8([32]byte{})
	if _, err := source.Read(noise); err != nil {
		t.Fatal(err)
	}
	raw := d.Event(desk.Event{Kind: desk.MessageCreated, Key: "k", ID: "m", Author: desk.Author{ID: "somchai"}, Text: hex.EncodeToString(noise)})
	d.Deliver(raw)
	kept, _, err := d.Store.Quarantined(t.Context(), "", 10)
	if err != nil || len(kept) != 1 || string(kept[0].Raw.Body) != string(raw.Body) {
		t.Errorf("%d kept, %v", len(kept), err)
	}
}

func TestALongMessageOfWordsIsAMessage(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	var text []byte
	for range 10_000 {
		text = append(text, chargedTwice+" "...)
	}
	d.Says("somchai", string(text[:500_000-500_000%3]))
	if ticket := d.Of("somchai"); ticket.Severity != desk.Critical {
		t.Errorf("%+v", ticket)
	}
}

func TestADeletionOfOurOwnReplyIsOnTheTimeline(t *testing.T) {
	t.Parallel()
	d := replied(t)
	d.FastForward(time.Second)
	d.Deliver(d.Event(desk.Event{Kind: desk.MessageDeleted, Key: "gone", Target: "sent-r1", Author: desk.Author{ID: "somchai"}}))
	if diff := cmp.Diff("received, claimed, replied, sending, sent, noticed", d.Log("somchai")); diff != "" {
		t.Error(diff)
	}
}
