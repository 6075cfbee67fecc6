package console_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

func TestATicketIsPutOffByAFormAndByAProgramAndSaysUntilWhen(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.says("somchai", charged)
	path := "/tickets/" + string(ticket.ID)
	b := h.browser()
	b.signIn("demo-senior", path)
	if page := b.post(path+"/snooze", url.Values{"hours": {"4"}, "why": {"she writes tomorrow"}}); page.code != 200 || !strings.Contains(page.body, "Snoozed until") {
		t.Errorf("%d\n%s", page.code, page.body)
	}
	if now := h.ticket(ticket.ID); now.State != desk.Waiting || !now.DueBack.Equal(h.Now().Add(4*time.Hour)) {
		t.Errorf("it is %s until %v", now.State, now.DueBack)
	}
	if page := b.get("/tiers/3?state=waiting"); !strings.Contains(page.body, string(ticket.ID)) {
		t.Errorf("the list of what waits has it not:\n%s", page.body)
	}
	if page := b.post(path+"/snooze", url.Values{"hours": {""}}); page.code != 200 || strings.Contains(page.body, "Snoozed until") {
		t.Errorf("until the customer writes: %d\n%s", page.code, page.body)
	}
	api := "/api/v1" + path
	until := h.Now().Add(time.Hour)
	if got := h.api("demo-senior", "POST", api+"/snooze", map[string]any{"until": until}); got.code != 200 || got.json(t)["state"] != "waiting" {
		t.Errorf("%d %s", got.code, got.body)
	}
	if got := h.api("demo-senior", "GET", api, nil).json(t); got["until"] != until.Format(time.RFC3339Nano) {
		t.Errorf("until %v", got["until"])
	}
	for name, body := range map[string]map[string]any{"the past": {"until": h.Now().Add(-time.Hour)}, "years": {"until": h.Now().AddDate(3, 0, 0)}} {
		if got := h.api("demo-senior", "POST", api+"/snooze", body); got.code != 422 {
			t.Errorf("until %s: %d %s", name, got.code, got.body)
		}
	}
}

func TestTicketsAreMergedByAFormAndLeadToOneAnother(t *testing.T) {
	t.Parallel()
	h := open(t)
	one, other := h.says("somchai", charged), h.says("malee", charged)
	path, into := "/tickets/"+string(one.ID), "/tickets/"+string(other.ID)
	b := h.browser()
	page := b.signIn("demo-senior", path)
	form := func(target string) url.Values {
		return url.Values{"seen": {fields(page.body).Get("seen")}, "into": {target}, "why": {"one parcel"}}
	}
	for name, refused := range map[string]struct {
		target string
		code   int
		says   string
	}{
		"nothing":        {" ", 422, "into is missing"},
		"no such ticket": {"nobody.1", 422, "there is no ticket"},
		"itself":         {string(one.ID), 422, "its own thread"},
	} {
		if got := b.post(path+"/merge", form(refused.target)); got.code != refused.code || !strings.Contains(got.body, refused.says) {
			t.Errorf("into %s: %d\n%s", name, got.code, got.body)
		}
	}
	if got := b.post(path+"/merge", form("https://desk.example"+into+"?claim=x#m1")); got.code != 200 || !strings.Contains(got.body, `href="`+path+`"`) {
		t.Errorf("merged: %d\n%s", got.code, got.body)
	}
	if now := h.ticket(one.ID); now.State != desk.Merged || now.Into != other.ID {
		t.Errorf("it is %s into %q", now.State, now.Into)
	}
	if got := b.get(path); !strings.Contains(got.body, `href="`+into+`"`) || !strings.Contains(got.body, "Merged into another ticket by") {
		t.Errorf("the page of the one that ended:\n%s", got.body)
	}
	// Asked again, whoever asks gets the same answer.
	if got := h.api("demo-senior", "POST", "/api/v1"+path+"/merge", map[string]any{"into": other.ID}, "If-Match", "*"); got.code != 200 || got.json(t)["state"] != "merged" {
		t.Errorf("again: %d %s", got.code, got.body)
	}
	if got := h.api("demo-senior", "GET", "/api/v1"+path, nil).json(t); got["into"] != string(other.ID) {
		t.Errorf("into %v", got["into"])
	}
	if got := h.api("demo-senior", "POST", "/api/v1"+into+"/merge", map[string]any{"into": one.ID}, "If-Match", "*"); got.code != 409 {
		t.Errorf("into one that is over: %d %s", got.code, got.body)
	}
	if got := h.api("demo-senior", "POST", "/api/v1"+into+"/merge", map[string]any{"into": one.ID}); got.code != 428 {
		t.Errorf("unseen: %d %s", got.code, got.body)
	}
}

