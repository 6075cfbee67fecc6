package console_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/console"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/ledger"
)

// bounded is a house with a ticket of the brand demo, whose lead and senior see those
// of another alone. The admin sees all.
func bounded(t *testing.T, change ...func(*console.Config)) (*house, desk.Ticket) {
	h := open(t, change...)
	h.put("teams/care", map[string]any{"name": "Care"})
	h.put("people/demo-admin", map[string]any{"name": "Ari", "roles": []string{"admin"}})
	for id, role := range map[string]string{"demo-lead": "lead", "demo-senior": "senior"} {
		h.put("people/"+id, map[string]any{"name": id, "roles": []string{role}, "teams": []string{"care"}, "brands": []string{"another"}})
	}
	ticket := h.says("somchai", charged+" "+unsure)
	h.after(11 * time.Second) // until every reading of the directory has them
	return h, ticket
}

func TestATicketOfAnotherBrandIsNotThereWhateverIsAskedOfIt(t *testing.T) {
	t.Parallel()
	h, ticket := bounded(t)
	b := h.browser()
	b.signIn("demo-lead", "/all")
	asked := 0
	for _, pattern := range console.Routes() {
		method, path, _ := strings.Cut(pattern, " ")
		if !strings.Contains(path, "/tickets/{id}") {
			continue
		}
		asked++
		path = regexp.MustCompile(`\{[a-z]+\}`).ReplaceAllString(strings.Replace(path, "{id}", string(ticket.ID), 1), "1")
		var got answer
		switch {
		case strings.HasPrefix(path, "/api/"):
			got = h.api("demo-lead", method, path, nil)
		case method == http.MethodGet:
			got = b.get(path)
		default:
			got = b.post(path, nil)
		}
		if got.code != 404 || strings.Contains(got.body, unsure) || strings.Contains(got.body, "somchai") {
			t.Errorf("%s: %d\n%s", pattern, got.code, got.body)
		}
	}
	if asked < 40 {
		t.Errorf("%d routes name a ticket: those that there are do not say so any more", asked)
	}
	if now := h.ticket(ticket.ID); now.Version != ticket.Version {
		t.Errorf("the ticket moved on to version %d", now.Version)
	}
	if got := h.api("demo-admin", "GET", "/api/v1/tickets/"+string(ticket.ID), nil); got.code != 200 {
		t.Errorf("who sees every brand: %d", got.code)
	}
}

func TestNoListAndNoCountHasTicketsOfAnotherBrand(t *testing.T) {
	t.Parallel()
	h, ticket := bounded(t)
	h.api("demo-admin", "POST", "/api/v1/tickets/"+string(ticket.ID)+"/assign", map[string]any{"assignee": "demo-admin"}, "If-Match", "*")
	queries := []string{"", "order=deadline", "brand=demo", "brand=demo&order=deadline", "author=somchai", "assignee=demo-admin", "review=true", "state=open", "q=somchai", "q=perhaps", "in=words&q=perhaps", "q=" + string(ticket.ID), "tier=3&order=deadline&due=24h"}
	b, all := h.browser(), h.browser()
	b.signIn("demo-lead", "/all")
	all.signIn("demo-admin", "/all") // what they are shown and counted is nobody else's
	for _, query := range queries {
		path := "/api/v1/tickets?" + query
		if got := h.api("demo-admin", "GET", path, nil); !strings.Contains(got.body, `"`+string(ticket.ID)+`"`) && !strings.Contains(query, "due=") {
			t.Errorf("who sees every brand does not get it by %q", query)
		}
		if got := h.api("demo-lead", "GET", path, nil); got.code != 200 || strings.Contains(got.body, string(ticket.ID)) {
			t.Errorf("%s: %d %s", path, got.code, got.body)
		}
	}
	for _, path := range []string{"/", "/all", "/all?q=somchai", "/tickets", "/tickets?brand=demo", "/tiers/3", "/tiers/3?state=open", "/mine", "/review", "/nowhere"} {
		if all.get(path); strings.Contains(path, "/tiers") {
			all.get(path, "If-None-Match", "x")
		}
		for _, headers := range [][]string{nil, {"If-None-Match", "x", "X-Requested-With", "desk.js"}} { // a poll goes by what was read lately
			got := b.get(path, headers...)
			if strings.Contains(got.body, string(ticket.ID)) {
				t.Errorf("%s %v shows it", path, headers)
			}
			if _, count, _ := strings.Cut(got.body, `<a href="/tiers/3"`); !strings.Contains(strings.SplitN(count, "</a>", 2)[0], "</span>0</span>") {
				t.Errorf("%s %v counts it: %.200s", path, headers, count)
			}
		}
	}
	corrected := map[string]any{"category": "billing", "severity": "high"}
	if got := h.api("demo-admin", "POST", "/api/v1/tickets/"+string(ticket.ID)+"/correct", corrected, "If-Match", "*"); got.code != 200 {
		t.Fatal(got.body)
	}
	for who, want := range map[string]bool{"demo-admin": true, "demo-lead": false} {
		if got := h.api(who, "GET", "/api/v1/examples", nil); got.code != 200 || strings.Contains(got.body, unsure) != want {
			t.Errorf("%s is told what was corrected: %d %s", who, got.code, got.body)
		}
	}
	for _, path := range []string{"/quarantine", "/dead-letters"} { // bodies of any brand
		if got := b.get(path); got.code != 403 {
			t.Errorf("%s: %d", path, got.code)
		}
	}
}

