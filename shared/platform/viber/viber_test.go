package viber_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/platform/platformtest"
	"example.com/skala/shared/platform/viber"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	bot    = "aegean"
	token  = "an-invented-viber-token"
	header = "X-Viber-Content-Signature"
)

// sign is an HMAC of our own, so that the product's is not held against itself.
func sign(body []byte, secret string) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write(body)
	return hex.EncodeToString(h.Sum(nil))
}

func sender(api string) *viber.Sender {
	return &viber.Sender{Token: token, Name: "Aegean Coffee", API: api, HTTP: platformtest.Client(), Now: time.Now}
}

// sent is what a request to the API says.
type sent struct {
	Receiver, Type, Text string
	Tracking             string `json:"tracking_data"`
	Sender               struct{ Name string }
}

func conforming() platformtest.Platform {
	said := func(status string) string {
		return `{"status":` + status + `,"status_message":"x","message_token":5741311803571721087}`
	}
	refused := func(status string, class desk.SendClass, after time.Duration) platformtest.Answer {
		return platformtest.Answer{Name: "status " + status, Status: 200, Body: said(status), Want: desk.SendError{Class: class, After: after}}
	}
	return platformtest.Platform{
		Secrets: [3]string{"the-one-before", token, "another-token"},
		Open:    func(secrets ...string) (platform.Webhooks, error) { return viber.NewWebhooks(secrets, bot) },
		Sign: func(secret string, body []byte, _ time.Time) http.Header {
			return http.Header{header: {sign(body, secret)}}
		},
		Signature: header,
		Count: func(body []byte) int {
			var callback map[string]json.RawMessage
			if json.Unmarshal(body, &callback) != nil || callback == nil {
				return -1
			}
			return 1
		},
		First:   `{"event":"message","timestamp":1795253400123,"message_token":"4912661846655238145","sender":{"id":"5598765432","name":"Πελάτης"},"message":{"text":"Καλησπέρα","type":"text"},"silent":false}`,
		Again:   `{"event":"message","timestamp":1795253400123,"message_token":"4912661846655238145","sender":{"id":"5598765432","name":"Πελάτης"},"message":{"text":"Καλησπέρα","type":"text"},"silent":false}`,
		Unknown: `{"event":"thing_of_tomorrow","timestamp":1795253400123,"message_token":4912661846655238199}`,
		Sender:  func(api string) platform.Sender { return sender(api) },
		Accept:  func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(said("0"))) },
		Tagged:  true,
		Reply: desk.Reply{
			Key: "r1", Ticket: "t.1", To: "01234567890A=", Text: "Καλησπέρα σας",
			Origin: desk.Origin{Platform: viber.Name, Account: bot, Conversation: "01234567890A=", Visibility: desk.Private},
		},
		Sent: func(t *testing.T, r *http.Request, body []byte) []platformtest.Message {
			var m sent
			if err := json.Unmarshal(body, &m); err != nil || r.URL.Path != "/pa/send_message" || r.Header.Get("X-Viber-Auth-Token") != token || m.Receiver != "01234567890A=" || m.Type != "text" {
				t.Errorf("%s %s: %v", r.URL.Path, body, err)
			}
			return []platformtest.Message{{Text: m.Text, Tag: m.Tracking}}
		},
		Asks: []platformtest.Ask{platformtest.Who(desk.Origin{Visibility: desk.Private}, "u1",
			platformtest.Answer{Name: "it tells", Status: 200, Body: `{"status":0,"user":{"name":"Jo"}}`},
			platformtest.Answer{Name: "not subscribed", Status: 200, Body: `{"status":6}`, Want: desk.SendError{Class: desk.SendUnreachable}},
			platformtest.Answer{Name: "the token has expired", Status: 200, Body: `{"status":2}`, Want: desk.SendError{Class: desk.SendAuth}},
			platformtest.Answer{Name: "down", Status: 502, Body: `<html>`, Want: desk.SendError{Class: desk.SendUnknown}},
		)},
		Answers: []platformtest.Answer{
			{Name: "it has the reply", Status: 200, Body: said("0"), ID: "5741311803571721087"},
			{Name: "it says nothing", Status: 200, Want: desk.SendError{Class: desk.SendUnknown}},
			refused("1", desk.SendRejected, 0), refused("2", desk.SendAuth, 0), refused("3", desk.SendRejected, 0), refused("4", desk.SendRejected, 0),
			refused("5", desk.SendUnreachable, 0), refused("6", desk.SendUnreachable, 0), refused("7", desk.SendAuth, 0), refused("8", desk.SendAuth, 0),
			refused("9", desk.SendAuth, 0), refused("10", desk.SendAuth, 0), refused("11", desk.SendUnreachable, 0), refused("12", desk.SendRetry, 10*time.Second),
			refused("13", desk.SendRejected, 0), refused("14", desk.SendRejected, 0), refused("15", desk.SendAuth, 0), refused("16", desk.SendRejected, 0), refused("99", desk.SendRejected, 0),
			{Name: "a gateway asks for patience", Status: 429, Header: "Retry-After: 30", Want: desk.SendError{Class: desk.SendRetry, After: 30 * time.Second}},
			{Name: "it is down", Status: 502, Body: `<html>`, Want: desk.SendError{Class: desk.SendUnknown}},
			{Name: "it does not let us in", Status: 403, Want: desk.SendError{Class: desk.SendAuth}},
			{Name: "it is somewhere else", Status: 302, Header: "Location: http://127.0.0.1:1/", Want: desk.SendError{Class: desk.SendRejected}},
		},
	}
}

func TestViberDoesWhatEveryPlatformMust(t *testing.T) {
	t.Parallel()
	platformtest.Run(t, conforming(), *update)
}

func FuzzSplitAndParse(f *testing.F) { platformtest.Fuzz(f, conforming()) }
func FuzzVerify(f *testing.F)        { platformtest.FuzzVerify(f, conforming()) }

func TestViberSignsAsItPublishes(t *testing.T) {
	t.Parallel()
	const (
		secret = "44dafb7e0f40021e-61a47a1e6778d187-f2c5a676a07050b3"
		body   = `{"event":"webhook","timestamp":4977069964384421269,"message_token":1478683725125}`
		mac    = "d21b343448c8aee33b8e93768ef6ceb64a6ba6163099973a2b8bd028fea510ef"
	)
	w, err := viber.NewWebhooks([]string{secret}, bot)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Verify(http.Header{header: {mac}}, []byte(body), time.Time{}); err != nil {
		t.Error(err)
	}
	raw, err := w.Split(nil, []byte(body))
	if err != nil || len(raw) != 1 {
		t.Fatalf("%d, %v", len(raw), err)
	}
	if e, err := w.Parse(raw[0]); err != nil || e.Kind != desk.Control || !e.Time.IsZero() {
		t.Errorf("%+v, %v", e, err)
	}
}

func TestTheLongestMessageFitsIntoOneRequest(t *testing.T) {
	t.Parallel()
	for _, text := range []string{strings.Repeat("ก", 7000), strings.Repeat("<", 7000), strings.Repeat("😀", 7000)} {
		largest := 0
		api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			largest = int(r.ContentLength)
			_, _ = w.Write([]byte(`{"status":0,"message_token":1}`))
		}))
		s := sender(api.URL)
		s.Name = strings.Repeat("Ω", 40)
		if _, err := s.Send(t.Context(), desk.Reply{Key: "r", To: "x", Text: text}); err != nil || largest > 30_000 {
			t.Errorf("%d runes: %d bytes, %v", utf8.RuneCountInString(text), largest, err)
		}
		api.Close()
	}
}
