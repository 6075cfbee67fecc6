package x

import (
	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/split"
)

// How long one message may be: what X counts as 280 in a post, and this many
// characters in a direct message (unconfirmed).
const (
	maxPost   = 280
	maxDirect = 10_000
)

// What a reply costs where X is paid by use.
const (
	costOfPost   = "$0.01 a post to somebody who mentioned or quoted the account, otherwise $0.015, and $0.20 with a link in it"
	costOfDirect = "$0.015 a message"
)

// Capability returns what may be said to a customer whose last message is last: in
// public only where it mentions the account, answers or quotes it, at any time. A
// public message can be answered directly too, as often as one likes, if its
// author takes messages from everybody. Replies below our own posts can be hidden.
// Blocking takes X's Enterprise plan.
func Capability(o desk.Origin, last desk.Answered) desk.Capability {
	direct := desk.Length{Value: maxDirect, Unit: string(split.Runes)}
	block := []desk.ModerationAction{desk.BlockAuthor, desk.UnblockAuthor}
	switch {
	case last.Form == FormEncrypted, o.Visibility == desk.Group:
		return desk.Capability{Channels: []desk.ReplyWay{}, MaxLength: direct, Moderation: block}
	case o.Visibility != desk.Public:
		return desk.Capability{Channels: []desk.ReplyWay{desk.DirectReply}, MaxLength: direct, Cost: costOfDirect, Moderation: block}
	}
	c := desk.Capability{
		Channels: []desk.ReplyWay{desk.PublicReply, desk.PrivateReply}, RequiresSummons: true, Cost: costOfPost,
		MaxLength: desk.Length{Value: maxPost, Unit: string(split.Weighted)}, PrivateMaxLength: &direct, Moderation: block,
	}
	if last.Form == FormReply {
		c.Moderation = append([]desk.ModerationAction{desk.HideMessage, desk.UnhideMessage}, block...)
	}
	return c
}
