// Package webhook is the door: it checks who sent a webhook, splits it into
// single events without reading them, and answers the platform once each is
// safe. What an event means is for triage to find out, so that a mistake in
// reading one loses none.
package webhook

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/ledger"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/metrics"
)

// A Source knows one app's webhooks: who signs them and where an event ends.
type Source interface {
	Verify(h http.Header, body []byte, now time.Time) error
	Split(h http.Header, body []byte) ([]desk.RawEvent, error)
}

// A greeter is a Source whose platform asks by GET whether the address is ours.
type greeter interface {
	Greet(query url.Values) desk.Greeting
}

// An answerer is a Source whose platform wants to hear more than that a webhook has
// arrived: a challenge in it, say. It is asked once the webhook is safe.
type answerer interface {
	Answer(h http.Header, body []byte) (answer desk.Greeting, ok bool)
}

// A forgiver is a Source whose platform is not to hear that a webhook was refused: it
// is answered with the status, a good one, and dropped.
type forgiver interface {
	Refusal() int
}

// A Queue takes raw events in for triage. It returns those it did not take,
// and why.
type Queue interface {
	SendAll(ctx context.Context, events []desk.RawEvent) (refused []desk.RawEvent, err error)
}

// A Table keeps events that the queue refused, and bodies nobody can split.
type Table interface {
	Spill(ctx context.Context, events []desk.RawEvent) error
	Quarantine(ctx context.Context, body desk.RawEvent, reason string) error
}

// A Ledger notes what the door has taken, so that what becomes of it can be
// balanced against it.
type Ledger interface {
	Accept(ctx context.Context, a desk.Acceptance) error
}

// Refusals counts what the door refuses, app by app.
type Refusals interface {
	Refused(ctx context.Context, app desk.App, n int, at time.Time) error
}

// Challenges knows when an app's platform asked whether the address is ours, and whether
// it was answered as it wants.
type Challenges interface {
	Challenged(ctx context.Context, app desk.App, answered bool, at time.Time) error
}

// A Door serves the addresses that platforms send to.
type Door[S Source] struct {
	Apps    map[desk.App]S
	Inbound Queue
	Table   Table
	Ledger  Ledger
	Refused Refusals   // nil where nobody counts
	Asked   Challenges // nil where nobody wants to know
	Now     func() time.Time
	Log     *slog.Logger
	Metrics *metrics.Recorder // nil for none

	refused refused
	asked   asked
}

// MaxBody is what Lambda hands over at most, in bytes.
const MaxBody = 6 << 20

// Handler serves GET and POST /webhooks/{platform}/{app}. GET is how some platforms
// ask whether the address is ours: it answers as they want, 404 for an app we do
// not have and 405 for one whose platform does not ask. POST answers 404 for an app we
// do not have, 413 for too long a body, 401 for one its platform did not sign, unless
// that is to hear something better, 503 when neither queue nor table took it
// (platforms send it again then) and 200 otherwise: also for what we cannot split,
// since a platform that gets errors for that switches us off in the end.
func (d *Door[S]) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /webhooks/{platform}/{app}", d.serve)
	mux.HandleFunc("GET /webhooks/{platform}/{app}", d.greet)
	return mux
}

// An outcome is what came of a webhook: for the log, and for its sender.
type outcome struct {
	word   string
	level  slog.Level
	status int
	says   string         // with another status than a good one
	answer *desk.Greeting // to a webhook that asks for more than 200; nil for nothing
}

