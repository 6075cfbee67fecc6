package console_test

import (
	"html"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

var field = regexp.MustCompile(`<input[^>]*name="([a-z]+)"[^>]*value="([^"]*)"`)

// fields returns the hidden fields of the composer on a page.
func fields(page string) url.Values { return fieldsOf(page, `id="claim"`) }

// fieldsOf are the hidden fields of the first form behind a mark.
func fieldsOf(page, mark string) url.Values {
	form := url.Values{}
	_, composer, _ := strings.Cut(page, mark)
	composer, _, _ = strings.Cut(composer, "</form>")
	for _, m := range field.FindAllStringSubmatch(composer, -1) {
		form.Set(m[1], html.UnescapeString(m[2]))
	}
	return form
}

func TestAnAgentAnswersWithoutAScript(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.says("somchai", charged)
	b := h.browser()
	list := b.signIn("demo-senior", "/")
	if b.at.Path != "/tiers/3" || !strings.Contains(list.body, "/tickets/"+string(ticket.ID)) || !strings.Contains(list.body, "Take next") {
		t.Fatalf("at %s\n%s", b.at, list.body)
	}
	page := b.post("/tiers/3/next", nil)
	if page.code != 200 || b.at.Path != "/tickets/"+string(ticket.ID) || b.at.Query().Get("claim") == "" {
		t.Fatalf("%d at %s\n%s", page.code, b.at, page.body)
	}
	form := fields(page.body)
	form.Set("text", "กำลังตรวจสอบค่ะ")
	sent := b.post("/tickets/"+string(ticket.ID)+"/reply", form)
	if sent.code != 200 || !strings.Contains(sent.body, "กำลังตรวจสอบค่ะ") || !strings.Contains(sent.body, "On its way") || b.at.Query().Get("claim") != form.Get("token") {
		t.Fatalf("%d at %s\n%s", sent.code, b.at, sent.body)
	}
	// The same form again, by a reload: nothing new.
	b.post("/tickets/"+string(ticket.ID)+"/reply", form)
	if got := h.ticket(ticket.ID); len(got.Outbox) != 1 {
		t.Errorf("outbox %v", got.Outbox)
	}
	// And with other words, by the back button: refused, and kept.
	form.Set("text", "other <words>")
	other := b.post("/tickets/"+string(ticket.ID)+"/reply", form)
	if other.code != 422 || !strings.Contains(other.body, "other &lt;words&gt;</textarea>") || fields(other.body).Get("key") == form.Get("key") {
		t.Errorf("%d\n%s", other.code, other.body)
	}
	if none := b.post("/tiers/3/next", nil); none.code != 200 || !strings.Contains(none.body, "Nothing waits for you") {
		t.Errorf("%d %s", none.code, none.body)
	}
}

func TestAReplyOfALostClaimIsRefusedAndKept(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.says("somchai", charged)
	path := "/tickets/" + string(ticket.ID)
	b := h.browser()
	b.signIn("demo-senior", path)
	form := fields(b.post(path+"/claim", nil).body)
	if got := h.api("demo-lead", "POST", "/api/v1"+path+"/take-over", nil); got.code != 200 {
		t.Fatal(got.body)
	}
	form.Set("text", "a long answer\nof two lines")
	lost := b.post(path+"/reply", form)
	if lost.code != 409 || !strings.Contains(lost.body, "a long answer\nof two lines</textarea>") || !strings.Contains(lost.body, "Take over") {
		t.Fatalf("%d\n%s", lost.code, lost.body)
	}
	again := fields(lost.body)
	again.Set("text", "a long answer\nof two lines")
	mine := b.post(path+"/take-over", again)
	if mine.code != 200 || !strings.Contains(mine.body, "a long answer\nof two lines</textarea>") {
		t.Fatalf("%d\n%s", mine.code, mine.body)
	}
	last := fields(mine.body)
	last.Set("text", "a long answer\nof two lines")
	if sent := b.post(path+"/reply", last); sent.code != 200 || len(h.ticket(ticket.ID).Outbox) != 1 {
		t.Errorf("%d\n%s", sent.code, sent.body)
	}
}

func TestASessionThatEndsWhileSomebodyWritesKeepsWhatTheyWrote(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.says("somchai", charged)
	path := "/tickets/" + string(ticket.ID)
	b := h.browser()
	b.signIn("demo-senior", path)
	form := fields(b.post(path+"/claim", nil).body)
	h.after(13 * time.Hour)
	form.Set("text", "what I wrote\nsince this morning")
	late := b.post(path+"/reply", form)
	if late.code != 401 || !strings.Contains(late.body, "what I wrote\nsince this morning</textarea>") || !strings.Contains(late.body, `action="`+path+`/reply"`) ||
		!strings.Contains(late.body, `name="key" value="`+form.Get("key")+`"`) {
		t.Errorf("%d\n%s", late.code, late.body)
	}
	if got := b.get(path, "X-Requested-With", "desk.js"); got.code != 401 {
		t.Errorf("a page that asks for news: %d", got.code)
	}
	if len(h.ticket(ticket.ID).Outbox) != 0 {
		t.Error("it was sent")
	}
	b.get("/sign-in?return=/signed-out") // as the page leads beside it
	who := b.at.Query()
	who.Set("person", "demo-senior")
	if back := b.post(b.at.Scheme+"://"+b.at.Host+b.at.Path, who); !strings.Contains(back.body, "You are signed in") || !strings.Contains(back.body, "go back") {
		t.Errorf("signed in beside it: %d\n%s", back.code, back.body)
	}
	form = fieldsOf(late.body, `action="`+path+`/reply"`) // the claim is long over: what was written is there with the way to claim again
	form.Set("text", "what I wrote\nsince this morning")
	if again := b.post(path+"/reply", form); again.code != 409 || !strings.Contains(again.body, "what I wrote\nsince this morning</textarea>") || !strings.Contains(again.body, "Claim again") {
		t.Errorf("sent again: %d\n%s", again.code, again.body)
	}
}

func TestWordsOfCustomersAreWordsAndNothingElse(t *testing.T) {
	t.Parallel()
	h := open(t)
	evil := `<script>alert(1)</script> "><img src=x onerror=alert(2)> javascript:alert(3) {{.}} ` + "\u202e gnp.exe " + strings.Repeat("ก็", 50) + strings.Repeat("่", 400) + strings.Repeat("x", 3000)
	ticket := h.says(`"><b id=evil>`, evil)
	b := h.browser()
	for _, page := range []answer{b.signIn("demo-lead", "/all"), b.get("/tickets/" + string(ticket.ID)), b.get("/all?q=" + url.QueryEscape(`"><script>`))} {
		if page.code != 200 {
			t.Fatalf("%d %s", page.code, page.body)
		}
		for _, bad := range []string{"<script>alert", "<img src=x", `href="javascript:`, `<b id=evil>`, `"><script>`} {
			if strings.Contains(page.body, bad) {
				t.Errorf("the page holds %q", bad)
			}
		}
		csp := page.header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") || page.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("headers %v", page.header)
		}
		if regexp.MustCompile(`<script>|<style|<[a-z][^>]*\s(on[a-z]+|style)=`).MatchString(page.body) {
			t.Error("something is inline, which the policy of the page forbids")
		}
	}
	page := b.get("/tickets/" + string(ticket.ID))
	if !strings.Contains(page.body, `<p class="text" dir="auto" lang="en"><bdi>&lt;script&gt;`) {
		t.Errorf("the message is not told apart by direction:\n%s", page.body)
	}
	if strings.Contains(h.logged.String(), "gnp.exe") || strings.Contains(h.logged.String(), "Customer") {
		t.Error("a customer's words or name are logged")
	}
}

