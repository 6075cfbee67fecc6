package line

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha1"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/split"
	"example.com/skala/shared/platform/wire"
)

// API is where LINE takes messages.
const API = "https://api.line.me"

// What one push may hold.
const (
	maxMessages = 5
	maxText     = 5000
)

// A Sender sends for one account. Everything goes out as a push message: agents
// are slower than the minute for which a reply token lasts.
type Sender struct {
	Token string           // the channel access token
	API   string           // an origin: API, or what stands in for it
	HTTP  *http.Client     // its timeout bounds every push
	Now   func() time.Time // for answers that ask for patience until a date
}

type push struct {
	To       string `json:"to"`
	Messages []text `json:"messages"`
}

type text struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// An answer is what LINE says to a push, accepted or not.
type answer struct {
	Message string `json:"message"`
	Details []struct {
		Property string `json:"property"`
	} `json:"details"`
	SentMessages []struct {
		ID wire.Text `json:"id"`
	} `json:"sentMessages"`
}

// Capability returns what may be said: a direct or group message at any time.
func Capability(desk.Origin, desk.Answered) desk.Capability {
	return desk.Capability{
		Channels: []desk.ReplyWay{desk.DirectReply}, MaxLength: desk.Length{Value: maxText, Unit: string(split.UTF16)},
		Cost: "one of the account's monthly messages",
	}
}

// Repeatable reports that LINE recognises for a day a reply it has had, so that
// one whose outcome is unknown may be sent again.
func (s *Sender) Repeatable() bool { return true }

// Send pushes a reply and returns LINE's id of its first message. A text too
// long for one push goes out as several, each recognised by itself: sending the
// reply again adds only what is missing. An error is a *desk.SendError.
func (s *Sender) Send(ctx context.Context, r desk.Reply) (id string, err error) {
	to := r.To
	if r.Origin.Visibility == desk.Group {
		to = r.Origin.Conversation
	}
	if to == "" {
		return "", &desk.SendError{Class: desk.SendUnreachable, Reason: "LINE did not tell who wrote"}
	}
	if s.Token == "" {
		return "", &desk.SendError{Class: desk.SendAuth, Reason: "the account has no token in the accounts file"}
	}
	parts := split.Text(r.Text, maxText, split.UTF16)
	for n := 0; n*maxMessages < len(parts); n++ {
		some := parts[n*maxMessages : min((n+1)*maxMessages, len(parts))]
		first, err := s.push(ctx, to, some, retryKey(r, n))
		if failed := err; failed != nil {
			if n > 0 && failed.Class != desk.SendRetry {
				return "", &desk.SendError{Class: desk.SendUnknown, Reason: "only the beginning was delivered, then: " + failed.Reason}
			}
			return "", failed
		}
		id = cmp.Or(id, first)
	}
	return id, nil
}

// push sends messages in one request, and returns the id of the first where
// LINE tells it.
func (s *Sender) push(ctx context.Context, to string, parts []string, key string) (id string, failed *desk.SendError) {
	body := push{To: to}
	for _, part := range parts {
		body.Messages = append(body.Messages, text{Type: "text", Text: part})
	}
	payload, err := json.Marshal(body)
	if err != nil {
		return "", &desk.SendError{Class: desk.SendRejected, Reason: "the text cannot be encoded"}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.API+"/v2/bot/message/push", bytes.NewReader(payload))
	if err != nil {
		return "", &desk.SendError{Class: desk.SendRejected, Reason: "LINE's address is no address"}
	}
	req.Header.Set("Authorization", "Bearer "+s.Token)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Line-Retry-Key", key) // on the first try too, or the second would be a new message
	resp, err := wire.Straight(s.HTTP).Do(req)
	if err != nil {
		return "", &desk.SendError{Class: desk.SendRetry, Reason: "LINE did not answer", Doubt: wire.Left(err)}
	}
	defer resp.Body.Close()
	var said answer
	read, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err == nil {
		err = json.Unmarshal(read, &said)
	}
	if err != nil && resp.StatusCode/100 != 2 {
		said = answer{} // a proxy's page, say: the status tells enough
	}
	if failed := s.refusal(resp, said); failed != nil {
		return "", failed
	}
	if len(said.SentMessages) > 0 {
		id = string(said.SentMessages[0].ID)
	}
	return id, nil
}

// refusal says what an answer means, nil when LINE has the messages. LINE's own
// words may quote what we sent, so they are not repeated.
func (s *Sender) refusal(resp *http.Response, said answer) *desk.SendError {
	code := resp.StatusCode
	words := strings.ToLower(said.Message)
	failed := &desk.SendError{Class: desk.SendRejected, Reason: "LINE answered " + strconv.Itoa(code)}
	switch {
	case code/100 == 2:
		return nil
	case code == http.StatusConflict:
		if resp.Header.Get("X-Line-Accepted-Request-Id") != "" || strings.Contains(words, "already accepted") {
			return nil // the first time we sent it
		}
		failed.Class = desk.SendUnknown
	case code == http.StatusTooManyRequests && strings.Contains(words, "monthly limit"):
		failed.Reason = "the account's messages for this month are used up" // no use before the next
	case code == http.StatusTooManyRequests, code == http.StatusRequestTimeout, code >= 500:
		failed.Class, failed.Doubt = desk.SendRetry, code != http.StatusTooManyRequests
		failed.After = wire.RetryAfter(resp.Header, s.Now())
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		failed.Class = desk.SendAuth
	case code == http.StatusBadRequest && aboutRecipient(said, words):
		failed.Class, failed.Reason = desk.SendUnreachable, "LINE knows no such recipient any more"
	}
	return failed
}

// aboutRecipient reports whether LINE refuses the recipient and not the text.
func aboutRecipient(said answer, words string) bool {
	for _, d := range said.Details {
		if d.Property == "to" {
			return true
		}
	}
	return strings.Contains(words, "property, 'to'") || strings.Contains(words, "failed to send messages")
}

// retryKey names push n of a reply: a UUID made from its key (version 5), as
// LINE takes nothing else.
func retryKey(r desk.Reply, n int) string {
	sum := sha1.Sum(fmt.Appendf(nil, "skala line push\x00%s\x00%s\x00%s\x00%d", r.Origin.Account, r.Ticket, r.Key, n))
	sum[6] = sum[6]&0x0f | 0x50
	sum[8] = sum[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
}
