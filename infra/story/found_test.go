package story_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/infra/policy"
	"example.com/skala/infra/story"
	"example.com/skala/shared/desk"
)

// comment is a customer's under a post of the page.
func comment(d *story.Desk, id, conversation, author, text string) desk.RawEvent {
	return d.Event(desk.Event{Kind: desk.MessageCreated, Key: id + ":add", ID: id, Author: desk.Author{ID: author}, Conversation: conversation, Text: text,
		Visibility: desk.Public, Crowded: true})
}

func TestWhatNamesAConversationAloneFindsItsThread(t *testing.T) {
	t.Parallel()
	tell := func(t *testing.T) *story.Desk {
		d := story.Tell(t, policy.Default)
		d.Deliver(comment(d, "c1", "c1", "somchai", chargedTwice))
		d.Deliver(comment(d, "c2", "c1", "nok", "me too, I want my money back"))
		d.FastForward(time.Minute)
		return d
	}
	about := func(d *story.Desk, e desk.Event) desk.RawEvent {
		e.Key, e.Conversation, e.Visibility, e.Crowded = "about", "c1", desk.Public, true
		return d.Event(e)
	}
	t.Run("the page's own comment answers whom it is a reply to", func(t *testing.T) {
		t.Parallel()
		d := tell(t)
		d.Deliver(about(d, desk.Event{Kind: desk.Echo, ID: "c3", Direction: desk.Out, Author: desk.Author{ID: "cafe"}, Parent: "c2", Text: "written to you"}))
		if a, b := d.Log("somchai"), d.Log("nok"); a != "received" || b != "received, answered elsewhere" {
			t.Errorf("%s; %s", a, b)
		}
	})
	for name, broken := range map[string]error{"ours": nil, "ours, of which nobody knows": &desk.SendError{Class: desk.SendUnknown, Reason: "no answer"}} {
		t.Run(name+", is its customer's wherever the platform shows it", func(t *testing.T) {
			t.Parallel()
			d := tell(t)
			d.Claims("ann", "nok")
			d.Replies("nok", "r1", "written to you")
			d.Carrier.Forgets, d.Carrier.Answers = true, []error{broken}
			d.FastForward(time.Second)
			shown := "sent-r1"
			if broken != nil {
				shown = "c3"
			}
			d.Deliver(about(d, desk.Event{Kind: desk.Echo, ID: shown, Direction: desk.Out, Author: desk.Author{ID: "cafe"}, Parent: "c1", Text: "written to you"}))
			if log := d.Log("somchai"); log != "received" {
				t.Error(log)
			}
			if m, err := d.Store.Message(t.Context(), d.Of("nok").ID, "r1"); err != nil || m.Delivery != desk.Accepted || m.ID != shown {
				t.Errorf("%+v, %v", m, err)
			}
		})
	}
	t.Run("a removal by nobody in particular blanks the words", func(t *testing.T) {
		t.Parallel()
		d := tell(t)
		d.Deliver(about(d, desk.Event{Kind: desk.MessageDeleted, Target: "c2"}))
		if a, b := d.Of("somchai"), d.Of("nok"); a.Preview == "" || b.Preview != "" {
			t.Errorf("%q; %q", a.Preview, b.Preview)
		}
	})
	t.Run("a removal under another name does too", func(t *testing.T) {
		t.Parallel()
		d := tell(t)
		d.Deliver(about(d, desk.Event{Kind: desk.MessageDeleted, Target: "c1", Author: desk.Author{ID: "a moderator"}}))
		if a, b := d.Of("somchai"), d.Of("nok"); a.Preview != "" || b.Preview == "" {
			t.Errorf("%q; %q", a.Preview, b.Preview)
		}
	})
	t.Run("that a comment was hidden is noticed on its ticket", func(t *testing.T) {
		t.Parallel()
		d := tell(t)
		d.Deliver(about(d, desk.Event{Kind: desk.Moderation, Target: "c2", Moderation: desk.HideMessage, Author: desk.Author{ID: "nok"}}))
		if a, b := d.Log("somchai"), d.Log("nok"); a != "received" || b != "received, noticed" {
			t.Errorf("%s; %s", a, b)
		}
	})
}

