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

func TestEveryUnitOfWorkIsOneLineAndIsMeasured(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	first := d.Says("malee", chargedTwice)
	d.Says("malee", "and nobody answers")
	d.Deliver(first)            // by the queue, which delivers at least once
	d.Deliver(d.Accepts(first)) // by the platform, which was not sure
	d.Deliver(d.Event(desk.Event{Kind: desk.Control, Key: "c1"}))
	d.Deliver(d.Event(desk.Event{Kind: desk.MessageDeleted, Key: "d1", Author: desk.Author{ID: "nok"}, Target: "not here yet"}))
	d.Deliver(d.Accepts(desk.RawEvent{App: desk.App{Platform: story.Chat, Name: "demo"}, Account: "cafe", Body: []byte("?"), Received: d.Now()}))
	want := map[string]int{"event ticketed": 1, "event appended": 1, "event repeated": 1, "event duplicate": 1, "event ignored": 2, "event quarantined": 1}
	if diff := cmp.Diff(want, d.Told.Outcomes()); diff != "" {
		t.Errorf("of triage (-want +got)\n%s", diff)
	}
	counted := map[metrics.Name]int{metrics.EventsTaken: 2, metrics.TicketsOpened: 1, metrics.Duplicates: 1, metrics.EventsQuarantined: 1, metrics.TimeToTicket: 2}
	if diff := cmp.Diff(counted, d.Measured()); diff != "" {
		t.Errorf("of triage (-want +got)\n%s", diff)
	}

	d.SetTime(d.Of("malee").Deadline())
	d.FastForward(2 * time.Second)
	if got := d.Told.Outcomes(); got["sweep done"] == 0 || got["due acted"] == 0 {
		t.Errorf("of what was due: %v", got)
	}
	if measured := d.Measured(); measured[metrics.SweepsDone] == 0 || measured[metrics.Breaches] != 1 || measured[metrics.BreachLateness] != 1 {
		t.Errorf("of what was due: %v", measured)
	}
	d.Works(desk.Nudge{Ticket: d.Of("malee").ID})
	if got := d.Told.Outcomes()["due early"] + d.Told.Outcomes()["due nothing"]; got == 0 {
		t.Error("a nudge that came to nothing is no line")
	}

	d.Claims("ann", "malee")
	d.Replies("malee", "r1", "we are on it")
	d.FastForward(time.Second)
	if d.Told.Outcomes()["reply accepted"] != 1 || d.Measured()[metrics.RepliesAccepted] != 1 {
		t.Errorf("of a reply: %v, %v", d.Told.Outcomes(), d.Measured())
	}
	for _, words := range []string{"nobody answers", "on it", chargedTwice} {
		if d.Told.Holds(words) {
			t.Errorf("the log holds %q", words)
		}
	}
}
