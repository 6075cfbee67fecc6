package console_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/console"
	"example.com/skala/shared/nudge"
	"example.com/skala/shared/people"
)

// puts makes an item by the API as an admin, and returns its ETag.
func (h *house) puts(path string, item map[string]any, headers ...string) string {
	h.t.Helper()
	got := h.api("demo-admin", "PUT", "/api/v1/"+path, item, headers...)
	if got.code != 200 && got.code != 201 {
		h.t.Fatalf("%s: %d %s", path, got.code, got.body)
	}
	return got.header.Get("ETag")
}

// hires fills the directory: two teams and those who can sign in.
func (h *house) hires() {
	h.t.Helper()
	h.puts("teams/care", map[string]any{"name": "Care"})
	h.puts("teams/billing", map[string]any{"name": "Billing"})
	h.puts("people/demo-admin", map[string]any{"name": "Ari Admin", "roles": []string{"admin"}})
	h.puts("people/demo-lead", map[string]any{"name": "Lea Lead", "roles": []string{"lead"}, "teams": []string{"care"}})
	h.puts("people/demo-senior", map[string]any{"name": "Sam Senior", "sign": "Sam", "roles": []string{"senior"}, "teams": []string{"care"}})
	h.puts("people/demo-agent", map[string]any{"name": "Anna Agent", "roles": []string{"agent:1"}, "teams": []string{"billing"}})
}

func TestPeopleTeamsAndRotasAreKeptByTheAPI(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.hires()
	got := h.api("viewer", "GET", "/api/v1/people/demo-senior", nil)
	v := got.json(t)
	if got.code != 200 || got.header.Get("ETag") != `"1"` || v["name"] != "Sam Senior" || v["sign"] != "Sam" || v["version"] != 1.0 {
		t.Fatalf("%d %s", got.code, got.body)
	}
	if again := h.api("viewer", "GET", "/api/v1/people/demo-senior", nil, "If-None-Match", `"1"`); again.code != 304 {
		t.Errorf("asked again: %d", again.code)
	}
	v["zone"], v["shifts"] = "Asia/Bangkok", map[string]any{"mon": []string{"09:00-17:00"}}
	if got := h.api("demo-admin", "PUT", "/api/v1/people/demo-senior", v); got.code != 428 {
		t.Errorf("without saying what was seen: %d %s", got.code, got.body)
	}
	if got := h.api("demo-admin", "PUT", "/api/v1/people/demo-senior", v, "If-Match", `"7"`); got.code != 412 {
		t.Errorf("another version: %d %s", got.code, got.body)
	}
	if tag := h.puts("people/demo-senior", v, "If-Match", `"1"`); tag != `"2"` {
		t.Errorf("it is at %s", tag)
	}
	if tag := h.puts("people/demo-senior", v, "If-Match", `"1"`); tag != `"2"` { // the answer was lost, and it is sent again
		t.Errorf("sent twice it is at %s", tag)
	}

	rota := map[string]any{"name": "On call", "team": "care", "zone": "Europe/Athens", "start": "2026-11-02", "handover": "09:00", "turn": 7, "members": []string{"demo-senior", "demo-lead"},
		"overrides": []map[string]any{{"from": "2026-11-03T09:00:00Z", "to": "2026-11-03T12:00:00Z", "who": "demo-agent", "why": "swapped"}}}
	if got := h.api("demo-lead", "PUT", "/api/v1/rotas/night", rota); got.code != 201 || got.header.Get("ETag") != `"1"` {
		t.Fatalf("a lead's rota: %d %s", got.code, got.body)
	}
	shift := h.api("viewer", "GET", "/api/v1/on-shift?at=2026-11-03T10:00:00Z", nil)
	duty := shift.json(t)["rotas"].([]any)[0].(map[string]any)
	if shift.code != 200 || duty["who"] != "demo-agent" || strings.Contains(shift.body, `"demo-senior","name"`) || !strings.Contains(shift.body, `"demo-lead","name"`) {
		t.Errorf("with an override, on a Tuesday: %s", shift.body)
	}
	if shift := h.api("viewer", "GET", "/api/v1/on-shift?at=2026-11-09T03:00:00Z", nil); !strings.Contains(shift.body, `"demo-senior","name"`) || !strings.Contains(shift.body, `"who":"demo-senior"`) {
		t.Errorf("on Monday morning in Bangkok: %s", shift.body)
	}

	if got := h.api("demo-admin", "DELETE", "/api/v1/teams/care", nil, "If-Match", "*"); got.code != 409 || !strings.Contains(got.body, "demo-lead") {
		t.Errorf("a team with people: %d %s", got.code, got.body)
	}
	if got := h.api("demo-lead", "DELETE", "/api/v1/rotas/night", nil); got.code != 428 {
		t.Errorf("removed without looking: %d", got.code)
	}
	if got := h.api("demo-lead", "DELETE", "/api/v1/rotas/night", nil, "If-Match", `"9"`); got.code != 412 {
		t.Errorf("another version removed: %d", got.code)
	}
	if got := h.api("demo-lead", "DELETE", "/api/v1/rotas/night", nil, "If-Match", `"1"`); got.code != 204 {
		t.Errorf("removed: %d %s", got.code, got.body)
	}
	if got := h.api("demo-lead", "GET", "/api/v1/rotas/night", nil); got.code != 404 {
		t.Errorf("it is still there: %d", got.code)
	}
}

