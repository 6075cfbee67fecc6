package console_test

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/console"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/split"
)

// TestAPreviewIsWhatWouldBeSent asks by the API and by the page, and writes nothing.
func TestAPreviewIsWhatWouldBeSent(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.hears(desk.Event{Platform: "x", Channel: "x", Visibility: desk.Public, Conversation: "c1", Text: "I was charged twice", Author: desk.Author{ID: "1", Handle: "someone"}})
	path := "/tickets/" + string(ticket.ID)
	if got := h.api("viewer", "POST", "/api/v1"+path+"/preview", map[string]any{"text": "Hello"}); got.code != 403 {
		t.Errorf("a viewer sees what a reply would be: %d", got.code)
	}
	token := h.claim("demo-senior", ticket.ID)
	before := h.ticket(ticket.ID).Version
	long := strings.Repeat("Ζητούμε συγγνώμη για την ταλαιπωρία. ", 12) + "Card 4111 1111 1111 1111, ____ and ____ \U0001F469\u200D\U0001F692"
	got := h.api("demo-senior", "POST", "/api/v1"+path+"/preview", map[string]any{"text": long}).json(t)
	parts := got["parts"].([]any)
	if want := split.Text(long, 280, split.Weighted); len(parts) != len(want) || parts[1] != want[1] {
		t.Errorf("it would go out as %v, want %v", parts, want)
	}
	if got["used"] != float64(split.Weighted.Len(long)) || got["gaps"] != 2.0 || got["possible"] != true || got["visibility"] != "public" || len(got["sensitive"].([]any)) != 1 {
		t.Errorf("of it is said %v", got)
	}
	if got := h.api("demo-senior", "POST", "/api/v1"+path+"/preview", map[string]any{"text": "", "visibility": "private"}).json(t); got["used"] != 0.0 || len(got["parts"].([]any)) != 0 || got["limit"].(map[string]any)["value"] != 10000.0 {
		t.Errorf("of nothing in private is said %v", got)
	}
	for _, wrong := range []map[string]any{{"text": "a", "visibility": "note"}, {"text": strings.Repeat("a", 70000)}, {"text": 1}} {
		if got := h.api("demo-senior", "POST", "/api/v1"+path+"/preview", wrong); got.code != 400 && got.code != 422 {
			t.Errorf("%d %s", got.code, got.body)
		}
	}

	b := h.browser()
	if page := b.signIn("demo-senior", path+"?claim="+token).body; !strings.Contains(page, "At most 280 characters as X counts them") || !strings.Contains(page, `data-unit="weighted characters"`) {
		t.Errorf("the composer does not say how long a message may be: %s", page)
	}
	page := b.post(path+"/preview", url.Values{"token": {token}, "key": {"key-1"}, "text": {"<b>Hello</b> ____, call 4111 1111 1111 1111"}})
	for _, want := range []string{"&lt;b&gt;Hello&lt;/b&gt; ____", "In public: anybody can read it", "1 place of it is still to be filled", "a card number", `value="key-1"`, `value="` + token + `"`} {
		if page.code != 200 || !strings.Contains(page.body, want) {
			t.Errorf("the page does not say %q: %d %s", want, page.code, page.body)
		}
	}
	both := url.Values{"token": {token}, "text": {"card 4111 1111 1111 1111, phone +30 6912 345 678"}}
	if page := b.post(path+"/preview", both).body; !strings.Contains(page, "a card number, a phone number") {
		t.Errorf("of two numbers: %s", page)
	}
	if page := b.post(path+"/preview", url.Values{"token": {token}, "text": {" "}}).body; !strings.Contains(page, "Nothing is written yet.") {
		t.Errorf("of nothing: %s", page)
	}
	if page := b.post(path+"/preview", url.Values{"token": {token}, "text": {long}}).body; !strings.Contains(page, "2 messages") && !strings.Contains(page, "3 messages") {
		t.Errorf("of much: %s", page)
	}
	if after := h.ticket(ticket.ID).Version; after != before {
		t.Errorf("looking changed the ticket: version %d, then %d", before, after)
	}
}

// TestAPreviewSaysThatNothingCanBeSentNow looks when the time for free text is over.
func TestAPreviewSaysThatNothingCanBeSentNow(t *testing.T) {
	t.Parallel()
	h := open(t, func(c *console.Config) { c.Capability = byTheClock(desk.NothingAfter) })
	ticket := h.hears(desk.Event{Conversation: "c1", Text: "I was charged twice", Author: desk.Author{ID: "1"}})
	h.after(25 * time.Hour)
	token := h.claim("demo-senior", ticket.ID)
	b := h.browser()
	b.signIn("demo-senior", "/tickets/"+string(ticket.ID))
	if page := b.post("/tickets/"+string(ticket.ID)+"/preview", url.Values{"token": {token}, "text": {"Hello"}}); page.code != 200 || !strings.Contains(page.body, "takes no text this way just now") {
		t.Errorf("%d %s", page.code, page.body)
	}
}
