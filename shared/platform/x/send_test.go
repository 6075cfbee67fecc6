package x_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/platformtest"
	"example.com/skala/shared/platform/split"
	"example.com/skala/shared/platform/x"
)

var (
	noon  = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	reply = desk.Reply{
		Key:    "reply-1",
		Ticket: "thread.1",
		Origin: desk.Origin{Platform: x.Name, App: "shop", Account: "70", Conversation: "91", Visibility: desk.Public},
		To:     "81", ReplyTo: "92",
		Text: "Λυπούμαστε, το κοιτάμε.",
	}
)

func sender(api string) *x.Sender {
	return &x.Sender{Account: "70", Token: "invented-token", API: api, HTTP: platformtest.Client(), Now: func() time.Time { return noon }}
}

// api is X that answers each request with the next of some answers, "STATUS BODY",
// the last again and again.
func api(t *testing.T, answers ...string) (address string, asked *[]string) {
	t.Helper()
	asked = &[]string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Header.Get("Authorization") != "Bearer invented-token" {
			t.Errorf("%v, %v", err, r.Header)
		}
		*asked = append(*asked, strings.TrimSpace(r.Method+" "+r.URL.String()+" "+string(body)))
		var status int
		text := answers[min(len(*asked), len(answers))-1]
		if _, err := fmt.Sscanf(text, "%d", &status); err != nil {
			t.Error(err)
		}
		w.WriteHeader(status)
		_, said, _ := strings.Cut(text, " ")
		fmt.Fprint(w, said)
	}))
	t.Cleanup(server.Close)
	return server.URL, asked
}

func TestWhereRepliesGo(t *testing.T) {
	t.Parallel()
	direct := reply
	direct.Origin.Visibility, direct.Origin.Conversation = desk.Private, "70-81"
	privately := reply
	privately.Visibility = desk.Private
	odd := reply
	odd.ReplyTo, odd.Answers.ID = "", "93/../x"
	tests := []struct {
		name  string
		reply desk.Reply
		want  string
		id    string
	}{
		{"below the post it answers", reply, `POST /2/tweets {"text":"Λυπούμαστε, το κοιτάμε.","reply":{"in_reply_to_tweet_id":"92"}}`, "95"},
		{"directly", direct, `POST /2/dm_conversations/with/81/messages {"text":"Λυπούμαστε, το κοιτάμε."}`, "96"},
		{"directly, to what was said in public", privately, `POST /2/dm_conversations/with/81/messages {"text":"Λυπούμαστε, το κοιτάμε."}`, "96"},
		{"below the last post", odd, `POST /2/tweets {"text":"Λυπούμαστε, το κοιτάμε.","reply":{"in_reply_to_tweet_id":"93/../x"}}`, "95"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			address, asked := api(t, `201 {"data":{"id":"95","dm_conversation_id":"70-81","dm_event_id":"96"}}`)
			id, err := sender(address).Send(t.Context(), tt.reply)
			if err != nil || id != tt.id {
				t.Errorf("Send = %q, %v", id, err)
			}
			if diff := cmp.Diff([]string{tt.want}, *asked); diff != "" {
				t.Errorf("the requests differ (-want +got):\n%s", diff)
			}
		})
	}
}

func TestALongReplyIsAChainOfPosts(t *testing.T) {
	t.Parallel()
	r := reply
	r.Text = "@danae_volos " + strings.Repeat("λέξη ", 56) + strings.Repeat("ลูกค้า ", 50)
	address, asked := api(t, `201 {"data":{"id":"1001"}}`, `201 {"data":{"id":"1002"}}`, `201 {"data":{"id":"1003"}}`)
	id, err := sender(address).Send(t.Context(), r)
	if err != nil || id != "1001" {
		t.Fatalf("Send = %q, %v", id, err)
	}
	var below, texts []string
	for _, request := range *asked {
		_, body, _ := strings.Cut(request, " {")
		var post struct {
			Text  string
			Reply struct {
				To string `json:"in_reply_to_tweet_id"`
			}
		}
		if err := json.Unmarshal([]byte("{"+body), &post); err != nil {
			t.Fatal(err)
		}
		below, texts = append(below, post.Reply.To), append(texts, post.Text)
	}
	if diff := cmp.Diff([]string{"92", "1001", "1002"}, below); diff != "" {
		t.Errorf("each is below another (-want +got):\n%s", diff)
	}
	if want := "@danae_volos " + strings.TrimSpace(strings.Repeat("λέξη ", 56)); texts[0] != want {
		t.Errorf("the mention before it counts: %q", texts[0])
	}
	for _, text := range texts[1:] {
		if n := split.Weighted.Len(text); n > 280 {
			t.Errorf("a post counts %d", n)
		}
	}
}

