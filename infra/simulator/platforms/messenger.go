package platforms

import (
	"cmp"
	"time"
)

func messengerUser(a *app, word string) string {
	if isNumber(word, "74", 16) {
		return word
	}
	return digits("74", 16, "psid", a.Account, word)
}

func beginMessenger(n *Network, _ *app, e *Event, s *Say) error {
	e.ID, e.Message = "ev_"+ulid(e.At), token64("m_")
	if s.Do == "message" || s.Do == "react" || s.Do == "edit" {
		return n.place(e, s, e.Author)
	}
	e.Conversation = e.Author
	return nil
}

// messengerEvent makes what Messenger posts about e.
func (n *Network) messengerEvent(a *app, e *Event, s *Say) error {
	switch s.Do {
	case "dashboard":
		e.item = dashboard()
		return nil
	case "read", "seen":
		e.item = item{a.Account, "messaging", n.receipt(a, e, object{"read": object{"watermark": e.At.UnixMilli()}})}
		return nil
	case "delivered":
		e.item = item{a.Account, "messaging", n.receipt(a, e, object{"delivery": object{"mids": []string{e.Message}, "watermark": e.At.UnixMilli()}})}
		return nil
	}
	e.item = n.chat(a, e, s)
	if m, ok := e.item.value["message"].(object); ok {
		switch s.Do {
		case "elsewhere":
			m["app_id"] = businessSuite
		case "echo":
			m["app_id"] = number(a.appID())
			if e.sent.Tag != "" {
				m["metadata"] = e.sent.Tag
			}
		}
	}
	if _, ok := n.fault("standby", a, e.part); ok {
		e.item.list = "standby"
	}
	return nil
}

// receipt is what a customer's side tells of messages of ours.
func (n *Network) receipt(a *app, e *Event, what object) object {
	out := object{"sender": object{"id": e.Author}, "recipient": object{"id": a.Account}, "timestamp": e.At.UnixMilli()}
	for name, value := range what {
		out[name] = value
	}
	return out
}

// The windows of Meta's chats.
const (
	freeText   = 24 * time.Hour
	humanAgent = 7 * 24 * time.Hour
)

// sendChat takes a message to a person of Messenger or Instagram, or a private
// answer to what they said in public.
func (n *Network) sendChat(c *graphCall) {
	to := c.object("recipient")
	message := c.object("message")
	text, tag := str(message, "text"), str(message, "metadata")
	instagram := c.part.channel == "instagram"
	kind := str(c.args, "messaging_type")
	switch {
	case text == "" && message["attachment"] == nil:
		c.fail(100, 0, "(#100) Requires one of the params: message.text, message.attachment")
		return
	case instagram && len(text) > 1000:
		c.fail(100, 2534038, "(#100) Length of param message[text] must be less than or equal to 1000")
		return
	case !instagram && len([]rune(text)) > 2000:
		c.fail(100, 0, "(#100) Length of param message[text] must be less than or equal to 2000")
		return
	case len(tag) > 1000:
		c.fail(100, 0, "(#100) Length of param message[metadata] must be less than or equal to 1000")
		return
	case !instagram && kind == "" && to["comment_id"] == nil && to["post_id"] == nil:
		c.fail(100, 2018199, "(#100) The parameter messaging_type is required.")
		return
	case kind == "MESSAGE_TAG" && str(c.args, "tag") != "HUMAN_AGENT":
		c.fail(100, 2018109, "(#100) Tag is not allowed for this page")
		return
	}
	s := Sent{Endpoint: "messages", Tag: tag, Messages: []SentMessage{{ID: token64("m_"), Type: "text", Text: text}}}
	if instagram {
		s.Messages[0].ID, s.Tag = token64("aWdf"), ""
	}
	if about := str(to, "comment_id") + str(to, "post_id"); about != "" {
		if !n.privately(c, about, &s) {
			return
		}
	} else if !n.inWindow(c, str(to, "id"), kind == "MESSAGE_TAG", &s) {
		return
	}
	c.accept(s, object{"recipient_id": s.To, "message_id": s.Messages[0].ID})
}

// inWindow says whether a person may be written to, or answers that they may not.
func (n *Network) inWindow(c *graphCall, to string, tagged bool, s *Sent) bool {
	n.mu.Lock()
	t := n.threads[ThreadKey{"meta", c.app.Name, to}]
	var last time.Time
	if t != nil && t.Channel == c.part.channel && t.Account == c.app.Account {
		last = t.lastOf(to)
	}
	_, shut := n.fault("window", c.app, c.part)
	n.mu.Unlock()
	s.To, s.Conversation = to, to
	window := freeText
	if tagged {
		window = humanAgent
	}
	switch {
	case t == nil:
		c.fail(100, 2018001, "(#100) No matching user found")
	case shut || c.now().Sub(last) >= window:
		subcode := 2018278
		if c.part.channel == "instagram" {
			subcode = 2534022
		}
		c.fail(10, subcode, "(#10) This message is sent outside of allowed window.")
	default:
		return true
	}
	return false
}

// privately says whether what somebody wrote in public may be answered in
// private, once and within a week, or answers that it may not.
func (n *Network) privately(c *graphCall, about string, s *Sent) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	l, t, ok := n.line(about)
	if !ok || t.Account != c.app.Account || t.In == "direct" || t.In == "review" || l.Author == "" || l.Unsent {
		c.fail(100, 33, "Unsupported post request. Object with ID '"+about+"' does not exist")
		return false
	}
	for _, sent := range n.sent {
		if sent.Endpoint == "private_reply" && sent.Answers == about {
			c.fail(10900, 0, "(#10900) Activity already replied to")
			return false
		}
	}
	if c.now().Sub(l.At) >= humanAgent {
		c.fail(10903, 0, "(#10903) This user cant reply to this activity")
		return false
	}
	// A person's id in chats is another than the one in comments.
	s.Endpoint, s.Answers, s.To = "private_reply", about, l.Author
	if t.Channel == "facebook_page" {
		who := n.users[user{"meta", c.app.Name, l.Author}]
		s.To = messengerUser(c.app, cmp.Or(who.ID, l.Author))
		c.part = c.app.part("messenger")
		n.write(record{User: &user{"meta", c.app.Name, s.To}, Who: &who})
	}
	s.Conversation = s.To
	return true
}

// lastOf is when somebody wrote last.
func (t *Thread) lastOf(author string) (last time.Time) {
	for _, l := range t.Lines {
		if l.Author == author && l.At.After(last) {
			last = l.At
		}
	}
	return last
}
