package console_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/console"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/metrics"
)

// requests are the lines of the console's log that tell of requests, and what
// else there is.
func (h *house) requests() (lines []map[string]any, others []string) {
	h.t.Helper()
	for text := range strings.Lines(h.logged.String()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			h.t.Fatal(err)
		}
		if line["msg"] == "request" {
			lines = append(lines, line)
		} else {
			others = append(others, line["msg"].(string))
		}
	}
	return lines, others
}

// failing is a table that does not answer, or falls over.
type failing struct {
	table
	err    error
	panics any
}

func (f *failing) Ticket(ctx context.Context, id desk.TicketID) (desk.Ticket, error) {
	if f.panics != nil {
		panic(f.panics)
	}
	if f.err != nil {
		return desk.Ticket{}, f.err
	}
	return f.table.Ticket(ctx, id)
}

func TestARequestIsOneLineWithoutItsSendersWords(t *testing.T) {
	t.Parallel()
	const words = "canary-words"
	broken := &failing{}
	var measured bytes.Buffer
	h := open(t, func(c *console.Config) {
		broken.table, c.Tickets = c.Tickets, broken
		c.Metrics = &metrics.Recorder{Out: &measured, Stack: "s", Now: time.Now}
	})
	ticket := h.says("somchai", charged+" "+words)
	token := h.claim("demo-senior", ticket.ID)
	address := "/api/v1/tickets/" + string(ticket.ID)
	reply := map[string]any{"text": words, "token": token}
	tests := []struct {
		name string
		ask  func()
		want map[string]any
	}{
		{"a reply", func() { h.api("demo-senior", "POST", address+"/reply", reply, "Idempotency-Key", "k-"+words) },
			map[string]any{"level": "INFO", "method": "POST", "route": "/api/v1/tickets/{id}/reply", "ticket": string(ticket.ID), "person": "demo-senior", "status": 200.0, "outcome": "ok", "what": "replied"}},
		{"an old token", func() { h.api("demo-lead", "POST", address+"/reply", reply, "Idempotency-Key", "k2") },
			map[string]any{"level": "INFO", "person": "demo-lead", "status": 409.0, "outcome": "token"}},
		{"what is no tag", func() {
			h.api("demo-lead", "POST", address+"/tags", map[string]any{"tags": []string{words + " <x>"}})
		}, map[string]any{"status": 422.0, "outcome": "invalid", "err": nil}},
		{"what is no JSON", func() { h.api("demo-lead", "POST", address+"/tags", map[string]any{"until": words}) },
			map[string]any{"status": 400.0, "outcome": "request", "err": nil}},
		{"a search", func() { h.api("demo-lead", "GET", "/api/v1/tickets?q="+words, nil) },
			map[string]any{"status": 200.0, "route": "/api/v1/tickets"}},
		{"what is no ticket", func() { h.api("demo-lead", "GET", "/api/v1/tickets/"+words, nil) },
			map[string]any{"status": 404.0, "route": "/api/v1/tickets/{id}", "ticket": nil, "outcome": "gone"}},
		{"no address of ours", func() { h.browser().get("/" + words) },
			map[string]any{"status": 404.0, "route": "none", "person": nil, "outcome": "no_page"}},
		{"a forged token", func() {
			h.api("", "GET", "/api/v1/whoami", nil, "Authorization", "Bearer "+words)
		}, map[string]any{"level": "WARN", "status": 401.0, "outcome": "bad_token"}},
		{"another site's answer to a sign-in", func() { h.browser().get("/auth/callback?state=" + words + "&error=" + words) },
			map[string]any{"status": 400.0, "outcome": "sign_in"}},
		{"a table that does not answer", func() {
			broken.err = errors.New("broken")
			h.api("demo-lead", "GET", address, nil)
			broken.err = nil
		}, map[string]any{"level": "ERROR", "status": 500.0, "outcome": "ours", "err": "broken", "ticket": string(ticket.ID)}},
		{"health without a table", func() {
			broken.err = errors.New("broken")
			h.browser().get("/healthz")
			broken.err = nil
		}, map[string]any{"level": "ERROR", "status": 503.0, "route": "/healthz", "err": "broken"}},
	}
	for _, tt := range tests {
		before, _ := h.requests()
		tt.ask()
		lines, _ := h.requests()
		if len(lines) != len(before)+1 {
			t.Fatalf("%s: %d lines more", tt.name, len(lines)-len(before))
		}
		line := lines[len(lines)-1]
		for key, want := range tt.want {
			if diff := cmp.Diff(want, line[key]); diff != "" {
				t.Errorf("%s: %s (-want +got)\n%s", tt.name, key, diff)
			}
		}
		if _, ok := line["took_ms"].(float64); !ok {
			t.Errorf("%s: it does not say how long that took: %v", tt.name, line)
		}
	}
	if strings.Contains(h.logged.String(), words) {
		t.Errorf("the log holds a sender's words:\n%s", h.logged)
	}
	lines, _ := h.requests()
	h.config.Metrics.Flush()
	var counted struct{ Requests, RequestErrors int }
	if err := json.Unmarshal(measured.Bytes(), &counted); err != nil {
		t.Fatal(err)
	}
	if counted.Requests != len(lines) || counted.RequestErrors != 2 {
		t.Errorf("counted %+v of %d", counted, len(lines))
	}
}

