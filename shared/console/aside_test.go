package console_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/console"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/ledger"
)

// unread is an event that nobody could read, accepted by a webhook of its own and
// quarantined at once.
func (h *house) unread(webhook, body string) desk.Kept {
	h.t.Helper()
	raw := desk.RawEvent{App: desk.App{Platform: "line", Name: "demo"}, Account: "Udemo", Header: map[string]string{"x-line-signature": "abc"},
		Body: []byte(body), Received: h.Now(), Delivery: ledger.EventDelivery(webhook, 0)}
	if err := h.store.Accept(h.t.Context(), desk.Acceptance{Delivery: webhook, App: raw.App, Received: raw.Received, Accounts: []string{raw.Account}}); err != nil {
		h.t.Fatal(err)
	}
	if err := h.store.Quarantine(h.t.Context(), raw, "the body is <b>no</b> JSON"); err != nil {
		h.t.Fatal(err)
	}
	kept, _, err := h.store.Quarantined(h.t.Context(), "", 100)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, k := range kept {
		if bytes.Equal(k.Raw.Body, raw.Body) {
			return k
		}
	}
	h.t.Fatal("it is not in quarantine")
	return desk.Kept{}
}

// readable is a body of LINE's with one event in it.
func readable(id string) string {
	return fmt.Sprintf(`{"destination":"Udemo","events":[{"type":"message","webhookEventId":"%[1]s","timestamp":1793700000000,"mode":"active","source":{"type":"user","userId":"U1"},"message":{"type":"text","id":"%[1]s","text":"hello"}}]}`, id)
}

const gibberish = "{\"a\":<script>alert(1)</script>\xff\x00\u202egnp"

func TestTheQuarantineShowsWhatCouldNotBeReadToTheByte(t *testing.T) {
	t.Parallel()
	h := open(t)
	k := h.unread("w1", gibberish)
	list := h.api("auditor", "GET", "/api/v1/quarantine", nil).json(t)["items"].([]any)
	one := h.api("auditor", "GET", "/api/v1/quarantine/"+k.ID, nil).json(t)
	if len(list) != 1 || cmp.Diff(list[0], any(one)) != "" || one["reason"] != k.Reason {
		t.Errorf("listed %v, alone %v", list, one)
	}
	body, err := base64.StdEncoding.DecodeString(one["raw"].(map[string]any)["body"].(string))
	if err != nil || string(body) != gibberish {
		t.Errorf("the body is %q, %v", body, err)
	}
	b := h.browser()
	for _, page := range []answer{b.signIn("auditor", "/quarantine"), b.get("/quarantine/" + k.ID)} {
		if page.code != 200 || strings.Contains(page.body, "<script>alert") || strings.Contains(page.body, "<b>no") || !strings.Contains(page.body, `{&#34;a&#34;:&lt;script&gt;alert(1)&lt;/script&gt;\xff\x00\u202egnp</pre>`) {
			t.Errorf("%d %s", page.code, page.body)
		}
		if strings.Contains(page.body, "/replay") {
			t.Error("an auditor is offered to replay")
		}
	}
	file := b.get("/quarantine/" + k.ID + "/body")
	if file.body != gibberish || file.header.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(file.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%d %q %v", file.code, file.body, file.header)
	}
	page := h.unread("w2", "<!doctype html><script>alert(1)</script>")
	if file := b.get("/quarantine/" + page.ID + "/body"); file.header.Get("Content-Type") != "application/octet-stream" {
		t.Errorf("a page of a stranger's is %v", file.header)
	}
	for _, path := range []string{"/quarantine/none", "/quarantine/none/body", "/quarantine?cursor=%25"} {
		if got := b.get(path); got.code != 404 && got.code != 400 {
			t.Errorf("%s: %d", path, got.code)
		}
	}
	if got := h.api("auditor", "GET", "/api/v1/quarantine/none", nil); got.code != 404 || !strings.Contains(got.body, "not in quarantine") {
		t.Errorf("%d %s", got.code, got.body)
	}
	if got := h.api("auditor", "GET", "/api/v1/quarantine?cursor=%25", nil); got.code != 400 {
		t.Errorf("%d %s", got.code, got.body)
	}
	if strings.Contains(h.logged.String(), "alert") {
		t.Error("what a platform sent is logged")
	}
}

