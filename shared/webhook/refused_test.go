package webhook_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/webhook"
)

// counted is where refusals are counted; it fails as often as it is told.
type counted struct {
	all  []int
	last time.Time
	fail int
}

func (c *counted) Refused(_ context.Context, app desk.App, n int, at time.Time) error {
	if app != (desk.App{Platform: "chat", Name: "demo"}) {
		return errors.New("another app")
	}
	if c.fail > 0 {
		c.fail--
		return errors.New("no table")
	}
	c.all, c.last = append(c.all, n), at
	return nil
}

// stranger is an app that nobody proves to be.
type stranger struct{}

func (stranger) Verify(http.Header, []byte, time.Time) error { return errors.New("not signed") }
func (stranger) Split(http.Header, []byte) ([]desk.RawEvent, error) {
	return nil, errors.New("never asked")
}
func (stranger) Greet(url.Values) desk.Greeting { return desk.Greeting{Status: http.StatusForbidden} }

func TestWhatTheDoorRefusesIsCountedOnceAMinute(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	book := &counted{fail: 1}
	door := &webhook.Door[stranger]{
		Apps: map[desk.App]stranger{{Platform: "chat", Name: "demo"}: {}}, Refused: book, Now: func() time.Time { return now }, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	knock := func(method string, times int) {
		t.Helper()
		for range times {
			w := httptest.NewRecorder()
			door.Handler().ServeHTTP(w, httptest.NewRequest(method, "/webhooks/chat/demo", strings.NewReader("{}")))
			if w.Code != http.StatusUnauthorized && w.Code != http.StatusForbidden {
				t.Errorf("answered %d", w.Code)
			}
		}
	}
	knock("POST", 3) // the first could not be written
	now = now.Add(time.Minute)
	knock("GET", 1)
	now = now.Add(time.Second)
	knock("POST", 40)
	now = now.Add(time.Minute)
	knock("POST", 1)
	if want := []int{4, 41}; !slices.Equal(book.all, want) || !book.last.Equal(now) {
		t.Errorf("counted %v until %v, want %v", book.all, book.last, want)
	}
}