func TestTheDecidingWordsAreMarked(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.says("somchai", charged)
	b := h.browser()
	page := b.signIn("viewer", "/tickets/"+string(ticket.ID)).body
	marks := regexp.MustCompile(`<mark title="([^"]+)" data-weight="[^"]+">([^<]+)</mark>`).FindAllStringSubmatch(page, -1)
	if len(marks) == 0 {
		t.Fatalf("nothing is marked\n%s", page)
	}
	for _, m := range marks {
		if !strings.Contains(charged, m[2]) {
			t.Errorf("marked are words that nobody wrote: %q", m[2])
		}
	}
	_, text, _ := strings.Cut(page, `<p class="text" dir="auto" lang="en">`)
	text, _, _ = strings.Cut(text, "</p>")
	if plain := html.UnescapeString(regexp.MustCompile(`<[^>]+>`).ReplaceAllString(text, "")); plain != charged {
		t.Errorf("without its marks the text is %q", plain)
	}
	if strings.Contains(page, "/claim") {
		t.Error("a viewer is offered what they may not do")
	}
}

func TestACustomersTextTurnsNothingRoundThatFollows(t *testing.T) {
	t.Parallel()
	h := open(t)
	turned := "\u202eevil " + charged
	ticket := h.says("mal\u202eee", turned+" "+unsure)
	b := h.browser()
	for path, begins := range map[string]string{"/review": `<blockquote class="text" dir="auto"`, "/tickets/" + string(ticket.ID): `<p class="text" dir="auto" lang="en">`} {
		page := b.get(path)
		if strings.Contains(b.at.Path, "authorize") {
			page = b.signIn("demo-lead", path)
		}
		_, text, found := strings.Cut(page.body, begins)
		text, _, _ = strings.Cut(text, "</")
		if !found || !regexp.MustCompile("<bdi>\u202eevil [^<]*$").MatchString(text) {
			t.Errorf("%s: it turns round what follows: %q", path, text)
		}
		for _, name := range regexp.MustCompile("<[^<>]*>[^<>]*mal\u202eee").FindAllString(page.body, -1) {
			if !strings.HasPrefix(name, "<bdi>") && !strings.HasPrefix(name, "<title>") {
				t.Errorf("%s: the name stands open in %q", path, name)
			}
		}
	}
	if sheet := b.get("/static/desk.css").body; !strings.Contains(sheet, "mark { unicode-bidi: isolate;") {
		t.Error("what is marked is not set apart")
	}
}

