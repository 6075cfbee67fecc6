package console

import (
	"net/http"
	"path"
	"slices"
	"strings"

	"example.com/skala/shared/people"
)

// A route is one address: who may ask for it, and what answers. An empty verb
// is for everybody, signed in or not.
type route struct {
	pattern string // of http.ServeMux
	verb    people.Verb
	serve   func(http.ResponseWriter, *http.Request, people.Person) error
}

func (r route) method() string { method, _, _ := strings.Cut(r.pattern, " "); return method }
func (r route) path() string   { _, path, _ := strings.Cut(r.pattern, " "); return path }
func (r route) api() bool      { return strings.HasPrefix(r.path(), apiRoot) }

const apiRoot = "/api/v1/"

// anybody serves who has not signed in too.
func anybody(serve func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *http.Request, people.Person) error {
	return func(w http.ResponseWriter, r *http.Request, _ people.Person) error { return serve(w, r) }
}

// table lists every address of the console.
func (c *Console) table() []route {
	routes := []route{
		{"GET /healthz", "", anybody(func(w http.ResponseWriter, r *http.Request) error { c.health(w, r); return nil })},
		{"GET /static/{file}", "", anybody(c.static)},
		{"GET /sign-in", "", anybody(c.signIn)},
		{"GET /auth/callback", "", anybody(c.callback)},
		{"POST /sign-out", "", anybody(c.signOut)},
		{"GET /signed-out", "", anybody(c.signedOut)},

		{"GET /{$}", people.View, c.home},
		{"GET /tiers/{tier}", people.View, c.worklist},
		{"GET /mine", people.View, c.mine},
		{"GET /all", people.View, c.everything},
		{"GET /tickets", people.View, c.inbox},
		{"GET /review", people.Correct, c.review},
		{"GET /quarantine", people.Quarantine, c.quarantine},
		{"GET /quarantine/{id}", people.Quarantine, c.quarantined},
		{"GET /quarantine/{id}/body", people.Quarantine, c.quarantinedBody},
		{"POST /quarantine/replay", people.Replay, c.replayAll},
		{"POST /quarantine/{id}/replay", people.Replay, c.replay},
		{"GET /dead-letters", people.Quarantine, c.deadLetters},
		{"POST /dead-letters/redrive", people.Replay, c.redrive},
		{"GET /accounting", people.Accounting, c.accounting},
		{"GET /accounts", people.Accounting, c.accountsPage},
		{"POST /accounts/resume", people.Replay, c.resume},
		{"GET " + stepsPath, people.Accounting, c.stepsPage},
		{"POST " + stepsPath + "/try", people.Replay, c.tryAccount},
		{"POST /tiers/{tier}/next", people.TakeNext, c.takeNext},
		{"GET /tickets/{id}", people.View, c.ticketPage},
		{"GET /tickets/{id}/at", people.View, c.thenPage},
		{"GET /tickets/{id}/author", people.View, c.customerPage},
		{"POST /tickets/{id}/here", people.View, c.submitHere},
		{"POST /tickets/{id}/preview", people.Reply, c.submitPreview},
		{"POST /tickets/{id}/identity", people.Identify, c.submitIdentity},

		{"GET /api/v1/openapi.json", "", anybody(c.openAPI)},
		{"GET /api/v1/whoami", people.View, c.apiWhoami},
		{"GET /api/v1/tickets", people.View, c.apiTickets},
		{"GET /api/v1/tickets/{id}", people.View, c.apiTicket},
		{"GET /api/v1/tickets/{id}/clocks", people.View, c.apiClocks},
		{"GET /api/v1/tickets/{id}/explain", people.View, c.apiExplain},
		{"GET /api/v1/tickets/{id}/here", people.View, c.apiHere},
		{"POST /api/v1/tickets/{id}/here", people.View, c.apiSetHere},
		{"POST /api/v1/tickets/{id}/preview", people.Reply, c.apiPreview},
		{"GET /api/v1/tickets/{id}/author", people.View, c.apiCustomer},
		{"POST /api/v1/tickets/{id}/identity", people.Identify, c.apiIdentity},
		{"GET /api/v1/examples", people.Examples, c.apiExamples},
		{"POST /api/v1/tiers/{tier}/next", people.TakeNext, c.apiNext},
		{"GET /api/v1/quarantine", people.Quarantine, c.apiQuarantine},
		{"GET /api/v1/quarantine/{id}", people.Quarantine, c.apiQuarantined},
		{"GET /api/v1/quarantine/{id}/body", people.Quarantine, c.quarantinedBody},
		{"POST /api/v1/quarantine/replay", people.Replay, c.apiReplayAll},
		{"POST /api/v1/quarantine/{id}/replay", people.Replay, c.apiReplay},
		{"GET /api/v1/dead-letters", people.Quarantine, c.apiDeadLetters},
		{"POST /api/v1/dead-letters/redrive", people.Replay, c.apiRedrive},
		{"GET /api/v1/accounting", people.Accounting, c.apiAccounting},
		{"GET /api/v1/accounts", people.Accounting, c.apiAccounts},
		{"POST /api/v1/accounts/resume", people.Replay, c.apiResume},
		{"GET /api/v1/first-steps", people.Accounting, c.apiSteps},
		{"POST /api/v1/accounts/try", people.Replay, c.apiTryAccount},
	}
	routes = slices.Concat(routes, c.directoryRoutes(), c.toldRoutes(), c.viewRoutes(), c.replyRoutes())
	for _, a := range c.actions() {
		routes = append(routes,
			route{"POST /tickets/{id}/" + a.name, a.verb, func(w http.ResponseWriter, r *http.Request, who people.Person) error { return c.submit(w, r, who, a) }},
			route{"POST /api/v1/tickets/{id}/" + a.name, a.verb, func(w http.ResponseWriter, r *http.Request, who people.Person) error { return c.apiAct(w, r, who, a) }})
	}
	return routes
}

