package console_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

// byTheClock is a platform of direct messages that takes free text for a day, and
// then what after says.
func byTheClock(after desk.AfterWindow) func(desk.Origin, desk.Answered) desk.Capability {
	return func(_ desk.Origin, last desk.Answered) desk.Capability {
		until, end := last.At.Add(24*time.Hour), last.At.Add(7*24*time.Hour)
		can := desk.Capability{Channels: []desk.ReplyWay{desk.DirectReply}, WindowUntil: &until, AfterWindow: after, MaxLength: desk.Length{Value: 4096, Unit: "characters"}}
		if after == desk.HumanAgentAfter {
			can.AfterUntil = &end
		}
		return can
	}
}

func (h *house) answers(who string, id desk.TicketID, body map[string]any, key string) answer {
	h.t.Helper()
	body["token"] = h.ticket(id).Lease.Token
	if !h.ticket(id).Lease.Live(h.Now()) {
		body["token"] = h.claim(who, id)
	}
	return h.api(who, "POST", "/api/v1/tickets/"+string(id)+"/reply", body, "Idempotency-Key", key)
}

func TestATicketSaysWhatMayBeSaidToItsCustomer(t *testing.T) {
	t.Parallel()
	h := open(t, able(byTheClock(desk.TemplateAfter)))
	ticket := h.says("somchai", charged)
	h.after(time.Hour)
	h.says("somchai", "hello?")
	can, _ := h.api("viewer", "GET", "/api/v1/tickets/"+string(ticket.ID), nil).json(t)["capability"].(map[string]any)
	if want := h.Now().Add(24 * time.Hour).Format(time.RFC3339); can["window_until"] != want || can["after_window"] != "template" || fmt.Sprint(can["channels"]) != "[dm]" {
		t.Errorf("%v, want until %s", can, want)
	}
}

func TestAReplyThatComesTooLateIsRefused(t *testing.T) {
	t.Parallel()
	template := map[string]any{"name": "refund", "language": "th"}
	tests := []struct {
		name  string
		after desk.AfterWindow
		wait  time.Duration
		body  map[string]any
		want  int
		says  string
	}{
		{"text in time", desk.TemplateAfter, 23 * time.Hour, map[string]any{"text": "hello"}, 200, ""},
		{"text after it, where only a template is taken", desk.TemplateAfter, 24 * time.Hour, map[string]any{"text": "hello"}, 422, "takes a template only"},
		{"a template after it", desk.TemplateAfter, 24 * time.Hour, map[string]any{"template": template}, 200, ""},
		{"a template in time", desk.TemplateAfter, time.Hour, map[string]any{"template": template}, 200, ""},
		{"a template without a name", desk.TemplateAfter, time.Hour, map[string]any{"template": map[string]any{"language": "th"}}, 422, "name or language is missing"},
		{"a template where none is taken", desk.HumanAgentAfter, time.Hour, map[string]any{"template": template}, 422, "takes none"},
		{"text by a person", desk.HumanAgentAfter, 6 * 24 * time.Hour, map[string]any{"text": "hello"}, 200, ""},
		{"text by a person, too late", desk.HumanAgentAfter, 7 * 24 * time.Hour, map[string]any{"text": "hello"}, 422, "takes no reply to this any more"},
		{"text, where nothing is taken", desk.NothingAfter, 24 * time.Hour, map[string]any{"text": "hello"}, 422, "takes no reply to this any more"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := open(t, able(byTheClock(tt.after)))
			ticket := h.says("somchai", charged)
			h.after(tt.wait)
			got := h.answers("demo-senior", ticket.ID, tt.body, "k")
			detail, _ := got.json(t)["detail"].(string)
			if got.code != tt.want || !strings.Contains(detail, tt.says) {
				t.Errorf("%d %s", got.code, got.body)
			}
			if sent := len(h.ticket(ticket.ID).Outbox); sent != map[int]int{200: 1}[tt.want] {
				t.Errorf("%d replies went out", sent)
			}
		})
	}
}

