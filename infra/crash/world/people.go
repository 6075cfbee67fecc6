package world

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"example.com/skala/shared/desk"
)

// The people of the desk.
const (
	Agent  = "demo-agent"
	Senior = "demo-senior"
	Lead   = "demo-lead"
	Admin  = "demo-admin"
)

// A token is somebody's right to use the API, for a while.
type token struct {
	text  string
	until time.Time
}

// tokenLife is less than the provider's tokens are good for.
const tokenLife = 50 * time.Minute

func (w *World) token(ctx context.Context, who string) (string, error) {
	now := w.Now()
	w.mu.Lock()
	t := w.tokens[who]
	w.mu.Unlock()
	if now.Before(t.until) && !now.Before(t.until.Add(-tokenLife)) {
		return t.text, nil
	}
	text, err := w.people.Token(ctx, who)
	if err != nil {
		return "", err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tokens[who] = token{text, now.Add(tokenLife)}
	return text, nil
}

// A Request is one to the console.
type Request struct {
	Who    string // empty for nobody
	Method string // empty for POST with a body or form, GET without
	Path   string
	JSON   any        // the body, for the API
	Form   url.Values // the body, for a page
	File   string     // the body, of the kind that Header says
	Header map[string]string
}

// Ask makes a request to the console: to the API with a token, to a page with the
// cookie of who signed in.
func (w *World) Ask(ctx context.Context, in Request) (Answer, error) {
	r, err := w.build(ctx, in)
	if err != nil {
		return Answer{}, err
	}
	if in.Who == "" {
		return w.request(ctx, "Console", r), nil
	}
	if strings.HasPrefix(in.Path, "/api/") {
		token, err := w.token(ctx, in.Who)
		if err != nil {
			return Answer{}, err
		}
		r.Header.Set("Authorization", "Bearer "+token)
		return w.request(ctx, "Console", r), nil
	}
	w.mu.Lock()
	cookie := w.cookies[in.Who]
	w.mu.Unlock()
	r.Header.Set("Cookie", cookie)
	return w.request(ctx, "Console", r), nil
}

func (w *World) build(ctx context.Context, in Request) (*http.Request, error) {
	method, body, kind := http.MethodGet, []byte(nil), ""
	switch {
	case in.JSON != nil:
		var err error
		if body, err = json.Marshal(in.JSON); err != nil {
			return nil, fmt.Errorf("a request: %w", err)
		}
		method, kind = http.MethodPost, "application/json"
	case in.Form != nil:
		method, body, kind = http.MethodPost, []byte(in.Form.Encode()), "application/x-www-form-urlencoded"
	case in.File != "":
		method, body = http.MethodPost, []byte(in.File)
	}
	if in.Method != "" {
		method = in.Method
	}
	r, err := http.NewRequestWithContext(ctx, method, address+in.Path, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("a request: %w", err)
	}
	r.RemoteAddr = "192.0.2.1:443"
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if in.Form != nil || in.File != "" { // as browsers say it
		r.Header.Set("Origin", address)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for name, value := range in.Header {
		r.Header.Set(name, value)
	}
	return r, nil
}

// SignIn has somebody sign in to the pages, by the provider.
func (w *World) SignIn(ctx context.Context, who string) error {
	sent, err := w.Ask(ctx, Request{Path: "/sign-in?return=/"})
	if err != nil {
		return err
	}
	at, err := url.Parse(sent.Header.Get("Location"))
	if err != nil || sent.Status != http.StatusFound {
		return fmt.Errorf("signing in: sent to %q with %d: %w", sent.Header.Get("Location"), sent.Status, err)
	}
	attempt := cookieOf(sent.Header, "")
	form := at.Query()
	form.Set("person", who)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.server.URL+"/idp/authorize", strings.NewReader(form.Encode()))
	if err != nil {
		return fmt.Errorf("signing in: %w", err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := w.http.Transport.RoundTrip(r)
	if err != nil {
		return fmt.Errorf("signing in: %w", err)
	}
	defer resp.Body.Close()
	back, err := url.Parse(resp.Header.Get("Location"))
	if err != nil || resp.StatusCode != http.StatusSeeOther {
		return fmt.Errorf("signing in: the provider answers %d", resp.StatusCode)
	}
	done, err := w.Ask(ctx, Request{Path: back.RequestURI(), Header: map[string]string{"Cookie": attempt}})
	if err != nil {
		return err
	}
	session := cookieOf(done.Header, "__Host-skala=")
	if done.Status != http.StatusSeeOther || session == "" {
		return fmt.Errorf("signing in: answered %d: %s", done.Status, done.Body)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cookies[who] = session
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

// errNoClaim says that a claim got no token.
var errNoClaim = errors.New("no claim")

// A Claim is what somebody holds a ticket by.
type Claim struct {
	ID      desk.TicketID `json:"id"`
	Token   string        `json:"token"`
	Version int64         `json:"version"`
}

// Claim has somebody claim a ticket, which must work.
func (w *World) Claim(ctx context.Context, who string, id desk.TicketID) (c Claim, err error) {
	answer, err := w.Ask(ctx, Request{Who: who, Path: "/api/v1/tickets/" + string(id) + "/claim", JSON: struct{}{}})
	if err != nil {
		return c, err
	}
	if answer.Status != http.StatusOK {
		return c, fmt.Errorf("claiming %s: %w: %d %s", id, errNoClaim, answer.Status, answer.Body)
	}
	return c, answer.Into(&c)
}

// Reply has whoever holds a claim answer the customer. The ledger remembers what
// the desk says it has.
func (w *World) Reply(ctx context.Context, who string, c Claim, key, words string) (status int, err error) {
	answer, err := w.Ask(ctx, Request{
		Who: who, Path: "/api/v1/tickets/" + string(c.ID) + "/reply", JSON: map[string]string{"text": words, "token": c.Token}, Header: map[string]string{"Idempotency-Key": key},
	})
	if err == nil && answer.Status == http.StatusOK {
		w.Replied(Reply{Ticket: c.ID, Key: key, Text: words})
	}
	return answer.Status, err
}

// Replied notes a reply that the desk said it has.
func (w *World) Replied(r Reply) {
	w.Ledger.mu.Lock()
	defer w.Ledger.mu.Unlock()
	w.Ledger.Replies = append(w.Ledger.Replies, r)
}
