package console_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"example.com/skala/shared/desk"
)

// TestWhoIsTheSamePersonIsSuggestedSaidAndTakenBack follows somebody who writes on
// three platforms.
func TestWhoIsTheSamePersonIsSuggestedSaidAndTakenBack(t *testing.T) {
	t.Parallel()
	h := open(t)
	no, few := false, int64(3)
	writes := func(platform desk.Platform, a desk.Author) desk.Ticket {
		ticket := h.hears(desk.Event{Platform: platform, Conversation: "c-" + string(platform) + a.ID, Visibility: desk.Public, Text: "I was charged twice", Author: a})
		h.claim("demo-senior", ticket.ID)
		return ticket
	}
	x := writes("x", desk.Author{ID: "1", Name: "Malee Sukjai", Handle: "@malee_s", HasPicture: &no, Following: &few})
	insta := writes("instagram", desk.Author{ID: "2", Handle: "Malee_S"})
	face := writes("facebook", desk.Author{ID: "3", Name: "malee  sukjai"})
	stranger := writes("youtube", desk.Author{ID: "4", Name: "Somebody Else", Handle: "@someone"})
	again := h.hears(desk.Event{Platform: "x", Conversation: "another post", Visibility: desk.Public, Text: "still nothing", Author: x.Author})

	author := "/api/v1/tickets/" + string(x.ID) + "/author"
	whom := func(v map[string]any, list string) (all []string) {
		for _, i := range v[list].([]any) {
			i := i.(map[string]any)
			all = append(all, strings.TrimSpace(fmt.Sprint(i["platform"], " ", i["evidence"], " ", i["is"])))
		}
		return all
	}
	is := func(v map[string]any, said, suggested string, tickets int) {
		t.Helper()
		if got := fmt.Sprint(whom(v, "identities"), whom(v, "suggested")); got != said+" "+suggested || len(v["tickets"].([]any)) != tickets {
			t.Errorf("%s with %d tickets, want %s %s with %d", got, len(v["tickets"].([]any)), said, suggested, tickets)
		}
	}
	got := h.api("viewer", "GET", author, nil).json(t)
	is(got, "[]", "[instagram [handle] facebook [name]]", 2)
	if got := fmt.Sprint(got["hints"], got["enough"]); !strings.HasPrefix(got, "[map[hint:no_picture says:no picture] map[hint:follows_few says:follows 3]]") {
		t.Errorf("the hints are %s", got)
	}
	if seen := got["seen"].(map[string]any); seen["tickets"] != 2.0 || seen["week"] != 2.0 || seen["messages"] != 2.0 || seen["more"] != false {
		t.Errorf("seen %v", seen)
	}

	b := h.browser()
	looks := func(of desk.TicketID, wants ...string) {
		t.Helper()
		page := b.get("/tickets/" + string(of) + "/author")
		for _, want := range wants {
			if page.code != 200 || !strings.Contains(page.body, want) {
				t.Errorf("the page does not say %q: %d %s", want, page.code, page.body)
			}
		}
	}
	b.signIn("demo-senior", "/tickets/"+string(x.ID))
	looks(x.ID, "the same handle", "the same name", "May be the same person", "Nobody has said so of anyone yet.", "2 tickets", "follows 3")

	looks(insta.ID, "Malee Sukjai", "@malee_s")

	say := func(who string, of desk.TicketID, body map[string]any) answer {
		t.Helper()
		return h.api(who, "POST", "/api/v1/tickets/"+string(of)+"/identity", body)
	}
	same := map[string]any{"platform": "instagram", "id": "2", "is": "same", "why": "she told us"}
	if got := say("viewer", x.ID, same); got.code != 403 {
		t.Errorf("a viewer says who is whom: %d", got.code)
	}
	is(say("demo-senior", x.ID, same).json(t), "[instagram [handle] same]", "[facebook [name]]", 3)
	is(say("demo-senior", x.ID, same).json(t), "[instagram [handle] same]", "[facebook [name]]", 3)                                          // sent twice
	is(say("demo-senior", insta.ID, map[string]any{"ticket": face.ID, "is": "same"}).json(t), "[facebook [] same x [handle] same]", "[]", 4) // and by her
	is(h.api("viewer", "GET", author, nil).json(t), "[facebook [] same instagram [handle] same]", "[]", 4)                                   // by way of that
	looks(x.ID, "By way of", "Instagram · Malee_S")
	is(say("demo-lead", x.ID, map[string]any{"platform": "facebook", "id": "3", "is": "other"}).json(t), "[instagram [handle] same facebook [name] other]", "[]", 3) // whoever says so of her knows
	looks(x.ID, "the same person", "somebody else", "she told us", "demo-senior")
	for _, wrong := range []map[string]any{
		{"platform": "instagram", "id": "2", "is": "cousin"}, {"platform": "instagram", "id": "nobody", "is": "same"}, {"is": "same"},
		{"platform": "x", "id": "1", "is": "same"}, {"ticket": "nonsense", "is": "same"}, {"ticket": again.ID, "is": "same"},
		{"platform": "instagram", "id": "2", "is": "same", "why": strings.Repeat("a", 201)}, {"platform": "instagram", "id": "2", "is": "same", "more": 1},
	} {
		if got := say("demo-lead", x.ID, wrong); got.code != 400 && got.code != 422 {
			t.Errorf("%v: %d %s", wrong, got.code, got.body)
		}
	}
	is(say("demo-senior", insta.ID, map[string]any{"platform": "x", "id": "1", "is": ""}).json(t), "[facebook [] same]", "[x [handle]]", 2)
	is(h.api("viewer", "GET", author, nil).json(t), "[facebook [name] other]", "[instagram [handle]]", 2)
	is(h.api("viewer", "GET", "/api/v1/tickets/"+string(stranger.ID)+"/author", nil).json(t), "[]", "[]", 1)

	if lines := h.api("auditor", "GET", "/api/v1/audit?kind=identity&target=x:1", nil).json(t)["items"].([]any); len(lines) != 2 {
		t.Errorf("the audit log has %v", lines)
	}

	page := b.get("/tickets/" + string(x.ID)).body
	for _, want := range []string{"2 tickets", "Signs of a troll", "follows 3", `href="/tickets/` + string(x.ID) + `/author"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the ticket does not say %q", want)
		}
	}
	path := "/tickets/" + string(x.ID)
	if got := b.post(path+"/identity", url.Values{"platform": {"instagram"}, "id": {"2"}, "is": {"same"}}); got.code != 200 || !strings.Contains(got.body, "Sam Senior") || !strings.Contains(got.body, string(insta.ID)) {
		t.Errorf("said by a form: %d %s", got.code, got.body)
	}
	if got := b.post(path+"/identity", url.Values{"ticket": {"<nonsense>"}, "is": {"same"}, "why": {"<b>"}}); got.code != 422 || !strings.Contains(got.body, "&lt;nonsense&gt;") || !strings.Contains(got.body, "there is no such ticket") {
		t.Errorf("refused: %d %s", got.code, got.body)
	}
}

// TestANameThatManyGoByIsNoEvidence has half a dozen of one name, and one whose
// platform keeps who they are.
func TestANameThatManyGoByIsNoEvidence(t *testing.T) {
	t.Parallel()
	h := open(t)
	var first desk.Ticket
	for n := range 7 {
		ticket := h.hears(desk.Event{Platform: "facebook", Conversation: fmt.Sprint("c", n), Text: "I was charged twice", Author: desk.Author{ID: fmt.Sprint("f", n), Name: "Malee Sukjai"}})
		h.claim("demo-senior", ticket.ID)
		if n == 0 {
			first = ticket
		}
	}
	if got := h.api("viewer", "GET", "/api/v1/tickets/"+string(first.ID)+"/author", nil).json(t)["suggested"].([]any); len(got) != 0 {
		t.Errorf("suggested are %v", got)
	}
	unknown := h.hears(desk.Event{Platform: "viber", Conversation: "c9", Text: "charged twice"})
	b := h.browser()
	b.signIn("demo-senior", "/tickets/"+string(unknown.ID))
	if page := b.get("/tickets/" + string(unknown.ID) + "/author").body; !strings.Contains(page, "The platform does not tell who wrote this.") {
		t.Errorf("the page of nobody: %s", page)
	}
	many := desk.Author{ID: "f9", Name: "Malee Sukjai", Handle: "malee_s", HasPicture: new(bool), Followers: new(int64), Following: new(int64)}
	var last desk.Ticket
	for n := range 22 {
		last = h.hears(desk.Event{Platform: "facebook", Conversation: fmt.Sprint("d", n), Text: "I was charged twice", Author: many})
	}
	if page := b.get("/tickets/" + string(last.ID) + "/author").body; !strings.Contains(page, "more than 20 tickets") || !strings.Contains(page, "Enough for the policy") {
		t.Errorf("the page of somebody who writes a lot: %s", page)
	}
	got := h.api("demo-senior", "GET", "/api/v1/tickets/"+string(unknown.ID)+"/author", nil)
	if v := got.json(t); got.code != 200 || len(v["tickets"].([]any)) != 0 {
		t.Errorf("of nobody: %d %s", got.code, got.body)
	}
	if got := h.api("demo-senior", "POST", "/api/v1/tickets/"+string(unknown.ID)+"/identity", map[string]any{"ticket": first.ID, "is": "same"}); got.code != 422 && got.code != 400 {
		t.Errorf("nobody is somebody: %d %s", got.code, got.body)
	}
}
