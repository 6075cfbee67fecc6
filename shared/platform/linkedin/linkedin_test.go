package linkedin_test

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
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/platform/linkedin"
	"example.com/skala/shared/platform/platformtest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	secret = "an-invented-client-secret"
	token  = "an-invented-member-token"
	page   = "urn:li:organization:408"
	post   = "urn:li:activity:7000000000000000408"
)

// mac is an HMAC of our own, so that the product's is not held against itself.
func mac(secret, text string) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(text))
	return hex.EncodeToString(h.Sum(nil))
}

func sign(secret string, body []byte, _ time.Time) http.Header {
	return http.Header{"X-Li-Signature": {mac(secret, "hmacsha256="+string(body))}}
}

func webhooks(t testing.TB, secrets ...string) *linkedin.Webhooks {
	t.Helper()
	w, err := linkedin.NewWebhooks(secrets)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func sender(api string) *linkedin.Sender {
	return &linkedin.Sender{Account: page, Token: token, API: api, HTTP: platformtest.Client(), Now: time.Now}
}

const first = `{"type":"ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS","notifications":[{"subscriber":"urn:li:person:zLead","lastModifiedAt":1795253400000,"sourcePost":"urn:li:activity:7000000000000000408","action":"COMMENT","notificationId":"5600000001","organizationalEntity":"urn:li:organization:408","generatedActivity":"urn:li:comment:(urn:li:activity:7000000000000000408,7000000000000000409)","decoratedGeneratedActivity":{"comment":{"owner":"urn:li:person:zEleni","text":"Πότε ανοίγετε;","entity":"urn:li:comment:(urn:li:activity:7000000000000000408,7000000000000000409)","object":"urn:li:activity:7000000000000000408"}}}]}`

func reply() desk.Reply {
	return desk.Reply{
		Key: "r1", Ticket: "t.1", To: "urn:li:person:zEleni", Text: "Καλησπέρα σας", ReplyTo: "urn:li:comment:(" + post + ",7000000000000000409)",
		Origin: desk.Origin{Platform: linkedin.Name, Account: page, Conversation: post, Visibility: desk.Public},
	}
}

func conforming() platformtest.Platform {
	thin := desk.Event{Needs: desk.NeedsContent, ID: "urn:li:comment:(" + post + ",7)"}
	return platformtest.Platform{
		Secrets:   [3]string{"the-one-before", secret, "another-secret"},
		Open:      func(secrets ...string) (platform.Webhooks, error) { return linkedin.NewWebhooks(secrets) },
		Sign:      sign,
		Signature: "X-Li-Signature",
		Handshake: &platformtest.Handshake{
			Query: "challengeCode=0f0f0f0f-1234-4321-8888-0f0f0f0f0f0f&applicationId=77", Challenge: "challengeCode",
			Answer: func(code string) desk.Greeting {
				if strings.HasPrefix(code, "hmacsha256=") || !utf8.ValidString(code) {
					return desk.Greeting{Status: 400, ContentType: "text/plain"}
				}
				quoted, _ := json.Marshal(code) // a string
				return desk.Greeting{Status: 200, ContentType: "application/json", Body: []byte(`{"challengeCode":` + string(quoted) + `,"challengeResponse":"` + mac("the-one-before", code) + `"}`)}
			},
			Refusal: desk.Greeting{Status: 400, ContentType: "text/plain"},
		},
		Count: func(body []byte) int {
			var envelope struct{ Notifications []json.RawMessage }
			if json.Unmarshal(body, &envelope) != nil || envelope.Notifications == nil {
				return -1
			}
			return len(envelope.Notifications)
		},
		First:   first,
		Again:   strings.Replace(first, `"type":"ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS",`, "", 1),
		Unknown: `{"type":"ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS","notifications":[{"action":"THING_OF_TOMORROW","notificationId":9,"organizationalEntity":"` + page + `"}]}`,
		Sender:  func(api string) platform.Sender { return sender(api) },
		Accept: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-RestLi-Id", "7000000000000000500")
			w.WriteHeader(http.StatusCreated)
		},
		Reply: reply(),
		Sent: func(t *testing.T, r *http.Request, body []byte) []platformtest.Message {
			var c struct {
				Actor, Object, ParentComment string
				Message                      struct{ Text string }
			}
			if err := json.Unmarshal(body, &c); err != nil || c.Actor != page || c.Object != post || c.ParentComment != reply().ReplyTo ||
				r.URL.EscapedPath() != "/rest/socialActions/"+url.QueryEscape(reply().ReplyTo)+"/comments" ||
				r.Header.Get("Authorization") != "Bearer "+token || r.Header.Get("Linkedin-Version") != "202601" || r.Header.Get("X-Restli-Protocol-Version") != "2.0.0" {
				t.Errorf("%s %v %s: %v", r.URL.EscapedPath(), r.Header, body, err)
			}
			return []platformtest.Message{{Text: c.Message.Text}}
		},
		Answers: []platformtest.Answer{
			{Name: "it has the comment", Status: 201, Header: "x-restli-id: 7000000000000000500", ID: "urn:li:comment:(" + post + ",7000000000000000500)"},
			{Name: "it says so in the body", Status: 201, Body: `{"commentUrn":"urn:li:comment:(activity:7,8)"}`, ID: "urn:li:comment:(urn:li:activity:7,8)"},
			{Name: "it took it and says nothing", Status: 201},
			{Name: "not so fast", Status: 429, Header: "Retry-After: 30", Want: desk.SendError{Class: desk.SendRetry, After: 30 * time.Second}},
			{Name: "no more today", Status: 429, Want: desk.SendError{Class: desk.SendRetry, After: time.Minute}},
			{Name: "it is down", Status: 502, Body: `<html>`, Want: desk.SendError{Class: desk.SendUnknown}},
			{Name: "the token has expired", Status: 401, Body: `{"status":401,"serviceErrorCode":65601}`, Want: desk.SendError{Class: desk.SendAuth}},
			{Name: "not for this page", Status: 403, Want: desk.SendError{Class: desk.SendAuth}},
			{Name: "the post is gone", Status: 404, Want: desk.SendError{Class: desk.SendUnreachable}},
			{Name: "it does not like it", Status: 422, Want: desk.SendError{Class: desk.SendRejected}},
			{Name: "its version is switched off", Status: 426, Body: `{"code":"NONEXISTENT_VERSION"}`, Want: desk.SendError{Class: desk.SendRejected}},
			{Name: "it is somewhere else", Status: 302, Header: "Location: http://127.0.0.1:1/", Want: desk.SendError{Class: desk.SendRejected}},
		},
		Asks: []platformtest.Ask{{
			Name: "asking what a comment says",
			Do: func(ctx context.Context, s platform.Sender) error {
				_, err := s.(platform.Fetcher).Fetch(ctx, thin)
				return err
			},
			Answers: []platformtest.Answer{
				{Name: "it tells", Status: 200, Body: `{"actor":"urn:li:person:z","message":{"text":"a"}}`},
				{Name: "nothing", Status: 200, Want: desk.SendError{Class: desk.SendRetry}},
				{Name: "it is gone", Status: 404, Want: desk.SendError{Class: desk.SendUnreachable}},
				{Name: "it is down", Status: 503, Want: desk.SendError{Class: desk.SendRetry}},
				{Name: "not so fast", Status: 429, Header: "Retry-After: 5", Want: desk.SendError{Class: desk.SendRetry, After: 5 * time.Second}},
				{Name: "the token has expired", Status: 401, Want: desk.SendError{Class: desk.SendAuth}},
			},
		}},
	}
}

