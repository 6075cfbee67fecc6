package console_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

// explained is what the API says of a ticket so long after the morning.
func (h *house) explained(id desk.TicketID, after time.Duration) map[string]any {
	h.t.Helper()
	got := h.api("demo-lead", "GET", "/api/v1/tickets/"+string(id)+"/explain?at="+url.QueryEscape(morning.Add(after).Format(time.RFC3339Nano)), nil)
	if got.code != 200 {
		h.t.Fatal(got.code, got.body)
	}
	return got.json(h.t)
}

// causes are the words of an explanation by the clock and by what they are about.
func causes(x map[string]any) map[string]string {
	all := map[string]string{}
	for _, c := range x["clocks"].([]any) {
		c := c.(map[string]any)
		for _, r := range c["causes"].([]any) {
			r := r.(map[string]any)
			all[fmt.Sprint(c["metric"], " ", r["of"])] = fmt.Sprint(r["outcome"], "; ", r["says"])
		}
	}
	for _, r := range x["causes"].([]any) {
		r := r.(map[string]any)
		all[fmt.Sprint(r["of"])] = fmt.Sprint(r["outcome"], "; ", r["says"])
	}
	return all
}

// missed has a critical ticket miss its first clock by 0.3 s, and be answered after
// 10 minutes.
func (h *house) missed() desk.Ticket {
	h.t.Helper()
	h.after(-time.Second)
	ticket := h.says("somchai", charged)
	h.after(3*time.Minute + 300*time.Millisecond)
	entry, ok := h.ticket(ticket.ID).Act(h.Now(), h.policy.Plan, nil)
	if !ok {
		h.t.Fatal("nothing is due")
	}
	h.commit(h.ticket(ticket.ID), entry, func(*desk.Change) {})
	h.after(morning.Add(10 * time.Minute).Sub(h.Now()))
	return h.goesOut(h.ticket(ticket.ID))
}

func TestATicketIsExplainedAsItWasThen(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.missed()
	h.after(time.Hour)
	tests := []struct {
		name    string
		after   time.Duration
		version float64
		state   string
		want    map[string]string
	}{
		{"as it came", 0, 1, "new", map[string]string{
			"acknowledge breach":     "not yet; not yet: at 2026-11-03 10:03:00 UTC",
			"first_response warning": "not yet; not yet: at 2026-11-03 10:11:15 UTC",
			"nudge":                  "not yet; not yet: at 2026-11-03 10:15:00 UTC: the queue was told when the ticket came to it",
		}},
		{"after the deadline, before anybody noticed", 3*time.Minute + 100*time.Millisecond, 1, "new", map[string]string{
			"acknowledge breach": "due; due since 2026-11-03 10:03:00 UTC, and not done",
		}},
		{"noticed", 4 * time.Minute, 2, "new", map[string]string{
			"acknowledge breach": "fired; fired at 2026-11-03 10:03:00 UTC, 0.3 s late: acknowledge missed: escalated within tier 3, nobody is above",
			"acknowledge step":   "not yet; not yet: at 2026-11-03 10:08:00 UTC",
		}},
		{"answered", 20 * time.Minute, 5, "waiting", map[string]string{
			"first_response breach": "met; met 5 min before, at 2026-11-03 10:10:00 UTC",
			"resolution breach":     "paused; paused: waiting for customer since 2026-11-03 10:10:00 UTC",
			"nudge":                 "none; not at all: demo-lead has it",
			"lease":                 "due; due since 2026-11-03 10:11:00 UTC, and not done",
		}},
	}
	for _, tt := range tests {
		x := h.explained(ticket.ID, tt.after)
		then := x["then"].(map[string]any)
		if x["version"] != tt.version || then["version"] != tt.version || then["state"] != tt.state {
			t.Errorf("%s: version %v, %v", tt.name, x["version"], then["state"])
		}
		got := causes(x)
		for about, says := range tt.want {
			if got[about] != says {
				t.Errorf("%s: of %s it says %q, want %q", tt.name, about, got[about], says)
			}
		}
	}
	if x := h.explained(ticket.ID, -time.Second); x["version"] != 0.0 || x["then"] != nil || x["next"] != nil || x["after"] != morning.Format(time.RFC3339) || x["before"] != nil {
		t.Errorf("before it began: %v", x)
	}
	if x := h.explained(ticket.ID, 4*time.Minute); len(x["then"].(map[string]any)["messages"].([]any)) != 1 {
		t.Error("an answer is known before it was written")
	}
	whole := h.api("demo-lead", "GET", "/api/v1/tickets/"+string(ticket.ID)+"/explain", nil).json(t)
	if whole["version"] != 5.0 || whole["after"] != nil || whole["at"] != h.Now().Format(time.RFC3339Nano) {
		t.Errorf("without an instant: version %v at %v", whole["version"], whole["at"])
	}
}

