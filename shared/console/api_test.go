package console_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
)

const charged = "สวัสดีค่ะ ถูกตัดเงินสองครั้ง รบกวนคืนเงินด้วยค่ะ"

func TestATicketIsShownWithAllThatWasSaidAndDone(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.says("somchai", charged)
	path := "/api/v1/tickets/" + string(ticket.ID)
	token := h.claim("demo-senior", ticket.ID)
	if got := h.api("demo-senior", "POST", path+"/reply", map[string]any{"text": "กำลังตรวจสอบค่ะ", "visibility": "private", "token": token}, "Idempotency-Key", "k1"); got.code != 200 {
		t.Fatalf("%d %s", got.code, got.body)
	}
	h.api("viewer", "POST", path+"/note", map[string]any{"text": "seen before"})
	got := h.api("viewer", "GET", path, nil)
	v := got.json(t)
	if got.code != 200 || got.header.Get("ETag") != `"4"` || v["version"] != 4.0 || v["state"] != "open" || v["tier"] != 3.0 || v["severity"] != "critical" || v["category"] != "billing" || v["assignee"] != "demo-senior" {
		t.Fatalf("%d %s", got.code, got.body)
	}
	messages := v["messages"].([]any)
	if len(messages) != 3 {
		t.Fatalf("%d messages", len(messages))
	}
	first, reply, note := messages[0].(map[string]any), messages[1].(map[string]any), messages[2].(map[string]any)
	if first["text"] != charged || first["direction"] != "in" || first["author"].(map[string]any)["id"] != "somchai" || first["account"] != "Udemo" || first["time"] != "2026-11-03T10:00:01Z" || first["attachments"] == nil {
		t.Errorf("the customer's message: %v", first)
	}
	if reply["delivery"] != "queued" || reply["direction"] != "out" || reply["key"] != "k1" || note["visibility"] != "note" {
		t.Errorf("reply %v, note %v", reply, note)
	}
	verdict := v["verdict"].(map[string]any)
	for _, r := range verdict["reasons"].([]any) {
		reason := r.(map[string]any)
		start, end := int(reason["start"].(float64)), int(reason["end"].(float64))
		if end > 0 && charged[start:end] != reason["text"] {
			t.Errorf("a reason quotes %q", reason["text"])
		}
	}
	var what []string
	for _, line := range v["timeline"].([]any) {
		l := line.(map[string]any)
		what = append(what, fmt.Sprint(l["what"], " by ", l["who"]))
	}
	if diff := cmp.Diff([]string{"received by customer", "claimed by demo-senior", "replied by demo-senior", "noted by viewer"}, what); diff != "" {
		t.Error(diff)
	}
	clock := v["clocks"].([]any)[0].(map[string]any)
	if clock["metric"] != "acknowledge" || clock["state"] != "met" || clock["cycle"] != 1.0 || clock["target"] == "" {
		t.Errorf("clock %v", clock)
	}
	if strings.Contains(got.body, token) {
		t.Error("the token of a claim is shown to others")
	}
	if again := h.api("viewer", "GET", path, nil, "If-None-Match", `"4"`); again.code != 304 || again.body != "" {
		t.Errorf("asked again: %d %s", again.code, again.body)
	}
	if h.queues.count("outbound") == 0 {
		t.Error("the courier was not told of the reply")
	}
}

func TestMessagesStandInTheOrderInWhichTheyWereSaid(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.says("somchai", "second")
	h.said("somchai", "third, by a clock that is ahead", -time.Hour)
	h.said("somchai", "first, but delivered late", time.Minute)
	token := h.claim("demo-senior", ticket.ID)
	path := "/api/v1/tickets/" + string(ticket.ID)
	messages := func() (texts []string, last string) {
		for _, m := range h.api("demo-senior", "GET", path, nil).json(t)["messages"].([]any) {
			texts, last = append(texts, m.(map[string]any)["text"].(string)), m.(map[string]any)["id"].(string)
		}
		return texts, last
	}
	_, last := messages()
	if got := h.api("demo-senior", "POST", path+"/reply", map[string]any{"text": "an answer to all", "token": token, "last_seen": last}, "Idempotency-Key", "k"); got.code != 200 {
		t.Fatalf("%d %s", got.code, got.body)
	}
	texts, _ := messages()
	if diff := cmp.Diff([]string{"first, but delivered late", "second", "third, by a clock that is ahead", "an answer to all"}, texts); diff != "" {
		t.Error(diff)
	}
	reply, err := h.store.Message(t.Context(), ticket.ID, "k")
	if err != nil || reply.Seen != 3 {
		t.Errorf("the reply answers what came up to version %d, %v; all three were on the page", reply.Seen, err)
	}
}

