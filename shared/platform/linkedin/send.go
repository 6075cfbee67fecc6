package linkedin

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

// API is where LinkedIn takes calls, Version the version of it that the desk was
// written for: each is switched off after about a year.
const (
	API     = "https://api.linkedin.com"
	Version = "202601"
)

// maxText is how long a comment may be (unconfirmed).
const maxText = 1250

// A Sender sends as one organisation's page.
type Sender struct {
	Account string           // the organisation's URN
	Token   string           // of a member who may speak for it
	Version string           // in place of the one that the desk was written for
	API     string           // an origin: API, or what stands in for it
	HTTP    *http.Client     // its timeout bounds every call
	Now     func() time.Time // for answers that ask for patience until a date
}

type comment struct {
	Actor   string `json:"actor"`
	Object  string `json:"object"`
	Message struct {
		Text string `json:"text"`
	} `json:"message"`
	Parent string `json:"parentComment,omitempty"`
}

// Capability returns what may be said: a comment for all to read, at any time.
func Capability(desk.Origin, desk.Answered) desk.Capability {
	return desk.Capability{Channels: []desk.ReplyWay{desk.PublicReply}, MaxLength: desk.Length{Value: maxText, Unit: string(split.Runes)}}
}

// Repeatable reports that LinkedIn knows no comment by a key of ours.
func (s *Sender) Repeatable() bool { return false }

// Send comments on what a reply answers and returns LinkedIn's name of the first
// comment it goes out as. An error is a *desk.SendError. One in the middle of a long
// text is desk.SendUnknown: the beginning is out.
func (s *Sender) Send(ctx context.Context, r desk.Reply) (id string, err error) {
	c := comment{Actor: cmp.Or(s.Account, r.Origin.Account), Object: r.Origin.Conversation}
	answered := cmp.Or(r.ReplyTo, r.Answers.ID)
	if strings.HasPrefix(answered, commentURN) {
		c.Parent = answered
		if parent := r.Answers.Parent; strings.HasPrefix(parent, commentURN) && answered == r.Answers.ID {
			c.Parent = parent // there are two levels
		}
	}
	switch {
	case r.Template != nil:
		return "", &desk.SendError{Class: desk.SendRejected, Reason: "LinkedIn takes no templates"}
	case !strings.HasPrefix(c.Object, "urn:li:"):
		return "", &desk.SendError{Class: desk.SendUnreachable, Reason: "there is no post to comment on"}
	}
	parts := split.Text(r.Text, maxText, split.Runes)
	return split.InTurn(parts, func(_ int, part string) (string, *desk.SendError) {
		c.Message.Text = part
		return s.comment(ctx, c)
	})
}

func (s *Sender) comment(ctx context.Context, c comment) (id string, failed *desk.SendError) {
	payload, err := json.Marshal(c)
	if err != nil {
		return "", &desk.SendError{Class: desk.SendRejected, Reason: "the text cannot be encoded"}
	}
	header, said, failed := s.call(ctx, http.MethodPost, "/rest/socialActions/"+url.QueryEscape(cmp.Or(c.Parent, c.Object))+"/comments", payload, desk.SendUnknown)
	if failed != nil {
		return "", failed
	}
	var d wire.Document
	if d.Read(said) != nil {
		d = wire.Document{}
	}
	body := d.Root()
	id = cmp.Or(body.Get("commentUrn").Text(), body.Get("$URN").Text(), header.Get("X-RestLi-Id"), body.Get("id").Text())
	if number := strings.Trim(id, "0123456789"); id != "" && number == "" { // the last part of its name
		id = commentURN + c.Object + "," + id + ")"
	}
	return urn(id), nil
}

