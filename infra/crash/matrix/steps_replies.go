package matrix

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"example.com/skala/infra/crash/world"
	"example.com/skala/shared/people"
)

// replySaid is a setup: the lead has saved a reply.
func replySaid(r *Run) error {
	answer, err := r.World.Ask(r.Ctx, world.Request{Who: world.Lead, Method: http.MethodPut, Path: "/api/v1/saved-replies/money", JSON: savedReply("Money")})
	if err == nil && answer.Status != http.StatusCreated {
		err = fmt.Errorf("saving a reply was answered %d %s", answer.Status, answer.Body)
	}
	return err
}

func savedReply(title string) map[string]any {
	return map[string]any{"title": title, "text": "Hello {customer}", "language": "en", "owner": world.Lead}
}

// replies is a check: there are so many saved replies of a title, and the audit log
// says what was done once.
func replies(what, title string, n int) func(*Run) error {
	return func(r *Run) error {
		d, err := r.World.Store.Directory(r.Ctx)
		if err != nil {
			return err
		}
		lines, _, err := r.World.Store.Audit(r.Ctx, people.AuditQuery{Kind: people.KindReply, What: what}, "", 10)
		if err != nil {
			return err
		}
		found := 0
		for _, s := range d.Replies {
			if s.Title == title && s.Version == 1 {
				found++
			}
		}
		if found != n || len(lines) != 1 {
			return fmt.Errorf("%d saved replies are called %s, %d lines say that one was %s", found, title, len(lines), what)
		}
		return nil
	}
}

// taken is a check: a use is counted, twice where its answer got lost, and the reply
// is as it was.
func taken(r *Run) error {
	d, err := r.World.Store.Directory(r.Ctx)
	if err != nil {
		return err
	}
	if s := d.Replies["money"]; s.Uses < 1 || s.Version != 1 {
		return fmt.Errorf("the reply was taken %d times, in version %d", s.Uses, s.Version)
	}
	return nil
}

// replySteps are those in which somebody saves a reply, takes it and forgets it.
func replySteps() []Step {
	var steps []Step
	form := url.Values{"id": {"fraud"}, "version": {"0"}, "title": {"Fraud"}, "text": {"Hello {customer}"}, "language": {"en"}, "whose": {"me"}}
	for _, s := range []struct {
		route   string
		request world.Request
		gone    bool
		setup   func(*Run) error
		check   func(*Run) error
	}{
		{"PUT /api/v1/saved-replies/{id}", world.Request{Path: "/api/v1/saved-replies/fraud", JSON: savedReply("Fraud")}, false, employed, replies("added", "Fraud", 1)},
		{"DELETE /api/v1/saved-replies/{id}", world.Request{Path: "/api/v1/saved-replies/money", Header: map[string]string{"If-Match": `"1"`}}, true, chain(employed, replySaid), replies("removed", "Money", 0)},
		{"POST /api/v1/saved-replies/{id}/used", world.Request{Path: "/api/v1/saved-replies/money/used"}, false, chain(employed, replySaid), taken},
		{"POST /replies", world.Request{Path: "/replies", Form: form}, false, chain(employed, signedIn(world.Lead)), replies("added", "Fraud", 1)},
		{"POST /replies/{id}/remove", world.Request{Path: "/replies/money/remove", Form: url.Values{"version": {"1"}}}, true, chain(employed, replySaid, signedIn(world.Lead)), replies("removed", "Money", 0)},
	} {
		s.request.Who = world.Lead
		s.request.Method, _, _ = strings.Cut(s.route, " ")
		steps = append(steps, Step{Name: spelt(s.route), Routes: []string{s.route}, Setup: s.setup, Act: asks(s.request, s.gone), Check: s.check})
	}
	for _, path := range []string{"/api/v1/saved-replies", "/api/v1/saved-replies/{id}", "/replies"} {
		request := world.Request{Who: world.Lead, Method: http.MethodGet, Path: strings.ReplaceAll(path, "{id}", "money")}
		steps = append(steps, Step{Name: "look GET " + path, Routes: []string{"GET " + path}, Setup: chain(employed, replySaid, signedIn(world.Lead)), Act: asks(request, false)})
	}
	return steps
}