func TestAMergeTakesAPersonWhoWorksOnBothTickets(t *testing.T) {
	t.Parallel()
	h := open(t)
	grave, low := h.says("somchai", charged), h.says("malee", "What are your opening hours?")
	if grave.Tier != desk.Senior || low.Tier > desk.General {
		t.Fatalf("tiers %d and %d", grave.Tier, low.Tier)
	}
	for _, verb := range []string{"merge", "link"} {
		body := map[string]any{"into": grave.ID, "ticket": grave.ID}
		if got := h.api("demo-agent", "POST", "/api/v1/tickets/"+string(low.ID)+"/"+verb, body, "If-Match", "*"); got.code != 403 {
			t.Errorf("%s: %d %s", verb, got.code, got.body)
		}
	}
}

func TestLinkedTicketsLeadToOneAnotherUntilTheyAreNot(t *testing.T) {
	t.Parallel()
	h := open(t)
	one, other := h.says("somchai", charged), h.says("malee", charged)
	path := "/tickets/" + string(one.ID)
	b := h.browser()
	b.signIn("demo-senior", path)
	for range 2 { // a form that is sent twice does it once
		if got := b.post(path+"/link", url.Values{"ticket": {string(other.ID)}}); got.code != 200 || !strings.Contains(got.body, "Linked with") {
			t.Errorf("%d\n%s", got.code, got.body)
		}
	}
	if now := h.ticket(other.ID); len(now.Ties.Links) != 1 || !now.LinkedTo(one.ID) {
		t.Errorf("the other is linked with %v", now.Ties.Links)
	}
	if got := b.get("/tickets/" + string(other.ID)); !strings.Contains(got.body, `href="`+path+`"`) {
		t.Errorf("the other's page:\n%s", got.body)
	}
	if got := h.api("demo-senior", "GET", "/api/v1"+path, nil).json(t); len(got["links"].([]any)) != 1 {
		t.Errorf("links %v", got["links"])
	}
	for range 2 {
		if got := b.post(path+"/unlink", url.Values{"ticket": {string(other.ID)}}); got.code != 200 || strings.Contains(got.body, "Linked with") {
			t.Errorf("%d\n%s", got.code, got.body)
		}
	}
	if now := h.ticket(other.ID); !now.Ties.None() {
		t.Errorf("the other is linked with %v", now.Ties.Links)
	}
}

