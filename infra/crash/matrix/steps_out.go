package matrix

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"example.com/skala/infra/crash/world"
	"example.com/skala/infra/simulator/platforms"
	"example.com/skala/shared/desk"
)

// misbehaves has the platform do something wrong when the step is done for the
// first time, and then what deliver does.
func misbehaves(f platforms.Fault) func(*Run) (bool, error) {
	send := deliver("OutboundQueue")
	return func(r *Run) (bool, error) {
		if r.Try == 0 {
			if err := r.World.Misbehave(f); err != nil {
				return false, err
			}
		}
		return send(r)
	}
}

// delivery is a check: how the reply of a key ended. One that failed may be said to
// be unknown, where a try before may have arrived.
func delivery(key string, want desk.DeliveryState) func(*Run) error {
	return func(r *Run) error {
		m, err := r.World.Store.Message(r.Ctx, r.Ticket, key)
		if err == nil && m.Delivery != want && !(want == desk.DeliveryFailed && m.Delivery == desk.DeliveryUnknown) {
			err = fmt.Errorf("reply %s ended as %s, not as %s", key, m.Delivery, want)
		}
		return err
	}
}

// doubted is a platform that takes a reply without saying so, and refuses it when
// it is sent again.
func doubted(r *Run) (bool, error) {
	send := deliver("OutboundQueue")
	if len(r.World.Heard()) == 0 {
		if r.Try > 0 { // one that died keeps others off for a while
			r.World.Pass(time.Minute)
		}
		if _, err := misbehaves(platforms.Fault{Fault: "lost"})(r); err != nil || len(r.World.Heard()) == 0 {
			return false, err
		}
	}
	if err := r.World.Misbehave(platforms.Fault{Fault: "400", Count: -1}); err != nil {
		return false, err
	}
	r.World.Pass(time.Minute)
	return send(r)
}

// commented is a setup: a ticket of a comment that everybody can read.
func commented(r *Run) error {
	e := world.Comment("17900000000000951", asker, critical)
	if err := r.let(e); err != nil {
		return err
	}
	thread, err := r.World.Store.Thread(r.Ctx, e.Desk())
	r.Ticket, r.Seen = thread.Ticket.ID, thread.Ticket.Version
	return err
}

// hidden is a setup: somebody has asked for a comment to be hidden.
func hidden(r *Run) error {
	return chain(commented, func(r *Run) error {
		return r.does(world.Lead, "moderate", map[string]any{"action": "hide", "reason": "a telephone number"})
	})(r)
}

// mayUndo is a setup: a reply that its writer can take back for half a minute.
func mayUndo(r *Run) error {
	return chain(claimed(world.Senior, world.Line, critical), func(r *Run) error {
		answer, err := r.World.Ask(r.Ctx, world.Request{Who: world.Senior, Path: "/api/v1/tickets/" + string(r.Ticket) + "/reply",
			JSON: map[string]any{"token": r.Claim.Token, "text": "We look into it.", "hold": 30}, Header: map[string]string{"Idempotency-Key": "reply-1"}})
		if err == nil && answer.Status != http.StatusOK {
			err = fmt.Errorf("a held reply was answered %d %s", answer.Status, answer.Body)
		}
		return err
	})(r)
}

// soonUndone is a setup: a reply that its writer can take back when the step begins. It
// was written by a machine whose clock is ahead by what lies between.
func soonUndone(r *Run) error {
	if err := claimed(world.Senior, world.Line, critical)(r); err != nil {
		return err
	}
	t, err := r.World.Store.Ticket(r.Ctx, r.Ticket)
	if err != nil {
		return err
	}
	e, err := t.Reply(r.Claim.Token, "reply-1", desk.Draft{Text: "We look into it.", Hold: desk.LongestGrace}, 0, r.World.Now().Add(settled))
	if err != nil {
		return err
	}
	after := desk.Apply(t, e, r.World.Policy.Plan)
	r.Seen = after.Version
	return r.World.Store.Commit(r.Ctx, desk.Change{Before: t, After: after, Entry: e, DueAt: after.DueAt(r.World.Policy.Plan)})
}

// undoes has the writer of a held reply take it back.
func undoes(r *Run) error {
	return r.does(world.Senior, "undo", map[string]any{"message": "reply-1"})
}

