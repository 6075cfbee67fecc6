package telegram

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/split"
	"example.com/skala/shared/platform/wire"
)

// API is where Telegram takes calls of bots.
const API = "https://api.telegram.org"

// maxText is how long one message may be.
const maxText = 4096

// A Sender sends as one bot.
type Sender struct {
	Token string           // the bot's, which is part of every address
	API   string           // an origin: API, or what stands in for it
	HTTP  *http.Client     // its timeout bounds every call
	Now   func() time.Time // for answers that ask for patience until a date
}

// A message is what sendMessage takes. Text goes out as it is, without markup.
type message struct {
	Chat       string     `json:"chat_id"`
	Thread     int64      `json:"message_thread_id,omitempty"`
	Connection string     `json:"business_connection_id,omitempty"`
	Text       string     `json:"text"`
	Reply      *inReplyTo `json:"reply_parameters,omitempty"`
}

type inReplyTo struct {
	Message int64 `json:"message_id"`
	Anyway  bool  `json:"allow_sending_without_reply"`
}

// Capability returns what may be said: a message to the chat, at any time.
func Capability(desk.Origin, desk.Answered) desk.Capability {
	return desk.Capability{Channels: []desk.ReplyWay{desk.DirectReply}, MaxLength: desk.Length{Value: maxText, Unit: string(split.UTF16)}}
}

// Repeatable reports that Telegram knows no message by a key of ours.
func (s *Sender) Repeatable() bool { return false }

// Send sends a reply to its chat, in a group as an answer to the customer's
// message, and returns Telegram's id of the first message it goes out as. An
// error is a *desk.SendError. One in the middle of a long text is
// desk.SendUnknown: the beginning is out.
func (s *Sender) Send(ctx context.Context, r desk.Reply) (id string, err error) {
	if s.Token == "" {
		return "", &desk.SendError{Class: desk.SendAuth, Reason: "the account has no token in the accounts file"}
	}
	if r.Template != nil {
		return "", &desk.SendError{Class: desk.SendRejected, Reason: "Telegram takes no templates"}
	}
	chat, thread, _ := strings.Cut(cmp.Or(r.Origin.Conversation, r.To), ":")
	if chat == "" {
		return "", &desk.SendError{Class: desk.SendUnreachable, Reason: "there is no chat to send it to"}
	}
	m := message{Chat: chat, Thread: number(thread)}
	m.Connection, _ = strings.CutPrefix(r.Answers.Form, business)
	if m.Connection == r.Answers.Form {
		m.Connection = ""
	}
	if to := number(cmp.Or(r.ReplyTo, r.Answers.ID)); to > 0 && r.Origin.Visibility == desk.Group {
		m.Reply = &inReplyTo{Message: to, Anyway: true}
	}
	parts := split.Text(r.Text, maxText, split.UTF16)
	return split.InTurn(parts, func(_ int, part string) (string, *desk.SendError) {
		m.Text = part
		return s.send(ctx, m)
	})
}

// number reads an id that Telegram wants as a number; zero for what is none.
func number(id string) int64 {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// send sends one message.
func (s *Sender) send(ctx context.Context, m message) (id string, failed *desk.SendError) {
	payload, err := json.Marshal(m)
	if err != nil {
		return "", &desk.SendError{Class: desk.SendRejected, Reason: "the text cannot be encoded"}
	}
	said, failed := s.call(ctx, "sendMessage", payload)
	return said.Get("result").Get("message_id").Text(), failed
}

// call makes one call. The token is in its address, so that nothing of an error
// of the network is repeated.
func (s *Sender) call(ctx context.Context, method string, payload []byte) (wire.Value, *desk.SendError) {
	if s.Token == "" {
		return wire.Value{}, &desk.SendError{Class: desk.SendAuth, Reason: "the account has no token in the accounts file"}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.API+"/bot"+s.Token+"/"+method, bytes.NewReader(payload))
	if err != nil {
		return wire.Value{}, &desk.SendError{Class: desk.SendAuth, Reason: "the bot's token, or Telegram's address, is none"}
	}
	req.Header.Set("Content-Type", "application/json")
	answer, failed := wire.Ask(s.HTTP, req, "Telegram", desk.SendUnknown, 64<<10)
	if failed != nil {
		return wire.Value{}, failed
	}
	said, _ := answer.Said()
	if answer.StatusCode/100 == 2 && said.Get("ok").True() {
		return said, nil
	}
	return wire.Value{}, s.refusal(answer.Response, said)
}

// refusal says what an answer means that is no yes. Telegram says the same in the
// status and in the answer; what it says in the answer goes before. Its own words
// may quote what we sent, so they are not repeated.
func (s *Sender) refusal(resp *http.Response, said wire.Value) *desk.SendError {
	code := resp.StatusCode
	if own, err := strconv.Atoi(said.Get("error_code").Text()); err == nil && (code/100 == 2 || code >= 400) {
		code = own
	}
	words := strings.ToLower(said.Get("description").Text())
	told := " (" + strconv.Itoa(code) + ")"
	switch {
	case code/100 == 2, code == http.StatusRequestTimeout, code >= 500: // it may have the message all the same
		return &desk.SendError{Class: desk.SendUnknown, Reason: "Telegram had a fault of its own" + told}
	case code == http.StatusTooManyRequests:
		after := wire.RetryAfter(http.Header{"Retry-After": {said.Get("parameters").Get("retry_after").Text()}}, s.Now())
		return &desk.SendError{Class: desk.SendRetry, After: max(after, wire.RetryAfter(resp.Header, s.Now())), Reason: "Telegram takes no more for now" + told}
	case code == http.StatusUnauthorized, code == http.StatusNotFound: // of a token that is none
		return &desk.SendError{Class: desk.SendAuth, Reason: "the bot's token is no good any more" + told}
	case said.Get("parameters").Get("migrate_to_chat_id").Found():
		return &desk.SendError{Class: desk.SendUnreachable, Reason: "the group has become another, with a new id: the next message from there can be answered" + told}
	case code == http.StatusForbidden:
		return &desk.SendError{Class: desk.SendUnreachable, Reason: "the person has blocked the bot, or the group has put it out" + told}
	case strings.Contains(words, "chat not found"), strings.Contains(words, "peer_id_invalid"), strings.Contains(words, "user is deactivated"):
		return &desk.SendError{Class: desk.SendUnreachable, Reason: "Telegram knows no such chat any more" + told}
	case strings.Contains(words, "business connection"), strings.Contains(words, "business_connection"), strings.Contains(words, "not enough rights"):
		return &desk.SendError{Class: desk.SendAuth, Reason: "the bot may not write there" + told}
	}
	return &desk.SendError{Class: desk.SendRejected, Reason: "Telegram refuses it" + told}
}
