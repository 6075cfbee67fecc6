// Package assembly puts the courier together.
package assembly

import (
	"context"
	"net/http"
	"time"

	"example.com/skala/functions/wiring"
	"example.com/skala/shared/courier"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/queue"
)

// patience is how long a platform may take to answer: well within the time of
// an invocation, so that what came of a send can still be written down.
const patience = 10 * time.Second

// Open is the function, from what it is given.
func Open(ctx context.Context, in wiring.Input) (*wiring.Function, error) {
	c, err := wiring.Open(ctx, in, append([]string{"ACCOUNTS"}, wiring.NudgerNeeds...)...)
	if err != nil {
		return nil, err
	}
	accounts, err := c.Accounts(ctx, platform.ForSending)
	if err != nil {
		return nil, err
	}
	senders, _, err := c.Senders(accounts, &http.Client{Timeout: patience})
	if err != nil {
		return nil, err
	}
	post := &courier.Courier[platform.Sender]{
		Carrier: senders.Sender, Tickets: c.Store, Accounts: c.Store, Policies: c.Policies(ctx), Nudger: c.Nudger(), Now: c.Now, Log: c.Log, Metrics: c.Metrics,
	}
	return &wiring.Function{Log: c.Log, Metrics: c.Metrics, Batch: queue.Each(c.Log, post.Ticket)}, nil
}
