package platforms

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	scoped = regexp.MustCompile(`^[A-Z]{2}\.[0-9A-Za-z]{6,}$`)
	phone  = regexp.MustCompile(`^[0-9]{8,15}$`)
)

// whatsappUser makes a business-scoped id. One who is named by a number has no
// other name, as before 2026.
func whatsappUser(a *app, word string) string {
	if scoped.MatchString(word) || phone.MatchString(word) {
		return word
	}
	country := []string{"GR", "TH", "ES", "GB"}[digest("country", word)[0]%4]
	return country + "." + digits("1", 20, "bsuid", a.Account, word)
}

// phoneOf is the number of a person, and whether they let businesses see it.
func phoneOf(id string) (number string, shown bool) {
	if phone.MatchString(id) {
		return id, true
	}
	prefix := map[string]string{"GR": "3069", "TH": "668", "ES": "346"}[id[:2]]
	if prefix == "" {
		prefix = "447"
	}
	return digits(prefix, 12, "phone", id), digest("shown", id)[0]%3 != 0
}

func beginWhatsApp(n *Network, a *app, e *Event, s *Say) error {
	e.ID, e.Message = "ev_"+ulid(e.At), token64("wamid.HBgM")
	switch s.Do {
	case "message", "react", "edit", "unsend", "choose":
		return n.place(e, s, e.Author)
	}
	e.Conversation = e.Author
	return nil
}

func number(s string) json.Number { return json.Number(s) }

// display is the number that customers write to.
func (a *app) display() string { return digits("3021", 12, "display", a.Account) }

// whatsappEvent makes what WhatsApp posts about e.
func (n *Network) whatsappEvent(a *app, e *Event, s *Say) error {
	waba := digits("1022", 15, "business", a.Name)
	v := object{"messaging_product": "whatsapp", "metadata": object{"display_phone_number": a.display(), "phone_number_id": a.Account}}
	stamp := strconv.FormatInt(e.At.Unix(), 10)
	field := "messages"
	switch s.Do {
	case "sent", "delivered", "seen", "failed":
		v["statuses"] = []object{status(a, e, s.Do, stamp)}
	case "error":
		v["errors"] = []object{problem(130429)}
	case "elsewhere":
		field = "smb_message_echoes"
		echo := object{"from": a.display(), "id": e.Message, "timestamp": stamp, "type": "text", "text": object{"body": s.Text}}
		tell(echo, "to", "to_user_id", e.Author)
		v["message_echoes"] = []object{echo}
	default:
		n.contact(v, e)
		m := n.whatsappMessage(a, e, s)
		m["id"], m["timestamp"] = e.Message, stamp
		if e.Message == "" || s.Do == "edit" || s.Do == "unsend" {
			m["id"] = token64("wamid.HBgM")
		}
		tell(m, "from", "from_user_id", e.Author)
		v["messages"] = []object{m}
		if s.Do == "renumber" {
			field = "user_id_update"
			delete(v, "messages")
			v["user_id_update"] = []object{{
				"detail": "User id has been updated.", "timestamp": stamp, "wa_id": digits("3069", 12, "new", e.Author),
				"user_id": object{"previous": e.Author, "current": e.Author[:2] + "." + digits("2", 20, "new", e.Author)},
			}}
		}
	}
	e.item = changes(waba, field, v)
	return nil
}

// tell gives o the ids of a person that a business may see.
func tell(o object, byPhone, byID, person string) {
	if number, shown := phoneOf(person); shown {
		o[byPhone] = number
	}
	if !phone.MatchString(person) {
		o[byID] = person
	}
}

// contact adds who writes.
func (n *Network) contact(v object, e *Event) {
	who := n.users[user{e.Platform, e.App, e.Author}]
	profile := object{"name": wording(who.Name, "A person")}
	c := object{"profile": profile}
	tell(c, "wa_id", "user_id", e.Author)
	if _, shown := phoneOf(e.Author); !shown {
		profile["username"] = strings.ReplaceAll(handleOf(who), "_", ".")
	}
	v["contacts"] = []object{c}
}

