package zalo_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"net/http"
	"testing"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/platform/platformtest"
	"example.com/skala/shared/platform/zalo"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	app    = "2553928453557880001"
	secret = "an-invented-oa-secret"
	token  = "an-invented-access-token"
	header = "X-Zevent-Signature"
)

// sign is a sum of our own, so that the product's is not held against itself.
func sign(body []byte, secret string) string {
	var stamped struct {
		Timestamp string `json:"timestamp"`
	}
	_ = json.Unmarshal(body, &stamped) // a body that is none has no timestamp
	sum := sha256.Sum256([]byte(app + string(body) + stamped.Timestamp + secret))
	return "mac=" + hex.EncodeToString(sum[:])
}

func sender(api string) *zalo.Sender {
	return &zalo.Sender{Token: token, API: api, HTTP: platformtest.Client(), Now: time.Now}
}

func conforming() platformtest.Platform {
	refused := func(number string, class desk.SendClass, after time.Duration) platformtest.Answer {
		return platformtest.Answer{Name: "error " + number, Status: 200, Body: `{"error":` + number + `,"message":"x"}`, Want: desk.SendError{Class: class, After: after}}
	}
	return platformtest.Platform{
		Secrets: [3]string{"the-one-before", secret, "another-secret"},
		Open:    func(secrets ...string) (platform.Webhooks, error) { return zalo.NewWebhooks(secrets, app) },
		Sign: func(secret string, body []byte, _ time.Time) http.Header {
			return http.Header{header: {sign(body, secret)}}
		},
		Signature: header,
		Bare:      true,
		Count: func(body []byte) int {
			var event map[string]json.RawMessage
			if json.Unmarshal(body, &event) != nil || event == nil {
				return -1
			}
			return 1
		},
		First:   `{"app_id":"2553928453557880001","sender":{"id":"6142494823000000001"},"recipient":{"id":"3662729599332560487"},"event_name":"user_send_text","message":{"text":"Chào shop","msg_id":"100200300"},"timestamp":"1795253400123"}`,
		Again:   `{"app_id":"2553928453557880001","sender":{"id":"6142494823000000001"},"recipient":{"id":"3662729599332560487"},"event_name":"user_send_text","message":{"text":"Chào shop","msg_id":"100200300"},"timestamp":"1795253400123"}`,
		Unknown: `{"app_id":"2553928453557880001","sender":{"id":"61"},"recipient":{"id":"36"},"event_name":"thing_of_tomorrow","timestamp":"1795253400123"}`,
		Sender:  func(api string) platform.Sender { return sender(api) },
		Accept: func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"error":0,"message":"Success","data":{"message_id":"a1b2"}}`))
		},
		Reply: desk.Reply{
			Key: "r1", Ticket: "t.1", To: "6142494823000000001", Text: "Chào bạn",
			Origin: desk.Origin{Platform: zalo.Name, Account: "3662729599332560487", Conversation: "6142494823000000001", Visibility: desk.Private},
		},
		Sent: func(t *testing.T, r *http.Request, body []byte) []platformtest.Message {
			var m struct {
				Recipient struct {
					User string `json:"user_id"`
				}
				Message struct{ Text string }
			}
			if err := json.Unmarshal(body, &m); err != nil || r.URL.Path != "/v3.0/oa/message/cs" || r.Header.Get("access_token") != token || m.Recipient.User != "6142494823000000001" {
				t.Errorf("%s %s: %v", r.URL.Path, body, err)
			}
			return []platformtest.Message{{Text: m.Message.Text}}
		},
		Asks: []platformtest.Ask{platformtest.Who(desk.Origin{Visibility: desk.Private}, "u1",
			platformtest.Answer{Name: "it tells", Status: 200, Body: `{"error":0,"data":{"display_name":"Jo"}}`},
			platformtest.Answer{Name: "no follower", Status: 200, Body: `{"error":-213}`, Want: desk.SendError{Class: desk.SendUnreachable}},
			platformtest.Answer{Name: "the token has expired", Status: 200, Body: `{"error":-216}`, Want: desk.SendError{Class: desk.SendAuth}},
			platformtest.Answer{Name: "down", Status: 502, Body: `<html>`, Want: desk.SendError{Class: desk.SendUnknown}},
		)},
		Answers: []platformtest.Answer{
			{Name: "it has the reply", Status: 200, Body: `{"error":0,"message":"Success","data":{"message_id":"a1b2"}}`, ID: "a1b2"},
			{Name: "it says nothing", Status: 200, Want: desk.SendError{Class: desk.SendUnknown}},
			refused("-216", desk.SendAuth, 0), refused("-124", desk.SendAuth, 0), refused("-230", desk.SendWindowClosed, 0), refused("-213", desk.SendUnreachable, 0),
			refused("-32", desk.SendRetry, 10*time.Second), refused("-201", desk.SendUnreachable, 0), refused("-999", desk.SendRejected, 0),
			{Name: "a gateway asks for patience", Status: 429, Header: "Retry-After: 30", Want: desk.SendError{Class: desk.SendRetry, After: 30 * time.Second}},
			{Name: "it is down", Status: 502, Body: `<html>`, Want: desk.SendError{Class: desk.SendUnknown}},
			{Name: "it does not let us in", Status: 403, Want: desk.SendError{Class: desk.SendAuth}},
			{Name: "it is somewhere else", Status: 302, Header: "Location: http://127.0.0.1:1/", Want: desk.SendError{Class: desk.SendRejected}},
		},
	}
}

func TestZaloDoesWhatEveryPlatformMust(t *testing.T) {
	t.Parallel()
	platformtest.Run(t, conforming(), *update)
}

func FuzzSplitAndParse(f *testing.F) { platformtest.Fuzz(f, conforming()) }
func FuzzVerify(f *testing.F)        { platformtest.FuzzVerify(f, conforming()) }

func TestTheMarkIsTakenWithItsPrefixAndWithout(t *testing.T) {
	t.Parallel()
	w, err := zalo.NewWebhooks([]string{secret}, app)
	if err != nil {
		t.Fatal(err)
	}
	body := []byte(conforming().First)
	mark := sign(body, secret)
	for _, value := range []string{mark, mark[len("mac="):]} {
		if err := w.Verify(http.Header{header: {value}}, body, time.Time{}); err != nil {
			t.Errorf("%q: %v", value, err)
		}
	}
	if other, err := zalo.NewWebhooks([]string{secret}, "another app"); err != nil || other.Verify(http.Header{header: {mark}}, body, time.Time{}) == nil {
		t.Errorf("the mark of another app is taken, %v", err)
	}
}

func TestAnAnswerIsFreeTextForAWeek(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)
	if c := zalo.Capability(desk.Origin{}, desk.Answered{At: at}); c.WindowUntil == nil || !c.WindowUntil.Equal(at.AddDate(0, 0, 7)) || c.AfterWindow != desk.NothingAfter {
		t.Errorf("%+v", c)
	}
}
