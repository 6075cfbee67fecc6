package notify_test

import (
	"testing"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/dynamo/dynamotest"
	"example.com/skala/shared/people"
	"example.com/skala/shared/post"
)

// goesOn closes a ticket, and has its customer write again: the thread's next ticket
// stands in its place.
func (o *office) goesOn(t *testing.T, id desk.TicketID) desk.Ticket {
	t.Helper()
	is, err := o.store.Ticket(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, what := range []desk.What{desk.SolvedNow, desk.ClosedNow} {
		c := dynamotest.Change(is, desk.Entry{Version: is.Version + 1, What: what, At: o.now})
		if err := o.store.Commit(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		is = c.After
	}
	next := dynamotest.NextMessage(t, o.store, 2)
	if next.After.ID == id {
		t.Fatalf("%s takes one more message", id)
	}
	if err := o.store.Commit(t.Context(), next); err != nil {
		t.Fatal(err)
	}
	return next.After
}

func TestALetterAboutATicketWhoseThreadHasGoneOnHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.employs(t, people.Member{ID: "ann", Name: "Ann", Channels: []people.Channel{{Kind: people.Email, To: "a@desk.example"}}})
	o.says = post.Outcome{Class: post.Later, Why: "status 503"}
	ticket := o.breach(t, []string{"ann"}, desk.NotifyTeam)
	o.works(t, desk.Nudge{Ticket: ticket.ID, Version: ticket.Told})
	next := o.goesOn(t, ticket.ID)
	o.says = post.Outcome{Class: post.Accepted}
	o.now = o.now.Add(time.Minute)
	o.works(t, due(t, o)...)
	if len(o.sent) != 2 || o.sent[0].ID != o.sent[1].ID {
		t.Fatalf("sent are %+v", o.sent)
	}
	if left := due(t, o); len(left) > 0 {
		t.Errorf("%+v are looked at for ever", left)
	}
	assign, err := next.Assign("lea", "ann", "", o.now)
	if err != nil {
		t.Fatal(err)
	}
	c := dynamotest.Change(next, assign)
	if err := o.store.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	o.works(t, desk.Nudge{Ticket: c.After.ID, Version: c.After.Told})
	o.now = o.now.Add(post.Window)
	o.works(t, due(t, o)...)
	if len(o.sent) != 3 {
		t.Errorf("of the next ticket she is not told: sent are %+v", o.sent)
	}
}

func TestANoticeOfATicketWhoseThreadHasGoneOnIsPosted(t *testing.T) {
	t.Parallel()
	o := open(t)
	o.employs(t, people.Member{ID: "ann", Name: "Ann"})
	ticket := o.breach(t, []string{"ann"}, desk.NotifyTeam)
	o.goesOn(t, ticket.ID)
	o.works(t, desk.Nudge{Ticket: ticket.ID, Version: ticket.Told})
	if unread, _, err := o.store.Rang(t.Context(), "ann"); err != nil || unread != 1 {
		t.Errorf("she has %d on her list, %v", unread, err)
	}
}