// greet answers a platform that asks whether the address is ours, and writes the
// one line of it.
func (d *Door[S]) greet(w http.ResponseWriter, r *http.Request) {
	began, ctx := d.Now(), logs.Unit(r.Context())
	came := outcome{"panicked", slog.LevelError, http.StatusInternalServerError, "", nil}
	defer func() {
		d.Log.Log(ctx, came.level, "handshake", "outcome", came.word, "status", came.status, logs.Took(d.Now().Sub(began)))
	}()
	app := desk.App{Platform: desk.Platform(r.PathValue("platform")), Name: r.PathValue("app")}
	source, ok := d.Apps[app]
	if !ok {
		came = outcome{"unknown app", slog.LevelInfo, http.StatusNotFound, "", nil}
		http.Error(w, "no such app", came.status)
		return
	}
	logs.Note(ctx, "platform", app.Platform, "app", app.Name)
	asks, ok := any(source).(greeter)
	if !ok {
		came = outcome{"not asked", slog.LevelInfo, http.StatusMethodNotAllowed, "", nil}
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "post webhooks here", came.status)
		return
	}
	query, err := url.ParseQuery(r.URL.RawQuery) // decodes once
	if err != nil {
		query = url.Values{} // half a query is none
	}
	answer := asks.Greet(query)
	came = outcome{"answered", slog.LevelInfo, answer.Status, "", nil}
	if answer.Status != http.StatusOK {
		came.word, came.level = "refused", slog.LevelWarn
		d.Metrics.Count(metrics.HandshakesRefused, 1)
		d.refuse(ctx, app, began)
	}
	say(ctx, w, answer)
	if r.Method == http.MethodGet { // whoever asks by HEAD learns nothing, and is no platform
		d.challenged(ctx, app, answer.Status == http.StatusOK, began)
	}
}

// say answers what a platform wants to hear. It may hold what the sender chose, so no
// browser may take it for a page.
func say(ctx context.Context, w http.ResponseWriter, answer desk.Greeting) {
	w.Header().Set("Content-Type", answer.ContentType)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(answer.Status)
	if _, err := w.Write(answer.Body); err != nil {
		logs.Note(ctx, "err", err)
	}
}

// serve answers a webhook, and writes the one line of it.
func (d *Door[S]) serve(w http.ResponseWriter, r *http.Request) {
	began, ctx := d.Now(), logs.Unit(r.Context())
	came := outcome{"panicked", slog.LevelError, http.StatusInternalServerError, "", nil} // until it says otherwise
	defer func() {
		d.Log.Log(ctx, came.level, "webhook", "outcome", came.word, "status", came.status, logs.Took(d.Now().Sub(began)))
	}()
	came = d.receive(w, r.WithContext(ctx), began)
	switch {
	case came.status/100 != 2:
		http.Error(w, came.says, came.status)
	case came.answer != nil:
		came.status = came.answer.Status
		say(ctx, w, *came.answer)
	default:
		w.WriteHeader(came.status)
	}
}

func (d *Door[S]) receive(w http.ResponseWriter, r *http.Request, now time.Time) outcome {
	app := desk.App{Platform: desk.Platform(r.PathValue("platform")), Name: r.PathValue("app")}
	source, ok := d.Apps[app]
	if !ok { // whose names may be anything
		return outcome{"unknown app", slog.LevelInfo, http.StatusNotFound, "no such app", nil}
	}
	ctx := r.Context()
	logs.Note(ctx, "platform", app.Platform, "app", app.Name)
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	if err != nil {
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			return outcome{"too large", slog.LevelWarn, http.StatusRequestEntityTooLarge, "body too large", nil}
		}
		return outcome{"broken off", slog.LevelInfo, http.StatusBadRequest, "body broke off", nil}
	}
	logs.Note(ctx, "bytes", len(body))
	if err := source.Verify(r.Header, body, now); err != nil {
		logs.Note(ctx, "err", err)
		d.Metrics.Count(metrics.WebhooksRefused, 1)
		d.refuse(ctx, app, now)
		status := http.StatusUnauthorized
		if forgives, ok := any(source).(forgiver); ok {
			status = forgives.Refusal()
		}
		return outcome{"refused", slog.LevelWarn, status, "bad signature", nil}
	}
	came, err := d.take(ctx, source, r.Header, desk.RawEvent{App: app, Body: body, Received: now})
	if err != nil {
		logs.Note(ctx, "err", err)
		return outcome{"failed", slog.LevelError, http.StatusServiceUnavailable, "try again", nil}
	}
	if asks, ok := any(source).(answerer); ok {
		if answer, ok := asks.Answer(r.Header, body); ok {
			came.answer = &answer
		}
	}
	return came
}