func TestAReplySentTwiceIsOneReply(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.says("somchai", charged)
	token := h.claim("demo-senior", ticket.ID)
	path := "/api/v1/tickets/" + string(ticket.ID) + "/reply"
	send := func(who, key, text string) answer {
		return h.api(who, "POST", path, map[string]any{"text": text, "visibility": "private", "token": token}, "Idempotency-Key", key)
	}
	first := send("demo-senior", "once", "hello")
	h.after(time.Hour) // the claim is long over by the time the lost answer is asked for again
	second := send("demo-senior", "once", "hello")
	if first.code != 200 || second.code != 200 || first.body != second.body {
		t.Errorf("%d %s\n%d %s", first.code, first.body, second.code, second.body)
	}
	if other := send("demo-senior", "once", "goodbye"); other.code != 422 {
		t.Errorf("another text under the key: %d %s", other.code, other.body)
	}
	if other := send("demo-lead", "once", "hello"); other.code != 422 {
		t.Errorf("another person with the key: %d %s", other.code, other.body)
	}
	if none := h.api("demo-senior", "POST", path, map[string]any{"text": "hello", "token": token}); none.code != 400 || none.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("no key: %d %s", none.code, none.body)
	}
	log, err := h.store.Log(t.Context(), ticket.ID)
	if err != nil {
		t.Fatal(err)
	}
	replies := 0
	for _, e := range log {
		if e.What == desk.Replied {
			replies++
		}
	}
	if replies != 1 || len(h.ticket(ticket.ID).Outbox) != 1 {
		t.Errorf("%d replies in the log, outbox %v", replies, h.ticket(ticket.ID).Outbox)
	}
}

func TestTheSameReplySentTwiceAtOnceIsOneReply(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.says("somchai", charged)
	token := h.claim("demo-senior", ticket.ID)
	answers := make([]answer, 8)
	var wait sync.WaitGroup
	for i := range answers {
		wait.Go(func() {
			answers[i] = h.api("demo-senior", "POST", "/api/v1/tickets/"+string(ticket.ID)+"/reply", map[string]any{"text": "hello", "token": token}, "Idempotency-Key", "once")
		})
	}
	wait.Wait()
	for _, a := range answers {
		if a.code != 200 {
			t.Errorf("%d %s", a.code, a.body)
		}
	}
	if got := h.ticket(ticket.ID); len(got.Outbox) != 1 || got.Messages != 2 {
		t.Errorf("outbox %v, %d messages", got.Outbox, got.Messages)
	}
}

func TestAReplyUnderAnOldClaimIsRefusedWithWhatChanged(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.says("somchai", charged)
	seen := h.ticket(ticket.ID).PreviewOf
	old := h.claim("demo-senior", ticket.ID)
	h.says("somchai", "ฮัลโหล มีใครอยู่ไหม")
	if got := h.api("demo-lead", "POST", "/api/v1/tickets/"+string(ticket.ID)+"/take-over", nil); got.code != 200 {
		t.Fatalf("%d %s", got.code, got.body)
	}
	for _, lastSeen := range []string{seen, ""} { // without it, what changed since the claim
		got := h.api("demo-senior", "POST", "/api/v1/tickets/"+string(ticket.ID)+"/reply",
			map[string]any{"text": "hello", "token": old, "last_seen": lastSeen}, "Idempotency-Key", "k"+lastSeen)
		if got.code != 409 {
			t.Fatalf("%d %s", got.code, got.body)
		}
		var what []string
		for _, c := range got.json(t)["changes"].([]any) {
			what = append(what, c.(map[string]any)["what"].(string))
		}
		want := []string{"received", "taken over"}
		if lastSeen != "" {
			want = []string{"claimed", "received", "taken over"}
		}
		if diff := cmp.Diff(want, what); diff != "" {
			t.Errorf("last seen %q: %s", lastSeen, diff)
		}
	}
	// The lead's own token in the senior's hands is worth nothing either.
	stolen := h.ticket(ticket.ID).Lease.Token
	if got := h.api("demo-senior", "POST", "/api/v1/tickets/"+string(ticket.ID)+"/reply", map[string]any{"text": "hello", "token": stolen}, "Idempotency-Key", "s"); got.code != 409 {
		t.Errorf("another's token: %d %s", got.code, got.body)
	}
}

