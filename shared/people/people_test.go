package people_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

func person(t *testing.T, words ...string) people.Person {
	t.Helper()
	p := people.Person{ID: "ann", Name: "Ann"}
	for _, word := range words {
		var err error
		if p, err = p.Grant(word); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// The tiers at which each may use a verb, retyped from the desk's agreement and
// not from the table it checks.
func TestEveryRoleMayDoWhatTheDeskAgreedOnAndNothingElse(t *testing.T) {
	t.Parallel()
	const all, none = "01234", ""
	work := map[string]string{"agent:0": "0", "agent:1": "01", "agent:4": all, "senior": "0123", "lead": all, "admin": all}
	everybody := map[string]string{"agent:0": all, "agent:1": all, "agent:4": all, "senior": all, "lead": all, "admin": all, "auditor": all, "viewer": all}
	leads := map[string]string{"lead": all, "admin": all}
	records := map[string]string{"lead": all, "admin": all, "auditor": all}
	with := func(base map[string]string, role, tiers string) map[string]string {
		out := map[string]string{}
		for k, v := range base {
			out[k] = v
		}
		out[role] = tiers
		return out
	}
	want := map[people.Verb]map[string]string{
		people.View: everybody, people.TakeNext: work, people.Claim: work, people.TakeOver: work, people.Extend: work, people.Release: work,
		people.AssignSelf: work, people.Assign: leads, people.Reply: work, people.Undo: with(with(everybody, "auditor", none), "viewer", none), people.Note: with(everybody, "auditor", none), people.Escalate: work,
		people.HandBack: with(leads, "senior", "0123"), people.Hold: work, people.Snooze: work, people.Merge: work, people.Link: work, people.Identify: work, people.Swarm: work, people.Leave: with(everybody, "auditor", none), people.Solve: work, people.Reopen: work, people.Tag: work,
		people.Correct: work, people.Promote: with(work, "viewer", all), people.Quarantine: records, people.Replay: leads, people.Accounting: records, people.Examples: leads,
		people.Moderate: with(leads, "senior", "0123"), people.Remove: leads,
		people.SeePeople: everybody, people.GoAway: everybody, people.Hear: everybody, people.KeepPeople: leads, people.KeepTeams: {"admin": all}, people.Audit: {"auditor": all, "admin": all},
	}
	if len(people.Verbs()) != len(want) {
		t.Fatalf("%d verbs in the table, %d agreed on", len(people.Verbs()), len(want))
	}
	for _, verb := range people.Verbs() {
		for _, role := range []string{"agent:0", "agent:1", "agent:4", "senior", "lead", "admin", "auditor", "viewer"} {
			p := person(t, role)
			var got strings.Builder
			for tier := desk.Tier(0); tier < desk.Tiers; tier++ {
				if people.May(p, verb, desk.Ticket{Tier: tier}) {
					fmt.Fprint(&got, tier)
				}
			}
			if got.String() != want[verb][role] {
				t.Errorf("%s may %s on tiers %q, want %q", role, verb, got.String(), want[verb][role])
			}
			if ever := people.MayEver(p, verb); ever != (want[verb][role] != "") {
				t.Errorf("%s may ever %s: %v", role, verb, ever)
			}
		}
	}
}

func TestAPersonOfTwoRolesUsesEachWithinItsOwnReach(t *testing.T) {
	t.Parallel()
	p := person(t, "senior", "agent:4")
	if !people.May(p, people.Claim, desk.Ticket{Tier: desk.Vendor}) {
		t.Error("the agent of tier 4 may not claim there")
	}
	if people.May(p, people.HandBack, desk.Ticket{Tier: desk.Vendor}) {
		t.Error("a senior hands back from a tier that only their agent role reaches")
	}
}

func TestWhoHasNoRoleMayDoNothing(t *testing.T) {
	t.Parallel()
	for _, verb := range append(people.Verbs(), "unheard of") {
		if people.MayEver(person(t), verb) {
			t.Errorf("nobody may %s", verb)
		}
	}
	if people.May(person(t, "admin"), "unheard of", desk.Ticket{}) {
		t.Error("an admin may do what is no verb")
	}
}

func TestGrant(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		words []string
		want  []string
	}{
		{"an agent alone is one of the general tier", []string{"agent"}, []string{"agent:1"}},
		{"an agent names their tier", []string{"agent:2"}, []string{"agent:2"}},
		{"of several tiers the highest stands", []string{"agent:2", "agent:0"}, []string{"agent:2"}},
		{"an agent of tier 0 stays there", []string{"agent:0"}, []string{"agent:0"}},
		{"roles add up", []string{"viewer", "lead", "lead"}, []string{"viewer", "lead"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, person(t, tt.words...).Words()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzGrantGivesNothingForAWordItRefuses(f *testing.F) {
	for _, word := range []string{"agent:1", "agent:5", "agent:-1", "agent:", "lead:1", "Admin", "", "admin ", "everyone"} {
		f.Add(word)
	}
	f.Fuzz(func(t *testing.T, word string) {
		p, err := people.Person{}.Grant(word)
		if err != nil {
			if len(p.Roles) != 0 || p.Top != 0 {
				t.Errorf("%q was refused and granted %v", word, p)
			}
			return
		}
		name, _, _ := strings.Cut(word, ":")
		if !slices.Equal(p.Roles, []people.Role{people.Role(name)}) || p.Top >= desk.Tiers {
			t.Errorf("%q granted %v", word, p)
		}
	})
}

func TestWhoHasClaimedATicketMayFinishItThoughItWasRaised(t *testing.T) {
	t.Parallel()
	raised := desk.Ticket{Tier: desk.Senior, Lease: desk.Lease{Agent: "ann", Token: "t"}}
	ann := people.Person{ID: "ann", Roles: []people.Role{people.Agent}, Top: desk.General}
	for _, v := range people.Verbs() {
		works := people.May(ann, v, desk.Ticket{Tier: desk.General})
		always := people.May(ann, v, desk.Ticket{Tier: desk.Senior})
		finishes := v == people.Extend || v == people.Release || v == people.Reply || v == people.Solve
		if got := people.May(ann, v, raised); got != (always || finishes && works) {
			t.Errorf("%s: %v", v, got)
		}
		bob := ann
		if bob.ID = "bob"; people.May(bob, v, raised) != always {
			t.Errorf("%s: somebody else's claim makes it %v", v, !always)
		}
		viewer := people.Person{ID: "ann", Roles: []people.Role{people.Viewer}}
		if people.May(viewer, v, raised) != people.May(viewer, v, desk.Ticket{}) {
			t.Errorf("%s: a claim makes it a viewer's", v)
		}
	}
}