func TestAListOfPeopleIsPagedAndChosenByTeam(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.hires()
	var ids []string
	path := "/api/v1/people?limit=3"
	for pages := 0; ; pages++ {
		v := h.api("viewer", "GET", path, nil).json(t)
		for _, item := range v["items"].([]any) {
			ids = append(ids, item.(map[string]any)["id"].(string))
		}
		if v["next"] == "" || pages > 3 {
			break
		}
		path = "/api/v1/people?limit=3&cursor=" + url.QueryEscape(v["next"].(string))
	}
	if diff := cmp.Diff([]string{"demo-admin", "demo-agent", "demo-lead", "demo-senior"}, ids); diff != "" {
		t.Error(diff)
	}
	if got := h.api("viewer", "GET", "/api/v1/people?team=billing", nil); strings.Count(got.body, `"id"`) != 1 || !strings.Contains(got.body, "demo-agent") {
		t.Errorf("of a team: %s", got.body)
	}
	for _, bad := range []string{"people?tem=x", "people?limit=0", "people?cursor=%21", "teams?team=x", "on-shift?at=noon", "on-shift?when=x"} {
		if got := h.api("viewer", "GET", "/api/v1/"+bad, nil); got.code != 400 {
			t.Errorf("%s: %d %s", bad, got.code, got.body)
		}
	}
}

