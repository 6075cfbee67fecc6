package world

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go/middleware"

	"example.com/skala/infra/template"
)

// A queue is what the world knows of one of SQS: what really went onto it,
// whatever its sender was told, and what the event source has taken from it.
type queue struct {
	template.Queue
	url  string
	sent map[string]string   // bodies by message id: on the queue, or in hand
	held map[string]*Message // in hand, by message id
	had  map[string]string   // message ids by the receipts that functions got
	hid  map[string]string   // what they hide from others: the latest receipts by message id
}

// A Message is one that an event source has in hand.
type Message struct {
	ID       string
	Receipt  string
	Body     string
	Group    string
	Seen     time.Time // not before then
	Receives int
	Sent     time.Time
}

// notBefore is the attribute that says when a message may be seen: delays pass by
// the world's clock.
const notBefore = "not-before"

// receives is the attribute that says how often a message was handed out in the
// world that this one was restored from.
const receives = "receives"

// holdBack lets no call wait but by the world's clock: neither for a message, nor
// one that is sent with a delay.
func (w *World) holdBack(stack *middleware.Stack) error {
	return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("HoldBack", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
		if receive, ok := in.Parameters.(*sqs.ReceiveMessageInput); ok && receive.WaitTimeSeconds > 0 {
			now := *receive // what is not there does not come while somebody waits
			now.WaitTimeSeconds = 0
			in.Parameters = &now
		}
		if send, ok := in.Parameters.(*sqs.SendMessageInput); ok && send.DelaySeconds > 0 {
			later := *send
			at := w.Now().Add(time.Duration(send.DelaySeconds) * time.Second)
			later.DelaySeconds = 0
			later.MessageAttributes = map[string]sqstypes.MessageAttributeValue{notBefore: {DataType: aws.String("String"), StringValue: aws.String(at.Format(time.RFC3339Nano))}}
			in.Parameters = &later
		}
		out, md, err := next.HandleInitialize(ctx, in)
		receive, ok := in.Parameters.(*sqs.ReceiveMessageInput)
		if !ok {
			return out, md, err
		}
		for end := time.Now().Add(lost); err == nil && w.shy(receive, out.Result) && time.Now().Before(end); {
			time.Sleep(shyFor)
			out, md, err = next.HandleInitialize(ctx, in)
		}
		return out, md, err
	}), middleware.After)
}

// shyFor is how long to wait for a queue that says it has nothing.
const shyFor = 5 * time.Millisecond

