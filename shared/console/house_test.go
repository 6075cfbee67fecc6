package console_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	defaults "example.com/skala/infra/policy"
	"example.com/skala/infra/simulator/idp"
	"example.com/skala/shared/console"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/dynamo"
	"example.com/skala/shared/dynamo/dynamotest"
	"example.com/skala/shared/health"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/nudge"
	"example.com/skala/shared/people"
	"example.com/skala/shared/people/roster"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/policy"
	"example.com/skala/shared/policy/versions"
	"example.com/skala/shared/redrive"
)

const clientID = "skala-console"

// morning is when the stories begin: a Tuesday, business hours everywhere.
var morning = time.Date(2026, 11, 3, 10, 0, 0, 0, time.UTC)

// A house is a console on the network with a real table behind it, a provider
// to sign in at, queues that the test looks into and a clock that it moves.
type house struct {
	t      *testing.T
	server *httptest.Server
	idp    *idp.Provider
	store  *dynamo.Store
	policy *policy.Policy
	queues *queues
	logged *bytes.Buffer
	config console.Config

	mu  sync.Mutex
	now time.Time
}

func (h *house) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *house) after(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

// everybody who can sign in here.
func everybody() []idp.Person {
	return append(idp.DemoPeople(),
		idp.Person{ID: "second-agent", Name: "Bo Agent", Roles: []string{"agent:1"}},
		idp.Person{ID: "auditor", Name: "Au Ditor", Roles: []string{"auditor"}},
		idp.Person{ID: "viewer", Name: "Vi Ewer", Roles: []string{"viewer"}},
		idp.Person{ID: "nobody", Name: "No Role", Roles: []string{"everyone", "agents"}})
}

func open(t *testing.T, change ...func(*console.Config)) *house {
	t.Helper()
	h := &house{t: t, store: dynamotest.NewTable(t), queues: &queues{}, logged: &bytes.Buffer{}, now: morning}
	var err error
	if h.policy, err = policy.Load(defaults.Default, "default.yaml"); err != nil {
		t.Fatal(err)
	}
	h.server = httptest.NewUnstartedServer(nil)
	origin := "http://" + h.server.Listener.Addr().String()
	log := logs.New(&locked{w: h.logged})
	issuer := httptest.NewUnstartedServer(nil)
	at := "http://" + issuer.Listener.Addr().String() + "/idp"
	h.idp, err = idp.New(idp.Config{Issuer: at, Client: clientID, Redirect: origin + "/auth/callback", People: everybody(), Now: h.Now, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	issuer.Config.Handler = h.idp.Handler()
	issuer.Start()
	t.Cleanup(issuer.Close)
	cfg := console.Config{
		Tickets: h.store, Logs: h.store, Lists: h.store, Shelf: h.store, Ledger: h.store, Queues: h.queues, DeadLetters: h.queues,
		Nudger:   &nudge.Nudger{Tiers: h.queues, Outbound: &line{q: h.queues, name: "outbound"}, Due: &line{q: h.queues, name: "due"}},
		Policies: &versions.Book{Versions: h.store, Default: defaults.Default, Now: h.Now},
		People:   &roster.Book{Reader: h.store, Now: h.Now}, Keeper: h.store, Changes: h.store, Customers: h.store, Onlookers: h.store,
		Capability: platform.Capability, Parts: platform.Parts,
		Notifications: console.Notifications{
			Bells: h.store, Browsers: h.store, Boxes: h.store, Tester: h.queues,
			Reach: people.Reach{Mail: true, PushKey: "key-of-the-desk", Slack: []string{"general", "leads"}, Webhooks: []string{"wall"}},
		},
		Brands: []string{"demo"}, SignIn: console.SignIn{Issuer: at, ClientID: clientID, PublicURL: origin},
		SessionKey: bytes.Repeat([]byte("key"), 12), Now: h.Now, Log: log,
	}
	reader, err := platform.Reader("line", "")
	if err != nil {
		t.Fatal(err)
	}
	cfg.Redriver = &redrive.Redriver[platform.Webhooks]{
		Apps: map[desk.App]platform.Webhooks{{Platform: "line", Name: "demo"}: reader}, Shelf: h.store, Marks: h.store, Ledger: h.store,
		Inbound: h.queues, Spills: h.store, Now: h.Now, Log: log,
	}
	cfg.Accounts = console.Accounts{
		Known: []desk.Origin{shop, {Platform: "telegram", App: "demo", Account: "700", Brand: "demo"}}, Book: h.store,
		Resumer: &health.Releaser{
			Accounts: h.store, Waiting: h.store, Tickets: h.store, Policies: cfg.Policies, Outbound: &line{q: h.queues, name: "outbound"}, Now: h.Now, Log: log,
		},
		Checks: &line{q: h.queues, name: "fetch"},
	}
	for _, c := range change {
		c(&cfg)
	}
	h.config = cfg
	c, err := console.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	h.server.Config.Handler = h.watched(c)
	h.server.Start()
	t.Cleanup(h.server.Close)
	return h
}

type locked struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}

// says has a customer write, and takes it in as triage would.
func (h *house) says(author, words string) desk.Ticket {
	h.t.Helper()
	return h.said(author, words, 0)
}

// said delivers what a customer said a while ago by the platform's clock.
func (h *house) said(author, words string, ago time.Duration) desk.Ticket {
	h.t.Helper()
	return h.hears(desk.Event{Visibility: desk.Private, Author: desk.Author{ID: author, Name: "Customer " + author}, Text: words, Conversation: author, Time: h.Now().Add(time.Second - ago)})
}

// hears takes in a customer's message a second later, and says of it what it does
// not say itself.
func (h *house) hears(e desk.Event) desk.Ticket {
	h.t.Helper()
	h.after(time.Second)
	now := h.Now()
	e.Kind, e.Account, e.Direction = desk.MessageCreated, cmp.Or(e.Account, "Udemo"), desk.In
	e.Platform, e.Channel = cmp.Or(e.Platform, "line"), cmp.Or(e.Channel, "line")
	e.Key, e.ID = fmt.Sprintf("%s-%d", e.Author.ID, now.UnixNano()), cmp.Or(e.ID, fmt.Sprintf("m-%s-%d", e.Author.ID, now.UnixNano()))
	if e.Time.IsZero() {
		e.Time = now
	}
	thread, err := h.store.Thread(h.t.Context(), e)
	if err != nil {
		h.t.Fatal(err)
	}
	v := h.judge(e.Text)
	before, onto := thread.Ticket, thread.Ticket
	if before.State.Final() {
		onto = before.Successor()
	}
	entry := desk.Entry{Version: before.Version + 1, What: desk.Received, At: now, Event: e.Kind, Policy: h.policy.Hash, Verdict: &v,
		Message: &desk.Message{ID: e.ID, Key: e.Key, Direction: desk.In, Visibility: e.Visibility, Text: e.Text, Author: e.Author, Account: e.Account, Time: e.Time, Received: now,
			Permalink: e.Permalink, Parent: e.Parent, Attachments: e.Attachments, Standby: e.Standby, Form: e.Form, Unfetched: e.Unfetched}}
	if onto.State == "" {
		brand := map[bool]string{true: "another", false: "demo"}[e.Account == otherAccount]
		entry.Origin = &desk.Origin{Platform: e.Platform, App: "demo", Account: e.Account, Channel: e.Channel, Brand: brand, Conversation: e.Conversation, Visibility: e.Visibility}
	}
	return h.commit(onto, entry, func(c *desk.Change) {
		c.Before, c.Thread, c.Event, c.Raw = before, e.Thread(), &e, desk.RawEvent{Body: []byte(`{"events":[]}`)}
	})
}

// judge is a verdict that does not change with the policy's word lists.
func (h *house) judge(words string) desk.Verdict {
	v := desk.Verdict{Lang: "en", Category: desk.HowTo, Severity: desk.Low, Tier: desk.General, Sentiment: desk.Neutral, Actionable: true, Confidence: 0.8, Policy: h.policy.Hash}
	if words == thumb {
		v.Category, v.Tier, v.Actionable = desk.Other, desk.SelfService, false
	}
	for i, signal := range []string{"ตัดเงินสองครั้ง", "charged twice", "refund", "ยกเลิก"} {
		if at := strings.Index(words, signal); at >= 0 {
			v.Category, v.Severity, v.Tier, v.Sentiment = desk.Billing, desk.Critical, desk.Senior, desk.Negative
			v.Reasons = append(v.Reasons, desk.Reason{Signal: "billing.charged", Start: at, End: at + len(signal), Text: signal, Weight: 8 - i})
			v.Score += 8 - i
		}
	}
	if strings.Contains(words, unsure) {
		v.RunnerUp, v.Confidence, v.Team = desk.Delivery, 0.4, "care"
	}
	return v
}

// otherAccount is an account of another brand.
const otherAccount = "Uanother"

// unsure is what a message has in it that could be about something else.
const unsure = "perhaps"

// thumb is what needs no answer.
const thumb = "👍"

func (h *house) commit(before desk.Ticket, entry desk.Entry, with func(*desk.Change)) desk.Ticket {
	h.t.Helper()
	after := desk.Apply(before, entry, h.policy.Plan)
	change := desk.Change{Before: before, After: after, Entry: entry, DueAt: after.DueAt(h.policy.Plan)}
	with(&change)
	if err := h.store.Commit(h.t.Context(), change); err != nil {
		h.t.Fatal(err)
	}
	return after
}

func (h *house) ticket(id desk.TicketID) desk.Ticket {
	h.t.Helper()
	t, err := h.store.Ticket(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	return t
}

// An answer is what came back.
type answer struct {
	code   int
	header http.Header
	body   string
}

func (a answer) json(t *testing.T) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		t.Fatalf("%d %s: %v", a.code, a.body, err)
	}
	return v
}

// api asks as who, with a bearer token; headers come in pairs.
func (h *house) api(who, method, path string, body any, headers ...string) answer {
	h.t.Helper()
	var payload io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			h.t.Fatal(err)
		}
		payload = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.server.URL+path, payload)
	if err != nil {
		h.t.Fatal(err)
	}
	if who != "" {
		token, err := h.idp.Token(h.t.Context(), who)
		if err != nil {
			h.t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	a := h.ask(http.DefaultClient, r)
	for _, problem := range described(method, path, a) {
		h.t.Errorf("%s %s: %d: %s", method, path, a.code, problem)
	}
	return a
}

func (h *house) ask(client *http.Client, r *http.Request) answer {
	h.t.Helper()
	res, err := client.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, string(body)}
}

