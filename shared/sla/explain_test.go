package sla_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"example.com/skala/shared/desk"
)

// asOf explains a history at an instant, from as much of its log as is given.
func (h *history) asOf(log []desk.Entry, at time.Time) desk.Explanation {
	return desk.Explain(h.ticket, log, at, desk.Under(h.plan))
}

// instants are some of a history: those of entries, the moments around them, and
// when something was to be done.
func (h *history) instants() (all []time.Time) {
	for range 2 {
		e := h.log[h.r.IntN(len(h.log))]
		all = append(all, e.At, e.At.Add(-time.Nanosecond), e.At.Add(time.Duration(h.r.IntN(100))*time.Hour))
		for _, due := range []time.Time{e.Deadline, e.Until, e.Lease.Until} {
			if !due.IsZero() {
				all = append(all, due, due.Add(-time.Nanosecond))
			}
		}
	}
	return all
}

// known is as much of a history as was known at an instant.
func (h *history) known(at time.Time) []desk.Entry {
	if n := slices.IndexFunc(h.log, func(e desk.Entry) bool { return e.At.After(at) }); n >= 0 {
		return h.log[:n]
	}
	return h.log
}

func TestWhatWasKnownThenIsTheFoldOfTheLogUntilThen(t *testing.T) {
	t.Parallel()
	histories(t, 40, func(t *testing.T, h *history) {
		if diff := cmp.Diff(h.ticket, h.asOf(h.log, h.now).Ticket, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("at the end (-stored +explained):\n%s", diff)
		}
		for _, at := range h.instants() {
			known := h.known(at)
			got := h.asOf(h.log, at)
			if diff := cmp.Diff(desk.Fold("thread.1", "", known, h.plan), got.Ticket, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("at %v (-folded +explained):\n%s", at, diff)
			}
			then := h.asOf(known, at)
			if diff := cmp.Diff(then, got, cmpopts.IgnoreFields(desk.Explanation{}, "Late", "After"), cmp.AllowUnexported(desk.Run{}), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("at %v what came later changes (-without +with):\n%s", at, diff)
			}
		}
	})
}

func TestEachStepThatFiredIsExplainedOnce(t *testing.T) {
	t.Parallel()
	fired := map[desk.What]int{}
	histories(t, 40, func(t *testing.T, h *history) {
		for _, at := range append(h.instants(), h.now) {
			said := map[int64]int{}
			for _, r := range h.asOf(h.log, at).All() {
				if r.Outcome == desk.DidFire || r.Outcome == desk.DidPass {
					said[r.Version]++
				}
			}
			for _, e := range h.known(at) {
				switch {
				case e.What == desk.Warned, e.What == desk.Breached, e.What == desk.Lapsed, e.What == desk.Resumed && e.Who == "", e.What == desk.ClosedNow && e.Who == "":
					fired[e.What]++
					if said[e.Version] != 1 {
						t.Errorf("at %v %s (version %d) is explained %d times", at, e.What, e.Version, said[e.Version])
					}
					delete(said, e.Version)
				}
			}
			if len(said) > 0 {
				t.Errorf("at %v what never fired is said to have: %v", at, said)
			}
		}
	})
	for _, what := range []desk.What{desk.Warned, desk.Breached, desk.Lapsed, desk.Resumed, desk.ClosedNow} {
		if fired[what] < 5 {
			t.Errorf("%s: %d only: this proves nothing", what, fired[what])
		}
	}
}

func TestWhatIsExplainedAsNextIsWhatTheDeskDoesNext(t *testing.T) {
	t.Parallel()
	ahead := 0
	histories(t, 40, func(t *testing.T, h *history) {
		for _, at := range append(h.instants(), h.now) {
			x := h.asOf(h.log, at)
			if x.Ticket.State == "" {
				continue
			}
			due := x.Ticket.DueAt(h.plan)
			next, ok := x.Next()
			switch {
			case due.IsZero() && !ok:
			case due.After(at) && ok && next.Outcome == desk.NotYet && next.Due.Equal(due):
				ahead++
			case !due.After(at) && !due.IsZero() && ok && next.Outcome == desk.DueAlready:
			default:
				t.Errorf("at %v: next is %+v, %v; the desk looks at it at %v", at, next, ok, due)
			}
			if e, acts := x.Ticket.Act(at, h.plan, nil); acts && e.Metric != "" && next.Outcome != desk.DueAlready {
				t.Errorf("at %v the desk does %s, and that is not explained: %+v", at, e.What, next)
			}
		}
	})
	if ahead < 40 {
		t.Errorf("only %d were ahead: this proves nothing", ahead)
	}
}

func TestClocksAreExplainedAsTheyStand(t *testing.T) {
	t.Parallel()
	seen := map[desk.Became]int{}
	histories(t, 40, func(t *testing.T, h *history) {
		for _, at := range append(h.instants(), h.now) {
			x := h.asOf(h.log, at)
			for _, c := range x.Ticket.Clocks {
				i := slices.IndexFunc(x.Clocks, func(o desk.ClockAt) bool { return o.Metric == c.Metric && o.Cycle == c.Cycle })
				if i < 0 {
					t.Errorf("at %v %s %d is not explained", at, c.Metric, c.Cycle)
					continue
				}
				got, want := x.Clocks[i], h.plan.Standing(x.Ticket, c, at)
				open := c.State == desk.Running || c.State == desk.Paused
				if ran := c.Metric == desk.AgentWork && !x.Ticket.Lease.Until.After(at); !ran && (got.State != c.State || got.Used != want.Used || open && got.Left != want.Left || got.Paused != want.Paused || !got.ClosedUntil.Equal(want.Closed)) {
					t.Errorf("at %v %s %d: explained as %+v, stands as %+v", at, c.Metric, c.Cycle, got, want)
				}
				if open == got.Since.IsZero() || got.Since.After(at) {
					t.Errorf("at %v %s is %s since %v", at, c.Metric, c.State, got.Since)
				}
			}
			for _, c := range x.Clocks {
				breaches := 0
				for _, r := range c.Causes {
					if r.Of == desk.TimerBreach {
						breaches++
					}
				}
				if breaches != 1 {
					t.Errorf("at %v the deadline of %s %d is explained %d times", at, c.Metric, c.Cycle, breaches)
				}
			}
			for _, r := range x.All() {
				seen[r.Outcome]++
				words := r.Words(func(at time.Time) string { return at.Format(time.RFC3339) })
				if strings.Contains(words, "0001-") || r.Subject() == "" || strings.Contains(words, "  ") || strings.HasSuffix(words, ": ") {
					t.Errorf("at %v: %q of %+v", at, words, r)
				}
				if late := r.At.After(at); late || r.Outcome == desk.NotYet != (r.Due.After(at) && r.At.IsZero()) {
					t.Errorf("at %v: %q", at, words)
				}
			}
		}
	})
	for _, outcome := range []desk.Became{desk.DidFire, desk.NotYet, desk.DueAlready, desk.DidStand, desk.DidMeet, desk.DidEnd, desk.DidNot} {
		if seen[outcome] < 20 {
			t.Errorf("%q: %d times only: this proves nothing", outcome, seen[outcome])
		}
	}
}
