package zalo

import (
	"cmp"
	"errors"
	"strings"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// Parse reads one event. One that Zalo has added since comes out as
// desk.Unsupported. An event of which nothing tells it from others is an error.
func (w *Webhooks) Parse(raw desk.RawEvent) (desk.Event, error) {
	var d wire.Document
	if err := d.Read(raw.Body); err != nil || !d.Root().IsObject() {
		return desk.Event{}, errors.New("zalo: reading event: it is no JSON object")
	}
	in := d.Root()
	account, person := sides(in)
	name, message, stamp := in.Get("event_name").Text(), in.Get("message"), in.Get("timestamp").Text()
	id := message.Get("msg_id").Text()
	e := desk.Event{
		Kind: kindOf(name), Key: id, ID: id, Platform: Name, Account: account, Channel: string(Name), Direction: desk.In, Visibility: desk.Private,
		Author: desk.Author{ID: person}, Conversation: person, Time: wire.Millis(stamp), Text: message.Get("text").Text(),
	}
	if message.Found() && !message.IsObject() && e.Kind == desk.MessageCreated {
		e.Kind = desk.Unsupported
	}
	switch e.Kind {
	case desk.MessageCreated:
		e.Parent, e.Attachments = message.Get("quote_msg_id").Text(), attachments(message)
		e.Profile = person != ""
	case desk.Echo:
		e.Direction, e.Author, e.Of = desk.Out, desk.Author{ID: account}, person
		e.Attachments = attachments(message)
	case desk.Receipt:
		e.ID, e.Key, e.Delivery = "", strings.Join([]string{name, person, stamp}, ":"), desk.Delivered
		if name == "user_seen_message" {
			e.Delivery = desk.Read
		}
		e.Target, e.Until = message.Get("msg_ids").Only().Text(), e.Time
	case desk.Reaction:
		e.ID, e.Target, e.Key = "", id, strings.Join([]string{name, id, person, stamp}, ":")
	default:
		if id == "" || e.Kind == desk.Contact {
			e.Key = strings.Join([]string{name, person, stamp}, ":")
		}
	}
	if e.Key == "" || strings.Trim(e.Key, ":") == "" || id == "" && stamp == "" {
		return desk.Event{}, errors.New("zalo: reading event: neither msg_id nor timestamp names it")
	}
	e.Conversation = cmp.Or(e.Conversation, e.Key) // what names nobody is no one's thread
	return e, nil
}

// kindOf says what an event of Zalo's is to the desk.
func kindOf(name string) desk.Kind {
	switch {
	case name == "user_seen_message", name == "user_received_message":
		return desk.Receipt
	case name == "user_reacted_message", name == "oa_reacted_message":
		return desk.Reaction
	case name == "user_submit_info":
		return desk.Contact
	case strings.HasPrefix(name, "user_send_"):
		return desk.MessageCreated
	case strings.HasPrefix(name, "oa_send_"):
		return desk.Echo
	case name == "follow", name == "unfollow":
		return desk.Contact
	}
	return desk.Unsupported
}

// attachments returns what came with the message beside its text. A type that we
// do not know is kept under Zalo's name for it.
func attachments(m wire.Value) []desk.Attachment {
	var all []desk.Attachment
	for one := range m.Get("attachments").Elements() {
		if !one.IsObject() {
			continue
		}
		payload := one.Get("payload")
		a := desk.Attachment{Type: one.Get("type").Text(), URL: payload.Get("url").Text(), ID: payload.Get("id").Text(), Name: payload.Get("name").Text()}
		switch a.Type {
		case "gif":
			a.Type = "image"
		case "location":
			a.URL = ""
			if at := payload.Get("coordinates"); at.Get("latitude").Text() != "" {
				a.Name = "(" + at.Get("latitude").Text() + ", " + at.Get("longitude").Text() + ")"
			}
		case "link", "links":
			a.Type, a.Name = "link", payload.Get("title").Text()
		}
		all = append(all, a)
	}
	return all
}
