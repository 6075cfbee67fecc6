package memory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/skala/shared/desk"
)

// redriveMost bounds how many dead letters one call deals with.
const redriveMost = 500

// DeadLetters do what *queue.DeadLetters do, over those of a queue.
type DeadLetters[T any] struct{ Of *Queue[T] }

// List returns up to limit dead letters. Each look at one counts.
func (d *DeadLetters[T]) List(ctx context.Context, limit int) (all []desk.DeadLetter, err error) {
	err = d.Of.effect(ctx, "List", func() error {
		for _, m := range d.Of.dead[:min(max(limit, 0), len(d.Of.dead))] {
			m.look(d.Of.Now())
			all = append(all, m.DeadLetter)
		}
		return nil
	})
	return all, err
}

func (m *message) look(now time.Time) {
	m.Receives++
	if m.First.IsZero() {
		m.First = now.UTC().Truncate(time.Millisecond)
	}
}

// Redrive gives the dead letter with the id back to its queue, or as many as one
// call deals with when id is empty: the same body, in the same group, seen at once.
// It is desk.ErrNotFound when no dead letter has that id. Dying between the two
// calls that one takes doubles it.
func (d *DeadLetters[T]) Redrive(ctx context.Context, id string) (desk.Redriven, error) {
	q, out := d.Of, desk.Redriven{Queue: d.Of.Name}
	var held []*message
	err := q.effect(ctx, "List", func() error {
		for _, m := range q.dead[:min(len(q.dead), redriveMost)] {
			m.look(q.Now())
			if id == "" || m.ID == id {
				held = append(held, m)
			}
		}
		return nil
	})
	if err == nil && id != "" && len(held) == 0 {
		return out, fmt.Errorf("memory: dead letter %s of %s: %w", id, q.Name, desk.ErrNotFound)
	}
	errs := []error{err}
	for _, m := range held {
		err := q.effect(ctx, "Redrive", func() error {
			q.add(m.Body, m.Group, 0)
			return nil
		})
		if err == nil {
			err = q.effect(ctx, "Delete", func() error {
				q.dead = slices.DeleteFunc(q.dead, func(x *message) bool { return x == m })
				delete(q.by, m.ID)
				return nil
			})
		}
		if err != nil {
			out.Failed++
			errs = append(errs, err)
			continue
		}
		out.Redriven++
	}
	if why := errors.Join(errs...); out.Redriven == 0 && why != nil {
		return out, why
	}
	out.Remaining, err = d.Waiting(ctx)
	return out, err
}

// Waiting is how many dead letters there are.
func (d *DeadLetters[T]) Waiting(ctx context.Context) (n int, err error) {
	err = d.Of.effect(ctx, "Waiting", func() error {
		n = len(d.Of.dead)
		return nil
	})
	return n, err
}

// Name is that of the queue they came from.
func (d *DeadLetters[T]) Name() string { return d.Of.Name }

// DeadLetterQueues are those of a desk, in the order in which people see them.
type DeadLetterQueues []interface {
	Name() string
	List(ctx context.Context, limit int) ([]desk.DeadLetter, error)
	Redrive(ctx context.Context, id string) (desk.Redriven, error)
	Waiting(ctx context.Context) (int, error)
}

// Backlogs says how many dead letters each queue has.
func (q DeadLetterQueues) Backlogs(ctx context.Context) ([]desk.Backlog, error) {
	all := make([]desk.Backlog, len(q))
	for i, d := range q {
		n, err := d.Waiting(ctx)
		if err != nil {
			return nil, err
		}
		all[i] = desk.Backlog{Queue: d.Name(), Waiting: n}
	}
	return all, nil
}

// List returns up to limit dead letters of each queue, or of the named one alone. It
// is desk.ErrInvalid when there is none of that name.
func (q DeadLetterQueues) List(ctx context.Context, name string, limit int) (all []desk.DeadLetter, err error) {
	if name != "" {
		if q, err = q.named(name); err != nil {
			return nil, err
		}
	}
	for _, d := range q {
		some, err := d.List(ctx, limit)
		if err != nil {
			return all, err
		}
		all = append(all, some...)
	}
	return all, nil
}

// Redrive is that of the named queue.
func (q DeadLetterQueues) Redrive(ctx context.Context, name, id string) (desk.Redriven, error) {
	one, err := q.named(name)
	if err != nil {
		return desk.Redriven{}, err
	}
	return one[0].Redrive(ctx, id)
}

func (q DeadLetterQueues) named(name string) (DeadLetterQueues, error) {
	var names []string
	for i, d := range q {
		if d.Name() == name {
			return q[i : i+1], nil
		}
		names = append(names, d.Name())
	}
	return nil, fmt.Errorf("memory: queue %q is none of %s: %w", name, strings.Join(names, ", "), desk.ErrInvalid)
}
