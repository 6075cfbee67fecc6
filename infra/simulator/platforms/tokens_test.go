package platforms_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"example.com/skala/infra/simulator/platforms"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/platform/wire"
)

const ending = `
apps:
  - {name: demo, platform: tiktok, secrets: [s-tiktok], client_id: "70", client_secret: c-tiktok, accounts: [{id: "-000Q", brand: b, token: t-tiktok, refresh_token: r-tiktok}]}
  - {name: demo, platform: zalo, secrets: [s-zalo], app_id: "1", client_secret: c-zalo, accounts: [{id: "430", brand: b, token: t-zalo, refresh_token: r-zalo}]}
  - {name: demo, platform: youtube, secrets: [s-youtube], client_id: "9", client_secret: c-google, accounts: [{id: UC9, brand: b, token: t-youtube, refresh_token: r-google}]}
`

func TestTokensEndAndThoseThatWereUsedAreRefused(t *testing.T) {
	t.Parallel()
	for _, p := range []desk.Platform{"tiktok", "zalo", "youtube"} {
		t.Run(string(p), func(t *testing.T) {
			t.Parallel()
			now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
			network, address := playing(t, ending, func() time.Time { return now })
			accounts, err := platform.Load([]byte(ending), "accounts", platform.ForAll)
			if err != nil {
				t.Fatal(err)
			}
			all, err := accounts.Grants(address, &http.Client{Timeout: 5 * time.Second}, func() time.Time { return now })
			if err != nil {
				t.Fatal(err)
			}
			var g platform.Grant
			for _, one := range all {
				if one.Platform == p {
					g = one
				}
			}
			lets := func(token string, want bool) {
				t.Helper()
				if err := probe(t, accounts, address, g.AccountKey, token); (err == nil) != want {
					t.Errorf("with %s it is let in: %v", token, err)
				}
			}
			lets(g.Token, true)
			lets("another", false)
			first, err := g.Asks.Refresh(t.Context(), g.Refresh)
			if err != nil || !first.Ends.After(now) {
				t.Fatalf("until %v, %v", first.Ends, err)
			}
			lets(first.Access, true)
			lets(g.Token, p == "youtube") // which has others beside it
			again, err := g.Asks.Refresh(t.Context(), g.Refresh)
			if failed, _ := errors.AsType[*desk.SendError](err); (failed == nil) != (p == "youtube") || failed != nil && failed.Class == desk.SendUnknown {
				t.Errorf("a refresh token is taken twice: %v", err)
			}
			if p == "youtube" {
				first = again
			}
			now = first.Ends
			lets(first.Access, false)

			refresh := first.Refresh
			if p == "youtube" {
				refresh = g.Refresh
			}
			if err := network.Misbehave(platforms.Fault{Fault: "revoked", Platform: string(p)}); err != nil {
				t.Fatal(err)
			}
			if _, err := g.Asks.Refresh(t.Context(), refresh); err == nil {
				t.Error("a platform that gives none gives tokens")
			}
			second, err := g.Asks.Refresh(t.Context(), refresh)
			if err != nil {
				t.Fatal(err)
			}
			lets(second.Access, true)
			if err := network.Misbehave(platforms.Fault{Fault: "swallowed", Platform: string(p)}); err != nil {
				t.Fatal(err)
			}
			if p != "youtube" {
				refresh = second.Refresh
			}
			_, err = g.Asks.Refresh(t.Context(), refresh)
			if failed, _ := errors.AsType[*desk.SendError](err); failed == nil || failed.Class != desk.SendUnknown {
				t.Errorf("a lost answer is %v", err)
			}

			// Another network, which remembers nothing, knows what this one gave.
			_, address = playing(t, ending, func() time.Time { return now })
			lets(second.Access, true)
		})
	}
}

// playing are the platforms of an accounts file, and where they are.
func playing(t *testing.T, doc string, now func() time.Time) (*platforms.Network, string) {
	t.Helper()
	n, err := platforms.New(platforms.Config{Accounts: []byte(doc), Now: now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(n.Handler())
	t.Cleanup(func() {
		api.Close()
		n.Close()
	})
	return n, api.URL
}

// given is a token that calls are made with.
type given string

func (g given) Token(context.Context, string) (string, error) { return string(g), nil }

// probe asks an account's platform about it with a token.
func probe(t *testing.T, accounts *platform.Accounts, address string, k desk.AccountKey, token string) error {
	t.Helper()
	senders, err := accounts.Renewed(func(desk.AccountKey) wire.Tokens { return given(token) }).Senders(address, &http.Client{Timeout: 5 * time.Second}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	o := desk.Origin{Platform: k.Platform, App: k.App, Account: k.ID}
	sender, err := senders.Sender(o)
	if err != nil {
		t.Fatal(err)
	}
	_, err = sender.(interface {
		Probe(context.Context, desk.Origin) (desk.Probe, error)
	}).Probe(t.Context(), o)
	return err
}
