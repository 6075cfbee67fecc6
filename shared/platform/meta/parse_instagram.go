package meta

import (
	"cmp"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// instagram reads a comment on Instagram, or a mention in somebody else's. It
// reports false for what is neither.
func instagram(e *desk.Event, field string, v, entry wire.Value) bool {
	id, media := cmp.Or(v.Get("id").Text(), v.Get("comment_id").Text()), v.Get("media")
	e.Time = instant(cmp.Or(v.Get("created_time"), v.Get("timestamp"), entry.Get("time"))) // comments have none of their own
	switch field {
	case "comments", "live_comments":
	case "mentions":
		mentioned(e, v)
		return true
	default:
		return false
	}
	e.Kind, e.ID, e.Key = desk.MessageCreated, id, id
	e.Visibility, e.Crowded = desk.Public, true
	from := v.Get("from")
	e.Author = desk.Author{ID: from.Get("id").Text(), Handle: from.Get("username").Text(), Name: from.Get("name").Text()}
	e.Text, e.Parent = v.Get("text").Text(), v.Get("parent_id").Text()
	e.Conversation = cmp.Or(e.Parent, id)
	e.Permalink = cmp.Or(v.Get("permalink").Text(), media.Get("permalink").Text())
	if field == "live_comments" || media.Get("media_product_type").Text() == "LIVE" {
		e.Form = FormLive
	}
	if ad := media.Get("ad_id").Text(); ad != "" {
		e.Attachments = []desk.Attachment{{Type: "ad", ID: ad, Name: media.Get("ad_title").Text()}}
	}
	if own := e.Account; own != "" && (e.Author.ID == own || from.Get("self_ig_scoped_id").Text() == own) {
		e.Kind, e.Direction, e.Author.ID = desk.Echo, desk.Out, own
	}
	return true
}

// mentioned reads a mention. It says no more than where, so that its words have
// to be asked for.
func mentioned(e *desk.Event, v wire.Value) {
	media, comment := v.Get("media_id").Text(), v.Get("comment_id").Text()
	e.Form, e.Visibility, e.Crowded = FormMention, desk.Public, true
	e.ID, e.Conversation = cmp.Or(comment, media), cmp.Or(comment, media)
	if comment != "" {
		e.Parent = media
	}
	if e.ID == "" {
		return
	}
	e.Of = e.ID // whoever turns out to have said it, if anybody does: the same notice is always of the same thread
	e.Kind, e.Needs = desk.FetchRequired, desk.NeedsContent
	e.Key = key(cmp.Or(media, comment), comment)
}
