package console_test

import (
	"net/url"
	"strings"
	"testing"

	"example.com/skala/shared/desk"
)

func saved(more map[string]any) map[string]any {
	is := map[string]any{"title": "Money back", "text": "สวัสดีคุณ{customer} – {agent}", "language": "th", "owner": "demo-senior", "categories": []string{"billing"}}
	for k, v := range more {
		is[k] = v
	}
	return is
}

func TestASavedReplyIsChangedByWhoseItIs(t *testing.T) {
	t.Parallel()
	h := staffed(t)
	team := map[string]any{"owner": "", "team": "care"}
	for _, tt := range []struct {
		what, who, method, id string
		body                  any
		match                 string
		want                  int
	}{
		{"their own", "demo-senior", "PUT", "a", saved(nil), "", 201},
		{"with a place that nobody fills", "demo-senior", "PUT", "b", saved(map[string]any{"text": "{name}"}), "", 422},
		{"somebody else's", "demo-lead", "PUT", "b", saved(nil), "", 403},
		{"a team's, by one of it", "demo-senior", "PUT", "b", saved(team), "", 403},
		{"a team's, by its lead", "demo-lead", "PUT", "b", saved(team), "", 201},
		{"what another has seen", "demo-senior", "PUT", "a", saved(map[string]any{"title": "x"}), `"7"`, 412},
		{"what it is, and a count that is nobody's to say", "demo-senior", "PUT", "a", saved(map[string]any{"title": "Refund", "uses": 900}), `"1"`, 200},
		{"not theirs to see", "demo-lead", "GET", "a", nil, "", 404},
		{"of the team", "second-agent", "GET", "b", nil, "", 200},
		{"a use of it", "second-agent", "POST", "b/used", nil, "", 204},
		{"a use of another's", "second-agent", "POST", "a/used", nil, "", 404},
		{"away with the team's, by one of it", "second-agent", "DELETE", "b", nil, `"1"`, 403},
		{"away with it", "demo-senior", "DELETE", "a", nil, `"2"`, 204},
	} {
		header := []string{}
		if tt.match != "" {
			header = []string{"If-Match", tt.match}
		}
		h.after(11e9)
		if got := h.api(tt.who, tt.method, "/api/v1/saved-replies/"+tt.id, tt.body, header...); got.code != tt.want {
			t.Errorf("%s: %d %s, want %d", tt.what, got.code, got.body, tt.want)
		}
	}
	items := h.api("second-agent", "GET", "/api/v1/saved-replies?q=MONEY&lang=th&category=billing", nil).json(t)["items"].([]any)
	if len(items) != 1 || items[0].(map[string]any)["uses"] != 1.0 {
		t.Errorf("what the team has: %v", items)
	}
}

