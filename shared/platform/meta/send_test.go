package meta_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/meta"
	"example.com/skala/shared/platform/platformtest"
)

// noon is when every test of sending takes place.
var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// A request is what Graph gets.
type request struct {
	Call string // method and address
	Kind string // of the body
	Body string // as JSON, or a form decoded
}

// A graph stands in for the Graph API. It gives its answers in turn, the last one
// for good, each as "status body".
type graph struct {
	*httptest.Server
	got []request
}

func standIn(t *testing.T, answers ...string) *graph {
	t.Helper()
	g := &graph{}
	g.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		if auth := r.Header.Get("Authorization"); auth != "Bearer invented-token" {
			t.Errorf("the token comes as %q", auth)
		}
		kind := r.Header.Get("Content-Type")
		text := string(body)
		if kind == "application/x-www-form-urlencoded" {
			if text, err = url.QueryUnescape(text); err != nil {
				t.Error(err)
			}
		}
		address := r.URL.Path
		if r.URL.RawQuery != "" {
			query, err := url.QueryUnescape(r.URL.RawQuery)
			if err != nil {
				t.Error(err)
			}
			address += "?" + query
		}
		g.got = append(g.got, request{r.Method + " " + address, kind, text})
		answer := answers[min(len(g.got), len(answers))-1]
		var status int
		if _, err := fmt.Sscanf(answer, "%d", &status); err != nil {
			t.Error(err)
		}
		w.WriteHeader(status)
		io.WriteString(w, strings.TrimPrefix(answer[3:], " "))
	}))
	t.Cleanup(g.Close)
	return g
}

func (g *graph) sender(account string) *meta.Sender {
	return &meta.Sender{
		Account: account, Token: "invented-token", API: g.URL, HTTP: platformtest.Client(), Now: func() time.Time { return noon },
	}
}

// failure returns what an error of a sender says, the zero value for none.
func failure(t *testing.T, err error) desk.SendError {
	t.Helper()
	if err == nil {
		return desk.SendError{}
	}
	failed, ok := errors.AsType[*desk.SendError](err)
	if !ok {
		t.Fatalf("the error is no *desk.SendError: %v", err)
	}
	return *failed
}

// ago is a message of the customer's that came some time before noon.
func ago(d time.Duration, id string) desk.Answered { return desk.Answered{ID: id, At: noon.Add(-d)} }

func from(channel string, v desk.Visibility) desk.Origin {
	return desk.Origin{Platform: meta.Name, App: "shop", Account: "1001", Channel: channel, Conversation: "c1", Visibility: v}
}

const tag1of1 = "out:thread.1:1/1:r1"

