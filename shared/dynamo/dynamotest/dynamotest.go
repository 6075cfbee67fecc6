// Package dynamotest hands out real tables on the emulator, and says in tests
// what every store of the desk must do.
package dynamotest

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"example.com/skala/infra/emulator"
	"example.com/skala/shared/dynamo"
)

// NewTable returns a store on an empty table of its own, as template.yaml
// describes it. The test's end deletes it. Options change the client, such as to
// inject faults.
func NewTable(t testing.TB, options ...func(*dynamodb.Options)) *dynamo.Store {
	t.Helper()
	e := emulator.ForTest(t)
	return &dynamo.Store{Client: dynamodb.NewFromConfig(e.Config(), options...), Table: e.NewTable(t), Pepper: []byte("a pepper of the tests")}
}
