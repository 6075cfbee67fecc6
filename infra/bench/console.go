package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"example.com/skala/infra/emulator"
	"example.com/skala/infra/figures"
	infrapolicy "example.com/skala/infra/policy"
	"example.com/skala/infra/simulator/idp"
	"example.com/skala/infra/template"
	"example.com/skala/shared/console"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/dynamo"
	"example.com/skala/shared/nudge"
	"example.com/skala/shared/people"
	"example.com/skala/shared/people/roster"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/policy/versions"
	"example.com/skala/shared/queue"
)

// What the console is measured at: a list of many tickets, a ticket of many messages,
// and agents who look at the list for a while as their browsers do.
const (
	inboxOf   = 20_000
	manySaid  = 200
	pageOf    = 50
	looks     = 200
	agents    = 200
	watchFor  = time.Minute
	pollEvery = 3 * time.Second
)

// pageFigures are of one page, opened again and again.
type pageFigures struct {
	Took  spans   `json:"server_ms"`
	Units float64 `json:"read_units"`
	Calls int     `json:"calls"`
	Bytes int     `json:"bytes"`
	Gzip  int     `json:"bytes_gzip"`
}

// pollFigures are of a page that asks for its news while there is none.
type pollFigures struct {
	Bytes      int     `json:"bytes"` // with all headers
	Alone      float64 `json:"read_units_alone"`
	WithCounts float64 `json:"read_units_alone_with_counts"`
}

// watchFigures are of many agents who look at one list.
type watchFigures struct {
	Agents  int     `json:"agents"`
	Over    float64 `json:"over_s"`
	Polls   int     `json:"polls"`
	News    int     `json:"answered_with_a_page"`
	Took    spans   `json:"client_ms"`
	Calls   int     `json:"calls"`
	Units   float64 `json:"read_units"`
	PerPoll float64 `json:"read_units_per_poll"`
	CPU     float64 `json:"cpu_s"` // of console, agents and bench together
}

// A consoleReport says what the console's pages cost.
type consoleReport struct {
	figures.About
	Load    string       `json:"load"`
	Tickets int          `json:"tickets"`
	Inbox   pageFigures  `json:"inbox"`
	Ticket  pageFigures  `json:"ticket"`
	Counts  float64      `json:"counts_read_units"` // of counting once
	Poll    pollFigures  `json:"poll"`
	Watch   watchFigures `json:"watch"`
	Binary  binary       `json:"binary"`
}

// A stage is a console on loopback over the ground's table.
type stage struct {
	server  *httptest.Server
	counted *calls
	ahead   atomic.Int64 // of the machine's clock
	mu      sync.Mutex
	took    []time.Duration
}

func (s *stage) now() time.Time { return now().Add(time.Duration(s.ahead.Load())) }

// times is how long the console took for each request since the last time.
func (s *stage) times() []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	took := s.took
	s.took = nil
	return took
}

// unasked stands for what no page that is measured asks for.
type unasked struct {
	console.Redriver
	console.DeadLetters
}

// openStage serves a console whose agents sign in at a provider beside it.
func openStage(g *ground, brand string) (s *stage, stop func(), err error) {
	s = &stage{counted: &calls{}}
	cfg := g.emulator.Config()
	s.counted.watch(&cfg)
	store := &dynamo.Store{Client: dynamodb.NewFromConfig(cfg), Table: g.stack.Tables["Table"], Pepper: pepper}
	quiet := slog.New(slog.NewJSONHandler(io.Discard, nil))
	provider := httptest.NewUnstartedServer(nil)
	s.server = httptest.NewUnstartedServer(nil)
	stop = func() { s.server.Close(); provider.Close() }
	issuer, origin := "http://"+provider.Listener.Addr().String()+"/idp", "http://"+s.server.Listener.Addr().String()
	var all []idp.Person
	for n := range agents {
		all = append(all, idp.Person{ID: fmt.Sprint("agent-", n), Name: fmt.Sprint("Agent ", n), Roles: []string{"agent:1"}})
	}
	signing, err := idp.New(idp.Config{Issuer: issuer, Client: "bench", Redirect: origin + "/auth/callback", People: all, Now: s.now, Log: quiet})
	if err != nil {
		return s, stop, err
	}
	provider.Config.Handler = signing.Handler()
	provider.Start()
	tiers, line := &queue.Tiers{}, &queue.Queue[desk.Nudge]{}
	c, err := console.New(console.Config{
		Tickets: store, Logs: store, Lists: store, Shelf: store, Ledger: store, Redriver: unasked{}, DeadLetters: unasked{}, Queues: tiers,
		Nudger:   &nudge.Nudger{Tiers: tiers, Outbound: line, Due: line},
		Policies: &versions.Book{Versions: store, Default: infrapolicy.Default, Now: s.now},
		People:   &roster.Book{Reader: store, Now: s.now}, Keeper: store, Changes: store, Customers: store, Onlookers: store, Capability: platform.Capability, Parts: platform.Parts,
		Notifications: console.Notifications{Bells: store, Browsers: store, Boxes: store, Reach: people.Reach{}},
		Brands:        []string{brand}, SignIn: console.SignIn{Issuer: issuer, ClientID: "bench", PublicURL: origin},
		SessionKey: pepper, Now: s.now, Log: quiet,
	})
	if err != nil {
		return s, stop, err
	}
	handler := c.Handler()
	s.server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		handler.ServeHTTP(w, r)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.took = append(s.took, time.Since(began))
	})
	s.server.Start()
	return s, stop, nil
}

