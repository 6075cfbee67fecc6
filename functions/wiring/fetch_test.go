package wiring_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	fetch "example.com/skala/functions/fetch/assembly"
	triage "example.com/skala/functions/triage/assembly"
	"example.com/skala/functions/wiring"
	"example.com/skala/infra/template"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/queue"
	"example.com/skala/shared/queue/queuetest"
)

const social = `
apps:
  - name: shop
    platform: meta
    secrets: ["a secret of the tests"]
    accounts: [{id: "17841400000000800", channel: instagram, brand: Shop, token: a-token-of-the-tests, zone: Europe/Athens, languages: [el, en]}]
`

// TestAThinNoticeGoesFromTriageToThePlatformAndBack runs both functions as they
// are put together, with real queues between them.
func TestAThinNoticeGoesFromTriageToThePlatformAndBack(t *testing.T) {
	t.Parallel()
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer a-token-of-the-tests" || !strings.Contains(r.URL.Query().Get("fields"), "17900000000000802") {
			t.Errorf("asked for %s as %q", r.URL, r.Header.Get("Authorization"))
		}
		_, _ = w.Write([]byte(`{"mentioned_comment":{"text":"when do you open?","username":"sofia.reads"}}`))
	}))
	t.Cleanup(api.Close)
	var log bytes.Buffer
	in, store := given(t, &log)
	inbound, jobs, reads, asks := readers(t, in, social, api.URL)
	notice := encoded(t, desk.RawEvent{
		App: desk.App{Platform: "meta", Name: "shop"}, Account: "17841400000000800", Received: time.Now().UTC().Truncate(time.Millisecond), Delivery: "w1.0",
		Body: []byte(`{"object":"instagram","entry":[{"id":"17841400000000800","time":1795334400,"changes":[{"field":"mentions","value":{"media_id":"18000000000000801","comment_id":"17900000000000802"}}]}]}`),
	})
	hand(t, reads, notice)
	waiting, err := jobs.Receive(t.Context(), 10)
	if err != nil || len(waiting) != 1 {
		t.Fatalf("triage had %d fetched, %v: %s", len(waiting), err, log.String())
	}
	hand(t, asks, string(waiting[0].Value))
	whole, err := inbound.Receive(t.Context(), 10)
	if err != nil || len(whole) != 1 || len(whole[0].Value.Fetched) == 0 || whole[0].Value.Delivery != "w1.0" {
		t.Fatalf("triage gets %+v, %v: %s", whole, err, log.String())
	}
	// Its nudges lead nowhere here, and bring the record back.
	call(t, reads, events.SQSEvent{Records: []events.SQSMessage{{MessageId: "r", Body: encoded(t, whole[0].Value)}}})
	m, _, err := store.MessageByID(t.Context(), desk.ThreadKey{Platform: "meta", Account: "17841400000000800", Conversation: "17900000000000802", Author: "17900000000000802"}, "17900000000000802")
	if err != nil || m.Text != "when do you open?" || m.Author.Handle != "sofia.reads" {
		t.Errorf("the ticket says %+v, %v: %s", m, err, log.String())
	}
}

// readers are triage and the fetch of accounts whose platforms are at an address, and
// the queues between them.
func readers(t *testing.T, in wiring.Input, accounts, api string) (inbound *queue.Queue[desk.RawEvent], jobs *queue.Queue[json.RawMessage], reads, asks *wiring.Function) {
	t.Helper()
	inbound, jobs = queuetest.New[desk.RawEvent](t, "InboundQueue"), queuetest.New[json.RawMessage](t, "FetchQueue")
	file := filepath.Join(t.TempDir(), "accounts.yaml")
	if err := os.WriteFile(file, []byte(accounts), 0o600); err != nil {
		t.Fatal(err)
	}
	env := in.Getenv
	in.Getenv = func(name string) string {
		told, ok := map[string]string{"ACCOUNTS": "file:" + file, "PLATFORM_API": api, "INBOUND_QUEUE_URL": inbound.URL, "FETCH_QUEUE_URL": jobs.URL}[name]
		if !ok {
			return env(name)
		}
		return told
	}
	reads, err := triage.Open(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	asks, err = fetch.Open(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	return inbound, jobs, reads, asks
}

func encoded(t *testing.T, v any) string {
	t.Helper()
	doc, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(doc)
}

// hand gives a function one record, which must be done then.
func hand(t *testing.T, f *wiring.Function, body string) {
	t.Helper()
	if got := call(t, f, events.SQSEvent{Records: []events.SQSMessage{{MessageId: "r", Body: body}}}); got != `{"batchItemFailures":[]}` {
		t.Fatalf("answered %s", got)
	}
}

func TestTheFetchKnowsWhenItIsTheLastTime(t *testing.T) {
	t.Parallel()
	root, err := template.Root()
	if err != nil {
		t.Fatal(err)
	}
	tmpl, err := template.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	q, ok := tmpl.Queue("FetchQueue")
	if !ok || q.MaxReceives != fetch.Receives {
		t.Errorf("dead letters after %d receives, of which the fetch knows %d", q.MaxReceives, fetch.Receives)
	}
	// The ledger calls an hour's events lost two hours after its end.
	if most := q.Visibility*time.Duration(q.MaxReceives) + 20*time.Minute; most > 100*time.Minute {
		t.Errorf("a notice may be on its way for %v", most)
	}
}