// Courier are the steps of the courier.
func Courier() []Step {
	once := func(r *Run) error { return r.World.Put(r.Ctx, "OutboundQueue", desk.Nudge{Ticket: r.Ticket}) }
	another := func(r *Run) error { return r.replies("reply-2", "It is refunded.") }
	send := deliver("OutboundQueue")
	all := []Step{
		{Name: "courier accepted", Setup: replied(world.Line), Check: delivery("reply-1", desk.Accepted)},
		{Name: "courier accepted elsewhere", Setup: replied(world.Standard), Check: delivery("reply-1", desk.Accepted)},
		// One nudge: two that come at once are not the same twice.
		{Name: "courier two in order", Setup: chain(replied(world.Line), another, lose("OutboundQueue"), once), Check: delivery("reply-2", desk.Accepted)},
		{Name: "courier answers what still stands", Setup: chain(claimed(world.Senior, world.Line, critical), func(r *Run) error { return r.let(deletion(world.Line, 2, 1)) },
			func(r *Run) error { return r.replies("reply-1", "We look into it.") }), Check: delivery("reply-1", desk.Accepted)},
		{Name: "courier deferred", Setup: replied(world.Line), Act: misbehaves(platforms.Fault{Fault: "429", After: platforms.Duration(5 * time.Second)}), Check: delivery("reply-1", desk.Accepted)},
		{Name: "courier refused", Setup: replied(world.Line), Act: misbehaves(platforms.Fault{Fault: "400", Count: -1}), Check: delivery("reply-1", desk.DeliveryFailed)},
		{Name: "courier unreachable", Setup: replied(world.Standard), Act: misbehaves(platforms.Fault{Fault: "410", Count: -1}), Check: delivery("reply-1", desk.DeliveryFailed)},
		{Name: "courier auth", Setup: chain(replied(world.Line), released, solved), Act: misbehaves(platforms.Fault{Fault: "401"}), Check: delivery("reply-1", desk.Accepted)},
		{Name: "courier auth of an account that was well a moment ago", Setup: chain(replied(world.Line), resumed), Act: misbehaves(platforms.Fault{Fault: "401", Count: -1}), Check: delivery("reply-1", desk.DeliveryFailed)},
		{Name: "courier of an account that is paused", Setup: chain(replied(world.Line), refusedAccount), Check: chain(delivery("reply-1", desk.Accepted), paused(false))},
		{Name: "courier in doubt", Setup: replied(world.Line), Act: misbehaves(platforms.Fault{Fault: "lost"}), Check: delivery("reply-1", desk.Accepted)},
		{Name: "courier in doubt, then refused", Setup: replied(world.Line), Act: doubted, Check: delivery("reply-1", desk.DeliveryUnknown)},
		{Name: "courier answered too late", Setup: replied(world.Standard), Act: misbehaves(platforms.Fault{Fault: "broken"}), Check: delivery("reply-1", desk.Accepted)},
		{Name: "courier after a solution", Setup: chain(replied(world.Line), solved), Check: delivery("reply-1", desk.Accepted)},
		{Name: "courier failed after a solution", Setup: chain(replied(world.Line), func(r *Run) error {
			return r.does(world.Senior, "release", map[string]any{"token": r.Claim.Token})
		}, solved), Act: misbehaves(platforms.Fault{Fault: "400", Count: -1}), Check: delivery("reply-1", desk.DeliveryFailed)},
		{Name: "courier after a hand-over", Setup: chain(claimed(world.Senior, world.Line, low), func(r *Run) error { return r.replies("reply-1", "One moment.") }, func(r *Run) error {
			return r.does(world.Senior, "escalate", map[string]any{"reason": "a refund"})
		}), Check: delivery("reply-1", desk.Accepted)},
		{Name: "courier failed while it waits", Setup: chain(replied(world.Line), rested, func(r *Run) error { return r.replies("reply-2", "Are you there?") }), Act: misbehaves(platforms.Fault{Fault: "400", Count: -1}), Check: delivery("reply-2", desk.DeliveryFailed)},
		{Name: "courier of a held reply", Setup: chain(mayUndo, func(r *Run) error { r.World.Pass(31 * time.Second); return nil }), Check: delivery("reply-1", desk.Accepted)},
		{Name: "courier of a reply that was taken back", Setup: chain(mayUndo, undoes, func(r *Run) error { r.World.Pass(31 * time.Second); return nil }), Check: delivery("reply-1", desk.Undone)},
		{Name: "courier moderates", Setup: hidden, Check: logged(desk.ModeratedNow)},
		{Name: "courier moderates later", Setup: hidden, Act: refused(world.Limited, send), Check: logged(desk.ModeratedNow)},
		{Name: "courier may not moderate", Setup: hidden, Act: refused(world.Gone, send), Check: logged(desk.ModerateFail)},
	}
	for i := range all {
		all[i].In = "Courier"
		if all[i].Act == nil {
			all[i].Act = deliver("OutboundQueue")
		}
	}
	return all
}

