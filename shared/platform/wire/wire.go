// Package wire reads what platforms really send: ids as strings or as numbers
// beyond what a float holds, header names in any case, arrays of events in
// envelopes that must stay as they came. A value of an unexpected type is left
// out; it never makes a customer's message unreadable.
package wire

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// A Text is a JSON string. A number comes out digit by digit as it was written,
// and anything else as empty.
type Text string

// UnmarshalJSON never fails on valid JSON.
func (t *Text) UnmarshalJSON(b []byte) error {
	*t = ""
	switch {
	case b[0] == '"':
		*t = Text(text(b))
	case b[0] == '-' || b[0] >= '0' && b[0] <= '9':
		*t = Text(b)
	}
	return nil
}

// text returns what a valid JSON string says. Most of what customers write has no
// escapes, and stands there as it is.
func text(quoted []byte) string {
	inside := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inside, '\\') < 0 && utf8.Valid(inside) {
		return string(inside)
	}
	return unescape(inside)
}

// space returns the first place from i that is no white space.
func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r') {
		i++
	}
	return i
}

// A Count is a whole number, or a string of one. Value is nil for anything else.
type Count struct{ Value *int64 }

// UnmarshalJSON never fails on valid JSON.
func (c *Count) UnmarshalJSON(b []byte) error {
	var t Text
	if err := t.UnmarshalJSON(b); err != nil {
		return err
	}
	c.Value = nil
	if n, err := strconv.ParseInt(string(t), 10, 64); err == nil {
		c.Value = &n
	}
	return nil
}

// A Flag is true or false. Value is nil for anything else.
type Flag struct{ Value *bool }

// UnmarshalJSON never fails on valid JSON.
func (f *Flag) UnmarshalJSON(b []byte) error {
	f.Value = nil
	if s := string(b); s == "true" || s == "false" {
		yes := s == "true"
		f.Value = &yes
	}
	return nil
}

// endOfTime bounds the instants that have a four-digit year, which is all that
// JSON can say.
var endOfTime = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)

func within(at time.Time) time.Time {
	if at.Unix() <= 0 || !at.Before(endOfTime) {
		return time.Time{}
	}
	return at.UTC()
}

// Millis reads milliseconds since 1970. What is none is the zero time.
func Millis(t string) time.Time {
	ms, err := strconv.ParseInt(t, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return within(time.UnixMilli(ms))
}

// ISO reads an instant of ISO 8601 with its zone, as RFC 3339 or with a zone
// such as +0700. What is none, or has no zone, is the zero time.
func ISO(t string) time.Time {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700"} {
		if at, err := time.Parse(layout, t); err == nil {
			return within(at)
		}
	}
	return time.Time{}
}

// Header returns every value of a header, whatever the case of its name: some
// gateways hand names over in lower case, others as the sender wrote them.
func Header(h http.Header, name string) []string {
	if v := h.Values(name); len(v) > 0 {
		return v
	}
	var values []string
	for key, v := range h {
		if strings.EqualFold(key, name) {
			values = append(values, v...)
		}
	}
	return values
}

// One returns the value of a header that must not be there twice, and false
// when it is missing, empty, or there with different values.
func One(h http.Header, name string) (string, bool) {
	values := Header(h, name)
	for _, v := range values {
		if v != values[0] {
			return "", false
		}
	}
	if len(values) == 0 || values[0] == "" {
		return "", false
	}
	return values[0], true
}
