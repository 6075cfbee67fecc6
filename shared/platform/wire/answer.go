package wire

import (
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
