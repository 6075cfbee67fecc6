package console_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
)

// notices takes in what else a platform told about a ticket.
func (h *house) notices(id desk.TicketID, e desk.Entry, m desk.Message) {
	h.t.Helper()
	h.after(time.Second)
	t, now := h.ticket(id), h.Now()
	m.Key, m.Time, m.Received = fmt.Sprintf("e-%d", t.Version+1), now, now
	event := desk.Event{Kind: e.Event, Key: m.Key, Platform: t.Platform, Account: t.Account, Channel: t.Channel, Direction: desk.In, Visibility: t.Visibility,
		Author: m.Author, Conversation: t.Conversation, Of: t.Author.ID, Time: now, Target: e.Target}
	e.What, e.Version, e.At, e.Message = desk.Noticed, t.Version+1, now, &m
	h.commit(t, e, func(c *desk.Change) {
		c.Thread, c.Event, c.Raw = event.Thread(), &event, desk.RawEvent{Body: []byte("{}")}
	})
}

func TestWhatCameWithAMessageIsShownAsItself(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.hears(desk.Event{Visibility: desk.Private, Author: desk.Author{ID: "maria"}, Text: "look", Conversation: "maria", ID: "m1", Permalink: "https://platform.example/m1", Attachments: []desk.Attachment{
		{Type: "image", URL: "https://cdn.example/a.jpg?sig=1&x=2"},
		{Type: "sticker", Name: "smile, happy"},
		{Type: "audio", URL: "http://cdn.example/voice.ogg"},
		{Type: "file", URL: "javascript:alert(1)", Name: "<b>invoice</b>.pdf"},
		{Type: "location", Name: "Lumpini Park (13.7307, 100.5418)"},
		{Type: "contact", Name: "Nok, 02 123 4567"},
		{Type: "link", URL: "https://user@cdn.example/"},
		{Type: "teleport", URL: "ftp://cdn.example/"},
	}})
	h.hears(desk.Event{Visibility: desk.Private, Author: desk.Author{ID: "maria"}, Text: "about your story", Conversation: "maria", ID: "m2", Parent: "s1",
		Attachments: []desk.Attachment{{Type: "story", ID: "s1", URL: "https://cdn.example/story.mp4"}}})
	h.hears(desk.Event{Visibility: desk.Private, Author: desk.Author{ID: "maria"}, Text: "I mean this", Conversation: "maria", ID: "m3", Parent: "m1"})
	h.hears(desk.Event{Visibility: desk.Private, Author: desk.Author{ID: "maria"}, Text: "and that", Conversation: "maria", ID: "m4", Parent: "gone"})
	h.hears(desk.Event{Visibility: desk.Private, Author: desk.Author{ID: "maria"}, Conversation: "maria", ID: "m5", Unfetched: "auth: the token has expired", Standby: true})
	page := h.browser().signIn("viewer", "/tickets/"+string(ticket.ID))
	plain := regexp.MustCompile(`\s+`).ReplaceAllString(regexp.MustCompile(`<[^>]+>`).ReplaceAllString(page.body, " "), " ")
	for _, want := range []string{
		"Picture · Open ( cdn.example )", "Sticker smile, happy", "Recording", "File &lt;b&gt;invoice&lt;/b&gt;.pdf", "Place Lumpini Park (13.7307, 100.5418) · Show on a map",
		"Contact card Nok, 02 123 4567", "teleport", "Answers a story · Open ( cdn.example )", "Answers Customer …maria : look", "Answers something that is not here.",
		"This could not be fetched: auth: the token has expired", "said while another app answers", "See it on the platform",
	} {
		if !strings.Contains(plain, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if t.Failed() {
		t.Log(plain)
	}
	var addresses []string
	for _, a := range regexp.MustCompile(`<a [^>]*href="([^"/#][^"]*)"[^>]*>`).FindAllStringSubmatch(page.body, -1) {
		addresses = append(addresses, strings.ReplaceAll(a[1], "&amp;", "&"))
		for _, careful := range []string{`rel="noopener noreferrer nofollow"`, `referrerpolicy="no-referrer"`, `target="_blank"`} {
			if !strings.Contains(a[0], careful) {
				t.Errorf("%s goes without %s", a[0], careful)
			}
		}
	}
	want := []string{"https://cdn.example/a.jpg?sig=1&x=2", "https://www.openstreetmap.org/?mlat=13.7307&mlon=100.5418#map=17/13.7307/100.5418", "https://platform.example/m1", "https://cdn.example/story.mp4"}
	if diff := cmp.Diff(want, addresses); diff != "" {
		t.Errorf("where the page leads: %s", diff)
	}
	for _, bad := range []string{"javascript:", "ftp://", "http://cdn.example", "user@"} {
		if strings.Contains(page.body, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	if loaded := regexp.MustCompile(`(src|srcset|poster|data)="https?:`).FindString(page.body); loaded != "" {
		t.Errorf("the page loads something from elsewhere: %s", loaded)
	}
	quoted := regexp.MustCompile(`<p class="quote"><a href="#(m\d+)"`).FindStringSubmatch(page.body)
	if quoted == nil || !strings.Contains(page.body, `<li id="`+quoted[1]+`" class="said`) {
		t.Errorf("the quote leads to nothing: %v", quoted)
	}
}

func TestAQuoteLeadsToTheTicketBefore(t *testing.T) {
	t.Parallel()
	h := open(t)
	maria := desk.Event{Visibility: desk.Private, Author: desk.Author{ID: "maria", Name: "María"}, Text: "where is my order?", Conversation: "maria", ID: "m1"}
	first := h.hears(maria)
	h.api("demo-lead", "POST", "/api/v1/tickets/"+string(first.ID)+"/solve", nil, "If-Match", "*")
	closed := h.ticket(first.ID)
	h.after(40 * 24 * time.Hour)
	h.commit(closed, desk.Entry{Version: closed.Version + 1, What: desk.ClosedNow, At: h.Now()}, func(*desk.Change) {})
	maria.Text, maria.ID, maria.Parent = "this one, it came broken", "m2", "m1"
	second := h.hears(maria)
	maria.Text, maria.ID, maria.Parent = "and that one", "m3", "m0"
	h.hears(maria)
	page := h.browser().signIn("viewer", "/tickets/"+string(second.ID))
	if want := `<a href="/tickets/` + string(first.ID) + `#m1">`; second.ID == first.ID || !strings.Contains(page.body, want) || !strings.Contains(page.body, `<q dir="auto">where is my order?</q>`) {
		t.Errorf("the quote of ticket %s does not lead to %s:\n%s", second.ID, want, page.body)
	}
	if n := strings.Count(page.body, "Answers something that is not here."); n != 1 {
		t.Errorf("%d answer what is not here", n)
	}
}

func TestWhatBecameOfMessagesIsToldByPageAndAPI(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.hears(desk.Event{Visibility: desk.Private, Author: desk.Author{ID: "maria", Name: "María"}, Text: "charged twice", Conversation: "maria", ID: "m1"})
	h.answers("demo-senior", ticket.ID, map[string]any{"text": "we look into it"}, "r1")
	sent := func(e desk.Entry) {
		now := h.ticket(ticket.ID)
		h.after(time.Second)
		e.Version, e.At, e.Target = now.Version+1, h.Now(), "r1"
		h.commit(now, e, func(*desk.Change) {})
	}
	sent(desk.Entry{What: desk.Sending, Until: h.Now().Add(time.Minute)})
	sent(desk.Entry{What: desk.Sent, Message: &desk.Message{ID: "id-r1", Key: "r1"}})
	path := "/tickets/" + string(ticket.ID)
	delivery := func() any {
		for _, m := range h.api("viewer", "GET", "/api/v1"+path, nil).json(t)["messages"].([]any) {
			if at(m, "key") == "r1" {
				return at(m, "delivery")
			}
		}
		return nil
	}
	if got := delivery(); got != "accepted" {
		t.Errorf("sent: %v", got)
	}
	h.notices(ticket.ID, desk.Entry{Event: desk.Receipt, Delivery: desk.Delivered, Target: "id-r1"}, desk.Message{})
	if got := delivery(); got != "delivered" {
		t.Errorf("delivered: %v", got)
	}
	h.notices(ticket.ID, desk.Entry{Event: desk.Receipt, Delivery: desk.Read, Until: h.Now()}, desk.Message{})
	if got := delivery(); got != "read" {
		t.Errorf("read: %v", got)
	}
	h.notices(ticket.ID, desk.Entry{Event: desk.Reaction, Target: "id-r1"}, desk.Message{Text: "🙏", Author: ticket.Author})
	h.notices(ticket.ID, desk.Entry{Event: desk.Moderation, Moderation: desk.HideMessage, Target: "m1"}, desk.Message{})
	h.notices(ticket.ID, desk.Entry{Event: desk.Moderation, Moderation: desk.BlockAuthor}, desk.Message{})
	page := h.browser().signIn("viewer", path)
	for _, want := range []string{"Delivered to the customer", "Read by the customer", `<p class="delivery read">Read</p>`, `<bdi>🙏</bdi> <span class="kind"><bdi>María</bdi></span>`, "Reaction</span>",
		"Hidden by the account: its author still sees it.", "Hidden by the account</span>", "Blocked by the account", "Author blocked by the account"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	v := h.api("viewer", "GET", "/api/v1"+path, nil).json(t)
	var lines []string
	for _, line := range v["timeline"].([]any) {
		l := line.(map[string]any)
		if l["what"] == "noticed" {
			lines = append(lines, fmt.Sprintf("%v %v %v %v by %v", l["event"], l["delivery"], l["action"], l["about"], l["who"]))
		}
	}
	want := []string{"receipt delivered <nil> id-r1 by platform", "receipt read <nil> <nil> by platform", "reaction <nil> <nil> id-r1 by customer",
		"moderation <nil> hide m1 by elsewhere", "moderation <nil> block <nil> by elsewhere"}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
	if v["blocked"] != true {
		t.Error("a program is not told that the author is blocked")
	}
}

func TestWhatWentWrongAndWhatWasChangedStandsAtItsMessage(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.hears(desk.Event{Visibility: desk.Private, Author: desk.Author{ID: "maria", Name: "María"}, Text: "charged twice", Conversation: "maria", ID: "m1"})
	next := func(e desk.Entry) {
		now := h.ticket(ticket.ID)
		h.after(time.Second)
		e.Version, e.At = now.Version+1, h.Now()
		if e.Message != nil {
			e.Message.Time, e.Message.Received, e.Message.Visibility = e.At, e.At, desk.Private
		}
		h.commit(now, e, func(c *desk.Change) {
			if m := e.Message; m != nil {
				event := desk.Event{Kind: e.Event, Key: m.Key, ID: m.ID, Platform: "line", Account: "Udemo", Channel: "line", Direction: m.Direction, Visibility: m.Visibility,
					Author: m.Author, Conversation: "maria", Of: "maria", Text: m.Text, Time: m.Time, Target: "m1"}
				c.Thread, c.Event, c.Raw = event.Thread(), &event, desk.RawEvent{Body: []byte("{}")}
			}
		})
	}
	h.answers("demo-senior", ticket.ID, map[string]any{"text": "we look into it"}, "r1")
	next(desk.Entry{What: desk.SendDeferred, Target: "r1", Until: h.Now().Add(time.Minute), Why: "unavailable: the platform is busy"})
	b := h.browser()
	page := b.signIn("viewer", "/tickets/"+string(ticket.ID)).body
	if !strings.Contains(page, "Not sent yet, trying again: <bdi>unavailable: the platform is busy</bdi>") {
		t.Errorf("put off: %s", page)
	}
	next(desk.Entry{What: desk.SendFailed, Target: "r1", Why: "blocked: they take no messages"})
	log, err := h.store.Log(t.Context(), ticket.ID)
	if err != nil {
		t.Fatal(err)
	}
	next(desk.Entry{What: desk.Edited, Event: desk.MessageEdited, Target: log[0].Message.Key, Verdict: log[0].Verdict,
		Message: &desk.Message{Key: "e1", Direction: desk.In, Author: ticket.Author, Text: "charged twice, and again today"}})
	next(desk.Entry{What: desk.SentElsewhere, Event: desk.MessageCreated, Seen: -1, Message: &desk.Message{ID: "o1", Key: "o1", Direction: desk.OutElsewhere, Text: "please write to us"}})
	next(desk.Entry{What: desk.SentElsewhere, Event: desk.MessageCreated, Seen: -1, Message: &desk.Message{ID: "o2", Key: "o2", Direction: desk.OutElsewhere, Text: "did it help?", Author: desk.Author{Name: "Inbox"}}})
	page = b.get("/tickets/" + string(ticket.ID)).body
	for _, want := range []string{`<p class="delivery failed">Not delivered: <bdi>blocked: they take no messages</bdi></p>`, `<span class="kind">edited</span>`, "and again today", `<b><bdi>Answered elsewhere</bdi></b>`, `<b><bdi>Inbox</bdi></b> <span class="kind">Answered elsewhere</span>`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q: %s", want, page)
		}
	}
	if n := strings.Count(page, `<span class="kind">Answered elsewhere</span>`); n != 1 {
		t.Errorf("%d messages say twice that somebody answered elsewhere", n-1)
	}
}

func TestTheAuthorsCardSaysWhatThePlatformTold(t *testing.T) {
	t.Parallel()
	h := open(t)
	yes, many, few := true, int64(1234567), int64(7)
	since := time.Date(2019, 5, 1, 12, 0, 0, 0, time.UTC)
	known := h.hears(desk.Event{Visibility: desk.Public, Text: "charged twice", Conversation: "c1", Author: desk.Author{ID: "44", Name: "Νίκος", Handle: "@nikos", Followers: &many, Following: &few, Posts: &few,
		Verified: &yes, Created: &since, Bio: `sells <b>boats</b>`}})
	unknown := h.hears(desk.Event{Visibility: desk.Private, Text: "charged twice", Conversation: "c2", Author: desk.Author{ID: "45"}})
	b := h.browser()
	card := func(body string) string {
		_, card, _ := strings.Cut(body, `<dl class="facts-list">`)
		card, _, _ = strings.Cut(card, "Everything about them")
		words := regexp.MustCompile(`\s+`).ReplaceAllString(regexp.MustCompile(`<[^>]+>`).ReplaceAllString(card, " "), " ")
		return strings.TrimSpace(words)
	}
	want := "Name Νίκος Handle @nikos Verified yes Followers 1,234,567 Following 7 Posts 7 There since 1 May 2019 About them sells &lt;b&gt;boats&lt;/b&gt; Id 44 1 ticket · 1 in seven days · 1 message · since 3 Nov 2026"
	if got := card(b.signIn("viewer", "/tickets/"+string(known.ID)).body); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	want = "Id 45 not told: Name, Handle, Verified, Followers, Following, Posts, There since, About them 1 ticket · 1 in seven days · 1 message · since 3 Nov 2026"
	if got := card(b.get("/tickets/" + string(unknown.ID)).body); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
