package nudge_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/nudge"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// week is a plan of which only the end of a solved ticket matters here.
type week struct{ desk.Clockwork }

func (week) ReopenWithin() time.Duration { return 7 * 24 * time.Hour }
func (week) Renudge() time.Duration      { return time.Minute }

// told records what the queues are told.
type told struct {
	all    []string
	broken string // the queue that fails
}

func (s *told) tell(queue string, n desk.Nudge, after time.Duration) error {
	if queue == s.broken {
		return errors.New("broken")
	}
	line := fmt.Sprintf("%s: %s at %d", queue, n.Ticket, n.Version)
	if after != 0 {
		line += fmt.Sprintf(" after %v", after)
	}
	s.all = append(s.all, line)
	return nil
}

func (s *told) Nudge(_ context.Context, tier desk.Tier, n desk.Nudge) error {
	return s.tell(fmt.Sprintf("tier %d", tier), n, 0)
}

type queue struct {
	*told
	name string
}

func (q queue) Send(_ context.Context, n desk.Nudge, after time.Duration) error {
	return q.tell(q.name, n, max(after, 0))
}

func (s *told) nudger() *nudge.Nudger {
	return &nudge.Nudger{Tiers: s, Outbound: queue{s, "outbound"}, Due: queue{s, "due"}}
}

// fresh is a ticket of tier 2 that nobody has, whose first clock warns after the
// delay given.
func fresh(warns time.Duration) desk.Ticket {
	return desk.Ticket{
		ID: "thread.1", Version: 1, State: desk.New, Disposition: desk.NeedsAnswer, Tier: desk.Individual, Severity: desk.Normal, Entered: noon, Updated: noon,
		Clocks: []desk.Clock{{Metric: desk.Acknowledge, Cycle: 1, State: desk.Running, WarnAt: noon.Add(warns), StepAt: noon.Add(2 * warns), Deadline: noon.Add(2 * warns)}},
	}
}