func TestAPageThatAsksForNewsIsToldWhenThereIsNone(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.says("somchai", charged)
	b := h.browser()
	for _, path := range []string{"/tickets/" + string(ticket.ID), "/tiers/3", "/all", "/mine"} {
		page := b.get(path)
		if strings.Contains(b.at.Path, "authorize") {
			page = b.signIn("demo-senior", path)
		}
		tag := page.header.Get("ETag")
		if same := b.get(path, "If-None-Match", tag); tag == "" || same.code != 304 || same.body != "" {
			t.Errorf("%s: tag %q, then %d", path, tag, same.code)
		}
	}
	tag := b.get("/tickets/" + string(ticket.ID)).header.Get("ETag")
	h.says("somchai", "ฮัลโหล")
	if news := b.get("/tickets/"+string(ticket.ID), "If-None-Match", tag); news.code != 200 || !strings.Contains(news.body, "ฮัลโหล") {
		t.Errorf("with news: %d", news.code)
	}
}

func TestEveryFormOfATicketDoesWhatItSays(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.says("somchai", charged)
	path := "/tickets/" + string(ticket.ID)
	b := h.browser()
	b.signIn("demo-lead", path)
	seen := func() string { return fields(b.get(path).body).Get("seen") }
	steps := []struct {
		verb string
		form url.Values
		want func(desk.Ticket) bool
	}{
		{"hand-back", url.Values{"tier": {"1"}, "advice": {"ask which card"}}, func(t desk.Ticket) bool { return t.Tier == 1 }},
		{"escalate", url.Values{"tier": {"2"}, "why": {"money"}}, func(t desk.Ticket) bool { return t.Tier == 2 }},
		{"tags", url.Values{"tags": {"security, legal"}}, func(t desk.Ticket) bool { return strings.Join(t.Tags, " ") == "legal security" }},
		{"correct", url.Values{"category": {"delivery"}, "severity": {"low"}, "tier": {"1"}, "seen": {"now"}}, func(t desk.Ticket) bool { return t.Category == desk.Delivery && t.Severity == desk.Low }},
		{"assign", url.Values{"assignee": {"demo-agent"}, "seen": {"now"}}, func(t desk.Ticket) bool { return t.Assignee == "demo-agent" }},
		{"note", url.Values{"text": {"a note"}, "key": {"n1"}}, func(t desk.Ticket) bool { return t.State == desk.Open }},
		{"hold", url.Values{"hours": {"4"}}, func(t desk.Ticket) bool { return t.State == desk.OnHold && t.DueBack.Equal(h.Now().Add(4*time.Hour)) }},
		{"solve", url.Values{"seen": {"now"}}, func(t desk.Ticket) bool { return t.State == desk.Solved }},
		{"reopen", nil, func(t desk.Ticket) bool { return t.State == desk.Open }},
	}
	for _, step := range steps {
		if step.form.Get("seen") != "" {
			step.form.Set("seen", seen())
		}
		if got := b.post(path+"/"+step.verb, step.form); got.code != 200 || !step.want(h.ticket(ticket.ID)) {
			t.Errorf("%s: %d, ticket %+v\n%s", step.verb, got.code, h.ticket(ticket.ID), got.body)
		}
	}
	if got := b.post(path+"/hand-back", url.Values{"tier": {"0"}, "advice": {" "}}); got.code != 422 || !strings.Contains(got.body, "advice is missing") {
		t.Errorf("no advice: %d\n%s", got.code, got.body)
	}
	if got := b.post(path+"/solve", nil); got.code != 428 {
		t.Errorf("solved unseen: %d", got.code)
	}
}

