// Package webhook is the door: it checks who sent a webhook, splits it into
// single events without reading them, and answers the platform once each is
// safe. What an event means is for triage to find out, so that a mistake in
// reading one loses none.
package webhook

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/ledger"
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

// A Ledger notes what the door has taken, so that what becomes of it can be
// balanced against it.
type Ledger interface {
	Accept(ctx context.Context, a desk.Acceptance) error
}

// A Door serves the addresses that platforms send to.
type Door[S Source] struct {
	Apps    map[desk.App]S
	Inbound Queue
	Table   Table
	Ledger  Ledger
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

// take returns nil once everything in whole is safe somewhere, and the ledger
// knows of it.
func (d *Door[S]) take(ctx context.Context, log *slog.Logger, source S, h http.Header, whole desk.RawEvent) error {
	accepted := desk.Acceptance{Delivery: delivery(), App: whole.App, Received: whole.Received}
	events, err := source.Split(h, whole.Body)
	if err != nil {
		log.WarnContext(ctx, "webhook quarantined", "bytes", len(whole.Body), "err", err)
		whole.Header, whole.Whole, whole.Delivery = headers(h), true, ledger.EventDelivery(accepted.Delivery, 0)
		if err := d.Table.Quarantine(ctx, whole, err.Error()); err != nil {
			return err
		}
		accepted.Accounts = []string{""}
		d.accept(ctx, log, accepted)
		return nil
	}
	if len(events) == 0 { // a platform trying the address
		log.InfoContext(ctx, "webhook without events")
		return nil
	}
	for i := range events {
		events[i].App, events[i].Received, events[i].Delivery = whole.App, whole.Received, ledger.EventDelivery(accepted.Delivery, i)
		accepted.Accounts = append(accepted.Accounts, events[i].Account)
	}
	refused, err := d.Inbound.SendAll(ctx, events)
	if len(refused) > 0 {
		log.WarnContext(ctx, "events spilled to the table", "events", len(refused), "err", err)
		if err := d.Table.Spill(ctx, refused); err != nil {
			return err
		}
	}
	d.accept(ctx, log, accepted)
	log.InfoContext(ctx, "webhook taken", "events", len(events), "bytes", len(whole.Body), "took", d.Now().Sub(whole.Received))
	return nil
}

// patience is how long the ledger may take. Platforms want their answer soon,
// and the events are safe already.
const patience = 2 * time.Second

// accept tells the ledger. Where it can't be told, the events are counted by what
// becomes of them, and nothing would show if one got lost: the log says so.
func (d *Door[S]) accept(ctx context.Context, log *slog.Logger, a desk.Acceptance) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := d.Ledger.Accept(ctx, a); err != nil {
		log.ErrorContext(ctx, "webhook taken without the ledger", "delivery", a.Delivery, "events", len(a.Accounts), "err", err)
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
