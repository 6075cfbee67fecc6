// Package assembly puts the fetch together.
package assembly

import (
	"context"
	"net/http"
	"time"

	"example.com/skala/functions/wiring"
	"example.com/skala/shared/fetch"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/queue"
)

// Receives is how often the fetch queue hands a job out before it is a dead
// letter, as template.yaml has it.
const Receives = 20

// patience is how long a platform may take to answer: well within the time of
// an invocation, so that what came of asking can still be passed on.
const patience = 10 * time.Second

// Open is the function, from what it is given.
func Open(ctx context.Context, in wiring.Input) (*wiring.Function, error) {
	c, err := wiring.Open(ctx, in, "ACCOUNTS", "INBOUND_QUEUE_URL", "FETCH_QUEUE_URL")
	if err != nil {
		return nil, err
	}
	accounts, err := c.Accounts(ctx, platform.ForSending)
	if err != nil {
		return nil, err
	}
	senders, err := accounts.Senders(in.Getenv("PLATFORM_API"), &http.Client{Timeout: patience}, c.Now)
	if err != nil {
		return nil, err
	}
	f := &fetch.Fetch[platform.Webhooks, platform.Sender]{
		Apps: accounts.Receivers(), Sender: senders.Sender, Inbound: c.Inbound(), Later: c.Jobs(),
		Tickets: c.Store, Policies: c.Policies(ctx), Now: c.Now, Log: c.Log, Metrics: c.Metrics,
	}
	return &wiring.Function{Log: c.Log, Metrics: c.Metrics, Batch: queue.Each(c.Log, f.Job, queue.LastTry[fetch.Job]{Receives: Receives, Do: f.GiveUp})}, nil
}
