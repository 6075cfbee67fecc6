package console_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
)

// A bid is one of many requests that are sent at once.
type bid struct {
	ticket       int // which of the tickets
	who          string
	verb         string
	body         map[string]any
	headers      []string
	answer       answer
	mayBeRefused bool
}

// atOnce sends all bids side by side and waits for their answers.
func (h *house) atOnce(tickets []desk.Ticket, bids []bid) {
	h.t.Helper()
	start := make(chan struct{})
	var wait sync.WaitGroup
	for i := range bids {
		b := &bids[i]
		wait.Go(func() {
			<-start
			b.answer = h.api(b.who, "POST", "/api/v1/tickets/"+string(tickets[b.ticket].ID)+"/"+b.verb, b.body, b.headers...)
		})
	}
	close(start)
	wait.Wait()
	for _, b := range bids {
		if code := b.answer.code; code != 200 && !(b.mayBeRefused && (code == 409 || code == 412)) {
			h.t.Errorf("%s of ticket %d by %s: %d %s", b.verb, b.ticket, b.who, code, b.answer.body)
		}
	}
}

// fold follows a ticket through its log, and says what no race may bring about.
func (h *house) fold(id desk.TicketID) desk.Ticket {
	h.t.Helper()
	log, err := h.store.Log(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	t, keys := desk.Ticket{ID: id}, map[string]bool{}
	for i, e := range log {
		held := t.Lease.Live(e.At)
		switch {
		case e.Version != int64(i+1):
			h.t.Errorf("%s: entry %d has version %d", id, i+1, e.Version)
		case e.What == desk.Claimed && held:
			h.t.Errorf("%s: %s claimed what %s held", id, e.Who, t.Lease.Agent)
		case e.What == desk.Replied && (!held || e.Who != t.Lease.Agent):
			h.t.Errorf("%s: %s replied to what %q held", id, e.Who, t.Lease.Agent)
		case e.What == desk.Replied && keys[e.Message.Key]:
			h.t.Errorf("%s: two replies of the key %s", id, e.Message.Key)
		}
		if e.What == desk.Replied {
			keys[e.Message.Key] = true
		}
		t = desk.Apply(t, e, h.policy.Plan)
	}
	is := h.ticket(id)
	if diff := cmp.Diff([]any{t.Version, t.Assignee, t.Lease, t.Outbox, t.Messages}, []any{is.Version, is.Assignee, is.Lease, is.Outbox, is.Messages}); diff != "" {
		h.t.Errorf("%s is not what its log says: %s", id, diff)
	}
	return is
}

func TestTwoHundredRacesLeaveOneOwnerOneClaimAndOneAnswer(t *testing.T) {
	t.Parallel()
	h := open(t)
	people := []string{"demo-agent", "second-agent", "demo-senior", "demo-lead"}
	tickets := make([]desk.Ticket, 10)
	var claims []bid
	for i := range tickets {
		tickets[i] = h.says(fmt.Sprint("customer", i), "when do you open on sunday?")
		for _, who := range people {
			claims = append(claims, bid{ticket: i, who: who, verb: "claim", mayBeRefused: true}, bid{ticket: i, who: who, verb: "claim", mayBeRefused: true})
		}
	}
	h.atOnce(tickets, claims)
	holders, tokens := make([]string, len(tickets)), make([]string, len(tickets))
	for _, b := range claims {
		if b.answer.code != 200 {
			continue
		}
		if holders[b.ticket] != "" {
			t.Errorf("ticket %d was given to %s and to %s", b.ticket, holders[b.ticket], b.who)
		}
		holders[b.ticket], tokens[b.ticket] = b.who, b.answer.json(t)["token"].(string)
	}
	var replies []bid
	for i, ticket := range tickets {
		if is := h.fold(ticket.ID); is.Lease.Agent != holders[i] || is.Lease.Token != tokens[i] {
			t.Fatalf("ticket %d was given to %q, and %q holds it", i, holders[i], is.Lease.Agent)
		}
		for range 6 {
			replies = append(replies, bid{ticket: i, who: holders[i], verb: "reply", body: map[string]any{"text": "hello", "token": tokens[i]}, headers: []string{"Idempotency-Key", "once"}})
		}
	}
	h.atOnce(tickets, replies)
	var all []bid
	for i, ticket := range tickets {
		if is := h.fold(ticket.ID); len(is.Outbox) != 1 || is.Messages != 2 {
			t.Errorf("ticket %d: of six times the same reply %d wait, of %d messages", i, len(is.Outbox), is.Messages)
		}
		more := map[string]any{"text": "and goodbye", "token": tokens[i]}
		all = append(all,
			bid{ticket: i, who: "demo-lead", verb: "take-over", mayBeRefused: true},
			bid{ticket: i, who: "demo-admin", verb: "take-over", mayBeRefused: true},
			bid{ticket: i, who: "demo-lead", verb: "assign", body: map[string]any{"assignee": "demo-senior"}, headers: []string{"If-Match", "*"}, mayBeRefused: true},
			bid{ticket: i, who: holders[i], verb: "reply", body: more, headers: []string{"Idempotency-Key", "twice"}, mayBeRefused: true},
			bid{ticket: i, who: holders[i], verb: "reply", body: more, headers: []string{"Idempotency-Key", "twice"}, mayBeRefused: true},
			bid{ticket: i, who: "second-agent", verb: "claim", mayBeRefused: true})
	}
	h.atOnce(tickets, all)
	if n := len(claims) + len(replies) + len(all); n != 200 {
		t.Errorf("%d races", n)
	}
	accepted := map[int]int{}
	for _, b := range all {
		if b.verb == "reply" && b.answer.code == 200 {
			accepted[b.ticket] = 1
		}
	}
	for i, ticket := range tickets {
		if is := h.fold(ticket.ID); len(is.Outbox) != 1+accepted[i] {
			t.Errorf("ticket %d: %d replies wait, %d were accepted", i, len(is.Outbox), 1+accepted[i])
		}
	}
}
