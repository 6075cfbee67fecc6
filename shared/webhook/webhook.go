// Package webhook is the door: it checks who sent a webhook, splits it into
// single events without reading them, and answers the platform once each is
// safe. What an event means is for triage to find out, so that a mistake in
// reading one loses none.
package webhook

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"example.com/skala/shared/desk"
)

// A Source knows one app's webhooks: who signs them and where an event ends.
type Source interface {
	Verify(h http.Header, body []byte, now time.Time) error
	Split(h http.Header, body []byte) ([]desk.RawEvent, error)
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

// A Door serves the addresses that platforms send to.
type Door[S Source] struct {
	Apps    map[desk.App]S
	Inbound Queue
	Table   Table
	Now     func() time.Time
	Log     *slog.Logger
}

// MaxBody is what Lambda hands over at most, in bytes.
const MaxBody = 6 << 20

// Handler serves POST /webhooks/{platform}/{app}. It answers 404 for an app we
// do not have, 413 for too long a body, 401 for one its platform did not sign,
// 503 when neither queue nor table took it (platforms send it again then) and
// 200 otherwise: also for what we cannot split, since a platform that gets
// errors for that switches us off in the end.
func (d *Door[S]) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /webhooks/{platform}/{app}", d.receive)
	return mux
}

func (d *Door[S]) receive(w http.ResponseWriter, r *http.Request) {
	app := desk.App{Platform: desk.Platform(r.PathValue("platform")), Name: r.PathValue("app")}
	source, ok := d.Apps[app]
	if !ok {
		http.Error(w, "no such app", http.StatusNotFound)
		return
	}
	now := d.Now()
	log := d.Log.With("platform", app.Platform, "app", app.Name)
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	if err != nil {
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			http.Error(w, "body too large", http.StatusRequestEntityTooLarge)
			return
		}
		http.Error(w, "body broke off", http.StatusBadRequest)
		return
	}
	if err := source.Verify(r.Header, body, now); err != nil {
		log.WarnContext(r.Context(), "webhook refused", "err", err)
		http.Error(w, "bad signature", http.StatusUnauthorized)
		return
	}
	if err := d.take(r.Context(), log, source, r.Header, desk.RawEvent{App: app, Body: body, Received: now}); err != nil {
		log.ErrorContext(r.Context(), "webhook not taken", "err", err)
		http.Error(w, "try again", http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// take returns nil once everything in whole is safe somewhere.
func (d *Door[S]) take(ctx context.Context, log *slog.Logger, source S, h http.Header, whole desk.RawEvent) error {
	events, err := source.Split(h, whole.Body)
	if err != nil {
		log.WarnContext(ctx, "webhook quarantined", "bytes", len(whole.Body), "err", err)
		whole.Header = headers(h)
		return d.Table.Quarantine(ctx, whole, err.Error())
	}
	if len(events) == 0 { // a platform trying the address
		log.InfoContext(ctx, "webhook without events")
		return nil
	}
	for i := range events {
		events[i].App, events[i].Received = whole.App, whole.Received
	}
	refused, err := d.Inbound.SendAll(ctx, events)
	if len(refused) == 0 {
		log.InfoContext(ctx, "webhook taken", "events", len(events), "bytes", len(whole.Body), "took", d.Now().Sub(whole.Received))
		return nil
	}
	log.WarnContext(ctx, "events spilled to the table", "events", len(refused), "err", err)
	return d.Table.Spill(ctx, refused)
}

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
