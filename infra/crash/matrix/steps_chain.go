package matrix

import (
	"fmt"
	"slices"
	"time"

	"example.com/skala/infra/crash/world"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// What customers say whose breaches go through a chain of their own, by its name.
const (
	outage = "your site is down"  // told
	lost   = "my parcel is lost"  // passed
	broken = "it came broken"     // waiting
	court  = "I see you in court" // vendor
)

// staffed is a setup: the desk has one lead, who is away or not.
func staffed(away bool) func(*Run) error {
	return func(r *Run) error {
		lea := people.Member{ID: "lea", Name: "Lea", Roles: []string{"lead"}, Presence: people.Presence{Away: away}}
		return r.World.Store.SaveMember(r.Ctx, lea, people.Change{At: r.World.Now(), Who: "seed", What: "added", Kind: people.KindMember, Target: lea.ID})
	}
}

// stepped is a check: so went the chain of the ticket's acknowledge clock, each step
// once. One that was passed is in brackets, one that waits is "waits".
func stepped(want ...string) func(*Run) error {
	return func(r *Run) error {
		log, err := r.World.Store.Log(r.Ctx, r.Ticket)
		if err != nil {
			return err
		}
		var got []string
		for _, e := range log {
			switch {
			case e.What != desk.Breached || e.Metric != desk.Acknowledge || e.Cycle > 1:
			case !e.Until.IsZero():
				got = append(got, "waits")
			case e.Passed:
				got = append(got, "("+string(e.Step)+")")
			default:
				got = append(got, fmt.Sprint(append([]string{string(e.Step)}, e.To...)))
			}
		}
		if !slices.Equal(got, want) {
			return fmt.Errorf("the chain went %q, not %q", got, want)
		}
		return nil
	}
}

// either is a check: one of two holds.
func either(one, other func(*Run) error) func(*Run) error {
	return func(r *Run) error {
		if one(r) == nil {
			return nil
		}
		return other(r)
	}
}

// chained are the steps of chains: of the worker of the due queue, when a breach is
// due.
func chained() []Step {
	const missed = 181 * time.Second // acknowledgement, of what is critical
	begins := world.Noon.AddDate(0, 0, 1).Add(-6 * time.Hour).Sub(world.Noon)
	return []Step{
		// A directory that cannot be read is as one that names nobody: the page is taken.
		{Name: "due chain page", Setup: chain(staffed(false), opened(world.Line, outage), due(missed)), Check: either(stepped("[page lea]"), stepped("[page]"))},
		{Name: "due chain nobody", Setup: chain(staffed(true), opened(world.Line, outage), due(missed)), Check: either(stepped("(page)"), stepped("[page]"))},
		{Name: "due chain passed", Setup: chain(opened(world.Line, lost), due(missed)), Check: stepped("(warn)", "(notify)", "[incident]")},
		{Name: "due chain waiting", Setup: chain(opened(world.Line, broken), due(missed)), Check: stepped("waits")},
		{Name: "due chain next", Setup: chain(opened(world.Line, lost), due(missed+settled), deliveredOnce, due(5*time.Minute)), Check: stepped("(warn)", "(notify)", "[incident]", "[raise]")},
		{Name: "due chain waited", Setup: chain(opened(world.Line, broken), due(missed+settled), deliveredOnce, due(begins)), Check: stepped("waits", "[notify]")},
		{Name: "due chain vendor", Setup: chain(opened(world.Line, court), due(missed)), Check: stepped("[vendor]")},
	}
}

// deliveredOnce is a setup: the due queue gave out what it had.
func deliveredOnce(r *Run) error {
	_, err := deliver("DueQueue")(r)
	return err
}
