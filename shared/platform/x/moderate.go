package x

import (
	"context"
	"net/http"

	"example.com/skala/shared/desk"
)

type hidden struct {
	Hidden bool `json:"hidden"`
}

type target struct {
	User string `json:"target_user_id"`
}

// Moderate hides a reply below a post of ours from all who do not ask for it, or
// shows it again; or has the account block somebody, which takes X's Enterprise
// plan. Nobody can delete what others posted. Doing the same again does no harm. An
// error is a *desk.SendError.
func (s *Sender) Moderate(ctx context.Context, m desk.ModerationRequest) error {
	c := call{repeatable: true}
	about, blocking := m.Message, []string{"2", "users", s.Account, "blocking"}
	switch m.Action {
	case desk.HideMessage, desk.UnhideMessage:
		c.method, c.path, c.body = http.MethodPut, []string{"2", "tweets", m.Message, "hidden"}, hidden{m.Action == desk.HideMessage}
	case desk.BlockAuthor:
		about, c.method, c.path, c.body = m.Author, http.MethodPost, blocking, target{m.Author}
	case desk.UnblockAuthor:
		about, c.method, c.path = m.Author, http.MethodDelete, append(blocking, m.Author)
	default:
		return &desk.SendError{Class: desk.SendRejected, Reason: "X lets nobody do that to what others posted"}
	}
	if about == "" {
		return &desk.SendError{Class: desk.SendUnreachable, Reason: "X did not tell what or whom it is about"}
	}
	_, failed := s.do(ctx, c)
	switch {
	case failed == nil:
		return nil
	case failed.Class == desk.SendAuth && (m.Action == desk.BlockAuthor || m.Action == desk.UnblockAuthor):
		failed.Reason += ": blocking by API takes X's Enterprise plan"
	case failed.Class == desk.SendRejected && (m.Action == desk.HideMessage || m.Action == desk.UnhideMessage):
		failed.Reason += ": only replies below the account's own posts can be hidden"
	}
	return failed
}
