package zalo

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"example.com/skala/shared/desk"
)

// Profile asks who wrote: their name and whether they have a picture (the shape of the
// answer unconfirmed). An error is a *desk.SendError, desk.SendUnreachable for who
// has never written, or has withdrawn that they follow the account.
func (s *Sender) Profile(ctx context.Context, _ desk.Origin, author string) (desk.Author, error) {
	if author == "" {
		return desk.Author{}, &desk.SendError{Class: desk.SendUnreachable, Reason: "Zalo did not tell who wrote"}
	}
	who, err := json.Marshal(recipient{author})
	if err != nil {
		return desk.Author{}, &desk.SendError{Class: desk.SendRejected, Reason: "the person cannot be asked for"}
	}
	said, failed := s.call(ctx, http.MethodGet, "/v3.0/oa/user/detail?"+url.Values{"data": {string(who)}}.Encode(), nil)
	if failed != nil {
		return desk.Author{}, failed
	}
	is := said.Get("data")
	a := desk.Author{ID: author, Name: is.Get("display_name").Text()}
	if a.Name == "" {
		return desk.Author{}, &desk.SendError{Class: desk.SendUnreachable, Reason: "Zalo tells nothing about the person"}
	}
	a.HasPicture = is.Get("avatar").Tells()
	return a, nil
}
