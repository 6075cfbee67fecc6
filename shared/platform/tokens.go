package platform

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// A Refresher is the Sender of an account whose platform gives tokens for some hours
// only, and the next ones for a refresh token. Each error is a *desk.SendError.
type Refresher interface {
	Refresh(ctx context.Context, refresh string) (desk.TokenSet, error)
}

// A Grant is an account whose tokens are renewed, with what the accounts file says of
// them.
type Grant struct {
	desk.AccountKey
	Token   string   // until the first that is renewed; may be empty
	Refresh string   // the first refresh token
	Secrets []string // of the app, the present one first
	Asks    Refresher
}

// refreshing are the fields of an app whose accounts' tokens are renewed, beside the
// app's own id, and refreshToken the one of such an account.
func refreshing() []field {
	return []field{{"client_secret", ForSending}, {"former_client_secret", ForSending}}
}

const refreshToken = "refresh_token"

// checkRefresh looks at what renewing tokens needs: all of it, or nothing.
func checkRefresh(app entry, client string) (wrong []mistake) {
	any := false
	for _, account := range app.accounts {
		token, ok := account.own[refreshToken]
		any = any || ok
		for _, name := range []string{client, "client_secret"} {
			if ok && app.own[name].value == "" {
				wrong = append(wrong, mistake{token.line, fmt.Sprintf("refresh_token: app %q has no %s to renew tokens with", app.name, name)})
			}
		}
	}
	secret, ok := app.own["client_secret"]
	if ok && !any {
		wrong = append(wrong, mistake{secret.line, fmt.Sprintf("client_secret: no account of app %q has a refresh_token to renew tokens with", app.name)})
	}
	if former, there := app.own["former_client_secret"]; there && (!ok || former.value == secret.value) {
		wrong = append(wrong, mistake{former.line, "former_client_secret: there is no other client_secret that replaces it"})
	}
	return wrong
}

// Grants returns the accounts whose tokens are renewed, in the order of the file. api
// and client are as in Senders.
func (a *Accounts) Grants(api string, client *http.Client, now func() time.Time) ([]Grant, error) {
	plain := *a
	plain.tokens = nil
	senders, err := plain.Senders(api, client, now)
	if err != nil {
		return nil, err
	}
	var all []Grant
	for _, e := range a.apps {
		for _, account := range e.accounts {
			first, ok := account.own[refreshToken]
			if !ok {
				continue
			}
			asks, ok := senders.accounts[e.app()][account.ID].(Refresher)
			if !ok {
				return nil, fmt.Errorf("platform: app %q, account %q: its tokens can't be renewed", e.name, account.ID)
			}
			g := Grant{
				AccountKey: desk.AccountKey{Platform: e.platform, App: e.name, ID: account.ID}, Token: account.token, Refresh: first.value,
				Secrets: []string{e.own["client_secret"].value}, Asks: asks,
			}
			if former := e.own["former_client_secret"].value; former != "" {
				g.Secrets = append(g.Secrets, former)
			}
			all = append(all, g)
		}
	}
	return all, nil
}

// Renewed returns the accounts with senders that ask tokens for the token of each call,
// where it has any for their account: nil is for those of the accounts file.
func (a *Accounts) Renewed(tokens func(desk.AccountKey) wire.Tokens) *Accounts {
	renewed := *a
	renewed.tokens = tokens
	return &renewed
}

// tokensOf is where the calls of an account have their tokens from, nil where that is
// the accounts file.
func (o outside) tokensOf(app entry, account accountEntry) wire.Tokens {
	if o.tokens == nil {
		return nil
	}
	return o.tokens(desk.AccountKey{Platform: app.platform, App: app.name, ID: account.ID})
}

// clientID is the app's id where tokens are renewed.
func (e entry) clientID() string { return cmp.Or(e.own["client_id"].value, e.own["app_id"].value) }