func TestOfTwoAgentsWhoClaimAtOnceOneHasTheTicket(t *testing.T) {
	t.Parallel()
	h := open(t)
	for round := range 50 {
		ticket := h.says(fmt.Sprint("customer", round), "when do you open on sunday?")
		path := "/api/v1/tickets/" + string(ticket.ID) + "/claim"
		people := []string{"demo-agent", "second-agent"}
		if ticket.Tier > desk.General {
			people = []string{"demo-lead", "demo-admin"}
		}
		answers := make([]answer, len(people))
		var wait sync.WaitGroup
		for i, who := range people {
			wait.Go(func() { answers[i] = h.api(who, "POST", path, nil) })
		}
		wait.Wait()
		won := map[int]int{}
		for i, a := range answers {
			won[a.code]++
			if a.code == 200 && h.ticket(ticket.ID).Lease.Agent != people[i] {
				t.Errorf("round %d: %s was told it is theirs, it is %s's", round, people[i], h.ticket(ticket.ID).Lease.Agent)
			}
		}
		if won[200] != 1 || won[409] != 1 {
			t.Fatalf("round %d: %v", round, answers)
		}
	}
}

func TestAnUnseenChangeStopsWhatItWouldMatterTo(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.says("somchai", charged)
	path := "/api/v1/tickets/" + string(ticket.ID)
	tag := h.api("demo-lead", "GET", path, nil).header.Get("ETag")
	h.api("demo-lead", "POST", path+"/note", map[string]any{"text": "a note is no reason to stop"})
	if got := h.api("demo-lead", "POST", path+"/assign", map[string]any{"assignee": "demo-senior"}, "If-Match", tag); got.code != 200 {
		t.Fatalf("after a note: %d %s", got.code, got.body)
	}
	h.says("somchai", "ยกเลิกเลยค่ะ")
	tests := []struct {
		name, verb, match string
		body              map[string]any
		want              int
	}{
		{"solve without a version", "solve", "", nil, 428},
		{"correct without a version", "correct", "", map[string]any{"severity": "low"}, 428},
		{"assign without a version", "assign", "", map[string]any{"assignee": "x"}, 428},
		{"solve on what was not seen", "solve", tag, nil, 412},
		{"correct on what was not seen", "correct", tag, map[string]any{"severity": "low"}, 412},
		{"assign on what was not seen", "assign", tag, map[string]any{"assignee": "x"}, 412},
		{"escalate on what was not seen", "escalate", tag, nil, 412},
		{"hold on what was not seen", "hold", tag, nil, 412},
		{"solve on a version that never was", "solve", `"999"`, nil, 412},
		{"solve on what is no version", "solve", `"abc"`, nil, 400},
	}
	for _, tt := range tests {
		if got := h.api("demo-lead", "POST", path+"/"+tt.verb, tt.body, "If-Match", tt.match); got.code != tt.want {
			t.Errorf("%s: %d %s", tt.name, got.code, got.body)
		}
	}
	tag = h.api("demo-lead", "GET", path, nil).header.Get("ETag")
	if got := h.api("demo-lead", "POST", path+"/solve", nil, "If-Match", tag); got.code != 200 || got.json(t)["state"] != "solved" {
		t.Errorf("solve on what was seen: %d %s", got.code, got.body)
	}
}