// shy reports whether a queue handed out nothing although something was sent to it
// that nobody hides: its emulator stamps what is sent with the machine's clock, and
// where that is set back it comes a moment later than it was sent.
func (w *World) shy(in *sqs.ReceiveMessageInput, out any) bool {
	if got, ok := out.(*sqs.ReceiveMessageOutput); !ok || len(got.Messages) > 0 {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	q := w.queues[w.name(*in.QueueUrl)]
	for id := range q.sent {
		if _, hidden := q.hid[id]; !hidden {
			return true
		}
	}
	return false
}

// happened takes in what a call of a function really did.
func (w *World) happened(_ context.Context, in, out any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch in := in.(type) {
	case *sqs.SendMessageInput:
		w.queues[w.name(*in.QueueUrl)].put(*out.(*sqs.SendMessageOutput).MessageId, *in.MessageBody)
	case *sqs.SendMessageBatchInput:
		for _, s := range out.(*sqs.SendMessageBatchOutput).Successful {
			i := slices.IndexFunc(in.Entries, func(e sqstypes.SendMessageBatchRequestEntry) bool { return *e.Id == *s.Id })
			w.queues[w.name(*in.QueueUrl)].put(*s.MessageId, *in.Entries[i].MessageBody)
		}
	case *sqs.ReceiveMessageInput:
		q := w.queues[w.name(*in.QueueUrl)]
		for _, m := range out.(*sqs.ReceiveMessageOutput).Messages {
			if q.had == nil {
				q.had, q.hid = map[string]string{}, map[string]string{}
			}
			q.had[*m.ReceiptHandle] = *m.MessageId
			q.hid[*m.MessageId] = *m.ReceiptHandle
		}
	case *sqs.ChangeMessageVisibilityBatchInput:
		for _, s := range out.(*sqs.ChangeMessageVisibilityBatchOutput).Successful {
			i := slices.IndexFunc(in.Entries, func(e sqstypes.ChangeMessageVisibilityBatchRequestEntry) bool { return *e.Id == *s.Id })
			if in.Entries[i].VisibilityTimeout == 0 {
				w.queues[w.name(*in.QueueUrl)].show(*in.Entries[i].ReceiptHandle)
			}
		}
	case *sqs.DeleteMessageBatchInput:
		q := w.queues[w.name(*in.QueueUrl)]
		for _, e := range in.Entries {
			delete(q.sent, q.had[*e.ReceiptHandle])
		}
	case *sqs.DeleteMessageInput:
		q := w.queues[w.name(*in.QueueUrl)]
		delete(q.sent, q.had[*in.ReceiptHandle])
	case *dynamodb.PutItemInput:
		w.wrote(in.Item)
	case *dynamodb.UpdateItemInput:
		w.wrote(in.Key)
	case *dynamodb.TransactWriteItemsInput:
		for _, i := range in.TransactItems {
			switch {
			case i.Put != nil:
				w.wrote(i.Put.Item)
			case i.Update != nil:
				w.wrote(i.Update.Key)
			}
		}
	}
}

func (q *queue) put(id, body string) {
	if q.sent == nil {
		q.sent = map[string]string{}
	}
	q.sent[id] = body
}

// show notes that the message of a receipt is there for others, unless it was
// handed out again since.
func (q *queue) show(receipt string) {
	if id := q.had[receipt]; q.hid[id] == receipt {
		delete(q.hid, id)
	}
}

// fresh is how many partitions count as written just now.
const fresh = 8

// wrote notes a partition that was written. w.mu is held.
func (w *World) wrote(item map[string]types.AttributeValue) {
	if pk := text(item["pk"]); !slices.Contains(w.newest, pk) {
		w.newest = append(w.newest, pk)
		w.newest = w.newest[max(0, len(w.newest)-fresh):]
	}
}

func text(v types.AttributeValue) string {
	if s, ok := v.(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}

// Waiting are the bodies of the messages that are on a queue, or in somebody's
// hand who has not deleted them.
func (w *World) Waiting(id string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var bodies []string
	for _, body := range w.queues[id].sent {
		bodies = append(bodies, body)
	}
	slices.Sort(bodies)
	return bodies
}

// Poll takes what is on a queue that feeds a function in hand, as its event
// source does, and returns how many messages are in hand.
func (w *World) Poll(ctx context.Context, id string) (int, error) {
	q := w.queues[id]
	for end := time.Now().Add(lost); ; {
		w.mu.Lock()
		missing, held := len(q.sent)-len(q.held), len(q.held)
		w.mu.Unlock()
		if missing <= 0 {
			return held, nil
		}
		out, err := w.sqs.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: &q.url, MaxNumberOfMessages: 10, VisibilityTimeout: 2, MessageAttributeNames: []string{"All"},
			MessageSystemAttributeNames: []sqstypes.MessageSystemAttributeName{sqstypes.MessageSystemAttributeNameAll},
		})
		if err != nil {
			return held, fmt.Errorf("polling %s: %w", id, err)
		}
		w.mu.Lock()
		for _, m := range out.Messages {
			w.hold(q, m)
		}
		w.mu.Unlock()
		if len(out.Messages) > 0 {
			continue
		}
		if time.Now().After(end) {
			return held, fmt.Errorf("%s keeps %d messages to itself", id, missing)
		}
		time.Sleep(20 * time.Millisecond) // an answer was lost on its way: it hands them out again
	}
}

// lost is how long messages may stay away that were sent.
const lost = 20 * time.Second

