package story_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/skala/infra/policy"
	"example.com/skala/infra/story"
	"example.com/skala/shared/audit"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/metrics"
)

// A timer is one kind of instant at which the desk acts by itself.
type timer struct {
	name string
	set  func(d *story.Desk, who string)              // leaves a ticket of theirs that waits for it
	due  func(d *story.Desk, t desk.Ticket) time.Time // when that is
	done func(d *story.Desk, who string) bool         // something came of it
	some audit.Bounds                                 // of runs that do not see all, and find it all the same; nothing for none
}

func has(what desk.What) func(d *story.Desk, who string) bool {
	return func(d *story.Desk, who string) bool { return strings.Contains(d.Log(who), string(what)) }
}

func in(after time.Duration) func(*story.Desk, desk.Ticket) time.Time {
	return func(_ *story.Desk, t desk.Ticket) time.Time { return t.Updated.Add(after) }
}

const whenOpen = "ร้านเปิดกี่โมงคะ" // nothing that hurries

// timers are all kinds.
var timers = []timer{
	{name: "warning", set: func(d *story.Desk, who string) { d.Says(who, whenOpen) }, due: func(_ *story.Desk, t desk.Ticket) time.Time {
		return t.Clocks[0].WarnAt
	}, done: has(desk.Warned), some: audit.Bounds{Ever: 1}},
	{name: "deadline", set: func(d *story.Desk, who string) { d.Says(who, chargedTwice) }, due: in(3 * time.Minute), done: has(desk.Breached), some: audit.Bounds{Ever: 1, Working: 1}},
	{name: "claim", set: func(d *story.Desk, who string) {
		d.Says(who, chargedTwice)
		d.Claims("ann", who)
	}, due: in(5 * time.Minute), done: has(desk.Lapsed)},
	{name: "hold", set: func(d *story.Desk, who string) {
		d.Says(who, whenOpen)
		d.Does(who, holds(8*time.Minute))
	}, due: in(8 * time.Minute), done: has(desk.Resumed)},
	{name: "snooze", set: func(d *story.Desk, who string) {
		d.Says(who, whenOpen)
		d.Does(who, func(t desk.Ticket, now time.Time, _ desk.Clockwork) (desk.Entry, error) {
			return t.Snooze("ann", now.Add(8*time.Minute), "", now)
		})
	}, due: in(8 * time.Minute), done: has(desk.Woken)},
	{name: "closing", set: func(d *story.Desk, who string) {
		d.Says(who, chargedTwice)
		d.Does(who, solves)
	}, due: in(7 * 24 * time.Hour), done: has(desk.ClosedNow), some: audit.Bounds{Ever: 1, Working: 1}},
	{name: "nudge", set: func(d *story.Desk, who string) { d.Says(who, whenOpen) }, due: in(15 * time.Minute), done: func(d *story.Desk, who string) bool {
		return !d.Of(who).Nudged.IsZero()
	}},
	{name: "reply", set: func(d *story.Desk, who string) {
		d.Says(who, chargedTwice)
		d.Claims("ann", who)
		d.Replies(who, who+"-1", "We look into it.")
	}, due: in(time.Minute), done: has(desk.Sent)},
	{name: "author", set: func(d *story.Desk, who string) {
		d.Deliver(d.Event(desk.Event{Kind: desk.MessageCreated, Key: "p" + who, ID: "p" + who, Author: desk.Author{ID: who}, Text: "thanks", Profile: true}))
	}, due: in(0), done: func(d *story.Desk, who string) bool { return d.Of(who).Profile == desk.ProfileAsked }},
	{name: "attachment", set: func(d *story.Desk, who string) {
		d.Deliver(d.Event(desk.Event{
			Kind: desk.MessageCreated, Key: "f" + who, ID: "f" + who, Author: desk.Author{ID: who}, Text: "thanks",
			Attachments: []desk.Attachment{{Type: "story", URL: "https://cdn.example/story", Until: d.Now().Add(24 * time.Hour)}},
		}))
	}, due: in(24 * time.Hour), done: func(d *story.Desk, who string) bool { return d.Of(who).Forget.IsZero() }},
}

