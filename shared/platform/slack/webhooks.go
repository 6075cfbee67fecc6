// Package slack speaks to Slack's Events API: it checks and splits what a workspace
// sends, reads events and slash commands, and answers in the channel or thread.
package slack

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/signature"
	"example.com/skala/shared/platform/wire"
)

// Name is the platform this package speaks to.
const Name desk.Platform = "slack"

// tolerance is how old a webhook may be, by its own time, either way.
const tolerance = 5 * time.Minute

// Webhooks is what one app receives.
type Webhooks struct {
	keys []*signature.SHA256
}

// NewWebhooks returns the webhooks of an app under one of its signing secrets.
// Without any they can be read, and every one is refused.
func NewWebhooks(secrets []string) (*Webhooks, error) {
	keys, err := signature.Keys(secrets)
	if err != nil {
		return nil, err
	}
	return &Webhooks{keys: keys}, nil
}

// Verify returns nil when Slack signed body and a time at most five minutes before or
// after now, with one of the app's secrets.
func (w *Webhooks) Verify(h http.Header, body []byte, now time.Time) error {
	stamp, ok := wire.One(h, "X-Slack-Request-Timestamp")
	if !ok {
		return fmt.Errorf("slack: time: %w", signature.ErrMissing)
	}
	at, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return errors.New("slack: X-Slack-Request-Timestamp is no number")
	}
	if seconds := int64(tolerance / time.Second); at < now.Unix()-seconds || at > now.Unix()+seconds {
		return fmt.Errorf("slack: %w", signature.ErrTime)
	}
	values := wire.Header(h, "X-Slack-Signature")
	if len(values) == 0 {
		return fmt.Errorf("slack: %w", signature.ErrMissing)
	}
	read := signature.After("v0=", hex.DecodeString)
	var macs [][]byte
	for _, value := range values {
		for one := range strings.SplitSeq(value, ",") { // a gateway joins a header that is there twice
			if mac, err := read(strings.Trim(one, " ")); err == nil {
				macs = append(macs, mac)
			}
		}
	}
	if !signature.AnySigned(w.keys, macs, []byte("v0:"+stamp+":"), body) {
		return fmt.Errorf("slack: %w", signature.ErrInvalid)
	}
	return nil
}

// challenge is the type of what Slack posts to see whether the address is ours.
const challenge = "url_verification"

// Split returns body, which is one event always, or a form: a slash command. Slack
// trying the address has none.
func (w *Webhooks) Split(_ http.Header, body []byte) ([]desk.RawEvent, error) {
	if form, ok := command(body); ok {
		return []desk.RawEvent{{Account: form.Get("team_id"), Body: body}}, nil
	}
	var d wire.Document
	if err := d.Read(body); err != nil || !d.Root().IsObject() {
		return nil, errors.New("slack: splitting webhook: body is neither a JSON object nor a command")
	}
	if d.Root().Get("type").Is(challenge) {
		return []desk.RawEvent{}, nil
	}
	return []desk.RawEvent{{Account: d.Root().Get("team_id").Text(), Body: body}}, nil
}

// maxForm bounds how long a form may be that is read as one.
const maxForm = 64 << 10

// command reads a form that Slack posts for a slash command.
func command(body []byte) (url.Values, bool) {
	if len(body) > maxForm || !bytes.Contains(body, []byte("command=")) || body[0] == '{' {
		return nil, false
	}
	form, err := url.ParseQuery(string(body))
	if err != nil || !strings.HasPrefix(form.Get("command"), "/") || form.Get("trigger_id") == "" {
		return nil, false
	}
	return form, true
}

// Answer gives Slack's challenge back, and to a slash command says, to whoever gave
// it, that it has come in.
func (w *Webhooks) Answer(_ http.Header, body []byte) (desk.Greeting, bool) {
	if _, ok := command(body); ok {
		return desk.Greeting{Status: http.StatusOK, ContentType: "text/plain; charset=utf-8", Body: []byte("✓")}, true
	}
	var d wire.Document
	if d.Read(body) != nil || !d.Root().Get("type").Is(challenge) {
		return desk.Greeting{}, false
	}
	return desk.Greeting{Status: http.StatusOK, ContentType: "text/plain", Body: []byte(d.Root().Get("challenge").Text())}, true
}
