package simulation

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

// What users of other desks report, told on this one.

const (
	appIsDown    = "แอปใช้งานไม่ได้เลย"           // critical: a first response within 15 minutes
	chargedTwo   = "I was charged twice"          // critical
	openingHours = "What are your opening hours?" // low, by office hours
)

func TestWhatNobodyAnswersRisesAndComesBackByAPerson(t *testing.T) {
	t.Parallel()
	d := simulate(t, 1)
	d.Line.Says("somchai", appIsDown)
	d.FastForward(16 * time.Minute)
	d.Console.Shows("somchai", desk.Senior, "escalated")
	d.Agent("sam").Claims("somchai").Replies("กำลังตรวจสอบค่ะ")
	d.Line.Hears("somchai", "กำลังตรวจสอบค่ะ")
	d.Lead("nok").HandsBack("somchai", "ask which version") // goes down again, by a person
	d.Console.Shows("somchai", desk.Individual, "ask which version")
}

func TestLunchAndNightAreNoTimeOfOurs(t *testing.T) {
	t.Parallel()
	d := simulate(t, 2) // it is 14:00 in Athens, and lunch is just over
	d.Until("2031-03-03 17:30")
	d.Web.Says("maria", openingHours) // acknowledge within two hours at any hour, a first response within eight of the office's
	d.Until("2031-03-03 19:31")
	d.Breached("maria", "acknowledge 1")
	d.Console.Shows("maria", desk.General, "waits for business hours, until 2031-03-04 07:00 UTC")
	d.Until("2031-03-04 17:29") // half an hour of Monday, and of Tuesday all but lunch
	d.Breached("maria", "acknowledge 1")
	d.Until("2031-03-04 17:31")
	d.Breached("maria", "acknowledge 1", "first_response 1")
}

func TestADayOnWhichClocksGoForwardHasItsHours(t *testing.T) {
	t.Parallel()
	d := simulate(t, 3)
	d.Until("2031-03-28 17:00") // a Friday; on Sunday clocks go forward
	d.Web.Says("nikos", openingHours)
	d.Until("2031-03-31 16:59") // an hour of Friday, and of Monday all but lunch
	d.Breached("nikos", "acknowledge 1")
	d.Until("2031-03-31 17:01")
	d.Breached("nikos", "acknowledge 1", "first_response 1")
}

func TestADeadlineThatPassedWhileEverythingWasDownIsActedOnAfterwards(t *testing.T) {
	t.Parallel()
	d := simulate(t, 4)
	d.Line.Says("somchai", appIsDown)
	down := d.Now()
	d.weather.down["table"]++
	d.weather.still++
	d.FastForward(time.Hour)
	d.weather.down["table"]--
	d.weather.still--
	d.Witness.Outage(down, d.Now())
	d.FastForward(2 * time.Minute)
	d.Breached("somchai", "acknowledge 1", "first_response 1")
	for _, e := range d.log("somchai") {
		if e.What == desk.Breached && e.Level == 1 && e.Deadline.Sub(d.of("somchai").Created) > 15*time.Minute {
			t.Errorf("a breach of %s", e.Deadline) // it happened when it did, whenever anybody noticed
		}
	}
}

func TestTimersThatARestartLostAreFound(t *testing.T) {
	t.Parallel()
	d := simulate(t, 5)
	for n := range 40 {
		d.Line.Says(fmt.Sprintf("customer-%d", n), chargedTwo)
		d.FastForward(7 * time.Second)
	}
	lost := d.due.Drop(func(desk.Nudge) bool { return true })
	d.Witness.Outage(d.Now(), d.Now())
	if lost == 0 {
		t.Fatal("no timer was on the queue")
	}
	d.FastForward(20 * time.Minute)
	for n := range 40 {
		d.Breached(fmt.Sprintf("customer-%d", n), "acknowledge 1", "first_response 1")
	}
}

func TestAReplyWhoseFailureCameLateIsNotSentAgainAndAgain(t *testing.T) {
	t.Parallel()
	d := simulate(t, 6)
	d.Line.Says("somchai", chargedTwo)
	d.Line.Misbehaves(mute)
	d.Agent("sam").Claims("somchai").Replies("one moment please")
	d.FastForward(30 * time.Minute)
	d.Line.Misbehaves()
	d.FastForward(30 * time.Minute)
	d.Line.Hears("somchai", "one moment please")
	d.Console.Shows("somchai", desk.Senior, "waiting")
}

func TestAPlatformThatKnowsNoReplyAgainIsNotAskedTwice(t *testing.T) {
	t.Parallel()
	d := simulate(t, 7)
	d.Web.Says("maria", chargedTwo)
	d.Web.Misbehaves(broken)
	d.Agent("sam").Claims("maria").Replies("one moment please")
	d.Web.Misbehaves()
	d.FastForward(10 * time.Minute)
	d.Console.Shows("maria", desk.Senior, "check before sending again")
}