func TestASavedReplyIsPutIntoTheComposerAndGrowsFromAGoodOne(t *testing.T) {
	t.Parallel()
	h := staffed(t)
	id := h.says("somchai", charged).ID
	senior := h.browser()
	senior.signIn("demo-senior", "/replies")
	if got := senior.get("/replies").body; !strings.Contains(got, "No saved reply here") {
		t.Errorf("without any: %s", got)
	}
	form := url.Values{"id": {"one"}, "version": {"0"}, "title": {"Sorry"}, "text": {"Hello {customer}, this is {agent} of {brand} about {ticket}."}, "language": {"th"}, "whose": {"me"}, "categories": {"billing"}, "platforms": {"line"}}
	if got := senior.post("/replies", url.Values{"id": {"one"}, "version": {"0"}, "title": {"Sorry"}, "text": {"{nobody}"}, "language": {"th"}, "whose": {"me"}}); got.code != 422 || !strings.Contains(got.body, "at character 1") {
		t.Errorf("a place that nobody fills: %d %s", got.code, got.body)
	}
	if got := senior.post("/replies", form); got.code != 200 || !strings.Contains(got.body, "Sorry") {
		t.Errorf("saved: %d %s", got.code, got.body)
	}
	if got := senior.get("/replies?edit=one").body; !strings.Contains(got, "Change this saved reply") || !strings.Contains(got, `name="platforms" value="line" checked`) || !strings.Contains(got, `name="platforms" value="telegram">`) {
		t.Errorf("its form: %s", got)
	}
	page := senior.post("/tickets/"+string(id)+"/claim", url.Values{}).body
	if !strings.Contains(page, `id="pick"`) {
		t.Fatalf("no picker: %s", page)
	}
	claim := senior.at.Query().Get("claim")
	offered := senior.get("/tickets/" + string(id) + "/replies?claim=" + claim).body
	if !strings.Contains(offered, "saved=one#reply") || !strings.Contains(offered, "fits") {
		t.Errorf("offered: %s", offered)
	}
	if got := senior.get("/tickets/" + string(id) + "/replies?q=nothing&claim=" + claim).body; strings.Contains(got, "saved=one") {
		t.Errorf("a search for something else: %s", got)
	}
	filled := senior.get("/tickets/" + string(id) + "?claim=" + claim + "&saved=one")
	if !strings.Contains(filled.body, ", this is demo-senior of demo about "+string(id)+".</textarea>") {
		t.Errorf("in the composer: %s", filled.body)
	}
	if d, err := h.store.Directory(t.Context()); err != nil || d.Replies["one"].Uses != 1 {
		t.Errorf("without scripts it counts %d uses, %v", d.Replies["one"].Uses, err)
	}
	items := h.api("demo-senior", "GET", "/api/v1/tickets/"+string(id)+"/saved-replies", nil).json(t)["items"].([]any)
	if len(items) != 1 || items[0].(map[string]any)["fits"] != true {
		t.Errorf("offered to a program: %v", items)
	}
	typed := url.Values{"token": {claim}, "key": {"k-1"}, "text": {"First of all <sorry>."}, "pick": {""}}
	choice := senior.post("/tickets/"+string(id)+"/preview", typed).body
	if !strings.Contains(choice, `name="saved" value="one"`) || !strings.Contains(choice, "First of all &lt;sorry&gt;.</textarea>") {
		t.Errorf("to choose from, with what was typed: %s", choice)
	}
	typed.Del("pick")
	typed.Set("saved", "one")
	if both := senior.post("/tickets/"+string(id)+"/preview", typed).body; !strings.Contains(both, "First of all &lt;sorry&gt;.\nHello Customer somchai") || !strings.Contains(both, `name="key" value="k-1"`) {
		t.Errorf("both in the composer: %s", both)
	}
	reply := fields(filled.body)
	reply.Set("text", "Somchai, your order 1234567 is paid back.")
	page = senior.post("/tickets/"+string(id)+"/reply", reply).body
	_, from, ok := strings.Cut(page, `href="/replies?from=`)
	if !ok {
		t.Fatalf("nothing to save it by: %s", page)
	}
	from, _, _ = strings.Cut(from, "#")
	if got := senior.get("/replies?from=" + strings.ReplaceAll(from, "&amp;", "&")).body; strings.Contains(got, "1234567") || !strings.Contains(got, "your order ____ is paid back.</textarea>") {
		t.Errorf("grown: %s", got)
	}
	if got := senior.get("/replies?from=" + string(id) + "&message=nothing"); got.code != 404 {
		t.Errorf("of no message: %d", got.code)
	}
	if got := senior.post("/replies/one/remove", url.Values{"version": {"9"}}); got.code != 412 && got.code != 409 {
		t.Errorf("on what was not seen: %d", got.code)
	}
	if got := senior.post("/replies/one/remove", url.Values{"version": {"1"}}); got.code != 200 || strings.Contains(got.body, "Sorry") {
		t.Errorf("removed: %d %s", got.code, got.body)
	}
}

func TestSavedRepliesOfATeamAndABrandAreReadByWhoMayNotChangeThem(t *testing.T) {
	t.Parallel()
	h := staffed(t)
	h.put("saved-replies/team", saved(map[string]any{"owner": "", "team": "care"}))
	h.put("saved-replies/brand", saved(map[string]any{"title": "All of it", "owner": "", "brand": "demo", "brands": []string{"demo"}, "text": strings.Repeat("We look into it. ", 40)}))
	tweet := h.hears(desk.Event{Platform: "x", Channel: "x", Visibility: desk.Public, Author: desk.Author{ID: "maria"}, Text: "hello?", Conversation: "c1"})
	agent, admin := h.browser(), h.browser()
	agent.signIn("second-agent", "/replies")
	if got := agent.get("/replies?lang=th").body; strings.Count(got, `class="cover-less"`) != 2 || strings.Contains(got, "?edit=") || !strings.Contains(got, `<option value="th" selected>`) {
		t.Errorf("what they may only read: %s", got)
	}
	if got := agent.get("/tickets/" + string(tweet.ID) + "/replies").body; strings.Count(got, "goes out as several") != 1 {
		t.Errorf("of two, one is longer than the platform takes: %s", got)
	}
	admin.signIn("demo-admin", "/replies")
	if got := admin.get("/replies?edit=brand").body; !strings.Contains(got, `name="brands" value="demo" checked`) {
		t.Errorf("the brand's, by who may change it: %s", got)
	}
}