func TestTheVerbsOfATicketsLife(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.says("somchai", charged)
	path := "/api/v1/tickets/" + string(ticket.ID)
	do := func(verb string, body map[string]any, headers ...string) map[string]any {
		t.Helper()
		got := h.api("demo-lead", "POST", path+"/"+verb, body, headers...)
		if got.code != 200 {
			t.Fatalf("%s: %d %s", verb, got.code, got.body)
		}
		return got.json(t)
	}
	token := do("claim", nil)["token"]
	h.after(time.Minute)
	if until := do("extend", map[string]any{"token": token})["expires"]; until == nil {
		t.Error("an extended claim has no end")
	}
	do("release", map[string]any{"token": token})
	if got := do("hand-back", map[string]any{"tier": 1, "advice": "ask which card"}); got["tier"] != 1.0 || got["state"] != "new" {
		t.Errorf("handed back: %v", got)
	}
	if got := do("escalate", map[string]any{"reason": "a refund is due"}); got["tier"] != 2.0 {
		t.Errorf("escalated: %v", got)
	}
	if got := do("tags", map[string]any{"add": []string{"legal", "security"}}); !strings.Contains(fmt.Sprint(got["tags"]), "legal") {
		t.Errorf("tagged: %v", got)
	}
	if got := do("correct", map[string]any{"category": "delivery", "severity": "normal"}, "If-Match", "*"); got["category"] != "delivery" || got["severity"] != "normal" {
		t.Errorf("corrected: %v", got)
	}
	if got := do("hold", map[string]any{"until": h.Now().Add(time.Hour), "reason": "with the courier"}); got["state"] != "on hold" {
		t.Errorf("held: %v", got)
	}
	if got := do("solve", nil, "If-Match", "*"); got["state"] != "solved" {
		t.Errorf("solved: %v", got)
	}
	if got := do("reopen", map[string]any{"reason": "too soon"}); got["state"] != "new" {
		t.Errorf("reopened: %v", got)
	}
	timeline := fmt.Sprint(h.api("demo-lead", "GET", path, nil).json(t)["timeline"])
	for _, why := range []string{"ask which card", "a refund is due", "with the courier", "too soon"} {
		if !strings.Contains(timeline, why) {
			t.Errorf("the timeline does not say %q", why)
		}
	}
	if got := h.api("demo-lead", "POST", path+"/reopen", nil); got.code != 409 {
		t.Errorf("reopening what is open: %d", got.code)
	}
	if got := h.api("demo-lead", "POST", path+"/hand-back", map[string]any{"tier": 0}); got.code != 422 || !strings.Contains(got.body, "advice is missing") {
		t.Errorf("no advice: %d %s", got.code, got.body)
	}
	for _, verb := range []string{"approve", "return"} {
		if got := h.api("demo-lead", "POST", path+"/"+verb, nil); got.code != 404 || got.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", verb, got.code, got.body)
		}
	}
	spam := h.says("bot", "👍")
	if spam.Disposition == desk.NeedsNone {
		if got := h.api("viewer", "POST", "/api/v1/tickets/"+string(spam.ID)+"/promote", nil); got.code != 200 || got.json(t)["disposition"] != "answer" {
			t.Errorf("promoted: %d %s", got.code, got.body)
		}
	} else {
		t.Errorf("a thumb needs an answer: %v", spam.Verdict)
	}
}

