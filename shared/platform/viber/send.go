package viber

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/split"
	"example.com/skala/shared/platform/wire"
)

// API is where Viber takes messages of bots.
const API = "https://chatapi.viber.com"

// What one message may hold.
const (
	maxText = 7000
	maxName = 28 // of the sender
)

// A Sender sends as one bot.
type Sender struct {
	Token string           // the bot's authentication token
	Name  string           // what its messages are shown under; Viber takes the first 28 characters
	API   string           // an origin: API, or what stands in for it
	HTTP  *http.Client     // its timeout bounds every message
	Now   func() time.Time // for answers that ask for patience until a date
}

type message struct {
	Receiver string `json:"receiver"`
	Type     string `json:"type"`
	Sender   sender `json:"sender"`
	Tracking string `json:"tracking_data"`
	Version  int    `json:"min_api_version"`
	Text     string `json:"text"`
}

type sender struct {
	Name string `json:"name"`
}

// Capability returns what may be said: a message to whoever is subscribed, at any
// time.
func Capability(desk.Origin, desk.Answered) desk.Capability {
	return desk.Capability{Channels: []desk.ReplyWay{desk.DirectReply}, MaxLength: desk.Length{Value: maxText, Unit: string(split.Runes)}}
}

// Repeatable reports that Viber knows no message by a key of ours.
func (s *Sender) Repeatable() bool { return false }

// Send sends a reply and returns Viber's token of the first message it goes out
// as. An error is a *desk.SendError. One in the middle of a long text is
// desk.SendUnknown: the beginning is out.
func (s *Sender) Send(ctx context.Context, r desk.Reply) (id string, err error) {
	switch {
	case s.Token == "":
		return "", &desk.SendError{Class: desk.SendAuth, Reason: "the account has no token in the accounts file"}
	case r.Template != nil:
		return "", &desk.SendError{Class: desk.SendRejected, Reason: "Viber takes no templates"}
	case r.Origin.Visibility == desk.Group:
		return "", &desk.SendError{Class: desk.SendRejected, Reason: "a group can be answered in Viber's app alone"}
	case r.To == "":
		return "", &desk.SendError{Class: desk.SendUnreachable, Reason: "Viber did not tell who wrote"}
	}
	parts := split.Text(r.Text, maxText, split.Runes)
	return split.InTurn(parts, func(n int, part string) (string, *desk.SendError) {
		return s.send(ctx, message{
			Receiver: r.To, Type: "text", Sender: sender{Name: short(s.Name)}, Tracking: r.Tag(n, len(parts)), Version: 1, Text: part,
		})
	})
}

// short is as much of a name as Viber shows.
func short(name string) string {
	if r := []rune(name); len(r) > maxName {
		return string(r[:maxName])
	}
	return name
}

// send sends one message.
func (s *Sender) send(ctx context.Context, m message) (id string, failed *desk.SendError) {
	var payload bytes.Buffer
	enc := json.NewEncoder(&payload)
	enc.SetEscapeHTML(false) // a request may have 30 kB
	if err := enc.Encode(m); err != nil {
		return "", &desk.SendError{Class: desk.SendRejected, Reason: "the text cannot be encoded"}
	}
	said, failed := s.call(ctx, "send_message", &payload)
	return said.Get("message_token").Text(), failed
}

// call makes one call as the bot.
func (s *Sender) call(ctx context.Context, method string, payload io.Reader) (wire.Value, *desk.SendError) {
	if s.Token == "" {
		return wire.Value{}, &desk.SendError{Class: desk.SendAuth, Reason: "the account has no token in the accounts file"}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.API+"/pa/"+method, payload)
	if err != nil {
		return wire.Value{}, &desk.SendError{Class: desk.SendRejected, Reason: "Viber's address is no address"}
	}
	req.Header.Set("X-Viber-Auth-Token", s.Token)
	req.Header.Set("Content-Type", "application/json")
	answer, failed := wire.Ask(s.HTTP, req, "Viber", desk.SendUnknown, 64<<10)
	if failed != nil {
		return wire.Value{}, failed
	}
	said, _ := answer.Said()
	if answer.StatusCode/100 == 2 && said.Get("status").Is("0") {
		return said, nil
	}
	return wire.Value{}, s.refusal(answer.Response, said)
}

// refusal says what an answer means that is no yes. Viber answers 200 to
// everything and says the rest in the body; another status is a gateway's.
func (s *Sender) refusal(resp *http.Response, said wire.Value) *desk.SendError {
	code := resp.StatusCode
	if code/100 != 2 {
		failed := &desk.SendError{Class: desk.SendRejected, Reason: "Viber answered " + strconv.Itoa(code)}
		switch {
		case code == http.StatusTooManyRequests:
			failed.Class, failed.After = desk.SendRetry, wire.RetryAfter(resp.Header, s.Now())
		case code == http.StatusRequestTimeout, code >= 500:
			failed.Class = desk.SendUnknown
		case code == http.StatusUnauthorized, code == http.StatusForbidden:
			failed.Class = desk.SendAuth
		}
		return failed
	}
	told := " (status " + said.Get("status").Text() + ")"
	switch said.Get("status").Text() {
	case "":
		return &desk.SendError{Class: desk.SendUnknown, Reason: "Viber answered what nobody can read"}
	case "2", "7", "8", "9", "10", "15":
		return &desk.SendError{Class: desk.SendAuth, Reason: "the bot's token is no good, or the bot may not send" + told}
	case "5", "6":
		return &desk.SendError{Class: desk.SendUnreachable, Reason: "the person is not subscribed to the bot any more" + told}
	case "11":
		return &desk.SendError{Class: desk.SendUnreachable, Reason: "the person has no device that can show it" + told}
	case "12":
		return &desk.SendError{Class: desk.SendRetry, After: patience, Reason: "Viber takes no more for now" + told}
	}
	return &desk.SendError{Class: desk.SendRejected, Reason: "Viber refuses it" + told}
}

// patience is how long to wait where Viber asks for less without saying how much.
const patience = 10 * time.Second
