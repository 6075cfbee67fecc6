package console_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"example.com/skala/shared/console"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/post"
)

// watched counts how often lists and bells are read.
type watched struct {
	console.Lists
	console.Bells
	lists, bells, marks atomic.Int32
}

func (w *watched) Worklist(ctx context.Context, q desk.WorklistQuery, after string, limit int) ([]desk.Card, string, error) {
	if limit <= 100 { // else somebody counts
		w.lists.Add(1)
	}
	return w.Lists.Worklist(ctx, q, after, limit)
}

func (w *watched) Rang(ctx context.Context, member string) (int, post.Ring, error) {
	w.bells.Add(1)
	return w.Bells.Rang(ctx, member)
}

func (w *watched) Ringing(ctx context.Context, member string) (string, error) {
	w.marks.Add(1)
	return w.Bells.Ringing(ctx, member)
}

// raw sends a request as a browser with b's cookies does, and returns all bytes of
// the answer.
func (b *browser) raw(path string, headers ...string) string {
	b.h.t.Helper()
	address := strings.TrimPrefix(b.h.server.URL, "http://")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		b.h.t.Fatal(err)
	}
	defer conn.Close()
	r, err := http.NewRequest("GET", b.h.server.URL+path, nil)
	if err != nil {
		b.h.t.Fatal(err)
	}
	for _, cookie := range b.client.Jar.Cookies(r.URL) {
		r.AddCookie(cookie)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	r.Header.Set("Connection", "close")
	if err := r.Write(conn); err != nil {
		b.h.t.Fatal(err)
	}
	answer, err := io.ReadAll(bufio.NewReader(conn))
	if err != nil {
		b.h.t.Fatal(err)
	}
	return string(answer)
}

func TestAPollWithoutNewsIsSmallAndReadsNothingThatWasReadLately(t *testing.T) {
	t.Parallel()
	w := &watched{}
	h := open(t, func(c *console.Config) {
		w.Lists, w.Bells = c.Lists, c.Notifications.Bells
		c.Lists, c.Notifications.Bells = w, w
	})
	h.says("somchai", charged)
	b := h.browser()
	tag := b.signIn("demo-senior", "/tiers/3").header.Get("ETag")
	w.lists.Store(0)
	w.bells.Store(0)
	const polls = 20
	for range polls {
		got := b.raw("/tiers/3", "If-None-Match", tag, "X-Requested-With", "desk.js")
		if !strings.HasPrefix(got, "HTTP/1.1 304 ") || len(got) >= 300 || !strings.Contains(got, "Etag: "+tag) {
			t.Fatalf("%d bytes: %s", len(got), got)
		}
	}
	got := b.raw("/tiers/3", "If-None-Match", tag)
	t.Logf("a poll without news: %d bytes", len(got))
	if w.lists.Load() != 0 || w.bells.Load() != 0 {
		t.Errorf("%d polls read the list %d times, the bell %d times", polls, w.lists.Load(), w.bells.Load())
	}
	h.after(4 * time.Second)
	for range polls {
		b.raw("/tiers/3", "If-None-Match", tag)
	}
	if w.lists.Load() != 1 || w.bells.Load() != 1 || w.marks.Load() != 1 {
		t.Errorf("seconds later %d polls read the list %d times, the bell %d times, its mark %d times", polls, w.lists.Load(), w.bells.Load(), w.marks.Load())
	}
	for range 5 {
		h.after(4 * time.Second)
		b.raw("/tiers/3", "If-None-Match", tag)
	}
	if w.bells.Load() != 1 || w.marks.Load() != 6 {
		t.Errorf("while nothing rang it was counted %d times, its mark read %d times", w.bells.Load(), w.marks.Load())
	}
}

func TestNewsIsOnAPageThatAsksForItWithinSeconds(t *testing.T) {
	t.Parallel()
	h := open(t)
	b := h.browser()
	tag := b.signIn("demo-senior", "/tiers/3").header.Get("ETag")
	h.says("somchai", charged) // a second later
	h.after(time.Second)
	got := b.get("/tiers/3", "If-None-Match", tag, "X-Requested-With", "desk.js")
	if got.code != 200 || len(shown(got.body)) != 1 {
		t.Errorf("%d with %d tickets", got.code, len(shown(got.body)))
	}
}

func TestTheBellOfAnOpenPageRingsUntilItIsHeardElsewhere(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.hires()
	ticket := h.assigned(h.says("somchai", charged), "demo-senior")
	b := h.browser()
	tag := b.signIn("demo-senior", "/review").header.Get("ETag")
	poll := func(want int) {
		t.Helper()
		h.after(2 * time.Second)
		got := b.get("/review", "If-None-Match", tag, "X-Requested-With", "desk.js")
		if got.code != want {
			t.Fatalf("%d, not %d: %s", got.code, want, got.body)
		}
		tag = got.header.Get("ETag")
	}
	poll(304)
	poll(304)
	h.rings(ticket)
	poll(200)
	poll(304)
	if got := h.api("demo-senior", "POST", "/api/v1/notices/heard", nil); got.code != 204 {
		t.Fatalf("heard: %d %s", got.code, got.body)
	}
	poll(200)
	poll(304)
}

func TestWhoActsSeesAtOnceWhatTheyDid(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.says("somchai", charged)
	b := h.browser()
	b.signIn("demo-senior", "/tiers/3")
	h.claim("demo-senior", ticket.ID)
	if got := b.get("/tiers/3"); len(shown(got.body)) != 0 {
		t.Error("what was claimed still waits on the page")
	}
}

func TestAListSaysWhoseItIsToWhomItIsServed(t *testing.T) {
	t.Parallel()
	h := open(t)
	for who, customer := range map[string]string{"demo-senior": "somchai", "demo-lead": "nok"} {
		h.claim(who, h.says(customer, charged).ID)
	}
	for _, path := range []string{"/mine", "/tickets?assignee=me"} {
		for who, customer := range map[string]string{"demo-senior": "somchai", "demo-lead": "nok"} {
			b := h.browser()
			b.signIn(who, path)
			if got := b.get(path, "If-None-Match", `"x"`); strings.Count(got.body, `class="cover"`) != 1 || !strings.Contains(got.body, fmt.Sprint("Customer ", customer)) {
				t.Errorf("%s as %s has not the ticket of %s alone", path, who, customer)
			}
		}
	}
}