func TestACustomerIsFoundByTheirAlias(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Deliver(d.Event(desk.Event{Kind: desk.MessageCreated, Key: "e1", ID: "m1", Author: desk.Author{ID: "GR.1", Alias: "3069"}, Text: chargedTwice, Crowded: true}))
	d.FastForward(time.Minute)
	d.Deliver(d.Event(desk.Event{Kind: desk.Echo, Key: "x1", ID: "x1", Direction: desk.OutElsewhere, Author: desk.Author{ID: "cafe"}, Of: "3069", Conversation: "3069", Crowded: true,
		Text: "from the shop's phone"}))
	if diff := cmp.Diff("received, answered elsewhere", d.Log("GR.1")); diff != "" {
		t.Error(diff)
	}
	d.Claims("ann", "GR.1")
	d.Replies("GR.1", "r1", "first")
	d.FastForward(time.Second)
	d.Deliver(d.Event(desk.Event{Kind: desk.Receipt, Key: "sent-r1:failed", Author: desk.Author{ID: "3069"}, Conversation: "3069", Crowded: true, Delivery: desk.DeliveryFailed, Target: "sent-r1", Problem: "outside the window"}))
	if diff := cmp.Diff("received, answered elsewhere, claimed, replied, sending, sent, undelivered", d.Log("GR.1")); diff != "" {
		t.Error(diff)
	}
}

func TestAnAuthorWhoTellsOfADeletionThemselvesIsHeard(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Deliver(d.Event(desk.Event{Kind: desk.MessageCreated, Key: "p1:create", ID: "p1", Conversation: "p1", Author: desk.Author{ID: "somchai"}, Text: chargedTwice, Visibility: desk.Public}))
	gone := d.Event(desk.Event{Kind: desk.MessageDeleted, Key: "p1:delete", Target: "p1", Conversation: "p1", Account: "somchai", Author: desk.Author{ID: "somchai"}, Direction: desk.Out, Visibility: desk.Public})
	d.Deliver(gone)
	d.Deliver(gone)
	if diff := cmp.Diff("received, deleted", d.Log("somchai")); diff != "" || d.Of("somchai").Preview != "" {
		t.Errorf("%s\n%q", diff, d.Of("somchai").Preview)
	}
}

func TestADeletionThatNamesNoConversationFindsWhatWasSaidInOne(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Deliver(d.Event(desk.Event{Kind: desk.MessageCreated, Key: "p1:create", ID: "p1", Conversation: "p1", Author: desk.Author{ID: "somchai"}, Text: "thank you!", Visibility: desk.Public}))
	d.Deliver(d.Event(desk.Event{Kind: desk.MessageCreated, Key: "p2:create", ID: "p2", Conversation: "ours", Author: desk.Author{ID: "somchai"}, Text: chargedTwice, Visibility: desk.Public}))
	d.Deliver(d.Event(desk.Event{Kind: desk.MessageDeleted, Key: "p2:delete", Target: "p2", Conversation: "p2", Account: "somchai", Author: desk.Author{ID: "somchai"}, Direction: desk.Out, Visibility: desk.Public}))
	for _, ticket := range d.Tickets() {
		if gone := ticket.Preview == ""; gone != (ticket.Conversation == "ours") {
			t.Errorf("in %s it says %q", ticket.Conversation, ticket.Preview)
		}
	}
}

func TestAPostThatWasEditedToSpeakOfUsIsAMessage(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	edit := func(key, text string) desk.RawEvent {
		return d.Event(desk.Event{Kind: desk.MessageEdited, Key: key, ID: key, Target: "p1", Conversation: "p1", Author: desk.Author{ID: "somchai"}, Text: text, Visibility: desk.Public, Anew: true})
	}
	first := edit("p2", chargedTwice)
	d.Deliver(first)
	d.Deliver(first)
	if ticket := d.Of("somchai"); d.Log("somchai") != "received" || ticket.Disposition != desk.NeedsAnswer {
		t.Errorf("%s, %s", d.Log("somchai"), ticket.Disposition)
	}
}

func TestADeletionThatDoesNotTellTheConversationIsHeard(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Deliver(d.Event(desk.Event{Kind: desk.MessageCreated, Key: "p1:create", ID: "p1", Conversation: "root", Author: desk.Author{ID: "somchai"}, Text: chargedTwice, Visibility: desk.Public}))
	gone := d.Event(desk.Event{Kind: desk.MessageDeleted, Key: "p1:delete", Target: "p1", Conversation: "p1", Author: desk.Author{ID: "somchai"}, Visibility: desk.Public})
	d.Deliver(gone)
	d.Deliver(gone)
	if diff := cmp.Diff("received, deleted", d.Log("somchai")); diff != "" || d.Of("somchai").Preview != "" {
		t.Errorf("%s\n%q", diff, d.Of("somchai").Preview)
	}
}
