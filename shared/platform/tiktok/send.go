package tiktok

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/split"
	"example.com/skala/shared/platform/wire"
)

// API is where TikTok takes calls of business accounts, path what its version puts
// before each of them.
const (
	API  = "https://business-api.tiktok.com"
	path = "/open_api/v1.3/business"
)

// What one answer may hold, and how long a direct message can be answered. Besides, no
// more than ten go out before the customer writes again, which TikTok alone counts.
const (
	maxMessage = 6000
	maxComment = 1200 // another of its pages says 150 (unconfirmed)
	window     = 48 * time.Hour
)

// A Sender sends as one business account.
type Sender struct {
	Account string           // the account's business id, which is its open id
	Token   string           // of the account for this app; it lasts for a day
	Tokens  wire.Tokens      // in place of Token, where it is renewed
	API     string           // an origin: API, or what stands in for it
	HTTP    *http.Client     // its timeout bounds every call
	Now     func() time.Time // for answers that ask for patience until a date

	ClientID, ClientSecret string // of the app, to renew tokens with
}

// Capability returns what may be said: a comment below a comment at any time, a message
// for two days after the customer's last. Below somebody's own video TikTok takes none.
func Capability(o desk.Origin, last desk.Answered) desk.Capability {
	none := desk.Capability{Channels: []desk.ReplyWay{}}
	switch {
	case last.Form == FormMention, last.Form == FormNotice:
		return none
	case o.Visibility == desk.Public:
		return desk.Capability{
			Channels: []desk.ReplyWay{desk.PublicReply}, MaxLength: desk.Length{Value: maxComment, Unit: string(split.Runes)},
			Moderation: []desk.ModerationAction{desk.HideMessage, desk.UnhideMessage},
		}
	}
	c := desk.Capability{Channels: []desk.ReplyWay{desk.DirectReply}, MaxLength: desk.Length{Value: maxMessage, Unit: string(split.Runes)}, AfterWindow: desk.NothingAfter}
	if !last.At.IsZero() {
		until := last.At.Add(window).UTC()
		c.WindowUntil = &until
	}
	return c
}

// Repeatable reports that TikTok knows no answer by a key of ours.
func (s *Sender) Repeatable() bool { return false }

type commentReply struct {
	Business string `json:"business_id"`
	Video    string `json:"video_id"`
	Comment  string `json:"comment_id"`
	Text     string `json:"text"`
}

type directMessage struct {
	Business      string `json:"business_id"`
	RecipientType string `json:"recipient_type"`
	Recipient     string `json:"recipient"`
	Type          string `json:"message_type"`
	Text          struct {
		Body string `json:"body"`
	} `json:"text"`
	About *referenced `json:"referenced_message_info,omitempty"`
}

type referenced struct {
	Message string `json:"referenced_message_id"`
}

// Send sends a reply and returns TikTok's id of the first comment or message it goes
// out as. An error is a *desk.SendError. One in the middle of a long text is
// desk.SendUnknown: the beginning is out.
func (s *Sender) Send(ctx context.Context, r desk.Reply) (id string, err error) {
	may := Capability(r.Origin, r.Answers)
	answered := cmp.Or(r.ReplyTo, r.Answers.ID)
	switch {
	case r.Template != nil:
		return "", &desk.SendError{Class: desk.SendRejected, Reason: "TikTok takes no templates"}
	case len(may.Channels) == 0:
		return "", &desk.SendError{Class: desk.SendUnreachable, Reason: "TikTok takes no answer to that but in its own app"}
	case r.Origin.Visibility == desk.Public && r.Visibility == desk.Private:
		return "", &desk.SendError{Class: desk.SendRejected, Reason: "a comment can be answered for all to read alone"}
	case r.Origin.Conversation == "" || r.Origin.Visibility == desk.Public && answered == "":
		return "", &desk.SendError{Class: desk.SendUnreachable, Reason: "TikTok did not tell what is answered"}
	}
	parts := split.Text(r.Text, may.MaxLength.Value, split.Runes)
	return split.InTurn(parts, func(n int, part string) (string, *desk.SendError) {
		return s.send(ctx, r, answered, part, n == 0)
	})
}

// send sends one part of a reply.
func (s *Sender) send(ctx context.Context, r desk.Reply, answered, text string, first bool) (id string, failed *desk.SendError) {
	business := cmp.Or(s.Account, r.Origin.Account)
	if r.Origin.Visibility == desk.Public {
		said, failed := s.post(ctx, "/comment/reply/create/", commentReply{Business: business, Video: r.Origin.Conversation, Comment: answered, Text: text})
		if failed != nil {
			return "", failed
		}
		return said.Get("comment_id").Text(), nil
	}
	m := directMessage{Business: business, RecipientType: "CONVERSATION", Recipient: r.Origin.Conversation, Type: "TEXT"}
	m.Text.Body = text
	if first && r.ReplyTo != "" {
		m.About = &referenced{r.ReplyTo}
	}
	said, failed := s.post(ctx, "/message/send/", m)
	if failed != nil {
		return "", failed
	}
	return cmp.Or(said.Get("message").Get("message_id").Text(), said.Get("message_id").Text()), nil
}

type hiding struct {
	Business string `json:"business_id"`
	Video    string `json:"video_id"`
	Comment  string `json:"comment_id"`
	Action   string `json:"action"`
}