// An agent is somebody's browser.
type agent struct {
	s      *stage
	client *http.Client
	tag    string // of the page that it shows
}

// signIn returns the browser of somebody who came to a page.
func (s *stage) signIn(ctx context.Context, who, path string) (*agent, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	a := &agent{s: s, client: &http.Client{Jar: jar}}
	at := s.server.URL + path
	a.client.CheckRedirect = func(r *http.Request, _ []*http.Request) error { at = r.URL.String(); return nil }
	if _, err := a.get(ctx, path, false); err != nil {
		return nil, err
	}
	address, form, ok := strings.Cut(at, "?")
	if !ok || !strings.Contains(address, "/idp/") {
		return nil, fmt.Errorf("nobody was asked who they are: %s", at)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form+"&person="+who))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := a.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return nil, err
	}
	if a.tag = res.Header.Get("ETag"); res.StatusCode != http.StatusOK || a.tag == "" {
		return nil, fmt.Errorf("signing in ends with %d at %s", res.StatusCode, at)
	}
	return a, nil
}

// get asks for a page, as one that shows it does when it asks for news.
func (a *agent) get(ctx context.Context, path string, polls bool) (body []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, a.s.server.URL+path, nil)
	if err != nil {
		return nil, err
	}
	if polls {
		r.Header.Set("If-None-Match", a.tag)
		r.Header.Set("X-Requested-With", "desk.js")
	}
	res, err := a.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if body, err = io.ReadAll(res.Body); err != nil {
		return nil, err
	}
	switch {
	case res.StatusCode == http.StatusOK:
		a.tag = res.Header.Get("ETag")
	case res.StatusCode != http.StatusNotModified || !polls:
		return nil, fmt.Errorf("%s: %d", path, res.StatusCode)
	}
	return body, nil
}

// open measures a page that is opened again and again, counts of lists left out.
func (a *agent) open(ctx context.Context, path string) (f pageFigures, err error) {
	if _, err := a.get(ctx, path, false); err != nil {
		return f, err
	}
	a.s.counted.reset()
	page, err := a.get(ctx, path, false)
	if err != nil {
		return f, err
	}
	f.Calls, _, f.Units = a.s.counted.counted()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err = w.Write(page)
	if err = errors.Join(err, w.Close()); err != nil {
		return f, err
	}
	f.Bytes, f.Gzip = len(page), packed.Len()
	a.s.times()
	for range looks {
		if _, err := a.get(ctx, path, false); err != nil {
			return f, err
		}
	}
	took := a.s.times()
	f.Took = spans{ms(figures.Quantile(took, 0.5)), ms(figures.Quantile(took, 0.99)), len(took)}
	return f, nil
}

// polled measures a page that one person alone has open: what asking for its news
// costs when its list is read for nobody else, every few seconds of the desk's clock.
func (a *agent) polled(ctx context.Context, path string) (f pollFigures, counts float64, err error) {
	const polls, apart = 40, int64(pollEvery)
	if _, err := a.get(ctx, path, false); err != nil {
		return f, 0, err
	}
	least := 0.0
	all := 0.0
	for n := range polls {
		a.s.ahead.Add(apart)
		a.s.counted.reset()
		if _, err := a.get(ctx, path, true); err != nil {
			return f, 0, err
		}
		_, _, units := a.s.counted.counted()
		if n == 0 || units < least {
			least = units
		}
		counts = max(counts, units)
		all += units
	}
	f.Alone, f.WithCounts = least, all/polls
	f.Bytes, err = a.raw(ctx, path)
	return f, counts - least, err
}

// raw is how long an answer without news is, from its first byte to its last.
func (a *agent) raw(ctx context.Context, path string) (int, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, a.s.server.URL+path, nil)
	if err != nil {
		return 0, err
	}
	for _, cookie := range a.client.Jar.Cookies(r.URL) {
		r.AddCookie(cookie)
	}
	r.Header.Set("If-None-Match", a.tag)
	r.Header.Set("Connection", "close")
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", r.URL.Host)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	if err := r.Write(conn); err != nil {
		return 0, err
	}
	answer, err := io.ReadAll(conn)
	if err == nil && !bytes.HasPrefix(answer, []byte("HTTP/1.1 304 ")) {
		err = fmt.Errorf("there was news where none was made: %.60s", answer)
	}
	return len(answer), err
}