func TestTheSameReplyAfterALostConnectionIsOne(t *testing.T) {
	t.Parallel()
	d := simulate(t, 8)
	d.Line.Says("somchai", chargedTwo)
	sam := d.Agent("sam").Claims("somchai")
	for range 3 {
		if status := sam.Writes("the-same-key", "one moment please"); status != http.StatusOK {
			t.Fatal(status)
		}
	}
	d.FastForward(5 * time.Second)
	d.Line.Hears("somchai", "one moment please")
}

func TestTwoAgentsDoNotAnswerTheSameCustomer(t *testing.T) {
	t.Parallel()
	d := simulate(t, 9)
	d.Line.Says("somchai", chargedTwo)
	sam, owl := d.Agent("sam").Claims("somchai"), d.Agent("owl")
	if status := owl.Tries("somchai", "claim", map[string]any{}); status != http.StatusConflict {
		t.Errorf("a second claim is answered %d", status)
	}
	d.weather.down["due's function"]++
	began := d.Now()
	d.FastForward(6 * time.Minute) // and the first has lapsed, which nobody has noticed yet
	if status := sam.Writes("too-late", "sorry for the wait"); status != http.StatusConflict {
		t.Errorf("a token whose time is over is answered %d", status)
	}
	d.weather.down["due's function"]--
	d.Witness.Outage(began, d.Now())
	owl.Claims("somchai")
	if status := sam.Writes("late", "sorry for the wait"); status != http.StatusConflict {
		t.Errorf("an old token is answered %d", status)
	}
	owl.Replies("it is on its way")
	d.Line.Hears("somchai", "it is on its way")
}

func TestAClaimWithoutAReplyIsNoAnswer(t *testing.T) {
	t.Parallel()
	d := simulate(t, 10)
	d.Line.Says("somchai", chargedTwo)
	d.FastForward(time.Minute)
	d.Agent("sam").Claims("somchai")
	d.FastForward(10 * time.Minute) // the claim lapses after five, and acknowledge has three minutes anew
	d.Breached("somchai", "acknowledge 2")
	d.Console.Shows("somchai", desk.Senior, "lapsed")
}

func TestAReopenedTicketHasAClock(t *testing.T) {
	t.Parallel()
	d := simulate(t, 11)
	d.Line.Says("somchai", chargedTwo)
	d.Agent("sam").Claims("somchai").Replies("done").Solves("somchai")
	d.FastForward(48 * time.Hour)
	d.Line.Says("somchai", "ขอบคุณมากค่ะ")
	d.Console.Shows("somchai", desk.Senior, "solved") // thanks are no work
	d.Line.Says("somchai", chargedTwo)
	d.FastForward(20 * time.Minute)
	d.Breached("somchai", "first_response 2") // the one who solved it still has it, and nobody is to claim it
}

func TestWhatNeitherQueueNorTableTookIsSentAgainByItsPlatform(t *testing.T) {
	t.Parallel()
	d := simulate(t, 12)
	began := d.Now()
	d.weather.down["inbound"]++
	first := d.Line.writes("somchai", chargedTwo)
	if !d.delivers(first) { // the table has it
		t.Fatal("not taken")
	}
	d.weather.down["table"]++
	second := d.Line.writes("maria", chargedTwo)
	torn := letter{app: standard, id: "torn", body: []byte("what is this?"), kept: true, says: []saying{{app: standard, key: "what is this?"}}}
	if d.delivers(second) || d.delivers(torn) {
		t.Fatal("taken, and nowhere safe")
	}
	d.FastForward(5 * time.Minute)
	d.weather.down["table"]--
	d.weather.down["inbound"]--
	d.Witness.Outage(began, d.Now())
	d.posts(second)
	d.posts(torn)
	d.FastForward(3 * time.Minute)
	d.Breached("somchai", "acknowledge 1") // its clock ran since it was answered 200
	d.Breached("maria")
}

func TestAnExpiredTokenIsSeenOnTheTicket(t *testing.T) {
	t.Parallel()
	d := simulate(t, 13)
	d.Line.Says("somchai", chargedTwo)
	d.Line.Misbehaves(expired)
	d.Agent("sam").Claims("somchai").Replies("one moment please")
	d.Line.Misbehaves()
	d.Line.Hears("somchai")
	d.Console.Shows("somchai", desk.Senior, "send failed")
	d.FastForward(15 * time.Minute)
	d.Breached("somchai", "first_response 1")
}

func TestAClockThatJumpsByAnHourDoublesNothing(t *testing.T) {
	t.Parallel()
	d := simulate(t, 14)
	d.Line.Says("somchai", chargedTwo)
	began := d.Now()
	d.skew = time.Hour
	d.FastForward(3 * time.Minute)
	d.Witness.Outage(began, d.Now())
	d.skew = 0
	d.FastForward(2 * time.Hour)
	d.Breached("somchai", "acknowledge 1", "first_response 1")
}

