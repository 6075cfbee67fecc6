package console_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

// corrects has somebody judge a ticket by the API, on whatever version there is.
func (h *house) corrects(who string, id desk.TicketID, body map[string]any) answer {
	h.t.Helper()
	return h.api(who, "POST", "/api/v1/tickets/"+string(id)+"/correct", body, "If-Match", "*")
}

// shown is a ticket as the API shows it.
func (h *house) shown(id desk.TicketID) map[string]any {
	h.t.Helper()
	got := h.api("viewer", "GET", "/api/v1/tickets/"+string(id), nil)
	if got.code != 200 {
		h.t.Fatal(got.code, got.body)
	}
	return got.json(h.t)
}

func lastOf(v map[string]any, list string) map[string]any {
	all := v[list].([]any)
	return all[len(all)-1].(map[string]any)
}

func TestACorrectionInOneClickRoutesAndTeaches(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.says("somchai", "where do I see what I paid?")
	h.after(2 * time.Minute)
	if got := h.corrects("demo-agent", ticket.ID, map[string]any{"category": "billing", "reason": "charged twice, as she told us"}); got.code != 200 {
		t.Fatal(got.code, got.body)
	}
	v := h.shown(ticket.ID)
	if v["category"] != "billing" || v["severity"] != "critical" || v["tier"] != 3.0 || v["corrected"] != true || v["review"] != false {
		t.Errorf("it became %v, %v, tier %v", v["category"], v["severity"], v["tier"])
	}
	if h.queues.count("tier 3") != 1 {
		t.Errorf("told were %v", h.queues.told)
	}
	last := lastOf(v, "timeline")
	before, after := last["before"].(map[string]any), last["after"].(map[string]any)
	if last["what"] != "corrected" || last["who"] != "demo-agent" || last["about"] != ticket.VerdictOn || before["category"] != "howto" || before["confidence"] != 0.8 || after["category"] != "billing" || after["confidence"] != 1.0 {
		t.Errorf("the log says %v", last)
	}
	for _, clock := range v["clocks"].([]any) {
		clock := clock.(map[string]any)
		if want := ticket.Created.Add(15 * time.Minute).Format(time.RFC3339); clock["metric"] == "first_response" && (clock["target"] != "15m" || clock["deadline"] != want) {
			t.Errorf("what was used is lost: %v, want %s", clock, want)
		}
	}
	rows := h.examples("demo-lead", "")
	if len(rows) != 1 {
		t.Fatalf("%d examples", len(rows))
	}
	e := rows[0]
	if e["id"] != string(ticket.ID)+"/"+ticket.VerdictOn || e["text"] != "where do I see what I paid?" || e["category"] != "billing" || e["severity"] != "critical" || e["tier"] != 3.0 ||
		e["by"] != "demo-agent" || e["why"] != "charged twice, as she told us" || e["was"].(map[string]any)["category"] != "howto" || e["lang"] != "en" {
		t.Errorf("the example is %v", e)
	}
	if strings.Contains(h.logged.String(), "what I paid") || !strings.Contains(h.logged.String(), `"examples":1`) {
		t.Error("that examples were read is not in the log, or with the words")
	}
}

// examples reads all examples by the API, a page at a time.
func (h *house) examples(who, query string) (rows []map[string]any) {
	h.t.Helper()
	cursor := ""
	for range 50 {
		got := h.api(who, "GET", "/api/v1/examples?limit=2&"+query+"&cursor="+url.QueryEscape(cursor), nil)
		if got.code != 200 {
			h.t.Fatal(got.code, got.body)
		}
		v := got.json(h.t)
		for _, row := range v["items"].([]any) {
			rows = append(rows, row.(map[string]any))
		}
		if cursor = v["next"].(string); cursor == "" {
			return rows
		}
	}
	h.t.Fatal("the examples never end")
	return nil
}

