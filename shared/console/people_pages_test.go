package console_test

import (
	"bytes"
	"html"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/people"
)

func TestAnAdminKeepsThePeopleByFormsAlone(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.hires()
	b := h.browser()
	page := b.signIn("demo-admin", "/people")
	if page.code != 200 || !strings.Contains(page.body, "Sam Senior") || !strings.Contains(page.body, "Add a person") {
		t.Fatalf("%d\n%s", page.code, page.body)
	}
	form := url.Values{"id": {"nok"}, "name": {"Nok"}, "sign": {"Nok from care"}, "tier": {"2"}, "roles": {"auditor"}, "teams": {"care"}, "languages": {"th", "en"}, "skills": {"howto, delivery"},
		"zone": {"Asia/Bangkok"}, "mon": {"09:00-13:00, 14:00-18:00"}, "soft": {"5"}, "hard": {"8"}}
	bad := url.Values{}
	for name, values := range form {
		bad[name] = values
	}
	bad.Set("zone", "Mars/Base")
	bad.Set("soft", "many")
	if got := b.post("/people", bad); got.code != 422 || !strings.Contains(got.body, "is no number") || !strings.Contains(got.body, `name="soft" value="many"`) || !strings.Contains(got.body, `name="id" value="nok"`) {
		t.Errorf("%d\n%s", got.code, got.body)
	}
	bad.Set("soft", "5")
	if got := b.post("/people", bad); got.code != 422 || !strings.Contains(got.body, "Mars/Base") || !strings.Contains(got.body, "Time zone: ") || !strings.Contains(got.body, `value="care" checked`) {
		t.Errorf("%d\n%s", got.code, got.body)
	}
	if got := b.post("/people", form); got.code != 200 || b.at.Path != "/people/nok" || !strings.Contains(got.body, "Nok from care") {
		t.Fatalf("%d at %s\n%s", got.code, b.at, got.body)
	}
	d, err := h.store.Directory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m := d.Members["nok"]
	if m.Version != 1 || strings.Join(m.Roles, " ") != "agent:2 auditor" || m.Capacity != (people.Capacity{Soft: 5, Hard: 8}) || len(m.Shifts["mon"]) != 2 || strings.Join(m.Skills, " ") != "howto delivery" {
		t.Errorf("saved as %+v", m)
	}
	form.Set("version", "1")
	form.Set("left", "yes")
	if got := b.post("/people", form); got.code != 200 || !strings.Contains(got.body, `<span class="chip">left</span>`) {
		t.Errorf("%d\n%s", got.code, got.body)
	}
	form.Set("name", "Other")
	if got := b.post("/people", form); got.code != 412 || !strings.Contains(got.body, "Somebody else changed this") || !strings.Contains(got.body, `value="Other"`) || !strings.Contains(got.body, `name="version" value="2"`) {
		t.Errorf("an old page: %d\n%s", got.code, got.body)
	}

	// Teams.
	if got := b.post("/teams", url.Values{"id": {"night"}, "name": {"Night"}, "leads": {"demo-lead"}}); got.code != 200 || b.at.Path != "/teams/night" {
		t.Errorf("%d at %s\n%s", got.code, b.at, got.body)
	}
	if got := b.post("/teams/care/remove", url.Values{"version": {"1"}}); got.code != 409 || !strings.Contains(got.body, "demo-lead") {
		t.Errorf("%d\n%s", got.code, got.body)
	}
	if got := b.post("/teams/night/remove", url.Values{"version": {"1"}}); got.code != 200 || b.at.Path != "/teams" || strings.Contains(got.body, "Night") {
		t.Errorf("%d at %s\n%s", got.code, b.at, got.body)
	}

	// A file.
	var body bytes.Buffer
	file := multipart.NewWriter(&body)
	part, err := file.CreateFormFile("file", "people.csv")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write([]byte("id,name,teams\nfah,Fah,care\nbad,Bad,nowhere\n"))
	file.Close()
	r, err := http.NewRequestWithContext(t.Context(), "POST", h.server.URL+"/people/import", &body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", file.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if got := h.ask(b.client, r); got.code != 422 || !strings.Contains(got.body, "Added: 1") || !strings.Contains(got.body, "Line 3:") || !strings.Contains(got.body, "nowhere") {
		t.Errorf("%d\n%s", got.code, got.body)
	}
}

