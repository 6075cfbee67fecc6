package logs

import (
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// left stands where something was left out.
const left = "…"

// longest bounds what a line says of one error, in bytes: thousands of nudges
// may fail at once.
const longest = 2000

// Text is what err says, without what well-known errors quote of their input: a
// number or time that cannot be read, an address with its path and query, what a
// service answers about the values it was sent. Other errors say what their
// makers let them; those of this module quote ids alone.
func Text(err error) string {
	if err == nil {
		return ""
	}
	text := err.Error()
	for each := range tree(err) {
		if quoted, plain, ok := plainly(each); ok && quoted != "" {
			text = strings.ReplaceAll(text, quoted, plain)
		}
	}
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + left
	}
	return text
}

// plainly returns what of an error's text may hold its input, and what may stand
// in its place.
func plainly(err error) (quoted, plain string, ok bool) {
	switch e := err.(type) {
	case *strconv.NumError:
		return e.Error(), "strconv." + e.Func + ": " + e.Err.Error(), true
	case *time.ParseError:
		return e.Error(), "parsing a time: not of the form " + e.Layout, true
	case *json.UnmarshalTypeError:
		kind, _, _ := strings.Cut(e.Value, " ")
		return "cannot unmarshal " + e.Value, "cannot unmarshal " + kind, true
	case *url.Error:
		return strconv.Quote(e.URL), strconv.Quote(origin(e.URL)), true
	case serviceError:
		if tells(e.ErrorCode()) {
			return "", "", false
		}
		return e.ErrorMessage(), left, true
	}
	return "", "", false
}

// origin is what of an address is no secret: tokens stand in paths too.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return left
	}
	return u.Scheme + "://" + u.Host + "/" + left
}

// A serviceError is an answer of AWS, as its SDK has them.
type serviceError interface {
	error
	ErrorCode() string
	ErrorMessage() string
}

// tells reports whether the words that come with a code are about permissions,
// names and rates. All others may be about the values that were sent, and quote
// them.
func tells(code string) bool {
	for _, part := range []string{"AccessDenied", "NotFound", "NonExistent", "DoesNotExist", "Throttl", "Exceeded", "TransactionCanceled", "TransactionConflict", "ConditionalCheckFailed", "Token", "Signature", "Credentials", "Unavailable"} {
		if strings.Contains(code, part) {
			return true
		}
	}
	return false
}

// tree yields err and all that it wraps.
func tree(err error) func(yield func(error) bool) {
	var walk func(err error, yield func(error) bool) bool
	walk = func(err error, yield func(error) bool) bool {
		if err == nil {
			return true
		}
		if !yield(err) {
			return false
		}
		if many, ok := err.(interface{ Unwrap() []error }); ok {
			for _, each := range many.Unwrap() {
				if !walk(each, yield) {
					return false
				}
			}
			return true
		}
		return walk(errors.Unwrap(err), yield)
	}
	return func(yield func(error) bool) { walk(err, yield) }
}
