package matrix

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"example.com/skala/infra/crash/world"
	"example.com/skala/shared/desk"
)

// What customers say, by how it is judged.
const (
	critical = "I was charged twice"
	low      = "What are your opening hours?"
	praise   = "Thank you!"
)

// The customers.
const (
	malee = "U4af49806290000000000000000000001"
	pedro = "U4af49806290000000000000000000002"
	elena = "U4af49806290000000000000000000003"
)

// says is a message of a customer.
func says(app desk.App, author string, n int, words string) world.Event {
	return world.Event{App: app, Kind: desk.MessageCreated, Key: fmt.Sprintf("event-%s-%d", author[len(author)-1:], n), ID: fmt.Sprintf("message-%s-%d", author[len(author)-1:], n), Author: author, Text: words}
}

// post has the run's webhook posted; its platform does so until it is answered
// 200.
func post(r *Run) (bool, error) {
	status, err := r.World.Post(r.Ctx, r.Hook)
	return status == http.StatusOK, err
}

// let has events posted and taken in, without anything going wrong.
func (r *Run) let(events ...world.Event) error {
	if err := r.arrive(r.World.Webhook(events...)); err != nil {
		return err
	}
	return drain(r.Ctx, r.World)
}

// arrive has a webhook posted, and what is in it wait on the inbound queue.
func (r *Run) arrive(hook world.Webhook) error {
	status, err := r.World.Post(r.Ctx, hook)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("a webhook was answered %d:\n%s", status, r.World.Log())
	}
	return err
}

// deliver is the act of an event source: one batch of what waits on a queue. It
// delivers again what failed.
func deliver(queue string) func(*Run) (bool, error) {
	return func(r *Run) (bool, error) {
		if _, _, err := Deliver(r.Ctx, r.World, queue); err != nil {
			return false, err
		}
		due, next := r.World.Due(queue)
		// What is put off for its time is no failure.
		return len(due) == 0 && (next.IsZero() || next.Sub(r.World.Now()) > time.Second), nil
	}
}

// of remembers the ticket of a customer, and the version it has.
func (r *Run) of(author string) error {
	state, wrong, err := Rest(r.Ctx, r.World)
	if err != nil || len(wrong) > 0 {
		return fmt.Errorf("%v: %w", wrong, err)
	}
	for _, t := range state.Tickets {
		if t.Author.ID == author && t.Present {
			r.Ticket, r.Seen = t.ID, t.Version
			return nil
		}
	}
	return fmt.Errorf("no ticket of %s:\n%s", author, r.World.Log())
}

// claims has somebody claim the run's ticket.
func (r *Run) claims(who string) (err error) {
	r.Claim, err = r.World.Claim(r.Ctx, who, r.Ticket)
	r.Seen = r.Claim.Version
	return err
}

// opened is a setup: a ticket of a customer.
func opened(app desk.App, words string) func(*Run) error {
	return func(r *Run) error {
		if err := r.let(says(app, malee, 1, words)); err != nil {
			return err
		}
		return r.of(malee)
	}
}

// claimed is a setup: a ticket that somebody has claimed.
func claimed(who string, app desk.App, words string) func(*Run) error {
	return chain(opened(app, words), func(r *Run) error { return r.claims(who) })
}

// replied is a setup: a ticket with an answer on its way.
func replied(app desk.App) func(*Run) error {
	return chain(claimed(world.Senior, app, critical), func(r *Run) error { return r.replies("reply-1", "We look into it.") })
}

// replies has the holder of the run's claim answer.
func (r *Run) replies(key, words string) error {
	status, err := r.World.Reply(r.Ctx, world.Senior, r.Claim, key, words)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("a reply was answered %d:\n%s", status, r.World.Log())
	}
	return err
}

// does has somebody do something to the run's ticket by the API, which must work.
func (r *Run) does(who, verb string, body map[string]any) error {
	answer, err := r.World.Ask(r.Ctx, world.Request{
		Who: who, Path: "/api/v1/tickets/" + string(r.Ticket) + "/" + verb, JSON: body, Header: map[string]string{"If-Match": "*"},
	})
	if err == nil && answer.Status != http.StatusOK {
		return fmt.Errorf("%s was answered %d %s", verb, answer.Status, answer.Body)
	}
	if err == nil {
		r.Seen, err = strconv.ParseInt(strings.Trim(answer.Header.Get("ETag"), `"`), 10, 64)
	}
	return err
}

// chain does one thing after the other.
func chain(all ...func(*Run) error) func(*Run) error {
	return func(r *Run) error {
		for _, f := range all {
			if err := f(r); err != nil {
				return err
			}
		}
		return nil
	}
}

// pass lets time go by in which nothing happens, not even what was armed.
func pass(by time.Duration) func(*Run) error {
	return func(r *Run) error {
		r.World.Pass(by)
		return nil
	}
}

// lose empties queues.
func lose(queues ...string) func(*Run) error {
	return func(r *Run) error {
		for _, id := range queues {
			if err := r.World.Lose(r.Ctx, id); err != nil {
				return err
			}
		}
		return nil
	}
}

// twice is a setup: a queue delivers what is on it, and will deliver it again.
func twice(queue string) func(*Run) error {
	return func(r *Run) error {
		r.again = r.World.Waiting(queue)
		_, _, err := Deliver(r.Ctx, r.World, queue)
		return err
	}
}

// thenAgain is a setup: what twice has seen is on the queue again.
func thenAgain(queue string) func(*Run) error {
	return func(r *Run) error {
		for _, body := range r.again {
			if err := r.World.Put(r.Ctx, queue, json.RawMessage(body)); err != nil {
				return err
			}
		}
		return nil
	}
}

// rested lets everything come to rest.
func rested(r *Run) error {
	_, wrong, err := Rest(r.Ctx, r.World)
	if err == nil && len(wrong) > 0 {
		err = fmt.Errorf("%v", wrong)
	}
	return err
}