// Moderate hides a comment, or shows it again. An error is a *desk.SendError.
func (s *Sender) Moderate(ctx context.Context, m desk.ModerationRequest) error {
	may := Capability(m.Origin, desk.Answered{ID: m.Message, Form: m.Form})
	if !slices.Contains(may.Moderation, m.Action) || m.Message == "" {
		return &desk.SendError{Class: desk.SendRejected, Reason: "TikTok does not let us do that to such a message"}
	}
	h := hiding{Business: cmp.Or(s.Account, m.Origin.Account), Video: m.Origin.Conversation, Comment: m.Message, Action: "HIDE"}
	if m.Action == desk.UnhideMessage {
		h.Action = "UNHIDE"
	}
	if _, failed := s.post(ctx, "/comment/hide/", h); failed != nil {
		return failed
	}
	return nil
}

// post makes a call that does something, and returns what TikTok says it did.
func (s *Sender) post(ctx context.Context, name string, body any) (data wire.Value, failed *desk.SendError) {
	payload, err := json.Marshal(body)
	if err != nil {
		return wire.Value{}, &desk.SendError{Class: desk.SendRejected, Reason: "the text cannot be encoded"}
	}
	said, _, failed := s.call(ctx, http.MethodPost, name, nil, payload)
	return said.Get("data"), failed
}

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 512 << 10

// call asks TikTok for something, and returns its answer as it can be read and as it
// came.
func (s *Sender) call(ctx context.Context, method, name string, query url.Values, payload []byte) (said wire.Value, raw []byte, failed *desk.SendError) {
	answer, failed := wire.Authorized(ctx, s.Tokens, s.Token, func(token string) (answered, *desk.SendError) {
		return s.with(ctx, token, method, name, query, payload)
	})
	return answer.said, answer.raw, failed
}

type answered struct {
	said wire.Value
	raw  []byte
}

// with makes a call with a token.
func (s *Sender) with(ctx context.Context, token, method, name string, query url.Values, payload []byte) (answered, *desk.SendError) {
	doubt := desk.SendUnknown
	if method == http.MethodGet {
		doubt = desk.SendRetry // asking changes nothing
	}
	address := s.API + path + name
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(payload))
	if err != nil {
		return answered{}, &desk.SendError{Class: desk.SendRejected, Reason: "TikTok's address is no address"}
	}
	req.Header.Set("Access-Token", token)
	if payload != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	answer, failed := wire.Ask(s.HTTP, req, "TikTok", doubt, maxAnswer)
	if failed != nil {
		return answered{}, failed
	}
	said, _ := answer.Said()
	if answer.StatusCode/100 == 2 && said.Get("code").Is("0") {
		return answered{said, answer.Raw}, nil
	}
	return answered{}, s.refusal(answer.Response, said, method, doubt)
}

// How long to wait where TikTok takes no more for now: its limits are of a minute, and
// it asks for five. What is fetched has no more than that in all, so it tries sooner.
const (
	patience     = 5 * time.Minute
	fetchAgainIn = 2 * time.Minute
	tooFast      = time.Minute // between direct messages
)

// refusal says what an answer means that is no yes. TikTok answers 200 to almost
// everything and says the rest by a number; another status is a gateway's.
func (s *Sender) refusal(resp *http.Response, said wire.Value, method string, doubt desk.SendClass) *desk.SendError {
	status := resp.StatusCode
	wait := patience
	if method == http.MethodGet {
		wait = fetchAgainIn
	}
	code, err := strconv.Atoi(said.Get("code").Text())
	if err != nil || code == 0 || status/100 != 2 && code/10000 != 4 {
		told := " (" + strconv.Itoa(status) + ")"
		switch {
		case status == http.StatusTooManyRequests:
			return &desk.SendError{Class: desk.SendRetry, After: cmp.Or(wire.RetryAfter(resp.Header, s.Now()), wait), Reason: "TikTok takes no more for now" + told}
		case status == http.StatusRequestTimeout, status >= 500, status/100 == 2:
			return &desk.SendError{Class: doubt, Reason: "TikTok had a fault of its own" + told}
		case status == http.StatusUnauthorized, status == http.StatusForbidden:
			return &desk.SendError{Class: desk.SendAuth, Reason: "TikTok does not let the app do that" + told}
		}
		return &desk.SendError{Class: desk.SendRejected, Reason: "TikTok refuses it" + told}
	}
	told := " (" + strconv.Itoa(code) + ")"
	switch code {
	case 40100, 40133:
		return &desk.SendError{Class: desk.SendRetry, After: wait, Reason: "TikTok takes no more for now" + told}
	case 40064:
		return &desk.SendError{Class: desk.SendRetry, After: tooFast, Reason: "TikTok takes messages to this person more slowly" + told}
	case 40001, 40101, 40102, 40103, 40104, 40105:
		return &desk.SendError{Class: desk.SendAuth, Reason: "the account's token is no good any more, or may not do that" + told}
	case 40007:
		return &desk.SendError{Class: desk.SendUnreachable, Reason: "what is answered is gone" + told}
	}
	if code >= 50000 {
		return &desk.SendError{Class: doubt, Reason: "TikTok had a fault of its own" + told}
	}
	return &desk.SendError{Class: desk.SendRejected, Reason: "TikTok refuses it" + told}
}
