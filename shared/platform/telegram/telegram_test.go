package telegram_test

import (
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/platform/platformtest"
	"example.com/skala/shared/platform/telegram"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	bot    = "7000000001"
	secret = "an-invented_Token"
	header = "X-Telegram-Bot-Api-Secret-Token"
)

func sender(api string) *telegram.Sender {
	return &telegram.Sender{Token: "7000000001:an-invented-token", API: api, HTTP: platformtest.Client(), Now: time.Now}
}

func webhooks(t testing.TB, tokens ...string) *telegram.Webhooks {
	t.Helper()
	w, err := telegram.NewWebhooks(tokens, bot)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// sent is what a request to the API says.
type sent struct {
	Chat       string `json:"chat_id"`
	Thread     int64  `json:"message_thread_id"`
	Connection string `json:"business_connection_id"`
	Text       string `json:"text"`
	Reply      *struct {
		Message int64 `json:"message_id"`
	} `json:"reply_parameters"`
}

func conforming() platformtest.Platform {
	return platformtest.Platform{
		Secrets:   [3]string{"the-one-before", secret, "another_token"},
		Open:      func(secrets ...string) (platform.Webhooks, error) { return telegram.NewWebhooks(secrets, bot) },
		Sign:      func(secret string, _ []byte, _ time.Time) http.Header { return http.Header{header: {secret}} },
		Signature: header,
		Shows:     true,
		Count: func(body []byte) int {
			var update, deleted map[string]json.RawMessage
			var ids []json.RawMessage
			if json.Unmarshal(body, &update) != nil || update == nil {
				return -1
			}
			if json.Unmarshal(update["deleted_business_messages"], &deleted) != nil || json.Unmarshal(deleted["message_ids"], &ids) != nil {
				return 1
			}
			return max(1, len(ids))
		},
		// Ids are numbers with Telegram; as strings they are to be the same.
		First:   `{"update_id":"870000001","message":{"message_id":"101","from":{"id":"5512345678","is_bot":false,"first_name":"Ανώνυμη"},"chat":{"id":"5512345678","type":"private"},"date":1795168800,"text":"Καλησπέρα"}}`,
		Again:   `{"update_id":"870000001","message":{"message_id":"101","from":{"id":"5512345678","is_bot":false,"first_name":"Ανώνυμη"},"chat":{"id":"5512345678","type":"private"},"date":1795168800,"text":"Καλησπέρα"}}`,
		Unknown: `{"update_id":870000099,"thing_of_tomorrow":{"a":1}}`,
		Sender:  func(api string) platform.Sender { return sender(api) },
		Accept: func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"ok":true,"result":{"message_id":900}}`))
		},
		Reply: desk.Reply{
			Key: "r1", Ticket: "t.1", To: "5512345678", Text: "Καλησπέρα σας",
			Origin: desk.Origin{Platform: telegram.Name, Account: bot, Conversation: "5512345678", Visibility: desk.Private},
		},
		Sent: func(t *testing.T, r *http.Request, body []byte) []platformtest.Message {
			var m sent
			if err := json.Unmarshal(body, &m); err != nil || r.URL.Path != "/bot7000000001:an-invented-token/sendMessage" || m.Chat != "5512345678" {
				t.Errorf("%s %s: %v", r.URL.Path, body, err)
			}
			return []platformtest.Message{{Text: m.Text}}
		},
		Asks: []platformtest.Ask{platformtest.Who(desk.Origin{Visibility: desk.Private}, "u1",
			platformtest.Answer{Name: "it tells", Status: 200, Body: `{"ok":true,"result":{"id":1,"first_name":"Jo"}}`},
			platformtest.Answer{Name: "no such chat", Status: 400, Body: `{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}`, Want: desk.SendError{Class: desk.SendUnreachable}},
			platformtest.Answer{Name: "no, under 200", Status: 200, Body: `{"ok":false,"error_code":401}`, Want: desk.SendError{Class: desk.SendAuth}},
			platformtest.Answer{Name: "down", Status: 502, Body: `<html>`, Want: desk.SendError{Class: desk.SendUnknown}},
		)},
		Answers: []platformtest.Answer{
			{Name: "it has the reply", Status: 200, Body: `{"ok":true,"result":{"message_id":900}}`, ID: "900"},
			{Name: "it says no under a good status", Status: 200, Body: `{"ok":false,"error_code":400,"description":"Bad Request: message is too long"}`, Want: desk.SendError{Class: desk.SendRejected}},
			{Name: "it says nothing under a good status", Status: 200, Want: desk.SendError{Class: desk.SendUnknown}},
			{Name: "not so fast", Status: 429, Body: `{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 5","parameters":{"retry_after":5}}`, Want: desk.SendError{Class: desk.SendRetry, After: 5 * time.Second}},
			{Name: "not so fast, under a good status", Status: 200, Body: `{"ok":false,"error_code":429,"parameters":{"retry_after":7}}`, Want: desk.SendError{Class: desk.SendRetry, After: 7 * time.Second}},
			{Name: "it is down", Status: 502, Body: `<html>`, Want: desk.SendError{Class: desk.SendUnknown}},
			{Name: "the token is no good", Status: 401, Body: `{"ok":false,"error_code":401,"description":"Unauthorized"}`, Want: desk.SendError{Class: desk.SendAuth}},
			{Name: "the token is none", Status: 404, Body: `{"ok":false,"error_code":404,"description":"Not Found"}`, Want: desk.SendError{Class: desk.SendAuth}},
			{Name: "the person has blocked the bot", Status: 403, Body: `{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}`, Want: desk.SendError{Class: desk.SendUnreachable}},
			{Name: "there is no such chat", Status: 400, Body: `{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}`, Want: desk.SendError{Class: desk.SendUnreachable}},
			{Name: "the group has moved", Status: 400, Body: `{"ok":false,"error_code":400,"description":"x","parameters":{"migrate_to_chat_id":-1002200000009}}`, Want: desk.SendError{Class: desk.SendUnreachable}},
			{Name: "the connection is gone", Status: 400, Body: `{"ok":false,"error_code":400,"description":"Bad Request: business connection not found"}`, Want: desk.SendError{Class: desk.SendAuth}},
			{Name: "it does not like the text", Status: 400, Body: `{"ok":false,"error_code":400,"description":"Bad Request: message text is empty"}`, Want: desk.SendError{Class: desk.SendRejected}},
			{Name: "it is somewhere else", Status: 302, Header: "Location: http://127.0.0.1:1/", Want: desk.SendError{Class: desk.SendRejected}},
		},
	}
}

