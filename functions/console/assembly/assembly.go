// Package assembly puts the console together.
package assembly

import (
	"context"

	"example.com/skala/functions/wiring"
	"example.com/skala/shared/console"
	"example.com/skala/shared/notify"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/redrive"
)

// Open is the function, from what it is given.
func Open(ctx context.Context, in wiring.Input) (*wiring.Function, error) {
	c, err := wiring.Open(ctx, in, append([]string{"ACCOUNTS", "SESSION_KEY", "NOTIFY", "OIDC_ISSUER", "OIDC_CLIENT_ID"}, wiring.DeadLettersNeeds()...)...)
	if err != nil {
		return nil, err
	}
	accounts, err := c.Accounts(ctx, platform.ForReading)
	if err != nil {
		return nil, err
	}
	reach, err := c.Reach(ctx)
	if err != nil {
		return nil, err
	}
	sessionKey, err := c.Secret(ctx, "SESSION_KEY")
	if err != nil {
		return nil, err
	}
	var clientSecret []byte
	if in.Getenv("OIDC_CLIENT_SECRET") != "" { // without one PKCE protects the client
		if clientSecret, err = c.Secret(ctx, "OIDC_CLIENT_SECRET"); err != nil {
			return nil, err
		}
	}
	policies := c.Policies(ctx)
	desk, err := console.New(console.Config{
		Tickets: c.Store, Logs: c.Store, Lists: c.Store, Shelf: c.Store, Ledger: c.Store,
		Redriver: &redrive.Redriver[platform.Webhooks]{
			Apps: accounts.Receivers(), Shelf: c.Store, Marks: c.Store, Ledger: c.Store, Inbound: c.Inbound(), Spills: c.Store, Now: c.Now, Log: c.Log,
		},
		DeadLetters: c.DeadLetters(), Queues: c.Tiers(), Nudger: c.Nudger(), Policies: policies, Brands: accounts.Brands(),
		People: c.People(), Keeper: c.Store, Changes: c.Store, Customers: c.Store, Onlookers: c.Store,
		Capability: platform.Capability, Parts: platform.Parts,
		Notifications: console.Notifications{
			Bells: c.Store, Browsers: c.Store, Boxes: c.Store, Reach: reach,
			Tester: &notify.Tester{Box: c.Store, Queue: c.Nudges("NOTICES_QUEUE_URL"), Now: c.Now},
		},
		Accounts: console.Accounts{
			Known: accounts.Origins(), Book: c.Store, Resumer: c.Releaser(policies), Mute: platform.Mute, Checks: c.Nudges("FETCH_QUEUE_URL"), Webhooks: in.Getenv("WEBHOOKS_URL"),
		},
		SignIn: console.SignIn{
			Issuer: in.Getenv("OIDC_ISSUER"), ClientID: in.Getenv("OIDC_CLIENT_ID"), ClientSecret: string(clientSecret), PublicURL: in.Getenv("PUBLIC_URL"),
		},
		SessionKey: sessionKey, Now: c.Now, Log: c.Log, Metrics: c.Metrics,
	})
	if err != nil {
		return nil, err
	}
	return &wiring.Function{Log: c.Log, Metrics: c.Metrics, HTTP: desk.Handler()}, nil
}
