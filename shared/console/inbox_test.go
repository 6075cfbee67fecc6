package console_test

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

// shown are the tickets on a page of a list, in its order.
var cover = regexp.MustCompile(`class="cover" href="/tickets/([^"]+)"`)

func shown(body string) (ids []string) {
	for _, found := range cover.FindAllStringSubmatch(body, -1) {
		ids = append(ids, found[1])
	}
	return ids
}

func TestTheAddressOfAListSaysWhatIsOnIt(t *testing.T) {
	t.Parallel()
	h := open(t)
	urgent := h.says("somchai", charged)
	asked := h.says("maria", "¿A qué hora abren el domingo?")
	thanks := h.says("bot", thumb)
	h.claim("demo-senior", urgent.ID)
	b := h.browser()
	b.signIn("demo-senior", "/tickets")
	all := map[desk.TicketID]string{urgent.ID: "urgent", asked.ID: "asked", thanks.ID: "thanks"}
	for _, tt := range []struct{ path, want string }{
		{"/tickets?assignee=none&state=new&state=open", "asked"},
		{"/tickets?assignee=me", "urgent"},
		{"/tickets?state=none", "thanks"},
		{"/tickets?tier=3&severity=critical&category=billing", "urgent"},
		{"/tickets?brand=demo&language=en&tier=1", "asked"},
		{"/tickets?brand=other", ""},
		{"/tickets?language=th", ""},
		{"/tickets?due=15m", "urgent"},
		{"/tickets?due=0s", ""},
		{"/tickets?q=somchai", "urgent"},
		{"/tickets?q=" + string(asked.ID), "asked"},
		{"/tickets?tier=&q=&state=open", "urgent"}, // as a form sends it
		{"/all?author=maria", "asked"},
		{"/tiers/3?state=open&category=billing", "urgent"},
		{"/tiers/3?state=open&category=fraud", ""},
		{"/mine", "urgent"},
		{"/mine?category=fraud", ""},
	} {
		got := b.get(tt.path)
		var names []string
		for _, id := range shown(got.body) {
			names = append(names, all[desk.TicketID(id)])
		}
		if got.code != 200 || strings.Join(names, " ") != tt.want {
			t.Errorf("%s: %d with %v, want %s", tt.path, got.code, names, tt.want)
		}
	}
	for path, want := range map[string]int{"/tickets?statee=new": 400, "/tickets?due=soon": 400, "/tiers/3?state=open&state=new": 404, "/tiers/3?tier=1": 404} {
		if got := b.get(path); got.code != want {
			t.Errorf("%s: %d, want %d", path, got.code, want)
		}
	}
}

func TestAFilterIsTakenAwayByItsChip(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.says("maria", "¿A qué hora abren el domingo?")
	b := h.browser()
	page := b.signIn("demo-senior", "/tickets?state=new&state=open&category=billing")
	if len(shown(page.body)) != 0 || !strings.Contains(page.body, "No ticket fits all of these filters") {
		t.Fatalf("an empty list does not say why: %s", page.body)
	}
	chip := `href="/tickets?` + html.EscapeString(url.Values{"state": {"new", "open"}}.Encode()) + `"><span class="unseen">Without </span><bdi>Category: Billing</bdi>`
	if !strings.Contains(page.body, chip) {
		t.Errorf("no chip leads to the list without it: %s", chip)
	}
}

func TestWhatStandsBesideAListIsCounted(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.says("somchai", charged)
	mine := h.says("nok", charged)
	h.says("maria", "when do you open?")
	h.says("nikos", "what does it cost, "+unsure+"?")
	h.claim("demo-senior", mine.ID)
	for verb, id := range map[string]desk.TicketID{"hold": h.says("bo", charged).ID, "snooze": h.says("al", charged).ID} {
		h.claim("demo-senior", id)
		if got := h.api("demo-senior", "POST", "/api/v1/tickets/"+string(id)+"/"+verb, map[string]any{"until": h.Now().Add(48 * time.Hour), "reason": "later"}); got.code != 200 {
			t.Fatalf("%s: %d %s", verb, got.code, got.body)
		}
	}
	b := h.browser()
	body := b.signIn("demo-senior", "/tickets").body
	for path, least := range map[string]int{
		"/tickets?assignee=none&state=new&state=open": 3, "/tickets?due=1h": 2, "/tickets?state=waiting": 1, "/tickets?state=on+hold": 1, "/mine": 3, "/review": 1,
	} {
		_, link, found := strings.Cut(body, `<a href="`+strings.ReplaceAll(html.EscapeString(path), "+", "&#43;")+`"`)
		link, _, _ = strings.Cut(link, "</a>")
		list := b.get(path).body
		rows := len(shown(list)) + strings.Count(list, `class="card doubt`)
		if !found || rows < least || !strings.Contains(link, fmt.Sprintf("</span>%d</span>", rows)) {
			t.Errorf("%s is %q, and has %d rows, want at least %d", path, link, rows, least)
		}
	}
}

