package x_test

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

// BenchmarkReceive is what the door and triage do with one plain post or message:
// verify, split and parse.
func BenchmarkReceive(b *testing.B) {
	for _, name := range []string{"new_mention", "old_mention", "new_direct"} {
		body, err := os.ReadFile("testdata/" + name + ".webhook.json")
		if err != nil {
			b.Fatal(err)
		}
		w := webhooks(b, secret)
		h := http.Header{"X-Twitter-Webhooks-Signature": {sign(secret, body)}}
		b.Run(fmt.Sprintf("%s/verify", name), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := w.Verify(h, body, time.Time{}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("%s/split and parse %d bytes", name, len(body)), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				raw, err := w.Split(h, body)
				if err != nil {
					b.Fatal(err)
				}
				if e, err := w.Parse(raw[0]); err != nil || e.Kind != desk.MessageCreated {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkBatch splits a body of 1,000 posts, three megabytes.
func BenchmarkBatch(b *testing.B) {
	var posts []string
	for n := range 1000 {
		posts = append(posts, fmt.Sprintf(`{"id_str":"%d","text":%q,"user":{"id_str":"81","screen_name":"danae_volos"}}`, n, strings.Repeat("λέξη ", 320)))
	}
	body := []byte(`{"for_user_id":"70","tweet_create_events":[` + strings.Join(posts, ",") + `]}`)
	w := webhooks(b, secret)
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if raw, err := w.Split(nil, body); err != nil || len(raw) != 1000 {
			b.Fatal(len(raw), err)
		}
	}
}
