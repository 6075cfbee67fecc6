package idp

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// token gives tokens for a code and the verifier behind its challenge. The first
// request of the client that names a code uses it up, right or wrong in the
// rest: whoever guesses a verifier has one guess.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		oauthError(w, http.StatusBadRequest, "invalid_request")
		return
	}
	if client(r) != p.cfg.Client {
		oauthError(w, http.StatusUnauthorized, "invalid_client")
		return
	}
	form := r.PostForm
	if form.Get("grant_type") != "authorization_code" {
		oauthError(w, http.StatusBadRequest, "unsupported_grant_type")
		return
	}
	now := p.cfg.Now()
	p.mu.Lock()
	g, ok := p.codes[form.Get("code")]
	delete(p.codes, form.Get("code"))
	p.mu.Unlock()
	sum := sha256.Sum256([]byte(form.Get("code_verifier")))
	challenge := base64.RawURLEncoding.EncodeToString(sum[:])
	if !ok || now.Sub(g.signedIn) > codeLife || form.Get("redirect_uri") != p.cfg.Redirect ||
		subtle.ConstantTimeCompare([]byte(challenge), []byte(g.challenge)) != 1 {
		oauthError(w, http.StatusBadRequest, "invalid_grant")
		return
	}
	access, err := p.access(g.person, tokenLife)
	var id string
	if err == nil {
		id, err = p.sign("JWT", g.person, tokenLife, map[string]any{"nonce": g.nonce, "auth_time": g.signedIn.Unix()})
	}
	if err != nil {
		p.cfg.Log.ErrorContext(r.Context(), "token not signed", "err", err)
		oauthError(w, http.StatusInternalServerError, "server_error")
		return
	}
	answer(w, http.StatusOK, map[string]any{
		"access_token": access, "id_token": id, "token_type": "Bearer", "expires_in": int(tokenLife.Seconds()), "scope": "openid profile email",
	})
}

// client returns the client id of a token request, from its form or, as some
// libraries try first, from basic authentication (RFC 6749, 2.3.1).
func client(r *http.Request) string {
	if user, _, ok := r.BasicAuth(); ok {
		if id, err := url.QueryUnescape(user); err == nil {
			return id
		}
	}
	return r.PostForm.Get("client_id")
}

// access returns an access token, of the kind that RFC 9068 describes.
func (p *Provider) access(person Person, life time.Duration) (string, error) {
	return p.sign("at+jwt", person, life, map[string]any{"client_id": p.cfg.Client})
}

func (p *Provider) sign(kind jose.ContentType, person Person, life time.Duration, more map[string]any) (string, error) {
	now := p.cfg.Now()
	claims := map[string]any{
		"iss": p.cfg.Issuer, "aud": p.cfg.Client, "sub": person.ID, "jti": rand.Text(),
		"iat": now.Unix(), "exp": now.Add(life).Unix(),
		"name": person.Name, "email": person.Email, "skala_roles": person.Roles,
	}
	for name, v := range more {
		claims[name] = v
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: p.key}, new(jose.SignerOptions).WithType(kind))
	if err != nil {
		return "", fmt.Errorf("signing a token: %w", err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		return "", fmt.Errorf("signing a token: %w", err)
	}
	return token, nil
}

// signingKey reads the key in file, and makes and keeps one where there is
// none. The file holds a private JWK, for its owner's eyes only.
func signingKey(file string) (jose.JSONWebKey, error) {
	if file != "" {
		doc, err := os.ReadFile(file)
		if err == nil {
			var key jose.JSONWebKey
			if err := json.Unmarshal(doc, &key); err != nil || !key.Valid() || key.IsPublic() {
				return key, fmt.Errorf("%s holds no private key; delete it and a new one is made", file)
			}
			return key, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return jose.JSONWebKey{}, fmt.Errorf("reading the signing key: %w", err)
		}
	}
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return jose.JSONWebKey{}, fmt.Errorf("making a signing key: %w", err)
	}
	key := jose.JSONWebKey{Key: private, KeyID: rand.Text(), Algorithm: string(jose.RS256), Use: "sig"}
	if file == "" {
		return key, nil
	}
	doc, err := json.Marshal(key)
	if err != nil {
		return key, fmt.Errorf("writing the signing key: %w", err)
	}
	if err := keep(file, doc); err != nil {
		return key, fmt.Errorf("writing the signing key: %w", err)
	}
	return key, nil
}

// keep writes a file whole or not at all.
func keep(file string, doc []byte) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	part := file + ".part"
	if err := os.WriteFile(part, doc, 0o600); err != nil {
		return err
	}
	return os.Rename(part, file)
}

func oauthError(w http.ResponseWriter, code int, name string) {
	answer(w, code, map[string]string{"error": name})
}

func answer(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) // a client that left is no failure of ours
}
