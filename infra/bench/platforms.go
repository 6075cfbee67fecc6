package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
)

// platformFigures are what each platform's webhooks take to split and read, and
// what the largest that one sends takes at the door.
type platformFigures struct {
	Plain map[string]map[string]work `json:"split_parse"` // by channel, of a plain text of about 1.5 KB: split, parse
	Batch batchFigures               `json:"batch"`
}

// batchFigures are of a webhook of many changes.
type batchFigures struct {
	Changes   int            `json:"changes"`
	Bytes     int            `json:"bytes"`
	Split     work           `json:"split"`
	DoorMS    float64        `json:"door_ms"` // verified, split and queued, by the emulator
	DoorBytes uint64         `json:"door_alloc_bytes"`
	Calls     map[string]int `json:"door_calls"`
}

// plainBodies are webhooks with one message of somebody's, whose words are as long
// as it takes for 1.5 KB, in the escaping that each platform uses.
func plainBodies() map[string]string {
	long := func(n int) string { return strings.Repeat("Hello, I was charged twice for one order. ", n) }
	thai := func(n int) string { // as Meta writes it
		var escaped strings.Builder
		for _, r := range strings.Repeat("โดนตัดเงินซ้ำสองครั้ง", n) {
			fmt.Fprintf(&escaped, `\u%04x`, r)
		}
		return escaped.String()
	}
	user := `{"id":"2222","name":"Somebody","username":"somebody","created_at":"2019-04-20T19:55:59.000Z","description":"","verified":false,"verified_type":"none","public_metrics":{"followers_count":97,"following_count":1,"tweet_count":50}}`
	return map[string]string{
		"messenger":     `{"object":"page","entry":[{"id":"1048","time":1795168800523,"messaging":[{"sender":{"id":"7412"},"recipient":{"id":"1048"},"timestamp":1795168800123,"message":{"mid":"m_1","text":"` + thai(10) + `"}}]}]}`,
		"facebook_page": `{"object":"page","entry":[{"id":"1048","time":1795168802,"changes":[{"value":{"from":{"id":"2470","name":"Somebody"},"message":"` + thai(9) + `","post_id":"1048_1","comment_id":"1_9","created_time":1795168800,"item":"comment","parent_id":"1048_1","verb":"add"},"field":"feed"}]}]}`,
		"instagram":     `{"object":"instagram","entry":[{"id":"1784","time":1795168801,"changes":[{"value":{"from":{"id":"777","username":"somebody"},"media":{"id":"179","media_product_type":"FEED"},"id":"178","text":"` + thai(10) + `"},"field":"comments"}]}]}`,
		"whatsapp":      `{"object":"whatsapp_business_account","entry":[{"id":"1022","changes":[{"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"302100000000","phone_number_id":"1065"},"contacts":[{"profile":{"name":"Somebody"},"wa_id":"306900000009","user_id":"GR.1"}],"messages":[{"from":"306900000009","from_user_id":"GR.1","id":"wamid.1","timestamp":"1795168800","type":"text","text":{"body":"` + thai(8) + `"}}]},"field":"messages"}]}]}`,
		"threads":       `{"app_id":"1","topic":"moderate","target_id":"789","time":1795168800,"subscription_id":"2","has_uid_field":false,"values":{"value":{"id":"1800","username":"somebody","text":"` + thai(9) + `","media_type":"TEXT_POST","permalink":"https://www.threads.net/@somebody/post/P","replied_to":{"id":"1"},"root_post":{"id":"1","owner_id":"789","username":"aegean"},"shortcode":"P","timestamp":"2026-11-20T10:00:00+0000"},"field":"replies"}}`,
		"x":             `{"data":{"event_uuid":"-685","filter":{"user_id":"1111"},"event_type":"post.mention.create","tag":"mentions","payload":{"id":"2080","text":"@aegean ` + long(15) + `","author_id":"2222","created_at":"2026-11-20T10:00:00.000Z","conversation_id":"2080","edit_history_tweet_ids":["2080"],"lang":"en"},"includes":{"users":[` + user + `]}}}`,
		"telegram":      `{"update_id":8700,"message":{"message_id":11,"from":{"id":5598,"is_bot":false,"first_name":"Somebody","username":"somebody","language_code":"th"},"chat":{"id":5598,"first_name":"Somebody","username":"somebody","type":"private"},"date":1795168800,"text":"` + thai(10) + `"}}`,
		"viber":         `{"event":"message","timestamp":1795168800123,"message_token":4912661846655239001,"sender":{"id":"98765432100B=","name":"Somebody","avatar":"https://avatar.example/1.jpg","language":"el","country":"GR","api_version":10},"message":{"type":"text","text":"` + thai(10) + `"},"silent":false}`,
		"zalo":          `{"app_id":"2553","sender":{"id":"6142"},"recipient":{"id":"3662"},"user_id_by_app":"979","event_name":"user_send_text","timestamp":"1795168800123","message":{"msg_id":"m501","text":"` + thai(10) + `"}}`,
		"slack":         `{"token":"deprecated","team_id":"T0TEST","api_app_id":"A0TEST","event":{"type":"message","user":"U0USER","ts":"1795168800.000300","text":"` + long(24) + `","team":"T0TEST","channel":"D0DM","event_ts":"1795168800.000300","channel_type":"im"},"type":"event_callback","event_id":"Ev0TEST101","event_time":1795168800,"authorizations":[{"enterprise_id":null,"team_id":"T0TEST","user_id":"U0BOT","is_bot":true}],"is_ext_shared_channel":false}`,
		"discord":       `{"application_id":"8450","id":"1300","token":"unique","type":2,"version":1,"channel_id":"6450","locale":"en","guild_id":"2909","member":{"user":{"id":"5390","username":"somebody","global_name":"Somebody","avatar":"a_d5","discriminator":"0","public_flags":0},"roles":[],"nick":null},"data":{"type":1,"name":"support","id":"1","options":[{"type":3,"name":"message","value":"` + long(26) + `"}]}}`,
		"tiktok":        `{"client_key":"7400","event":"comment.update","create_time":1795168800,"user_openid":"demo","content":"{\"comment_id\":7447,\"video_id\":7403,\"comment_type\":\"comment\",\"comment_action\":\"insert\",\"unique_identifier\":\"uid_1\",\"timestamp\":1795168800123,\"text\":\"` + long(28) + `\"}"}`,
		"youtube":       `{"kind":"youtube#commentListResponse","etag":"l","items":[{"kind":"youtube#comment","etag":"e","id":"Ugx3","snippet":{"channelId":"demo","videoId":"v1","textDisplay":"` + long(13) + `","textOriginal":"` + long(13) + `","authorDisplayName":"@somebody","authorChannelId":{"value":"UC1"},"publishedAt":"2026-11-20T10:00:00Z","updatedAt":"2026-11-20T10:00:00Z"}}]}`,
		"linkedin":      `{"type":"ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS","notifications":[{"subscriber":"urn:li:person:zLead","lastModifiedAt":1795168800123,"sourcePost":"urn:li:activity:7000","action":"COMMENT","notificationId":5600,"organizationalEntity":"urn:li:organization:demo","generatedActivity":"urn:li:comment:(urn:li:activity:7000,7001)","decoratedGeneratedActivity":{"comment":{"owner":"urn:li:person:z1","entity":"urn:li:comment:(urn:li:activity:7000,7001)","object":"urn:li:activity:7000","text":"` + long(18) + `"}},"decoratedSourcePost":{"owner":"urn:li:organization:demo","text":"Our new roastery","entity":"urn:li:share:1"}}]}`,
		"standard":      `{"type":"message.created","timestamp":"2026-11-20T10:00:00Z","data":{"id":"wf_1","conversation_id":"c_1","author":{"id":"cust_1","name":"Somebody"},"text":"` + long(32) + `"}}`,
	}
}