func TestEachChannelIsAnsweredInItsOwnWay(t *testing.T) {
	t.Parallel()
	const asJSON, asForm = "application/json", "application/x-www-form-urlencoded"
	formed := func(form string, a desk.Answered) desk.Answered { a.Form = form; return a }
	under := func(parent string, a desk.Answered) desk.Answered { a.Parent = parent; return a }
	tests := []struct {
		name   string
		page   string
		reply  desk.Reply
		answer string
		want   request
		id     string
	}{
		{
			"Messenger", "", desk.Reply{Origin: from(meta.Messenger, desk.Private), To: "7001", Answers: ago(time.Hour, "m_1")},
			`200 {"recipient_id":"7001","message_id":"m_2"}`,
			request{"POST /v25.0/1001/messages", asJSON, `{"recipient":{"id":"7001"},"messaging_type":"RESPONSE","message":{"text":"ναι, <b>&","metadata":"` + tag1of1 + `"}}`}, "m_2",
		},
		{
			"Messenger, by a person after a day", "", desk.Reply{Origin: from(meta.Messenger, desk.Private), To: "7001", Answers: ago(24*time.Hour, "m_1")},
			`200 {"recipient_id":"7001","message_id":"m_2"}`,
			request{"POST /v25.0/1001/messages", asJSON, `{"recipient":{"id":"7001"},"messaging_type":"MESSAGE_TAG","tag":"HUMAN_AGENT","message":{"text":"ναι, <b>&","metadata":"` + tag1of1 + `"}}`}, "m_2",
		},
		{
			"a comment on a page", "", desk.Reply{Origin: from(meta.FacebookPage, desk.Public), To: "7001", Answers: ago(90*24*time.Hour, "55_66")},
			`200 {"id":"55_67"}`, request{"POST /v25.0/55_66/comments", asJSON, `{"message":"ναι, <b>&"}`}, "55_67",
		},
		{
			"a comment on a page, in private", "", desk.Reply{Origin: from(meta.FacebookPage, desk.Public), Visibility: desk.Private, Answers: ago(time.Hour, "55_66")},
			`200 {"recipient_id":"7001","message_id":"m_2"}`,
			request{"POST /v25.0/1001/messages", asJSON, `{"recipient":{"comment_id":"55_66"},"messaging_type":"RESPONSE","message":{"text":"ναι, <b>&","metadata":"` + tag1of1 + `"}}`}, "m_2",
		},
		{
			"a visitor's post, in private", "", desk.Reply{Origin: from(meta.FacebookPage, desk.Public), Visibility: desk.Private, Answers: formed(meta.FormPost, ago(time.Hour, "1001_66"))},
			`200 {"recipient_id":"7001","message_id":"m_2"}`,
			request{"POST /v25.0/1001/messages", asJSON, `{"recipient":{"post_id":"1001_66"},"messaging_type":"RESPONSE","message":{"text":"ναι, <b>&","metadata":"` + tag1of1 + `"}}`}, "m_2",
		},
		{
			"a review of a page", "", desk.Reply{Origin: from(meta.FacebookPage, desk.Public), Answers: formed(meta.FormReview, ago(time.Hour, "story/1"))},
			`200 {"id":"55_67"}`, request{"POST /v25.0/story/1/comments", asJSON, `{"message":"ναι, <b>&"}`}, "55_67",
		},
		{
			"Instagram, connected by itself", "", desk.Reply{Origin: from(meta.Instagram, desk.Private), To: "7002", Answers: ago(time.Hour, "mid.1")},
			`200 {"recipient_id":"7002","message_id":"mid.2"}`, request{"POST /v25.0/1001/messages", asJSON, `{"recipient":{"id":"7002"},"message":{"text":"ναι, <b>&"}}`}, "mid.2",
		},
		{
			"Instagram, connected through a page", "9009", desk.Reply{Origin: from(meta.Instagram, desk.Private), To: "7002", Answers: ago(25*time.Hour, "mid.1")},
			`200 {"recipient_id":"7002","message_id":"mid.2"}`,
			request{"POST /v25.0/9009/messages", asJSON, `{"recipient":{"id":"7002"},"messaging_type":"MESSAGE_TAG","tag":"HUMAN_AGENT","message":{"text":"ναι, <b>&"}}`}, "mid.2",
		},
		{
			"a comment on Instagram", "9009", desk.Reply{Origin: from(meta.Instagram, desk.Public), Answers: under("178", ago(90*24*time.Hour, "179"))},
			`200 {"id":"180"}`, request{"POST /v25.0/179/replies", asForm, `message=ναι, <b>&`}, "180",
		},
		{
			"a comment on Instagram, in private", "9009", desk.Reply{Origin: from(meta.Instagram, desk.Public), Visibility: desk.Private, Answers: ago(6*24*time.Hour, "179")},
			`200 {"recipient_id":"7002","message_id":"mid.2"}`, request{"POST /v25.0/9009/messages", asJSON, `{"recipient":{"comment_id":"179"},"message":{"text":"ναι, <b>&"}}`}, "mid.2",
		},
		{
			"a mention in somebody's post on Instagram", "9009", desk.Reply{Origin: from(meta.Instagram, desk.Public), Answers: formed(meta.FormMention, ago(time.Hour, "150"))},
			`200 {"id":"180"}`, request{"POST /v25.0/1001/mentions", asForm, `media_id=150&message=ναι, <b>&`}, "180",
		},
		{
			"a mention in somebody's comment on Instagram", "", desk.Reply{Origin: from(meta.Instagram, desk.Public), Answers: formed(meta.FormMention, under("150", ago(time.Hour, "179")))},
			`200 {"id":"180"}`, request{"POST /v25.0/1001/mentions", asForm, `comment_id=179&media_id=150&message=ναι, <b>&`}, "180",
		},
		{
			"WhatsApp, to a number", "", desk.Reply{Origin: from(meta.WhatsApp, desk.Private), To: "GR.1349", ToAlias: "306900000001", Answers: ago(time.Hour, "wamid.1"), ReplyTo: "wamid.1"},
			`200 {"messaging_product":"whatsapp","contacts":[{"input":"306900000001"}],"messages":[{"id":"wamid.2","message_status":"accepted"}]}`,
			request{"POST /v23.0/1001/messages", asJSON, `{"messaging_product":"whatsapp","recipient_type":"individual","to":"306900000001","biz_opaque_callback_data":"` + tag1of1 + `","type":"text","text":{"preview_url":false,"body":"ναι, <b>&"}}`}, "wamid.2",
		},
		{
			"WhatsApp, to somebody who hides the number", "", desk.Reply{Origin: from(meta.WhatsApp, desk.Private), To: "GR.1349", Answers: ago(time.Hour, "wamid.1"), ReplyTo: "wamid.0"},
			`200 {"messages":[{"id":"wamid.2"}]}`,
			request{"POST /v23.0/1001/messages", asJSON, `{"messaging_product":"whatsapp","recipient_type":"individual","recipient":"GR.1349","context":{"message_id":"wamid.0"},"biz_opaque_callback_data":"` + tag1of1 + `","type":"text","text":{"preview_url":false,"body":"ναι, <b>&"}}`}, "wamid.2",
		},
		{
			"WhatsApp, to a group", "", desk.Reply{Origin: from(meta.WhatsApp, desk.Group), To: "GR.1349", Answers: ago(time.Hour, "wamid.1"), ReplyTo: "wamid.1"},
			`200 {"messages":[{"id":"wamid.2"}]}`,
			request{"POST /v23.0/1001/messages", asJSON, `{"messaging_product":"whatsapp","recipient_type":"group","to":"c1","context":{"message_id":"wamid.1"},"biz_opaque_callback_data":"` + tag1of1 + `","type":"text","text":{"preview_url":false,"body":"ναι, <b>&"}}`}, "wamid.2",
		},
		{
			"WhatsApp, by a template after the window", "",
			desk.Reply{Origin: from(meta.WhatsApp, desk.Private), To: "306900000001", Answers: ago(25*time.Hour, "wamid.1"), ReplyTo: "wamid.1", Template: &desk.Template{Name: "we_are_back", Language: "el", Parameters: []string{"Νίκη", "#12"}}},
			`200 {"messages":[{"id":"wamid.2"}]}`,
			request{"POST /v23.0/1001/messages", asJSON, `{"messaging_product":"whatsapp","recipient_type":"individual","to":"306900000001","biz_opaque_callback_data":"` + tag1of1 + `","type":"template","template":{"name":"we_are_back","language":{"code":"el"},"components":[{"type":"body","parameters":[{"type":"text","text":"Νίκη"},{"type":"text","text":"#12"}]}]}}`}, "wamid.2",
		},
		{
			"WhatsApp, by a template without places", "",
			desk.Reply{Origin: from(meta.WhatsApp, desk.Private), To: "306900000001", Answers: ago(time.Hour, "wamid.1"), Template: &desk.Template{Name: "hello", Language: "en_GB"}},
			`200 {"messages":[{"id":"wamid.2"}]}`,
			request{"POST /v23.0/1001/messages", asJSON, `{"messaging_product":"whatsapp","recipient_type":"individual","to":"306900000001","biz_opaque_callback_data":"` + tag1of1 + `","type":"template","template":{"name":"hello","language":{"code":"en_GB"}}}`}, "wamid.2",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := standIn(t, tt.answer)
			s := g.sender("1001")
			s.Page = tt.page
			r := tt.reply
			r.Key, r.Ticket, r.Text = "r1", "thread.1", "ναι, <b>&"
			id, err := s.Send(t.Context(), r)
			if err != nil || id != tt.id {
				t.Fatalf("Send = %q, %v; want %q", id, err, tt.id)
			}
			want := tt.want
			if want.Kind == asJSON { // as Go writes JSON
				want.Body = strings.NewReplacer("<", `\u003c`, ">", `\u003e`, "&", `\u0026`).Replace(want.Body)
			}
			if diff := cmp.Diff([]request{want}, g.got); diff != "" {
				t.Errorf("the call differs (-want +got):\n%s", diff)
			}
		})
	}
}

