package slack_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/platform/platformtest"
	"example.com/skala/shared/platform/slack"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	secret = "an-invented-signing-secret"
	token  = "xoxb-an-invented-token"
	mark   = "X-Slack-Signature"
	clock  = "X-Slack-Request-Timestamp"
)

// sign is an HMAC of our own, so that the product's is not held against itself.
func sign(secret string, body []byte, now time.Time) http.Header {
	at := strconv.FormatInt(now.Unix(), 10)
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte("v0:" + at + ":" + string(body)))
	return http.Header{mark: {"v0=" + hex.EncodeToString(h.Sum(nil))}, clock: {at}}
}

func webhooks(t testing.TB, secrets ...string) *slack.Webhooks {
	t.Helper()
	w, err := slack.NewWebhooks(secrets)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func sender(api string) *slack.Sender {
	return &slack.Sender{Token: token, API: api, HTTP: platformtest.Client(), Now: time.Now}
}

func conforming() platformtest.Platform {
	refused := func(word string, class desk.SendClass) platformtest.Answer {
		return platformtest.Answer{Name: word, Status: 200, Body: `{"ok":false,"error":"` + word + `"}`, Want: desk.SendError{Class: class}}
	}
	return platformtest.Platform{
		Secrets:   [3]string{"the-one-before", secret, "another-secret"},
		Open:      func(secrets ...string) (platform.Webhooks, error) { return slack.NewWebhooks(secrets) },
		Sign:      sign,
		Signature: mark,
		SignsTime: true,
		Count: func(body []byte) int {
			var event map[string]json.RawMessage
			if json.Unmarshal(body, &event) == nil && event != nil {
				if string(event["type"]) == `"url_verification"` {
					return 0
				}
				return 1
			}
			if form, err := url.ParseQuery(string(body)); err == nil && strings.HasPrefix(form.Get("command"), "/") && form.Get("trigger_id") != "" {
				return 1
			}
			return -1
		},
		First:   `{"team_id":"T0TEST","api_app_id":"A0TEST","event":{"type":"message","user":"U0USER","ts":"1795253400.000300","text":"Καλησπέρα","channel":"5598765432","event_ts":"1795253400.000300","channel_type":"im"},"type":"event_callback","event_id":"870000001","event_time":1795253400}`,
		Again:   `{"team_id":"T0TEST","api_app_id":"A0TEST","event":{"type":"message","user":"U0USER","ts":"1795253400.000300","text":"Καλησπέρα","channel":"5598765432","event_ts":"1795253400.000300","channel_type":"im"},"type":"event_callback","event_id":"870000001","event_time":1795253400}`,
		Unknown: `{"team_id":"T0TEST","event":{"type":"thing_of_tomorrow"},"type":"event_callback","event_id":"Ev9","event_time":1795253400}`,
		Sender:  func(api string) platform.Sender { return sender(api) },
		Accept: func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"ok":true,"ts":"1795253401.000100"}`))
		},
		Reply: desk.Reply{
			Key: "r1", Ticket: "t.1", To: "U0USER", Text: "Καλησπέρα σας",
			Origin: desk.Origin{Platform: slack.Name, Account: "T0TEST", Conversation: "C0GENERAL:1795253400.000100", Visibility: desk.Group},
		},
		Sent: func(t *testing.T, r *http.Request, body []byte) []platformtest.Message {
			var m struct {
				Channel, Text string
				Thread        string `json:"thread_ts"`
			}
			if err := json.Unmarshal(body, &m); err != nil || r.URL.Path != "/api/chat.postMessage" || r.Header.Get("Authorization") != "Bearer "+token || m.Channel != "C0GENERAL" || m.Thread != "1795253400.000100" {
				t.Errorf("%s %s: %v", r.URL.Path, body, err)
			}
			return []platformtest.Message{{Text: strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(m.Text)}}
		},
		Answers: []platformtest.Answer{
			{Name: "it has the reply", Status: 200, Body: `{"ok":true,"channel":"C0","ts":"1795253401.000100"}`, ID: "1795253401.000100"},
			{Name: "it says nothing", Status: 200, Want: desk.SendError{Class: desk.SendUnknown}},
			refused("invalid_auth", desk.SendAuth), refused("token_revoked", desk.SendAuth), refused("channel_not_found", desk.SendUnreachable),
			refused("is_archived", desk.SendUnreachable), refused("msg_too_long", desk.SendRejected), refused("fatal_error", desk.SendUnknown), refused("word_of_tomorrow", desk.SendRejected),
			{Name: "not so fast", Status: 429, Header: "Retry-After: 30", Body: `{"ok":false,"error":"ratelimited"}`, Want: desk.SendError{Class: desk.SendRetry, After: 30 * time.Second}},
			{Name: "not so fast, under a good status", Status: 200, Header: "Retry-After: 7", Body: `{"ok":false,"error":"ratelimited"}`, Want: desk.SendError{Class: desk.SendRetry, After: 7 * time.Second}},
			{Name: "it is down", Status: 502, Body: `<html>`, Want: desk.SendError{Class: desk.SendUnknown}},
			{Name: "it does not let us in", Status: 403, Want: desk.SendError{Class: desk.SendAuth}},
			{Name: "it is somewhere else", Status: 302, Header: "Location: http://127.0.0.1:1/", Want: desk.SendError{Class: desk.SendRejected}},
		},
		Asks: []platformtest.Ask{{
			Name: "asking who somebody is",
			Do: func(ctx context.Context, s platform.Sender) error {
				_, err := s.(platform.Profiler).Profile(ctx, desk.Origin{}, "U0USER")
				return err
			},
			Answers: []platformtest.Answer{
				{Name: "it tells", Status: 200, Body: `{"ok":true,"user":{"id":"U0USER","name":"e","real_name":"E","profile":{"display_name":"","avatar_hash":"a1"}}}`},
				{Name: "it knows nobody", Status: 200, Body: `{"ok":false,"error":"user_not_found"}`, Want: desk.SendError{Class: desk.SendUnreachable}},
				{Name: "it is down", Status: 503, Want: desk.SendError{Class: desk.SendRetry}},
			},
		}},
	}
}

func TestSlackDoesWhatEveryPlatformMust(t *testing.T) {
	t.Parallel()
	platformtest.Run(t, conforming(), *update)
}

func FuzzSplitAndParse(f *testing.F) { platformtest.Fuzz(f, conforming()) }
func FuzzVerify(f *testing.F)        { platformtest.FuzzVerify(f, conforming()) }

func TestSlackSignsAsItPublishes(t *testing.T) {
	t.Parallel()
	const body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
	h := http.Header{clock: {"1531420618"}, mark: {"v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"}}
	w := webhooks(t, "8f742231b10e8888abcd99yyyzzz85a5")
	if err := w.Verify(h, []byte(body), time.Unix(1531420618, 0)); err != nil {
		t.Error(err)
	}
	raw, err := w.Split(h, []byte(body))
	if err != nil || len(raw) != 1 {
		t.Fatalf("%d, %v", len(raw), err)
	}
	e, err := w.Parse(raw[0])
	if err != nil || e.Kind != desk.MessageCreated || e.Text != "/webhook-collect" || e.Author.ID != "U2CERLKJA" || e.Account != "T1DC2JH3J" {
		t.Errorf("%+v, %v", e, err)
	}
	if answer, ok := w.Answer(h, []byte(body)); !ok || answer.Status != 200 {
		t.Errorf("a command is answered %+v, %v", answer, ok)
	}
}

func TestSlackGetsItsChallengeBack(t *testing.T) {
	t.Parallel()
	w := webhooks(t, secret)
	body := []byte(`{"type":"url_verification","token":"x","challenge":"<b>3eZbrw</b>"}`)
	raw, err := w.Split(nil, body)
	if err != nil || len(raw) != 0 {
		t.Errorf("a challenge is %d events, %v", len(raw), err)
	}
	if answer, ok := w.Answer(nil, body); !ok || string(answer.Body) != "<b>3eZbrw</b>" || answer.ContentType != "text/plain" {
		t.Errorf("%+v, %v", answer, ok)
	}
	if _, ok := w.Answer(nil, []byte(conforming().First)); ok {
		t.Error("an event is answered")
	}
}

func TestAMentionThatComesTwiceIsOneMessage(t *testing.T) {
	t.Parallel()
	w := webhooks(t)
	keys := map[string]bool{}
	for i, kind := range []string{"message", "app_mention"} {
		raw, err := w.Split(nil, []byte(`{"team_id":"T0","api_app_id":"A0","authorizations":[{"user_id":"U0BOT","is_bot":true}],"event":{"type":"`+kind+`","user":"U1","ts":"1.000200","text":"<@U0BOT> hi","channel":"C0","channel_type":"channel"},"type":"event_callback","event_id":"Ev`+strconv.Itoa(i)+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		e, err := w.Parse(raw[0])
		if err != nil || e.Aside || e.Kind != desk.MessageCreated {
			t.Errorf("%s: %+v, %v", kind, e, err)
		}
		keys[e.Key] = true
	}
	if len(keys) != 1 {
		t.Errorf("the keys are %v", keys)
	}
}

func TestSlacksMarkupIsReadAndWritten(t *testing.T) {
	t.Parallel()
	w := webhooks(t)
	for in, want := range map[string]string{
		"a &lt; b &amp;&amp; c &gt; d": "a < b && c > d", "<@U1> hello": "@U1 hello", "<@U1|eleni> hello": "@eleni hello", "see <https://example.com|our page>": "see our page (https://example.com)",
		"see <https://example.com>": "see https://example.com", "<mailto:a@example.com|a@example.com>": "a@example.com", "<#C1|help>": "#help", "<!here> all": "@here all",
		"half < open": "half < open", "<<": "<<", "&amp;lt;": "&lt;",
	} {
		body, err := json.Marshal(map[string]any{"team_id": "T0", "type": "event_callback", "event_id": "E", "event": map[string]any{"type": "message", "user": "U1", "ts": "1.1", "channel": "D1", "channel_type": "im", "text": in}})
		if err != nil {
			t.Fatal(err)
		}
		if e, err := w.Parse(desk.RawEvent{Body: body}); err != nil || e.Text != want {
			t.Errorf("%q reads as %q, %v; want %q", in, e.Text, err, want)
		}
	}
	var got struct{ Text string }
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
		_, _ = w.Write([]byte(`{"ok":true,"ts":"1.2"}`))
	}))
	defer api.Close()
	if _, err := sender(api.URL).Send(t.Context(), desk.Reply{Key: "r", Text: "<!channel> a & b", Origin: desk.Origin{Conversation: "D1"}}); err != nil || got.Text != "&lt;!channel&gt; a &amp; b" {
		t.Errorf("sent %q, %v", got.Text, err)
	}
}