// measurePlatforms splits and reads a plain message of each channel.
func measurePlatforms() (f platformFigures, err error) {
	f.Plain = map[string]map[string]work{}
	for channel, body := range plainBodies() {
		webhooks, err := platform.Reader(channel, "demo")
		if err != nil {
			return f, err
		}
		h := http.Header{"Webhook-Id": {"msg_1"}}
		raw, err := webhooks.Split(h, []byte(body))
		if err != nil || len(raw) != 1 {
			return f, fmt.Errorf("the bench's own webhook of %s splits into %d: %w", channel, len(raw), err)
		}
		e, err := webhooks.Parse(raw[0])
		if err != nil || e.Kind != desk.MessageCreated || e.Text == "" {
			return f, fmt.Errorf("the bench's own webhook of %s is %q: %w", channel, e.Kind, err)
		}
		f.Plain[channel], err = each(map[string]func() error{
			"split": func() error { _, err := webhooks.Split(h, []byte(body)); return err },
			"parse": func() error { _, err := webhooks.Parse(raw[0]); return err },
		})
		if err != nil {
			return f, err
		}
	}
	return f, nil
}

// changes are as many as Meta batches in one webhook, and make it as large as
// WhatsApp's may be.
const changes = 1000

// measureBatch gives the door a webhook of 1,000 comments and 3 MB.
func measureBatch(ctx context.Context, g *ground) (b batchFigures, err error) {
	accounts, err := demoAccounts(platform.ForSigning | platform.ForReading)
	if err != nil {
		return b, err
	}
	app := desk.App{Platform: "meta", Name: "demo"}
	var secret string
	for _, a := range accounts.Apps() {
		if a.App == app && len(a.Secrets) > 0 {
			secret = a.Secrets[0]
		}
	}
	if secret == "" {
		return b, errors.New("the demo accounts have no app of Meta's")
	}
	body, err := comments()
	if err != nil {
		return b, err
	}
	b.Changes, b.Bytes = changes, len(body)
	webhooks := accounts.Receivers()[app]
	if b.Split, err = best(func() error { _, err := webhooks.Split(http.Header{}, body); return err }); err != nil {
		return b, err
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/webhooks/meta/demo", bytes.NewReader(body))
	r.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	w := httptest.NewRecorder()
	g.counted.reset()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := time.Now()
	g.door.ServeHTTP(w, r)
	b.DoorMS = float64(time.Since(began).Microseconds()) / 1000
	runtime.ReadMemStats(&after)
	b.DoorBytes = after.TotalAlloc - before.TotalAlloc
	if w.Code != http.StatusOK {
		return b, fmt.Errorf("the door answered the bench's own batch with %d", w.Code)
	}
	_, b.Calls, _ = g.counted.counted()
	return b, nil
}

// comments is the batch: 3 KB a comment, half of it what stands around the words.
func comments() ([]byte, error) {
	type object = map[string]any
	var all []object
	for n := range changes {
		post := fmt.Sprintf("104857600000001_%d", 122100000000000000+n)
		all = append(all, object{"field": "feed", "value": object{
			"from": object{"id": fmt.Sprint(24700000000000000 + n), "name": "Somebody"}, "message": strings.Repeat("I was charged twice and nobody answers. ", 66), "post_id": post,
			"comment_id": fmt.Sprintf("%d_1", 122100000000000000+n), "created_time": 1795168800 + n, "item": "comment", "parent_id": post, "verb": "add",
			"post": object{"id": post, "status_type": "added_photos", "is_published": true, "updated_time": "2026-11-20T10:00:01+0000", "promotion_status": "inactive"},
		}})
	}
	return json.Marshal(object{"object": "page", "entry": []object{{"id": "104857600000001", "time": 1795168802, "changes": all}}})
}