func TestThreadsIsAnsweredInTwoStepsAndALongAnswerAsAChain(t *testing.T) {
	t.Parallel()
	g := standIn(t, `200 {"id":"container-1"}`, `200 {"id":"post-1"}`, `200 {"id":"container-2"}`, `200 {"id":"post-2"}`)
	r := desk.Reply{Key: "r1", Ticket: "thread.1", Origin: from(meta.Threads, desk.Public), Answers: ago(time.Hour, "theirs"), Text: strings.Repeat("ค", 500) + "จบ"}
	id, err := g.sender("1001").Send(t.Context(), r)
	if err != nil || id != "post-1" {
		t.Fatalf("Send = %q, %v", id, err)
	}
	const form = "application/x-www-form-urlencoded"
	want := []request{
		{"POST /v1.0/me/threads", form, "media_type=TEXT&reply_to_id=theirs&text=" + strings.Repeat("ค", 500)},
		{"POST /v1.0/me/threads_publish", form, "creation_id=container-1"},
		{"POST /v1.0/me/threads", form, "media_type=TEXT&reply_to_id=post-1&text=จบ"},
		{"POST /v1.0/me/threads_publish", form, "creation_id=container-2"},
	}
	if diff := cmp.Diff(want, g.got); diff != "" {
		t.Errorf("the calls differ (-want +got):\n%s", diff)
	}
}

