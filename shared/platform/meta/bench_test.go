package meta_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/platform/meta"
)

// plain are webhooks of 1.5 KB with one text in each, in the escapes in which Meta
// sends it.
func plain() map[string]string {
	long := strings.Repeat(`\u0e2a\u0e31\u0e48\u0e07\u0e02\u0e2d\u0e07 order 70431 `, 30)
	bodies := map[string]string{
		meta.Messenger:    `{"object":"page","entry":[{"id":"104800000000001","time":1795253400500,"messaging":[{"sender":{"id":"7412000000000852"},"recipient":{"id":"104800000000001"},"timestamp":1795253400007,"message":{"mid":"m_AbCdEf0001","text":"%s"}}]}]}`,
		meta.FacebookPage: `{"object":"page","entry":[{"id":"104800000000001","time":1795253402,"changes":[{"value":{"from":{"id":"24700000000011","name":"\u0395\u03bb\u03ad\u03bd\u03b7"},"post":{"status_type":"added_photos","is_published":true,"updated_time":"2026-11-20T10:00:01+0000","permalink_url":"https:\/\/www.facebook.com\/a\/posts\/pfbid0","promotion_status":"inactive","id":"104800000000001_1221"},"message":"%s","post_id":"104800000000001_1221","comment_id":"1221_9001","created_time":1795253400,"item":"comment","parent_id":"104800000000001_1221","verb":"add"},"field":"feed"}]}]}`,
		meta.Instagram:    `{"object":"instagram","entry":[{"time":1795253400623,"id":"17841400000000001","messaging":[{"sender":{"id":"1784000000000777"},"recipient":{"id":"17841400000000001"},"timestamp":1795253400007,"message":{"mid":"aWdfZAG1faXRlbToxOjAwMDE","text":"%s"}}]}]}`,
		meta.WhatsApp:     `{"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"302100000000","phone_number_id":"106540352242922"},"contacts":[{"profile":{"name":"Ana I."},"wa_id":"306900000077","user_id":"GR.88001122"}],"messages":[{"from":"306900000077","from_user_id":"GR.88001122","id":"wamid.INVENTED0001AA==","timestamp":"1795253400","type":"text","text":{"body":"%s"}}]},"field":"messages"}]}]}`,
		meta.Threads:      `{"app_id":"9009","topic":"moderate","target_id":"8001","time":1795253403,"subscription_id":"77","has_uid_field":false,"values":{"value":{"id":"1810011","username":"dora_invented","text":"%s","media_type":"TEXT_POST","permalink":"https:\/\/www.threads.net\/@dora_invented\/post\/A","replied_to":{"id":"1810001"},"root_post":{"id":"1810001","owner_id":"8801","username":"kafeneio.dokimi"},"timestamp":"2026-11-21T09:30:00+0000"},"field":"replies"}}`,
	}
	for channel, body := range bodies {
		room := 1500 - len(body) + len("%s")
		cut := long[:room]
		if at := strings.LastIndexByte(cut, '\\'); room-at < len(`\u0e2a`) {
			cut = cut[:at]
		}
		bodies[channel] = fmt.Sprintf(body, cut)
	}
	return bodies
}

// BenchmarkReceive is what the door and triage do with one event.
func BenchmarkReceive(b *testing.B) {
	w := webhooks(b, "an-invented-secret")
	for _, channel := range channels {
		body := []byte(plain()[channel])
		raw, err := w.Split(nil, body)
		if err != nil || len(raw) != 1 {
			b.Fatal(len(raw), err)
		}
		b.Run(channel+"/verify", func(b *testing.B) {
			h := http.Header{"X-Hub-Signature-256": {sign(body, "an-invented-secret")}}
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if err := w.Verify(h, body, time.Time{}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(channel+"/split and parse", func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				raw, err := w.Split(nil, body)
				if err != nil {
					b.Fatal(err)
				}
				if e, err := w.Parse(raw[0]); err != nil || e.Text == "" {
					b.Fatal(e, err)
				}
			}
		})
	}
}

// thousand returns bodies of 3 MB with a thousand events: a thousand changes, and
// for WhatsApp also one change with a thousand messages of as many customers.
func thousand() map[string]string {
	text := strings.Repeat(`\u0395\u03bb\u03b1 `, 140)
	var comments, changes, messages, contacts []string
	for i := range 1000 {
		comments = append(comments, fmt.Sprintf(`{"field":"feed","value":{"item":"comment","verb":"add","comment_id":"31_%d","post_id":"2001_31","parent_id":"2001_31","created_time":1795253400,"from":{"id":"66%d","name":"Ana"},"message":"%s"}}`, i, i, text))
		message := fmt.Sprintf(`{"from":"3069%08d","from_user_id":"GR.%d","id":"wamid.%d","timestamp":"1795253400","type":"text","text":{"body":"%s"}}`, i, i, i, text)
		contact := fmt.Sprintf(`{"profile":{"name":"Ana"},"wa_id":"3069%08d","user_id":"GR.%d"}`, i, i)
		changes = append(changes, `{"field":"messages","value":{"metadata":{"phone_number_id":"5001"},"contacts":[`+contact+`],"messages":[`+message+`]}}`)
		messages, contacts = append(messages, message), append(contacts, contact)
	}
	all := func(parts []string) string { return strings.Join(parts, ",") }
	return map[string]string{
		"comments on a page":       `{"object":"page","entry":[{"id":"2001","time":1,"changes":[` + all(comments) + `]}]}`,
		"changes of WhatsApp's":    `{"object":"whatsapp_business_account","entry":[{"id":"600","changes":[` + all(changes) + `]}]}`,
		"messages in one change":   `{"object":"whatsapp_business_account","entry":[{"id":"600","changes":[{"field":"messages","value":{"metadata":{"phone_number_id":"5001"},"contacts":[` + all(contacts) + `],"messages":[` + all(messages) + `]}}]}]}`,
		"entries of a change each": `{"object":"page","entry":[{"id":"2001","time":1,"changes":[` + strings.Join(comments, `]},{"id":"2001","time":1,"changes":[`) + `]}]}`,
	}
}

// BenchmarkSplitAThousand splits 3 MB.
func BenchmarkSplitAThousand(b *testing.B) {
	w := webhooks(b)
	for name, body := range thousand() {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if raw, err := w.Split(nil, []byte(body)); err != nil || len(raw) != 1000 {
					b.Fatal(len(raw), err)
				}
			}
		})
	}
}
