package queue

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"example.com/skala/shared/desk"
)

// Tiers are the queues that agents take the next ticket from, by tier.
type Tiers [desk.Tiers]*Queue[desk.Nudge]

func (t *Tiers) of(tier desk.Tier) (*Queue[desk.Nudge], error) {
	if int(tier) >= len(t) {
		return nil, fmt.Errorf("queue: there is no tier %d", tier)
	}
	return t[tier], nil
}

// Nudge tells the tier's queue that a ticket wants somebody.
func (t *Tiers) Nudge(ctx context.Context, tier desk.Tier, n desk.Nudge) error {
	q, err := t.of(tier)
	if err != nil {
		return err
	}
	return q.Send(ctx, n, 0)
}

// Receive returns up to limit nudges, at most 10, without waiting for any. They
// are hidden from others until they are deleted, given back, or their time is
// up. One that can't be read comes without a ticket, so that it can be deleted.
func (t *Tiers) Receive(ctx context.Context, tier desk.Tier, limit int) ([]desk.ReceivedNudge, error) {
	q, err := t.of(tier)
	if err != nil {
		return nil, err
	}
	out, err := q.Client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &q.URL, MaxNumberOfMessages: int32(min(max(limit, 1), maxEntries))})
	if err != nil {
		return nil, fmt.Errorf("queue: receiving: %w", err)
	}
	var nudges []desk.ReceivedNudge
	for _, m := range out.Messages {
		var n desk.Nudge
		if err := json.Unmarshal([]byte(aws.ToString(m.Body)), &n); err != nil {
			n = desk.Nudge{}
		}
		nudges = append(nudges, desk.ReceivedNudge{Nudge: n, Receipt: aws.ToString(m.ReceiptHandle)})
	}
	return nudges, nil
}

// Delete takes nudges off the queue for good. One that stays comes again, which
// does no harm.
func (t *Tiers) Delete(ctx context.Context, tier desk.Tier, done []desk.ReceivedNudge) error {
	q, err := t.of(tier)
	if err != nil || len(done) == 0 {
		return err
	}
	var batch []types.DeleteMessageBatchRequestEntry
	for i, n := range done {
		batch = append(batch, types.DeleteMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), ReceiptHandle: &n.Receipt})
	}
	out, err := q.Client.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: &q.URL, Entries: batch})
	if err == nil && len(out.Failed) > 0 {
		err = errors.New(aws.ToString(out.Failed[0].Code))
	}
	if err != nil {
		return fmt.Errorf("queue: deleting: %w", err)
	}
	return nil
}

// GiveBack shows nudges to others at once.
func (t *Tiers) GiveBack(ctx context.Context, tier desk.Tier, unused []desk.ReceivedNudge) error {
	q, err := t.of(tier)
	if err != nil || len(unused) == 0 {
		return err
	}
	var batch []types.ChangeMessageVisibilityBatchRequestEntry
	for i, n := range unused {
		batch = append(batch, types.ChangeMessageVisibilityBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), ReceiptHandle: &n.Receipt, VisibilityTimeout: 0})
	}
	out, err := q.Client.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &q.URL, Entries: batch})
	if err == nil && len(out.Failed) > 0 {
		err = errors.New(aws.ToString(out.Failed[0].Code))
	}
	if err != nil {
		return fmt.Errorf("queue: giving back: %w", err)
	}
	return nil
}
