package console_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

// taken is the author of the ticket that somebody is given next, or the status.
func (h *house) taken(who string, tier int) string {
	h.t.Helper()
	got := h.api(who, "POST", fmt.Sprintf("/api/v1/tiers/%d/next", tier), nil)
	if got.code != 200 {
		return fmt.Sprint(got.code)
	}
	return h.ticket(desk.TicketID(got.json(h.t)["id"].(string))).Author.ID
}

func TestTheNextTicketIsOneThatSuits(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.hires()
	h.puts("people/demo-senior", map[string]any{"name": "Sam", "roles": []string{"senior"}, "teams": []string{"care"}, "skills": []string{"howto"}}, "If-Match", "*")
	h.puts("people/second-agent", map[string]any{"name": "Bo", "roles": []string{"agent:3"}, "teams": []string{"care"}, "skills": []string{"billing"}})
	h.says("one", charged) // critical billing: Bo's
	lowly := h.says("two", "what are your hours?")
	if got := h.api("demo-lead", "POST", "/api/v1/tickets/"+string(lowly.ID)+"/escalate", map[string]any{"tier": 3, "reason": "for the test"}); got.code != 200 {
		t.Fatal(got.body)
	}
	if got := h.taken("demo-senior", 3); got != "two" {
		t.Errorf("Sam is given %s: a question suits him", got)
	}
	if got := h.taken("demo-senior", 3); got != "204" {
		t.Errorf("Sam is given %s, which suits Bo, who is there", got)
	}
	h.api("second-agent", "POST", "/api/v1/presence", map[string]any{"away": true})
	if got := h.taken("demo-senior", 3); got != "one" {
		t.Errorf("Sam is given %s: with Bo away it suits nobody else", got)
	}
}

func TestWhatSuitsNobodyComesBehindUntilItIsLate(t *testing.T) {
	t.Parallel()
	for name, late := range map[string]bool{"in time": false, "late": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			h.hires()
			h.puts("people/demo-senior", map[string]any{"name": "Sam", "roles": []string{"senior"}, "teams": []string{"care"}, "skills": []string{"howto"}}, "If-Match", "*")
			h.says("unsuited", charged)
			if late {
				h.after(5 * time.Hour)
			}
			lowly := h.says("suited", "what are your hours?")
			h.api("demo-lead", "POST", "/api/v1/tickets/"+string(lowly.ID)+"/escalate", map[string]any{"tier": 3, "reason": "for the test"})
			want := []string{"suited", "unsuited"}
			if late {
				want = []string{"unsuited", "suited"}
			}
			if diff := cmp.Diff(want, []string{h.taken("demo-senior", 3), h.taken("demo-senior", 3)}); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNobodyIsGivenMoreThanTheyHaveRoomFor(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.hires()
	room := func(who, role string, soft, hard int) {
		h.puts("people/"+who, map[string]any{"name": who, "roles": []string{role}, "teams": []string{"care"}, "capacity": map[string]any{"soft": soft, "hard": hard}}, "If-Match", "*")
	}
	room("demo-senior", "senior", 2, 4)
	room("second-agent", "agent:3", 2, 4)
	for _, author := range []string{"a", "b", "c", "d"} { // a critical one weighs two
		h.says(author, charged)
	}
	if got := h.taken("demo-senior", 3); got != "a" {
		t.Fatalf("the first: %s", got)
	}
	full := h.api("demo-senior", "POST", "/api/v1/tiers/3/next", nil)
	v := full.json(t)
	of, _ := v["capacity"].(map[string]any)
	if full.code != 409 || v["type"] != "urn:skala:problem:full" || of["load"] != 2.0 || of["soft"] != 2.0 || of["hard"] != 4.0 {
		t.Fatalf("beyond soft while Bo has room: %d %s", full.code, full.body)
	}
	if got := h.taken("second-agent", 3); got != "b" {
		t.Errorf("Bo is given %s", got)
	}
	if got := h.taken("demo-senior", 3); got != "c" {
		t.Errorf("beyond soft, where nobody has room: %s", got)
	}
	if got := h.taken("demo-senior", 3); got != "409" {
		t.Errorf("beyond hard: %s", got)
	}
	// Nor by a lead's hand, who is told the numbers.
	d := h.says("d", "hello?")
	path := "/api/v1/tickets/" + string(d.ID) + "/assign"
	if got := h.api("demo-admin", "POST", path, map[string]any{"assignee": "demo-senior"}, "If-Match", "*"); got.code != 409 || got.json(t)["capacity"] == nil {
		t.Errorf("assigned beyond hard: %d %s", got.code, got.body)
	}
	if b := h.browser(); !strings.Contains(b.signIn("demo-senior", "/tiers/3").body, "Take next") {
		t.Error("no page")
	} else if page := b.post("/tiers/3/next", nil); page.code != 409 || !strings.Contains(page.body, "weight 4") {
		t.Errorf("the page says %d\n%s", page.code, page.body)
	}
}

func TestWhoIsAwayIsAssignedToOnlyWhenItIsMeant(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.hires()
	ticket := h.says("somchai", charged)
	h.api("demo-senior", "POST", "/api/v1/presence", map[string]any{"away": true})
	path := "/api/v1/tickets/" + string(ticket.ID) + "/assign"
	got := h.api("demo-lead", "POST", path, map[string]any{"assignee": "demo-senior"}, "If-Match", "*")
	if v := got.json(t); got.code != 409 || v["type"] != "urn:skala:problem:away" || h.ticket(ticket.ID).Assignee != "" {
		t.Errorf("%d %s", got.code, got.body)
	}
	if got := h.api("demo-lead", "POST", path, map[string]any{"assignee": "demo-senior", "anyway": true}, "If-Match", "*"); got.code != 200 || h.ticket(ticket.ID).Assignee != "demo-senior" {
		t.Errorf("anyway: %d %s", got.code, got.body)
	}
	h.puts("people/demo-agent", map[string]any{"name": "Anna", "roles": []string{"agent:1"}, "teams": []string{"care"}, "left": true}, "If-Match", "*")
	if got := h.api("demo-lead", "POST", path, map[string]any{"assignee": "demo-agent", "anyway": true}, "If-Match", "*"); got.code != 422 {
		t.Errorf("to who has left: %d %s", got.code, got.body)
	}
}

func TestWhatSuitsASpecialistWhoIsFullIsOfferedToOthers(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.hires()
	h.puts("people/demo-senior", map[string]any{"name": "Sam", "roles": []string{"senior"}, "teams": []string{"care"}, "skills": []string{"howto"}}, "If-Match", "*")
	h.puts("people/second-agent", map[string]any{"name": "Bo", "roles": []string{"agent:3"}, "teams": []string{"care"}, "skills": []string{"billing"}, "capacity": map[string]any{"hard": 3}})
	h.says("one", charged)
	h.says("two", charged)
	if got := h.taken("demo-senior", 3); got != "204" {
		t.Errorf("Sam is given %s, for which Bo has room", got)
	}
	if got := h.taken("second-agent", 3); got != "one" {
		t.Errorf("Bo is given %s", got)
	}
	if got := h.taken("demo-senior", 3); got != "two" {
		t.Errorf("Sam is given %s: Bo has no room for the second", got)
	}
}