// whatsappMessage makes one of messages.
func (n *Network) whatsappMessage(a *app, e *Event, s *Say) object {
	media := func(mime string, more object) object {
		out := object{"mime_type": mime, "sha256": "SfInY0gGKTsJlUWbwxC1k+FAD0FZHvzwfpvO0zX0GUI=", "id": digits("1", 16, "media", e.Message)}
		for name, value := range more {
			out[name] = value
		}
		return out
	}
	caption := object{}
	if s.Text != "" {
		caption["caption"] = s.Text
	}
	m := object{}
	kind := func(name string, content any) { m["type"], m[name] = name, content }
	switch s.Do {
	case "message":
		kind("text", object{"body": s.Text})
		if s.Message != "" {
			m["context"] = object{"from": a.display(), "id": s.Message}
		}
	case "picture":
		kind("image", media("image/png", caption))
	case "voice":
		kind("audio", media("audio/ogg; codecs=opus", object{"voice": true}))
	case "file":
		kind("document", media("application/pdf", object{"filename": wording(s.Text, "receipt.pdf")}))
	case "sticker":
		kind("sticker", media("image/webp", object{"animated": false}))
	case "location":
		kind("location", object{"address": wording(s.Text, "1 Example Road"), "name": "my location", "latitude": 37.9755, "longitude": 23.7348})
	case "contact":
		kind("contacts", []object{{"name": object{"formatted_name": wording(s.Text, "A Friend"), "first_name": "A"}, "phones": []object{{"phone": "+30 210 000 0000", "type": "WORK"}}}})
	case "choose":
		m["context"] = object{"from": a.display(), "id": wording(s.Message, token64("wamid.HBgM"))}
		kind("interactive", object{"type": "button_reply", "button_reply": object{"id": "btn_" + digest("choice", s.Text)[:6], "title": s.Text}})
	case "react":
		kind("reaction", object{"message_id": s.Message, "emoji": wording(s.Text, "👍")})
	case "edit":
		kind("edit", object{"original_message_id": e.Message, "message": object{"type": "text", "text": object{"body": s.Text}}})
	case "unsend":
		kind("revoke", object{"original_message_id": e.Message})
	case "unsupported":
		m["type"], m["errors"] = "unsupported", []object{problem(131051)}
	default:
		kind("something_new", object{"text": s.Text})
	}
	return m
}

// status is what becomes of a message of ours.
func status(a *app, e *Event, do, stamp string) object {
	out := object{"id": e.Message, "status": strings.Replace(do, "seen", "read", 1), "timestamp": stamp}
	tell(out, "recipient_id", "recipient_user_id", e.sent.To)
	if e.sent.Tag != "" {
		out["biz_opaque_callback_data"] = e.sent.Tag
	}
	if do == "failed" {
		code := e.sent.fails
		if code == 0 {
			code = 131026
		}
		out["errors"] = []object{problem(code)}
		return out
	}
	out["conversation"] = object{"id": digest("conversation", a.Account, e.sent.To), "origin": object{"type": "service"}}
	out["pricing"] = object{"billable": false, "pricing_model": "PMP", "category": "service"}
	return out
}

func problem(code int) object {
	title := map[int]string{130429: "Rate limit hit", 131026: "Message undeliverable", 131047: "Re-engagement message", 131051: "Message type unknown"}[code]
	return object{"code": code, "title": title, "message": title, "error_data": object{"details": title + "."}, "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"}
}

