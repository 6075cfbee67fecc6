package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"example.com/skala/shared/logs"
)

// spare is what Each keeps of the function's time to answer in.
const spare = time.Second

// An SQSHandler is a Lambda handler of a batch that reports which of its records
// failed.
type SQSHandler = func(context.Context, events.SQSEvent) (events.SQSEventResponse, error)

// Each returns a Lambda handler that gives every record of a batch to step.
// Groups go side by side and the records of one in turn, so that a slow account
// holds up no other and does not race itself for its tickets; a record without a
// group is a group of its own. A record that fails, panics or gets no turn in
// time goes back to the queue alone; the others are done. Each record is a unit of
// work of the log (package logs), which names it.
//
// A record that fails for the last time before the queue gives it up is lastly
// given to one of last, if there is any: what that takes is done.
func Each[T any](log *slog.Logger, step func(context.Context, T) error, last ...LastTry[T]) SQSHandler {
	return func(ctx context.Context, batch events.SQSEvent) (events.SQSEventResponse, error) {
		if end, ok := ctx.Deadline(); ok {
			var cancel context.CancelFunc
			ctx, cancel = context.WithDeadline(ctx, end.Add(-spare))
			defer cancel()
		}
		failed := make([]bool, len(batch.Records))
		var wg sync.WaitGroup
		for _, group := range groups(batch.Records) {
			wg.Go(func() {
				for _, i := range group {
					r := batch.Records[i]
					ctx := logs.Unit(ctx, "record", r.MessageId)
					err := lastly(ctx, r, step, last)
					if err != nil {
						failed[i] = true
						log.ErrorContext(ctx, "record failed", "queue", name(r.EventSourceARN), "attempt", attempt(r), "err", err)
					}
				}
			})
		}
		wg.Wait()
		// Never nil, which would be null in JSON: pollers take that for the
		// failure of everything, or choke on it.
		out := events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{}}
		for i, r := range batch.Records {
			if failed[i] {
				out.BatchItemFailures = append(out.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: r.MessageId})
			}
		}
		return out, nil
	}
}

// A LastTry takes what a step could not do anything with, so that it ends with
// its reason where people look and not among the dead letters without one.
type LastTry[T any] struct {
	Receives int // how often the queue hands a record out
	Do       func(ctx context.Context, v T, cause error) error
}

// parting is what a record's last try leaves of its time for being given up.
const parting = 3 * time.Second

// lastly gives r to step, and if it is its last try and fails, to one of last.
func lastly[T any](ctx context.Context, r events.SQSMessage, step func(context.Context, T) error, last []LastTry[T]) error {
	i := slices.IndexFunc(last, func(l LastTry[T]) bool { return attempt(r) >= l.Receives })
	if i < 0 {
		return take(ctx, r, step)
	}
	trying, cancel := ctx, context.CancelFunc(func() {})
	if end, ok := ctx.Deadline(); ok {
		trying, cancel = context.WithDeadline(ctx, end.Add(-parting))
	}
	defer cancel()
	if err := take(trying, r, step); err != nil {
		return last[i].take(ctx, r, err)
	}
	return nil
}

func (l LastTry[T]) take(ctx context.Context, r events.SQSMessage, cause error) error {
	err := take(ctx, r, func(ctx context.Context, v T) error { return l.Do(ctx, v, cause) })
	if err != nil {
		return fmt.Errorf("%w (and giving it up: %w)", cause, err)
	}
	return nil
}

// groups returns the places of records, those of one group together.
func groups(records []events.SQSMessage) [][]int {
	var all [][]int
	place := map[string]int{}
	for i, r := range records {
		name, ok := r.Attributes["MessageGroupId"]
		if !ok {
			all = append(all, []int{i})
			continue
		}
		g, seen := place[name]
		if !seen {
			g = len(all)
			place[name], all = g, append(all, nil)
		}
		all[g] = append(all[g], i)
	}
	return all
}

// name is what an ARN ends with.
func name(arn string) string { return arn[strings.LastIndexByte(arn, ':')+1:] }

// attempt says how often a record was received so far, 0 where the queue did
// not tell.
func attempt(r events.SQSMessage) int {
	n, err := strconv.Atoi(r.Attributes["ApproximateReceiveCount"])
	if err != nil {
		return 0
	}
	return n
}

func take[T any](ctx context.Context, r events.SQSMessage, step func(context.Context, T) error) (err error) {
	defer func() {
		if p := recover(); p != nil { // one poisoned record must not take nine others with it
			logs.Note(ctx, "stack", string(debug.Stack()))
			err = errors.New("panic: " + logs.Panic(p))
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

// Dispatch returns the Lambda handler of a function that a queue and a schedule
// both invoke: an event with records goes to batch, any other to scheduled.
func Dispatch(batch SQSHandler, scheduled func(context.Context) error) func(context.Context, json.RawMessage) (any, error) {
	return func(ctx context.Context, event json.RawMessage) (any, error) {
		var records struct{ Records *json.RawMessage }
		if err := json.Unmarshal(event, &records); err != nil || records.Records == nil {
			return nil, scheduled(ctx) // a schedule may send what it likes
		}
		var e events.SQSEvent
		if err := json.Unmarshal(event, &e); err != nil {
			return nil, fmt.Errorf("decoding a batch: %w", err)
		}
		return batch(ctx, e)
	}
}
