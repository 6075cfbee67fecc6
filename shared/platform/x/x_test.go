package x_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/platform/platformtest"
	"example.com/skala/shared/platform/x"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const secret = "an-invented-consumer-secret"

// sign is an HMAC of our own, so that the product's is not held against itself.
func sign(secret string, body []byte) string {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write(body)
	return "sha256=" + base64.StdEncoding.EncodeToString(h.Sum(nil))
}

func webhooks(t testing.TB, secrets ...string) *x.Webhooks {
	t.Helper()
	w, err := x.NewWebhooks(secrets)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// number counts the events of a body with the decoder of the standard library.
func number(body []byte) int {
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) != nil || fields == nil {
		return -1
	}
	n, any := 0, false
	list := func(name string, value json.RawMessage) bool {
		var events []json.RawMessage
		if !strings.HasSuffix(name, "_events") || json.Unmarshal(value, &events) != nil || events == nil {
			return false
		}
		n += len(events)
		return true
	}
	for name, value := range fields {
		var one map[string]json.RawMessage
		object := json.Unmarshal(value, &one) == nil && one != nil
		switch {
		case name == "data" && object:
			var kind string
			var payload map[string]json.RawMessage
			nested := false
			if json.Unmarshal(one["event_type"], &kind) == nil && strings.HasPrefix(kind, "dm.") && json.Unmarshal(one["payload"], &payload) == nil {
				for name, value := range payload {
					nested = list(name, value) || nested
				}
			}
			if !nested {
				n++
			}
			any = true
		case (name == "user_event" || name == "replay_job_status") && object:
			any = true
			n++
		default:
			any = list(name, value) || any
		}
	}
	if !any {
		return 1 // nobody knows what
	}
	return n
}

const first = `{"for_user_id":"700000000000000001","tweet_create_events":[{"id_str":"910000000000000061","text":"สวัสดี","user":{"id_str":"810000000000000002","screen_name":"danae_volos"},"timestamp_ms":"1795166130250"}]}`

