package memory_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"example.com/skala/infra/simulator/memory"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/dynamo/dynamotest"
)

// A clock goes on when it is told to.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func (c *clock) after(d time.Duration) { c.at = c.at.Add(d) }

func newClock() *clock { return &clock{time.Date(2036, 11, 4, 12, 0, 0, 0, time.UTC)} }

// dies is a Between that fails at one of the places around a call's effect.
func dies(at string, whenDone bool) memory.Between {
	return func(call string, done bool) error {
		if call == at && done == whenDone {
			return &memory.Fault{Call: call, Kind: memory.Lost, Done: done}
		}
		return nil
	}
}

func TestACallDiesBeforeItsEffectOrAfterIt(t *testing.T) {
	t.Parallel()
	for _, done := range []bool{false, true} {
		s := &memory.Store{Now: newClock().now}
		c := dynamotest.FirstMessage(t, s)
		s.Between = dies("Commit", done)
		err := s.Commit(t.Context(), c)
		fault, ok := errors.AsType[*memory.Fault](err)
		if !ok || fault.Done != done {
			t.Errorf("done %t: %v", done, err)
		}
		for _, known := range []error{desk.ErrStale, desk.ErrDuplicate, desk.ErrNotFound, desk.ErrInvalid} {
			if errors.Is(err, known) {
				t.Errorf("a step takes %v for %v", err, known)
			}
		}
		s.Between = nil
		if _, err := s.Ticket(t.Context(), c.After.ID); (err == nil) != done {
			t.Errorf("done %t, and the ticket: %v", done, err)
		}
	}
	q := &memory.Queue[desk.Nudge]{Name: "due", Now: newClock().now}
	for n, done := range []bool{false, true} {
		q.Between = dies("due.SendAll", done)
		vs := make([]desk.Nudge, 12)
		if refused, err := q.SendAll(t.Context(), vs); len(refused) != 12 || err == nil {
			t.Errorf("done %t: %d refused, %v", done, len(refused), err)
		}
		if seen, _ := q.Depth(); seen != 12*n {
			t.Errorf("done %t, and %d are there", done, seen)
		}
	}
}

func TestAnotherGetsAheadBetweenACallAndItsEffect(t *testing.T) {
	t.Parallel()
	s := &memory.Store{Now: newClock().now}
	c := dynamotest.FirstMessage(t, s)
	var ahead error
	s.Between = func(call string, done bool) error {
		if call == "Commit" && !done {
			s.Between = nil
			ahead = s.Commit(t.Context(), c)
		}
		return nil
	}
	if err := s.Commit(t.Context(), c); !errors.Is(err, desk.ErrDuplicate) || ahead != nil {
		t.Errorf("%v, and the other's %v", err, ahead)
	}
}

func TestASeedRepeatsItsFaults(t *testing.T) {
	t.Parallel()
	run := func(seed uint64) (all []string) {
		s := &memory.Store{Now: newClock().now, Between: memory.Faults{Conflict: 0.1, Throttle: 0.1, Lost: 0.1}.Between(seed)}
		for n := range 200 {
			_, err := s.PutPolicy(t.Context(), fmt.Append(nil, n), time.Time{})
			all = append(all, fmt.Sprint(err))
		}
		return all
	}
	first := run(1)
	if !slices.Equal(first, run(1)) || slices.Equal(first, run(2)) {
		t.Error("not the same faults by the same seed, or the same by another")
	}
	counts := map[string]int{}
	for _, err := range first {
		counts[err]++
	}
	if len(counts) != 4 || counts["<nil>"] < 100 {
		t.Errorf("there were %v", counts)
	}
	if none := (memory.Faults{}).Between(1); none("Commit", false) != nil || none("Commit", true) != nil {
		t.Error("a fault where none was asked for")
	}
}

