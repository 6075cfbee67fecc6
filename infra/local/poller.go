package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"example.com/skala/infra/local/runtimeapi"
	"example.com/skala/infra/template"
)

// held is how long a poller hides messages from others at a time. It extends
// this while the function works, so that what a killed run held comes back
// within seconds, where in AWS nobody kills the poller. patience is how long it
// waits for a message: the emulator does not notice that a caller died, and
// gives what comes meanwhile to the dead.
const (
	held     = 6 * time.Second
	patience = time.Second
)

// A poller is an SQS event source: it receives messages, invokes the function
// with them and deletes those that did not fail. What failed comes back after
// the queue's visibility timeout, and goes to its dead-letter queue after so
// many receives, both by the queue itself.
type poller struct {
	client     *sqs.Client
	source     template.Source
	url        string
	arn        string
	visibility time.Duration
	invoke     func(context.Context, []byte) ([]byte, error)
	log        *slog.Logger
}

// run polls until ctx ends, and then finishes what it has begun.
func (p *poller) run(ctx context.Context) {
	for ctx.Err() == nil {
		got, err := p.client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl:                    &p.url,
			MaxNumberOfMessages:         int32(min(p.source.Batch, 10)),
			WaitTimeSeconds:             int32(patience / time.Second),
			VisibilityTimeout:           int32(held / time.Second),
			MessageAttributeNames:       []string{"All"},
			MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
		})
		if ctx.Err() != nil && err != nil {
			return
		}
		if err != nil {
			p.log.WarnContext(ctx, "queue cannot be read", "queue", p.source.Queue, "err", err)
			select {
			case <-time.After(time.Second):
			case <-ctx.Done():
			}
			continue
		}
		if len(got.Messages) > 0 {
			p.batch(context.WithoutCancel(ctx), got.Messages)
		}
	}
}

// batch invokes the function with messages and settles each of them.
func (p *poller) batch(ctx context.Context, messages []types.Message) {
	received := time.Now()
	payload, err := json.Marshal(p.event(messages))
	if err != nil {
		p.log.ErrorContext(ctx, "queue event cannot be written", "queue", p.source.Queue, "err", err)
		return
	}
	stop := p.hold(ctx, messages)
	answer, err := p.invoke(ctx, payload)
	stop()
	failed := map[string]bool{}
	if err == nil {
		failed, err = p.failures(answer, messages)
	}
	back := max(p.visibility-time.Since(received), 0)
	if err != nil {
		p.log.WarnContext(ctx, "batch failed", "queue", p.source.Queue, "records", len(messages), "err", err)
		for _, m := range messages {
			failed[*m.MessageId] = true
		}
		if errors.Is(err, runtimeapi.ErrDied) { // here somebody killed it; nothing is gained by waiting
			back = time.Second
		}
	}
	var done []types.DeleteMessageBatchRequestEntry
	var again []types.ChangeMessageVisibilityBatchRequestEntry
	for _, m := range messages {
		if failed[*m.MessageId] {
			again = append(again, types.ChangeMessageVisibilityBatchRequestEntry{Id: m.MessageId, ReceiptHandle: m.ReceiptHandle, VisibilityTimeout: int32(back / time.Second)})
		} else {
			done = append(done, types.DeleteMessageBatchRequestEntry{Id: m.MessageId, ReceiptHandle: m.ReceiptHandle})
		}
	}
	if len(done) > 0 {
		if _, err := p.client.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: &p.url, Entries: done}); err != nil {
			p.log.WarnContext(ctx, "handled messages cannot be deleted", "queue", p.source.Queue, "records", len(done), "err", err)
		}
	}
	if len(again) > 0 {
		p.changeVisibility(ctx, again)
	}
}

// hold keeps messages hidden until the returned function is called.
func (p *poller) hold(ctx context.Context, messages []types.Message) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(held / 2)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			var longer []types.ChangeMessageVisibilityBatchRequestEntry
			for _, m := range messages {
				longer = append(longer, types.ChangeMessageVisibilityBatchRequestEntry{Id: m.MessageId, ReceiptHandle: m.ReceiptHandle, VisibilityTimeout: int32(held / time.Second)})
			}
			p.changeVisibility(ctx, longer)
		}
	}()
	return func() {
		cancel()
		<-ended
	}
}

func (p *poller) changeVisibility(ctx context.Context, entries []types.ChangeMessageVisibilityBatchRequestEntry) {
	_, err := p.client.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &p.url, Entries: entries})
	if err != nil && ctx.Err() == nil {
		p.log.WarnContext(ctx, "messages cannot be hidden", "queue", p.source.Queue, "records", len(entries), "err", err)
	}
}

// event is what Lambda makes of messages.
func (p *poller) event(messages []types.Message) events.SQSEvent {
	var e events.SQSEvent
	for _, m := range messages {
		r := events.SQSMessage{
			MessageId:         aws.ToString(m.MessageId),
			ReceiptHandle:     aws.ToString(m.ReceiptHandle),
			Body:              aws.ToString(m.Body),
			Md5OfBody:         aws.ToString(m.MD5OfBody),
			Attributes:        m.Attributes,
			MessageAttributes: map[string]events.SQSMessageAttribute{},
			EventSourceARN:    p.arn,
			EventSource:       "aws:sqs",
			AWSRegion:         "us-east-1",
		}
		for name, a := range m.MessageAttributes {
			r.MessageAttributes[name] = events.SQSMessageAttribute{StringValue: a.StringValue, BinaryValue: a.BinaryValue, DataType: aws.ToString(a.DataType)}
		}
		e.Records = append(e.Records, r)
	}
	return e
}

// failures reads which messages the function reports as failed. An answer that
// Lambda could not read fails the whole batch.
func (p *poller) failures(answer []byte, messages []types.Message) (map[string]bool, error) {
	failed := map[string]bool{}
	if !p.source.Partial {
		return failed, nil
	}
	var report struct {
		Failures []struct {
			ID *string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if err := json.Unmarshal(answer, &report); err != nil {
		return failed, fmt.Errorf("reading what failed: %w", err)
	}
	ours := map[string]bool{}
	for _, m := range messages {
		ours[*m.MessageId] = true
	}
	for _, f := range report.Failures {
		if f.ID == nil || !ours[*f.ID] {
			return failed, errors.New("the function reports a message as failed that is not of its batch")
		}
		failed[*f.ID] = true
	}
	return failed, nil
}