func TestTheSameAgainConfirmsAndMovesNothing(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.says("somchai", charged+" "+unsure)
	h.api("demo-senior", "POST", "/api/v1/tickets/"+string(ticket.ID)+"/escalate", map[string]any{"tier": 4, "reason": "the bank"})
	for _, body := range []map[string]any{{}, {"category": "billing"}, {"category": "billing", "severity": "critical"}} {
		if got := h.corrects("demo-lead", ticket.ID, body); got.code != 200 {
			t.Fatal(got.code, got.body)
		}
	}
	if now := h.ticket(ticket.ID); now.Tier != desk.Vendor || now.Team != "care" || now.Category != desk.Billing || now.Review || !now.Corrected {
		t.Errorf("it became %s, tier %d, team %q, review %v", now.Category, now.Tier, now.Team, now.Review)
	}
	last := lastOf(h.shown(ticket.ID), "timeline")
	if last["what"] != "corrected" || last["before"].(map[string]any)["tier"] != last["after"].(map[string]any)["tier"] {
		t.Errorf("the log says %v", last)
	}
	page := h.browser().signIn("demo-lead", "/tickets/"+string(ticket.ID)).body
	if strings.Count(page, "Verdict confirmed by") != 3 || strings.Contains(page, "Right as it is") {
		t.Error("the page does not tell that it was confirmed, or asks again")
	}
	for _, row := range h.examples("demo-lead", "") {
		if row["tier"] != 3.0 {
			t.Errorf("where it was escalated to is taken for triage's: %v", row)
		}
	}
}

func TestWhatACorrectionDoesNotSayFollows(t *testing.T) {
	t.Parallel()
	h := open(t)
	tests := []struct {
		name       string
		escalated  int
		body       map[string]any
		want       string // category, severity, tier, disposition
		example    float64
		assignedTo string
	}{
		{name: "another category has its usual severity", body: map[string]any{"category": "conduct"}, want: "conduct high 3 answer", example: 3},
		{name: "a severity alone", body: map[string]any{"severity": "normal"}, want: "howto normal 2 answer", example: 2},
		{name: "a tier alone", body: map[string]any{"tier": 2}, want: "howto low 2 answer", example: 2},
		{name: "a severity that is said stands", body: map[string]any{"category": "billing", "severity": "low"}, want: "billing low 1 answer", example: 1},
		{name: "what was escalated stays there", escalated: 3, body: map[string]any{"category": "request"}, want: "request normal 3 answer", example: 2},
		{name: "unless the tier is said", escalated: 3, body: map[string]any{"category": "request", "tier": 2}, want: "request normal 2 answer", example: 2},
		{name: "spam needs no answer", body: map[string]any{"category": "spam"}, want: "spam low 0 none", example: 0},
		{name: "praise for which somebody is to thank", body: map[string]any{"category": "praise", "tier": 1}, want: "praise low 1 answer", example: 1},
		{name: "praise", body: map[string]any{"category": "praise"}, want: "praise low 0 none", example: 1},
	}
	for n, tt := range tests {
		ticket := h.says(fmt.Sprint("c", n), "where do I see what I paid?")
		if tt.escalated > 0 {
			if got := h.api("demo-lead", "POST", "/api/v1/tickets/"+string(ticket.ID)+"/escalate", map[string]any{"tier": tt.escalated}); got.code != 200 {
				t.Fatal(got.body)
			}
		}
		if got := h.corrects("demo-lead", ticket.ID, tt.body); got.code != 200 {
			t.Errorf("%s: %d %s", tt.name, got.code, got.body)
			continue
		}
		v := h.shown(ticket.ID)
		if got := fmt.Sprint(v["category"], " ", v["severity"], " ", v["tier"], " ", v["disposition"]); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
		if got := v["verdict"].(map[string]any)["tier"]; got != tt.example {
			t.Errorf("%s: the example says tier %v, want %v", tt.name, got, tt.example)
		}
	}
	ticket := h.says("bad", "where do I see what I paid?")
	for _, body := range []map[string]any{{"category": "weather"}, {"tier": 9}, {"sentiment": "blue"}, {"message": "none of hers"}} {
		if got := h.corrects("demo-lead", ticket.ID, body); got.code != 422 {
			t.Errorf("%v: %d %s", body, got.code, got.body)
		}
	}
}

