package story_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"example.com/skala/infra/policy"
	"example.com/skala/infra/story"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// crew puts seniors into a team whose tickets find somebody by themselves, with room
// for two critical ones each.
func crew(t *testing.T, d *story.Desk, how people.Assigns, ids ...string) {
	t.Helper()
	by := func(kind people.Kind, id string) people.Change {
		return people.Change{At: d.Now(), Who: "seed", What: "added", Kind: kind, Target: id}
	}
	if err := d.Store.SaveTeam(t.Context(), people.Team{ID: "general", Name: "General", Assigns: how}, by(people.KindTeam, "general")); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		m := people.Member{ID: id, Name: id, Roles: []string{"senior"}, Teams: []string{"general"}, Capacity: people.Capacity{Soft: 4, Hard: 6}}
		if err := d.Store.SaveMember(t.Context(), m, by(people.KindMember, id)); err != nil {
			t.Fatal(err)
		}
	}
}

// away says that somebody is not there, or is again.
func away(t *testing.T, d *story.Desk, id string, away bool) {
	t.Helper()
	dir, err := d.Store.Directory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	m := dir.Members[id]
	m.Presence = people.Presence{Away: away, Since: d.Now()}
	if err := d.Store.SaveMember(t.Context(), m, people.Change{At: d.Now(), Who: id, What: "away", Kind: people.KindMember, Target: id}); err != nil {
		t.Fatal(err)
	}
}

// inHands says whose the tickets of some customers are, in their order.
func inHands(d *story.Desk, customers int) (all string) {
	for n := range customers {
		all += fmt.Sprint(d.Of(fmt.Sprint("c", n)).Assignee, " ")
	}
	return all
}

func TestATeamsTicketsFindWhoHasRoomTheOldestFirst(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	crew(t, d, people.FewestOpen, "ann", "bo")
	for n := range 6 {
		d.Says(fmt.Sprint("c", n), chargedTwice)
		d.FastForward(5 * time.Second)
	}
	if got := inHands(d, 6); got != "ann bo ann bo   " {
		t.Errorf("the tickets are with %q", got)
	}
	if e := d.Log("c0"); e == "" {
		t.Error("nothing is in the log")
	}
	d.Claims("bo", "c1")
	d.Replies("c1", "r1", "we look into it")
	d.FastForward(10 * time.Second) // bo has room for one: the older
	if got := inHands(d, 6); got != "ann bo ann bo bo  " {
		t.Errorf("when somebody has room the tickets are with %q", got)
	}
	away(t, d, "bo", true)
	d.Says("c1", "still nothing, I was charged twice") // is bo's all the same
	d.Claims("ann", "c0")
	d.Does("c0", func(t desk.Ticket, now time.Time, _ desk.Clockwork) (desk.Entry, error) {
		return t.Solve("ann", "", now)
	})
	d.FastForward(10 * time.Second)
	if got := inHands(d, 6); got != "ann bo ann bo bo ann " {
		t.Errorf("when one is away the tickets are with %q", got)
	}
	log, err := d.Store.Log(t.Context(), d.Of("c5").ID)
	if err != nil {
		t.Fatal(err)
	}
	if before := desk.GivenBefore(log); len(before) != 1 || before[0] != "ann" {
		t.Errorf("the log says it was given to %v", before)
	}
}

func TestWhoseTurnItIsHoldsWhoeverComesAndGoes(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	crew(t, d, people.RoundRobin, "ann", "bo", "cy")
	away(t, d, "bo", true)
	for n := range 3 {
		d.Says(fmt.Sprint("c", n), chargedTwice)
		d.FastForward(5 * time.Second)
	}
	if got := inHands(d, 3); got != "ann cy ann " {
		t.Errorf("the tickets are with %q", got)
	}
	d.LoseNudges()
	for n := 3; n < 6; n++ {
		d.Says(fmt.Sprint("c", n), chargedTwice)
	}
	away(t, d, "bo", false)
	d.LoseNudges()
	d.FastForward(2 * time.Minute) // by the sweep alone
	has := map[string]int{}
	for n := range 6 {
		has[d.Of(fmt.Sprint("c", n)).Assignee]++
	}
	if has["ann"] != 2 || has["bo"] != 2 || has["cy"] != 2 {
		t.Errorf("then they have %v", has)
	}
}

func TestOfManyWhoGiveAtOnceNobodyIsBuried(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	for n := range 8 {
		d.Says(fmt.Sprint("c", n), chargedTwice)
	}
	crew(t, d, people.FewestOpen, "ann", "bo")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if err := d.Assigner.Round(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	has := map[string]int{}
	for n := range 8 {
		has[d.Of(fmt.Sprint("c", n)).Assignee]++
	}
	if has["ann"] > 2 || has["bo"] > 2 {
		t.Errorf("they have %v", has)
	}
	if has["ann"]+has["bo"] == 0 {
		t.Error("nobody has anything")
	}
	d.FastForward(2 * time.Minute)
	has = map[string]int{}
	for n := range 8 {
		has[d.Of(fmt.Sprint("c", n)).Assignee]++
	}
	if has["ann"] != 2 || has["bo"] != 2 {
		t.Errorf("two minutes later they have %v", has)
	}
}

func TestWhoComesToWorkIsGivenWhatWaitsAtOnce(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	crew(t, d, people.RoundRobin, "ann")
	dir, err := d.Store.Directory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ann := dir.Members["ann"]
	ann.Presence = people.Presence{Away: true, Since: d.Now(), Until: d.Now().Add(150 * time.Second)} // between two sweeps
	if err := d.Store.SaveMember(t.Context(), ann, people.Change{At: d.Now(), Who: "ann", What: "away", Kind: people.KindMember, Target: "ann"}); err != nil {
		t.Fatal(err)
	}
	d.Says("c0", chargedTwice)
	d.FastForward(149 * time.Second)
	if got := inHands(d, 1); got != " " {
		t.Errorf("away, %q has it", got)
	}
	d.FastForward(3 * time.Second)
	if got := inHands(d, 1); got != "ann " {
		t.Errorf("back, %q has it", got)
	}
}
