package matrix_test

import (
	"strings"
	"testing"

	"example.com/skala/infra/crash/matrix"
	"example.com/skala/infra/crash/world"
	"example.com/skala/infra/emulator"
	"example.com/skala/infra/faults"
	"example.com/skala/infra/template"
	"example.com/skala/shared/console"
)

// open opens worlds on the emulator that tests share.
func open(t *testing.T, n int) []*world.World {
	t.Helper()
	e := emulator.ForTest(t)
	root, err := template.Root()
	if err != nil {
		t.Fatal(err)
	}
	tmpl, err := template.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	var worlds []*world.World
	for range n {
		w, err := world.Open(t.Context(), e, tmpl)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := w.Close(t.Context()); err != nil {
				t.Error(err)
			}
		})
		worlds = append(worlds, w)
	}
	return worlds
}

// The whole matrix is `make crash`; here each call of each step fails once, in one
// way.
func TestEachCallOfEachStepMayFail(t *testing.T) {
	t.Parallel()
	kinds, points, seen := map[string]int{}, 0, matrix.Evidence{}
	pick := func(all []matrix.Point) []matrix.Point {
		return matrix.Small(all)
	}
	err := matrix.TryAll(t.Context(), open(t, 2), matrix.Steps(), pick, func(r matrix.Result) {
		points += r.Points
		seen.Add(r)
		if r.Err != nil {
			t.Errorf("%s: %v", r.Step, r.Err)
		}
		for _, o := range r.Failed {
			var b strings.Builder
			o.Print(&b)
			t.Error(b.String())
		}
		for _, p := range r.Tried {
			kinds[string(p.Kind)]++
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d points: %v", points, kinds)
	allowed(t, seen)
	if len(kinds) < 12 || points < 300 {
		t.Errorf("only %d points of %d kinds: the steps are not what they were", points, len(kinds))
	}
}

// allowed holds the roles of template.yaml to what functions were seen to do:
// nothing is missing, nothing unused.
func allowed(t *testing.T, seen matrix.Evidence) {
	t.Helper()
	root, err := template.Root()
	if err != nil {
		t.Fatal(err)
	}
	tmpl, err := template.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	problems, err := seen.Compare(tmpl)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Error(p)
	}
	// And a role that allows more, or less, is found out.
	seen["Webhook"][faults.Use{Action: "dynamodb:Scan", Resource: "Table"}] = true
	delete(seen["Webhook"], faults.Use{Action: "sqs:SendMessage", Resource: "InboundQueue"})
	if more, err := seen.Compare(tmpl); err != nil || len(more) != len(problems)+2 {
		t.Errorf("a grant too few and one too many: %q, %v", more, err)
	}
}

func TestEveryRouteOfTheConsoleIsPartOfAStep(t *testing.T) {
	t.Parallel()
	steps := matrix.Steps()
	if missing := matrix.Missing(console.Routes(), steps); len(missing) > 0 {
		t.Errorf("no step goes through %q", missing)
	}
	if missing := matrix.Missing([]string{"POST /api/v1/tickets/{id}/forget"}, steps); len(missing) != 1 {
		t.Error("a route without a step is not missed")
	}
	names := map[string]bool{}
	for _, s := range steps {
		if names[s.Name] || strings.Contains(strings.TrimPrefix(s.Name, "look "), "/") && !strings.HasPrefix(s.Name, "look ") {
			t.Errorf("the name %q is used twice, or looks like a point", s.Name)
		}
		names[s.Name] = true
	}
}