func TestLinkedInDoesWhatEveryPlatformMust(t *testing.T) {
	t.Parallel()
	platformtest.Run(t, conforming(), *update)
}

func FuzzSplitAndParse(f *testing.F) { platformtest.Fuzz(f, conforming()) }
func FuzzVerify(f *testing.F)        { platformtest.FuzzVerify(f, conforming()) }
func FuzzGreet(f *testing.F)         { platformtest.FuzzGreet(f, conforming()) }

func TestASignatureMayBringItsPrefixAndTheBodyMustHaveIt(t *testing.T) {
	t.Parallel()
	w, body := webhooks(t, secret), []byte(first)
	for value, ok := range map[string]bool{
		mac(secret, "hmacsha256="+first): true, "hmacsha256=" + mac(secret, "hmacsha256="+first): true, mac(secret, first): false,
		"hmacsha256=" + mac(secret, first): false, "hmacsha256=hmacsha256=" + mac(secret, "hmacsha256="+first): false, "sha256=" + mac(secret, "hmacsha256="+first): false,
	} {
		if err := w.Verify(http.Header{"X-Li-Signature": {value}}, body, time.Time{}); (err == nil) != ok {
			t.Errorf("%s: %v", value, err)
		}
	}
}

func TestAChallengeNeverSignsAWebhook(t *testing.T) {
	t.Parallel()
	w := webhooks(t, secret)
	answer := w.Greet(url.Values{"challengeCode": {"hmacsha256=" + first}})
	if answer.Status != 400 || len(answer.Body) > 0 {
		t.Errorf("whoever asks is told what signs a webhook of theirs: %d %s", answer.Status, answer.Body)
	}
}