// TestATimerThatIsLostIsFoundWithinAPeriod takes timers and nudges away at random,
// of all kinds, and lets the desk go on: each is acted on at most a period late,
// however little of the desk one run of the audit looks at.
func TestATimerThatIsLostIsFoundWithinAPeriod(t *testing.T) {
	t.Parallel()
	for n, k := range timers {
		for _, bounds := range slices.Compact([]audit.Bounds{{}, k.some}) {
			t.Run(fmt.Sprintf("%s, %d at most", k.name, bounds.Ever), func(t *testing.T) {
				t.Parallel()
				d := story.Tell(t, policy.Default)
				d.Bounds, d.Audited = bounds, true
				r := rand.New(rand.NewPCG(8, uint64(n)))
				who := []string{"somchai", "malee"}
				for more := range 8 * bounds.Working { // more than rounds come by in time
					who = append(who, fmt.Sprint("author", more))
				}
				for _, author := range who {
					k.set(d, author)
				}
				due := k.due(d, d.Of("somchai"))
				if near := due.Add(-10 * time.Minute); near.After(d.Now()) {
					d.SetTime(near)
				}
				d.FastForward(time.Duration(r.Int64N(1 + int64(due.Sub(d.Now())))))
				lost := d.Now()
				d.LoseNudges()
				gone := []string{who[r.IntN(len(who))]}
				if bounds.Working > 0 {
					gone = who
				}
				for _, author := range gone {
					d.LoseTimer(author)
				}
				d.FastForward(max(due.Sub(lost), audit.Period) + 2*time.Second)
				for _, author := range who {
					if !k.done(d, author) {
						t.Errorf("lost at %v, nothing came of that of %s: %s", lost, author, d.Log(author))
					}
				}
				if n := d.Measured()[metrics.AuditDifferences]; n != len(gone) {
					t.Errorf("lost at %v, %d timers were missed, not %d", lost, n, len(gone))
				}
			})
		}
	}
}

// TestAHeadThatIsNotItsLogIsMended damages what stands in the table.
func TestAHeadThatIsNotItsLogIsMended(t *testing.T) {
	t.Parallel()
	damages := map[string]func(*desk.Ticket){
		"a deadline a day late": func(t *desk.Ticket) {
			t.Clocks[0].Deadline, t.Clocks[0].StepAt = t.Clocks[0].Deadline.AddDate(0, 0, 1), t.Clocks[0].StepAt.AddDate(0, 0, 1)
		},
		"a clock that stands": func(t *desk.Ticket) { t.Clocks[0].State = desk.Paused },
		"no clocks":           func(t *desk.Ticket) { t.Clocks = nil },
		"another tier":        func(t *desk.Ticket) { t.Tier = desk.SelfService },
		"a claim": func(t *desk.Ticket) {
			t.Lease = desk.Lease{Agent: "nobody", Token: "none", Until: story.Noon.AddDate(1, 0, 0)}
		},
		"closed": func(t *desk.Ticket) { t.State = desk.Closed },
	}
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := story.Tell(t, policy.Default)
			d.Says("somchai", chargedTwice)
			was := d.Of("somchai")
			d.Damage("somchai", damage)
			if got := d.Audits(); got[metrics.AuditDifferences] != 1 || got[metrics.AuditRepairs] != 1 {
				t.Errorf("the audit measures %v", got)
			}
			if is := d.Of("somchai"); fmt.Sprint(is) != fmt.Sprint(was) {
				t.Errorf("it is\n%+v, and was\n%+v", is, was)
			}
			d.FastForward(3*time.Minute + time.Second)
			if !strings.Contains(d.Log("somchai"), "breached") {
				t.Errorf("nothing came of its deadline: %s", d.Log("somchai"))
			}
		})
	}
}

// TestTheAuditActsForASweepThatStands has nothing but the audit and the worker.
func TestTheAuditActsForASweepThatStands(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	d.Says("somchai", chargedTwice)
	d.LoseNudges()
	d.SweepDown = true
	d.FastForward(135*time.Second + 30*time.Second) // the warning
	if got := d.Audits(); got[metrics.AuditRepairs] != 0 {
		t.Errorf("half a minute late is repaired: %v", got)
	}
	d.LoseNudges()
	d.FastForward(audit.Period)
	if got := d.Audits(); got[metrics.AuditRepairs] != 1 || got[metrics.AuditDifferences] != 0 {
		t.Errorf("the audit measures %v", got)
	}
	d.FastForward(time.Second)
	if !strings.Contains(d.Log("somchai"), "breached") {
		t.Errorf("nothing came of its deadline: %s", d.Log("somchai"))
	}
}

