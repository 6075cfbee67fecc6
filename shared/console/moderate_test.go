package console_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/skala/shared/console"
	"example.com/skala/shared/desk"
)

// able lets a test say what may be said and done.
func able(can func(o desk.Origin, last desk.Answered) desk.Capability) func(*console.Config) {
	return func(c *console.Config) { c.Capability = can }
}

// public is a platform whose comments can be answered both ways and moderated.
func public(_ desk.Origin, last desk.Answered) desk.Capability {
	week := last.At.Add(7 * 24 * time.Hour)
	return desk.Capability{Channels: []desk.ReplyWay{desk.PublicReply, desk.PrivateReply}, PrivateReplyUntil: &week, PrivateReplyOnce: true,
		MaxLength: desk.Length{Value: 8000, Unit: "characters"}, Moderation: desk.ModerationActions}
}

// comments has a customer say something for all to read.
func (h *house) comments(author, words string) desk.Ticket {
	h.t.Helper()
	return h.hears(desk.Event{Visibility: desk.Public, Author: desk.Author{ID: author, Name: "Customer " + author}, Text: words, Conversation: "post-1"})
}

// answersModeration writes down what a platform answered to what was asked of it.
func (h *house) answersModeration(id desk.TicketID, key, refusal string) {
	h.t.Helper()
	t := h.ticket(id)
	what := desk.ModeratedNow
	if refusal != "" {
		what = desk.ModerateFail
	}
	h.after(time.Second)
	h.commit(t, desk.Entry{Version: t.Version + 1, What: what, At: h.Now(), Target: key, Why: refusal}, func(*desk.Change) {})
}

func (h *house) moderates(who string, id desk.TicketID, body map[string]any, headers ...string) answer {
	h.t.Helper()
	return h.api(who, "POST", "/api/v1/tickets/"+string(id)+"/moderate", body, headers...)
}

func TestAMessageIsModeratedWithAReasonAndTheOutcomeOnTheTimeline(t *testing.T) {
	t.Parallel()
	h := open(t, able(public))
	ticket := h.comments("troll", "spiteful words")
	h.comments("troll", "more of them")
	told := h.queues.count("outbound")
	got := h.moderates("demo-senior", ticket.ID, map[string]any{"action": "hide", "why": "  insults others "})
	act, _ := got.json(t)["moderation"].(map[string]any)
	if got.code != 200 || act["state"] != "queued" || act["action"] != "hide" || act["who"] != "demo-senior" || act["why"] != "insults others" {
		t.Fatalf("%d %s", got.code, got.body)
	}
	if h.queues.count("outbound") != told+1 || len(h.ticket(ticket.ID).Outbox) != 1 {
		t.Error("the courier was not told")
	}
	path := "/api/v1/tickets/" + string(ticket.ID)
	messages := func() (first, last map[string]any) {
		m := h.api("viewer", "GET", path, nil).json(t)["messages"].([]any)
		if len(m) != 2 {
			t.Fatalf("%d messages: what was asked for is none", len(m))
		}
		return m[0].(map[string]any), m[1].(map[string]any)
	}
	first, last := messages()
	if acts, _ := last["moderation"].([]any); len(acts) != 1 || acts[0].(map[string]any)["state"] != "queued" || last["hidden"] != nil || first["moderation"] != nil {
		t.Errorf("asked for: %v", last)
	}
	h.answersModeration(ticket.ID, act["key"].(string), "")
	if _, last = messages(); last["hidden"] != true || last["text"] != "more of them" {
		t.Errorf("done: %v", last)
	}
	refused := h.moderates("demo-lead", ticket.ID, map[string]any{"action": "delete", "message": first["id"], "why": "again"}, "Idempotency-Key", "d1")
	if refused.code != 200 {
		t.Fatalf("%d %s", refused.code, refused.body)
	}
	h.answersModeration(ticket.ID, "d1", "auth: no permission for that")
	if first, _ = messages(); first["removed"] != nil || !strings.Contains(fmt.Sprint(first["moderation"]), "no permission for that") {
		t.Errorf("refused: %v", first)
	}
	var lines []string
	for _, line := range h.api("viewer", "GET", path, nil).json(t)["timeline"].([]any) {
		l := line.(map[string]any)
		lines = append(lines, fmt.Sprint(l["what"], " by ", l["who"], ": ", l["why"]))
	}
	for _, want := range []string{"moderated by demo-senior: insults others", "moderation done by platform: ", "moderated by demo-lead: again", "moderation refused by platform: auth: no permission for that"} {
		if !strings.Contains(strings.Join(lines, "\n"), want) {
			t.Errorf("the timeline does not say %q:\n%s", want, strings.Join(lines, "\n"))
		}
	}
}

