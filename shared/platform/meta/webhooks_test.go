package meta_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/platform/meta"
	"example.com/skala/shared/platform/platformtest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const verifyToken = "an-invented-verify-token"

// sign is an HMAC of our own, so that the product's is not held against itself.
func sign(body []byte, secret string) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write(body)
	return "sha256=" + hex.EncodeToString(h.Sum(nil))
}

func webhooks(t testing.TB, secrets ...string) *meta.Webhooks {
	t.Helper()
	w, err := meta.NewWebhooks(secrets, verifyToken)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// An object is a JSON object whose members may be anything.
type object map[string]json.RawMessage

// list returns the elements of a member that is an array.
func (o object) list(name string) []json.RawMessage {
	var all []json.RawMessage
	if json.Unmarshal(o[name], &all) != nil {
		return nil
	}
	return all
}

func asObject(raw json.RawMessage) object {
	var o object
	if json.Unmarshal(raw, &o) != nil {
		return nil
	}
	return o
}

// count says how many events are in a body, below 0 for what is no webhook.
func count(body []byte) int {
	top := asObject(body)
	if top["entry"] == nil {
		if values := top["values"]; values != nil && values[0] == '[' {
			return len(top.list("values"))
		}
		return 1
	}
	n := 0
	for _, entry := range top.list("entry") {
		inside := 0
		for _, name := range []string{"messaging", "changes", "standby"} {
			for _, held := range asObject(entry).list(name) {
				inside += max(1, countChange(top, name, held))
			}
		}
		n += max(1, inside)
	}
	return n
}

func countChange(top object, list string, held json.RawMessage) int {
	var is string
	if json.Unmarshal(top["object"], &is) != nil || is != "whatsapp_business_account" || list != "changes" {
		return 1
	}
	n, value := 0, asObject(asObject(held)["value"])
	for _, name := range []string{"messages", "statuses", "message_echoes", "errors", "user_id_update", "user_preferences", "calls"} {
		n += len(value.list(name))
	}
	return n
}

// conforming is what there is to know about one channel.
func conforming(channel string) platformtest.Platform {
	first, unknown := map[string]string{
		meta.Messenger:    `{"object":"page","entry":[{"id":"2001","time":1,"messaging":[{"sender":{"id":"77"},"recipient":{"id":"2001"},"timestamp":1795253400007,"message":{"mid":"m_1","text":"สวัสดี"}}]}]}`,
		meta.FacebookPage: `{"object":"page","entry":[{"id":"2001","time":1,"changes":[{"field":"feed","value":{"item":"comment","verb":"add","comment_id":"31_41","post_id":"2001_31","parent_id":"2001_31","created_time":1795253400,"from":{"id":"66","name":"Ana"},"message":"สวัสดี"}}]}]}`,
		meta.Instagram:    `{"object":"instagram","entry":[{"id":"3001","time":1,"messaging":[{"sender":{"id":"44"},"recipient":{"id":"3001"},"timestamp":1795253400007,"message":{"mid":"aWd1","text":"สวัสดี"}}]}]}`,
		meta.WhatsApp:     `{"object":"whatsapp_business_account","entry":[{"id":"600","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"5001"},"contacts":[{"profile":{"name":"Ana"},"wa_id":"306900000077","user_id":"GR.88"}],"messages":[{"from":"306900000077","from_user_id":"GR.88","id":"wamid.1","timestamp":"1795253400","type":"text","text":{"body":"สวัสดี"}}]}}]}]}`,
		meta.Threads:      `{"app_id":"9009","topic":"moderate","target_id":"8001","time":1,"values":{"field":"replies","value":{"id":"181","username":"ana","text":"สวัสดี","root_post":{"id":"180","username":"us"},"replied_to":{"id":"180"},"timestamp":"2026-11-21T09:30:00+0000"}}}`,
	}, map[string]string{
		meta.Messenger:    `{"object":"page","entry":[{"id":"2001","time":1,"messaging":[{"sender":{"id":"77"},"recipient":{"id":"2001"},"timestamp":1795253400007,"news":{"a":1}}]}]}`,
		meta.FacebookPage: `{"object":"page","entry":[{"id":"2001","time":1,"changes":[{"field":"weather","value":{"a":1}}]}]}`,
		meta.Instagram:    `{"object":"instagram","entry":[{"id":"3001","time":1,"changes":[{"field":"story_insights","value":{"a":1}}]}]}`,
		meta.WhatsApp:     `{"object":"whatsapp_business_account","entry":[{"id":"600","changes":[{"field":"weather","value":{"metadata":{"phone_number_id":"5001"},"a":1}}]}]}`,
		meta.Threads:      `{"app_id":"9009","topic":"moderate","target_id":"8001","time":1,"values":{"field":"applause","value":{"id":"181"}}}`,
	}
	p := platformtest.Platform{
		Secrets: [3]string{"the-app's-secret", "the-secret-of-instagram", "another-app's-secret"},
		Open: func(secrets ...string) (platform.Webhooks, error) {
			return meta.NewWebhooks(secrets, verifyToken)
		},
		Sign: func(secret string, body []byte, _ time.Time) http.Header {
			return http.Header{"X-Hub-Signature-256": {sign(body, secret)}}
		},
		Signature: "X-Hub-Signature-256",
		Handshake: &platformtest.Handshake{
			Query:     "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=" + verifyToken,
			Challenge: "hub.challenge",
			Answer: func(challenge string) desk.Greeting {
				return desk.Greeting{Status: http.StatusOK, ContentType: "text/plain", Body: []byte(challenge)}
			},
			Guards:  []string{"hub.mode", "hub.verify_token"},
			Refusal: desk.Greeting{Status: http.StatusForbidden, ContentType: "text/plain"},
		},
		Dir: "testdata/" + channel, Count: count,
		First: first[channel], Unknown: unknown[channel],
		Again: strings.Replace(strings.Replace(first[channel], `"time":1,`, `"time":1795253999,`, 1), `"messaging"`, `"hop":2,"messaging"`, 1),
		Sender: func(api string) platform.Sender {
			return &meta.Sender{Account: "1001", Token: "an-invented-token", API: api, HTTP: &http.Client{Timeout: 10 * time.Second}, Now: func() time.Time { return noon }}
		},
		Accept: func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"id":"i1","message_id":"i1","messages":[{"id":"i1"}]}`)
		},
		Reply: desk.Reply{
			Key: "r1", Ticket: "thread.1", Origin: from(channel, desk.Private), Visibility: desk.Private, To: "77",
			Answers: ago(time.Hour, "q1"), ReplyTo: "q1", Text: "ขออภัยค่ะ we are on it",
		},
		Sent: sent,
		Asks: asks(channel),
	}
	switch channel {
	case meta.FacebookPage, meta.Threads:
		p.Reply.Origin, p.Reply.Visibility = from(channel, desk.Public), desk.Public
	default:
		p.Tagged = channel != meta.Instagram
	}
	p.Answers = append(answers(), platformtest.Answer{Name: "it falls over", Status: 500, Want: desk.SendError{Class: desk.SendUnknown, After: 45 * time.Second}})
	if channel == meta.Threads {
		p.Answers[len(p.Answers)-1].Want.After = 0
		p.Prepares = func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/threads") }
	}
	return p
}

// sent reads the message in a request. Publishing on Threads has none of its own.
func sent(t *testing.T, r *http.Request, body []byte) []platformtest.Message {
	t.Helper()
	text := string(body)
	if r.Header.Get("Content-Type") == "application/x-www-form-urlencoded" {
		form, err := url.ParseQuery(text)
		if err != nil {
			t.Error(err)
		}
		if form.Get("creation_id") != "" {
			return nil
		}
		return []platformtest.Message{{Text: form.Get("message") + form.Get("text")}}
	}
	one := said(t, request{Body: text})
	return []platformtest.Message{{Text: one.text, Tag: one.tag}}
}

// answers are those that Graph gives to a reply, whichever its channel.
func answers() []platformtest.Answer {
	return []platformtest.Answer{
		{Name: "it has the reply", Status: 200, Body: `{"id":"i1","message_id":"i1","messages":[{"id":"i1"}]}`, ID: "i1"},
		{Name: "not so fast", Status: 429, Header: "Retry-After: 30", Body: `{"error":{"code":4}}`, Want: desk.SendError{Class: desk.SendRetry, After: 30 * time.Second}},
		{Name: "the token has expired", Status: 400, Body: `{"error":{"code":190}}`, Want: desk.SendError{Class: desk.SendAuth}},
		{Name: "it does not like the text", Status: 400, Body: `{"error":{"code":506}}`, Want: desk.SendError{Class: desk.SendRejected}},
		{Name: "it is somewhere else", Status: 302, Header: "Location: http://127.0.0.1:1/", Want: desk.SendError{Class: desk.SendRejected}},
	}
}

func asks(channel string) []platformtest.Ask {
	return []platformtest.Ask{{Name: "looking somebody up", Do: func(ctx context.Context, s platform.Sender) error {
		_, err := s.(platform.Profiler).Profile(ctx, from(meta.Messenger, desk.Private), "77")
		return err
	}}}
}

var channels = []string{meta.Messenger, meta.FacebookPage, meta.Instagram, meta.WhatsApp, meta.Threads}

func TestEachChannelDoesWhatEveryPlatformMust(t *testing.T) {
	t.Parallel()
	for _, channel := range channels {
		t.Run(channel, func(t *testing.T) {
			t.Parallel()
			platformtest.Run(t, conforming(channel), *update)
		})
	}
}
