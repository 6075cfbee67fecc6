// Package assembly puts the door together.
package assembly

import (
	"context"

	"example.com/skala/functions/wiring"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/webhook"
)

// Open is the function, from what it is given.
func Open(ctx context.Context, in wiring.Input) (*wiring.Function, error) {
	c, err := wiring.Open(ctx, in, "ACCOUNTS", "INBOUND_QUEUE_URL")
	if err != nil {
		return nil, err
	}
	accounts, err := c.Accounts(ctx, platform.ForSigning)
	if err != nil {
		return nil, err
	}
	door := &webhook.Door[platform.Webhooks]{Apps: accounts.Receivers(), Inbound: c.Inbound(), Table: c.Store, Ledger: c.Store, Refused: c.Store, Asked: c.Store, Now: c.Now, Log: c.Log, Metrics: c.Metrics}
	return &wiring.Function{Log: c.Log, Metrics: c.Metrics, HTTP: door.Handler()}, nil
}