func TestAFormThatIsRefusedIsOpenWithWhatWasTyped(t *testing.T) {
	t.Parallel()
	h := staffed(t)
	ticket := h.says("somchai", charged)
	path := "/tickets/" + string(ticket.ID)
	b := h.browser()
	b.signIn("demo-lead", path)
	typed := "as they asked for it"
	for verb, form := range map[string]url.Values{
		"escalate": {"tier": {"9"}, "why": {typed}},
		"hold":     {"hours": {"many"}, "why": {typed}},
		"snooze":   {"hours": {"many"}, "why": {typed}},
		"swarm":    {"who": {typed}},
		"assign":   {"assignee": {typed}},
		"link":     {"ticket": {typed}},
		"tags":     {"tags": {typed + ", " + strings.Repeat("x", 500)}},
		"correct":  {"category": {"delivery"}, "severity": {"high"}, "tier": {"1"}, "team": {"care"}, "sentiment": {"none of ours"}, "why": {typed}, "seen": {"1"}},
		"note":     {"text": {typed}},
	} {
		got := b.post(path+"/"+verb, form)
		_, open, _ := strings.Cut(got.body, ` open><summary>`)
		open, _, _ = strings.Cut(open, "</details>")
		if got.code < 400 || got.code >= 500 || !strings.Contains(open, path+"/"+verb) || !strings.Contains(open, typed) || !strings.Contains(got.body, `role="alert"`) {
			t.Errorf("%s: %d, open: %s", verb, got.code, open)
		}
	}
	if after := h.ticket(ticket.ID); after.Version != ticket.Version {
		t.Errorf("something was done all the same: %+v", after)
	}
}