func TestWhoCorrectsKeepsWhatTheyCanGoOnWith(t *testing.T) {
	t.Parallel()
	h := open(t)
	for n, tt := range []struct {
		who, want string
		state     desk.State
	}{{"demo-agent", "", desk.New}, {"demo-senior", "demo-senior", desk.Open}} {
		ticket := h.says(fmt.Sprint("c", n), "where do I see what I paid?")
		h.claim(tt.who, ticket.ID)
		if got := h.corrects(tt.who, ticket.ID, map[string]any{"category": "billing"}); got.code != 200 {
			t.Fatal(got.body)
		}
		if now := h.ticket(ticket.ID); now.Assignee != tt.want || now.State != tt.state || now.Tier != desk.Senior || (now.Lease.Token == "") != (tt.want == "") {
			t.Errorf("%s: %s, with %q, lease %v", tt.who, now.State, now.Assignee, now.Lease)
		}
	}
	if h.queues.count("tier 3") != 1 {
		t.Errorf("told were %v", h.queues.told)
	}
}

func TestAnotherMessageThanTheVerdictsCanBeJudged(t *testing.T) {
	t.Parallel()
	h := open(t)
	first := h.says("somchai", charged)
	second := h.says("somchai", "and when do you open?")
	if second.VerdictOn != first.VerdictOn {
		t.Fatal("the second message took over the verdict")
	}
	if got := h.corrects("demo-lead", second.ID, map[string]any{"message": second.PreviewOf, "category": "request"}); got.code != 200 {
		t.Fatal(got.body)
	}
	rows := h.examples("demo-admin", "since="+url.QueryEscape(morning.Format(time.RFC3339)))
	if len(rows) != 1 || rows[0]["text"] != "and when do you open?" || rows[0]["was"].(map[string]any)["category"] != "howto" || rows[0]["category"] != "request" {
		t.Errorf("examples %v", rows)
	}
	if now := h.ticket(first.ID); now.VerdictOn != second.PreviewOf || now.Category != desk.Request {
		t.Errorf("the verdict stands on %s: %s", now.VerdictOn, now.Category)
	}
}

func TestExamplesAreForLeadsAndGoWithTheirMessages(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.says("somchai", "where do I see what I paid?")
	silent := h.says("picture", "")
	for _, id := range []desk.TicketID{ticket.ID, silent.ID} {
		if got := h.corrects("demo-lead", id, map[string]any{"category": "billing"}); got.code != 200 {
			t.Fatal(got.body)
		}
	}
	for who, want := range map[string]int{"demo-lead": 200, "demo-admin": 200, "demo-senior": 403, "demo-agent": 403, "auditor": 403, "viewer": 403, "nobody": 403, "": 401} {
		if got := h.api(who, "GET", "/api/v1/examples", nil); got.code != want {
			t.Errorf("%q gets %d", who, got.code)
		}
	}
	if rows := h.examples("demo-lead", ""); len(rows) != 1 {
		t.Errorf("with a picture without words: %v", rows)
	}
	for _, query := range []string{"since=yesterday", "since=1999-01-01T00:00:00Z", "cursor=%25", "limit=0"} {
		if got := h.api("demo-lead", "GET", "/api/v1/examples?"+query, nil); got.code != 400 && got.code != 422 {
			t.Errorf("%s: %d", query, got.code)
		}
	}
	if rows := h.examples("demo-lead", "since="+url.QueryEscape(h.Now().Add(time.Second).Format(time.RFC3339))); len(rows) != 0 {
		t.Errorf("of before: %v", rows)
	}
	now := h.ticket(ticket.ID)
	h.after(time.Second)
	gone := desk.Event{Kind: desk.MessageDeleted, Key: "gone", Platform: "line", Account: "Udemo", Author: now.Author, Conversation: "somchai"}
	entry := desk.Entry{Version: now.Version + 1, What: desk.Deleted, At: h.Now(), Event: gone.Kind, Target: now.VerdictOn, Message: &desk.Message{Key: gone.Key}}
	h.commit(now, entry, func(c *desk.Change) {
		c.Thread, c.Event, c.Raw = gone.Thread(), &gone, desk.RawEvent{Body: []byte("{}")}
	})
	if rows := h.examples("demo-lead", ""); len(rows) != 0 {
		t.Errorf("after the message was deleted: %v", rows)
	}
}