func TestTelegramDoesWhatEveryPlatformMust(t *testing.T) {
	t.Parallel()
	platformtest.Run(t, conforming(), *update)
}

func FuzzSplitAndParse(f *testing.F) { platformtest.Fuzz(f, conforming()) }
func FuzzVerify(f *testing.F)        { platformtest.FuzzVerify(f, conforming()) }

func TestATokenThatTelegramWouldNotTakeIsRefused(t *testing.T) {
	t.Parallel()
	for _, token := range []string{"", "with space", "ελληνικά", strings.Repeat("a", 257), "a/b"} {
		if _, err := telegram.NewWebhooks([]string{token}, bot); err == nil {
			t.Errorf("%q is taken", token)
		} else if token != "" && strings.Contains(err.Error(), token) {
			t.Errorf("the mistake tells the token: %v", err)
		}
	}
	if _, err := telegram.NewWebhooks([]string{strings.Repeat("a", 256)}, bot); err != nil {
		t.Error(err)
	}
}

func TestAReplyGoesWhereTheMessageCameFrom(t *testing.T) {
	t.Parallel()
	var got sent
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = sent{}
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Error(err)
		}
		_, _ = w.Write([]byte(`{"ok":true,"result":{"message_id":900}}`))
	}))
	defer api.Close()
	for _, tt := range []struct {
		name   string
		origin desk.Origin
		last   desk.Answered
		check  func(sent) bool
	}{
		{"a direct chat", desk.Origin{Conversation: "55", Visibility: desk.Private}, desk.Answered{ID: "7"}, func(m sent) bool { return m.Chat == "55" && m.Reply == nil && m.Connection == "" && m.Thread == 0 }},
		{"a group, as an answer", desk.Origin{Conversation: "-1002", Visibility: desk.Group}, desk.Answered{ID: "7"}, func(m sent) bool { return m.Chat == "-1002" && m.Reply != nil && m.Reply.Message == 7 }},
		{"a topic of a group", desk.Origin{Conversation: "-1002:190", Visibility: desk.Group}, desk.Answered{}, func(m sent) bool { return m.Chat == "-1002" && m.Thread == 190 && m.Reply == nil }},
		{"somebody's own account", desk.Origin{Conversation: "55", Visibility: desk.Private}, desk.Answered{ID: "7", Form: "business:bc_1"}, func(m sent) bool { return m.Chat == "55" && m.Connection == "bc_1" }},
	} {
		if _, err := sender(api.URL).Send(t.Context(), desk.Reply{Key: "r", Text: "hi", Origin: tt.origin, Answers: tt.last}); err != nil || !tt.check(got) {
			t.Errorf("%s: sent %+v, %v", tt.name, got, err)
		}
	}
}

func TestEachMessageThatWasDeletedIsAnEventOfItsOwn(t *testing.T) {
	t.Parallel()
	w := webhooks(t)
	raw, err := w.Split(nil, []byte(`{"update_id":12,"deleted_business_messages":{"business_connection_id":"bc_1","chat":{"id":55,"type":"private"},"message_ids":[301,302,303]}}`))
	if err != nil || len(raw) != 3 {
		t.Fatalf("%d, %v", len(raw), err)
	}
	keys := map[string]string{}
	for _, r := range raw {
		e, err := w.Parse(r)
		if err != nil || e.Kind != desk.MessageDeleted || e.Thread().Author != "55" {
			t.Errorf("%+v, %v", e, err)
		}
		keys[e.Key] = e.Target
	}
	if len(keys) != 3 || keys["12"] != "301" || keys["12:1"] != "302" || keys["12:2"] != "303" {
		t.Errorf("the deletions are %v", keys)
	}
}
