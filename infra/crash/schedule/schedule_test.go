package schedule_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"example.com/skala/infra/crash/schedule"
	"example.com/skala/infra/crash/world"
	"example.com/skala/infra/emulator"
	"example.com/skala/infra/faults"
	"example.com/skala/infra/template"
)

// open opens a world on the emulator that tests share, and returns what runs rounds
// in it from an empty table each.
func open(t *testing.T) func(schedule.Round) (schedule.Outcome, error) {
	t.Helper()
	root, err := template.Root()
	if err != nil {
		t.Fatal(err)
	}
	tmpl, err := template.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	w, err := world.Open(t.Context(), emulator.ForTest(t), tmpl)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return func(r schedule.Round) (schedule.Outcome, error) {
		if err := w.Restore(t.Context(), w.Empty()); err != nil {
			return schedule.Outcome{}, err
		}
		return r.Run(t.Context(), w)
	}
}

// Thousands of events are `make crash`; these are a few dozen.
func TestWhateverHappensAtOnceThePromisesHold(t *testing.T) {
	t.Parallel()
	run := open(t)
	fired := map[faults.Kind]int{}
	for seed := range uint64(3) {
		out, err := run(schedule.Round{Seed: seed + 1, Events: 25, Agents: 25, Workers: 6, Rate: 0.05, Kinds: faults.Kinds})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("seed %d: %d events, %d calls in %v, faults %v", out.Seed, out.Accepted, out.Calls, out.Took, out.Fired)
		for kind, n := range out.Fired {
			fired[kind] += n
		}
		if len(out.Wrong) > 0 {
			if out, err = schedule.Shrink(t.Context(), out, 20, run); err != nil {
				t.Fatal(err)
			}
			t.Fatalf("%s\nagain: go run ./infra/crash -round '%s'\n%s\n%s", strings.Join(out.Wrong, "\n"), out.Round, strings.Join(out.Trace, "\n"), out.Log)
		}
	}
	if len(fired) < 6 {
		t.Errorf("only %v went wrong", fired)
	}
}

func TestARoundIsWrittenAsItIsRead(t *testing.T) {
	t.Parallel()
	r := schedule.Round{Seed: 7, Events: 12, Agents: 3, Workers: 2, Rate: 0.5, Kinds: []faults.Kind{faults.After, faults.Death}}
	got, err := schedule.Parse(r.String())
	if err != nil || got.String() != r.String() || !slices.Equal(got.Kinds, r.Kinds) {
		t.Errorf("%s, %v", got, err)
	}
	if _, err := schedule.Parse("{}"); err == nil {
		t.Error("a round without workers")
	}
}

func TestAFailingRoundIsMadeSmall(t *testing.T) {
	t.Parallel()
	runs := 0
	fails := func(r schedule.Round) (schedule.Outcome, error) {
		runs++
		out := schedule.Outcome{Round: r}
		if r.Events >= 5 && r.Workers >= 2 && slices.Contains(r.Kinds, faults.Death) {
			out.Wrong = []string{"lost"}
		}
		return out, nil
	}
	first, err := fails(schedule.Round{Seed: 1, Events: 100, Agents: 50, Workers: 8, Rate: 0.1, Kinds: faults.Kinds})
	if err != nil {
		t.Fatal(err)
	}
	got, err := schedule.Shrink(t.Context(), first, 200, fails)
	if err != nil || got.Events != 5 || got.Agents != 0 || got.Workers != 2 || len(got.Kinds) != 1 || got.Kinds[0] != faults.Death || len(got.Wrong) != 1 {
		t.Errorf("%s after %d runs, %v", got.Round, runs, err)
	}
}
