package console

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"example.com/skala/shared/logs"
	"example.com/skala/shared/people"
)

// SignIn says where people sign in: any provider of OpenID Connect.
type SignIn struct {
	Issuer       string       // required; http only on loopback
	ClientID     string       // required
	ClientSecret string       // empty for a public client, which PKCE protects
	PublicURL    string       // the console's origin; empty takes the host that a request names, under https
	RoleClaims   []string     // claims that hold roles; "skala_roles" and "cognito:groups" when empty
	Client       *http.Client // asks the issuer; one with a time limit when nil
}

// A signin talks to the issuer. Discovery waits for the first who signs in, and
// is tried again: the console starts before its issuer does, and outlives its
// failures.
type signin struct {
	cfg    SignIn
	origin *url.URL // nil: as the request says
	now    func() time.Time

	mu       sync.Mutex
	provider *oidc.Provider
	failed   error
	retry    time.Time
}

func newSignin(cfg SignIn, now func() time.Time) (*signin, error) {
	if cfg.Issuer == "" || cfg.ClientID == "" {
		return nil, errors.New("sign-in: the issuer or the client id is missing: nobody could sign in, or everybody")
	}
	if _, err := trusted(cfg.Issuer); err != nil {
		return nil, fmt.Errorf("sign-in: issuer: %w", err)
	}
	if len(cfg.RoleClaims) == 0 {
		cfg.RoleClaims = []string{"skala_roles", "cognito:groups"}
	}
	if cfg.Client == nil {
		cfg.Client = &http.Client{Timeout: 10 * time.Second}
	}
	s := &signin{cfg: cfg, now: now}
	if cfg.PublicURL != "" {
		origin, err := trusted(cfg.PublicURL)
		if err != nil {
			return nil, fmt.Errorf("sign-in: public address: %w", err)
		}
		if strings.Trim(origin.Path, "/") != "" || origin.RawQuery != "" {
			return nil, fmt.Errorf("sign-in: public address %q is more than an origin", cfg.PublicURL)
		}
		s.origin = origin
	}
	return s, nil
}

// trusted reads an address that nobody on the way can change: https, or on this
// machine.
func trusted(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Fragment != "" {
		return nil, fmt.Errorf("%q is no address", address)
	}
	if u.Scheme == "https" {
		return u, nil
	}
	ip, err := netip.ParseAddr(u.Hostname())
	if u.Scheme == "http" && (u.Hostname() == "localhost" || err == nil && ip.IsLoopback()) {
		return u, nil
	}
	return nil, fmt.Errorf("%q is neither https nor on this machine", address)
}

// secure reports whether browsers reach the console by https.
func (s *signin) secure(*http.Request) bool { return s.origin == nil || s.origin.Scheme == "https" }

// address is the console's own address of a path.
func (s *signin) address(r *http.Request, path string) string {
	if s.origin == nil {
		return "https://" + r.Host + path
	}
	return s.origin.Scheme + "://" + s.origin.Host + path
}

// discover returns the issuer's provider. A failure stands for a second, so
// that a crowd at the door does not become one at the issuer's.
func (s *signin) discover(ctx context.Context) (*oidc.Provider, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.provider != nil {
		return s.provider, nil
	}
	if s.failed != nil && s.now().Before(s.retry) {
		return nil, s.failed
	}
	provider, err := oidc.NewProvider(oidc.ClientContext(ctx, s.cfg.Client), s.cfg.Issuer)
	if err != nil {
		s.failed, s.retry = fmt.Errorf("asking the issuer: %w: %w", errIssuer, err), s.now().Add(time.Second)
		return nil, s.failed
	}
	s.provider, s.failed = provider, nil
	return provider, nil
}

func (s *signin) oauth(r *http.Request, p *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{ClientID: s.cfg.ClientID, ClientSecret: s.cfg.ClientSecret, Endpoint: p.Endpoint(),
		RedirectURL: s.address(r, "/auth/callback"), Scopes: []string{oidc.ScopeOpenID, "profile"}}
}

// verify checks a token of the issuer's: signature, issuer, time, and that it
// is for this client. Cognito's access tokens name the client in a claim of
// their own and have no audience.
func (s *signin) verify(ctx context.Context, raw string) (*oidc.IDToken, error) {
	provider, err := s.discover(ctx)
	if err != nil {
		return nil, err
	}
	verifier := provider.Verifier(&oidc.Config{SkipClientIDCheck: true, Now: s.now})
	verified, err := verifier.Verify(oidc.ClientContext(ctx, s.cfg.Client), raw)
	if err != nil {
		return nil, fmt.Errorf("token: %w: %w", errToken, err)
	}
	var client struct {
		ID string `json:"client_id"`
	}
	if err := verified.Claims(&client); err != nil {
		return nil, fmt.Errorf("token: %w: %w", errToken, err)
	}
	if slices.Contains(verified.Audience, s.cfg.ClientID) || len(verified.Audience) == 0 && client.ID == s.cfg.ClientID {
		return verified, nil
	}
	return nil, fmt.Errorf("token: meant for %q: %w", verified.Audience, errToken)
}