func TestALeadKeepsARotaAndSeesWhoIsOnWhen(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.hires()
	b := h.browser()
	if page := b.signIn("demo-lead", "/rotas"); page.code != 200 || !strings.Contains(page.body, "Add a rota") || strings.Contains(page.body, `value="billing"`) {
		t.Fatalf("%d\n%s", page.code, page.body)
	}
	form := url.Values{"id": {"oncall"}, "name": {"On call"}, "team": {"care"}, "zone": {"Europe/Athens"}, "start": {"2026-11-02"}, "handover": {"09:00"}, "turn": {"7"}, "members": {"demo-senior", "demo-lead", "", ""}}
	bad := url.Values{"members": {"", ""}}
	for name, values := range form {
		if name != "members" {
			bad[name] = values
		}
	}
	if got := b.post("/rotas", bad); got.code != 422 || !strings.Contains(got.body, "nobody would ever be on duty") {
		t.Errorf("%d\n%s", got.code, got.body)
	}
	page := b.post("/rotas", form)
	if page.code != 200 || b.at.Path != "/rotas/oncall" || !strings.Contains(page.body, "Mon 2 Nov 09:00 – Mon 9 Nov 09:00</span> <b><bdi>Sam Senior</bdi></b>") || !strings.Contains(page.body, "<bdi>Lea Lead</bdi>") {
		t.Fatalf("%d at %s\n%s", page.code, b.at, page.body)
	}
	override := url.Values{"who": {"demo-agent"}, "from": {"2026-11-04T10:00"}, "to": {"2026-11-04T18:00"}, "why": {"a swap"}}
	page = b.post("/rotas/oncall/override", override)
	if page.code != 200 || !strings.Contains(page.body, "Wed 4 Nov 10:00 – Wed 4 Nov 18:00</span> <b><bdi>Anna Agent</bdi></b> <span class=\"tag\">instead") || !strings.Contains(page.body, "a swap") {
		t.Fatalf("%d\n%s", page.code, page.body)
	}
	b.post("/rotas/oncall/override", override) // by a reload
	d, err := h.store.Directory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r := d.Rotas["oncall"]; len(r.Overrides) != 1 || !r.Overrides[0].From.Equal(time.Date(2026, 11, 4, 8, 0, 0, 0, time.UTC)) || r.Version != 2 {
		t.Errorf("sent twice: %+v", r)
	}
	override.Set("from", "2026-11-04T17:00")
	override.Set("to", "2026-11-04T20:00")
	override.Set("who", "demo-lead")
	if got := b.post("/rotas/oncall/override", override); got.code != 422 || !strings.Contains(got.body, "crosses") || !strings.Contains(got.body, `value="2026-11-04T17:00"`) {
		t.Errorf("%d\n%s", got.code, got.body)
	}
	_, taken, _ := strings.Cut(page.body, `name="remove" value="`)
	taken, _, _ = strings.Cut(taken, `"`)
	if got := b.post("/rotas/oncall/override", url.Values{"remove": {taken}}); got.code != 200 || strings.Contains(got.body, "Wed 4 Nov 10:00") {
		t.Errorf("%d\n%s", got.code, got.body)
	}
	for who, path := range map[string]string{"demo-agent": "/rotas/oncall/override", "viewer": "/rotas/oncall/remove"} {
		other := h.browser()
		if page := other.signIn(who, "/rotas/oncall"); page.code != 200 || strings.Contains(page.body, "Put somebody on") {
			t.Errorf("%s is offered it: %d\n%s", who, page.code, page.body)
		}
		if got := other.post(path, override); got.code != 403 {
			t.Errorf("%s: %d", who, got.code)
		}
	}
	if got := b.post("/rotas/oncall/remove", url.Values{"version": {"3"}}); got.code != 200 || b.at.Path != "/rotas" || strings.Contains(got.body, "On call") {
		t.Errorf("%d at %s\n%s", got.code, b.at, got.body)
	}
}

func TestEverybodyGoesAwayAndComesBackInTheHeader(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.hires()
	b := h.browser()
	page := b.signIn("demo-senior", "/mine")
	if !strings.Contains(page.body, `action="/presence"`) {
		t.Fatalf("%s", page.body)
	}
	page = b.post("/presence", url.Values{"away": {"yes"}, "for": {"1h"}, "why": {"lunch"}, "back": {"/tiers/3"}})
	if page.code != 200 || b.at.Path != "/tiers/3" || !strings.Contains(page.body, "<button>I am back") || !strings.Contains(page.body, "11:00") {
		t.Errorf("%d at %s\n%s", page.code, b.at, page.body)
	}
	if page := b.get("/people/demo-senior"); !strings.Contains(page.body, "lunch") || strings.Contains(page.body, `name="zone"`) {
		t.Errorf("%d\n%s", page.code, page.body)
	}
	page = b.post("/presence", url.Values{"away": {"no"}, "back": {"//evil.example"}})
	if page.code != 200 || b.at.Host != strings.TrimPrefix(h.server.URL, "http://") || strings.Contains(page.body, "<button>I am back") {
		t.Errorf("%d at %s\n%s", page.code, b.at, page.body)
	}
	if stranger := h.browser(); strings.Contains(stranger.signIn("viewer", "/all").body, `action="/presence"`) {
		t.Error("who is in no directory is asked whether they are there")
	}
}

