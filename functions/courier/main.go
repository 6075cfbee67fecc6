// Command courier is the Lambda that carries replies to the platforms.
package main

import (
	"context"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"example.com/skala/functions/internal/wiring"
	"example.com/skala/shared/courier"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/queue"
)

func main() {
	c, err := open(context.Background(), os.Getenv)
	if err != nil {
		log.Fatal("courier: ", err)
	}
	lambda.Start(queue.Each(c.Log, c.Ticket))
}

// patience is how long a platform may take to answer: well within the time of
// an invocation, so that what came of a send can still be written down.
const patience = 10 * time.Second

func open(ctx context.Context, getenv func(string) string) (*courier.Courier[platform.Sender], error) {
	c, err := wiring.Open(ctx, getenv, append([]string{"ACCOUNTS"}, wiring.NudgerNeeds...)...)
	if err != nil {
		return nil, err
	}
	accounts, err := c.Accounts(ctx, platform.ForSending)
	if err != nil {
		return nil, err
	}
	senders, err := accounts.Senders(getenv("PLATFORM_API"), &http.Client{Timeout: patience}, wiring.Now)
	if err != nil {
		return nil, err
	}
	return &courier.Courier[platform.Sender]{
		Carrier: senders.Sender, Tickets: c.Store, Policies: c.Policies(ctx),
		Nudger: c.Nudger(), Now: wiring.Now, Log: c.Log,
	}, nil
}