// session reads who a verified token is about.
func (s *signin) session(verified *oidc.IDToken, until time.Time) (session, error) {
	var claims map[string]json.RawMessage
	if err := verified.Claims(&claims); err != nil {
		return session{}, fmt.Errorf("token: %w: %w", errToken, err)
	}
	word := func(name string) string {
		var text string
		if json.Unmarshal(claims[name], &text) != nil {
			return "" // absent or not a text: as if it were not there
		}
		return text
	}
	out := session{ID: verified.Subject, Name: word("name"), Zone: word("zoneinfo"), Until: until}
	if out.ID == "" {
		return session{}, fmt.Errorf("token: no subject: %w", errToken)
	}
	person := people.Person{ID: out.ID}
	for _, claim := range s.cfg.RoleClaims {
		var words []string
		if json.Unmarshal(claims[claim], &words) != nil {
			words = strings.Fields(word(claim))
		}
		for _, role := range words {
			if granted, err := person.Grant(role); err == nil { // other words are other programs' groups
				person = granted
			}
		}
	}
	out.Roles = person.Words()
	return out, nil
}

// A signingIn is what the cookie of somebody on the way to the issuer says.
type signingIn struct {
	State    string    `json:"state"`
	Nonce    string    `json:"nonce"`
	Verifier string    `json:"verifier"`
	Return   string    `json:"return"`
	Until    time.Time `json:"until"`
}

// signingInLife is how long somebody may take at the issuer.
const signingInLife = 10 * time.Minute

// signingInCookie names the cookie of one attempt: two tabs make two.
func signingInCookie(state string) string { return "skala-signin-" + state[:min(len(state), 10)] }

// signIn sends a browser to the issuer.
func (c *Console) signIn(w http.ResponseWriter, r *http.Request) error {
	provider, err := c.signin.discover(r.Context())
	if err != nil {
		return err
	}
	attempt := signingIn{State: token(), Nonce: token(), Verifier: oauth2.GenerateVerifier(), Return: local(r.URL.Query().Get("return")), Until: c.now().Add(signingInLife)}
	name := c.cookieName(r, signingInCookie(attempt.State))
	value, err := c.seal.seal(name, attempt)
	if err != nil {
		return err
	}
	http.SetCookie(w, c.cookie(r, name, value, signingInLife))
	http.Redirect(w, r, c.signin.oauth(r, provider).AuthCodeURL(attempt.State, oidc.Nonce(attempt.Nonce), oauth2.S256ChallengeOption(attempt.Verifier)), http.StatusFound)
	return nil
}

// local returns a path of ours to come back to, whatever was asked for.
func local(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/"
	}
	return path
}

// callback is where the issuer sends a browser back with a code.
func (c *Console) callback(w http.ResponseWriter, r *http.Request) error {
	query := r.URL.Query()
	state := query.Get("state")
	name := c.cookieName(r, signingInCookie(state))
	var attempt signingIn
	cookie, err := r.Cookie(name)
	if err != nil || c.seal.open(name, cookie.Value, &attempt) != nil || !c.now().Before(attempt.Until) ||
		subtle.ConstantTimeCompare([]byte(attempt.State), []byte(state)) != 1 {
		return fmt.Errorf("sign-in: no attempt of this browser: %w", errSignIn)
	}
	http.SetCookie(w, c.cookie(r, name, "", 0))
	if refusal := query.Get("error"); refusal != "" {
		return fmt.Errorf("sign-in: the issuer says %s: %w", errorCode(refusal), errSignIn)
	}
	s, err := c.exchange(r, attempt, query.Get("code"))
	if err != nil {
		return err
	}
	if err := c.setSession(w, r, s); err != nil {
		return err
	}
	logs.Note(r.Context(), "person", s.ID)
	http.Redirect(w, r, attempt.Return, http.StatusSeeOther)
	return nil
}

func (c *Console) exchange(r *http.Request, attempt signingIn, code string) (session, error) {
	ctx := oidc.ClientContext(r.Context(), c.signin.cfg.Client)
	provider, err := c.signin.discover(ctx)
	if err != nil {
		return session{}, err
	}
	tokens, err := c.signin.oauth(r, provider).Exchange(ctx, code, oauth2.VerifierOption(attempt.Verifier))
	if refused, ok := errors.AsType[*oauth2.RetrieveError](err); ok { // its words hold the whole answer, which may repeat our secrets
		return session{}, fmt.Errorf("sign-in: the issuer answered %d, %s: %w", refused.Response.StatusCode, errorCode(refused.ErrorCode), errSignIn)
	}
	if err != nil {
		return session{}, fmt.Errorf("sign-in: %w: %w", errSignIn, err)
	}
	raw, ok := tokens.Extra("id_token").(string)
	if !ok {
		return session{}, fmt.Errorf("sign-in: the issuer sent no id token: %w", errSignIn)
	}
	verified, err := c.signin.verify(ctx, raw)
	if err != nil {
		return session{}, err
	}
	if subtle.ConstantTimeCompare([]byte(verified.Nonce), []byte(attempt.Nonce)) != 1 {
		return session{}, fmt.Errorf("sign-in: another nonce: %w", errSignIn)
	}
	return c.signin.session(verified, c.now().Add(sessionLife))
}

// errorCode is a code of OAuth's errors, or says that it is none: it comes from
// a request that anybody can make.
func errorCode(code string) string {
	if len(code) > 50 || code == "" || strings.ContainsFunc(code, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') }) {
		return "no code of OAuth"
	}
	return code
}

// signOut ends the session of this browser, for whoever has a copy of its cookie too.
// Where that cannot be written nobody is told that they are out. The issuer's own
// session stays: signing out there is the issuer's page's to offer.
func (c *Console) signOut(w http.ResponseWriter, r *http.Request) error {
	if s, ok := c.session(r); ok {
		if err := c.cfg.Keeper.EndSession(r.Context(), s.key, s.Until); err != nil {
			return err
		}
		c.cfg.People.Changed()
	}
	http.SetCookie(w, c.cookie(r, c.cookieName(r, "skala"), "", 0))
	http.Redirect(w, r, "/signed-out", http.StatusSeeOther)
	return nil
}
