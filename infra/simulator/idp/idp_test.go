package idp_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/oauth2"

	"example.com/skala/infra/simulator/idp"
)

const (
	client   = "skala-console"
	redirect = "http://127.0.0.1:18080/auth/callback"
)

// A house is a provider on the network, under a clock that the test moves.
type house struct {
	*idp.Provider
	issuer string
	now    time.Time
}

func open(t *testing.T, keyFile string) *house {
	t.Helper()
	h := &house{now: time.Now()} // tokens are verified by a library that has a clock of its own
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handler.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	h.issuer = server.URL + "/idp"
	var err error
	h.Provider, err = idp.New(idp.Config{
		Issuer: h.issuer, Client: client, Redirect: redirect, People: idp.DemoPeople(), KeyFile: keyFile,
		Now: func() time.Time { return h.now }, Log: slog.New(slog.NewJSONHandler(io.Discard, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	handler = h.Handler()
	return h
}

// config is what an application that signs in here knows, by discovery.
func (h *house) config(t *testing.T) (*oidc.Provider, *oauth2.Config) {
	t.Helper()
	provider, err := oidc.NewProvider(t.Context(), h.issuer)
	if err != nil {
		t.Fatal(err)
	}
	return provider, &oauth2.Config{ClientID: client, RedirectURL: redirect, Endpoint: provider.Endpoint(), Scopes: []string{"openid", "profile"}}
}

// visit follows no redirects, so that a test sees where one leads.
func visit(t *testing.T, method, address string, form url.Values) (*http.Response, string) {
	t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(t.Context(), method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

// choose is a person at the page: it returns where the browser is sent.
func (h *house) choose(t *testing.T, authURL, person string) url.Values {
	t.Helper()
	resp, page := visit(t, http.MethodGet, authURL, nil)
	if resp.StatusCode != http.StatusOK || !strings.Contains(page, "For local use only") || !strings.Contains(page, `value="`+person+`"`) {
		t.Fatalf("the page answered %d:\n%s", resp.StatusCode, page)
	}
	u, err := url.Parse(authURL)
	if err != nil {
		t.Fatal(err)
	}
	form := u.Query()
	form.Set("person", person)
	resp, page = visit(t, http.MethodPost, h.issuer+"/authorize", form)
	back, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || resp.StatusCode != http.StatusSeeOther || !strings.HasPrefix(back.String(), redirect+"?") {
		t.Fatalf("choosing led to %d %q:\n%s", resp.StatusCode, back, page)
	}
	return back.Query()
}

type claims struct {
	Sub, Name, Email string
	Roles            []string `json:"skala_roles"`
}

func TestADemoPersonSignsInAsAtARealProvider(t *testing.T) {
	t.Parallel()
	h := open(t, "")
	provider, cfg := h.config(t)
	verifier := oauth2.GenerateVerifier()
	back := h.choose(t, cfg.AuthCodeURL("st4te", oidc.Nonce("n0nce"), oauth2.S256ChallengeOption(verifier)), "demo-senior")
	if back.Get("state") != "st4te" || back.Get("iss") != h.issuer {
		t.Errorf("sent back with %v", back)
	}
	token, err := cfg.Exchange(t.Context(), back.Get("code"), oauth2.VerifierOption(verifier))
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := token.Extra("id_token").(string)
	check := provider.Verifier(&oidc.Config{ClientID: client})
	id, err := check.Verify(t.Context(), raw)
	if err != nil {
		t.Fatal(err)
	}
	if id.Nonce != "n0nce" {
		t.Errorf("nonce %q", id.Nonce)
	}
	want := claims{"demo-senior", "Sam Senior", "sam.senior@desk.example", []string{"senior"}}
	access, err := check.Verify(t.Context(), token.AccessToken)
	if err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]*oidc.IDToken{"id": id, "access": access} {
		var got claims
		if err := token.Claims(&got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s token (-want +got):\n%s", name, diff)
		}
	}
}

func TestACode(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(h *house, form url.Values)
		want   int
		says   string
	}{
		{"is good for tokens", func(*house, url.Values) {}, 200, "id_token"},
		{"is no good without its verifier", func(_ *house, f url.Values) { f.Del("code_verifier") }, 400, "invalid_grant"},
		{"is no good with another verifier", func(_ *house, f url.Values) { f.Set("code_verifier", oauth2.GenerateVerifier()) }, 400, "invalid_grant"},
		{"is no good to another client", func(_ *house, f url.Values) { f.Set("client_id", "other") }, 401, "invalid_client"},
		{"is no good for another address", func(_ *house, f url.Values) { f.Set("redirect_uri", redirect+"/") }, 400, "invalid_grant"},
		{"is no good after a minute", func(h *house, _ url.Values) { h.now = h.now.Add(61 * time.Second) }, 400, "invalid_grant"},
		{"that was never given is refused", func(_ *house, f url.Values) { f.Set("code", "guess") }, 400, "invalid_grant"},
		{"is all there is to trade", func(_ *house, f url.Values) { f.Set("grant_type", "password") }, 400, "unsupported_grant_type"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := open(t, "")
			_, cfg := h.config(t)
			verifier := oauth2.GenerateVerifier()
			back := h.choose(t, cfg.AuthCodeURL("s", oauth2.S256ChallengeOption(verifier)), "demo-lead")
			form := url.Values{
				"grant_type": {"authorization_code"}, "code": {back.Get("code")}, "client_id": {client},
				"redirect_uri": {redirect}, "code_verifier": {verifier},
			}
			tt.change(h, form)
			resp, body := visit(t, http.MethodPost, h.issuer+"/token", form)
			if resp.StatusCode != tt.want || !strings.Contains(body, tt.says) {
				t.Errorf("%d %s", resp.StatusCode, body)
			}
			if tt.want != http.StatusOK {
				return
			}
			if resp, body := visit(t, http.MethodPost, h.issuer+"/token", form); resp.StatusCode != http.StatusBadRequest {
				t.Errorf("the second use of the code answered %d %s", resp.StatusCode, body)
			}
		})
	}
}

func TestAnAuthorizationRequest(t *testing.T) {
	t.Parallel()
	h := open(t, "")
	_, cfg := h.config(t)
	good := cfg.AuthCodeURL("s", oauth2.S256ChallengeOption(oauth2.GenerateVerifier()))
	tests := []struct {
		name, field, value string
		redirected         bool
		says               string
	}{
		{"of an unknown client goes nowhere", "client_id", "other", false, "does not know"},
		{"for a foreign address goes nowhere", "redirect_uri", "http://127.0.0.1:1/auth/callback", false, "not its own"},
		{"for a longer address goes nowhere", "redirect_uri", redirect + "/more", false, "not its own"},
		{"without PKCE goes back with an error", "code_challenge", "", true, "invalid_request"},
		{"with a plain challenge goes back with an error", "code_challenge_method", "plain", true, "invalid_request"},
		{"for a token without a code goes back with an error", "response_type", "token", true, "unsupported_response_type"},
		{"without openid goes back with an error", "scope", "profile", true, "invalid_scope"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			u, err := url.Parse(good)
			if err != nil {
				t.Fatal(err)
			}
			form := u.Query()
			form.Set(tt.field, tt.value)
			u.RawQuery = form.Encode()
			form.Set("person", "demo-admin")
			asked, page := visit(t, http.MethodGet, u.String(), nil)
			chosen, page2 := visit(t, http.MethodPost, h.issuer+"/authorize", form)
			for what, got := range map[string]struct {
				resp *http.Response
				page string
			}{"asking": {asked, page}, "choosing": {chosen, page2}} {
				to := got.resp.Header.Get("Location")
				if redirected := to != ""; redirected != tt.redirected || strings.Contains(to, "code=") || !strings.Contains(to+got.page, tt.says) {
					t.Errorf("%s answered %d, to %q:\n%s", what, got.resp.StatusCode, to, got.page)
				}
			}
		})
	}
}

func TestNobodyElseCanSignIn(t *testing.T) {
	t.Parallel()
	h := open(t, "")
	_, cfg := h.config(t)
	u, err := url.Parse(cfg.AuthCodeURL("s", oauth2.S256ChallengeOption(oauth2.GenerateVerifier())))
	if err != nil {
		t.Fatal(err)
	}
	form := u.Query()
	form.Set("person", "stranger")
	resp, _ := visit(t, http.MethodPost, h.issuer+"/authorize", form)
	if to := resp.Header.Get("Location"); !strings.Contains(to, "error=access_denied") || strings.Contains(to, "code=") {
		t.Errorf("a stranger was sent to %q", to)
	}
	if _, err := h.Token(t.Context(), "stranger"); err == nil {
		t.Error("a stranger got a token")
	}
}

func TestTokensOutliveARestart(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "state", "idp-key.json")
	before := open(t, file)
	after := open(t, file)
	token, err := before.AdminToken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	keys := oidc.NewRemoteKeySet(t.Context(), after.issuer+"/jwks")
	verify := func(at time.Time) error {
		check := oidc.NewVerifier(before.issuer, keys, &oidc.Config{ClientID: client, Now: func() time.Time { return at }})
		_, err := check.Verify(context.WithoutCancel(t.Context()), token)
		return err
	}
	if err := verify(time.Now().Add(29 * 24 * time.Hour)); err != nil {
		t.Errorf("the administrator's token after 29 days: %v", err)
	}
	if err := verify(time.Now().Add(31 * 24 * time.Hour)); err == nil {
		t.Error("the administrator's token is good for ever")
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the key's file: %v %v", info.Mode(), err)
	}
}

func TestABrokenKeyFileStopsTheStart(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "idp-key.json")
	if err := os.WriteFile(file, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := idp.New(idp.Config{Issuer: "http://127.0.0.1:1/idp", Client: client, Redirect: redirect, People: idp.DemoPeople(), KeyFile: file, Now: time.Now})
	if err == nil || !strings.Contains(err.Error(), "delete it") {
		t.Errorf("%v", err)
	}
}

func TestOnlyThePublicKeyIsShown(t *testing.T) {
	t.Parallel()
	h := open(t, "")
	_, body := visit(t, http.MethodGet, h.issuer+"/jwks", nil)
	var set struct{ Keys []map[string]any }
	if err := json.Unmarshal([]byte(body), &set); err != nil || len(set.Keys) != 1 {
		t.Fatalf("%v: %s", err, body)
	}
	for _, private := range []string{"d", "p", "q", "dp", "dq", "qi"} {
		if _, there := set.Keys[0][private]; there {
			t.Errorf("the key set holds %q", private)
		}
	}
}
