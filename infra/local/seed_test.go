package main

import (
	"context"
	"errors"
	"testing"
	"time"

	infrapolicy "example.com/skala/infra/policy"
	"example.com/skala/shared/dynamo"
	"example.com/skala/shared/dynamo/dynamotest"
	"example.com/skala/shared/people"
	"example.com/skala/shared/policy"
)

// demoSeeds are those of the default policy.
func demoSeeds(t *testing.T) people.Directory {
	t.Helper()
	p, err := policy.Load(infrapolicy.Default, "default policy")
	if err != nil {
		t.Fatal(err)
	}
	return seeds(p.Teams())
}

func TestWhatIsSownIsADirectoryThatAnybodyCouldHaveSaved(t *testing.T) {
	t.Parallel()
	d := demoSeeds(t)
	for _, m := range d.Members {
		for _, wrong := range d.CheckMember(m) {
			t.Errorf("%s: %v", m.ID, wrong)
		}
	}
	for _, team := range d.Teams {
		for _, wrong := range d.CheckTeam(team) {
			t.Errorf("%s: %v", team.ID, wrong)
		}
	}
	for _, r := range d.Rotas {
		for _, wrong := range d.CheckRota(r) {
			t.Errorf("%s: %v", r.ID, wrong)
		}
	}
	for _, r := range d.Replies {
		delete(d.Replies, r.ID) // beside itself
		for _, wrong := range d.CheckReply(r) {
			t.Errorf("%s: %v", r.ID, wrong)
		}
		d.Replies[r.ID] = r
	}
	now := time.Now()
	if who, ok := d.RotaAt("on-call", now); !ok || len(d.Members) != 5 || len(d.Teams) != 5 || len(d.OnShift(now)) != 5 {
		t.Errorf("on call is %q of %d people in %d teams", who, len(d.Members), len(d.Teams))
	}
}

// dying is a store that lets some writes through and then no more.
type dying struct {
	*dynamo.Store
	left int
}

var errDied = errors.New("died")

func (d *dying) dies() bool {
	d.left--
	return d.left < 0
}

func (d *dying) SaveMember(ctx context.Context, m people.Member, c people.Change) error {
	if d.dies() {
		return errDied
	}
	return d.Store.SaveMember(ctx, m, c)
}

func (d *dying) SaveTeam(ctx context.Context, team people.Team, c people.Change) error {
	if d.dies() {
		return errDied
	}
	return d.Store.SaveTeam(ctx, team, c)
}

func (d *dying) SaveRota(ctx context.Context, r people.Rota, c people.Change) error {
	if d.dies() {
		return errDied
	}
	return d.Store.SaveRota(ctx, r, c)
}

func TestSeedsAreSownOnceAndNeverOverWhatSomebodyChanged(t *testing.T) {
	t.Parallel()
	store := dynamotest.NewTable(t)
	all, now := demoSeeds(t), time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	const items = 5 + 5 + 2 + 4
	if n, err := sow(t.Context(), &dying{store, 6}, all, now); !errors.Is(err, errDied) || n != 6 {
		t.Fatalf("it died after %d: %v", n, err)
	}
	if n, err := sow(t.Context(), store, all, now); err != nil || n != items-6 {
		t.Fatalf("the next run sows %d, %v", n, err)
	}
	if n, err := sow(t.Context(), store, all, now); err != nil || n != 0 {
		t.Fatalf("and the one after that %d, %v", n, err)
	}
	change := people.Change{At: now, Who: "demo-admin", What: "changed"}
	agent := all.Members["demo-agent"]
	agent.Version, agent.Name, agent.Left = 1, "Anna Away", true
	if err := errors.Join(
		store.SaveMember(t.Context(), agent, change), store.RemoveTeam(t.Context(), "press", 1, change), store.RemoveRota(t.Context(), "weekend", 1, change),
	); err != nil {
		t.Fatal(err)
	}
	if n, err := sow(t.Context(), store, all, now.AddDate(0, 1, 0)); err != nil || n != 0 {
		t.Errorf("after people had their way it sows %d, %v", n, err)
	}
	d, err := store.Directory(t.Context())
	if m := d.Members["demo-agent"]; err != nil || m.Name != "Anna Away" || m.Version != 2 || len(d.Teams) != 4 || len(d.Rotas) != 1 {
		t.Errorf("the directory has %+v, %v", d, err)
	}
}
