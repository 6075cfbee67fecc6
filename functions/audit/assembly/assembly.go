// Package assembly puts the audit together.
package assembly

import (
	"context"

	"example.com/skala/functions/wiring"
	"example.com/skala/shared/audit"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
)

// Open is the function, from what it is given.
func Open(ctx context.Context, in wiring.Input) (*wiring.Function, error) {
	c, err := wiring.Open(ctx, in, append([]string{"ACCOUNTS"}, wiring.NudgerNeeds...)...)
	if err != nil {
		return nil, err
	}
	accounts, err := c.Accounts(ctx, platform.ForReading)
	if err != nil {
		return nil, err
	}
	auditor := &audit.Auditor{
		Ledger: c.Store, Lists: c.Store, Tickets: c.Store, Policies: c.Policies(ctx), Nudger: c.Nudger(),
		Brands: append(accounts.Brands(), desk.UnknownBrand), Now: c.Now, Log: c.Log, Metrics: c.Metrics,
	}
	return &wiring.Function{Log: c.Log, Metrics: c.Metrics, Scheduled: auditor.Run}, nil
}
