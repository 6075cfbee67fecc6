package console

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// What is wrong with a request beyond what package desk can say.
var (
	errNobody       = errors.New("sign in first")
	errForbidden    = errors.New("your role does not include this")
	errOtherSite    = errors.New("the request comes from another site")
	errNoPage       = errors.New("there is nothing at this address")
	errMethod       = errors.New("this address has no such method")
	errRequest      = errors.New("bad request") // wrapped with what is wrong
	errNoMatch      = errors.New("If-Match is missing: say which version you decided on")
	errUnseen       = errors.New("the ticket changed since the version you decided on")
	errOtherContent = errors.New("this key named another text before")
	errToken        = errors.New("the token is no good")
	errSignIn       = errors.New("signing in did not work")
	errIssuer       = errors.New("the sign-in service does not answer")
	errNotKept      = errors.New("that is not in quarantine, or no longer")
	errRange        = errors.New("the range is beyond the body")
	errNoLetter     = errors.New("there is no such dead letter, or no longer")
	errLeft         = errors.New("you have left this desk")
	errMoved        = errors.New("it was changed since you read it")
	errNoItem       = errors.New("there is no such person, team or rota")
	errNotListed    = errors.New("the directory does not have you: an admin adds you")
	errInUse        = errors.New("it is still in use")                 // wrapped with what uses it
	errFull         = errors.New("no more work is given")              // wrapped with the numbers
	errAway         = errors.New("nobody is there to take the ticket") // wrapped with who and until when
)

// A failure is an error as a request's sender gets to know it.
type failure struct {
	code int
	key  string // of the message catalogue
}

// failureOf is the only place where an error becomes a status, and a sentence.
func failureOf(err error) failure {
	for _, known := range []struct {
		err error
		failure
	}{
		{errNotKept, failure{http.StatusNotFound, "problem.not_kept"}},
		{errRange, failure{http.StatusRequestedRangeNotSatisfiable, "problem.range"}},
		{errNoLetter, failure{http.StatusNotFound, "problem.no_letter"}},
		{errNoItem, failure{http.StatusNotFound, "problem.no_item"}},
		{errNotListed, failure{http.StatusNotFound, "problem.not_listed"}},
		{errNoChannel, failure{http.StatusNotFound, "problem.no_channel"}},
		{errMoved, failure{http.StatusPreconditionFailed, "problem.moved"}},
		{errInUse, failure{http.StatusConflict, "problem.in_use"}},
		{errFull, failure{http.StatusConflict, "problem.full"}},
		{errAway, failure{http.StatusConflict, "problem.away"}},
		{people.ErrNotTheirs, failure{http.StatusForbidden, "problem.not_theirs"}},
		{people.ErrLastAdmin, failure{http.StatusConflict, "problem.last_admin"}},
		{errLeft, failure{http.StatusForbidden, "problem.left"}},
		{desk.ErrNotFound, failure{http.StatusNotFound, "problem.gone"}},
		{errNoPage, failure{http.StatusNotFound, "problem.no_page"}},
		{errMethod, failure{http.StatusMethodNotAllowed, "problem.method"}},
		{desk.ErrClaimed, failure{http.StatusConflict, "problem.claimed"}},
		{desk.ErrToken, failure{http.StatusConflict, "problem.token"}},
		{desk.ErrStale, failure{http.StatusConflict, "problem.stale"}},
		{desk.ErrState, failure{http.StatusConflict, "problem.state"}},
		{desk.ErrWindow, failure{http.StatusUnprocessableEntity, "problem.window"}},
		{desk.ErrInvalid, failure{http.StatusUnprocessableEntity, "problem.invalid"}},
		{errOtherContent, failure{http.StatusUnprocessableEntity, "problem.other_content"}},
		{errRequest, failure{http.StatusBadRequest, "problem.request"}},
		{errNoMatch, failure{http.StatusPreconditionRequired, "problem.no_match"}},
		{errUnseen, failure{http.StatusPreconditionFailed, "problem.unseen"}},
		{errNobody, failure{http.StatusUnauthorized, "problem.nobody"}},
		{errToken, failure{http.StatusUnauthorized, "problem.bad_token"}},
		{errSignIn, failure{http.StatusBadRequest, "problem.sign_in"}},
		{errForbidden, failure{http.StatusForbidden, "problem.forbidden"}},
		{errOtherSite, failure{http.StatusForbidden, "problem.other_site"}},
		{errIssuer, failure{http.StatusServiceUnavailable, "problem.issuer"}},
		{context.DeadlineExceeded, failure{http.StatusServiceUnavailable, "problem.slow"}},
	} {
		if errors.Is(err, known.err) {
			return known.failure
		}
	}
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return failure{http.StatusRequestEntityTooLarge, "problem.too_large"}
	}
	return failure{http.StatusInternalServerError, "problem.ours"}
}

// blame reports whether the words of err are for its sender: it is about what
// they sent.
func (f failure) blame() bool {
	return f.code == http.StatusUnprocessableEntity || f.code == http.StatusBadRequest && f.key == "problem.request" || f.code == http.StatusConflict || f.key == "problem.not_theirs"
}

// fail answers a request that did not work, in the words of its sender: problem
// details to a program, a page to a person.
func (c *Console) fail(w http.ResponseWriter, r *http.Request, api bool, who people.Person, err error) {
	f := failureOf(err)
	f.note(r.Context(), err)
	if api {
		c.problem(w, err, nil)
		return
	}
	if f.code == http.StatusUnauthorized {
		c.askToSignIn(w, r)
		return
	}
	c.render(w, r, who, "problem", f.code, "problem.title", problemView{Says: c.text.say(f.key), SignIn: f.key == "problem.sign_in"})
}

type problemView struct {
	Says   string
	SignIn bool
}

// problem answers with problem details (RFC 9457) and members of its own.
func (c *Console) problem(w http.ResponseWriter, err error, members map[string]any) {
	f := failureOf(err)
	body := map[string]any{"type": "about:blank", "title": http.StatusText(f.code), "status": f.code, "detail": c.text.say(f.key)}
	if f.blame() {
		body["detail"] = err.Error()
	}
	if wrong := fieldErrors(err); len(wrong) > 0 {
		body["errors"] = wrong
	}
	if full, ok := errors.AsType[*fullError](err); ok {
		body["type"], body["capacity"] = "urn:skala:problem:full", map[string]any{"who": full.who, "load": full.load, "soft": full.soft, "hard": full.hard}
	}
	if errors.Is(err, errAway) {
		body["type"] = "urn:skala:problem:away"
	}
	for name, value := range members {
		body[name] = value
	}
	if f.code == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="skala"`)
	}
	writeJSON(w, f.code, "application/problem+json", body)
}

func writeJSON(w http.ResponseWriter, code int, kind string, v any) {
	body, err := json.Marshal(v)
	if err != nil { // a value of ours that JSON has no words for
		code, body = http.StatusInternalServerError, []byte(`{"type":"about:blank","title":"Internal Server Error","status":500}`)
		kind = "application/problem+json"
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(code)
	_, _ = w.Write(append(body, '\n')) // a client that left is no failure of ours
}
