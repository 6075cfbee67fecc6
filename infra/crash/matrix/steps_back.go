package matrix

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"example.com/skala/infra/crash/world"
	"example.com/skala/infra/faults"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/ledger"
)

// tableDown is the table answering nobody but whoever looks from outside.
var tableDown = faults.PlanFunc(func(c faults.Call) *faults.Fault {
	if strings.HasSuffix(c.Name(), " Table") {
		return &faults.Fault{Kind: faults.Before}
	}
	return nil
})

// receives has what waits on the inbound queue delivered so often that it was
// delivered n times, while the table is down.
func receives(n int) func(*Run) error {
	return func(r *Run) error {
		r.World.Plan(tableDown)
		defer r.World.Plan(nil)
		for range n {
			if _, _, err := Deliver(r.Ctx, r.World, "InboundQueue"); err != nil {
				return err
			}
			r.World.Pass(gap)
		}
		return nil
	}
}

// letters is a setup: so many events are dead letters.
func letters(n int) func(*Run) error {
	return func(r *Run) error {
		all := []world.Event{says(world.Line, malee, 1, critical), says(world.Line, pedro, 1, critical)}
		if err := chain(arrives(all[:n]...), receives(20))(r); err != nil {
			return err
		}
		if got := len(r.World.Letters("InboundDeadLetters")); got != n {
			return fmt.Errorf("%d dead letters, not %d:\n%s", got, n, r.World.Log())
		}
		return nil
	}
}

// misread is a setup: bodies that a mended door can split now stand in quarantine,
// as one that could not split them left them there.
func misread(r *Run) error { return misreads(r, malee, pedro) }

func misreads(r *Run, authors ...string) error {
	for n, author := range authors {
		hook := r.World.Webhook(says(world.Line, author, 1, critical), says(world.Line, author, 2, low))
		delivery := fmt.Sprintf("misread%d", n)
		raw := desk.RawEvent{App: hook.App, Body: hook.Body, Received: r.World.Now(), Delivery: ledger.EventDelivery(delivery, 0), Whole: true}
		if err := r.World.Store.Quarantine(r.Ctx, raw, "splitting webhook: not yet"); err != nil {
			return err
		}
		if err := r.World.Store.Accept(r.Ctx, desk.Acceptance{Delivery: delivery, App: hook.App, Received: raw.Received, Accounts: []string{""}}); err != nil {
			return err
		}
		r.World.Accepted(hook.Events...)
	}
	return nil
}

// kept is the id of what was quarantined, last in order.
func kept(r *Run) (string, error) {
	all, _, err := r.World.Store.Quarantined(r.Ctx, "", 10)
	if err != nil || len(all) == 0 {
		return "", fmt.Errorf("%d are in quarantine: %w", len(all), err)
	}
	first := all[0]
	for _, k := range all {
		if k.ID > first.ID {
			first = k
		}
	}
	return first.ID, nil
}

// replays is the act of a lead who has something replayed, or all. Who got no
// answer looks whether it is still there before they ask again.
func replays(page, all bool) func(*Run) (bool, error) {
	return func(r *Run) (bool, error) {
		rest, _, err := r.World.Store.Quarantined(r.Ctx, "", 10)
		if err != nil || r.Try > 0 && len(rest) == 0 {
			return true, err
		}
		path := "/quarantine/replay"
		if !all {
			id, err := kept(r)
			if err != nil {
				return false, err
			}
			path = "/quarantine/" + id + "/replay"
		}
		in := world.Request{Who: world.Lead, Path: path, Form: url.Values{}}
		if !page {
			in.Path, in.Form, in.JSON = "/api/v1"+path, nil, struct{}{}
		}
		answer, err := r.World.Ask(r.Ctx, in)
		if err != nil || answer.Status != http.StatusOK {
			return answer.Status == http.StatusNotFound, err
		}
		rest, _, err = r.World.Store.Quarantined(r.Ctx, "", 10)
		return len(rest) == 0, err // what failed stands there, and they try again
	}
}

// redrives is the act of a lead who gives dead letters back, one or all. Who got no
// answer looks again, when whatever hides them is over.
func redrives(page, all bool) func(*Run) (bool, error) {
	return redrivesFrom("inbound", "InboundDeadLetters", page, all)
}

// redrivesFrom is that for the dead letters of one queue, by its name and theirs.
func redrivesFrom(queue, dead string, page, all bool) func(*Run) (bool, error) {
	return func(r *Run) (bool, error) {
		if r.Try > 0 {
			if err := r.World.Appear(r.Ctx); err != nil {
				return false, err
			}
		}
		letters := r.World.Letters(dead)
		if len(letters) == 0 {
			return true, nil
		}
		form := url.Values{"queue": {queue}, "all": {"yes"}}
		body := map[string]any{"queue": queue, "all": true}
		if !all {
			form, body = url.Values{"queue": {queue}, "id": {letters[0]}}, map[string]any{"queue": queue, "id": letters[0]}
		}
		in := world.Request{Who: world.Lead, Path: "/dead-letters/redrive", Form: form}
		if !page {
			in.Path, in.Form, in.JSON = "/api/v1/dead-letters/redrive", nil, body
		}
		answer, err := r.World.Ask(r.Ctx, in)
		return answer.Status == http.StatusOK && len(r.World.Letters(dead)) == 0, err
	}
}

// audits is the act of the audit's schedule: what fails is done the next time, and
// an hour whose rows an index did not show is closed then.
func audits(r *Run) (bool, error) {
	return r.World.Sweep(r.Ctx, "Audit") == nil && shuts(r) == nil, nil
}

