// Package linkedin speaks for pages of organisations on LinkedIn: it answers the
// challenge that comes every two hours, checks and splits notifications of what
// people do about a page, reads them, asks for the words of those that come without,
// and answers by comments.
package linkedin

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/signature"
	"example.com/skala/shared/platform/wire"
)

// Name is the platform this package speaks to.
const Name desk.Platform = "linkedin"

// prefix stands before a body where LinkedIn signs it, and with some senders before
// the signature as well.
const prefix = "hmacsha256="

// Webhooks is what one app receives.
type Webhooks struct {
	keys []*signature.SHA256
}

// NewWebhooks returns the webhooks of an app under one of its client secrets, the one
// in force first. Without any they can be read, and every one is refused.
func NewWebhooks(secrets []string) (*Webhooks, error) {
	keys, err := signature.Keys(secrets)
	if err != nil {
		return nil, err
	}
	return &Webhooks{keys: keys}, nil
}

// Verify returns nil when LinkedIn signed body with one of the app's secrets. It
// signs no time, so now does not matter.
func (w *Webhooks) Verify(h http.Header, body []byte, _ time.Time) error {
	values := wire.Header(h, "X-LI-Signature")
	if len(values) == 0 {
		return fmt.Errorf("linkedin: %w", signature.ErrMissing)
	}
	var macs [][]byte
	for _, value := range values {
		for one := range strings.SplitSeq(value, ",") { // a gateway joins a header that is there twice
			if mac, err := hex.DecodeString(strings.TrimPrefix(strings.Trim(one, " "), prefix)); err == nil {
				macs = append(macs, mac)
			}
		}
	}
	if !signature.AnySigned(w.keys, macs, []byte(prefix), body) {
		return fmt.Errorf("linkedin: %w", signature.ErrInvalid)
	}
	return nil
}

// Greet answers LinkedIn's challenge, which comes when the address is registered and
// every two hours from then on; three wrong answers in a row end the webhook. There
// is one answer, so that of several secrets the first signs.
//
// Anybody may ask. So what LinkedIn would sign as a webhook is no challenge.
func (w *Webhooks) Greet(query url.Values) desk.Greeting {
	code := query.Get("challengeCode")
	if code == "" || len(query["challengeCode"]) != 1 || len(w.keys) == 0 || strings.HasPrefix(code, prefix) || !utf8.ValidString(code) {
		return desk.Greeting{Status: http.StatusBadRequest, ContentType: "text/plain"}
	}
	body, err := json.Marshal(struct {
		Code     string `json:"challengeCode"`
		Response string `json:"challengeResponse"`
	}{code, hex.EncodeToString(w.keys[0].Sum([]byte(code)))})
	if err != nil { // two strings
		return desk.Greeting{Status: http.StatusInternalServerError, ContentType: "text/plain"}
	}
	return desk.Greeting{Status: http.StatusOK, ContentType: "application/json", Body: body}
}

// list is the name of the array of what happened.
const list = "notifications"

// Split returns each notification of a body in an envelope of its own.
func (w *Webhooks) Split(_ http.Header, body []byte) ([]desk.RawEvent, error) {
	envelope, err := wire.Open(body, list)
	if err != nil {
		return nil, fmt.Errorf("linkedin: splitting webhook: %w", err)
	}
	events := []desk.RawEvent{}
	for i, one := range envelope.Events {
		events = append(events, desk.RawEvent{Account: one.Get("organizationalEntity").Text(), Body: envelope.Alone(i)})
	}
	return events, nil
}

var errNone = errors.New("linkedin: reading event: there is no single notification in it")
