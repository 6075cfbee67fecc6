// Package platformtest holds every platform to what the desk relies on, so that
// a new one is done when Run and Fuzz pass.
package platformtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
)

// A Platform is what there is to know about one for its test.
type Platform struct {
	Webhooks platform.Webhooks // of an app whose webhooks Sign signs
	// Sign returns the headers of a webhook that is sent at now.
	Sign func(body []byte, now time.Time) http.Header
	// SignsTime says that an old webhook must be refused.
	SignsTime bool
	// Golden are the headers of the recorded webhooks: testdata/NAME.webhook.json,
	// whose events are testdata/NAME.golden.json.
	Golden http.Header
	Count  func(body []byte) int // how many events are in a body, read naively

	First, Again string // one event, and its redelivery as far as that differs
	Unknown      string // an event of a type that nobody knows

	// Sender returns one whose requests go to api, and Reply what it sends.
	Sender  func(api string) platform.Sender
	Reply   desk.Reply
	Texts   func(t *testing.T, body []byte) []string // of the messages in a request
	Repeats func(r *http.Request) string             // what the platform recognises a repeated request by
	Answers []Answer
}

// An Answer is what a platform may say to a send, and what it means.
type Answer struct {
	Name   string
	Status int
	Header string // "Name: value", if any
	Body   string
	ID     string         // of an accepted reply
	Want   desk.SendError // without a reason; its class is empty for accepted
}

// now is when every test of this package takes place.
func now() time.Time { return time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC) }

// Run holds p to all of it. With update it writes the golden files first: read
// what changed before you commit that.
func Run(t *testing.T, p Platform, update bool) {
	t.Run("signatures", func(t *testing.T) { signatures(t, p) })
	t.Run("recorded webhooks", func(t *testing.T) { recorded(t, p, update) })
	t.Run("events", func(t *testing.T) { events(t, p) })
	t.Run("replies", func(t *testing.T) { replies(t, p) })
	t.Run("errors are silent", func(t *testing.T) { silence(t, p) })
}

func signatures(t *testing.T, p Platform) {
	t.Parallel()
	body := []byte(p.First)
	verify := func(h http.Header, body []byte, at time.Time) error { return p.Webhooks.Verify(h, body, at) }
	good := func() http.Header { return p.Sign(body, now()) }
	lower := http.Header{}
	for name, values := range good() {
		lower[strings.ToLower(name)] = values
	}
	shouted := http.Header{}
	for name, values := range good() {
		shouted[strings.ToUpper(name)] = values
	}
	for name, h := range map[string]http.Header{"as it comes": good(), "in lower case": lower, "in upper case": shouted} {
		if err := verify(h, body, now()); err != nil {
			t.Errorf("a webhook with headers %s is refused: %v", name, err)
		}
	}
	for i := range body {
		flipped := bytes.Clone(body)
		flipped[i] ^= 1
		if verify(good(), flipped, now()) == nil {
			t.Errorf("byte %d may be changed", i)
		}
	}
	for name, change := range map[string][]byte{"one byte more": append(bytes.Clone(body), ' '), "one byte less": body[:len(body)-1], "no body": nil} {
		if verify(good(), change, now()) == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	if verify(http.Header{}, body, now()) == nil {
		t.Error("a webhook without headers is accepted")
	}
	for name := range good() {
		for what, value := range map[string][]string{"missing": nil, "empty": {""}, "garbage": {"\x00\xff,, v1,"}, "cut": {good().Get(name)[1:]}, "with a line end": {good().Get(name) + "\n"}} {
			h := good()
			h[name] = value
			if verify(h, body, now()) == nil {
				t.Errorf("a webhook whose %s is %s is accepted", name, what)
			}
		}
	}
	for _, off := range []time.Duration{-24 * time.Hour, 24 * time.Hour} {
		if err := verify(good(), body, now().Add(off)); p.SignsTime != (err != nil) {
			t.Errorf("%v off: %v", off, err)
		}
	}
}

// read splits and parses, which must both succeed.
func read(t *testing.T, w platform.Webhooks, h http.Header, body []byte) []desk.Event {
	t.Helper()
	raw, err := w.Split(h, body)
	if err != nil {
		t.Fatal(err)
	}
	events := []desk.Event{}
	for _, r := range raw {
		e, err := w.Parse(r)
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	return events
}

func recorded(t *testing.T, p Platform, update bool) {
	bodies, err := filepath.Glob("testdata/*.webhook.json")
	if err != nil || len(bodies) == 0 {
		t.Fatalf("no recorded webhooks: %v", err)
	}
	for _, path := range bodies {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".webhook.json"), func(t *testing.T) {
			t.Parallel()
			body, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			itself(t, p, p.Golden, body)
			events := read(t, p.Webhooks, p.Golden, body)
			if want := p.Count(body); len(events) != want {
				t.Errorf("%d events became %d", want, len(events))
			}
			var got bytes.Buffer
			enc := json.NewEncoder(&got)
			enc.SetEscapeHTML(false)
			enc.SetIndent("", "\t")
			if err := enc.Encode(events); err != nil {
				t.Fatal(err)
			}
			golden := strings.TrimSuffix(path, ".webhook.json") + ".golden.json"
			if update {
				if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Errorf("events differ from %s (-want +got):\n%s", golden, diff)
			}
		})
	}
}

