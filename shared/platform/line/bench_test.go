package line_test

import (
	"net/http"
	"os"
	"testing"
	"time"
)

// BenchmarkReceive is what the door and triage do with one event: verify, split
// and parse.
func BenchmarkReceive(b *testing.B) {
	body, err := os.ReadFile("testdata/text.webhook.json")
	if err != nil {
		b.Fatal(err)
	}
	w := webhooks(b, secret)
	h := http.Header{"X-Line-Signature": {sign(body, secret)}}
	b.Run("verify", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := w.Verify(h, body, time.Time{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	raw, err := w.Split(h, body)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("split", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := w.Split(h, body); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := w.Parse(raw[0]); err != nil {
				b.Fatal(err)
			}
		}
	})
}
