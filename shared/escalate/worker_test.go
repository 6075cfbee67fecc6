package escalate_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/infra/policy"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/escalate"
	"example.com/skala/shared/nudge"
	"example.com/skala/shared/people"
	rules "example.com/skala/shared/policy"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// world is the table and the queues around the worker. It notes who is asked for
// what.
type world struct {
	ticket desk.Ticket
	policy *rules.Policy
	broken string // what fails
	moves  int    // how often the ticket changes before a commit
	large  bool   // the inbound queue takes no event
	did    []string
	people people.Directory
	last   desk.Entry // written
}

var errBroken = errors.New("broken")

func (w *world) do(what string) error {
	w.did = append(w.did, what)
	if what == w.broken {
		return errBroken
	}
	return nil
}

func (w *world) Ticket(context.Context, desk.TicketID) (desk.Ticket, error) {
	return w.ticket, w.do("read")
}

func (w *world) Commit(_ context.Context, c desk.Change) error {
	if err := w.do("commit"); err != nil {
		return err
	}
	if w.moves--; w.moves >= 0 {
		w.ticket.Version++
		return fmt.Errorf("moved: %w", desk.ErrStale)
	}
	w.ticket, w.last = c.After, c.Entry
	return nil
}

func (w *world) Asked(context.Context, desk.Ticket, time.Time) error { return w.do("stamp") }

func (w *world) Forget(context.Context, desk.Ticket, time.Time) (time.Time, error) {
	return time.Time{}, w.do("forget")
}

func (w *world) Forgot(context.Context, desk.Ticket, time.Time, time.Time) error {
	return w.do("stamp")
}

func (w *world) Nudged(_ context.Context, _ desk.Ticket, now, _ time.Time) error {
	w.ticket.Nudged = now
	return w.do("note")
}

func (w *world) Spilled(context.Context, string) (desk.RawEvent, error) {
	return desk.RawEvent{Body: []byte("event")}, w.do("read")
}

func (w *world) Unspill(context.Context, string) error { return w.do("unspill") }

func (w *world) Quarantine(context.Context, desk.RawEvent, string) error { return w.do("quarantine") }

func (w *world) SendAll(_ context.Context, events []desk.RawEvent) ([]desk.RawEvent, error) {
	if err := w.do("send"); err != nil {
		return events, err
	}
	if w.large {
		return events, desk.ErrInvalid
	}
	return nil, nil
}

func (w *world) Version(_ context.Context, hash string) (*rules.Policy, error) {
	if hash != "" && hash != w.policy.Hash {
		return nil, fmt.Errorf("policy %q: %w", hash, desk.ErrNotFound)
	}
	return w.policy, nil
}

func (w *world) Directory(context.Context) (people.Directory, error) { return w.people, w.do("people") }

func (w *world) Nudge(context.Context, desk.Tier, desk.Nudge) error { return w.do("tier") }

func (w *world) Send(context.Context, desk.Nudge, time.Duration) error { return w.do("due") }

// works gives the worker a nudge at noon.
func (w *world) works(t *testing.T, n desk.Nudge) error {
	t.Helper()
	if w.policy == nil {
		w.policy = load(t, string(policy.Default))
	}
	worker := &escalate.Worker{
		Tickets: w, Spills: w, Inbound: w, Policies: w, People: w, Profiles: w, Nudger: &nudge.Nudger{Tiers: w, Outbound: w, Due: w}, Now: func() time.Time { return noon }, Log: slog.New(slog.DiscardHandler),
	}
	return worker.Due(t.Context(), n)
}

