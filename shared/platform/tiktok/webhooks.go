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
	stamps, macs := parts(wire.Header(h, "TikTok-Signature"))
	if len(stamps) == 0 || len(macs) == 0 {
		return fmt.Errorf("tiktok: %w", signature.ErrMissing)
	}
	err := signature.ErrTime
	for _, stamp := range stamps[max(0, len(stamps)-maxTimes):] {
		at, bad := strconv.ParseInt(stamp, 10, 64)
		if seconds := int64(tolerance / time.Second); bad != nil || at < now.Unix()-seconds || at > now.Unix()+seconds {
			continue
		}
		if signature.AnySigned(w.keys, macs, []byte(stamp+"."), body) {
			return nil
		}
		err = signature.ErrInvalid
	}
	return fmt.Errorf("tiktok: %w", err)
}

// maxTimes is how many times a webhook may have been signed at: each is a hash of it.
const maxTimes = 4

// parts reads "t=TIME,s=SIGNATURE", in either order and any number: a gateway joins a
// header that is there twice. Times are there once each.
func parts(values []string) (stamps []string, macs [][]byte) {
	seen := map[string]bool{}
	for _, value := range values {
		for part := range strings.SplitSeq(value, ",") {
			name, said, _ := strings.Cut(strings.Trim(part, " "), "=")
			switch name {
			case "t":
				if !seen[said] {
					seen[said] = true
					stamps = append(stamps, said)
				}
			case "s":
				if mac, err := hex.DecodeString(said); err == nil {
					macs = append(macs, mac)
				}
			}
		}
	}
	return stamps, macs
}

// Split returns body, which is one event always.
func (w *Webhooks) Split(_ http.Header, body []byte) ([]desk.RawEvent, error) {
	var d wire.Document
	if err := d.Read(body); err != nil || !d.Root().IsObject() {
		return nil, errors.New("tiktok: splitting webhook: body is no JSON object")
	}
	return []desk.RawEvent{{Account: d.Root().Get("user_openid").Text(), Body: body}}, nil
}
