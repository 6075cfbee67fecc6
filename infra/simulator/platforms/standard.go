package platforms

import (
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"strings"
)

// The body of a Standard Webhook, in the shape that the desk documents for its
// generic source.
type standardBody struct {
	Type      string       `json:"type"`
	Timestamp string       `json:"timestamp"` // of the event
	Data      standardData `json:"data"`
}

type standardData struct {
	ID           string               `json:"id"`
	Channel      string               `json:"channel"`
	Conversation string               `json:"conversation_id"`
	Author       standardAuthor       `json:"author"`
	Text         string               `json:"text,omitempty"`
	ParentID     string               `json:"parent_id,omitempty"`
	TargetID     string               `json:"target_id,omitempty"`
	Attachments  []standardAttachment `json:"attachments,omitempty"`
}

type standardAuthor struct {
	ID         string `json:"id"`
	Name       string `json:"name,omitempty"`
	Handle     string `json:"handle,omitempty"`
	Followers  *int   `json:"followers,omitempty"`
	Following  *int   `json:"following,omitempty"`
	Verified   bool   `json:"verified,omitempty"`
	HasPicture *bool  `json:"has_picture,omitempty"`
	VIP        bool   `json:"vip,omitempty"`
}

type standardAttachment struct {
	Type string `json:"type"`
	URL  string `json:"url,omitempty"`
	Name string `json:"name,omitempty"`
}

func beginStandard(_ *Network, _ *app, e *Event, _ *Say) error {
	e.ID, e.Message, e.Conversation = "msg_"+ulid(e.At), "gm_"+ulid(e.At), "conv_"+strings.TrimPrefix(e.Author, "cust_")
	return nil
}

// standardEvent makes what a sender of Standard Webhooks would post about e.
func (n *Network) standardEvent(_ *app, e *Event, s *Say) error {
	who := n.users[user{e.Platform, e.App, e.Author}]
	b := standardBody{Type: "message.created", Timestamp: e.At.Format("2006-01-02T15:04:05.000Z07:00")}
	b.Data = standardData{ID: e.Message, Channel: "webform", Conversation: e.Conversation, Text: s.Text}
	b.Data.Author = standardAuthor{ID: e.Author, Name: who.Name, Handle: who.Handle, Followers: who.Followers, Following: who.Following, Verified: who.Verified, VIP: who.VIP}
	if who.Handle != "" { // a persona, of whom everything is known
		b.Data.Author.HasPicture = &who.Picture
	}
	attach := func(a standardAttachment) { b.Data.Text, b.Data.Attachments = "", []standardAttachment{a} }
	switch s.Do {
	case "message":
		b.Data.ParentID = s.Message
	case "edit":
		b.Type, b.Data.ID, b.Data.TargetID = "message.edited", "gm_"+ulid(e.At), e.Message
	case "unsend":
		b.Type, b.Data.ID, b.Data.TargetID, b.Data.Text = "message.deleted", "gm_"+ulid(e.At), e.Message, ""
	case "sticker":
		attach(standardAttachment{Type: "sticker", Name: wording(s.Text, "angry, grumpy")})
	case "picture":
		attach(standardAttachment{Type: "image", URL: n.cfg.Public + "/sim/picture/" + e.Message + ".png"})
	case "file":
		attach(standardAttachment{Type: "file", Name: wording(s.Text, "receipt.pdf")})
	case "location":
		attach(standardAttachment{Type: "location", Name: wording(s.Text, "1 Example Road")})
	}
	var err error
	e.body, err = encode(b)
	return err
}

// takeStandard is the receiving end of the desk's replies: a receiver of
// Standard Webhooks that takes each webhook-id once.
func (n *Network) takeStandard(w http.ResponseWriter, r *http.Request) {
	a, p, err := n.find("standard", r.PathValue("app"), "", "")
	if err != nil {
		refuse(w, http.StatusNotFound, "no such endpoint")
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err != nil {
		refuse(w, http.StatusRequestEntityTooLarge, "too large")
		return
	}
	if err := a.signedByDesk(r.Header, body, n.cfg.Now()); err != nil {
		refuse(w, http.StatusUnauthorized, err.Error())
		return
	}
	if n.misbehaveBefore(w, a) {
		return
	}
	var in struct {
		Type string `json:"type"`
		Data struct {
			ID           string `json:"id"`
			Conversation string `json:"conversation_id"`
			To           string `json:"to"`
			Text         string `json:"text"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &in); err != nil || in.Type != "message.reply" || in.Data.Text == "" || cmp.Or(in.Data.Conversation, in.Data.To) == "" {
		refuse(w, http.StatusBadRequest, "a message.reply has data with a text, and a conversation_id or to")
		return
	}
	conversation := cmp.Or(in.Data.Conversation, "conv_"+strings.TrimPrefix(in.Data.To, "cust_"))
	s, repeated := n.accept(a, p, Sent{Endpoint: "standard", Key: r.Header.Get("Webhook-Id"), Conversation: conversation, To: in.Data.To, Messages: []SentMessage{{Type: "text", Text: in.Data.Text}}})
	if !repeated && n.misbehaveAfter(w, r, a, a.part(""), brokenAnswer(w)) {
		return
	}
	write(w, http.StatusOK, map[string]any{"id": s.Messages[0].ID, "duplicate": repeated})
}
