package standard

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// An event is the body of a webhook. Ids may be strings or numbers.
type event struct {
	Type      wire.Text       `json:"type"`
	Timestamp wire.Text       `json:"timestamp"` // of the event; the header has the attempt's
	Data      json.RawMessage `json:"data"`
}

type data struct {
	ID           wire.Text       `json:"id"`
	Channel      wire.Text       `json:"channel"`
	Conversation wire.Text       `json:"conversation_id"`
	Author       author          `json:"author"`
	To           wire.Text       `json:"to"` // of an echo: the customer it went to
	Problem      wire.Text       `json:"problem"`
	Text         wire.Text       `json:"text"`
	Language     wire.Text       `json:"language"`
	Visibility   wire.Text       `json:"visibility"`
	Parent       wire.Text       `json:"parent_id"`
	Target       wire.Text       `json:"target_id"`
	Permalink    wire.Text       `json:"permalink"`
	Attachments  json.RawMessage `json:"attachments"`
}

type author struct {
	ID           wire.Text  `json:"id"`
	Name         wire.Text  `json:"name"`
	Handle       wire.Text  `json:"handle"`
	Followers    wire.Count `json:"followers"`
	Following    wire.Count `json:"following"`
	Verified     wire.Flag  `json:"verified"`
	HasPicture   wire.Flag  `json:"has_picture"`
	Created      wire.Text  `json:"created"`
	VIP          wire.Flag  `json:"vip"`
	Organisation wire.Text  `json:"organisation"`
}

type attachment struct {
	Type wire.Text `json:"type"`
	URL  wire.Text `json:"url"`
	ID   wire.Text `json:"id"`
	Name wire.Text `json:"name"`
}

// kindOf says what an event is to the desk. Senders may use the desk's own kinds
// as types, and the names that are usual for them elsewhere.
func kindOf(eventType wire.Text) desk.Kind {
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
	switch family, _, _ := strings.Cut(string(eventType), "."); family {
	case "reaction", "contact", "account", "moderation":
		return desk.Kind(family)
	}
	return desk.Unsupported
}

// Parse reads one event. Its key is the header webhook-id, which stays over all
// attempts; a body kept without one has its data's id. What has neither is an
// error. A type that we do not know comes out as desk.Unsupported.
func (w *Webhooks) Parse(raw desk.RawEvent) (desk.Event, error) {
	var in event
	if err := json.Unmarshal(raw.Body, &in); err != nil {
		return desk.Event{}, fmt.Errorf("standard: reading event: %w", err)
	}
	var about data
	kind := kindOf(in.Type)
	if err := about.read(in.Data); err != nil && kind != desk.Control {
		kind = desk.Unsupported
	}
	key := cmp.Or(raw.Header["webhook-id"], string(about.ID))
	if key == "" {
		return desk.Event{}, errors.New("standard: reading event: neither webhook-id nor data.id is there")
	}
	e := desk.Event{
		Kind:        kind,
		Key:         key,
		ID:          string(about.ID),
		Platform:    Name,
		Account:     cmp.Or(raw.Account, w.account),
		Channel:     string(cmp.Or(about.Channel, wire.Text(Name))),
		Direction:   desk.In,
		Visibility:  visibility(about.Visibility),
		Author:      about.Author.read(),
		Text:        string(about.Text),
		Lang:        string(about.Language),
		Parent:      string(about.Parent),
		Target:      string(about.Target),
		Permalink:   string(about.Permalink),
		Time:        wire.ISO(in.Timestamp),
		Attachments: attachments(about.Attachments),
	}
	switch kind {
	case desk.Echo:
		e.Direction, e.Of = desk.OutElsewhere, string(about.To)
	case desk.Receipt:
		e.Delivery, e.Problem = delivery(in.Type), string(about.Problem)
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
	e.Conversation = cmp.Or(string(about.Conversation), e.Of, e.Author.ID, e.Target, e.ID, e.Key)
	return e, nil
}

// delivery is how far a receipt says that a reply has got.
func delivery(eventType wire.Text) desk.DeliveryState {
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

// read returns an error for what is not an object, or not one of such fields;
// what could be read is there all the same.
func (d *data) read(raw json.RawMessage) error {
	if err := wire.Object(raw); err != nil {
		return err
	}
	return json.Unmarshal(raw, d)
}

func visibility(v wire.Text) desk.Visibility {
	switch v := desk.Visibility(v); v {
	case desk.Public, desk.Group:
		return v
	}
	return desk.Private
}

func (a author) read() desk.Author {
	out := desk.Author{
		ID:           string(a.ID),
		Name:         string(a.Name),
		Handle:       string(a.Handle),
		Followers:    a.Followers.Value,
		Following:    a.Following.Value,
		Verified:     a.Verified.Value,
		HasPicture:   a.HasPicture.Value,
		Created:      created(a.Created),
		VIP:          a.VIP.Value,
		Organisation: string(a.Organisation),
	}
	return out
}

// created reads when an account was opened: an instant, or a day.
func created(t wire.Text) *time.Time {
	at := wire.ISO(t)
	if day, err := time.Parse(time.DateOnly, string(t)); err == nil {
		at = day
	}
	if at.IsZero() {
		return nil
	}
	return &at
}

// attachments reads the list as far as it is one.
func attachments(list json.RawMessage) []desk.Attachment {
	var each []json.RawMessage
	if err := json.Unmarshal(list, &each); err != nil { // absent, or something else
		return nil
	}
	var out []desk.Attachment
	for _, raw := range each {
		var a attachment
		if err := json.Unmarshal(raw, &a); err != nil { // not an object
			continue
		}
		out = append(out, desk.Attachment{Type: string(cmp.Or(a.Type, "file")), URL: string(a.URL), ID: string(a.ID), Name: string(a.Name)})
	}
	return out
}
