package tiktok_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/platform/platformtest"
	"example.com/skala/shared/platform/tiktok"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	business     = "-000QAegeanCoffeeBusinessId"
	token        = "an-invented-tiktok-token"
	header       = "Tiktok-Signature"
	video        = "7403946942097902409"
	commented    = "7447303576418560001"
	conversation = "u5JhpselBAhoPOlnH0tZ9y409g=="
	prefix       = "/open_api/v1.3/business"
)

// at is the instant of the invented events.
func at() time.Time { return time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC) }

// sign is an HMAC of our own, so that the product's is not held against itself.
func sign(secret string, body []byte, now time.Time) http.Header {
	stamp := strconv.FormatInt(now.Unix(), 10)
	h := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(h, "%s.%s", stamp, body)
	return http.Header{header: {"t=" + stamp + ",s=" + hex.EncodeToString(h.Sum(nil))}}
}

func sender(api string) *tiktok.Sender {
	return &tiktok.Sender{Account: business, Token: token, API: api, HTTP: platformtest.Client(), Now: time.Now}
}

// inPublic and inPrivate are replies to a comment and to a message.
func inPublic() desk.Reply {
	return desk.Reply{
		Key: "r1", Ticket: "t.1", Text: "Σας γράψαμε", Answers: desk.Answered{ID: commented}, Visibility: desk.Public,
		Origin: desk.Origin{Platform: tiktok.Name, Account: business, Channel: "tiktok", Conversation: video, Visibility: desk.Public},
	}
}

func inPrivate() desk.Reply {
	r := inPublic()
	r.Visibility, r.ReplyTo, r.Answers.ID = desk.Private, "u5Buqc6lAghuOelnHUZV88DK0A==", "u5Buqc6lAghuOelnHUZV88DK0A=="
	r.Origin.Conversation, r.Origin.Visibility = conversation, desk.Private
	return r
}

func says(code string) string {
	return `{"code":` + code + `,"message":"x","request_id":"1","data":{"comment_id":7447303576418569001,"message":{"message_id":"u5Sent=="}}}`
}

