package dynamo_test

import (
	"testing"

	"example.com/skala/shared/dynamo"
	"example.com/skala/shared/dynamo/dynamotest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	dynamotest.Suite(t, func(t *testing.T) dynamotest.Store { return dynamotest.NewTable(t) })
}

func TestTheSuiteKnowsEveryMethodOfTheStore(t *testing.T) {
	t.Parallel()
	dynamotest.SameMethods[*dynamo.Store](t)
}