// watch has agents look at a list for a while, each asking for news by the real clock.
func (s *stage) watch(ctx context.Context, path string) (f watchFigures, err error) {
	f = watchFigures{Agents: agents, Over: watchFor.Seconds()}
	all := make([]*agent, agents)
	for n := range all {
		if all[n], err = s.signIn(ctx, fmt.Sprint("agent-", n), path); err != nil {
			return f, err
		}
	}
	var mu sync.Mutex
	var took []time.Duration
	s.counted.reset()
	cpu, end := used(), time.Now().Add(watchFor)
	err = sideBySide(ctx, agents, all, func(_ int, a *agent) error {
		if err := pause(ctx, rand.N(pollEvery)); err != nil {
			return err
		}
		for time.Now().Before(end) {
			began, before := time.Now(), a.tag
			if _, err := a.get(ctx, path, true); err != nil {
				return err
			}
			mu.Lock()
			took = append(took, time.Since(began))
			if a.tag != before {
				f.News++
			}
			mu.Unlock()
			if err := pause(ctx, pollEvery); err != nil {
				return err
			}
		}
		return nil
	})
	f.CPU = (used() - cpu).Seconds()
	f.Calls, _, f.Units = s.counted.counted()
	f.Polls, f.PerPoll = len(took), f.Units/float64(max(1, len(took)))
	f.Took = spans{ms(figures.Quantile(took, 0.5)), ms(figures.Quantile(took, 0.99)), len(took)}
	return f, err
}

// measureConsole fills a table and measures the pages that agents live on.
func measureConsole(ctx context.Context, root string, e *emulator.Emulator, t *template.Template) (r consoleReport, err error) {
	began := time.Now()
	r.About, r.Load, r.Tickets = figures.Here(ctx, root, emulatorName()), loadAverage(), inboxOf
	g, err := openGround(ctx, e, t)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, g.close(ctx)) }()
	heads, err := g.patterns(ctx, patterns)
	if err != nil {
		return r, err
	}
	if err := g.copies(ctx, heads, patterns, inboxOf); err != nil {
		return r, err
	}
	talker := newPost(chargedTwice, now()).author
	for range manySaid {
		if err := g.take(ctx, postOf(talker, openingHours, now())); err != nil {
			return r, err
		}
	}
	long, _, err := g.plain.Written(ctx, talker, "", 1)
	if err != nil {
		return r, err
	}
	if len(long) != 1 || long[0].Messages != manySaid {
		return r, fmt.Errorf("there is no ticket of %d messages", manySaid)
	}
	list, brand, err := listOf(heads[0])
	if err != nil {
		return r, err
	}
	s, stop, err := openStage(g, brand)
	defer stop()
	if err != nil {
		return r, err
	}
	a, err := s.signIn(ctx, "agent-0", list)
	if err != nil {
		return r, err
	}
	page, err := a.get(ctx, list, false)
	if err != nil {
		return r, err
	}
	if rows := bytes.Count(page, []byte(`class="cover"`)); rows != pageOf {
		return r, fmt.Errorf("%s has %d rows, not %d", list, rows, pageOf)
	}
	if r.Inbox, err = a.open(ctx, list); err != nil {
		return r, err
	}
	if r.Ticket, err = a.open(ctx, "/tickets/"+string(long[0].ID)); err != nil {
		return r, err
	}
	if r.Poll, r.Counts, err = a.polled(ctx, list); err != nil {
		return r, err
	}
	if r.Watch, err = s.watch(ctx, list); err != nil {
		return r, err
	}
	if r.Binary, err = g.measureOne(ctx, root, "console"); err != nil {
		return r, err
	}
	r.Took = time.Since(began).Seconds()
	return r, nil
}

// listOf is the page that lists a head, its tier's of its state, and the head's brand.
func listOf(head map[string]types.AttributeValue) (path, brand string, err error) {
	of := strings.Split(text(head, "gsi1pk"), "#") // W, brand, tier, state, shard
	if len(of) != 5 {
		return "", "", fmt.Errorf("a head stands on no worklist: %q", of)
	}
	brand, err = url.PathUnescape(of[1])
	return fmt.Sprintf("/tiers/%s?%s", of[2], url.Values{"state": {of[3]}}.Encode()), brand, err
}

// measureOne builds the functions and measures the binary of one.
func (g *ground) measureOne(ctx context.Context, root, name string) (b binary, err error) {
	dir, err := os.MkdirTemp("", "skala-bench-")
	if err != nil {
		return b, err
	}
	defer os.RemoveAll(dir)
	if err := buildFunctions(ctx, root, dir); err != nil {
		return b, err
	}
	env, err := g.environment(root, dir)
	if err != nil {
		return b, err
	}
	for _, f := range g.template.Functions {
		if filepath.Base(f.Dir) == name {
			return measureBinary(ctx, f, filepath.Join(dir, name), env[f.ID])
		}
	}
	return b, fmt.Errorf("template.yaml declares no %s", name)
}
