package line_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"flag"
	"net/http"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/platform/line"
	"example.com/skala/shared/platform/platformtest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const secret = "an-invented-channel-secret"

// sign is an HMAC of our own, so that the product's is not held against itself.
func sign(body []byte, secret string) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write(body)
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

func webhooks(t testing.TB, secrets ...string) *line.Webhooks {
	t.Helper()
	w, err := line.NewWebhooks(secrets)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func conforming() platformtest.Platform {
	return platformtest.Platform{
		Secrets: [3]string{"the-one-before", secret, "another-channel-secret"},
		Open:    func(secrets ...string) (platform.Webhooks, error) { return line.NewWebhooks(secrets) },
		Sign: func(secret string, body []byte, _ time.Time) http.Header {
			return http.Header{"X-Line-Signature": {sign(body, secret)}}
		},
		Signature: "X-Line-Signature",
		Count: func(body []byte) int {
			var fields map[string]json.RawMessage
			var events []json.RawMessage
			if json.Unmarshal(body, &fields) != nil || json.Unmarshal(fields["events"], &events) != nil {
				return -1
			}
			return len(events)
		},
		First:   `{"destination":"Ub0","events":[{"type":"message","message":{"type":"text","id":"1","text":"สวัสดี"},"webhookEventId":"01K1","deliveryContext":{"isRedelivery":false},"timestamp":1795253400007,"source":{"type":"user","userId":"U1"},"mode":"active"}]}`,
		Again:   `{"destination":"Ub0","events":[{"type":"message","message":{"type":"text","id":"1","text":"สวัสดี"},"webhookEventId":"01K1","deliveryContext":{"isRedelivery":true},"timestamp":1795253400007,"source":{"type":"user","userId":"U1"},"mode":"active"}]}`,
		Unknown: `{"destination":"Ub0","events":[{"type":"newEvent","webhookEventId":"01K2","timestamp":1795253400007,"newEvent":{"a":1}}]}`,
		Sender:  func(api string) platform.Sender { return sender(api) },
		Reply:   reply,
		Sent: func(t *testing.T, _ *http.Request, body []byte) []platformtest.Message {
			var messages []platformtest.Message
			for _, text := range texts(t, body) {
				messages = append(messages, platformtest.Message{Text: text})
			}
			return messages
		},
		Repeats: func(r *http.Request) string { return r.Header.Get("X-Line-Retry-Key") },
		Asks: []platformtest.Ask{platformtest.Who(desk.Origin{Visibility: desk.Private}, "u1",
			platformtest.Answer{Name: "it tells", Status: 200, Body: `{"displayName":"Jo"}`},
			platformtest.Answer{Name: "no friend", Status: 404, Body: `{"message":"Not found"}`, Want: desk.SendError{Class: desk.SendUnreachable}},
			platformtest.Answer{Name: "a page of a proxy", Status: 200, Body: `<html>`, Want: desk.SendError{Class: desk.SendUnreachable}},
			platformtest.Answer{Name: "the token has expired", Status: 401, Body: `{}`, Want: desk.SendError{Class: desk.SendAuth}},
			platformtest.Answer{Name: "down", Status: 500, Body: ``, Want: desk.SendError{Class: desk.SendRetry}},
		)},
		Answers: []platformtest.Answer{
			{Name: "it has the reply", Status: 200, Body: `{"sentMessages":[{"id":"461230966842064897","quoteToken":"q"}]}`, ID: "461230966842064897"},
			{Name: "it has the reply and says nothing", Status: 200},
			{Name: "it had the reply before", Status: 409, Header: "X-Line-Accepted-Request-Id: 1", Body: `{"message":"The retry key is already accepted","sentMessages":[{"id":"9"}]}`, ID: "9"},
			{Name: "it had the reply before, and a gateway ate the header", Status: 409, Body: `{"message":"The retry key is already accepted"}`},
			{Name: "a conflict of another kind", Status: 409, Body: `{"message":"conflict"}`, Want: desk.SendError{Class: desk.SendUnknown}},
			{Name: "not so fast", Status: 429, Header: "Retry-After: 30", Body: `{"message":"rate"}`, Want: desk.SendError{Class: desk.SendRetry, After: 30 * time.Second}},
			{Name: "not so fast, until a date", Status: 429, Header: "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT", Want: desk.SendError{Class: desk.SendRetry}},
			{Name: "not so fast, in words nobody reads", Status: 429, Header: "Retry-After: soon", Want: desk.SendError{Class: desk.SendRetry}},
			{Name: "no more this month", Status: 429, Body: `{"message":"You have reached your monthly limit."}`, Want: desk.SendError{Class: desk.SendRejected}},
			{Name: "it is down", Status: 502, Body: `<html>`, Want: desk.SendError{Class: desk.SendRetry}},
			{Name: "it is being repaired", Status: 503, Header: "Retry-After: 120", Want: desk.SendError{Class: desk.SendRetry, After: 2 * time.Minute}},
			{Name: "the token has expired", Status: 401, Body: `{"message":"Authentication failed"}`, Want: desk.SendError{Class: desk.SendAuth}},
			{Name: "the plan does not allow it", Status: 403, Want: desk.SendError{Class: desk.SendAuth}},
			{Name: "it does not like the text", Status: 400, Body: `{"message":"The request body has 1 error(s)","details":[{"message":"May not be empty","property":"messages[0].text"}]}`, Want: desk.SendError{Class: desk.SendRejected}},
			{Name: "it does not know the recipient", Status: 400, Body: `{"message":"The property, 'to', in the request body is invalid (line: -, column: -)"}`, Want: desk.SendError{Class: desk.SendUnreachable}},
			{Name: "it is somewhere else", Status: 302, Header: "Location: http://127.0.0.1:1/", Want: desk.SendError{Class: desk.SendRejected}},
		},
	}
}

func TestLINEDoesWhatEveryPlatformMust(t *testing.T) {
	t.Parallel()
	platformtest.Run(t, conforming(), *update)
}

func FuzzSplitAndParse(f *testing.F) { platformtest.Fuzz(f, conforming()) }

func TestVerify(t *testing.T) {
	t.Parallel()
	const official = "3q8QXTAGaey18yL8FWTqdVlbMr6hcuNvM4tefa0o9nA=" // of {} under SECRET, as LINE publishes it
	tests := []struct {
		name    string
		secrets []string
		header  http.Header
		body    string
		ok      bool
	}{
		{"LINE's own example", []string{"SECRET"}, http.Header{"X-Line-Signature": {official}}, `{}`, true},
		{"LINE's other example", []string{"test_secret"}, http.Header{"X-Line-Signature": {"t7Hn4ZDHqs6e+wdvI5TyQIvzie0DmMUmuXEBqyyE/tM="}}, `{"hello":"world"}`, true},
		{"the same with a letter in the other case", []string{"test_secret"}, http.Header{"X-Line-Signature": {"t7hn4ZDHqs6e+wdvI5TyQIvzie0DmMUmuXEBqyyE/tM="}}, `{"hello":"world"}`, false},
		{"the secret before, during rotation", []string{"NEW", "SECRET"}, http.Header{"X-Line-Signature": {official}}, `{}`, true},
		{"the header twice", []string{"SECRET"}, http.Header{"X-Line-Signature": {"AAAA", official}}, `{}`, true},
		{"the header twice, joined by a gateway", []string{"SECRET"}, http.Header{"x-line-signature": {"AAAA, " + official}}, `{}`, true},
		{"hex in place of base64", []string{"SECRET"}, http.Header{"X-Line-Signature": {"deaf105d300669ecb5f322fc1564ea75595b32bea172e36f338b5e7dad28f670"}}, `{}`, false},
		{"base64 without its padding", []string{"SECRET"}, http.Header{"X-Line-Signature": {strings.TrimRight(official, "=")}}, `{}`, false},
		{"base64 with stray bits", []string{"SECRET"}, http.Header{"X-Line-Signature": {strings.Replace(official, "A=", "B=", 1)}}, `{}`, false},
		{"no secret", nil, http.Header{"X-Line-Signature": {sign([]byte(`{}`), "")}}, `{}`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if err := webhooks(t, tt.secrets...).Verify(tt.header, []byte(tt.body), time.Time{}); (err == nil) != tt.ok {
				t.Errorf("Verify = %v", err)
			}
		})
	}
	if _, err := line.NewWebhooks([]string{""}); err == nil {
		t.Error("an empty secret is taken: anybody could sign with it")
	}
}

