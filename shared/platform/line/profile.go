package line

import (
	"context"
	"net/url"
	"strings"

	"example.com/skala/shared/desk"
)

// Profile asks who wrote: of a friend of the account their name, picture and status
// line, of a member of a group or room the name and picture. An error is a
// *desk.SendError, desk.SendUnreachable for who is no friend or has left.
func (s *Sender) Profile(ctx context.Context, o desk.Origin, author string) (desk.Author, error) {
	path := "/v2/bot/profile/" + url.PathEscape(author)
	if o.Visibility == desk.Group {
		of := "/v2/bot/group/"
		if strings.HasPrefix(o.Conversation, "R") { // a talk of several people without a group
			of = "/v2/bot/room/"
		}
		path = of + url.PathEscape(o.Conversation) + "/member/" + url.PathEscape(author)
	}
	if author == "" {
		return desk.Author{}, &desk.SendError{Class: desk.SendUnreachable, Reason: "LINE did not tell who wrote"}
	}
	said, failed := s.ask(ctx, path)
	if failed != nil && failed.Class == desk.SendRejected || failed == nil && said.Get("displayName").Text() == "" {
		return desk.Author{}, &desk.SendError{Class: desk.SendUnreachable, Reason: "LINE tells nothing about the person: no friend of the account, or gone from the group"}
	}
	if failed != nil {
		return desk.Author{}, failed
	}
	pictured := said.Get("pictureUrl").Text() != ""
	return desk.Author{ID: author, Name: said.Get("displayName").Text(), Bio: said.Get("statusMessage").Text(), HasPicture: &pictured}, nil
}
