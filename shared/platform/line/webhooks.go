// Package line speaks LINE's Messaging API: it checks and splits webhooks, reads
// their events, and pushes replies. It never asks LINE for anything, so that
// receiving works while LINE is down.
package line

import (
	"fmt"
	"net/http"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/signature"
	"example.com/skala/shared/platform/wire"
)

// Name is the platform this package speaks to.
const Name desk.Platform = "line"

// Webhooks is what one app receives.
type Webhooks struct {
	keys []*signature.SHA256
}

// NewWebhooks returns the webhooks of an app that LINE signs with one of the
// channel secrets: several while one takes over from another. Without any they
// can be read, and every one is refused.
func NewWebhooks(secrets []string) (*Webhooks, error) {
	keys, err := signature.Keys(secrets)
	if err != nil {
		return nil, err
	}
	return &Webhooks{keys: keys}, nil
}

// Verify returns nil when LINE signed body with one of the app's secrets. LINE
// signs no time, so now does not matter.
func (w *Webhooks) Verify(h http.Header, body []byte, _ time.Time) error {
	if err := signature.Check(w.keys, wire.Header(h, "X-Line-Signature"), signature.Base64, body); err != nil {
		return fmt.Errorf("line: %w", err)
	}
	return nil
}

// Split returns the events of body, each in an envelope of its own. LINE trying
// the address has none. Nothing of an event itself is looked at.
func (w *Webhooks) Split(_ http.Header, body []byte) ([]desk.RawEvent, error) {
	all, err := wire.Open(body, "events")
	if err != nil {
		return nil, fmt.Errorf("line: splitting webhook: %w", err)
	}
	events := make([]desk.RawEvent, len(all.Events))
	for i := range all.Events {
		events[i] = desk.RawEvent{Account: all.Field("destination"), Body: all.Alone(i)}
	}
	return events, nil
}
