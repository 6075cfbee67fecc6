package meta

import (
	"cmp"
	"strings"

	"example.com/skala/shared/desk"
)

// thread reads a webhook of Threads, which has an envelope of its own. It names
// people by nothing but what they call themselves at the time.
func thread(e *desk.Event, f found) {
	if !f.item.Found() && !f.top.Get("topic").Found() {
		return // some other webhook that we know nothing of
	}
	e.Channel, e.Visibility = Threads, desk.Public
	field, v := f.item.Get("field").Text(), f.item.Get("value")
	id, user := v.Get("id").Text(), v.Get("username").Text()
	e.Author = desk.Author{ID: user, Handle: user}
	e.Key = key(id, field)
	e.Time = instant(cmp.Or(v.Get("deleted_at"), v.Get("timestamp"), f.top.Get("time")))
	e.Conversation = cmp.Or(v.Get("root_post").Get("id").Text(), id)
	e.Parent, e.Permalink = v.Get("replied_to").Get("id").Text(), v.Get("permalink").Text()
	owner := v.Get("root_post").Get("username").Text()
	switch field {
	case "replies":
		e.Kind = desk.MessageCreated
		if user != "" && user == owner { // below our own post, of which these tell
			e.Kind = desk.Echo
		}
	case "mentions":
		e.Kind, e.Form = desk.MessageCreated, FormMention
	case "publish":
		e.Kind = desk.Echo
	case "delete":
		e.Kind, e.Target = desk.MessageDeleted, id
	}
	if e.Kind == desk.Echo || e.Kind == desk.MessageDeleted {
		e.Direction, e.Author.ID = desk.Out, e.Account
	}
	if e.Kind == desk.MessageDeleted {
		return
	}
	e.ID, e.Text = id, v.Get("text").Text()
	name := v.Get("alt_text").Text()
	add := func(kind, url string) {
		if url != "" {
			e.Attachments = append(e.Attachments, desk.Attachment{Type: kind, URL: url, Name: name})
		}
	}
	media := v.Get("media_url").Text()
	switch kind := v.Get("media_type").Text(); kind {
	case "", "TEXT_POST":
		add("file", media)
	default: // by its name, whatever Threads may add: the address of it often comes later
		kind = strings.TrimSuffix(strings.ToLower(kind), "_album")
		e.Attachments = append(e.Attachments, desk.Attachment{Type: kind, URL: media, Name: name})
	}
	add("image", v.Get("gif_url").Text())
	name = ""
	add("link", v.Get("link_attachment_url").Text())
}
