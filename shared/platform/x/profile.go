package x

import (
	"context"
	"net/http"
	"net/url"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// userFields is what X is asked about somebody.
const userFields = "created_at,description,location,profile_image_url,protected,public_metrics,verified,verified_type,parody"

// Profile asks who somebody is. X bills each answer. An error is a
// *desk.SendError, desk.SendUnreachable for somebody who is gone or suspended.
func (s *Sender) Profile(ctx context.Context, _ desk.Origin, author string) (desk.Author, error) {
	answer, failed := s.who(ctx, author)
	if failed != nil {
		return desk.Author{}, failed
	}
	return user(answer), nil
}

// Fetch asks who wrote e, which came without its author, and returns X's answer for
// Parse to read. An error is a *desk.SendError.
func (s *Sender) Fetch(ctx context.Context, e desk.Event) ([]byte, error) {
	if e.Needs != desk.NeedsAuthor {
		return nil, &desk.SendError{Class: desk.SendRejected, Reason: "there is nothing to ask X for"}
	}
	answer, failed := s.who(ctx, e.Author.ID)
	if failed != nil {
		return nil, failed
	}
	return answer.Raw(), nil
}

func (s *Sender) who(ctx context.Context, id string) (wire.Value, *desk.SendError) {
	if id == "" {
		return wire.Value{}, &desk.SendError{Class: desk.SendUnreachable, Reason: "X did not tell who wrote"}
	}
	answer, failed := s.do(ctx, call{
		method: http.MethodGet, path: []string{"2", "users", id}, query: url.Values{"user.fields": {userFields}}, repeatable: true,
	})
	if failed != nil {
		return wire.Value{}, failed
	}
	if a := user(answer); a.ID != id || a.Handle == "" { // errors come with 200 as well
		return wire.Value{}, &desk.SendError{Class: desk.SendUnreachable, Reason: "X tells nothing about the person: gone, or suspended"}
	}
	return answer, nil
}
