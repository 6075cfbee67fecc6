package wire

import (
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"
)

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
