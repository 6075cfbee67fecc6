package story_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/infra/policy"
	"example.com/skala/infra/story"
	"example.com/skala/shared/desk"
)

func holds(until time.Duration) func(t desk.Ticket, now time.Time, w desk.Clockwork) (desk.Entry, error) {
	return func(t desk.Ticket, now time.Time, _ desk.Clockwork) (desk.Entry, error) {
		return t.Hold("ann", now.Add(until), "asked the vendor", now)
	}
}

func TestAHoldEndsAndTheTierIsTold(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Says("somchai", chargedTwice)
	d.Does("somchai", holds(10*time.Minute))
	d.LoseNudges()
	told := len(d.Tiers[desk.Senior])
	d.FastForward(9 * time.Minute)
	if state := d.Of("somchai").State; state != desk.OnHold || len(d.Tiers[desk.Senior]) != told {
		t.Errorf("%s before its time", state)
	}
	d.FastForward(time.Minute + time.Second)
	if ticket := d.Of("somchai"); ticket.State != desk.New || !ticket.DueBack.IsZero() || len(d.Tiers[desk.Senior]) != told+1 {
		t.Errorf("%s, told %d times", ticket.State, len(d.Tiers[desk.Senior])-told)
	}
}

func TestADeadlineMissedOnHoldIsTakenToTheNextTier(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Says("somchai", "ร้านเปิดกี่โมงคะ") // when do you open
	low := d.Of("somchai")
	d.Claims("ann", "somchai")
	d.Does("somchai", holds(90*24*time.Hour))
	d.SetTime(d.Of("somchai").Deadline())
	d.FastForward(2 * time.Second)
	after := d.Of("somchai")
	if after.Tier <= low.Tier || after.State == desk.OnHold || len(d.Tiers[after.Tier]) == 0 {
		t.Errorf("tier %d, %s: %s", after.Tier, after.State, d.Log("somchai"))
	}
}

func TestADoubledDueNudgeDoesNothingTwice(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Says("somchai", chargedTwice)
	id := d.Of("somchai").ID
	d.SetTime(story.Noon.Add(4 * time.Minute))
	done := make(chan struct{})
	for range 5 {
		go func() {
			defer func() { done <- struct{}{} }()
			d.Works(desk.Nudge{Ticket: id, Version: 1})
		}()
	}
	for range 5 {
		<-done
	}
	if diff := cmp.Diff("received, breached", d.Log("somchai")); diff != "" {
		t.Error(diff)
	}
}

func TestANudgeThatComesEarlyArmsTheQueueAgain(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Says("somchai", chargedTwice)
	d.LoseNudges()
	d.Works(desk.Nudge{Ticket: d.Of("somchai").ID})
	if diff := cmp.Diff([]time.Time{story.Noon.Add(135 * time.Second)}, d.Armed()); diff != "" { // three quarters of 3 minutes
		t.Error(diff)
	}
	if diff := cmp.Diff("received", d.Log("somchai")); diff != "" {
		t.Error(diff)
	}
}

func TestANudgeOfWhatIsNotThereDoesNothing(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	for _, n := range []desk.Nudge{{}, {Ticket: "nonsense"}, {Ticket: "abcdef.1"}, {Spill: "gone"}} {
		d.Works(n)
		d.Carries(n)
	}
	if armed := d.Armed(); len(armed) != 0 {
		t.Errorf("armed for %v", armed)
	}
}

func TestAnEventTooLargeForTheQueueIsShownInQuarantine(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.InboundMax = 10
	raw := d.Event(desk.Event{Kind: desk.MessageCreated, Key: "k", ID: "m", Author: desk.Author{ID: "somchai"}, Text: chargedTwice})
	if err := d.Store.Spill(t.Context(), []desk.RawEvent{raw}); err != nil {
		t.Fatal(err)
	}
	d.FastForward(2 * time.Minute)
	kept, _, err := d.Store.Quarantined(t.Context(), "", 10)
	if err != nil || len(kept) != 1 || string(kept[0].Raw.Body) != string(raw.Body) {
		t.Errorf("%+v, %v", kept, err)
	}
	if due, err := d.Store.Due(t.Context(), d.Now(), 10); err != nil || len(due) != 0 {
		t.Errorf("still due: %v, %v", due, err)
	}
}

func TestTwoSpilledEventsOfOneBodyAreTwo(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	one := d.Event(desk.Event{Kind: desk.MessageCreated, Author: desk.Author{ID: "somchai"}, Text: chargedTwice})
	other := one
	one.Header, other.Header = map[string]string{"webhook-id": "1"}, map[string]string{"webhook-id": "2"}
	if err := d.Store.Spill(t.Context(), []desk.RawEvent{one, other, one}); err != nil {
		t.Fatal(err)
	}
	if due, err := d.Store.Due(t.Context(), d.Now(), 10); err != nil || len(due) != 2 {
		t.Errorf("%d events are kept: %v", len(due), err)
	}
}