func TestNobodyExplainsWhatIsNoInstantOrStillToCome(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.after(-time.Second)
	ticket := h.says("somchai", charged)
	for at, words := range map[string]string{"yesterday": "is no instant", "2026-11-03T10:00:01Z": "is still to come", "2026-11-03T10:00": "is no instant"} {
		got := h.api("demo-lead", "GET", "/api/v1/tickets/"+string(ticket.ID)+"/explain?at="+at, nil)
		if got.code != 422 || !strings.Contains(got.body, words) {
			t.Errorf("%s: %d, %s", at, got.code, got.body)
		}
	}
	if got := h.api("demo-lead", "GET", "/api/v1/tickets/nobody.1/explain", nil); got.code != 404 {
		t.Errorf("of no ticket: %d", got.code)
	}
}

func TestThePageOfThePastShowsItAndLeadsOn(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.missed()
	h.after(time.Hour)
	b := h.browser()
	b.signIn("demo-lead", "/")
	here := "/tickets/" + string(ticket.ID)
	read := func(path string) string { return strings.ReplaceAll(b.get(path).body, "%3a", ":") } // as addresses have it
	now := read(here)
	for _, at := range []time.Duration{0, 3*time.Minute + 300*time.Millisecond, 10 * time.Minute} {
		if link := here + "/at?at=" + morning.Add(at).Format(time.RFC3339Nano); !strings.Contains(now, link) {
			t.Errorf("the timeline does not lead to %s", link)
		}
	}
	page := read(here + "/at?at=" + morning.Add(4*time.Minute).Format(time.RFC3339))
	for _, words := range []string{
		"As it was at", "10:04:00 UTC", "version 2", "0.3\u202fs late: acknowledge missed: escalated within tier 3", `class="came fired"`, `class="came not yet"`,
		`rel="prev" href="` + here + "/at?at=2026-11-03T10:03:00.3Z", `rel="next" href="` + here + "/at?at=2026-11-03T10:10:00Z", `value="2026-11-03T10:04:00"`,
		here + "/at?at=2026-11-03T10:03:00Z", // when it was due
	} {
		if !strings.Contains(page, words) {
			t.Errorf("the page does not say %q", words)
		}
	}
	if strings.Contains(page, "We look into it.") || strings.Contains(page, "<form method=\"post\" action=\"/tickets/") {
		t.Error("the page shows what was not said yet, or lets somebody change the past")
	}
	if n := strings.Count(page, `aria-current="true"`); n != 1 {
		t.Errorf("%d moments are where the page is", n)
	}
	if page := b.get(here + "/at?at=2026-11-03T10:11").body; !strings.Contains(page, "We look into it.") || !strings.Contains(page, "10:11:00") {
		t.Error("an instant as a browser's field has it is not read")
	}
	if page := b.get(here + "/at?at=2020-01-01T00:00:00Z").body; !strings.Contains(page, "Nobody had written yet") || strings.Contains(page, charged) {
		t.Error("before it began the page shows a ticket")
	}
	if got := b.get(here + "/at?at=2030-01-01T00:00:00Z"); got.code != 422 {
		t.Errorf("of the future it answers %d", got.code)
	}
}
