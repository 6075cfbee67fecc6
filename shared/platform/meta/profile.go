package meta

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// What is asked about a person. Messenger tells their name alone; Instagram more,
// but only about those who have written to the account.
const (
	messengerProfile = "first_name,last_name,name,profile_pic"
	instagramProfile = "name,username,profile_pic,follower_count,is_verified_user,is_user_follow_business,is_business_follow_user"
)

// A profile is what Meta tells about a person.
type profile struct {
	First     wire.Text  `json:"first_name"`
	Last      wire.Text  `json:"last_name"`
	Name      wire.Text  `json:"name"`
	Handle    wire.Text  `json:"username"`
	Picture   wire.Text  `json:"profile_pic"`
	Followers wire.Count `json:"follower_count"`
	Verified  wire.Flag  `json:"is_verified_user"`
}

// Profile asks who has written to the account. The channels that cannot be asked
// refuse without a call, as do comments, whose authors need not have agreed. An
// error is a *desk.SendError.
func (s *Sender) Profile(ctx context.Context, o desk.Origin, author string) (desk.Author, error) {
	fields := ""
	switch {
	case o.Visibility == desk.Public || author == "":
	case o.Channel == Messenger:
		fields = messengerProfile
	case o.Channel == Instagram:
		fields = instagramProfile
	}
	if fields == "" {
		return desk.Author{}, &desk.SendError{Class: desk.SendUnreachable, Reason: "Meta tells nothing about the person"}
	}
	_, raw, failed := s.do(ctx, call{method: http.MethodGet, channel: o.Channel, path: []string{author}, query: url.Values{"fields": {fields}}, repeatable: true, person: true})
	if failed != nil {
		return desk.Author{}, failed
	}
	var p profile
	if json.Unmarshal(raw, &p) != nil {
		return desk.Author{}, &desk.SendError{Class: desk.SendUnreachable, Reason: "Meta's answer about the person cannot be read"}
	}
	return p.author(author), nil
}

func (p profile) author(id string) desk.Author {
	a := desk.Author{
		ID: id, Handle: string(p.Handle), Followers: p.Followers.Value, Verified: p.Verified.Value,
		Name: cmp.Or(string(p.Name), strings.TrimSpace(string(p.First)+" "+string(p.Last))),
	}
	if p.Picture != "" {
		yes := true
		a.HasPicture = &yes
	}
	return a
}
