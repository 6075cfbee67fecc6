package receivers

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Bounds of a push message (RFC 8030, 8188, 8291, 8292).
const (
	pushBody = 4096
	pushLife = 24 * time.Hour // of a token, at most
)

// A Subscription is what a browser says when it subscribes, as its toJSON has it.
type Subscription struct {
	Endpoint string `json:"endpoint"`
	Keys     struct {
		P256dh string `json:"p256dh"`
		Auth   string `json:"auth"`
	} `json:"keys"`
}

// Subscription returns that of the pretended browser name. It is the same at every
// start: its keys are made of its name, so that what somebody subscribed stays so.
func (r *Receivers) Subscription(name string) Subscription {
	key, auth := browserKeys(name)
	s := Subscription{Endpoint: r.cfg.Public + "/receivers/push/" + name}
	s.Keys.P256dh = base64.RawURLEncoding.EncodeToString(key.PublicKey().Bytes())
	s.Keys.Auth = base64.RawURLEncoding.EncodeToString(auth)
	return s
}

// browserKeys are a pretended browser's, secret to nobody.
func browserKeys(name string) (*ecdh.PrivateKey, []byte) {
	for i := byte(0); ; i++ {
		seed := sha256.Sum256(append([]byte("a pretended browser "+name), i))
		if key, err := ecdh.P256().NewPrivateKey(seed[:]); err == nil { // nearly every number is one
			auth := sha256.Sum256(seed[:])
			return key, auth[:16]
		}
	}
}

// push is the push service of the browser name, and that browser.
func (r *Receivers) push(w http.ResponseWriter, q *http.Request) {
	got := Receipt{Receiver: Push, Name: q.PathValue("name"), ID: q.Header.Get("Topic"), Urgency: q.Header.Get("Urgency"),
		Headers: headers(q.Header, "TTL", "Topic", "Urgency", "Content-Encoding", "Authorization")}
	is := r.pushed(q, &got)
	if is.code == http.StatusCreated {
		w.Header().Set("Location", r.cfg.Public+"/receivers/push/"+got.Name+"/messages/1")
	}
	r.settle(w, q, got, is, map[int]string{302: "elsewhere", 400: "bad request", 403: "the token is not of the key that was subscribed with",
		404: "no such subscription", 410: "push subscription has unsubscribed or expired", 413: "payload too large", 429: "too many requests", 500: "broken"})
}

func (r *Receivers) pushed(q *http.Request, got *Receipt) verdict {
	if _, err := strconv.ParseUint(q.Header.Get("TTL"), 10, 31); err != nil {
		return verdict{http.StatusBadRequest, "TTL is missing, or no number"}
	}
	if topic := got.ID; len(topic) > 32 || strings.Trim(topic, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		return verdict{http.StatusBadRequest, "Topic is not of 1 to 32 letters of base64url"}
	}
	switch got.Urgency {
	case "", "very-low", "low", "normal", "high":
	default:
		return verdict{http.StatusBadRequest, "Urgency is none that there is"}
	}
	if err := r.vapid(q); err != nil {
		return verdict{http.StatusForbidden, err.Error()}
	}
	if q.Header.Get("Content-Encoding") != "aes128gcm" {
		return verdict{http.StatusBadRequest, "Content-Encoding is not aes128gcm"}
	}
	body, err := io.ReadAll(io.LimitReader(q.Body, pushBody+1))
	if err != nil || len(body) > pushBody {
		return verdict{http.StatusRequestEntityTooLarge, "payload too large"}
	}
	key, auth := browserKeys(got.Name)
	plain, err := decipher(key, auth, body)
	if err != nil { // a push service cannot tell; the browser would drop it
		got.Problems = append(got.Problems, "the browser cannot decipher it: "+err.Error())
		return verdict{http.StatusCreated, ""}
	}
	var said struct {
		Title string `json:"title"`
		Body  string `json:"body"`
	}
	if json.Unmarshal(plain, &said) == nil && said.Title != "" {
		got.Subject, got.Text, got.Data = said.Title, said.Body, plain
	} else {
		got.Text = string(plain)
	}
	return verdict{http.StatusCreated, ""}
}

// vapid checks that a request is from whom the browser subscribed to (RFC 8292).
func (r *Receivers) vapid(q *http.Request) error {
	rest, ok := strings.CutPrefix(q.Header.Get("Authorization"), "vapid ")
	if !ok {
		return errors.New("there is no authorization by vapid")
	}
	fields := map[string]string{}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		fields[name] = value
	}
	raw, err := base64.RawURLEncoding.DecodeString(fields["k"])
	if err != nil {
		return errors.New("k is no base64url")
	}
	if r.cfg.PushKey != "" && fields["k"] != r.cfg.PushKey {
		return errors.New("the token is not of the key that was subscribed with")
	}
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), raw)
	if err != nil {
		return errors.New("k is no point of P-256")
	}
	parts := strings.Split(fields["t"], ".")
	if len(parts) != 3 {
		return errors.New("the token has not three parts")
	}
	var header struct {
		Alg string `json:"alg"`
	}
	var claims struct {
		Aud string `json:"aud"`
		Exp int64  `json:"exp"`
		Sub string `json:"sub"`
	}
	for i, into := range []any{&header, &claims} {
		doc, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil || json.Unmarshal(doc, into) != nil {
			return errors.New("the token is no JSON in base64url")
		}
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err != nil || len(signature) != 64 || header.Alg != "ES256" ||
		!ecdsa.Verify(key, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		return errors.New("the token is not signed by k with ES256")
	}
	switch left := time.Unix(claims.Exp, 0).Sub(r.cfg.Now()); {
	case claims.Aud != r.cfg.Public:
		return fmt.Errorf("aud is %q, not the origin of the endpoint", claims.Aud)
	case left <= 0:
		return errors.New("the token is past its time")
	case left > pushLife:
		return errors.New("exp is more than a day away")
	case !strings.HasPrefix(claims.Sub, "mailto:") && !strings.HasPrefix(claims.Sub, "https:"):
		return errors.New("sub begins with neither mailto: nor https: as it should")
	}
	return nil
}

// decipher reads a message to the browser with those keys (RFC 8291 in RFC 8188's
// coding, one record).
func decipher(own *ecdh.PrivateKey, auth, body []byte) ([]byte, error) {
	const fixed = 16 + 4 + 1 // salt, size of records, length of the key
	if len(body) < fixed || len(body) < fixed+int(body[fixed-1]) {
		return nil, errors.New("it is too short")
	}
	salt, records, from := body[:16], binary.BigEndian.Uint32(body[16:20]), body[fixed:fixed+int(body[fixed-1])]
	sealed := body[fixed+len(from):]
	if len(sealed) > int(records) {
		return nil, errors.New("it has more than one record")
	}
	sender, err := ecdh.P256().NewPublicKey(from)
	if err != nil {
		return nil, errors.New("its key is no point of P-256")
	}
	shared, err := own.ECDH(sender)
	if err != nil {
		return nil, err
	}
	info := "WebPush: info\x00" + string(own.PublicKey().Bytes()) + string(from)
	secret, err := hkdf.Key(sha256.New, shared, auth, info, 32)
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, secret, salt, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, err
	}
	nonce, err := hkdf.Key(sha256.New, secret, salt, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, err
	}
	coder, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(coder)
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, nonce, sealed, nil)
	if err != nil {
		return nil, errors.New("it is not for this browser")
	}
	end := len(plain) - 1
	for end >= 0 && plain[end] == 0 {
		end--
	}
	if end < 0 || plain[end] != 2 {
		return nil, errors.New("its last record does not say so")
	}
	return plain[:end], nil
}
