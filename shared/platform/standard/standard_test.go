package standard_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"flag"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/platform/platformtest"
	"example.com/skala/shared/platform/standard"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const secret = "whsec_YW4gaW52ZW50ZWQga2V5LCAyNCBsb25n" // "an invented key, 24 long" in base64

// sign is an HMAC of our own, so that the product's is not held against itself.
func sign(secret, id, timestamp string, body []byte) string {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		panic(err)
	}
	h := hmac.New(sha256.New, key)
	h.Write([]byte(id + "." + timestamp + "."))
	h.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(h.Sum(nil))
}

func headers(secret string, body []byte, at time.Time) http.Header {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	return http.Header{"Webhook-Id": {"msg_1"}, "Webhook-Timestamp": {timestamp}, "Webhook-Signature": {sign(secret, "msg_1", timestamp, body)}}
}

func webhooks(t testing.TB, secrets ...string) *standard.Webhooks {
	t.Helper()
	w, err := standard.NewWebhooks(secrets, "shop-web")
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func conforming(t testing.TB) platformtest.Platform {
	const event = `{"type":"message.created","timestamp":"2026-11-21T09:29:58.250Z","data":{"id":"wf_1","author":{"id":"cust_1"},"text":"Πότε ανοίγετε;"}}`
	return platformtest.Platform{
		Secrets:   [3]string{"whsec_b2xkZXI=", secret, "whsec_b3RoZXI="},
		Open:      func(secrets ...string) (platform.Webhooks, error) { return standard.NewWebhooks(secrets, "shop-web") },
		Sign:      headers,
		Signature: "Webhook-Signature",
		SignsTime: true,
		Golden:    http.Header{"Webhook-Id": {"msg_golden"}},
		Count: func(body []byte) int {
			var fields map[string]json.RawMessage
			if json.Unmarshal(body, &fields) != nil {
				return -1
			}
			return 1
		},
		First:   event,
		Again:   event,
		Unknown: `{"type":"parcel.lost","data":{"id":"pl_1"}}`,
		Sender:  func(api string) platform.Sender { return sender(t, api) },
		Reply:   reply,
		Sent: func(t *testing.T, _ *http.Request, body []byte) []platformtest.Message {
			var messages []platformtest.Message
			for _, text := range texts(t, body) {
				messages = append(messages, platformtest.Message{Text: text})
			}
			return messages
		},
		Repeats: func(r *http.Request) string { return r.Header.Get("Webhook-Id") },
		Answers: []platformtest.Answer{
			{Name: "it has the reply", Status: 200, Body: `{"id":"r_1"}`, ID: "r_1"},
			{Name: "its ids are numbers", Status: 201, Body: `{"id":90071992547409931}`, ID: "90071992547409931"},
			{Name: "it has the reply and says nothing", Status: 204},
			{Name: "it has the reply and says something else", Status: 200, Body: `thank you`},
			{Name: "not so fast", Status: 429, Header: "Retry-After: 30", Want: desk.SendError{Class: desk.SendRetry, After: 30 * time.Second}},
			{Name: "its gateway is down", Status: 502, Want: desk.SendError{Class: desk.SendRetry}},
			{Name: "its gateway asks for patience", Status: 504, Header: "Retry-After: 60", Want: desk.SendError{Class: desk.SendRetry, After: time.Minute}},
			{Name: "it fell over", Status: 500, Want: desk.SendError{Class: desk.SendRetry}},
			{Name: "it wants no more webhooks", Status: 410, Want: desk.SendError{Class: desk.SendUnreachable}},
			{Name: "it does not know our signature", Status: 401, Want: desk.SendError{Class: desk.SendAuth}},
			{Name: "it does not let us in", Status: 403, Want: desk.SendError{Class: desk.SendAuth}},
			{Name: "it does not like the text", Status: 422, Want: desk.SendError{Class: desk.SendRejected}},
			{Name: "it is somewhere else, where we do not follow", Status: 307, Header: "Location: http://127.0.0.1:1/", Want: desk.SendError{Class: desk.SendRejected}},
		},
	}
}

func TestStandardWebhooksDoWhatEveryPlatformMust(t *testing.T) {
	t.Parallel()
	platformtest.Run(t, conforming(t), *update)
}

func FuzzSplitAndParse(f *testing.F) { platformtest.Fuzz(f, conforming(f)) }

func TestVerify(t *testing.T) {
	t.Parallel()
	const (
		secret    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" // the specification's own example
		id, at    = "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330"
		signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
		body      = `{"test": 2432232314}`
	)
	now := time.Unix(1614265330, 0)
	set := func(prefix, id, at string, signatures ...string) http.Header {
		return http.Header{prefix + "-Id": {id}, prefix + "-Timestamp": {at}, prefix + "-Signature": signatures}
	}
	tests := []struct {
		name    string
		secrets []string
		header  http.Header
		now     time.Time
		ok      bool
	}{
		{"the specification's own example", []string{secret}, set("Webhook", id, at, signature), now, true},
		{"the same under the other names", []string{secret}, set("Svix", id, at, signature), now, true},
		{"names of both families mixed", []string{secret}, http.Header{"Webhook-Id": {id}, "Svix-Timestamp": {at}, "Svix-Signature": {signature}}, now, false},
		{"a secret without its prefix", []string{strings.TrimPrefix(secret, "whsec_")}, set("Webhook", id, at, signature), now, true},
		{"the secret before, during rotation", []string{"whsec_bmV3", secret}, set("Webhook", id, at, signature), now, true},
		{"one signature of several", []string{secret}, set("Webhook", id, at, "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v2,abc "+signature), now, true},
		{"the header twice", []string{secret}, set("Webhook", id, at, "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=", signature), now, true},
		{"the header twice, joined by a gateway", []string{secret}, set("Webhook", id, at, "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc=,"+signature), now, true},
		{"five minutes late", []string{secret}, set("Webhook", id, at, signature), now.Add(5 * time.Minute), true},
		{"a second more", []string{secret}, set("Webhook", id, at, signature), now.Add(5*time.Minute + time.Second), false},
		{"five minutes early", []string{secret}, set("Webhook", id, at, signature), now.Add(-5 * time.Minute), true},
		{"a second earlier", []string{secret}, set("Webhook", id, at, signature), now.Add(-5*time.Minute - time.Second), false},
		{"a time that is none", []string{secret}, set("Webhook", id, "now", signature), now, false},
		{"a time beyond any number", []string{secret}, set("Webhook", id, "99999999999999999999", signature), now, false},
		{"the lowest number there is", []string{secret}, set("Webhook", id, "-9223372036854775808", signature), now, false},
		{"two ids", []string{secret}, http.Header{"Webhook-Id": {id, "other"}, "Webhook-Timestamp": {at}, "Webhook-Signature": {signature}}, now, false},
		{"the same id twice", []string{secret}, http.Header{"Webhook-Id": {id, id}, "Webhook-Timestamp": {at}, "Webhook-Signature": {signature}}, now, true},
		{"another version", []string{secret}, set("Webhook", id, at, strings.Replace(signature, "v1", "v2", 1)), now, false},
		{"no version", []string{secret}, set("Webhook", id, at, strings.TrimPrefix(signature, "v1,")), now, false},
		{"the asymmetric version under a symmetric secret", []string{secret}, set("Webhook", id, at, strings.Replace(signature, "v1", "v1a", 1)), now, false},
		{"no secret", nil, set("Webhook", id, at, signature), now, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if err := webhooks(t, tt.secrets...).Verify(tt.header, []byte(body), tt.now); (err == nil) != tt.ok {
				t.Errorf("Verify = %v", err)
			}
		})
	}
}

