package dynamo_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"example.com/skala/infra/faults"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/dynamo"
	"example.com/skala/shared/dynamo/dynamotest"
)

// between puts a client's calls into the hands of f.
func between(f func(in any, next func() (any, error)) (any, error)) func(*dynamodb.Options) {
	return func(o *dynamodb.Options) { o.APIOptions = append(o.APIOptions, faults.Between(f)) }
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
		return nil, faults.Met(tx, code)
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

// paged makes every query answer two rows at a time.
func paged(pages *atomic.Int32) func(*dynamodb.Options) {
	return between(func(in any, next func() (any, error)) (any, error) {
		if q, ok := in.(*dynamodb.QueryInput); ok {
			q.Limit = aws.Int32(2)
			pages.Add(1)
		}
		return next()
	})
}

func TestWhatComesInPagesIsReadToItsEnd(t *testing.T) {
	t.Parallel()
	var pages atomic.Int32
	small := dynamotest.NewTable(t)
	options := small.Client.Options()
	paged(&pages)(&options)
	store := &dynamo.Store{Client: dynamodb.New(options), Table: small.Table, Pepper: small.Pepper}
	var last desk.Change
	for n := range 7 {
		last = dynamotest.NextMessage(t, small, n+1)
		if err := small.Commit(t.Context(), last); err != nil {
			t.Fatal(err)
		}
	}
	var spilled []desk.RawEvent
	for n := range 60 { // some of them on one shard, whatever their names
		spilled = append(spilled, desk.RawEvent{Body: fmt.Append(nil, n), Received: last.Entry.At.Add(time.Duration(n) * time.Second)})
	}
	if err := small.Spill(t.Context(), spilled); err != nil {
		t.Fatal(err)
	}
	type answers struct {
		Log  []desk.Entry
		Due  []desk.Due
		N    int
		Last desk.Message
	}
	read := func(s *dynamo.Store) (a answers) {
		t.Helper()
		var errs [4]error
		a.Log, errs[0] = s.Log(t.Context(), last.After.ID)
		a.Due, errs[1] = s.Due(t.Context(), last.Entry.At.Add(time.Hour), 1000)
		a.N, errs[2] = s.Count(t.Context(), desk.WorklistQuery{Brands: []string{"demo"}})
		a.Last, _, errs[3] = s.MessageByID(t.Context(), last.Thread, last.Event.ID)
		if err := errors.Join(errs[:]...); err != nil {
			t.Fatal(err)
		}
		return a
	}
	whole := read(small)
	if len(whole.Log) != 7 || len(whole.Due) != 61 || whole.N != 1 {
		t.Fatalf("%d entries, %d due, %d on the list", len(whole.Log), len(whole.Due), whole.N)
	}
	if diff := cmp.Diff(whole, read(store)); diff != "" || pages.Load() < 40 {
		t.Errorf("in %d pages (-whole +paged):\n%s", pages.Load(), diff)
	}
}

func TestWhatIsSpilledIsWholeOrUnlistedWhereverWritingItBreaksOff(t *testing.T) {
	t.Parallel()
	var left atomic.Int32 // calls until it breaks off
	store := dynamotest.NewTable(t, between(func(in any, next func() (any, error)) (any, error) {
		switch in.(type) {
		case *dynamodb.PutItemInput, *dynamodb.DeleteItemInput:
			if left.Add(-1) < 0 {
				return nil, errors.New("broke off")
			}
		}
		return next()
	}))
	noise := make([]byte, 900_000) // three pieces
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise)
	raw := desk.RawEvent{Body: noise, Received: time.UnixMilli(1)}
	// listed is the id of what is listed, which must be readable then.
	listed := func(doing string, calls int32) string {
		t.Helper()
		left.Store(1000)
		due, err := store.Due(t.Context(), time.UnixMilli(2), 10)
		if err != nil {
			t.Fatal(err)
		}
		if len(due) == 0 {
			return ""
		}
		if got, err := store.Spilled(t.Context(), due[0].Nudge.Spill); err != nil || !bytes.Equal(got.Body, raw.Body) {
			t.Errorf("after %d calls of %s it: %v, %d bytes", calls, doing, err, len(got.Body))
		}
		return due[0].Nudge.Spill
	}
	var id string
	for calls := int32(0); id == ""; calls++ {
		left.Store(calls)
		err := store.Spill(t.Context(), []desk.RawEvent{raw})
		if id = listed("spilling", calls); (err == nil) != (id != "") || calls > 10 {
			t.Fatalf("after %d calls: %v, listed %q", calls, err, id)
		}
	}
	for calls := int32(0); ; calls++ {
		left.Store(calls)
		err := store.Unspill(t.Context(), id)
		if still := listed("forgetting", calls); still == "" || calls > 10 {
			if calls != 1 || err == nil {
				t.Errorf("after %d calls of forgetting it, it is %q, %v", calls, still, err)
			}
			return
		}
	}
}

func TestARowThatAnIndexStillShowsDecidesNothing(t *testing.T) {
	t.Parallel()
	var old atomic.Pointer[dynamodb.QueryOutput] // what the index goes on answering
	var lags atomic.Bool
	store := dynamotest.NewTable(t, between(func(in any, next func() (any, error)) (any, error) {
		if q, ok := in.(*dynamodb.QueryInput); !ok || aws.ToString(q.IndexName) != "gsi4" {
			return next()
		}
		if lags.Load() {
			return old.Load(), nil
		}
		out, err := next()
		old.Store(out.(*dynamodb.QueryOutput))
		return out, err
	}))
	c := dynamotest.FirstMessage(t, store)
	if err := store.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	assign := func(before desk.Ticket, to string) desk.Ticket {
		t.Helper()
		entry, err := before.Assign("nok", to, "", c.Entry.At)
		if err != nil {
			t.Fatal(err)
		}
		change := dynamotest.Change(before, entry)
		if err := store.Commit(t.Context(), change); err != nil {
			t.Fatal(err)
		}
		return change.After
	}
	mine := assign(c.After, "ann")
	if cards, _, err := store.Assigned(t.Context(), "ann", "", 5); err != nil || len(cards) != 1 {
		t.Fatalf("%d cards, %v", len(cards), err)
	}
	assign(mine, "bob")
	lags.Store(true)
	if cards, _, err := store.Assigned(t.Context(), "ann", "", 5); err != nil || len(cards) != 0 {
		t.Errorf("what is another's by now: %+v, %v", cards, err)
	}
}
