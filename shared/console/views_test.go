package console_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"example.com/skala/shared/people"
)

// staffed is a house with a team, its lead and somebody of it.
func staffed(t *testing.T) *house {
	h := open(t)
	h.put("teams/care", map[string]any{"name": "Care"})
	h.put("people/demo-admin", map[string]any{"name": "Ari", "roles": []string{"admin"}})
	for id, role := range map[string]string{"demo-lead": "lead", "demo-senior": "senior", "second-agent": "agent:1"} {
		h.put("people/"+id, map[string]any{"name": id, "roles": []string{role}, "teams": []string{"care"}})
	}
	return h
}

func (h *house) put(path string, is map[string]any) {
	h.t.Helper()
	if got := h.api("demo-admin", "PUT", "/api/v1/"+path, is); got.code >= 300 {
		h.t.Fatalf("%s: %d %s", path, got.code, got.body)
	}
}

func TestAListThatIsSavedStandsBesideTheOthers(t *testing.T) {
	t.Parallel()
	h := staffed(t)
	h.says("somchai", charged)
	lead, agent := h.browser(), h.browser()
	agent.signIn("demo-senior", "/tickets")
	lead.signIn("demo-lead", "/tickets?category=billing")
	for _, form := range []url.Values{
		{"name": {"Money"}, "query": {"category=billing"}},
		{"name": {"Money back"}, "query": {"category=billing"}}, // the same list, by another name
		{"name": {"Angry"}, "query": {"severity=critical"}, "team": {"care"}},
	} {
		if got := lead.post("/views", form); got.code != 200 || !strings.Contains(lead.at.String(), form.Get("query")) {
			t.Fatalf("%d at %s: %s", got.code, lead.at, got.body)
		}
	}
	own, shared := `<bdi>Money back</bdi>`, `<bdi>Angry · Care</bdi>`
	if got := lead.get("/tickets?category=billing").body; !strings.Contains(got, own) || !strings.Contains(got, shared) || strings.Contains(got, "<bdi>Money</bdi>") || len(shown(got)) != 1 {
		t.Errorf("the lead's lists: %s", got)
	}
	agent.get("/tickets")
	h.after(11e9)
	if got := agent.get("/tickets").body; strings.Contains(got, own) || !strings.Contains(got, shared) {
		t.Errorf("an agent of the team: %s", got)
	}
	lines := h.api("demo-admin", "GET", "/api/v1/audit?kind=view", nil).json(t)["items"].([]any)
	if len(lines) != 3 {
		t.Errorf("the audit log has %d lines: %v", len(lines), lines)
	}
}

func TestAViewIsChangedByWhoseItIsAndOnWhatTheySaw(t *testing.T) {
	t.Parallel()
	h := staffed(t)
	view := func(owner, team, query string) map[string]any {
		return map[string]any{"name": "V", "owner": owner, "team": team, "query": query}
	}
	for _, tt := range []struct {
		what, who, method, id string
		body                  any
		match                 string
		want                  int
	}{
		{"their own", "demo-senior", "PUT", "a", view("demo-senior", "", "state=new"), "", 201},
		{"of nobody", "demo-senior", "PUT", "b", view("", "", "state=new"), "", 403},
		{"of two", "demo-admin", "PUT", "b", view("demo-senior", "care", "state=new"), "", 422},
		{"somebody else's", "demo-senior", "PUT", "b", view("demo-lead", "", "state=new"), "", 403},
		{"a team's, by one of it", "demo-senior", "PUT", "b", view("", "care", "state=new"), "", 403},
		{"a team's, by its lead", "demo-lead", "PUT", "b", view("", "care", "state=new"), "", 201},
		{"of no team", "demo-admin", "PUT", "c", view("", "nobody", "state=new"), "", 422},
		{"of no list", "demo-senior", "PUT", "c", view("demo-senior", "", "statee=new"), "", 422},
		{"taken over", "demo-lead", "PUT", "a", view("demo-lead", "", "state=open"), "*", 403},
		{"unseen", "demo-senior", "PUT", "a", view("demo-senior", "", "state=open"), "", 428},
		{"on an old version", "demo-senior", "PUT", "a", view("demo-senior", "", "state=open"), `"7"`, 412},
		{"on the present one", "demo-senior", "PUT", "a", view("demo-senior", "", "state=open"), `"1"`, 200},
		{"read by another", "demo-lead", "GET", "a", nil, "", 404},
		{"read by one of the team", "demo-senior", "GET", "b", nil, "", 200},
		{"read by who is in no team", "viewer", "GET", "b", nil, "", 404},
		{"removed by another", "demo-lead", "DELETE", "a", nil, "*", 404},
		{"removed by one of the team", "demo-senior", "DELETE", "b", nil, "*", 403},
		{"removed on an old version", "demo-senior", "DELETE", "a", nil, `"1"`, 412},
		{"removed", "demo-senior", "DELETE", "a", nil, `"2"`, 204},
		{"removed twice", "demo-senior", "DELETE", "a", nil, `"2"`, 404},
	} {
		var headers []string
		if tt.match != "" {
			headers = []string{"If-Match", tt.match}
		}
		if got := h.api(tt.who, tt.method, "/api/v1/views/"+tt.id, tt.body, headers...); got.code != tt.want {
			t.Errorf("%s: %d, want %d: %s", tt.what, got.code, tt.want, got.body)
		}
	}
	if got := h.api("demo-senior", "GET", "/api/v1/views", nil).json(t)["items"].([]any); len(got) != 1 {
		t.Errorf("an agent's views: %v", got)
	}
}

func TestNobodySavesListsWithoutEnd(t *testing.T) {
	t.Parallel()
	h := open(t)
	b := h.browser()
	b.signIn("demo-senior", "/tickets")
	for i := range people.MaxViews {
		if got := b.post("/views", url.Values{"name": {fmt.Sprint("list ", i)}, "query": {fmt.Sprint("author=", i)}}); got.code != 200 {
			t.Fatalf("%d: %d", i, got.code)
		}
	}
	got := b.post("/views", url.Values{"name": {"one more"}, "query": {"author=more"}})
	if got.code != 422 || !strings.Contains(got.body, "remove one first") {
		t.Errorf("%d: %s", got.code, got.body)
	}
}
