package world

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"example.com/skala/infra/faults"
	"example.com/skala/infra/simulator/platforms"
)

// A Snapshot is all that a world is made of at a moment, but for its processes.
type Snapshot struct {
	at       time.Time
	items    map[string]faults.Item // by primary key
	queues   map[string][]Message
	heard    []platforms.Sent
	ledger   *Ledger
	newest   []string
	told     []Taken
	comments []Event
}

// Items are all items of the table, by primary key.
func (w *World) Items(ctx context.Context) (map[string]faults.Item, error) {
	items := map[string]faults.Item{}
	in := &dynamodb.ScanInput{TableName: aws.String(w.Stack.Tables["Table"]), ConsistentRead: aws.Bool(true)}
	for pages := dynamodb.NewScanPaginator(w.db, in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("reading the table: %w", err)
		}
		for _, i := range page.Items {
			items[text(i["pk"])+" "+text(i["sk"])] = i
		}
	}
	return items, nil
}

// Empty is the world before anything happened in it.
func (w *World) Empty() *Snapshot { return w.empty }

// Snapshot takes one. Nothing may be going on.
func (w *World) Snapshot(ctx context.Context) (*Snapshot, error) {
	s := &Snapshot{queues: map[string][]Message{}, heard: w.Heard(), ledger: w.Ledger.copy(), told: w.Told()}
	var err error
	if s.items, err = w.Items(ctx); err != nil {
		return nil, err
	}
	for _, id := range w.Fed() {
		if _, err := w.Poll(ctx, id); err != nil {
			return nil, err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	s.at, s.newest, s.comments = w.now, slices.Clone(w.newest), slices.Clone(w.comments)
	for id, q := range w.queues {
		for _, message := range slices.Sorted(maps.Keys(q.sent)) {
			m := Message{Body: q.sent[message]}
			if held := q.held[message]; held != nil {
				m = *held
			}
			s.queues[id] = append(s.queues[id], m)
		}
	}
	return s, nil
}

// Restore makes the world what it was. Processes that live stay warm; who minds
// what they remember starts them anew.
func (w *World) Restore(ctx context.Context, s *Snapshot) error {
	w.End()
	w.Plan(nil)
	if err := w.restoreTable(ctx, s.items); err != nil {
		return err
	}
	if err := w.connect(); err != nil {
		return err
	}
	w.Recorder.Take()
	w.Log()
	w.mu.Lock()
	w.now, w.earlier, w.newest, w.Ledger = s.at, s.heard, slices.Clone(s.newest), s.ledger.copy()
	w.refusal, w.deaf, w.told, w.comments = Refusal{}, Deafness{}, slices.Clone(s.told), slices.Clone(s.comments)
	w.mu.Unlock()
	for id, q := range w.queues {
		if len(q.sent) > 0 || len(q.had) > 0 {
			if err := w.Lose(ctx, id); err != nil {
				return err
			}
		}
		if err := w.refill(ctx, q, s.queues[id]); err != nil {
			return err
		}
	}
	return nil
}

// refill sends a queue what was on it.
func (w *World) refill(ctx context.Context, q *queue, messages []Message) error {
	for _, m := range messages {
		in := &sqs.SendMessageInput{QueueUrl: &q.url, MessageBody: &m.Body}
		if m.Group != "" {
			in.MessageGroupId = &m.Group
		}
		in.MessageAttributes = map[string]sqstypes.MessageAttributeValue{}
		if !m.Seen.IsZero() {
			in.MessageAttributes[notBefore] = sqstypes.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(m.Seen.Format(time.RFC3339Nano))}
		}
		if m.Receives > 0 {
			in.MessageAttributes[receives] = sqstypes.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(strconv.Itoa(m.Receives))}
		}
		out, err := w.sqs.SendMessage(ctx, in)
		if err != nil {
			return fmt.Errorf("filling %s: %w", q.ID, err)
		}
		w.mu.Lock()
		q.put(*out.MessageId, m.Body)
		w.mu.Unlock()
	}
	return nil
}

// restoreTable writes and deletes what differs.
func (w *World) restoreTable(ctx context.Context, want map[string]faults.Item) error {
	have, err := w.Items(ctx)
	if err != nil {
		return err
	}
	var changes []types.WriteRequest
	for at, i := range have {
		if want[at] == nil {
			changes = append(changes, types.WriteRequest{DeleteRequest: &types.DeleteRequest{Key: faults.Item{"pk": i["pk"], "sk": i["sk"]}}})
		}
	}
	for at, i := range want {
		if !reflect.DeepEqual(have[at], i) {
			changes = append(changes, types.WriteRequest{PutRequest: &types.PutRequest{Item: i}})
		}
	}
	table := w.Stack.Tables["Table"]
	for chunk := range slices.Chunk(changes, 25) {
		for len(chunk) > 0 {
			out, err := w.db.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{table: chunk}})
			if err != nil {
				return fmt.Errorf("restoring the table: %w", err)
			}
			chunk = out.UnprocessedItems[table]
		}
	}
	return nil
}
