package platforms_test

import (
	"bytes"
	"encoding/json"
	"fmt"
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
	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
)

const accounts = `
apps:
  - name: shop
    platform: line
    secrets: [line-secret-of-the-test]
    accounts: [{id: U0123456789abcdef0123456789abcdef, brand: Test Tea, token: line-token-of-the-test}]
  - name: form
    platform: standard
    secrets: [whsec_dGhlIHdlYmhvb2sgc2VjcmV0IG9mIHRoZSB0ZXN0]
    accounts: [{id: web, brand: Test Tea}]
`

// A world is the platforms beside a door that verifies and reads with the
// desk's own code, which shares nothing with the code that signs and writes.
type world struct {
	*platforms.Network
	origin  string // of the platforms
	senders *platform.Senders

	mu     sync.Mutex
	now    time.Time
	status func(n int) int // of the n-th webhook, from 1
	bodies int
	events []desk.Event
	came   chan struct{} // a webhook was answered
}

func open(t *testing.T, journal string) *world {
	t.Helper()
	w := &world{now: time.Now(), status: func(int) int { return 200 }, came: make(chan struct{}, 1000)}
	list, err := platform.Load([]byte(accounts), "accounts.yaml", platform.ForAll)
	if err != nil {
		t.Fatal(err)
	}
	door := httptest.NewServer(w.door(list))
	t.Cleanup(door.Close)
	var handler http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { handler.ServeHTTP(rw, r) }))
	w.origin = server.URL
	w.Network, err = platforms.New(platforms.Config{
		Accounts: []byte(accounts), Webhooks: door.URL, Public: server.URL, Journal: journal,
		Patience: 20 * time.Second, Now: w.clock, Log: slog.New(slog.NewJSONHandler(io.Discard, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	handler = w.Handler()
	t.Cleanup(func() {
		server.Close()
		w.Close()
	})
	if w.senders, err = list.Senders(server.URL, &http.Client{Timeout: 5 * time.Second}, w.clock); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) door(list *platform.Accounts) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		defer func() { w.came <- struct{}{} }()
		parts := strings.Split(r.URL.Path, "/")
		hooks := list.Receivers()[desk.App{Platform: desk.Platform(parts[2]), Name: parts[3]}]
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = hooks.Verify(r.Header, body, w.clock())
		}
		if err != nil {
			rw.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.bodies++
		if code := w.status(w.bodies); code != 200 {
			rw.WriteHeader(code)
			return
		}
		raws, err := hooks.Split(r.Header, body)
		if err != nil {
			panic(err)
		}
		for _, raw := range raws {
			e, err := hooks.Parse(raw)
			if err != nil {
				panic(err)
			}
			w.events = append(w.events, e)
		}
	})
}

