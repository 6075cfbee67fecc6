package endtoend_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"example.com/skala/infra/emulator"
	"example.com/skala/infra/leaks"
	"example.com/skala/infra/localtest"
	"example.com/skala/infra/template"
)

// TestNoWordAndNoSecretIsInAnyLog runs a desk whose secrets, and all that
// customers and agents write on it, can be told from anything else; lets happen
// to it what can; and searches all that was logged.
func TestNoWordAndNoSecretIsInAnyLog(t *testing.T) {
	c := &canaries{}
	doc := c.accounts()
	c.world = open(t, localtest.Options{Accounts: doc, Policy: brisk(t, "5s")})
	c.secretsOfTheRun()

	c.customersWrite()
	c.platformsAreAsked()
	c.doorRefuses()
	c.queueRefuses()
	c.peopleWork()
	c.sendsFail()
	c.replays()
	c.wait("what lay in the table came in, or is shown", patience, func() bool {
		return c.logged("spilled event", "brought in") > 0 && c.logged("spilled event", "quarantined") > 0
	})
	c.wait("an author was asked for", patience, func() bool { return c.logged("fetch", "introduced") > 0 })
	c.outage()
	c.Stop()

	logs, size := c.everything()
	for _, l := range leaks.For(c.all...).Find(logs) {
		t.Error(l)
	}
	for _, of := range [][2]string{
		{"webhook", "taken"}, {"webhook", "empty"}, {"webhook", "refused"}, {"webhook", "quarantined"}, {"webhook", "spilled"}, {"webhook", "unknown app"}, {"webhook", "failed"},
		{"event", "ticketed"}, {"event", "appended"}, {"event", "duplicate"}, {"event", "ignored"}, {"event", "quarantined"},
		{"spilled event", "brought in"}, {"spilled event", "quarantined"},
		{"due", "acted"}, {"sweep", "done"},
		{"event", "fetching"}, {"fetch", "fetched"}, {"fetch", "deferred"}, {"fetch", "unfetched"}, {"handshake", "answered"}, {"handshake", "refused"},
		{"reply", "accepted"}, {"reply", "failed"}, {"reply", "deferred"},
		{"request", "ok"}, {"request", "token"}, {"request", "invalid"}, {"request", "bad_token"}, {"request", "no_page"}, {"request", "ours"},
	} {
		if c.logged(of[0], of[1]) == 0 {
			t.Errorf("no line says %s %s: this run does not show what that logs", of[0], of[1])
		}
	}
	c.linesAreAsDocumented()
	t.Logf("searched %d kB of logs for %d secrets", size/1000, len(c.all))
}

// canaries are the run: a desk, and what must not be in its logs.
type canaries struct {
	*world
	all       []leaks.Secret
	said      int
	line, std string // what signs
}

// words are new ones, to be looked for.
func (c *canaries) words(of string) string {
	s := leaks.Words(of)
	c.all = append(c.all, s)
	return s.Value
}

func (c *canaries) key(of string) string {
	s := leaks.Key(of)
	c.all = append(c.all, s)
	return s.Value
}

func (c *canaries) secret(of, value string) {
	c.all = append(c.all, leaks.Secret{Name: of, Value: value})
}

// accounts is an accounts file with secrets of its own.
func (c *canaries) accounts() []byte {
	c.line, c.std = c.key("LINE's channel secret"), c.key("the signing secret of Standard Webhooks")
	written := base64.StdEncoding.EncodeToString([]byte(c.std))
	c.secret("the signing secret of Standard Webhooks, as it is written", written)
	return fmt.Appendf(nil, `apps:
  - name: demo
    platform: line
    secrets: [%q]
    accounts:
      - {id: %s, brand: Aegean Coffee, token: %q, zone: Asia/Bangkok, languages: [th, en]}
  - name: demo
    platform: standard
    secrets: [%q]
    accounts:
      - {id: demo-web, brand: Aegean Coffee, zone: Europe/Athens, languages: [el, es, en]}
  - name: demo
    platform: meta
    secrets: [%q]
    verify_token: %q
    accounts:
      - {id: "17840000000000402", channel: instagram, brand: Aegean Coffee, token: %q, zone: Europe/Athens, languages: [el, en]}
`, c.line, lineAccount, c.key("LINE's channel access token"), "whsec_"+written, c.key("Meta's app secret"), c.key("the token of Meta's handshake"), c.key("Instagram's access token"))
}