func TestASenderMaySignWithAKeyOfItsOwn(t *testing.T) {
	t.Parallel()
	private := ed25519.NewKeyFromSeed([]byte("an invented seed of 32 bytes, ok"))
	public := "whpk_" + base64.StdEncoding.EncodeToString(private.Public().(ed25519.PublicKey))
	body, now := []byte(`{"type":"ping"}`), time.Unix(1795253400, 0)
	sig := "v1a," + base64.StdEncoding.EncodeToString(ed25519.Sign(private, append([]byte("msg_1.1795253400."), body...)))
	h := http.Header{"Webhook-Id": {"msg_1"}, "Webhook-Timestamp": {"1795253400"}, "Webhook-Signature": {sig}}
	if err := webhooks(t, secret, public).Verify(h, body, now); err != nil {
		t.Error(err)
	}
	if webhooks(t, secret, public).Verify(h, append(bytes.Clone(body), ' '), now) == nil {
		t.Error("a changed body is accepted")
	}
	if webhooks(t, secret).Verify(h, body, now) == nil {
		t.Error("a key that the app does not have is accepted")
	}
}

func TestASecretThatCannotWorkIsRefused(t *testing.T) {
	t.Parallel()
	for _, secret := range []string{"", "whsec_", "whsec_no base64", "whsec_YQ", "whpk_", "whpk_YWJj", "whpk_!", "whsk_" + base64.StdEncoding.EncodeToString(make([]byte, 64))} {
		if _, err := standard.NewWebhooks([]string{secret}, "a"); err == nil {
			t.Errorf("%q is taken", secret)
		} else if secret != "" && strings.Contains(err.Error(), secret) {
			t.Errorf("the mistake tells the secret: %v", err)
		}
	}
}

