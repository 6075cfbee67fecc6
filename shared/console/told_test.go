package console_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
	"example.com/skala/shared/post"
)

// assigned gives a ticket to somebody, as the lead does.
func (h *house) assigned(t desk.Ticket, to string) desk.Ticket {
	h.t.Helper()
	got := h.api("demo-admin", "POST", "/api/v1/tickets/"+string(t.ID)+"/assign", map[string]any{"assignee": to}, "If-Match", fmt.Sprintf(`"%d"`, t.Version))
	if got.code != 200 {
		h.t.Fatalf("assign: %d %s", got.code, got.body)
	}
	return h.ticket(t.ID)
}

// rings posts the notice that a ticket's last entry asked for, as the notifier would.
func (h *house) rings(t desk.Ticket, change ...func(*desk.Notice)) desk.Notice {
	h.t.Helper()
	h.after(time.Second)
	n, _, err := h.store.Notice(h.t.Context(), t.ID, t.Told)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, c := range change {
		c(&n)
	}
	if err := h.store.Post(h.t.Context(), post.Posting{Notice: n, Last: true, At: h.Now(), Bells: n.To}, desk.Change{}); err != nil {
		h.t.Fatal(err)
	}
	return n
}

func TestTheBellRingsUntilItIsHeard(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.hires()
	if got := h.api("demo-senior", "GET", "/api/v1/notices", nil).json(t); got["unread"] != 0.0 || len(got["items"].([]any)) != 0 {
		t.Errorf("before anything: %v", got)
	}
	first := h.assigned(h.says("one", "charged twice"), "demo-senior")
	h.rings(first)
	second := h.assigned(h.says("two", "charged twice"), "demo-senior")
	h.rings(second, func(n *desk.Notice) {
		n.Kind, n.Metric, n.Level, n.Deadline, n.Urgent, n.Why = desk.ToldBreach, desk.FirstResponse, 2, h.Now(), true, "nobody answered"
	})

	told := desk.Entry{Version: second.Version + 1, What: desk.Notified, At: h.Now(), To: []string{"demo-senior"}, Why: "breach: email failed (refused): status 550"}
	second = h.commit(second, told, func(*desk.Change) {})
	if page := h.browser().signIn("demo-lead", "/tickets/"+string(second.ID)); !strings.Contains(page.body, "Told <b><bdi>Sam Senior</bdi></b> of a missed deadline: <bdi>email failed (refused): status 550</bdi>") {
		t.Errorf("the timeline does not say how it ended:\n%s", page.body)
	}

	got := h.api("demo-senior", "GET", "/api/v1/notices?limit=1", nil).json(t)
	items := got["items"].([]any)
	if len(items) != 1 || got["unread"] != 2.0 || got["next"] == "" {
		t.Fatalf("a page of one: %v", got)
	}
	is := items[0].(map[string]any)
	if is["ticket"] != string(second.ID) || is["kind"] != "breach" || is["urgent"] != true || is["unread"] != true || is["says"] != "First response was missed · step 2" || is["why"] != "nobody answered" || is["deadline"] == nil {
		t.Errorf("the latest is %v", is)
	}
	got = h.api("demo-senior", "GET", "/api/v1/notices?limit=1&cursor="+got["next"].(string), nil).json(t)
	if is := got["items"].([]any)[0].(map[string]any); is["ticket"] != string(first.ID) || is["says"] != "A ticket was given to you" || is["unread"] != true || is["deadline"] != nil || got["next"] != "" {
		t.Errorf("the one before is %v", got)
	}
	for _, bad := range []string{"?cursor=x", "?limit=0", "?kind=breach"} {
		if got := h.api("demo-senior", "GET", "/api/v1/notices"+bad, nil); got.code != 400 {
			t.Errorf("%s: %d", bad, got.code)
		}
	}
	if got := h.api("demo-lead", "GET", "/api/v1/notices", nil).json(t); len(got["items"].([]any)) != 0 {
		t.Errorf("another is told it, too: %v", got)
	}

	b := h.browser()
	page := b.signIn("demo-senior", "/notices")
	for _, words := range []string{"<title>(2) Notices · Skala</title>", `class="bell rings urgent"`, "First response was missed", "nobody answered", `href="/tickets/` + string(first.ID) + `"`, "2 not seen yet", "I have seen these"} {
		if !strings.Contains(page.body, words) {
			t.Errorf("the page has no %q\n%s", words, page.body)
		}
	}

	// The page of a ticket is told of it by its tag.
	ticket := b.get("/tickets/" + string(second.ID))
	if again := b.get("/tickets/"+string(second.ID), "If-None-Match", ticket.header.Get("ETag")); again.code != http.StatusNotModified {
		t.Fatalf("nothing is new, and it says %d", again.code)
	}
	_, until, _ := strings.Cut(page.body, `name="until" value="`)
	until, _, _ = strings.Cut(until, `"`)
	third := h.assigned(h.says("three", "charged twice"), "demo-senior")
	h.rings(third)
	h.after(time.Second) // by then another page's reading is no longer good enough
	if again := b.get("/tickets/"+string(second.ID), "If-None-Match", ticket.header.Get("ETag")); again.code != http.StatusOK || !strings.Contains(again.body, `aria-hidden="true">3</span>`) {
		t.Errorf("it rings, and the page of a ticket says %d", again.code)
	}
	if got := b.post("/notices/heard", url.Values{"until": {until}}); got.code != 200 || strings.Count(got.body, "Not seen yet") != 1 || !strings.Contains(got.body, "<title>(1) ") {
		t.Errorf("what came after is heard, too: %d\n%s", got.code, got.body)
	}
	if got := b.post("/notices/heard", url.Values{"until": {"now"}}); got.code != 422 {
		t.Errorf("no instant: %d", got.code)
	}
	if got := h.api("demo-senior", "POST", "/api/v1/notices/heard", nil); got.code != 204 {
		t.Errorf("heard: %d %s", got.code, got.body)
	}
	if got := h.api("demo-senior", "GET", "/api/v1/me", nil).json(t); got["unread"] != 0.0 {
		t.Errorf("all is heard, and %v are not", got["unread"])
	}
	// Nobody hears what has yet to come.
	if got := h.api("demo-senior", "POST", "/api/v1/notices/heard", map[string]any{"until": h.Now().Add(time.Hour)}); got.code != 204 {
		t.Errorf("heard: %d %s", got.code, got.body)
	}
	h.rings(h.assigned(h.says("four", "charged twice"), "demo-senior"))
	if got := h.api("demo-senior", "GET", "/api/v1/me", nil).json(t); got["unread"] != 1.0 {
		t.Errorf("what came later is heard: %v", got["unread"])
	}
}