// itself checks that each event splits into itself.
func itself(t *testing.T, p Platform, h http.Header, body []byte) {
	t.Helper()
	raw, err := p.Webhooks.Split(h, body)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range raw {
		again, err := p.Webhooks.Split(h, r.Body)
		if err != nil || len(again) != 1 {
			t.Fatalf("event %d splits into %d, %v", i, len(again), err)
		}
		if diff := cmp.Diff(r, again[0]); diff != "" {
			t.Errorf("event %d changes when it is split again (-once +twice):\n%s", i, diff)
		}
	}
}

func events(t *testing.T, p Platform) {
	t.Parallel()
	first, again := read(t, p.Webhooks, p.Golden, []byte(p.First)), read(t, p.Webhooks, p.Golden, []byte(p.Again))
	if len(first) != 1 || len(again) != 1 || first[0].Key == "" || first[0].Key != again[0].Key {
		t.Errorf("a redelivery has another key: %v, %v", first, again)
	}
	unknown := read(t, p.Webhooks, p.Golden, []byte(p.Unknown))
	if len(unknown) != 1 || unknown[0].Kind != desk.Unsupported || unknown[0].Key == "" {
		t.Errorf("an event of an unknown type becomes %v", unknown)
	}
	for _, body := range []string{"", "{", "[]", "null", `"x"`, "{}{}", "\xff"} {
		if raw, err := p.Webhooks.Split(p.Golden, []byte(body)); err == nil {
			t.Errorf("%q splits into %d", body, len(raw))
		}
		if e, err := p.Webhooks.Parse(desk.RawEvent{Body: []byte(body)}); err == nil {
			t.Errorf("%q reads as %v", body, e)
		}
	}
}

