package discord

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/split"
	"example.com/skala/shared/platform/wire"
)

// API is where Discord takes calls of apps.
const API = "https://discord.com"

// What one message may hold. In a channel of many it begins with whom it is for.
const (
	maxText    = 2000
	maxMention = 30
)

// A Sender sends as one app's bot.
type Sender struct {
	Token string           // the bot's
	API   string           // an origin: API, or what stands in for it
	HTTP  *http.Client     // its timeout bounds every call
	Now   func() time.Time // for answers that ask for patience until a date
}

type message struct {
	Content string          `json:"content"`
	Nonce   string          `json:"nonce"`
	Enforce bool            `json:"enforce_nonce"`
	Allowed allowedMentions `json:"allowed_mentions"`
}

// allowedMentions says who is called by what stands in a text: nobody else, so that
// none wakes a whole server.
type allowedMentions struct {
	Parse []string `json:"parse"`
	Users []string `json:"users,omitempty"`
}

// Capability returns what may be said: a message to the channel, at any time.
func Capability(o desk.Origin, _ desk.Answered) desk.Capability {
	limit := maxText
	if o.Visibility == desk.Group {
		limit -= maxMention
	}
	return desk.Capability{Channels: []desk.ReplyWay{desk.DirectReply}, MaxLength: desk.Length{Value: limit, Unit: string(split.Runes)}}
}

// Repeatable reports that Discord knows a message by our nonce for some minutes only.
func (s *Sender) Repeatable() bool { return false }

// Send posts a reply to the channel that it answers in and returns Discord's id of the
// first message it goes out as. An error is a *desk.SendError. One in the middle of a
// long text is desk.SendUnknown: the beginning is out.
func (s *Sender) Send(ctx context.Context, r desk.Reply) (id string, err error) {
	channel := r.Origin.Conversation
	switch {
	case s.Token == "":
		return "", &desk.SendError{Class: desk.SendAuth, Reason: "the account has no token in the accounts file"}
	case r.Template != nil:
		return "", &desk.SendError{Class: desk.SendRejected, Reason: "Discord takes no templates"}
	case channel == "":
		return "", &desk.SendError{Class: desk.SendUnreachable, Reason: "there is no channel to send it to"}
	}
	parts := split.Text(r.Text, Capability(r.Origin, r.Answers).MaxLength.Value, split.Runes)
	return split.InTurn(parts, func(n int, part string) (string, *desk.SendError) {
		m := message{Content: part, Nonce: nonce(r, n), Enforce: true, Allowed: allowedMentions{Parse: []string{}}}
		if r.Origin.Visibility == desk.Group && r.To != "" && n == 0 {
			m.Content, m.Allowed.Users = "<@"+r.To+"> "+part, []string{r.To}
		}
		return s.send(ctx, channel, m)
	})
}

// nonce names message n of a reply, in the 25 characters that Discord takes.
func nonce(r desk.Reply, n int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "skala discord\x00%s\x00%s\x00%s\x00%d", r.Origin.Account, r.Ticket, r.Key, n))
	return hex.EncodeToString(sum[:12])
}

// send posts one message.
func (s *Sender) send(ctx context.Context, channel string, m message) (id string, failed *desk.SendError) {
	payload, err := json.Marshal(m)
	if err != nil {
		return "", &desk.SendError{Class: desk.SendRejected, Reason: "the text cannot be encoded"}
	}
	said, failed := s.call(ctx, http.MethodPost, "/channels/"+url.PathEscape(channel)+"/messages", payload)
	return said.Get("id").Text(), failed
}

// call makes one call as the bot.
func (s *Sender) call(ctx context.Context, method, path string, payload []byte) (wire.Value, *desk.SendError) {
	if s.Token == "" {
		return wire.Value{}, &desk.SendError{Class: desk.SendAuth, Reason: "the account has no token in the accounts file"}
	}
	req, err := http.NewRequestWithContext(ctx, method, s.API+"/api/v10"+path, bytes.NewReader(payload))
	if err != nil {
		return wire.Value{}, &desk.SendError{Class: desk.SendRejected, Reason: "Discord's address is no address"}
	}
	req.Header.Set("Authorization", "Bot "+s.Token)
	req.Header.Set("Content-Type", "application/json")
	answer, failed := wire.Ask(s.HTTP, req, "Discord", desk.SendUnknown, 64<<10)
	if failed != nil {
		return wire.Value{}, failed
	}
	said, _ := answer.Said()
	if answer.StatusCode/100 == 2 {
		return said, nil
	}
	return wire.Value{}, s.refusal(answer.Response, said)
}

// refusal says what an answer means that is no yes.
func (s *Sender) refusal(resp *http.Response, said wire.Value) *desk.SendError {
	code, own := resp.StatusCode, said.Get("code").Text()
	if _, err := strconv.Atoi(own); err != nil {
		own = ""
	}
	told := " (" + cmp.Or(own, strconv.Itoa(code)) + ")"
	switch {
	case code == http.StatusTooManyRequests:
		after := wire.RetryAfter(resp.Header, s.Now())
		if seconds, err := strconv.ParseFloat(said.Get("retry_after").Text(), 64); err == nil && seconds > 0 && seconds < 24*60*60 {
			after = max(after, time.Duration(seconds*float64(time.Second)).Round(time.Millisecond))
		}
		return &desk.SendError{Class: desk.SendRetry, After: after, Reason: "Discord takes no more for now" + told}
	case code == http.StatusRequestTimeout, code >= 500:
		return &desk.SendError{Class: desk.SendUnknown, Reason: "Discord had a fault of its own" + told}
	case code == http.StatusNotFound, own == "50007", own == "10003", own == "50001", own == "50278":
		return &desk.SendError{Class: desk.SendUnreachable, Reason: "the channel is gone or out of our sight, or the person takes no messages from the app" + told}
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return &desk.SendError{Class: desk.SendAuth, Reason: "the bot's token is no good any more, or the bot may not write there" + told}
	}
	return &desk.SendError{Class: desk.SendRejected, Reason: "Discord refuses it" + told}
}
