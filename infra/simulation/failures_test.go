package simulation

import (
	"net/http"
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

// What goes wrong for long, or at the wrong moment, and is right again without anybody
// having done anything about it.

const rudeStaff = "Your employee was very rude to me" // high

func TestAStepThatTheTableRefusedIsTakenThoughNoSweepRuns(t *testing.T) {
	t.Parallel()
	d := simulate(t, 30)
	d.Line.Says("somchai", chargedTwo)
	d.run(d.of("somchai").Created.Add(3*time.Minute - time.Second))
	began := d.Now()
	d.weather.still++
	d.weather.down["Commit"]++
	d.FastForward(3 * time.Second)
	d.weather.down["Commit"]--
	d.Breached("somchai")
	d.FastForward(4 * time.Minute) // its queue brings it again
	d.Breached("somchai", "acknowledge 1")
	d.weather.still--
	d.Witness.Outage(began, d.Now())
}

func TestATicketWithAReplyOnItsWayDoesNotClose(t *testing.T) {
	t.Parallel()
	d := simulate(t, 31)
	d.Line.Says("somchai", chargedTwo)
	began := d.Now()
	d.weather.down["outbound's function"]++
	d.Agent("sam").Claims("somchai").Replies("we have sent it back").Solves("somchai")
	d.FastForward(7*24*time.Hour + time.Hour)
	d.Console.Shows("somchai", desk.Senior, "solved")
	d.weather.down["outbound's function"]--
	d.Witness.Outage(began, d.Now())
	d.FastForward(5 * time.Minute)
	d.Line.Hears("somchai", "we have sent it back")
}

func TestWhatAPersonJudgedStandsUnlessItIsCritical(t *testing.T) {
	t.Parallel()
	d := simulate(t, 32)
	d.Line.Says("somchai", chargedTwo)
	d.Lead("nok").Corrects("somchai", desk.Low)
	d.Line.Says("somchai", rudeStaff)
	if s := d.of("somchai").Severity; s != desk.Low {
		t.Errorf("a lead found it low, and a message made it %s", s)
	}
	d.Line.Says("maria", rudeStaff) // to whom nobody has said anything
	if s := d.of("maria").Severity; s != desk.High {
		t.Fatalf("rude staff is %s", s)
	}
	d.Line.Says("somchai", chargedTwo)
	if s := d.of("somchai").Severity; s != desk.Critical {
		t.Errorf("what is critical is %s", s)
	}
}

func TestWhoConfirmsWhatAGreetingIsTakesNoQuestionFromAnybody(t *testing.T) {
	t.Parallel()
	d := simulate(t, 37)
	d.Line.Says("somchai", "ขอบคุณมากค่ะ") // which needs none
	nok := d.Lead("nok")
	nok.decides("somchai", "correct", map[string]any{"category": desk.Other})
	d.Line.Says("somchai", rudeStaff) // which does
	nok.decides("somchai", "correct", map[string]any{"reason": "that is what it is"})
	if of := d.of("somchai"); of.Disposition != desk.NeedsAnswer || of.Tier == desk.SelfService || len(of.Unanswered) != 1 {
		t.Errorf("it is %s in tier %d, with %d messages unanswered", of.Disposition, of.Tier, len(of.Unanswered))
	}
}

func TestAStepThatIsNotForTheNightIsPassedThen(t *testing.T) {
	t.Parallel()
	d := simulate(t, 33)
	d.Until("2031-03-03 17:30")
	d.Web.Says("maria", openingHours) // a first response within eight hours of the office's: by 17:30 tomorrow
	d.Lead("lea").Claims("maria").Assigns("maria", "eleni")
	d.Until("2031-03-04 17:31")
	d.Breached("maria", "first_response 1")
	d.Console.Shows("maria", desk.General, "warned eleni") // who is there until eight
	d.Until("2031-03-04 18:31")                            // an hour later it would be tier 2's, and the office has closed
	d.Console.Shows("maria", desk.General, "outside business hours, passed")
}

func TestWhatWasGivenUpAndReplayedCountsOnce(t *testing.T) {
	t.Parallel()
	d := simulate(t, 34)
	began := d.Now()
	d.weather.down["Commit"]++
	if !d.delivers(d.Line.writes("somchai", chargedTwo)) {
		t.Fatal("not taken")
	}
	d.FastForward(70 * time.Minute) // twenty tries
	d.weather.down["Commit"]--
	d.Witness.Outage(began, d.Now())
	kept, _, err := d.store.Quarantined(t.Context(), "", 10)
	if err != nil || len(kept) != 1 {
		t.Fatalf("%d in quarantine, %v", len(kept), err)
	}
	d.weather.down["Replayed"]++ // it was sent again, and nobody can write that down
	if status := d.Lead("nok").ask("replay", http.MethodPost, "/api/v1/quarantine/"+kept[0].ID+"/replay", nil, nil, nil); status == http.StatusOK {
		t.Fatal(status)
	}
	d.weather.down["Replayed"]--
	d.Witness.Outage(began, d.Now())
	d.FastForward(time.Minute)
	d.Breached("somchai", "acknowledge 1", "first_response 1") // its clocks have run since it was answered 200
}

func TestAllOfOneWebhookAreAccountedFor(t *testing.T) {
	t.Parallel()
	d := simulate(t, 35)
	var says []saying
	for _, who := range []string{"somchai", "maria", "nikos"} {
		says = append(says, d.Line.writes(who, chargedTwo).says...)
	}
	d.posts(d.letter(says...))
	d.FastForward(time.Second)
	for _, who := range []string{"somchai", "maria", "nikos"} {
		d.Console.Shows(who, desk.Senior, "new")
	}
}

func TestAPlatformThatWantsPatienceForHoursGetsIt(t *testing.T) {
	t.Parallel()
	d := simulate(t, 36)
	d.Line.Says("somchai", chargedTwo)
	d.Line.Misbehaves(limited)
	d.Agent("sam").Claims("somchai").Replies("one moment please")
	d.FastForward(2 * time.Hour)
	d.Line.Hears("somchai")
	d.Line.Misbehaves()
	d.FastForward(20 * time.Minute)
	d.Line.Hears("somchai", "one moment please")
}
