package wiring_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

const watched = `
apps:
  - name: shop
    platform: youtube
    secrets: ["a secret of the tests"]
    callback: https://desk.example/webhooks/youtube/shop
    accounts: [{id: UCtests00000000000000802, brand: Shop, token: a-token-of-the-tests}]
`

// TestAVideoIsReasonToAskForCommentsAndTheScheduleAsksAsWell runs both functions as
// they are put together: a hub's notice has the comments asked for, which come in by
// themselves; the schedule asks again, and finds what is new alone.
func TestAVideoIsReasonToAskForCommentsAndTheScheduleAsksAsWell(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC().Truncate(time.Millisecond)
	comments, subscribed := []string{}, 0
	say := func(id string, at time.Time) {
		stamp := at.Format(time.RFC3339)
		comments = append(comments, fmt.Sprintf(`{"id":%[1]q,"snippet":{"channelId":"UCtests00000000000000802","topLevelComment":{"kind":"youtube#comment","id":%[1]q,"snippet":{"channelId":"UCtests00000000000000802","textOriginal":"when do you open?","authorDisplayName":"@sofia","authorChannelId":{"value":"UCsofia"},"publishedAt":%[2]q,"updatedAt":%[2]q}}}}`, id, stamp))
	}
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/subscribe":
			subscribed++
			w.WriteHeader(http.StatusAccepted)
		case r.URL.Path == "/youtube/v3/channels": // the same schedule looks after the account
			_, _ = w.Write([]byte(`{"items":[{"id":"UCtests00000000000000802"}]}`))
		case r.URL.Path != "/youtube/v3/commentThreads", r.Header.Get("Authorization") != "Bearer a-token-of-the-tests":
			t.Errorf("asked for %s", r.URL)
		default:
			fmt.Fprintf(w, `{"items":[%s]}`, strings.Join(comments, ","))
		}
	}))
	t.Cleanup(api.Close)
	var log bytes.Buffer
	in, store := given(t, &log)
	in.Now = func() time.Time { return now }
	inbound, jobs, reads, asks := readers(t, in, watched, api.URL)

	say("Ug1", now.Add(-time.Hour))
	hand(t, reads, encoded(t, desk.RawEvent{
		App: desk.App{Platform: "youtube", Name: "shop"}, Account: "UCtests00000000000000802", Received: now, Delivery: "w1.0",
		Body: []byte(`<feed xmlns:yt="http://www.youtube.com/xml/schemas/2015" xmlns="http://www.w3.org/2005/Atom"><entry><yt:videoId>v1</yt:videoId><yt:channelId>UCtests00000000000000802</yt:channelId><updated>2026-11-21T09:30:00Z</updated></entry></feed>`),
	}))
	waiting, err := jobs.Receive(t.Context(), 10)
	if err != nil || len(waiting) != 1 {
		t.Fatalf("triage had %d asked for, %v: %s", len(waiting), err, log.String())
	}
	hand(t, asks, string(waiting[0].Value))
	came, err := inbound.Receive(t.Context(), 10)
	if err != nil || len(came) != 2 {
		t.Fatalf("%d came in, %v: %s", len(came), err, log.String())
	}
	var ends, said int
	for _, c := range came {
		switch {
		case c.Value.Delivery == "w1.0":
			ends++
			hand(t, reads, encoded(t, c.Value)) // it ends there
		case strings.Contains(string(c.Value.Body), `"Ug1"`):
			said++
		}
	}
	if ends != 1 || said != 1 || subscribed != 0 {
		t.Errorf("the notice came back %d times, the comment %d, subscribed %d times: %s", ends, said, subscribed, log.String())
	}

	say("Ug2", now.Add(-time.Minute))
	if err := asks.Scheduled(t.Context()); err != nil {
		t.Logf("what else the schedule does: %v", err) // its queues lead nowhere here
	}
	// Another minute has to pass first: it was asked a moment ago.
	if more, err := inbound.Receive(t.Context(), 10); err != nil || len(more) != 0 {
		t.Errorf("%d came in at once, %v", len(more), err)
	}
	now = now.Add(5 * time.Minute)
	if err := asks.Scheduled(t.Context()); err != nil {
		t.Logf("what else the schedule does: %v", err)
	}
	more, err := inbound.Receive(t.Context(), 10)
	if err != nil || len(more) != 1 || !strings.Contains(string(more[0].Value.Body), `"Ug2"`) || more[0].Value.Delivery == "" || subscribed != 1 {
		t.Errorf("%+v, %v, subscribed %d times: %s", more, err, subscribed, log.String())
	}
	c, err := store.Cursor(t.Context(), desk.AccountKey{Platform: "youtube", App: "shop", ID: "UCtests00000000000000802"})
	if err != nil || c.Version != 2 || len(c.Seen) != 2 || c.Subscribed.IsZero() {
		t.Errorf("goes on from %+v, %v", c, err)
	}
}
