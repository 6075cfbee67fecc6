package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/platform"
)

// A said is what a line says of an event, as far as every channel has it.
type said struct {
	Kind, Key, Platform, Account, Channel, Direction, Visibility string
	Author                                                       struct{ ID, Handle string }
	Text, Conversation                                           string
	Time                                                         *string
}

func TestParseReadsEveryChannelUnderEachOfItsNames(t *testing.T) {
	t.Setenv("ACCOUNTS", t.TempDir()+"/none.yaml")
	const at = "2026-11-21T09:30:00Z"
	tests := []struct {
		name, platform, body string
		want                 []string // kind key account channel direction visibility author handle text conversation time
	}{
		{
			"Messenger", "messenger meta", `{"object":"page","entry":[{"id":"401","time":1795253401000,"messaging":[{"sender":{"id":"7001"},"recipient":{"id":"401"},"timestamp":1795253400000,"message":{"mid":"m_1","text":"\u03c0\u03bf\u03cd;"}}]}]}`,
			[]string{"message.created m_1 meta 401 messenger in private 7001 - πού; 7001 " + at},
		},
		{
			"a page's comments, two pages at once", "facebook_page facebook meta", `{"object":"page","entry":[` +
				`{"id":"401","time":1795253401,"changes":[{"field":"feed","value":{"item":"comment","verb":"add","comment_id":"9_1","post_id":"401_9","parent_id":"401_9","from":{"id":"8001","name":"A"},"message":"one","created_time":1795253400}}]},` +
				`{"id":"402","time":1795253401,"changes":[{"field":"feed","value":{"item":"comment","verb":"add","comment_id":"9_2","post_id":"402_9","parent_id":"402_9","message":"two","created_time":1795253400}}]}]}`,
			[]string{"message.created 9_1:add meta 401 facebook_page in public 8001 - one 9_1 " + at, "message.created 9_2:add meta 402 facebook_page in public - - two 9_2 " + at},
		},
		{
			"Instagram", "instagram meta", `{"object":"instagram","entry":[{"id":"1784","time":1795253400,"changes":[{"field":"comments","value":{"id":"179","from":{"id":"5001","username":"nok"},"text":"three","media":{"id":"180","media_product_type":"FEED"}}}]}]}`,
			[]string{"message.created 179 meta 1784 instagram in public 5001 nok three 179 " + at},
		},
		{
			"WhatsApp", "whatsapp meta", `{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{"messaging_product":"whatsapp","metadata":{"phone_number_id":"403"},"contacts":[{"profile":{"name":"E"},"user_id":"GR.1"}],"messages":[{"from_user_id":"GR.1","id":"wamid.1","timestamp":"1795253400","type":"text","text":{"body":"four"}}]}}]}]}`,
			[]string{"message.created wamid.1 meta 403 whatsapp in private GR.1 - four GR.1 " + at},
		},
		{
			"Threads", "threads meta", `{"app_id":"1","topic":"moderate","target_id":"404","time":1795253401,"values":{"field":"replies","value":{"id":"185","username":"dana","text":"five","media_type":"TEXT_POST","root_post":{"id":"184","owner_id":"404"},"replied_to":{"id":"184"},"timestamp":"2026-11-21T09:30:00+0000"}}}`,
			[]string{"message.created 185:replies meta 404 threads in public dana dana five 184 " + at},
		},
		{
			"X, the newer shape", "x", `{"data":{"event_uuid":"-5","filter":{"user_id":"405"},"event_type":"post.mention.create","payload":{"id":"9007199254740993","text":"six","author_id":"6001","created_at":"2026-11-21T09:30:00.000Z","conversation_id":"9007199254740993"},"includes":{"users":[{"id":"6001","username":"maria"}]}}}`,
			[]string{"message.created 9007199254740993:create x 405 x in public 6001 maria six 9007199254740993 " + at},
		},
		{
			"X, the older shape", "x", `{"for_user_id":"405","tweet_create_events":[{"id":9007199254740993,"id_str":"9007199254740993","text":"six","timestamp_ms":"1795253400000","user":{"id_str":"6001","screen_name":"maria"}}]}`,
			[]string{"message.created 9007199254740993:create x 405 x in public 6001 maria six 9007199254740993 " + at},
		},
		{
			"LINE", "line", `{"destination":"U0","events":[{"type":"message","webhookEventId":"01K","timestamp":1795253400000,"source":{"type":"user","userId":"U1"},"message":{"type":"text","id":"1","text":"seven"}}]}`,
			[]string{"message.created 01K line U0 line in private U1 - seven U1 " + at},
		},
		{
			"Telegram", "telegram", `{"update_id":870000001,"message":{"message_id":11,"from":{"id":5598765432,"is_bot":false,"first_name":"E","username":"e_test"},"chat":{"id":5598765432,"type":"private"},"date":1795253400,"text":"nine"}}`,
			[]string{"message.created 870000001 telegram - telegram in private 5598765432 e_test nine 5598765432 " + at},
		},
		{
			"Viber", "viber", `{"event":"message","timestamp":1795253400000,"message_token":4912661846655238145,"sender":{"id":"A=","name":"E"},"message":{"type":"text","text":"ten"}}`,
			[]string{"message.created 4912661846655238145:message viber - viber in private A= - ten A= " + at},
		},
		{
			"Zalo", "zalo", `{"app_id":"2","sender":{"id":"61"},"recipient":{"id":"36"},"event_name":"user_send_text","message":{"text":"eleven","msg_id":"m1"},"timestamp":"1795253400000"}`,
			[]string{"message.created m1 zalo 36 zalo in private 61 - eleven 61 " + at},
		},
		{
			"Slack", "slack", `{"team_id":"T0","type":"event_callback","event_id":"Ev1","event":{"type":"message","user":"U1","ts":"1795253400.000000","text":"twelve","channel":"D1","channel_type":"im","event_ts":"1795253400.000000"}}`,
			[]string{"message.created D1:1795253400.000000 slack T0 slack in private U1 - twelve D1 " + at},
		},
		{
			"TikTok", "tiktok", `{"client_key":"7","event":"comment.update","create_time":1795253400,"user_openid":"-0","content":"{\"comment_id\":74,\"video_id\":72,\"comment_action\":\"insert\",\"unique_identifier\":\"u1\",\"timestamp\":1795253400000,\"text\":\"fifteen\"}"}`,
			[]string{"message.created 74:insert:1795253400000 tiktok -0 tiktok in public u1 - fifteen 72 " + at},
		},
		{
			"LinkedIn", "linkedin", `{"type":"ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS","notifications":[{"lastModifiedAt":1795253400000,"sourcePost":"urn:li:activity:7","action":"COMMENT","notificationId":14,"organizationalEntity":"urn:li:organization:409","decoratedGeneratedActivity":{"comment":{"owner":"urn:li:person:z","text":"fourteen","entity":"urn:li:comment:(activity:7,8)"}}}]}`,
			[]string{"message.created 14 linkedin urn:li:organization:409 linkedin in public urn:li:person:z - fourteen urn:li:activity:7 " + at},
		},
		{
			"YouTube, a thread", "youtube", `{"kind":"youtube#commentThreadListResponse","items":[{"id":"Ug1","snippet":{"channelId":"UC410","topLevelComment":{"kind":"youtube#comment","id":"Ug1","snippet":{"channelId":"UC410","textOriginal":"fifteen","authorDisplayName":"@e","authorChannelId":{"value":"UC1"},"publishedAt":"2026-11-21T09:30:00Z","updatedAt":"2026-11-21T09:30:00Z"}}}}]}`,
			[]string{"message.created Ug1:2026-11-21T09:30:00Z youtube UC410 youtube in public UC1 e fifteen Ug1 " + at},
		},
		{
			"YouTube, a video", "youtube", `<feed xmlns:yt="http://www.youtube.com/xml/schemas/2015" xmlns="http://www.w3.org/2005/Atom"><entry><yt:videoId>v1</yt:videoId><yt:channelId>UC410</yt:channelId><updated>2026-11-21T09:30:00Z</updated></entry></feed>`,
			[]string{"fetch.required video:v1:2026-11-21T09:30:00Z youtube UC410 youtube in public - - - v1 " + at},
		},
		{
			"Discord", "discord", `{"application_id":"84","id":"13","token":"t","type":2,"channel_id":"64","user":{"id":"539","username":"e_test"},"data":{"name":"support","options":[{"type":3,"name":"message","value":"thirteen"}]}}`,
			[]string{"message.created 13 discord 84 discord in private 539 e_test thirteen 64 -"},
		},
		{
			"Standard Webhooks", "standard standard_webhooks", `{"type":"message.created","timestamp":"2026-11-21T09:30:00Z","data":{"id":"wf_1","author":{"id":"c"},"text":"eight"}}`,
			[]string{"message.created wf_1 standard - standard in private c - eight c " + at},
		},
		{
			"a vendor", "vendor", `{"type":"ticket.update","timestamp":"2026-11-21T09:30:00Z","data":{"id":"u_1","ticket":"abc.1","status":"done","text":"nine"}}`,
			[]string{"vendor u_1 vendor - vendor in note - - nine abc.1 " + at},
		},
	}
	spoken := map[string]bool{}
	for _, tt := range tests {
		for name := range strings.FieldsSeq(tt.platform) {
			t.Run(tt.name+" as "+name, func(t *testing.T) {
				var stdout, stderr bytes.Buffer
				if got := parseWebhook(t.Context(), []string{"-platform", name, "-"}, strings.NewReader(tt.body), &stdout, &stderr); got != exitOK {
					t.Fatalf("exit status %d: %s", got, stderr.String())
				}
				var lines []string
				for line := range strings.Lines(stdout.String()) {
					lines = append(lines, summary(t, line))
					spoken[strings.Fields(lines[0])[2]] = true
				}
				if diff := cmp.Diff(tt.want, lines); diff != "" {
					t.Errorf("the events differ (-want +got):\n%s", diff)
				}
			})
		}
	}
	for _, p := range platform.Names() {
		if !spoken[string(p)] {
			t.Errorf("nothing here is from %s", p)
		}
	}
}

// summary is a line in few words; a dash is for nothing.
func summary(t *testing.T, line string) string {
	t.Helper()
	var e said
	if err := json.Unmarshal([]byte(line), &e); err != nil {
		t.Fatal(err)
	}
	at := ""
	if e.Time != nil {
		at = *e.Time
	}
	words := []string{e.Kind, e.Key, e.Platform, e.Account, e.Channel, e.Direction, e.Visibility, e.Author.ID, e.Author.Handle, e.Text, e.Conversation, at}
	for i := range words {
		if words[i] == "" {
			words[i] = "-"
		}
	}
	return strings.Join(words, " ")
}