// class returns what an error of a sender's means.
func class(t *testing.T, err error) desk.SendError {
	t.Helper()
	failed, ok := errors.AsType[*desk.SendError](err)
	if !ok {
		t.Fatalf("the error is %v", err)
	}
	return *failed
}

func TestAReplyThatBrokeOffInTheMiddleIsForAPersonToCheck(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]desk.SendError{
		"403":                      {Class: desk.SendUnknown},
		"429":                      {Class: desk.SendUnknown},
		"500":                      {Class: desk.SendUnknown, After: 45 * time.Second},
		"401 {\"detail\":\"x\"}":   {Class: desk.SendUnknown},
		"404 {\"title\":\"gone\"}": {Class: desk.SendUnknown},
	} {
		r := reply
		r.Text = strings.Repeat("λέξη ", 100)
		address, asked := api(t, `201 {"data":{"id":"1001"}}`, answer)
		_, err := sender(address).Send(t.Context(), r)
		if got := class(t, err); got.Class != want.Class || got.After != want.After || !strings.HasPrefix(got.Reason, "only 1 of 2") || len(*asked) != 2 {
			t.Errorf("%s: %+v after %d requests", answer, got, len(*asked))
		}
	}
}

func TestATextThatXHasAlreadyMayBeOurs(t *testing.T) {
	t.Parallel()
	for tries, want := range map[int]desk.SendClass{0: desk.SendRejected, 1: desk.SendUnknown} {
		r := reply
		r.Tries = tries
		address, _ := api(t, `403 {"detail":"You are not allowed to create a Tweet with duplicate content."}`)
		_, err := sender(address).Send(t.Context(), r)
		if got := class(t, err); got.Class != want {
			t.Errorf("after %d tries: %+v", tries, got)
		}
	}
}

func TestWhatIsNotSentAtAll(t *testing.T) {
	t.Parallel()
	with := func(change func(r *desk.Reply, s *x.Sender)) (desk.Reply, *x.Sender) {
		r, s := reply, sender("http://127.0.0.1:1")
		change(&r, s)
		return r, s
	}
	for name, tt := range map[string]struct {
		change func(r *desk.Reply, s *x.Sender)
		want   desk.SendClass
	}{
		"no token":         {func(_ *desk.Reply, s *x.Sender) { s.Token = "" }, desk.SendAuth},
		"no post":          {func(r *desk.Reply, _ *x.Sender) { r.ReplyTo = "" }, desk.SendUnreachable},
		"nobody":           {func(r *desk.Reply, _ *x.Sender) { r.Origin.Visibility, r.To = desk.Private, "" }, desk.SendUnreachable},
		"an encrypted one": {func(r *desk.Reply, _ *x.Sender) { r.Answers.Form = x.FormEncrypted }, desk.SendRejected},
		"a group":          {func(r *desk.Reply, _ *x.Sender) { r.Origin.Visibility = desk.Group }, desk.SendRejected},
		"a template":       {func(r *desk.Reply, _ *x.Sender) { r.Template = &desk.Template{Name: "t"} }, desk.SendRejected},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, s := with(tt.change)
			_, err := s.Send(t.Context(), r)
			if got := class(t, err); got.Class != tt.want {
				t.Errorf("%+v", got)
			}
		})
	}
}

func TestWhyXRefusesADirectMessage(t *testing.T) {
	t.Parallel()
	r := reply
	r.Origin.Visibility = desk.Private
	address, _ := api(t, `403 {"detail":"You cannot send messages to this user.","title":"Forbidden"}`)
	_, err := sender(address).Send(t.Context(), r)
	if got := class(t, err); got.Class != desk.SendUnreachable {
		t.Errorf("%+v", got)
	}
}

func TestTheLongestLimitThatIsUsedUpCounts(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for name, value := range map[string]int64{
			"x-rate-limit-remaining": 40, "x-rate-limit-reset": noon.Unix() + 900,
			"x-user-limit-24hour-remaining": 0, "x-user-limit-24hour-reset": noon.Unix() + 7200,
			"x-app-limit-24hour-remaining": 7, "x-app-limit-24hour-reset": noon.Unix() + 80000,
		} {
			w.Header().Set(name, fmt.Sprint(value))
		}
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	defer server.Close()
	_, err := sender(server.URL).Send(t.Context(), reply)
	if got := class(t, err); got.Class != desk.SendRetry || got.After != 2*time.Hour {
		t.Errorf("%+v", got)
	}
}

