package standard

import (
	"cmp"
	"errors"
	"strconv"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// kindOf says what an event is to the desk. Senders may use the desk's own kinds
// as types, and the names that are usual for them elsewhere.
func kindOf(eventType string) desk.Kind {
	switch kind := desk.Kind(eventType); kind {
	case desk.MessageCreated, desk.MessageEdited, desk.MessageDeleted, desk.Reaction, desk.Receipt, desk.Echo,
		desk.Contact, desk.AccountChanged, desk.Moderation, desk.FetchRequired, desk.Control:
		return kind
	case "message.updated":
		return desk.MessageEdited
	case "message.read", "message.delivered", "message.failed":
		return desk.Receipt
	case "message.echo":
		return desk.Echo
	case "ping", "test", "webhook.test":
		return desk.Control
	}
	switch family, _, _ := strings.Cut(eventType, "."); family {
	case "reaction", "contact", "account", "moderation":
		return desk.Kind(family)
	}
	return desk.Unsupported
}

// Parse reads one event. Its key is the header webhook-id, which stays over all
// attempts; a body kept without one has its data's id. What has neither is an
// error. A type that we do not know comes out as desk.Unsupported.
func (w *Webhooks) Parse(raw desk.RawEvent) (desk.Event, error) {
	var doc wire.Document
	if err := doc.Read(raw.Body); err != nil || !doc.Root().IsObject() {
		return desk.Event{}, errors.New("standard: reading event: body is no JSON object")
	}
	in := doc.Root()
	about, is := in.Get("data"), in.Get("type").Text()
	kind := kindOf(is)
	if changed(about) && kind != desk.Control {
		kind = desk.Unsupported
	}
	key := cmp.Or(raw.Header["webhook-id"], about.Get("id").Text())
	if key == "" {
		return desk.Event{}, errors.New("standard: reading event: neither webhook-id nor data.id is there")
	}
	e := desk.Event{
		Kind:        kind,
		Key:         key,
		ID:          about.Get("id").Text(),
		Platform:    Name,
		Account:     cmp.Or(raw.Account, w.account),
		Channel:     cmp.Or(about.Get("channel").Text(), string(Name)),
		Direction:   desk.In,
		Visibility:  visibility(about.Get("visibility").Text()),
		Author:      author(about.Get("author")),
		Text:        about.Get("text").Text(),
		Lang:        about.Get("language").Text(),
		Parent:      about.Get("parent_id").Text(),
		Target:      about.Get("target_id").Text(),
		Permalink:   about.Get("permalink").Text(),
		Time:        wire.ISO(in.Get("timestamp").Text()), // of the event; the header has the attempt's
		Attachments: attachments(about.Get("attachments")),
	}
	switch kind {
	case desk.Echo:
		e.Direction, e.Of = desk.OutElsewhere, about.Get("to").Text()
	case desk.Receipt:
		e.Delivery, e.Problem = delivery(is), about.Get("problem").Text()
		if e.Target == "" {
			e.Target, e.ID = e.ID, ""
		}
	case desk.MessageEdited, desk.MessageDeleted:
		if e.Target == "" { // it names the message as the message named itself
			e.Target, e.ID = e.ID, ""
		}
	}
	// Without a conversation an author has one thread; people of whom nothing
	// is known must not share one.
	e.Conversation = cmp.Or(about.Get("conversation_id").Text(), e.Of, e.Author.ID, e.Target, e.ID, e.Key)
	return e, nil
}

// delivery is how far a receipt says that a reply has got.
func delivery(eventType string) desk.DeliveryState {
	switch eventType {
	case "message.read":
		return desk.Read
	case "message.delivered":
		return desk.Delivered
	case "message.failed":
		return desk.DeliveryFailed
	}
	return ""
}

// changed reports whether the data of an event is not what it ever was: nobody
// knows what it says then.
func changed(about wire.Value) bool {
	author := about.Get("author")
	return !about.IsObject() || author.Found() && !author.IsObject() && string(author.Raw()) != "null"
}

func visibility(s string) desk.Visibility {
	switch v := desk.Visibility(s); v {
	case desk.Public, desk.Group:
		return v
	}
	return desk.Private
}

func author(a wire.Value) desk.Author {
	return desk.Author{
		ID:           a.Get("id").Text(),
		Name:         a.Get("name").Text(),
		Handle:       a.Get("handle").Text(),
		Followers:    count(a.Get("followers")),
		Following:    count(a.Get("following")),
		Verified:     flag(a.Get("verified")),
		HasPicture:   flag(a.Get("has_picture")),
		Created:      created(a.Get("created").Text()),
		VIP:          flag(a.Get("vip")),
		Organisation: a.Get("organisation").Text(),
	}
}

// count reads a whole number, nil for anything else.
func count(v wire.Value) *int64 {
	n, err := strconv.ParseInt(v.Text(), 10, 64)
	if err != nil {
		return nil
	}
	return &n
}

// flag reads true or false, nil for anything else.
func flag(v wire.Value) *bool {
	yes := v.True()
	if !yes && string(v.Raw()) != "false" {
		return nil
	}
	return &yes
}

// created reads when an account was opened: an instant, or a day.
func created(t string) *time.Time {
	at := wire.ISO(t)
	if day, err := time.Parse(time.DateOnly, t); err == nil {
		at = day
	}
	if at.IsZero() {
		return nil
	}
	return &at
}

// attachments reads the list as far as it is one.
func attachments(list wire.Value) []desk.Attachment {
	var out []desk.Attachment
	for a := range list.Elements() {
		if a.IsObject() {
			out = append(out, desk.Attachment{Type: cmp.Or(a.Get("type").Text(), "file"), URL: a.Get("url").Text(), ID: a.Get("id").Text(), Name: a.Get("name").Text()})
		}
	}
	return out
}