func TestAStormIsAsManyTicketsAsThereArePeople(t *testing.T) {
	t.Parallel()
	d := simulate(t, 15)
	for n := range 100 {
		who := fmt.Sprintf("customer-%d", n)
		l := d.Line.writes(who, appIsDown)
		d.after(time.Duration(n)*time.Second, func() { d.posts(l); d.posts(l); d.posts(d.Line.writes(who, "?!")) })
	}
	d.FastForward(30 * time.Minute)
	worst := time.Duration(0)
	for n := range 100 {
		who := fmt.Sprintf("customer-%d", n)
		d.Breached(who, "acknowledge 1", "first_response 1")
		_, late := d.Breaches(who)
		worst = max(worst, late)
	}
	if worst > 2*time.Second {
		t.Errorf("acted on %v after the deadline", worst)
	}
}

func TestADeploymentChangesNoPromiseThatWasMade(t *testing.T) {
	t.Parallel()
	d := simulate(t, 16)
	d.Line.Says("somchai", chargedTwo)
	d.deploy() // ten minutes from now on
	d.FastForward(time.Minute)
	d.Line.Says("maria", chargedTwo)
	d.FastForward(11 * time.Minute)
	d.Breached("somchai", "acknowledge 1")
	d.Breached("maria", "acknowledge 1", "first_response 1")
}

func TestAnAnswerAtExactlyTheDeadlineIsInTime(t *testing.T) {
	t.Parallel()
	d := simulate(t, 17)
	d.Line.Says("somchai", chargedTwo)
	deadline := d.of("somchai").Created.Add(15 * time.Minute)
	d.run(deadline.Add(-2 * time.Minute))
	sam := d.Agent("sam").Claims("somchai")
	d.run(deadline.Add(-hop))
	sam.Writes("in-time", "it is on its way")
	d.FastForward(time.Minute)
	d.Breached("somchai", "acknowledge 1")
}

func TestWhatTurnsOutToBeMilderIsEscalatedWhenThatIsMissed(t *testing.T) {
	t.Parallel()
	d := simulate(t, 18)
	d.Line.Says("somchai", chargedTwo)
	d.FastForward(16 * time.Minute) // two clocks have missed, and each has begun its chain
	d.Lead("nok").Corrects("somchai", desk.High)
	steps := func() (n int) {
		for _, e := range d.log("somchai") {
			if e.What == desk.Breached && e.Metric == desk.FirstResponse {
				n++
			}
		}
		return n
	}
	before := steps()
	d.FastForward(40 * time.Minute) // an hour is what it has by now
	if n := steps(); n != before {
		t.Errorf("%d steps for a promise that is not missed", n-before)
	}
	d.FastForward(10 * time.Minute)
	if n := steps(); n == before {
		t.Error("no step for one that is")
	}
}

func TestAnHourWithSomethingInFlightIsNotClosed(t *testing.T) {
	t.Parallel()
	d := simulate(t, 19)
	began := d.Now()
	d.weather.down["inbound's function"]++
	if !d.delivers(d.Line.writes("somchai", chargedTwo)) {
		t.Fatal("not taken")
	}
	d.FastForward(7 * time.Hour)
	d.weather.down["inbound's function"]--
	d.Witness.Outage(began, d.Now())
	d.FastForward(time.Minute)
	d.Breached("somchai", "acknowledge 1", "first_response 1", "resolution 1")
}

func TestACorrectionInterruptsNobodyWhoTypes(t *testing.T) {
	t.Parallel()
	d := simulate(t, 20)
	d.Line.Says("somchai", chargedTwo)
	sam := d.Agent("sam").Claims("somchai")
	d.Lead("nok").Corrects("somchai", desk.Low) // and it is tier 1's
	sam.Replies("it is on its way")
	d.Line.Hears("somchai", "it is on its way")
}

func TestAReplyOfWhichNoCourierWasToldGoesOut(t *testing.T) {
	t.Parallel()
	d := simulate(t, 21)
	d.Line.Says("somchai", chargedTwo)
	d.FastForward(4 * time.Minute) // nothing else is due for as long
	d.Agent("sam").Claims("somchai").Writes("unheard", "it is on its way")
	if lost := d.outbound.Drop(func(desk.Nudge) bool { return true }); lost != 1 {
		t.Fatal(lost)
	}
	d.Witness.Outage(d.Now(), d.Now())
	d.FastForward(4 * time.Minute) // a minute, and the sweep after it
	d.Line.Hears("somchai", "it is on its way")
}

func TestTwoAnswersComeInTheirOrder(t *testing.T) {
	t.Parallel()
	d := simulate(t, 22)
	d.Line.Says("somchai", chargedTwo)
	d.Line.Misbehaves(limited)
	sam := d.Agent("sam").Claims("somchai")
	sam.Writes("first", "one moment please")
	sam.Writes("second", "it is on its way")
	d.Line.Says("somchai", "ยังไม่ได้เลยค่ะ") // which neither of the two has seen
	d.Line.Misbehaves()
	d.FastForward(2 * time.Minute)
	d.Line.Hears("somchai", "one moment please", "it is on its way")
	d.FastForward(16 * time.Minute)
	d.Breached("somchai", "next_response 2") // the second answer ended the first wait, and that for the message goes on from when it came
}