func (w *World) hold(q *queue, m sqstypes.Message) {
	if old := q.held[*m.MessageId]; old != nil { // handed out again
		old.Receipt = *m.ReceiptHandle
		return
	}
	in := &Message{ID: *m.MessageId, Receipt: *m.ReceiptHandle, Body: *m.Body, Group: m.Attributes["MessageGroupId"], Sent: w.now}
	if at, err := time.Parse(time.RFC3339Nano, aws.ToString(m.MessageAttributes[notBefore].StringValue)); err == nil {
		in.Seen = at
	}
	if n, err := strconv.Atoi(aws.ToString(m.MessageAttributes[receives].StringValue)); err == nil {
		in.Receives = n
	}
	if q.held == nil {
		q.held = map[string]*Message{}
	}
	q.held[in.ID] = in
	q.put(in.ID, in.Body)
}

// Due returns the messages in hand that may be seen by now, those that became so
// first in front, and when the next one may be; zero for none.
func (w *World) Due(id string) (due []*Message, next time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, m := range w.queues[id].held {
		switch {
		case !m.Seen.After(w.now):
			due = append(due, m)
		case next.IsZero() || m.Seen.Before(next):
			next = m.Seen
		}
	}
	slices.SortFunc(due, func(a, b *Message) int {
		if c := a.Seen.Compare(b.Seen); c != 0 {
			return c
		}
		return compare(a.Body, b.Body)
	})
	return due, next
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Deliver gives messages to the function that their queue feeds, as one batch,
// and takes off the queue what it did not report as failed. What it did comes
// again, or goes to the dead letters.
func (w *World) Deliver(ctx context.Context, id string, batch ...*Message) (failed int, err error) {
	return w.DeliverSome(ctx, id, batch, nil)
}

// DeliverSome is Deliver, but delivers some again although they were done.
func (w *World) DeliverSome(ctx context.Context, id string, batch []*Message, again map[*Message]bool) (failed int, err error) {
	function, _ := w.feeds(id)
	answer, err := w.invoke(ctx, function, w.event(id, batch))
	return w.answered(ctx, id, batch, again, answer, err)
}

// event is a batch as Lambda hands it over.
func (w *World) event(id string, batch []*Message) []byte {
	var event events.SQSEvent
	w.mu.Lock()
	for _, m := range batch {
		m.Receives++
		attributes := map[string]string{
			"ApproximateReceiveCount": strconv.Itoa(m.Receives), "SentTimestamp": strconv.FormatInt(m.Sent.UnixMilli(), 10),
		}
		if m.Group != "" {
			attributes["MessageGroupId"] = m.Group
		}
		event.Records = append(event.Records, events.SQSMessage{
			MessageId: m.ID, ReceiptHandle: m.Receipt, Body: m.Body, Attributes: attributes, EventSource: "aws:sqs",
			EventSourceARN: "arn:aws:sqs:us-east-1:000000000000:" + id,
		})
	}
	w.mu.Unlock()
	doc, err := json.Marshal(event)
	if err != nil {
		panic(err) // texts and numbers always encode
	}
	return doc
}

// soon is when a message that failed is delivered again: sooner than its queue
// would, so that clocks which have nothing to do with it do not run out.
const soon = time.Second

// answered does what an event source does with what a function answered.
func (w *World) answered(ctx context.Context, id string, batch []*Message, again map[*Message]bool, answer []byte, failure error) (failed int, err error) {
	var said events.SQSEventResponse
	if failure == nil {
		if err := json.Unmarshal(answer, &said); err != nil {
			failure = fmt.Errorf("the answer of a batch: %w", err)
		}
	}
	back := map[string]bool{}
	for _, f := range said.BatchItemFailures {
		if f.ItemIdentifier == "" { // AWS takes that for the failure of everything
			failure = errors.New("a failure without a name")
		}
		back[f.ItemIdentifier] = true
	}
	q := w.queues[id]
	var done []sqstypes.DeleteMessageBatchRequestEntry
	var dead []*Message
	w.mu.Lock()
	for n, m := range batch {
		switch {
		case q.held[m.ID] != m: // another delivery of it was done meanwhile
		case failure == nil && !back[m.ID] && !again[m]:
			done = append(done, sqstypes.DeleteMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(n)), ReceiptHandle: &m.Receipt})
			delete(q.held, m.ID)
			delete(q.sent, m.ID)
		case m.Receives >= q.MaxReceives && q.MaxReceives > 0:
			dead = append(dead, m)
		default:
			failed++
			m.Seen = w.now.Add(soon)
		}
	}
	w.mu.Unlock()
	for _, m := range dead {
		if err := w.bury(ctx, q, m); err != nil {
			return failed, err
		}
	}
	if len(done) > 0 {
		if _, err := w.sqs.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: &q.url, Entries: done}); err != nil {
			return failed, fmt.Errorf("deleting from %s: %w", id, err)
		}
	}
	return failed, nil
}

