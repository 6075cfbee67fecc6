package viber

import (
	"cmp"
	"errors"
	"strings"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// Parse reads one callback. One that Viber has added since comes out as
// desk.Unsupported. A callback without a token is an error, for it could be told
// from no other.
func (w *Webhooks) Parse(raw desk.RawEvent) (desk.Event, error) {
	var d wire.Document
	if err := d.Read(raw.Body); err != nil || !d.Root().IsObject() {
		return desk.Event{}, errors.New("viber: reading callback: it is no JSON object")
	}
	in := d.Root()
	token, is := in.Get("message_token").Text(), in.Get("event").Text()
	if token == "" {
		return desk.Event{}, errors.New("viber: reading callback: message_token is missing")
	}
	e := desk.Event{
		Kind: desk.Unsupported, Key: token + ":" + is, Platform: Name, Account: w.account, Channel: string(Name), Direction: desk.In, Visibility: desk.Private,
		Author: author(in), Time: wire.Millis(in.Get("timestamp").Text()),
	}
	e.Conversation = cmp.Or(in.Get("chat_id").Text(), e.Author.ID)
	if in.Get("chat_id").Text() != "" {
		e.Visibility = desk.Group
	}
	switch is {
	case "message":
		if message := in.Get("message"); message.IsObject() {
			e.Kind, e.ID, e.Text, e.Attachments = desk.MessageCreated, token, message.Get("text").Text(), attachments(message)
			e.Profile = e.Author.ID != "" && e.Author.Name == "" && e.Visibility == desk.Private
		}
	case "delivered", "seen", "failed":
		e.Kind, e.Target = desk.Receipt, token
		e.Key += ":" + e.Author.ID
		e.Delivery = map[string]desk.DeliveryState{"delivered": desk.Delivered, "seen": desk.Read, "failed": desk.DeliveryFailed}[is]
		if is == "failed" {
			e.Problem = cmp.Or(in.Get("desc").Text(), "Viber does not say why")
		}
	case "subscribed", "unsubscribed", "conversation_started":
		e.Kind = desk.Contact
	case "webhook":
		e.Kind = desk.Control
	}
	if e.Conversation == "" { // names nobody: no one's thread
		e.Conversation = e.Key
	}
	return e, nil
}

// author reads who a callback is from or about: a whole user, or an id alone.
func author(in wire.Value) desk.Author {
	who := in.Get("sender")
	if !who.IsObject() {
		who = in.Get("user")
	}
	if !who.IsObject() {
		return desk.Author{ID: in.Get("user_id").Text()}
	}
	a := desk.Author{ID: who.Get("id").Text(), Name: who.Get("name").Text()}
	if pictured := who.Get("avatar").Text() != ""; pictured {
		a.HasPicture = &pictured
	}
	return a
}

// attachments returns what came with the message beside its text: one thing at
// most. A type that we do not know is kept under Viber's name for it.
func attachments(m wire.Value) []desk.Attachment {
	a := desk.Attachment{Type: m.Get("type").Text(), URL: m.Get("media").Text(), Name: m.Get("file_name").Text()}
	switch a.Type {
	case "text", "":
		return nil
	case "picture":
		a.Type = "image"
	case "url":
		a.Type = "link"
	case "sticker":
		a.ID = m.Get("sticker_id").Text()
	case "contact":
		a.Name, a.ID = m.Get("contact").Get("name").Text(), m.Get("contact").Get("phone_number").Text()
	case "location":
		if lat, lon := m.Get("location").Get("lat").Text(), m.Get("location").Get("lon").Text(); lat != "" && lon != "" {
			a.Name = strings.TrimSpace(m.Get("location").Get("address").Text() + " (" + lat + ", " + lon + ")")
		}
	}
	return []desk.Attachment{a}
}