func TestTheTwoSpellingsOfACommentAreOne(t *testing.T) {
	t.Parallel()
	w := webhooks(t)
	short := strings.ReplaceAll(first, "urn:li:comment:(urn:li:activity:", "urn:li:comment:(activity:")
	if short == first {
		t.Fatal("there is nothing to spell otherwise")
	}
	var ids []string
	for _, body := range []string{first, short} {
		e, err := w.Parse(desk.RawEvent{Body: []byte(body)})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, e.ID)
	}
	if ids[0] != ids[1] || !strings.Contains(ids[0], "(urn:li:activity:") {
		t.Errorf("%v", ids)
	}
}

func TestWhereAnAnswerGoes(t *testing.T) {
	t.Parallel()
	comment, parent := "urn:li:comment:("+post+",2)", "urn:li:comment:("+post+",1)"
	for _, tt := range []struct {
		name, to, parent string
		change           func(*desk.Reply)
	}{
		{"under the comment that it answers", comment, comment, func(r *desk.Reply) { r.ReplyTo = comment }},
		{"under the comment that the answered one is under", parent, parent, func(r *desk.Reply) { r.Answers, r.ReplyTo = desk.Answered{ID: comment, Parent: parent}, comment }},
		{"under somebody's post", "urn:li:share:9", "", func(r *desk.Reply) { r.Origin.Conversation, r.ReplyTo = "urn:li:share:9", "urn:li:share:9" }},
		{"under the post, when nothing is said to be answered", post, "", func(r *desk.Reply) { r.ReplyTo = "" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var path string
			var body struct{ ParentComment, Object string }
			api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				path = r.URL.Path
				if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
					t.Error(err)
				}
				w.WriteHeader(http.StatusCreated)
			}))
			defer api.Close()
			r := reply()
			tt.change(&r)
			if _, err := sender(api.URL).Send(t.Context(), r); err != nil || path != "/rest/socialActions/"+tt.to+"/comments" || body.ParentComment != tt.parent || body.Object != r.Origin.Conversation {
				t.Errorf("%s %+v, %v", path, body, err)
			}
		})
	}
}

func TestWhatIsAskedForAboutAThinNotice(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"urn:li:comment:(" + post + ",7)": "/rest/socialActions/" + post + "/comments/7", "urn:li:share:9": "/rest/posts/urn:li:share:9", "": "", "urn:li:comment:(": "", "7": "",
	} {
		var path string
		api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			path = r.URL.Path
			_, _ = w.Write([]byte(`{}`))
		}))
		_, err := sender(api.URL).Fetch(t.Context(), desk.Event{Needs: desk.NeedsContent, Target: id})
		api.Close()
		if path != want || (err == nil) != (want != "") {
			t.Errorf("%q: %s, %v", id, path, err)
		}
	}
}
