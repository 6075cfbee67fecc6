package queue

import (
	"context"
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

const (
	// lookHides is how long a look keeps a dead letter from others, should it die
	// before it gives it back: as long as a request may take.
	lookHides = 30 * time.Second
	// giveBackWithin is what a look keeps of its time, or takes beyond it.
	giveBackWithin = 5 * time.Second
	// redriveMost bounds how many dead letters one call deals with.
	redriveMost = 500
)

// DeadLetters are those of one queue. SQS has a call that moves them back, which
// tells nothing of single ones and which no emulator of ours has; so they are
// received, sent and deleted. Dying in between doubles one and loses none.
type DeadLetters struct {
	Client *sqs.Client
	Name   string // of their queue, for people
	URL    string
	Main   string // the URL of the queue that they came from
	// Wait is how long to wait for one to come. A second makes SQS ask all of its
	// servers; without it SQS may say that a queue with a few messages has none.
	Wait time.Duration
}

// letters are messages in hand, each once, by their last receipt.
type letters struct {
	order []string
	by    map[string]types.Message
}

func (l *letters) add(m types.Message) {
	id := aws.ToString(m.MessageId)
	if _, twice := l.by[id]; !twice {
		l.order = append(l.order, id)
	}
	if l.by == nil {
		l.by = map[string]types.Message{}
	}
	l.by[id] = m
}

func (l *letters) remove(id string) { delete(l.by, id) }

// receipts are those of what is still in hand.
func (l *letters) receipts() []string {
	var all []string
	for _, id := range l.order {
		if m, ok := l.by[id]; ok {
			all = append(all, aws.ToString(m.ReceiptHandle))
		}
	}
	return all
}

func (d *DeadLetters) receive(ctx context.Context, limit int) ([]types.Message, error) {
	out, err := d.Client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: &d.URL, MaxNumberOfMessages: int32(min(max(limit, 1), maxEntries)),
		VisibilityTimeout: int32(lookHides / time.Second), WaitTimeSeconds: int32(d.Wait / time.Second),
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{
			types.MessageSystemAttributeNameApproximateReceiveCount, types.MessageSystemAttributeNameApproximateFirstReceiveTimestamp,
			types.MessageSystemAttributeNameSentTimestamp, types.MessageSystemAttributeNameMessageGroupId,
		},
	})
	if err != nil {
		return nil, fmt.Errorf("queue: receiving dead letters: %w", err)
	}
	return out.Messages, nil
}

// giveBack lets others see at once what is in hand. Where that fails they see it
// when the look is over by itself.
func (d *DeadLetters) giveBack(ctx context.Context, l *letters) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), giveBackWithin)
	defer cancel()
	_ = (&Queue[desk.Nudge]{Client: d.Client, URL: d.URL}).GiveBack(ctx, l.receipts()...)
}

// List returns up to limit dead letters and gives them back at once. Two who
// look at the same time may each see a part.
func (d *DeadLetters) List(ctx context.Context, limit int) ([]desk.DeadLetter, error) {
	var held letters
	defer func() { d.giveBack(ctx, &held) }()
	for len(held.order) < limit {
		got, err := d.receive(ctx, limit-len(held.order))
		if err != nil {
			return nil, err
		}
		if len(got) == 0 {
			break
		}
		for _, m := range got {
			held.add(m)
		}
	}
	all := make([]desk.DeadLetter, 0, len(held.order))
	for _, id := range held.order {
		all = append(all, d.letter(held.by[id]))
	}
	return all, nil
}

func (d *DeadLetters) letter(m types.Message) desk.DeadLetter {
	receives, _ := strconv.Atoi(m.Attributes[string(types.MessageSystemAttributeNameApproximateReceiveCount)]) // 0 where SQS does not say
	return desk.DeadLetter{
		Queue: d.Name, ID: aws.ToString(m.MessageId), Body: aws.ToString(m.Body), Group: group(m), Receives: receives,
		Sent:  stamp(m, types.MessageSystemAttributeNameSentTimestamp),
		First: stamp(m, types.MessageSystemAttributeNameApproximateFirstReceiveTimestamp),
	}
}

func group(m types.Message) string {
	return m.Attributes[string(types.MessageSystemAttributeNameMessageGroupId)]
}

