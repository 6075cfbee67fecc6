package simulation

import (
	"testing"
	"time"

	"example.com/skala/infra/simulation/judge"
	"example.com/skala/shared/desk"
)

// What goes to others and comes back: tickets to a vendor, and word of them to people.

func TestAVendorGivesBackWhatTheyWereSent(t *testing.T) {
	t.Parallel()
	d := simulate(t, 50)
	d.Line.Says("somchai", chargedTwo)
	d.Agent("sam").Claims("somchai").must("somchai", "escalate", map[string]any{"reason": "whose machine is it?"})
	d.FastForward(2 * time.Second)
	d.Console.Shows("somchai", desk.Vendor, "on hold")
	id := string(d.of("somchai").ID)
	d.posts(d.word(id, desk.VendorWorks))
	d.FastForward(time.Second)
	d.Console.Shows("somchai", desk.Vendor, "on hold")
	done := d.word(id, desk.VendorDone)
	d.posts(done)
	d.posts(done)
	d.FastForward(time.Second)
	d.Console.Shows("somchai", desk.Senior, "open") // sam's, who is there until four
}

func TestAVendorGivesNothingBackToWhoWentHome(t *testing.T) {
	t.Parallel()
	d := simulate(t, 51)
	d.Until("2031-03-03 15:50")
	d.Line.Says("somchai", chargedTwo)
	d.Agent("sam").Claims("somchai").must("somchai", "escalate", map[string]any{"reason": "whose machine is it?"})
	d.Until("2031-03-03 16:02")
	d.posts(d.word(string(d.of("somchai").ID), desk.VendorAsks))
	d.FastForward(time.Second)
	d.Console.Shows("somchai", desk.Senior, "new")
}

func TestAVendorWhoIsFasterThanOurOwnNoteIsHeard(t *testing.T) {
	t.Parallel()
	d := simulate(t, 52)
	d.eager = true
	d.Line.Says("somchai", chargedTwo)
	d.Agent("sam").Claims("somchai").must("somchai", "escalate", map[string]any{"reason": "whose machine is it?"})
	d.FastForward(5 * time.Minute)
	d.Console.Shows("somchai", desk.Senior, "vendor said done")
}

func TestAVendorIsMissed(t *testing.T) {
	t.Parallel()
	d := simulate(t, 53)
	d.Web.Says("maria", openingHours)
	d.Lead("lea").Claims("maria").Replies("we ask the roastery").must("maria", "escalate", map[string]any{"tier": 4, "reason": "when do you open?"})
	d.FastForward(5*time.Hour + 59*time.Minute)
	d.Breached("maria")
	d.FastForward(2 * time.Minute)
	d.Breached("maria", "vendor 1")
}

func TestAVendorSpeaksOfTheirOwnTicketsAlone(t *testing.T) {
	t.Parallel()
	d := simulate(t, 54)
	d.Line.Says("somchai", chargedTwo)
	stranger := d.word(string(d.of("somchai").ID), desk.VendorDone)
	stranger.kept, stranger.says[0].key = true, string(stranger.body)
	d.posts(stranger)
	d.FastForward(time.Second)
	d.Console.Shows("somchai", desk.Senior, "new")
}

func TestARefusedTicketIsWithNobodyOutside(t *testing.T) {
	t.Parallel()
	d := simulate(t, 55)
	d.mail = []mood{expired}
	d.Line.Says("somchai", chargedTwo)
	d.Agent("sam").Claims("somchai").must("somchai", "escalate", map[string]any{"reason": "whose machine is it?"})
	d.FastForward(2 * time.Second)
	d.Console.Shows("somchai", desk.Vendor, "nobody outside the desk was told")
	d.Lead("nok").Claims("somchai").Replies("it is ours")
}

func TestWhatIsTakenBackFromAVendorIsSomebodys(t *testing.T) {
	t.Parallel()
	d := simulate(t, 56)
	d.Line.Says("somchai", chargedTwo)
	d.Agent("sam").Claims("somchai").must("somchai", "escalate", map[string]any{"reason": "whose machine is it?"})
	d.FastForward(2 * time.Second)
	d.Lead("nok").decides("somchai", "correct", map[string]any{"tier": desk.General, "reason": "anybody can tell"})
	d.Console.Shows("somchai", desk.General, "new")
	d.posts(d.word(string(d.of("somchai").ID), desk.VendorDone)) // who have not heard of that
	d.FastForward(time.Second)
	d.Console.Shows("somchai", desk.General, "new")
}

func TestALetterWithoutAnAnswerIsTheSameAgain(t *testing.T) {
	t.Parallel()
	d := simulate(t, 57)
	d.mail = []mood{mute}
	for _, who := range []string{"somchai", "maria", "nikos"} {
		d.Line.Says(who, chargedTwo)
		d.Lead("lea").Assigns(who, "nok")
		d.FastForward(time.Second)
	}
	d.FastForward(10 * time.Second)
	d.mail = nil
	d.FastForward(20 * time.Minute)
}

func TestALetterThatNobodyTakesHoldsNothingUpForEver(t *testing.T) {
	t.Parallel()
	d := simulate(t, 58)
	d.mail = []mood{limited}
	d.Web.Says("maria", openingHours)
	d.Lead("lea").Assigns("maria", "nok")
	d.FastForward(24*time.Hour + 20*time.Minute)
	d.Console.Shows("maria", d.of("maria").Tier, "email failed")
	d.mail = nil
}

func TestWordOfATicketThatWasLostIsFound(t *testing.T) {
	t.Parallel()
	d := simulate(t, 59)
	for _, who := range []string{"somchai", "maria", "nikos"} {
		d.Line.Says(who, chargedTwo)
	}
	lea := d.Lead("lea")
	loses := func(about string) {
		if d.notices.Drop(func(desk.Nudge) bool { return true }) == 0 {
			t.Fatal("no nudge was on the queue")
		}
		d.Witness.Trouble(judge.Letters, d.Now(), d.Now())
		d.Witness.Trouble(string(d.of(about).ID), d.Now(), d.Now())
		d.FastForward(90 * time.Second)
	}
	lea.Assigns("somchai", "nok")
	loses("somchai") // it is on nobody's list yet
	lea.Assigns("maria", "nok")
	d.FastForward(time.Second)
	lea.Assigns("nikos", "nok")
	d.FastForward(time.Second)
	loses("nikos") // it waits in a box
	d.FastForward(time.Minute)
	if n := d.lettersTo("nok"); n != 3 {
		t.Errorf("%d letters of three tickets", n)
	}
}

func TestNobodyIsWrittenToAtNightOfWhatCanWait(t *testing.T) {
	t.Parallel()
	d := simulate(t, 60)
	d.Web.Says("maria", openingHours)
	d.Web.Misbehaves(limited)
	d.Agent("bo").Claims("maria").Replies("at nine")
	d.Until("2031-03-03 20:00")
	d.Web.Misbehaves(expired)
	d.FastForward(30 * time.Minute) // it has failed, and bo sleeps
	d.Web.Misbehaves()
	if n := d.lettersTo("bo"); n != 0 {
		t.Errorf("%d letters at night", n)
	}
	d.Until("2031-03-04 07:01")
	if n := d.lettersTo("bo"); n == 0 {
		t.Error("no letter in the morning")
	}
}
