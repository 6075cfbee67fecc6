package simulation

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"example.com/skala/infra/simulation/judge"
	"example.com/skala/shared/desk"
)

// An agent is somebody at work. They do what people do, mistakes included: they
// forget what they have claimed, press a button twice, and come back to a page that
// is old by then.
type agent struct {
	job
	d    *Desk
	zone *time.Location
	nth  int

	cookie string
	until  time.Time // of the cookie
	acts   int
	mine   []task // what they have to come back to
}

// A task is a ticket that somebody means to come back to.
type task struct {
	id desk.TicketID
	at time.Time
}

// A claim is what somebody holds a ticket by.
type claim struct {
	ID      desk.TicketID `json:"id"`
	Token   string        `json:"token"`
	Version int64         `json:"version"`
}

// arrive has everybody come to work from now on.
func (d *Desk) arrive() {
	for _, a := range d.staff {
		d.after(a.some(time.Minute, 10*time.Minute), a.look)
	}
}

func (a *agent) some(from, to time.Duration) time.Duration {
	return from + time.Duration(a.d.conduct.Int64N(int64(to-from)+1))
}

func (a *agent) often(percent int) bool { return a.d.conduct.IntN(100) < percent }

// look has the agent see what there is to do.
func (a *agent) look() {
	if a.d.silenced {
		return
	}
	if !a.works(a.d.now, a.zone) {
		a.d.after(a.some(5*time.Minute, 25*time.Minute), a.look)
		return
	}
	if a.often(4) && a.meddles() {
		return
	}
	if len(a.mine) > 0 && !a.mine[0].at.After(a.d.now) && a.often(70) {
		due := a.mine[0]
		a.mine = a.mine[1:]
		a.returns(due.id)
		return
	}
	for _, tier := range a.tiers {
		if status, c := a.next(tier); status == http.StatusOK {
			a.begin(c)
			return
		} else if status != http.StatusNoContent && status != http.StatusConflict {
			break
		}
	}
	a.d.after(a.some(a.d.cfg.Idle, 3*a.d.cfg.Idle), a.look)
}

// meddles has the agent do something to a ticket that somebody else is at: claim it,
// answer it with a token that is none of theirs, or take it over. It reports whether
// they are at it now.
func (a *agent) meddles() bool {
	if len(a.d.held) == 0 {
		return false
	}
	c := a.d.held[a.d.conduct.IntN(len(a.d.held))]
	path := "/api/v1/tickets/" + string(c.ID)
	switch dice := a.d.conduct.IntN(10); {
	case dice < 4:
		var got claim
		if a.ask("claim", http.MethodPost, path+"/claim", struct{}{}, nil, &got) == http.StatusOK {
			a.begin(got)
			return true
		}
	case dice < 7:
		a.answer(c)
	case dice < 8:
		a.verb(c.ID, "release", map[string]any{"token": c.Token})
	case dice < 9 && !strings.HasPrefix(a.roles[0], "agent"):
		a.correct(c.ID)
	default:
		var got claim
		if a.ask("take-over", http.MethodPost, path+"/take-over", struct{}{}, nil, &got) == http.StatusOK {
			a.begin(got)
			return true
		}
	}
	return false
}

// next takes the most urgent ticket of a tier.
func (a *agent) next(tier desk.Tier) (status int, c claim) {
	status = a.ask("next", http.MethodPost, fmt.Sprintf("/api/v1/tiers/%d/next", tier), nil, nil, &c)
	return status, c
}

// begin has the agent work on what they claimed, and keep the claim alive meanwhile
// unless they forget.
func (a *agent) begin(c claim) {
	if len(a.d.held) < 30 {
		a.d.held = append(a.d.held, c)
	} else {
		a.d.held[a.d.conduct.IntN(30)] = c
	}
	took := a.some(a.speed/3, 2*a.speed)
	if a.often(2) { // opens it in another tab, and goes on in the first
		a.d.after(took/2, func() { a.verb(c.ID, "take-over", map[string]any{}) })
	}
	if a.often(10) { // goes to lunch
		a.d.after(took, func() { a.finish(c) })
		return
	}
	for at := 3 * time.Minute; at < took; at += 3 * time.Minute {
		a.d.after(at, func() { a.verb(c.ID, "extend", map[string]any{"token": c.Token}) })
	}
	a.d.after(took, func() { a.finish(c) })
}

