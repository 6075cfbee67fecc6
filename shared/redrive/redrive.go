// Package redrive gives what the quarantine holds another try: an event that
// nobody could read, once its reader was mended, and a body that nobody could
// split. Each goes to triage as if the door had just let it in, with the instant
// at which it was received, so that it becomes the ticket it should have been, at
// its place in time.
//
// It takes nothing off the quarantine before what was in it is safe on the
// inbound queue. So it may die between any two calls and be run again, by several
// people at once too: what comes in twice triage knows.
package redrive

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/ledger"
	"example.com/skala/shared/logs"
)

// A Reader knows where the events of one app end, and what they say.
type Reader interface {
	Split(h http.Header, body []byte) ([]desk.RawEvent, error)
	Parse(raw desk.RawEvent) (desk.Event, error)
}

// A Shelf is the quarantine, as lists see it.
type Shelf interface {
	// Quarantined is the latest received first, from a cursor on.
	Quarantined(ctx context.Context, cursor string, limit int) (kept []desk.Kept, next string, err error)
	// QuarantinedAfter counts what is there from a cursor on, up to most.
	QuarantinedAfter(ctx context.Context, cursor string, most int) (int, error)
}

// Marks are the quarantine, one entry at a time.
type Marks interface {
	// Replaying marks an entry as being replayed under a token, in place of any
	// before it, and returns it; desk.ErrNotFound when it is not there.
	Replaying(ctx context.Context, id, token string) (desk.Kept, error)
	// Replayed takes an entry off that is still marked by the token. One that is
	// not came back meanwhile, or is in other hands, and stays.
	Replayed(ctx context.Context, k desk.Kept, token string, now time.Time) error
	// Quarantine keeps an event, again with its new reason, and takes its mark off.
	Quarantine(ctx context.Context, raw desk.RawEvent, reason string) error
}

// A Ledger takes note of the events of a body that was counted as one.
type Ledger interface {
	Accept(ctx context.Context, a desk.Acceptance) error
}

// An Inbound is where triage takes from; what its queue refuses waits in the
// table.
type Inbound interface {
	SendAll(ctx context.Context, events []desk.RawEvent) (refused []desk.RawEvent, err error)
}

// A Spill keeps what the inbound queue refused until the sweep brings it in.
type Spill interface {
	Spill(ctx context.Context, events []desk.RawEvent) error
}

// A Redriver replays. Its methods may be called concurrently.
type Redriver[R Reader] struct {
	Apps    map[desk.App]R
	Shelf   Shelf
	Marks   Marks
	Ledger  Ledger
	Inbound Inbound
	Spills  Spill
	Now     func() time.Time
	Log     *slog.Logger
}

// What one call of All deals with at most: so many, and none begun after so
// long. A function's invocation has time for that.
const (
	most    = 100
	atATime = 10 // a body may have megabytes
	within  = 10 * time.Second
	counted = 10_000 // of what remains
)

// One replays an entry of the quarantine, or returns desk.ErrNotFound when there
// is none of that id. An error leaves it where it is.
func (r *Redriver[R]) One(ctx context.Context, id string) (desk.Replay, error) {
	token := rand.Text()
	k, err := r.Marks.Replaying(ctx, id, token)
	if err != nil {
		return desk.Replay{ID: id}, fmt.Errorf("redrive: %w", err)
	}
	ctx = logs.Unit(ctx, "quarantined", id, "platform", k.Raw.App.Platform, "app", k.Raw.App.Name, "account", k.Raw.Account, "delivery", k.Raw.Delivery)
	events, err := r.read(k.Raw)
	if err != nil {
		if err := r.Marks.Quarantine(ctx, k.Raw, err.Error()); err != nil {
			return desk.Replay{ID: id}, fmt.Errorf("redrive: %w", err)
		}
		r.Log.InfoContext(ctx, "replay", "outcome", desk.ReplayUnreadable, "err", err)
		return desk.Replay{ID: id, Outcome: desk.ReplayUnreadable, Reason: err.Error()}, nil
	}
	if err := r.send(ctx, k.Raw, events); err != nil {
		return desk.Replay{ID: id}, fmt.Errorf("redrive: %w", err)
	}
	if err := r.Marks.Replayed(ctx, k, token, r.Now()); err != nil {
		return desk.Replay{ID: id}, fmt.Errorf("redrive: %w", err)
	}
	r.Log.InfoContext(ctx, "replay", "outcome", desk.ReplaySent, "events", len(events))
	return desk.Replay{ID: id, Outcome: desk.ReplaySent, Events: len(events)}, nil
}