func (w *world) say(t *testing.T, s platforms.Say) platforms.Told {
	t.Helper()
	told, err := w.Say(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return told
}

// wait returns the events that were accepted once n webhooks were answered.
func (w *world) wait(t *testing.T, n int) []desk.Event {
	t.Helper()
	for range n {
		select {
		case <-w.came:
		case <-t.Context().Done():
			t.Fatal("the webhooks did not come")
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.events)
}

func TestWhatACustomerDoesIsReadAsThat(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		say  platforms.Say
		kind desk.Kind
		text string
		more func(desk.Event) bool
	}{
		{"a Thai message on LINE", platforms.Say{Platform: "line", Persona: "malee", Text: "โดนหักเงินซ้ำ <สองรอบ> & \"คืน\""}, desk.MessageCreated, "โดนหักเงินซ้ำ <สองรอบ> & \"คืน\"", func(e desk.Event) bool { return e.Visibility == desk.Private }},
		{"a message to a group that speaks to us", platforms.Say{Platform: "line", Persona: "jo", Text: "help", Group: "g", Mention: true}, desk.MessageCreated, "@Test Tea help", func(e desk.Event) bool { return e.Visibility == desk.Group && !e.Aside }},
		{"a message to a group that does not", platforms.Say{Platform: "line", Persona: "jo", Text: "hi all", Group: "g"}, desk.MessageCreated, "hi all", func(e desk.Event) bool { return e.Aside }},
		{"a sticker", platforms.Say{Platform: "line", Persona: "jo", Do: "sticker"}, desk.MessageCreated, "", func(e desk.Event) bool {
			return e.Attachments[0].Type == "sticker" && e.Attachments[0].Name == "angry, grumpy"
		}},
		{"a picture", platforms.Say{Platform: "line", Persona: "jo", Do: "picture"}, desk.MessageCreated, "", func(e desk.Event) bool { return e.Attachments[0].Type == "image" }},
		{"a location", platforms.Say{Platform: "line", Persona: "jo", Do: "location", Text: "2 Sample Street"}, desk.MessageCreated, "", func(e desk.Event) bool { return strings.Contains(e.Attachments[0].Name, "2 Sample Street") }},
		{"a file", platforms.Say{Platform: "line", Persona: "jo", Do: "file"}, desk.MessageCreated, "", func(e desk.Event) bool { return e.Attachments[0].Name == "receipt.pdf" }},
		{"a button of ours", platforms.Say{Platform: "line", Persona: "jo", Do: "postback", Text: "Call me"}, desk.MessageCreated, "Call me", nil},
		{"a follow", platforms.Say{Platform: "line", Persona: "jo", Do: "follow"}, desk.Contact, "", nil},
		{"an unfollow", platforms.Say{Platform: "line", Persona: "jo", Do: "unfollow"}, desk.Contact, "", nil},
		{"a message through the web form", platforms.Say{Platform: "standard", Persona: "eleni", Text: "Πού είναι;"}, desk.MessageCreated, "Πού είναι;", func(e desk.Event) bool {
			return e.Author.Name == "Ελένη Δοκιμή" && *e.Author.Followers == 150 && *e.Author.HasPicture && e.Account == "web"
		}},
		{"a picture through the web form", platforms.Say{Platform: "standard", Persona: "eleni", Do: "picture"}, desk.MessageCreated, "", func(e desk.Event) bool { return strings.HasSuffix(e.Attachments[0].URL, ".png") }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := open(t, "")
			told := w.say(t, tt.say)
			if told.Status != 200 {
				t.Fatalf("the door answered %+v", told)
			}
			e := w.wait(t, 1)[0]
			if e.Kind != tt.kind || e.Text != tt.text || e.Key != told.Event || e.ID != told.Message || e.Author.ID != told.Author || e.Conversation != told.Conversation {
				t.Errorf("told %+v, read %+v", told, e)
			}
			if e.Time.UnixMilli() != w.clock().UnixMilli() {
				t.Errorf("it happened at %s, not at %s", e.Time, w.clock())
			}
			if tt.more != nil && !tt.more(e) {
				t.Errorf("read as %+v", e)
			}
		})
	}
}

func TestCustomersChangeTheirMind(t *testing.T) {
	t.Parallel()
	for _, place := range []platforms.Say{{Platform: "line", Persona: "jo", Group: "g"}, {Platform: "standard", Persona: "jo"}} {
		t.Run(place.Platform, func(t *testing.T) {
			t.Parallel()
			w := open(t, "")
			first, edit, unsend := place, place, place
			first.Text = "secret"
			told := w.say(t, first)
			edit.Do, edit.Text, edit.Message = "edit", "better", told.Message
			w.say(t, edit)
			unsend.Do, unsend.Message = "unsend", told.Message
			w.say(t, unsend)
			events := w.wait(t, 3)
			if e := events[1]; e.Kind != desk.MessageEdited || e.Target != told.Message || e.Text != "better" {
				t.Errorf("the edit was read as %+v", e)
			}
			if e := events[2]; e.Kind != desk.MessageDeleted || e.Target != told.Message || e.Text != "" {
				t.Errorf("the deletion was read as %+v", e)
			}
			thread, _ := w.Thread(platforms.ThreadKey{Platform: place.Platform, App: map[string]string{"line": "shop", "standard": "form"}[place.Platform], Conversation: told.Conversation})
			if len(thread.Lines) != 1 || !thread.Lines[0].Unsent || thread.Lines[0].Text != "" {
				t.Errorf("the thread shows %+v", thread.Lines)
			}
			if _, err := w.Say(t.Context(), unsend); err == nil {
				t.Error("a message was unsent twice")
			}
		})
	}
}