// finish has the agent do what they have come to.
func (a *agent) finish(c claim) {
	if a.d.silenced {
		return
	}
	defer func() { a.d.after(a.some(10*time.Second, 2*time.Minute), a.look) }()
	senior := !strings.HasPrefix(a.roles[0], "agent")
	switch dice := a.d.conduct.IntN(100); {
	case dice < 3: // forgets it
		a.later(c.ID, time.Minute, time.Hour)
	case dice < 6:
		a.verb(c.ID, "release", map[string]any{"token": c.Token})
	case dice < 10:
		a.verb(c.ID, "escalate", map[string]any{"reason": "needs somebody senior"})
	case dice < 14:
		a.verb(c.ID, "hold", map[string]any{"until": a.d.Now().Add(a.some(10*time.Minute, 30*time.Hour)), "reason": "waits for a parcel service"})
		a.later(c.ID, 31*time.Hour, 40*time.Hour)
	case dice < 18 && senior:
		a.verb(c.ID, "hand-back", map[string]any{"advice": "ask which version"})
	case dice < 20:
		a.note(c.ID)
		a.answer(c)
	case dice < 22 && senior:
		a.correct(c.ID)
		a.answer(c)
	case dice < 24:
		a.solve(c.ID) // without a word
	case dice < 27:
		a.snooze(c.ID)
	case dice < 29:
		a.merge(c.ID)
	case dice < 32:
		a.swarm(c.ID)
		a.answer(c)
	default:
		a.answer(c)
	}
}

// answer writes to the customer, and often says with it that the ticket is solved.
func (a *agent) answer(c claim) {
	a.acts++
	key := fmt.Sprintf("%s-%d", a.id, a.acts)
	body := map[string]any{"text": "We are looking into it, " + key, "token": c.Token}
	if !a.reply(c.ID, key, body) {
		a.later(c.ID, 10*time.Minute, 5*time.Hour)
		return
	}
	if a.often(5) { // presses it twice
		a.reply(c.ID, key, body)
	}
	if a.often(35) {
		a.solve(c.ID)
		return
	}
	a.later(c.ID, time.Hour, 30*time.Hour)
}

// reply asks the console to send a reply until it is answered one way or the other.
func (a *agent) reply(id desk.TicketID, key string, body map[string]any) bool {
	for range 4 {
		status := a.ask("reply", http.MethodPost, "/api/v1/tickets/"+string(id)+"/reply", body, map[string]string{"Idempotency-Key": key}, nil)
		if status == http.StatusOK {
			a.d.Witness.Replies[key] = judge.Reply{Ticket: id, Token: fmt.Sprint(body["token"]), At: a.d.Now()}
			return true
		}
		if status != 0 && status < http.StatusInternalServerError {
			return false
		}
		a.d.meanwhile(a.some(time.Second, 5*time.Second))
	}
	return false
}

func (a *agent) note(id desk.TicketID) {
	a.acts++
	key := fmt.Sprintf("%s-%d", a.id, a.acts)
	a.ask("note", http.MethodPost, "/api/v1/tickets/"+string(id)+"/note", map[string]any{"text": "has called before"}, map[string]string{"Idempotency-Key": key}, nil)
}

// solve says that a ticket is done, as it was a moment ago.
func (a *agent) solve(id desk.TicketID) {
	t, ok := a.read(id)
	if !ok {
		return
	}
	if a.often(20) {
		a.d.meanwhile(a.some(time.Second, 4*time.Second))
	}
	a.ask("solve", http.MethodPost, "/api/v1/tickets/"+string(id)+"/solve", map[string]any{"reason": "done"}, map[string]string{"If-Match": fmt.Sprintf(`"%d"`, t.Version)}, nil)
}