// TestAnAuditThatRunsTwiceAtOnceChangesNothingTwice has several at work on one desk.
func TestAnAuditThatRunsTwiceAtOnceChangesNothingTwice(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	who := []string{"somchai", "malee", "pedro"}
	for _, author := range who {
		d.Says(author, chargedTwice)
		d.Damage(author, func(t *desk.Ticket) { t.Clocks = nil })
	}
	done := make(chan struct{})
	for range 4 {
		go func() {
			defer func() { done <- struct{}{} }()
			d.Audits()
		}()
	}
	for range 4 {
		<-done
	}
	d.FastForward(3*time.Minute + time.Second)
	for _, author := range who {
		if got := d.Log(author); got != "received, warned, breached" {
			t.Errorf("%s: %s", author, got)
		}
	}
}

// TestAnEntryBeforeItsTimeIsTold writes one that nobody can take back.
func TestAnEntryBeforeItsTimeIsTold(t *testing.T) {
	t.Parallel()
	for _, e := range []desk.Entry{
		{What: desk.Breached, Metric: desk.Acknowledge, Cycle: 1, Level: 1, Tier: desk.Senior, Why: "too early"},
		{What: desk.Warned, Metric: desk.FirstResponse, Cycle: 1},
		{What: desk.Lapsed},
		{What: desk.ClosedNow},
	} {
		t.Run(string(e.What), func(t *testing.T) {
			t.Parallel()
			d := story.Tell(t, policy.Default)
			d.Unsound = true
			d.Says("somchai", chargedTwice)
			d.Does("somchai", func(t desk.Ticket, now time.Time, _ desk.Clockwork) (desk.Entry, error) {
				e.Version, e.At = t.Version+1, now
				return e, nil
			})
			for range 2 { // as long as somebody may have to look
				if got := d.Audits(); got[metrics.AuditDifferences] != 1 || !d.Told.Holds(string(e.What)+" before its time") {
					t.Errorf("the audit measures %v", got)
				}
			}
			d.SetTime(d.Now().AddDate(0, 0, 2))
			if got := d.Audits(); got[metrics.AuditDifferences] != 0 {
				t.Errorf("two days later it measures %v", got)
			}
		})
	}
}

// TestNothingClosedStaysInTheIndex tells a story of everything and walks what is
// due: each row is of a ticket that is not over, or of something that is to be
// forgotten, at its instant.
func TestNothingClosedStaysInTheIndex(t *testing.T) {
	t.Parallel()
	d := story.Tell(t, policy.Default)
	var who []string
	for n, k := range timers {
		author := fmt.Sprintf("author%d", n)
		who = append(who, author)
		k.set(d, author)
	}
	far := story.Noon.AddDate(10, 0, 0)
	d.FastForward(30 * time.Minute)
	for _, author := range who {
		if !d.Of(author).State.Final() && d.Of(author).State != desk.Solved {
			d.Does(author, solves)
		}
	}
	if due, err := d.Store.Due(t.Context(), far, 100); err != nil || len(due) < len(who) {
		t.Fatalf("%d are due of %d that are to close, %v", len(due), len(who), err)
	}
	for range 2 { // what is to be forgotten, and what is to close
		d.SetTime(d.Now().AddDate(0, 0, 4))
		d.FastForward(2 * time.Second)
	}
	due, err := d.Store.Due(t.Context(), far, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range due {
		i := slices.IndexFunc(d.Tickets(), func(t desk.Ticket) bool { return t.ID == row.Nudge.Ticket })
		if i < 0 || d.Tickets()[i].State.Final() {
			t.Errorf("due at %v: %+v", row.At, row.Nudge)
		}
	}
	for _, author := range who {
		if state := d.Of(author).State; state != desk.Closed {
			t.Errorf("%s is %s: %s", author, state, d.Log(author))
		}
	}
}