func TestWhatAPlatformDoesNotAllow(t *testing.T) {
	t.Parallel()
	w := open(t, "")
	told := w.say(t, platforms.Say{Platform: "line", Persona: "jo", Text: "hi"})
	for name, s := range map[string]platforms.Say{
		"nothing to say":                   {Platform: "line", Persona: "jo", Text: " \n"},
		"more than LINE takes":             {Platform: "line", Persona: "jo", Text: strings.Repeat("🙏", 2501)},
		"an edit in a direct chat of LINE": {Platform: "line", Persona: "jo", Do: "edit", Text: "x", Message: told.Message},
		"unsending somebody else's":        {Platform: "line", Persona: "malee", Do: "unsend", Message: told.Message},
		"a group in a web form":            {Platform: "standard", Persona: "jo", Text: "x", Group: "g"},
		"an unknown persona":               {Persona: "stranger", Text: "x"},
		"nobody":                           {Text: "x"},
		"an unknown app":                   {App: "none", Persona: "jo", Text: "x"},
		"an unknown deed":                  {Persona: "jo", Do: "dance"},
	} {
		if _, err := w.Say(t.Context(), s); err == nil {
			t.Errorf("%s was allowed", name)
		}
	}
	if n := len(w.Events("", "", "")); n != 1 {
		t.Errorf("%d events", n)
	}
}

func TestWebhooksMisbehaveOnRequest(t *testing.T) {
	t.Parallel()
	second := platforms.Duration(10 * time.Millisecond)
	said := platforms.Say{Platform: "line", Persona: "jo", Text: "one"}
	t.Run("redelivered", func(t *testing.T) {
		t.Parallel()
		w := open(t, "")
		if err := w.Misbehave(platforms.Fault{Fault: "redeliver", Times: 2, After: second}); err != nil {
			t.Fatal(err)
		}
		told := w.say(t, said)
		for _, e := range w.wait(t, 3) {
			if e.Key != told.Event {
				t.Errorf("redelivered under another id: %+v", e)
			}
		}
		if err := w.Redeliver(t.Context(), told.Event, 1, 0); err != nil {
			t.Fatal(err)
		}
		if events := w.wait(t, 1); len(events) != 4 {
			t.Errorf("%d events", len(events))
		}
	})
	t.Run("in many copies at once", func(t *testing.T) {
		t.Parallel()
		w := open(t, "")
		if err := w.Misbehave(platforms.Fault{Fault: "duplicate", Times: 9}); err != nil {
			t.Fatal(err)
		}
		w.say(t, said)
		if events := w.wait(t, 10); len(events) != 10 {
			t.Errorf("%d events", len(events))
		}
	})
	t.Run("out of order", func(t *testing.T) {
		t.Parallel()
		w := open(t, "")
		if err := w.Misbehave(platforms.Fault{Fault: "reorder"}); err != nil {
			t.Fatal(err)
		}
		if told := w.say(t, said); !told.Held {
			t.Errorf("not held: %+v", told)
		}
		w.say(t, platforms.Say{Platform: "line", Persona: "jo", Text: "two"})
		events := w.wait(t, 2)
		if events[0].Text != "two" || events[1].Text != "one" || events[1].Time.After(events[0].Time) {
			t.Errorf("came as %q, %q", events[0].Text, events[1].Text)
		}
	})
	t.Run("held, and let go though nothing overtakes it", func(t *testing.T) {
		t.Parallel()
		w := open(t, "")
		if err := w.Misbehave(platforms.Fault{Fault: "reorder", After: second}); err != nil {
			t.Fatal(err)
		}
		w.say(t, said)
		if events := w.wait(t, 1); events[0].Text != "one" {
			t.Errorf("%+v", events)
		}
	})
	t.Run("two people in one body", func(t *testing.T) {
		t.Parallel()
		w := open(t, "")
		if err := w.Misbehave(platforms.Fault{Fault: "batch"}); err != nil {
			t.Fatal(err)
		}
		w.say(t, said)
		w.say(t, platforms.Say{Platform: "line", Persona: "malee", Text: "two"})
		if events := w.wait(t, 1); len(events) != 2 || events[0].Author.ID == events[1].Author.ID {
			t.Errorf("%+v", events)
		}
	})
	t.Run("changed after signing", func(t *testing.T) {
		t.Parallel()
		for _, platform := range []string{"line", "standard"} {
			w := open(t, "")
			if err := w.Misbehave(platforms.Fault{Fault: "tamper"}); err != nil {
				t.Fatal(err)
			}
			if told := w.say(t, platforms.Say{Platform: platform, Persona: "jo", Text: "one"}); told.Status != 401 {
				t.Errorf("%s: %+v", platform, told)
			}
			if told := w.say(t, platforms.Say{Platform: platform, Persona: "jo", Text: "two"}); told.Status != 200 {
				t.Errorf("%s: the next one: %+v", platform, told)
			}
		}
	})
	t.Run("stale", func(t *testing.T) {
		t.Parallel()
		w := open(t, "")
		if err := w.Misbehave(platforms.Fault{Fault: "stale"}); err != nil {
			t.Fatal(err)
		}
		if told := w.say(t, platforms.Say{Platform: "standard", Persona: "jo", Text: "one"}); told.Status != 401 {
			t.Errorf("%+v", told)
		}
	})
	t.Run("posted again when the desk could not take it", func(t *testing.T) {
		t.Parallel()
		w := open(t, "")
		w.status = func(n int) int {
			if n == 1 {
				return 503
			}
			return 200
		}
		told := w.say(t, said)
		events := w.wait(t, 2)
		if told.Status != 503 || len(events) != 1 || events[0].Key != told.Event {
			t.Errorf("told %+v, then %+v", told, events)
		}
	})
	t.Run("until somebody ends it", func(t *testing.T) {
		t.Parallel()
		w := open(t, "")
		if err := w.Misbehave(platforms.Fault{Fault: "tamper", Count: -1}); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if told := w.say(t, said); told.Status != 401 {
				t.Errorf("%+v", told)
			}
		}
		w.Behave()
		if told := w.say(t, said); told.Status != 200 || len(w.Faults()) != 0 {
			t.Errorf("%+v, %v", told, w.Faults())
		}
	})
}