func TestWhatIsWrongIsSaidFieldByField(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.hires()
	person := func(field string, value any) map[string]any {
		return map[string]any{"name": "New", "teams": []string{"care"}, field: value}
	}
	rota := func(field string, value any) map[string]any {
		return map[string]any{"name": "R", "zone": "Europe/Athens", "start": "2026-11-02", "handover": "09:00", "turn": 7, "members": []string{"demo-senior"}, field: value}
	}
	tests := []struct {
		name, path string
		body       map[string]any
		field      string
	}{
		{"no name", "people/new", person("name", ""), "name"},
		{"an unknown zone", "people/new", person("zone", "Mars/Base"), "zone"},
		{"a period that is none", "people/new", map[string]any{"name": "N", "teams": []string{"care"}, "zone": "UTC", "shifts": map[string]any{"mon": []string{"9-17"}}}, "shifts"},
		{"a team that is not there", "people/new", person("teams", []string{"nowhere"}), "teams"},
		{"nobody's team", "people/new", person("teams", []string{}), "teams"},
		{"a word that is no role", "people/new", person("roles", []string{"boss"}), "roles"},
		{"soft above hard", "people/new", person("capacity", map[string]any{"soft": 5, "hard": 2}), "capacity"},
		{"a language", "people/new", person("languages", []string{"xx"}), "languages"},
		{"a field that there is none of", "people/new", person("nickname", "x"), "nickname"},
		{"a list that is none", "people/new", person("teams", "care"), "teams"},
		{"another id than the address's", "people/new", person("id", "other"), "id"},
		{"an empty rota", "rotas/new", rota("members", []string{}), "members"},
		{"a turn of nothing", "rotas/new", rota("turn", 0), "turn"},
		{"somebody unknown", "rotas/new", rota("members", []string{"ghost"}), "members"},
		{"overrides that cross", "rotas/new", rota("overrides", []map[string]any{
			{"from": "2026-11-03T09:00:00Z", "to": "2026-11-03T12:00:00Z", "who": "demo-agent"}, {"from": "2026-11-03T11:00:00Z", "to": "2026-11-03T13:00:00Z", "who": "demo-lead"}}), "overrides"},
		{"a lead who is nobody", "teams/new", map[string]any{"name": "T", "leads": []string{"ghost"}}, "leads"},
	}
	for _, tt := range tests {
		got := h.api("demo-admin", "PUT", "/api/v1/"+tt.path, tt.body)
		wrong, _ := got.json(t)["errors"].([]any)
		if got.code != 422 || len(wrong) == 0 || wrong[0].(map[string]any)["field"] != tt.field || wrong[0].(map[string]any)["reason"] == "" {
			t.Errorf("%s: %d %s", tt.name, got.code, got.body)
		}
	}
	if got := h.api("demo-admin", "GET", "/api/v1/people/new", nil); got.code != 404 {
		t.Errorf("somebody was saved all the same: %s", got.body)
	}
}

func TestNobodyGivesWhatIsNotTheirsToGive(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.hires()
	change := func(who, id string, fields map[string]any) answer {
		v := h.api("viewer", "GET", "/api/v1/people/"+id, nil).json(t)
		for name, value := range fields {
			v[name] = value
		}
		return h.api(who, "PUT", "/api/v1/people/"+id, v, "If-Match", "*")
	}
	tests := []struct {
		name, who, id string
		fields        map[string]any
		code          int
		field         string
	}{
		{"a lead gives themselves a role", "demo-lead", "demo-lead", map[string]any{"roles": []string{"admin"}}, 403, "roles"},
		{"a lead gives one of theirs a role", "demo-lead", "demo-senior", map[string]any{"roles": []string{"lead"}}, 403, "roles"},
		{"a lead changes somebody of another team", "demo-lead", "demo-agent", map[string]any{"zone": "UTC"}, 403, "teams"},
		{"a lead sets one of theirs' room", "demo-lead", "demo-senior", map[string]any{"capacity": map[string]any{"hard": 4}}, 200, ""},
		{"an agent changes themselves", "demo-agent", "demo-agent", map[string]any{"zone": "UTC"}, 403, ""},
		{"the last admin goes", "demo-admin", "demo-admin", map[string]any{"roles": []string{"lead"}, "teams": []string{"care"}}, 409, "roles"},
		{"an admin leaves by their own hand", "demo-admin", "demo-admin", map[string]any{"left": true}, 403, "left"},
	}
	for _, tt := range tests {
		got := change(tt.who, tt.id, tt.fields)
		wrong, _ := got.json(t)["errors"].([]any)
		if got.code != tt.code || tt.field != "" && (len(wrong) == 0 || wrong[0].(map[string]any)["field"] != tt.field) {
			t.Errorf("%s: %d %s", tt.name, got.code, got.body)
		}
	}
	if got := h.api("demo-lead", "PUT", "/api/v1/people/new", map[string]any{"name": "New", "teams": []string{"care"}}); got.code != 403 {
		t.Errorf("a lead adds somebody: %d %s", got.code, got.body)
	}
}

