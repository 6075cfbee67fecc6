package meta

import (
	"cmp"
	"strings"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// page reads what happened on a Facebook page, or where it was mentioned. It
// reports false for what is neither.
func page(e *desk.Event, field string, v wire.Value) bool {
	switch field {
	case "mention":
		e.Form = FormMention
	case "ratings":
		e.Form = FormReview
	case "feed":
	default:
		return false
	}
	e.Visibility = desk.Public
	from := v.Get("from")
	e.Author = desk.Author{
		ID:   cmp.Or(from.Get("id").Text(), v.Get("sender_id").Text(), v.Get("reviewer_id").Text()),
		Name: cmp.Or(from.Get("name").Text(), v.Get("sender_name").Text(), v.Get("reviewer_name").Text()),
	}
	if e.Author.ID != "" && e.Author.ID == e.Account {
		e.Direction = desk.Out
	}
	item, verb := v.Get("item").Text(), v.Get("verb").Text()
	comment, post, review := v.Get("comment_id").Text(), v.Get("post_id").Text(), v.Get("open_graph_story_id").Text()
	isComment := item == "comment" || item != "post" && comment != ""
	id := comment
	if !isComment || id == "" {
		id = cmp.Or(review, post, comment)
	}
	parent := v.Get("parent_id").Text()
	when := v.Get("created_time")
	if edited := v.Get("edited_time"); edited.Found() {
		when = edited
	}
	e.Time = instant(when)
	e.Conversation = id
	if isComment {
		e.Parent = parent
		e.Conversation = conversation(e.Account, post, comment, parent)
		if e.Direction == desk.Out && e.Conversation == comment { // the page under a post, which may be a customer's
			e.Conversation = cmp.Or(post, parent, comment)
		}
		if e.Form == FormReview && parent == "" {
			e.Conversation = cmp.Or(review, id)
		}
	} else if e.Form == "" {
		e.Form = FormPost
	}
	e.Permalink = cmp.Or(v.Get("permalink_url").Text(), v.Get("post").Get("permalink_url").Text())
	if signalled(e, v, item, verb, id) {
		return true
	}
	e.Crowded = true
	e.Key = key(id, verb, when.Text())
	switch verb {
	case "add":
		e.Kind, e.ID, e.Key = desk.MessageCreated, id, key(id, verb)
		if e.Direction == desk.Out {
			e.Kind = desk.Echo
		}
	case "edit", "edited", "update":
		e.Kind, e.Target = desk.MessageEdited, id
	case "remove", "delete":
		e.Kind, e.Target = desk.MessageDeleted, id
		return true
	case "hide":
		e.Kind, e.Moderation, e.Target = desk.Moderation, desk.HideMessage, id
	case "unhide":
		e.Kind, e.Moderation, e.Target = desk.Moderation, desk.UnhideMessage, id
	default:
		e.ID = id
	}
	e.Text = v.Get("message").Text()
	e.Attachments = pictures(v, item)
	if item == "rating" || e.Form == FormReview && !isComment {
		rated(e, v)
	}
	return true
}

// conversation returns the comment at the top of where a comment stands: itself
// under a post, and above it otherwise.
func conversation(account, post, comment, parent string) string {
	_, bare, _ := strings.Cut(post, "_")
	switch {
	case parent == "", parent == post, parent == bare, account != "" && strings.HasPrefix(parent, account+"_"):
		return cmp.Or(comment, parent, post)
	}
	return parent
}

// signalled reads what has no words: a like, somebody shut out or following.
func signalled(e *desk.Event, v wire.Value, item, verb, id string) bool {
	when := cmp.Or(v.Get("edited_time").Text(), v.Get("created_time").Text())
	switch {
	case item == "reaction" || item == "like":
		e.Kind, e.Target = desk.Reaction, id
		e.Parent = v.Get("parent_id").Text()
		if verb != "remove" {
			e.Attachments = reaction(v.Get("reaction_type").Text(), "like")
		}
	case item == "share" && verb == "add" && v.Get("message").Text() == "" && e.Direction == desk.In:
		e.Kind, e.Target, e.Attachments = desk.Reaction, id, reaction(item)
	case verb == "block":
		e.Kind, e.Moderation = desk.Moderation, desk.BlockAuthor
	case verb == "unblock":
		e.Kind, e.Moderation = desk.Moderation, desk.UnblockAuthor
	case verb == "follow", verb == "mute":
		e.Kind = desk.Contact
	default:
		return false
	}
	if e.Form == FormPost {
		e.Form = ""
	}
	if id != "" || e.Author.ID != "" {
		e.Key = key(cmp.Or(id, e.Author.ID), verb, when, e.Author.ID)
	}
	return true
}

// pictures reads what came with a comment or post beside its text.
func pictures(v wire.Value, item string) []desk.Attachment {
	var all []desk.Attachment
	add := func(kind string, url string) {
		for _, a := range all {
			if a.URL == url {
				return
			}
		}
		if url != "" {
			all = append(all, desk.Attachment{Type: kind, URL: url})
		}
	}
	add("image", v.Get("photo").Text())
	for photo := range v.Get("photos").Elements() {
		add("image", photo.Text())
	}
	add("video", v.Get("video").Text())
	kind := "link"
	switch {
	case item == "photo":
		kind = "image"
	case item == "video":
		kind = "video"
	}
	add(kind, v.Get("link").Text())
	return all
}

// rated reads a review. Without words its text is what Facebook calls it, since
// a bad one says enough.
func rated(e *desk.Event, v wire.Value) {
	rating := cmp.Or(v.Get("recommendation_type").Text(), v.Get("rating").Text())
	if rating != "" {
		e.Attachments = append(e.Attachments, desk.Attachment{Type: "rating", Name: rating})
	}
	e.Text = cmp.Or(v.Get("review_text").Text(), e.Text, rating)
}