// secretsOfTheRun are those that the desk made itself.
func (c *canaries) secretsOfTheRun() {
	c.t.Helper()
	c.secret("the admin's token", c.Token)
	for _, name := range []string{"pepper", "session-key"} {
		kept, err := os.ReadFile(filepath.Join(c.Home(), ".local", "secrets", name))
		if err != nil {
			c.t.Fatal(err)
		}
		written := strings.TrimSpace(string(kept))
		raw, err := base64.RawURLEncoding.DecodeString(written)
		if err != nil {
			c.t.Fatal(err)
		}
		c.secret("the "+name, written)
		c.secret("the "+name+" as bytes", string(raw))
	}
}

// postLINE posts events of LINE, signed.
func (c *canaries) postLINE(events ...map[string]any) int {
	c.t.Helper()
	for _, e := range events {
		c.said++
		e["webhookEventId"], e["timestamp"], e["mode"] = fmt.Sprintf("CANARY%d", c.said), time.Now().UnixMilli(), "active"
		e["deliveryContext"], e["replyToken"] = map[string]any{"isRedelivery": false}, c.key("a reply token")
		if e["source"] == nil {
			e["source"] = map[string]any{"type": "user", "userId": "Ucanary"}
		}
	}
	return c.signedLINE(encode(map[string]any{"destination": lineAccount, "events": events}))
}

func (c *canaries) signedLINE(body []byte) int {
	c.t.Helper()
	return c.post("/webhooks/line/demo", body, "x-line-signature", signedWith(c.line, body), "authorization", "Bearer "+c.key("a token in a webhook's header"), "x-other", c.key("a webhook's header"))
}

func (c *canaries) postStandard(kind string, data map[string]any) int {
	c.t.Helper()
	c.said++
	body := encode(map[string]any{"type": kind, "timestamp": time.Now().UTC().Format(time.RFC3339), "data": data})
	return c.standardWith([]byte(c.std), fmt.Sprintf("canary_%d", c.said), body)
}

func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // texts and numbers always encode
	}
	return b.Bytes()
}

// wants fails the test when a webhook or request was not answered as expected.
func (c *canaries) wants(code, want int, what string) {
	c.t.Helper()
	if code != want {
		c.t.Errorf("%s: answered %d, want %d", what, code, want)
	}
}

// customersWrite lets customers do what they can.
func (c *canaries) customersWrite() {
	c.t.Helper()
	message := func(m map[string]any) map[string]any { return map[string]any{"type": "message", "message": m} }
	for what, e := range map[string]map[string]any{
		"a text":               message(map[string]any{"type": "text", "id": "canary-text", "text": c.words("a customer's text") + " charged twice"}),
		"an edit":              {"type": "messageEdited", "message": map[string]any{"type": "text", "id": "canary-text", "text": c.words("an edited text") + " I was charged twice"}},
		"an edit too early":    {"type": "messageEdited", "message": map[string]any{"type": "text", "id": "canary-later", "text": c.words("a text edited before it came")}},
		"a deletion too early": {"type": "unsend", "unsend": map[string]any{"messageId": "canary-never"}},
		"a sticker":            message(map[string]any{"type": "sticker", "id": "canary-sticker", "stickerId": "1", "packageId": "1", "keywords": []string{c.words("a sticker's keyword")}}),
		"a file":               message(map[string]any{"type": "file", "id": "canary-file", "fileName": c.words("a file's name"), "fileSize": 1}),
		"a place":              message(map[string]any{"type": "location", "id": "canary-place", "title": c.words("a place's name"), "address": c.words("an address"), "latitude": 37.97, "longitude": 23.73}),
		"a button":             {"type": "postback", "postback": map[string]any{"data": c.words("a button's data"), "displayText": c.words("a button's words")}},
		"a new kind":           {"type": "something new", "message": map[string]any{"text": c.words("words of an unknown kind")}},
		"a mistyped message":   {"type": "message", "message": c.words("a message that is no object")},
		"a new kind from one we never heard": {"type": "something new", "source": map[string]any{"type": "user", "userId": "Ustranger"},
			"message": map[string]any{"text": c.words("a stranger's words of an unknown kind")}},
		"a follower": {"type": "follow", "source": map[string]any{"type": "user", "userId": "Ufollower"}, "follow": map[string]any{"isUnblocked": false}},
	} {
		c.wants(c.postLINE(e), 200, what)
	}
	c.of("Ucanary")
	c.wants(c.postLINE(message(map[string]any{"type": "text", "id": "canary-gone", "text": c.words("a text that is taken back")})), 200, "a text")
	c.wants(c.postLINE(map[string]any{"type": "unsend", "unsend": map[string]any{"messageId": "canary-gone"}}), 200, "a deletion")
	c.wants(c.postLINE(message(map[string]any{"type": "text", "id": "canary-later", "text": c.words("a text that was edited before")})), 200, "a text")

	data := map[string]any{
		"id": "canary-web", "conversation_id": "canary-conversation", "text": c.words("a text on the web") + " me han cobrado dos veces", "permalink": "https://x.example/?q=" + url.QueryEscape(c.words("a permalink")),
		"author":      map[string]any{"id": "canary-author", "name": c.words("a customer's name"), "handle": c.words("a customer's handle"), "organisation": c.words("a customer's company")},
		"attachments": []any{map[string]any{"type": "image", "url": "https://x.example/" + url.PathEscape(c.words("an attachment's address")), "name": c.words("an attachment's name")}},
	}
	c.wants(c.postStandard("message.created", data), 200, "a message of the web")
	c.of("canary-author")
	again := encode(map[string]any{"type": "message.created", "timestamp": time.Now().UTC().Format(time.RFC3339), "data": data})
	for range 2 { // the second is known
		c.wants(c.standardWith([]byte(c.std), "canary_again", again), 200, "a message twice")
	}
	c.wants(c.postStandard("ping", map[string]any{"text": c.words("a ping")}), 200, "a ping")
	c.wants(c.postStandard("message.created", map[string]any{"text": []string{c.words("a text of another type")}}), 200, "a text of another type")
	c.wants(c.postStandard("fetch.required", map[string]any{"id": "canary-fetch", "conversation_id": "canary-other", "text": c.words("what has to be fetched")}), 200, "what has to be fetched")
	c.wait("customers' events are taken in", patience, func() bool {
		return c.logged("event", "ignored") > 0 && c.logged("event", "quarantined") > 1 && c.logged("event", "duplicate") > 0 && c.logged("event", "appended") > 5
	})
}

