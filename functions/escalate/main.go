// Command escalate is the Lambda of what the desk does by itself: on the
// schedule it sweeps, and what falls due comes back to it from the due queue.
package main

import (
	"context"
	"log"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"example.com/skala/functions/internal/wiring"
	"example.com/skala/shared/escalate"
	"example.com/skala/shared/queue"
)

func main() {
	sweep, worker, err := open(context.Background(), os.Getenv)
	if err != nil {
		log.Fatal("escalate: ", err)
	}
	lambda.Start(queue.Dispatch(queue.Each(worker.Log, worker.Due), sweep.Run))
}

func open(ctx context.Context, getenv func(string) string) (*escalate.Sweep, *escalate.Worker, error) {
	c, err := wiring.Open(ctx, getenv, append([]string{"INBOUND_QUEUE_URL"}, wiring.NudgerNeeds...)...)
	if err != nil {
		return nil, nil, err
	}
	nudger := c.Nudger()
	sweep := &escalate.Sweep{Index: c.Store, Queue: nudger.Due, Now: wiring.Now, Log: c.Log}
	worker := &escalate.Worker{
		Tickets: c.Store, Spills: c.Store, Inbound: c.Inbound(), Policies: c.Policies(ctx), Nudger: nudger, Now: wiring.Now, Log: c.Log,
	}
	return sweep, worker, nil
}
