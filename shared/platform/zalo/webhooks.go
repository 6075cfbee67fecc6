// Package zalo speaks to Zalo's official accounts: it checks and splits events,
// reads them, and sends consultation messages.
package zalo

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/signature"
	"example.com/skala/shared/platform/wire"
)

// Name is the platform this package speaks to.
const Name desk.Platform = "zalo"

// Webhooks is what one app receives.
type Webhooks struct {
	app  string
	keys []string
}

// NewWebhooks returns the webhooks of the app with an id of Zalo's, under one of
// the secret keys of its official account. Without any they can be read, and every
// one is refused.
func NewWebhooks(keys []string, app string) (*Webhooks, error) {
	for _, key := range keys {
		if key == "" {
			return nil, errors.New("secret: is empty: anybody could sign with it")
		}
	}
	return &Webhooks{app: app, keys: keys}, nil
}

// maxSigned bounds how many signatures one webhook may have: each key hashes the
// body once, whatever their number.
const maxSigned = 8

// Verify returns nil when the body has Zalo's mark: the SHA-256, no HMAC, of app
// id, body, the timestamp in the body and the secret key, one behind the other.
// The timestamp is part of what is signed; how old it may be is not said, and what
// is repeated for hours is not new (unconfirmed), so now does not matter.
func (w *Webhooks) Verify(h http.Header, body []byte, _ time.Time) error {
	values := wire.Header(h, "X-ZEvent-Signature")
	if len(values) == 0 {
		return fmt.Errorf("zalo: %w", signature.ErrMissing)
	}
	var d wire.Document
	stamp := ""
	if d.Read(body) == nil {
		stamp = d.Root().Get("timestamp").Text()
	}
	sums := make([][]byte, len(w.keys))
	for i, key := range w.keys {
		sum := sha256.New()
		for _, part := range [][]byte{[]byte(w.app), body, []byte(stamp), []byte(key)} {
			sum.Write(part)
		}
		sums[i] = sum.Sum(nil)
	}
	for _, value := range values[:min(len(values), maxSigned)] {
		one, more := "", true
		for n := 0; n < maxSigned && more; n++ { // a gateway joins a header that is there twice
			one, value, more = strings.Cut(value[:min(len(value), maxSigned*(2*sha256.Size+8))], ",")
			mac, err := hex.DecodeString(strings.TrimPrefix(strings.Trim(one, " "), "mac="))
			for _, sum := range sums {
				if err == nil && subtle.ConstantTimeCompare(mac, sum) == 1 {
					return nil
				}
			}
		}
	}
	return fmt.Errorf("zalo: %w", signature.ErrInvalid)
}

// Split returns body, which is one event always.
func (w *Webhooks) Split(_ http.Header, body []byte) ([]desk.RawEvent, error) {
	var d wire.Document
	if err := d.Read(body); err != nil || !d.Root().IsObject() {
		return nil, errors.New("zalo: splitting webhook: body is no JSON object")
	}
	account, _ := sides(d.Root())
	return []desk.RawEvent{{Account: account, Body: body}}, nil
}

// sides returns the official account that an event is about, and the person on the
// other side.
func sides(in wire.Value) (account, person string) {
	sender, recipient, name := in.Get("sender").Get("id").Text(), in.Get("recipient").Get("id").Text(), in.Get("event_name").Text()
	switch {
	case in.Get("follower").IsObject():
		return in.Get("oa_id").Text(), in.Get("follower").Get("id").Text()
	case strings.HasPrefix(name, "oa_"):
		return sender, recipient
	}
	if recipient == "" {
		recipient = in.Get("oa_id").Text()
	}
	return recipient, sender
}
