package standard

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/signature"
	"example.com/skala/shared/platform/split"
	"example.com/skala/shared/platform/wire"
)

// maxText keeps a webhook below the 20 kB that receivers are asked to take.
const maxText = 16_000

// A Signer signs the webhooks that we send.
type Signer struct {
	key *signature.SHA256
}

// NewSigner returns the signer of a secret of the whsec_ kind.
func NewSigner(secret string) (*Signer, error) {
	if len(secret) > 5 && secret[:5] == "whpk_" {
		return nil, errors.New("a public key signs nothing: give a secret, whsec_")
	}
	key, err := symmetric(secret)
	if err != nil {
		return nil, err
	}
	return &Signer{key: key}, nil
}

// Sign sets the three headers of one attempt to send body at now.
func (s *Signer) Sign(h http.Header, id string, body []byte, now time.Time) {
	at := strconv.FormatInt(now.Unix(), 10)
	h.Set("Webhook-Id", id)
	h.Set("Webhook-Timestamp", at)
	h.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(s.key.Sum([]byte(id+"."+at+"."), body)))
}

// A Sender sends for one account: each reply is a webhook of its own.
type Sender struct {
	URL    string  // where the other side takes replies
	Signer *Signer // nil when the app has no secret to sign with
	HTTP   *http.Client
	Now    func() time.Time
}

// A reply is the body of the webhook that carries one.
type reply struct {
	Type      string    `json:"type"` // message.reply
	Timestamp time.Time `json:"timestamp"`
	Data      replyData `json:"data"`
}

type replyData struct {
	ID           string `json:"id"` // as the header webhook-id
	Conversation string `json:"conversation_id"`
	To           string `json:"to"`
	ReplyTo      string `json:"reply_to,omitempty"`
	Text         string `json:"text"`
}

// ErrForbiddenAddress is what the transport of a Sender returns for an address
// it does not connect to.
var ErrForbiddenAddress = errors.New("the address is not a public one")

// Capability returns what may be said: anything, wherever the conversation is.
func Capability(o desk.Origin, _ desk.Answered) desk.Capability {
	way := desk.DirectReply
	if o.Visibility == desk.Public {
		way = desk.PublicReply
	}
	return desk.Capability{Channels: []desk.ReplyWay{way}, MaxLength: desk.Length{Value: maxText, Unit: string(split.Bytes)}}
}

// Repeatable reports that receivers of Standard Webhooks recognise a webhook
// they have had by its webhook-id.
func (s *Sender) Repeatable() bool { return true }

// Send posts a reply, and returns the id that the receiver gives it in an answer
// such as {"id":"..."}, if any. A text too long for one webhook goes out as
// several, each with an id of its own. An error is
// a *desk.SendError.
func (s *Sender) Send(ctx context.Context, r desk.Reply) (id string, err error) {
	if s.Signer == nil {
		return "", &desk.SendError{Class: desk.SendAuth, Reason: "the app has no secret to sign replies with"}
	}
	if s.URL == "" {
		return "", &desk.SendError{Class: desk.SendRejected, Reason: "the account has no reply_url in the accounts file"}
	}
	for n, part := range split.Text(r.Text, maxText, split.Bytes) {
		given, failed := s.post(ctx, replyData{ID: messageID(r, n), Conversation: r.Origin.Conversation, To: r.To, ReplyTo: r.ReplyTo, Text: part})
		if failed != nil {
			if n > 0 && failed.Class != desk.SendRetry {
				return "", &desk.SendError{Class: desk.SendUnknown, Reason: "only the beginning was delivered, then: " + failed.Reason}
			}
			return "", failed
		}
		if n == 0 {
			id = given
		}
	}
	return id, nil
}

// messageID names part n of a reply for good, the same on every try. An agent's
// key is unique on a ticket only, and may hold what an id must not.
func messageID(r desk.Reply, n int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q", []string{r.Origin.Account, string(r.Ticket), r.Key, strconv.Itoa(n)}))
	return "msg_" + base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:16])
}

func (s *Sender) post(ctx context.Context, data replyData) (id string, failed *desk.SendError) {
	now := s.Now()
	body, err := json.Marshal(reply{Type: "message.reply", Timestamp: now.UTC(), Data: data})
	if err != nil {
		return "", &desk.SendError{Class: desk.SendRejected, Reason: "the text cannot be encoded"}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, bytes.NewReader(body))
	if err != nil {
		return "", &desk.SendError{Class: desk.SendRejected, Reason: "reply_url is no address"}
	}
	req.Header.Set("Content-Type", "application/json")
	s.Signer.Sign(req.Header, data.ID, body, now)
	resp, err := wire.Straight(s.HTTP).Do(req)
	switch {
	case errors.Is(err, ErrForbiddenAddress):
		return "", &desk.SendError{Class: desk.SendRejected, Reason: "reply_url leads to an address that is not public"}
	case err != nil:
		return "", &desk.SendError{Class: desk.SendRetry, Reason: "the receiver did not answer", Doubt: wire.Left(err)}
	}
	defer resp.Body.Close()
	if failed := refusal(resp, now); failed != nil {
		return "", failed
	}
	var said struct {
		ID wire.Text `json:"id"`
	}
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if err != nil || json.Unmarshal(answer, &said) != nil {
		return "", nil // it has the reply, and no id for it
	}
	return string(said.ID), nil
}

// refusal says what an answer means, nil when the receiver has the reply.
func refusal(resp *http.Response, now time.Time) *desk.SendError {
	code := resp.StatusCode
	failed := &desk.SendError{Class: desk.SendRejected, Reason: "the receiver answered " + strconv.Itoa(code)}
	switch {
	case code/100 == 2:
		return nil
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		failed.Class = desk.SendAuth
	case code == http.StatusGone:
		failed.Class = desk.SendUnreachable
	case code == http.StatusTooManyRequests, code == http.StatusRequestTimeout, code >= 500:
		failed.Class, failed.Doubt = desk.SendRetry, code != http.StatusTooManyRequests
		failed.After = wire.RetryAfter(resp.Header, now)
	}
	return failed
}
