package discord_test

import (
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/platform/discord"
	"example.com/skala/shared/platform/platformtest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	token = "an-invented-bot-token"
	mark  = "X-Signature-Ed25519"
	clock = "X-Signature-Timestamp"
)

// private is one of the invented keys, and public what the accounts file has of it.
func private(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed([]byte("an invented seed of 32 bytes, " + string('a'+n) + "."))
}

func public(n byte) string {
	return hex.EncodeToString(private(n).Public().(ed25519.PublicKey))
}

// sign signs as whoever has that public key.
func sign(key string, body []byte, now time.Time) http.Header {
	at := strconv.FormatInt(now.Unix(), 10)
	for n := range byte(3) {
		if public(n) == key {
			return http.Header{mark: {hex.EncodeToString(ed25519.Sign(private(n), append([]byte(at), body...)))}, clock: {at}}
		}
	}
	panic("an unknown key")
}

func sender(api string) *discord.Sender {
	return &discord.Sender{Token: token, API: api, HTTP: platformtest.Client(), Now: time.Now}
}

func conforming() platformtest.Platform {
	return platformtest.Platform{
		Secrets:   [3]string{public(0), public(1), public(2)},
		Open:      func(keys ...string) (platform.Webhooks, error) { return discord.NewWebhooks(keys) },
		Sign:      sign,
		Signature: mark,
		Count: func(body []byte) int {
			var in map[string]json.RawMessage
			if json.Unmarshal(body, &in) != nil || in == nil {
				return -1
			}
			is := strings.Trim(string(in["type"]), `"`)
			if in["id"] != nil || in["token"] != nil {
				if is == "1" || is == "4" {
					return 0
				}
			} else if is == "0" {
				return 0
			}
			return 1
		},
		First:   `{"application_id":"845027738276462632","id":"1300000000000000002","token":"t","type":2,"version":1,"guild_id":"290926798626357999","channel_id":"645027906669510667","member":{"user":{"id":"53908232506183680","username":"e_test","global_name":"E"}},"data":{"type":1,"name":"support","options":[{"type":3,"name":"message","value":"Δεν δουλεύει"}]}}`,
		Again:   `{"application_id":"845027738276462632","id":"1300000000000000002","token":"t","type":2,"version":1,"guild_id":"290926798626357999","channel_id":"645027906669510667","member":{"user":{"id":"53908232506183680","username":"e_test","global_name":"E"}},"data":{"type":1,"name":"support","options":[{"type":3,"name":"message","value":"Δεν δουλεύει"}]}}`,
		Unknown: `{"application_id":"845027738276462632","id":"1300000000000000009","token":"t","type":99}`,
		Sender:  func(api string) platform.Sender { return sender(api) },
		Accept:  func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"id":"1300000000000000777"}`)) },
		Reply: desk.Reply{
			Key: "r1", Ticket: "t.1", To: "53908232506183680", Text: "Καλησπέρα σας",
			Origin: desk.Origin{Platform: discord.Name, Account: "845027738276462632", Conversation: "645027906669510667", Visibility: desk.Private},
		},
		Sent: func(t *testing.T, r *http.Request, body []byte) []platformtest.Message {
			var m struct{ Content, Nonce string }
			if err := json.Unmarshal(body, &m); err != nil || r.URL.Path != "/api/v10/channels/645027906669510667/messages" || r.Header.Get("Authorization") != "Bot "+token || len(m.Nonce) == 0 || len(m.Nonce) > 25 {
				t.Errorf("%s %s: %v", r.URL.Path, body, err)
			}
			return []platformtest.Message{{Text: m.Content}}
		},
		Answers: []platformtest.Answer{
			{Name: "it has the reply", Status: 200, Body: `{"id":"1300000000000000777"}`, ID: "1300000000000000777"},
			{Name: "it has the reply and says nothing", Status: 200},
			{Name: "not so fast", Status: 429, Header: "Retry-After: 3", Body: `{"message":"You are being rate limited.","retry_after":2.5,"global":false}`, Want: desk.SendError{Class: desk.SendRetry, After: 3 * time.Second}},
			{Name: "not so fast, to the part of a second", Status: 429, Body: `{"retry_after":0.25}`, Want: desk.SendError{Class: desk.SendRetry, After: 250 * time.Millisecond}},
			{Name: "it is down", Status: 502, Body: `<html>`, Want: desk.SendError{Class: desk.SendUnknown}},
			{Name: "the token is no good", Status: 401, Body: `{"message":"401: Unauthorized","code":0}`, Want: desk.SendError{Class: desk.SendAuth}},
			{Name: "the bot may not write there", Status: 403, Body: `{"message":"Missing Permissions","code":50013}`, Want: desk.SendError{Class: desk.SendAuth}},
			{Name: "the person takes no messages", Status: 403, Body: `{"message":"Cannot send messages to this user","code":50007}`, Want: desk.SendError{Class: desk.SendUnreachable}},
			{Name: "the channel is gone", Status: 404, Body: `{"message":"Unknown Channel","code":10003}`, Want: desk.SendError{Class: desk.SendUnreachable}},
			{Name: "it does not like the text", Status: 400, Body: `{"message":"Invalid Form Body","code":50035}`, Want: desk.SendError{Class: desk.SendRejected}},
			{Name: "it is somewhere else", Status: 302, Header: "Location: http://127.0.0.1:1/", Want: desk.SendError{Class: desk.SendRejected}},
		},
	}
}

func TestDiscordDoesWhatEveryPlatformMust(t *testing.T) {
	t.Parallel()
	platformtest.Run(t, conforming(), *update)
}

func FuzzSplitAndParse(f *testing.F) { platformtest.Fuzz(f, conforming()) }
func FuzzVerify(f *testing.F)        { platformtest.FuzzVerify(f, conforming()) }

func TestAKeyThatCannotWorkIsRefused(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"", "zzzz", public(0)[2:], public(0) + "00", public(0)[1:]} {
		if _, err := discord.NewWebhooks([]string{key}); err == nil {
			t.Errorf("%q is taken", key)
		} else if key != "" && strings.Contains(err.Error(), key) {
			t.Errorf("the mistake tells the key: %v", err)
		}
	}
}

func TestDiscordIsAnsweredAsItWants(t *testing.T) {
	t.Parallel()
	w, err := discord.NewWebhooks(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, body string
		events     int
		status     int
		says       string
	}{
		{"a ping comes back", `{"application_id":"1","id":"2","token":"t","type":1}`, 0, 200, `{"type":1}`},
		{"nothing is offered while somebody types", `{"application_id":"1","id":"2","token":"t","type":4}`, 0, 200, `{"data":{"choices":[]},"type":8}`},
		{"who gave a command reads that it came in", `{"application_id":"1","id":"2","token":"t","type":2}`, 1, 200, `"flags":64`},
		{"in their own language", `{"application_id":"1","id":"2","token":"t","type":2,"locale":"el"}`, 1, 200, "Λάβαμε"},
		{"a ping of webhook events", `{"version":1,"application_id":"1","type":0}`, 0, 204, ""},
		{"a webhook event", `{"version":1,"application_id":"1","type":1,"event":{"type":"X","timestamp":"2026-11-21T09:30:00"}}`, 1, 204, ""},
	} {
		raw, err := w.Split(nil, []byte(tt.body))
		if err != nil || len(raw) != tt.events {
			t.Errorf("%s: %d events, %v", tt.name, len(raw), err)
		}
		answer, ok := w.Answer(nil, []byte(tt.body))
		if !ok || answer.Status != tt.status || !strings.Contains(string(answer.Body), tt.says) || tt.says == "" && len(answer.Body) > 0 || answer.ContentType != "application/json" {
			t.Errorf("%s: %d %s %q", tt.name, answer.Status, answer.ContentType, answer.Body)
		}
	}
}

func TestAnAnswerInAChannelCallsWhomItIsForAndNobodyElse(t *testing.T) {
	t.Parallel()
	var got struct {
		Content string
		Allowed struct{ Parse, Users []string } `json:"allowed_mentions"`
	}
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
		if len([]rune(got.Content)) > 2000 {
			t.Errorf("a message of %d characters", len([]rune(got.Content)))
		}
		_, _ = w.Write([]byte(`{"id":"1"}`))
	}))
	defer api.Close()
	reply := desk.Reply{Key: "r", To: "53908232506183680", Text: "@everyone hello", Origin: desk.Origin{Conversation: "6", Visibility: desk.Group}}
	if _, err := sender(api.URL).Send(t.Context(), reply); err != nil || got.Content != "<@53908232506183680> @everyone hello" || len(got.Allowed.Users) != 1 || got.Allowed.Parse == nil || len(got.Allowed.Parse) != 0 {
		t.Errorf("sent %+v, %v", got, err)
	}
	reply.Text = strings.Repeat("word ", 1000)
	if _, err := sender(api.URL).Send(t.Context(), reply); err != nil {
		t.Error(err)
	}
}