func TestTakeNextGivesTheMostUrgentThatNobodyHas(t *testing.T) {
	t.Parallel()
	h := open(t)
	later := h.says("later", charged)
	h.after(2 * time.Minute)
	h.says("spam", "👍")
	first := h.ticket(later.ID)
	second := h.says("second", charged)
	// The queue knows of the second, of one that is gone, and of one twice.
	for _, id := range []desk.TicketID{second.ID, second.ID, "gone.1", ""} {
		if err := h.queues.Nudge(t.Context(), desk.Senior, desk.Nudge{Ticket: id, Version: 1}); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for range 2 {
		a := h.api("demo-senior", "POST", "/api/v1/tiers/3/next", nil)
		if a.code != 200 {
			t.Fatalf("%d %s", a.code, a.body)
		}
		v := a.json(t)
		got = append(got, v["id"].(string))
		if h.ticket(desk.TicketID(v["id"].(string))).Lease.Token != v["token"] {
			t.Error("the token is not the lease's")
		}
	}
	if diff := cmp.Diff([]string{string(first.ID), string(second.ID)}, got); diff != "" {
		t.Error(diff)
	}
	if a := h.api("demo-senior", "POST", "/api/v1/tiers/3/next", nil); a.code != 204 || a.body != "" {
		t.Errorf("nothing left: %d %s", a.code, a.body)
	}
	if left := len(h.queues.tiers[3]); left != 0 {
		t.Errorf("%d nudges of claimed and gone tickets are left", left)
	}
	if a := h.api("demo-agent", "POST", "/api/v1/tiers/3/next", nil); a.code != 403 {
		t.Errorf("an agent takes from tier 3: %d", a.code)
	}
}

func TestTakeNextWorksWhileTheQueueDoesNot(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.says("somchai", charged)
	h.queues.broken = true
	if a := h.api("demo-senior", "POST", "/api/v1/tiers/3/next", nil); a.code != 200 {
		t.Errorf("%d %s", a.code, a.body)
	}
}

func TestManyWhoTakeNextAtOnceGetADifferentTicketEach(t *testing.T) {
	t.Parallel()
	h := open(t)
	const n = 6
	for i := range n {
		ticket := h.says(fmt.Sprint("customer", i), charged)
		if err := h.queues.Nudge(t.Context(), desk.Senior, desk.Nudge{Ticket: ticket.ID, Version: ticket.Version}); err != nil {
			t.Fatal(err)
		}
	}
	var mu sync.Mutex
	had := map[string]int{}
	var wait sync.WaitGroup
	for range n {
		wait.Go(func() {
			a := h.api("demo-senior", "POST", "/api/v1/tiers/3/next", nil)
			mu.Lock()
			defer mu.Unlock()
			if a.code == 200 {
				had[a.json(t)["id"].(string)]++
			} else if a.code != 204 {
				t.Errorf("%d %s", a.code, a.body)
			}
		})
	}
	wait.Wait()
	for id, times := range had {
		if times != 1 {
			t.Errorf("%s was given out %d times", id, times)
		}
	}
	for range n - len(had) { // whoever lost every race asks again
		if a := h.api("demo-senior", "POST", "/api/v1/tiers/3/next", nil); a.code == 200 {
			had[a.json(t)["id"].(string)]++
		}
	}
	if len(had) != n {
		t.Errorf("%d of %d tickets given out", len(had), n)
	}
}

func TestWhatIsWrongWithARequestIsSaidInItsOwnWords(t *testing.T) {
	t.Parallel()
	h := open(t)
	token, err := h.idp.Token(t.Context(), "demo-lead")
	if err != nil {
		t.Fatal(err)
	}
	ticket := h.says("c1", charged)
	for _, tt := range []struct{ method, path, body, want string }{
		{"POST", "/api/v1/tickets/" + string(ticket.ID) + "/note", `{"text":5}`, "text: number where a string is expected"},
		{"POST", "/api/v1/tickets/" + string(ticket.ID) + "/tags", `{"tags":"a"}`, "tags: string where a list is expected"},
		{"POST", "/api/v1/tickets/" + string(ticket.ID) + "/escalate", `{"tier":"a"}`, "tier: string where a whole number that fits is expected"},
		{"POST", "/api/v1/tickets/" + string(ticket.ID) + "/escalate", `{"tier":300}`, "tier: number 300 where a whole number that fits is expected"},
		{"POST", "/api/v1/tickets/" + string(ticket.ID) + "/note", `["text"]`, "body: array where an object is expected"},
		{"POST", "/api/v1/tickets/" + string(ticket.ID) + "/note", `{"text":"a"} b`, "body: something follows the JSON value"},
		{"POST", "/api/v1/tickets/" + string(ticket.ID) + "/note", `{"text":"a"}{}`, "body: something follows the JSON value"},
		{"POST", "/api/v1/dead-letters/redrive", `{"queue":"inbound","all":1}`, "all: number where true or false is expected"},
		{"POST", "/api/v1/dead-letters/redrive", `{"queue":"inbound","all":true}]`, "body: something follows the JSON value"},
		{"GET", "/api/v1/tickets?limit=201", "", "limit: 201 is more than 200"},
		{"GET", "/api/v1/quarantine?limit=201", "", "limit: 201 is more than 200"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), tt.method, h.server.URL+tt.path, strings.NewReader(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		got := h.ask(http.DefaultClient, r)
		detail, _ := got.json(t)["detail"].(string)
		if got.code != 400 || !strings.Contains(detail, tt.want) || strings.Contains(detail, "Go ") || strings.Contains(detail, "json:") {
			t.Errorf("%s %s: %d %s", tt.path, tt.body, got.code, got.body)
		}
	}
}
