// Command webhook is the Lambda that platforms send their webhooks to.
package main

import (
	"context"
	"log"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"example.com/skala/functions/internal/wiring"
	"example.com/skala/shared/lambdahttp"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/webhook"
)

func main() {
	door, err := open(context.Background(), os.Getenv)
	if err != nil {
		log.Fatal("webhook: ", err)
	}
	lambda.Start(lambdahttp.Handle(door.Log, door.Handler()))
}

func open(ctx context.Context, getenv func(string) string) (*webhook.Door[platform.Webhooks], error) {
	c, err := wiring.Open(ctx, getenv, "ACCOUNTS", "INBOUND_QUEUE_URL")
	if err != nil {
		return nil, err
	}
	accounts, err := c.Accounts(ctx, platform.ForSigning)
	if err != nil {
		return nil, err
	}
	return &webhook.Door[platform.Webhooks]{Apps: accounts.Receivers(), Inbound: c.Inbound(), Table: c.Store, Now: wiring.Now, Log: c.Log}, nil
}
