package wire

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"example.com/skala/shared/desk"
)

// An Answer is what a platform answered. Its body is read, and closed.
type Answer struct {
	*http.Response
	Raw   []byte
	Whole bool // Raw is all that came
}

// Said is the answer as JSON, and whether it is any. In place of what is none, such as
// a proxy's page, stands an empty value: the status tells enough.
func (a Answer) Said() (said Value, ok bool) {
	var d Document
	if !a.Whole || d.Read(a.Raw) != nil {
		return Value{}, false
	}
	return d.Root(), true
}

// Ask makes a request of the platform of that name, and reads at most so many bytes of
// its answer. Where it could not be reached the failure is desk.SendRetry, where it did
// not answer it is doubt. Redirects are not followed; see Straight.
func Ask(client *http.Client, req *http.Request, name string, doubt desk.SendClass, most int64) (Answer, *desk.SendError) {
	resp, err := Straight(client).Do(req)
	if err != nil && !Left(err) {
		return Answer{}, &desk.SendError{Class: desk.SendRetry, Reason: name + " could not be reached"}
	}
	if err != nil {
		return Answer{}, &desk.SendError{Class: doubt, Reason: name + " did not answer"}
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, most))
	return Answer{resp, raw, err == nil}, nil
}

// RetryAfter reads how long an answer asks to wait: seconds, or a date, from
// which the answer's own Date or else now is taken off. It is zero when the
// answer does not say, and never negative.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil {
		return time.Duration(min(max(seconds, 0), maxWait)) * time.Second
	}
	until, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return min(max(until.Sub(now), 0), maxWait*time.Second)
}

// maxWait bounds what a platform may ask for, in seconds: a day.
const maxWait = 24 * 60 * 60

// Straight returns client with its redirects switched off: an API that sends a
// reply elsewhere would send its token along.
func Straight(client *http.Client) *http.Client {
	straight := *client
	straight.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &straight
}

// Left reports whether a request that failed with err may have reached the other
// side: all but one for which there was no connection.
func Left(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return !ok || op.Op != "dial"
}

// Tokens tell what token the calls of an account are made with whose tokens end.
// refused is one that the platform did not take just now, empty for none: it comes back
// where there is no other. Each error is a *desk.SendError.
type Tokens interface {
	Token(ctx context.Context, refused string) (string, error)
}

// Authorized makes a call with the account's token, and once more where the platform
// refuses that and there is another by now. fixed is the token of an account whose
// tokens do not end, of which tokens is nil.
func Authorized[T any](ctx context.Context, tokens Tokens, fixed string, call func(token string) (T, *desk.SendError)) (said T, failed *desk.SendError) {
	ask := func(refused string) (string, *desk.SendError) {
		token := fixed
		if tokens != nil {
			var err error
			if token, err = tokens.Token(ctx, refused); err != nil {
				return "", desk.Failed(err, "the account's token could not be read")
			}
		}
		if token == "" {
			return "", &desk.SendError{Class: desk.SendAuth, Reason: "the account has no token in the accounts file"}
		}
		return token, nil
	}
	token, failed := ask("")
	if failed != nil {
		return said, failed
	}
	said, failed = call(token)
	if failed == nil || failed.Class != desk.SendAuth || tokens == nil {
		return said, failed
	}
	another, gone := ask(token)
	switch {
	case gone != nil:
		return said, gone
	case another == token:
		return said, failed
	}
	return call(another)
}

// Until is the end of what lasts for so many seconds from now, as an answer says it, or
// else for usual.
func Until(seconds Value, usual time.Duration, now time.Time) time.Time {
	if n, err := strconv.Atoi(seconds.Text()); err == nil && n > 0 && n < maxLife {
		usual = time.Duration(n) * time.Second
	}
	return now.Add(usual).UTC()
}

// maxLife bounds what an answer may say of how long something lasts, in seconds: ten
// years.
const maxLife = 10 * 366 * 24 * 60 * 60
