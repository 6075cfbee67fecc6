package telegram

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// Parse reads one update as Split left it. A kind of update that Telegram has
// added since comes out as desk.Unsupported. An update without an id is an error,
// for it could be told from no other.
func (w *Webhooks) Parse(raw desk.RawEvent) (desk.Event, error) {
	var d wire.Document
	if err := d.Read(raw.Body); err != nil || !d.Root().IsObject() {
		return desk.Event{}, errors.New("telegram: reading update: it is no JSON object")
	}
	update := d.Root()
	e := desk.Event{
		Kind: desk.Unsupported, Key: keyOf(update), Platform: Name, Account: w.account, Channel: string(Name), Direction: desk.In, Visibility: desk.Private,
	}
	if e.Key == "" {
		return desk.Event{}, errors.New("telegram: reading update: update_id is missing")
	}
	w.read(&e, update)
	e.Profile = e.Kind == desk.MessageCreated && e.Direction == desk.In && e.Visibility == desk.Private && e.Author.ID != ""
	if e.Conversation == "" && e.Author.ID == "" { // names nobody: no one's thread
		e.Conversation = e.Key
	}
	return e, nil
}

// read reads what the update is about: it has one part beside its id.
func (w *Webhooks) read(e *desk.Event, update wire.Value) {
	for name, part := range update.Members() {
		if !part.IsObject() {
			continue
		}
		switch name {
		case "message", "business_message":
			e.Kind = desk.MessageCreated
			w.message(e, part)
		case "edited_message", "edited_business_message":
			w.message(e, part)
			e.Kind, e.Target, e.ID = desk.MessageEdited, e.ID, ""
			e.Time = seconds(part.Get("edit_date"))
		case "channel_post", "edited_channel_post": // the brand's own
			w.message(e, part)
			e.Kind, e.Direction = desk.Echo, desk.OutElsewhere
		case deletions:
			place(e, part)
			e.Kind, e.Target = desk.MessageDeleted, part.Get("message_ids").Only().Text()
		case "callback_query":
			e.Kind = desk.MessageCreated
			tapped(e, part)
		case "my_chat_member", "chat_member", "business_connection", "chat_join_request":
			place(e, part)
			e.Kind, e.Author, e.Time = desk.Contact, author(cmp.Or(part.Get("from"), part.Get("user"))), seconds(part.Get("date"))
		case "message_reaction":
			place(e, part)
			e.Kind, e.Target, e.Time = desk.Reaction, part.Get("message_id").Text(), seconds(part.Get("date"))
			e.Author = author(cmp.Or(part.Get("user"), part.Get("actor_chat")))
		}
	}
}

// place says in which conversation the part of an update is. Of a chat with one
// person it is that person's thread, whoever did what the update is about.
func place(e *desk.Event, part wire.Value) {
	chat := part.Get("chat")
	e.Conversation = chat.Get("id").Text()
	switch chat.Get("type").Text() {
	case "group", "supergroup":
		e.Visibility = desk.Group
	case "channel":
		e.Visibility = desk.Public
	case "private":
		e.Of = e.Conversation
	}
	if thread := part.Get("message_thread_id").Text(); thread != "" && e.Visibility == desk.Group && e.Conversation != "" {
		e.Conversation += ":" + thread
	}
	if connection := part.Get("business_connection_id").Text(); connection != "" {
		e.Form = business + connection
	}
}

// business begins the Form of what came in through somebody's own account, to
// which the bot is connected: an answer names that connection.
const business = "business:"

// message reads a message, of whatever chat.
func (w *Webhooks) message(e *desk.Event, m wire.Value) {
	place(e, m)
	from := m.Get("from")
	e.ID, e.Time, e.Parent = m.Get("message_id").Text(), seconds(m.Get("date")), m.Get("reply_to_message").Get("message_id").Text()
	e.Author = author(from)
	if sender := m.Get("sender_chat"); sender.Found() { // a group's or channel's own voice
		e.Author = author(sender)
	}
	e.Text = cmp.Or(m.Get("text").Text(), m.Get("caption").Text())
	e.Attachments = attachments(m)
	if e.Visibility == desk.Group {
		e.Aside = !w.addressed(m)
		e.Permalink = permalink(m)
	}
	switch {
	case strings.HasPrefix(e.Form, business) && e.Of != "" && e.Author.ID != e.Of: // the account's owner, or we
		e.Kind, e.Direction = desk.Echo, desk.OutElsewhere
		if m.Get("sender_business_bot").Found() {
			e.Direction = desk.Out
		}
	case e.Author.ID != "" && e.Author.ID == w.account:
		e.Kind, e.Direction = desk.Echo, desk.Out
	case e.Kind == desk.MessageCreated && e.Text == "" && e.Attachments == nil:
		e.Kind = wordless(m)
	}
	if e.Direction == desk.In && e.Of == e.Author.ID {
		e.Of = ""
	}
}

