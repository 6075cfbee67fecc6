package platforms

import (
	"regexp"
	"strings"

	"example.com/skala/infra/simulator/customers"
)

func instagramUser(a *app, word string) string {
	if isNumber(word, "1784", 16) {
		return word
	}
	return digits("1784", 16, "igsid", a.Account, word)
}

func beginInstagram(n *Network, _ *app, e *Event, s *Say) error {
	e.ID = "ev_" + ulid(e.At)
	e.Message = token64("aWdf")
	if s.In != "direct" {
		e.Message = n.messageID(e.At)
	}
	switch s.Do {
	case "message", "picture", "elsewhere", "react", "edit", "unsend":
		return n.place(e, s, e.Author)
	}
	e.Conversation = e.Author
	return nil
}

// handleOf is the name that a person has in public.
func handleOf(p customers.Persona) string {
	if p.Handle != "" {
		return p.Handle
	}
	return username(p.ID)
}

// instagramEvent makes what Instagram posts about e.
func (n *Network) instagramEvent(a *app, e *Event, s *Say) error {
	if s.In != "direct" && s.Do != "unknown" && s.Do != "dashboard" {
		return n.instagramComment(a, e, s)
	}
	switch s.Do {
	case "dashboard":
		e.item = dashboard()
	case "read", "seen":
		last := e.Message
		if t := n.threads[ThreadKey{e.Platform, e.App, e.Conversation}]; t != nil && last == "" {
			for _, l := range t.Lines {
				if l.Author == "" {
					last = l.Message
				}
			}
		}
		e.item = item{a.Account, "messaging", n.receipt(a, e, object{"read": object{"mid": last}})}
	default:
		e.item = n.chat(a, e, s)
		if edit, ok := e.item.value["message_edit"].(object); ok {
			if _, thin := n.fault("thin", a, e.part); thin {
				delete(edit, "text")
			}
		}
		if _, ok := n.fault("standby", a, e.part); ok {
			e.item.list = "standby"
		}
	}
	return nil
}

// instagramComment makes what Instagram posts about something public, in one of
// its two envelopes.
func (n *Network) instagramComment(a *app, e *Event, s *Say) error {
	who := n.users[user{e.Platform, e.App, e.Author}]
	media := object{"id": a.root("instagram"), "media_product_type": "FEED"}
	v := object{"from": object{"id": e.Author, "username": handleOf(who)}, "media": media, "id": e.Message, "text": s.Text}
	field, parent := "comments", s.Message
	if e.sent != nil {
		parent = e.sent.Answers
	}
	if parent != "" {
		v["parent_id"] = n.top(parent) // an answer to an answer stands under the first comment
	}
	switch s.Do {
	case "elsewhere", "echo":
		v["from"] = object{"id": a.Account, "username": a.handle}
	case "message", "picture":
	default:
		return errNotTold
	}
	switch s.In {
	case "live":
		field = "live_comments"
		media["media_product_type"] = "LIVE"
	case "ad":
		media["media_product_type"], media["ad_id"], media["ad_title"], media["original_media_id"] = "AD", digits("1202", 18, "ad", a.Account), "An advertisement", digits("179", 17, "original", a.Account)
		v["comment_id"] = e.Message
		delete(v, "id")
	case "mention", "tag":
		if s.Do != "message" && s.Do != "picture" {
			return errNotTold // what we say on somebody else's media comes back to nobody
		}
		field, v = "mentions", object{"media_id": e.Message}
		if s.In == "mention" {
			v = object{"media_id": digits("179", 17, "foreign", e.Message), "comment_id": e.Message}
		}
	}
	e.item = changes(a.Account, field, v)
	if _, ok := n.fault("flat", a, e.part); ok {
		e.item.list = "flat"
	}
	return nil
}

// A wish is a field that Instagram is asked for about a mention.
var wish = regexp.MustCompile(`^mentioned_(comment|media)\.(comment_id|media_id)\(([0-9]+)\)\{([a-z_,]+)\}$`)

// mentioned answers what is in a mention.
func (c *graphCall) mentioned(fields string) {
	parts := wish.FindStringSubmatch(strings.ReplaceAll(fields, " ", ""))
	if parts == nil || (parts[1] == "comment") != (parts[2] == "comment_id") {
		c.fail(100, 0, "(#100) Tried accessing nonexisting field ("+fields+")")
		return
	}
	l, t, ok := c.message(parts[3])
	if !ok || l.Unsent || t.Account != c.app.Account || (parts[1] == "comment") != (t.In == "mention") {
		c.fail(100, 33, "Unsupported get request. Object with ID '"+parts[3]+"' does not exist")
		return
	}
	c.mu.Lock()
	who := c.users[user{"meta", c.app.Name, l.Author}]
	c.mu.Unlock()
	all := object{
		"id": l.Message, "text": l.Text, "caption": l.Text, "username": handleOf(who), "timestamp": l.At.Format("2006-01-02T15:04:05-0700"), "like_count": 0,
		"media_type": "IMAGE", "media_url": c.cfg.Public + "/sim/picture/" + l.Message + ".png", "permalink": "https://www.instagram.com/p/" + digest("link", l.Message)[:11] + "/",
	}
	told := object{"id": l.Message}
	for _, name := range strings.Split(parts[4], ",") {
		if value, ok := all[name]; ok {
			told[name] = value
		}
	}
	c.answer(200, object{"mentioned_" + parts[1]: told, "id": c.app.Account})
}
