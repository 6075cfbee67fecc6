package console_test

import (
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

func TestATicketIsHandedBackToNobodyWhoHasLeftOrIsAwayUnlessItIsMeant(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.hires()
	ticket := h.says("somchai", charged)
	path := "/api/v1/tickets/" + string(ticket.ID) + "/hand-back"
	back := func(to string, anyway bool) answer {
		return h.api("demo-lead", "POST", path, map[string]any{"tier": 1, "advice": "ask for the receipt", "assignee": to, "anyway": anyway}, "If-Match", "*")
	}
	h.puts("people/demo-agent", map[string]any{"name": "Anna", "roles": []string{"agent:1"}, "teams": []string{"care"}, "left": true}, "If-Match", "*")
	if got := back("demo-agent", true); got.code != 422 || h.ticket(ticket.ID).Assignee != "" {
		t.Errorf("to who has left: %d %s", got.code, got.body)
	}
	h.api("demo-senior", "POST", "/api/v1/presence", map[string]any{"away": true})
	if got := back("demo-senior", false); got.code != 409 || got.json(t)["type"] != "urn:skala:problem:away" {
		t.Errorf("to who is away: %d %s", got.code, got.body)
	}
	if got := back("demo-senior", true); got.code != 200 || h.ticket(ticket.ID).Assignee != "demo-senior" {
		t.Errorf("to who is away, as is meant: %d %s", got.code, got.body)
	}
	if got := back("", false); got.code != 200 || h.ticket(ticket.ID).State != desk.New {
		t.Errorf("to a tier: %d %s", got.code, got.body)
	}
}

func TestWhoIsAtWorkOnATicketAnswersItThoughAChainRaisesIt(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.hires()
	ticket := h.says("somchai", charged)
	token := h.claim("demo-senior", ticket.ID)
	ticket = h.ticket(ticket.ID)
	h.commit(ticket, desk.Entry{What: desk.Breached, Version: ticket.Version + 1, At: h.Now().Add(time.Second), Metric: desk.FirstResponse, Cycle: 1, Level: 1,
		Step: desk.HandToVendor, Tier: desk.Vendor}, func(*desk.Change) {})
	path := "/api/v1/tickets/" + string(ticket.ID)
	body := map[string]any{"text": "your money is on its way", "token": token}
	if got := h.api("demo-senior", "POST", path+"/reply", body, "If-Match", "*", "Idempotency-Key", "k1"); got.code >= 300 {
		t.Errorf("who holds it: %d %s", got.code, got.body)
	}
	if got := h.api("demo-senior", "POST", path+"/claim", nil); got.code != 403 {
		t.Errorf("claimed anew above their tier: %d %s", got.code, got.body)
	}
}

func TestATicketIsGivenToNobodyWhomTheDirectoryDoesNotKnow(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.says("somchai", charged)
	give := func(to string, anyway bool) answer {
		return h.api("demo-lead", "POST", "/api/v1/tickets/"+string(ticket.ID)+"/assign", map[string]any{"assignee": to, "anyway": anyway}, "If-Match", "*")
	}
	if got := give("stranger", false); got.code != 200 {
		t.Errorf("where nobody keeps a directory: %d %s", got.code, got.body)
	}
	h.hires()
	if got := give("demo-agnet", false); got.code != 422 || !strings.Contains(got.body, "demo-agnet") || h.ticket(ticket.ID).Assignee != "stranger" {
		t.Errorf("to a slip of the pen: %d %s", got.code, got.body)
	}
	if got := give("demo-agnet", true); got.code != 200 {
		t.Errorf("to who is meant all the same: %d %s", got.code, got.body)
	}
}
