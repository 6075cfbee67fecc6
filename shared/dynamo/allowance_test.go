package dynamo_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"example.com/skala/infra/faults"
	"example.com/skala/shared/dynamo/dynamotest"
)

func TestADayHasOnlySoManyQuestionsHoweverManyAsk(t *testing.T) {
	t.Parallel()
	store := dynamotest.NewTable(t)
	evening := time.Date(2026, 3, 2, 23, 59, 59, 0, time.UTC)
	var had atomic.Int32
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() {
			left, err := store.Spend(t.Context(), evening, 7)
			if err != nil {
				t.Error(err)
			}
			if left {
				had.Add(1)
			}
		})
	}
	all.Wait()
	if had.Load() != 7 {
		t.Errorf("%d questions of 7", had.Load())
	}
	for _, tt := range []struct {
		name string
		at   time.Time
		most int
		want bool
	}{
		{"the same evening, elsewhere on earth", evening.In(time.FixedZone("", 7*60*60)), 7, false},
		{"after the number was raised", evening, 8, true},
		{"and used up", evening, 8, false},
		{"after it was lowered", evening, 3, false},
		{"the next day", evening.Add(time.Second), 7, true},
	} {
		if left, err := store.Spend(t.Context(), tt.at, tt.most); left != tt.want || err != nil {
			t.Errorf("%s: %t, %v; want %t", tt.name, left, err, tt.want)
		}
	}
}

func TestAQuestionCostsOneWriteUnit(t *testing.T) {
	t.Parallel()
	units := 0.0
	store := dynamotest.NewTable(t, func(o *dynamodb.Options) {
		o.APIOptions = append(o.APIOptions, faults.Between(func(in any, next func() (any, error)) (any, error) {
			if u, ok := in.(*dynamodb.UpdateItemInput); ok {
				u.ReturnConsumedCapacity = types.ReturnConsumedCapacityTotal
			}
			out, err := next()
			if u, ok := out.(*dynamodb.UpdateItemOutput); ok && u.ConsumedCapacity != nil {
				units += *u.ConsumedCapacity.CapacityUnits
			}
			return out, err
		}))
	})
	for range 2 {
		if _, err := store.Spend(t.Context(), time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), 9); err != nil {
			t.Fatal(err)
		}
	}
	if units != 2 {
		t.Errorf("%v units for two questions", units)
	}
}

func TestAQuestionThatCannotBeCountedIsNotAsked(t *testing.T) {
	t.Parallel()
	store := dynamotest.NewTable(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if left, err := store.Spend(ctx, time.Now(), 9); left || err == nil {
		t.Errorf("%t, %v", left, err)
	}
}
