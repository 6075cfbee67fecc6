package memory_test

import (
	"fmt"
	"testing"

	"example.com/skala/infra/simulator/memory"
	"example.com/skala/shared/dynamo/dynamotest"
)

// Whatever is done to the table and to the store in memory, they answer alike.
func TestTheTableAndTheStoreInMemoryAgree(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			table := dynamotest.NewTable(t)
			dynamotest.Agree(t, seed, 120, table, &memory.Store{Now: newClock().now, Pepper: table.Pepper})
		})
	}
}