func FuzzVerify(f *testing.F) { platformtest.FuzzVerify(f, conforming(f)) }

// FuzzVerifyHeaders holds that only a signature of this very attempt under this
// secret is accepted.
func FuzzVerifyHeaders(f *testing.F) {
	w := webhooks(f, secret, "whpk_"+base64.StdEncoding.EncodeToString(make([]byte, 32)))
	now := time.Unix(1795253400, 0)
	f.Add("msg_1", "1795253400", sign(secret, "msg_1", "1795253400", []byte("{}")), []byte("{}"))
	f.Add("", "+1795253400", "v1, v1a,AAAA v1", []byte(""))
	f.Fuzz(func(t *testing.T, id, timestamp, signature string, body []byte) {
		err := w.Verify(http.Header{"webhook-id": {id}, "WEBHOOK-TIMESTAMP": {timestamp}, "Webhook-Signature": {signature}}, body, now)
		mac := strings.TrimPrefix(sign(secret, id, timestamp, body), "v1,")
		at, numberErr := strconv.ParseInt(timestamp, 10, 64)
		if signed := strings.Contains(signature, mac) && numberErr == nil && at >= now.Unix()-300 && at <= now.Unix()+300 && id != ""; err == nil && !signed {
			t.Errorf("%q %q %q is accepted", id, timestamp, signature)
		}
	})
}

func TestAnEventNeedsAKey(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		header     http.Header
		want       string // the key; empty for an error
	}{
		{"the header's", `{"type":"message.created","data":{"id":"wf_1"}}`, http.Header{"Webhook-Id": {"msg_1"}}, "msg_1"},
		{"the header's under its other name", `{"type":"message.created","data":{"id":"wf_1"}}`, headersOfSvix(), "msg_2"},
		{"the data's where there is no header", `{"type":"message.created","data":{"id":"wf_1"}}`, nil, "wf_1"},
		{"none", `{"type":"message.created","data":{}}`, nil, ""},
		{"none at all", `{}`, nil, ""},
		{"an unreadable event with a header", `{"type":7,"data":[]}`, http.Header{"webhook-id": {"msg_1"}}, "msg_1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := webhooks(t)
			raw, err := w.Split(tt.header, []byte(tt.body))
			if err != nil || len(raw) != 1 || raw[0].Account != "shop-web" {
				t.Fatalf("Split = %v, %v", raw, err)
			}
			e, err := w.Parse(raw[0])
			if e.Key != tt.want || (err == nil) != (tt.want != "") {
				t.Errorf("the key is %q, %v; want %q", e.Key, err, tt.want)
			}
		})
	}
}

func headersOfSvix() http.Header {
	return http.Header{"Svix-Id": {"msg_2"}, "Svix-Timestamp": {"1"}, "Svix-Signature": {"v1,AA=="}}
}
