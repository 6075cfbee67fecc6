package memory_test

import (
	"sync"
	"testing"
	"time"

	"example.com/skala/infra/simulator/memory"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/dynamo/dynamotest"
	"example.com/skala/shared/queue/queuetest"
)

func TestStore(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	called := map[string]bool{}
	t.Run("suite", func(t *testing.T) {
		dynamotest.Suite(t, func(*testing.T) dynamotest.Store {
			return &memory.Store{Now: time.Now, Pepper: []byte("a pepper of the tests"), Between: func(call string, _ bool) error {
				mu.Lock()
				defer mu.Unlock()
				called[call] = true
				return nil
			}}
		})
	})
	// All is Every and Tickets, and Places asks the store for nothing.
	called["All"], called["Places"] = called["Every"], true
	dynamotest.Called(t, called)
}

func TestTheSuiteKnowsEveryMethodOfTheStore(t *testing.T) {
	t.Parallel()
	dynamotest.SameMethods[*memory.Store](t)
}

func TestQueue(t *testing.T) {
	t.Parallel()
	queuetest.Suite(t, func(*testing.T) queuetest.Queue { return &memory.Queue[desk.Nudge]{Name: "tests", Now: time.Now} })
}

func TestTiers(t *testing.T) {
	t.Parallel()
	queuetest.TierSuite(t, func(*testing.T) queuetest.Tiers {
		return &memory.Tiers{desk.General: {Name: "tier1", Now: time.Now}, desk.Senior: {Name: "tier3", Now: time.Now}}
	})
}

func TestDeadLetters(t *testing.T) {
	t.Parallel()
	queuetest.DeadLetterSuite(t, func(t *testing.T, name string, bodies []string) (queuetest.DeadLetters, queuetest.QueueOf[string]) {
		q := &memory.Queue[string]{Name: name, Now: time.Now, Most: 1, Group: func(body string) string { return "group-of-" + body }}
		if _, err := q.SendAll(t.Context(), bodies); err != nil {
			t.Fatal(err)
		}
		for left := len(bodies); left > 0; { // take them, and let them be taken once more
			got, err := q.Receive(t.Context(), 10)
			if err != nil {
				t.Fatal(err)
			}
			left -= len(got)
			for _, r := range got {
				if err := q.GiveBack(t.Context(), r.Receipt); err != nil {
					t.Fatal(err)
				}
			}
		}
		if got, err := q.Receive(t.Context(), 10); err != nil || len(got) > 0 {
			t.Fatalf("%d received, %v", len(got), err)
		}
		q.Most = 20
		return &memory.DeadLetters[string]{Of: q}, q
	}, func(dead ...queuetest.DeadLetters) queuetest.DeadLetterQueues {
		var all memory.DeadLetterQueues
		for _, d := range dead {
			all = append(all, d.(*memory.DeadLetters[string]))
		}
		return all
	})
}
