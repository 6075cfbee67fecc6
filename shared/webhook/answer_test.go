package webhook_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/metrics"
	"example.com/skala/shared/webhook"
)

// talkative is a platform that wants its own words back where a body begins with a
// wish.
type talkative struct{ words }

func (talkative) Answer(_ http.Header, body []byte) (desk.Greeting, bool) {
	asked, ok := bytes.CutPrefix(body, []byte("say "))
	return desk.Greeting{Status: http.StatusOK, ContentType: "text/plain", Body: asked}, ok
}

func TestAWebhookThatAsksIsAnsweredOnceItIsSafe(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, body, from string
		down             bool
		status           int
		says             string
	}{
		{"a question", "say <b>1</b>", "ours", false, 200, "<b>1</b>"},
		{"an event", "hello", "ours", false, 200, ""},
		{"a question of somebody else's", "say 1", "theirs", false, 401, "bad signature\n"},
		{"a question that nobody could keep", "say 1", "ours", true, 503, "try again\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			s, n := &shelf{queueBroken: tt.down, tableBroken: tt.down}, 0
			door := webhook.Door[talkative]{
				Apps: map[desk.App]talkative{{Platform: "talkative", Name: "demo"}: {words{&n, &n}}}, Inbound: s, Table: s, Ledger: s, Now: time.Now, Log: logs.New(&out),
			}
			r := httptest.NewRequest(http.MethodPost, "/webhooks/talkative/demo", strings.NewReader(tt.body))
			r.Header.Set("Signed-By", tt.from)
			answer := httptest.NewRecorder()
			door.Handler().ServeHTTP(answer, r)
			if answer.Code != tt.status || answer.Body.String() != tt.says {
				t.Errorf("answered %d %q; %s", answer.Code, answer.Body.String(), out.String())
			}
			if tt.status == 200 && tt.says != "" && answer.Header().Get("X-Content-Type-Options") != "nosniff" {
				t.Error("a browser may guess what the answer is")
			}
		})
	}
}

// forgiving is a platform that is not to hear that a webhook was refused.
type forgiving struct{ words }

func (forgiving) Refusal() int { return http.StatusAccepted }

func TestWhoIsNotToHearOfARefusalHearsNothingAndIsDropped(t *testing.T) {
	t.Parallel()
	var logged, measured bytes.Buffer
	s, n := &shelf{}, 0
	door := webhook.Door[forgiving]{
		Apps:    map[desk.App]forgiving{{Platform: "forgiving", Name: "demo"}: {words{&n, &n}}},
		Inbound: s, Table: s, Ledger: s, Now: time.Now, Log: logs.New(&logged), Metrics: &metrics.Recorder{Out: &measured, Stack: "s", Now: time.Now},
	}
	r := httptest.NewRequest(http.MethodPost, "/webhooks/forgiving/demo", strings.NewReader("hello"))
	r.Header.Set("Signed-By", "theirs")
	answer := httptest.NewRecorder()
	door.Handler().ServeHTTP(answer, r)
	door.Metrics.Flush()
	if answer.Code != http.StatusAccepted || answer.Body.Len() > 0 || len(s.queued) > 0 || len(s.spilled) > 0 || len(s.quarantined) > 0 {
		t.Errorf("answered %d %q, kept %v", answer.Code, answer.Body.String(), s)
	}
	if !strings.Contains(logged.String(), `"outcome":"refused","status":202`) || !strings.Contains(measured.String(), `"WebhooksRefused":1`) {
		t.Errorf("nobody hears of it: %s %s", logged.String(), measured.String())
	}
}

func TestWhatWasAskedForGoesInAsIfItHadBeenSent(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	app := desk.App{Platform: "talkative", Name: "demo"}
	s, n := &shelf{}, 0
	door := webhook.Door[talkative]{Apps: map[desk.App]talkative{app: {words{&n, &n}}}, Inbound: s, Table: s, Ledger: s, Now: time.Now, Log: logs.New(&out)}
	if err := door.Take(t.Context(), app, []byte("one two")); err != nil || len(s.queued) != 2 || len(s.accepted) != 1 || len(s.accepted[0].Accounts) != 2 {
		t.Errorf("%v: queued %q, accepted %+v", err, s.queued, s.accepted)
	}
	if err := door.Take(t.Context(), desk.App{Platform: "talkative", Name: "other"}, []byte("one")); err == nil {
		t.Error("an app that nobody has takes something in")
	}
	s.queueBroken, s.tableBroken = true, true
	if err := door.Take(t.Context(), app, []byte("three")); err == nil || len(s.accepted) != 1 {
		t.Errorf("%v: nobody kept it, and %d are accepted", err, len(s.accepted))
	}
}
