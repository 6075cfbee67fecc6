// Package viber speaks to Viber's bots: it checks and splits callbacks, reads
// them, and sends answers. A callback does not say which bot it is for, so that
// each has an address of its own.
package viber

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/signature"
	"example.com/skala/shared/platform/wire"
)

// Name is the platform this package speaks to.
const Name desk.Platform = "viber"

// Webhooks is what one bot receives.
type Webhooks struct {
	account string
	keys    []*signature.SHA256
}

// NewWebhooks returns the webhooks of a bot that Viber signs with one of its
// authentication tokens. Without any they can be read, and every one is refused.
func NewWebhooks(tokens []string, account string) (*Webhooks, error) {
	keys, err := signature.Keys(tokens)
	if err != nil {
		return nil, err
	}
	return &Webhooks{account: account, keys: keys}, nil
}

// Verify returns nil when Viber signed body with one of the bot's tokens. It signs
// no time, so now does not matter.
func (w *Webhooks) Verify(h http.Header, body []byte, _ time.Time) error {
	if err := signature.Check(w.keys, wire.Header(h, "X-Viber-Content-Signature"), hex.DecodeString, body); err != nil {
		return fmt.Errorf("viber: %w", err)
	}
	return nil
}

// Split returns body, which is one callback always.
func (w *Webhooks) Split(_ http.Header, body []byte) ([]desk.RawEvent, error) {
	if err := wire.Object(body); err != nil {
		return nil, errors.New("viber: splitting webhook: body is no JSON object")
	}
	return []desk.RawEvent{{Account: w.account, Body: body}}, nil
}
