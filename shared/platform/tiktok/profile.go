package tiktok

import (
	"context"
	"net/url"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// Profile asks who wrote, which TikTok tells with what they wrote alone: of a message
// with who takes part in its conversation, of a comment with the last ones below its
// video. An error is a *desk.SendError, desk.SendUnreachable for who is not among
// them.
func (s *Sender) Profile(ctx context.Context, o desk.Origin, author string) (desk.Author, error) {
	unknown := &desk.SendError{Class: desk.SendUnreachable, Reason: "TikTok tells nothing about the person"}
	if author == "" || o.Conversation == "" {
		return desk.Author{}, unknown
	}
	find, name, ask := commenter, "/comment/list/", url.Values{"video_id": {o.Conversation}, "status": {"ALL"}, "max_count": {"30"}}
	if o.Visibility == desk.Private {
		find, name, ask = participant, "/message/content/list/", url.Values{"conversation_id": {o.Conversation}}
	}
	said, _, failed := s.get(ctx, name, ask)
	if failed != nil && failed.Class == desk.SendRejected {
		failed = unknown // a video of somebody else's, say
	}
	if failed != nil {
		return desk.Author{}, failed
	}
	a := find(said.Get("data"), author)
	if a.Name == "" && a.Handle == "" {
		return desk.Author{}, unknown
	}
	a.ID = author
	return a, nil
}

// participant is who takes part in a conversation under that id.
func participant(data wire.Value, id string) (a desk.Author) {
	for one := range data.Get("participants").Elements() {
		if one.Get("id").Is(id) && !business(one) {
			return desk.Author{Name: one.Get("display_name").Text()}
		}
	}
	return a
}

// commenter is who commented under that id.
func commenter(data wire.Value, id string) (a desk.Author) {
	for one := range data.Get("comments").Elements() {
		if one.Get("unique_identifier").Is(id) {
			return writer(one)
		}
	}
	return a
}
