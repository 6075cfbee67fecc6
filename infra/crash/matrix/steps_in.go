package matrix

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"example.com/skala/infra/crash/world"
	"example.com/skala/infra/faults"
	"example.com/skala/shared/desk"
)

// inboundDown is the inbound queue taking nothing.
var inboundDown = faults.PlanFunc(func(c faults.Call) *faults.Fault {
	if c.Operation == "SendMessageBatch" && strings.HasSuffix(c.Name(), "InboundQueue") {
		return &faults.Fault{Kind: faults.Before}
	}
	return nil
})

// noise is text that does not pack.
func noise(bytes int) string {
	r := rand.New(rand.NewPCG(1, 2))
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-"
	var b strings.Builder
	for range bytes {
		b.WriteByte(letters[r.IntN(len(letters))])
	}
	return b.String()
}

// hook is a setup: a webhook that is about to be posted.
func hook(events ...world.Event) func(*Run) error {
	return func(r *Run) error {
		r.Hook = r.World.Webhook(events...)
		return nil
	}
}

// body is a setup: a webhook that nobody can split is about to be posted.
func body(words string) func(*Run) error {
	return func(r *Run) error {
		r.Hook = world.Webhook{App: world.Standard, ID: "broken-1", Body: []byte(words), Broken: true}
		return nil
	}
}

// arrives is a setup: a webhook was posted, and its events wait for triage.
func arrives(events ...world.Event) func(*Run) error {
	return func(r *Run) error { return r.arrive(r.World.Webhook(events...)) }
}

// several are so many messages of three customers that they take two calls.
func several() []world.Event {
	var all []world.Event
	for n := range 12 {
		all = append(all, says(world.Line, []string{malee, pedro, elena}[n%3], n, critical))
	}
	return all
}

// Door are the steps of the door.
func Door() []Step {
	all := []Step{
		{Name: "door one event", Setup: hook(says(world.Line, malee, 1, critical))},
		{Name: "door several events", Setup: hook(several()...)},
		{Name: "door no events", Setup: func(r *Run) error {
			r.Hook = world.Webhook{App: world.Line, Body: []byte(`{"destination":"U0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f","events":[]}`)}
			return nil
		}},
		{Name: "door again", Setup: chain(hook(says(world.Line, malee, 1, critical)), func(r *Run) error { return r.arrive(r.Hook) }, rested)},
		{Name: "door spill", Setup: hook(says(world.Line, malee, 1, critical), says(world.Line, pedro, 1, low)), Standing: inboundDown},
		{Name: "door spill large", Setup: hook(says(world.Line, malee, 1, noise(800_000)))},
		{Name: "door unreadable", Setup: body("what is this?")},
		{Name: "door unreadable large", Setup: body(noise(500_000))},
		{Name: "door unreadable again", Setup: chain(body("what is this?"), func(r *Run) error { return r.arrive(r.Hook) })},
	}
	for i := range all {
		all[i].In, all[i].Act = "Webhook", post
	}
	return all
}

func edit(app desk.App, n int, target int, words string) world.Event {
	e := says(app, malee, n, words)
	e.Kind, e.Target = desk.MessageEdited, says(app, malee, target, "").ID
	return e
}

func deletion(app desk.App, n int, target int) world.Event {
	e := edit(app, n, target, "")
	e.Kind = desk.MessageDeleted
	return e
}

// stranger is e as told for an account that is none of ours.
func stranger(e world.Event) world.Event {
	e.For = "Uffffffffffffffffffffffffffffffff"
	return e
}

func other(kind desk.Kind, app desk.App) world.Event {
	e := says(app, malee, 9, "")
	e.Kind, e.ID = kind, "other-1"
	return e
}

// large is a message whose event takes more than one item.
func large(n int) world.Event {
	e := says(world.Standard, malee, n, critical)
	e.Extra = noise(300_000)
	return e
}

// solved is a setup: the run's ticket is solved.
func solved(r *Run) error { return r.does(world.Lead, "solve", map[string]any{"reason": "done"}) }

// merged is a setup: the run's ticket goes on as the other.
func merged(r *Run) error {
	return r.does(world.Senior, "merge", map[string]any{"into": r.Other})
}

// followed is a check: the message went to the ticket that goes on.
func followed(r *Run) error {
	log, err := r.World.Store.Log(r.Ctx, r.Other)
	if err == nil && !slices.ContainsFunc(log, func(e desk.Entry) bool { return e.What == desk.Received && e.Message.Via == r.Ticket }) {
		err = fmt.Errorf("ticket %s has nothing that came by %s", r.Other, r.Ticket)
	}
	return err
}

