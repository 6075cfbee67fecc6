package platforms_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/skala/infra/simulator/platforms"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
)

const accounts = `
apps:
  - name: shop
    platform: line
    secrets: [line-secret-of-the-test]
    accounts: [{id: U0123456789abcdef0123456789abcdef, brand: Test Tea, token: line-token-of-the-test}]
  - name: bot
    platform: telegram
    secrets: [telegram-secret-of-the-test]
    accounts: [{id: "7000000000001", brand: Test Tea, token: "7000000000001:telegram-token-of-the-test"}]
  - name: bot
    platform: viber
    secrets: [viber-token-of-the-test]
    accounts: [{id: tea-viber, brand: Test Tea, token: viber-token-of-the-test}]
  - name: bot
    platform: zalo
    app_id: "2553928453557884079"
    secrets: [zalo-secret-of-the-test]
    accounts: [{id: "3662729599332560487", brand: Test Tea, token: zalo-token-of-the-test}]
  - name: bot
    platform: slack
    secrets: [slack-secret-of-the-test]
    accounts: [{id: T0TEST, brand: Test Tea, token: slack-token-of-the-test}]
  - name: bot
    platform: discord
    secrets: [f3afac5ddd23f098f81603b1edb486945a2c8cdb50e6d8d796f5c6c5f4dbb4e2]
    accounts: [{id: "845027738276462632", brand: Test Tea, token: discord-token-of-the-test}]
  - name: tea
    platform: tiktok
    secrets: [tiktok-secret-of-the-test]
    accounts: [{id: "-000Qtea", brand: Test Tea, token: tiktok-token-of-the-test}]
  - name: tea
    platform: linkedin
    secrets: [linkedin-secret-of-the-test]
    accounts: [{id: "urn:li:organization:487", brand: Test Tea, token: linkedin-token-of-the-test}]
  - name: tea
    platform: youtube
    secrets: [youtube-secret-of-the-test]
    callback: https://desk.example/webhooks/youtube/tea
    accounts: [{id: UCtest00000000000000487, brand: Test & Tea, token: youtube-token-of-the-test}]
  - name: form
    platform: standard
    secrets: [whsec_dGhlIHdlYmhvb2sgc2VjcmV0IG9mIHRoZSB0ZXN0]
    accounts: [{id: web, brand: Test Tea}]
  - name: tea
    platform: meta
    secrets: [meta-secret-of-the-test]
    verify_token: verify-token-of-the-test
    accounts:
      - {id: "100000000000001", brand: Test Tea, token: page-token}
      - {id: "100000000000002", brand: Test Coffee, token: page-token-2}
      - {id: "17840000000000003", channel: instagram, brand: Test Tea, token: instagram-token}
      - {id: "17840000000000004", channel: instagram, page: "100000000000001", brand: Test Tea, token: page-token}
      - {id: "100000000000005", channel: whatsapp, brand: Test Tea, token: whatsapp-token}
      - {id: "30000000000000006", channel: threads, brand: Test Tea, token: threads-token}
  - name: tea
    platform: x
    secrets: [x-secret-of-the-test]
    accounts: [{id: "1700000000000000007", brand: Test Tea, token: x-token}]
`

// A world is the platforms beside a door that verifies and reads with the
// desk's own code, which shares nothing with the code that signs and writes.
type world struct {
	*platforms.Network
	origin  string // of the platforms
	senders *platform.Senders

	mu     sync.Mutex
	now    time.Time
	status func(n int) int // of the n-th webhook, from 1
	bodies int

	bodiesOf [][]byte // that were signed
	events   []desk.Event
	raws     []desk.RawEvent
	list     *platform.Accounts
	came     chan struct{} // a webhook was answered
}

func open(t *testing.T, journal string) *world {
	t.Helper()
	w := &world{now: time.Now(), status: func(int) int { return 200 }, came: make(chan struct{}, 1000)}
	list, err := platform.Load([]byte(accounts), "accounts.yaml", platform.ForAll)
	if err != nil {
		t.Fatal(err)
	}
	w.list = list
	door := httptest.NewServer(w.door(list))
	t.Cleanup(door.Close)
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { handler.ServeHTTP(rw, r) }))
	w.origin = server.URL
	w.Network, err = platforms.New(platforms.Config{
		Accounts: []byte(accounts), Webhooks: door.URL, Public: server.URL, Journal: journal,
		Patience: 20 * time.Second, Now: w.clock, Log: slog.New(slog.NewJSONHandler(io.Discard, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	handler = w.Handler()
	t.Cleanup(func() {
		server.Close()
		w.Close()
	})
	if w.senders, err = list.Senders(server.URL, &http.Client{Timeout: 5 * time.Second}, w.clock); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) door(list *platform.Accounts) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		defer func() { w.came <- struct{}{} }()
		parts := strings.Split(r.URL.Path, "/")
		hooks := list.Receivers()[desk.App{Platform: desk.Platform(parts[2]), Name: parts[3]}]
		if r.Method == http.MethodGet {
			answer := hooks.(platform.Greeter).Greet(r.URL.Query())
			rw.Header().Set("Content-Type", answer.ContentType)
			rw.WriteHeader(answer.Status)
			_, _ = rw.Write(answer.Body)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = hooks.Verify(r.Header, body, w.clock())
		}
		if err != nil {
			rw.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.bodies++
		w.bodiesOf = append(w.bodiesOf, body)
		if code := w.status(w.bodies); code != 200 {
			rw.WriteHeader(code)
			return
		}
		raws, err := hooks.Split(r.Header, body)
		if err != nil {
			panic(err)
		}
		for _, raw := range raws {
			e, err := hooks.Parse(raw)
			if err != nil {
				panic(err)
			}
			w.events = append(w.events, e)
			w.raws = append(w.raws, raw)
		}
	})
}

func (w *world) hooks(a desk.App) platform.Webhooks { return w.list.Receivers()[a] }

func (w *world) say(t *testing.T, s platforms.Say) platforms.Told {
	t.Helper()
	told, err := w.Say(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return told
}

// wait returns the events that were accepted once n webhooks were answered.
func (w *world) wait(t *testing.T, n int) []desk.Event {
	t.Helper()
	for range n {
		select {
		case <-w.came:
		case <-t.Context().Done():
			t.Fatal("the webhooks did not come")
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.events)
}
