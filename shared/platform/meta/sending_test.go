package meta_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform"
	"example.com/skala/shared/platform/meta"
	"example.com/skala/shared/platform/platformtest"
)

// sending is what there is to know of a channel for the half of the test that
// every platform must pass which is about sending.
func sending(channel string) platformtest.Platform {
	shows := 45 * time.Second
	p := platformtest.Platform{
		Sender: func(api string) platform.Sender {
			return &meta.Sender{Account: "1001", Token: "invented-token", API: api, HTTP: platformtest.Client(), Now: func() time.Time { return noon }}
		},
		Reply: desk.Reply{
			Key: "reply-1", Ticket: "thread.1", Text: "Θα το δούμε αμέσως", Visibility: desk.Private,
			Origin: from(channel, desk.Private), To: "306900000001", Answers: ago(time.Hour, "a1"), ReplyTo: "a1",
		},
		Accept: func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"id":"1"}`) },
		Sent:   func(t *testing.T, r *http.Request, body []byte) []platformtest.Message { return sentBy(t, r, body) },
	}
	id := "m_2"
	accepted := `{"recipient_id":"306900000001","message_id":"m_2"}`
	switch channel {
	case meta.Messenger:
		p.Tagged = true
	case meta.WhatsApp:
		p.Tagged = true
		id, accepted = "wamid.2", `{"messaging_product":"whatsapp","messages":[{"id":"wamid.2","message_status":"accepted"}]}`
	case meta.FacebookPage, meta.Threads:
		p.Reply.Origin.Visibility, p.Reply.Visibility = desk.Public, desk.Public
		id, accepted = "180", `{"id":"180"}`
	}
	if channel == meta.Threads {
		shows = 0 // nothing that Threads tells us of our own reply names the customer
		p.Prepares = func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/me/threads") }
	}
	again := func(after time.Duration) desk.SendError { return desk.SendError{Class: desk.SendRetry, After: after} }
	is := func(class desk.SendClass) desk.SendError { return desk.SendError{Class: class} }
	unknown := desk.SendError{Class: desk.SendUnknown, After: shows}
	p.Answers = []platformtest.Answer{
		{Name: "it has the reply", Status: 200, Body: accepted, ID: id},
		{Name: "it has the reply and says nothing", Status: 200},
		{Name: "it answers with a page", Status: 200, Body: "<html>", Want: unknown},
		{Name: "not so fast", Status: 429, Header: "Retry-After: 30", Want: again(30 * time.Second)},
		{Name: "not so fast, in an error", Status: 400, Header: `X-Business-Use-Case-Usage: {"1001":[{"estimated_time_to_regain_access":2}]}`, Body: `{"error":{"code":80007}}`, Want: again(2 * time.Minute)},
		{Name: "it is down", Status: 502, Body: `<html>`, Want: unknown},
		{Name: "it had a fault of its own", Status: 500, Body: `{"error":{"code":2,"message":"Service temporarily unavailable"}}`, Want: unknown},
		{Name: "the token has expired", Status: 401, Body: `{"error":{"code":190,"error_subcode":463}}`, Want: is(desk.SendAuth)},
		{Name: "a permission is missing", Status: 403, Body: `{"error":{"code":200}}`, Want: is(desk.SendAuth)},
		{Name: "it does not like the text", Status: 400, Body: `{"error":{"code":100}}`, Want: is(desk.SendRejected)},
		{Name: "it does not know the recipient", Status: 400, Body: `{"error":{"code":551}}`, Want: is(desk.SendUnreachable)},
		{Name: "it is too late", Status: 403, Body: `{"error":{"code":10,"error_subcode":2018278}}`, Want: is(desk.SendWindowClosed)},
		{Name: "it is somewhere else", Status: 302, Header: "Location: http://127.0.0.1:1/", Want: is(desk.SendRejected)},
	}
	asked := []platformtest.Answer{
		{Name: "it says so", Status: 200, Body: `{"success":true}`},
		{Name: "not so fast", Status: 429, Header: "Retry-After: 30", Want: again(30 * time.Second)},
		{Name: "it is down", Status: 502, Body: `<html>`, Want: again(0)},
		{Name: "it is down for a while", Status: 503, Header: "Retry-After: 120", Want: again(2 * time.Minute)},
		{Name: "the token has expired", Status: 401, Body: `{"error":{"code":190}}`, Want: is(desk.SendAuth)},
		{Name: "it is gone", Status: 400, Body: `{"error":{"code":100,"error_subcode":33}}`, Want: is(desk.SendUnreachable)},
	}
	p.Asks = []platformtest.Ask{
		{Name: "hiding", Answers: asked, Do: func(ctx context.Context, s platform.Sender) error {
			return s.(platform.Moderator).Moderate(ctx, desk.ModerationRequest{Action: desk.HideMessage, Origin: from(meta.FacebookPage, desk.Public), Message: "55_66"})
		}},
		{Name: "asking who that is", Answers: asked, Do: func(ctx context.Context, s platform.Sender) error {
			_, err := s.(platform.Profiler).Profile(ctx, from(meta.Messenger, desk.Private), "7001")
			return err
		}},
		{Name: "asking what was said", Answers: asked, Do: func(ctx context.Context, s platform.Sender) error {
			_, err := s.(platform.Fetcher).Fetch(ctx, desk.Event{Channel: meta.Instagram, Needs: desk.NeedsContent, Form: meta.FormMention, ID: "150"})
			return err
		}},
	}
	return p
}

// sentBy reads the one message in a request, none in the one that publishes on
// Threads.
func sentBy(t *testing.T, r *http.Request, body []byte) []platformtest.Message {
	t.Helper()
	text := string(body)
	if r.Header.Get("Content-Type") == "application/x-www-form-urlencoded" {
		form, err := url.ParseQuery(text)
		if err != nil {
			t.Fatal(err)
		}
		if form.Has("creation_id") {
			return nil
		}
		return []platformtest.Message{{Text: form.Get("message") + form.Get("text")}}
	}
	got := said(t, request{Body: text})
	return []platformtest.Message{{Text: got.text, Tag: got.tag}}
}
