package meta

import (
	"cmp"
	"strings"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// complete gives a thin event what the fetch brought, or why it brought nothing.
// Its key stays, but of a message that proves to be a new one.
func complete(e *desk.Event, raw desk.RawEvent) {
	if e.Needs == desk.NeedsNothing || raw.Fetched == nil && raw.Unfetched == "" {
		return
	}
	e.Needs = desk.NeedsNothing
	// Instagram tells of some new messages as of an edit that was none. An edit
	// of something can be of no more use than that without its words.
	first := e.Form == FormMention || strings.HasSuffix(e.Key, ":edit:0")
	var d wire.Document
	if raw.Unfetched == "" && d.Read(raw.Fetched) == nil && tells(e, d.Root()) {
		e.Kind = desk.MessageEdited
		if first {
			e.Kind, e.ID, e.Target = desk.MessageCreated, cmp.Or(e.ID, e.Target), ""
		}
		if e.Form != FormMention && first {
			e.Key = e.ID // as the message itself, which may have come as well
		}
		return
	}
	e.Kind, e.Unfetched = desk.MessageCreated, cmp.Or(raw.Unfetched, "the platform's answer cannot be read")
	switch {
	case first:
		e.ID = cmp.Or(e.ID, e.Target)
	default:
		e.Parent = e.Target
	}
	e.Target = ""
}

// tells reads what Meta told about a thin event, and reports false when that is
// not it.
func tells(e *desk.Event, answer wire.Value) bool {
	if e.Form != FormMention {
		e.Text = answer.Get("message").Text()
		e.Attachments = attachmentsOf(answer)
		return e.Text != "" || len(e.Attachments) > 0
	}
	comment, media := answer.Get("mentioned_comment"), answer.Get("mentioned_media")
	about := cmp.Or(comment, media)
	if !about.IsObject() {
		return false
	}
	from := about.Get("from")
	handle := cmp.Or(about.Get("username").Text(), from.Get("username").Text())
	e.Author = desk.Author{ID: cmp.Or(from.Get("id").Text(), about.Get("owner").Get("id").Text(), handle), Handle: handle}
	e.Text = cmp.Or(about.Get("text").Text(), about.Get("caption").Text())
	e.Permalink = about.Get("permalink").Text()
	if at := instant(about.Get("timestamp")); !at.IsZero() {
		e.Time = at
	}
	if url := media.Get("media_url").Text(); url != "" {
		kind := strings.ToLower(cmp.Or(media.Get("media_type").Text(), "image"))
		e.Attachments = []desk.Attachment{{Type: kind, URL: url}}
	}
	return e.Text != "" || e.Author.ID != "" || len(e.Attachments) > 0
}

// attachmentsOf reads the pictures of a message that was asked for, which the
// answer lists otherwise than a webhook.
func attachmentsOf(answer wire.Value) []desk.Attachment {
	var all []desk.Attachment
	for a := range answer.Get("attachments").Get("data").Elements() {
		image, video := a.Get("image_data").Get("url").Text(), a.Get("video_data").Get("url").Text()
		switch {
		case image != "":
			all = append(all, desk.Attachment{Type: "image", URL: image})
		case video != "":
			all = append(all, desk.Attachment{Type: "video", URL: video})
		default:
			all = append(all, desk.Attachment{Type: "file", URL: a.Get("file_url").Text(), Name: a.Get("name").Text()})
		}
	}
	return all
}