func TestModeration(t *testing.T) {
	t.Parallel()
	tests := []struct {
		action desk.ModerationAction
		answer string
		want   string
		class  desk.SendClass
		says   string
	}{
		{desk.HideMessage, "200", `PUT /2/tweets/91/hidden {"hidden":true}`, "", ""},
		{desk.UnhideMessage, "200", `PUT /2/tweets/91/hidden {"hidden":false}`, "", ""},
		{desk.BlockAuthor, "200", `POST /2/users/70/blocking {"target_user_id":"81"}`, "", ""},
		{desk.UnblockAuthor, "200", `DELETE /2/users/70/blocking/81`, "", ""},
		{desk.BlockAuthor, `403 {"type":"https://api.twitter.com/2/problems/client-forbidden"}`, `POST /2/users/70/blocking {"target_user_id":"81"}`, desk.SendAuth, "Enterprise"},
		{desk.HideMessage, `403 {"detail":"x"}`, `PUT /2/tweets/91/hidden {"hidden":true}`, desk.SendRejected, "only replies below"},
		{desk.DeleteMessage, "200", "", desk.SendRejected, "nobody"},
	}
	for _, tt := range tests {
		t.Run(string(tt.action)+" "+tt.answer, func(t *testing.T) {
			t.Parallel()
			address, asked := api(t, tt.answer)
			err := sender(address).Moderate(t.Context(), desk.ModerationRequest{Action: tt.action, Origin: reply.Origin, Message: "91", Author: "81"})
			if got := strings.Join(*asked, "\n"); got != tt.want {
				t.Errorf("the request is %s", got)
			}
			switch {
			case tt.class == "" && err != nil:
				t.Error(err)
			case tt.class != "":
				if got := class(t, err); got.Class != tt.class || !strings.Contains(got.Reason, tt.says) {
					t.Errorf("%+v", got)
				}
			}
		})
	}
}

func TestWhatXTellsAboutSomebody(t *testing.T) {
	t.Parallel()
	const answer = `200 {"data":{"id":"81","name":"Δανάη","username":"danae_volos","created_at":"2019-03-02T08:00:00.000Z","description":"Diver","profile_image_url":"https://abs.twimg.com/sticky/default_profile_images/default_profile_normal.png","verified":false,"verified_type":"blue","public_metrics":{"followers_count":41,"following_count":77,"tweet_count":1203}}}`
	address, asked := api(t, answer)
	got, err := sender(address).Profile(t.Context(), reply.Origin, "81")
	if err != nil {
		t.Fatal(err)
	}
	n := func(n int64) *int64 { return &n }
	yes, no, at := true, false, time.Date(2019, 3, 2, 8, 0, 0, 0, time.UTC)
	want := desk.Author{ID: "81", Name: "Δανάη", Handle: "danae_volos", Followers: n(41), Following: n(77), Posts: n(1203), Verified: &yes, HasPicture: &no, Created: &at, Bio: "Diver"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("they are somebody else (-want +got):\n%s", diff)
	}
	if want := "GET /2/users/81?user.fields=created_at%2Cdescription%2Clocation%2Cprofile_image_url%2Cprotected%2Cpublic_metrics%2Cverified%2Cverified_type%2Cparody"; (*asked)[0] != want {
		t.Errorf("the request is %s", (*asked)[0])
	}
	if _, err := sender(address).Profile(context.Background(), reply.Origin, ""); class(t, err).Class != desk.SendUnreachable || len(*asked) != 1 {
		t.Errorf("X is asked about nobody: %v", err)
	}
}

func TestWhatCanBeSaidToACustomer(t *testing.T) {
	t.Parallel()
	public, private, group := reply.Origin, reply.Origin, reply.Origin
	private.Visibility, group.Visibility = desk.Private, desk.Group
	if c := x.Capability(public, desk.Answered{Form: x.FormReply}); len(c.Channels) != 2 || !c.RequiresSummons || c.MaxLength.Value != 280 || c.PrivateMaxLength.Value != 10_000 || c.Moderation[0] != desk.HideMessage || c.Closed(noon) {
		t.Errorf("below our own post: %+v", c)
	}
	if c := x.Capability(public, desk.Answered{Form: x.FormMention}); c.Moderation[0] != desk.BlockAuthor {
		t.Errorf("elsewhere: %+v", c)
	}
	if c := x.Capability(private, desk.Answered{}); len(c.Channels) != 1 || c.Channels[0] != desk.DirectReply || c.MaxLength.Value != 10_000 || c.RequiresSummons {
		t.Errorf("directly: %+v", c)
	}
	if !x.Capability(private, desk.Answered{Form: x.FormEncrypted}).Closed(noon) || !x.Capability(group, desk.Answered{}).Closed(noon) {
		t.Error("what only X's app can answer looks open")
	}
}