func TestWhatGoesWrongBeforeThreadsPublishesCanBeTriedAgain(t *testing.T) {
	t.Parallel()
	const fault, fine = `500 {"error":{"code":2}}`, `200 {"id":"x"}`
	tests := []struct {
		name    string
		answers []string
		want    desk.SendError
		calls   int
	}{
		{"no container", []string{fault}, desk.SendError{Class: desk.SendRetry}, 1},
		{"a container without a name", []string{`200 {}`}, desk.SendError{Class: desk.SendRetry}, 1},
		{"a refused container", []string{`400 {"error":{"code":100}}`}, desk.SendError{Class: desk.SendRejected}, 1},
		{"publishing answered by nothing that says what became of it", []string{fine, fault}, desk.SendError{Class: desk.SendUnknown}, 2},
		{"publishing refused for now", []string{fine, `400 {"error":{"code":4}}`}, desk.SendError{Class: desk.SendRetry}, 2},
		{"published, under an unknown id", []string{fine, `200 {}`}, desk.SendError{}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := standIn(t, tt.answers...)
			_, err := g.sender("1001").Send(t.Context(), desk.Reply{Origin: from(meta.Threads, desk.Public), Answers: ago(0, "theirs"), Text: "ναι"})
			got := failure(t, err)
			got.Reason = ""
			if got != tt.want || len(g.got) != tt.calls {
				t.Errorf("Send = %+v after %d calls, want %+v after %d", got, len(g.got), tt.want, tt.calls)
			}
		})
	}
}