func TestReplayingSaysWhatCameOfIt(t *testing.T) {
	t.Parallel()
	h := open(t)
	good, bad := h.unread("w1", readable("e1")), h.unread("w2", gibberish)
	h.after(time.Hour)
	if got := h.api("auditor", "POST", "/api/v1/quarantine/"+good.ID+"/replay", nil); got.code != 403 {
		t.Errorf("an auditor replays: %d", got.code)
	}
	got := h.api("demo-lead", "POST", "/api/v1/quarantine/"+bad.ID+"/replay", nil)
	if v := got.json(t); got.code != 200 || v["outcome"] != "unreadable" || v["events"] != 0.0 || !strings.Contains(fmt.Sprint(v["reason"]), "line: splitting webhook") {
		t.Errorf("%d %s", got.code, got.body)
	}
	got = h.api("demo-lead", "POST", "/api/v1/quarantine/"+good.ID+"/replay", nil)
	if v := got.json(t); got.code != 200 || v["outcome"] != "sent" || v["events"] != 1.0 || v["id"] != good.ID {
		t.Errorf("%d %s", got.code, got.body)
	}
	sent := h.queues.arrived()
	if len(sent) != 1 || string(sent[0].Body) != readable("e1") || sent[0].Delivery != "w1.0" || !sent[0].Received.Equal(morning) || sent[0].Account != "Udemo" {
		t.Errorf("sent on: %+v", sent)
	}
	if got = h.api("demo-lead", "POST", "/api/v1/quarantine/"+good.ID+"/replay", nil); got.code != 404 {
		t.Errorf("once more: %d %s", got.code, got.body)
	}
	for n := range 3 {
		h.unread(fmt.Sprint("x", n), readable(fmt.Sprint("x", n)))
	}
	got = h.api("demo-admin", "POST", "/api/v1/quarantine/replay", nil)
	if diff := cmp.Diff(map[string]any{"sent": 3.0, "unreadable": 1.0, "failed": 0.0, "remaining": 0.0, "next": ""}, got.json(t)); diff != "" || len(h.queues.arrived()) != 3 {
		t.Error(got.code, diff)
	}
}

func TestALeadReplaysWithoutAScript(t *testing.T) {
	t.Parallel()
	h := open(t)
	good, bad := h.unread("w1", readable("e1")), h.unread("w2", gibberish)
	b := h.browser()
	page := b.signIn("demo-lead", "/quarantine")
	for _, want := range []string{"/quarantine/" + good.ID + "/replay", "/quarantine/" + bad.ID + "/replay", `action="/quarantine/replay"`} {
		if !strings.Contains(page.body, want) {
			t.Fatalf("no %s\n%s", want, page.body)
		}
	}
	still := b.post("/quarantine/"+bad.ID+"/replay", nil)
	if still.code != 200 || !strings.Contains(still.body, "It still can&#39;t be read, and stays here: line: splitting webhook") || !strings.Contains(still.body, good.ID) {
		t.Errorf("%d %s", still.code, still.body)
	}
	sent := b.post("/quarantine/"+good.ID+"/replay", nil)
	if sent.code != 200 || !strings.Contains(sent.body, "Sent on to be judged: 1 event") || strings.Contains(sent.body, good.ID) || len(h.queues.arrived()) != 1 {
		t.Errorf("%d %s", sent.code, sent.body)
	}
	h.unread("w3", readable("e3"))
	all := b.post("/quarantine/replay", url.Values{"cursor": {""}})
	if all.code != 200 || !strings.Contains(all.body, "Sent on: 1. Still unreadable, and here with their reasons: 1.") || len(h.queues.arrived()) != 1 {
		t.Errorf("%d %s", all.code, all.body)
	}
	if gone := b.post("/quarantine/"+good.ID+"/replay", nil); gone.code != 404 || !strings.Contains(gone.body, "somebody may have replayed it") {
		t.Errorf("%d %s", gone.code, gone.body)
	}
}

