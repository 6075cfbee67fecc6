package matrix

import (
	"fmt"
	"net/http"
	"net/url"

	"example.com/skala/infra/crash/world"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// samePerson is a check: the authors of both tickets are one person, by either's
// side, and the audit log says so once.
func samePerson(r *Run) error {
	lines, _, err := r.World.Store.Audit(r.Ctx, people.AuditQuery{Kind: people.KindIdentity}, "", 10)
	if err != nil {
		return err
	}
	tickets, err := r.World.Store.Tickets(r.Ctx, []desk.TicketID{r.Ticket, r.Other})
	if err != nil {
		return err
	}
	for n, t := range tickets {
		kin, err := r.World.Store.Kin(r.Ctx, t.Identity())
		if err != nil {
			return err
		}
		if len(kin) != 1 || kin[0].Is != desk.SamePerson || !kin[0].With.Is(tickets[1-n].Identity()) || kin[0].Why != "one voice" {
			return fmt.Errorf("of %s was said %+v", t.Identity(), kin)
		}
	}
	if len(lines) != 1 {
		return fmt.Errorf("%d lines say who is whom", len(lines))
	}
	return nil
}

// isHere is a check: somebody is at the ticket.
func isHere(r *Run) error {
	all, err := r.World.Store.Onlookers(r.Ctx, r.Ticket)
	if err == nil && (len(all) != 1 || all[0].Who != world.Senior || all[0].Typed.IsZero()) {
		err = fmt.Errorf("at the ticket are %+v", all)
	}
	return err
}

// customerSteps are those in which somebody says who is whom, and looks at what a
// reply would be.
func customerSteps() []Step {
	says := func(form bool) func(*Run) (bool, error) {
		return func(r *Run) (bool, error) {
			request := world.Request{Who: world.Senior, Method: http.MethodPost, Path: "/api/v1/tickets/" + string(r.Ticket) + "/identity",
				JSON: map[string]any{"ticket": r.Other, "is": "same", "why": "one voice"}}
			if form {
				request.Path, request.JSON = "/tickets/"+string(r.Ticket)+"/identity", nil
				request.Form = url.Values{"ticket": {string(r.Other)}, "is": {"same"}, "why": {"one voice"}}
			}
			return asks(request, false)(r)
		}
	}
	posts := func(path string, form url.Values, doc map[string]any) func(*Run) (bool, error) {
		return func(r *Run) (bool, error) {
			request := world.Request{Who: world.Senior, Method: http.MethodPost, Path: fmt.Sprintf(path, r.Ticket), Form: form}
			if doc != nil {
				request.JSON = doc
			}
			return asks(request, false)(r)
		}
	}
	looks := func(path string) func(*Run) (bool, error) {
		return func(r *Run) (bool, error) {
			return asks(world.Request{Who: world.Senior, Method: http.MethodGet, Path: fmt.Sprintf(path, r.Ticket)}, false)(r)
		}
	}
	return []Step{
		{Name: "look GET /api/v1/tickets/{id}/author", Routes: []string{"GET /api/v1/tickets/{id}/author"}, Setup: opened(world.Standard, low), Act: looks("/api/v1/tickets/%s/author")},
		{Name: "look GET /tickets/{id}/author", Routes: []string{"GET /tickets/{id}/author"}, Setup: chain(opened(world.Standard, low), signedIn(world.Senior)), Act: looks("/tickets/%s/author")},
		{Name: "here", Routes: []string{"POST /api/v1/tickets/{id}/here"}, Setup: chain(employed, opened(world.Line, low)), Act: posts("/api/v1/tickets/%s/here", nil, map[string]any{"typing": true}), Check: isHere},
		{Name: "here by a page", Routes: []string{"POST /tickets/{id}/here"}, Setup: chain(employed, opened(world.Line, low), signedIn(world.Senior)), Act: posts("/tickets/%s/here", url.Values{"typing": {"yes"}}, nil), Check: isHere},
		{Name: "preview", Routes: []string{"POST /api/v1/tickets/{id}/preview"}, Setup: chain(employed, opened(world.Line, low)), Act: posts("/api/v1/tickets/%s/preview", nil, map[string]any{"text": "Hello"})},
		{Name: "preview by a form", Routes: []string{"POST /tickets/{id}/preview"}, Setup: chain(employed, opened(world.Line, low), signedIn(world.Senior)), Act: posts("/tickets/%s/preview", url.Values{"text": {"Hello"}}, nil)},
		{Name: "identity", Routes: []string{"POST /api/v1/tickets/{id}/identity"}, Setup: chain(employed, beside), Act: says(false), Check: samePerson},
		{Name: "identity by a form", Routes: []string{"POST /tickets/{id}/identity"}, Setup: chain(employed, beside, signedIn(world.Senior)), Act: says(true), Check: samePerson},
	}
}
