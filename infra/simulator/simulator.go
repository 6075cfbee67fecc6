// Package simulator is the world around a desk that runs on one machine: the
// platforms with their customers (package platforms), a page to play one of
// them on, an OpenID provider with demo people (package idp), those whom the desk
// sends mail and messages (package receivers), and a living stream of invented
// customers for demonstrations.
//
// A Simulator is an http.Handler for one origin:
//
//	/              the page
//	/told          what the desk told its own people and programs
//	/idp/          the OpenID provider; the issuer is the origin and /idp
//	/receivers/    those people and programs, described in package receivers
//	/sim/api/      the JSON API for tests, described in packages platforms and receivers
//	all else       the platforms' own paths, where PLATFORM_API points
//
// It is for loopback only. Nothing in it asks who is there.
package simulator

import (
	"context"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"example.com/skala/infra/simulator/customers"
	"example.com/skala/infra/simulator/idp"
	"example.com/skala/infra/simulator/platforms"
	"example.com/skala/infra/simulator/receivers"
)

// ClientID is the console's at the OpenID provider.
const ClientID = "skala-console"

// Config is what a Simulator needs. All of it is required but StateDir, Patience,
// Hooks and PushKey.
type Config struct {
	Accounts []byte              // the accounts file
	Webhooks string              // origin that the platforms' webhooks go to
	Public   string              // own origin
	Console  string              // origin of the console: sign-in returns to /auth/callback there
	StateDir string              // keeps the provider's key and all conversations over restarts; empty keeps nothing
	Patience time.Duration       // how long a platform waits for a webhook's answer; zero is as long as it would
	Hooks    map[string][]string // secrets of the programs that take webhooks from the desk, by name
	PushKey  string              // the desk's public key for web push
	Now      func() time.Time
	Log      *slog.Logger
}

// A Simulator is the platforms, the page and the OpenID provider.
type Simulator struct {
	*platforms.Network
	Receivers *receivers.Receivers
	vendors   *vendors
	provider  *idp.Provider
	book      *customers.Book
	page      *template.Template
	handler   http.Handler
	now       func() time.Time
	log       *slog.Logger
}

// New returns a simulator for the apps of an accounts file.
func New(cfg Config) (*Simulator, error) {
	key, journal := "", ""
	if cfg.StateDir != "" {
		key, journal = filepath.Join(cfg.StateDir, "idp-key.json"), filepath.Join(cfg.StateDir, "conversations.jsonl")
	}
	s := &Simulator{now: cfg.Now, log: cfg.Log}
	s.Receivers = receivers.New(receivers.Config{Public: cfg.Public, Hooks: cfg.Hooks, PushKey: cfg.PushKey, Now: cfg.Now, Log: cfg.Log})
	var err error
	if s.vendors, err = readVendors(cfg.Accounts, cfg.Webhooks, cfg.Now); err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	if s.book, err = customers.Open(); err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	if s.page, err = readPage(); err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	s.provider, err = idp.New(idp.Config{
		Issuer: cfg.Public + "/idp", Client: ClientID, Redirect: cfg.Console + "/auth/callback",
		People: idp.DemoPeople(), KeyFile: key, Now: cfg.Now, Log: cfg.Log,
	})
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	s.Network, err = platforms.New(platforms.Config{
		Accounts: cfg.Accounts, Webhooks: strings.TrimSuffix(cfg.Webhooks, "/"), Public: cfg.Public,
		Journal: journal, Patience: cfg.Patience, Now: cfg.Now, Log: cfg.Log,
	})
	if err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	s.handler = s.routes()
	return s, nil
}

// ServeHTTP answers for the whole origin.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

func (s *Simulator) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/idp/", s.provider.Handler())
	mux.Handle("/", s.Network.Handler())
	told := s.Receivers.Handler()
	mux.Handle("/receivers/", told)
	mux.Handle("/sim/api/received", told)
	mux.Handle("/sim/api/received/", told)
	s.pages(mux)
	s.toldPages(mux)
	s.vendorRoutes(mux)
	return new(http.CrossOriginProtection).Handler(mux)
}

// AdminToken returns an access token of the demo administrator that is good for
// 30 days.
func (s *Simulator) AdminToken(ctx context.Context) (string, error) {
	return s.provider.AdminToken(ctx)
}

// Token returns an hour's access token of a demo person: demo-agent,
// demo-senior, demo-lead, demo-admin or demo-auditor.
func (s *Simulator) Token(ctx context.Context, person string) (string, error) {
	return s.provider.Token(ctx, person)
}

// DemoPeople lists who can sign in.
func DemoPeople() []idp.Person { return idp.DemoPeople() }
