package memory_test

import (
	"testing"
	"time"

	"example.com/skala/infra/simulator/memory"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/dynamo/dynamotest"
	"example.com/skala/shared/queue/queuetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	dynamotest.Suite(t, func(*testing.T) dynamotest.Store {
		return &memory.Store{Now: time.Now, Pepper: []byte("a pepper of the tests")}
	})
}

func TestQueue(t *testing.T) {
	t.Parallel()
	queuetest.Suite(t, func(*testing.T) queuetest.Queue { return &memory.Queue[desk.Nudge]{Name: "tests", Now: time.Now} })
}