// platformsAreAsked has what platforms only give notice of fetched: at once, at the
// second try and never; and an author asked for, which takes until the next sweep.
func (c *canaries) platformsAreAsked() {
	c.t.Helper()
	says := func(in, author, of string) {
		c.t.Helper()
		c.wants(c.Ask("POST", c.Simulator+"/sim/api/say", map[string]any{
			"platform": "instagram", "in": in, "author": author, "name": c.words("the name of who wrote " + of), "text": c.words(of) + " I was charged twice",
		}, nil), 200, of)
	}
	fault := func(what map[string]any) {
		c.t.Helper()
		what["platform"] = "instagram"
		c.wants(c.Ask("POST", c.Simulator+"/sim/api/misbehave", what, nil), 200, "misbehaving")
	}
	says("direct", "canary-asked", "a direct message of somebody who is asked for")
	says("mention", "canary-thin", "a mention that is fetched")
	c.wait("a mention is fetched", patience, func() bool { return c.logged("fetch", "fetched") > 0 })
	fault(map[string]any{"fault": "unfetched"})
	says("mention", "canary-later", "a mention that is fetched later")
	c.wait("a mention is fetched later", patience, func() bool { return c.logged("fetch", "fetched") > 1 })
	fault(map[string]any{"fault": "gone", "count": -1})
	says("mention", "canary-gone", "a mention that is gone")
	c.wait("a mention is not fetched", patience, func() bool { return c.logged("fetch", "unfetched") > 0 })
	c.Ask("DELETE", c.Simulator+"/sim/api/misbehave", nil, nil)
	for _, token := range []string{c.key("a token of nobody's handshake"), ""} {
		query := url.Values{"hub.mode": {"subscribe"}, "hub.verify_token": {token}, "hub.challenge": {c.key("the challenge of nobody's handshake")}}
		answer, err := http.Get(c.Webhooks + "/webhooks/meta/demo?" + query.Encode())
		if err != nil {
			c.t.Fatal(err)
		}
		answer.Body.Close()
		c.wants(answer.StatusCode, 403, "a handshake with a token that is not ours")
	}
}

