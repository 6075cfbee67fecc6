package zalo

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/split"
	"example.com/skala/shared/platform/wire"
)

// API is where Zalo takes messages of official accounts.
const API = "https://openapi.zalo.me"

// What may be said, and for how long after the customer's message (both
// unconfirmed).
const (
	maxText = 2000
	window  = 7 * 24 * time.Hour
)

// A Sender sends for one official account.
type Sender struct {
	Token  string           // the account's access token
	Tokens wire.Tokens      // in place of Token, where it is renewed
	API    string           // an origin: API, or what stands in for it
	OAuth  string           // likewise
	HTTP   *http.Client     // its timeout bounds every message
	Now    func() time.Time // for answers that ask for patience until a date

	AppID, AppSecret string // to renew tokens with
}

type consultation struct {
	Recipient recipient `json:"recipient"`
	Message   message   `json:"message"`
}

type recipient struct {
	User string `json:"user_id"`
}

type message struct {
	Text  string `json:"text"`
	Quote string `json:"quote_message_id,omitempty"`
}

// Capability returns what may be said: a direct message, within a week of the
// customer's last.
func Capability(_ desk.Origin, last desk.Answered) desk.Capability {
	c := desk.Capability{
		Channels: []desk.ReplyWay{desk.DirectReply}, MaxLength: desk.Length{Value: maxText, Unit: string(split.Runes)}, AfterWindow: desk.NothingAfter,
		Cost: "free for the first answers within 48 hours",
	}
	if !last.At.IsZero() {
		until := last.At.Add(window)
		c.WindowUntil = &until
	}
	return c
}

// Repeatable reports that Zalo knows no message by a key of ours.
func (s *Sender) Repeatable() bool { return false }

// Send sends a reply and returns Zalo's id of the first message it goes out as. An
// error is a *desk.SendError. One in the middle of a long text is
// desk.SendUnknown: the beginning is out.
func (s *Sender) Send(ctx context.Context, r desk.Reply) (id string, err error) {
	switch {
	case r.Template != nil:
		return "", &desk.SendError{Class: desk.SendRejected, Reason: "Zalo takes no templates by this way"}
	case r.To == "":
		return "", &desk.SendError{Class: desk.SendUnreachable, Reason: "Zalo did not tell who wrote"}
	}
	parts := split.Text(r.Text, maxText, split.Runes)
	return split.InTurn(parts, func(_ int, part string) (string, *desk.SendError) {
		return s.send(ctx, consultation{recipient{r.To}, message{Text: part, Quote: r.ReplyTo}})
	})
}

// send sends one message.
func (s *Sender) send(ctx context.Context, c consultation) (id string, failed *desk.SendError) {
	payload, err := json.Marshal(c)
	if err != nil {
		return "", &desk.SendError{Class: desk.SendRejected, Reason: "the text cannot be encoded"}
	}
	said, failed := s.call(ctx, http.MethodPost, "/v3.0/oa/message/cs", payload)
	return said.Get("data").Get("message_id").Text(), failed
}

// call makes one call for the account.
func (s *Sender) call(ctx context.Context, method, path string, payload []byte) (wire.Value, *desk.SendError) {
	return wire.Authorized(ctx, s.Tokens, s.Token, func(token string) (wire.Value, *desk.SendError) {
		return s.with(ctx, token, method, path, payload)
	})
}

// with makes a call with a token.
func (s *Sender) with(ctx context.Context, token, method, path string, payload []byte) (wire.Value, *desk.SendError) {
	req, err := http.NewRequestWithContext(ctx, method, s.API+path, bytes.NewReader(payload))
	if err != nil {
		return wire.Value{}, &desk.SendError{Class: desk.SendRejected, Reason: "Zalo's address is no address"}
	}
	req.Header.Set("access_token", token)
	req.Header.Set("Content-Type", "application/json")
	answer, failed := wire.Ask(s.HTTP, req, "Zalo", desk.SendUnknown, 64<<10)
	if failed != nil {
		return wire.Value{}, failed
	}
	said, _ := answer.Said()
	if answer.StatusCode/100 == 2 && said.Get("error").Is("0") {
		return said, nil
	}
	return wire.Value{}, s.refusal(answer.Response, said)
}

// refusal says what an answer means that is no yes. Zalo answers 200 to most and
// says the rest by an error's number (unconfirmed, those below).
func (s *Sender) refusal(resp *http.Response, said wire.Value) *desk.SendError {
	code, own := resp.StatusCode, said.Get("error").Text()
	told := " (" + cmp.Or(own, strconv.Itoa(code)) + ")"
	switch {
	case code == http.StatusTooManyRequests, own == "-32", own == "-210":
		return &desk.SendError{Class: desk.SendRetry, After: max(wire.RetryAfter(resp.Header, s.Now()), patience), Reason: "Zalo takes no more for now" + told}
	case code == http.StatusRequestTimeout, code >= 500, code/100 == 2 && own == "":
		return &desk.SendError{Class: desk.SendUnknown, Reason: "Zalo had a fault of its own" + told}
	case code == http.StatusUnauthorized, code == http.StatusForbidden, own == "-216", own == "-124", own == "-209", own == "-211", own == "-221", own == "-224":
		return &desk.SendError{Class: desk.SendAuth, Reason: "the account's token is no good any more, or the account may not send" + told}
	case own == "-230", own == "-234":
		return &desk.SendError{Class: desk.SendWindowClosed, Reason: "the customer wrote too long ago" + told}
	case own == "-201", own == "-213", own == "-217", own == "-218", own == "-227":
		return &desk.SendError{Class: desk.SendUnreachable, Reason: "the person takes no messages from the account" + told}
	}
	return &desk.SendError{Class: desk.SendRejected, Reason: "Zalo refuses it" + told}
}

// patience is how long to wait where Zalo asks for less without saying how much.
const patience = 10 * time.Second
