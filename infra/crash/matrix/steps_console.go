package matrix

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"example.com/skala/infra/crash/world"
	"example.com/skala/shared/desk"
)

// A verb is something that a person does to a ticket by a request, of the API and
// of a page.
type verb struct {
	name  string
	who   string
	setup func(*Run) error
	body  func(*Run) map[string]any // of the API
	form  func(*Run) url.Values     // of a page, where its fields have other names
	what  desk.What                 // the entry that it makes
}

// verbs lists what can be done to a ticket.
func verbs() []verb {
	token := func(r *Run) map[string]any { return map[string]any{"token": r.Claim.Token} }
	nothing := func(*Run) map[string]any { return map[string]any{} }
	with := func(fields map[string]any) func(*Run) map[string]any {
		return func(*Run) map[string]any { return fields }
	}
	lowly := opened(world.Line, low)
	held := claimed(world.Senior, world.Line, critical)
	return []verb{
		{name: "claim", who: world.Senior, setup: lowly, body: nothing, what: desk.Claimed},
		{name: "take-over", who: world.Lead, setup: held, body: nothing, what: desk.TakenOver},
		{name: "extend", who: world.Senior, setup: held, body: token, what: desk.Extended},
		{name: "release", who: world.Senior, setup: held, body: token, what: desk.Released},
		{name: "assign", who: world.Lead, setup: lowly, body: with(map[string]any{"assignee": world.Agent, "reason": "hers"}), what: desk.Assigned},
		{name: "reply", who: world.Senior, setup: held, body: func(r *Run) map[string]any {
			return map[string]any{"token": r.Claim.Token, "text": "We look into it."}
		}, what: desk.Replied},
		{name: "undo", who: world.Senior, setup: soonUndone, body: with(map[string]any{"message": "reply-1"}), what: desk.TakenBack},
		{name: "note", who: world.Senior, setup: lowly, body: with(map[string]any{"text": "She called before."}), what: desk.Noted},
		{name: "escalate", who: world.Senior, setup: lowly, body: with(map[string]any{"reason": "a refund"}), what: desk.Escalated},
		{name: "hand-back", who: world.Senior, setup: opened(world.Line, critical), body: with(map[string]any{"advice": "ask which card"}), what: desk.HandedBack},
		{name: "hold", who: world.Senior, setup: lowly, body: func(r *Run) map[string]any {
			return map[string]any{"until": world.Noon.Add(48 * time.Hour), "reason": "parts"}
		}, form: func(*Run) url.Values { return url.Values{"hours": {"48"}, "why": {"parts"}} }, what: desk.Held},
		{name: "snooze", who: world.Senior, setup: lowly, body: func(r *Run) map[string]any {
			return map[string]any{"until": world.Noon.Add(48 * time.Hour), "reason": "she writes tomorrow"}
		}, form: func(*Run) url.Values { return url.Values{"hours": {"48"}, "why": {"she writes tomorrow"}} }, what: desk.Snoozed},
		{name: "merge", who: world.Senior, setup: beside, body: func(r *Run) map[string]any {
			return map[string]any{"into": r.Other, "reason": "one parcel"}
		}, what: desk.MergedInto},
		{name: "link", who: world.Senior, setup: beside, body: func(r *Run) map[string]any {
			return map[string]any{"ticket": r.Other, "reason": "one parcel"}
		}, what: desk.Linked},
		{name: "unlink", who: world.Senior, setup: chain(beside, linked), body: func(r *Run) map[string]any {
			return map[string]any{"ticket": r.Other, "reason": "two parcels"}
		}, what: desk.Unlinked},
		{name: "swarm", who: world.Senior, setup: lowly, body: with(map[string]any{"who": []string{world.Lead}, "reason": "she knows the shop"}),
			form: func(*Run) url.Values { return url.Values{"who": {world.Lead}} }, what: desk.Swarmed},
		{name: "leave", who: world.Lead, setup: chain(lowly, func(r *Run) error { return r.does(world.Senior, "swarm", map[string]any{"who": []string{world.Lead}}) }),
			body: nothing, what: desk.SwarmLeft},
		{name: "solve", who: world.Senior, setup: lowly, body: with(map[string]any{"reason": "told her"}), what: desk.SolvedNow},
		{name: "reopen", who: world.Senior, setup: chain(lowly, solved), body: with(map[string]any{"reason": "she asks again"}), what: desk.ReopenedNow},
		{name: "tags", who: world.Senior, setup: lowly, body: with(map[string]any{"tags": []string{"refund", "vip"}}),
			form: func(*Run) url.Values { return url.Values{"tags": {"refund, vip"}} }, what: desk.Retagged},
		{name: "correct", who: world.Senior, setup: lowly, body: with(map[string]any{"category": "billing", "severity": "high", "tier": 3, "reason": "money"}), what: desk.Corrected},
		{name: "moderate", who: world.Lead, setup: commented, body: with(map[string]any{"action": "hide", "reason": "a telephone number"}),
			form: func(*Run) url.Values {
				return url.Values{"action": {"hide"}, "why": {"a telephone number"}, "sure": {"yes"}}
			}, what: desk.Moderated},
		{name: "promote", who: world.Senior, setup: opened(world.Line, praise), body: with(map[string]any{"tier": 1}), what: desk.Promoted},
	}
}

