package token

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"example.com/skala/shared/desk"
)

// inside is what is sealed.
type inside struct {
	Access  string `json:"access"`
	Refresh string `json:"refresh"`
	Seed    string `json:"seed"` // of the settings that it began with
}

// errSecret is an app's secret that no key can be made of.
var errSecret = errors.New("token: the app has no secret")

// derive makes what a secret of an app is used for out of it: a key of 32 bytes, or a
// name. No use tells anything of another, nor of the secret.
func derive(secret, use string, k desk.AccountKey, n int) ([]byte, error) {
	if secret == "" {
		return nil, errSecret
	}
	return hkdf.Key(sha256.New, []byte(secret), nil, fmt.Sprintf("skala token: %s of %q %q %q", use, k.Platform, k.App, k.ID), n)
}

func lock(secret string, k desk.AccountKey) (cipher.AEAD, error) {
	key, err := derive(secret, "seal", k, 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// bound is what a sealed set belongs to: it opens for no other account.
func bound(k desk.AccountKey) []byte { return fmt.Appendf(nil, "%q %q %q", k.Platform, k.App, k.ID) }

// seal closes a set with the app's present secret.
func (a *Account) seal(set desk.TokenSet) ([]byte, error) {
	var secret string
	if len(a.settings.Secrets) > 0 {
		secret = a.settings.Secrets[0]
	}
	box, err := lock(secret, a.settings.AccountKey)
	if err != nil {
		return nil, err
	}
	plain, err := json.Marshal(inside{set.Access, set.Refresh, a.seed})
	if err != nil {
		return nil, fmt.Errorf("token: %w", err)
	}
	return box.Seal(nil, nil, plain, bound(a.settings.AccountKey)), nil
}

// open opens what any of the app's secrets has sealed.
func (a *Account) open(t desk.Token) (in inside, ok bool) {
	for _, secret := range a.settings.Secrets {
		box, err := lock(secret, a.settings.AccountKey)
		if err != nil {
			continue
		}
		plain, err := box.Open(nil, nil, t.Sealed, bound(a.settings.AccountKey))
		if err == nil && json.Unmarshal(plain, &in) == nil {
			return in, true
		}
	}
	return inside{}, false
}

// fingerprint stands for the refresh token of settings, and tells nothing of it.
func fingerprint(s Settings) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "skala token seed %q %q", bound(s.AccountKey), s.Refresh))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// nameOf stands for all settings of an account that renewing needs.
func nameOf(s Settings) string {
	var secret string
	if len(s.Secrets) > 0 {
		secret = s.Secrets[0]
	}
	name, err := derive(secret, "settings "+fingerprint(s), s.AccountKey, 12)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(name)
}

// known is how many settings are remembered that others have replaced.
const known = 8

// remember puts name before the settings that it replaces.
func remember(settings []string, name string) []string {
	rest := slices.DeleteFunc(slices.Clone(settings), func(s string) bool { return s == name })
	return append([]string{name}, rest[:min(len(rest), known-1)]...)
}