func TestWhatMetaWouldRefuseForCertainIsNotSent(t *testing.T) {
	t.Parallel()
	const week = 7 * 24 * time.Hour
	template := &desk.Template{Name: "hello", Language: "en"}
	live, mention := desk.Answered{ID: "179", Form: meta.FormLive, At: noon}, desk.Answered{ID: "150", Form: meta.FormMention, At: noon}
	tests := []struct {
		name  string
		reply desk.Reply
		want  desk.SendClass
	}{
		{"Messenger after a week", desk.Reply{Origin: from(meta.Messenger, desk.Private), To: "7001", Answers: ago(week, "m_1")}, desk.SendWindowClosed},
		{"Messenger to nobody", desk.Reply{Origin: from(meta.Messenger, desk.Private), Answers: ago(0, "m_1")}, desk.SendUnreachable},
		{"Instagram after a week", desk.Reply{Origin: from(meta.Instagram, desk.Private), To: "7002", Answers: ago(week, "mid.1")}, desk.SendWindowClosed},
		{"WhatsApp after a day", desk.Reply{Origin: from(meta.WhatsApp, desk.Private), To: "306900000001", Answers: ago(24*time.Hour, "wamid.1")}, desk.SendWindowClosed},
		{"WhatsApp to nobody", desk.Reply{Origin: from(meta.WhatsApp, desk.Private), Answers: ago(0, "wamid.1")}, desk.SendUnreachable},
		{"a template without a language", desk.Reply{Origin: from(meta.WhatsApp, desk.Private), To: "306900000001", Template: &desk.Template{Name: "hello"}}, desk.SendRejected},
		{"a template by Messenger", desk.Reply{Origin: from(meta.Messenger, desk.Private), To: "7001", Template: template}, desk.SendRejected},
		{"in private after a week", desk.Reply{Origin: from(meta.FacebookPage, desk.Public), Visibility: desk.Private, Answers: ago(week, "55_66")}, desk.SendWindowClosed},
		{"in private to nothing", desk.Reply{Origin: from(meta.FacebookPage, desk.Public), Visibility: desk.Private}, desk.SendRejected},
		{"in private to a mention", desk.Reply{Origin: from(meta.Instagram, desk.Public), Visibility: desk.Private, Answers: mention}, desk.SendRejected},
		{"in private by Threads", desk.Reply{Origin: from(meta.Threads, desk.Public), Visibility: desk.Private, Answers: ago(0, "t1")}, desk.SendRejected},
		{"two messages in private", desk.Reply{Origin: from(meta.Instagram, desk.Public), Visibility: desk.Private, Answers: ago(0, "179"), Text: strings.Repeat("ค", 334)}, desk.SendRejected},
		{"a live comment for all to read", desk.Reply{Origin: from(meta.Instagram, desk.Public), Answers: live}, desk.SendRejected},
		{"a comment to nothing", desk.Reply{Origin: from(meta.FacebookPage, desk.Public)}, desk.SendRejected},
		{"white space alone", desk.Reply{Origin: from(meta.Messenger, desk.Private), To: "7001", Answers: ago(0, "m_1"), Text: strings.Repeat(" ", 2001)}, desk.SendRejected},
		{"by a channel that Meta has not", desk.Reply{Origin: from("telex", desk.Private), To: "1"}, desk.SendRejected},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := standIn(t, "200 {}")
			r := tt.reply
			if r.Text == "" {
				r.Text = "ναι"
			}
			_, err := g.sender("1001").Send(t.Context(), r)
			if got := failure(t, err); got.Class != tt.want || got.Reason == "" || len(g.got) != 0 {
				t.Errorf("Send = %v after %d calls, want %s before any", err, len(g.got), tt.want)
			}
		})
	}
	t.Run("without a token", func(t *testing.T) {
		t.Parallel()
		g := standIn(t, "200 {}")
		s := g.sender("1001")
		s.Token = ""
		_, err := s.Send(t.Context(), desk.Reply{Origin: from(meta.Messenger, desk.Private), To: "7001", Text: "ναι"})
		if got := failure(t, err); got.Class != desk.SendAuth || len(g.got) != 0 {
			t.Errorf("Send = %v after %d calls", err, len(g.got))
		}
	})
}

