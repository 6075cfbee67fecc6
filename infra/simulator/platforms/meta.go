package platforms

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"slices"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// An object is one of JSON's. Its fields are written in the order of their names.
type object map[string]any

// An item is one event of Meta's as it stands in an entry of a body.
type item struct {
	entry string // its id: of the page, the Instagram account, or WhatsApp's business
	list  string // that of the entry that it stands in: messaging, standby, changes; flat beside the id
	value object
}

// metaBody puts events into one body, those of an account into one entry of it.
// The entry's time is when it is sent, and so another one each time.
func metaBody(d *delivery, now time.Time) ([]byte, error) {
	var entries []object
	at := map[string]int{}
	for _, e := range d.events {
		i, known := at[e.item.entry+e.item.list]
		if !known || e.item.list == "flat" {
			entry := object{"id": e.item.entry, "time": now.Unix()}
			if e.item.list == "messaging" || e.item.list == "standby" {
				entry["time"] = now.UnixMilli()
			}
			i, at[e.item.entry+e.item.list] = len(entries), len(entries)
			entries = append(entries, entry)
		}
		if e.item.list == "flat" {
			for name, value := range e.item.value {
				entries[i][name] = value
			}
			continue
		}
		list, _ := entries[i][e.item.list].([]object)
		entries[i][e.item.list] = append(list, e.item.value)
	}
	return encodeMeta(object{"object": d.part.object, "entry": entries})
}

// encodeMeta writes JSON as Meta does: what is not ASCII as \uXXXX with small
// letters, and a slash with a backslash before it.
func encodeMeta(v any) ([]byte, error) {
	plain, err := encode(v)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	for len(plain) > 0 {
		r, size := utf8.DecodeRune(plain)
		switch {
		case r == '/':
			out.WriteString(`\/`)
		case r < utf8.RuneSelf:
			out.WriteByte(byte(r))
		default:
			for _, unit := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&out, `\u%04x`, unit)
			}
		}
		plain = plain[size:]
	}
	return out.Bytes(), nil
}

// changes makes an event of those that stand in the changes of an entry.
func changes(entry, field string, value object) item {
	return item{entry, "changes", object{"field": field, "value": value}}
}

// token64 returns an id as Meta gives them to messages.
func token64(prefix string) string {
	raw := make([]byte, 21)
	_, _ = rand.Read(raw) // never fails
	return prefix + base64.RawURLEncoding.EncodeToString(raw)
}

// dashboard is what the button "Test" of Meta's console sends.
func dashboard() item {
	return item{"0", "messaging", object{
		"sender": object{"id": "12334"}, "recipient": object{"id": "23245"}, "timestamp": "1527459824",
		"message": object{"mid": "test_message_id", "text": "test_message"},
	}}
}

// businessSuite is the app by which shops answer in Meta's own inbox.
const businessSuite = 263902037430900

// appID is the id of an app of the accounts file at Meta.
func (a *app) appID() string { return digits("12", 16, "app", a.Name) }

// chat makes the item of a direct message of Messenger or Instagram, which have
// one shape.
func (n *Network) chat(a *app, e *Event, s *Say) item {
	out := item{a.Account, "messaging", object{"sender": object{"id": e.Author}, "recipient": object{"id": a.Account}, "timestamp": e.At.UnixMilli()}}
	m := object{"mid": e.Message}
	if s.Text != "" {
		m["text"] = s.Text
	}
	attach := func(kind string, payload object) {
		delete(m, "text")
		m["attachments"] = []object{{"type": kind, "payload": payload}}
	}
	address := func(kind string) string { return n.cfg.Public + "/sim/" + kind + "/" + e.Message + ".png" }
	switch s.Do {
	case "message":
		if s.Message != "" {
			m["reply_to"] = object{"mid": s.Message}
		}
	case "choose":
		m["quick_reply"] = object{"payload": "CHOICE_" + digest("choice", s.Text)[:6]}
	case "picture":
		attach("image", object{"url": address("picture")})
	case "sticker":
		attach("image", object{"url": address("picture"), "sticker_id": 369239263222822})
	case "voice":
		attach("audio", object{"url": address("media")})
	case "file":
		attach("file", object{"url": address("media")})
	case "location":
		attach("location", object{"coordinates": object{"lat": 37.9838, "long": 23.7275}})
	case "link":
		link := "https://www.example.com/p/" + digest("link", s.Text)[:6]
		attach("fallback", object{"url": link, "title": wording(s.Text, "A product")})
		m["text"] = link
	case "share":
		attach("share", object{"url": address("picture")})
	case "story_mention":
		attach("story_mention", object{"url": address("picture")})
	case "story_reply":
		m["reply_to"] = object{"story": object{"id": digits("1799", 17, "story", a.Account), "url": address("picture")}}
	case "unsupported":
		delete(m, "text")
		m["is_unsupported"] = true
	case "unsend":
		m = object{"mid": e.Message, "is_deleted": true}
	case "elsewhere", "echo":
		out.value["sender"], out.value["recipient"] = out.value["recipient"], object{"id": e.customer()}
		m["is_echo"] = true
	case "postback":
		out.value["postback"] = object{"mid": e.Message, "title": s.Text, "payload": "POSTBACK_" + digest("postback", s.Text)[:6]}
		return out
	case "react":
		out.value["reaction"] = object{"mid": s.Message, "action": "react", "reaction": "love", "emoji": wording(s.Text, "❤️")}
		return out
	case "edit":
		out.value["message_edit"] = object{"mid": e.Message, "text": s.Text, "num_edit": n.edits(e) + 1}
		return out
	case "unknown":
		out.value["something_new"] = object{"mid": token64("new_"), "text": s.Text}
		return out
	}
	out.value["message"] = m
	return out
}

// customer is who a message of the brand went to.
func (e *Event) customer() string {
	if e.sent != nil {
		return e.sent.To
	}
	return e.Author
}

// edits counts the earlier edits of the message that e edits.
func (n *Network) edits(e *Event) int {
	if t := n.threads[ThreadKey{e.Platform, e.App, e.Conversation}]; t != nil {
		l, _ := t.byMessage(e.Message)
		return l.Edits
	}
	return 0
}

// line returns a message and its thread, of whose lines there is the first alone;
// false where there is none. It is a copy, for use without n.mu, which is held.
func (n *Network) line(message string) (Line, *Thread, bool) {
	t := n.threads[n.where[message]]
	if t == nil {
		return Line{}, nil, false
	}
	l, ok := t.byMessage(message)
	copied := *t
	copied.Lines = slices.Clone(t.Lines[:min(1, len(t.Lines))])
	return l, &copied, ok
}

// top returns the message that began the thread which a message stands in.
func (n *Network) top(message string) string {
	if _, t, ok := n.line(message); ok && len(t.Lines) > 0 {
		return t.Lines[0].Message
	}
	return message
}
