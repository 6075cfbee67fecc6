// Package x speaks X, once Twitter: it checks and splits webhooks in the two
// shapes that come to one address, reads their events, answers the challenge that
// comes again and again, sends posts and direct messages, hides replies and asks
// who somebody is.
//
// The Account Activity API has arrays of events of one kind, {"for_user_id",
// "tweet_create_events": [...]}; the X Activity API, its successor, has one event
// of a named type, {"data": {"event_type", "filter", "payload", "includes"}}. A
// post that comes in both, or twice for two reasons, has one key.
//
// The conversation of a post is its root post. The older shape does not tell it:
// there it is the post that is answered or, without one, the post itself. So a
// thread that goes on below our own reply is another one there, while the newer
// shape keeps it together. A direct conversation is the ids of the two, the
// smaller first.
package x

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/signature"
	"example.com/skala/shared/platform/wire"
)

// Name is the platform this package speaks to.
const Name desk.Platform = "x"

// prefix names how X signs, before what it signs with.
const prefix = "sha256="

// Webhooks is what one app receives.
type Webhooks struct {
	keys   []*signature.SHA256
	bodies sync.Pool // of *body, whose memory outlasts one
}

// NewWebhooks returns the webhooks of an app that X signs with one of the consumer
// secrets: several while one takes over from another, the one in force first.
// Without any they can be read, and every one is refused.
func NewWebhooks(secrets []string) (*Webhooks, error) {
	keys, err := signature.Keys(secrets)
	if err != nil {
		return nil, err
	}
	return &Webhooks{keys: keys}, nil
}

// Verify returns nil when X signed body with one of the app's secrets. X signs no
// time, so now does not matter.
func (w *Webhooks) Verify(h http.Header, body []byte, _ time.Time) error {
	if err := signature.Check(w.keys, wire.Header(h, "X-Twitter-Webhooks-Signature"), signature.After(prefix, signature.Base64), body); err != nil {
		return fmt.Errorf("x: %w", err)
	}
	return nil
}

// Greet answers X's challenge, which comes when the address is registered and
// every hour or so from then on. There is one answer, so that of several secrets
// the first signs: a wrong one ends the webhook at once.
//
// Anybody may ask, and the answer is what X would sign a webhook of the same bytes
// with. So what could be a webhook, which is a JSON object, is no challenge.
func (w *Webhooks) Greet(query url.Values) desk.Greeting {
	token := query.Get("crc_token")
	if token == "" || len(query["crc_token"]) != 1 || len(w.keys) == 0 || strings.Contains(token, "{") {
		return desk.Greeting{Status: http.StatusBadRequest, ContentType: "text/plain"}
	}
	body, err := json.Marshal(struct {
		Token string `json:"response_token"`
	}{prefix + base64.StdEncoding.EncodeToString(w.keys[0].Sum([]byte(token)))})
	if err != nil { // a string of ASCII
		return desk.Greeting{Status: http.StatusInternalServerError, ContentType: "text/plain"}
	}
	return desk.Greeting{Status: http.StatusOK, ContentType: "application/json", Body: body}
}
