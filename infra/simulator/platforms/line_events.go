package platforms

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"maps"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// A lineEvent is one of the events in a body of LINE's.
type lineEvent struct {
	Type            string        `json:"type"`
	Message         *lineMessage  `json:"message,omitempty"`
	Unsend          *lineUnsend   `json:"unsend,omitempty"`
	Postback        *linePostback `json:"postback,omitempty"`
	Follow          *lineFollow   `json:"follow,omitempty"`
	WebhookEventID  string        `json:"webhookEventId"`
	DeliveryContext struct {
		IsRedelivery bool `json:"isRedelivery"`
	} `json:"deliveryContext"`
	Timestamp  int64      `json:"timestamp"` // milliseconds
	Source     lineSource `json:"source"`
	ReplyToken string     `json:"replyToken,omitempty"`
	Mode       string     `json:"mode"`
}

type lineSource struct {
	Type    string `json:"type"`
	GroupID string `json:"groupId,omitempty"`
	RoomID  string `json:"roomId,omitempty"`
	UserID  string `json:"userId"`
}

type lineMessage struct {
	Type            string        `json:"type"`
	ID              string        `json:"id"`
	QuoteToken      string        `json:"quoteToken,omitempty"`
	MarkAsReadToken string        `json:"markAsReadToken,omitempty"`
	Text            string        `json:"text,omitempty"`
	Mention         *lineMention  `json:"mention,omitempty"`
	QuotedMessageID string        `json:"quotedMessageId,omitempty"`
	ContentProvider *lineProvider `json:"contentProvider,omitempty"`
	PackageID       string        `json:"packageId,omitempty"`
	StickerID       string        `json:"stickerId,omitempty"`
	ResourceType    string        `json:"stickerResourceType,omitempty"`
	Keywords        []string      `json:"keywords,omitempty"`
	FileName        string        `json:"fileName,omitempty"`
	FileSize        int           `json:"fileSize,omitempty"`
	Title           string        `json:"title,omitempty"`
	Address         string        `json:"address,omitempty"`
	Latitude        float64       `json:"latitude,omitempty"`
	Longitude       float64       `json:"longitude,omitempty"`
}

type lineMention struct {
	Mentionees []lineMentionee `json:"mentionees"`
}

type lineMentionee struct {
	Index  int    `json:"index"` // in UTF-16 units
	Length int    `json:"length"`
	Type   string `json:"type"`
	UserID string `json:"userId"`
	IsSelf bool   `json:"isSelf"`
}

type (
	lineProvider struct {
		Type string `json:"type"`
	}
	lineUnsend struct {
		MessageID string `json:"messageId"`
	}
	linePostback struct {
		Data        string `json:"data"`
		DisplayText string `json:"displayText,omitempty"`
	}
	lineFollow struct {
		IsUnblocked bool `json:"isUnblocked"`
	}
)

func beginLINE(n *Network, _ *app, e *Event, s *Say) error {
	e.ID, e.Message, e.Conversation = ulid(e.At), n.messageID(e.At), e.Author
	if s.Group != "" {
		e.Conversation = GroupID(s.Group)
	}
	return nil
}

// lineEvent makes what LINE would post about e. n.mu is held.
func (n *Network) lineEvent(a *app, e *Event, s *Say) error {
	out := &lineEvent{Type: "message", WebhookEventID: e.ID, Timestamp: e.At.UnixMilli(), Mode: "active"}
	out.Source = lineSource{Type: "user", UserID: e.Author}
	if s.Group != "" {
		out.Source.Type, out.Source.GroupID = "group", e.Conversation
		if strings.HasPrefix(e.Conversation, "R") {
			out.Source = lineSource{Type: "room", RoomID: e.Conversation, UserID: e.Author}
		}
	}
	message := &lineMessage{Type: "text", ID: e.Message, QuoteToken: rand.Text(), MarkAsReadToken: rand.Text(), Text: s.Text, QuotedMessageID: s.Message}
	switch s.Do {
	case "message":
		if s.Mention && s.Group != "" {
			address := "@" + a.Brand
			message.Text = address + " " + s.Text
			message.Mention = &lineMention{[]lineMentionee{{0, len(utf16.Encode([]rune(address))), "user", a.Account, true}}}
		}
		out.Message = message
	case "edit":
		out.Type, out.Message = "messageEdited", message
		message.QuotedMessageID = ""
	case "sticker":
		out.Message = &lineMessage{Type: "sticker", ID: e.Message, QuoteToken: message.QuoteToken, PackageID: "11537", StickerID: "52002734", ResourceType: "STATIC"}
		out.Message.Keywords = strings.Split(strings.ReplaceAll(wording(s.Text, "angry, grumpy"), ", ", ","), ",")
	case "picture":
		out.Message = &lineMessage{Type: "image", ID: e.Message, QuoteToken: message.QuoteToken, ContentProvider: &lineProvider{"line"}}
	case "file":
		out.Message = &lineMessage{Type: "file", ID: e.Message, FileName: wording(s.Text, "receipt.pdf"), FileSize: 21330}
	case "location":
		out.Message = &lineMessage{Type: "location", ID: e.Message, Title: "my location", Address: wording(s.Text, "1 Example Road"), Latitude: 13.75, Longitude: 100.5}
	case "unsend":
		out.Type, out.Unsend = "unsend", &lineUnsend{e.Message}
	case "postback":
		out.Type, out.Postback = "postback", &linePostback{"action=" + s.Text, s.Text}
	case "follow":
		t := n.threads[ThreadKey{a.Platform, a.Name, e.Conversation}]
		out.Type, out.Follow = "follow", &lineFollow{t != nil && len(t.Lines) > 0}
	case "unfollow":
		out.Type = "unfollow"
	default:
		return errors.New("LINE has no such event")
	}
	if s.Do != "unsend" && s.Do != "unfollow" {
		if len(n.tokens) > keptEvents {
			maps.DeleteFunc(n.tokens, func(_ string, t replyToken) bool { return e.At.After(t.expires) })
		}
		out.ReplyToken = rand.Text()
		n.tokens[out.ReplyToken] = replyToken{a, e.Conversation, e.At.Add(time.Minute)}
	}
	e.line = out
	return nil
}

func wording(text, otherwise string) string {
	if strings.TrimSpace(text) == "" {
		return otherwise
	}
	return text
}

// lineID reports whether s has the form of an id of LINE's that begins with one
// of the letters.
func lineID(s, letters string) bool {
	return len(s) == 33 && strings.Contains(letters, s[:1]) && strings.Trim(s[1:], "0123456789abcdef") == ""
}

// messageID returns an id for a message: 18 digits, and the larger the later.
// n.mu is held.
func (n *Network) messageID(now time.Time) string {
	n.last = max(n.last+1, now.UnixMilli()*100000)
	return strconv.FormatInt(n.last, 10)
}

// ulid returns an id that sorts by time: 48 bits of milliseconds and 80 random
// ones, in Crockford's base 32.
func ulid(now time.Time) string {
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	var raw [16]byte
	_, _ = rand.Read(raw[6:]) // never fails
	ms := uint64(now.UnixMilli())
	for i := 5; i >= 0; i, ms = i-1, ms>>8 {
		raw[i] = byte(ms)
	}
	hi, lo := binary.BigEndian.Uint64(raw[:8]), binary.BigEndian.Uint64(raw[8:])
	var out [26]byte
	for i := len(out) - 1; i >= 0; i-- {
		out[i] = alphabet[lo&31]
		lo = lo>>5 | hi<<59
		hi >>= 5
	}
	return string(out[:])
}
