package console_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

func TestAReplyOfAPageCanBeTakenBackForSecondsAndItsWordsComeBack(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.says("somchai", charged)
	b := h.browser()
	b.signIn("demo-senior", "/")
	page := b.post("/tickets/"+string(ticket.ID)+"/claim", nil)
	form := fieldsOf(page.body, `/reply"`)
	form.Set("text", "wrong window & <b>")
	page = b.post("/tickets/"+string(ticket.ID)+"/reply", form)
	undo := fieldsOf(page.body, `/undo"`)
	if !strings.Contains(page.body, "It can be taken back until") || undo.Get("message") != form.Get("key") {
		t.Fatalf("%v in %s", undo, page.body)
	}
	back := b.post("/tickets/"+string(ticket.ID)+"/undo", undo)
	if back.code != 200 || !strings.Contains(back.body, "wrong window &amp; &lt;b&gt;</textarea>") || !strings.Contains(back.body, "Taken back") || fieldsOf(back.body, `/reply"`).Get("key") == form.Get("key") {
		t.Errorf("%d %s", back.code, back.body)
	}
	if again := b.post("/tickets/"+string(ticket.ID)+"/undo", undo); again.code != 200 { // pressed twice
		t.Errorf("%d", again.code)
	}
	got := h.api("demo-senior", "GET", "/api/v1/tickets/"+string(ticket.ID), nil).json(t)
	messages := got["messages"].([]any)
	last := messages[len(messages)-1].(map[string]any)
	by, _ := last["taken_back"].(map[string]any)
	if got["state"] != "open" || last["delivery"] != "taken back" || by["who"] != "demo-senior" || last["held_until"] != nil {
		t.Errorf("%v: %v", got["state"], last)
	}
}

func TestAProgramsReplyIsHeldWhenItAsksForThatAndItsWriterAloneTakesItBack(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.says("somchai", charged)
	path := "/api/v1/tickets/" + string(ticket.ID)
	token := h.api("demo-senior", "POST", path+"/claim", map[string]any{}).json(t)["token"]
	reply := func(key string, hold any) answer {
		return h.api("demo-senior", "POST", path+"/reply", map[string]any{"token": token, "text": key, "hold": hold}, "Idempotency-Key", key)
	}
	until, _ := reply("r1", 10).json(t)["message"].(map[string]any)["held_until"].(string)
	if at, err := time.Parse(time.RFC3339Nano, until); err != nil || !at.Equal(h.Now().Add(10*time.Second)) {
		t.Errorf("held until %s, %v", until, err)
	}
	if now := reply("r2", 0).json(t)["message"].(map[string]any); now["held_until"] != nil || now["delivery"] != string(desk.Queued) {
		t.Errorf("without a hold %v", now)
	}
	for hold, code := range map[any]int{31: 422, -1: 422, "5": 400} {
		if got := reply("r3", hold); got.code != code {
			t.Errorf("held for %v: %d %s", hold, got.code, got.body)
		}
	}
	for _, tt := range []struct {
		who, key string
		code     int
		says     string
	}{
		{"demo-lead", "r1", 403, "role"},
		{"auditor", "r1", 403, "role"},
		{"demo-senior", "none", 422, "no reply"},
		{"demo-senior", "r2", 409, "not held"},
		{"demo-senior", "r1", 200, "taken back"},
		{"demo-senior", "r1", 200, "taken back"},
	} {
		if got := h.api(tt.who, "POST", path+"/undo", map[string]any{"message": tt.key}); got.code != tt.code || !strings.Contains(got.body, tt.says) {
			t.Errorf("%s takes %s back: %d %s", tt.who, tt.key, got.code, got.body)
		}
	}
}

func TestEverybodyChoosesForHowLongTheyCanTakeRepliesBack(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.hires()
	b := h.browser()
	form := fieldsOf(b.signIn("demo-senior", "/me").body, `action="/me"`)
	if form.Get("undo") != "5" {
		t.Errorf("at first it is %q", form.Get("undo"))
	}
	for _, tt := range []struct {
		typed string
		code  int
		then  float64
	}{{"31", 422, 5}, {"soon", 422, 5}, {"0", 200, 0}} {
		f := url.Values{}
		for name, value := range form {
			f[name] = value
		}
		f.Set("undo", tt.typed)
		if got := b.post("/me", f); got.code != tt.code {
			t.Errorf("%s: %d", tt.typed, got.code)
		}
		if me := h.api("demo-senior", "GET", "/api/v1/me", nil).json(t); me["undo"] != tt.then {
			t.Errorf("after %s it is %v", tt.typed, me["undo"])
		}
	}
}
