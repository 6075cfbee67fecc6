package line

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// kindOf says what an event of LINE's is to the desk. What LINE adds one day is
// not in it.
func kindOf(eventType string) desk.Kind {
	switch eventType {
	case "message", "postback":
		return desk.MessageCreated
	case "messageEdited":
		return desk.MessageEdited
	case "unsend":
		return desk.MessageDeleted
	case "follow", "unfollow", "join", "leave", "memberJoined", "memberLeft", "membership", "accountLink", "beacon":
		return desk.Contact
	case "delivery", "videoPlayComplete":
		return desk.Receipt
	case "module", "activated", "deactivated", "botSuspended", "botResumed":
		return desk.AccountChanged
	}
	return desk.Unsupported
}

// Parse reads one event as Split left it. A type of event that LINE has added
// since, or whose fields have changed, is no error: it comes out as
// desk.Unsupported. An event without an id is one, for it could be told from no
// other.
func (w *Webhooks) Parse(raw desk.RawEvent) (desk.Event, error) {
	one, err := wire.Open(raw.Body, "events")
	if err != nil {
		return desk.Event{}, fmt.Errorf("line: reading event: %w", err)
	}
	if len(one.Events) != 1 {
		return desk.Event{}, fmt.Errorf("line: reading event: there are %d", len(one.Events))
	}
	in := one.Events[0]
	source, message := in.Get("source"), in.Get("message")
	id, is := in.Get("webhookEventId").Text(), in.Get("type").Text() // the id stays on redelivery
	if id == "" {
		return desk.Event{}, errors.New("line: reading event: webhookEventId is missing")
	}
	account := one.Field("destination")
	user := source.Get("userId").Text() // may be missing in groups
	room := cmp.Or(source.Get("groupId").Text(), source.Get("roomId").Text())
	e := desk.Event{
		Kind:       kindOf(is),
		Key:        id,
		Platform:   Name,
		Account:    account,
		Channel:    string(Name),
		Direction:  desk.In,
		Visibility: desk.Private,
		Author:     desk.Author{ID: user},
		// What names nobody stands alone: events of different customers are no one's thread.
		Conversation: cmp.Or(room, user, id),
		Time:         wire.Millis(in.Get("timestamp").Text()),
		Standby:      in.Get("mode").Text() == "standby",
	}
	if room != "" {
		e.Visibility = desk.Group
	}
	if changed(in) {
		e.Kind = desk.Unsupported
	}
	e.Profile = e.Kind == desk.MessageCreated && user != ""
	switch is {
	case "message":
		e.ID, e.Parent, e.Text = message.Get("id").Text(), message.Get("quotedMessageId").Text(), message.Get("text").Text()
		e.Attachments = attachments(message)
		e.Aside = e.Visibility == desk.Group && !mentions(message, account)
	case "messageEdited":
		e.Target, e.Parent, e.Text = message.Get("id").Text(), message.Get("quotedMessageId").Text(), message.Get("text").Text()
	case "unsend":
		e.Target = in.Get("unsend").Get("messageId").Text()
	case "postback":
		postback := in.Get("postback")
		e.Text = cmp.Or(postback.Get("displayText").Text(), postback.Get("data").Text())
	}
	return e, nil
}

// changed reports whether LINE has changed a part of an event to what it never was:
// nobody knows what it says then.
func changed(in wire.Value) bool {
	if !in.IsObject() {
		return true
	}
	message := in.Get("message")
	for _, part := range []wire.Value{in.Get("source"), message, in.Get("unsend"), in.Get("postback"),
		message.Get("mention"), message.Get("contentProvider"), message.Get("imageSet")} {
		if part.Found() && !part.IsObject() && string(part.Raw()) != "null" {
			return true
		}
	}
	for _, part := range []wire.Value{message.Get("keywords"), message.Get("mention").Get("mentionees")} {
		if part.Found() && !part.IsArray() && string(part.Raw()) != "null" {
			return true
		}
	}
	return false
}

// mentions reports whether a message of a group speaks to our account.
func mentions(message wire.Value, account string) bool {
	for who := range message.Get("mention").Get("mentionees").Elements() {
		if id := who.Get("userId").Text(); who.Get("isSelf").True() || id != "" && id == account {
			return true
		}
	}
	return false
}

// attachments returns what came with the message beside its text: one thing at
// most. An album is several messages. A type that we do not know is kept under
// LINE's name for it.
func attachments(m wire.Value) []desk.Attachment {
	a := desk.Attachment{Type: m.Get("type").Text(), URL: m.Get("contentProvider").Get("originalContentUrl").Text()}
	switch a.Type {
	case "text", "":
		return nil
	case "sticker":
		a.ID = m.Get("stickerId").Text()
		var keywords []string
		for word := range m.Get("keywords").Elements() {
			keywords = append(keywords, word.Text())
		}
		a.Name = join(", ", keywords...)
	case "location":
		a.Name = join(", ", m.Get("title").Text(), m.Get("address").Text())
		if latitude, longitude := m.Get("latitude").Text(), m.Get("longitude").Text(); latitude != "" && longitude != "" {
			a.Name = join(" ", a.Name, "("+latitude+", "+longitude+")")
		}
	case "image":
		a.ID = m.Get("id").Text()
		if index, total := m.Get("imageSet").Get("index").Text(), m.Get("imageSet").Get("total").Text(); index != "" && total != "" {
			a.Name = index + " of " + total
		}
	default: // a video, a recording, a file; its content is asked for by the message's id
		a.ID = m.Get("id").Text()
		a.Name = m.Get("fileName").Text()
	}
	return []desk.Attachment{a}
}

// join puts sep between those of parts that are there.
func join(sep string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), sep)
}
