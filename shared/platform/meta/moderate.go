package meta

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"example.com/skala/shared/desk"
)

// Moderate does what is asked for to a comment, or to who wrote it. An error is a
// *desk.SendError. Doing it again does no harm; a comment that is gone already
// cannot be told from one that was never ours to touch.
func (s *Sender) Moderate(ctx context.Context, m desk.ModerationRequest) error {
	c, failed := s.moderation(m)
	if failed != nil {
		return failed
	}
	said, _, failed := s.do(ctx, c)
	switch {
	case failed != nil:
		return failed
	case said.Success.Value != nil && !*said.Success.Value:
		return &desk.SendError{Class: desk.SendRejected, Reason: "Meta did not do it, and does not say why"}
	}
	return nil
}

// moderation is the call that does what m asks for.
func (s *Sender) moderation(m desk.ModerationRequest) (call, *desk.SendError) {
	may := Capability(m.Origin, desk.Answered{ID: m.Message, Parent: m.Parent, Form: m.Form})
	ofAuthor := m.Action == desk.BlockAuthor || m.Action == desk.UnblockAuthor
	switch {
	case !slices.Contains(may.Moderation, m.Action):
		return call{}, &desk.SendError{Class: desk.SendRejected, Reason: "Meta does not let us do that to such a message"}
	case ofAuthor && m.Author == "":
		return call{}, &desk.SendError{Class: desk.SendUnreachable, Reason: "Meta did not tell who wrote"}
	case !ofAuthor && m.Message == "":
		return call{}, &desk.SendError{Class: desk.SendRejected, Reason: "there is no such message"}
	}
	c := call{method: http.MethodPost, channel: m.Origin.Channel, path: []string{m.Message}, repeatable: true}
	hide := m.Action == desk.HideMessage
	switch {
	case ofAuthor: // as pages are documented elsewhere; unconfirmed
		c.path, c.body = []string{s.Account, "blocked"}, blocked{[]string{m.Author}}
		if m.Action == desk.UnblockAuthor {
			c.method, c.body, c.query = http.MethodDelete, nil, url.Values{"user": {m.Author}}
		}
	case m.Action == desk.DeleteMessage:
		c.method = http.MethodDelete
	case m.Origin.Channel == FacebookPage:
		c.body = hidden{hide}
	case m.Origin.Channel == Threads:
		c.path, c.form = []string{m.Message, "manage_reply"}, url.Values{"hide": {strconv.FormatBool(hide)}}
	default:
		c.form = url.Values{"hide": {strconv.FormatBool(hide)}}
	}
	return c, nil
}

// A hidden is the body that hides a comment on a page, or shows it again.
type hidden struct {
	Hidden bool `json:"is_hidden"`
}

// A blocked is the body that keeps somebody off a page.
type blocked struct {
	User []string `json:"user"`
}
