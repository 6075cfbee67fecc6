// Package platformtest holds every platform to what the desk relies on, so that
// a new one is done when Run and the fuzz targets pass. A platform of several
// channels is run once for each.
package platformtest

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
)

// A Platform is what there is to know about one for its test.
type Platform struct {
	// Secrets are three that could be an app's. Open returns the webhooks of an app
	// that has some of them, Sign the headers of a webhook that is sent at now,
	// signed with one.
	Secrets   [3]string
	Open      func(secrets ...string) (platform.Webhooks, error)
	Sign      func(secret string, body []byte, now time.Time) http.Header
	Signature string     // the header that the signature is in
	SignsTime bool       // an old webhook must be refused
	Bare      bool       // the signature may come without its prefix
	Shows     bool       // nothing is signed: the platform shows the secret itself
	Handshake *Handshake // nil for a platform that never asks whether the address is ours

	// Dir holds recorded webhooks, as NAME.webhook.json, whose events are
	// NAME.golden.json. Thin ones have NAME.fetched.json, what the platform tells
	// when it is asked, and NAME.fetched.golden.json. Empty is testdata.
	Dir    string
	Golden http.Header           // the headers of the recorded webhooks
	Count  func(body []byte) int // how many events are in a body, read naively

	First, Again string // one event, and its redelivery as far as that differs
	Unknown      string // an event of a type that nobody knows

	// Sender returns one whose requests go to api, and Reply what it sends. Nil is for
	// those whom nobody replies to, who are vendors: First is what one says then.
	Sender func(api string) platform.Sender
	Accept http.HandlerFunc // how the platform takes a reply; nil is 200 and nothing else
	// Prepares reports whether a request comes before the one that sends a reply and
	// does nothing that anybody sees; it is answered by Accept, whatever is tested.
	// Nil is for platforms that need none.
	Prepares func(r *http.Request) bool
	Reply    desk.Reply
	Sent     func(t *testing.T, r *http.Request, body []byte) []Message // the messages in a request, none where it only goes with one
	Tagged   bool                                                       // messages carry desk.Reply.Tag
	Repeats  func(r *http.Request) string                               // what the platform recognises a repeated request by; nil where it does not
	Answers  []Answer
	Asks     []Ask // what else senders are asked to do
}

// A Message is one of those that a reply goes out as, as the platform sees it.
type Message struct {
	Text, Tag string
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

// An Ask is a request that is no reply: moderating, looking somebody up, fetching
// what a thin notice lacks.
type Ask struct {
	Name    string
	Do      func(ctx context.Context, s platform.Sender) error
	Answers []Answer // without ids
}

// Who is the Ask of a sender that can be asked who somebody is.
func Who(o desk.Origin, author string, answers ...Answer) Ask {
	return Ask{Name: "asking who somebody is", Answers: answers, Do: func(ctx context.Context, s platform.Sender) error {
		_, err := s.(platform.Profiler).Profile(ctx, o, author)
		return err
	}}
}

// now is when every test of this package takes place.
func now() time.Time { return time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC) }

// Run holds p to all of it. With update it writes the golden files first: read
// what changed before you commit that.
func Run(t *testing.T, p Platform, update bool) {
	t.Run("signatures", func(t *testing.T) { signatures(t, p) })
	t.Run("handshakes", func(t *testing.T) { handshakes(t, p) })
	t.Run("recorded webhooks", func(t *testing.T) { recorded(t, p, update) })
	t.Run("events", func(t *testing.T) { events(t, p) })
	t.Run("ids are strings", func(t *testing.T) { ids(t, p) })
	t.Run("bad input", func(t *testing.T) { hostile(t, p) })
	t.Run("replies", func(t *testing.T) { replies(t, p) })
	t.Run("errors are silent", func(t *testing.T) { silence(t, p) })
}

// open returns the webhooks of an app with some secrets.
func (p Platform) open(t testing.TB, secrets ...string) platform.Webhooks {
	t.Helper()
	w, err := p.Open(secrets...)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// app returns the webhooks of an app in the middle of a rotation, and how the
// platform signs them: with the secret that is not the first.
func (p Platform) app(t testing.TB) (w platform.Webhooks, sign func(body []byte, now time.Time) http.Header) {
	t.Helper()
	return p.open(t, p.Secrets[0], p.Secrets[1]), func(body []byte, now time.Time) http.Header {
		return p.Sign(p.Secrets[1], body, now)
	}
}

// answer makes an API say a to everything.
func (a Answer) answer(w http.ResponseWriter) {
	if name, value, ok := strings.Cut(a.Header, ": "); ok {
		w.Header().Set(name, value)
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write([]byte(a.Body)) // who asked may be gone
}

// failure returns what err means, without its reason, and complains of an error
// that the desk could not act on.
func failure(t *testing.T, err error) desk.SendError {
	t.Helper()
	if err == nil {
		return desk.SendError{}
	}
	failed, ok := errors.AsType[*desk.SendError](err)
	if !ok {
		t.Errorf("the error is no *desk.SendError: %v", err)
		return desk.SendError{}
	}
	if failed.Reason == "" {
		t.Error("the error gives no reason")
	}
	return desk.SendError{Class: failed.Class, After: failed.After}
}
