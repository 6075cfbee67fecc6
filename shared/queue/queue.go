// Package queue moves values over SQS standard queues. Those deliver a value at
// least once and in any order, so whoever takes one must be able to do so again.
// It promises nothing about when a value comes beyond the delay it was sent with.
package queue

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"example.com/skala/shared/desk"
)

// What one call takes, and how long SQS holds a value back at most.
const (
	maxEntries = 10
	maxBytes   = 1 << 20
	maxDelay   = 15 * time.Minute
)

// A Queue sends and receives values of one type, as JSON, over one SQS queue.
// Its methods may be called concurrently.
type Queue[T any] struct {
	Client *sqs.Client
	URL    string
	Group  func(T) string // whose turn a value takes, so that one noisy group starves no other; nil for no groups
}

// A Received is a value in hand. Nobody else gets it until it is deleted or given
// back by its receipt, or the queue's visibility timeout is over.
type Received[T any] struct {
	Value   T
	Receipt string
}

// Send puts v on the queue, to be seen after a delay: whole seconds, rounded up,
// 15 minutes at most.
func (q *Queue[T]) Send(ctx context.Context, v T, after time.Duration) error {
	body, err := encode(v)
	if err != nil {
		return err
	}
	delay := min(max(after, 0), maxDelay)
	_, err = q.Client.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl: &q.URL, MessageBody: &body, DelaySeconds: int32((delay + time.Second - 1) / time.Second), MessageGroupId: q.group(v),
	})
	if err != nil {
		return fmt.Errorf("queue: sending: %w", err)
	}
	return nil
}

// sideBySide is how many calls SendAll has under way at once: a webhook of
// thousands of events is answered in time, and no burst fills the connections.
const sideBySide = 8

// SendAll puts vs on the queue in as few calls as SQS allows, some of them side
// by side. It returns those that the queue did not take, and why; all others are
// safe. One of a call that failed may be safe nevertheless. One that is too
// large for any message is desk.ErrInvalid.
func (q *Queue[T]) SendAll(ctx context.Context, vs []T) (refused []T, err error) {
	var errs []error
	var batches [][]types.SendMessageBatchRequestEntry
	entries, bytes := maxEntries, 0 // of the last batch; full, so that the first value begins one
	for i, v := range vs {
		body, err := encode(v)
		if err != nil {
			refused, errs = append(refused, v), append(errs, err)
			continue
		}
		if entries == maxEntries || bytes+len(body) > maxBytes {
			batches, entries, bytes = append(batches, nil), 0, 0
		}
		last := &batches[len(batches)-1]
		*last = append(*last, types.SendMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), MessageBody: &body, MessageGroupId: q.group(v)})
		entries, bytes = entries+1, bytes+len(body)
	}
	refusals := make([]func(func(int, error) bool), len(batches))
	turns := make(chan struct{}, sideBySide)
	var wg sync.WaitGroup
	for n, batch := range batches {
		turns <- struct{}{}
		wg.Go(func() {
			refusals[n] = q.sendBatch(ctx, batch)
			<-turns
		})
	}
	wg.Wait()
	for _, of := range refusals {
		for i, err := range of {
			refused, errs = append(refused, vs[i]), append(errs, err)
		}
	}
	return refused, errors.Join(errs...)
}

// sendBatch returns why those of batch were refused that were, in their order.
// An entry that SQS does not speak of is not safe.
func (q *Queue[T]) sendBatch(ctx context.Context, batch []types.SendMessageBatchRequestEntry) func(yield func(int, error) bool) {
	out, err := q.Client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: &q.URL, Entries: batch})
	taken, why := map[string]bool{}, map[string]error{}
	if err == nil {
		for _, s := range out.Successful {
			taken[aws.ToString(s.Id)] = true
		}
		for _, f := range out.Failed {
			why[aws.ToString(f.Id)] = fmt.Errorf("queue: refused: %s", aws.ToString(f.Code))
		}
		err = errors.New("refused without a reason")
	}
	return func(yield func(int, error) bool) {
		for _, entry := range batch {
			if taken[*entry.Id] {
				continue
			}
			because := why[*entry.Id]
			if because == nil {
				because = fmt.Errorf("queue: sending: %w", err)
			}
			if i, convErr := strconv.Atoi(*entry.Id); convErr == nil && !yield(i, because) {
				return
			}
		}
	}
}

// Receive takes up to limit values, 10 at most, without waiting for any to come.
// What is not JSON of a T stays on the queue, on its way to the dead letters.
func (q *Queue[T]) Receive(ctx context.Context, limit int) ([]Received[T], error) {
	out, err := q.Client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &q.URL, MaxNumberOfMessages: int32(min(max(limit, 1), maxEntries))})
	if err != nil {
		return nil, fmt.Errorf("queue: receiving: %w", err)
	}
	values := make([]Received[T], 0, len(out.Messages))
	for _, m := range out.Messages {
		r := Received[T]{Receipt: aws.ToString(m.ReceiptHandle)}
		if json.Unmarshal([]byte(aws.ToString(m.Body)), &r.Value) == nil {
			values = append(values, r)
		}
	}
	return values, nil
}

// Delete takes values off the queue for good.
func (q *Queue[T]) Delete(ctx context.Context, receipts ...string) error {
	var errs []error
	for chunk := range slices.Chunk(receipts, maxEntries) {
		var entries []types.DeleteMessageBatchRequestEntry
		for i := range chunk {
			entries = append(entries, types.DeleteMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), ReceiptHandle: &chunk[i]})
		}
		out, err := q.Client.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: &q.URL, Entries: entries})
		if err == nil {
			err = refusal(out.Failed)
		}
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("queue: deleting: %w", err)
	}
	return nil
}

// GiveBack lets others have values at once.
func (q *Queue[T]) GiveBack(ctx context.Context, receipts ...string) error {
	var errs []error
	for chunk := range slices.Chunk(receipts, maxEntries) {
		var entries []types.ChangeMessageVisibilityBatchRequestEntry
		for i := range chunk {
			entries = append(entries, types.ChangeMessageVisibilityBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), ReceiptHandle: &chunk[i], VisibilityTimeout: 0})
		}
		out, err := q.Client.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &q.URL, Entries: entries})
		if err == nil {
			err = refusal(out.Failed)
		}
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("queue: giving back: %w", err)
	}
	return nil
}

func refusal(failed []types.BatchResultErrorEntry) error {
	if len(failed) == 0 {
		return nil
	}
	return fmt.Errorf("%d refused, the first for %s", len(failed), aws.ToString(failed[0].Code))
}

func encode[T any](v T) (string, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("queue: encoding %T: %w", v, err)
	}
	if len(body) > maxBytes {
		return "", fmt.Errorf("queue: %d bytes are more than a message holds: %w", len(body), desk.ErrInvalid)
	}
	return string(body), nil
}

// maxGroup is how long the name of a group may be.
const maxGroup = 128

// group names v's group. SQS takes printable ASCII without spaces; platforms
// name accounts as they like.
func (q *Queue[T]) group(v T) *string {
	if q.Group == nil {
		return nil
	}
	name := q.Group(v)
	if name == "" {
		return nil
	}
	if len(name) > maxGroup || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' }) {
		sum := sha256.Sum256([]byte(name))
		name = hex.EncodeToString(sum[:16])
	}
	return &name
}