func FuzzVerify(f *testing.F) { platformtest.FuzzVerify(f, conforming()) }

func TestAnEventWithoutAnIDIsKeptForAPerson(t *testing.T) {
	t.Parallel()
	for _, event := range []string{`{"type":"message"}`, `null`, `5`, `[]`, `{"webhookEventId":""}`, `{"webhookEventId":{}}`} {
		raw, err := webhooks(t).Split(nil, []byte(`{"events":[`+event+`]}`))
		if err != nil || len(raw) != 1 {
			t.Fatalf("%s: %d, %v", event, len(raw), err)
		}
		if e, err := webhooks(t).Parse(raw[0]); err == nil {
			t.Errorf("%s reads as %+v", event, e)
		}
	}
	for _, body := range []string{`{}`, `{"events":null}`, `{"events":{}}`, `{"events":[],"events":[]}`, `{"Events":[]}`, `{"events":[]`, `{"events":[]}x`} {
		if raw, err := webhooks(t).Split(nil, []byte(body)); err == nil {
			t.Errorf("%s splits into %d", body, len(raw))
		}
	}
}

func TestMessagesOfWhichNothingIsKnownDoNotShareATicket(t *testing.T) {
	t.Parallel()
	w := webhooks(t)
	raw, err := w.Split(nil, []byte(`{"destination":"Ub0","events":[
		{"type":"message","webhookEventId":"01A","message":{"type":"text","id":"1","text":"a"}},
		{"type":"message","webhookEventId":"01B","source":{},"message":{"type":"text","id":"2","text":"b"}},
		{"type":"message","webhookEventId":"01C","source":{"type":"group","groupId":"C1"},"message":{"type":"text","id":"3","text":"c"}},
		{"type":"message","webhookEventId":"01D","source":{"type":"group","groupId":"C1"},"message":{"type":"text","id":"4","text":"d"}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	threads := map[desk.ThreadKey]int{}
	for _, r := range raw {
		e, err := w.Parse(r)
		if err != nil {
			t.Fatal(err)
		}
		threads[e.Thread()]++
	}
	if len(threads) != 3 { // LINE keeps the names of a group's members: they are one thread
		t.Errorf("four messages are in the threads %v", threads)
	}
}
