package dynamo

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"example.com/skala/shared/desk"
)

// maxWrites is how much one transaction takes.
const maxWrites = 100

// refused tells which conditions of a transaction did not hold, with the items
// as they are; an item that is not there is nil.
type refused struct{ of map[role]item }

func (r *refused) Error() string {
	var roles []string
	for of := range r.of {
		roles = append(roles, string(of))
	}
	slices.Sort(roles)
	return fmt.Sprintf("refused for %q", roles)
}

// transact makes all writes or none. It returns a *refused when a condition did
// not hold.
func (s *Store) transact(ctx context.Context, all writes) error {
	if len(all) > maxWrites {
		return fmt.Errorf("%d writes are more than a transaction takes: %w", len(all), desk.ErrInvalid)
	}
	in := make([]types.TransactWriteItem, len(all))
	for i, w := range all {
		in[i] = w.item
	}
	err := retry(ctx, func() error {
		// A new input for each try: the SDK gives it a request token, under
		// which its own retries of this one call have one effect.
		_, err := s.Client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: in})
		return err
	})
	canceled, ok := errors.AsType[*types.TransactionCanceledException](err)
	if !ok || len(canceled.CancellationReasons) != len(all) {
		return err
	}
	r := &refused{of: map[role]item{}}
	for i, reason := range canceled.CancellationReasons {
		if conditionFailed(reason) {
			r.of[all[i].of] = reason.Item
		}
	}
	if len(r.of) == 0 {
		return err
	}
	return r
}

// tries is how often a write that met another is made: half a second in all.
const tries = 6

// retry repeats a transaction that was cancelled only because it met another
// or ran too hot. The SDK does not, and emulators never raise it.
func retry(ctx context.Context, write func() error) error {
	for try, wait := 1, 16*time.Millisecond; ; try, wait = try+1, 2*wait {
		err := write()
		if try == tries || !contended(err) {
			return err
		}
		if stop := pause(ctx, rand.N(wait)); stop != nil {
			return fmt.Errorf("%w (gave up: %w)", err, stop)
		}
	}
}

func pause(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func contended(err error) bool {
	if _, ok := errors.AsType[*types.TransactionInProgressException](err); ok {
		return true
	}
	if _, ok := errors.AsType[*types.TransactionConflictException](err); ok { // of a write by itself
		return true
	}
	canceled, ok := errors.AsType[*types.TransactionCanceledException](err)
	return ok && !slices.ContainsFunc(canceled.CancellationReasons, conditionFailed) &&
		slices.ContainsFunc(canceled.CancellationReasons, func(r types.CancellationReason) bool {
			switch aws.ToString(r.Code) {
			case "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded":
				return true
			}
			return false
		})
}

func conditionFailed(r types.CancellationReason) bool {
	return aws.ToString(r.Code) == "ConditionalCheckFailed"
}

// update makes one update on its own. It returns desk.ErrStale when its condition
// does not hold.
func (s *Store) update(ctx context.Context, u *update) error {
	in := u.update()
	_, err := s.Client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: in.TableName, Key: in.Key, UpdateExpression: in.UpdateExpression, ConditionExpression: in.ConditionExpression,
		ExpressionAttributeNames: in.ExpressionAttributeNames, ExpressionAttributeValues: in.ExpressionAttributeValues,
		ReturnValuesOnConditionCheckFailure: in.ReturnValuesOnConditionCheckFailure,
	})
	if _, ok := errors.AsType[*types.ConditionalCheckFailedException](err); ok {
		return desk.ErrStale
	}
	return err
}

// get returns an item as it is now, nil when there is none.
func (s *Store) get(ctx context.Context, pk, sk string) (item, error) {
	out, err := s.Client.GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.Table, Key: key(pk, sk), ConsistentRead: aws.Bool(true)})
	if err != nil {
		return nil, fmt.Errorf("dynamo: reading %s %s: %w", pk, sk, err)
	}
	if len(out.Item) == 0 {
		return nil, nil
	}
	return out.Item, nil
}

// maxGets is how many items one call reads.
const maxGets = 100

// batchGet returns those of keys that are there, as they are now, in no order.
// No two of keys may be the same.
func (s *Store) batchGet(ctx context.Context, keys []item) ([]item, error) {
	return s.batchRead(ctx, keys, true)
}

// batchRead is batchGet of what is there now or, at half the price, of what may be
// as it was a moment ago.
func (s *Store) batchRead(ctx context.Context, keys []item, now bool) ([]item, error) {
	var found []item
	for chunk := range slices.Chunk(keys, maxGets) {
		wait := 16 * time.Millisecond
		for try := 1; len(chunk) > 0; try++ {
			out, err := s.Client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{
				s.Table: {Keys: chunk, ConsistentRead: aws.Bool(now)},
			}})
			if err != nil {
				return nil, fmt.Errorf("dynamo: reading %d items: %w", len(chunk), err)
			}
			found = append(found, out.Responses[s.Table]...)
			left := out.UnprocessedKeys[s.Table].Keys // too much for one answer, or too hot
			if len(left) < len(chunk) {
				try, wait = 1, 16*time.Millisecond
			} else if try == tries {
				return nil, fmt.Errorf("dynamo: reading %d items: throttled", len(left))
			}
			if len(left) > 0 {
				if err := pause(ctx, rand.N(wait)); err != nil {
					return nil, fmt.Errorf("dynamo: reading %d items: %w", len(left), err)
				}
				wait *= 2
			}
			chunk = left
		}
	}
	return found, nil
}

// query returns everything that in asks for, page after page.
func (s *Store) query(ctx context.Context, in *dynamodb.QueryInput) ([]item, error) {
	in.TableName = &s.Table
	var found []item
	for pages := dynamodb.NewQueryPaginator(s.Client, in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("dynamo: querying: %w", err)
		}
		found = append(found, page.Items...)
	}
	return found, nil
}
