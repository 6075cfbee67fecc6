package schedule

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"example.com/skala/infra/crash/oracle"
	"example.com/skala/infra/crash/world"
	"example.com/skala/shared/desk"
)

// tries is how often an agent asks again who got no answer, or one that it was not
// possible now.
const tries = 5

// acts has an agent do something to the ticket of a customer as it stands: what is
// decided now may meet another ticket by the time it is done.
func (r *run) acts() {
	r.mu.Lock()
	if len(r.reached) == 0 {
		r.mu.Unlock()
		return
	}
	of := r.reached[r.random.IntN(len(r.reached))]
	r.mu.Unlock()
	n, who := r.acted, []string{world.Senior, world.Lead, world.Admin}[r.random.IntN(3)]
	dice := r.random.IntN(100)
	r.acted++
	r.do(fmt.Sprintf("act %d: %s does something for %s", n, who, of.author[len(of.author)-2:]), func() {
		thread, err := r.w.Store.Thread(r.ctx, world.Event{App: of.app, Author: of.author}.Desk())
		if err != nil || thread.Ticket.Version == 0 {
			return
		}
		r.act(n, who, dice, thread.Ticket)
	})
}

// act does what the dice say to a ticket. Each act has words of its own, by which it
// is found in the log: once, or it was done twice.
func (r *run) act(n int, who string, dice int, t desk.Ticket) {
	words := mark(n)
	r.mu.Lock()
	held := r.claims[string(t.ID)+who]
	r.mu.Unlock()
	do := func(verb string, body map[string]any) {
		r.ask(n, verb, world.Request{Who: who, Path: "/api/v1/tickets/" + string(t.ID) + "/" + verb, JSON: body, Header: map[string]string{
			"If-Match": fmt.Sprintf(`"%d"`, t.Version), "Idempotency-Key": words}})
	}
	switch {
	case dice < 16:
		r.claim(n, who, t, "claim")
	case dice < 20:
		r.claim(n, who, t, "take-over")
	case dice < 26:
		path := fmt.Sprintf("/api/v1/tiers/%d/next", t.Tier)
		r.ask(n, "next", world.Request{Who: who, Path: path, JSON: struct{}{}})
	case dice < 62: // mostly under a claim made for it, else under an old one
		if dice < 52 {
			held = r.claim(n, who, t, "claim")
		}
		answer := r.ask(n, "reply", world.Request{Who: who, Path: "/api/v1/tickets/" + string(t.ID) + "/reply",
			JSON: map[string]any{"text": words, "token": held.Token}, Header: map[string]string{"Idempotency-Key": words}})
		if answer.Status == http.StatusOK {
			r.w.Replied(world.Reply{Ticket: t.ID, Key: words, Text: words})
		}
	case dice < 68:
		do("note", map[string]any{"text": words})
	case dice < 73:
		do("escalate", map[string]any{"reason": words})
	case dice < 78:
		do("hand-back", map[string]any{"advice": words})
	case dice < 82:
		do("hold", map[string]any{"until": r.w.Now().Add(time.Minute), "reason": words})
	case dice < 88:
		do("solve", map[string]any{"reason": words})
	case dice < 91:
		do("reopen", map[string]any{"reason": words})
	case dice < 94:
		do("assign", map[string]any{"assignee": world.Senior, "reason": words})
	case dice < 97:
		do("correct", map[string]any{"severity": "high", "reason": words})
	default:
		do("release", map[string]any{"token": held.Token})
	}
}

// claim has somebody claim a ticket, and remember by what they hold it.
func (r *run) claim(n int, who string, t desk.Ticket, verb string) (claim world.Claim) {
	answer := r.ask(n, verb, world.Request{Who: who, Path: "/api/v1/tickets/" + string(t.ID) + "/" + verb, JSON: struct{}{}})
	if answer.Status == http.StatusOK && answer.Into(&claim) == nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.claims[string(t.ID)+who] = claim
	}
	return claim
}

// ask makes a request until it is answered one way or the other.
func (r *run) ask(n int, verb string, request world.Request) (answer world.Answer) {
	for range tries {
		var err error
		if answer, err = r.w.Ask(r.ctx, request); err != nil {
			r.note("act %d: %s: %v", n, verb, err)
			return world.Answer{}
		}
		if answer.Status > 0 && answer.Status < http.StatusInternalServerError {
			break
		}
	}
	r.note("act %d: %s was answered %d", n, verb, answer.Status)
	return answer
}

// mark is what an act's words are.
func mark(n int) string { return fmt.Sprintf("act-%d-words", n) }

// once says which acts stand twice in the logs.
func once(s *oracle.State) (wrong []string) {
	seen := map[string]desk.What{}
	for _, t := range s.Tickets {
		for _, e := range t.Log {
			words := e.Why
			if e.Message != nil && strings.HasPrefix(e.Message.Key, "act-") && (e.What == desk.Replied || e.What == desk.Noted) {
				words = e.Message.Key
			}
			if !strings.HasPrefix(words, "act-") {
				continue
			}
			if was, twice := seen[words]; twice {
				wrong = append(wrong, fmt.Sprintf("%s was done twice: %s, then %s on %s", words, was, e.What, t.ID))
			}
			seen[words] = e.What
		}
	}
	return wrong
}