// read returns the events in raw as the door would have queued them when it was
// received: under its own delivery where it is one event, under names that follow
// from it where it is a body. Reading it twice names them alike. An error says
// why it can't be read, still.
func (r *Redriver[R]) read(raw desk.RawEvent) (_ []desk.RawEvent, err error) {
	defer func() {
		if p := recover(); p != nil { // one that its reader chokes on must not keep others from being replayed
			err = errors.New("panic: " + logs.Panic(p))
		}
	}()
	reader, ok := r.Apps[raw.App]
	if !ok {
		return nil, errors.New("no such app")
	}
	header := http.Header{}
	for name, value := range raw.Header {
		header.Set(name, value)
	}
	events, err := reader.Split(header, raw.Body)
	if err != nil {
		return nil, err
	}
	single := !raw.Whole && len(events) == 1
	if !single && !raw.Whole && raw.Delivery != "" {
		return nil, fmt.Errorf("%d events where the door saw one", len(events))
	}
	if single { // of a body's events each that can't be read is quarantined by itself
		e, err := reader.Parse(events[0])
		if err != nil {
			return nil, err
		}
		if e.Kind == desk.Unsupported || e.Kind == desk.FetchRequired {
			return nil, errors.New("kind not supported: " + string(e.Kind))
		}
	}
	for i := range events {
		events[i].App, events[i].Received, events[i].Delivery = raw.App, raw.Received, raw.Delivery
		if inside := inside(raw.Delivery); !single && inside != "" {
			events[i].Delivery = ledger.EventDelivery(inside, i)
		}
	}
	return events, nil
}

// inside names what is in a body that was accepted under a delivery: always
// alike, so that a body that is replayed twice is accepted once. What the ledger
// never knew has no name.
func inside(delivery string) string { return strings.ReplaceAll(delivery, ".", "-") }

// send brings events in, of a body after the ledger knows of them.
func (r *Redriver[R]) send(ctx context.Context, raw desk.RawEvent, events []desk.RawEvent) error {
	if len(events) == 0 { // a platform had tried the address
		return nil
	}
	if raw.Whole && raw.Delivery != "" {
		a := desk.Acceptance{Delivery: inside(raw.Delivery), App: raw.App, Received: raw.Received}
		for _, e := range events {
			a.Accounts = append(a.Accounts, e.Account)
		}
		if err := r.Ledger.Accept(ctx, a); err != nil {
			return err
		}
	}
	refused, err := r.Inbound.SendAll(ctx, events)
	if len(refused) == 0 {
		return nil
	}
	logs.Note(ctx, "spilled", len(refused), "err", err)
	return r.Spills.Spill(ctx, refused)
}

// All replays the quarantine from a cursor on, the latest received first: as much
// as one call has time for. What can't be read yet, or fails, stays and is passed
// over.
func (r *Redriver[R]) All(ctx context.Context, cursor string) (desk.Replays, error) {
	var out desk.Replays
	for began, tried := r.Now(), 0; tried < most && r.Now().Sub(began) < within; tried += atATime {
		kept, next, err := r.Shelf.Quarantined(ctx, cursor, atATime)
		if err != nil {
			return out, fmt.Errorf("redrive: %w", err)
		}
		for _, k := range kept {
			one, err := r.One(ctx, k.ID)
			switch {
			case errors.Is(err, desk.ErrNotFound): // somebody else was faster
			case err != nil:
				r.Log.ErrorContext(ctx, "replay", "outcome", "failed", "quarantined", k.ID, "err", err)
				out.Failed++
			case one.Outcome == desk.ReplayUnreadable:
				out.Unreadable++
			default:
				out.Sent++
			}
		}
		if next == "" {
			return out, nil
		}
		cursor = next
	}
	remaining, err := r.Shelf.QuarantinedAfter(ctx, cursor, counted)
	if err != nil {
		return out, fmt.Errorf("redrive: %w", err)
	}
	out.Next, out.Remaining = cursor, remaining
	return out, nil
}