// beside is a setup: the run's ticket, and another of the same brand.
func beside(r *Run) error {
	if err := chain(opened(world.Line, low), func(r *Run) error { return r.let(says(world.Line, pedro, 1, low)) }, func(r *Run) error { return r.of(pedro) })(r); err != nil {
		return err
	}
	r.Other = r.Ticket
	return r.of(malee)
}

// linked is a setup: the two of them are.
func linked(r *Run) error {
	return r.does(world.Senior, "link", map[string]any{"ticket": r.Other})
}

// together is a check: what was done to the run's ticket stands on the other too, once.
func together(one, other desk.What) func(*Run) error {
	return func(r *Run) error {
		for id, what := range map[desk.TicketID]desk.What{r.Ticket: one, r.Other: other} {
			log, err := r.World.Store.Log(r.Ctx, id)
			if err != nil {
				return err
			}
			n := 0
			for _, e := range log {
				if e.What == what {
					n++
				}
			}
			if n != 1 {
				return fmt.Errorf("ticket %s was %s %d times", id, what, n)
			}
		}
		return nil
	}
}

// values is what a page's form has in place of the API's fields.
func (v verb) values(r *Run) url.Values {
	form := url.Values{"seen": {fmt.Sprint(r.Seen)}, "key": {"key-1"}}
	if v.form != nil {
		maps.Copy(form, v.form(r))
		return form
	}
	for name, value := range v.body(r) {
		if name == "reason" {
			name = "why"
		}
		form.Set(name, fmt.Sprint(value))
	}
	return form
}

// did reports whether who has done it since the version they had seen: what they
// are shown when they are refused for a change that they did not see.
func (v verb) did(r *Run) (bool, error) {
	log, err := r.World.Store.Log(r.Ctx, r.Ticket)
	for _, e := range log {
		if e.What == v.what && e.Who == v.who && e.Version > r.Seen || e.What == v.what && e.Lease.Agent == v.who && e.Version > r.Seen {
			return true, err
		}
	}
	return false, err
}

// done reports whether a person who got this answer is done: it worked, or it had
// worked before and they are shown so.
func (v verb) done(r *Run, answer world.Answer) (bool, error) {
	switch {
	case answer.Status == http.StatusOK, answer.Status == http.StatusSeeOther, answer.Status == http.StatusNoContent:
		return true, nil
	case answer.Status == 0, answer.Status >= http.StatusInternalServerError:
		return false, nil
	}
	did, err := v.did(r)
	if err == nil && !did {
		err = fmt.Errorf("%s was answered %d: %s", v.name, answer.Status, answer.Body)
	}
	return did, err
}

func (v verb) byAPI(r *Run) (bool, error) {
	answer, err := r.World.Ask(r.Ctx, world.Request{Who: v.who, Path: "/api/v1/tickets/" + string(r.Ticket) + "/" + v.name, JSON: v.body(r),
		Header: map[string]string{"If-Match": fmt.Sprintf(`"%d"`, r.Seen), "Idempotency-Key": "key-1"}})
	if err != nil {
		return false, err
	}
	if v.what == desk.Replied && answer.Status == http.StatusOK {
		r.World.Replied(world.Reply{Ticket: r.Ticket, Key: "key-1", Text: fmt.Sprint(v.body(r)["text"])})
	}
	return v.done(r, answer)
}

func (v verb) byPage(r *Run) (bool, error) {
	answer, err := r.World.Ask(r.Ctx, world.Request{Who: v.who, Path: "/tickets/" + string(r.Ticket) + "/" + v.name, Form: v.values(r)})
	if err != nil {
		return false, err
	}
	if v.what == desk.Replied && answer.Status == http.StatusSeeOther {
		r.World.Replied(world.Reply{Ticket: r.Ticket, Key: "key-1", Text: fmt.Sprint(v.body(r)["text"])})
	}
	return v.done(r, answer)
}

// signedIn is a setup: somebody has signed in to the pages.
func signedIn(who string) func(*Run) error {
	return func(r *Run) error { return r.World.SignIn(r.Ctx, who) }
}

