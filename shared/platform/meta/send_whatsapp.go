package meta

import (
	"context"
	"net/http"
	"strings"

	"example.com/skala/shared/desk"
)

// A whatsAppMessage is the body of one. Its callback data comes back with every
// status of it.
type whatsAppMessage struct {
	Product       string            `json:"messaging_product"`
	RecipientType string            `json:"recipient_type"`
	To            string            `json:"to,omitempty"`        // a phone number, or a group
	Recipient     string            `json:"recipient,omitempty"` // a business-scoped user id
	Context       *whatsAppContext  `json:"context,omitempty"`
	Data          string            `json:"biz_opaque_callback_data"`
	Type          string            `json:"type"`
	Text          *whatsAppText     `json:"text,omitempty"`
	Template      *whatsAppTemplate `json:"template,omitempty"`
}

// A whatsAppContext is what a message quotes.
type whatsAppContext struct {
	MessageID string `json:"message_id"`
}

type whatsAppText struct {
	PreviewURL bool   `json:"preview_url"`
	Body       string `json:"body"`
}

type whatsAppTemplate struct {
	Name       string              `json:"name"`
	Language   whatsAppLanguage    `json:"language"`
	Components []whatsAppComponent `json:"components,omitempty"`
}

type whatsAppLanguage struct {
	Code string `json:"code"`
}

type whatsAppComponent struct {
	Type       string              `json:"type"`
	Parameters []whatsAppParameter `json:"parameters"`
}

type whatsAppParameter struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// byWhatsApp sends from a number, free text only while it is not too late for
// that.
func (s *Sender) byWhatsApp(r desk.Reply, late bool) (post, *desk.SendError) {
	m := whatsAppMessage{Product: "whatsapp", RecipientType: "individual"}
	if r.Origin.Visibility == desk.Group { // as groups are documented elsewhere; unconfirmed
		m.RecipientType, m.To = "group", r.Origin.Conversation
	} else {
		m.To, m.Recipient = whatsAppTo(r.To, r.ToAlias)
	}
	switch {
	case m.To == "" && m.Recipient == "":
		return nil, &desk.SendError{Class: desk.SendUnreachable, Reason: "WhatsApp did not tell who wrote"}
	case r.Template != nil && (r.Template.Name == "" || r.Template.Language == ""):
		return nil, &desk.SendError{Class: desk.SendRejected, Reason: "a template needs its name and its language"}
	case r.Template != nil:
		m.Type, m.Template = "template", templateOf(*r.Template)
	case late:
		return nil, &desk.SendError{Class: desk.SendWindowClosed, Reason: "the customer's last message is more than 24 hours old: only a template can be sent"}
	default:
		m.Type = "text"
	}
	quotes := quoted(r)
	return func(ctx context.Context, part message) (string, *desk.SendError) {
		m.Data, m.Context = part.tag, nil
		if m.Template == nil {
			m.Text = &whatsAppText{Body: part.text}
		}
		if quotes != "" && part.after == "" && m.Template == nil {
			m.Context = &whatsAppContext{MessageID: quotes}
		}
		said, _, failed := s.do(ctx, call{method: http.MethodPost, channel: WhatsApp, path: []string{s.Account, "messages"}, body: m, shows: echoes})
		if failed != nil || len(said.Messages) == 0 {
			return "", failed
		}
		return string(said.Messages[0].ID), nil
	}, nil
}

// quoted returns the message that an answer shows above itself: in a group the one
// that it answers, and between two people only one that is not the last.
func quoted(r desk.Reply) string {
	if r.Origin.Visibility != desk.Group && r.ReplyTo == r.Answers.ID {
		return ""
	}
	return r.ReplyTo
}

// whatsAppTo tells the phone number and the business-scoped user id among the ids
// of a person. The number is enough where there is one; people with a username may
// keep it to themselves.
func whatsAppTo(ids ...string) (phone, user string) {
	for _, id := range ids {
		digits := strings.TrimPrefix(id, "+")
		switch {
		case digits != "" && strings.Trim(digits, "0123456789") == "":
			return id, ""
		case user == "":
			user = id
		}
	}
	return "", user
}

// templateOf puts the parameters of a template into its body, in their order.
func templateOf(t desk.Template) *whatsAppTemplate {
	out := &whatsAppTemplate{Name: t.Name, Language: whatsAppLanguage{Code: t.Language}}
	if len(t.Parameters) == 0 {
		return out
	}
	body := whatsAppComponent{Type: "body"}
	for _, p := range t.Parameters {
		body.Parameters = append(body.Parameters, whatsAppParameter{Type: "text", Text: p})
	}
	out.Components = []whatsAppComponent{body}
	return out
}