// snooze has the agent put a ticket off, with or without an end.
func (a *agent) snooze(id desk.TicketID) {
	body := map[string]any{"reason": "writes again"}
	if a.often(80) {
		body["until"] = a.d.Now().Add(a.some(5*time.Minute, 20*time.Hour))
	}
	a.verb(id, "snooze", body)
	a.later(id, time.Hour, 30*time.Hour)
}

// swarm has the agent ask a colleague in, and tell them in a note what it is about.
func (a *agent) swarm(id desk.TicketID) {
	who := a.d.staff[a.d.conduct.IntN(len(a.d.staff))].id
	a.verb(id, "swarm", map[string]any{"who": []string{who}, "reason": "knows the matter"})
	a.acts++
	a.ask("note", http.MethodPost, "/api/v1/tickets/"+string(id)+"/note", map[string]any{"text": "have you seen this, @" + who + "?", "swarm": true},
		map[string]string{"Idempotency-Key": fmt.Sprintf("%s-%d", a.id, a.acts)}, nil)
	if a.often(30) {
		a.verb(id, "leave", map[string]any{"who": []string{who}})
	}
}

// merge has the agent make a ticket go on as another that somebody is at.
func (a *agent) merge(id desk.TicketID) {
	t, ok := a.read(id)
	into := a.d.held[a.d.conduct.IntN(len(a.d.held))].ID
	if !ok || into == id {
		return
	}
	if a.often(20) {
		a.d.meanwhile(a.some(time.Second, 4*time.Second))
	}
	a.ask("merge", http.MethodPost, "/api/v1/tickets/"+string(id)+"/merge", map[string]any{"into": into, "reason": "one matter"}, map[string]string{"If-Match": fmt.Sprintf(`"%d"`, t.Version)}, nil, string(into))
}

// correct has the agent judge a ticket graver or milder than triage.
func (a *agent) correct(id desk.TicketID) {
	t, ok := a.read(id)
	if !ok || t.Category == desk.Praise || t.Category == desk.Other || t.Category == desk.Spam { // whether it needs an answer nobody here doubts
		return
	}
	severity := []string{"low", "normal", "high", "critical"}[a.d.conduct.IntN(4)]
	a.ask("correct", http.MethodPost, "/api/v1/tickets/"+string(id)+"/correct", map[string]any{"severity": severity, "reason": "judged again"}, map[string]string{"If-Match": fmt.Sprintf(`"%d"`, t.Version)}, nil)
}

// later has the agent come back to a ticket.
func (a *agent) later(id desk.TicketID, from, to time.Duration) {
	a.mine = append(a.mine, task{id, a.d.now.Add(a.some(from, to))})
	for i := len(a.mine) - 1; i > 0 && a.mine[i].at.Before(a.mine[i-1].at); i-- {
		a.mine[i], a.mine[i-1] = a.mine[i-1], a.mine[i]
	}
}

// A page is what somebody sees of a ticket.
type page struct {
	Version  int64      `json:"version"`
	State    desk.State `json:"state"`
	Assignee string     `json:"assignee"`
	Tier     desk.Tier  `json:"tier"`

	Category desk.Category `json:"category"`
}

func (a *agent) read(id desk.TicketID) (p page, ok bool) {
	return p, a.ask("read", http.MethodGet, "/api/v1/tickets/"+string(id), nil, nil, &p) == http.StatusOK
}