// doorRefuses sends what the door can't use.
func (c *canaries) doorRefuses() {
	c.t.Helper()
	body := func(of string) []byte {
		return encode(map[string]any{"destination": lineAccount, "events": []any{map[string]any{"type": "message", "message": map[string]any{"type": "text", "text": c.words(of)}}}})
	}
	forged := body("a forged webhook")
	c.wants(c.post("/webhooks/line/demo", forged, "x-line-signature", signedWith(c.key("a forger's secret"), forged)), 401, "a forged webhook")
	c.wants(c.post("/webhooks/standard/demo", forged, "webhook-id", c.key("a forged id"), "webhook-timestamp", c.key("a forged time"), "webhook-signature", "v1,"+c.key("a forged signature")), 401, "a forged webhook")
	c.wants(c.post("/webhooks/line/"+url.PathEscape(c.key("an app that is none")), body("a webhook for nobody")), 404, "an unknown app")
	c.wants(c.signedLINE(body("an event without an id")), 200, "an event without an id")
	for _, broken := range []string{
		`{"destination":"x","events":[{"type":"message","text":"` + c.words("a body cut short"), `"` + c.key("a body that is a text") + `"`, c.words("a body that is no JSON"),
		`{"events":` + string(encode(c.words("events that are no list"))) + `}`, `[` + strings.Repeat("9", 30) + `]`,
	} {
		c.wants(c.signedLINE([]byte(broken)), 200, "an unreadable body")
		c.wants(c.standardWith([]byte(c.std), c.key("the id of an unreadable body"), []byte(broken)), 200, "an unreadable body")
	}
	c.wants(c.signedLINE(append(body("a body that is too large"), bytes.Repeat([]byte(" "), 6<<20)...)), 413, "too large a body")
	c.wants(c.signedLINE([]byte(`{"destination":"x","events":[]}`)), 200, "a platform trying the address")
}

// queueRefuses sends an event that no queue takes, and one while there is no
// inbound queue.
func (c *canaries) queueRefuses() {
	c.t.Helper()
	long := map[string]any{"type": "message", "message": map[string]any{"type": "text", "id": "canary-long", "text": c.words("a very long text") + strings.Repeat(" charged twice", 100_000)}}
	c.wants(c.postLINE(long), 200, "a very long text")

	e, err := emulator.Desk(c.Home(), slog.New(slog.DiscardHandler)).Start(c.t.Context()) // the one that runs
	if err != nil {
		c.t.Fatal(err)
	}
	found, err := e.SQS().GetQueueUrl(c.t.Context(), &sqs.GetQueueUrlInput{QueueName: ptr("skala-InboundQueue")})
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := e.SQS().DeleteQueue(c.t.Context(), &sqs.DeleteQueueInput{QueueUrl: found.QueueUrl}); err != nil {
		c.t.Fatal(err)
	}
	c.wants(c.postStandard("message.created", map[string]any{"id": "canary-spilled", "conversation_id": "canary-spilled", "author": map[string]any{"id": "canary-spilled"}, "text": c.words("a text that lay in the table")}), 200, "a text without a queue")
	tmpl, err := template.Open(c.Home())
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := e.Create(c.t.Context(), tmpl, "skala-"); err != nil {
		c.t.Fatal(err)
	}
}

func ptr[T any](v T) *T { return &v }

// peopleWork has people do what they can, by the API and on pages.
func (c *canaries) peopleWork() {
	c.t.Helper()
	id := c.of("canary-author").ID
	address := c.API + "/api/v1/tickets/" + id
	act := func(verb string, want int, body map[string]any, headers ...string) {
		c.t.Helper()
		c.wants(c.Ask("POST", address+"/"+verb, body, nil, headers...), want, verb)
	}
	match := []string{"If-Match", "*"}
	token := c.claim(id)
	act("reply", 200, map[string]any{"text": c.words("an agent's reply"), "token": token}, "Idempotency-Key", c.key("a reply's key"))
	act("reply", 409, map[string]any{"text": c.words("a reply under an old token"), "token": c.key("an old token")}, "Idempotency-Key", "k2")
	act("note", 200, map[string]any{"text": c.words("a note")})
	act("tags", 422, map[string]any{"tags": []string{c.words("what is no tag")}})
	act("tags", 400, map[string]any{"until": c.words("what is no instant")})
	act("escalate", 200, map[string]any{"reason": c.words("why it went up")})
	act("hand-back", 200, map[string]any{"advice": c.words("advice")})
	act("correct", 200, map[string]any{"category": "billing", "reason": c.words("why it was corrected")}, match...)
	act("correct", 422, map[string]any{"category": c.words("what is no category")}, match...)
	act("assign", 200, map[string]any{"assignee": "me", "reason": c.words("why it was assigned")}, match...)
	act("hold", 200, map[string]any{"until": time.Now().Add(time.Hour), "reason": c.words("why it waits")})
	act("solve", 200, map[string]any{"reason": c.words("why it is solved")}, match...)
	act("reopen", 200, map[string]any{"reason": c.words("why it was opened again")})
	act("solve", 400, map[string]any{}, "If-Match", c.key("what is no version"))
	c.wants(c.Ask("GET", c.API+"/api/v1/tickets?q="+url.QueryEscape(c.words("a search")), nil, nil), 200, "a search")
	c.wants(c.Ask("GET", c.API+"/api/v1/tickets?state="+url.QueryEscape(c.words("what is no state")), nil, nil), 400, "what is no state")
	c.wants(c.Ask("GET", c.API+"/api/v1/tickets?cursor="+url.QueryEscape(c.key("what is no cursor")), nil, nil), 400, "what is no cursor")
	c.wants(c.Ask("GET", c.API+"/api/v1/tickets/"+url.PathEscape(c.words("what is no ticket")), nil, nil), 404, "what is no ticket")
	c.wants(c.Ask("GET", c.Console+"/"+url.PathEscape(c.words("no address of ours")), nil, nil), 404, "no address of ours")
	c.wants(c.Ask("GET", c.API+"/api/v1/whoami", nil, nil, "Authorization", "Bearer "+c.Token[:len(c.Token)-20]+c.key("a forged signature")), 401, "a forged token")
	c.wants(c.Ask("GET", c.API+"/api/v1/whoami", nil, nil, "Authorization", "Bearer "+c.key("what is no token")), 401, "what is no token")
	c.pages(id)
}

