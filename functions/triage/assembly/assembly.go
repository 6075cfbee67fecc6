// Package assembly puts triage together.
package assembly

import (
	"context"

	"example.com/skala/functions/wiring"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/queue"
	"example.com/skala/shared/triage"
)

// Receives is how often the inbound queue hands an event out before it is a dead
// letter, as template.yaml has it.
const Receives = 20

// Open is the function, from what it is given.
func Open(ctx context.Context, in wiring.Input) (*wiring.Function, error) {
	c, err := wiring.Open(ctx, in, append([]string{"ACCOUNTS", "FETCH_QUEUE_URL"}, wiring.NudgerNeeds...)...)
	if err != nil {
		return nil, err
	}
	accounts, err := c.Accounts(ctx, platform.ForReading)
	if err != nil {
		return nil, err
	}
	triager := &triage.Triager[platform.Webhooks]{
		Apps: accounts.Receivers(), Directory: accounts, Policies: c.Policies(ctx),
		Threads: c.Store, Targets: c.Store, Logs: c.Store, Fetch: c.Fetch(), Shelf: c.Store, Ledger: c.Store, Nudger: c.Nudger(), People: c.People(), Now: c.Now, Log: c.Log, Metrics: c.Metrics,
	}
	if c.Getenv("SECOND_OPINION_MODEL") != "" { // the one that the role may ask: the policy says whether and whom
		triager.Opinion, triager.Allowance = c.SecondOpinion(), c.Store
	}
	return &wiring.Function{Log: c.Log, Metrics: c.Metrics, Batch: queue.Each(c.Log, triager.Event, queue.LastTry[desk.RawEvent]{Receives: Receives, Do: triager.GiveUp})}, nil
}
