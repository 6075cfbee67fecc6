package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

// spare is what Each keeps of the function's time for its own answer.
const spare = time.Second

// A Handler is a Lambda function's answer to a batch of records.
type Handler = func(context.Context, events.SQSEvent) (events.SQSEventResponse, error)

// Each returns a Lambda handler that gives every record of a batch to step.
// Groups go side by side and the records of one in turn, so that a slow
// account holds up no other and does not race itself for its tickets; records
// without a group go side by side. A record that fails, panics or gets no turn
// in time goes back to the queue on its own; the rest are done.
func Each[T any](log *slog.Logger, step func(context.Context, T) error) Handler {
	return func(ctx context.Context, batch events.SQSEvent) (events.SQSEventResponse, error) {
		if deadline, ok := ctx.Deadline(); ok {
			var cancel context.CancelFunc
			ctx, cancel = context.WithDeadline(ctx, deadline.Add(-spare))
			defer cancel()
		}
		failed := make([]bool, len(batch.Records))
		var wg sync.WaitGroup
		for _, group := range groups(batch.Records) {
			wg.Go(func() {
				for _, i := range group {
					r := batch.Records[i]
					if err := one(ctx, r, step); err != nil {
						failed[i] = true
						log.ErrorContext(ctx, "record failed", "queue", r.EventSourceARN, "record", r.MessageId,
							"attempt", r.Attributes["ApproximateReceiveCount"], "err", err)
					}
				}
			})
		}
		wg.Wait()
		// Never nil, even for a wake-up without records: that would be null in
		// JSON, which Lambda's pollers take in different ways.
		answer := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
		for i, r := range batch.Records {
			if failed[i] {
				answer.BatchItemFailures = append(answer.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: r.MessageId})
			}
		}
		return answer, nil
	}
}

// groups returns the places of records by their MessageGroupId.
func groups(records []events.SQSMessage) [][]int {
	var all [][]int
	at := map[string]int{}
	for i, r := range records {
		group, ok := r.Attributes["MessageGroupId"]
		g, seen := at[group]
		if !ok || !seen {
			g = len(all)
			all = append(all, nil)
		}
		if ok {
			at[group] = g
		}
		all[g] = append(all[g], i)
	}
	return all
}

func one[T any](ctx context.Context, r events.SQSMessage, step func(context.Context, T) error) (err error) {
	defer func() {
		if p := recover(); p != nil { // one poisoned record must not take nine others with it
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("no time left: %w", err)
	}
	var v T
	if err := json.Unmarshal([]byte(r.Body), &v); err != nil {
		return fmt.Errorf("decoding: %w", err)
	}
	return step(ctx, v)
}

// Dispatch returns the Lambda handler of a function that has two triggers: an
// event with records is a batch, any other is the schedule.
func Dispatch(batch Handler, schedule func(context.Context) error) func(context.Context, json.RawMessage) (any, error) {
	return func(ctx context.Context, event json.RawMessage) (any, error) {
		var kind struct{ Records json.RawMessage }
		if err := json.Unmarshal(event, &kind); err == nil && kind.Records != nil {
			var records events.SQSEvent
			if err := json.Unmarshal(event, &records); err != nil {
				return nil, fmt.Errorf("decoding a batch: %w", err)
			}
			return batch(ctx, records)
		}
		return nil, schedule(ctx)
	}
}
