package slack

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/split"
	"example.com/skala/shared/platform/wire"
)

// API is where Slack takes calls of apps.
const API = "https://slack.com"

// maxText is how long a message may be so that Slack shows it in one.
const maxText = 4000

// A Sender sends as one app in one workspace.
type Sender struct {
	Token string           // the bot's
	API   string           // an origin: API, or what stands in for it
	HTTP  *http.Client     // its timeout bounds every call
	Now   func() time.Time // for answers that ask for patience until a date
}

type message struct {
	Channel string `json:"channel"`
	Thread  string `json:"thread_ts,omitempty"`
	Text    string `json:"text"`
}

// Capability returns what may be said: a message to the channel or thread, at any
// time.
func Capability(desk.Origin, desk.Answered) desk.Capability {
	return desk.Capability{Channels: []desk.ReplyWay{desk.DirectReply}, MaxLength: desk.Length{Value: maxText, Unit: string(split.Runes)}}
}

// Repeatable reports that Slack knows no message by a key of ours.
func (s *Sender) Repeatable() bool { return false }

// Send posts a reply to the thread that it answers and returns Slack's id of the
// first message it goes out as. An error is a *desk.SendError. One in the middle of
// a long text is desk.SendUnknown: the beginning is out.
func (s *Sender) Send(ctx context.Context, r desk.Reply) (id string, err error) {
	channel, thread, _ := strings.Cut(r.Origin.Conversation, ":")
	switch {
	case r.Template != nil:
		return "", &desk.SendError{Class: desk.SendRejected, Reason: "Slack takes no templates"}
	case channel == "":
		return "", &desk.SendError{Class: desk.SendUnreachable, Reason: "there is no channel to send it to"}
	}
	parts := split.Text(r.Text, maxText, split.Runes)
	return split.InTurn(parts, func(_ int, part string) (string, *desk.SendError) {
		said, failed := s.post(ctx, "chat.postMessage", message{Channel: channel, Thread: thread, Text: escape(part)})
		return said.Get("ts").Text(), failed
	})
}

// escape writes the three characters that mean something to Slack.
func escape(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

// Profile asks who somebody is. An error is a *desk.SendError, desk.SendUnreachable
// for somebody whom Slack does not know.
func (s *Sender) Profile(ctx context.Context, _ desk.Origin, author string) (desk.Author, error) {
	if author == "" {
		return desk.Author{}, &desk.SendError{Class: desk.SendUnreachable, Reason: "Slack did not tell who wrote"}
	}
	said, failed := s.call(ctx, http.MethodGet, "users.info?user="+url.QueryEscape(author), nil, true)
	if failed != nil {
		return desk.Author{}, failed
	}
	user, profile := said.Get("user"), said.Get("user").Get("profile")
	a := desk.Author{ID: author, Handle: user.Get("name").Text(), Bio: profile.Get("title").Text(),
		Name: cmp.Or(profile.Get("display_name").Text(), user.Get("real_name").Text(), profile.Get("real_name").Text())}
	if !user.IsObject() || a.Name == "" && a.Handle == "" {
		return desk.Author{}, &desk.SendError{Class: desk.SendUnreachable, Reason: "Slack tells nothing about the person"}
	}
	a.HasPicture = profile.Get("avatar_hash").Tells()
	return a, nil
}

func (s *Sender) post(ctx context.Context, method string, body any) (wire.Value, *desk.SendError) {
	payload, err := json.Marshal(body)
	if err != nil {
		return wire.Value{}, &desk.SendError{Class: desk.SendRejected, Reason: "the text cannot be encoded"}
	}
	return s.call(ctx, http.MethodPost, method, payload, false)
}

// call asks Slack for something. What only asks may be asked again.
func (s *Sender) call(ctx context.Context, method, what string, payload []byte, asks bool) (wire.Value, *desk.SendError) {
	if s.Token == "" {
		return wire.Value{}, &desk.SendError{Class: desk.SendAuth, Reason: "the account has no token in the accounts file"}
	}
	req, err := http.NewRequestWithContext(ctx, method, s.API+"/api/"+what, bytes.NewReader(payload))
	if err != nil {
		return wire.Value{}, &desk.SendError{Class: desk.SendRejected, Reason: "Slack's address is no address"}
	}
	req.Header.Set("Authorization", "Bearer "+s.Token)
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	doubt := desk.SendUnknown
	if asks {
		doubt = desk.SendRetry
	}
	answer, failed := wire.Ask(s.HTTP, req, "Slack", doubt, 256<<10)
	if failed != nil {
		return wire.Value{}, failed
	}
	said, _ := answer.Said()
	if answer.StatusCode/100 == 2 && said.Get("ok").True() {
		return said, nil
	}
	return wire.Value{}, s.refusal(answer.Response, said, doubt)
}

// refusal says what an answer means that is no yes. Slack answers 200 to almost
// everything and says the rest by a word.
func (s *Sender) refusal(resp *http.Response, said wire.Value, doubt desk.SendClass) *desk.SendError {
	code, word := resp.StatusCode, said.Get("error").Text()
	if !plainWord(word) {
		word = ""
	}
	told := " (" + cmp.Or(word, strconv.Itoa(code)) + ")"
	switch {
	case code == http.StatusTooManyRequests, word == "ratelimited", word == "rate_limited", word == "message_limit_exceeded":
		return &desk.SendError{Class: desk.SendRetry, After: wire.RetryAfter(resp.Header, s.Now()), Reason: "Slack takes no more for now" + told}
	case code == http.StatusRequestTimeout, code >= 500, code/100 == 2 && word == "", word == "fatal_error", word == "internal_error", word == "request_timeout", word == "service_unavailable":
		return &desk.SendError{Class: doubt, Reason: "Slack had a fault of its own" + told}
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return &desk.SendError{Class: desk.SendAuth, Reason: "Slack does not let the app do that" + told}
	}
	switch word {
	case "not_authed", "invalid_auth", "account_inactive", "token_revoked", "token_expired", "missing_scope", "no_permission", "org_login_required", "ekm_access_denied", "access_denied", "team_access_not_granted", "not_allowed_token_type", "restricted_action", "two_factor_setup_required":
		return &desk.SendError{Class: desk.SendAuth, Reason: "the app's token is no good any more, or the app may not do that" + told}
	case "channel_not_found", "not_in_channel", "is_archived", "user_not_found", "user_not_visible", "cannot_dm_bot", "user_disabled", "thread_not_found", "cannot_reply_to_message":
		return &desk.SendError{Class: desk.SendUnreachable, Reason: "the channel or the person is gone, or the app is not in it" + told}
	}
	return &desk.SendError{Class: desk.SendRejected, Reason: "Slack refuses it" + told}
}

// plainWord reports whether an error's word is one of Slack's, and no text that it
// repeats.
func plainWord(word string) bool {
	return len(word) <= 40 && strings.Trim(word, "abcdefghijklmnopqrstuvwxyz_") == ""
}
