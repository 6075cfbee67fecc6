package console_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

// lends hands the ticket up to vendors, and has one take it.
func (h *house) lends(id desk.TicketID, vendor string) {
	h.t.Helper()
	before := h.ticket(id)
	h.commit(before, desk.Entry{Version: before.Version + 1, What: desk.Escalated, At: h.Now(), Who: "demo-senior", Tier: desk.Vendor, Why: "the machine leaks"}, func(*desk.Change) {})
	h.after(time.Minute)
	up := h.ticket(id)
	h.commit(up, up.SentTo(vendor, desk.Notice{From: before.Tier, Had: before.Assignee}, 4*time.Hour, "", h.Now()), func(*desk.Change) {})
}

func TestATicketSaysWhichVendorHasItAndWhatTheySaid(t *testing.T) {
	t.Parallel()
	h := open(t)
	id := h.says("maria", "the machine leaks").ID
	tier := h.ticket(id).Tier
	h.lends(id, "acme")
	since := h.Now()
	page := h.browser().signIn("demo-senior", "/tickets/"+string(id))
	plain := regexp.MustCompile(`\s+`).ReplaceAllString(regexp.MustCompile(`<[^>]+>`).ReplaceAllString(page.body, " "), " ")
	for _, want := range []string{"With vendor acme since", "answers by", "Sent to vendor acme"} {
		if !strings.Contains(plain, want) {
			t.Errorf("the page does not say %q: %s", want, plain)
		}
	}
	var got struct {
		Vendor *struct {
			Name     string
			Since    time.Time
			AnswerBy time.Time `json:"answer_by"`
			Tier     desk.Tier
		}
	}
	read := func() {
		t.Helper()
		got.Vendor = nil
		a := h.api("demo-senior", http.MethodGet, "/api/v1/tickets/"+string(id), nil)
		if err := json.Unmarshal([]byte(a.body), &got); err != nil {
			t.Fatal(err)
		}
	}
	if read(); got.Vendor == nil || got.Vendor.Name != "acme" || !got.Vendor.Since.Equal(since) || !got.Vendor.AnswerBy.Equal(since.Add(4*time.Hour)) || got.Vendor.Tier != tier {
		t.Errorf("the API says %+v", got.Vendor)
	}
	h.after(time.Minute)
	lent := h.ticket(id)
	event := desk.Event{Kind: desk.VendorUpdate, Key: "u1", Platform: "vendor", Account: "acme", Direction: desk.In, Visibility: desk.Note,
		Author: desk.Author{ID: "acme", Name: "vendor acme"}, Text: `<script>alert(1)</script> the seal`, Form: "question", Target: string(id)}
	event.In, _, _ = id.Split()
	e := lent.Answer(id, *event.Message(h.Now()), "question, their reference A-1", func(string) bool { return false })
	e.Version, e.At, e.Event = lent.Version+1, h.Now(), event.Kind
	h.commit(lent, e, func(c *desk.Change) {
		c.Thread, c.Event, c.Raw = event.Thread(), &event, desk.RawEvent{Body: []byte("{}")}
	})
	page = h.browser().signIn("demo-senior", "/tickets/"+string(id))
	for _, want := range []string{"&lt;script&gt;alert(1)&lt;/script&gt; the seal", "vendor acme", "asks", "Vendor acme answered", "question, their reference A-1"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if strings.Contains(page.body, "With vendor") || strings.Contains(page.body, "<script>alert") {
		t.Error("the page says that they have it still, or runs what they wrote")
	}
	if read(); got.Vendor != nil {
		t.Errorf("the API says %+v", got.Vendor)
	}
}

func TestATicketSaysThatNobodyOutsideWasTold(t *testing.T) {
	t.Parallel()
	h := open(t)
	id := h.says("maria", "the machine leaks").ID
	for vendor, want := range map[string]string{"": "Sent to no vendor", "acme": "Not sent to vendor acme"} {
		before := h.ticket(id)
		h.commit(before, before.NotSent(vendor, "nobody was told: gone", h.Now()), func(*desk.Change) {})
		if page := h.browser().signIn("demo-senior", "/tickets/"+string(id)); !strings.Contains(page.body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}
