package telegram

import (
	"context"
	"encoding/json"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// Profile asks what Telegram tells of a person beyond the name that comes with what
// they write: what they say of themselves, and whether they have a picture. A bot may
// ask about those who write to it, not about the members of a group. An error is a
// *desk.SendError.
func (s *Sender) Profile(ctx context.Context, o desk.Origin, author string) (desk.Author, error) {
	if author == "" || o.Visibility != desk.Private {
		return desk.Author{}, &desk.SendError{Class: desk.SendUnreachable, Reason: "Telegram tells nothing about the person"}
	}
	payload, err := json.Marshal(map[string]string{"chat_id": author})
	if err != nil {
		return desk.Author{}, &desk.SendError{Class: desk.SendRejected, Reason: "the person cannot be asked for"}
	}
	said, failed := s.call(ctx, "getChat", payload)
	if failed != nil {
		return desk.Author{}, failed
	}
	return whole(said.Get("result"), author), nil
}

// whole reads a chat with one person as Telegram tells all of it: without a picture
// there is none.
func whole(chat wire.Value, id string) desk.Author {
	a := author(chat)
	pictured := chat.Get("photo").IsObject()
	a.ID, a.Bio, a.HasPicture = id, chat.Get("bio").Text(), &pictured
	return a
}