func (c *canaries) claim(id string) string {
	c.t.Helper()
	var claim struct{ Token string }
	if code := c.Ask("POST", c.API+"/api/v1/tickets/"+id+"/claim", map[string]any{}, &claim); code != 200 {
		c.t.Fatalf("claim: answered %d", code)
	}
	c.secret("a claim's token", claim.Token)
	return claim.Token
}

// pages signs somebody in and sends forms.
func (c *canaries) pages(id string) {
	c.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		c.t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	browser.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		for _, name := range []string{"code", "state", "nonce"} {
			if value := r.URL.Query().Get(name); value != "" {
				c.secret("the "+name+" of a sign-in", value)
			}
		}
		return nil
	}
	send := func(r *http.Request, err error) *http.Response {
		c.t.Helper()
		if err != nil {
			c.t.Fatal(err)
		}
		resp, err := browser.Do(r)
		if err != nil {
			c.t.Fatal(err)
		}
		defer resp.Body.Close()
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			c.t.Fatal(err)
		}
		return resp
	}
	get := func(address string) *http.Response {
		c.t.Helper()
		return send(http.NewRequestWithContext(c.t.Context(), "GET", address, nil))
	}
	form := func(address string, fields url.Values) *http.Response {
		c.t.Helper()
		r, err := http.NewRequestWithContext(c.t.Context(), "POST", address, strings.NewReader(fields.Encode()))
		if err == nil {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Sec-Fetch-Site", "same-origin")
		}
		return send(r, err)
	}
	asked := get(c.Console + "/all").Request.URL
	fields := asked.Query()
	fields.Set("person", "demo-admin")
	c.wants(form(asked.Scheme+"://"+asked.Host+asked.Path, fields).StatusCode, 200, "signing in")
	at, err := url.Parse(c.Console)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, cookie := range jar.Cookies(at) {
		c.secret("the cookie "+cookie.Name, cookie.Value)
	}
	ticket := c.Console + "/tickets/" + id
	c.wants(get(ticket+"?claim="+url.QueryEscape(c.key("a claim in an address"))).StatusCode, 200, "a ticket's page")
	c.wants(get(c.Console+"/all?q="+url.QueryEscape(c.words("a search on a page"))).StatusCode, 200, "a search on a page")
	c.wants(get(c.Console+"/tiers/"+url.PathEscape(c.words("what is no tier"))).StatusCode, 404, "what is no tier")
	c.wants(get(c.Console+"/quarantine").StatusCode, 200, "the quarantine's page")
	c.wants(form(ticket+"/note", url.Values{"text": {c.words("a note on a page")}, "key": {c.key("a note's key")}}).StatusCode, 200, "a note on a page")
	c.wants(form(ticket+"/hold", url.Values{"hours": {c.words("what is no number")}, "why": {c.words("why it waits, on a page")}}).StatusCode, 422, "what is no number")
	c.wants(form(ticket+"/reply", url.Values{"text": {c.words("a reply on a page")}, "token": {c.key("an old token on a page")}, "key": {"k"}}).StatusCode, 409, "an old token on a page")
}
