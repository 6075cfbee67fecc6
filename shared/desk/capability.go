package desk

import "time"

// A ReplyWay is a way in which a ticket can be answered.
type ReplyWay string

// The ways there are. A public message may be answered for all to read or, on
// some platforms and once, in private.
const (
	PublicReply  ReplyWay = "public_reply"
	PrivateReply ReplyWay = "private_reply"
	DirectReply  ReplyWay = "dm"
)

// An AfterWindow is what may still be sent when the time for free text is over.
type AfterWindow string

// What a platform takes after its window. HumanAgent is free text by a person,
// for some days more.
const (
	NothingAfter    AfterWindow = "none"
	TemplateAfter   AfterWindow = "template"
	HumanAgentAfter AfterWindow = "human_agent"
)

// A Capability is what may be said to a customer and how, as computed from their
// last message. It promises nothing: the platform decides when it gets the reply.
type Capability struct {
	Channels          []ReplyWay         `json:"channels"`               // the usual one first; none when nothing can be sent
	WindowUntil       *time.Time         `json:"window_until"`           // free text, until then; null where it is never over
	AfterWindow       AfterWindow        `json:"after_window,omitempty"` // where there is a window
	AfterUntil        *time.Time         `json:"after_until,omitempty"`  // and until when that
	PrivateReplyUntil *time.Time         `json:"private_reply_until,omitempty"`
	PrivateReplyOnce  bool               `json:"private_reply_once,omitempty"`
	MaxLength         Length             `json:"max_len"`                     // of one message; a longer text goes out as several
	PrivateMaxLength  *Length            `json:"private_reply_max,omitempty"` // of a private reply, where that differs
	RequiresSummons   bool               `json:"requires_summons,omitempty"`  // only to those who spoke to the account
	Cost              string             `json:"cost,omitempty"`              // of one reply, in words
	Moderation        []ModerationAction `json:"moderation,omitempty"`        // what can be done to the customer's messages
}

// A Length is a number of units such as "characters".
type Length struct {
	Value int    `json:"value"`
	Unit  string `json:"unit"`
}

// Closed reports whether nothing at all, not even a template, can be sent at now.
func (c Capability) Closed(now time.Time) bool {
	if len(c.Channels) == 0 {
		return true
	}
	if c.WindowUntil == nil || now.Before(*c.WindowUntil) {
		return false
	}
	return c.AfterWindow == NothingAfter || c.AfterWindow == "" || c.AfterUntil != nil && !now.Before(*c.AfterUntil)
}

// TemplateOnly reports whether only a template can be sent at now.
func (c Capability) TemplateOnly(now time.Time) bool {
	return !c.Closed(now) && c.WindowUntil != nil && !now.Before(*c.WindowUntil) && c.AfterWindow == TemplateAfter
}
