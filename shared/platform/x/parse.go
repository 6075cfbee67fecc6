package x

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// A reading is one event on its way from X's words to ours.
type reading struct {
	section string     // that the event came in
	kind    string     // of the event, by X's name
	data    wire.Value // the event itself or, of the X Activity API, its payload
	users   wire.Value // who is in it: an object by ids, or an array
	media   wire.Value // what is in its attachments, by their keys
	event   desk.Event
}

// Parse reads one event as Split left it. What X has added since comes out as
// desk.Unsupported. An error is for what has no id of any kind: it could be told
// from no other.
func (w *Webhooks) Parse(raw desk.RawEvent) (desk.Event, error) {
	b := w.borrow()
	defer w.giveBack(b)
	if err := b.find(raw.Body); err != nil {
		return desk.Event{}, fmt.Errorf("x: reading event: %w", err)
	}
	in, events := 0, 0
	var one wire.Value
	for n, event := range b.events {
		in, one = n, event
		events++
	}
	if events != 1 {
		return desk.Event{}, fmt.Errorf("x: reading event: there are %d", events)
	}
	r := b.reading(b.sections[in].name, one)
	r.interpret()
	e := &r.event
	if e.Key == "" {
		return desk.Event{}, errors.New("x: reading event: no id is there")
	}
	if e.Author.ID == e.Account && e.Account != "" {
		e.Direction = desk.Out
	}
	if e.Kind == desk.MessageCreated && e.Direction == desk.In && e.Author.ID != "" && e.Author.Handle == "" {
		r.introduce(raw)
	}
	return *e, nil
}

// reading stands before one event of a section.
func (b *body) reading(section string, one wire.Value) reading {
	r := reading{section: section, kind: section, data: one, event: desk.Event{
		Kind: desk.Unsupported, Platform: Name, Account: b.account(section), Channel: string(Name), Direction: desk.In, Visibility: desk.Private,
	}}
	switch section {
	case activity:
		data := b.root.Get(activity)
		includes := data.Get("includes")
		r.kind, r.users, r.media = data.Get("event_type").Text(), includes.Get("users"), includes.Get("media")
		payload := data.Get("payload")
		if begin, _ := one.Place(); begin == place(data) {
			r.data = payload
		}
		if users := payload.Get("users"); users.IsObject() {
			r.users = users
		}
		if id := data.Get("event_uuid").Text(); id != "" && r.kind != "" {
			r.event.Key = r.kind + ":" + id // until something better is found
		}
	default:
		r.users = b.root.Get("users")
	}
	return r
}

func place(v wire.Value) int {
	begin, _ := v.Place()
	return begin
}

// interpret fills the event in by its kind.
func (r *reading) interpret() {
	switch r.kind {
	case "tweet_create_events":
		r.oldPost()
	case "post.create", "post.mention.create", "post.reply.create", "post.quote.create", "post.repost.create":
		r.newPost()
	case "tweet_delete_events":
		status := r.data.Get("status")
		r.deletion(text(status, "id_str", "id"), text(status, "user_id_str", "user_id"))
	case "post.delete":
		r.deletion(r.data.Get("id").Text(), r.data.Get("author_id").Text())
	case "direct_message_events", "dm.received", "dm.sent":
		r.direct()
	case "direct_message_mark_read_events", "dm.read":
		r.seen()
	case "direct_message_indicate_typing_events", "dm.indicate_typing":
		r.typing()
	case "chat.received", "chat.sent":
		r.encrypted()
	case "favorite_events", "unfavorite_events", "like.create":
		r.like()
	case "follow_events", "unfollow_events", "block_events", "unblock_events", "mute_events", "unmute_events",
		"follow.follow", "follow.unfollow", "block.block", "block.unblock", "mute.mute", "mute.unmute":
		r.pair()
	case userEvent:
		revoke := r.data.Get("revoke")
		r.revocation(revoke.Get("source").Get("user_id").Text(), revoke.Get("date_time").Text())
	case "oauth.revoke":
		r.revocation(r.data.Get("user_id").Text(), r.data.Get("date_time").Text())
	case replay:
		if job := text(r.data, "job_id", "id"); job != "" {
			r.event.Kind, r.event.Key = desk.Control, keyOf("replay", job, r.data.Get("job_state").Text())
		}
	default:
		r.unknown()
	}
}

