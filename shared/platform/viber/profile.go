package viber

import (
	"bytes"
	"context"
	"encoding/json"

	"example.com/skala/shared/desk"
)

// Profile asks who wrote, which Viber takes about twice in twelve hours for each
// person (unconfirmed): so it is for those whose message came without a name. An
// error is a *desk.SendError.
func (s *Sender) Profile(ctx context.Context, _ desk.Origin, author string) (desk.Author, error) {
	if author == "" {
		return desk.Author{}, &desk.SendError{Class: desk.SendUnreachable, Reason: "Viber did not tell who wrote"}
	}
	payload, err := json.Marshal(map[string]string{"id": author})
	if err != nil {
		return desk.Author{}, &desk.SendError{Class: desk.SendRejected, Reason: "the person cannot be asked for"}
	}
	said, failed := s.call(ctx, "get_user_details", bytes.NewReader(payload))
	if failed != nil {
		return desk.Author{}, failed
	}
	is := said.Get("user")
	a := desk.Author{ID: author, Name: is.Get("name").Text()}
	if a.Name == "" {
		return desk.Author{}, &desk.SendError{Class: desk.SendUnreachable, Reason: "Viber tells nothing about the person"}
	}
	a.HasPicture = is.Get("avatar").Tells()
	return a, nil
}