func TestWhatTriageIsUnsureOfWaitsForOneClick(t *testing.T) {
	t.Parallel()
	h := open(t)
	sure := h.says("sure", "when do you open?")
	long := strings.Repeat("It is a long story. ", 40) + unsure
	var doubted []string
	for n, words := range []string{"it is " + unsure + " broken", long, unsure + " when do you open?"} {
		doubted = append(doubted, string(h.says(fmt.Sprint("d", n), words).ID))
	}
	h.says("d1", "please answer") // the last message is not what the verdict is about
	slices.Reverse(doubted)
	if got := h.listed("viewer", "review=true"); !slices.Equal(got, doubted) {
		t.Errorf("listed %v, want %v", got, doubted)
	}
	if got := h.listed("viewer", "review=false"); !slices.Equal(got, []string{string(sure.ID)}) {
		t.Errorf("not doubted %v", got)
	}
	if got := h.listed("viewer", "team=care&limit=2"); !slices.Equal(got, doubted) {
		t.Errorf("of the team: %v", got)
	}
	if got := h.api("viewer", "GET", "/api/v1/tickets?review=perhaps", nil); got.code != 400 {
		t.Errorf("review=perhaps: %d", got.code)
	}
	v := h.shown(desk.TicketID(doubted[0]))
	if v["team"] != "care" || v["review"] != true || v["verdict"].(map[string]any)["runner_up"] != "delivery" {
		t.Errorf("the API says %v, %v, %v", v["team"], v["review"], v["verdict"])
	}

	b := h.browser()
	page := b.signIn("demo-agent", "/review")
	for _, want := range []string{"No: Delivery", "Right as it is", long, "it is " + unsure + " broken", "Looked through the 4 newest"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the review does not show %q", want)
		}
	}
	form := fieldsOf(page.body, doubted[0]+"/correct")
	done := b.post("/tickets/"+doubted[0]+"/correct", form)
	if done.code != 200 || b.at.Path != "/review" || strings.Contains(done.body, doubted[0]) || !strings.Contains(done.body, doubted[1]) {
		t.Fatalf("%d at %s\n%s", done.code, b.at, done.body)
	}
	form = fieldsOf(done.body, doubted[1]+"/correct")
	other := maps.Clone(form)
	other.Set("category", "delivery")
	if done = b.post("/tickets/"+doubted[1]+"/correct", other); done.code != 200 || b.at.Path != "/review" {
		t.Fatalf("%d at %s\n%s", done.code, b.at, done.body)
	}
	if now := h.ticket(desk.TicketID(doubted[1])); now.Category != desk.Delivery || now.Severity != desk.Critical || now.Tier != desk.Senior || now.Review {
		t.Errorf("it became %s, %s, tier %d", now.Category, now.Severity, now.Tier)
	}
	// What somebody did not see is not decided on; they are shown it.
	form = fieldsOf(done.body, doubted[2]+"/correct")
	h.says("d0", "and it is urgent")
	if late := b.post("/tickets/"+doubted[2]+"/correct", form); late.code != 412 || !strings.Contains(late.body, "and it is urgent") {
		t.Errorf("%d\n%s", late.code, late.body)
	}
	form = fieldsOf(b.get("/review").body, doubted[2]+"/correct")
	form.Set("back", "https://elsewhere.example/review")
	if b.post("/tickets/"+doubted[2]+"/correct", form); b.at.Path != "/tickets/"+doubted[2] || b.at.Host == "elsewhere.example" {
		t.Errorf("it leads to %s", b.at)
	}
	if page := b.get("/review"); !strings.Contains(page.body, "Nothing waits for a second look") {
		t.Errorf("left is\n%s", page.body)
	}
	if got := h.browser().signIn("viewer", "/review"); got.code != 403 {
		t.Errorf("a viewer gets %d", got.code)
	}
}

