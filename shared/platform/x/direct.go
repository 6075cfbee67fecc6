package x

import (
	"cmp"
	"strings"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// direct reads a direct message, which both shapes have alike.
func (r *reading) direct() {
	e, v := &r.event, r.data
	e.ID = text(v, "id", "id_str")
	made := v.Get("message_create")
	if e.ID == "" {
		return
	}
	e.Key, e.Time = e.ID, r.time()
	if !made.IsObject() { // somebody joins a group, or what there is one day
		return
	}
	sender, recipient := made.Get("sender_id").Text(), made.Get("target").Get("recipient_id").Text()
	said := made.Get("message_data")
	e.Text = plain(said.Get("text").Text())
	if one := said.Get("attachment"); one.IsObject() {
		e.Attachments = []desk.Attachment{enclosed(one)}
	}
	r.between(sender, recipient)
	e.Kind = desk.MessageCreated
	if sender != "" && sender == e.Account {
		e.Kind = desk.Echo
	}
}

// between says who wrote, or did, something to whom, directly.
func (r *reading) between(sender, recipient string) {
	e := &r.event
	e.Author = r.author(sender)
	if recipient == "" && sender != e.Account {
		recipient = e.Account
	}
	e.Conversation = cmp.Or(both(sender, recipient), e.ID)
	if sender == e.Account {
		e.Of = recipient
	}
}

// both names the direct conversation of two accounts: the smaller id first.
func both(a, b string) string {
	switch {
	case a == "" || b == "":
		return a + b
	case len(a) > len(b) || len(a) == len(b) && a > b:
		a, b = b, a
	}
	return a + "-" + b
}

// enclosed reads what comes with a direct message. Its address asks for the
// account's token.
func enclosed(v wire.Value) desk.Attachment {
	kind := v.Get("type").Text()
	if media := v.Get(kind); media.IsObject() && kind == "media" {
		a := desk.Attachment{Type: mediaType(media.Get("type").Text()), ID: text(media, "id_str", "id"), URL: text(media, "media_url_https", "media_url")}
		a.URL = cmp.Or(film(media.Get("video_info").Get("variants"), "bitrate"), a.URL)
		return a
	}
	return desk.Attachment{Type: cmp.Or(kind, "attachment")}
}

// encrypted reads a message of a chat that only X's own apps can read: a customer
// waits for an answer all the same.
func (r *reading) encrypted() {
	e, v := &r.event, r.data
	e.ID = v.Get("id").Text()
	sender := v.Get("sender_id").Text()
	if e.ID == "" {
		return
	}
	e.Key, e.Time, e.Form = e.ID, r.time(), FormEncrypted
	e.Attachments = []desk.Attachment{{Type: "encrypted", Name: "answer it in X's app"}}
	// The conversation is the two ids, in any order; a group has a name of its own.
	name := v.Get("conversation_id").Text()
	one, two, direct := strings.Cut(strings.ReplaceAll(name, "-", ":"), ":")
	recipient := ""
	switch {
	case direct && one == sender:
		recipient = two
	case direct && two == sender:
		recipient = one
	}
	r.between(sender, recipient)
	if name != "" && !direct {
		e.Visibility, e.Conversation, e.Of = desk.Group, name, ""
	}
	e.Kind = desk.MessageCreated
	if sender != "" && sender == e.Account {
		e.Kind = desk.Echo
	}
}

// FormEncrypted is Event.Form of what can be neither read nor answered by API.
const FormEncrypted = "encrypted"

// party returns who did something that is no message, and to whom.
func (r *reading) party() (sender, recipient string) {
	return text(r.data, "sender_id", "user_id"), cmp.Or(r.data.Get("target").Get("recipient_id").Text(), r.data.Get("recipient_id").Text())
}

// seen reads that somebody has read a direct message, and those before it.
func (r *reading) seen() {
	e := &r.event
	sender, recipient := r.party()
	last := text(r.data, "last_read_event_id", "last_read_dm_event_id")
	r.between(sender, recipient)
	e.Kind, e.Time = desk.Receipt, r.time()
	if last != "" {
		e.Key, e.Target = keyOf("read", sender, last), last
	}
	if sender != e.Account {
		e.Delivery, e.Until = desk.Read, e.Time
	}
}

// typing reads that somebody is typing.
func (r *reading) typing() {
	e := &r.event
	sender, recipient := r.party()
	r.between(sender, recipient)
	e.Kind, e.Time = desk.Receipt, r.time()
	if at := text(r.data, "created_timestamp", "timestamp_ms"); at != "" && sender != "" {
		e.Key = keyOf("typing", sender, at)
	}
}