// member reads somebody of the directory.
func (h *house) member(id string) people.Member {
	h.t.Helper()
	d, err := h.store.Directory(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return d.Members[id]
}

func TestEverybodyChoosesHowTheyAreTold(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.hires()
	me := h.api("demo-agent", "GET", "/api/v1/me", nil)
	v := me.json(t)
	reach := v["reach"].(map[string]any)
	if v["listed"] != true || me.header.Get("ETag") != `"1"` || reach["push_key"] != "key-of-the-desk" || fmt.Sprint(reach["slack"]) != "[general leads]" || len(reach["kinds"].([]any)) != len(desk.NoticeKinds) {
		t.Fatalf("%v", v)
	}
	in := map[string]any{"channels": []map[string]any{{"kind": "email", "to": "anna@example.com", "only": []string{"breach"}}, {"kind": "slack", "to": "leads", "urgent": true}},
		"quiet": map[string]any{"mon": []string{"22:00-07:00"}}, "zone": "Europe/Athens"}
	got := h.api("demo-agent", "PUT", "/api/v1/me/channels", in, "If-Match", `"1"`)
	if got.code != 200 || got.header.Get("ETag") != `"2"` {
		t.Fatalf("%d %s", got.code, got.body)
	}
	want := []people.Channel{{Kind: people.Email, To: "anna@example.com", Only: []desk.NoticeKind{desk.ToldBreach}}, {Kind: people.Slack, To: "leads", Urgent: true}}
	m := h.member("demo-agent")
	if diff := cmp.Diff(want, m.Channels); diff != "" || m.Zone != "Europe/Athens" || len(m.Quiet) != 1 || m.Name != "Anna Agent" {
		t.Error(diff, m)
	}
	if got := h.api("demo-agent", "PUT", "/api/v1/me/channels", map[string]any{"channels": []any{}}, "If-Match", `"1"`); got.code != 412 {
		t.Errorf("an old version: %d", got.code)
	}
	for about, in := range map[string]map[string]any{
		"no channels":    {"quiet": map[string]any{}},
		"no address":     {"channels": []map[string]any{{"kind": "email", "to": "anna"}}},
		"no such name":   {"channels": []map[string]any{{"kind": "slack", "to": "secrets"}}},
		"a zone of Mars": {"channels": []any{}, "zone": "Mars/Base"},
		"roles":          {"channels": []any{}, "roles": []string{"admin"}},
	} {
		if got := h.api("demo-agent", "PUT", "/api/v1/me/channels", in); got.code != 422 {
			t.Errorf("%s: %d %s", about, got.code, got.body)
		}
	}
	if got := h.api("viewer", "PUT", "/api/v1/me/channels", map[string]any{"channels": []any{}}); got.code != 404 {
		t.Errorf("who is not listed: %d %s", got.code, got.body)
	}
	// Twice the same is one change, and what is left out of quiet hours stays.
	if got := h.api("demo-agent", "PUT", "/api/v1/me/channels", map[string]any{"channels": in["channels"]}); got.code != 200 || got.header.Get("ETag") != `"2"` {
		t.Errorf("the same once more: %d %s", got.code, got.body)
	}

	// The audit log says who, and has no address.
	lines := h.api("demo-admin", "GET", "/api/v1/audit?target=demo-agent&who=demo-agent", nil)
	if !strings.Contains(lines.body, `a…@example.com`) || strings.Contains(lines.body, "anna@") || !strings.Contains(lines.body, `"name":"quiet"`) {
		t.Errorf("the audit log: %s", lines.body)
	}
	// Others see that they are there, not where they are told; who keeps them does.
	for who, sees := range map[string]bool{"viewer": false, "demo-senior": false, "demo-lead": false, "demo-agent": true, "demo-admin": true} {
		for _, path := range []string{"/api/v1/people/demo-agent", "/api/v1/people"} {
			if got := h.api(who, "GET", path, nil); strings.Contains(got.body, "anna@example.com") != sees {
				t.Errorf("%s sees of %s %s", who, path, got.body)
			}
		}
	}
	// An admin's change of something else keeps them.
	b := h.browser()
	b.signIn("demo-admin", "/people/demo-agent")
	b.post("/people", url.Values{"id": {"demo-agent"}, "version": {"2"}, "name": {"Anna"}, "tier": {"1"}, "teams": {"billing"}, "zone": {"Europe/Athens"}})
	if m := h.member("demo-agent"); m.Name != "Anna" || len(m.Channels) != 2 || len(m.Quiet) != 1 {
		t.Errorf("a form without channels made it %+v", m)
	}
	// So does a program's, which need not know of them, unless it speaks of them.
	whole := map[string]any{"name": "Anna B.", "roles": []string{"agent:1"}, "teams": []string{"billing"}}
	if got := h.api("demo-admin", "PUT", "/api/v1/people/demo-agent", whole, "If-Match", `"3"`); got.code != 200 || !strings.Contains(got.body, "anna@example.com") {
		t.Fatalf("%d %s", got.code, got.body)
	}
	if m := h.member("demo-agent"); m.Name != "Anna B." || len(m.Channels) != 2 || len(m.Quiet) != 1 || m.Zone != "Europe/Athens" {
		t.Errorf("a body without channels made it %+v", m)
	}
	whole["channels"], whole["quiet"] = []any{}, nil
	if got := h.api("demo-admin", "PUT", "/api/v1/people/demo-agent", whole, "If-Match", `"4"`); got.code != 200 {
		t.Fatalf("%d %s", got.code, got.body)
	}
	if m := h.member("demo-agent"); len(m.Channels) != 0 || len(m.Quiet) != 0 || m.Zone != "Europe/Athens" { // instants are told by it all the same
		t.Errorf("a body with none made it %+v", m)
	}
}

// browserOf is what a browser says when it subscribes.
func browserOf(endpoint string) map[string]any {
	key := append([]byte{4}, []byte(strings.Repeat("k", 64))...)
	return map[string]any{"endpoint": endpoint, "expirationTime": nil,
		"keys": map[string]any{"p256dh": base64.RawURLEncoding.EncodeToString(key), "auth": base64.RawURLEncoding.EncodeToString([]byte("sixteen letters."))}}
}

func TestABrowserIsAddedOnceAndForgotten(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.hires()
	const endpoint = "https://push.example.com/send/abc"
	var id string
	for range 2 {
		got := h.api("demo-senior", "POST", "/api/v1/me/channels/push", browserOf(endpoint))
		if got.code != 201 {
			t.Fatalf("%d %s", got.code, got.body)
		}
		id = got.json(t)["to"].(string)
	}
	if m := h.member("demo-senior"); len(m.Channels) != 1 || m.Channels[0].To != id {
		t.Errorf("twice the same browser is %+v", m.Channels)
	}
	sub, err := h.store.Subscription(t.Context(), "demo-senior", id)
	if err != nil || sub.Endpoint != endpoint {
		t.Errorf("kept is %+v, %v", sub, err)
	}
	if strings.Contains(h.api("demo-senior", "GET", "/api/v1/me", nil).body, "push.example.com") || strings.Contains(h.logged.String(), "push.example.com") {
		t.Error("its endpoint is told, by which anybody could have it ring")
	}
	bad := browserOf(endpoint)
	bad["keys"] = map[string]any{"p256dh": "AAAA", "auth": "AAAA"}
	for about, in := range map[string]map[string]any{"no keys": bad, "no https": browserOf("http://push.example.com/x"), "no address": browserOf("x"), "with a password": browserOf("https://a:b@push.example.com/")} {
		if got := h.api("demo-senior", "POST", "/api/v1/me/channels/push", in); got.code != 422 {
			t.Errorf("%s: %d %s", about, got.code, got.body)
		}
	}
	if got := h.api("viewer", "POST", "/api/v1/me/channels/push", browserOf(endpoint)); got.code != 404 {
		t.Errorf("who is not listed: %d %s", got.code, got.body)
	}
	if subs, err := h.store.Subscriptions(t.Context(), "viewer"); err != nil || len(subs) != 0 {
		t.Errorf("of who is not listed %v is kept, %v", subs, err)
	}
	if got := h.api("demo-senior", "PUT", "/api/v1/me/channels", map[string]any{"channels": []any{}}); got.code != 200 {
		t.Fatalf("%d %s", got.code, got.body)
	}
	if subs, err := h.store.Subscriptions(t.Context(), "demo-senior"); err != nil || len(subs) != 0 {
		t.Errorf("removed, and %v is kept, %v", subs, err)
	}
}

func TestATestGoesToOnesOwnChannelsOnly(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.hires()
	h.api("demo-senior", "PUT", "/api/v1/me/channels", map[string]any{"channels": []map[string]any{{"kind": "email", "to": "sam@example.com"}}})
	mail := map[string]any{"kind": "email", "to": "sam@example.com"}
	if got := h.api("demo-senior", "POST", "/api/v1/me/channels/test", mail); got.code != 202 || h.queues.count("test of demo-senior email sam@example.com by demo-senior") != 1 {
		t.Errorf("%d %s, %v", got.code, got.body, h.queues.told)
	}
	for who, in := range map[string]map[string]any{"demo-lead": mail, "demo-senior": {"kind": "email", "to": "else@example.com"}, "viewer": mail} {
		if got := h.api(who, "POST", "/api/v1/me/channels/test", in); got.code != 404 {
			t.Errorf("%s: %d %s", who, got.code, got.body)
		}
	}
	h.queues.broken = true
	if got := h.api("demo-senior", "POST", "/api/v1/me/channels/test", mail); got.code != 500 {
		t.Errorf("a broken queue: %d %s", got.code, got.body)
	}
}

func TestATeamIsToldWhereItsLeadSays(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.hires()
	room := map[string]any{"channels": []map[string]any{{"kind": "slack", "to": "general"}}}
	got := h.api("demo-lead", "PUT", "/api/v1/teams/care/channels", room, "If-Match", `"1"`)
	if got.code != 200 || got.header.Get("ETag") != `"2"` {
		t.Fatalf("%d %s", got.code, got.body)
	}
	if got := h.api("demo-lead", "PUT", "/api/v1/teams/billing/channels", room); got.code != 403 {
		t.Errorf("another's team: %d %s", got.code, got.body)
	}
	if got := h.api("demo-lead", "PUT", "/api/v1/teams/nowhere/channels", room); got.code != 404 {
		t.Errorf("no team: %d %s", got.code, got.body)
	}
	for _, in := range []map[string]any{{}, {"channels": []map[string]any{{"kind": "push", "to": "a"}}}, {"channels": []map[string]any{{"kind": "slack", "to": "other"}}}} {
		if got := h.api("demo-lead", "PUT", "/api/v1/teams/care/channels", in); got.code != 422 {
			t.Errorf("%v: %d %s", in, got.code, got.body)
		}
	}
	for who, sees := range map[string]bool{"demo-lead": true, "demo-admin": true, "demo-senior": false, "viewer": false} {
		for _, path := range []string{"/api/v1/teams/care", "/api/v1/teams", "/api/v1/teams/care/channels"} {
			if got := h.api(who, "GET", path, nil); strings.Contains(got.body, `"general"`) != sees {
				t.Errorf("%s sees of %s %s", who, path, got.body)
			}
		}
	}
	general := map[string]any{"kind": "slack", "to": "general"}
	if got := h.api("demo-lead", "POST", "/api/v1/teams/care/channels/test", general); got.code != 202 || h.queues.count("test of "+post.TeamOwner("care")+" slack general by demo-lead") != 1 {
		t.Errorf("%d %s, %v", got.code, got.body, h.queues.told)
	}
	h.puts("people/other-lead", map[string]any{"name": "O", "roles": []string{"lead"}, "teams": []string{"billing"}})
	if got := h.api("demo-admin", "POST", "/api/v1/teams/billing/channels/test", general); got.code != 404 {
		t.Errorf("a room that the team has not: %d %s", got.code, got.body)
	}

	// The same by forms.
	b := h.browser()
	page := b.signIn("demo-lead", "/teams/care")
	if !strings.Contains(page.body, "How the team is told") || !strings.Contains(page.body, `name="to.0" value="general"`) || strings.Contains(page.body, "data-push") {
		t.Fatalf("%s", page.body)
	}
	if got := b.get("/teams/billing"); strings.Contains(got.body, "How the team is told") {
		t.Error("another's team can be changed")
	}
	got2 := b.post("/teams/care/channels", url.Values{"version": {"2"}, "drop": {"0"}, "kind.0": {"slack"}, "to.0": {"general"}, "only.0": {"breach"}, "mail": {"care@example.com"}, "reads": {"th"}})
	if got2.code != 200 || b.at.Path != "/teams/care" || !strings.Contains(got2.body, "care@example.com") || strings.Contains(got2.body, `name="to.0" value="general"`) {
		t.Errorf("%d at %s\n%s", got2.code, b.at, got2.body)
	}
	if got := b.post("/teams/care/channels", url.Values{"version": {"3"}, "mail": {"nonsense"}}); got.code != 422 || !strings.Contains(got.body, `value="nonsense"`) || !strings.Contains(got.body, "is no mail address") {
		t.Errorf("%d\n%s", got.code, got.body)
	}
	if got := b.post("/teams/care/channels/test", url.Values{"which": {"email care@example.com"}}); got.code != 200 || !strings.Contains(got.body, "A test is on its way") {
		t.Errorf("%d\n%s", got.code, got.body)
	}
	// The form of the team itself has no field for them, and keeps them.
	a := h.browser()
	a.signIn("demo-admin", "/teams/care")
	a.post("/teams", url.Values{"id": {"care"}, "version": {"3"}, "name": {"Customer care"}})
	if got := h.api("demo-admin", "GET", "/api/v1/teams/care", nil); !strings.Contains(got.body, "care@example.com") || !strings.Contains(got.body, "Customer care") || !strings.Contains(got.body, `"reads":"th"`) {
		t.Errorf("a form without channels made it %s", got.body)
	}
	if got := h.api("demo-admin", "PUT", "/api/v1/teams/care", map[string]any{"name": "Care"}, "If-Match", "*"); got.code != 200 || !strings.Contains(got.body, "care@example.com") {
		t.Errorf("a body without channels made it %d %s", got.code, got.body)
	}
}

func TestHowOneIsToldIsChosenByFormsAlone(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.hires()
	b := h.browser()
	page := b.signIn("demo-senior", "/me")
	for _, words := range []string{"My settings", "Language and time zone", "you are told in the console alone", `name="mail"`, `<option>leads</option>`, `<option>wall</option>`, `data-push="key-of-the-desk"`, "allow scripts", "Quiet hours"} {
		if !strings.Contains(page.body, words) {
			t.Errorf("the page has no %q\n%s", words, page.body)
		}
	}
	page = b.post("/me", url.Values{"version": {"1"}, "mail": {"sam@example.com"}, "slack": {"leads"}, "mon": {"22:00-07:00"}, "zone": {"Europe/Athens"}})
	if page.code != 200 || b.at.Path != "/me" || !strings.Contains(page.body, "sam@example.com") || !strings.Contains(page.body, "Nothing was sent yet") {
		t.Fatalf("%d at %s\n%s", page.code, b.at, page.body)
	}
	form := url.Values{"version": {"2"}, "kind.0": {"email"}, "to.0": {"sam@example.com"}, "only.0": {"breach", "warning"}, "kind.1": {"slack"}, "to.1": {"leads"}, "urgent.1": {"yes"}, "mon": {"22:00-07:00"}, "zone": {"Europe/Athens"}}
	if got := b.post("/me", form); got.code != 422 || !strings.Contains(got.body, "nothing is left to be told") || !strings.Contains(got.body, `value="leads"`) {
		t.Errorf("nothing is left: %d\n%s", got.code, got.body)
	}
	for _, kind := range desk.NoticeKinds {
		form.Add("only.1", string(kind))
	}
	if got := b.post("/me", form); got.code != 200 || !strings.Contains(got.body, "2 kinds of notices") || !strings.Contains(got.body, "Only what is urgent") {
		t.Errorf("%d\n%s", got.code, got.body)
	}
	want := []people.Channel{{Kind: people.Email, To: "sam@example.com", Only: []desk.NoticeKind{desk.ToldBreach, desk.ToldWarning}}, {Kind: people.Slack, To: "leads", Urgent: true}}
	if diff := cmp.Diff(want, h.member("demo-senior").Channels); diff != "" {
		t.Error(diff)
	}
	form.Set("version", "2")
	if got := b.post("/me", form); got.code != 200 { // it is so already
		t.Errorf("the same once more: %d\n%s", got.code, got.body)
	}
	form.Set("drop", "0")
	if got := b.post("/me", form); got.code != 412 {
		t.Errorf("an old page: %d", got.code)
	}
	form.Set("version", "3")
	form.Set("zone", "Mars/Base")
	if got := b.post("/me", form); got.code != 422 || !strings.Contains(got.body, `value="Mars/Base"`) {
		t.Errorf("a zone of Mars: %d\n%s", got.code, got.body)
	}
	form.Set("zone", "Europe/Athens")
	if got := b.post("/me", form); got.code != 200 || strings.Contains(got.body, "sam@example.com") {
		t.Errorf("removed: %d\n%s", got.code, got.body)
	}
	if got := b.post("/me/test", url.Values{"which": {"slack leads"}}); got.code != 200 || !strings.Contains(got.body, "A test is on its way") || h.queues.count("test of demo-senior slack leads by demo-senior") != 1 {
		t.Errorf("%d\n%s", got.code, got.body)
	}
	if got := b.post("/me/test", url.Values{"which": {"email sam@example.com"}}); got.code != 404 || !strings.Contains(got.body, "save it first") {
		t.Errorf("a test of what is gone: %d\n%s", got.code, got.body)
	}

	// How the last letter ended stands beside the channel.
	of := post.Address{Owner: "demo-senior", Kind: people.Slack, To: "leads"}
	boxes, err := h.store.Boxes(t.Context(), []post.Address{of})
	if err != nil {
		t.Fatal(err)
	}
	box := boxes[0].Drop(true, h.Now()).Try("t", h.Now())
	if err := h.store.SaveBox(t.Context(), box.End(post.Outcome{Class: post.Later, Why: "status 429"}, h.Now()), time.Time{}); err != nil {
		t.Fatal(err)
	}
	if got := b.get("/me"); !strings.Contains(got.body, "Being sent, again at") || !strings.Contains(got.body, "status 429") {
		t.Errorf("tried again: %s", got.body)
	}
	box.Version++
	if err := h.store.SaveBox(t.Context(), box.End(post.Outcome{Class: post.Refused, Why: "status 404"}, h.Now()), time.Time{}); err != nil {
		t.Fatal(err)
	}
	if got := b.get("/me"); !strings.Contains(got.body, "Not sent") || !strings.Contains(got.body, "status 404") {
		t.Errorf("refused: %s", got.body)
	}
	if v := h.api("demo-senior", "GET", "/api/v1/me", nil).json(t); v["states"].([]any)[0].(map[string]any)["how"] != "refused" {
		t.Errorf("%v", v["states"])
	}

	// Who is not in the directory has nothing to choose.
	other := h.browser()
	if got := other.signIn("viewer", "/me"); got.code != 200 || strings.Contains(got.body, `name="mail"`) {
		t.Errorf("who is not listed: %d\n%s", got.code, got.body)
	}
}

func TestADeskWithoutNotificationsHasABellThatNeverRings(t *testing.T) {
	t.Parallel()
	h := open(t, withoutNotifications)
	h.hires()
	if got := h.api("demo-senior", "GET", "/api/v1/notices", nil).json(t); got["unread"] != 0.0 {
		t.Errorf("%v", got)
	}
	if got := h.api("demo-senior", "POST", "/api/v1/notices/heard", nil); got.code != 204 {
		t.Errorf("%d", got.code)
	}
	if got := h.api("demo-senior", "PUT", "/api/v1/me/channels", map[string]any{"channels": []map[string]any{{"kind": "email", "to": "sam@example.com"}}}); got.code != 422 || !strings.Contains(got.body, "sends no mail") {
		t.Errorf("%d %s", got.code, got.body)
	}
	if got := h.api("demo-senior", "POST", "/api/v1/me/channels/push", browserOf("https://push.example.com/x")); got.code != 422 {
		t.Errorf("%d %s", got.code, got.body)
	}
	if page := h.browser().signIn("demo-senior", "/me"); page.code != 200 || strings.Contains(page.body, `name="mail"`) || strings.Contains(page.body, "data-push") {
		t.Errorf("%d\n%s", page.code, page.body)
	}
}
