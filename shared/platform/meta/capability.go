package meta

import (
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/split"
)

// How long a customer's message can be answered.
const (
	window       = 24 * time.Hour     // by free text, directly
	byHumans     = 7 * 24 * time.Hour // the same, where a person writes it
	privateReply = 7 * 24 * time.Hour // in private, what was said for all to read
)

// longest returns how long one message from o may be. A private reply to what was
// said for all to read is a direct message.
func longest(o desk.Origin, private bool) (limit int, unit split.Unit) {
	switch o.Channel {
	case Messenger:
		return 2000, split.Runes
	case FacebookPage:
		if private {
			return 2000, split.Runes
		}
		return 8000, split.Runes // unconfirmed
	case Instagram:
		return 1000, split.Bytes // documented for direct messages, and kept to in comments
	case WhatsApp:
		return 4096, split.Runes
	case Threads:
		return 500, split.Runes // unconfirmed
	}
	return 0, split.Runes
}

// Capability returns what may be said to a customer whose last message is last,
// and what can be done to their messages. Without a time of that message nothing
// is ever too late here; the platform may say otherwise.
func Capability(o desk.Origin, last desk.Answered) desk.Capability {
	limit, unit := longest(o, false)
	c := desk.Capability{Channels: []desk.ReplyWay{}, MaxLength: desk.Length{Value: limit, Unit: string(unit)}}
	switch {
	case o.Channel == Messenger, o.Channel == Instagram && o.Visibility != desk.Public:
		c.Channels, c.AfterWindow = []desk.ReplyWay{desk.DirectReply}, desk.HumanAgentAfter
		c.WindowUntil, c.AfterUntil = after(last, window), after(last, byHumans)
	case o.Channel == WhatsApp:
		c.Channels, c.AfterWindow = []desk.ReplyWay{desk.DirectReply}, desk.TemplateAfter
		c.WindowUntil = after(last, window)
	case o.Channel == FacebookPage, o.Channel == Instagram:
		c.Channels, c.Moderation = inPublic(o.Channel, last.Form)
	case o.Channel == Threads:
		c.Channels, c.Moderation = []desk.ReplyWay{desk.PublicReply}, hideable(o, last)
	}
	for _, way := range c.Channels {
		if way == desk.PrivateReply {
			limit, unit := longest(o, true)
			c.PrivateReplyOnce, c.PrivateReplyUntil = true, after(last, privateReply)
			c.PrivateMaxLength = &desk.Length{Value: limit, Unit: string(unit)}
		}
	}
	return c
}

// inPublic returns how a comment or post on a page or an Instagram account can be
// answered, and what can be done to it. What stands on somebody else's page is not
// ours to touch. Live comments take a private reply alone, and only while the
// broadcast lasts, of which nobody tells us the end.
func inPublic(channel, form string) ([]desk.ReplyWay, []desk.ModerationAction) {
	both := []desk.ReplyWay{desk.PublicReply, desk.PrivateReply}
	touch := []desk.ModerationAction{desk.HideMessage, desk.UnhideMessage, desk.DeleteMessage}
	var block []desk.ModerationAction
	if channel == FacebookPage {
		block = []desk.ModerationAction{desk.BlockAuthor, desk.UnblockAuthor}
	}
	switch form {
	case FormMention, FormReview:
		return both[:1], block
	case FormLive:
		return both[1:], touch
	}
	return both, append(touch, block...)
}

// hideable returns what can be done to a post on Threads: a reply to one of ours
// can be hidden, with all below it, but none further down and nobody's own post.
func hideable(o desk.Origin, last desk.Answered) []desk.ModerationAction {
	if last.Form == FormMention || nested(o, last.Parent) {
		return nil
	}
	return []desk.ModerationAction{desk.HideMessage, desk.UnhideMessage}
}

// nested reports whether a post on Threads answers another than the conversation's
// first.
func nested(o desk.Origin, parent string) bool { return parent != "" && parent != o.Conversation }

// after returns the instant some time after a message, nil when nobody knows when
// that was.
func after(last desk.Answered, wait time.Duration) *time.Time {
	if last.At.IsZero() {
		return nil
	}
	at := last.At.Add(wait).UTC()
	return &at
}