// Fetch asks for what a notification only names, and returns LinkedIn's answer as it
// came, a JSON object: of a comment {"actor", "message": {"text"}, "parentComment"},
// of a post {"author", "commentary"}. An error is a *desk.SendError, and
// desk.SendUnreachable for what is gone.
func (s *Sender) Fetch(ctx context.Context, e desk.Event) ([]byte, error) {
	id := cmp.Or(e.ID, e.Target)
	path := "/rest/posts/" + url.QueryEscape(id)
	if inside, ok := strings.CutPrefix(id, commentURN); ok {
		object, number, parted := strings.Cut(strings.TrimSuffix(inside, ")"), ",")
		path = "/rest/socialActions/" + url.QueryEscape(object) + "/comments/" + url.QueryEscape(number)
		if !parted {
			id = ""
		}
	}
	if e.Needs != desk.NeedsContent || !strings.HasPrefix(id, "urn:li:") {
		return nil, &desk.SendError{Class: desk.SendRejected, Reason: "the notice names nothing that can be asked for"}
	}
	_, said, failed := s.call(ctx, http.MethodGet, path, nil, desk.SendRetry)
	if failed != nil {
		return nil, failed
	}
	if said = bytes.TrimSpace(said); len(said) == 0 {
		return nil, &desk.SendError{Class: desk.SendRetry, Reason: "LinkedIn's answer is empty"}
	}
	return said, nil
}

// call asks LinkedIn for something, and fails where it says no.
func (s *Sender) call(ctx context.Context, method, path string, payload []byte, doubt desk.SendClass) (http.Header, []byte, *desk.SendError) {
	answer, failed := s.do(ctx, method, path, payload, doubt)
	if failed != nil {
		return nil, nil, failed
	}
	if answer.StatusCode/100 == 2 {
		if !answer.Whole && method == http.MethodGet {
			return nil, nil, &desk.SendError{Class: desk.SendRetry, Reason: "LinkedIn's answer broke off"}
		}
		return answer.Header, answer.Raw, nil
	}
	return nil, nil, s.refusal(answer.Response, answer.Raw, doubt)
}

// do asks LinkedIn for something, and returns whatever it answers. doubt is what it
// means when nobody knows whether that has arrived.
func (s *Sender) do(ctx context.Context, method, path string, payload []byte, doubt desk.SendClass) (wire.Answer, *desk.SendError) {
	if s.Token == "" {
		return wire.Answer{}, &desk.SendError{Class: desk.SendAuth, Reason: "the account has no token in the accounts file"}
	}
	req, err := http.NewRequestWithContext(ctx, method, s.API+path, bytes.NewReader(payload))
	if err != nil {
		return wire.Answer{}, &desk.SendError{Class: desk.SendRejected, Reason: "LinkedIn's address is no address"}
	}
	req.Header.Set("Authorization", "Bearer "+s.Token)
	req.Header.Set("LinkedIn-Version", cmp.Or(s.Version, Version))
	req.Header.Set("X-Restli-Protocol-Version", "2.0.0")
	if payload != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return wire.Ask(s.HTTP, req, "LinkedIn", doubt, maxAnswer)
}

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 128 << 10

// patience is how long to wait where LinkedIn takes no more without saying until
// when: its quotas are of a day.
const patience = time.Minute

// refusal says what an answer means that is no yes.
func (s *Sender) refusal(resp *http.Response, said []byte, doubt desk.SendClass) *desk.SendError {
	var d wire.Document
	if d.Read(said) != nil {
		d = wire.Document{} // a proxy's page, say: the status tells enough
	}
	code, told := resp.StatusCode, " ("+strconv.Itoa(resp.StatusCode)
	if own := d.Root().Get("serviceErrorCode").Text(); own != "" && len(own) <= 6 && strings.Trim(own, "0123456789") == "" {
		told += ", " + own
	}
	told += ")"
	switch {
	case code == http.StatusTooManyRequests:
		return &desk.SendError{Class: desk.SendRetry, After: cmp.Or(wire.RetryAfter(resp.Header, s.Now()), patience), Reason: "LinkedIn takes no more for now" + told}
	case code == http.StatusRequestTimeout, code >= 500:
		return &desk.SendError{Class: doubt, Reason: "LinkedIn had a fault of its own" + told}
	case code == http.StatusUnauthorized, code == http.StatusForbidden:
		return &desk.SendError{Class: desk.SendAuth, Reason: "the token is no good any more, or may not speak for the page" + told}
	case code == http.StatusNotFound, code == http.StatusGone:
		return &desk.SendError{Class: desk.SendUnreachable, Reason: "the post or the comment is gone" + told}
	case code == http.StatusUpgradeRequired:
		return &desk.SendError{Class: desk.SendRejected, Reason: "LinkedIn has switched this version of its API off" + told}
	}
	return &desk.SendError{Class: desk.SendRejected, Reason: "LinkedIn refuses it" + told}
}