// conforming is TikTok for the suite: its comments, or its messages.
func conforming(direct bool) platformtest.Platform {
	refused := func(code string, class desk.SendClass, after time.Duration) platformtest.Answer {
		return platformtest.Answer{Name: "code " + code, Status: 200, Body: says(code), Want: desk.SendError{Class: class, After: after}}
	}
	const insert = `{"client_key":"7400000000000000409","event":"comment.update","create_time":1795253400,"user_openid":"` + business + `","content":"{\"comment_id\":7447303576418560001,\"video_id\":7403946942097902409,\"comment_type\":\"comment\",\"comment_action\":\"insert\",\"unique_identifier\":\"uid_7a1e\",\"timestamp\":1795253400123,\"text\":\"Πόσο κάνει;\"}"}`
	id, reply := "7447303576418569001", inPublic()
	if direct {
		id, reply = "u5Sent==", inPrivate()
	}
	answers := []platformtest.Answer{
		{Name: "it has the reply", Status: 200, Body: says("0"), ID: id},
		{Name: "it says nothing", Status: 200, Want: desk.SendError{Class: desk.SendUnknown}},
		refused("40001", desk.SendAuth, 0), refused("40002", desk.SendRejected, 0), refused("40007", desk.SendUnreachable, 0), refused("40064", desk.SendRetry, time.Minute),
		refused("40100", desk.SendRetry, 5*time.Minute), refused("40102", desk.SendAuth, 0), refused("40105", desk.SendAuth, 0), refused("50000", desk.SendUnknown, 0), refused("51065", desk.SendUnknown, 0), refused("7", desk.SendRejected, 0),
		{Name: "a number under another status", Status: 401, Body: says("40105"), Want: desk.SendError{Class: desk.SendAuth}},
		{Name: "a gateway asks for patience", Status: 429, Header: "Retry-After: 30", Want: desk.SendError{Class: desk.SendRetry, After: 30 * time.Second}},
		{Name: "it is down", Status: 502, Body: `<html>`, Want: desk.SendError{Class: desk.SendUnknown}},
		{Name: "it does not let us in", Status: 403, Want: desk.SendError{Class: desk.SendAuth}},
		{Name: "it is somewhere else", Status: 302, Header: "Location: http://127.0.0.1:1/", Want: desk.SendError{Class: desk.SendRejected}},
	}
	return platformtest.Platform{
		Secrets:   [3]string{"the-one-before", "an-invented-app-secret", "another-secret"},
		Open:      func(secrets ...string) (platform.Webhooks, error) { return tiktok.NewWebhooks(secrets) },
		Sign:      sign,
		Signature: header, SignsTime: true,
		Count: func(body []byte) int {
			var envelope map[string]json.RawMessage
			if json.Unmarshal(body, &envelope) != nil || envelope == nil {
				return -1
			}
			return 1
		},
		First: insert, Again: insert,
		Unknown: `{"client_key":"7400000000000000409","event":"thing.of.tomorrow","create_time":1795253400,"user_openid":"` + business + `","content":"{}"}`,
		Sender:  func(api string) platform.Sender { return sender(api) },
		Accept:  func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(says("0"))) },
		Reply:   reply,
		Sent: func(t *testing.T, r *http.Request, body []byte) []platformtest.Message {
			return sent(t, r, body, direct)
		},
		Answers: answers,
		Asks: []platformtest.Ask{
			platformtest.Who(desk.Origin{Visibility: desk.Private, Conversation: "talk"}, "p1",
				platformtest.Answer{Name: "it tells", Status: 200, Body: `{"code":0,"data":{"participants":[{"id":"p1","display_name":"Jo"}]}}`},
				platformtest.Answer{Name: "somebody else", Status: 200, Body: `{"code":0,"data":{"participants":[{"id":"p2","display_name":"Jo"}]}}`, Want: desk.SendError{Class: desk.SendUnreachable}},
				refused("40105", desk.SendAuth, 0), refused("51065", desk.SendRetry, 0)),
			{Name: "hiding", Do: hide, Answers: []platformtest.Answer{
				{Name: "done", Status: 200, Body: says("0")}, refused("40105", desk.SendAuth, 0), refused("40007", desk.SendUnreachable, 0),
			}},
			{Name: "asking for a comment", Do: fetching(desk.Event{Needs: desk.NeedsContent, ID: commented, Conversation: video}), Answers: []platformtest.Answer{
				{Name: "there it is", Status: 200, Body: `{"code":0,"data":{"comments":[{"comment_id":"` + commented + `","text":"x"}]}}`},
				{Name: "not listed yet", Status: 200, Body: `{"code":0,"data":{"comments":[]}}`, Want: desk.SendError{Class: desk.SendRetry}},
				{Name: "another in its place", Status: 200, Body: `{"code":0,"data":{"comments":[{"comment_id":"5","text":"x"}]}}`, Want: desk.SendError{Class: desk.SendRetry}},
				refused("40100", desk.SendRetry, 2*time.Minute), refused("40105", desk.SendAuth, 0), refused("51065", desk.SendRetry, 0),
				{Name: "it is down", Status: 503, Want: desk.SendError{Class: desk.SendRetry}},
			}},
			{Name: "asking for a mention", Do: fetching(desk.Event{Needs: desk.NeedsContent, Form: tiktok.FormMention, ID: commented, Conversation: video}), Answers: []platformtest.Answer{
				{Name: "there it is", Status: 200, Body: `{"code":0,"data":{"comment":{"comment_text":"x"}}}`}, refused("40001", desk.SendAuth, 0),
			}},
			{Name: "asking for a message from Europe", Do: fetching(desk.Event{Needs: desk.NeedsContent, Form: tiktok.FormNotice, Time: at()}), Answers: []platformtest.Answer{
				{Name: "nothing there yet", Status: 200, Body: `{"code":0,"data":{"conversations":[]}}`, Want: desk.SendError{Class: desk.SendRetry}}, refused("40105", desk.SendAuth, 0),
			}},
		},
	}
}

func hide(ctx context.Context, s platform.Sender) error {
	return s.(platform.Moderator).Moderate(ctx, desk.ModerationRequest{Action: desk.HideMessage, Origin: inPublic().Origin, Message: commented})
}

func fetching(e desk.Event) func(context.Context, platform.Sender) error {
	return func(ctx context.Context, s platform.Sender) error {
		_, err := s.(platform.Fetcher).Fetch(ctx, e)
		return err
	}
}

