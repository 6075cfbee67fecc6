package matrix

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"example.com/skala/infra/crash/world"
	"example.com/skala/shared/desk"
)

// notices is a setup: a ticket whose deadline was missed, and a lead who is paged. The
// queue has the nudge for the notice of it.
var notices = chain(staffed(false), opened(world.Line, outage), due(181*time.Second+settled), deliveredOnce, inHand("NoticesQueue"))

// notifies is the act of the event source of the queue of notices, until nothing is left
// on it: whoever posts a notice nudges for the boxes that it came into.
func notifies(r *Run) (bool, error) {
	for range 20 {
		n, failed, err := Deliver(r.Ctx, r.World, "NoticesQueue")
		if err != nil || failed > 0 {
			return false, err
		}
		if n == 0 {
			return true, nil
		}
	}
	return false, nil
}

// deaf is an act: the program does not take letters the first time.
func deaf(d world.Deafness, act func(*Run) (bool, error)) func(*Run) (bool, error) {
	return func(r *Run) (bool, error) {
		if r.Try == 0 {
			r.World.Deafen(d)
		}
		return act(r)
	}
}

// ended is a check: so it ended with the letter about the page.
func ended(words string) func(*Run) error {
	return func(r *Run) error {
		log, err := r.World.Store.Log(r.Ctx, r.Ticket)
		if err != nil {
			return err
		}
		for _, e := range log {
			if e.What == desk.Notified && strings.HasPrefix(e.Why, "breach: webhook records ") {
				if strings.Contains(e.Why, words) {
					return nil
				}
				return fmt.Errorf("it says %q", e.Why)
			}
		}
		return fmt.Errorf("nothing became of it")
	}
}

// Notify are the steps of the notifier.
func Notify() []Step {
	again := func(r *Run) error {
		t, err := r.World.Store.Ticket(r.Ctx, r.Ticket)
		if err != nil {
			return err
		}
		return r.World.Put(r.Ctx, "NoticesQueue", desk.Nudge{Ticket: t.ID, Version: t.Told})
	}
	all := []Step{
		{Name: "notify", Setup: notices, Check: ended("accepted")},
		{Name: "notify twice", Setup: chain(notices, again), Check: ended("accepted")},
		{Name: "notify several", Setup: chain(notices, func(r *Run) error {
			if err := r.claims(world.Senior); err != nil {
				return err
			}
			return r.does(world.Lead, "assign", map[string]any{"assignee": "lea", "reason": "hers"})
		}), Check: ended("accepted")},
		{Name: "notify later", Setup: notices, Act: deaf(world.Deafness{Status: http.StatusServiceUnavailable, Times: 1}, notifies), Check: ended("accepted")},
		{Name: "notify in doubt", Setup: notices, Act: deaf(world.Deafness{Lost: true, Times: 1}, notifies), Check: ended("accepted")},
		{Name: "notify refused", Setup: notices, Act: deaf(world.Deafness{Status: http.StatusGone, Times: 1000}, notifies), Check: ended("failed (refused): status 410")},
		{Name: "notify nobody", Setup: func(r *Run) error {
			return r.World.Put(r.Ctx, "NoticesQueue", desk.Nudge{Ticket: "nobody.1", Version: 3})
		}},
		{Name: "notify no box", Setup: func(r *Run) error {
			return r.World.Put(r.Ctx, "NoticesQueue", desk.Nudge{Mailbox: "aaaaaaaaaaaaaaaaaaaaaaaaaa"})
		}},
	}
	for i := range all {
		all[i].In = "Notify"
		if all[i].Act == nil {
			all[i].Act = notifies
		}
	}
	return all
}