// unknown reads what has been added since: as much of it as tells it from others.
func (r *reading) unknown() {
	e := &r.event
	e.ID = text(r.data, "id_str", "id")
	if e.ID != "" {
		e.Key = keyOf(r.kind, e.ID)
	}
	if strings.HasPrefix(r.kind, "profile.update.") || strings.HasPrefix(r.kind, "chat.") {
		e.Kind = desk.Contact
	}
	if e.Key == "" {
		if at := text(r.data, "created_timestamp", "timestamp_ms"); at != "" {
			e.Key = keyOf(r.kind, at)
		}
	}
	e.Time = r.time()
}

// deletion reads that a post was deleted, by its author. Which conversation it was
// in is not told.
func (r *reading) deletion(id, author string) {
	e := &r.event
	if id == "" {
		return
	}
	e.Kind, e.Key, e.Target, e.Conversation, e.Visibility = desk.MessageDeleted, keyOf(id, "delete"), id, id, desk.Public
	e.Author, e.Time = r.author(author), r.time()
}

// like reads that somebody likes a post, or does no more.
func (r *reading) like() {
	e := &r.event
	post := r.data.Get("favorited_status")
	e.Target = cmp.Or(text(post, "id_str", "id"), r.data.Get("liked_tweet_id").Text())
	e.Author = user(r.data.Get("user"))
	if owner := r.data.Get("liked_tweet_author_id").Text(); owner != "" {
		if owner != e.Account {
			e.Author = r.author(e.Account) // it is one of ours then
		} else if liker := r.other(owner); liker.Found() {
			e.Author = user(liker)
		}
	}
	if e.Target == "" {
		return
	}
	verb := "favorite"
	e.Attachments = []desk.Attachment{{Type: "reaction", Name: "like"}}
	if r.kind == "unfavorite_events" {
		verb, e.Attachments = "unfavorite", nil
	}
	e.Key = keyOf(e.Target, verb, cmp.Or(e.Author.ID, text(r.data, "id_str", "id")), text(r.data, "timestamp_ms"))
	e.Kind, e.Visibility, e.Time = desk.Reaction, desk.Public, r.time()
	e.Conversation = e.Target
	if post.Found() {
		e.Conversation = cmp.Or(text(post, "in_reply_to_status_id_str", "in_reply_to_status_id"), e.Target)
	}
}

// pair reads what one account did to another: follow, block or mute it, or not
// any more.
func (r *reading) pair() {
	e := &r.event
	source, target := r.data.Get("source"), r.data.Get("target")
	e.Author = user(source)
	whom := user(target).ID
	if e.Author.ID == "" && whom == "" {
		r.unknown()
		return
	}
	verb := r.data.Get("type").Text()
	if verb == "" {
		verb = strings.TrimSuffix(r.kind, eventList)
		if _, after, ok := strings.Cut(verb, "."); ok {
			verb = after
		}
	}
	// The newer shape gives no time: without its own id somebody who follows, stops
	// and follows again would have done it once.
	told := text(r.data, "created_timestamp", "timestamp_ms")
	if told == "" && r.section == activity {
		_, told, _ = strings.Cut(e.Key, ":")
	}
	e.Kind, e.Key, e.Time = desk.Contact, keyOf(verb, e.Author.ID, whom, told), r.time()
	e.Conversation = both(e.Author.ID, whom)
	if e.Author.ID == e.Account {
		e.Of = whom
	}
}

// revocation reads that an account took its permission back from us.
func (r *reading) revocation(account, at string) {
	e := &r.event
	if account == "" {
		return
	}
	e.Kind, e.Key, e.Time = desk.AccountChanged, keyOf("revoke", account, at), wire.ISO(at)
}

// keyOf joins the parts that there are.
func keyOf(parts ...string) string {
	key := parts[0]
	for _, part := range parts[1:] {
		if part != "" {
			key += ":" + part
		}
	}
	return key
}

// text returns what a member says by the first of its names that it has.
func text(v wire.Value, names ...string) string {
	for _, name := range names {
		if m := v.Get(name); m.Found() {
			return m.Text()
		}
	}
	return ""
}
