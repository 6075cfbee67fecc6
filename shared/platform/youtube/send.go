package youtube

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

// API is where the Data API takes calls, Hub where channels are subscribed to.
const (
	API = "https://www.googleapis.com"
	Hub = "https://pubsubhubbub.appspot.com"
)

// maxText is how long a comment may be (unconfirmed).
const maxText = 10_000

// A Sender asks and answers as one channel.
type Sender struct {
	Account         string      // the channel's id
	Token           string      // of the channel's owner, with youtube.force-ssl
	Tokens          wire.Tokens // in place of Token, where it is renewed
	Callback        string      // the webhook address, as YouTube reaches it; empty subscribes to nothing
	Secret          string      // that the hub is to sign with
	API, Hub, OAuth string      // origins: those of this package, or what stands in for them
	HTTP            *http.Client
	Now             func() time.Time

	ClientID, ClientSecret string // of the app, to renew tokens with
}

// Capability returns what may be said: a comment for all to read, at any time.
func Capability(desk.Origin, desk.Answered) desk.Capability {
	return desk.Capability{Channels: []desk.ReplyWay{desk.PublicReply}, MaxLength: desk.Length{Value: maxText, Unit: string(split.Runes)}}
}

// Repeatable reports that YouTube knows no comment by a key of ours.
func (s *Sender) Repeatable() bool { return false }

// Send comments in the thread that a reply answers and returns YouTube's id of the
// first comment it goes out as. An error is a *desk.SendError. One in the middle of a
// long text is desk.SendUnknown: the beginning is out.
func (s *Sender) Send(ctx context.Context, r desk.Reply) (id string, err error) {
	switch {
	case r.Template != nil:
		return "", &desk.SendError{Class: desk.SendRejected, Reason: "YouTube takes no templates"}
	case r.Origin.Conversation == "":
		return "", &desk.SendError{Class: desk.SendUnreachable, Reason: "there is no comment to answer"}
	}
	parts := split.Text(r.Text, maxText, split.Runes)
	return split.InTurn(parts, func(_ int, part string) (string, *desk.SendError) {
		payload, err := json.Marshal(map[string]any{"snippet": map[string]string{"parentId": r.Origin.Conversation, "textOriginal": part}})
		if err != nil {
			return "", &desk.SendError{Class: desk.SendRejected, Reason: "the text cannot be encoded"}
		}
		said, failed := s.call(ctx, http.MethodPost, "comments?part=snippet", payload, desk.SendUnknown)
		return said.Get("id").Text(), failed
	})
}

// Profile asks who somebody is. An error is a *desk.SendError, desk.SendUnreachable
// for a channel that is gone.
func (s *Sender) Profile(ctx context.Context, _ desk.Origin, author string) (desk.Author, error) {
	if author == "" {
		return desk.Author{}, &desk.SendError{Class: desk.SendUnreachable, Reason: "YouTube did not tell who wrote"}
	}
	said, failed := s.call(ctx, http.MethodGet, "channels?part=snippet,statistics&id="+url.QueryEscape(author), nil, desk.SendRetry)
	if failed != nil {
		return desk.Author{}, failed
	}
	is := said.Get(list).Only()
	snippet, counts := is.Get("snippet"), is.Get("statistics")
	a := desk.Author{ID: author, Name: snippet.Get("title").Text(), Handle: strings.TrimPrefix(snippet.Get("customUrl").Text(), "@"), Bio: snippet.Get("description").Text()}
	if !is.Get("id").Is(author) || a.Name == "" && a.Handle == "" {
		return desk.Author{}, &desk.SendError{Class: desk.SendUnreachable, Reason: "YouTube tells nothing about the channel: it is gone"}
	}
	if at := wire.ISO(snippet.Get("publishedAt").Text()); !at.IsZero() {
		a.Created = &at
	}
	if !counts.Get("hiddenSubscriberCount").True() {
		a.Followers = count(counts.Get("subscriberCount"))
	}
	a.Posts = count(counts.Get("videoCount"))
	return a, nil
}

func count(v wire.Value) *int64 {
	n, err := strconv.ParseInt(v.Text(), 10, 64)
	if err != nil {
		return nil
	}
	return &n
}

// call asks the Data API for something. doubt is what it means when nobody knows
// whether that has arrived.
func (s *Sender) call(ctx context.Context, method, what string, payload []byte, doubt desk.SendClass) (wire.Value, *desk.SendError) {
	return wire.Authorized(ctx, s.Tokens, s.Token, func(token string) (wire.Value, *desk.SendError) {
		return s.with(ctx, token, method, what, payload, doubt)
	})
}

// with makes a call with a token.
func (s *Sender) with(ctx context.Context, token, method, what string, payload []byte, doubt desk.SendClass) (wire.Value, *desk.SendError) {
	req, err := http.NewRequestWithContext(ctx, method, s.API+"/youtube/v3/"+what, bytes.NewReader(payload))
	if err != nil {
		return wire.Value{}, &desk.SendError{Class: desk.SendRejected, Reason: "YouTube's address is no address"}
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if payload != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return s.do(req, doubt)
}

// maxAnswer bounds what is read of an answer, in bytes: a hundred threads with their
// answers.
const maxAnswer = 8 << 20

func (s *Sender) do(req *http.Request, doubt desk.SendClass) (wire.Value, *desk.SendError) {
	answer, failed := wire.Ask(s.HTTP, req, "YouTube", doubt, maxAnswer)
	if failed != nil {
		return wire.Value{}, failed
	}
	said, read := answer.Said()
	if answer.StatusCode/100 == 2 {
		if !read && req.Method == http.MethodGet {
			return wire.Value{}, &desk.SendError{Class: desk.SendRetry, Reason: "YouTube's answer cannot be read"}
		}
		return said, nil
	}
	return wire.Value{}, s.refusal(answer.Response, said, doubt)
}

// quota is how long to wait where the day's questions are used up: they are counted
// anew at midnight in California.
const quota = time.Hour

// refusal says what an answer means that is no yes. The Data API says the rest by a
// word (unconfirmed, some of those below).
func (s *Sender) refusal(resp *http.Response, said wire.Value, doubt desk.SendClass) *desk.SendError {
	code := resp.StatusCode
	word := said.Get("error").Get("errors").Only().Get("reason").Text()
	if len(word) > 40 || strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" { // and no text that it repeats
		word = ""
	}
	told := " (" + cmp.Or(word, strconv.Itoa(code)) + ")"
	after := wire.RetryAfter(resp.Header, s.Now())
	switch {
	case word == "quotaExceeded", word == "dailyLimitExceeded":
		return &desk.SendError{Class: desk.SendRetry, After: cmp.Or(after, quota), Reason: "the day's calls to YouTube are used up" + told}
	case code == http.StatusTooManyRequests, word == "rateLimitExceeded", word == "userRateLimitExceeded":
		return &desk.SendError{Class: desk.SendRetry, After: cmp.Or(after, time.Minute), Reason: "YouTube takes no more for now" + told}
	case code == http.StatusRequestTimeout, code >= 500:
		return &desk.SendError{Class: doubt, Reason: "YouTube had a fault of its own" + told}
	case code == http.StatusNotFound, code == http.StatusGone, word == "commentsDisabled":
		return &desk.SendError{Class: desk.SendUnreachable, Reason: "the comment is gone, or its video takes none" + told}
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return &desk.SendError{Class: desk.SendAuth, Reason: "the token is no good any more, or may not speak for the channel" + told}
	}
	return &desk.SendError{Class: desk.SendRejected, Reason: "YouTube refuses it" + told}
}