// A list is gone through while tickets come, and go, before and behind the place where
// somebody is on it.
func TestPagesNeitherSkipNorDoubleWhileTheListMoves(t *testing.T) {
	t.Parallel()
	for _, query := range []string{"order=deadline&tier=3&state=new", "order=deadline&category=billing"} {
		h := open(t)
		var made []desk.Ticket
		for i := range 9 {
			made = append(made, h.says(fmt.Sprint("c", i), charged))
		}
		seen, cursor := map[string]int{}, ""
		for page := 0; ; page++ {
			got := h.api("viewer", "GET", "/api/v1/tickets?limit=2&"+query+"&cursor="+url.QueryEscape(cursor), nil).json(t)
			for _, item := range got["items"].([]any) {
				seen[item.(map[string]any)["id"].(string)]++
			}
			if cursor = got["next"].(string); cursor == "" || page > 20 {
				break
			}
			if page < 3 { // the last one shown goes, and another comes behind
				if code := h.api("demo-lead", "POST", "/api/v1/tickets/"+string(made[2*page+1].ID)+"/correct", map[string]any{"category": "praise", "tier": 1}, "If-Match", "*").code; code != 200 {
					t.Fatal(code)
				}
				h.says(fmt.Sprint("late", page), charged)
			}
		}
		for i, m := range made {
			if seen[string(m.ID)] != 1 {
				t.Errorf("%s: ticket %d came %d times", query, i, seen[string(m.ID)])
			}
		}
		if len(seen) != 12 {
			t.Errorf("%s: %d tickets", query, len(seen))
		}
	}
}

func TestASearchFindsWhatItNamesAndElseWords(t *testing.T) {
	t.Parallel()
	h := open(t)
	first := h.says("u-88213", charged)
	h.hears(desk.Event{Visibility: desk.Private, Author: desk.Author{ID: "u-88213"}, Text: "hello again", Conversation: "elsewhere"})
	other := h.says("maria", "is u-88213 your number?")
	named := h.hears(desk.Event{ID: "wamid.77", Visibility: desk.Private, Author: desk.Author{ID: "nikos"}, Text: "where is it made?", Conversation: "nikos"})
	h.says("nikos", "and what does it cost?")
	for q, want := range map[string]int{"u-88213": 2, string(first.ID): 1, "wamid.77": 1, "your number": 1} {
		if got := h.listed("viewer", "limit=1&q="+url.QueryEscape(q)); len(got) != want {
			t.Errorf("%s: %v, want %d", q, got, want)
		}
	}
	if got := h.listed("viewer", "in=words&q=u-88213"); !slices.Contains(got, string(other.ID)) {
		t.Errorf("in words: %v", got)
	}
	if got := h.listed("viewer", "q=wamid.77"); !slices.Equal(got, []string{string(named.ID)}) && len(got) != 1 {
		t.Errorf("by the id of a message: %v", got)
	}
	page := h.browser().signIn("viewer", "/all?q=u-88213")
	if len(shown(page.body)) != 2 || !strings.Contains(page.body, "in=words") {
		t.Errorf("the page does not lead to the words: %s", page.body)
	}
}

func TestAListOfManyIsSmall(t *testing.T) {
	t.Parallel()
	h := open(t)
	for i := range 60 {
		h.says(fmt.Sprint("customer-", i), charged+" "+strings.Repeat("x", 100))
	}
	h.after(time.Second)
	page := h.browser().signIn("demo-senior", "/tiers/3")
	t.Logf("%d tickets in %d bytes", len(shown(page.body)), len(page.body))
	if len(shown(page.body)) != 50 || len(page.body) >= 40_000 {
		t.Errorf("%d tickets in %d bytes", len(shown(page.body)), len(page.body))
	}
}
