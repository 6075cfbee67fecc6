// Package outbound makes requests to addresses that people and programs chose: with
// nothing of this desk's network within their reach, without following them
// elsewhere, and without waiting for long.
package outbound

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"example.com/skala/shared/post"
)

// patience is how long somebody may take to answer.
const patience = 10 * time.Second

// errPrivate is that an address is one of this desk's own network, or of none.
var errPrivate = errors.New("a private address")

// Client returns a client that connects to addresses of the public internet only,
// or to any where private is allowed, as on a laptop.
func Client(private bool) *http.Client {
	dialer := &net.Dialer{Timeout: patience / 2}
	if !private {
		// Asked of what a name came to, just before the connection: a name that
		// means another address each time it is asked gets nowhere.
		dialer.Control = func(_, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil || !Public(at.Addr()) {
				return errPrivate
			}
			return nil
		}
	}
	return &http.Client{
		Timeout:       patience,
		Transport:     &http.Transport{DialContext: dialer.DialContext, TLSHandshakeTimeout: patience / 2, MaxIdleConnsPerHost: 2, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// inside are networks that are nobody's on the public internet, beside those that the
// standard library knows: shared and reserved ones, and those that lead to an IPv4
// address by way of another. Of IPv6 they are those within what is given out at all.
func inside() []string {
	return []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
	}
}

// given is what of IPv6 is given out on the public internet. Site-local addresses, and
// such as hold an IPv4 address in their end, lie outside of it.
const given = "2000::/3"

// Public reports whether an address is one of the public internet's.
func Public(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() {
		return false
	}
	if a.Is6() && !netip.MustParsePrefix(given).Contains(a) {
		return false
	}
	for _, p := range inside() {
		if netip.MustParsePrefix(p).Contains(a) {
			return false
		}
	}
	return true
}

// Address returns what is wrong with an address to send to: it is an https one, or
// where private is allowed an http one, without a user in it.
func Address(text string, private bool) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Fragment != "":
		return errors.New("is no address such as https://example.com/path")
	case u.Scheme != "https" && (!private || u.Scheme != "http"):
		return errors.New("is no https address")
	}
	return nil
}

// Refusal is any status that is neither success nor asks for patience: what is sent
// again would be answered alike.
func Refusal(int) bool { return true }

// Post sends a body to an address and says how that ended. Of what is neither taken nor
// asks for patience, final says which statuses are for good; what is not is tried again.
// Nothing of what was answered is in the outcome but its status.
func Post(ctx context.Context, c *http.Client, to string, header http.Header, body []byte, final func(status int) bool) post.Outcome {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return post.Outcome{Class: post.Refused, Why: "the address is none"}
	}
	req.Header = header
	req.Header.Set("User-Agent", "skala")
	resp, err := c.Do(req)
	if err != nil {
		return failed(err)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 4096)) // so that the connection can be used again
	return answered(resp, final)
}

func failed(err error) post.Outcome {
	if errors.Is(err, errPrivate) {
		return post.Outcome{Class: post.Refused, Why: "the address is a private one"}
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" {
		return post.Outcome{Class: post.Later, Why: "cannot be reached"}
	}
	return post.Outcome{Class: post.Unknown, Why: "the connection broke off"}
}

func answered(resp *http.Response, final func(status int) bool) post.Outcome {
	o := post.Outcome{Why: fmt.Sprintf("status %d", resp.StatusCode)}
	switch code := resp.StatusCode; {
	case code >= 200 && code < 300:
		return post.Outcome{Class: post.Accepted}
	case code == http.StatusRequestTimeout, code == http.StatusTooEarly, code == http.StatusTooManyRequests, code >= 500:
		o.Class, o.After = post.Later, retryAfter(resp.Header)
	case !final(code):
		o.Class = post.Later
	default:
		o.Class, o.Gone = post.Refused, code == http.StatusGone || code == http.StatusNotFound
	}
	return o
}

// longest is how long somebody can ask to be left alone.
const longest = time.Hour

// retryAfter reads seconds, or a date by the clock of whoever answers.
func retryAfter(h http.Header) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(text, 10, 31); err == nil {
		return min(time.Duration(seconds)*time.Second, longest)
	}
	at, err := http.ParseTime(text)
	now, errNow := http.ParseTime(h.Get("Date"))
	if err != nil || errNow != nil {
		return 0
	}
	return max(0, min(at.Sub(now), longest))
}
