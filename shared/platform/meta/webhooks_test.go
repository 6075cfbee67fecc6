package meta_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"net/http"
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

// count says how many events are in a body, below 0 for what is no webhook.
func count(body []byte) int {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	var doc any
	if dec.Decode(&doc) != nil {
		return -1
	}
	top := member(doc)
	if _, ok := top["entry"]; !ok {
		if values, ok := top["values"].([]any); ok {
			return len(values)
		}
		return 1
	}
	n := 0
	for _, entry := range list(top, "entry") {
		inside := 0
		for _, name := range []string{"messaging", "changes", "standby"} {
			for _, held := range list(member(entry), name) {
				inside += max(1, countChange(top["object"], name, held))
			}
		}
		n += max(1, inside)
	}
	return n
}

// countChange counts what a change of WhatsApp's holds.
func countChange(object any, name string, held any) int {
	if object != "whatsapp_business_account" || name != "changes" {
		return 1
	}
	n, value := 0, member(member(held)["value"])
	for _, name := range []string{"messages", "statuses", "message_echoes", "errors", "user_id_update", "user_preferences", "calls"} {
		n += len(list(value, name))
	}
	return n
}

func member(v any) map[string]any {
	o, _ := v.(map[string]any)
	return o
}

func list(o map[string]any, name string) []any {
	all, _ := o[name].([]any)
	return all
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
	p := sending(channel)
	p.Secrets = [3]string{"the-app's-secret", "the-secret-of-instagram", "another-app's-secret"}
	p.Open = func(secrets ...string) (platform.Webhooks, error) { return meta.NewWebhooks(secrets, verifyToken) }
	p.Sign = func(secret string, body []byte, _ time.Time) http.Header {
		return http.Header{"X-Hub-Signature-256": {sign(body, secret)}}
	}
	p.Signature = "X-Hub-Signature-256"
	p.Handshake = &platformtest.Handshake{
		Query:     "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=" + verifyToken,
		Challenge: "hub.challenge",
		Answer: func(challenge string) desk.Greeting {
			return desk.Greeting{Status: http.StatusOK, ContentType: "text/plain", Body: []byte(challenge)}
		},
		Guards:  []string{"hub.mode", "hub.verify_token"},
		Refusal: desk.Greeting{Status: http.StatusForbidden, ContentType: "text/plain"},
	}
	p.Dir, p.Count = "testdata/"+channel, count
	p.First, p.Unknown = first[channel], unknown[channel]
	p.Again = strings.Replace(strings.Replace(first[channel], `"time":1,`, `"time":1795253999,`, 1), `"messaging"`, `"hop":2,"messaging"`, 1)
	return p
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
