package dynamo_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/dynamo/dynamotest"
)

// between puts a client's calls into the hands of f, which may let them through
// to the emulator, before or after answering otherwise.
func between(f func(in any, next func() (any, error)) (any, error)) func(*dynamodb.Options) {
	return func(o *dynamodb.Options) {
		o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
			return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("between", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (out middleware.InitializeOutput, md middleware.Metadata, err error) {
				out.Result, err = f(in.Parameters, func() (any, error) {
					var result middleware.InitializeOutput
					result, md, err = next.HandleInitialize(ctx, in)
					return result.Result, err
				})
				return out, md, err
			}), middleware.Before)
		})
	}
}

func canceled(code string, of int) error {
	reasons := make([]types.CancellationReason, of)
	for i := range reasons {
		reasons[i].Code = aws.String("None")
	}
	reasons[of-1].Code = &code
	return &types.TransactionCanceledException{CancellationReasons: reasons}
}

// faulty answers the first times transactions with err, after letting them take
// effect where persisted says so.
func faulty(fired *atomic.Int32, times int32, persisted bool, code string) func(*dynamodb.Options) {
	return between(func(in any, next func() (any, error)) (any, error) {
		tx, ok := in.(*dynamodb.TransactWriteItemsInput)
		if !ok || fired.Load() >= times {
			return next()
		}
		fired.Add(1)
		if persisted {
			if _, err := next(); err != nil {
				return nil, err
			}
		}
		return nil, canceled(code, len(tx.TransactItems))
	})
}

func TestAWriteThatMetAnotherIsMadeAgain(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			var fired atomic.Int32
			store := dynamotest.NewTable(t, faulty(&fired, 3, false, code))
			c := dynamotest.FirstMessage(t, store)
			if err := store.Commit(t.Context(), c); err != nil || fired.Load() != 3 {
				t.Fatalf("%v after %d faults", err, fired.Load())
			}
			if got, err := store.Ticket(t.Context(), c.After.ID); err != nil || got.Version != 1 {
				t.Errorf("stored %+v, %v", got, err)
			}
		})
	}
}

func TestAWriteThatMeetsOthersForEverGivesUp(t *testing.T) {
	t.Parallel()
	var fired atomic.Int32
	store := dynamotest.NewTable(t, faulty(&fired, 1000, false, "TransactionConflict"))
	c := dynamotest.FirstMessage(t, store)
	err := store.Commit(t.Context(), c)
	if _, ok := errors.AsType[*types.TransactionCanceledException](err); !ok || fired.Load() < 5 || fired.Load() > 10 {
		t.Errorf("%v after %d faults", err, fired.Load())
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := store.Commit(ctx, c); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("without time: %v", err)
	}
}

func TestAWriteThatFailedAndYetTookEffectIsKnownAsOurOwn(t *testing.T) {
	t.Parallel()
	var fired atomic.Int32
	store := dynamotest.NewTable(t, faulty(&fired, 1, true, "TransactionConflict"))
	c := dynamotest.FirstMessage(t, store)
	if err := store.Commit(t.Context(), c); err != nil || fired.Load() != 1 {
		t.Fatalf("a message: %v after %d faults", err, fired.Load())
	}
	fired.Store(0)
	claim, err := c.After.Claim("ann", "token", c.Entry.At, dynamotest.Promises())
	if err != nil {
		t.Fatal(err)
	}
	c = dynamotest.Change(c.After, claim)
	if err := store.Commit(t.Context(), c); err != nil || fired.Load() != 1 {
		t.Fatalf("a claim: %v after %d faults", err, fired.Load())
	}
	log, err := store.Log(t.Context(), c.After.ID)
	if err != nil || len(log) != 2 {
		t.Errorf("the log holds %d entries, %v", len(log), err)
	}
	if err := store.Commit(t.Context(), c); !errors.Is(err, desk.ErrStale) {
		t.Errorf("the same claim by another call: %v", err)
	}
}

func TestAReadThatComesInPartsIsMadeWhole(t *testing.T) {
	t.Parallel()
	fired := 0
	store := dynamotest.NewTable(t, between(func(in any, next func() (any, error)) (any, error) {
		batch, ok := in.(*dynamodb.BatchGetItemInput)
		if !ok {
			return next()
		}
		for table, request := range batch.RequestItems { // one item a call
			if len(request.Keys) == 1 {
				return next()
			}
			rest := request
			rest.Keys = slices.Clone(request.Keys[1:])
			request.Keys = request.Keys[:1]
			batch.RequestItems = map[string]types.KeysAndAttributes{table: request}
			out, err := next()
			if err != nil {
				return nil, err
			}
			fired++
			got := *out.(*dynamodb.BatchGetItemOutput)
			got.UnprocessedKeys = map[string]types.KeysAndAttributes{table: rest}
			return &got, nil
		}
		return next()
	}))
	c := dynamotest.FirstMessage(t, store)
	if err := store.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	thread, err := store.Thread(t.Context(), *c.Event)
	if err != nil || !thread.Known || thread.Ticket.Version != 1 || fired < 4 {
		t.Errorf("read %+v, %v in %d parts", thread, err, fired)
	}
}
