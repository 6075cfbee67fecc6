package story_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/infra/policy"
	"example.com/skala/infra/story"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/metrics"
)

func TestWhatCameInBalancesAgainstWhatBecameOfIt(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	first := d.Says("malee", "you charged me twice")
	d.Says("malee", "and nobody answers")
	d.Deliver(first)            // by the queue, which delivers at least once
	d.Deliver(d.Accepts(first)) // by the platform, which was not sure
	gone := desk.Event{Kind: desk.MessageDeleted, Key: "d1", Author: desk.Author{ID: "nok"}, Target: "not here yet"}
	d.Deliver(d.Event(gone))
	d.Deliver(d.Event(desk.Event{Kind: desk.Control, Key: "c1"}))
	d.Deliver(d.Event(desk.Event{Kind: desk.Receipt, Key: "r1", Author: desk.Author{ID: "nok"}}))
	d.Deliver(d.Event(desk.Event{Kind: desk.Receipt, Key: "r2", Author: desk.Author{ID: "malee"}}))
	unreadable := d.Accepts(desk.RawEvent{App: desk.App{Platform: story.Chat, Name: "demo"}, Account: "cafe", Body: []byte("?"), Received: d.Now()})
	d.Deliver(unreadable)
	d.Deliver(unreadable)
	d.Deliver(d.Accepts(unreadable))
	strange := d.Event(desk.Event{Kind: desk.MessageCreated, Key: "s1", Author: desk.Author{ID: "nok"}})
	strange.App.Name = "gone"
	d.Deliver(strange)

	want := []desk.LedgerRow{{Account: "cafe", Hour: story.Noon, Accepted: 10, Ticketed: 1, Appended: 2, Duplicate: 2, Ignored: 3, Quarantined: 2}}
	if diff := cmp.Diff(want, d.Balance(0).Rows); diff != "" {
		t.Error(diff)
	}
	if got := d.Audits(); got[metrics.HoursOpen] != 3 || // those which ended of late too
		got[metrics.EventsInFlight] != 0 || got[metrics.AuditsDone] != 1 || got[metrics.Backlog] != 1 || got[metrics.Backlog+"3"] != 1 {
		t.Errorf("within the hour the audit measured %v", got)
	}
	d.SetTime(story.Noon.Add(3*time.Hour + time.Minute))
	d.Audits()
	pages, err := d.Store.ClosedHours(t.Context(), story.Noon, story.Noon)
	if err != nil || len(pages) != 1 {
		t.Fatalf("%d pages: %v", len(pages), err)
	}
	if diff := cmp.Diff(want, pages[0].Rows); diff != "" {
		t.Error(diff)
	}
}

func TestAnEventThatIsLostIsADifferenceOnceTheQueueHasGivenUp(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	lost := d.Event(desk.Event{Kind: desk.MessageCreated, Key: "e1", Author: desk.Author{ID: "malee"}, Text: "hello?"})
	for _, then := range []struct {
		after                time.Duration
		inFlight, difference float64
	}{{time.Minute, 1, 0}, {70 * time.Minute, 1, 0}, {2 * time.Hour, 1, 0}, {3*time.Hour + time.Minute, 0, 1}, {9 * time.Hour, 0, 1}} {
		d.SetTime(story.Noon.Add(then.after))
		got := d.Audits()
		if got[metrics.EventsInFlight] != then.inFlight || got[metrics.LedgerDifference] != then.difference {
			t.Errorf("after %v %v are in flight and %v missing, want %v and %v", then.after, got[metrics.EventsInFlight], got[metrics.LedgerDifference], then.inFlight, then.difference)
		}
	}
	page := d.Balance(0)
	if len(page.Difference) != 1 || page.Difference[0].Delivery != lost.Delivery {
		t.Errorf("the difference is %+v", page.Difference)
	}
	d.Deliver(lost)                                                                           // found again, such as among the dead letters
	if got := d.Audits(); got[metrics.LedgerDifference] != 0 || got[metrics.HoursOpen] != 3 { // this one, and those which ended of late
		t.Errorf("then the audit measured %v", got)
	}
}

func TestTheAuditSeesWhatIsLongDue(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Says("malee", "you charged me twice")
	due := d.Of("malee").DueAt(d.Policy.Plan)
	d.SetTime(due.Add(7 * time.Minute)) // nobody sweeps
	if got, want := d.Audits()[metrics.DueLag], float64(7*time.Minute.Milliseconds()); got < want-1 || got > want {
		t.Errorf("the lag is %v ms, want %v", got, want)
	}
}

func TestAReplayLongAfterIsNoDifferenceUntilItHadItsTime(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	odd := d.Event(desk.Event{Kind: desk.Unsupported, Key: "odd", Author: desk.Author{ID: "malee"}})
	d.Deliver(odd)
	d.SetTime(story.Noon.Add(9 * time.Hour))
	d.Audits()
	kept, _, err := d.Store.Quarantined(t.Context(), "", 10)
	if err != nil || len(kept) != 1 {
		t.Fatalf("%d kept, %v", len(kept), err)
	}
	k, err := d.Store.Replaying(t.Context(), kept[0].ID, "t")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Store.Replayed(t.Context(), k, "t", d.Now()); err != nil {
		t.Fatal(err)
	}
	for after, difference := range map[time.Duration]float64{time.Minute: 0, 3 * time.Hour: 1} {
		d.SetTime(story.Noon.Add(9*time.Hour + after))
		if got := d.Audits(); got[metrics.LedgerDifference] != difference || got[metrics.EventsInFlight] != 1-difference {
			t.Errorf("%v after the replay the audit measured %v", after, got)
		}
	}
}
