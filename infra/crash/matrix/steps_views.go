package matrix

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"example.com/skala/infra/crash/world"
	"example.com/skala/shared/people"
)

// viewed is a setup: the lead has saved a list.
func viewed(r *Run) error {
	answer, err := r.World.Ask(r.Ctx, world.Request{Who: world.Lead, Method: http.MethodPut, Path: "/api/v1/views/money",
		JSON: map[string]any{"name": "Money", "owner": world.Lead, "query": "category=billing"}})
	if err == nil && answer.Status != http.StatusCreated {
		err = fmt.Errorf("saving a view was answered %d %s", answer.Status, answer.Body)
	}
	return err
}

// views is a check: there are so many saved lists that ask for query, and the audit log
// says what was done once.
func views(what, query string, n int) func(*Run) error {
	return func(r *Run) error {
		d, err := r.World.Store.Directory(r.Ctx)
		if err != nil {
			return err
		}
		lines, _, err := r.World.Store.Audit(r.Ctx, people.AuditQuery{Kind: people.KindView, What: what}, "", 10)
		if err != nil {
			return err
		}
		found := 0
		for _, v := range d.Views {
			if v.Query == query && v.Version == 1 {
				found++
			}
		}
		if found != n || len(lines) != 1 {
			return fmt.Errorf("%d lists ask for %s, %d lines say that one was %s", found, query, len(lines), what)
		}
		return nil
	}
}

// viewSteps are those in which somebody saves a list and takes it out again.
func viewSteps() []Step {
	const query = "category=fraud"
	var steps []Step
	for _, s := range []struct {
		route   string
		request world.Request
		gone    bool
		setup   func(*Run) error
		check   func(*Run) error
	}{
		{"PUT /api/v1/views/{id}", world.Request{Path: "/api/v1/views/fraud", JSON: map[string]any{"name": "Fraud", "owner": world.Lead, "query": query}}, false, employed, views("added", query, 1)},
		{"DELETE /api/v1/views/{id}", world.Request{Path: "/api/v1/views/money", Header: map[string]string{"If-Match": `"1"`}}, true, chain(employed, viewed), views("removed", "category=billing", 0)},
		{"POST /views", world.Request{Path: "/views", Form: url.Values{"name": {"Fraud"}, "query": {query}}}, false, chain(employed, signedIn(world.Lead)), views("added", query, 1)},
		{"POST /views/{id}/remove", world.Request{Path: "/views/money/remove", Form: url.Values{"version": {"1"}}}, true, chain(employed, viewed, signedIn(world.Lead)), views("removed", "category=billing", 0)},
	} {
		s.request.Who = world.Lead
		s.request.Method, _, _ = strings.Cut(s.route, " ")
		steps = append(steps, Step{Name: spelt(s.route), Routes: []string{s.route}, Setup: s.setup, Act: asks(s.request, s.gone), Check: s.check})
	}
	for _, path := range []string{"views", "views/{id}"} {
		request := world.Request{Who: world.Lead, Method: http.MethodGet, Path: "/api/v1/" + strings.ReplaceAll(path, "{id}", "money")}
		steps = append(steps, Step{Name: "look GET /api/v1/" + path, Routes: []string{"GET /api/v1/" + path}, Setup: chain(employed, viewed), Act: asks(request, false)})
	}
	return steps
}