func TestARequestThatPanicsIsALineAndGoesOnPanicking(t *testing.T) {
	t.Parallel()
	broken := &failing{panics: "her words"}
	h := open(t, func(c *console.Config) { broken.table, c.Tickets = c.Tickets, broken })
	c, err := console.New(h.config)
	if err != nil {
		t.Fatal(err)
	}
	var recovered any
	func() {
		defer func() { recovered = recover() }()
		c.Handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/healthz", nil))
	}()
	lines, _ := h.requests()
	if recovered != "her words" || len(lines) != 1 || lines[0]["status"] != 500.0 || lines[0]["outcome"] != "panicked" || strings.Contains(h.logged.String(), "her words") {
		t.Errorf("recovered %v, wrote %s", recovered, h.logged)
	}
}

// An issuer that refuses a code may repeat in its answer all that it was sent.
func TestASignInThatFailsTellsNoSecretOfIt(t *testing.T) {
	t.Parallel()
	const secret, code, words = "canary-client-secret", "canary-code", "canary-words"
	var issuer *httptest.Server
	var asked string
	issuer = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/.well-known/openid-configuration":
			w.Header().Set("Content-Type", "application/json")
			doc := map[string]string{"issuer": issuer.URL, "authorization_endpoint": issuer.URL + "/authorize", "token_endpoint": issuer.URL + "/token", "jwks_uri": issuer.URL + "/keys"}
			if err := json.NewEncoder(w).Encode(doc); err != nil {
				t.Error(err)
			}
		case "/token":
			body, err := io.ReadAll(r.Body)
			if err != nil {
				t.Error(err)
			}
			asked = r.Header.Get("Authorization") + " " + string(body)
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			if err := json.NewEncoder(w).Encode(map[string]string{"error": "invalid_grant", "error_description": asked}); err != nil {
				t.Error(err)
			}
		}
	}))
	t.Cleanup(issuer.Close)
	h := open(t, func(c *console.Config) {
		c.SignIn.Issuer, c.SignIn.ClientSecret = issuer.URL, secret
	})
	for _, answer := range []url.Values{{"code": {code}}, {"error": {"access_denied"}}, {"error": {words}}} {
		b := h.browser()
		b.get("/all")
		answer.Set("state", b.at.Query().Get("state"))
		if got := b.get("/auth/callback?" + answer.Encode()); got.code != 400 {
			t.Errorf("%v: answered %d", answer, got.code)
		}
	}
	verifier := regexp.MustCompile(`code_verifier=([^&]+)`).FindStringSubmatch(asked)
	if len(verifier) != 2 || !strings.Contains(asked, code) {
		t.Fatalf("the issuer was asked with %q", asked)
	}
	for _, canary := range []string{secret, base64.StdEncoding.EncodeToString([]byte("skala-console:" + secret)), code, words, verifier[1]} {
		if strings.Contains(h.logged.String(), canary) {
			t.Errorf("the log holds %s:\n%s", canary, h.logged)
		}
	}
	for _, says := range []string{"the issuer answered 400, invalid_grant", "the issuer says access_denied", "the issuer says no code of OAuth"} {
		if !strings.Contains(h.logged.String(), says) {
			t.Errorf("the log does not say that %s", says)
		}
	}
}
