package console_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

// runs are the runs of a ticket's clocks as the API answers them, by metric; of
// several the last.
func (h *house) runs(id desk.TicketID) (all map[string]map[string]any, whole map[string]any) {
	h.t.Helper()
	got := h.api("demo-lead", "GET", "/api/v1/tickets/"+string(id)+"/clocks", nil)
	if got.code != 200 {
		h.t.Fatal(got.code, got.body)
	}
	all, whole = map[string]map[string]any{}, got.json(h.t)
	for _, run := range whole["runs"].([]any) {
		run := run.(map[string]any)
		all[run["metric"].(string)] = run
	}
	return all, whole
}

// goesOut has an answer to a ticket go out.
func (h *house) goesOut(ticket desk.Ticket) desk.Ticket {
	h.t.Helper()
	now := h.Now()
	ticket = h.commit(ticket, desk.Entry{Version: ticket.Version + 1, What: desk.Claimed, Who: "demo-lead", At: now, Lease: desk.Lease{Agent: "demo-lead", Token: "t", Until: now.Add(time.Minute)}}, func(*desk.Change) {})
	reply := &desk.Message{Key: "k1", Direction: desk.Out, Visibility: desk.Private, Text: "We look into it.", Author: desk.Author{ID: "demo-lead"}, Time: now, Received: now, Delivery: desk.Queued, Seen: ticket.Version}
	ticket = h.commit(ticket, desk.Entry{Version: ticket.Version + 1, What: desk.Replied, Who: "demo-lead", At: now, Message: reply}, func(*desk.Change) {})
	return h.commit(ticket, desk.Entry{Version: ticket.Version + 1, What: desk.Sent, At: now, Target: "k1", Seen: ticket.Version}, func(*desk.Change) {})
}

func TestAPausedClockSaysWhyAndHowLong(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.says("somchai", charged)
	h.after(10 * time.Minute)
	ticket = h.goesOut(ticket)
	h.after(90 * time.Minute)
	runs, whole := h.runs(ticket.ID)
	want := map[string]string{"state": "paused", "pause": "paused: waiting for customer", "used": "10m", "left": "3h50m", "wall": "1h40m", "stood": "1h30m", "target": "4h"}
	for field, value := range want {
		if got := fmt.Sprint(runs["resolution"][field]); got != value {
			t.Errorf("resolution: %s is %q, want %q", field, got, value)
		}
	}
	if got := runs["first_response"]; got["state"] != "met" || got["missed"] != false || got["used"] != "10m" || got["left"] != "0s" {
		t.Errorf("first response: %v", got)
	}
	if whole["requester_wait"] != "10m" {
		t.Errorf("the customer waited %v", whole["requester_wait"])
	}
	b := h.browser()
	b.signIn("demo-lead", "/")
	page := b.get("/tickets/" + string(ticket.ID)).body
	for _, words := range []string{"paused: waiting for customer", "10\u202fmin of 4\u202fh used", "3\u202fh 50\u202fmin left", "1\u202fh 40\u202fmin by the wall clock, 1\u202fh 30\u202fmin of it paused", "What the clocks did, and why", "the platform accepted an answer"} {
		if !strings.Contains(page, words) {
			t.Errorf("the page does not say %q", words)
		}
	}
}

func TestAClockOfBusinessHoursSaysWhenTheyBegin(t *testing.T) {
	t.Parallel()
	h := open(t)
	office := h.policy.Plan.Calendar("office")
	opens := h.Now()
	if open, changes := office.OpenAt(opens); open { // until it is closed
		h.after(changes.Sub(opens) + time.Minute)
	}
	ticket := h.says("somchai", "what are your opening hours?")
	_, opens = office.OpenAt(h.Now())
	run := func() map[string]any {
		runs, _ := h.runs(ticket.ID)
		return runs["first_response"]
	}
	if got := run(); got["closed_until"] != opens.Format(time.RFC3339) || got["used"] != "0s" || got["state"] != "running" || got["calendar"] != "office" {
		t.Errorf("while it is closed: %v, want it closed until %v", got, opens)
	}
	h.after(opens.Sub(h.Now()) + time.Hour)
	if got := run(); got["closed_until"] != nil || got["used"] != "1h" {
		t.Errorf("an hour after it opened: %v", got)
	}
}

func TestAMissedClockSaysByHowMuch(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.says("somchai", charged)
	h.after(25 * time.Minute)
	entry, ok := h.ticket(ticket.ID).Act(h.Now(), h.policy.Plan, nil)
	if !ok {
		t.Fatal("nothing is due")
	}
	h.commit(h.ticket(ticket.ID), entry, func(*desk.Change) {})
	runs, whole := h.runs(ticket.ID)
	if got := runs["first_response"]; got["missed"] != true || got["late"] != "10m" || got["left"] != "0s" {
		t.Errorf("first response, promised in 15 min, after 25: %v", got)
	}
	if got := runs["acknowledge"]; got["missed"] != true || got["late"] != "22m" {
		t.Errorf("acknowledge, promised in 3 min: %v", got)
	}
	var kinds []string
	for _, tick := range whole["ticks"].([]any) {
		if tick := tick.(map[string]any); tick["metric"] == "acknowledge" {
			kinds = append(kinds, fmt.Sprint(tick["kind"]))
		}
	}
	if got := strings.Join(kinds, " "); got != "started breached escalated" {
		t.Errorf("the log of acknowledge says %q", got)
	}
}