// sweeps is the act of the schedule: what fails is done by the next minute.
func sweeps(r *Run) (bool, error) {
	return r.World.Sweep(r.Ctx, "Escalate") == nil, nil
}

// due is a setup: by then something is due, and the due queue has it.
func due(in time.Duration) func(*Run) error {
	return chain(lose("DueQueue"), pass(in-settled), func(r *Run) error { return r.World.Sweep(r.Ctx, "Escalate") }, inHand("DueQueue"))
}

// inHand is a setup: what was put on a queue with a delay may be seen at once.
func inHand(queue string) func(*Run) error {
	return func(r *Run) error {
		n, err := r.World.Poll(r.Ctx, queue)
		if err == nil && n == 0 {
			err = fmt.Errorf("nothing is due:\n%s", r.World.Log())
		}
		return err
	}
}

// logged is a check: the ticket's log has an entry of the kind.
func logged(what desk.What) func(*Run) error {
	return func(r *Run) error {
		log, err := r.World.Store.Log(r.Ctx, r.Ticket)
		if err != nil {
			return err
		}
		for _, e := range log {
			if e.What == what {
				return nil
			}
		}
		return fmt.Errorf("nothing was %s", what)
	}
}

// Escalate are the steps of the sweep and of the worker of the due queue.
func Escalate() []Step {
	critically := opened(world.Line, critical)
	spilled := func(words string) func(*Run) error {
		return chain(hook(says(world.Line, malee, 1, words)), func(r *Run) error {
			r.World.Plan(inboundDown)
			defer r.World.Plan(nil)
			return r.arrive(r.Hook)
		}, func(r *Run) error { return r.World.Sweep(r.Ctx, "Escalate") }, inHand("DueQueue"))
	}
	all := []Step{
		{Name: "sweep nothing", Setup: opened(world.Line, low), Act: sweeps},
		{Name: "sweep", Setup: chain(critically, lose("DueQueue")), Act: sweeps},
		{Name: "sweep several", Setup: chain(func(r *Run) error {
			return r.let(says(world.Line, malee, 1, critical), says(world.Line, pedro, 1, critical), says(world.Line, elena, 1, critical))
		}, lose("DueQueue")), Act: sweeps},
		{Name: "due early", Setup: critically},
		{Name: "due warning", Setup: chain(opened(world.Line, low), due(3*time.Hour+37*time.Minute)), Check: logged(desk.Warned)}, // its deadline is far enough that coming to rest does not reach it
		{Name: "due breach", Setup: chain(critically, due(181*time.Second)), Check: logged(desk.Breached)},
		{Name: "due breach that escalates", Setup: chain(opened(world.Line, low), due(5*time.Hour)), Check: logged(desk.Breached)},
		{Name: "due lease", Setup: chain(claimed(world.Senior, world.Line, critical), due(5*time.Minute+time.Second)), Check: logged(desk.Lapsed)},
		{Name: "due hold", Setup: chain(claimed(world.Senior, world.Line, low), func(r *Run) error {
			return r.does(world.Senior, "hold", map[string]any{"until": r.World.Now().Add(time.Hour), "reason": "parts"})
		}, due(time.Hour+time.Second)), Check: logged(desk.Resumed)},
		{Name: "due snooze", Setup: chain(claimed(world.Senior, world.Line, low), func(r *Run) error {
			return r.does(world.Senior, "snooze", map[string]any{"until": r.World.Now().Add(time.Hour)})
		}, due(time.Hour+time.Second)), Check: logged(desk.Woken)},
		{Name: "due close", Setup: chain(critically, solved, due(7*24*time.Hour+time.Second)), Check: logged(desk.ClosedNow)},
		{Name: "due renudge", Setup: chain(opened(world.Line, low), lose("Tier1Queue"), due(15*time.Minute+time.Second)), Tells: true},
		{Name: "due outbox", Setup: chain(replied(world.Line), lose("OutboundQueue"), due(time.Minute+time.Second))},
		{Name: "due unspill", Setup: spilled(critical)},
		{Name: "due unspill large", Setup: spilled(noise(800_000))},
		{Name: "due assigned", Setup: chain(employed, opened(world.Line, low), assigning, func(r *Run) error {
			return r.World.Put(r.Ctx, "DueQueue", desk.Nudge{Assign: true})
		}), Check: givenOnce},
		{Name: "due gone", Setup: chain(critically, func(r *Run) error { return r.World.Put(r.Ctx, "DueQueue", desk.Nudge{Ticket: "nobody.1"}) })},
	}
	all = append(all, slices.Concat(chained(), late())...)
	for i := range all {
		all[i].In = "Escalate"
		if all[i].Act == nil {
			all[i].Act = deliver("DueQueue")
		}
	}
	return all
}
