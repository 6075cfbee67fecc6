package memory

import (
	"container/heap"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/queue"
)

// What a queue takes, and how long it holds a value back at most.
const (
	maxEntries = 10
	maxBytes   = 1 << 20
	maxDelay   = 15 * time.Minute
)

// A Queue does what a *queue.Queue does, in the order of time: of what can be seen,
// what could be seen first comes first. Its methods may be called concurrently.
type Queue[T any] struct {
	Name    string // for people, and for Between
	Now     func() time.Time
	Hidden  time.Duration  // how long who receives a value has it alone; zero for 30 s
	Most    int            // how often a value is handed out before it is a dead letter; zero for ever
	Group   func(T) string // whose turn a value takes; nil for no groups
	Between Between        // nil for no faults

	mu      sync.Mutex
	waiting messages
	by      map[string]*message // by id, dead letters too
	dead    []*message
	sent    int
}

// A message is a value as the queue has it.
type message struct {
	desk.DeadLetter
	receipt string    // of whoever had it last
	seen    time.Time // when it can be seen (again)
	place   int       // in the heap
	order   int
}

type messages []*message

func (m messages) Len() int { return len(m) }
func (m messages) Less(i, j int) bool {
	if !m[i].seen.Equal(m[j].seen) {
		return m[i].seen.Before(m[j].seen)
	}
	return m[i].order < m[j].order
}

func (m messages) Swap(i, j int) {
	m[i], m[j] = m[j], m[i]
	m[i].place, m[j].place = i, j
}

func (m *messages) Push(x any) {
	one := x.(*message)
	one.place = len(*m)
	*m = append(*m, one)
}

func (m *messages) Pop() any {
	last := len(*m) - 1
	x := (*m)[last]
	(*m)[last] = nil
	*m = (*m)[:last]
	return x
}

func (q *Queue[T]) effect(ctx context.Context, call string, do func() error) error {
	return q.Between.around(ctx, q.Name+"."+call, func() error {
		q.mu.Lock()
		defer q.mu.Unlock()
		if q.by == nil {
			q.by = map[string]*message{}
		}
		return do()
	})
}

func encode[T any](v T) (string, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("memory: encoding %T: %w", v, err)
	}
	if len(body) > maxBytes {
		return "", fmt.Errorf("memory: %d bytes are more than a message holds: %w", len(body), desk.ErrInvalid)
	}
	return string(body), nil
}

// add puts a body on the queue, to be seen after whole seconds, rounded up.
func (q *Queue[T]) add(body, group string, after time.Duration) {
	q.sent++
	now := q.Now()
	delay := (min(max(after, 0), maxDelay) + time.Second - 1).Truncate(time.Second)
	m := &message{seen: now.Add(delay), order: q.sent,
		DeadLetter: desk.DeadLetter{Queue: q.Name, ID: q.Name + "-" + strconv.Itoa(q.sent), Body: body, Group: group, Sent: now.UTC().Truncate(time.Millisecond)}}
	q.by[m.ID] = m
	heap.Push(&q.waiting, m)
}

func (q *Queue[T]) group(v T) string {
	if q.Group == nil {
		return ""
	}
	return q.Group(v)
}

// Send puts v on the queue, to be seen after a delay: whole seconds, rounded up, 15
// minutes at most.
func (q *Queue[T]) Send(ctx context.Context, v T, after time.Duration) error {
	body, err := encode(v)
	if err != nil {
		return err
	}
	return q.effect(ctx, "Send", func() error {
		q.add(body, q.group(v), after)
		return nil
	})
}

// SendAll puts vs on the queue, ten to a call. It returns those that the queue did
// not take, and why; all others are safe. One of a call that failed may be safe
// nevertheless.
func (q *Queue[T]) SendAll(ctx context.Context, vs []T) (refused []T, err error) {
	var errs []error
	for some := range slices.Chunk(vs, maxEntries) {
		var bodies, groups []string
		var taken []T
		for _, v := range some {
			body, err := encode(v)
			if err != nil {
				refused, errs = append(refused, v), append(errs, err)
				continue
			}
			taken, bodies, groups = append(taken, v), append(bodies, body), append(groups, q.group(v))
		}
		err := q.effect(ctx, "SendAll", func() error {
			for n, body := range bodies {
				q.add(body, groups[n], 0)
			}
			return nil
		})
		if err != nil {
			refused, errs = append(refused, taken...), append(errs, err)
		}
	}
	return refused, errors.Join(errs...)
}