func TestWhoIsAskedInMayHelpUntilTheyLeave(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.says("somchai", charged) // of a tier that an agent does not work on
	path := "/tickets/" + string(ticket.ID)
	api := "/api/v1" + path
	if got := h.api("demo-agent", "POST", api+"/claim", nil); got.code != 403 {
		t.Fatalf("an agent claims it: %d %s", got.code, got.body)
	}
	b := h.browser()
	b.signIn("demo-senior", path)
	if got := b.post(path+"/swarm", url.Values{"who": {"demo-agent, second-agent"}, "why": {"they know the shop"}}); got.code != 200 || !strings.Contains(got.body, "Working on it together") {
		t.Errorf("%d\n%s", got.code, got.body)
	}
	if now := h.ticket(ticket.ID); now.Assignee != "demo-senior" || len(now.Ties.Swarm) != 2 || now.State != desk.Open {
		t.Errorf("it is %s's, with %v", now.Assignee, now.Ties.Swarm)
	}
	if got := h.api("demo-agent", "POST", api+"/note", map[string]any{"text": "It was Tuesday.", "swarm": true}); got.code != 200 || got.json(t)["message"].(map[string]any)["form"] != "swarm" {
		t.Errorf("a side note: %d %s", got.code, got.body)
	}
	if got := h.api("demo-agent", "POST", api+"/claim", nil); got.code != 200 || h.ticket(ticket.ID).Assignee != "demo-senior" {
		t.Errorf("who was asked in claims it: %d %s", got.code, got.body)
	}
	if got := h.api("demo-agent", "POST", api+"/leave", map[string]any{"who": []string{"second-agent"}}); got.code != 403 {
		t.Errorf("one takes out another: %d %s", got.code, got.body)
	}
	if got := h.api("demo-agent", "POST", api+"/leave", nil); got.code != 200 {
		t.Errorf("leaving: %d %s", got.code, got.body)
	}
	if got := h.api("demo-agent", "POST", api+"/leave", nil); got.code != 409 {
		t.Errorf("leaving twice: %d %s", got.code, got.body)
	}
	if got := b.post(path+"/leave", url.Values{"who": {"second-agent"}}); got.code != 200 || !h.ticket(ticket.ID).Ties.None() {
		t.Errorf("the owner takes one out: %d, %v", got.code, h.ticket(ticket.ID).Ties)
	}
	if got := h.api("demo-senior", "POST", api+"/swarm", map[string]any{"who": []string{"demo-senior"}}); got.code != 422 {
		t.Errorf("asking oneself: %d %s", got.code, got.body)
	}
}

func TestAMergedConversationIsReadWhereItGoesOn(t *testing.T) {
	t.Parallel()
	h := open(t)
	var all []desk.Ticket
	for n, who := range []string{"somchai", "malee", "nok"} {
		h.after(time.Minute)
		all = append(all, h.says(who, fmt.Sprintf("%s, parcel %d", charged, n)))
	}
	h.api("demo-senior", "POST", "/api/v1/tickets/"+string(all[0].ID)+"/note", map[string]any{"text": "the blue one"})
	for n, one := range all[:2] {
		if got := h.api("demo-senior", "POST", "/api/v1/tickets/"+string(one.ID)+"/merge", map[string]any{"into": all[n+1].ID}, "If-Match", "*"); got.code != 200 {
			t.Fatalf("%d %s", got.code, got.body)
		}
	}
	page := h.browser().signIn("demo-senior", "/tickets/"+string(all[2].ID)).body
	talk, _, _ := strings.Cut(page[strings.Index(page, `id="conversation"`):], "</ol>")
	at := -1
	for n, one := range all {
		text := fmt.Sprintf("parcel %d", n)
		next := strings.Index(talk, text)
		if next <= at || strings.Count(talk, text) != 1 {
			t.Errorf("%q stands at %d, what is before it at %d:\n%s", text, next, at, talk)
		}
		at = next
		if strings.Contains(talk, `<a class="kind" href="/tickets/`+string(one.ID)+`"`) != (n < 2) {
			t.Errorf("where %q is from:\n%s", text, talk)
		}
	}
	if !strings.Contains(talk, "the blue one") {
		t.Errorf("the note is missing:\n%s", talk)
	}
	ids := regexp.MustCompile(`<li id="([^"]*)"`).FindAllStringSubmatch(talk, -1)
	seen := map[string]bool{}
	for _, id := range ids {
		if seen[id[1]] {
			t.Errorf("the id %s is there twice", id[1])
		}
		seen[id[1]] = true
	}
	if len(ids) != 4 {
		t.Errorf("%d are in the conversation", len(ids))
	}
}