func TestWhoHasLeftMayDoNothingMoreAndRolesAreTheDirectorys(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.hires()
	b := h.browser()
	b.signIn("demo-senior", "/mine")
	if got := h.api("demo-senior", "GET", "/api/v1/whoami", nil); !strings.Contains(got.body, `"roles":["senior"]`) || !strings.Contains(got.body, "Sam Senior") {
		t.Errorf("%s", got.body)
	}
	h.puts("people/demo-senior", map[string]any{"name": "Sam Viewer", "roles": []string{"viewer"}}, "If-Match", "*")
	if got := h.api("demo-senior", "GET", "/api/v1/whoami", nil); !strings.Contains(got.body, `"roles":["viewer"],"tiers":[]`) {
		t.Errorf("the token's roles stand: %s", got.body)
	}
	if got := h.api("demo-senior", "POST", "/api/v1/tiers/3/next", nil); got.code != 403 {
		t.Errorf("what they no longer may: %d", got.code)
	}
	h.puts("people/demo-senior", map[string]any{"name": "Sam", "roles": []string{"senior"}, "teams": []string{"care"}, "left": true}, "If-Match", "*")
	if got := h.api("demo-senior", "GET", "/api/v1/tickets", nil); got.code != 403 {
		t.Errorf("who has left reads on: %d %s", got.code, got.body)
	}
	if page := b.get("/mine"); page.code != 403 || !strings.Contains(page.body, "You have left") || strings.Contains(page.body, "/tiers/3") {
		t.Errorf("by a session: %d\n%s", page.code, page.body)
	}
	h.puts("people/eve", map[string]any{"name": "Eve", "roles": []string{"admin"}})
	h.puts("people/demo-admin", map[string]any{"name": "Ari", "roles": []string{"lead"}, "teams": []string{"care"}}, "If-Match", "*")
	if got := h.api("demo-admin", "GET", "/api/v1/whoami", nil); !strings.Contains(got.body, `"roles":["lead","admin"]`) {
		t.Errorf("a token's admin was locked out: %s", got.body)
	}
}