// returns has the agent go on with a ticket of theirs.
func (a *agent) returns(id desk.TicketID) {
	p, ok := a.read(id)
	switch {
	case !ok || p.Assignee != a.id:
	case p.State == desk.Waiting && a.often(80):
		a.solve(id)
	case p.State == desk.Open:
		var c claim
		if a.ask("claim", http.MethodPost, "/api/v1/tickets/"+string(id)+"/claim", struct{}{}, nil, &c) == http.StatusOK {
			a.begin(c)
			return
		}
	case p.State == desk.OnHold, p.State == desk.Waiting:
		a.later(id, 5*time.Hour, 30*time.Hour)
	}
	a.d.after(a.some(10*time.Second, time.Minute), a.look)
}

func (a *agent) verb(id desk.TicketID, verb string, body map[string]any) int {
	return a.ask(verb, http.MethodPost, "/api/v1/tickets/"+string(id)+"/"+verb, body, nil, nil)
}

// ask makes a request to the console, signed in, and returns the status of its
// answer; 0 for none. also are other tickets that it is about.
func (a *agent) ask(verb, method, path string, body any, header map[string]string, into any, also ...string) int {
	if !a.d.now.Before(a.until) || a.cookie == "" {
		if err := a.signIn(); err != nil {
			return 0
		}
	}
	id := strings.TrimPrefix(path, "/api/v1/tickets/")
	id, _, _ = strings.Cut(id, "/")
	rec := a.request(method, path, body, header, append(also, id)...)
	status := rec.status
	a.d.done[fmt.Sprintf("%s %d", verb, status)]++
	if status == http.StatusUnauthorized {
		a.cookie = ""
	}
	if status == http.StatusOK && into != nil {
		if err := json.Unmarshal(rec.body.Bytes(), into); err != nil {
			panic(err)
		}
	}
	return status
}

func (a *agent) request(method, path string, body any, header map[string]string, about ...string) *answer {
	rec := &answer{header: http.Header{}}
	err := a.d.step("console", func(ctx context.Context) error {
		var doc []byte
		if body != nil {
			doc = encode(body)
		}
		r, err := http.NewRequestWithContext(ctx, method, address+path, bytes.NewReader(doc))
		if err != nil {
			return err
		}
		r.RemoteAddr = "192.0.2.1:443"
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Origin", address)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.Header.Set("Cookie", a.cookie)
		for name, value := range header {
			r.Header.Set(name, value)
		}
		a.d.console.ServeHTTP(rec, r)
		return nil
	}, about...)
	if err != nil {
		return &answer{header: http.Header{}} // the connection broke off
	}
	return rec
}

// signIn has the agent sign in by the provider, for half a day.
func (a *agent) signIn() error {
	first := a.request(http.MethodGet, "/sign-in?return=/", nil, nil, "")
	at, err := url.Parse(first.header.Get("Location"))
	if err != nil || first.status != http.StatusFound {
		return fmt.Errorf("signing in: %d %s", first.status, first.body.String())
	}
	form := at.Query()
	form.Set("person", a.id)
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, issuer+"/authorize", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	chosen := &answer{header: http.Header{}}
	a.d.idp.ServeHTTP(chosen, r)
	back, err := url.Parse(chosen.header.Get("Location"))
	if err != nil || chosen.status != http.StatusSeeOther {
		return fmt.Errorf("signing in: the provider answers %d", chosen.status)
	}
	a.cookie = cookieOf(first.header, "")
	last := a.request(http.MethodGet, back.RequestURI(), nil, nil, "")
	a.cookie = cookieOf(last.header, "__Host-skala=")
	a.until = a.d.now.Add(11 * time.Hour)
	if a.cookie == "" {
		return fmt.Errorf("signing in: %d %s", last.status, cmp.Or(last.body.String(), "no cookie"))
	}
	return nil
}

// cookieOf returns the last cookie set that begins so, as a browser sends it.
func cookieOf(h http.Header, prefix string) (cookie string) {
	for _, line := range h.Values("Set-Cookie") {
		if pair, _, _ := strings.Cut(line, ";"); strings.HasPrefix(pair, prefix) && !strings.HasSuffix(pair, "=") {
			cookie = pair
		}
	}
	return cookie
}
