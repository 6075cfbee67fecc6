// Package idp is a small OpenID provider for local use: it lets whoever sits at
// this machine sign in to the console as one of five demo people, without a
// password, and says so on its page.
//
// What it does not simplify is the protocol, since the console that signs in
// here is the one that signs in to a real provider: the authorization code flow
// with PKCE (S256 only), codes that work once and for a minute, one exact
// redirect address, RS256 tokens under a published key. The key is kept in a
// file, so that sessions and tokens outlive a restart.
//
// Addresses, all below the issuer:
//
//	GET  /.well-known/openid-configuration   discovery
//	GET  /jwks                               the public key
//	GET  /authorize                          the page that asks who you are
//	POST /authorize                          what its buttons send
//	POST /token                              code and verifier for tokens
package idp

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

//go:embed page.html page.css
var files embed.FS

// A Person is somebody who can sign in. Roles are the claim skala_roles.
type Person struct {
	ID    string // the subject, stable for ever
	Name  string
	Email string
	Roles []string
	Does  string // a line for the page
}

// DemoPeople are the five whom the desk's local run lets in.
func DemoPeople() []Person {
	return []Person{
		{"demo-agent", "Anna Agent", "anna.agent@desk.example", []string{"agent:1"}, "Agent of tier 1: works on tiers 0 and 1."},
		{"demo-senior", "Sam Senior", "sam.senior@desk.example", []string{"senior"}, "Senior agent: works on tiers 0 to 3, hands back."},
		{"demo-lead", "Lea Lead", "lea.lead@desk.example", []string{"lead"}, "Team lead: every tier, assigns, sees the quarantine."},
		{"demo-admin", "Ari Admin", "ari.admin@desk.example", []string{"admin"}, "Administrator: everything."},
		{"demo-auditor", "Audra Auditor", "audra.auditor@desk.example", []string{"auditor"}, "Auditor: reads everything, the audit log too, and changes nothing."},
	}
}

// Config is what a Provider needs. All of it is required but KeyFile.
type Config struct {
	Issuer   string // own address with the path, as in http://127.0.0.1:8081/idp
	Client   string // the one client id that is known here
	Redirect string // the one address that a code is sent to
	People   []Person
	KeyFile  string // where the signing key is kept; empty makes a new one for this process
	Now      func() time.Time
	Log      *slog.Logger
}

const (
	codeLife  = time.Minute
	tokenLife = time.Hour
)

// A Provider is an OpenID provider.
type Provider struct {
	cfg    Config
	path   string // of the issuer
	origin string // of the redirect address
	page   *template.Template
	key    jose.JSONWebKey

	mu    sync.Mutex
	codes map[string]grant // not used yet
}

// A grant is what a code stands for.
type grant struct {
	person    Person
	challenge string
	nonce     string
	signedIn  time.Time
}

// New returns a provider. It makes the signing key where there is none yet.
func New(cfg Config) (*Provider, error) {
	issuer, err := url.Parse(cfg.Issuer)
	if err != nil || issuer.Host == "" || strings.HasSuffix(issuer.Path, "/") {
		return nil, fmt.Errorf("idp: issuer %q is no address", cfg.Issuer)
	}
	back, err := url.Parse(cfg.Redirect)
	if err != nil || back.Host == "" {
		return nil, fmt.Errorf("idp: redirect %q is no address", cfg.Redirect)
	}
	if cfg.Client == "" || len(cfg.People) == 0 {
		return nil, errors.New("idp: nobody can sign in without a client and people")
	}
	p := &Provider{cfg: cfg, path: issuer.Path, origin: back.Scheme + "://" + back.Host, codes: map[string]grant{}}
	if p.page, err = template.ParseFS(files, "page.html"); err != nil {
		return nil, fmt.Errorf("idp: %w", err)
	}
	if p.key, err = signingKey(cfg.KeyFile); err != nil {
		return nil, fmt.Errorf("idp: %w", err)
	}
	return p, nil
}

// Handler returns the provider's routes, at the issuer's path.
func (p *Provider) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+p.path+"/.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET "+p.path+"/jwks", p.jwks)
	mux.HandleFunc("GET "+p.path+"/authorize", p.ask)
	mux.HandleFunc("POST "+p.path+"/authorize", p.choose)
	mux.HandleFunc("POST "+p.path+"/token", p.token)
	mux.HandleFunc("GET "+p.path+"/page.css", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, files, "page.css")
	})
	return new(http.CrossOriginProtection).Handler(mux)
}

func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{
		"issuer":                                p.cfg.Issuer,
		"authorization_endpoint":                p.cfg.Issuer + "/authorize",
		"token_endpoint":                        p.cfg.Issuer + "/token",
		"jwks_uri":                              p.cfg.Issuer + "/jwks",
		"response_types_supported":              []string{"code"},
		"grant_types_supported":                 []string{"authorization_code"},
		"subject_types_supported":               []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"scopes_supported":                      []string{"openid", "profile", "email"},
		"token_endpoint_auth_methods_supported": []string{"none"},
		"code_challenge_methods_supported":      []string{"S256"},
		"claims_supported":                      []string{"sub", "name", "email", "skala_roles"},
	})
}

func (p *Provider) jwks(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{p.key.Public()}})
}

// AdminToken returns an access token of the demo administrator that is good for
// 30 days: what scripts of the local run sign in with.
func (p *Provider) AdminToken(_ context.Context) (string, error) {
	for _, person := range p.cfg.People {
		for _, role := range person.Roles {
			if role == "admin" {
				return p.access(person, 30*24*time.Hour)
			}
		}
	}
	return "", errors.New("idp: no demo person is an administrator")
}

// Token returns an hour's access token of the person with this id.
func (p *Provider) Token(_ context.Context, id string) (string, error) {
	person, ok := p.person(id)
	if !ok {
		return "", fmt.Errorf("idp: there is no demo person %q", id)
	}
	return p.access(person, tokenLife)
}

func (p *Provider) person(id string) (Person, bool) {
	for _, person := range p.cfg.People {
		if person.ID == id {
			return person, true
		}
	}
	return Person{}, false
}

// render writes the page. Browsers hold redirects that follow a form to
// form-action too, hence the origin of the console in it.
func (p *Provider) render(w http.ResponseWriter, code int, data any) {
	var page bytes.Buffer
	if err := p.page.ExecuteTemplate(&page, "page.html", data); err != nil {
		p.cfg.Log.Error("page not rendered", "err", err)
		http.Error(w, "This page is broken.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self' "+p.origin+"; base-uri 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(code)
	_, _ = page.WriteTo(w) // a browser that left is no failure of ours
}
