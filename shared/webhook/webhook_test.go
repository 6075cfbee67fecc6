package webhook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/ledger"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/metrics"
	"example.com/skala/shared/webhook"
)

// words is a platform whose webhooks are words, signed by saying so. What has a
// question mark in it nobody can split.
type words struct{ verified, split *int }

func (w words) Verify(h http.Header, _ []byte, _ time.Time) error {
	*w.verified++
	if h.Get("Signed-By") != "ours" {
		return errors.New("not ours")
	}
	return nil
}

func (w words) Split(_ http.Header, body []byte) (events []desk.RawEvent, err error) {
	*w.split++
	if strings.Contains(string(body), "?") {
		return nil, errors.New("no words")
	}
	for word := range strings.FieldsSeq(string(body)) {
		events = append(events, desk.RawEvent{Account: "a", Body: []byte(word)})
	}
	return events, nil
}

// shelf is queue and table; it can be told to fail, and the queue refuses what
// is late.
type shelf struct {
	queueBroken, tableBroken     bool
	queued, spilled, quarantined []string
	header                       map[string]string
	deliveries                   []string
	accepted                     []desk.Acceptance
}

func (s *shelf) Accept(_ context.Context, a desk.Acceptance) error {
	if s.tableBroken {
		return errors.New("table broken")
	}
	s.accepted = append(s.accepted, a)
	return nil
}

func (s *shelf) SendAll(_ context.Context, events []desk.RawEvent) (refused []desk.RawEvent, err error) {
	for _, e := range events {
		s.deliveries = append(s.deliveries, e.Delivery)
		if s.queueBroken || string(e.Body) == "late" {
			refused, err = append(refused, e), errors.New("queue broken")
			continue
		}
		s.queued = append(s.queued, string(e.App.Platform)+":"+string(e.Body))
	}
	return refused, err
}

func (s *shelf) Spill(_ context.Context, events []desk.RawEvent) error {
	if s.tableBroken {
		return errors.New("table broken")
	}
	for _, e := range events {
		s.spilled = append(s.spilled, string(e.Body))
	}
	return nil
}

func (s *shelf) Quarantine(_ context.Context, e desk.RawEvent, _ string) error {
	if s.tableBroken {
		return errors.New("table broken")
	}
	s.quarantined, s.header, s.deliveries = append(s.quarantined, string(e.Body)), e.Header, append(s.deliveries, e.Delivery)
	if !e.Whole {
		return errors.New("not said to be whole")
	}
	return nil
}