func conforming() platformtest.Platform {
	patience := func(h string, seconds int64) string {
		return fmt.Sprintf("%s: %d", h, noon.Unix()+seconds)
	}
	author := desk.Event{Needs: desk.NeedsAuthor, Author: desk.Author{ID: "81"}}
	known := platformtest.Answer{Name: "it knows them", Status: 200, Body: `{"data":{"id":"81","username":"danae_volos","name":"Δανάη"}}`}
	asking := []platformtest.Answer{
		known,
		{Name: "it has heard of nobody", Status: 200, Body: `{"errors":[{"title":"Not Found Error","type":"https://api.twitter.com/2/problems/resource-not-found"}]}`, Want: desk.SendError{Class: desk.SendUnreachable}},
		{Name: "it answers about somebody else", Status: 200, Body: `{"data":{"id":"82","username":"x"}}`, Want: desk.SendError{Class: desk.SendUnreachable}},
		{Name: "they are gone", Status: 404, Want: desk.SendError{Class: desk.SendUnreachable}},
		{Name: "not so fast", Status: 429, Header: patience("x-rate-limit-reset", 60), Want: desk.SendError{Class: desk.SendRetry, After: time.Minute}},
		{Name: "it fell over", Status: 503, Want: desk.SendError{Class: desk.SendRetry}},
		{Name: "the token has expired", Status: 401, Want: desk.SendError{Class: desk.SendAuth}},
	}
	return platformtest.Platform{
		Secrets: [3]string{"the-one-before", secret, "another-consumer-secret"},
		Open:    func(secrets ...string) (platform.Webhooks, error) { return x.NewWebhooks(secrets) },
		Sign: func(secret string, body []byte, _ time.Time) http.Header {
			return http.Header{"X-Twitter-Webhooks-Signature": {sign(secret, body)}}
		},
		Signature: "X-Twitter-Webhooks-Signature",
		Handshake: &platformtest.Handshake{
			Query: "crc_token=MGFjYWM2", Challenge: "crc_token",
			Answer: func(token string) desk.Greeting {
				if strings.Contains(token, "{") {
					return desk.Greeting{Status: 400, ContentType: "text/plain"}
				}
				body := fmt.Sprintf(`{"response_token":%q}`, sign("the-one-before", []byte(token)))
				return desk.Greeting{Status: 200, ContentType: "application/json", Body: []byte(body)}
			},
			Refusal: desk.Greeting{Status: 400, ContentType: "text/plain"},
		},
		Count:   number,
		First:   first,
		Again:   strings.Replace(first, `{"for_user_id"`, `{"user_has_blocked":false,"for_user_id"`, 1),
		Unknown: `{"for_user_id":"700000000000000001","community_events":[{"id":"960000000000000001","a":1}]}`,
		Sender:  func(api string) platform.Sender { return sender(api) },
		Accept: func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusCreated)
			fmt.Fprint(w, `{"data":{"id":"950000000000000001","text":"t"}}`)
		},
		Reply: reply,
		Sent: func(t *testing.T, _ *http.Request, body []byte) []platformtest.Message {
			var post struct{ Text string }
			if err := json.Unmarshal(body, &post); err != nil {
				t.Error(err)
			}
			return []platformtest.Message{{Text: post.Text}}
		},
		Answers: []platformtest.Answer{
			{Name: "it has the reply", Status: 201, Body: `{"data":{"id":"950000000000000001","text":"t"}}`, ID: "950000000000000001"},
			{Name: "it has the reply and says nothing", Status: 201},
			{Name: "not so fast", Status: 429, Header: patience("x-rate-limit-reset", 90), Want: desk.SendError{Class: desk.SendRetry, After: 90 * time.Second}},
			{Name: "not so fast, and it does not say until when", Status: 429, Want: desk.SendError{Class: desk.SendRetry}},
			{Name: "not so fast, until last year", Status: 429, Header: "x-rate-limit-reset: 1760000000", Want: desk.SendError{Class: desk.SendRetry}},
			{Name: "not so fast, in words nobody reads", Status: 429, Header: "x-rate-limit-reset: soon", Want: desk.SendError{Class: desk.SendRetry}},
			{Name: "not so fast, by another header", Status: 429, Header: "Retry-After: 30", Want: desk.SendError{Class: desk.SendRetry, After: 30 * time.Second}},
			{Name: "it fell over", Status: 503, Body: `<html>`, Want: desk.SendError{Class: desk.SendUnknown, After: 45 * time.Second}},
			{Name: "it was slow", Status: 408, Want: desk.SendError{Class: desk.SendUnknown, After: 45 * time.Second}},
			{Name: "the token has expired", Status: 401, Body: `{"title":"Unauthorized","type":"about:blank","status":401,"detail":"Unauthorized"}`, Want: desk.SendError{Class: desk.SendAuth}},
			{Name: "our app may not", Status: 403, Body: `{"title":"Client Forbidden","type":"https://api.twitter.com/2/problems/client-forbidden","detail":"…"}`, Want: desk.SendError{Class: desk.SendAuth}},
			{Name: "the account is locked", Status: 403, Body: `{"errors":[{"code":326,"message":"To protect our users…"}]}`, Want: desk.SendError{Class: desk.SendAuth}},
			{Name: "nothing is left of what was paid", Status: 402, Body: `{"title":"CreditsDepleted"}`, Want: desk.SendError{Class: desk.SendAuth}},
			{Name: "nobody summoned us", Status: 403, Body: `{"title":"Forbidden","status":403,"detail":"Reply to this conversation is not allowed because you have not been mentioned or otherwise engaged by the author of the post you are replying to."}`, Want: desk.SendError{Class: desk.SendRejected}},
			{Name: "it has had this text", Status: 403, Body: `{"detail":"You are not allowed to create a Tweet with duplicate content.","type":"about:blank","title":"Forbidden","status":403}`, Want: desk.SendError{Class: desk.SendRejected}},
			{Name: "the post is gone", Status: 403, Body: `{"detail":"You attempted to reply to a Tweet that is deleted or not visible to you."}`, Want: desk.SendError{Class: desk.SendUnreachable}},
			{Name: "it finds it too long", Status: 403, Body: `{"detail":"Your Tweet text is too long."}`, Want: desk.SendError{Class: desk.SendRejected}},
			{Name: "it does not like it", Status: 400, Body: `{"errors":[{"message":"…"}],"title":"Invalid Request"}`, Want: desk.SendError{Class: desk.SendRejected}},
			{Name: "it does not like it and says nothing", Status: 403, Want: desk.SendError{Class: desk.SendRejected}},
			{Name: "there is nothing of the kind", Status: 404, Want: desk.SendError{Class: desk.SendUnreachable}},
			{Name: "it is somewhere else", Status: 302, Header: "Location: http://127.0.0.1:1/", Want: desk.SendError{Class: desk.SendRejected}},
		},
		Asks: []platformtest.Ask{
			{Name: "who somebody is", Answers: asking, Do: func(ctx context.Context, s platform.Sender) error {
				_, err := s.(platform.Profiler).Profile(ctx, reply.Origin, "81")
				return err
			}},
			{Name: "who wrote", Answers: asking, Do: func(ctx context.Context, s platform.Sender) error {
				_, err := s.(platform.Fetcher).Fetch(ctx, author)
				return err
			}},
			{Name: "to hide", Answers: []platformtest.Answer{
				{Name: "done", Status: 200, Body: `{"data":{"hidden":true}}`},
				{Name: "it is not below a post of ours", Status: 403, Want: desk.SendError{Class: desk.SendRejected}},
				{Name: "it is gone", Status: 404, Want: desk.SendError{Class: desk.SendUnreachable}},
				{Name: "it fell over", Status: 500, Want: desk.SendError{Class: desk.SendRetry}},
			}, Do: func(ctx context.Context, s platform.Sender) error {
				return s.(platform.Moderator).Moderate(ctx, desk.ModerationRequest{Action: desk.HideMessage, Origin: reply.Origin, Message: "91"})
			}},
		},
	}
}

