package desk_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
)

// explains says what is explained of the story at some minutes after noon, a line
// for each reason, its instants in minutes too.
func (s *story) explains(minutes float64) (desk.Explanation, string) {
	s.t.Helper()
	x := desk.Explain(s.Ticket, s.log, noon.Add(time.Duration(minutes*float64(time.Minute))), desk.Under(promises{}))
	var lines []string
	for _, r := range x.All() {
		about := r.Subject()
		if r.Metric != "" {
			about = fmt.Sprintf("%s %d: %s", r.Metric, r.Cycle, about)
		}
		lines = append(lines, about+": "+r.Words(func(at time.Time) string { return fmt.Sprintf("%gm", at.Sub(noon).Minutes()) }))
	}
	return x, strings.Join(lines, "\n") + "\n"
}

// because checks what is explained at some minutes after noon: lines that stand
// there.
func (s *story) because(minutes float64, lines ...string) desk.Explanation {
	s.t.Helper()
	x, all := s.explains(minutes)
	for _, line := range lines {
		if n := strings.Count("\n"+all, "\n"+line+"\n"); n != 1 {
			s.t.Errorf("at %g min it says %d times %q:\n%s", minutes, n, line, all)
		}
	}
	return x
}

func TestEachStepSaysWhyItFiredOrDidNot(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "charged twice", desk.Critical).at(3.005)
	s.acts() // acknowledge was missed; its warning nobody saw
	s.at(6).claims("ann").replies("r1").at(11.25)
	s.acts() // the claim ran out at 11
	s.at(12).accepted("r1", 2).at(20)
	s.because(1,
		"acknowledge 1: warning: not yet: at 2.25m",
		"acknowledge 1: deadline, and raise tier: not yet: at 3m",
		"first_response 1: warning: not yet: at 11.25m",
		"first_response 1: deadline, and raise tier: not yet: at 15m",
		"telling the tier's queue again: not yet: at 15m: the queue was told when the ticket came to it")
	s.because(3.001,
		"acknowledge 1: warning: not at all: its deadline has come",
		"acknowledge 1: deadline, and raise tier: due since 3m, and not done")
	s.because(4,
		"acknowledge 1: deadline, and raise tier: fired at 3.005m, 0.3 s late: acknowledge missed: escalated within tier 3, nobody is above",
		"acknowledge 1: step 2, raise tier: not yet: at 18.005m")
	s.because(8,
		"acknowledge 1: step 2: met 12 min before, at 6m",
		"end of the claim of ann: not yet: at 11m",
		"telling the tier's queue again: not at all: ann has it")
	s.because(13,
		"first_response 1: deadline: met 3 min before, at 12m",
		"first_response 1: warning: fired at 11.25m: first response is about to be missed",
		"resolution 1: warning: paused: waiting for customer since 12m",
		"resolution 1: deadline, and raise tier: paused: waiting for customer since 12m",
		"end of the claim of ann: fired at 11.25m, 15 s late: a claim lapsed without a reply")
}

func TestWhatTookEffectAndWasKnownLaterIsSaid(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "charged twice", desk.Critical).at(6).claims("ann")
	// An entry that took effect before the one in front of it.
	s.write(desk.Entry{What: desk.Noted, Who: "bea", At: noon.Add(5 * time.Minute), Message: &desk.Message{Key: "n"}}, nil)
	x := s.because(5.5)
	if x.Ticket.Version != 1 || len(x.Log) != 1 || len(x.Late) != 1 || x.Late[0].Version != 3 || x.Ticket.State != desk.New {
		t.Errorf("version %d, %d entries known, late %+v", x.Ticket.Version, len(x.Log), x.Late)
	}
	if x.Before.Sub(noon) != 5*time.Minute || x.After.Sub(noon) != 6*time.Minute {
		t.Errorf("before is %v, after is %v", x.Before.Sub(noon), x.After.Sub(noon))
	}
	if x = s.because(6); x.Ticket.Version != 3 || len(x.Late) != 0 {
		t.Errorf("a moment later version %d, late %+v", x.Ticket.Version, x.Late)
	}
	if x = s.because(-1); x.Ticket.State != "" || x.Ticket.Version != 0 || !x.After.Equal(noon) || len(x.All()) != 0 {
		t.Errorf("before it began: %+v", x.Ticket)
	}
	mixed := slices.Clone(s.log)
	slices.Reverse(mixed)
	if got := desk.Explain(s.Ticket, mixed, noon.Add(6*time.Minute), desk.Under(promises{})); got.Ticket.Version != 3 {
		t.Errorf("by another order of storage version %d", got.Ticket.Version)
	}
}

