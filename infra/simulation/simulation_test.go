package simulation

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func run(t *testing.T, c Config) *Result {
	t.Helper()
	r, err := Run(c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func report(r *Result) string {
	var page strings.Builder
	r.Took = 1
	r.Print(&page)
	return page.String()
}

// Weeks and a year are for make simulate.
func TestADeskKeepsItsPromisesForDaysOfBadWeather(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2) {
		r := run(t, Days(seed+1))
		if len(r.Violations) > 0 {
			t.Errorf("%s", report(r))
		}
		for what, n := range map[string]int{"tickets": r.Tickets, "deaths": r.Deaths, "meetings": r.Meetings, "lost nudges": r.LostNudges, "deployments": r.Deployed, "spells": len(r.Spells), "breaches": r.Breaches} {
			if n == 0 {
				t.Errorf("seed %d: no %s", r.Seed, what)
			}
		}
	}
}

func TestTheSameSeedIsTheSameRun(t *testing.T) {
	t.Parallel()
	short := Days(7)
	short.Days = 1
	first, second := run(t, short), run(t, short)
	if diff := cmp.Diff(report(first), report(second)); diff != "" {
		t.Error(diff)
	}
	short.Seed++
	if other := run(t, short); other.Digest == first.Digest {
		t.Error("another seed is the same run")
	}
}
