package meta

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// A meaning is what an error code of Meta says about what we sent.
type meaning struct {
	class desk.SendClass
	words string // for the agent
}

// A graphError is what Meta says in place of a result. Its words may quote what we
// sent and change without notice, so nothing is read from them or repeated.
type graphError struct {
	Code      wire.Count `json:"code"`
	Subcode   wire.Count `json:"error_subcode"`
	Transient wire.Flag  `json:"is_transient"`
}

// is reports whether an error has one of the codes.
func (e *graphError) is(codes ...int64) bool {
	return e != nil && e.Code.Value != nil && slices.Contains(codes, *e.Code.Value)
}

// means returns what a code of the Graph API means, whichever channel it comes
// from, and false for one that nobody has told us of. A subcode says more than the
// code that it stands with. The numbers of the subcodes are unconfirmed.
func means(code, subcode int64) (meaning, bool) {
	switch subcode {
	case 2018278, 2018065, 2534022:
		return meaning{desk.SendWindowClosed, "the customer's last message is too old for this kind of answer"}, true
	case 2018001, 1545041:
		return meaning{desk.SendUnreachable, "the person cannot be written to: gone, or not receiving messages from us"}, true
	case 2018300:
		return meaning{desk.SendRejected, "another app has the conversation now"}, true
	case 2018218:
		return meaning{desk.SendUnreachable, "the person has no profile"}, true
	}
	if m, ok := meansToWhatsApp(code); ok {
		return m, true
	}
	switch {
	case code == 1, code == 2, code == 1200:
		return meaning{desk.SendUnknown, "Meta had a fault of its own"}, true
	case code == 4, code == 17, code == 32, code == 613, code >= 80000 && code <= 80014:
		return meaning{desk.SendRetry, "too many calls for now"}, true
	case code == 100 && subcode == 33, code == 803:
		return meaning{desk.SendUnreachable, "what it is about is gone, or out of our sight"}, true
	case code == 100:
		return meaning{desk.SendRejected, "Meta takes it not in this form, or not for this person"}, true
	case code == 0, code == 102, code == 190:
		return meaning{desk.SendAuth, "the account's token is no good any more"}, true
	case code == 3, code == 10, code >= 200 && code < 300:
		return meaning{desk.SendAuth, "the account lacks a permission"}, true
	case code == 368:
		return meaning{desk.SendAuth, "Meta has restricted the account for what it sent"}, true
	case code == 506:
		return meaning{desk.SendRejected, "the same text was sent just before"}, true
	case code == 551:
		return meaning{desk.SendUnreachable, "the person cannot be written to now"}, true
	case code == 10900:
		return meaning{desk.SendRejected, "there was a private reply before, and there can be only one"}, true
	case code == 10903:
		return meaning{desk.SendRejected, "this cannot be answered in private"}, true
	}
	return meaning{}, false
}

// meansToWhatsApp returns what a code of WhatsApp's own means. They come as the
// answer to a send or, later, with the status of a message that was accepted.
func meansToWhatsApp(code int64) (meaning, bool) {
	switch {
	case code == 130429:
		return meaning{desk.SendRetry, "too many messages from this number for now"}, true
	case code == 131056:
		return meaning{desk.SendRetry, "too many messages to this one person for now"}, true
	case code == 131026:
		return meaning{desk.SendUnreachable, "it cannot be delivered: no WhatsApp, blocked, or too old an app"}, true
	case code == 131031:
		return meaning{desk.SendAuth, "WhatsApp has locked the account"}, true
	case code == 131047:
		return meaning{desk.SendWindowClosed, "the customer's last message is more than 24 hours old: only a template can be sent"}, true
	case code == 131048:
		return meaning{desk.SendAuth, "too many of this number's messages were taken for spam"}, true
	case code == 131051:
		return meaning{desk.SendRejected, "WhatsApp does not support this type of message"}, true
	case code >= 132000 && code < 133000:
		return meaning{desk.SendRejected, "the template is not as WhatsApp has approved it"}, true
	}
	return meaning{}, false
}

