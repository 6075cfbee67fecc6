package queuetest

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"example.com/skala/shared/desk"
)

// Tiers are the queues that agents take from.
type Tiers interface {
	Nudge(ctx context.Context, tier desk.Tier, n desk.Nudge) error
	Receive(ctx context.Context, tier desk.Tier, limit int) ([]desk.ReceivedNudge, error)
	Delete(ctx context.Context, tier desk.Tier, done []desk.ReceivedNudge) error
	GiveBack(ctx context.Context, tier desk.Tier, unused []desk.ReceivedNudge) error
}

// TierSuite runs what they must do against those that open returns, which have queues
// for tier 1 and tier 3 alone.
func TierSuite(t *testing.T, open func(*testing.T) Tiers) {
	tiers, n := open(t), desk.Nudge{Ticket: "thread.1", Version: 7}
	must(t, tiers.Nudge(t.Context(), desk.Senior, n))
	if got, err := tiers.Receive(t.Context(), desk.General, 10); err != nil || len(got) != 0 {
		t.Errorf("tier 1 received %+v, %v", got, err)
	}
	got, err := tiers.Receive(t.Context(), desk.Senior, 10)
	if err != nil || len(got) != 1 || got[0].Nudge != n {
		t.Fatalf("tier 3 received %+v, %v", got, err)
	}
	must(t, tiers.GiveBack(t.Context(), desk.Senior, got))
	if got, err = tiers.Receive(t.Context(), desk.Senior, 10); err != nil || len(got) != 1 {
		t.Fatalf("tier 3 received %+v, %v", got, err)
	}
	must(t, tiers.Delete(t.Context(), desk.Senior, got))
	for _, tier := range []desk.Tier{desk.Vendor, 9} {
		_, receiving := tiers.Receive(t.Context(), tier, 1)
		for _, err := range []error{tiers.Nudge(t.Context(), tier, n), receiving, tiers.Delete(t.Context(), tier, got), tiers.GiveBack(t.Context(), tier, got)} {
			if !errors.Is(err, desk.ErrInvalid) {
				t.Errorf("tier %d without a queue: %v", tier, err)
			}
		}
	}
}

// SameMethods fails where an adapter has a method that the interface, which a suite
// speaks of, has not: a step that uses it would run on that adapter alone.
func SameMethods[Adapter, Interface any](t *testing.T) {
	t.Helper()
	has, wants := reflect.TypeFor[Adapter](), reflect.TypeFor[Interface]()
	for i := range has.NumMethod() {
		if _, ok := wants.MethodByName(has.Method(i).Name); !ok {
			t.Errorf("%v has %s, and %v has not: put it there and into the suite", has, has.Method(i).Name, wants)
		}
	}
}
