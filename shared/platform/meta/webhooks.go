package meta

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
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
	w := &Webhooks{token: verifyToken}
	for _, secret := range secrets {
		key, err := signature.NewSHA256([]byte(secret))
		if err != nil {
			return nil, fmt.Errorf("secret: %w", err)
		}
		w.keys = append(w.keys, key)
	}
	return w, nil
}

// Verify returns nil when Meta signed body, byte for byte as it came, with one of
// the app's secrets. The older signature by SHA-1 counts for nothing. Meta signs
// no time, so now does not matter.
func (w *Webhooks) Verify(h http.Header, body []byte, _ time.Time) error {
	values := wire.Header(h, "X-Hub-Signature-256")
	if len(values) == 0 {
		return fmt.Errorf("meta: %w", signature.ErrMissing)
	}
	var macs [][]byte
	for _, value := range values {
		for one := range strings.SplitSeq(value, ",") { // some gateways join a repeated header
			digits, ok := strings.CutPrefix(strings.Trim(one, " "), "sha256=")
			if mac, err := hex.DecodeString(digits); ok && err == nil {
				macs = append(macs, mac)
			}
		}
	}
	if signature.AnySigned(w.keys, macs, body) {
		return nil
	}
	return fmt.Errorf("meta: %w", signature.ErrInvalid)
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
