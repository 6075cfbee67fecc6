package story

import (
	"context"
	"slices"
	"sync"
	"time"

	"example.com/skala/shared/desk"
)

// A queue keeps nudges until their time.
type queue struct {
	mu    sync.Mutex
	now   func() time.Time
	kept  []desk.Nudge
	until []time.Time
}

// Send keeps n back, to the whole second as SQS does.
func (q *queue) Send(_ context.Context, n desk.Nudge, after time.Duration) error {
	at := q.now().Add((max(after, 0) + time.Second - 1) / time.Second * time.Second)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.kept, q.until = append(q.kept, n), append(q.until, at)
	return nil
}

func (q *queue) next() time.Time {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.until) == 0 {
		return time.Time{}
	}
	return slices.MinFunc(q.until, time.Time.Compare)
}

func (q *queue) take() (due []desk.Nudge) {
	now := q.now()
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := 0; i < len(q.kept); {
		if q.until[i].After(now) {
			i++
			continue
		}
		due = append(due, q.kept[i])
		q.kept, q.until = slices.Delete(q.kept, i, i+1), slices.Delete(q.until, i, i+1)
	}
	return due
}

func (q *queue) take0() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.kept, q.until = nil, nil
}

// thin are the events that triage has fetched.
type thin []desk.RawEvent

// SendAll takes all of them.
func (f *thin) SendAll(_ context.Context, events []desk.RawEvent) (refused []desk.RawEvent, err error) {
	*f = append(*f, events...)
	return nil, nil
}

// asked are the tickets whose authors the worker has asked for.
type asked []desk.Nudge

// Send takes one.
func (a *asked) Send(_ context.Context, n desk.Nudge, _ time.Duration) error {
	*a = append(*a, n)
	return nil
}
