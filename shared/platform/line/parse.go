package line

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// An event is what the desk reads of one of LINE's.
type event struct {
	Type      wire.Text `json:"type"`
	EventID   wire.Text `json:"webhookEventId"` // the same on redelivery
	Timestamp wire.Text `json:"timestamp"`      // milliseconds
	Mode      wire.Text `json:"mode"`
	Source    source    `json:"source"`
	Message   message   `json:"message"`
	Unsend    struct {
		MessageID wire.Text `json:"messageId"`
	} `json:"unsend"`
	Postback struct {
		Data        wire.Text `json:"data"`
		DisplayText wire.Text `json:"displayText"`
	} `json:"postback"`
}

type source struct {
	UserID  wire.Text `json:"userId"` // may be missing in groups
	GroupID wire.Text `json:"groupId"`
	RoomID  wire.Text `json:"roomId"`
}

type message struct {
	Type     wire.Text `json:"type"`
	ID       wire.Text `json:"id"`
	Text     wire.Text `json:"text"`
	QuotedID wire.Text `json:"quotedMessageId"`
	Mention  struct {
		Mentionees []struct {
			UserID wire.Text `json:"userId"`
			IsSelf wire.Flag `json:"isSelf"`
		} `json:"mentionees"`
	} `json:"mention"`
	FileName  wire.Text   `json:"fileName"`
	StickerID wire.Text   `json:"stickerId"`
	Keywords  []wire.Text `json:"keywords"`
	Title     wire.Text   `json:"title"`
	Address   wire.Text   `json:"address"`
	Latitude  wire.Text   `json:"latitude"`
	Longitude wire.Text   `json:"longitude"`
	Provider  struct {
		URL wire.Text `json:"originalContentUrl"`
	} `json:"contentProvider"`
	ImageSet struct {
		Index wire.Text `json:"index"`
		Total wire.Text `json:"total"`
	} `json:"imageSet"`
}

// kindOf says what an event of LINE's is to the desk. What LINE adds one day is
// not in it.
func kindOf(eventType wire.Text) desk.Kind {
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
	var in event
	err = json.Unmarshal(one.Events[0], &in)
	_, changed := errors.AsType[*json.UnmarshalTypeError](err)
	switch {
	case err != nil && !changed:
		return desk.Event{}, fmt.Errorf("line: reading event: %w", err)
	case in.EventID == "":
		return desk.Event{}, errors.New("line: reading event: webhookEventId is missing")
	}
	account := one.Field("destination")
	e := desk.Event{
		Kind:         kindOf(in.Type),
		Key:          string(in.EventID),
		Platform:     Name,
		Account:      account,
		Channel:      string(Name),
		Direction:    desk.In,
		Visibility:   desk.Private,
		Author:       desk.Author{ID: string(in.Source.UserID)},
		// What names nobody stands alone: events of different customers are no one's thread.
		Conversation: string(cmp.Or(in.Source.GroupID, in.Source.RoomID, in.Source.UserID, in.EventID)),
		Time:         wire.Millis(in.Timestamp),
		Standby:      in.Mode == "standby",
	}
	if in.Source.GroupID != "" || in.Source.RoomID != "" {
		e.Visibility = desk.Group
	}
	if changed {
		e.Kind = desk.Unsupported
	}
	switch in.Type {
	case "message":
		e.ID, e.Parent, e.Text = string(in.Message.ID), string(in.Message.QuotedID), string(in.Message.Text)
		e.Attachments = in.Message.attachments()
		e.Aside = e.Visibility == desk.Group && !in.Message.mentions(account)
	case "messageEdited":
		e.Target, e.Parent, e.Text = string(in.Message.ID), string(in.Message.QuotedID), string(in.Message.Text)
	case "unsend":
		e.Target = string(in.Unsend.MessageID)
	case "postback":
		e.Text = string(cmp.Or(in.Postback.DisplayText, in.Postback.Data))
	}
	return e, nil
}

// mentions reports whether a message of a group speaks to our account.
func (m message) mentions(account string) bool {
	for _, who := range m.Mention.Mentionees {
		if who.IsSelf.Value != nil && *who.IsSelf.Value || who.UserID != "" && string(who.UserID) == account {
			return true
		}
	}
	return false
}

// attachments returns what came with the message beside its text: one thing at
// most. An album is several messages. A type that we do not know is kept under
// LINE's name for it.
func (m message) attachments() []desk.Attachment {
	a := desk.Attachment{Type: string(m.Type), URL: string(m.Provider.URL)}
	switch m.Type {
	case "text", "":
		return nil
	case "sticker":
		a.ID = string(m.StickerID)
		a.Name = join(", ", m.Keywords...)
	case "location":
		a.Name = join(", ", m.Title, m.Address)
		if m.Latitude != "" && m.Longitude != "" {
			a.Name = join(" ", wire.Text(a.Name), "("+m.Latitude+", "+m.Longitude+")")
		}
	case "image":
		a.ID = string(m.ID)
		if m.ImageSet.Index != "" && m.ImageSet.Total != "" {
			a.Name = string(m.ImageSet.Index + " of " + m.ImageSet.Total)
		}
	default: // a video, a recording, a file; its content is asked for by the message's id
		a.ID = string(m.ID)
		a.Name = string(m.FileName)
	}
	return []desk.Attachment{a}
}

// join puts sep between those of parts that are there.
func join(sep string, parts ...wire.Text) string {
	parts = slices.DeleteFunc(slices.Clone(parts), func(p wire.Text) bool { return p == "" })
	s := make([]string, len(parts))
	for i, p := range parts {
		s[i] = string(p)
	}
	return strings.Join(s, sep)
}