// bury moves a message to the dead letters of its queue.
func (w *World) bury(ctx context.Context, q *queue, m *Message) error {
	to := w.queues[q.DeadLetters]
	send := &sqs.SendMessageInput{QueueUrl: &to.url, MessageBody: &m.Body}
	if m.Group != "" {
		send.MessageGroupId = &m.Group
	}
	out, err := w.sqs.SendMessage(ctx, send)
	if err != nil {
		return fmt.Errorf("burying a message of %s: %w", q.ID, err)
	}
	if _, err := w.sqs.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &q.url, ReceiptHandle: &m.Receipt}); err != nil {
		return fmt.Errorf("burying a message of %s: %w", q.ID, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	to.put(*out.MessageId, m.Body)
	delete(q.held, m.ID)
	delete(q.sent, m.ID)
	return nil
}

// Lose empties a queue as if it had never been told.
func (w *World) Lose(ctx context.Context, id string) error {
	q := w.queues[id]
	if _, err := w.sqs.PurgeQueue(ctx, &sqs.PurgeQueueInput{QueueUrl: &q.url}); err != nil {
		return fmt.Errorf("losing what is on %s: %w", id, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	q.sent, q.held, q.had, q.hid = nil, nil, nil, nil
	return nil
}

// Fed lists the queues that feed functions.
func (w *World) Fed() []string {
	var ids []string
	for _, f := range w.Template.Functions {
		for _, s := range f.Sources {
			ids = append(ids, s.Queue)
		}
	}
	return ids
}

// Sweep runs what the schedule of a function runs.
func (w *World) Sweep(ctx context.Context, function string) error {
	_, err := w.invoke(ctx, function, []byte(`{"source":"schedule"}`))
	return err
}

// Letters are the ids of the messages on a queue that feeds nobody.
func (w *World) Letters(id string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Sorted(maps.Keys(w.queues[id].sent))
}

// Appear ends the visibility timeouts of what functions have received.
func (w *World) Appear(ctx context.Context) error {
	for id, q := range w.queues {
		var entries []sqstypes.ChangeMessageVisibilityBatchRequestEntry
		w.mu.Lock()
		for receipt, message := range q.had {
			if _, there := q.sent[message]; there {
				entries = append(entries, sqstypes.ChangeMessageVisibilityBatchRequestEntry{Id: aws.String(strconv.Itoa(len(entries))), ReceiptHandle: &receipt})
			}
		}
		w.mu.Unlock()
		for chunk := range slices.Chunk(entries, 10) { // one that was handed out again has another receipt, and stays
			if _, err := w.sqs.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &q.url, Entries: chunk}); err != nil {
				return fmt.Errorf("letting time pass on %s: %w", id, err)
			}
			w.mu.Lock()
			for _, e := range chunk {
				q.show(*e.ReceiptHandle)
			}
			w.mu.Unlock()
		}
	}
	return nil
}

// Put sends something to a queue from nowhere.
func (w *World) Put(ctx context.Context, id string, v any) error {
	return w.PutLate(ctx, id, v, 0)
}

// PutLate is Put of what the queue shows only some seconds later.
func (w *World) PutLate(ctx context.Context, id string, v any, by time.Duration) error {
	q := w.queues[id]
	body := string(encode(v))
	out, err := w.sqs.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &q.url, MessageBody: &body, DelaySeconds: int32(by / time.Second)})
	if err != nil {
		return fmt.Errorf("sending to %s: %w", id, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	q.put(*out.MessageId, body)
	return nil
}