func TestAReplyIsSentOnTheLastInstantOfItsWindow(t *testing.T) {
	t.Parallel()
	g := standIn(t, `200 {"messages":[{"id":"wamid.2"}]}`)
	_, err := g.sender("1001").Send(t.Context(), desk.Reply{Origin: from(meta.WhatsApp, desk.Private), To: "306900000001", Answers: ago(24*time.Hour-1, "wamid.1"), Text: "ναι"})
	if err != nil || len(g.got) != 1 {
		t.Errorf("Send = %v after %d calls", err, len(g.got))
	}
}

func TestALongReplyIsPartedInTheUnitOfItsChannel(t *testing.T) {
	t.Parallel()
	text := strings.TrimSpace(strings.Repeat("Ευχαριστούμε πολύ για την υπομονή σας 🙏 ", 450)) // 18,000 characters, 31,000 bytes
	tests := []struct {
		origin      desk.Origin
		parts, most int
		length      func(string) int
	}{
		{from(meta.Messenger, desk.Private), 9, 2000, utf8.RuneCountInString},
		{from(meta.FacebookPage, desk.Public), 3, 8000, utf8.RuneCountInString},
		{from(meta.Instagram, desk.Private), 34, 1000, func(s string) int { return len(s) }},
		{from(meta.Instagram, desk.Public), 34, 1000, func(s string) int { return len(s) }},
		{from(meta.WhatsApp, desk.Private), 5, 4096, utf8.RuneCountInString},
	}
	for _, tt := range tests {
		t.Run(tt.origin.Channel+" "+string(tt.origin.Visibility), func(t *testing.T) {
			t.Parallel()
			g := standIn(t, `200 {"message_id":"m"}`)
			r := desk.Reply{Key: "r1", Ticket: "thread.1", Origin: tt.origin, To: "306900000001", Answers: ago(0, "a"), Text: text}
			if _, err := g.sender("1001").Send(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			var whole []string
			for n, got := range g.got {
				part := said(t, got)
				whole = append(whole, part.text)
				if tt.length(part.text) > tt.most || part.text == "" {
					t.Errorf("message %d has %d of %d", n, tt.length(part.text), tt.most)
				}
				if want := r.Tag(n, len(g.got)); part.tag != "" && part.tag != want {
					t.Errorf("message %d is tagged %q, want %q", n, part.tag, want)
				}
			}
			if len(whole) < tt.parts || len(whole) > tt.parts+tt.parts/8 || strings.Join(whole, " ") != text {
				t.Errorf("it arrived as %d messages, which are not the whole in order", len(whole))
			}
		})
	}
}

func TestALongReplyThatBreaksOffIsForAPersonToCheck(t *testing.T) {
	t.Parallel()
	const fine = `200 {"recipient_id":"7001","message_id":"m"}`
	tests := []struct {
		name   string
		second string
		want   desk.SendError
	}{
		{"refused for good", `400 {"error":{"code":100}}`, desk.SendError{Class: desk.SendUnknown}},
		{"refused for now: the beginning would come twice", `400 {"error":{"code":613}}`, desk.SendError{Class: desk.SendUnknown}},
		{"perhaps taken: its echo may tell", `500 {"error":{"code":1}}`, desk.SendError{Class: desk.SendUnknown, After: 45 * time.Second}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			g := standIn(t, fine, tt.second)
			r := desk.Reply{Key: "r1", Ticket: "thread.1", Origin: from(meta.Messenger, desk.Private), To: "7001", Answers: ago(0, "m_1"), Text: strings.Repeat("word ", 1500)}
			_, err := g.sender("1001").Send(t.Context(), r)
			got := failure(t, err)
			if !strings.Contains(got.Reason, "only 1 of 4 messages") {
				t.Errorf("the reason is %q", got.Reason)
			}
			got.Reason = ""
			if got != tt.want || len(g.got) != 2 {
				t.Errorf("Send = %+v after %d calls, want %+v", got, len(g.got), tt.want)
			}
		})
	}
}

// A seen is what a transport saw of a call, which it does not make.
type seen struct{ calls []string }