func TestWhoMayModerateAndWhat(t *testing.T) {
	t.Parallel()
	h := open(t, able(public))
	senior := h.comments("troll", "ถูกตัดเงินสองครั้ง") // tier 3
	tests := []struct {
		who, action string
		want        int
	}{
		{"demo-agent", "hide", 403}, {"viewer", "hide", 403}, {"auditor", "hide", 403},
		{"demo-senior", "hide", 200}, {"demo-senior", "unhide", 200}, {"demo-senior", "unblock", 200},
		{"demo-senior", "delete", 403}, {"demo-senior", "block", 403},
		{"demo-lead", "delete", 200}, {"demo-lead", "block", 200}, {"demo-admin", "delete", 200}, {"demo-admin", "hide", 200},
		{"demo-lead", "burn", 422}, {"demo-lead", "", 422},
	}
	for _, tt := range tests {
		if got := h.moderates(tt.who, senior.ID, map[string]any{"action": tt.action, "why": "spite"}); got.code != tt.want {
			t.Errorf("%s by %s: %d %s", tt.action, tt.who, got.code, got.body)
		}
	}
	h.api("demo-lead", "POST", "/api/v1/tickets/"+string(senior.ID)+"/escalate", map[string]any{"tier": 4})
	if got := h.moderates("demo-senior", senior.ID, map[string]any{"action": "hide", "why": "spite"}); got.code != 403 {
		t.Errorf("a senior moderates in a tier that is not theirs: %d %s", got.code, got.body)
	}
}

func TestWhatCannotBeModeratedIsRefused(t *testing.T) {
	t.Parallel()
	h := open(t, able(func(o desk.Origin, last desk.Answered) desk.Capability {
		can := public(o, last)
		can.Moderation = []desk.ModerationAction{desk.HideMessage}
		if o.Visibility != desk.Public {
			can.Moderation = nil
		}
		return can
	}))
	ticket, direct := h.comments("troll", "spiteful words"), h.says("somchai", charged)
	token := h.claim("demo-lead", ticket.ID)
	h.api("demo-lead", "POST", "/api/v1/tickets/"+string(ticket.ID)+"/reply", map[string]any{"text": "please", "token": token}, "Idempotency-Key", "r1")
	tests := []struct {
		name   string
		ticket desk.TicketID
		body   map[string]any
		says   string
	}{
		{"an action that the platform has not", ticket.ID, map[string]any{"action": "block", "why": "spite"}, "does not let us"},
		{"a direct message", direct.ID, map[string]any{"action": "hide", "why": "spite"}, "does not let us"},
		{"no reason", ticket.ID, map[string]any{"action": "hide"}, "why is missing"},
		{"a reason of nothing", ticket.ID, map[string]any{"action": "hide", "why": " \n"}, "why is missing"},
		{"a message that is not there", ticket.ID, map[string]any{"action": "hide", "message": "m-9", "why": "spite"}, `no message "m-9"`},
		{"our own reply", ticket.ID, map[string]any{"action": "hide", "message": "r1", "why": "spite"}, "not one of a customer's"},
	}
	for _, tt := range tests {
		if got := h.moderates("demo-lead", tt.ticket, tt.body); got.code != 422 || !strings.Contains(got.json(t)["detail"].(string), tt.says) {
			t.Errorf("%s: %d %s", tt.name, got.code, got.body)
		}
	}
	if got := h.moderates("demo-lead", ticket.ID, map[string]any{"action": 7, "why": "spite"}); got.code != 400 {
		t.Errorf("an action that is no word: %d %s", got.code, got.body)
	}
	if outbox := h.ticket(ticket.ID).Outbox; len(outbox) != 1 {
		t.Errorf("something went out: %v", outbox)
	}
}