// untold is a setup: events that the door let in while the ledger could not be
// told.
func untold(r *Run) error {
	r.World.Plan(tableDown)
	err := r.arrive(r.World.Webhook(says(world.Line, malee, 1, critical)))
	r.World.Plan(nil)
	if err != nil {
		return err
	}
	return rested(r)
}

// shuts is a check: the hour of the beginning is closed.
func shuts(r *Run) error {
	pages, err := r.World.Store.ClosedHours(r.Ctx, world.Noon, world.Noon)
	if err == nil && len(pages) != 1 {
		err = fmt.Errorf("%d hours are closed", len(pages))
	}
	return err
}

// closes is a check: the hour of the beginning is closed, and its page says what
// the table has.
func closes(r *Run) error {
	if err := shuts(r); err != nil {
		return err
	}
	pages, err := r.World.Store.ClosedHours(r.Ctx, world.Noon, world.Noon)
	if err != nil {
		return err
	}
	hour, err := r.World.Store.LedgerHour(r.Ctx, world.Noon)
	if err != nil {
		return err
	}
	if is := ledger.Reckon(hour, r.World.Now()); len(is.Rows) == 0 || !slices.Equal(pages[0].Rows, is.Rows) {
		return fmt.Errorf("the hour was closed with %+v, and comes to %+v", pages[0].Rows, is.Rows)
	}
	return nil
}

// audited is a setup: the audit has closed every hour before the present one.
func audited(r *Run) error { return r.World.Sweep(r.Ctx, "Audit") }

// Back are the steps of what looks back: giving dead letters back, replaying what
// could not be read, and the audit.
func Back() []Step {
	lead := signedIn(world.Lead)
	one := func(r *Run) error { return misreads(r, malee) }
	events := func(r *Run) error {
		return r.let(says(world.Line, malee, 1, critical), says(world.Line, pedro, 1, critical))
	}
	all := []Step{
		{Name: "triage gives up", In: "Triage", Setup: chain(arrives(says(world.Line, malee, 1, critical)), receives(19)), Act: givesUp("inbound", "InboundQueue", "InboundDeadLetters", onlyThread), Standing: onlyThread},
		{Name: "api redrive all", In: "Console", Routes: []string{"POST /api/v1/dead-letters/redrive"}, Setup: letters(2), Act: redrives(false, true)},
		{Name: "api redrive one", In: "Console", Setup: letters(1), Act: redrives(false, false)},
		{Name: "page redrive", In: "Console", Routes: []string{"POST /dead-letters/redrive"}, Setup: chain(letters(2), lead), Act: redrives(true, true)},
		{Name: "api replay one", In: "Console", Routes: []string{"POST /api/v1/quarantine/{id}/replay"}, Setup: one, Act: replays(false, false)},
		{Name: "api replay all", In: "Console", Routes: []string{"POST /api/v1/quarantine/replay"}, Setup: misread, Act: replays(false, true)},
		{Name: "page replay one", In: "Console", Routes: []string{"POST /quarantine/{id}/replay"}, Setup: chain(one, lead), Act: replays(true, false)},
		{Name: "page replay all", In: "Console", Routes: []string{"POST /quarantine/replay"}, Setup: chain(misread, lead), Act: replays(true, true)},
		{Name: "replay into a closed hour", In: "Console", Setup: chain(audited, misread, pass(3*time.Hour+10*time.Minute), audited), Act: replays(false, true)},
		{Name: "replay of what can't be read", In: "Console", Setup: chain(body("what is this?"), func(r *Run) error { return r.arrive(r.Hook) }), Act: func(r *Run) (bool, error) {
			id, err := kept(r)
			if err != nil {
				return false, err
			}
			answer, err := r.World.Ask(r.Ctx, world.Request{Who: world.Lead, Path: "/api/v1/quarantine/" + id + "/replay", JSON: struct{}{}})
			return answer.Status == http.StatusOK, err
		}},
		{Name: "audit", In: "Audit", Setup: chain(audited, events, pass(3*time.Hour+10*time.Minute)), Act: audits, Check: closes},
		{Name: "audit of what the ledger was not told", In: "Audit", Setup: chain(audited, untold, pass(3*time.Hour+10*time.Minute)), Act: audits, Check: shuts},
		{Name: "audit of an hour opened again", In: "Audit", Setup: chain(audited, misread, pass(3*time.Hour+10*time.Minute), audited, func(r *Run) error {
			_, err := replays(false, true)(r)
			return err
		}, rested), Act: audits, Check: closes},
	}
	return all
}

// givesUp is the act of an event source that delivers something for the last time,
// while out stands in its way. What fails even then is a dead letter, which somebody
// gives back before it is out of the way: it comes to the same in the end.
func givesUp(name, queue, dead string, out faults.Plan) func(*Run) (bool, error) {
	last := func(r *Run) (bool, error) {
		n, failed, err := Deliver(r.Ctx, r.World, queue)
		return n > 0 && failed == 0 && len(r.World.Letters(dead)) == 0, err
	}
	back := redrivesFrom(name, dead, false, true)
	return func(r *Run) (bool, error) {
		if r.Try == 0 {
			return last(r)
		}
		if done, err := back(r); !done || err != nil {
			return false, err
		}
		r.World.Plan(out)
		defer r.World.Plan(nil)
		for range 19 {
			if _, _, err := Deliver(r.Ctx, r.World, queue); err != nil {
				return false, err
			}
			r.World.Pass(gap)
		}
		return last(r)
	}
}

// gap is more than lies between two deliveries of what failed.
const gap = 2 * time.Second

// onlyThread is the reads of a thread failing, and nothing else.
var onlyThread = faults.PlanFunc(func(c faults.Call) *faults.Fault {
	if c.Process == "Triage" && c.Operation == "BatchGetItem" {
		return &faults.Fault{Kind: faults.Before}
	}
	return nil
})
