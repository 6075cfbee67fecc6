package console_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

// TestWhoIsAtATicketSeesWhoElseIs opens a page in three hands, lets one write, one
// leave and one fall silent.
func TestWhoIsAtATicketSeesWhoElseIs(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.hears(desk.Event{Conversation: "c1", Text: "charged twice", Author: desk.Author{ID: "1"}})
	path, version := "/tickets/"+string(ticket.ID), ticket.Version
	sam, lea, vi := h.browser(), h.browser(), h.browser()
	sam.signIn("demo-senior", path)
	lea.signIn("demo-lead", path)
	sam.post(path+"/here", nil)
	lea.post(path+"/here", nil)
	first := lea.get(path)
	if !strings.Contains(first.body, "demo-senior</bdi> is looking") || strings.Contains(first.body, "demo-lead</bdi> is looking") {
		t.Errorf("the lead sees %s", first.body)
	}
	tag := first.header.Get("ETag")
	if got := lea.get(path, "If-None-Match", tag); got.code != 304 {
		t.Errorf("without news: %d", got.code)
	}
	h.after(2 * time.Second)
	if got := sam.post(path+"/here", url.Values{"typing": {"yes"}}); got.code != 204 {
		t.Errorf("a sign was answered %d %s", got.code, got.body)
	}
	news := lea.get(path, "If-None-Match", tag)
	if news.code != 200 || !strings.Contains(news.body, "demo-senior</bdi> is typing") {
		t.Errorf("two seconds later: %d %s", news.code, news.body)
	}
	vi.signIn("viewer", path)
	vi.post(path+"/here", nil)
	here := func(who, method string, body any) string {
		var all []string
		for _, item := range h.api(who, method, "/api/v1"+path+"/here", body).json(t)["items"].([]any) {
			i := item.(map[string]any)
			all = append(all, fmt.Sprint(i["id"], " ", i["typing"]))
		}
		return strings.Join(all, ", ")
	}
	if got := here("demo-lead", "GET", nil); got != "demo-senior true, viewer false" {
		t.Errorf("by the API there are %s", got)
	}
	if got := here("auditor", "POST", map[string]any{"typing": true}); got != "demo-lead false, demo-senior true, viewer false" {
		t.Errorf("an auditor sees %s", got)
	}
	if got := here("demo-lead", "GET", nil); got != "auditor false, demo-senior true, viewer false" {
		t.Errorf("an auditor, who writes nothing: %s", got)
	}
	h.after(13 * time.Second)
	if got := here("viewer", "POST", map[string]any{"left": true}); got != "auditor false, demo-lead false, demo-senior false" {
		t.Errorf("who fell silent goes on writing: %s", got)
	}
	if got := here("demo-lead", "GET", nil); got != "auditor false, demo-senior false" {
		t.Errorf("who left is there: %s", got)
	}
	h.after(40 * time.Second)
	if got := here("demo-lead", "GET", nil); got != "" {
		t.Errorf("a minute later there are %s", got)
	}
	if got := h.api("demo-lead", "POST", "/api/v1"+path+"/here", map[string]any{"asleep": true}); got.code != 400 && got.code != 422 {
		t.Errorf("%d %s", got.code, got.body)
	}
	if got := h.api("demo-lead", "POST", "/api/v1/tickets/nobody.1/here", nil); got.code != 404 {
		t.Errorf("at no ticket: %d", got.code)
	}
	if is := h.ticket(ticket.ID); is.Version != version {
		t.Errorf("looking changed the ticket: version %d", is.Version)
	}
}