func TestNobodyIsGivenATicketOfABrandThatTheyDoNotSee(t *testing.T) {
	t.Parallel()
	h, ticket := bounded(t)
	if err := h.queues.Nudge(t.Context(), desk.Senior, desk.Nudge{Ticket: ticket.ID, Version: 1}); err != nil {
		t.Fatal(err)
	}
	if got := h.api("demo-senior", "POST", "/api/v1/tiers/3/next", nil); got.code != 204 {
		t.Errorf("the next one: %d %s", got.code, got.body)
	}
	if left := len(h.queues.tiers[desk.Senior]); left != 1 {
		t.Errorf("%d nudges are left for others, want 1", left)
	}
	path := "/api/v1/tickets/" + string(ticket.ID)
	for action, body := range map[string]map[string]any{"assign": {"assignee": "demo-senior"}, "swarm": {"who": []string{"demo-lead"}}, "hand-back": {"tier": 1, "advice": "ask", "assignee": "demo-senior"}} {
		if got := h.api("demo-admin", "POST", path+"/"+action, body, "If-Match", "*"); got.code != 422 || !strings.Contains(got.body, "brand") {
			t.Errorf("%s: %d %s", action, got.code, got.body)
		}
	}
}

func TestATicketOfAnotherBrandIsNoneToMergeLinkOrLikenWith(t *testing.T) {
	t.Parallel()
	h, foreign := bounded(t)
	own := h.hears(desk.Event{Account: otherAccount, Visibility: desk.Private, Author: desk.Author{ID: "malee"}, Text: charged, Conversation: "malee"})
	path := "/api/v1/tickets/" + string(own.ID)
	if got := h.api("demo-lead", "GET", path, nil); got.code != 200 {
		t.Fatalf("their own: %d %s", got.code, got.body)
	}
	if got := h.api("demo-lead", "GET", "/api/v1/tickets", nil); !strings.Contains(got.body, string(own.ID)) {
		t.Errorf("their list: %s", got.body)
	}
	for action, body := range map[string]map[string]any{
		"merge": {"into": foreign.ID}, "link": {"ticket": foreign.ID}, "identity": {"ticket": foreign.ID, "is": "same"},
	} {
		there := h.api("demo-lead", "POST", path+"/"+action, body, "If-Match", "*")
		for name, v := range body {
			if v == foreign.ID {
				body[name] = desk.NewTicketID("nobody", 1)
			}
		}
		nowhere := h.api("demo-lead", "POST", path+"/"+action, body, "If-Match", "*")
		plain := strings.NewReplacer(string(foreign.ID), "ID", string(desk.NewTicketID("nobody", 1)), "ID")
		if there.code != 422 || plain.Replace(there.body) != plain.Replace(nowhere.body) {
			t.Errorf("%s: %d %s\nbut of what is not there: %d %s", action, there.code, there.body, nowhere.code, nowhere.body)
		}
	}
}

