// Package assembly puts the fetch together, and what looks after the accounts: both
// ask platforms, with the tokens of the accounts file.
package assembly

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"example.com/skala/functions/wiring"
	"example.com/skala/shared/fetch"
	"example.com/skala/shared/health"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/poll"
	"example.com/skala/shared/queue"
	"example.com/skala/shared/webhook"
)

// Receives is how often the fetch queue hands a job out before it is a dead
// letter, as template.yaml has it.
const Receives = 20

// patience is how long a platform may take to answer: well within the time of
// an invocation, so that what came of asking can still be passed on.
const patience = 10 * time.Second

// Open is the function, from what it is given.
func Open(ctx context.Context, in wiring.Input) (*wiring.Function, error) {
	c, err := wiring.Open(ctx, in, "ACCOUNTS", "INBOUND_QUEUE_URL", "FETCH_QUEUE_URL", "OUTBOUND_QUEUE_URL")
	if err != nil {
		return nil, err
	}
	accounts, err := c.Accounts(ctx, platform.ForSending)
	if err != nil {
		return nil, err
	}
	senders, tokens, err := c.Senders(accounts, &http.Client{Timeout: patience})
	if err != nil {
		return nil, err
	}
	policies := c.Policies(ctx)
	f := &fetch.Fetch[platform.Webhooks, platform.Sender]{
		Apps: accounts.Receivers(), Sender: senders.Sender, Inbound: c.Inbound(), Later: c.Jobs(),
		Tickets: c.Store, Policies: policies, Now: c.Now, Log: c.Log, Metrics: c.Metrics,
	}
	door := &webhook.Door[platform.Webhooks]{
		Apps: accounts.Receivers(), Inbound: c.Inbound(), Table: c.Store, Ledger: c.Store, Now: c.Now, Log: c.Log, Metrics: c.Metrics,
	}
	p := &poll.Poll{Cursors: c.Store, Door: door, Now: c.Now, Log: c.Log, Metrics: c.Metrics}
	for k, sender := range senders.Each() {
		p.Accounts = append(p.Accounts, poll.Account{AccountKey: k, Sender: sender})
	}
	f.Poll = p.At
	looks := &health.Round[platform.Sender]{
		Known: accounts.Origins(), Sender: senders.Sender, Accounts: c.Store, Tokens: tokens, Ledger: c.Store,
		Releaser: c.Releaser(policies), Now: c.Now, Log: c.Log, Metrics: c.Metrics,
	}
	f.Check = looks.Check
	scheduled := func(ctx context.Context) (err error) { // side by side: what one waits for is no time of the other's
		var wg sync.WaitGroup
		wg.Go(func() { err = p.Run(ctx) })
		looked := looks.Run(ctx)
		wg.Wait()
		return errors.Join(err, looked)
	}
	return &wiring.Function{Log: c.Log, Metrics: c.Metrics, Scheduled: scheduled, Batch: queue.Each(c.Log, f.Job, queue.LastTry[fetch.Job]{Receives: Receives, Do: f.GiveUp})}, nil
}