// Triage are the steps of triage.
func Triage() []Step {
	first := func(words string) func(*Run) error { return opened(world.Line, words) }
	generic := func(words string) func(*Run) error { return opened(world.Standard, words) }
	next := func(words string) func(*Run) error { return arrives(says(world.Line, malee, 2, words)) }
	all := []Step{
		{Name: "triage new low", Setup: arrives(says(world.Line, malee, 1, low))},
		{Name: "triage new critical", Setup: arrives(says(world.Line, malee, 1, critical))},
		{Name: "triage new that needs no answer", Setup: arrives(says(world.Line, malee, 1, praise))},
		{Name: "triage large", Setup: arrives(large(1))},
		{Name: "triage deletion of a large message", Setup: chain(func(r *Run) error { return r.let(large(1)) }, arrives(deletion(world.Standard, 2, 1)))},
		{Name: "triage too large", Setup: arrives(says(world.Line, malee, 1, critical+" "+noise(250_000)))},
		{Name: "triage several", Setup: arrives(several()[:4]...)},
		{Name: "triage appended", Setup: chain(first(low), next(low))},
		{Name: "triage appended and graver", Setup: chain(first(low), next(critical))},
		{Name: "triage thanks", Setup: chain(first(critical), next(praise))},
		{Name: "triage answer to an answer", Setup: chain(replied(world.Line), rested, next(low))},
		{Name: "triage after the solution", Setup: chain(first(critical), solved, next(critical))},
		{Name: "triage after a merge", Setup: chain(beside, merged, next(critical)), Check: followed},
		{Name: "triage duplicate", Setup: chain(first(critical), arrives(says(world.Line, malee, 1, critical)))},
		{Name: "triage delivered twice", Setup: chain(arrives(says(world.Line, malee, 1, critical)), twice("InboundQueue"), func(r *Run) error { return r.of(malee) },
			func(r *Run) error { return r.claims(world.Senior) }, func(r *Run) error { return r.replies("reply-1", "We look into it.") }, lose("OutboundQueue"), thenAgain("InboundQueue"))},
		{Name: "triage edit", Setup: chain(generic(low), arrives(edit(world.Standard, 2, 1, "When do you open?")))},
		{Name: "triage edit that is graver", Setup: chain(generic(low), arrives(edit(world.Standard, 2, 1, critical)))},
		{Name: "triage deletion", Setup: chain(first(critical), arrives(deletion(world.Line, 2, 1)))},
		{Name: "triage deletion of an edited message", Setup: chain(generic(low), func(r *Run) error { return r.let(edit(world.Standard, 2, 1, critical)) }, arrives(deletion(world.Standard, 3, 1)))},
		{Name: "triage deletion in an earlier ticket", Setup: chain(first(critical), closed, func(r *Run) error { return r.let(says(world.Line, malee, 2, low)) }, arrives(deletion(world.Line, 3, 1)))},
		{Name: "triage deletion for another account", Setup: chain(first(critical), arrives(stranger(deletion(world.Line, 2, 7))))},
		{Name: "triage early deletion", Setup: arrives(deletion(world.Line, 2, 1))},
		{Name: "triage message after its deletion", Setup: chain(func(r *Run) error { return r.let(deletion(world.Line, 2, 1)) }, arrives(says(world.Line, malee, 1, critical)))},
		{Name: "triage early edit", Setup: arrives(edit(world.Standard, 2, 1, critical))},
		{Name: "triage message after its edit", Setup: chain(func(r *Run) error { return r.let(edit(world.Standard, 2, 1, critical)) }, arrives(says(world.Standard, malee, 1, low)))},
		{Name: "triage kept", Setup: arrives(other(desk.Contact, world.Line))},
		{Name: "triage noticed", Setup: chain(first(low), arrives(other(desk.Contact, world.Line)))},
		{Name: "triage ignored", Setup: arrives(other(desk.Control, world.Standard))},
		{Name: "triage answered elsewhere", Setup: chain(generic(critical), arrives(other(desk.Echo, world.Standard)))},
		{Name: "triage quarantined", Setup: arrives(other("parcel.lost", world.Standard))},
		{Name: "triage quarantined again", Setup: chain(func(r *Run) error { return r.let(other("parcel.lost", world.Standard)) }, arrives(other("parcel.lost", world.Standard)))},
		{Name: "triage successor", Setup: chain(first(critical), closed, next(critical))},
		{Name: "triage successor that closes first", Setup: chain(first(critical), solved, lose("DueQueue"), pass(8*24*time.Hour), next(critical))},
	}
	for i := range all {
		all[i].In, all[i].Act, all[i].Tells = "Triage", deliver("InboundQueue"), true
	}
	return all
}

// closed is a setup: the run's ticket was solved so long ago that it is closed.
func closed(r *Run) error {
	if err := solved(r); err != nil {
		return err
	}
	if err := lose("DueQueue")(r); err != nil {
		return err
	}
	r.World.Pass(8 * 24 * time.Hour)
	if err := r.World.Sweep(r.Ctx, "Escalate"); err != nil {
		return err
	}
	return rested(r)
}
