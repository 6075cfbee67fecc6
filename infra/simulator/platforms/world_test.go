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
  - name: form
    platform: standard
    secrets: [whsec_dGhlIHdlYmhvb2sgc2VjcmV0IG9mIHRoZSB0ZXN0]
    accounts: [{id: web, brand: Test Tea}]
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
	events []desk.Event
	came   chan struct{} // a webhook was answered
}

func open(t *testing.T, journal string) *world {
	t.Helper()
	w := &world{now: time.Now(), status: func(int) int { return 200 }, came: make(chan struct{}, 1000)}
	list, err := platform.Load([]byte(accounts), "accounts.yaml", platform.ForAll)
	if err != nil {
		t.Fatal(err)
	}
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
		}
	})
}

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