func TestAWeightStandsByItsWordOnceAndTheyAddUp(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.says("somchai", charged)
	now := h.ticket(ticket.ID)
	v := now.Verdict
	words := strings.Index(charged, " ")
	v.Reasons = append(slices.Clone(v.Reasons),
		desk.Reason{Signal: "model.word", Start: 0, End: words, Text: charged[:words], Weight: 3},
		desk.Reason{Signal: "model.word", Start: 0, End: words, Text: charged[:words], Weight: -1},
		desk.Reason{Signal: "gone.by.an.edit", Start: 0, End: 3, Text: "xyz", Weight: 2},
		desk.Reason{Signal: "model.rest", Weight: -4}, desk.Reason{Signal: "model.prior", Weight: 1})
	sum := 0
	for _, r := range v.Reasons {
		sum += r.Weight
	}
	h.after(time.Second)
	now = h.commit(now, desk.Entry{Version: now.Version + 1, What: desk.Corrected, At: h.Now(), Who: "x", Verdict: &v, Target: now.VerdictOn}, func(*desk.Change) {})
	page := h.browser().signIn("demo-lead", "/tickets/"+string(ticket.ID)).body
	_, section, _ := strings.Cut(page, `id="verdict"`)
	section, _, _ = strings.Cut(section, "</section>")
	for _, want := range []string{"words that the weights know (2)", "the rest of the words, by the weights", "how often such messages come", fmt.Sprintf(`%+d</span> <span>all together`, sum), "-4", "gone.by.an.edit"} {
		if !strings.Contains(strings.ReplaceAll(section, "&#43;", "+"), want) {
			t.Errorf("the grounds do not say %q:\n%s", want, section)
		}
	}
	if strings.Count(page, `data-weight="&#43;2"`) != 1 {
		t.Error("two weights of one word are not one number, or what was never said is marked")
	}
}

func TestAMisspeltCorrectionDoesNotConfirm(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.says("somchai", charged+" "+unsure)
	for body, names := range map[string]string{
		`{"foo":1}`: "foo", `{"catgory":"billing"}`: "catgory", `{"Category":"spam"}`: "Category", `{"category":"billing","tiers":3}`: "tiers", `{"seen":1}`: "seen",
		`null`: "null", `[]`: "array", `{"category":null}`: "category", `{"category":""}`: "category", `{"severity":""}`: "severity", `{"tags":null}`: "tags",
		`{"tier":null}`: "tier", `{"team":null}`: "team", `{"message":""}`: "message",
	} {
		got := h.api("demo-lead", "POST", "/api/v1/tickets/"+string(ticket.ID)+"/correct", json.RawMessage(body), "If-Match", "*")
		if got.code != 400 || !strings.Contains(got.body, names) {
			t.Errorf("%s: %d %s", body, got.code, got.body)
		}
	}
	if now := h.ticket(ticket.ID); now.Corrected || !now.Review || len(h.examples("demo-lead", "")) != 0 {
		t.Error("one of them confirmed")
	}
	if got := h.api("demo-lead", "POST", "/api/v1/tickets/"+string(ticket.ID)+"/correct", nil, "If-Match", "*"); got.code != 200 || !h.ticket(ticket.ID).Corrected {
		t.Error("the empty body confirms no more:", got.code, got.body)
	}
	if got := h.corrects("demo-lead", ticket.ID, map[string]any{"team": "", "reason": "", "why": ""}); got.code != 200 {
		t.Error(got.code, got.body)
	}
	if got := h.corrects("demo-lead", ticket.ID, map[string]any{"category": "spam", "severity": "critical"}); got.code != 422 || !strings.Contains(got.body, "spam needs no answer") {
		t.Error("spam is critical:", got.code, got.body)
	}
}