func TestTheSameModerationTwiceIsOneWhileItIsOnItsWay(t *testing.T) {
	t.Parallel()
	h := open(t, able(public))
	ticket := h.comments("troll", "spiteful words")
	hide := map[string]any{"action": "hide", "why": "spite"}
	answers := make([]answer, 6)
	var wait sync.WaitGroup
	for i := range answers {
		wait.Go(func() { answers[i] = h.moderates([]string{"demo-lead", "demo-admin"}[i%2], ticket.ID, hide) })
	}
	wait.Wait()
	keys := map[any]int{}
	for _, a := range answers {
		if a.code != 200 {
			t.Fatalf("%d %s", a.code, a.body)
		}
		keys[at(a.json(t), "moderation", "key")]++
	}
	if outbox := h.ticket(ticket.ID).Outbox; len(keys) != 1 || len(outbox) != 1 {
		t.Fatalf("%d acts, outbox %v", len(keys), outbox)
	}
	if other := h.moderates("demo-lead", ticket.ID, map[string]any{"action": "delete", "why": "spite"}); other.code != 200 || len(h.ticket(ticket.ID).Outbox) != 2 {
		t.Errorf("another action is another act: %d %s", other.code, other.body)
	}
	for key := range keys {
		h.answersModeration(ticket.ID, key.(string), "")
	}
	if again := h.moderates("demo-lead", ticket.ID, hide); again.code != 200 || keys[at(again.json(t), "moderation", "key")] != 0 {
		t.Errorf("once it is done it is another act: %d %s", again.code, again.body)
	}
}

func TestAModerationOfTheSameKeyIsOneForGood(t *testing.T) {
	t.Parallel()
	h := open(t, able(public))
	ticket := h.comments("troll", "spiteful words")
	hide := map[string]any{"action": "hide", "why": "spite"}
	first := h.moderates("demo-lead", ticket.ID, hide, "Idempotency-Key", "k")
	h.answersModeration(ticket.ID, "k", "")
	second := h.moderates("demo-lead", ticket.ID, hide, "Idempotency-Key", "k")
	if first.code != 200 || second.code != 200 || at(second.json(t), "moderation", "state") != "done" || len(h.ticket(ticket.ID).Outbox) != 0 {
		t.Errorf("%d %s\n%d %s", first.code, first.body, second.code, second.body)
	}
	for name, got := range map[string]answer{
		"another action": h.moderates("demo-lead", ticket.ID, map[string]any{"action": "delete", "why": "spite"}, "Idempotency-Key", "k"),
		"another person": h.moderates("demo-admin", ticket.ID, hide, "Idempotency-Key", "k"),
	} {
		if got.code != 422 {
			t.Errorf("%s under the key: %d %s", name, got.code, got.body)
		}
	}
	token := h.claim("demo-lead", ticket.ID)
	path := "/api/v1/tickets/" + string(ticket.ID)
	if got := h.api("demo-lead", "POST", path+"/reply", map[string]any{"text": "hello", "token": token}, "Idempotency-Key", "k"); got.code != 422 {
		t.Errorf("a reply under the key: %d %s", got.code, got.body)
	}
	h.api("demo-lead", "POST", path+"/note", map[string]any{"text": "a note"}, "Idempotency-Key", "n")
	if got := h.moderates("demo-lead", ticket.ID, hide, "Idempotency-Key", "n"); got.code != 422 {
		t.Errorf("an act under the key of a note: %d %s", got.code, got.body)
	}
}