func (s *seen) RoundTrip(r *http.Request) (*http.Response, error) {
	s.calls = append(s.calls, r.Method+" "+r.URL.String())
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"id":"1"}`)), Request: r}, nil
}

func TestInEarnestEachChannelHasItsHostAndVersion(t *testing.T) {
	t.Parallel()
	proof := "?appsecret_proof=3d96931517ba5997b11aaf970ddc11b3b1fdc5862e14705cf6bb5ff2f14fcfcb"
	tests := []struct {
		name   string
		sender meta.Sender
		origin desk.Origin
		want   string
	}{
		{"Messenger", meta.Sender{}, from(meta.Messenger, desk.Private), "POST https://graph.facebook.com/v25.0/1001/messages"},
		{"Instagram by itself", meta.Sender{}, from(meta.Instagram, desk.Private), "POST https://graph.instagram.com/v25.0/1001/messages"},
		{"Instagram through a page", meta.Sender{Page: "9009"}, from(meta.Instagram, desk.Private), "POST https://graph.facebook.com/v25.0/9009/messages"},
		{"WhatsApp", meta.Sender{}, from(meta.WhatsApp, desk.Private), "POST https://graph.facebook.com/v23.0/1001/messages"},
		{"Threads", meta.Sender{}, from(meta.Threads, desk.Public), "POST https://graph.threads.net/v1.0/me/threads"},
		{"another version", meta.Sender{GraphVersion: "v26.0"}, from(meta.WhatsApp, desk.Private), "POST https://graph.facebook.com/v26.0/1001/messages"},
		{"another version of all but Threads", meta.Sender{GraphVersion: "v26.0"}, from(meta.Threads, desk.Public), "POST https://graph.threads.net/v1.0/me/threads"},
		{"another version of Threads", meta.Sender{GraphVersion: "v26.0", ThreadsVersion: "v2.0"}, from(meta.Threads, desk.Public), "POST https://graph.threads.net/v2.0/me/threads"},
		{"each call proved", meta.Sender{Secret: "invented-secret"}, from(meta.Messenger, desk.Private), "POST https://graph.facebook.com/v25.0/1001/messages" + proof},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			transport := &seen{}
			s := tt.sender
			s.Account, s.Token, s.HTTP, s.Now = "1001", "invented-token", &http.Client{Transport: transport}, func() time.Time { return noon }
			if _, err := s.Send(t.Context(), desk.Reply{Key: "r1", Ticket: "thread.1", Origin: tt.origin, To: "306900000001", Answers: ago(0, "a"), Text: "ναι"}); err != nil {
				t.Fatal(err)
			}
			if transport.calls[0] != tt.want {
				t.Errorf("the call is %s\nwant %s", transport.calls[0], tt.want)
			}
		})
	}
}

func TestAnIDStaysOneStepOfThePath(t *testing.T) {
	t.Parallel()
	transport := &seen{}
	s := meta.Sender{Account: "1001", Token: "invented-token", HTTP: &http.Client{Transport: transport}, Now: func() time.Time { return noon }}
	if _, err := s.Send(t.Context(), desk.Reply{Origin: from(meta.FacebookPage, desk.Public), Answers: ago(0, "1/2?x=#3"), Text: "ναι"}); err != nil {
		t.Fatal(err)
	}
	if want := "POST https://graph.facebook.com/v25.0/1%2F2%3Fx=%233/comments"; transport.calls[0] != want {
		t.Errorf("the call is %s", transport.calls[0])
	}
}

func TestAReplyWithoutTimeLeftIsNotSent(t *testing.T) {
	t.Parallel()
	g := standIn(t, "200 {}")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := g.sender("1001").Send(ctx, desk.Reply{Origin: from(meta.Messenger, desk.Private), To: "7001", Text: "ναι"})
	if got := failure(t, err); got.Class != desk.SendRetry || got.Doubt || len(g.got) != 0 {
		t.Errorf("Send = %+v after %d calls", got, len(g.got))
	}
}