func TestPagesCallPeopleByTheirNames(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.hires()
	ticket := h.says("somchai", charged)
	token := h.claim("demo-senior", ticket.ID)
	h.api("demo-senior", "POST", "/api/v1/tickets/"+string(ticket.ID)+"/reply", map[string]any{"text": "we look into it", "token": token}, "Idempotency-Key", "k")
	b := h.browser()
	page := b.signIn("demo-lead", "/tickets/"+string(ticket.ID)).body
	for _, want := range []string{"Held by <bdi>Sam Senior</bdi>", "<b><bdi>Sam Senior</bdi></b>", "<b><bdi>Sam</bdi></b>"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q\n%s", want, page)
		}
	}
	if list := b.get("/all").body; !strings.Contains(list, "With <bdi>Sam Senior</bdi>") {
		t.Errorf("%s", list)
	}
}

func TestAnIDWithAnythingInItHasItsPage(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.hires()
	const id = `https://id.example/u?n=1#2 50%2F"`
	b := h.browser()
	b.signIn("demo-admin", "/people")
	if got := b.post("/teams", url.Values{"id": {id}, "name": {"The odd team"}}); got.code != 200 {
		t.Fatalf("%d\n%s", got.code, got.body)
	}
	if got := b.post("/people", url.Values{"id": {id}, "name": {"Somebody Odd"}, "tier": {"1"}, "teams": {id}}); got.code != 200 {
		t.Fatalf("%d\n%s", got.code, got.body)
	}
	for _, list := range []string{"/people", "/teams"} {
		_, link, found := strings.Cut(b.get(list).body, `href="`+list+"/https")
		link, _, _ = strings.Cut(link, `"`)
		page := b.get(html.UnescapeString(list + "/https" + link))
		if !found || page.code != 200 || !strings.Contains(page.body, "odd") && !strings.Contains(page.body, "Odd") {
			t.Errorf("%s: %q is %d", list, link, page.code)
		}
		if list == "/people" {
			_, action, _ := strings.Cut(page.body, `action="/people/https`)
			action, _, _ = strings.Cut(action, `"`)
			if got := b.post(html.UnescapeString("/people/https"+action), url.Values{"away": {"yes"}}); got.code != 200 {
				t.Errorf("%q is %d", action, got.code)
			}
		}
	}
	if d, err := h.store.Directory(t.Context()); err != nil || !d.Members[id].Presence.Away {
		t.Errorf("%+v, %v", d.Members[id], err)
	}
}

func TestAnAuditorReadsWhatWasChangedOnAPage(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.hires()
	h.puts("people/evil", map[string]any{"name": "<script>alert(1)</script>", "teams": []string{"care"}})
	b := h.browser()
	page := b.signIn("auditor", "/audit?kind=person&who=demo-admin")
	if page.code != 200 || !strings.Contains(page.body, "<bdi>Ari Admin</bdi></b> added") || strings.Contains(page.body, "<script>alert") || strings.Contains(page.body, "team <bdi>care") ||
		!strings.Contains(page.body, `href="/audit?format=csv&amp;kind=person&amp;who=demo-admin"`) {
		t.Errorf("%d\n%s", page.code, page.body)
	}
	if file := b.get("/audit?format=csv&kind=person"); file.code != 200 || !strings.Contains(file.header.Get("Content-Type"), "text/csv") || strings.Count(file.body, "added,person") != 5 {
		t.Errorf("%d %v\n%s", file.code, file.header, file.body)
	}
	if none := b.get("/audit?what=nothing"); !strings.Contains(none.body, "Nothing here.") {
		t.Errorf("%s", none.body)
	}
}

func TestWhoHasChangedTheDirectorySeesItWhicheverInstanceServesThem(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.hires()
	elsewhere := func(id string) { // by another instance
		t.Helper()
		change := people.Change{At: h.Now(), Who: "demo-admin", What: "added", Kind: people.KindTeam, Target: id}
		if err := h.store.SaveTeam(t.Context(), people.Team{ID: id, Name: "Team " + id}, change); err != nil {
			t.Fatal(err)
		}
	}
	b := h.browser()
	b.signIn("demo-admin", "/teams")
	elsewhere("north")
	if page := b.get("/teams").body; strings.Contains(page, "Team north") {
		t.Fatal("this instance has read the directory anew without being asked to")
	}
	if got := b.post("/teams", url.Values{"id": {"south"}, "name": {"Team south"}, "version": {"0"}}); got.code != 200 && got.code != 303 {
		t.Fatal(got.code, got.body)
	}
	elsewhere("east")
	if page := b.get("/teams").body; !strings.Contains(page, "Team east") || !strings.Contains(page, "Team south") {
		t.Error("whoever has just saved something is shown what was before")
	}
}
