package queuetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"example.com/skala/shared/desk"
)

// DeadLetters are what became of a queue's values that nobody could take.
type DeadLetters interface {
	List(ctx context.Context, limit int) ([]desk.DeadLetter, error)
	Redrive(ctx context.Context, id string) (desk.Redriven, error)
	Waiting(ctx context.Context) (int, error)
}

// DeadLetterQueues are those of a desk.
type DeadLetterQueues interface {
	Backlogs(ctx context.Context) ([]desk.Backlog, error)
	List(ctx context.Context, name string, limit int) ([]desk.DeadLetter, error)
	Redrive(ctx context.Context, name, id string) (desk.Redriven, error)
}

// DeadLetterSuite runs what dead letters must do against those of queues that open
// returns, by name and with bodies that were buried before, in groups of "group-of-"
// and the body; together those of several as a desk has them. A queue gives a value up
// that was handed out 20 times, as template.yaml has it.
func DeadLetterSuite(t *testing.T, open func(t *testing.T, name string, bodies []string) (DeadLetters, QueueOf[string]), together func(...DeadLetters) DeadLetterQueues) {
	tests := []struct {
		name string
		run  func(*testing.T, graveyard)
	}{
		{"looking at dead letters leaves them where they are", looking},
		{"a value that nobody could take is listed with how often it was tried", givenUp},
		{"dead letters go back to their queue whole", redriven},
		{"one dead letter goes back alone", redrivenAlone},
		{"dead letters are asked for by the name of their queue", byName},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.run(t, graveyard{open, together})
		})
	}
}

type graveyard struct {
	open     func(t *testing.T, name string, bodies []string) (DeadLetters, QueueOf[string])
	together func(...DeadLetters) DeadLetterQueues
}

func numbers(n int) (bodies []string) {
	for i := range n {
		bodies = append(bodies, fmt.Sprintf("%02d", i))
	}
	return bodies
}

// buried are the bodies of all dead letters, sorted.
func buried(t *testing.T, d DeadLetters) (bodies []string) {
	t.Helper()
	letters, err := d.List(t.Context(), 100)
	must(t, err)
	for _, l := range letters {
		bodies = append(bodies, l.Body[1:len(l.Body)-1])
	}
	slices.Sort(bodies)
	return bodies
}

// arrived takes everything off a queue, sorted.
func arrived(t *testing.T, q QueueOf[string]) (bodies []string) {
	t.Helper()
	for {
		got, err := q.Receive(t.Context(), 10)
		must(t, err)
		if len(got) == 0 {
			slices.Sort(bodies)
			return bodies
		}
		for _, r := range got {
			bodies = append(bodies, r.Value)
		}
	}
}

func looking(t *testing.T, g graveyard) {
	d, _ := g.open(t, "inbound", numbers(23))
	letters, err := d.List(t.Context(), 100)
	if err != nil || len(letters) != 23 {
		t.Fatalf("%d listed, %v", len(letters), err)
	}
	for _, l := range letters {
		if l.Queue != "inbound" || l.ID == "" || l.Group != "group-of-"+l.Body[1:3] || l.Receives < 1 || l.Sent.IsZero() || l.First.IsZero() {
			t.Errorf("%+v", l)
		}
	}
	if again := buried(t, d); len(again) != 23 { // at once, though it was just looked at
		t.Errorf("looked again: %d", len(again))
	}
	if few, err := d.List(t.Context(), 5); err != nil || len(few) != 5 || few[0].Receives != letters[0].Receives+2 {
		t.Errorf("asked for five: %d, received %d times, %v", len(few), few[0].Receives, err)
	}
	if n, err := d.Waiting(t.Context()); n != 23 || err != nil {
		t.Errorf("%d wait, %v", n, err)
	}
}

func givenUp(t *testing.T, g graveyard) {
	d, main := g.open(t, "inbound", nil)
	must(t, main.Send(t.Context(), "poison", 0))
	for range 20 {
		got, err := main.Receive(t.Context(), 1)
		if err != nil || len(got) != 1 {
			t.Fatalf("received %d, %v", len(got), err)
		}
		must(t, main.GiveBack(t.Context(), got[0].Receipt))
	}
	if n, err := d.Waiting(t.Context()); n != 0 || err != nil {
		t.Errorf("given up too early: %d, %v", n, err)
	}
	if got, err := main.Receive(t.Context(), 1); err != nil || len(got) != 0 {
		t.Fatalf("received once more: %d, %v", len(got), err)
	}
	letters, err := d.List(t.Context(), 10)
	if err != nil || len(letters) != 1 || letters[0].Body != `"poison"` || letters[0].Group != "group-of-poison" || letters[0].Receives < 20 {
		t.Errorf("%+v, %v", letters, err)
	}
}

func redriven(t *testing.T, g graveyard) {
	d, main := g.open(t, "inbound", numbers(23))
	out, err := d.Redrive(t.Context(), "")
	if err != nil || out != (desk.Redriven{Queue: "inbound", Redriven: 23}) {
		t.Errorf("%+v, %v", out, err)
	}
	if got := arrived(t, main); !slices.Equal(got, numbers(23)) {
		t.Errorf("arrived %v", got)
	}
	if left := buried(t, d); len(left) != 0 {
		t.Errorf("still there: %v", left)
	}
}

func redrivenAlone(t *testing.T, g graveyard) {
	d, main := g.open(t, "inbound", numbers(13))
	letters, err := d.List(t.Context(), 100)
	if err != nil || len(letters) != 13 {
		t.Fatalf("%d listed, %v", len(letters), err)
	}
	one := letters[11]
	out, err := d.Redrive(t.Context(), one.ID)
	if err != nil || out != (desk.Redriven{Queue: "inbound", Redriven: 1, Remaining: 12}) {
		t.Errorf("%+v, %v", out, err)
	}
	if got := arrived(t, main); !slices.Equal(got, []string{one.Body[1:3]}) {
		t.Errorf("arrived %v, want %s", got, one.Body)
	}
	if left := buried(t, d); len(left) != 12 || slices.Contains(left, one.Body[1:3]) {
		t.Errorf("still there: %v", left)
	}
	if _, err := d.Redrive(t.Context(), one.ID); !errors.Is(err, desk.ErrNotFound) {
		t.Errorf("once more: %v", err)
	}
}

func byName(t *testing.T, g graveyard) {
	inbound, _ := g.open(t, "inbound", numbers(2))
	due, main := g.open(t, "due", numbers(1))
	all := g.together(inbound, due)
	backlogs, err := all.Backlogs(t.Context())
	if want := []desk.Backlog{{Queue: "inbound", Waiting: 2}, {Queue: "due", Waiting: 1}}; !slices.Equal(backlogs, want) || err != nil {
		t.Errorf("%+v, %v", backlogs, err)
	}
	for name, want := range map[string]int{"": 3, "inbound": 2, "due": 1} {
		if got, err := all.List(t.Context(), name, 10); err != nil || len(got) != want {
			t.Errorf("%q: %d, %v", name, len(got), err)
		}
	}
	if out, err := all.Redrive(t.Context(), "due", ""); err != nil || out.Redriven != 1 || len(arrived(t, main)) != 1 {
		t.Errorf("%+v, %v", out, err)
	}
	if _, err := all.List(t.Context(), "tier9", 10); !errors.Is(err, desk.ErrInvalid) {
		t.Errorf("of no queue: %v", err)
	}
	if _, err := all.Redrive(t.Context(), "", ""); !errors.Is(err, desk.ErrInvalid) {
		t.Errorf("of all at once: %v", err)
	}
}
