package webhook_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/webhook"
)

// noted is where handshakes are noted; it fails as often as it is told.
type noted struct {
	all  []string
	fail int
}

func (n *noted) Challenged(ctx context.Context, app desk.App, answered bool, at time.Time) error {
	if end, ok := ctx.Deadline(); !ok || time.Until(end) > time.Second {
		return errors.New("an answer could wait for ever")
	}
	if n.fail > 0 {
		n.fail--
		return errors.New("no table")
	}
	n.all = append(n.all, fmt.Sprintf("%s %t %s", app.Name, answered, at.Format("15:04:05")))
	return nil
}

func TestAHandshakeIsNotedOnceInFiveMinutesAndAnsweredWhateverComesOfThat(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	book := &noted{fail: 1}
	door := &webhook.Door[curious]{
		Apps:  map[desk.App]curious{{Platform: "curious", Name: "demo"}: {}, {Platform: "curious", Name: "other"}: {}},
		Asked: book, Now: func() time.Time { return now }, Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	handler := door.Handler()
	for _, step := range []struct {
		after       time.Duration // since the one before
		method, app string
		query       string
		want        int
	}{
		{0, "GET", "demo", "?the.token=ours&the.word=1", 200}, // can't be written
		{time.Second, "GET", "demo", "?the.token=ours&the.word=2", 200},
		{time.Second, "GET", "demo", "?the.token=ours&the.word=3", 200},
		{time.Second, "GET", "demo", "?the.token=theirs", 403},
		{time.Second, "GET", "demo", "?the.token=theirs", 403},
		{time.Second, "GET", "other", "?the.token=ours&the.word=4", 200},
		{time.Second, "GET", "nobody", "?the.token=ours&the.word=5", 404},
		{5 * time.Minute, "HEAD", "demo", "?the.token=ours&the.word=6", 200},
		{time.Second, "GET", "demo", "?the.token=ours&the.word=7", 200},
	} {
		now = now.Add(step.after)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), step.method, "/webhooks/curious/"+step.app+step.query, http.NoBody))
		if w.Code != step.want {
			t.Errorf("%s %s%s is answered %d", step.method, step.app, step.query, w.Code)
		}
	}
	if want := []string{"demo true 12:00:01", "demo false 12:00:03", "other true 12:00:05", "demo true 12:05:07"}; !slices.Equal(book.all, want) {
		t.Errorf("noted %q, want %q", book.all, want)
	}
}