func TestATemplateIsKeptWithWordsThatShowWhatWasSent(t *testing.T) {
	t.Parallel()
	h := open(t, able(byTheClock(desk.TemplateAfter)))
	ticket := h.says("somchai", charged)
	template := map[string]any{"name": "refund", "language": "th", "parameters": []string{"48213", "฿590"}}
	for _, tt := range []struct{ key, text, want string }{
		{"bare", "", "Template refund (th)\n48213\n฿590"},
		{"told", "เราคืนเงิน ฿590 แล้ว", "เราคืนเงิน ฿590 แล้ว"},
	} {
		send := func(template map[string]any) answer {
			return h.answers("demo-senior", ticket.ID, map[string]any{"text": tt.text, "template": template}, tt.key)
		}
		first, again := send(template), send(template)
		m, _ := first.json(t)["message"].(map[string]any)
		if first.code != 200 || m["text"] != tt.want || at(m, "template", "name") != "refund" || fmt.Sprint(at(m, "template", "parameters")) != "[48213 ฿590]" {
			t.Errorf("%s: %d %s", tt.key, first.code, first.body)
		}
		if again.code != 200 || at(again.json(t), "message", "text") != tt.want {
			t.Errorf("%s, once more: %d %s", tt.key, again.code, again.body)
		}
		if other := send(map[string]any{"name": "refund", "language": "en", "parameters": []string{"48213", "฿590"}}); other.code != 422 {
			t.Errorf("%s, another template under the key: %d %s", tt.key, other.code, other.body)
		}
	}
	if n := len(h.ticket(ticket.ID).Outbox); n != 2 {
		t.Errorf("%d replies went out", n)
	}
}

func TestAPublicMessageIsAnsweredInPrivateOnce(t *testing.T) {
	t.Parallel()
	h := open(t, able(public))
	ticket := h.comments("maria", "charged twice")
	path := "/api/v1/tickets/" + string(ticket.ID)
	channels := func() string {
		return fmt.Sprint(at(h.api("viewer", "GET", path, nil).json(t), "capability", "channels"))
	}
	if got := h.answers("demo-senior", ticket.ID, map[string]any{"text": "your card, please", "visibility": "private"}, "p1"); got.code != 200 || at(got.json(t), "message", "visibility") != "private" {
		t.Fatalf("%d %s", got.code, got.body)
	}
	if got := h.answers("demo-senior", ticket.ID, map[string]any{"text": "your card, please", "visibility": "private"}, "p1"); got.code != 200 {
		t.Errorf("the same once more: %d %s", got.code, got.body)
	}
	if got := h.answers("demo-senior", ticket.ID, map[string]any{"text": "and your name", "visibility": "private"}, "p2"); got.code != 422 || channels() != "[public_reply]" || !strings.Contains(got.body, "answer in private has been given") {
		t.Errorf("a second one: %d %s, channels %s", got.code, got.body, channels())
	}
	if got := h.answers("demo-senior", ticket.ID, map[string]any{"text": "we wrote to you"}, "p3"); got.code != 200 || at(got.json(t), "message", "visibility") != "public" {
		t.Errorf("in public: %d %s", got.code, got.body)
	}
	now := h.ticket(ticket.ID)
	h.after(time.Second)
	h.commit(now, desk.Entry{Version: now.Version + 1, What: desk.SendFailed, At: h.Now(), Target: "p1", Why: "rejected: no"}, func(*desk.Change) {})
	if got := channels(); got != "[public_reply private_reply]" {
		t.Errorf("once it failed: channels %s", got)
	}
	if got := h.answers("demo-senior", ticket.ID, map[string]any{"text": "your card, please", "visibility": "private"}, "p4"); got.code != 200 {
		t.Errorf("after it failed: %d %s", got.code, got.body)
	}
	h.comments("maria", "hello?")
	if got := channels(); got != "[public_reply private_reply]" {
		t.Errorf("what they said next can be answered in private too: channels %s", got)
	}
	h.after(8 * 24 * time.Hour)
	if got := h.answers("demo-senior", ticket.ID, map[string]any{"text": "your card", "visibility": "private"}, "p5"); got.code != 422 || !strings.Contains(got.body, "in private is over") {
		t.Errorf("too late: %d %s", got.code, got.body)
	}
}

