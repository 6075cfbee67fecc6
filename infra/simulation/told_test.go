package simulation

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/skala/infra/simulation/judge"
	"example.com/skala/shared/desk"
)

// A tale is a desk on which nothing happens but what a story tells. The judge has the
// last word on it.
type tale struct {
	t testing.TB
	*Desk
	Line    voice // LINE, which knows a reply that it has had
	Web     voice // a sender of Standard Webhooks, which does not
	Console screen
}

// simulate opens a desk in good weather for a story.
func simulate(t testing.TB, seed uint64) *tale {
	t.Helper()
	desk, err := open(Config{Seed: seed, Audit: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	d := &tale{t: t, Desk: desk}
	d.Line, d.Web, d.Console = voice{d, line}, voice{d, standard}, screen{d}
	d.schedule(d.now.Truncate(time.Minute))
	d.after(time.Minute, d.audits)
	t.Cleanup(d.end)
	return d
}

// end leaves the desk alone for a while, and has the judge look at it.
func (d *tale) end() {
	if d.t.Failed() {
		return
	}
	d.still()
	d.run(d.now.Add(rest))
	r, err := d.result()
	if err != nil {
		d.t.Fatal(err)
	}
	for _, v := range r.Violations {
		d.t.Error(v)
	}
}

func (d *tale) fail(format string, args ...any) {
	d.t.Helper()
	d.t.Fatalf("%v after the beginning: %s", d.now.Sub(Noon), fmt.Sprintf(format, args...))
}

// FastForward lets time pass.
func (d *tale) FastForward(by time.Duration) { d.run(d.now.Add(by)) }

// Until lets time pass until an instant: 2006-01-02 15:04 in Athens.
func (d *tale) Until(wall string) {
	d.t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", wall, d.staff[0].zone)
	if err != nil || at.Before(d.now) {
		d.fail("%s: %v", wall, err)
	}
	d.run(at)
}

// of is the newest ticket of an author.
func (d *tale) of(author string) desk.Ticket {
	d.t.Helper()
	tickets, _, err := d.store.Written(context.Background(), author, "", 1)
	if err != nil || len(tickets) == 0 {
		d.fail("no ticket of %s: %v", author, err)
	}
	return tickets[0]
}

func (d *tale) log(author string) []desk.Entry {
	d.t.Helper()
	log, err := d.store.Log(context.Background(), d.of(author).ID)
	if err != nil {
		d.fail("%v", err)
	}
	return log
}

// Breaches are the first steps that were taken for an author's ticket, as "metric
// cycle", with how late.
func (d *tale) Breaches(author string) (all []string, late time.Duration) {
	d.t.Helper()
	for _, e := range d.log(author) {
		if e.What == desk.Breached && e.Level == 1 {
			all, late = append(all, fmt.Sprintf("%s %d", e.Metric, e.Cycle)), max(late, e.At.Sub(e.Deadline))
		}
	}
	return all, late
}

// Breached fails unless just these clocks missed.
func (d *tale) Breached(author string, want ...string) {
	d.t.Helper()
	if got, _ := d.Breaches(author); !slices.Equal(got, want) {
		d.fail("%s: breached %q, want %q", author, got, want)
	}
}

// A voice is a platform with its users.
type voice struct {
	d   *tale
	app desk.App
}

func (v voice) party() *party {
	p, err := v.d.carrier(desk.Origin{Account: accountOf[v.app]})
	if err != nil {
		v.d.fail("%v", err)
	}
	return p
}

// Says has somebody write, which the door must take. It is read a moment later.
func (v voice) Says(author, text string) letter {
	v.d.t.Helper()
	l := v.writes(author, text)
	if !v.d.delivers(l) {
		v.d.fail("the door does not take what %s says", author)
	}
	v.d.FastForward(time.Second)
	return l
}

func (v voice) writes(author, text string) letter {
	v.d.said++
	return v.d.letter(saying{app: v.app, kind: desk.MessageCreated, key: fmt.Sprintf("e%d", v.d.said), id: fmt.Sprintf("m%d", v.d.said), author: author, text: text, at: v.d.now})
}

// Hears fails unless just these replies have reached the platform.
func (v voice) Hears(author string, want ...string) {
	v.d.t.Helper()
	var got []string
	for _, e := range v.d.log(author) {
		if e.What == desk.Replied {
			for range v.d.Witness.Taken[e.Message.Key] {
				got = append(got, e.Message.Text)
			}
		}
	}
	if !slices.Equal(got, want) {
		v.d.fail("%s hears %q, want %q", author, got, want)
	}
}

// Misbehaves has the platform do something to all that it is sent, until it is told
// otherwise with nothing.
func (v voice) Misbehaves(moods ...mood) { v.party().moods = moods }

// lettersTo is how many letters somebody got.
func (d *tale) lettersTo(who string) (n int) {
	for _, l := range d.Witness.Letters {
		if l.To.Owner == who && l.Took {
			n++
		}
	}
	return n
}

// A screen is what a lead sees of the console.
type screen struct{ d *tale }

// Shows fails unless an author's ticket is in a tier, and its state or timeline says
// words.
func (s screen) Shows(author string, tier desk.Tier, words string) {
	s.d.t.Helper()
	var p struct {
		State    string
		Tier     desk.Tier
		Timeline []struct{ What, Why string }
	}
	if status := s.d.who("nok").ask("read", http.MethodGet, "/api/v1/tickets/"+string(s.d.of(author).ID), nil, nil, &p); status != http.StatusOK {
		s.d.fail("the console answers %d", status)
	}
	said := p.State
	for _, line := range p.Timeline {
		said += "; " + line.What + " " + line.Why
	}
	if p.Tier != tier || !strings.Contains(said, words) {
		s.d.fail("%s: tier %d, %s; want tier %d, %q", author, p.Tier, said, tier, words)
	}
}

// A hand is somebody at the console.
type hand struct {
	d *tale
	*agent
	held claim
}

func (d *tale) who(id string) *agent {
	d.t.Helper()
	i := slices.IndexFunc(d.staff, func(a *agent) bool { return a.id == id })
	if i < 0 {
		d.fail("%s does not work here", id)
	}
	return d.staff[i]
}

// Agent is somebody who answers, Lead somebody who leads: nobody asks which.
func (d *tale) Agent(id string) *hand { d.t.Helper(); return &hand{d: d, agent: d.who(id)} }

// Lead is Agent.
func (d *tale) Lead(id string) *hand { d.t.Helper(); return d.Agent(id) }

// Tries does something to the author's ticket, and returns how that was answered.
func (h *hand) Tries(author, verb string, body map[string]any) int {
	h.d.t.Helper()
	return h.verb(h.d.of(author).ID, verb, body)
}

func (h *hand) must(author, verb string, body map[string]any) *hand {
	h.d.t.Helper()
	if status := h.Tries(author, verb, body); status != http.StatusOK {
		h.d.fail("%s: %s for %s is answered %d", h.id, verb, author, status)
	}
	return h
}

// Claims has them claim the author's ticket.
func (h *hand) Claims(author string) *hand {
	h.d.t.Helper()
	if status := h.ask("claim", http.MethodPost, "/api/v1/tickets/"+string(h.d.of(author).ID)+"/claim", struct{}{}, nil, &h.held); status != http.StatusOK {
		h.d.fail("%s claims %s: answered %d", h.id, author, status)
	}
	return h
}

// Writes sends a reply under the claim they hold, by a key, and returns how that was
// answered.
func (h *hand) Writes(key, text string) int {
	status := h.ask("reply", http.MethodPost, "/api/v1/tickets/"+string(h.held.ID)+"/reply", map[string]any{"text": text, "token": h.held.Token}, map[string]string{"Idempotency-Key": key}, nil)
	if status == http.StatusOK {
		h.d.Witness.Replies[key] = judge.Reply{Ticket: h.held.ID, Token: h.held.Token, At: h.d.Now()}
	}
	return status
}

// Replies has them answer under the claim they hold. It goes out a moment later.
func (h *hand) Replies(text string) *hand {
	h.d.t.Helper()
	h.acts++
	if status := h.Writes(fmt.Sprintf("%s-%d", h.id, h.acts), text); status != http.StatusOK {
		h.d.fail("%s answers: answered %d", h.id, status)
	}
	h.d.FastForward(time.Second)
	return h
}

// decides has them do something to the author's ticket that they decided on its page
// as it is now.
func (h *hand) decides(author, verb string, body map[string]any) {
	h.d.t.Helper()
	t := h.d.of(author)
	if status := h.ask(verb, http.MethodPost, "/api/v1/tickets/"+string(t.ID)+"/"+verb, body, map[string]string{"If-Match": fmt.Sprintf(`"%d"`, t.Version)}, nil); status != http.StatusOK {
		h.d.fail("%s: %s for %s is answered %d", h.id, verb, author, status)
	}
}

// Solves has them say that the ticket is done.
func (h *hand) Solves(author string) {
	h.d.t.Helper()
	h.decides(author, "solve", map[string]any{"reason": "done"})
}

// Assigns has them give the ticket to somebody.
func (h *hand) Assigns(author, to string) {
	h.d.t.Helper()
	h.decides(author, "assign", map[string]any{"assignee": to})
}

// Corrects has them judge the ticket themselves.
func (h *hand) Corrects(author string, severity desk.Severity) {
	h.d.t.Helper()
	h.decides(author, "correct", map[string]any{"severity": severity.String(), "reason": "judged again"})
}

// HandsBack has them return the ticket a tier down, with advice.
func (h *hand) HandsBack(author, advice string) {
	h.d.t.Helper()
	h.must(author, "hand-back", map[string]any{"advice": advice})
}