func TestTheDoor(t *testing.T) {
	t.Parallel()
	const ours = "/webhooks/words/demo"
	tests := []struct {
		name, path, signedBy, body   string
		queueBroken, tableBroken     bool
		want                         int
		queued, spilled, quarantined string
		split, accepted              int
		line                         string // level and outcome
		counted                      string
	}{
		{"a signed webhook is split and queued", ours, "ours", "one two", false, false, 200, "words:one words:two", "", "", 1, 2, "INFO taken", `"EventsAccepted":2`},
		{"a platform trying the address is answered", ours, "ours", "", false, false, 200, "", "", "", 1, 0, "INFO empty", ``},
		{"a forged webhook is refused before it is read", ours, "theirs", "?", false, false, 401, "", "", "", 0, 0, "WARN refused", `"WebhooksRefused":1`},
		{"an app we do not have is not found", "/webhooks/words/other", "ours", "one", false, false, 404, "", "", "", 0, 0, "INFO unknown app", ``},
		{"a platform we do not have is not found", "/webhooks/letters/demo", "ours", "one", false, false, 404, "", "", "", 0, 0, "INFO unknown app", ``},
		{"a body longer than Lambda takes is too large", ours, "ours", strings.Repeat("x", webhook.MaxBody+1), false, false, 413, "", "", "", 0, 0, "WARN too large", ``},
		{"a signed webhook nobody can split is kept", ours, "ours", "what?", false, false, 200, "", "", "what?", 1, 1, "WARN quarantined", `"EventsAccepted":1,"EventsQuarantined":1`},
		{"what the queue refuses goes to the table, and only that", ours, "ours", "one late two", false, false, 200, "words:one words:two", "late", "", 1, 3, "WARN spilled", `"EventsAccepted":3,"EventsSpilled":1`},
		{"with the queue down everything goes to the table", ours, "ours", "one two", true, false, 200, "", "one two", "", 1, 2, "WARN spilled", `"EventsAccepted":2,"EventsSpilled":2`},
		{"with queue and table down the platform sends it again", ours, "ours", "one", true, true, 503, "", "", "", 1, 0, "ERROR failed", ``},
		{"with the table down the queue is enough", ours, "ours", "one", false, true, 200, "words:one", "", "", 1, 0, "INFO taken", `"EventsAccepted":1`},
		{"with the table down an unreadable webhook is sent again", ours, "ours", "what?", false, true, 503, "", "", "", 1, 0, "ERROR failed", ``},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var verified, split int
			s := &shelf{queueBroken: tt.queueBroken, tableBroken: tt.tableBroken}
			var logged, measured bytes.Buffer
			door := webhook.Door[words]{
				Apps:    map[desk.App]words{{Platform: "words", Name: "demo"}: {&verified, &split}},
				Inbound: s, Table: s, Ledger: s, Now: func() time.Time { return time.Unix(1, 0) }, Log: logs.New(&logged),
				Metrics: &metrics.Recorder{Out: &measured, Stack: "s", Now: time.Now},
			}
			r := httptest.NewRequest("POST", tt.path, strings.NewReader(tt.body))
			r.Header.Set("Signed-By", tt.signedBy)
			r.Header.Set("Authorization", "secret")
			w := httptest.NewRecorder()
			door.Handler().ServeHTTP(w, r)
			got := [...]string{strings.Join(s.queued, " "), strings.Join(s.spilled, " "), strings.Join(s.quarantined, " ")}
			if want := [...]string{tt.queued, tt.spilled, tt.quarantined}; w.Code != tt.want || got != want || split != tt.split {
				t.Errorf("answered %d with %q after %d splits, want %d with %q after %d", w.Code, got, split, tt.want, want, tt.split)
			}
			if tt.quarantined != "" && !tt.tableBroken && (s.header["signed-by"] != "ours" || s.header["authorization"] != "") {
				t.Errorf("kept headers %v", s.header)
			}
			var accepted []string
			for _, a := range s.accepted {
				for n := range a.Accounts {
					accepted = append(accepted, ledger.EventDelivery(a.Delivery, n))
				}
			}
			if len(accepted) != tt.accepted || tt.accepted > 0 && !slices.Equal(accepted, s.deliveries) {
				t.Errorf("the ledger has %q of %q", accepted, s.deliveries)
			}
			if tt.body != "" && strings.Contains(logged.String(), tt.body) {
				t.Error("the body was logged")
			}
			var told []string
			for text := range strings.Lines(logged.String()) {
				var line struct {
					Level, Msg, Outcome string
					Status              int
				}
				if err := json.Unmarshal([]byte(text), &line); err != nil {
					t.Fatal(err)
				}
				if line.Msg == "webhook" && line.Status == tt.want {
					told = append(told, line.Level+" "+line.Outcome)
				}
			}
			if !slices.Equal(told, []string{tt.line}) {
				t.Errorf("the log says %q, want %q", told, tt.line)
			}
			door.Metrics.Flush()
			if _, values, _ := strings.Cut(measured.String(), `"Stack":"s",`); strings.TrimSuffix(values, "}\n") != tt.counted {
				t.Errorf("counted %s, want %s", measured.String(), tt.counted)
			}
		})
	}
}

func TestTheLedgerHearsOfNothingThatThePlatformIsAskedToSendAgain(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"one two", "what?"} {
		var verified, split int
		down, book := &shelf{queueBroken: true, tableBroken: true}, &shelf{}
		door := webhook.Door[words]{
			Apps:    map[desk.App]words{{Platform: "words", Name: "demo"}: {&verified, &split}},
			Inbound: down, Table: down, Ledger: book, Now: func() time.Time { return time.Unix(1, 0) }, Log: logs.New(io.Discard),
		}
		r := httptest.NewRequest("POST", "/webhooks/words/demo", strings.NewReader(body))
		r.Header.Set("Signed-By", "ours")
		w := httptest.NewRecorder()
		door.Handler().ServeHTTP(w, r)
		if w.Code != http.StatusServiceUnavailable || len(book.accepted) != 0 {
			t.Errorf("%q: answered %d, accepted %+v", body, w.Code, book.accepted)
		}
	}
}

// falls is a platform whose webhooks make the door fall over.
type falls struct{}

func (falls) Verify(http.Header, []byte, time.Time) error { return nil }
func (falls) Split(_ http.Header, body []byte) ([]desk.RawEvent, error) {
	panic("cannot split " + string(body))
}

func TestAWebhookThatPanicsIsALineAndGoesOnPanicking(t *testing.T) {
	t.Parallel()
	var logged bytes.Buffer
	s := &shelf{}
	door := webhook.Door[falls]{Apps: map[desk.App]falls{{Platform: "words", Name: "demo"}: {}}, Inbound: s, Table: s, Ledger: s, Now: time.Now, Log: logs.New(&logged)}
	defer func() {
		if recover() == nil || !strings.Contains(logged.String(), `"outcome":"panicked","status":500`) || strings.Contains(logged.String(), "her words") {
			t.Errorf("the log says %s", logged.String())
		}
	}()
	door.Handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "/webhooks/words/demo", strings.NewReader("her words")))
}