func TestDeadLettersAreShownAndSentBack(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.queues.dead = []desk.DeadLetter{
		{Queue: "inbound", ID: "r-1", Body: `{"app":{"platform":"line","name":"demo"},"body":"` + base64.StdEncoding.EncodeToString([]byte("{<script>")) + `","received":"2026-11-03T10:00:00Z"}`, Group: "Udemo", Sent: morning, First: morning, Receives: 21},
		{Queue: "inbound", ID: "r-2", Body: `{"app":{}}`, Sent: morning, Receives: 20},
		{Queue: "tier3", ID: "r-3", Body: `{"ticket":"x.1"}`, Sent: morning, Receives: 1000},
	}
	got := h.api("auditor", "GET", "/api/v1/dead-letters", nil)
	v := got.json(t)
	items := v["items"].([]any)
	first := items[0].(map[string]any)
	if got.code != 200 || len(items) != 3 || first["receives"] != 21.0 || !strings.Contains(first["reason"].(string), `"record failed" with record r-1`) || v["next"] != "" {
		t.Errorf("%d %s", got.code, got.body)
	}
	if diff := cmp.Diff([]any{map[string]any{"queue": "inbound", "waiting": 2.0}, map[string]any{"queue": "tier3", "waiting": 1.0}}, v["queues"]); diff != "" {
		t.Error(diff)
	}
	if items := h.api("auditor", "GET", "/api/v1/dead-letters?queue=tier3", nil).json(t)["items"].([]any); len(items) != 1 {
		t.Errorf("of one tier: %v", items)
	}
	for name, tt := range map[string]struct {
		body any
		want int
	}{
		"no queue":             {map[string]any{"all": true}, 400},
		"neither one nor all":  {map[string]any{"queue": "inbound"}, 400},
		"one and all":          {map[string]any{"queue": "inbound", "id": "r-1", "all": true}, 400},
		"a queue that is none": {map[string]any{"queue": "tier9", "all": true}, 422},
		"one that is not here": {map[string]any{"queue": "tier3", "id": "r-1"}, 404},
		"a misspelt field":     {map[string]any{"queue": "tier3", "ids": []string{"r-1"}}, 400},
		"no body":              {nil, 400},
	} {
		if got := h.api("demo-lead", "POST", "/api/v1/dead-letters/redrive", tt.body); got.code != tt.want {
			t.Errorf("%s: %d %s", name, got.code, got.body)
		}
	}
	if got := h.api("demo-lead", "POST", "/api/v1/dead-letters/redrive", map[string]any{"queue": "inbound", "id": "r-2"}); got.code != 200 || got.json(t)["redriven"] != 1.0 {
		t.Errorf("%d %s", got.code, got.body)
	}
	b := h.browser()
	page := b.signIn("demo-lead", "/dead-letters")
	if page.code != 200 || !strings.Contains(page.body, "r-1") || !strings.Contains(page.body, "{&lt;script&gt;") || strings.Contains(page.body, "<script>") || strings.Contains(page.body, "r-3") {
		t.Errorf("%d %s", page.code, page.body)
	}
	if main := page.body[strings.Index(page.body, "<main"):]; strings.Contains(main, "data-live") {
		t.Error("the page looks again by itself, which counts as a receive")
	}
	done := b.post("/dead-letters/redrive", url.Values{"queue": {"inbound"}, "all": {"1"}})
	if done.code != 200 || !strings.Contains(done.body, "Sent back: 1, to the queue Inbound.") || strings.Contains(done.body, "r-1") || len(h.queues.dead) != 1 {
		t.Errorf("%d %s", done.code, done.body)
	}
	if got := b.get("/dead-letters?queue=tier3"); !strings.Contains(got.body, "r-3") || !strings.Contains(got.body, "It was never taken") {
		t.Errorf("%d %s", got.code, got.body)
	}
	if got := b.get("/dead-letters?queue=nonsense"); got.code != 404 {
		t.Errorf("%d", got.code)
	}
	if got := b.post("/dead-letters/redrive", url.Values{"queue": {"tier3"}, "id": {"r-1"}}); got.code != 404 {
		t.Errorf("%d", got.code)
	}
}

// partly replays less than there is.
type partly struct{ from string }

func (p *partly) One(context.Context, string) (desk.Replay, error) { return desk.Replay{}, nil }

func (p *partly) All(_ context.Context, from string) (desk.Replays, error) {
	p.from = from
	return desk.Replays{Sent: 98, Unreadable: 1, Failed: 1, Remaining: 42, Next: "there"}, nil
}

func TestWhatOneRequestHasNoTimeForIsGoneOnWith(t *testing.T) {
	t.Parallel()
	some := &partly{}
	h := open(t, func(c *console.Config) { c.Redriver = some })
	b := h.browser()
	b.signIn("demo-lead", "/quarantine")
	page := b.post("/quarantine/replay", nil)
	if page.code != 200 || some.from != "" || !strings.Contains(page.body, "Sent on: 98. Still unreadable, and here with their reasons: 1. Not tried for a reason of our own, which the log has: 1. Left to try: 42.") ||
		!strings.Contains(page.body, `name="cursor" value="there"`) {
		t.Errorf("%d %s", page.code, page.body)
	}
	if b.post("/quarantine/replay", url.Values{"cursor": {"there"}}); some.from != "there" {
		t.Errorf("went on from %q", some.from)
	}
	if got := h.api("demo-lead", "POST", "/api/v1/quarantine/replay?cursor=here", nil); got.code != 200 || some.from != "here" || got.json(t)["next"] != "there" {
		t.Errorf("%d %s", got.code, got.body)
	}
}

func TestAnAddressWithAnEmptyPartIsNotThatOfAll(t *testing.T) {
	t.Parallel()
	h := open(t)
	k := h.unread("w1", readable("e1"))
	b := h.browser()
	b.signIn("demo-lead", "/quarantine")
	for _, path := range []string{"/quarantine//replay", "/quarantine/./replay", "/quarantine/x/../replay"} {
		if got := h.api("demo-lead", "POST", "/api/v1"+path, nil); got.code != 404 {
			t.Errorf("%s: %d %s", path, got.code, got.body)
		}
		if got := b.post(path, nil); got.code != 404 {
			t.Errorf("%s: %d", path, got.code)
		}
		if b.at.Path != path {
			t.Errorf("%s points to %s", path, b.at)
		}
	}
	if _, err := h.store.Kept(t.Context(), k.ID); err != nil || len(h.queues.arrived()) != 0 {
		t.Errorf("it was replayed: %v", err)
	}
}