func TestAPageModeratesInTwoStepsWithoutAScript(t *testing.T) {
	t.Parallel()
	h := open(t, able(public))
	ticket := h.comments("troll", "spiteful words")
	h.comments("troll", "something else")
	path := "/tickets/" + string(ticket.ID)
	b := h.browser()
	page := b.signIn("demo-senior", path)
	link := regexp.MustCompile(`href="([^"]+#moderate)"`).FindStringSubmatch(page.body)
	if link == nil || strings.Contains(page.body, `value="delete"`) || strings.Contains(page.body, `value="unhide"`) || !strings.Contains(page.body, `value="hide"`) {
		t.Fatalf("what a senior is offered:\n%s", page.body)
	}
	page = b.get(strings.TrimSuffix(strings.ReplaceAll(link[1], "&amp;", "&"), "#moderate"))
	form := fieldsOf(page.body, `id="moderate"`)
	if form.Get("message") == "" || !strings.Contains(page.body, `<details id="moderate" open>`) || !strings.Contains(page.body, "<q dir=\"auto\">spiteful words</q>") {
		t.Fatalf("the form is not about the first message:\n%s", page.body)
	}
	asked := url.Values{"message": form["message"], "key": {"k1"}, "action": {"hide"}, "why": {"insults <others>"}}
	if page = b.post(path+"/moderate", asked); page.code != 200 || !strings.Contains(page.body, "Hide this from everybody but its author?") || len(h.ticket(ticket.ID).Outbox) != 0 {
		t.Fatalf("not asked whether it is meant: %d, outbox %v\n%s", page.code, h.ticket(ticket.ID).Outbox, page.body)
	}
	sure := fieldsOf(page.body, `class="says sure"`)
	if sure.Get("sure") != "yes" || sure.Get("key") != "k1" || sure.Get("action") != "hide" || sure.Get("why") != "insults <others>" {
		t.Fatalf("the second step: %v", sure)
	}
	for range 2 { // pressed twice
		if page = b.post(path+"/moderate", sure); page.code != 200 || b.at.Path != path {
			t.Fatalf("%d at %s\n%s", page.code, b.at, page.body)
		}
	}
	if got := h.ticket(ticket.ID).Outbox; len(got) != 1 || got[0] != "k1" {
		t.Errorf("outbox %v", got)
	}
	h.answersModeration(ticket.ID, "k1", "")
	page = b.get(path)
	for _, want := range []string{"Hidden by the account: its author still sees it.", "Asked for: hiding it, by", "Hidden by the platform for us", "insults &lt;others&gt;"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	for name, form := range map[string]url.Values{
		"no reason":       {"message": form["message"], "key": {"k2"}, "action": {"hide"}},
		"nothing chosen":  {"message": form["message"], "key": {"k3"}, "why": {"spite"}},
		"no such message": {"message": {"m-9"}, "key": {"k4"}, "action": {"hide"}, "why": {"spite"}},
	} {
		if got := b.post(path+"/moderate", form); got.code != 422 || !strings.Contains(got.body, "Something is missing or wrong") {
			t.Errorf("%s: %d", name, got.code)
		}
	}
	if got := b.post(path+"/moderate", url.Values{"message": form["message"], "key": {"k5"}, "action": {"delete"}, "why": {"spite"}, "sure": {"yes"}}); got.code != 403 && !strings.Contains(got.body, "Your role does not include this") {
		t.Errorf("a senior deletes: %d", got.code)
	}
	if len(h.ticket(ticket.ID).Outbox) != 0 {
		t.Errorf("something else went out: %v", h.ticket(ticket.ID).Outbox)
	}
	if page := h.browser().signIn("demo-lead", path); !strings.Contains(page.body, `value="delete"`) || !strings.Contains(page.body, `value="block"`) {
		t.Error("a lead is not offered to delete and block")
	}
	if page := h.browser().signIn("demo-agent", path); strings.Contains(page.body, "moderate") {
		t.Error("an agent is offered what they may not do")
	}
}

func TestWherePlatformsDoNotModerateNothingIsOffered(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.says("somchai", charged)
	if page := h.browser().signIn("demo-admin", "/tickets/"+string(ticket.ID)); strings.Contains(page.body, "moderate") {
		t.Errorf("an admin is offered to moderate\n%s", page.body)
	}
}
