package x

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// API is where X takes requests.
const API = "https://api.x.com"

// maxAnswer is more than any answer that is of use has.
const maxAnswer = 1 << 20

// A Sender acts for one account. It is safe for use by several goroutines.
type Sender struct {
	Account string           // the account's user id
	Token   string           // its OAuth 2.0 user access token
	API     string           // an origin: API, or what stands in for it
	HTTP    *http.Client     // its timeout bounds every request
	Now     func() time.Time // for answers that ask for patience until an instant

}

// A call is one request to X.
type call struct {
	method string
	path   []string // its parts, which may be anything
	query  url.Values
	body   any // as JSON, nil for none
	// repeatable says that doing it again does no harm: one whose outcome is
	// unknown is then simply to be made again.
	repeatable bool
}

// shows is how long a post or a message of ours may take to come back as an event,
// which shows that it arrived where the answer did not.
const shows = 45 * time.Second

// do makes a call and returns X's answer.
func (s *Sender) do(ctx context.Context, c call) (wire.Value, *desk.SendError) {
	if s.Token == "" {
		return wire.Value{}, &desk.SendError{Class: desk.SendAuth, Reason: "the account has no token in the accounts file"}
	}
	req, err := s.request(ctx, c)
	if err != nil {
		return wire.Value{}, &desk.SendError{Class: desk.SendRejected, Reason: "it cannot be put into a request"}
	}
	if ctx.Err() != nil {
		return wire.Value{}, &desk.SendError{Class: desk.SendRetry, Reason: "there was no time left to send it"}
	}
	resp, err := wire.Straight(s.HTTP).Do(req)
	if err != nil {
		return wire.Value{}, c.outcome("X did not answer", !wire.Left(err))
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	var doc wire.Document
	if err != nil || doc.Read(answer) != nil {
		doc = wire.Document{} // the status tells enough
	}
	if resp.StatusCode/100 == 2 {
		return doc.Root(), nil
	}
	return wire.Value{}, c.refusal(resp, doc.Root(), s.Now())
}

func (s *Sender) request(ctx context.Context, c call) (*http.Request, error) {
	var address strings.Builder
	address.WriteString(s.API)
	for _, part := range c.path {
		address.WriteString("/" + url.PathEscape(part))
	}
	if len(c.query) > 0 {
		address.WriteString("?" + c.query.Encode())
	}
	var body io.Reader
	if c.body != nil {
		payload, err := json.Marshal(c.body)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(payload)
	}
	req, err := http.NewRequestWithContext(ctx, c.method, address.String(), body)
	if err != nil {
		return nil, err
	}
	if c.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Authorization", "Bearer "+s.Token)
	return req, nil
}

// outcome is of a call that had no answer which says how it ended.
func (c call) outcome(why string, never bool) *desk.SendError {
	switch {
	case never:
		return &desk.SendError{Class: desk.SendRetry, Reason: why}
	case c.repeatable:
		return &desk.SendError{Class: desk.SendRetry, Reason: why, Doubt: c.method != http.MethodGet}
	}
	return &desk.SendError{Class: desk.SendUnknown, Reason: why, After: shows}
}

// refusal says what an answer that is no success means. It is a problem of
// RFC 7807 or, of old, a list of errors with codes. X's words may quote what we
// sent, so they are looked through and not repeated.
func (c call) refusal(resp *http.Response, said wire.Value, now time.Time) *desk.SendError {
	status := resp.StatusCode
	told := " (" + strconv.Itoa(status) + ")"
	words := problem(said)
	switch {
	case status == http.StatusRequestTimeout, status >= 500:
		failed := c.outcome("X had a fault of its own"+told, false)
		failed.After = max(failed.After, wire.RetryAfter(resp.Header, now))
		return failed
	case status == http.StatusTooManyRequests:
		return &desk.SendError{Class: desk.SendRetry, After: patience(resp.Header, now), Reason: "X takes no more from this account for now" + told}
	case status == http.StatusUnauthorized:
		return &desk.SendError{Class: desk.SendAuth, Reason: "the account's token is no good any more" + told}
	case status == http.StatusPaymentRequired, words.say("usage-capped", "creditsdepleted"):
		return &desk.SendError{Class: desk.SendAuth, Reason: "what was paid for at X is used up" + told}
	case words.say("duplicate content", "duplicate tweet", "already said that", "code:187"):
		return &desk.SendError{Class: desk.SendRejected, Reason: reasonTwice + told}
	case words.say("mentioned or otherwise engaged", "not been mentioned", "reply to this conversation is not allowed", "restricted who can reply", "code:433"):
		return &desk.SendError{Class: desk.SendRejected, Reason: "X lets us answer in public only those who mention or quote the account, and who let us" + told}
	case words.say("deleted or not visible", "code:385", "code:144"):
		return &desk.SendError{Class: desk.SendUnreachable, Reason: "the post is gone, or out of our sight" + told}
	case words.say("cannot send messages", "can't send messages", "not following", "unable to send", "dm conversation", "code:349", "code:150", "blocked", "code:136"):
		return &desk.SendError{Class: desk.SendUnreachable, Reason: "the person takes no messages from the account" + told}
	case words.say("too long", "code:186"):
		return &desk.SendError{Class: desk.SendRejected, Reason: "X finds the text too long" + told}
	case words.say("client-forbidden", "client-not-enrolled", "unsupported-authentication", "oauth1-permissions", "not-authorized-for-resource", "oauth", "scope", "suspended", "locked", "code:326", "code:64", "code:453"):
		return &desk.SendError{Class: desk.SendAuth, Reason: "X does not let the account, or our app, do that" + told}
	case status == http.StatusNotFound, status == http.StatusGone, words.say("resource-not-found"):
		return &desk.SendError{Class: desk.SendUnreachable, Reason: "what it is about is gone, or out of our sight" + told}
	}
	return &desk.SendError{Class: desk.SendRejected, Reason: "X refuses it" + told}
}

// reasonTwice is what an agent is told of a text that X has had.
const reasonTwice = "X refuses the same text twice: say it otherwise"

// The words of a problem, in lower case. They are for telling refusals apart alone.
type words string

func problem(said wire.Value) words {
	all := []string{}
	add := func(v wire.Value) {
		for _, name := range []string{"type", "title", "detail", "reason", "message"} {
			all = append(all, strings.ToLower(v.Get(name).Text()))
		}
		if code := v.Get("code").Text(); code != "" {
			all = append(all, "code:"+code+" ")
		}
	}
	add(said)
	for one := range said.Get("errors").Elements() {
		add(one)
	}
	return words(strings.Join(all, "\n") + " ")
}

// say reports whether one of some phrases is in w. A code is one only as a whole.
func (w words) say(phrases ...string) bool {
	return slices.ContainsFunc(phrases, func(p string) bool {
		if strings.HasPrefix(p, "code:") {
			p += " "
		}
		return strings.Contains(string(w), p)
	})
}

// patience reads how long X asks to wait: until the limit that is used up begins
// anew, the longest of those. It is a day at most.
func patience(h http.Header, now time.Time) time.Duration {
	wait := wire.RetryAfter(h, now)
	for _, limit := range []string{"x-rate-limit-", "x-user-limit-24hour-", "x-app-limit-24hour-"} {
		if left := h.Get(limit + "remaining"); left != "0" && (left != "" || limit != "x-rate-limit-") {
			continue
		}
		reset, err := strconv.ParseInt(h.Get(limit+"reset"), 10, 64)
		if err != nil || reset < now.Unix() || reset > now.Unix()+24*60*60 {
			continue
		}
		wait = max(wait, time.Unix(reset, 0).Sub(now))
	}
	return min(wait, 24*time.Hour)
}