// problem says in words why Meta did not deliver a message, by the code that it
// gives.
func problem(code, subcode int64) string {
	m, ok := means(code, subcode)
	if !ok {
		return fmt.Sprintf("Meta gives code %d", code)
	}
	return fmt.Sprintf("%s (code %d)", m.words, code)
}

// pairPause is how long to leave one person of WhatsApp alone after too many
// messages (unconfirmed).
const pairPause = 6 * time.Second

// refusal says what an answer that is no success means. What counts is Meta's
// code; the status is asked only where there is none that is known.
func refusal(resp *http.Response, said *graphError, now time.Time) *desk.SendError {
	var code, subcode int64
	coded := said != nil && said.Code.Value != nil
	if coded {
		code = *said.Code.Value
		if said.Subcode.Value != nil {
			subcode = *said.Subcode.Value
		}
	}
	m, known := meaning{}, false
	if coded {
		m, known = means(code, subcode)
	}
	if !known {
		m = byStatus(resp.StatusCode)
		if said != nil && said.Transient.Value != nil && *said.Transient.Value {
			m.class = desk.SendUnknown
		}
	}
	failed := &desk.SendError{Class: m.class, Reason: m.words + reference(resp.StatusCode, coded, code, subcode)}
	if failed.Class == desk.SendRetry || failed.Class == desk.SendUnknown {
		failed.After = cmp.Or(wire.RetryAfter(resp.Header, now), regained(resp.Header))
		if failed.After == 0 && code == 131056 {
			failed.After = pairPause
		}
	}
	return failed
}

// byStatus is what is left to go by without a code.
func byStatus(status int) meaning {
	switch {
	case status == http.StatusTooManyRequests:
		return meaning{desk.SendRetry, "too many calls for now"}
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return meaning{desk.SendAuth, "Meta does not let the account do that"}
	case status >= 500, status == http.StatusRequestTimeout, status/100 == 2:
		return meaning{desk.SendUnknown, "Meta's answer does not say what became of it"}
	}
	return meaning{desk.SendRejected, "Meta refused it"}
}

// reference is what a developer looks an error up by.
func reference(status int, coded bool, code, subcode int64) string {
	switch {
	case !coded:
		return fmt.Sprintf(" (status %d)", status)
	case subcode == 0:
		return fmt.Sprintf(" (code %d)", code)
	}
	return fmt.Sprintf(" (code %d/%d)", code, subcode)
}

// regained returns how long Meta's usage headers say that an account will have to
// wait, zero when they do not. Each is a JSON object, whose values are lists of
// usages or, in the header about the app, the usage itself.
func regained(h http.Header) time.Duration {
	const longest = 24 * 60
	minutes := int64(0)
	for name, values := range h {
		if !strings.HasPrefix(name, "X-") || !strings.HasSuffix(name, "-Usage") {
			continue
		}
		for _, value := range values {
			minutes = max(minutes, estimate([]byte(value), 3))
		}
	}
	return time.Duration(min(minutes, longest)) * time.Minute
}

// estimate returns the longest wait in a JSON value, in minutes, as deep as told.
func estimate(value []byte, deep int) (minutes int64) {
	var fields map[string]json.RawMessage
	var items []json.RawMessage
	switch {
	case deep == 0:
	case json.Unmarshal(value, &fields) == nil:
		for name, field := range fields {
			var count wire.Count
			if name != "estimated_time_to_regain_access" {
				minutes = max(minutes, estimate(field, deep-1))
			} else if json.Unmarshal(field, &count) == nil && count.Value != nil {
				minutes = max(minutes, *count.Value)
			}
		}
	case json.Unmarshal(value, &items) == nil:
		for _, item := range items {
			minutes = max(minutes, estimate(item, deep-1))
		}
	}
	return minutes
}