func TestADeletedMessageLeavesNoWords(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.says("somchai", "please call me at my secret number, I was charged twice")
	log, err := h.store.Log(t.Context(), ticket.ID)
	if err != nil {
		t.Fatal(err)
	}
	h.after(time.Second)
	e := desk.Event{Kind: desk.MessageDeleted, Key: "del-1", Platform: "line", Account: "Udemo", Channel: "line", Direction: desk.In, Visibility: desk.Private,
		Author: ticket.Author, Conversation: "somchai", Target: log[0].Message.ID, Time: h.Now()}
	before := h.ticket(ticket.ID)
	h.commit(before, desk.Entry{Version: before.Version + 1, What: desk.Deleted, At: h.Now(), Event: e.Kind, Target: log[0].Message.Key,
		Message: &desk.Message{Key: e.Key, Direction: desk.In, Visibility: desk.Private, Author: e.Author, Account: e.Account, Time: e.Time, Received: e.Time}},
		func(c *desk.Change) { c.Thread, c.Event, c.Raw = e.Thread(), &e, desk.RawEvent{Body: []byte("{}")} })
	got := h.api("viewer", "GET", "/api/v1/tickets/"+string(ticket.ID), nil)
	m := got.json(t)["messages"].([]any)
	if len(m) != 1 || m[0].(map[string]any)["text"] != "" || m[0].(map[string]any)["deleted"] != true || strings.Contains(got.body, "secret") {
		t.Errorf("%s", got.body)
	}
	b := h.browser()
	if page := b.signIn("viewer", "/tickets/"+string(ticket.ID)); strings.Contains(page.body, "secret") || !strings.Contains(page.body, "Deleted by its author") {
		t.Errorf("%s", page.body)
	}
}

func TestASignOfLifeKeepsAClaimAndALostOneSaysSo(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.says("somchai", charged)
	path := "/tickets/" + string(ticket.ID)
	b := h.browser()
	b.signIn("demo-senior", path)
	form := fields(b.post(path+"/claim", nil).body)
	until := h.ticket(ticket.ID).Lease.Until
	h.after(time.Minute)
	if got := b.post(path+"/extend", url.Values{"token": {form.Get("token")}}); got.code != 204 || !h.ticket(ticket.ID).Lease.Until.Equal(until.Add(time.Minute)) {
		t.Errorf("%d, until %v after %v", got.code, h.ticket(ticket.ID).Lease.Until, until)
	}
	h.after(h.policy.Plan.Lease())
	if got := b.post(path+"/extend", url.Values{"token": {form.Get("token")}}); got.code != 409 {
		t.Errorf("a claim that is over: %d", got.code)
	}
	if page := b.get(path + "?claim=" + form.Get("token")); !strings.Contains(page.body, "Your claim has ended") || !strings.Contains(page.body, "Claim again") {
		t.Errorf("the page does not say so\n%s", page.body)
	}
	// And somebody else's token in the address makes nobody its holder.
	if page := h.browser(); !strings.Contains(page.signIn("demo-lead", path+"?claim="+form.Get("token")).body, "Your claim has ended") {
		t.Error("a link with a token hands the claim on")
	}
}

// What somebody can call themselves and write, whatever it does to a page that takes
// it as it comes.
func TestALongNameAndPiledUpMarksMakeNoLongPage(t *testing.T) {
	t.Parallel()
	h := open(t)
	e := desk.Event{Visibility: desk.Public, Author: desk.Author{ID: "loud", Name: strings.Repeat("🤬", 5000), Handle: "\u202e" + strings.Repeat("x", 5000)}, Text: charged + strings.Repeat("\u0e49", 10_000), Conversation: "loud",
		Permalink: "javascript:alert(1)", Attachments: []desk.Attachment{{Type: "image", URL: "javascript:alert(2)"}, {Type: "file", URL: "data:text/html,<script>alert(3)</script>"}}}
	ticket := h.hears(e)
	b := h.browser()
	for _, page := range []struct {
		path string
		most int
	}{{"/tiers/3", 20_000}, {"/all", 20_000}, {"/tickets/" + string(ticket.ID), 150_000}} {
		got := b.get(page.path)
		if strings.Contains(b.at.Path, "authorize") {
			got = b.signIn("demo-lead", page.path)
		}
		t.Logf("%s: %d bytes", page.path, len(got.body))
		if got.code != 200 || len(got.body) > page.most {
			t.Errorf("%s: %d with %d bytes", page.path, got.code, len(got.body))
		}
		if regexp.MustCompile(`(?i)(href|src|action)="\s*(javascript|data):`).MatchString(got.body) {
			t.Errorf("%s leads to a script", page.path)
		}
	}
}
