// Package discord speaks to Discord's apps: it checks and splits interactions and
// webhook events, reads them, and answers in the channel. Ordinary messages of
// channels come by no webhook.
package discord

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/signature"
	"example.com/skala/shared/platform/wire"
)

// Name is the platform this package speaks to.
const Name desk.Platform = "discord"

// Webhooks is what one app receives.
type Webhooks struct {
	keys []signature.Ed25519
}

// NewWebhooks returns the webhooks of an app under one of its public keys, 32 bytes in
// hexadecimal. Without any they can be read, and every one is refused.
func NewWebhooks(keys []string) (*Webhooks, error) {
	w := &Webhooks{}
	for _, key := range keys {
		raw, err := hex.DecodeString(key)
		if err != nil {
			return nil, errors.New("secret: the app's public key is no hexadecimal")
		}
		public, err := signature.NewEd25519(raw)
		if err != nil {
			return nil, fmt.Errorf("secret: %w", err)
		}
		w.keys = append(w.keys, public)
	}
	return w, nil
}

// maxSigned bounds how many signatures one webhook may have: trying one takes as long
// as reading the body twice.
const maxSigned = 8

// Verify returns nil when Discord signed the time in the header and body. Discord does
// not say how old a webhook may be, so now does not matter.
func (w *Webhooks) Verify(h http.Header, body []byte, _ time.Time) error {
	stamp, ok := wire.One(h, "X-Signature-Timestamp")
	values := wire.Header(h, "X-Signature-Ed25519")
	if !ok || len(values) == 0 {
		return fmt.Errorf("discord: %w", signature.ErrMissing)
	}
	message := slices.Concat([]byte(stamp), body)
	for _, value := range values[:min(len(values), maxSigned)] {
		one, more := "", true
		for n := 0; n < maxSigned && more; n++ { // a gateway joins a header that is there twice
			one, value, more = strings.Cut(value, ",")
			one = strings.Trim(one, " ")
			if len(one) != 128 {
				continue
			}
			sig, err := hex.DecodeString(one)
			if err == nil && slices.ContainsFunc(w.keys, func(k signature.Ed25519) bool { return k.Signed(sig, message) }) {
				return nil
			}
		}
	}
	return fmt.Errorf("discord: %w", signature.ErrInvalid)
}

// The types of interactions. Those of webhook events have the same numbers and mean
// something else: 0 is a ping, 1 an event.
const (
	ping         = "1"
	command      = "2"
	component    = "3"
	autocomplete = "4"
	modal        = "5"
)

// interaction reports whether a body is one, and no webhook event.
func interaction(in wire.Value) bool { return in.Get("id").Found() || in.Get("token").Found() }

// Split returns body, which is one event always. Discord trying the address, and
// asking while somebody types, has none.
func (w *Webhooks) Split(_ http.Header, body []byte) ([]desk.RawEvent, error) {
	var d wire.Document
	if err := d.Read(body); err != nil || !d.Root().IsObject() {
		return nil, errors.New("discord: splitting webhook: body is no JSON object")
	}
	in := d.Root()
	is := in.Get("type")
	if interaction(in) && (is.Is(ping) || is.Is(autocomplete)) || !interaction(in) && is.Is("0") {
		return []desk.RawEvent{}, nil
	}
	return []desk.RawEvent{{Account: in.Get("application_id").Text(), Body: body}}, nil
}

// Answer says to Discord what it wants to hear: a ping comes back, a webhook event is
// taken with an empty answer, and whoever gave a command reads that it came in.
func (w *Webhooks) Answer(_ http.Header, body []byte) (desk.Greeting, bool) {
	var d wire.Document
	if d.Read(body) != nil || !d.Root().IsObject() {
		return desk.Greeting{}, false
	}
	in := d.Root()
	if !interaction(in) {
		return desk.Greeting{Status: http.StatusNoContent, ContentType: "application/json"}, true
	}
	const ephemeral = 64 // for the eyes of whoever gave the command alone
	var says any
	switch in.Get("type").Text() {
	case ping:
		says = map[string]int{"type": 1}
	case autocomplete:
		says = map[string]any{"type": 8, "data": map[string]any{"choices": []any{}}}
	default:
		says = map[string]any{"type": 4, "data": map[string]any{"content": received(in.Get("locale").Text()), "flags": ephemeral}}
	}
	answer, err := json.Marshal(says)
	if err != nil {
		return desk.Greeting{}, false
	}
	return desk.Greeting{Status: http.StatusOK, ContentType: "application/json", Body: answer}, true
}

// received says that a message came in, in the language that somebody has set.
func received(locale string) string {
	language, _, _ := strings.Cut(locale, "-")
	switch language {
	case "es":
		return "Hemos recibido tu mensaje y te responderemos aquí."
	case "el":
		return "Λάβαμε το μήνυμά σας και θα απαντήσουμε εδώ."
	case "th":
		return "เราได้รับข้อความของคุณแล้ว และจะตอบกลับที่นี่"
	}
	return "We have your message, and will answer here."
}
