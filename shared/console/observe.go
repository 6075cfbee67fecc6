package console

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/metrics"
	"example.com/skala/shared/people"
)

// observed writes one line of the log for each request, and counts it. What it
// says beside is noted while the request is dealt with; nothing of it is the
// sender's own words, so an address is told by its route.
func (c *Console) observed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := c.cfg.Now()
		r = r.WithContext(logs.Unit(r.Context(), "method", method(r), "outcome", "ok"))
		answer := &answer{ResponseWriter: w}
		defer func() {
			p := recover()
			if p != nil { // told with its stack by who recovers it for good
				answer.status = http.StatusInternalServerError
				logs.Note(r.Context(), "outcome", "panicked")
			}
			status := answer.code()
			c.cfg.Log.Log(r.Context(), level(status), "request", "status", status, logs.Took(c.cfg.Now().Sub(began)))
			c.cfg.Metrics.Count(metrics.Requests, 1)
			if status >= http.StatusInternalServerError {
				c.cfg.Metrics.Count(metrics.RequestErrors, 1)
			}
			if p != nil {
				panic(p)
			}
		}()
		next.ServeHTTP(answer, r)
	})
}

// note says which address a request is for, as a route, and who asks.
func note(r *http.Request, route string, who people.Person) {
	logs.Note(r.Context(), "route", route)
	if who.ID != "" {
		logs.Note(r.Context(), "person", who.ID)
	}
	if id := desk.TicketID(r.PathValue("id")); id != "" {
		if _, _, ok := id.Split(); ok { // else it may be anything
			logs.Note(r.Context(), "ticket", id)
		}
	}
}

// note says what became of a request that failed. The words of err are kept out
// where they are for its sender, since they quote what was sent.
func (f failure) note(ctx context.Context, err error) {
	logs.Note(ctx, "outcome", strings.TrimPrefix(f.key, "problem."))
	if f.code >= http.StatusInternalServerError || f.key == "problem.sign_in" || f.key == "problem.bad_token" {
		logs.Note(ctx, "err", err)
	}
}

func level(status int) slog.Level {
	switch {
	case status >= http.StatusInternalServerError:
		return slog.LevelError
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return slog.LevelWarn
	}
	return slog.LevelInfo
}

// method is a request's, or other for what is none of ours to have.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return r.Method
	}
	return "other"
}

// An answer remembers the status that a request was answered with.
type answer struct {
	http.ResponseWriter
	status int
}

func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= 200 { // what is below is no answer yet
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return a.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController find the writer below.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// code is the status; of a handler that wrote nothing, what the server makes of
// that.
func (a *answer) code() int {
	if a.status == 0 {
		return http.StatusOK
	}
	return a.status
}
