package console_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"example.com/skala/shared/console"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/policy"
)

// ruled is one policy, whatever version is asked for.
type ruled struct{ *policy.Policy }

func (r ruled) Active(context.Context) (*policy.Policy, error)          { return r.Policy, nil }
func (r ruled) Version(context.Context, string) (*policy.Policy, error) { return r.Policy, nil }

// governed opens a console under a policy in which "money" and "reimbursed" were
// merged into "refund", "fax" was retired, and fraud is for VIPs.
func governed(t *testing.T) *house {
	t.Helper()
	doc, err := os.ReadFile("testdata/tags.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := policy.Load(doc, "tags.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return open(t, func(c *console.Config) { c.Policies = ruled{p} })
}

// had gives a ticket tags of before they were governed.
func (h *house) had(ticket desk.Ticket, tags ...string) {
	h.t.Helper()
	h.commit(ticket, desk.Entry{Version: ticket.Version + 1, What: desk.Retagged, Who: "old-hand", At: h.Now(), Tags: tags}, func(*desk.Change) {})
}

func TestTheTagsThatAFormShowedStandNotInTheWayOfACategorys(t *testing.T) {
	t.Parallel()
	h := governed(t)
	ticket := h.says("somchai", "what are your opening hours?")
	h.had(ticket, "refund")
	for _, tt := range []struct {
		category, want string
		tags           []string
	}{{"fraud", "[refund vip]", []string{"refund"}}, {"howto", "[refund vip]", []string{"vip", "refund"}}, {"fraud", "[refund]", []string{"refund"}}} {
		if got := h.corrects("demo-lead", ticket.ID, map[string]any{"category": tt.category, "tags": tt.tags}); got.code != 200 {
			t.Fatal(got.code, got.body)
		}
		if got := fmt.Sprint(h.ticket(ticket.ID).Tags); got != tt.want {
			t.Errorf("as %s with %q it has %s, want %s", tt.category, tt.tags, got, tt.want)
		}
	}
}

func TestOnlyDeclaredTagsCanBeSet(t *testing.T) {
	t.Parallel()
	h := governed(t)
	ticket := h.says("somchai", charged)
	h.had(ticket, "fax", "reimbursed")
	tests := []struct {
		verb string
		body map[string]any
		code int
		want string // the tags, or what the problem says
	}{
		{"tags", map[string]any{"add": []string{"angry"}}, 422, `"angry" is none that the policy declares`},
		{"tags", map[string]any{"tags": []string{"vip", "money"}}, 200, "[reimbursed vip]"}, // it has that one by another name
		{"tags", map[string]any{"tags": []string{"vip"}}, 200, "[vip]"},
		{"tags", map[string]any{"add": []string{"money"}}, 422, `"money" was merged into "refund"`},
		{"tags", map[string]any{"add": []string{"fax"}}, 422, `"fax" is retired`},
		{"correct", map[string]any{"tags": []string{"angry"}}, 422, `"angry" is none`},
		{"correct", map[string]any{"tags": []string{"refund"}, "team": "money"}, 200, "[refund]"},
		{"correct", map[string]any{"team": "astronauts"}, 422, `"astronauts" is none that the policy declares`},
		{"correct", map[string]any{"team": ""}, 200, "[refund]"},
	}
	// What it has may stay, whatever became of it.
	if got := h.api("demo-lead", "POST", "/api/v1/tickets/"+string(ticket.ID)+"/tags", map[string]any{"add": []string{"vip"}}); got.code != 200 || fmt.Sprint(h.ticket(ticket.ID).Tags) != "[fax reimbursed vip]" {
		t.Errorf("%d %v", got.code, h.ticket(ticket.ID).Tags)
	}
	for _, tt := range tests {
		got := h.api("demo-lead", "POST", "/api/v1/tickets/"+string(ticket.ID)+"/"+tt.verb, tt.body, "If-Match", "*")
		if got.code != tt.code || tt.code == 422 && !strings.Contains(fmt.Sprint(got.json(t)["detail"]), tt.want) {
			t.Errorf("%s %v: %d %s", tt.verb, tt.body, got.code, got.body)
		}
		if now := fmt.Sprint(h.ticket(ticket.ID).Tags); tt.code == 200 && now != tt.want {
			t.Errorf("%s %v: %s, want %s", tt.verb, tt.body, now, tt.want)
		}
	}
	if team := h.ticket(ticket.ID).Team; team != "" {
		t.Errorf("it is with team %q", team)
	}
}

func TestAMergedTagIsShownAndFoundByItsNewName(t *testing.T) {
	t.Parallel()
	h := governed(t)
	old, new := h.says("old", charged), h.says("new", charged)
	h.had(old, "money")
	h.had(new, "refund", "vip")
	for _, query := range []string{"tag=money", "tag=refund", "tag=reimbursed"} {
		if got := h.listed("viewer", query); len(got) != 2 {
			t.Errorf("%s finds %v", query, got)
		}
	}
	if got := h.listed("viewer", "tag=vip"); len(got) != 1 || got[0] != string(new.ID) {
		t.Errorf("tag=vip finds %v", got)
	}
	if v := h.shown(old.ID); fmt.Sprint(v["tags"]) != "[refund]" {
		t.Errorf("it is shown as %v", v["tags"])
	}
	if got := h.api("viewer", "GET", "/api/v1/tickets?author=old", nil).json(t)["items"].([]any)[0].(map[string]any); fmt.Sprint(got["tags"]) != "[refund]" {
		t.Errorf("listed as %v", got["tags"])
	}
	if now := h.ticket(old.ID).Tags; fmt.Sprint(now) != "[money]" {
		t.Errorf("the ticket keeps %v", now)
	}
	b := h.browser()
	for _, page := range []answer{b.signIn("demo-lead", "/all"), b.get("/tiers/3"), b.get("/tickets/" + string(old.ID))} {
		if strings.Contains(page.body, "<bdi>money</bdi></span>") || !strings.Contains(page.body, "<bdi>refund</bdi></span>") {
			t.Error("a page shows the old name")
		}
	}
	// The form has the new name; to send it changes nothing.
	form := fieldsOf(b.get("/tickets/"+string(old.ID)).body, "/tags\"")
	if got := b.post("/tickets/"+string(old.ID)+"/tags", form); got.code != 200 || fmt.Sprint(h.ticket(old.ID).Tags) != "[money]" {
		t.Errorf("%d %v", got.code, h.ticket(old.ID).Tags)
	}
	if got := h.api("demo-lead", "POST", "/api/v1/tickets/"+string(old.ID)+"/tags", map[string]any{"remove": []string{"refund"}}); got.code != 200 || len(h.ticket(old.ID).Tags) != 0 {
		t.Errorf("%d %v", got.code, h.ticket(old.ID).Tags)
	}
}

func TestACorrectionTakesTheFastLaneButNotPastWhatWasSaid(t *testing.T) {
	t.Parallel()
	h := governed(t)
	for n, tt := range []struct {
		body map[string]any
		want string
	}{
		{map[string]any{"category": "access"}, "high 3 hurry care"},
		{map[string]any{"category": "access", "severity": "critical"}, "critical 3 hurry care"},
		{map[string]any{"category": "access", "severity": "low"}, "low 1 hurry care"},
		{map[string]any{"category": "access", "team": "money"}, "high 3 hurry money"},
		{map[string]any{"category": "request"}, "normal 2  "},
	} {
		ticket := h.says(fmt.Sprint("c", n), "where do I see what I paid?")
		if got := h.corrects("demo-lead", ticket.ID, tt.body); got.code != 200 {
			t.Fatal(got.code, got.body)
		}
		now := h.ticket(ticket.ID)
		if got := fmt.Sprintf("%s %d %s %s", now.Severity, now.Tier, now.Lane, now.Team); got != tt.want {
			t.Errorf("%v: %s, want %s", tt.body, got, tt.want)
		}
		v := h.shown(ticket.ID)
		if v["lane"] != nil && v["lane"] != now.Lane || v["team"] != nil && v["team"] != now.Team {
			t.Errorf("the API says %v, %v", v["lane"], v["team"])
		}
	}
	if got := h.listed("viewer", "team=care"); len(got) != 3 {
		t.Errorf("of the team: %v", got)
	}
}