func TestAfterTellsTheQueuesWhatAChangeAsksFor(t *testing.T) {
	t.Parallel()
	const far, near = time.Hour, 90 * time.Second
	change := func(t desk.Ticket, how func(*desk.Ticket)) desk.Ticket {
		t.Version++
		t.Clocks, t.Outbox = slices.Clone(t.Clocks), slices.Clone(t.Outbox)
		how(&t)
		return t
	}
	claimed := change(fresh(far), func(t *desk.Ticket) { t.State, t.Assignee = desk.Open, "ann" })
	replied := change(claimed, func(t *desk.Ticket) { t.Outbox = []string{"r1"} })
	for _, tt := range []struct {
		name          string
		before, after desk.Ticket
		want          []string
	}{
		{"a new ticket", desk.Ticket{}, fresh(far), []string{"tier 2: thread.1 at 1"}},
		{"a new ticket whose clock is short", desk.Ticket{}, fresh(near), []string{"tier 2: thread.1 at 1", "due: thread.1 at 1 after 1m30s"}},
		{"a ticket that needs no answer", desk.Ticket{}, desk.Ticket{ID: "thread.1", Version: 1, State: desk.New, Disposition: desk.NeedsNone}, nil},
		{"another message", fresh(near), change(fresh(near), func(t *desk.Ticket) { t.Messages++ }), nil},
		{"a graver message", fresh(far), change(fresh(far), func(t *desk.Ticket) { t.Severity = desk.High }), []string{"tier 2: thread.1 at 2"}},
		{"a step up", fresh(far), change(fresh(far), func(t *desk.Ticket) { t.Tier = desk.Senior }), []string{"tier 3: thread.1 at 2"}},
		{"a graver message on what somebody has", claimed, change(claimed, func(t *desk.Ticket) { t.Severity = desk.Critical }), nil},
		{"a claim", fresh(far), claimed, nil},
		{"a claim whose lease ends soon", fresh(far), change(fresh(far), func(t *desk.Ticket) {
			t.State, t.Assignee, t.Lease = desk.Open, "ann", desk.Lease{Agent: "ann", Token: "t", Until: noon.Add(time.Minute)}
		}), []string{"due: thread.1 at 2 after 1m0s"}},
		{"a release", claimed, change(claimed, func(t *desk.Ticket) { t.State, t.Assignee = desk.New, "" }), []string{"tier 2: thread.1 at 3"}},
		{"a reply", claimed, replied, []string{"outbound: thread.1 at 3"}},
		{"a reply behind another", replied, change(replied, func(t *desk.Ticket) { t.Outbox = []string{"r1", "r2"} }), []string{"outbound: thread.1 at 4"}},
		{"a reply that has to wait", replied, change(replied, func(t *desk.Ticket) { t.OutboxAt = noon.Add(time.Minute) }), []string{"outbound: thread.1 at 4 after 1m0s"}},
		{"a reply that is put off by less than its courier had it for", change(replied, func(t *desk.Ticket) { t.OutboxAt = noon.Add(time.Minute) }),
			change(replied, func(t *desk.Ticket) { t.OutboxAt = noon.Add(time.Second) }), []string{"outbound: thread.1 at 4 after 1s"}},
		{"a reply that went out", replied, change(replied, func(t *desk.Ticket) { t.Outbox, t.State = nil, desk.Waiting }), nil},
		{"the first of two replies that went out", change(replied, func(t *desk.Ticket) { t.Outbox = []string{"r1", "r2"} }), replied, nil},
		{"a reply that failed for a ticket that nobody has", change(replied, func(t *desk.Ticket) { t.State, t.Assignee = desk.Waiting, "" }),
			change(replied, func(t *desk.Ticket) { t.State, t.Assignee, t.Outbox = desk.New, "", nil }), []string{"tier 2: thread.1 at 4"}},
		{"the next ticket of a thread", fresh(near), change(fresh(near), func(t *desk.Ticket) { t.ID = "thread.2" }),
			[]string{"tier 2: thread.2 at 2", "due: thread.2 at 2 after 1m30s"}},
		{"a deadline that came nearer", fresh(far), change(fresh(far), func(t *desk.Ticket) { t.Clocks[0].WarnAt = noon.Add(near) }), []string{"due: thread.1 at 2 after 1m30s"}},
		{"a deadline that is past", fresh(far), change(fresh(far), func(t *desk.Ticket) { t.Clocks[0].WarnAt = noon.Add(-near) }), []string{"due: thread.1 at 2"}},
		{"a ticket solved for a week", fresh(near), change(fresh(near), func(t *desk.Ticket) { t.State, t.Clocks = desk.Solved, nil }), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got told
			if err := got.nudger().After(t.Context(), tt.before, tt.after, week{}, noon); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.all); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAQueueThatFailsKeepsNoOtherFromBeingTold(t *testing.T) {
	t.Parallel()
	ticket := fresh(time.Minute)
	ticket.Outbox = []string{"r1"}
	all := []string{"tier 2: thread.1 at 1", "outbound: thread.1 at 1", "due: thread.1 at 1 after 1m0s"}
	for n, broken := range []string{"tier 2", "outbound", "due"} {
		got := told{broken: broken}
		if err := got.nudger().Again(t.Context(), ticket, week{}, noon); err == nil {
			t.Errorf("%s failed, and nobody said so", broken)
		}
		if diff := cmp.Diff(slices.Delete(slices.Clone(all), n, n+1), got.all); diff != "" {
			t.Errorf("%s failed:\n%s", broken, diff)
		}
	}
}

func TestWhatTheSweepFindsInTimeIsNotArmed(t *testing.T) {
	t.Parallel()
	for wait, want := range map[time.Duration]int{nudge.Ahead: 1, nudge.Ahead + time.Nanosecond: 0, -time.Hour: 1} {
		var got told
		if err := got.nudger().Arm(t.Context(), desk.Nudge{Ticket: "thread.1"}, noon.Add(wait), noon); err != nil || len(got.all) != want {
			t.Errorf("due after %v: %q, %v", wait, got.all, err)
		}
	}
}

func TestARepetitionArmsOnlyWhatTheNextSweepWouldBeTooLateFor(t *testing.T) {
	t.Parallel()
	for wait, want := range map[time.Duration]int{100 * time.Second: 2, 135 * time.Second: 1} {
		var got told
		if err := got.nudger().Again(t.Context(), fresh(wait), week{}, noon); err != nil || len(got.all) != want {
			t.Errorf("due after %v: %q, %v", wait, got.all, err)
		}
		var first told
		if err := first.nudger().After(t.Context(), desk.Ticket{}, fresh(wait), week{}, noon); err != nil || len(first.all) != 2 {
			t.Errorf("due after %v, the first time: %q, %v", wait, first.all, err)
		}
	}
}