func replies(t *testing.T, p Platform) {
	t.Parallel()
	for _, a := range p.Answers {
		t.Run(a.Name, func(t *testing.T) {
			t.Parallel()
			api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if name, value, ok := strings.Cut(a.Header, ": "); ok {
					w.Header().Set(name, value)
				}
				w.WriteHeader(a.Status)
				io.WriteString(w, a.Body)
			}))
			defer api.Close()
			id, err := p.Sender(api.URL).Send(t.Context(), p.Reply)
			var got desk.SendError
			if failed, ok := errors.AsType[*desk.SendError](err); ok {
				got = desk.SendError{Class: failed.Class, After: failed.After}
				if failed.Reason == "" || strings.Contains(failed.Reason, p.Reply.Text) {
					t.Errorf("the reason is %q", failed.Reason)
				}
			} else if err != nil {
				t.Errorf("the error is no *desk.SendError: %v", err)
			}
			if got != a.Want || id != a.ID {
				t.Errorf("Send = %q, %+v; want %q, %+v", id, got, a.ID, a.Want)
			}
		})
	}
	t.Run("no answer before the time is up", func(t *testing.T) {
		t.Parallel()
		asked, done := make(chan struct{}), make(chan struct{})
		api := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			close(asked)
			<-done
		}))
		defer api.Close()
		defer close(done)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-asked
			cancel()
		}()
		s := p.Sender(api.URL)
		_, err := s.Send(ctx, p.Reply)
		want := desk.SendUnknown
		if s.Repeatable() {
			want = desk.SendRetry
		}
		if failed, ok := errors.AsType[*desk.SendError](err); !ok || failed.Class != want {
			t.Errorf("Send = %v, want %s", err, want)
		}
	})
	t.Run("a long text arrives in parts, whole and in order, and the same parts again", func(t *testing.T) {
		t.Parallel()
		long(t, p)
	})
}

func long(t *testing.T, p Platform) {
	var texts, keys []string
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		texts, keys = append(texts, p.Texts(t, body)...), append(keys, p.Repeats(r))
	}))
	defer api.Close()
	s := p.Sender(api.URL)
	r := p.Reply
	r.Text = strings.Repeat("สั่งของไปสามวันแล้ว 😤 <b>&\n", 2500)
	for range 2 {
		if _, err := s.Send(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	if len(texts) < 4 || len(texts)%2 != 0 || cmp.Diff(texts[:len(texts)/2], texts[len(texts)/2:]) != "" {
		t.Fatalf("the same text was sent in %d parts, which differ", len(texts))
	}
	half := keys[:len(keys)/2]
	if cmp.Diff(half, keys[len(keys)/2:]) != "" {
		t.Error("a repeated reply has other keys: it would arrive twice")
	}
	for i, key := range half {
		if key == "" || i > 0 && key == half[i-1] {
			t.Errorf("request %d has the key %q of the one before: it would be taken for a repeat", i, key)
		}
	}
	limit, unit := s.Limit()
	for i, text := range texts {
		if n := unit.Len(text); n > limit {
			t.Errorf("part %d has %d %s of %d", i, n, unit, limit)
		}
	}
	if got := strings.Join(texts[:len(texts)/2], ""); bare(got) != bare(r.Text) {
		t.Errorf("%d bytes became %d", len(bare(r.Text)), len(bare(got)))
	}
}

func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

// Fuzz holds for any body: nothing panics, each event splits into itself, none
// is lost, and what can be read is a whole event that reads the same again.
func Fuzz(f *testing.F, p Platform) {
	bodies, err := filepath.Glob("testdata/*.webhook.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range bodies {
		body, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		raw, err := p.Webhooks.Split(p.Golden, body)
		if err != nil {
			if raw != nil {
				t.Error("both events and an error")
			}
			return
		}
		if want := p.Count(body); len(raw) != want {
			t.Errorf("%d events became %d", want, len(raw))
		}
		itself(t, p, p.Golden, body)
		for _, r := range raw {
			e, err := p.Webhooks.Parse(r)
			if err != nil {
				continue
			}
			if e.Key == "" || e.Kind == "" || e.Platform == "" || e.Channel == "" || e.Direction == "" || e.Visibility == "" {
				t.Errorf("half an event came out: %+v", e)
			}
			if _, err := json.Marshal(e); err != nil {
				t.Errorf("an event that cannot be written: %v", err)
			}
			if again, err := p.Webhooks.Parse(r); err != nil || cmp.Diff(e, again) != "" {
				t.Errorf("it reads otherwise the second time: %v", err)
			}
		}
	})
}
