package platforms_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/skala/infra/simulator/platforms"
)

// call is a client of LINE's API.
func (w *world) call(t *testing.T, path, token, retryKey string, body any) (*http.Response, string) {
	t.Helper()
	method := http.MethodGet
	var payload bytes.Buffer
	if body != nil {
		method = http.MethodPost
		if err := json.NewEncoder(&payload).Encode(body); err != nil {
			t.Fatal(err)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), method, w.origin+path, &payload)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/json")
	if retryKey != "" {
		r.Header.Set("X-Line-Retry-Key", retryKey)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

type object = map[string]any

func text(s string) object { return object{"type": "text", "text": s} }

const (
	token = "line-token-of-the-test"
	jo    = "U206d25c2ea6bd87c17655609a1c37cb8"
	key   = "123e4567-e89b-42d3-a456-426614174000"
)

func TestLINERefusesAsTheRealOne(t *testing.T) {
	t.Parallel()
	w := open(t, "")
	six := []object{text("1"), text("2"), text("3"), text("4"), text("5"), text("6")}
	tests := []struct {
		name, path, token, key string
		body                   any
		want                   int
		says                   string
	}{
		{"a wrong token", "/v2/bot/message/push", "other", "", object{"to": jo, "messages": []object{text("x")}}, 401, "invalid token"},
		{"six messages", "/v2/bot/message/push", token, "", object{"to": jo, "messages": six}, 400, "between 1 and 5"},
		{"no message", "/v2/bot/message/push", token, "", object{"to": jo, "messages": []object{}}, 400, "between 1 and 5"},
		{"an empty text", "/v2/bot/message/push", token, "", object{"to": jo, "messages": []object{text("")}}, 400, "May not be empty"},
		{"a text of 5,001 units", "/v2/bot/message/push", token, "", object{"to": jo, "messages": []object{text(strings.Repeat("🙏", 2500) + "x")}}, 400, "messages[0].text"},
		{"a text of 5,000 units", "/v2/bot/message/push", token, "", object{"to": jo, "messages": []object{text(strings.Repeat("🙏", 2500))}}, 200, "sentMessages"},
		{"somebody who is none", "/v2/bot/message/push", token, "", object{"to": "jo", "messages": []object{text("x")}}, 400, "'to'"},
		{"no JSON", "/v2/bot/message/push", token, "", "x", 400, "JSON"},
		{"a retry key that is no UUID", "/v2/bot/message/push", token, "one", object{"to": jo, "messages": []object{text("x")}}, 400, "retry key"},
		{"a reply with a retry key", "/v2/bot/message/reply", token, key, object{"replyToken": "x", "messages": []object{text("x")}}, 400, "retry key"},
		{"a reply with an unknown token", "/v2/bot/message/reply", token, "", object{"replyToken": "x", "messages": []object{text("x")}}, 400, "Invalid reply token"},
		{"the profile of a stranger", "/v2/bot/profile/" + jo, token, "", nil, 404, "Not found"},
		{"the quota", "/v2/bot/message/quota", token, "", nil, 200, "limited"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			resp, body := w.call(t, tt.path, tt.token, tt.key, tt.body)
			if resp.StatusCode != tt.want || !strings.Contains(body, tt.says) || resp.Header.Get("X-Line-Request-Id") == "" {
				t.Errorf("%d %s", resp.StatusCode, body)
			}
		})
	}
}

func TestARetryKeyIsAcceptedOnce(t *testing.T) {
	t.Parallel()
	w := open(t, "")
	push := object{"to": jo, "messages": []object{text("once")}}
	var wg sync.WaitGroup
	codes := make([]int, 20)
	for i := range codes {
		wg.Go(func() {
			resp, _ := w.call(t, "/v2/bot/message/push", token, key, push)
			codes[i] = resp.StatusCode
		})
	}
	wg.Wait()
	slices.Sort(codes)
	if codes[0] != 200 || codes[1] != 409 || codes[19] != 409 {
		t.Errorf("%v", codes)
	}
	first := w.Replies("line", "shop", jo)
	resp, body := w.call(t, "/v2/bot/message/push", token, strings.ToUpper(key), push)
	if resp.StatusCode != 409 || len(first) != 1 || resp.Header.Get("X-Line-Accepted-Request-Id") != first[0].ID || !strings.Contains(body, first[0].Messages[0].ID) {
		t.Errorf("%d %s, first %+v", resp.StatusCode, body, first)
	}
	w.mu.Lock()
	w.now = w.now.Add(24*time.Hour + time.Second)
	w.mu.Unlock()
	if resp, _ := w.call(t, "/v2/bot/message/push", token, key, push); resp.StatusCode != 200 {
		t.Errorf("a day later: %d", resp.StatusCode)
	}
}

func TestAReplyTokenWorksOnceAndForAMinute(t *testing.T) {
	t.Parallel()
	w := open(t, "")
	var tokens []string
	spy := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var in struct{ Events []struct{ ReplyToken string } }
		if err := json.NewDecoder(r.Body).Decode(&in); err == nil {
			tokens = append(tokens, in.Events[0].ReplyToken)
		}
	}))
	defer spy.Close()
	n, err := platforms.New(platforms.Config{Accounts: []byte(accounts), Webhooks: spy.URL, Now: w.clock, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	api := httptest.NewServer(n.Handler())
	defer api.Close()
	w.origin = api.URL
	for range 2 {
		if _, err := n.Say(t.Context(), platforms.Say{Persona: "jo", Text: "hi"}); err != nil {
			t.Fatal(err)
		}
	}
	reply := func(i int) int {
		resp, _ := w.call(t, "/v2/bot/message/reply", token, "", object{"replyToken": tokens[i], "messages": []object{text("yes")}})
		return resp.StatusCode
	}
	if a, b := reply(0), reply(0); a != 200 || b != 400 {
		t.Errorf("the first use answered %d, the second %d", a, b)
	}
	w.mu.Lock()
	w.now = w.now.Add(61 * time.Second)
	w.mu.Unlock()
	if code := reply(1); code != 400 {
		t.Errorf("after a minute: %d", code)
	}
}

func TestWhoBlockedUsGetsNothing(t *testing.T) {
	t.Parallel()
	w := open(t, "")
	told := w.say(t, platforms.Say{Platform: "line", Persona: "malee", Text: "hi"})
	if resp, body := w.call(t, "/v2/bot/profile/"+told.Author, token, "", nil); resp.StatusCode != 200 || !strings.Contains(body, "มาลี ตัวอย่าง") || !strings.Contains(body, "pictureUrl") {
		t.Errorf("%d %s", resp.StatusCode, body)
	}
	w.say(t, platforms.Say{Platform: "line", Persona: "malee", Do: "unfollow"})
	if resp, _ := w.call(t, "/v2/bot/profile/"+told.Author, token, "", nil); resp.StatusCode != 404 {
		t.Errorf("the profile of who blocked us: %d", resp.StatusCode)
	}
	if resp, _ := w.call(t, "/v2/bot/message/push", token, key, object{"to": told.Author, "messages": []object{text("hello?")}}); resp.StatusCode != 200 {
		t.Errorf("the push answered %d", resp.StatusCode)
	}
	if got := w.Replies("line", "", "malee"); len(got) != 1 || got[0].Delivered {
		t.Errorf("%+v", got)
	}
}
