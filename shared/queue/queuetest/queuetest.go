// Package queuetest hands out real queues on the emulator, and says in tests
// what every queue of the desk must do.
package queuetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"example.com/skala/infra/emulator"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/queue"
)

// New returns an empty queue with the attributes that template.yaml gives the one
// with the logical id, such as Tier3Queue. The test's end deletes it. Options
// change the client, such as to inject faults.
func New[T any](t testing.TB, id string, options ...func(*sqs.Options)) *queue.Queue[T] {
	t.Helper()
	e := emulator.ForTest(t)
	url, _ := e.NewQueue(t, id)
	return &queue.Queue[T]{Client: sqs.NewFromConfig(e.Config(), options...), URL: url}
}

// A QueueOf is everything that the steps ask of a queue: each method of *queue.Queue
// is here.
type QueueOf[T any] interface {
	Send(ctx context.Context, v T, after time.Duration) error
	SendAll(ctx context.Context, vs []T) (refused []T, err error)
	Receive(ctx context.Context, limit int) ([]queue.Received[T], error)
	Delete(ctx context.Context, receipts ...string) error
	GiveBack(ctx context.Context, receipts ...string) error
}

// A Queue is one of nudges.
type Queue = QueueOf[desk.Nudge]

// Suite runs what every queue must do against queues that open returns, each of
// them empty.
func Suite(t *testing.T, open func(*testing.T) Queue) {
	tests := []struct {
		name string
		run  func(*testing.T, Queue)
	}{
		{"what is sent is received, by one at a time", sentIsReceived},
		{"what is deleted never comes again", deletedIsGone},
		{"what is given back comes again at once", givenBackComesAgain},
		{"a value with a delay is not there before its time", delayed},
		{"more than one call takes are all sent", manyAtOnce},
		{"what is larger than a message is refused, and only that", tooLarge},
		{"who asks for more than a call hands out gets what it hands out, and one at least", tenAtOnce},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.run(t, open(t))
		})
	}
}

func nudge(n int) desk.Nudge {
	return desk.Nudge{Ticket: desk.NewTicketID("thread", n+1), Version: int64(n)}
}

// patience outlasts what a lost answer hides: a call that is made again finds
// the values of the first one hidden until the queue's visibility timeout.
const patience = 2 * time.Minute

// receive takes from q until it has n different values. A standard queue may
// hand one out twice; the later receipt counts.
func receive(t *testing.T, q Queue, n int) []queue.Received[desk.Nudge] {
	t.Helper()
	at := map[desk.Nudge]int{}
	var all []queue.Received[desk.Nudge]
	for end := time.Now().Add(patience); len(all) < n && time.Now().Before(end); {
		got, err := q.Receive(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range got {
			if i, twice := at[r.Value]; twice {
				all[i] = r
				continue
			}
			at[r.Value] = len(all)
			all = append(all, r)
		}
	}
	if len(all) != n {
		t.Fatalf("received %d, want %d", len(all), n)
	}
	return all
}

func nothing(t *testing.T, q Queue) {
	t.Helper()
	if got, err := q.Receive(t.Context(), 10); err != nil || len(got) > 0 {
		t.Fatalf("received %+v, %v; want nothing", got, err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func sentIsReceived(t *testing.T, q Queue) {
	must(t, q.Send(t.Context(), nudge(1), 0))
	if got := receive(t, q, 1); got[0].Value != nudge(1) || got[0].Receipt == "" {
		t.Errorf("received %+v", got)
	}
	nothing(t, q)
}

func deletedIsGone(t *testing.T, q Queue) {
	must(t, q.Send(t.Context(), nudge(1), 0))
	r := receive(t, q, 1)[0].Receipt
	must(t, q.Delete(t.Context(), r))
	nothing(t, q)
	must(t, q.Delete(t.Context()))
}

func givenBackComesAgain(t *testing.T, q Queue) {
	for n := range 12 {
		must(t, q.Send(t.Context(), nudge(n), 0))
	}
	var receipts []string
	for _, r := range receive(t, q, 12) {
		receipts = append(receipts, r.Receipt)
	}
	nothing(t, q)
	must(t, q.GiveBack(t.Context(), receipts...))
	receive(t, q, 12)
}

func delayed(t *testing.T, q Queue) {
	before := time.Now()
	must(t, q.Send(t.Context(), nudge(1), 900*time.Millisecond)) // rounded up
	must(t, q.Send(t.Context(), nudge(2), -time.Hour))
	for end := before.Add(patience); ; {
		got, err := q.Receive(t.Context(), 10)
		must(t, err)
		for _, r := range got {
			if waited := time.Since(before); r.Value == nudge(1) {
				if waited < 900*time.Millisecond {
					t.Errorf("received after %v", waited)
				}
				return
			}
		}
		if time.Now().After(end) {
			t.Fatal("never received")
		}
	}
}

func manyAtOnce(t *testing.T, q Queue) {
	var all []desk.Nudge
	for n := range 23 {
		all = append(all, nudge(n))
	}
	if refused, err := q.SendAll(t.Context(), all); len(refused) > 0 || err != nil {
		t.Fatalf("%d refused, %v", len(refused), err)
	}
	var got []desk.Nudge
	for _, r := range receive(t, q, 23) {
		got = append(got, r.Value)
	}
	slices.SortFunc(got, func(a, b desk.Nudge) int { return int(a.Version - b.Version) })
	if !slices.Equal(got, all) {
		t.Errorf("received %v", got)
	}
}

func tooLarge(t *testing.T, q Queue) {
	large := desk.Nudge{Spill: strings.Repeat("x", 1<<20)}
	half := func(n int) desk.Nudge { return desk.Nudge{Spill: fmt.Sprint(n, strings.Repeat("x", 600<<10))} }
	refused, err := q.SendAll(t.Context(), []desk.Nudge{nudge(1), large, half(1), half(2), nudge(2)})
	if err == nil || len(refused) != 1 || refused[0] != large {
		t.Errorf("%d refused, %v", len(refused), err)
	}
	receive(t, q, 4)
	if err := q.Send(t.Context(), large, 0); err == nil {
		t.Error("a value that SQS can't take was sent")
	}
}

func tenAtOnce(t *testing.T, q Queue) {
	for n := range 12 {
		must(t, q.Send(t.Context(), nudge(n), 0))
	}
	for _, limit := range []int{0, 100} {
		got, err := q.Receive(t.Context(), limit)
		if err != nil || len(got) < 1 || len(got) > 10 || limit == 0 && len(got) != 1 {
			t.Errorf("asked for %d: %d, %v", limit, len(got), err)
		}
	}
}
