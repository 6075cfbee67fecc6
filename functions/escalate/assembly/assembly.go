// Package assembly puts the sweep and the worker of the due queue together.
package assembly

import (
	"context"

	"example.com/skala/functions/wiring"
	"example.com/skala/shared/escalate"
	"example.com/skala/shared/queue"
)

// Open is the function, from what it is given.
func Open(ctx context.Context, in wiring.Input) (*wiring.Function, error) {
	c, err := wiring.Open(ctx, in, append([]string{"INBOUND_QUEUE_URL", "FETCH_QUEUE_URL"}, wiring.NudgerNeeds...)...)
	if err != nil {
		return nil, err
	}
	nudger := c.Nudger()
	sweep := &escalate.Sweep{Index: c.Store, Queue: nudger.Due, Notices: nudger.Notices, Now: c.Now, Log: c.Log, Metrics: c.Metrics}
	worker := &escalate.Worker{
		Tickets: c.Store, Spills: c.Store, Inbound: c.Inbound(), Policies: c.Policies(ctx), People: c.People(), Nudger: nudger, Profiles: c.Nudges("FETCH_QUEUE_URL"), Now: c.Now, Log: c.Log, Metrics: c.Metrics,
	}
	return &wiring.Function{Log: c.Log, Metrics: c.Metrics, Batch: queue.Each(c.Log, worker.Due), Scheduled: sweep.Run}, nil
}