// wordless is the kind of a message without text and without anything that came
// with it: somebody joined or left, or it has what Telegram has added since.
func wordless(m wire.Value) desk.Kind {
	for _, service := range [...]string{"new_chat_members", "left_chat_member", "new_chat_title", "new_chat_photo", "delete_chat_photo", "group_chat_created",
		"supergroup_chat_created", "migrate_to_chat_id", "migrate_from_chat_id", "pinned_message", "message_auto_delete_timer_changed", "write_access_allowed",
		"forum_topic_created", "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened", "chat_shared", "users_shared"} {
		if m.Get(service).Found() {
			return desk.Contact
		}
	}
	return desk.Unsupported
}

// addressed reports whether a message of a group speaks to the bot or to what the
// brand said: it answers one of these, names somebody, or is a command.
func (w *Webhooks) addressed(m wire.Value) bool {
	to := m.Get("reply_to_message")
	if to.Get("is_automatic_forward").True() || to.Get("from").Get("is_bot").True() && (w.account == "" || to.Get("from").Get("id").Is(w.account)) {
		return true
	}
	for _, list := range []string{"entities", "caption_entities"} {
		for entity := range m.Get(list).Elements() {
			switch entity.Get("type").Text() {
			case "bot_command", "mention":
				return true
			case "text_mention":
				if entity.Get("user").Get("id").Is(w.account) {
					return true
				}
			}
		}
	}
	return false
}

// author reads a user, or a chat that speaks for itself.
func author(who wire.Value) desk.Author {
	a := desk.Author{ID: who.Get("id").Text(), Handle: who.Get("username").Text(), Name: who.Get("title").Text()}
	if first, last := who.Get("first_name").Text(), who.Get("last_name").Text(); a.Name == "" {
		a.Name = strings.TrimSpace(first + " " + last)
	}
	return a
}

// tapped reads the choice of a button under a message of ours.
func tapped(e *desk.Event, query wire.Value) {
	under := query.Get("message")
	place(e, under)
	e.ID, e.Parent, e.Text, e.Author = query.Get("id").Text(), under.Get("message_id").Text(), query.Get("data").Text(), author(query.Get("from"))
	if e.Of == e.Author.ID {
		e.Of = ""
	}
}

// seconds reads seconds since 1970.
func seconds(v wire.Value) time.Time {
	n, err := strconv.ParseInt(v.Text(), 10, 64)
	if err != nil || n <= 0 || n > 1<<40 {
		return time.Time{}
	}
	return wire.Millis(strconv.FormatInt(n*1000, 10))
}

// permalink is the address of a message of a group that has a public name.
func permalink(m wire.Value) string {
	name, id := m.Get("chat").Get("username").Text(), m.Get("message_id").Text()
	if name == "" || id == "" {
		return ""
	}
	return fmt.Sprintf("https://t.me/%s/%s", name, id)
}

// attachments returns what came with the message beside its text. Telegram sends
// one thing a message; an album is several messages with one media_group_id.
func attachments(m wire.Value) []desk.Attachment {
	var largest wire.Value
	for size := range m.Get("photo").Elements() { // from small to large
		largest = size
	}
	if largest.IsObject() {
		return []desk.Attachment{{Type: "image", ID: largest.Get("file_id").Text()}}
	}
	for _, kind := range []struct{ name, is string }{
		{"animation", "video"}, {"video", "video"}, {"video_note", "video"}, {"audio", "audio"}, {"voice", "audio"}, {"document", "file"}, {"sticker", "sticker"},
	} {
		if file := m.Get(kind.name); file.IsObject() { // an animation is there as a document too
			return []desk.Attachment{{Type: kind.is, ID: file.Get("file_id").Text(), Name: cmp.Or(file.Get("file_name").Text(), file.Get("emoji").Text())}}
		}
	}
	if venue := m.Get("venue"); venue.IsObject() {
		return []desk.Attachment{{Type: "location", Name: strings.Trim(venue.Get("title").Text()+", "+venue.Get("address").Text(), ", ")}}
	}
	if at := m.Get("location"); at.IsObject() {
		return []desk.Attachment{{Type: "location", Name: "(" + at.Get("latitude").Text() + ", " + at.Get("longitude").Text() + ")"}}
	}
	if c := m.Get("contact"); c.IsObject() {
		return []desk.Attachment{{Type: "contact", Name: strings.TrimSpace(c.Get("first_name").Text() + " " + c.Get("last_name").Text()), ID: c.Get("phone_number").Text()}}
	}
	for _, other := range [...]string{"story", "poll", "dice", "game", "invoice", "paid_media", "checklist"} {
		if v := m.Get(other); v.IsObject() {
			return []desk.Attachment{{Type: other, ID: v.Get("id").Text(), Name: v.Get("emoji").Text()}}
		}
	}
	return nil
}