// Routes lists every address of every console, as patterns of http.ServeMux, for
// who must not forget one.
func Routes() []string {
	var patterns []string
	for _, route := range new(Console).table() {
		patterns = append(patterns, route.pattern)
	}
	return patterns
}

// Handler returns the console's routes. What a page of another site makes a
// browser send is refused before it reaches one.
func (c *Console) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, route := range c.routes {
		mux.Handle(route.pattern, c.guard(route))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { c.nowhere(mux, w, r) })
	return c.observed(c.headers(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The mux would point to the address without the empty part, which may be of
		// all where one was meant: whoever follows would do what nobody asked for. What
		// is escaped is of a part, as in an id that is itself an address.
		asked := r.URL.EscapedPath()
		if r.Method != http.MethodGet && r.Method != http.MethodHead && asked != path.Clean(asked) {
			who, _, _ := c.who(r)
			note(r, "none", who)
			c.refuse(w, r, who, errNoPage)
			return
		}
		mux.ServeHTTP(w, r)
	})))
}

// guard lets a request through to whom the route is for.
func (c *Console) guard(route route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, bearer, err := c.who(r)
		note(r, route.path(), who)
		if !bearer { // a token is never sent by a browser of its own accord
			if crossed := c.own.Check(r); crossed != nil {
				c.refuse(w, r, who, errOtherSite)
				return
			}
		}
		switch {
		case route.verb == "":
			err = nil
		case err != nil:
		case who.ID == "":
			err = errNobody
		default:
			who, err = c.known(r.Context(), who)
			r = r.WithContext(bordered(r.Context(), who))
			switch {
			case err != nil:
			case !people.MayEver(who, route.verb):
				err = errForbidden
			default:
				err = c.theirs(r, route)
			}
		}
		if err == nil {
			r.Body = http.MaxBytesReader(w, r.Body, maxBody)
			err = c.inWordsOf(r, who, route)(w, r, who)
		}
		if err != nil {
			c.refuse(w, r, who, err)
		}
	})
}

// refuse says in the language of whoever asked that a request did not work.
func (c *Console) refuse(w http.ResponseWriter, r *http.Request, who people.Person, err error) {
	if known, nobody := c.known(r.Context(), who); nobody == nil { // a page says how much waits, beside what went wrong
		r = r.WithContext(bordered(r.Context(), known))
	}
	api := strings.HasPrefix(r.URL.Path, apiRoot)
	c.to(r, api, who).fail(w, r, api, who, err)
}

// maxBody bounds what a request may bring: twice the longest reply, escaped.
const maxBody = 512 << 10

// who returns the person a request is from: of its bearer token, which counts
// under /api/ alone, or of its session. Nobody has no id.
func (c *Console) who(r *http.Request) (who people.Person, bearer bool, err error) {
	if scheme, raw, found := strings.Cut(r.Header.Get("Authorization"), " "); found && strings.EqualFold(scheme, "Bearer") && strings.HasPrefix(r.URL.Path, apiRoot) {
		verified, err := c.signin.verify(r.Context(), strings.TrimSpace(raw))
		if err != nil {
			return people.Person{}, true, err
		}
		s, err := c.signin.session(verified, verified.Expiry)
		return s.person(), true, err
	}
	s, signedIn := c.session(r)
	if _, err := r.Cookie(c.cookieName(r, changedCookie)); err == nil && signedIn {
		c.cfg.People.Changed()
	}
	return s.person(), false, nil
}

// headers sets what every answer carries.
func (c *Console) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin") // with none at all, browsers would send forms with no origin
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("Cache-Control", "no-store")
		if c.signin.secure(r) {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// nowhere answers for what no route matches: a method that the address does
// not have, or no address of ours.
func (c *Console) nowhere(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := mux.Handler(other); pattern != "/" {
			allowed = append(allowed, method)
		}
	}
	who, _, _ := c.who(r) // a bad token changes nothing about an address that is not there
	note(r, "none", who)
	if len(allowed) > 0 && !slices.Contains(allowed, r.Method) {
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		c.refuse(w, r, who, errMethod)
		return
	}
	c.refuse(w, r, who, errNoPage)
}