// sendWhatsApp takes a message of a number's, a template, or that one was read.
func (n *Network) sendWhatsApp(c *graphCall) {
	kind, tag := wording(str(c.args, "type"), "text"), str(c.args, "biz_opaque_callback_data")
	text := str(c.object("text"), "body")
	template := str(c.object("template"), "name")
	to := wording(str(c.args, "recipient"), strings.TrimPrefix(str(c.args, "to"), "+"))
	if str(c.args, "status") == "read" {
		if _, _, ok := c.message(str(c.args, "message_id")); !ok {
			c.fail(100, 0, "(#100) Invalid message id")
			return
		}
		c.answer(200, object{"success": true})
		return
	}
	n.mu.Lock()
	person := n.personOf(c.app, to)
	n.mu.Unlock()
	switch {
	case c.id != c.app.Account:
		c.fail(100, 33, "Unsupported post request. Object with ID '"+c.id+"' does not exist")
		return
	case str(c.args, "messaging_product") != "whatsapp":
		c.fail(100, 0, "(#100) The parameter messaging_product is required.")
		return
	case to == "":
		c.fail(100, 0, "(#100) The parameter to is required.")
		return
	case len(tag) > 512:
		c.fail(100, 0, "(#100) Param biz_opaque_callback_data must be at most 512 characters long.")
		return
	case kind == "text" && text == "":
		c.fail(100, 0, "(#100) The parameter text['body'] is required.")
		return
	case kind == "text" && len([]rune(text)) > 4096:
		c.fail(100, 0, "(#100) Param text['body'] must be at most 4096 characters long.")
		return
	case kind == "template" && (template == "" || str(object(asObject(c.object("template")["language"])), "code") == ""):
		c.fail(132012, 0, "(#132012) Parameter format does not match format in the created template")
		return
	case kind == "template" && strings.HasPrefix(template, "missing"):
		c.fail(132001, 0, "(#132001) Template name does not exist in the translation")
		return
	case person == "":
		c.fail(131026, 0, "(#131026) Message undeliverable")
		return
	}
	if _, shut := c.takeOf("window", c.app, c.part); shut && kind != "template" {
		c.fail(131047, 0, "(#131047) Re-engagement message")
		return
	}
	s := Sent{Endpoint: "messages", To: person, Conversation: person, Tag: tag, Answers: str(c.object("context"), "message_id"), Template: template}
	s.Messages = []SentMessage{{ID: token64("wamid.HBgM"), Type: kind, Text: text}}
	if kind == "template" {
		s.Messages[0].Text = template + parameters(c.object("template"))
	} else if n.late(c, person) {
		s.fails = 131047 // accepted all the same: a status says it
	}
	contact := object{"input": to}
	if number, shown := phoneOf(person); shown {
		contact["wa_id"] = number
	}
	c.accept(s, object{"messaging_product": "whatsapp", "contacts": []object{contact}, "messages": []object{{"id": s.Messages[0].ID, "message_status": "accepted"}}})
}

// late reports whether somebody's last message is too long ago.
func (n *Network) late(c *graphCall, person string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	t := n.threads[ThreadKey{"meta", c.app.Name, person}]
	return t == nil || c.now().Sub(t.lastOf(person)) >= 24*time.Hour
}

// personOf returns whose number or id it is, empty for nobody's. n.mu is held.
func (n *Network) personOf(a *app, to string) string {
	if _, known := n.users[user{"meta", a.Name, to}]; known {
		return to
	}
	for u := range n.users {
		if u.App == a.Name && u.Platform == "meta" && scoped.MatchString(u.ID) {
			if number, _ := phoneOf(u.ID); number == to {
				return u.ID
			}
		}
	}
	return ""
}

// parameters are the words that go into a template.
func parameters(template object) string {
	var words []string
	list, _ := template["components"].([]any)
	for _, c := range list {
		more, _ := asObject(c)["parameters"].([]any)
		for _, p := range more {
			words = append(words, str(asObject(p), "text"))
		}
	}
	if len(words) == 0 {
		return ""
	}
	return ": " + strings.Join(words, ", ")
}

func asObject(v any) object {
	o, _ := v.(map[string]any)
	return o
}
