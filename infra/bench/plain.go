package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"example.com/skala/infra/faults"
)

// A script is what the product asked of AWS: by the sweep, side by side, and for
// each record, one after the other.
type script struct {
	sweep   []any
	records [][]any
	of      map[string]int // calls by operation
}

func (s *script) counted() (all int, of map[string]int) {
	for _, n := range s.of {
		all += n
	}
	return all, s.of
}

// record has the product act once, each record by itself so that its calls are
// known, and keeps what it asked.
func (b *backlog) record(ctx context.Context) (s *script, err error) {
	g, err := b.again(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, g.close(ctx)) }()
	s = &script{records: make([][]any, len(b.due)), of: map[string]int{}}
	var mu sync.Mutex
	var heard [instances][]any
	var functions [instances]*instance
	for lane := range functions {
		functions[lane], err = b.function(ctx, g, func(c faults.Call) {
			mu.Lock()
			defer mu.Unlock()
			heard[lane] = append(heard[lane], c.In)
			s.of[c.Operation] += c.Tries
		})
		if err != nil {
			return nil, err
		}
	}
	heard, s.of = [instances][]any{}, map[string]int{} // what an instance asks at its start is nobody's
	if err := functions[0].swept(ctx); err != nil {
		return nil, err
	}
	s.sweep = heard[0]
	heard = [instances][]any{}
	type numbered struct {
		place   int
		payload []byte
	}
	var work []numbered
	for i, payload := range b.batches(1) {
		work = append(work, numbered{i, payload})
	}
	return s, sideBySide(ctx, instances, work, func(lane int, one numbered) error {
		if err := functions[lane].take(ctx, one.payload); err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		s.records[one.place], heard[lane] = heard[lane], nil
		return nil
	})
}

// sweepers is how many calls of the sweep are under way at once, as the product's.
const sweepers = 16

// plainly asks AWS for all that the script says of an equal table: the same inputs,
// ten records of a batch side by side, the calls of each in turn.
func (b *backlog) plainly(ctx context.Context, s *script) (took spent, err error) {
	g, err := b.again(ctx)
	if err != nil {
		return took, err
	}
	defer func() { err = errors.Join(err, g.close(ctx)) }()
	var clients [instances]client
	for lane := range clients {
		clients[lane] = client{dynamodb.NewFromConfig(b.e.Config()), sqs.NewFromConfig(b.e.Config())}
	}
	return timed(func() error {
		return sideBySide(ctx, sweepers, s.sweep, func(_ int, in any) error { return clients[0].ask(ctx, in) })
	}, func() error {
		return sideBySide(ctx, instances, slices.Collect(slices.Chunk(s.records, tens)), func(lane int, records [][]any) error {
			return sideBySide(ctx, len(records), records, func(_ int, calls []any) error {
				for _, in := range calls {
					if err := clients[lane].ask(ctx, in); err != nil {
						return err
					}
				}
				return nil
			})
		})
	})
}

// A client is one of each service's.
type client struct {
	dynamodb *dynamodb.Client
	sqs      *sqs.Client
}

// ask makes a call, whatever it is, as it was made before.
func (c client) ask(ctx context.Context, in any) (err error) {
	switch in := in.(type) {
	case *dynamodb.GetItemInput:
		_, err = c.dynamodb.GetItem(ctx, in)
	case *dynamodb.BatchGetItemInput:
		_, err = c.dynamodb.BatchGetItem(ctx, in)
	case *dynamodb.QueryInput:
		_, err = c.dynamodb.Query(ctx, in)
	case *dynamodb.TransactWriteItemsInput:
		anew := *in
		anew.ClientRequestToken = nil // by the same one it would be taken for done
		_, err = c.dynamodb.TransactWriteItems(ctx, &anew)
	case *dynamodb.PutItemInput:
		_, err = c.dynamodb.PutItem(ctx, in)
	case *dynamodb.UpdateItemInput:
		_, err = c.dynamodb.UpdateItem(ctx, in)
	case *sqs.SendMessageInput:
		_, err = c.sqs.SendMessage(ctx, in)
	case *sqs.SendMessageBatchInput:
		_, err = c.sqs.SendMessageBatch(ctx, in)
	default:
		err = fmt.Errorf("the plain program knows no %T", in)
	}
	return err
}
