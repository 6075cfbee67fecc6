package simulator_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/skala/infra/simulator"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/platform/vendor"
)

const vendorAccounts = `apps:
- {name: web, platform: standard, secrets: [whsec_YWJj], accounts: [{id: w, brand: b}]}
- {name: acme, platform: vendor, secrets: [whsec_YWJjZA==]}
`

// vendorWorld is a simulator whose vendor answers a desk that keeps what it gets.
func vendorWorld(t *testing.T) (s *simulator.Simulator, got *[]*http.Request, bodies *[][]byte) {
	t.Helper()
	got, bodies = &[]*http.Request{}, &[][]byte{}
	desk := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		*got, *bodies = append(*got, r), append(*bodies, body)
	}))
	t.Cleanup(desk.Close)
	s, err := simulator.New(simulator.Config{
		Accounts: []byte(vendorAccounts), Webhooks: desk.URL, Public: "http://127.0.0.1:1", Console: "http://127.0.0.1:2", Now: time.Now, Log: logs.New(io.Discard),
		Hooks: map[string][]string{"acme": {"whsec_YWJjZA=="}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return s, got, bodies
}

func TestAVendorAnswersAsTheDeskWantsToHearIt(t *testing.T) {
	t.Parallel()
	w, err := vendor.NewWebhooks([]string{"whsec_YWJjZA=="}, "acme")
	if err != nil {
		t.Fatal(err)
	}
	for fault, tt := range map[string]struct {
		times int
		ok    bool
	}{"": {1, true}, "twice": {2, true}, "forged": {1, false}, "late": {1, false}} {
		s, got, bodies := vendorWorld(t)
		ask := httptest.NewRequest(http.MethodPost, "/sim/api/vendors/acme/answer", strings.NewReader(`{"ticket":"abc.1","status":"done","text":"it was the seal","fault":"`+fault+`"}`))
		out := httptest.NewRecorder()
		s.ServeHTTP(out, ask)
		if out.Code != http.StatusOK || len(*got) != tt.times {
			t.Errorf("%q: %d, sent %d times: %s", fault, out.Code, len(*got), out.Body)
			continue
		}
		r, body := (*got)[0], (*bodies)[0]
		if err := w.Verify(r.Header, body, time.Now()); (err == nil) != tt.ok || r.URL.Path != "/webhooks/vendor/acme" {
			t.Errorf("%q at %s: %v", fault, r.URL.Path, err)
		}
		if tt.times == 2 && (r.Header.Get("webhook-id") != (*got)[1].Header.Get("webhook-id") || !bytes.Equal(body, (*bodies)[1])) {
			t.Error("the second time it is another")
		}
	}
}

func TestWhatNoVendorSaysIsRefused(t *testing.T) {
	t.Parallel()
	s, got, _ := vendorWorld(t)
	for _, tt := range []struct{ name, body string }{
		{"nobody", `{"ticket":"abc.1","status":"done"}`}, {"acme", `{"ticket":"abc.1","status":"resolved"}`}, {"acme", `{"status":"done"}`},
		{"acme", `{"ticket":"abc.1","status":"done","fault":"rude"}`}, {"acme", `{`},
	} {
		out := httptest.NewRecorder()
		s.ServeHTTP(out, httptest.NewRequest(http.MethodPost, "/sim/api/vendors/"+tt.name+"/answer", strings.NewReader(tt.body)))
		if out.Code < 400 || len(*got) != 0 {
			t.Errorf("%s %s: %d", tt.name, tt.body, out.Code)
		}
	}
}

func TestThePageLetsAVendorAnswerWhatTheyWereSent(t *testing.T) {
	t.Parallel()
	s, got, bodies := vendorWorld(t)
	body := []byte(`{"type":"ticket.sent","timestamp":"2026-11-22T09:30:00Z","data":{"ticket":"abc.1","brand":"b","severity":"critical"}}`)
	in := httptest.NewRequest(http.MethodPost, "/receivers/hook/acme", bytes.NewReader(body))
	mac := hmac.New(sha256.New, []byte("abcd"))
	at := strconv.FormatInt(time.Now().Unix(), 10)
	mac.Write([]byte("m1." + at + "."))
	mac.Write(body)
	in.Header.Set("webhook-id", "m1")
	in.Header.Set("webhook-timestamp", at)
	in.Header.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	out := httptest.NewRecorder()
	s.ServeHTTP(out, in)
	if out.Code != http.StatusNoContent {
		t.Fatalf("it is answered %d", out.Code)
	}
	page := httptest.NewRecorder()
	s.ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/told", nil))
	if !strings.Contains(page.Body.String(), `name="ticket" value="abc.1"`) {
		t.Fatalf("the page offers no answer: %s", page.Body)
	}
	form := url.Values{"vendor": {"acme"}, "ticket": {"abc.1"}, "status": {"question"}, "text": {"Which one?"}}
	click := httptest.NewRequest(http.MethodPost, "/told/answer", strings.NewReader(form.Encode()))
	click.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	done := httptest.NewRecorder()
	s.ServeHTTP(done, click)
	if done.Code != http.StatusSeeOther || len(*got) != 1 || !strings.Contains(string((*bodies)[0]), "Which one?") {
		t.Errorf("it is answered %d, and the desk got %d", done.Code, len(*got))
	}
}