// Console are the steps of the console: each verb by the API and by a page, taking
// the next ticket, and everything that is only looked at.
func Console() []Step {
	var all []Step
	for _, v := range verbs() {
		check := logged(v.what)
		switch v.what {
		case desk.MergedInto:
			check = together(desk.MergedInto, desk.MergedFrom)
		case desk.Linked, desk.Unlinked:
			check = together(v.what, v.what)
		}
		all = append(all,
			Step{Name: "api " + v.name, Routes: []string{"POST /api/v1/tickets/{id}/" + v.name}, Setup: v.setup, Act: v.byAPI, Check: check},
			Step{Name: "page " + v.name, Routes: []string{"POST /tickets/{id}/" + v.name}, Setup: chain(v.setup, signedIn(v.who)), Act: v.byPage, Check: check})
	}
	tickets := func(r *Run) error { // one told of by its queue, one by the worklist alone, one that somebody has
		for _, author := range []string{elena, malee, pedro} { // the longer it waits the more urgent
			if err := r.let(says(world.Line, author, 1, critical)); err != nil {
				return err
			}
			r.World.Pass(time.Second)
		}
		return chain(func(r *Run) error { return r.of(elena) }, func(r *Run) error { return r.claims(world.Lead) }, func(r *Run) error { return r.of(malee) })(r)
	}
	all = append(all,
		Step{Name: "api next", Routes: []string{"POST /api/v1/tiers/{tier}/next"}, Setup: tickets, Act: next("/api/v1/tiers/3/next", false, true), Check: took(1)},
		Step{Name: "api next without nudges", Setup: chain(tickets, lose("Tier3Queue")), Act: next("/api/v1/tiers/3/next", false, true), Check: took(1)},
		Step{Name: "api next of nothing", Setup: chain(tickets), Act: next("/api/v1/tiers/0/next", false, false), Check: took(0)},
		Step{Name: "page next", Routes: []string{"POST /tiers/{tier}/next"}, Setup: chain(tickets, signedIn(world.Senior)), Act: next("/tiers/3/next", true, true), Check: took(1)},
	)
	for _, look := range looks {
		all = append(all, look.step())
	}
	all = append(all, slices.Concat(peopleSteps(), heardSteps(), viewSteps(), replySteps(), customerSteps())...)
	for i := range all {
		all[i].In = "Console"
	}
	return all
}

// next is the act of somebody who asks for the most urgent ticket, which is found
// where there is one. Who got no answer looks at what is theirs before they ask again.
func next(path string, page, found bool) func(*Run) (bool, error) {
	return func(r *Run) (bool, error) {
		if n, err := mine(r); err != nil || r.Try > 0 && n > 0 {
			return n > 0, err
		}
		request := world.Request{Who: world.Senior, Path: path, JSON: struct{}{}}
		if page {
			request.JSON, request.Form = nil, url.Values{}
		}
		answer, err := r.World.Ask(r.Ctx, request)
		if found && (answer.Status == http.StatusNoContent || page && answer.Status == http.StatusOK) { // an index that lags: a moment later it does not
			return false, err
		}
		return answer.Status > 0 && answer.Status < http.StatusBadRequest, err
	}
}

// mine counts the tickets that the senior holds.
func mine(r *Run) (int, error) {
	answer, err := r.World.Ask(r.Ctx, world.Request{Who: world.Senior, Path: "/api/v1/tickets?assignee=" + world.Senior})
	if err != nil || r.Try == 0 {
		return 0, err
	}
	var page struct{ Items []json.RawMessage }
	if err := json.Unmarshal(answer.Body, &page); err != nil {
		return 0, fmt.Errorf("what is mine: %d: %w", answer.Status, err)
	}
	return len(page.Items), nil
}

// took is a check: so many tickets are the senior's.
func took(want int) func(*Run) error {
	return func(r *Run) error {
		r.Try = max(r.Try, 1)
		n, err := mine(r)
		if err == nil && n != want {
			err = fmt.Errorf("%d tickets were taken, not %d", n, want)
		}
		return err
	}
}

// A look is a request that changes nothing.
type look struct {
	route string
	who   string // empty for nobody
	path  func(*Run) string
}

func at(path string) func(*Run) string { return func(*Run) string { return path } }

// ofKept is an address of what stands in quarantine.
func ofKept(before, after string) func(*Run) string {
	return func(r *Run) string {
		id, err := kept(r)
		if err != nil {
			return "/nothing-is-kept" // which is no address, and fails the look
		}
		return before + id + after
	}
}

