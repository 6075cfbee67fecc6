package youtube_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/platform/platformtest"
	"example.com/skala/shared/platform/youtube"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	secret  = "an-invented-hub-secret"
	token   = "an-invented-owner-token"
	channel = "UCinvented0000000000408"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// sign is an HMAC of our own, so that the product's is not held against itself.
func sign(secret string, body []byte, _ time.Time) http.Header {
	h := hmac.New(sha1.New, []byte(secret))
	h.Write(body)
	return http.Header{"X-Hub-Signature": {"sha1=" + hex.EncodeToString(h.Sum(nil))}}
}

func webhooks(t testing.TB, secrets ...string) *youtube.Webhooks {
	t.Helper()
	w, err := youtube.NewWebhooks(secrets, []string{channel})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func sender(api string) *youtube.Sender {
	return &youtube.Sender{
		Account: channel, Token: token, API: api, Hub: api, Callback: "https://desk.example/webhooks/youtube/demo", Secret: secret,
		HTTP: platformtest.Client(), Now: func() time.Time { return noon },
	}
}

// said is a comment as the Data API answers it.
func said(id, parent, author, text, published, updated string) string {
	below := ""
	if parent != "" {
		below = `,"parentId":"` + parent + `"`
	}
	return `{"kind":"youtube#comment","etag":"e","id":"` + id + `","snippet":{"channelId":"` + channel + `","videoId":"v408","textDisplay":"` + text + `","textOriginal":"` + text +
		`","authorDisplayName":"@` + author + `","authorChannelId":{"value":"` + author + `"},"publishedAt":"` + published + `","updatedAt":"` + updated + `"` + below + `}}`
}

const (
	ten    = "2026-11-21T10:00:00Z"
	eleven = "2026-11-21T11:00:00Z"
)

func conforming() platformtest.Platform {
	one := `{"kind":"youtube#commentListResponse","items":[` + said("Ugx408", "", "eleni", "Πότε ανοίγετε;", ten, ten) + `]}`
	refused := func(status int, word string, want desk.SendError) platformtest.Answer {
		return platformtest.Answer{Name: fmt.Sprint(status, " ", word), Status: status, Body: `{"error":{"code":1,"message":"m","errors":[{"domain":"d","reason":"` + word + `"}]}}`, Want: want}
	}
	asks := []platformtest.Answer{
		{Name: "it is down", Status: 503, Want: desk.SendError{Class: desk.SendRetry}},
		{Name: "a page of somebody else's", Status: 200, Body: `<html>`, Want: desk.SendError{Class: desk.SendRetry}},
		refused(403, "quotaExceeded", desk.SendError{Class: desk.SendRetry, After: time.Hour}), refused(401, "authError", desk.SendError{Class: desk.SendAuth}),
	}
	return platformtest.Platform{
		Secrets: [3]string{"the-one-before", secret, "another-secret"},
		Open: func(secrets ...string) (platform.Webhooks, error) {
			return youtube.NewWebhooks(secrets, []string{channel})
		},
		Sign:      sign,
		Signature: "X-Hub-Signature",
		Handshake: &platformtest.Handshake{
			Query:     url.Values{"hub.mode": {"subscribe"}, "hub.topic": {youtube.Topic(channel)}, "hub.challenge": {"154632109"}, "hub.lease_seconds": {"432000"}}.Encode(),
			Challenge: "hub.challenge", Guards: []string{"hub.mode", "hub.topic"},
			Answer: func(challenge string) desk.Greeting {
				return desk.Greeting{Status: 200, ContentType: "text/plain", Body: []byte(challenge)}
			},
			Refusal: desk.Greeting{Status: 404, ContentType: "text/plain"},
		},
		Count:   number,
		First:   one,
		Again:   strings.Replace(one, `"etag":"e"`, `"etag":"f"`, 1),
		Unknown: `{"items":[{"kind":"youtube#thingOfTomorrow","id":"t1","snippet":{"channelId":"` + channel + `"}}]}`,
		Sender:  func(api string) platform.Sender { return sender(api) },
		Accept: func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"kind":"youtube#comment","id":"Ugx408.1"}`))
		},
		Reply: desk.Reply{
			Key: "r1", Ticket: "t.1", To: "eleni", Text: "Καλησπέρα σας", ReplyTo: "Ugx408",
			Origin: desk.Origin{Platform: youtube.Name, Account: channel, Conversation: "Ugx408", Visibility: desk.Public},
		},
		Sent: func(t *testing.T, r *http.Request, body []byte) []platformtest.Message {
			var c struct {
				Snippet struct{ ParentID, TextOriginal string }
			}
			if err := json.Unmarshal(body, &c); err != nil || c.Snippet.ParentID != "Ugx408" || r.URL.String() != "/youtube/v3/comments?part=snippet" || r.Header.Get("Authorization") != "Bearer "+token {
				t.Errorf("%s %s: %v", r.URL, body, err)
			}
			return []platformtest.Message{{Text: c.Snippet.TextOriginal}}
		},
		Answers: []platformtest.Answer{
			{Name: "it has the comment", Status: 200, Body: `{"id":"Ugx408.1"}`, ID: "Ugx408.1"},
			{Name: "it took it and says nothing", Status: 200},
			refused(403, "quotaExceeded", desk.SendError{Class: desk.SendRetry, After: time.Hour}), refused(403, "rateLimitExceeded", desk.SendError{Class: desk.SendRetry, After: time.Minute}),
			refused(403, "commentsDisabled", desk.SendError{Class: desk.SendUnreachable}), refused(404, "parentCommentNotFound", desk.SendError{Class: desk.SendUnreachable}),
			refused(403, "insufficientPermissions", desk.SendError{Class: desk.SendAuth}), refused(401, "authError", desk.SendError{Class: desk.SendAuth}), refused(400, "processingFailure", desk.SendError{Class: desk.SendRejected}),
			{Name: "not so fast", Status: 429, Header: "Retry-After: 30", Want: desk.SendError{Class: desk.SendRetry, After: 30 * time.Second}},
			{Name: "it is down", Status: 502, Body: `<html>`, Want: desk.SendError{Class: desk.SendUnknown}},
			{Name: "it is somewhere else", Status: 302, Header: "Location: http://127.0.0.1:1/", Want: desk.SendError{Class: desk.SendRejected}},
		},
		Asks: []platformtest.Ask{{
			Name: "asking who somebody is",
			Do: func(ctx context.Context, s platform.Sender) error {
				_, err := s.(platform.Profiler).Profile(ctx, desk.Origin{}, "eleni")
				return err
			},
			Answers: append([]platformtest.Answer{
				{Name: "it tells", Status: 200, Body: `{"items":[{"id":"eleni","snippet":{"title":"Eleni","customUrl":"@eleni","publishedAt":"2019-01-01T00:00:00Z"},"statistics":{"subscriberCount":"7","videoCount":"0"}}]}`},
				{Name: "it knows nobody", Status: 200, Body: `{"items":[]}`, Want: desk.SendError{Class: desk.SendUnreachable}},
			}, asks...),
		}, {
			Name: "asking what was written",
			Do: func(ctx context.Context, s platform.Sender) error {
				_, _, err := s.(platform.Poller).Poll(ctx, desk.Cursor{})
				return err
			},
			Answers: append([]platformtest.Answer{{Name: "nothing", Status: 200, Body: `{"items":[]}`}}, asks...),
		}, {
			Name: "asking how it is",
			Do: func(ctx context.Context, s platform.Sender) error {
				_, err := s.(interface {
					Probe(context.Context, desk.Origin) (desk.Probe, error)
				}).Probe(ctx, desk.Origin{})
				return err
			},
			Answers: append([]platformtest.Answer{{Name: "well", Status: 200, Body: `{"items":[{"id":"` + channel + `"}]}`}, {Name: "gone", Status: 200, Body: `{}`, Want: desk.SendError{Class: desk.SendUnreachable}}}, asks...),
		}, {
			Name: "subscribing",
			Do: func(ctx context.Context, s platform.Sender) error {
				return s.(interface{ Subscribe(context.Context) error }).Subscribe(ctx)
			},
			Answers: []platformtest.Answer{{Name: "it will ask", Status: 202}, {Name: "it is down", Status: 503, Want: desk.SendError{Class: desk.SendRetry}}, {Name: "it will not", Status: 422, Want: desk.SendError{Class: desk.SendRejected}}},
		}},
	}
}

// number is how many comments are in a list, and in its threads.
func number(body []byte) int {
	var doc struct{ Items []json.RawMessage }
	if json.Unmarshal(body, &doc) != nil || doc.Items == nil {
		return -1
	}
	type item struct {
		Snippet struct{ TopLevelComment json.RawMessage }
		Replies struct{ Comments []json.RawMessage }
	}
	read := func(raw json.RawMessage) (i item, thread bool) {
		var parts struct{ Snippet, Replies json.RawMessage }
		_ = json.Unmarshal(raw, &parts) // what is of another type is left out
		_ = json.Unmarshal(parts.Snippet, &i.Snippet)
		_ = json.Unmarshal(parts.Replies, &i.Replies)
		return i, len(i.Snippet.TopLevelComment) > 0 && i.Snippet.TopLevelComment[0] == '{'
	}
	all := 0
	for _, raw := range doc.Items {
		all++
		if i, thread := read(raw); thread {
			all += len(i.Replies.Comments)
		}
	}
	return all
}

func TestYouTubeDoesWhatEveryPlatformMust(t *testing.T) {
	t.Parallel()
	platformtest.Run(t, conforming(), *update)
}

func FuzzSplitAndParse(f *testing.F) { platformtest.Fuzz(f, conforming()) }
func FuzzVerify(f *testing.F)        { platformtest.FuzzVerify(f, conforming()) }
func FuzzGreet(f *testing.F)         { platformtest.FuzzGreet(f, conforming()) }

func TestAHubMaySignInTwoWays(t *testing.T) {
	t.Parallel()
	w, body := webhooks(t, secret), []byte("<feed/>")
	long := hmac.New(sha256.New, []byte(secret))
	long.Write(body)
	digits := hex.EncodeToString(long.Sum(nil))
	for value, ok := range map[string]bool{"sha256=" + digits: true, "sha1=" + digits: false, "sha1=" + digits[:40]: false, digits: false, "sha512=" + digits: false} {
		if err := w.Verify(http.Header{"X-Hub-Signature": {value}}, body, noon); (err == nil) != ok {
			t.Errorf("%s: %v", value, err)
		}
	}
	published := webhooks(t, "websubSecretExample")
	if err := published.Verify(http.Header{"X-Hub-Signature": {"sha1=a92b67e6324addf8bfc98b0e47055a3029bfa422"}}, body, noon); err != nil {
		t.Error(err)
	}
	if status := published.Refusal(); status/100 != 2 {
		t.Errorf("a hub whose signature is wrong is answered %d", status)
	}
}

// feeds are recorded as NAME.xml, with what they become as NAME.feed.json.
func TestAFeedIsReasonToAskForComments(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/*.xml")
	if err != nil || len(paths) < 4 {
		t.Fatalf("%v, %v", paths, err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			body, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			w := webhooks(t)
			raw, err := w.Split(nil, body)
			if err != nil {
				t.Fatal(err)
			}
			var got bytes.Buffer
			enc := json.NewEncoder(&got)
			enc.SetIndent("", "\t")
			for _, r := range raw {
				again, err := w.Split(nil, r.Body)
				if err != nil || len(again) != 1 || !bytes.Equal(again[0].Body, r.Body) || again[0].Account != r.Account {
					t.Errorf("it splits into %d the second time, %v", len(again), err)
				}
				e, err := w.Parse(r)
				if err != nil || e.Kind != desk.FetchRequired || e.Needs != desk.NeedsPoll || e.Account != r.Account {
					t.Errorf("%+v, %v", e, err)
				}
				asked, gone := r, r
				asked.Fetched, gone.Unfetched = []byte("{}"), "YouTube did not answer"
				if done, err := w.Parse(asked); err != nil || done.Kind != desk.Control || done.Needs != desk.NeedsNothing || done.Key != e.Key {
					t.Errorf("once the comments came: %+v, %v", done, err)
				}
				if left, err := w.Parse(gone); err != nil || left.Kind != desk.Unsupported || left.Needs != desk.NeedsNothing || left.Key != e.Key || left.Unfetched == "" {
					t.Errorf("where none could be asked for: %+v, %v", left, err)
				}
				if err := enc.Encode(e); err != nil {
					t.Fatal(err)
				}
			}
			golden := strings.TrimSuffix(path, ".xml") + ".feed.json"
			if *update {
				if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatIsNoFeedIsRefused(t *testing.T) {
	t.Parallel()
	w := webhooks(t)
	feed, err := os.ReadFile("testdata/video_published.xml")
	if err != nil {
		t.Fatal(err)
	}
	bodies := []string{"<", "<feed/>", "<html></html>", `<feed xmlns="http://www.w3.org/2005/Atom">`, string(feed) + string(feed), `<?xml version="1.0" encoding="UTF-7"?>` + string(feed[bytes.IndexByte(feed, '\n'):]), strings.Repeat("<a>", 100_000)}
	for end := range bytes.TrimRight(feed, "\n") {
		bodies = append(bodies, string(feed[:end]))
	}
	for _, body := range bodies {
		if raw, err := w.Split(nil, []byte(body)); err == nil {
			t.Errorf("%.60q splits into %d", body, len(raw))
		}
		if e, err := w.Parse(desk.RawEvent{Body: []byte(body)}); err == nil {
			t.Errorf("%.60q reads as %+v", body, e)
		}
	}
	if raw, err := w.Split(nil, []byte(`<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title></feed>`)); err != nil || len(raw) != 0 {
		t.Errorf("a feed without videos is %d events, %v", len(raw), err)
	}
}

// api is a Data API with pages of threads.
type api struct {
	pages   [][]string          // of threads
	replies map[string][]string // of a thread, all of them
	asked   []string
}

func thread(comments []string, more int) string {
	id := struct{ ID string }{}
	if err := json.Unmarshal([]byte(comments[0]), &id); err != nil {
		panic(err)
	}
	return fmt.Sprintf(`{"kind":"youtube#commentThread","id":%q,"snippet":{"channelId":%q,"topLevelComment":%s,"totalReplyCount":%d},"replies":{"comments":[%s]}}`,
		id.ID, channel, comments[0], len(comments)-1+more, strings.Join(comments[1:], ","))
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	a.asked = append(a.asked, strings.TrimPrefix(r.URL.Path, "/youtube/v3/")+" "+q.Get("pageToken")+q.Get("parentId"))
	if strings.HasSuffix(r.URL.Path, "/comments") {
		fmt.Fprintf(w, `{"items":[%s]}`, strings.Join(a.replies[q.Get("parentId")], ","))
		return
	}
	page, next := len(q.Get("pageToken")), ""
	if page+1 < len(a.pages) {
		next = fmt.Sprintf(`"nextPageToken":%q,`, strings.Repeat("p", page+1))
	}
	fmt.Fprintf(w, `{%s"items":[%s]}`, next, strings.Join(a.pages[page], ","))
}

// poll asks, and returns the keys of what came, with the next cursor.
func poll(t *testing.T, a *api, c desk.Cursor) (keys []string, next desk.Cursor) {
	t.Helper()
	server := httptest.NewServer(a)
	defer server.Close()
	body, next, err := sender(server.URL).Poll(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if body == nil {
		return nil, next
	}
	w := webhooks(t)
	raw, err := w.Split(nil, body)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range raw {
		e, err := w.Parse(r)
		if err != nil || e.Account != channel {
			t.Errorf("%+v, %v", e, err)
		}
		keys = append(keys, e.Key)
	}
	return keys, next
}

func TestWhatCameSinceComesAndNothingTwice(t *testing.T) {
	t.Parallel()
	old := said("old", "", "ana", "hola", "2026-11-19T10:00:00Z", "2026-11-19T10:00:00Z")
	a, b, reply := said("a", "", "ana", "one", ten, ten), said("b", "", "eleni", "two", eleven, eleven), said("a.1", "a", "eleni", "three", "2026-11-21T10:30:00Z", "2026-11-21T10:30:00Z")
	youtube := &api{pages: [][]string{{thread([]string{b}, 0)}, {thread([]string{a, reply}, 0), thread([]string{old}, 0)}, {thread([]string{old}, 0)}, {thread([]string{old}, 0)}}}
	keys, c := poll(t, youtube, desk.Cursor{})
	if diff := cmp.Diff([]string{"a:" + ten, "a.1:2026-11-21T10:30:00Z", "b:" + eleven}, keys); diff != "" {
		t.Errorf("not what was written in a day, the oldest first: %s", diff)
	}
	if len(youtube.asked) != 3 || !c.At.Equal(time.Date(2026, 11, 21, 11, 0, 0, 0, time.UTC)) || !c.Next.Equal(noon.Add(2*time.Minute)) {
		t.Errorf("asked %q, goes on from %+v", youtube.asked, c)
	}
	if keys, again := poll(t, youtube, c); keys != nil || !again.At.Equal(c.At) {
		t.Errorf("again %v, from %+v", keys, again)
	}
	edited, shownLate := said("b", "", "eleni", "2", eleven, "2026-11-21T11:20:00Z"), said("held", "", "mia", "four", "2026-11-21T10:40:00Z", "2026-11-21T10:40:00Z")
	youtube.pages[0] = []string{thread([]string{edited}, 0), thread([]string{shownLate}, 0)}
	keys, c = poll(t, youtube, c)
	if diff := cmp.Diff([]string{"held:2026-11-21T10:40:00Z", "b:2026-11-21T11:20:00Z"}, keys); diff != "" {
		t.Errorf("an edit, and what was held back: %s", diff)
	}
	if keys, _ := poll(t, youtube, c); keys != nil {
		t.Errorf("again %v", keys)
	}
}

func TestAThreadWithMoreAnswersThanItShowsIsReadWhole(t *testing.T) {
	t.Parallel()
	top := said("a", "", "ana", "one", ten, ten)
	var all []string
	for i := range 7 {
		at := fmt.Sprintf("2026-11-21T10:%02d:00Z", i+1)
		all = append(all, said(fmt.Sprintf("a.%d", i), "a", "mia", "more", at, at))
	}
	youtube := &api{pages: [][]string{{thread(append([]string{top}, all[:2]...), 5)}}, replies: map[string][]string{"a": all}}
	keys, c := poll(t, youtube, desk.Cursor{})
	if len(keys) != 8 || keys[0] != "a:"+ten || keys[7] != "a.6:2026-11-21T10:07:00Z" {
		t.Errorf("%q", keys)
	}
	youtube.asked = nil
	if keys, _ := poll(t, youtube, c); keys != nil || len(youtube.asked) != 1 {
		t.Errorf("again %q, asked %q", keys, youtube.asked)
	}
}

func TestASubscriptionNamesTopicAddressAndSecret(t *testing.T) {
	t.Parallel()
	var form url.Values
	hub := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseForm(); err != nil || r.URL.Path != "/subscribe" || r.Method != http.MethodPost || r.Header.Get("Authorization") != "" {
			t.Errorf("%s %s, %v", r.Method, r.URL, err)
		}
		form = r.PostForm
		w.WriteHeader(http.StatusAccepted)
	}))
	defer hub.Close()
	if err := sender(hub.URL).Subscribe(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"hub.mode": "subscribe", "hub.topic": youtube.Topic(channel), "hub.callback": "https://desk.example/webhooks/youtube/demo", "hub.secret": secret, "hub.verify": "async", "hub.lease_seconds": "432000"}
	got := map[string]string{}
	for name := range form {
		got[name] = form.Get(name)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	form = nil
	silent := sender(hub.URL)
	silent.Callback = ""
	if err := silent.Subscribe(t.Context()); err != nil || form != nil {
		t.Errorf("without an address: %v, %v", form, err)
	}
}

func TestWhatTheOwnerIsToldAndWhatAllAre(t *testing.T) {
	t.Parallel()
	w := webhooks(t)
	for in, want := range map[string]string{`a<br>b`: "a\nb", `<a href="https://x.example">x</a> &amp; &lt;y&gt;`: "x & <y>", "a < b": "a < b", "": ""} {
		text, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		body := `{"items":[{"id":"a","snippet":{"textDisplay":` + string(text) + `}}]}`
		if e, err := w.Parse(desk.RawEvent{Body: []byte(body)}); err != nil || e.Text != want {
			t.Errorf("%q reads as %q, %v", in, e.Text, err)
		}
	}
}
