package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"example.com/skala/infra/emulator"
	infrapolicy "example.com/skala/infra/policy"
	"example.com/skala/infra/template"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/dynamo"
	"example.com/skala/shared/escalate"
	"example.com/skala/shared/ledger"
	"example.com/skala/shared/nudge"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/policy/versions"
	"example.com/skala/shared/queue"
	"example.com/skala/shared/triage"
	"example.com/skala/shared/webhook"
)

// A ground is a table and queues of the bench's own on an emulator, and steps
// on them that are put together as their functions do it.
type ground struct {
	emulator *emulator.Emulator
	template *template.Template
	stack    *emulator.Stack
	counted  *calls // of the steps' clients, not of plain
	plain    *dynamo.Store
	door     http.Handler
	line     platform.Webhooks
	meta     platform.Webhooks
	triager  *triage.Triager[platform.Webhooks]
	sweep    *escalate.Sweep
}

// pepper stands for every secret that a function reads.
var pepper = []byte("a pepper of the bench, and a session key of it too")

// openGround creates table and queues. close deletes them.
func openGround(ctx context.Context, e *emulator.Emulator, t *template.Template) (*ground, error) {
	stack, err := e.Create(ctx, t, "bench-"+rand.Text()+"-")
	if err != nil {
		return nil, err
	}
	g := &ground{emulator: e, template: t, stack: stack, counted: &calls{}}
	accounts, err := demoAccounts(platform.ForSigning | platform.ForReading)
	if err != nil {
		return g, err
	}
	app := desk.App{Platform: "line", Name: "demo"}
	g.line, g.meta = accounts.Receivers()[app], accounts.Receivers()[desk.App{Platform: "meta", Name: "demo"}]
	cfg := e.Config()
	g.plain = &dynamo.Store{Client: dynamodb.NewFromConfig(cfg), Table: stack.Tables["Table"], Pepper: pepper}
	g.counted.watch(&cfg)
	store := &dynamo.Store{Client: dynamodb.NewFromConfig(cfg), Table: stack.Tables["Table"], Pepper: pepper}
	client := sqs.NewFromConfig(cfg)
	nudges := func(id string) *queue.Queue[desk.Nudge] {
		return &queue.Queue[desk.Nudge]{Client: client, URL: stack.Queues[id]}
	}
	inbound := &queue.Queue[desk.RawEvent]{Client: client, URL: stack.Queues["InboundQueue"], Group: func(e desk.RawEvent) string { return e.Account }}
	tiers := &queue.Tiers{}
	for tier := range tiers {
		tiers[tier] = nudges(fmt.Sprintf("Tier%dQueue", tier))
	}
	nudger := &nudge.Nudger{Tiers: tiers, Outbound: nudges("OutboundQueue"), Due: nudges("DueQueue")}
	quiet := slog.New(slog.NewJSONHandler(io.Discard, nil))
	door := &webhook.Door[platform.Webhooks]{Apps: accounts.Receivers(), Inbound: inbound, Table: store, Ledger: store, Now: now, Log: quiet}
	g.door = door.Handler()
	g.triager = &triage.Triager[platform.Webhooks]{
		Apps: accounts.Receivers(), Directory: accounts, Policies: &versions.Book{Versions: store, Default: infrapolicy.Default, Now: now},
		Threads: store, Targets: store, Logs: store, Shelf: store, Ledger: store, Nudger: nudger, Now: now, Log: quiet,
	}
	g.sweep = &escalate.Sweep{Index: store, Queue: nudger.Due, Now: now, Log: quiet}
	return g, nil
}

// now is the clock as functions read it.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// close deletes what openGround made, whatever became of ctx.
func (g *ground) close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	for _, name := range g.stack.Tables {
		if _, err := g.emulator.DynamoDB().DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: &name}); err != nil {
			return fmt.Errorf("deleting the bench's table: %w", err)
		}
	}
	for _, url := range g.stack.Queues {
		if _, err := g.emulator.SQS().DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: aws.String(url)}); err != nil {
			return fmt.Errorf("deleting the bench's queue: %w", err)
		}
	}
	return nil
}

// raw is a post as the door queues it.
func (g *ground) raw(p post) (desk.RawEvent, error) {
	events, err := g.line.Split(http.Header{signed: {p.signature}}, p.body)
	if err != nil {
		return desk.RawEvent{}, err
	}
	events[0].App, events[0].Received = desk.App{Platform: "line", Name: "demo"}, now()
	events[0].Delivery = ledger.EventDelivery(strings.ToLower(rand.Text()[:13]), 0)
	return events[0], nil
}
