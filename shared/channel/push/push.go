// Package push takes letters to browsers by web push: enciphered for the browser
// (RFC 8291), signed for its push service (RFC 8292), and told apart by their topic
// (RFC 8030): one that comes again takes the place of itself.
package push

import (
	"context"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"example.com/skala/shared/channel/outbound"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/post"
)

// Browsers are those that people agreed to be told by. Subscription returns
// desk.ErrNotFound for one that is not there.
type Browsers interface {
	Subscription(ctx context.Context, member, id string) (post.Subscription, error)
	Unsubscribe(ctx context.Context, member, id string) error
}

// A Key is what push services know this desk by: browsers subscribe with its public
// half.
type Key struct {
	Public  string // base64url
	private *ecdsa.PrivateKey
}

// NewKey reads a pair of keys on P-256 in base64url: 65 and 32 bytes, the second
// being the first's.
func NewKey(public, private string) (Key, error) {
	secret, err := base64.RawURLEncoding.DecodeString(private)
	if err != nil {
		return Key{}, errors.New("private_key is no base64url")
	}
	pair, err := ecdh.P256().NewPrivateKey(secret)
	if err != nil {
		return Key{}, errors.New("private_key is none of P-256")
	}
	if base64.RawURLEncoding.EncodeToString(pair.PublicKey().Bytes()) != public {
		return Key{}, errors.New("public_key is not that of private_key")
	}
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), secret)
	if err != nil {
		return Key{}, errors.New("private_key is none of P-256")
	}
	return Key{public, key}, nil
}

// A Sender takes letters to browsers by their owners and ids.
type Sender struct {
	Client   *http.Client
	Browsers Browsers
	Key      Key
	Contact  string // mailto: or https: of who runs this desk, for those who run push services
	Private  bool   // http and addresses of this machine are allowed
	Now      func() time.Time
}

// Life is how long a push service keeps what a browser that is off has not had.
const Life = 4 * time.Hour

// message is what the page behind the browser gets.
type message struct {
	Title string `json:"title"`
	Body  string `json:"body,omitempty"`
	URL   string `json:"url,omitempty"`
	Tag   string `json:"tag"` // what comes again takes its place
}

// Send enciphers l for its browser and posts it. A browser that is gone is forgotten.
func (s *Sender) Send(ctx context.Context, l post.Letter) post.Outcome {
	sub, err := s.Browsers.Subscription(ctx, l.Owner, l.To)
	if errors.Is(err, desk.ErrNotFound) {
		return post.Outcome{Class: post.Refused, Why: "the browser is not subscribed", Gone: true}
	}
	if err != nil {
		return post.Outcome{Class: post.Later, Why: "the subscription cannot be read"}
	}
	if outbound.Address(sub.Endpoint, s.Private) != nil {
		return post.Outcome{Class: post.Refused, Why: "the subscription has no https address"}
	}
	plain, err := json.Marshal(said(l))
	if err != nil {
		return post.Outcome{Class: post.Refused, Why: "the letter is no JSON"}
	}
	body, err := encipher(sub, plain)
	if err != nil {
		return post.Outcome{Class: post.Refused, Why: "the subscription's keys are none"}
	}
	token, err := s.token(sub.Endpoint)
	if err != nil {
		return post.Outcome{Class: post.Later, Why: "nothing could be signed"}
	}
	topic := sha256.Sum256([]byte(l.ID))
	urgency := "normal"
	if l.Urgent {
		urgency = "high"
	}
	o := outbound.Post(ctx, s.Client, sub.Endpoint, http.Header{
		"Content-Encoding": {"aes128gcm"}, "Content-Type": {"application/octet-stream"}, "Ttl": {strconv.Itoa(int(Life.Seconds()))}, "Urgency": {urgency},
		"Topic":         {base64.RawURLEncoding.EncodeToString(topic[:24])}, // 32 letters, as many as there may be
		"Authorization": {"vapid t=" + token + ", k=" + s.Key.Public},
	}, body, outbound.Refusal)
	if o.Gone {
		if err := s.Browsers.Unsubscribe(ctx, l.Owner, l.To); err != nil {
			o.Why += "; it is still listed"
		}
	}
	return o
}

// said is a letter as a browser shows it.
func said(l post.Letter) message {
	m := message{Title: l.Subject, URL: l.Link, Tag: l.ID}
	for i, line := range l.Lines {
		if len(l.Lines) == 1 || len(m.Body)+len(line.Text) > 2000 {
			break
		}
		if i > 0 {
			m.Body += "\n"
		}
		m.Body += line.Text
	}
	return m
}

// token says who sends, to the push service of an endpoint alone, for half a day.
func (s *Sender) token(endpoint string) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return "", fmt.Errorf("push: the endpoint is no address: %w", err)
	}
	claims, err := json.Marshal(struct {
		Aud string `json:"aud"`
		Exp int64  `json:"exp"`
		Sub string `json:"sub"`
	}{u.Scheme + "://" + u.Host, s.Now().Add(12 * time.Hour).Unix(), s.Contact})
	if err != nil {
		return "", fmt.Errorf("push: %w", err)
	}
	text := base64.RawURLEncoding.EncodeToString([]byte(`{"typ":"JWT","alg":"ES256"}`)) + "." + base64.RawURLEncoding.EncodeToString(claims)
	sum := sha256.Sum256([]byte(text))
	r, t, err := ecdsa.Sign(rand.Reader, s.Key.private, sum[:])
	if err != nil {
		return "", fmt.Errorf("push: signing: %w", err)
	}
	sig := make([]byte, 64)
	r.FillBytes(sig[:32])
	t.FillBytes(sig[32:])
	return text + "." + base64.RawURLEncoding.EncodeToString(sig), nil
}
