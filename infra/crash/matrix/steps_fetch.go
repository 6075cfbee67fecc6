package matrix

import (
	"fmt"
	"strings"
	"time"

	"example.com/skala/infra/crash/world"
	"example.com/skala/infra/faults"
	"example.com/skala/shared/desk"
)

// asker is somebody who writes to the account on Instagram, and can be asked for.
const asker = "2700000000000001"

// mention is one of the account, by a comment.
func mention(n int) world.Event { return world.Mention(fmt.Sprintf("179000000000009%02d", n)) }

// writes is a direct message on Instagram.
func writes(words string) world.Event {
	return world.Event{App: world.Instagram, Kind: desk.MessageCreated, Key: "m_1", ID: "m_1", Author: asker, Text: words}
}

// thin is a setup: so many mentions wait to be fetched.
func thin(n int) func(*Run) error {
	return func(r *Run) error {
		var all []world.Event
		for i := range n {
			all = append(all, mention(i))
		}
		return chain(arrives(all...), delivered("InboundQueue"))(r)
	}
}

// delivered is a setup: a queue has delivered a batch, of which nothing failed.
func delivered(queue string) func(*Run) error {
	return func(r *Run) error {
		n, failed, err := Deliver(r.Ctx, r.World, queue)
		if err == nil && (n == 0 || failed > 0) {
			err = fmt.Errorf("%s delivered %d, of which %d failed:\n%s", queue, n, failed, r.World.Log())
		}
		return err
	}
}

// refused does something while Meta refuses questions. What it does once is over
// when the desk has come to rest, what it does from now on never.
func refused(f world.Refusal, act func(*Run) (bool, error)) func(*Run) (bool, error) {
	return func(r *Run) (bool, error) {
		if r.Try == 0 {
			r.World.Refuse(f)
		}
		return act(r)
	}
}

// tells is a check: there are so many tickets of mentions, each with what was said
// or with why nobody knows.
func tells(n int, found bool) func(*Run) error {
	return func(r *Run) error {
		for i := range n {
			e := mention(i)
			m, _, err := r.World.Store.MessageByID(r.Ctx, e.Desk().Thread(), e.ID)
			if err != nil {
				return fmt.Errorf("mention %s: %w", e.Key, err)
			}
			if found != (m.Text == world.Told) || found != (m.Unfetched == "") {
				return fmt.Errorf("mention %s says %q, not fetched for %q", e.Key, m.Text, m.Unfetched)
			}
		}
		return nil
	}
}

// asked is a setup: somebody has written, and is about to be asked for.
func asked(r *Run) error {
	return chain(func(r *Run) error { return r.arrive(r.World.Webhook(writes(critical))) }, delivered("InboundQueue"), wanted)(r)
}

// wanted is a setup: the sweep and the due worker have put the author of a ticket on
// the fetch queue. The run's ticket is theirs.
func wanted(r *Run) error {
	if err := chain(lose("DueQueue"), func(r *Run) error { return r.World.Sweep(r.Ctx, "Escalate") }, inHand("DueQueue"), delivered("DueQueue"), inHand("FetchQueue"))(r); err != nil {
		return err
	}
	thread, err := r.World.Store.Thread(r.Ctx, writes("").Desk())
	r.Ticket, r.Seen = thread.Ticket.ID, thread.Ticket.Version
	return err
}

// introduced is a check: who wrote is known, or not.
func introduced(known bool) func(*Run) error {
	return func(r *Run) error {
		t, err := r.World.Store.Ticket(r.Ctx, r.Ticket)
		if err == nil && (known != (t.Author.Name != "") || known != (t.Profile == "")) {
			err = fmt.Errorf("the author is %+v, profile %q", t.Author, t.Profile)
		}
		return err
	}
}

// putOffNot is the fetch queue taking nothing from the function that it feeds.
var putOffNot = faults.PlanFunc(func(c faults.Call) *faults.Fault {
	if c.Process == "Fetch" && strings.HasSuffix(c.Name(), "FetchQueue") {
		return &faults.Fault{Kind: faults.Before}
	}
	return nil
})

// fails is a setup: what waits on the fetch queue was delivered n times in vain.
func fails(n int) func(*Run) error {
	return func(r *Run) error {
		r.World.Refuse(world.Broken)
		r.World.Plan(putOffNot)
		defer r.World.Plan(nil)
		for range n {
			if _, _, err := Deliver(r.Ctx, r.World, "FetchQueue"); err != nil {
				return err
			}
			r.World.Pass(gap)
		}
		return nil
	}
}