// stamp reads an instant in milliseconds; zero where SQS does not say.
func stamp(m types.Message, name types.MessageSystemAttributeName) time.Time {
	ms, err := strconv.ParseInt(m.Attributes[string(name)], 10, 64)
	if err != nil || ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// Redrive gives the dead letter with the id back to its queue, or as many as one
// call deals with when id is empty: the same body, in the same group, seen at
// once. It is desk.ErrNotFound when no dead letter has that id. What fails stays
// and is counted; the error is why, when all did.
func (d *DeadLetters) Redrive(ctx context.Context, id string) (desk.Redriven, error) {
	out := desk.Redriven{Queue: d.Name}
	var held letters
	why := d.redrive(ctx, id, &held, &out)
	d.giveBack(ctx, &held)
	if id != "" && out.Redriven+out.Failed == 0 && why == nil {
		return out, fmt.Errorf("queue: dead letter %s of %s: %w", id, d.Name, desk.ErrNotFound)
	}
	if out.Redriven == 0 && why != nil {
		return out, why
	}
	waiting, err := d.Waiting(ctx)
	out.Remaining = waiting
	return out, err
}

// redrive deals with the messages that it receives and leaves in held those that
// stay. Its error is why some did.
func (d *DeadLetters) redrive(ctx context.Context, id string, held *letters, out *desk.Redriven) error {
	var errs []error
	for len(held.order) < redriveMost {
		got, err := d.receive(ctx, maxEntries)
		if err != nil {
			return errors.Join(append(errs, err)...)
		}
		if len(got) == 0 {
			break
		}
		var sent letters
		for _, m := range got {
			held.add(m)
			if id != "" && aws.ToString(m.MessageId) != id {
				continue
			}
			if err := d.send(ctx, m); err != nil {
				errs = append(errs, err)
				out.Failed++
				continue
			}
			sent.add(m)
		}
		if err := (&Queue[desk.Nudge]{Client: d.Client, URL: d.URL}).Delete(ctx, sent.receipts()...); err != nil {
			errs = append(errs, err) // twice there, which its function bears
			out.Failed += len(sent.order)
			continue
		}
		out.Redriven += len(sent.order)
		for _, id := range sent.order {
			held.remove(id)
		}
		if id != "" && out.Redriven+out.Failed > 0 {
			break
		}
	}
	return errors.Join(errs...)
}

func (d *DeadLetters) send(ctx context.Context, m types.Message) error {
	in := &sqs.SendMessageInput{QueueUrl: &d.Main, MessageBody: m.Body}
	if g := group(m); g != "" {
		in.MessageGroupId = &g
	}
	if _, err := d.Client.SendMessage(ctx, in); err != nil {
		return fmt.Errorf("queue: redriving %s: %w", aws.ToString(m.MessageId), err)
	}
	return nil
}

// Waiting is about how many dead letters there are, those in somebody's hand
// included.
func (d *DeadLetters) Waiting(ctx context.Context) (int, error) {
	names := []types.QueueAttributeName{types.QueueAttributeNameApproximateNumberOfMessages, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible}
	out, err := d.Client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &d.URL, AttributeNames: names})
	if err != nil {
		return 0, fmt.Errorf("queue: counting dead letters: %w", err)
	}
	waiting := 0
	for _, name := range names {
		n, err := strconv.Atoi(out.Attributes[string(name)])
		if err != nil {
			return 0, fmt.Errorf("queue: counting dead letters: %w", err)
		}
		waiting += n
	}
	return waiting, nil
}

// DeadLetterQueues are those of the desk, in the order in which people see them.
type DeadLetterQueues []*DeadLetters

// Backlogs says about how many dead letters each queue has.
func (q DeadLetterQueues) Backlogs(ctx context.Context) ([]desk.Backlog, error) {
	waiting, errs := make([]int, len(q)), make([]error, len(q))
	var wg sync.WaitGroup
	for n, d := range q {
		wg.Go(func() { waiting[n], errs[n] = d.Waiting(ctx) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	all := make([]desk.Backlog, len(q))
	for n, d := range q {
		all[n] = desk.Backlog{Queue: d.Name, Waiting: waiting[n]}
	}
	return all, nil
}

// List returns up to limit dead letters of each queue, or of the named one
// alone. It is desk.ErrInvalid when there is none of that name.
func (q DeadLetterQueues) List(ctx context.Context, name string, limit int) ([]desk.DeadLetter, error) {
	of := q
	if name != "" {
		d, err := q.named(name)
		if err != nil {
			return nil, err
		}
		of = DeadLetterQueues{d}
	}
	found, errs := make([][]desk.DeadLetter, len(of)), make([]error, len(of))
	var wg sync.WaitGroup
	for n, d := range of {
		wg.Go(func() { found[n], errs[n] = d.List(ctx, limit) })
	}
	wg.Wait()
	return slices.Concat(found...), errors.Join(errs...)
}

// Redrive is that of the named queue.
func (q DeadLetterQueues) Redrive(ctx context.Context, name, id string) (desk.Redriven, error) {
	d, err := q.named(name)
	if err != nil {
		return desk.Redriven{}, err
	}
	return d.Redrive(ctx, id)
}

func (q DeadLetterQueues) named(name string) (*DeadLetters, error) {
	var names []string
	for _, d := range q {
		if d.Name == name {
			return d, nil
		}
		names = append(names, d.Name)
	}
	return nil, fmt.Errorf("queue %q is none of %s: %w", name, strings.Join(names, ", "), desk.ErrInvalid)
}
