package meta

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/signature"
	"example.com/skala/shared/platform/wire"
)

// Webhooks is what one app receives.
type Webhooks struct {
	keys     []*signature.SHA256
	token    string
	readings sync.Pool
}

// NewWebhooks returns the webhooks of an app that Meta signs with one of the
// secrets: Instagram and Threads have their own beside the app's. verifyToken is
// what Meta shows when it asks whether the address is ours; without one the answer
// is no. Without any secret webhooks can be read, and every one is refused.
func NewWebhooks(secrets []string, verifyToken string) (*Webhooks, error) {
	keys, err := signature.Keys(secrets)
	if err != nil {
		return nil, err
	}
	return &Webhooks{keys: keys, token: verifyToken}, nil
}

// Verify returns nil when Meta signed body, byte for byte as it came, with one of
// the app's secrets. The older signature by SHA-1 counts for nothing. Meta signs
// no time, so now does not matter.
func (w *Webhooks) Verify(h http.Header, body []byte, _ time.Time) error {
	if err := signature.Check(w.keys, wire.Header(h, "X-Hub-Signature-256"), signature.After("sha256=", hex.DecodeString), body); err != nil {
		return fmt.Errorf("meta: %w", err)
	}
	return nil
}

// Greet answers Meta's question whether the address is ours: with the challenge,
// character for character, for who knows our token. A value that is missing or
// there twice is a refusal.
func (w *Webhooks) Greet(query url.Values) desk.Greeting {
	refused := desk.Greeting{Status: http.StatusForbidden, ContentType: "text/plain"}
	mode, challenge, token := query["hub.mode"], query["hub.challenge"], query["hub.verify_token"]
	if len(mode) != 1 || len(challenge) != 1 || len(token) != 1 || w.token == "" {
		return refused
	}
	theirs, ours := sha256.Sum256([]byte(token[0])), sha256.Sum256([]byte(w.token))
	if subtle.ConstantTimeCompare(theirs[:], ours[:]) != 1 || mode[0] != "subscribe" || challenge[0] == "" {
		return refused
	}
	return desk.Greeting{Status: http.StatusOK, ContentType: "text/plain", Body: []byte(challenge[0])}
}