func TestANewTargetIsSaidWhereItMovedSomething(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "a question", desk.Normal).at(2).says("m2", "charged twice", desk.Critical)
	s.because(2.5,
		"first_response 1: warning: not yet: at 11.25m (retargeted: severity from normal to critical, tier from 2 to 3, category from request to billing, at 2m)",
		"first_response 1: deadline, and raise tier: not yet: at 15m (retargeted: severity from normal to critical, tier from 2 to 3, category from request to billing, at 2m)")
	late := tell(t).says("m1", "a question", desk.Normal).at(20).says("m2", "charged twice", desk.Critical).at(20.1)
	late.acts()
	late.because(21,
		"first_response 1: warning: not at all: its deadline came first",
		"first_response 1: deadline, and raise tier: fired at 20.1m, 6 s late: first response missed, retargeted: escalated within tier 3, nobody is above")
}

func TestAStepThatWasPassedSaysWhoWasNotThere(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "charged twice", desk.Critical).at(3)
	s.write(desk.Entry{What: desk.Breached, Metric: desk.Acknowledge, Cycle: 1, Level: 1, Deadline: s.now, Tier: desk.Senior, Step: desk.NotifyTeam, Passed: true,
		Why: "acknowledge missed: notify team: nobody of night is on shift, passed"}, nil)
	s.because(3, "acknowledge 1: deadline, and notify team: passed at 3m: acknowledge missed: notify team: nobody of night is on shift, passed")
}

func TestWhatWasMissedUnnoticedIsSaidToHaveBeen(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "charged twice", desk.Critical).at(1).claims("ann").replies("r1").at(16).accepted("r1", 2)
	s.because(15.5, "first_response 1: deadline, and raise tier: due since 15m, and not done")
	s.because(16, "first_response 1: deadline: met 1 min late, at 16m: nobody noticed before, so no step was taken")
}

func TestHoldsAndClosingSayWhyTheyEnded(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "a question", desk.Normal).claims("ann").at(1).holds("ann", 20)
	s.because(10, "end of the hold: not yet: at 20m", "telling the tier's queue again: not at all: ann has it", "end of the claim of ann: no more from 1m on: held by ann")
	s.at(15).says("m2", "any news?", desk.Normal)
	s.because(15, "end of the hold: not yet: at 20m")
	s.at(20)
	s.acts()
	s.because(20, "end of the hold: fired at 20m: the hold came to its end")
	s.at(21).write(s.Solve("ann", "", s.now))
	s.because(22, "closing: not yet: at 10101m")
	s.at(23).write(s.Reopen("ann", "", s.now))
	s.because(23, "closing: no more from 23m on: reopened by ann")
	s.at(24).write(s.Solve("ann", "", s.now)).at(24 + 7*24*60)
	s.acts()
	x := s.because(24+7*24*60, "closing: fired at 10104m: closed")
	if next, ok := x.Next(); ok {
		t.Errorf("something is due of a closed ticket: %+v", next)
	}
}

func TestWhatTheHeadAloneKnowsIsToldWhereItIsKnown(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "a question", desk.Normal).at(40)
	s.Nudged = noon.Add(16 * time.Minute)
	s.because(10, "telling the tier's queue again: not yet: at 15m: the queue was told when the ticket came to it")
	s.because(15.5, "telling the tier's queue again: due since 15m: it may have been done since, which leaves no entry")
	s.because(20, "telling the tier's queue again: not yet: at 31m: the queue was told again before")
}

func TestWhatIsExplainedDoesNotChangeTheLog(t *testing.T) {
	t.Parallel()
	s := tell(t).says("m1", "charged twice", desk.Critical).at(20)
	s.acts()
	before := slices.Clone(s.log)
	for minute := range 30 {
		s.explains(float64(minute))
	}
	if diff := cmp.Diff(before, s.log); diff != "" {
		t.Error(diff)
	}
}