func TestXDoesWhatEveryPlatformMust(t *testing.T) {
	t.Parallel()
	platformtest.Run(t, conforming(), *update)
}

func FuzzSplitAndParse(f *testing.F) { platformtest.Fuzz(f, conforming()) }

func FuzzVerify(f *testing.F) { platformtest.FuzzVerify(f, conforming()) }

func FuzzGreet(f *testing.F) { platformtest.FuzzGreet(f, conforming()) }

func TestTheFirstSecretAnswersAChallenge(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		secrets []string
		query   string
		status  int
		kind    string
		body    string
	}{
		{"X's challenge", []string{"a", "b"}, "crc_token=abc", 200, "application/json", `{"response_token":"` + sign("a", []byte("abc")) + `"}`},
		{"with what else it says", []string{"a"}, "nonce=1&crc_token=abc", 200, "application/json", `{"response_token":"` + sign("a", []byte("abc")) + `"}`},
		{"with signs in it", []string{"a"}, "crc_token=a%2Bb%253C%3Cscript%3E", 200, "application/json", `{"response_token":"` + sign("a", []byte("a+b%3C<script>")) + `"}`},
		{"without a token", []string{"a"}, "foo=bar", 400, "text/plain", ""},
		{"with an empty one", []string{"a"}, "crc_token=", 400, "text/plain", ""},
		{"without a secret to answer with", nil, "crc_token=abc", 400, "text/plain", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			query, err := url.ParseQuery(tt.query)
			if err != nil {
				t.Fatal(err)
			}
			got := webhooks(t, tt.secrets...).Greet(query)
			if got.Status != tt.status || got.ContentType != tt.kind || string(got.Body) != tt.body {
				t.Errorf("the answer is %d %s %s", got.Status, got.ContentType, got.Body)
			}
		})
	}
}

func TestTheAnswerToAChallengeSignsNoWebhook(t *testing.T) {
	t.Parallel()
	w := webhooks(t, secret)
	for _, forged := range []string{`{"for_user_id":"1","tweet_create_events":[{"id_str":"2","text":"I never said that"}]}`, " \t\r\n{}", "{}"} {
		answer := w.Greet(url.Values{"crc_token": {forged}})
		var says struct {
			Token string `json:"response_token"`
		}
		_ = json.Unmarshal(answer.Body, &says) // a refusal says nothing
		if w.Verify(http.Header{"X-Twitter-Webhooks-Signature": {says.Token}}, []byte(forged), time.Time{}) == nil {
			t.Errorf("who asks for %q may say that it is X's", forged)
		}
	}
}

func TestOnlyASignatureOfXsKindIsTaken(t *testing.T) {
	t.Parallel()
	const name = "X-Twitter-Webhooks-Signature"
	good := sign(secret, []byte("{}"))
	for value, ok := range map[string]bool{
		good: true, "sha256=AAAA, " + good: true, good + ",sha256=": true,
		strings.TrimPrefix(good, "sha256="): false, "SHA256=" + good[7:]: false, "sha1=" + good[7:]: false, strings.TrimRight(good, "="): false, "sha256=sha256=" + good[7:]: false,
	} {
		if err := webhooks(t, "before", secret).Verify(http.Header{name: {value}}, []byte("{}"), time.Time{}); (err == nil) != ok {
			t.Errorf("%s: %v", value, err)
		}
	}
}