func TestSomebodyGoesAwayAndComesBack(t *testing.T) {
	t.Parallel()
	assigning := false
	h := open(t, func(c *console.Config) {
		c.Nudger.(*nudge.Nudger).Assigning = func(context.Context) bool { return assigning }
	})
	h.hires()
	if got := h.api("auditor", "GET", "/api/v1/presence", nil); got.code != 404 || !strings.Contains(got.body, "admin") {
		t.Errorf("who is not listed: %d %s", got.code, got.body)
	}
	until := h.Now().Add(2 * time.Hour).Format(time.RFC3339)
	got := h.api("demo-agent", "POST", "/api/v1/presence", map[string]any{"away": true, "until": until, "why": "dentist"})
	if v := got.json(t); got.code != 200 || v["away"] != true || v["until"] != until || v["why"] != "dentist" || v["on_shift"] != false {
		t.Fatalf("%d %s", got.code, got.body)
	}
	if shift := h.api("viewer", "GET", "/api/v1/on-shift", nil); strings.Contains(shift.body, "demo-agent") {
		t.Errorf("she is on shift: %s", shift.body)
	}
	for name, body := range map[string]map[string]any{
		"nothing said":  {},
		"over already":  {"away": true, "until": h.Now().Add(-time.Hour).Format(time.RFC3339)},
		"for ten years": {"away": true, "until": h.Now().AddDate(10, 0, 0).Format(time.RFC3339)},
		"back until":    {"away": false, "until": until},
		"a long story":  {"away": true, "why": strings.Repeat("x", 500)},
		"unseen signs":  {"away": true, "why": "a\u202eb\u0007"},
		"misspelt":      {"aways": true},
	} {
		if got := h.api("demo-agent", "POST", "/api/v1/presence", body); got.code != 422 || got.json(t)["errors"] == nil {
			t.Errorf("%s: %d %s", name, got.code, got.body)
		}
	}
	h.after(2 * time.Hour)
	if v := h.api("demo-agent", "GET", "/api/v1/presence", nil).json(t); v["away"] != false || v["on_shift"] != true {
		t.Errorf("back by herself: %v", v)
	}
	if n := h.queues.count("due"); n != 0 {
		t.Errorf("where nobody is given anything, %d nudges", n)
	}
	assigning = true
	if got := h.api("demo-lead", "POST", "/api/v1/people/demo-senior/presence", map[string]any{"away": true}); got.code != 200 {
		t.Errorf("a lead for one of theirs: %d %s", got.code, got.body)
	}
	if n := h.queues.count("due"); n != 1 { // who has room is looked for anew
		t.Errorf("%d nudges", n)
	}
	for _, other := range []string{"demo-agent", "demo-senior"} {
		if got := h.api(other, "POST", "/api/v1/people/demo-lead/presence", map[string]any{"away": true}); got.code != 403 {
			t.Errorf("%s for another: %d", other, got.code)
		}
	}
	if got := h.api("demo-lead", "POST", "/api/v1/people/demo-agent/presence", map[string]any{"away": true}); got.code != 403 {
		t.Errorf("a lead for another team: %d", got.code)
	}
	h.after(time.Second)
	if got := h.api("demo-senior", "POST", "/api/v1/presence", map[string]any{"away": false}); got.code != 200 || got.json(t)["away"] != false {
		t.Errorf("back: %d %s", got.code, got.body)
	}
	log := h.api("auditor", "GET", "/api/v1/audit?target=demo-senior&limit=2", nil).json(t)["items"].([]any)
	if back, left := log[0].(map[string]any), log[1].(map[string]any); back["what"] != "back" || back["who"] != "demo-senior" || left["what"] != "away" || left["who"] != "demo-lead" {
		t.Errorf("the log says %v", log)
	}
}

func TestAFileOfPeopleIsSavedButForItsBadLines(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.hires()
	send := func(who, file string) answer {
		r, err := http.NewRequestWithContext(t.Context(), "POST", h.server.URL+"/api/v1/people/import", strings.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		token, err := h.idp.Token(t.Context(), who)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "text/csv")
		a := h.ask(http.DefaultClient, r)
		for _, problem := range described("POST", "/api/v1/people/import", a) {
			t.Error(problem)
		}
		return a
	}
	file := "id,name,roles,teams,zone\nnok,Nok,agent:2,care,Asia/Bangkok\nbad,Bad,boss,care,\nfar,Far,agent,care,Mars/Base\ndemo-agent,Anna Changed,agent:1,billing,\ndemo-senior,Sam Senior,senior,care,\n"
	got := send("demo-admin", file)
	v := got.json(t)
	if got.code != 200 || v["added"] != 1.0 || v["changed"] != 1.0 || v["unchanged"] != 1.0 {
		t.Fatalf("%d %s", got.code, got.body)
	}
	var lines []string
	for _, m := range v["mistakes"].([]any) {
		wrong := m.(map[string]any)
		lines = append(lines, fmt.Sprint(wrong["line"], " ", wrong["field"]))
	}
	if diff := cmp.Diff([]string{"3 roles", "4 zone"}, lines); diff != "" {
		t.Errorf("%s\n%s", diff, got.body)
	}
	if again := send("demo-admin", file).json(t); again["added"] != 0.0 || again["changed"] != 0.0 || again["unchanged"] != 3.0 {
		t.Errorf("sent again: %v", again)
	}
	if got := send("demo-lead", file); got.code != 403 {
		t.Errorf("a lead's file: %d", got.code)
	}
	h.puts("people/eve", map[string]any{"name": "Eve", "roles": []string{"admin"}})
	both := send("demo-admin", "id,name,roles,teams\ndemo-admin,Ari,lead,care\neve,Eve,lead,care\n").json(t)
	if both["changed"] != 1.0 || len(both["mistakes"].([]any)) != 1 {
		t.Errorf("a file took the last admin away: %v", both)
	}
	if empty := send("demo-admin", ""); empty.code != 200 || len(empty.json(t)["mistakes"].([]any)) != 1 {
		t.Errorf("an empty file: %d %s", empty.code, empty.body)
	}
}