func TestAListIsAsOldAsTheIndexLags(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := &memory.Store{Now: clock.now, Lag: time.Second}
	c := dynamotest.FirstMessage(t, s)
	commit := func(c desk.Change) {
		t.Helper()
		if err := s.Commit(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	listed := func(want int) {
		t.Helper()
		cards, _, err := s.Worklist(t.Context(), desk.WorklistQuery{Brands: []string{"demo"}, States: []desk.State{desk.New, desk.Open}}, "", 10)
		due, err2 := s.Due(t.Context(), clock.at.AddDate(1, 0, 0), 10)
		all, _, err3 := s.All(t.Context(), "", 10)
		if err := errors.Join(err, err2, err3); err != nil || len(cards) != want {
			t.Errorf("%d on the worklist, %d due, %d in all, %v; want %d", len(cards), len(due), len(all), err, want)
		}
	}
	commit(c)
	if _, err := s.Ticket(t.Context(), c.After.ID); err != nil {
		t.Errorf("what is read by its key: %v", err)
	}
	listed(0)
	clock.after(999 * time.Millisecond)
	listed(0)
	clock.after(time.Millisecond)
	listed(1)
	solve, err := c.After.Solve("ann", "", c.Entry.At)
	if err != nil {
		t.Fatal(err)
	}
	commit(dynamotest.Change(c.After, solve))
	listed(1) // it is still shown where it was
	clock.after(time.Second)
	listed(0)
	s.Lag = 0
	commit(dynamotest.NextMessage(t, s, 2))
	listed(1)
}

func TestARowThatALaggingListStillShowsDecidesNothing(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := &memory.Store{Now: clock.now, Lag: time.Second}
	c := dynamotest.FirstMessage(t, s)
	if err := s.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{"ann", "bo"} {
		assign, err := c.After.Assign("nok", to, "", c.Entry.At)
		if err != nil {
			t.Fatal(err)
		}
		c = dynamotest.Change(c.After, assign)
		if err := s.Commit(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if to == "ann" {
			clock.after(time.Second)
		}
	}
	if cards, _, err := s.Assigned(t.Context(), "ann", "", 5); err != nil || len(cards) != 0 {
		t.Errorf("what is another's by now: %+v, %v", cards, err)
	}
}

func TestAValueIsSeenAfterWholeSecondsAndHiddenInAHand(t *testing.T) {
	t.Parallel()
	clock := newClock()
	q := &memory.Queue[desk.Nudge]{Name: "due", Now: clock.now, Hidden: 6 * time.Second, Most: 2}
	take := func(want int) []memory.Delivery[desk.Nudge] {
		t.Helper()
		got, err := q.Take(t.Context(), 10)
		if err != nil || len(got) != want {
			t.Fatalf("%d taken, %v; want %d", len(got), err, want)
		}
		return got
	}
	send := func(n int64, after time.Duration) {
		t.Helper()
		if err := q.Send(t.Context(), desk.Nudge{Version: n}, after); err != nil {
			t.Fatal(err)
		}
	}
	begin := clock.at
	send(1, 1100*time.Millisecond)
	send(2, time.Hour)
	if at, ok := q.Next(); !ok || !at.Equal(begin.Add(2*time.Second)) {
		t.Errorf("next at %v", at)
	}
	clock.after(1999 * time.Millisecond)
	take(0)
	clock.after(time.Millisecond)
	first := take(1)[0]
	if first.Value.Version != 1 || first.Attempt != 1 || !first.Sent.Equal(begin) {
		t.Errorf("got %+v", first)
	}
	if seen, later := q.Depth(); seen != 0 || later != 2 {
		t.Errorf("%d and %d", seen, later)
	}
	clock.after(6*time.Second - 1)
	take(0)
	clock.after(1)
	second := take(1)[0]
	if second.ID != first.ID || second.Receipt == first.Receipt || second.Attempt != 2 {
		t.Errorf("again %+v", second)
	}
	if err := q.Delete(t.Context(), first.Receipt, "nonsense"); err != nil { // it is another's by now
		t.Error(err)
	}
	clock.after(6 * time.Second)
	take(0) // it was handed out as often as may be
	if n, err := (&memory.DeadLetters[desk.Nudge]{Of: q}).Waiting(t.Context()); n != 1 || err != nil {
		t.Errorf("%d dead letters, %v", n, err)
	}
	clock.at = begin.Add(15*time.Minute - 1)
	take(0)
	clock.after(1)
	last := take(1)[0] // no queue holds a value back for longer
	if err := q.Delete(t.Context(), last.Receipt); err != nil || last.Value.Version != 2 {
		t.Errorf("%+v, %v", last, err)
	}
	clock.after(time.Hour)
	take(0)
	if _, ok := q.Next(); ok {
		t.Error("something is left")
	}
	for n := range int64(4) {
		send(n, 0)
	}
	if n := q.Drop(func(n desk.Nudge) bool { return n.Version%2 == 0 }); n != 2 {
		t.Errorf("%d dropped", n)
	}
	if got := take(2); got[0].Value.Version != 1 || got[1].Value.Version != 3 {
		t.Errorf("left are %+v", got)
	}
}

func TestADeadLetterGoesBackInItsGroupAndIsSeenAtOnce(t *testing.T) {
	t.Parallel()
	clock := newClock()
	q := &memory.Queue[string]{Name: "inbound", Now: clock.now, Hidden: time.Second, Most: 1, Group: func(v string) string { return "group of " + v }}
	if err := q.Send(t.Context(), "poison", 0); err != nil {
		t.Fatal(err)
	}
	take := func() (all []memory.Delivery[string]) {
		t.Helper()
		all, err := q.Take(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	first := take()
	clock.after(time.Second)
	if again := take(); len(first) != 1 || len(again) != 0 {
		t.Fatalf("taken %+v, and again %+v", first, again)
	}
	dead := &memory.DeadLetters[string]{Of: q}
	q.Between = dies("inbound.Delete", true) // its second call: it is in the queue, and its letter gone
	if out, err := dead.Redrive(t.Context(), ""); err == nil || out.Failed != 1 {
		t.Errorf("%+v, %v", out, err)
	}
	q.Between = nil
	got := take()
	if len(got) != 1 || got[0].Group != "group of poison" || got[0].Attempt != 1 || got[0].ID == first[0].ID {
		t.Errorf("taken %+v", got)
	}
}

func TestWhatHasNoTimeLeftIsNotDone(t *testing.T) {
	t.Parallel()
	s := &memory.Store{Now: newClock().now}
	c := dynamotest.FirstMessage(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Commit(ctx, c); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := s.Ticket(t.Context(), c.After.ID); !errors.Is(err, desk.ErrNotFound) {
		t.Error(err)
	}
}

func BenchmarkCommit(b *testing.B) {
	s := &memory.Store{Now: newClock().now, Pepper: []byte("a pepper")}
	var made []desk.Change
	for n := range 1000 {
		c := dynamotest.FirstMessage(b, s)
		c.After.ID = desk.NewTicketID(fmt.Sprintf("%s%d", "thread", n), 1)
		made = append(made, c)
	}
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		if n%1000 == 0 {
			s = &memory.Store{Now: newClock().now, Pepper: s.Pepper}
		}
		if err := s.Commit(b.Context(), made[n%1000]); err != nil {
			b.Fatal(err)
		}
	}
}
