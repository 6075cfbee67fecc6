// Command triage is the Lambda that reads and judges what the door let in.
package main

import (
	"context"
	"log"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"example.com/skala/functions/internal/wiring"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/queue"
	"example.com/skala/shared/triage"
)

func main() {
	triager, err := open(context.Background(), os.Getenv)
	if err != nil {
		log.Fatal("triage: ", err)
	}
	lambda.Start(queue.Each(triager.Log, triager.Event))
}

func open(ctx context.Context, getenv func(string) string) (*triage.Triager[platform.Webhooks], error) {
	c, err := wiring.Open(ctx, getenv, append([]string{"ACCOUNTS"}, wiring.NudgerNeeds...)...)
	if err != nil {
		return nil, err
	}
	accounts, err := c.Accounts(ctx, platform.ForReading)
	if err != nil {
		return nil, err
	}
	return &triage.Triager[platform.Webhooks]{
		Apps: accounts.Receivers(), Directory: accounts, Policies: c.Policies(ctx),
		Threads: c.Store, Targets: c.Store, Shelf: c.Store, Nudger: c.Nudger(), Now: wiring.Now, Log: c.Log,
	}, nil
}
