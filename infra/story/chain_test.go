package story_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/infra/policy"
	"example.com/skala/infra/story"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// steps are what the chain of a metric did about the first run of its clock on a
// ticket, after so many minutes.
func steps(t *testing.T, d *story.Desk, author string, m desk.Metric, since time.Time) (all []string) {
	t.Helper()
	entries, err := d.Store.Log(t.Context(), d.Of(author).ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.What == desk.Breached && e.Metric == m && e.Cycle == 1 {
			all = append(all, e.At.Sub(since).Truncate(time.Minute).String()+" "+strings.ReplaceAll(e.Why, strings.ReplaceAll(string(m), "_", " ")+" missed: ", ""))
		}
	}
	return all
}

// staff has a lead who works from nine to six in London.
func staff(t *testing.T, d *story.Desk) {
	t.Helper()
	lea := people.Member{ID: "lea", Name: "Lea", Roles: []string{"lead"}, Zone: "Europe/London", Shifts: people.Week{"mon": {"09:00-18:00"}, "tue": {"09:00-18:00"}}}
	if err := d.Store.SaveMember(t.Context(), lea, people.Change{At: d.Now(), Who: "seed", What: "added", Kind: people.KindMember, Target: lea.ID}); err != nil {
		t.Fatal(err)
	}
}

func TestALeadIsPagedByDayAndPassedAtNight(t *testing.T) {
	t.Parallel()
	const raise, page, passed = "escalated within tier 3, nobody is above", "paged lea (tier 3)", "page lead: nobody of tier 3 is on shift, passed"
	for name, tt := range map[string]struct {
		after time.Duration
		want  []string
	}{
		"by day":   {0, []string{"3m0s " + raise, "8m0s " + page, "18m0s " + raise}},
		"at night": {9 * time.Hour, []string{"3m0s " + raise, "8m0s " + passed, "8m0s " + raise, "23m0s " + raise}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := story.Tell(t, policy.Default)
			staff(t, d)
			since := story.Noon.Add(tt.after)
			d.SetTime(since)
			d.Says("somchai", chargedTwice)
			d.FastForward(25 * time.Minute)
			if diff := cmp.Diff(tt.want, steps(t, d, "somchai", desk.Acknowledge, since)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestATicketInAChainKeepsItsPolicyWhenAnotherComesIntoForce(t *testing.T) {
	t.Parallel()
	with := func(steps string) []byte {
		return bytes.Replace(policy.Default, []byte("\nchains:\n"), []byte("\nchains:\n  - {name: ours, when: {metrics: [acknowledge]}, steps: ["+steps+"]}\n"), 1)
	}
	d := story.Tell(t, with("{do: incident}, {do: raise, after: 5m}, {do: incident, after: 5m}"))
	d.Says("somchai", chargedTwice)
	d.FastForward(4 * time.Minute)
	if _, err := d.Store.PutPolicy(t.Context(), with("{do: vendor}, {do: vendor}, {do: vendor}"), d.Now()); err != nil {
		t.Fatal(err)
	}
	d.FastForward(time.Minute) // functions look once in a while
	d.Says("malee", chargedTwice)
	d.FastForward(25 * time.Minute)
	want := []string{"3m0s to be taken as an incident", "8m0s escalated within tier 3, nobody is above", "13m0s to be taken as an incident"}
	if diff := cmp.Diff(want, steps(t, d, "somchai", desk.Acknowledge, story.Noon)); diff != "" {
		t.Error(diff)
	}
	want = []string{"8m0s handed from tier 3 to vendors and developers", "8m0s is with vendors and developers already", "8m0s is with vendors and developers already"}
	if diff := cmp.Diff(want, steps(t, d, "malee", desk.Acknowledge, story.Noon)); diff != "" {
		t.Error(diff)
	}
}