func TestAnyBodyCanBeSigned(t *testing.T) {
	t.Parallel()
	w := open(t, "")
	body := `{"destination":"U0123456789abcdef0123456789abcdef","events":[]}`
	resp, err := http.Post(w.origin+"/sim/api/post?platform=line&app=shop", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var try platforms.Attempt
	if err := json.NewDecoder(resp.Body).Decode(&try); err != nil || try.Status != 200 {
		t.Errorf("%v %+v", err, try)
	}
}

func TestAReplyOfTheDeskArrives(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"line", "standard"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t, "")
			told := w.say(t, platforms.Say{Platform: name, Persona: "malee", Text: "ช่วยด้วย"})
			e := w.wait(t, 1)[0]
			reply := desk.Reply{Key: "key-1", Ticket: "t.1", Origin: origin(name, e), To: e.Author.ID, Text: "กำลังตรวจสอบค่ะ"}
			sender, err := w.senders.Sender(reply.Origin)
			if err != nil {
				t.Fatal(err)
			}
			first, err := sender.Send(t.Context(), reply)
			if err != nil {
				t.Fatal(err)
			}
			again, err := sender.Send(t.Context(), reply)
			if err != nil || again != first {
				t.Errorf("sent again: %q %v, the first time %q", again, err, first)
			}
			got := w.Replies(name, "", "malee")
			if len(got) != 1 || got[0].Text != reply.Text || got[0].Repeats != 1 || got[0].Identical != 1 || !got[0].Delivered || got[0].Conversation != told.Conversation {
				t.Errorf("%+v", got)
			}
			thread, _ := w.Thread(platforms.ThreadKey{Platform: name, App: got[0].App, Conversation: told.Conversation})
			if last := thread.Lines[len(thread.Lines)-1]; last.Author != "" || last.Text != reply.Text {
				t.Errorf("the customer sees %+v", thread.Lines)
			}
			reply.Key = "key-2"
			if _, err := sender.Send(t.Context(), reply); err != nil {
				t.Fatal(err)
			}
			if got := w.Replies(name, "", told.Author); len(got) != 2 || got[0].Identical != 2 {
				t.Errorf("the same text twice: %+v", got)
			}
			if got := w.Replies(name, "", "jo"); len(got) != 0 {
				t.Errorf("somebody else has %+v", got)
			}
		})
	}
}