// Take takes what a platform answered, which was asked, as if it had sent it. It is nil
// once all of it is safe.
func (d *Door[S]) Take(ctx context.Context, app desk.App, body []byte) error {
	source, ok := d.Apps[app]
	if !ok {
		return errors.New("webhook: no such app")
	}
	ctx = logs.Unit(ctx, "platform", app.Platform, "app", app.Name)
	if _, err := d.take(ctx, source, nil, desk.RawEvent{App: app, Body: body, Received: d.Now()}); err != nil {
		return fmt.Errorf("webhook: taking what was asked for: %w", err)
	}
	return nil
}

// take fails unless everything in whole is safe somewhere. The ledger is told of
// what is.
func (d *Door[S]) take(ctx context.Context, source S, h http.Header, whole desk.RawEvent) (outcome, error) {
	accepted := desk.Acceptance{Delivery: delivery(), App: whole.App, Received: whole.Received}
	logs.Note(ctx, "delivery", accepted.Delivery)
	events, err := source.Split(h, whole.Body)
	if err != nil {
		logs.Note(ctx, "err", err)
		whole.Header, whole.Whole, whole.Delivery = headers(h), true, ledger.EventDelivery(accepted.Delivery, 0)
		if err := d.Table.Quarantine(ctx, whole, err.Error()); err != nil {
			return outcome{}, err
		}
		accepted.Accounts = []string{""}
		d.accept(ctx, accepted)
		d.Metrics.Count(metrics.EventsAccepted, 1)
		d.Metrics.Count(metrics.EventsQuarantined, 1)
		return outcome{"quarantined", slog.LevelWarn, http.StatusOK, "", nil}, nil
	}
	logs.Note(ctx, "events", len(events))
	if len(events) == 0 { // a platform trying the address
		return outcome{"empty", slog.LevelInfo, http.StatusOK, "", nil}, nil
	}
	for i := range events {
		events[i].App, events[i].Received, events[i].Delivery = whole.App, whole.Received, ledger.EventDelivery(accepted.Delivery, i)
		accepted.Accounts = append(accepted.Accounts, events[i].Account)
	}
	came := outcome{"taken", slog.LevelInfo, http.StatusOK, "", nil}
	refused, err := d.Inbound.SendAll(ctx, events)
	if len(refused) > 0 {
		logs.Note(ctx, "spilled", len(refused), "err", err)
		if err := d.Table.Spill(ctx, refused); err != nil {
			return outcome{}, err
		}
		d.Metrics.Count(metrics.EventsSpilled, len(refused))
		came.word, came.level = "spilled", slog.LevelWarn
	}
	d.accept(ctx, accepted)
	d.Metrics.Count(metrics.EventsAccepted, len(events))
	return came, nil
}

// patience is how long the ledger may take. Platforms want their answer soon,
// and the events are safe already.
const patience = 2 * time.Second

// accept tells the ledger. Where it can't be told, the events are counted by what
// becomes of them, and nothing would show if one got lost: the log says so.
func (d *Door[S]) accept(ctx context.Context, a desk.Acceptance) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := d.Ledger.Accept(ctx, a); err != nil {
		d.Log.ErrorContext(ctx, "webhook taken without the ledger", "events", len(a.Accounts), "err", err)
	}
}

// delivery names a webhook in the ledger: 65 random bits.
func delivery() string { return strings.ToLower(rand.Text()[:13]) }

// headers keeps what reading a body again may need. Nobody could split it, so
// nobody knows which header that is; those that prove who somebody is are left
// out.
func headers(h http.Header) map[string]string {
	kept := map[string]string{}
	for name := range h {
		switch http.CanonicalHeaderKey(name) {
		case "Authorization", "Cookie", "X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto", "X-Amzn-Trace-Id":
		default:
			kept[strings.ToLower(name)] = h.Get(name)
		}
	}
	return kept
}