// Fetch are the steps of what asks platforms for what their webhooks leave out, and
// of those around it that have to do with that.
func Fetch() []Step {
	fetch := deliver("FetchQueue")
	again := chain(thin(1), twice("FetchQueue"), rested, thenAgain("FetchQueue"))
	all := []Step{
		{Name: "fetch content", Setup: thin(1), Act: fetch, Check: tells(1, true)},
		{Name: "fetch several", Setup: thin(3), Act: fetch, Check: tells(3, true)},
		{Name: "fetch content that is gone", Setup: thin(1), Act: refused(world.Gone, fetch), Check: tells(1, false)},
		{Name: "fetch by a bad token", Setup: thin(1), Act: refused(world.Forgotten, fetch), Check: tells(1, false)},
		{Name: "fetch later", Setup: thin(1), Act: refused(world.Limited, fetch), Check: tells(1, true)},
		{Name: "fetch never", Setup: thin(1), Act: refused(world.Broken, fetch), Check: tells(1, false)},
		{Name: "fetch twice", Setup: again, Act: fetch, Check: tells(1, true)},
		{Name: "fetch twice, gone in between", Setup: again, Act: refused(world.Gone, fetch), Check: tells(1, true)},
		{Name: "fetch gives up", Setup: chain(thin(1), fails(19)), Act: refused(world.Broken, givesUp("fetch", "FetchQueue", "FetchDeadLetters", putOffNot)), Standing: putOffNot, Check: tells(1, false)},
		{Name: "fetch profile", Setup: asked, Act: fetch, Check: introduced(true)},
		{Name: "fetch profile later", Setup: asked, Act: refused(world.Limited, fetch), Check: introduced(true)},
		{Name: "fetch profile of who can't be asked for", Setup: asked, Act: refused(world.Gone, fetch), Check: introduced(false)},
		{Name: "fetch profile of a ticket that changes", Setup: chain(asked, func(r *Run) error { return r.claims(world.Senior) }), Act: fetch, Check: introduced(true)},
		{Name: "fetch profile twice", Setup: chain(asked, twice("FetchQueue"), rested, thenAgain("FetchQueue")), Act: fetch, Check: introduced(true)},
		{Name: "fetch profile of nobody", Setup: func(r *Run) error { return r.World.Put(r.Ctx, "FetchQueue", desk.Nudge{Ticket: "nobody.1"}) }, Act: fetch},

		{Name: "triage thin notice", In: "Triage", Setup: arrives(mention(0)), Act: deliver("InboundQueue"), Check: tells(1, true)},
		{Name: "triage thin notice delivered twice", In: "Triage", Setup: chain(arrives(mention(0)), twice("InboundQueue"), rested, thenAgain("InboundQueue")), Act: deliver("InboundQueue"), Check: tells(1, true)},
		{Name: "triage thin notice again", In: "Triage", Setup: chain(arrives(mention(0)), rested, arrives(mention(0))), Act: deliver("InboundQueue"), Check: tells(1, true)},
		{Name: "triage fetched", In: "Triage", Setup: chain(thin(1), delivered("FetchQueue")), Act: deliver("InboundQueue"), Check: tells(1, true), Tells: true},
		{Name: "triage unfetched", In: "Triage", Setup: chain(thin(1), func(r *Run) error {
			r.World.Refuse(world.Gone)
			return delivered("FetchQueue")(r)
		}), Act: deliver("InboundQueue"), Check: tells(1, false), Tells: true},
		{Name: "due profile", In: "Escalate", Setup: chain(func(r *Run) error { return r.arrive(r.World.Webhook(writes(critical))) }, delivered("InboundQueue"), lose("DueQueue"),
			func(r *Run) error { return r.World.Sweep(r.Ctx, "Escalate") }, inHand("DueQueue")), Act: deliver("DueQueue")},
		{Name: "triage answer to nobody", In: "Triage", Setup: arrives(world.Below("17900000000000952", "17900000000000951", "It is refunded.")), Act: deliver("InboundQueue")},
		{Name: "due story", In: "Escalate", Setup: chain(storied, solved, due(25*time.Hour)), Act: deliver("DueQueue"), Check: forgotten},
		{Name: "api redrive notices", In: "Console", Setup: chain(thin(1), buried), Act: redrivesFrom("fetch", "FetchDeadLetters", false, true), Check: tells(1, true)},
	}
	for i := range all {
		if all[i].In == "" {
			all[i].In = "Fetch"
		}
	}
	return all
}

// storied is a setup: a ticket of a story that mentions the account.
func storied(r *Run) error {
	e := world.Story("m_1", asker)
	if err := r.let(e); err != nil {
		return err
	}
	thread, err := r.World.Store.Thread(r.Ctx, e.Desk())
	r.Ticket, r.Seen = thread.Ticket.ID, thread.Ticket.Version
	return err
}

// forgotten is a check: nobody can see the story any more.
func forgotten(r *Run) error {
	e := world.Story("m_1", asker)
	m, _, err := r.World.Store.MessageByID(r.Ctx, e.Desk().Thread(), e.ID)
	if err == nil && (len(m.Attachments) != 1 || m.Attachments[0].URL != "") {
		err = fmt.Errorf("it came with %v", m.Attachments)
	}
	return err
}

// buried is a setup: what waits on the fetch queue are dead letters, since the
// inbound queue takes nothing for an hour.
func buried(r *Run) error {
	r.World.Plan(inboundDown)
	defer r.World.Plan(nil)
	for range 20 {
		if _, _, err := Deliver(r.Ctx, r.World, "FetchQueue"); err != nil {
			return err
		}
		r.World.Pass(gap)
	}
	if n := len(r.World.Letters("FetchDeadLetters")); n != 1 {
		return fmt.Errorf("%d dead letters:\n%s", n, r.World.Log())
	}
	return nil
}