// sent reads the message of a request.
func sent(t *testing.T, r *http.Request, body []byte, direct bool) []platformtest.Message {
	t.Helper()
	var in struct {
		Business  string `json:"business_id"`
		Video     string `json:"video_id"`
		Comment   string `json:"comment_id"`
		Text      json.RawMessage
		Kind      string `json:"recipient_type"`
		Recipient string
		Type      string `json:"message_type"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		t.Fatal(err)
	}
	var text string
	wrong := r.URL.Path != prefix+"/comment/reply/create/" || in.Video != video || in.Comment != commented
	if direct {
		var said struct{ Body string }
		if err := json.Unmarshal(in.Text, &said); err != nil {
			t.Error(err)
		}
		text = said.Body
		wrong = r.URL.Path != prefix+"/message/send/" || in.Kind != "CONVERSATION" || in.Recipient != conversation || in.Type != "TEXT"
	} else if err := json.Unmarshal(in.Text, &text); err != nil {
		t.Error(err)
	}
	if wrong || in.Business != business || r.Header.Get("Access-Token") != token || r.Header.Get("Authorization") != "" {
		t.Errorf("%s %s", r.URL.Path, body)
	}
	return []platformtest.Message{{Text: text}}
}

func TestTikTokDoesWhatEveryPlatformMust(t *testing.T) {
	t.Parallel()
	t.Run("comments", func(t *testing.T) {
		t.Parallel()
		platformtest.Run(t, conforming(false), *update)
	})
	t.Run("messages", func(t *testing.T) {
		t.Parallel()
		platformtest.Run(t, conforming(true), false)
	})
}

func FuzzSplitAndParse(f *testing.F) { platformtest.Fuzz(f, conforming(false)) }
func FuzzVerify(f *testing.F)        { platformtest.FuzzVerify(f, conforming(false)) }

func TestOneOfSeveralSignaturesIsOfItsOwnTime(t *testing.T) {
	t.Parallel()
	w, err := tiktok.NewWebhooks([]string{"s"})
	if err != nil {
		t.Fatal(err)
	}
	now := at()
	body := []byte("{}")
	one, other := sign("s", body, now).Get(header), sign("s", body, now.Add(time.Second)).Get(header)
	for _, value := range []string{one + "," + other, "t=0," + one, one + ",t=soon"} {
		if err := w.Verify(http.Header{header: {value}}, body, now); err != nil {
			t.Errorf("%s: %v", value, err)
		}
	}
	_, mac, _ := strings.Cut(other, ",")
	stamp, _, _ := strings.Cut(one, ",")
	if err := w.Verify(http.Header{header: {stamp + "," + mac}}, body, now); err == nil {
		t.Error("the signature of another time is accepted")
	}
	if err := w.Verify(http.Header{header: {one}}, body, now.Add(301*time.Second)); err == nil {
		t.Error("one of 301 s ago is accepted")
	}
	if err := w.Verify(http.Header{header: {one}}, body, now.Add(300*time.Second)); err != nil {
		t.Errorf("one of 300 s ago: %v", err)
	}
}

func TestAMessageFromEuropeIsTheOneThatCameAtThatTime(t *testing.T) {
	t.Parallel()
	ms := at().UnixMilli()
	message := func(id string, off int64, role, text string) string {
		return fmt.Sprintf(`{"message_id":%q,"timestamp":%d,"message_type":"TEXT","from_user":{"id":"uid_%s","role":%q},"text":{"body":%q}}`, id, ms+off, role, role, text)
	}
	var asked []string
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		asked = append(asked, strings.TrimPrefix(r.URL.Path, prefix)+" "+q.Get("conversation_type")+q.Get("conversation_id"))
		body := ""
		switch {
		case q.Get("business_id") != business || r.Header.Get("Access-Token") != token:
			body = `{"code":40105}`
		case q.Get("conversation_type") == "STRANGER":
			body = fmt.Sprintf(`{"code":0,"data":{"conversations":[{"conversation_id":"old==","update_time":%d},{"conversation_id":"a==","update_time":%d}]}}`, ms-60_000, ms+4000)
		case q.Get("conversation_type") == "SINGLE":
			body = fmt.Sprintf(`{"code":0,"data":{"conversations":[{"conversation_id":"b+/==","update_time":%d}]}}`, ms+5000)
		case q.Get("conversation_id") == "a==":
			body = `{"code":0,"data":{"messages":[` + message("a1", 3000, "PERSONAL_ACCOUNT", "no") + `],"participants":[]}}`
		case q.Get("conversation_id") == "b+/==":
			body = `{"code":0,"data":{"messages":[` + message("b2", 0, "BUSINESS_ACCOUNT", "ours") + "," + message("b1", 40, "PERSONAL_ACCOUNT", "πού;") + "," + message("b0", -4000, "PERSONAL_ACCOUNT", "no") + `],"participants":[{"role":"PERSONAL_ACCOUNT","id":"uid_PERSONAL_ACCOUNT","display_name":"Έλενα"}]}}`
		}
		_, _ = w.Write([]byte(body))
	}))
	defer api.Close()
	w, err := tiktok.NewWebhooks(nil)
	if err != nil {
		t.Fatal(err)
	}
	raw := desk.RawEvent{Account: business, Body: fmt.Appendf(nil, `{"event":"im_receive_msg_eu","create_time":%d,"user_openid":%q,"content":"{\"timestamp\":%d}"}`, ms/1000, business, ms)}
	thin, err := w.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	if raw.Fetched, err = sender(api.URL).Fetch(t.Context(), thin); err != nil {
		t.Fatal(err)
	}
	e, err := w.Parse(raw)
	if err != nil || e.Kind != desk.MessageCreated || e.ID != "b1" || e.Text != "πού;" || e.Conversation != "b+/==" || e.Author.Name != "Έλενα" || e.Key != thin.Key || e.Form != "" {
		t.Errorf("%+v, %v", e, err)
	}
	if got := strings.Join(asked, "; "); got != "/message/conversation/list/ STRANGER; /message/conversation/list/ SINGLE; /message/content/list/ a==; /message/content/list/ b+/==" {
		t.Errorf("asked %s", got)
	}
}

func TestTwoMessagesFromEuropeAreTwo(t *testing.T) {
	t.Parallel()
	w, err := tiktok.NewWebhooks(nil)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	for _, ms := range []string{"1795253400123", "1795253400124"} {
		e, err := w.Parse(desk.RawEvent{Body: []byte(`{"event":"im_receive_msg_eu","create_time":1795253400,"user_openid":"b","content":"{\"timestamp\":` + ms + `}"}`)})
		if err != nil {
			t.Fatal(err)
		}
		keys[e.Key+e.Conversation] = true
	}
	if len(keys) != 2 {
		t.Errorf("%v", keys)
	}
}

func TestWhatTikTokTakesNoAnswerToIsNotSent(t *testing.T) {
	t.Parallel()
	api := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a request arrives") }))
	defer api.Close()
	s := sender(api.URL)
	for name, tt := range map[string]struct {
		change func(r *desk.Reply)
		want   desk.SendClass
	}{
		"a mention":                {func(r *desk.Reply) { r.Answers.Form = tiktok.FormMention }, desk.SendUnreachable},
		"a bare notice":            {func(r *desk.Reply) { r.Answers.Form, r.Origin.Visibility = tiktok.FormNotice, desk.Private }, desk.SendUnreachable},
		"a comment, in private":    {func(r *desk.Reply) { r.Visibility = desk.Private }, desk.SendRejected},
		"a template":               {func(r *desk.Reply) { r.Template = &desk.Template{Name: "x"} }, desk.SendRejected},
		"a comment without its id": {func(r *desk.Reply) { r.Answers.ID = "" }, desk.SendUnreachable},
	} {
		r := inPublic()
		tt.change(&r)
		_, err := s.Send(t.Context(), r)
		if failed, ok := err.(*desk.SendError); !ok || failed.Class != tt.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, action := range []desk.ModerationAction{desk.DeleteMessage, desk.BlockAuthor} {
		if err := s.Moderate(t.Context(), desk.ModerationRequest{Action: action, Origin: inPublic().Origin, Message: commented}); err == nil {
			t.Errorf("%s is done", action)
		}
	}
	s.Token = ""
	_, err := s.Send(t.Context(), inPublic())
	if failed, ok := err.(*desk.SendError); !ok || failed.Class != desk.SendAuth {
		t.Errorf("without a token: %v", err)
	}
}

func TestOnlyTheFirstPartOfALongAnswerQuotes(t *testing.T) {
	t.Parallel()
	var quotes []string
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			About struct {
				Message string `json:"referenced_message_id"`
			} `json:"referenced_message_info"`
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		quotes = append(quotes, in.About.Message)
		_, _ = w.Write([]byte(says("0")))
	}))
	defer api.Close()
	r := inPrivate()
	r.Text = strings.Repeat("μακρύ κείμενο ", 700)
	if _, err := sender(api.URL).Send(t.Context(), r); err != nil || len(quotes) != 2 || quotes[0] != r.ReplyTo || quotes[1] != "" {
		t.Errorf("%q, %v", quotes, err)
	}
}
