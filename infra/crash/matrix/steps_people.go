package matrix

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"example.com/skala/infra/crash/world"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
	"example.com/skala/shared/people/roster"
)

// employed is a setup: a team with a lead and an agent, and a rota of both.
func employed(r *Run) error {
	for _, item := range []struct {
		path string
		is   map[string]any
	}{
		{"teams/care", map[string]any{"name": "Care"}},
		{"teams/old", map[string]any{"name": "Old"}},
		{"people/" + world.Admin, map[string]any{"name": "Ari", "roles": []string{"admin"}}},
		{"people/" + world.Lead, map[string]any{"name": "Lea", "roles": []string{"lead"}, "teams": []string{"care"}}},
		{"people/" + world.Agent, map[string]any{"name": "Anna", "roles": []string{"agent:1"}, "teams": []string{"care"}}},
		{"rotas/night", map[string]any{"name": "Night", "team": "care", "zone": "Europe/Athens", "start": "2026-11-02", "handover": "09:00", "turn": 7, "members": []string{world.Lead, world.Agent}}},
	} {
		answer, err := r.World.Ask(r.Ctx, world.Request{Who: world.Admin, Method: http.MethodPut, Path: "/api/v1/" + item.path, JSON: item.is})
		if err == nil && answer.Status != http.StatusCreated {
			err = fmt.Errorf("%s was answered %d %s", item.path, answer.Status, answer.Body)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// asks is the act of somebody who sends a request until it is answered. What they
// had asked for before is none of their mistakes: gone where it was to go.
func asks(request world.Request, gone bool) func(*Run) (bool, error) {
	return func(r *Run) (bool, error) {
		answer, err := r.World.Ask(r.Ctx, request)
		switch {
		case err != nil, answer.Status == 0, answer.Status >= http.StatusInternalServerError:
			return false, err
		case answer.Status < http.StatusBadRequest, gone && r.Try > 0 && answer.Status == http.StatusNotFound:
			return true, nil
		}
		return false, fmt.Errorf("%s was answered %d: %s", request.Path, answer.Status, answer.Body)
	}
}

// changed is a check: the directory is as it should be, and the audit log says so
// in one line.
func changed(target, what string, good func(people.Directory) bool) func(*Run) error {
	return func(r *Run) error {
		d, err := r.World.Store.Directory(r.Ctx)
		if err != nil {
			return err
		}
		lines, _, err := r.World.Store.Audit(r.Ctx, people.AuditQuery{Target: target, What: what}, "", 10)
		switch {
		case err != nil:
			return err
		case len(lines) != 1:
			return fmt.Errorf("%d lines say that %s was %s", len(lines), target, what)
		case !good(d):
			return errors.New("the directory is not as it was asked for")
		}
		return nil
	}
}

// peopleSteps are the steps of the directory: each change by the API and by a page,
// and what is looked at.
func peopleSteps() []Step {
	const file = "id,name,teams\nnok,Nok,care\nfah,Fah,care\n"
	const border = "crash-border"
	form := "--" + border + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"people.csv\"\r\nContent-Type: text/csv\r\n\r\n" + file + "\r\n--" + border + "--\r\n"
	match := map[string]string{"If-Match": `"1"`}
	added := func(id string) func(people.Directory) bool {
		return func(d people.Directory) bool { return d.Members[id].Version == 1 }
	}
	away := func(id string) func(people.Directory) bool {
		return func(d people.Directory) bool { return d.Members[id].Presence.Away }
	}
	noTeam := func(d people.Directory) bool { _, there := d.Teams["old"]; return !there }
	noRota := func(d people.Directory) bool { return len(d.Rotas) == 0 }
	override := func(d people.Directory) bool { return len(d.Rotas["night"].Overrides) == 1 }
	rota := map[string]any{"name": "Day", "team": "care", "zone": "Europe/Athens", "start": "2026-11-02", "handover": "09:00", "turn": 1, "members": []string{world.Lead}}
	day := func(d people.Directory) bool { return d.Rotas["day"].Version == 1 }
	team := func(d people.Directory) bool { return d.Teams["shop"].Version == 1 }
	all := []struct {
		route, who string
		request    world.Request
		gone       bool
		target     string
		what       string
		good       func(people.Directory) bool
	}{
		{"PUT /api/v1/people/{id}", world.Admin, world.Request{Path: "/api/v1/people/nok", JSON: map[string]any{"name": "Nok", "teams": []string{"care"}}}, false, "nok", "added", added("nok")},
		{"POST /api/v1/people/import", world.Admin, world.Request{Path: "/api/v1/people/import", File: file, Header: map[string]string{"Content-Type": "text/csv"}}, false, "fah", "added", added("fah")},
		{"POST /api/v1/people/{id}/presence", world.Lead, world.Request{Path: "/api/v1/people/" + world.Agent + "/presence", JSON: map[string]any{"away": true}}, false, world.Agent, "away", away(world.Agent)},
		{"POST /api/v1/presence", world.Agent, world.Request{Path: "/api/v1/presence", JSON: map[string]any{"away": true, "why": "lunch"}}, false, world.Agent, "away", away(world.Agent)},
		{"PUT /api/v1/teams/{id}", world.Admin, world.Request{Path: "/api/v1/teams/shop", JSON: map[string]any{"name": "Shop"}}, false, "shop", "added", team},
		{"DELETE /api/v1/teams/{id}", world.Admin, world.Request{Path: "/api/v1/teams/old", Header: match}, true, "old", "removed", noTeam},
		{"PUT /api/v1/rotas/{id}", world.Lead, world.Request{Path: "/api/v1/rotas/day", JSON: rota}, false, "day", "added", day},
		{"DELETE /api/v1/rotas/{id}", world.Lead, world.Request{Path: "/api/v1/rotas/night", Header: match}, true, "night", "removed", noRota},
		{"POST /people", world.Admin, world.Request{Path: "/people", Form: url.Values{"id": {"nok"}, "name": {"Nok"}, "teams": {"care"}}}, false, "nok", "added", added("nok")},
		{"POST /people/import", world.Admin, world.Request{Path: "/people/import", File: form, Header: map[string]string{"Content-Type": "multipart/form-data; boundary=" + border}}, false, "fah", "added", added("fah")},
		{"POST /people/{id}/presence", world.Lead, world.Request{Path: "/people/" + world.Agent + "/presence", Form: url.Values{"away": {"yes"}}}, false, world.Agent, "away", away(world.Agent)},
		{"POST /presence", world.Agent, world.Request{Path: "/presence", Form: url.Values{"away": {"yes"}}}, false, world.Agent, "away", away(world.Agent)},
		{"POST /teams", world.Admin, world.Request{Path: "/teams", Form: url.Values{"id": {"shop"}, "name": {"Shop"}}}, false, "shop", "added", team},
		{"POST /teams/{id}/remove", world.Admin, world.Request{Path: "/teams/old/remove", Form: url.Values{"version": {"1"}}}, true, "old", "removed", noTeam},
		{"POST /rotas", world.Lead, world.Request{Path: "/rotas", Form: url.Values{"id": {"day"}, "name": {"Day"}, "team": {"care"}, "zone": {"Europe/Athens"}, "start": {"2026-11-02"}, "handover": {"09:00"}, "turn": {"1"}, "members": {world.Lead}}}, false, "day", "added", day},
		{"POST /rotas/{id}/override", world.Lead, world.Request{Path: "/rotas/night/override", Form: url.Values{"who": {world.Agent}, "from": {"2026-11-24T10:00"}, "to": {"2026-11-24T18:00"}}}, false, "night", "override", override},
		{"POST /rotas/{id}/remove", world.Lead, world.Request{Path: "/rotas/night/remove", Form: url.Values{"version": {"1"}}}, true, "night", "removed", noRota},
	}
	var steps []Step
	for _, s := range all {
		setup := employed
		if !strings.Contains(s.route, "/api/") {
			setup = chain(employed, signedIn(s.who))
		}
		s.request.Who = s.who
		s.request.Method, _, _ = strings.Cut(s.route, " ")
		steps = append(steps, Step{Name: spelt(s.route), Routes: []string{s.route}, Setup: setup, Act: asks(s.request, s.gone), Check: changed(s.target, s.what, s.good)})
	}
	for _, route := range []string{"people", "people/{id}", "teams", "teams/{id}", "rotas", "rotas/{id}", "audit"} {
		for _, root := range []string{"GET /api/v1/", "GET /"} {
			steps = append(steps, peopleLook(root+route))
		}
	}
	return append(steps, signOut(), peopleLook("GET /api/v1/on-shift"), peopleLook("GET /api/v1/presence"), peopleLook("GET /api/v1/teams/{id}/channels"))
}

// signOut is the step of somebody who signs out: told so, their cookie is nobody's.
func signOut() Step {
	return Step{Name: "page sign-out", Routes: []string{"POST /sign-out"}, Setup: signedIn(world.Lead),
		Act: asks(world.Request{Who: world.Lead, Path: "/sign-out", Form: url.Values{}}, false),
		Check: func(r *Run) error {
			r.World.Pass(roster.Fresh)
			answer, err := r.World.Ask(r.Ctx, world.Request{Who: world.Lead, Path: "/mine"})
			if at := answer.Header.Get("Location"); err == nil && (answer.Status != http.StatusSeeOther || !strings.HasPrefix(at, "/sign-in")) {
				err = fmt.Errorf("the cookie of who has signed out was answered %d, %q", answer.Status, at)
			}
			return err
		}}
}

// spelt is a route as the name of a step, which has no slash.
func spelt(route string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(route, "/", " ")), " ")
}

// peopleLook is a step that looks at what the directory has.
func peopleLook(route string) Step {
	method, path, _ := strings.Cut(route, " ")
	one := map[bool]string{true: world.Agent, false: "care"}[strings.Contains(path, "people")]
	if strings.Contains(path, "rotas") {
		one = "night"
	}
	setup := employed
	if !strings.Contains(path, "/api/") {
		setup = chain(employed, signedIn(world.Admin))
	}
	return Step{Name: "look " + route, Routes: []string{route}, Setup: setup,
		Act: asks(world.Request{Who: world.Admin, Method: method, Path: strings.ReplaceAll(path, "{id}", one)}, false)}
}

// assigning is a setup: the tickets of the team find somebody by themselves.
func assigning(r *Run) error {
	answer, err := r.World.Ask(r.Ctx, world.Request{Who: world.Admin, Method: http.MethodPut, Path: "/api/v1/teams/care", Header: map[string]string{"If-Match": `"1"`},
		JSON: map[string]any{"name": "Care", "assigns": people.RoundRobin}})
	if err == nil && answer.Status != http.StatusOK {
		err = fmt.Errorf("the team was answered %d %s", answer.Status, answer.Body)
	}
	return err
}

// givenOnce is a check: the one agent who could be given the ticket was, once.
func givenOnce(r *Run) error {
	log, err := r.World.Store.Log(r.Ctx, r.Ticket)
	if err != nil {
		return err
	}
	if who := desk.GivenBefore(log); len(who) != 1 || who[0] != world.Agent {
		return fmt.Errorf("it was given to %v", who)
	}
	return nil
}