var looks = []look{
	{"GET /healthz", "", at("/healthz")},
	{"GET /static/{file}", "", at("/static/desk.css")},
	{"GET /sign-in", "", at("/sign-in")},
	{"GET /auth/callback", "", at("/auth/callback?state=none&code=none")},
	{"GET /signed-out", "", at("/signed-out")},
	{"GET /{$}", world.Lead, at("/")},
	{"GET /tiers/{tier}", world.Lead, at("/tiers/1")},
	{"GET /mine", world.Lead, at("/mine")},
	{"GET /all", world.Lead, at("/all")},
	{"GET /tickets", world.Lead, at("/tickets?assignee=none&state=new")},
	{"GET /review", world.Lead, at("/review")},
	{"GET /quarantine", world.Lead, at("/quarantine")},
	{"GET /quarantine/{id}", world.Lead, ofKept("/quarantine/", "")},
	{"GET /quarantine/{id}/body", world.Lead, ofKept("/quarantine/", "/body")},
	{"GET /dead-letters", world.Lead, at("/dead-letters?queue=inbound")},
	{"GET /accounting", world.Lead, at("/accounting")},
	{"GET /accounts", world.Lead, at("/accounts")},
	{"GET /api/v1/accounts", world.Lead, at("/api/v1/accounts")},
	{"GET /api/v1/quarantine/{id}", world.Lead, ofKept("/api/v1/quarantine/", "")},
	{"GET /api/v1/quarantine/{id}/body", world.Lead, ofKept("/api/v1/quarantine/", "/body")},
	{"GET /api/v1/dead-letters", world.Lead, at("/api/v1/dead-letters")},
	{"GET /api/v1/accounting", world.Lead, at("/api/v1/accounting")},
	{"GET /tickets/{id}", world.Lead, func(r *Run) string { return "/tickets/" + string(r.Ticket) }},
	{"GET /api/v1/openapi.json", "", at("/api/v1/openapi.json")},
	{"GET /api/v1/whoami", world.Lead, at("/api/v1/whoami")},
	{"GET /api/v1/tickets", world.Lead, at("/api/v1/tickets")},
	{"GET /api/v1/tickets/{id}", world.Lead, func(r *Run) string { return "/api/v1/tickets/" + string(r.Ticket) }},
	{"GET /api/v1/tickets/{id}/clocks", world.Lead, func(r *Run) string { return "/api/v1/tickets/" + string(r.Ticket) + "/clocks" }},
	{"GET /tickets/{id}/at", world.Lead, func(r *Run) string { return "/tickets/" + string(r.Ticket) + "/at" }},
	{"GET /api/v1/tickets/{id}/explain", world.Lead, func(r *Run) string { return "/api/v1/tickets/" + string(r.Ticket) + "/explain" }},
	{"GET /api/v1/tickets/{id}/here", world.Lead, func(r *Run) string { return "/api/v1/tickets/" + string(r.Ticket) + "/here" }},
	{"GET /tickets/{id}/replies", world.Lead, func(r *Run) string { return "/tickets/" + string(r.Ticket) + "/replies" }},
	{"GET /api/v1/tickets/{id}/saved-replies", world.Lead, func(r *Run) string { return "/api/v1/tickets/" + string(r.Ticket) + "/saved-replies" }},
	{"GET /notices", world.Lead, at("/notices")},
	{"GET /me", world.Lead, at("/me")},
	{"GET /api/v1/notices", world.Lead, at("/api/v1/notices")},
	{"GET /api/v1/me", world.Lead, at("/api/v1/me")},
	{"GET /api/v1/examples", world.Lead, at("/api/v1/examples")},
	{"GET /api/v1/quarantine", world.Lead, at("/api/v1/quarantine")},
}

// step looks at a desk with a ticket that is the lead's, another, and something in
// quarantine. Whoever is shown an error looks again.
func (l look) step() Step {
	setup := chain(
		func(r *Run) error { return r.let(says(world.Line, pedro, 1, low)) },
		func(r *Run) error { return r.let(other("parcel.lost", world.Standard)) },
		claimed(world.Lead, world.Line, low),
		func(r *Run) error { return r.does(world.Lead, "correct", map[string]any{"category": "howto"}) })
	if l.who != "" && !strings.Contains(l.route, "/api/") {
		setup = chain(setup, signedIn(l.who))
	}
	method, _, _ := strings.Cut(l.route, " ")
	return Step{Name: "look " + l.route, Routes: []string{l.route}, Setup: setup, Act: func(r *Run) (bool, error) {
		request := world.Request{Who: l.who, Method: method, Path: l.path(r)}
		if method == http.MethodPost {
			request.Form = url.Values{}
		}
		answer, err := r.World.Ask(r.Ctx, request)
		switch {
		case answer.Status == http.StatusNotFound:
			return false, fmt.Errorf("%s: nothing is there", request.Path)
		case r.Try > 0:
			if err := r.World.Appear(r.Ctx); err != nil {
				return false, err
			}
		}
		return answer.Status > 0 && answer.Status < http.StatusInternalServerError, err
	}}
}
