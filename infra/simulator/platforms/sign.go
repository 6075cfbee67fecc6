package platforms

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A signer has one secret of an app.
type signer struct {
	hmacKey []byte
	private ed25519.PrivateKey
	public  ed25519.PublicKey
}

func newSigner(platform, secret string) (signer, error) {
	if platform != "standard" {
		return signer{hmacKey: []byte(secret)}, nil
	}
	kind, encoded, _ := strings.Cut(secret, "_")
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return signer{}, errors.New("a secret is no base64")
	}
	switch {
	case kind == "whsec" && len(raw) > 0:
		return signer{hmacKey: raw}, nil
	case kind == "whpk" && len(raw) == ed25519.PublicKeySize:
		return signer{public: raw}, nil
	case kind == "whsk" && len(raw) == ed25519.PrivateKeySize:
		return signer{private: raw, public: ed25519.PrivateKey(raw).Public().(ed25519.PublicKey)}, nil
	}
	return signer{}, errors.New("a secret is none of whsec_, whpk_ and whsk_")
}

func (s signer) mac(parts ...string) string {
	return base64.StdEncoding.EncodeToString(s.sum(parts...))
}

func (s signer) sum(parts ...string) []byte {
	h := hmac.New(sha256.New, s.hmacKey)
	for _, p := range parts {
		h.Write([]byte(p))
	}
	return h.Sum(nil)
}

// Each of these sets the headers of one attempt to post body. id and at are of
// use to Standard Webhooks alone.

func signLINE(a *app, h http.Header, body []byte, _ string, _ time.Time) error {
	h.Set("X-Line-Signature", a.keys[0].mac(string(body)))
	return nil
}

func signMeta(a *app, h http.Header, body []byte, _ string, _ time.Time) error {
	old := hmac.New(sha1.New, a.keys[0].hmacKey)
	old.Write(body)
	h.Set("X-Hub-Signature", "sha1="+hex.EncodeToString(old.Sum(nil)))
	h.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(a.keys[0].sum(string(body))))
	return nil
}

func signX(a *app, h http.Header, body []byte, _ string, _ time.Time) error {
	h.Set("X-Twitter-Webhooks-Signature", "sha256="+a.keys[0].mac(string(body)))
	return nil
}

func signStandard(a *app, h http.Header, body []byte, id string, at time.Time) error {
	stamp := strconv.FormatInt(at.Unix(), 10)
	text := id + "." + stamp + "." + string(body)
	h.Set("Webhook-Id", id)
	h.Set("Webhook-Timestamp", stamp)
	switch key := a.keys[0]; {
	case key.hmacKey != nil:
		h.Set("Webhook-Signature", "v1,"+key.mac(text))
	case key.private != nil:
		h.Set("Webhook-Signature", "v1a,"+base64.StdEncoding.EncodeToString(ed25519.Sign(key.private, []byte(text))))
	default:
		return fmt.Errorf("app %s has a public key only, nothing to sign with", a.Name)
	}
	return nil
}

// signedByDesk checks a webhook that the desk sent to us, as every receiver of
// Standard Webhooks does.
func (a *app) signedByDesk(h http.Header, body []byte, now time.Time) error {
	id, stamp := h.Get("Webhook-Id"), h.Get("Webhook-Timestamp")
	at, err := strconv.ParseInt(stamp, 10, 64)
	if id == "" || err != nil {
		return errors.New("webhook-id or webhook-timestamp is missing")
	}
	if off := now.Sub(time.Unix(at, 0)).Abs(); off > 5*time.Minute {
		return fmt.Errorf("webhook-timestamp is off by %s", off.Round(time.Second))
	}
	text := id + "." + stamp + "." + string(body)
	for _, entry := range strings.Fields(h.Get("Webhook-Signature")) {
		version, encoded, _ := strings.Cut(entry, ",")
		for _, key := range a.keys {
			if version == "v1" && key.hmacKey != nil && hmac.Equal([]byte(encoded), []byte(key.mac(text))) {
				return nil
			}
			sig, err := base64.StdEncoding.DecodeString(encoded)
			if version == "v1a" && key.public != nil && err == nil && ed25519.Verify(key.public, []byte(text), sig) {
				return nil
			}
		}
	}
	return errors.New("webhook-signature does not match")
}