// claim claims a ticket by the API and returns the token.
func (h *house) claim(who string, id desk.TicketID) string {
	h.t.Helper()
	got := h.api(who, "POST", "/api/v1/tickets/"+string(id)+"/claim", nil)
	if got.code != 200 {
		h.t.Fatalf("claim: %d %s", got.code, got.body)
	}
	return got.json(h.t)["token"].(string)
}

// A browser keeps cookies and follows redirects.
type browser struct {
	h      *house
	client *http.Client
	at     *url.URL // the last page
}

func (h *house) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	b := &browser{h: h, client: &http.Client{Jar: jar}}
	b.client.CheckRedirect = func(r *http.Request, _ []*http.Request) error { b.at = r.URL; return nil }
	return b
}

func (b *browser) get(path string, headers ...string) answer {
	b.h.t.Helper()
	r, err := http.NewRequestWithContext(b.h.t.Context(), "GET", b.h.server.URL+path, nil)
	if err != nil {
		b.h.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	b.at = r.URL
	return b.h.ask(b.client, r)
}

func (b *browser) post(path string, form url.Values) answer {
	b.h.t.Helper()
	address := path
	if strings.HasPrefix(path, "/") {
		address = b.h.server.URL + path
	}
	r, err := http.NewRequestWithContext(b.h.t.Context(), "POST", address, strings.NewReader(form.Encode()))
	if err != nil {
		b.h.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	b.at = r.URL
	return b.h.ask(b.client, r)
}

// signIn goes to a page as somebody without a session, chooses who they are at
// the provider, and ends where they wanted to go.
func (b *browser) signIn(who, path string) answer {
	b.h.t.Helper()
	if asked := b.get(path); asked.code != 200 || !strings.Contains(b.at.Path, "/idp/authorize") {
		b.h.t.Fatalf("not asked who: %d at %s", asked.code, b.at)
	}
	form := b.at.Query()
	form.Set("person", who)
	return b.post(b.at.Scheme+"://"+b.at.Host+b.at.Path, form)
}

// withoutNotifications is a console of a desk that tells nobody anything.
func withoutNotifications(c *console.Config) { c.Notifications = console.Notifications{} }
