// Package tiktok speaks for business accounts on TikTok: it checks and splits what
// the Business API posts about messages, comments and mentions, reads it, asks for the
// words of what comes without, answers by message or comment, and hides comments.
//
// A body is one event, and what it is about is a string with JSON in it. Of a message
// that somebody in Europe wrote TikTok posts nothing but its time: which message that
// is takes a look into the account's conversations.
package tiktok

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/signature"
	"example.com/skala/shared/platform/wire"
)

// Name is the platform this package speaks to.
const Name desk.Platform = "tiktok"

// tolerance is how old a webhook may be, by its own time, either way.
const tolerance = 5 * time.Minute

// Webhooks is what one app receives.
type Webhooks struct {
	keys []*signature.SHA256
}

// NewWebhooks returns the webhooks of an app under one of its secrets. Without any
// they can be read, and every one is refused.
func NewWebhooks(secrets []string) (*Webhooks, error) {
	keys, err := signature.Keys(secrets)
	if err != nil {
		return nil, err
	}
	return &Webhooks{keys: keys}, nil
}

// Verify returns nil when TikTok signed body and a time at most five minutes before or
// after now, with one of the app's secrets.
func (w *Webhooks) Verify(h http.Header, body []byte, now time.Time) error {
	values := wire.Header(h, "TikTok-Signature")
	if len(values) == 0 {
		return fmt.Errorf("tiktok: %w", signature.ErrMissing)
	}
	stamp, macs, err := parts(values)
	if err != nil {
		return fmt.Errorf("tiktok: %w", err)
	}
	at, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return errors.New("tiktok: the time of the signature is no number")
	}
	if seconds := int64(tolerance / time.Second); at < now.Unix()-seconds || at > now.Unix()+seconds {
		return fmt.Errorf("tiktok: %w", signature.ErrTime)
	}
	if !signature.AnySigned(w.keys, macs, []byte(stamp+"."), body) {
		return fmt.Errorf("tiktok: %w", signature.ErrInvalid)
	}
	return nil
}

// parts reads "t=TIME,s=SIGNATURE", in either order and any number: a gateway joins a
// header that is there twice. All must be of one time, or nobody knows which of them
// was signed.
func parts(values []string) (stamp string, macs [][]byte, err error) {
	for _, value := range values {
		for part := range strings.SplitSeq(value, ",") {
			name, said, _ := strings.Cut(strings.Trim(part, " "), "=")
			switch name {
			case "t":
				if stamp != "" && said != stamp {
					return "", nil, errors.New("signatures of several times")
				}
				stamp = said
			case "s":
				if mac, err := hex.DecodeString(said); err == nil {
					macs = append(macs, mac)
				}
			}
		}
	}
	if stamp == "" || len(macs) == 0 {
		return "", nil, signature.ErrMissing
	}
	return stamp, macs, nil
}

// Split returns body, which is one event always.
func (w *Webhooks) Split(_ http.Header, body []byte) ([]desk.RawEvent, error) {
	var d wire.Document
	if err := d.Read(body); err != nil || !d.Root().IsObject() {
		return nil, errors.New("tiktok: splitting webhook: body is no JSON object")
	}
	return []desk.RawEvent{{Account: d.Root().Get("user_openid").Text(), Body: body}}, nil
}