// A Delivery is a value as a function gets it.
type Delivery[T any] struct {
	Value   T
	ID      string // of the message, however often it comes
	Receipt string
	Attempt int // the how-manieth time it is handed out
	Group   string
	Sent    time.Time
}

// Take takes up to limit values, 10 at most, hidden from others for a while. What
// was handed out too often goes to the dead letters in its place.
func (q *Queue[T]) Take(ctx context.Context, limit int) (all []Delivery[T], err error) {
	err = q.effect(ctx, "Receive", func() error {
		now := q.Now()
		for len(all) < min(max(limit, 1), maxEntries) && len(q.waiting) > 0 && !q.waiting[0].seen.After(now) {
			m := q.waiting[0]
			if q.Most > 0 && m.Receives >= q.Most {
				heap.Pop(&q.waiting)
				m.receipt, m.place = "", -1
				q.dead = append(q.dead, m)
				continue
			}
			m.Receives++
			if m.First.IsZero() {
				m.First = now.UTC().Truncate(time.Millisecond)
			}
			m.receipt, m.seen = m.ID+"-"+strconv.Itoa(m.Receives), now.Add(q.hidden())
			heap.Fix(&q.waiting, m.place)
			d := Delivery[T]{ID: m.ID, Receipt: m.receipt, Attempt: m.Receives, Group: m.Group, Sent: m.Sent}
			if json.Unmarshal([]byte(m.Body), &d.Value) == nil { // what is no T stays, on its way to the dead letters
				all = append(all, d)
			}
		}
		return nil
	})
	return all, err
}

func (q *Queue[T]) hidden() time.Duration {
	if q.Hidden > 0 {
		return q.Hidden
	}
	return 30 * time.Second
}

// Receive is Take for whoever wants the values alone.
func (q *Queue[T]) Receive(ctx context.Context, limit int) ([]queue.Received[T], error) {
	got, err := q.Take(ctx, limit)
	values := make([]queue.Received[T], len(got))
	for i, d := range got {
		values[i] = queue.Received[T]{Value: d.Value, Receipt: d.Receipt}
	}
	return values, err
}

// held returns the message of a receipt that is its last; nil for none.
func (q *Queue[T]) held(receipt string) *message {
	m := q.by[receipt[:max(0, strings.LastIndexByte(receipt, '-'))]]
	if m == nil || m.receipt != receipt {
		return nil
	}
	return m
}

// Delete takes values off the queue for good. A receipt that is not a value's last
// does nothing.
func (q *Queue[T]) Delete(ctx context.Context, receipts ...string) error {
	for some := range slices.Chunk(receipts, maxEntries) {
		err := q.effect(ctx, "Delete", func() error {
			for _, r := range some {
				if m := q.held(r); m != nil {
					heap.Remove(&q.waiting, m.place)
					delete(q.by, m.ID)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// GiveBack lets others have values at once.
func (q *Queue[T]) GiveBack(ctx context.Context, receipts ...string) error {
	for some := range slices.Chunk(receipts, maxEntries) {
		err := q.effect(ctx, "GiveBack", func() error {
			for _, r := range some {
				if m := q.held(r); m != nil {
					m.seen = q.Now()
					heap.Fix(&q.waiting, m.place)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Depth is how many values are on the queue: those that can be seen now, and those
// that are delayed or in somebody's hand.
func (q *Queue[T]) Depth() (seen, later int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.Now()
	for _, m := range q.waiting {
		if m.seen.After(now) {
			later++
		} else {
			seen++
		}
	}
	return seen, later
}

// Next is when a value can next be seen; false when the queue is empty.
func (q *Queue[T]) Next() (time.Time, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		return time.Time{}, false
	}
	return q.waiting[0].seen, true
}

// Drop loses the values that lose says, which a real queue never does: for seeing
// that the desk finds what is missing. It returns how many.
func (q *Queue[T]) Drop(lose func(T) bool) (n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, m := range slices.Clone(q.waiting) {
		var v T
		if json.Unmarshal([]byte(m.Body), &v) == nil && lose(v) {
			heap.Remove(&q.waiting, m.place)
			delete(q.by, m.ID)
			n++
		}
	}
	return n
}