func origin(name string, e desk.Event) desk.Origin {
	app := map[string]string{"line": "shop", "standard": "form"}[name]
	return desk.Origin{Platform: desk.Platform(name), App: app, Account: e.Account, Conversation: e.Conversation, Visibility: e.Visibility}
}

func TestSendsMisbehaveOnRequest(t *testing.T) {
	t.Parallel()
	tests := []struct {
		fault    string
		accepted bool
		class    desk.SendClass
	}{
		{"timeout", true, desk.SendRetry},
		{"lost", true, desk.SendRetry},
		{"broken", true, desk.SendRetry},
		{"500", false, desk.SendRetry},
		{"429", false, desk.SendRetry},
		{"401", false, desk.SendAuth},
		{"400", false, desk.SendRejected},
		{"quota", false, desk.SendRejected},
		{"410", false, desk.SendUnreachable},
	}
	for _, tt := range tests {
		for _, name := range []string{"line", "standard"} {
			if tt.fault == "quota" && name == "standard" || tt.fault == "410" && name == "line" {
				continue
			}
			t.Run(name+" "+tt.fault, func(t *testing.T) {
				t.Parallel()
				w := open(t, "")
				w.say(t, platforms.Say{Platform: name, Persona: "jo", Text: "hello"})
				e := w.wait(t, 1)[0]
				fault := platforms.Fault{Fault: tt.fault, Platform: name}
				if tt.fault == "timeout" {
					fault.After = platforms.Duration(50 * time.Millisecond)
				}
				if tt.fault == "429" {
					fault.After = platforms.Duration(7 * time.Second)
				}
				if err := w.Misbehave(fault); err != nil {
					t.Fatal(err)
				}
				reply := desk.Reply{Key: "k", Ticket: "t.1", Origin: origin(name, e), To: e.Author.ID, Text: "yes"}
				sender, err := w.senders.Sender(reply.Origin)
				if err != nil {
					t.Fatal(err)
				}
				_, err = sender.Send(t.Context(), reply)
				failed, ok := err.(*desk.SendError)
				if !ok || failed.Class != tt.class || tt.fault == "429" && failed.After != 7*time.Second {
					t.Errorf("%#v", err)
				}
				if got := len(w.Replies("", "", "")) == 1; got != tt.accepted {
					t.Errorf("accepted: %v", got)
				}
				if _, err := sender.Send(t.Context(), reply); err != nil {
					t.Errorf("the second try: %v", err)
				}
				if got := w.Replies("", "", ""); len(got) != 1 {
					t.Errorf("the customer has it %d times", len(got))
				}
			})
		}
	}
}

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

func TestConversationsAndRetryKeysOutliveARestart(t *testing.T) {
	t.Parallel()
	journal := t.TempDir() + "/state/conversations.jsonl"
	before := open(t, journal)
	told := before.say(t, platforms.Say{Platform: "line", Author: "passer-by", Name: "Passer By", Text: "hello"})
	push := object{"to": told.Author, "messages": []object{text("yes?")}}
	before.call(t, "/v2/bot/message/push", token, key, push)
	before.Close()

	after := open(t, journal)
	if resp, _ := after.call(t, "/v2/bot/message/push", token, key, push); resp.StatusCode != 409 {
		t.Errorf("the retry key is forgotten: %d", resp.StatusCode)
	}
	thread, _ := after.Thread(platforms.ThreadKey{Platform: "line", App: "shop", Conversation: told.Conversation})
	var lines []string
	for _, l := range thread.Lines {
		lines = append(lines, fmt.Sprint(l.Name, ": ", l.Text))
	}
	if got := strings.Join(lines, "; "); got != "Passer By: hello; : yes?" {
		t.Errorf("%s", got)
	}
	if got := after.Replies("", "", "passer-by"); len(got) != 1 || got[0].Repeats != 1 {
		t.Errorf("%+v", got)
	}
}
