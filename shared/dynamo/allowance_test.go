package dynamo_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"example.com/skala/infra/faults"
	"example.com/skala/shared/dynamo/dynamotest"
)

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
