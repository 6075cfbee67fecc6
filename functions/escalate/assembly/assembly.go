// Package assembly puts the sweep and the worker of the due queue together.
package assembly

import (
	"context"

	"example.com/skala/functions/wiring"
	"example.com/skala/shared/assign"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/escalate"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/queue"
)

// Open is the function, from what it is given.
func Open(ctx context.Context, in wiring.Input) (*wiring.Function, error) {
	c, err := wiring.Open(ctx, in, append([]string{"ACCOUNTS", "INBOUND_QUEUE_URL", "FETCH_QUEUE_URL"}, wiring.NudgerNeeds...)...)
	if err != nil {
		return nil, err
	}
	accounts, err := c.Accounts(ctx, platform.ForReading)
	if err != nil {
		return nil, err
	}
	nudger, policies := c.Nudger(), c.Policies(ctx)
	// With a directory of its own: whom a breach is told to is not to be read from what
	// a round had at hand.
	assigner := &assign.Assigner{
		Tickets: c.Store, Lists: c.Store, Turns: c.Store, Policies: policies, People: c.People(), Nudger: nudger,
		Brands: append(accounts.Brands(), desk.UnknownBrand), Now: c.Now, Log: c.Log,
	}
	sweep := &escalate.Sweep{Index: c.Store, Queue: nudger.Due, Notices: nudger.Notices, Assigner: assigner, Now: c.Now, Log: c.Log, Metrics: c.Metrics}
	worker := &escalate.Worker{
		Tickets: c.Store, Spills: c.Store, Inbound: c.Inbound(), Policies: policies, People: c.People(), Nudger: nudger, Profiles: c.Nudges("FETCH_QUEUE_URL"), Assigner: assigner, Now: c.Now, Log: c.Log, Metrics: c.Metrics,
	}
	return &wiring.Function{Log: c.Log, Metrics: c.Metrics, Batch: queue.Each(c.Log, worker.Due), Scheduled: sweep.Run}, nil
}