func TestNothingTellsOfAccountsAndIdentitiesOfAnotherBrand(t *testing.T) {
	t.Parallel()
	h, foreign := bounded(t, func(c *console.Config) {
		hour := ledger.Hour(c.Now())
		c.Ledger = &books{closed: []desk.LedgerPage{{Hour: hour, Closed: true, Rows: []desk.LedgerRow{
			{Account: "700", Hour: hour, Accepted: 41}, {Account: otherAccount, Hour: hour, Accepted: 2}, {Account: "of no brand", Hour: hour, Accepted: 3},
		}}}}
		c.Accounts.Known = append(c.Accounts.Known, desk.Origin{Platform: "line", App: "other", Account: otherAccount, Brand: "another"})
	})
	own := h.hears(desk.Event{Account: otherAccount, Visibility: desk.Private, Author: desk.Author{ID: "malee"}, Text: charged, Conversation: "malee"})
	noi := h.hears(desk.Event{Account: otherAccount, Visibility: desk.Private, Author: desk.Author{ID: "noi-number"}, Text: charged, Conversation: "noi"})
	for _, other := range []desk.TicketID{foreign.ID, noi.ID} {
		if got := h.api("demo-admin", "POST", "/api/v1/tickets/"+string(own.ID)+"/identity", map[string]any{"ticket": other, "is": "same"}); got.code != 200 {
			t.Fatalf("the admin says who is whom: %d %s", got.code, got.body)
		}
	}
	b, all := h.browser(), h.browser()
	b.signIn("demo-lead", "/all")
	all.signIn("demo-admin", "/all")
	for _, of := range []struct{ path, theirs, foreign string }{
		{"/tickets/" + string(own.ID) + "/author", "noi-number", "somchai"},
		{"/accounts", otherAccount, "700"},
		{"/first-steps", otherAccount, "700"},
		{"/accounting", otherAccount, "700"},
		{"/accounting", "of no brand", ">41<"}, // the address of a stylesheet may have any digits
		{"/api/v1/tickets/" + string(own.ID) + "/author", "noi-number", "somchai"},
		{"/api/v1/accounts", otherAccount, `"700"`},
		{"/api/v1/accounting", otherAccount, `"700"`},
		{"/api/v1/accounting?account=700", `"items":[`, `"700"`},
	} {
		get := func(who string, b *browser) answer {
			if strings.HasPrefix(of.path, "/api/") {
				return h.api(who, "GET", of.path, nil)
			}
			return b.get(of.path)
		}
		if got := get("demo-admin", all); got.code != 200 || !strings.Contains(got.body, of.theirs) || !strings.Contains(got.body, of.foreign) {
			t.Errorf("%s: who sees every brand has not %s and %s: %d", of.path, of.theirs, of.foreign, got.code)
		}
		if got := get("demo-lead", b); got.code != 200 || !strings.Contains(got.body, of.theirs) || strings.Contains(got.body, of.foreign) {
			t.Errorf("%s: %d, with %s and without %s wanted: %s", of.path, got.code, of.theirs, of.foreign, got.body)
		}
	}
	for _, path := range []string{"/api/v1/accounts/resume", "/api/v1/accounts/try"} {
		there := h.api("demo-lead", "POST", path, desk.AccountKey{Platform: "telegram", App: "demo", ID: "700"})
		nowhere := h.api("demo-lead", "POST", path, desk.AccountKey{Platform: "telegram", App: "demo", ID: "701"})
		if there.code != nowhere.code || there.code/100 != 4 || there.body != nowhere.body {
			t.Errorf("%s: %d %s\nbut of what is not there: %d %s", path, there.code, there.body, nowhere.code, nowhere.body)
		}
	}
}
