// Package signature checks what platforms put on their webhooks to prove who
// sent them, and signs what the desk sends the same way. It compares in constant
// time, and no input makes it panic.
package signature

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strings"
	"sync"
)

// Why a webhook is refused. Nothing of it was looked at then.
var (
	ErrInvalid = errors.New("signature does not match")
	ErrMissing = errors.New("signature is missing")
	ErrTime    = errors.New("signed at another time than now")
)

// A SHA256 is one HMAC-SHA256 key. It is safe for use by several goroutines,
// which share its keyed hashes: setting a key up costs more than hashing a
// webhook.
type SHA256 struct {
	hashes sync.Pool
}

// NewSHA256 returns the key that secret is, which must not be empty: anybody
// could sign with that.
func NewSHA256(secret []byte) (*SHA256, error) {
	if len(secret) == 0 {
		return nil, errors.New("secret is empty")
	}
	secret = []byte(string(secret))
	return &SHA256{hashes: sync.Pool{New: func() any { return hmac.New(sha256.New, secret) }}}, nil
}

// Sum returns the 32 bytes that sign parts, one after the other.
func (k *SHA256) Sum(parts ...[]byte) []byte {
	h := k.hashes.Get().(hash.Hash)
	defer k.hashes.Put(h)
	h.Reset()
	for _, part := range parts {
		h.Write(part)
	}
	return h.Sum(nil)
}

// Signed reports whether mac signs parts. How long it takes says nothing about
// how much of mac was right.
func (k *SHA256) Signed(mac []byte, parts ...[]byte) bool {
	return hmac.Equal(k.Sum(parts...), mac)
}

// Keys returns the key of each secret: several while one takes over from another.
func Keys(secrets []string) ([]*SHA256, error) {
	var keys []*SHA256
	for _, secret := range secrets {
		key, err := NewSHA256([]byte(secret))
		if err != nil {
			return nil, fmt.Errorf("secret: %w", err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// Check returns nil when one of the values of a header signs body under one of
// keys. Some gateways join a repeated header with commas, so that a value may be
// several; read decodes one of them.
func Check(keys []*SHA256, values []string, read func(string) ([]byte, error), body []byte) error {
	if len(values) == 0 {
		return ErrMissing
	}
	var macs [][]byte
	for _, value := range values {
		for one := range strings.SplitSeq(value, ",") {
			if mac, err := read(strings.Trim(one, " ")); err == nil {
				macs = append(macs, mac)
			}
		}
	}
	if !AnySigned(keys, macs, body) {
		return ErrInvalid
	}
	return nil
}

// After returns a reader for Check of values that must begin with prefix.
func After(prefix string, read func(string) ([]byte, error)) func(string) ([]byte, error) {
	return func(value string) ([]byte, error) {
		encoded, ok := strings.CutPrefix(value, prefix)
		if !ok {
			return nil, errors.New("it begins otherwise")
		}
		return read(encoded)
	}
}

// AnySigned reports whether one of macs signs parts under one of keys. Each key
// hashes parts once, and only when there is something to compare: a header full
// of made-up signatures costs no more than one.
func AnySigned(keys []*SHA256, macs [][]byte, parts ...[]byte) bool {
	macs = slices.DeleteFunc(slices.Clone(macs), func(mac []byte) bool { return len(mac) != sha256.Size })
	if len(macs) == 0 {
		return false
	}
	for _, key := range keys {
		sum := key.Sum(parts...)
		for _, mac := range macs {
			if hmac.Equal(sum, mac) {
				return true
			}
		}
	}
	return false
}

// An Ed25519 is one public key.
type Ed25519 struct {
	key ed25519.PublicKey
}

// NewEd25519 returns the public key of 32 bytes that key is.
func NewEd25519(key []byte) (Ed25519, error) {
	if len(key) != ed25519.PublicKeySize {
		return Ed25519{}, fmt.Errorf("public key has %d bytes, not %d", len(key), ed25519.PublicKeySize)
	}
	return Ed25519{key: ed25519.PublicKey(string(key))}, nil
}

// Signed reports whether sig signs message.
func (k Ed25519) Signed(sig, message []byte) bool {
	return len(k.key) == ed25519.PublicKeySize && len(sig) == ed25519.SignatureSize && ed25519.Verify(k.key, message, sig)
}

// Base64 decodes the standard alphabet with padding, and nothing looser: the
// standard decoder would pass over line ends and stray bits.
func Base64(s string) ([]byte, error) {
	if strings.ContainsAny(s, "\r\n") {
		return nil, errors.New("line end in base64")
	}
	return base64.StdEncoding.Strict().DecodeString(s)
}
