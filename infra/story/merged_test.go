package story_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/skala/infra/policy"
	"example.com/skala/infra/story"
	"example.com/skala/shared/desk"
)

// merge makes one author's ticket go on as another's, as the console does.
func merge(d *story.Desk, from, into string) (source, target desk.Ticket) {
	d.T.Helper()
	one, other := d.Of(from), d.Of(into)
	ends, goesOn, err := one.Merge("ann", other, "one matter", d.Now())
	if err != nil {
		d.T.Fatal(err)
	}
	change := func(before desk.Ticket, e desk.Entry) desk.Change {
		after := desk.Apply(before, e, d.Policy.Plan)
		return desk.Change{Before: before, After: after, Entry: e, DueAt: after.DueAt(d.Policy.Plan)}
	}
	source, target = change(one, ends).After, change(other, goesOn).After
	if err := d.Store.CommitBoth(d.T.Context(), change(one, ends), change(other, goesOn)); err != nil {
		d.T.Fatal(err)
	}
	return source, target
}

// words are what a ticket's log has of customers, in its order.
func words(d *story.Desk, id desk.TicketID) (all []string) {
	d.T.Helper()
	log, err := d.Store.Log(d.T.Context(), id)
	if err != nil {
		d.T.Fatal(err)
	}
	for _, e := range log {
		if e.What == desk.Received {
			all = append(all, e.Message.Text)
		}
	}
	return all
}

func TestWhatACustomerWritesInAMergedConversationGoesToTheTicketThatGoesOn(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Says("somchai", whenOpen)
	d.Says("malee", whenOpen)
	source, target := merge(d, "somchai", "malee")
	d.FastForward(time.Second)
	later := d.Says("somchai", chargedTwice)
	if got := words(d, target.ID); len(got) != 2 || got[1] != chargedTwice {
		t.Fatalf("the ticket that goes on has %q", got)
	}
	d.Deliver(later) // its queue hands it out again
	d.Deliver(d.Accepts(later))
	now := d.Of("malee")
	if got := words(d, target.ID); len(got) != 2 || now.Author.ID != "malee" || now.Severity != desk.Critical || len(words(d, source.ID)) != 1 {
		t.Errorf("%q on %v of %s; %q stays", got, now.Severity, now.Author.ID, words(d, source.ID))
	}
	log, err := d.Store.Log(t.Context(), target.ID)
	if err != nil {
		t.Fatal(err)
	}
	if i := slices.IndexFunc(log, func(e desk.Entry) bool { return e.Message != nil && e.Message.Via == source.ID }); i < 0 {
		t.Error("nothing says that it came by the other ticket")
	}
	// The answer goes to whom the ticket is of, where they wrote.
	d.Claims("ann", "malee")
	d.Replies("malee", "r1", "We look into it.")
	d.FastForward(2 * time.Second)
	if got := d.Carrier.Heard; len(got) != 1 || !strings.HasPrefix(got[0], "malee: ") {
		t.Errorf("it was said to %q", got)
	}
}

func TestAnEditAndADeletionFindTheirMessageWhereverItWent(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Says("somchai", whenOpen) // m1
	d.Says("malee", whenOpen)   // m2
	source, target := merge(d, "somchai", "malee")
	d.FastForward(time.Second)
	d.Says("somchai", "and where is it?") // m3
	about := func(kind desk.Kind, key, id, text string) {
		d.FastForward(time.Second)
		d.Deliver(d.Event(desk.Event{Kind: kind, Key: key, Target: id, Author: desk.Author{ID: "somchai"}, Text: text}))
	}
	about(desk.MessageEdited, "x1", "m1", "when do you close?")
	about(desk.MessageEdited, "x2", "m3", "where are you?")
	if before, after := words(d, source.ID), words(d, target.ID); before[0] != "when do you close?" || after[1] != "where are you?" {
		t.Errorf("%q and %q", before, after)
	}
	about(desk.MessageDeleted, "x3", "m1", "")
	about(desk.MessageDeleted, "x4", "m3", "")
	about(desk.MessageDeleted, "x5", "early", "")
	d.Deliver(d.Event(desk.Event{Kind: desk.MessageCreated, Key: "x6", ID: "early", Author: desk.Author{ID: "somchai"}, Text: chargedTwice}))
	if before, after := words(d, source.ID), words(d, target.ID); before[0] != "" || after[1] != "" || after[2] != "" {
		t.Errorf("words are left: %q and %q", before, after)
	}
	if d.Of("somchai").State != desk.Merged || d.Of("malee").Severity == desk.Critical {
		t.Error("what was taken back woke somebody")
	}
}

func TestWhereTheTicketThatGoesOnIsOverTheThreadHasANextOneAndNothingTwice(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Says("somchai", whenOpen)
	d.Says("malee", whenOpen)
	source, target := merge(d, "somchai", "malee")
	d.FastForward(time.Second)
	later := d.Says("somchai", chargedTwice)
	d.Does("malee", solves)
	d.SetTime(d.Now().Add(8 * 24 * time.Hour))
	d.FastForward(2 * time.Second)
	d.Says("somchai", "one more question: "+whenOpen)
	next := d.Of("somchai")
	if next.ID == source.ID || next.Previous != source.ID || next.State != desk.New || len(words(d, next.ID)) != 1 {
		t.Fatalf("%s after %q is %s: %q", next.ID, next.Previous, next.State, words(d, next.ID))
	}
	d.Deliver(d.Accepts(later)) // its platform sends it again, a week later
	if len(words(d, next.ID)) != 1 || len(words(d, target.ID)) != 2 {
		t.Errorf("it stands twice: %q and %q", words(d, next.ID), words(d, target.ID))
	}
	d.Says("somchai", whenOpen)
	if len(words(d, next.ID)) != 2 {
		t.Errorf("the next ticket has %q", words(d, next.ID))
	}
}

func TestOfTicketsThatWereMergedInTurnTheLastHasTheMessages(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	for _, author := range []string{"somchai", "malee", "elena"} {
		d.Says(author, whenOpen)
	}
	merge(d, "somchai", "malee")
	merge(d, "malee", "elena")
	d.FastForward(time.Second)
	d.Says("somchai", chargedTwice)
	d.Says("malee", chargedTwice)
	if got := words(d, d.Of("elena").ID); len(got) != 3 {
		t.Errorf("it has %q", got)
	}
	// And round in a circle none is lost: the first thread's next ticket takes what is said in it.
	d.Does("elena", solves)
	d.SetTime(d.Now().Add(8 * 24 * time.Hour))
	d.FastForward(2 * time.Second)
	d.Says("somchai", chargedTwice)
	d.Says("elena", chargedTwice)
	merge(d, "elena", "somchai")
	d.Says("malee", chargedTwice)
	d.Says("elena", chargedTwice)
	if got := words(d, d.Of("somchai").ID); len(got) != 3 {
		t.Errorf("in the circle it has %q", got)
	}
}