func TestAPageSaysHowLongACustomerCanBeWrittenTo(t *testing.T) {
	t.Parallel()
	h := open(t, able(func(o desk.Origin, last desk.Answered) desk.Capability {
		last.At = last.At.Add(-23 * time.Hour) // nobody is signed in for a day
		return byTheClock(desk.TemplateAfter)(o, last)
	}))
	ticket := h.says("somchai", charged)
	path := "/tickets/" + string(ticket.ID)
	b := h.browser()
	page := b.signIn("demo-senior", path)
	if !strings.Contains(page.body, "Free text until") || !strings.Contains(page.body, "; after that only a template.") {
		t.Errorf("in time:\n%s", page.body)
	}
	quiet := "/tickets/" + string(h.says("maria", thumb).ID) // it has no clock that runs out meanwhile
	tag := b.get(quiet).header.Get("ETag")
	h.after(time.Hour + time.Minute)
	if page = b.get(quiet, "If-None-Match", tag); page.code != 200 || !strings.Contains(page.body, "The time for free text is over since") {
		t.Fatalf("a page that is open is never told: %d", page.code)
	}
	form := fields(b.post(path+"/claim", nil).body)
	form.Set("text", "we looked into it")
	page = b.post(path+"/reply", form)
	for _, want := range []string{"It is too late for that by the platform&#39;s rules:", "takes a template only", ">we looked into it</textarea>", "The time for free text is over since", "only a template can be sent", "Send the template"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("%d, too late, and the page does not say %q", page.code, want)
		}
	}
	if page.code != 422 || strings.Contains(page.body, ">Send</button>") {
		t.Errorf("%d\n%s", page.code, page.body)
	}
	send := url.Values{"token": form["token"], "key": {"t1"}, "template": {" refund "}, "language": {""}, "parameters": {"48213\r\n\r\n ฿590 \r\n"}, "text": {""}}
	if page = b.post(path+"/reply", send); page.code != 422 || !strings.Contains(page.body, `value=" refund "`) || !strings.Contains(page.body, "48213") || !strings.Contains(page.body, `value="t1"`) {
		t.Errorf("without a language: %d\n%s", page.code, page.body)
	}
	send.Set("language", "th")
	if page = b.post(path+"/reply", send); page.code != 200 || !strings.Contains(page.body, "By template") {
		t.Errorf("%d\n%s", page.code, page.body)
	}
	m, err := h.store.Message(t.Context(), ticket.ID, "t1")
	if err != nil || m.Template == nil || m.Template.Name != "refund" || strings.Join(m.Template.Parameters, "|") != "48213|฿590" || m.Text != "Template refund (th)\n48213\n฿590" {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestAPageAnswersAPublicMessageInPrivate(t *testing.T) {
	t.Parallel()
	h := open(t, able(public))
	ticket := h.comments("maria", "charged twice")
	path := "/tickets/" + string(ticket.ID)
	b := h.browser()
	b.signIn("demo-senior", path)
	page := b.post(path+"/claim", nil)
	if !strings.Contains(page.body, `<button name="visibility" value="private">Send in private</button>`) || !strings.Contains(page.body, "It can be answered in private too, until") {
		t.Fatalf("%s", page.body)
	}
	form := fields(page.body)
	form.Set("text", "your card, please")
	form.Set("visibility", "private")
	if page = b.post(path+"/reply", form); page.code != 200 || strings.Contains(page.body, "Send in private") || !strings.Contains(page.body, `<span class="kind">private</span>`) {
		t.Errorf("%d\n%s", page.code, page.body)
	}
	if m, err := h.store.Message(t.Context(), ticket.ID, form.Get("key")); err != nil || m.Visibility != desk.Private {
		t.Errorf("%+v, %v", m, err)
	}
}
