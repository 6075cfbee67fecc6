package console_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/post"
)

// queues are the tiers' queues and what else was told.
type queues struct {
	mu      sync.Mutex
	tiers   [desk.Tiers][]desk.ReceivedNudge
	told    []string
	broken  bool
	given   int
	inbound []desk.RawEvent
	dead    []desk.DeadLetter
}

// Test is what sends tests.
func (q *queues) Test(_ context.Context, to post.Address, by string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.broken {
		return fmt.Errorf("the queue is broken")
	}
	q.told = append(q.told, fmt.Sprintf("test of %s %s %s by %s", to.Owner, to.Kind, to.To, by))
	return nil
}

// SendAll is the inbound queue.
func (q *queues) SendAll(_ context.Context, events []desk.RawEvent) ([]desk.RawEvent, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.inbound = append(q.inbound, events...)
	return nil, nil
}

// arrived empties the inbound queue.
func (q *queues) arrived() []desk.RawEvent {
	q.mu.Lock()
	defer q.mu.Unlock()
	events := q.inbound
	q.inbound = nil
	return events
}

// Backlogs are those of two of the queues.
func (q *queues) Backlogs(context.Context) ([]desk.Backlog, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	all := []desk.Backlog{{Queue: "inbound"}, {Queue: "tier3"}}
	for i := range all {
		for _, l := range q.dead {
			if l.Queue == all[i].Queue {
				all[i].Waiting++
			}
		}
	}
	return all, nil
}

func (q *queues) List(_ context.Context, queue string, limit int) (letters []desk.DeadLetter, _ error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if queue != "" && queue != "inbound" && queue != "tier3" {
		return nil, fmt.Errorf("queue %q: %w", queue, desk.ErrInvalid)
	}
	for _, l := range q.dead {
		if (queue == "" || l.Queue == queue) && len(letters) < limit {
			letters = append(letters, l)
		}
	}
	return letters, nil
}

func (q *queues) Redrive(ctx context.Context, queue, id string) (desk.Redriven, error) {
	if _, err := q.List(ctx, queue, 1); err != nil {
		return desk.Redriven{}, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	out, before := desk.Redriven{Queue: queue}, len(q.dead)
	q.dead = slices.DeleteFunc(q.dead, func(l desk.DeadLetter) bool { return l.Queue == queue && (id == "" || l.ID == id) })
	if out.Redriven = before - len(q.dead); id != "" && out.Redriven == 0 {
		return out, desk.ErrNotFound
	}
	return out, nil
}

func (q *queues) Nudge(_ context.Context, tier desk.Tier, n desk.Nudge) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.broken {
		return fmt.Errorf("the queue is broken")
	}
	q.told = append(q.told, fmt.Sprintf("tier %d", tier))
	q.tiers[tier] = append(q.tiers[tier], desk.ReceivedNudge{Nudge: n, Receipt: fmt.Sprint(len(q.told))})
	return nil
}

func (q *queues) Receive(_ context.Context, tier desk.Tier, limit int) ([]desk.ReceivedNudge, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.broken {
		return nil, fmt.Errorf("the queue is broken")
	}
	n := min(limit, len(q.tiers[tier]))
	got := slices.Clone(q.tiers[tier][:n])
	q.tiers[tier] = q.tiers[tier][n:]
	return got, nil
}

func (q *queues) Delete(context.Context, desk.Tier, []desk.ReceivedNudge) error { return nil }

func (q *queues) GiveBack(_ context.Context, tier desk.Tier, back []desk.ReceivedNudge) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.given += len(back)
	q.tiers[tier] = append(q.tiers[tier], back...)
	return nil
}

func (q *queues) count(what string) (n int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, told := range q.told {
		if told == what {
			n++
		}
	}
	return n
}

// line is one queue with a delay.
type line struct {
	q    *queues
	name string
}

func (l *line) Send(context.Context, desk.Nudge, time.Duration) error {
	l.q.mu.Lock()
	defer l.q.mu.Unlock()
	if l.q.broken {
		return fmt.Errorf("the queue is broken")
	}
	l.q.told = append(l.q.told, l.name)
	return nil
}
