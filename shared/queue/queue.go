// Package queue moves values over SQS standard queues. Those may deliver a
// value twice, late, or out of order, so whoever takes one must be able to do
// so again.
package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// What one call takes, and the longest SQS keeps a value back.
const (
	maxEntries = 10
	maxBytes   = 1 << 20
	maxDelay   = 900 * time.Second
)

// A Queue sends values of one type to one SQS queue, as JSON.
type Queue[T any] struct {
	Client *sqs.Client
	URL    string
	Group  func(T) string // whose turn a value takes, so that a noisy group starves no other; nil for no groups
}

// Send puts v on the queue, to be seen after the delay given: never earlier, to
// the whole second later, and after 15 minutes at the latest.
func (q *Queue[T]) Send(ctx context.Context, v T, after time.Duration) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("queue: encoding %T: %w", v, err)
	}
	_, err = q.Client.SendMessage(ctx, &sqs.SendMessageInput{
		QueueUrl: &q.URL, MessageBody: aws.String(string(body)), DelaySeconds: seconds(after), MessageGroupId: q.group(v)})
	if err != nil {
		return fmt.Errorf("queue: sending: %w", err)
	}
	return nil
}

func seconds(after time.Duration) int32 {
	after = min(max(after, 0), maxDelay)
	return int32((after + time.Second - 1) / time.Second)
}

// SendAll puts vs on the queue in as few calls as SQS allows. It returns those
// the queue did not take, and why; all others are safe. One of a call that
// failed may be safe nevertheless. What is larger than SQS takes is refused.
func (q *Queue[T]) SendAll(ctx context.Context, vs []T) (refused []T, err error) {
	var errs []error
	refuse := func(i int, err error) { refused, errs = append(refused, vs[i]), append(errs, err) }
	var batch []types.SendMessageBatchRequestEntry
	size := 0
	send := func() {
		if len(batch) > 0 {
			q.sendBatch(ctx, batch, refuse)
		}
		batch, size = nil, 0
	}
	for i, v := range vs {
		body, err := json.Marshal(v)
		if err == nil && len(body) > maxBytes {
			err = fmt.Errorf("queue: %d bytes are more than a message holds", len(body))
		}
		if err != nil {
			refuse(i, err)
			continue
		}
		if len(batch) == maxEntries || size+len(body) > maxBytes {
			send()
		}
		batch = append(batch, types.SendMessageBatchRequestEntry{
			Id: aws.String(strconv.Itoa(i)), MessageBody: aws.String(string(body)), MessageGroupId: q.group(v)})
		size += len(body)
	}
	send()
	return refused, errors.Join(errs...)
}

func (q *Queue[T]) sendBatch(ctx context.Context, batch []types.SendMessageBatchRequestEntry, refuse func(int, error)) {
	out, err := q.Client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: &q.URL, Entries: batch})
	taken := map[string]bool{}
	if err != nil {
		err = fmt.Errorf("queue: sending: %w", err)
	} else {
		for _, s := range out.Successful {
			taken[aws.ToString(s.Id)] = true
		}
		err = errors.New("queue: SQS did not say what became of it")
		if len(out.Failed) > 0 {
			err = fmt.Errorf("queue: refused by SQS: %s", aws.ToString(out.Failed[0].Code))
		}
	}
	for _, entry := range batch { // an entry SQS does not speak of is not safe
		if !taken[*entry.Id] {
			i, _ := strconv.Atoi(*entry.Id)
			refuse(i, err)
		}
	}
}

func (q *Queue[T]) group(v T) *string {
	if q.Group == nil || q.Group(v) == "" {
		return nil
	}
	return aws.String(groupID(q.Group(v)))
}

// groupID turns what names a group into what SQS takes for one: up to 128
// letters, digits and punctuation.
func groupID(name string) string {
	id := make([]byte, 0, len(name))
	for i := range len(name) {
		if c := name[i]; c > ' ' && c < 0x7f {
			id = append(id, c)
		} else {
			id = append(id, '_')
		}
	}
	return string(id[:min(len(id), 128)])
}
