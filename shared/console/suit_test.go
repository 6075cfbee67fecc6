package console_test

import (
	"testing"

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