func load(t *testing.T, document string) *rules.Policy {
	t.Helper()
	p, err := rules.Load([]byte(document), "a policy")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// chained is the default policy with a chain before its own, for acknowledgement.
func chained(t *testing.T, steps string) *rules.Policy {
	t.Helper()
	return load(t, strings.Replace(string(policy.Default), "\nchains:\n", "\nchains:\n  - {name: ours, when: {metrics: [acknowledge]}, steps: ["+steps+"]}\n", 1))
}

// missed is a ticket that nobody took, whose first clock runs out at noon.
func missed() desk.Ticket {
	return desk.Ticket{ID: "thread.1", Version: 1, State: desk.New, Disposition: desk.NeedsAnswer, Tier: desk.General, Entered: noon, Updated: noon.Add(-time.Hour),
		Clocks: []desk.Clock{{Metric: desk.Acknowledge, Cycle: 1, State: desk.Running, Target: time.Hour, Deadline: noon, StepAt: noon}}}
}

// forgotten is one whose tier was told an hour ago, and that has no clock.
func forgotten() desk.Ticket {
	return desk.Ticket{ID: "thread.1", Version: 1, State: desk.New, Disposition: desk.NeedsAnswer, Tier: desk.General, Entered: noon.Add(-time.Hour), Updated: noon.Add(-time.Hour)}
}

// running is one with a clock that runs out some time after noon.
func running(after time.Duration) desk.Ticket {
	t := forgotten()
	t.Clocks = []desk.Clock{{Metric: desk.Acknowledge, Cycle: 1, State: desk.Running, Target: 2 * time.Hour, Deadline: noon.Add(after), StepAt: noon.Add(after)}}
	return t
}

// nameless is one of an author whose name can be asked for, and else all is well.
func nameless() desk.Ticket {
	return desk.Ticket{ID: "thread.1", Version: 1, State: desk.Waiting, Disposition: desk.NeedsAnswer, Entered: noon, Updated: noon, Profile: desk.ProfileWanted}
}

// outlived is one with something to forget by noon.
func outlived() desk.Ticket {
	return desk.Ticket{ID: "thread.1", Version: 1, State: desk.Waiting, Disposition: desk.NeedsAnswer, Entered: noon, Updated: noon, Forget: noon}
}

func TestWhatIsDueIsDoneInAnOrderThatLosesNothing(t *testing.T) {
	t.Parallel()
	ticket, spill := desk.Nudge{Ticket: "thread.1"}, desk.Nudge{Spill: "s"}
	tests := []struct {
		name  string
		world world
		nudge desk.Nudge
		want  []string
		fails bool
	}{
		{"a step up", world{ticket: missed()}, ticket, []string{"read", "commit", "tier"}, false},
		{"one on a ticket that changes meanwhile", world{ticket: missed(), moves: 1}, ticket, []string{"read", "commit", "read", "commit", "tier"}, false},
		{"one that the table does not take", world{ticket: missed(), broken: "commit"}, ticket, []string{"read", "commit"}, true},
		{"one of which the tier is not told", world{ticket: missed(), broken: "tier"}, ticket, []string{"read", "commit", "tier"}, true},
		{"a nudge that was lost", world{ticket: forgotten()}, ticket, []string{"read", "tier", "note"}, false},
		{"one before a deadline that no other sweep may come to", world{ticket: running(150 * time.Second)}, ticket, []string{"read", "tier", "note", "due"}, false},
		{"one long before a deadline", world{ticket: running(4 * time.Minute)}, ticket, []string{"read", "tier", "note"}, false},
		{"one that can't be repeated yet", world{ticket: forgotten(), broken: "tier"}, ticket, []string{"read", "tier"}, true},
		{"an author to ask for", world{ticket: nameless()}, ticket, []string{"read", "due", "stamp"}, false},
		{"one whom nobody can be told of", world{ticket: nameless(), broken: "due"}, ticket, []string{"read", "due"}, true},
		{"a story to forget", world{ticket: outlived()}, ticket, []string{"read", "forget", "stamp"}, false},
		{"one that is not forgotten yet", world{ticket: outlived(), broken: "forget"}, ticket, []string{"read", "forget"}, true},
		{"a spilled event", world{}, spill, []string{"read", "send", "unspill"}, false},
		{"one that the queue refuses again", world{broken: "send"}, spill, []string{"read", "send"}, true},
		{"one that it never takes", world{large: true}, spill, []string{"read", "send", "quarantine", "unspill"}, false},
		{"one that it never takes, with nowhere to show it", world{large: true, broken: "quarantine"}, spill, []string{"read", "send", "quarantine"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := tt.world
			if err := w.works(t, tt.nudge); errors.Is(err, errBroken) != tt.fails || !tt.fails && err != nil {
				t.Errorf("answered %v", err)
			}
			if diff := cmp.Diff(tt.want, w.did); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// leads is a directory with one lead, who is away or not.
func leads(away bool) people.Directory {
	return people.NewDirectory([]people.Member{{ID: "lea", Roles: []string{"lead"}, Presence: people.Presence{Away: away}}}, nil, nil)
}

func TestAStepReachesWhomTheDirectoryKnows(t *testing.T) {
	t.Parallel()
	const page = "{do: page}, {do: raise, after: 5m}"
	for name, tt := range map[string]struct {
		world  world
		steps  string
		did    []string
		why    string
		level  int
		passed bool
	}{
		"somebody is there":      {world{people: leads(false)}, page, []string{"read", "people", "commit"}, "acknowledge missed: paged lea (tier 1)", 1, false},
		"nobody is":              {world{people: leads(true)}, page, []string{"read", "people", "commit", "commit", "tier"}, "acknowledge missed: escalated from tier 1 to tier 2", 2, false},
		"the directory is empty": {world{}, page, []string{"read", "people", "commit"}, "acknowledge missed: page lead of tier 1, whoever that is: the directory names nobody", 1, false},
		"or cannot be read": {world{people: leads(false), broken: "people"}, page, []string{"read", "people", "commit"},
			"acknowledge missed: page lead of tier 1, whoever that is: the directory names nobody", 1, false},
		"a step that is for nobody":           {world{people: leads(true)}, "{do: incident}, {do: raise, after: 5m}", []string{"read", "commit"}, "acknowledge missed: to be taken as an incident", 1, false},
		"one passed whoever is there":         {world{people: leads(false)}, "{do: warn}", []string{"read", "commit"}, "acknowledge missed: warn holder: nobody has it, passed; the chain ends here", 1, true},
		"a change that comes between is seen": {world{people: leads(false), moves: 1}, page, []string{"read", "people", "commit", "read", "people", "commit"}, "acknowledge missed: paged lea (tier 1)", 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := tt.world
			w.policy, w.ticket = chained(t, tt.steps), missed()
			if err := w.works(t, desk.Nudge{Ticket: "thread.1"}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.did, w.did); diff != "" {
				t.Error(diff)
			}
			if e := w.last; e.Why != tt.why || e.Level != tt.level || e.Passed != tt.passed {
				t.Errorf("step %d, passed %v: %q", e.Level, e.Passed, e.Why)
			}
		})
	}
}

func TestATicketInAChainKeepsThePolicyThatItCameUnder(t *testing.T) {
	t.Parallel()
	// The active policy has moved on; the book has that of the ticket by its hash.
	old := chained(t, "{do: raise}, {do: incident, after: 5m}")
	w := world{policy: old, ticket: missed()}
	w.ticket.Policy = old.Hash
	if err := w.works(t, desk.Nudge{Ticket: "thread.1"}); err != nil {
		t.Fatal(err)
	}
	c := w.ticket.Clocks[0]
	if w.ticket.Policy != old.Hash || c.Chain != "ours" || !c.StepAt.Equal(noon.Add(5*time.Minute)) {
		t.Errorf("policy %s, chain %q, next step %v", w.ticket.Policy, c.Chain, c.StepAt)
	}
	w.policy = load(t, string(policy.Default))
	if err := w.works(t, desk.Nudge{Ticket: "thread.1"}); !errors.Is(err, desk.ErrNotFound) {
		t.Errorf("under another policy the worker says %v", err)
	}
}
