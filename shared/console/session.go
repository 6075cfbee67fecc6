package console

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"example.com/skala/shared/people"
)

// sessionLife is how long a sign-in lasts, whatever somebody does meanwhile:
// roles are read at sign-in only.
const sessionLife = 12 * time.Hour

// A sealer makes cookies that only the console can read or write. Each cookie's
// name is sealed with it, so that one never passes for another.
type sealer struct{ aead cipher.AEAD }

func newSealer(key []byte) (sealer, error) {
	if len(key) < 32 {
		return sealer{}, fmt.Errorf("the session key has %d bytes, 32 are the least", len(key))
	}
	derived, err := hkdf.Key(sha256.New, key, nil, "skala console cookies, AES-256-GCM", 32)
	if err != nil {
		return sealer{}, fmt.Errorf("deriving the cookie key: %w", err)
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		return sealer{}, fmt.Errorf("deriving the cookie key: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return sealer{}, fmt.Errorf("deriving the cookie key: %w", err)
	}
	return sealer{aead}, nil
}

// seal returns v as the value of the cookie name.
func (s sealer) seal(name string, v any) (string, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("sealing a cookie: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nil, nil, plain, []byte(name))), nil
}

var errCookie = errors.New("the cookie is not ours")

// open reads what seal wrote; anything else is errCookie.
func (s sealer) open(name, value string, v any) error {
	sealed, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil {
		return errCookie
	}
	plain, err := s.aead.Open(nil, nil, sealed, []byte(name))
	if err != nil || json.Unmarshal(plain, v) != nil {
		return errCookie
	}
	return nil
}

// A session is what the cookie of somebody who signed in says.
type session struct {
	ID    string    `json:"id"`
	Name  string    `json:"name,omitempty"`
	Roles []string  `json:"roles"`
	Zone  string    `json:"zone,omitempty"`
	Until time.Time `json:"until"`

	key string // of the cookie that it was read from
}

func (s session) person() people.Person {
	p := people.Person{ID: s.ID, Name: s.Name}
	for _, word := range s.Roles {
		if granted, err := p.Grant(word); err == nil {
			p = granted
		}
	}
	return p
}

// cookie returns a cookie of this host alone. Under https its name makes the
// browser hold us to that.
func (c *Console) cookie(r *http.Request, name, value string, life time.Duration) *http.Cookie {
	cookie := &http.Cookie{Name: name, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, MaxAge: int(life / time.Second)}
	cookie.Secure = c.signin.secure(r)
	if life <= 0 {
		cookie.MaxAge = -1
	}
	return cookie
}

func (c *Console) cookieName(r *http.Request, name string) string {
	if c.signin.secure(r) {
		return "__Host-" + name
	}
	return name
}

// setSession signs p in.
func (c *Console) setSession(w http.ResponseWriter, r *http.Request, s session) error {
	name := c.cookieName(r, "skala")
	value, err := c.seal.seal(name, s)
	if err != nil {
		return err
	}
	http.SetCookie(w, c.cookie(r, name, value, sessionLife))
	return nil
}

// session returns who the cookie of a request says it is from, and false for
// nobody: no cookie, a forged one, one past its time or of a session that was signed
// out of. What other instances ended is known as soon as the directory is read anew.
func (c *Console) session(r *http.Request) (session, bool) {
	name := c.cookieName(r, "skala")
	cookie, err := r.Cookie(name)
	if err != nil {
		return session{}, false
	}
	var s session
	if err := c.seal.open(name, cookie.Value, &s); err != nil || s.ID == "" || !c.now().Before(s.Until) {
		return session{}, false
	}
	s.key = sessionKey(cookie.Value)
	d, err := c.directory(r.Context())
	if _, over := d.Ended[s.key]; err == nil && over { // where it can't be read, known says so
		return session{}, false
	}
	return s, true
}

// sessionKey is what a session is known by that is over: no cookie can be made of it.
func sessionKey(value string) string {
	sum := sha256.Sum256([]byte(value))
	return base64.RawURLEncoding.EncodeToString(sum[:18])
}

// token makes what a lease, a form's key or a sign-in is known by.
func token() string { return rand.Text() }