func TestAnAuditorFiltersAndExportsWhatWasChanged(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.hires()
	h.after(24 * time.Hour)
	h.puts("people/odd", map[string]any{"name": `=HYPERLINK("http://evil.example")`, "teams": []string{"care"}}, "If-Match", "*")
	h.after(time.Second)
	h.api("demo-agent", "POST", "/api/v1/presence", map[string]any{"away": true, "why": "+1 day off"})
	count := func(query string) int {
		t.Helper()
		got := h.api("auditor", "GET", "/api/v1/audit"+query, nil)
		if got.code != 200 {
			t.Fatalf("%s: %d %s", query, got.code, got.body)
		}
		return len(got.json(t)["items"].([]any))
	}
	for query, want := range map[string]int{"": 8, "?who=demo-agent": 1, "?kind=team": 2, "?what=away": 1, "?target=odd&what=added": 1, "?from=2026-11-04": 2, "?to=2026-11-03": 6, "?to=2026-11-03&kind=person": 4,
		"?from=2026-11-03T00:00:00Z&to=2026-11-04T00:00:00Z": 6} {
		if got := count(query); got != want {
			t.Errorf("%q has %d lines, not %d", query, got, want)
		}
	}
	first := h.api("auditor", "GET", "/api/v1/audit?limit=5", nil).json(t)
	if rest := count("?limit=5&cursor=" + url.QueryEscape(first["next"].(string))); len(first["items"].([]any)) != 5 || rest != 3 {
		t.Errorf("%d lines and %d", len(first["items"].([]any)), rest)
	}
	file := h.api("auditor", "GET", "/api/v1/audit?format=csv", nil)
	rows, err := csv.NewReader(strings.NewReader(file.body)).ReadAll()
	if err != nil || len(rows) != 9 || rows[0][2] != "who" || rows[1][7] != "'+1 day off" || !strings.HasPrefix(file.header.Get("Content-Disposition"), "attachment") {
		t.Fatalf("%v, %v\n%s", err, file.header, file.body)
	}
	for _, row := range rows[1:] {
		for _, cell := range row {
			if strings.HasPrefix(cell, "=") || strings.HasPrefix(cell, "+") || strings.HasPrefix(cell, "@") || strings.HasPrefix(cell, "-") {
				t.Errorf("a program would take %q for a formula", cell)
			}
		}
	}
	lines := h.api("auditor", "GET", "/api/v1/audit?format=jsonl&kind=person", nil)
	decoder, n := json.NewDecoder(strings.NewReader(lines.body)), 0
	for ; decoder.More(); n++ {
		var line people.Change
		if err := decoder.Decode(&line); err != nil || line.Kind != people.KindMember {
			t.Fatalf("%v, %+v", err, line)
		}
	}
	if n != 6 {
		t.Errorf("%d lines of people", n)
	}
	for _, bad := range []string{"?format=xml", "?from=yesterday", "?kind=ticket", "?from=2026-11-04&to=2026-11-03", "?cursor=x", "?when=x"} {
		if got := h.api("auditor", "GET", "/api/v1/audit"+bad, nil); got.code != 400 {
			t.Errorf("%s: %d %s", bad, got.code, got.body)
		}
	}
	for _, who := range []string{"demo-lead", "demo-senior", "viewer"} {
		if got := h.api(who, "GET", "/api/v1/audit", nil); got.code != 403 {
			t.Errorf("%s reads it: %d", who, got.code)
		}
	}
}
