package platforms

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// Telegram's Bot API: updates as it posts them, and the one call that the desk
// makes,
//
//	POST /bot{token}/sendMessage

func telegramUser(a *app, word string) string {
	if isNumber(word, "55", 10) {
		return word
	}
	return digits("55", 10, "user", a.Name, word)
}

// telegramGroup is the one group that the bot is in.
func telegramGroup(a *app) string { return digits("-100", 14, "group", a.Account) }

// beginTelegram numbers the update and the message. In a direct chat the chat is
// its customer.
func beginTelegram(n *Network, a *app, e *Event, s *Say) error {
	id := n.messageID(e.At)
	e.ID, e.Message, e.Conversation = id, id, e.Author
	if s.In == "group" {
		e.Conversation = telegramGroup(a)
	}
	return nil
}

// telegramSays is a message's text, with the mark behind which it speaks to the bot.
func telegramSays(a *app, message object, s *Say) {
	message["text"] = s.Text
	if s.In == "group" && s.Mention {
		name := "@" + a.handle + "_bot"
		message["text"] = name + " " + s.Text
		message["entities"] = []object{{"type": "mention", "offset": 0, "length": len(utf16.Encode([]rune(name)))}}
	}
}

// telegramEvent makes the update that Telegram would post about e. n.mu is held.
func (n *Network) telegramEvent(a *app, e *Event, s *Say) error {
	who := n.users[user{e.Platform, e.App, e.Author}]
	from := object{"id": json.Number(e.Author), "is_bot": false, "first_name": wording(who.Name, "Customer")}
	if who.Handle != "" {
		from["username"] = strings.TrimPrefix(who.Handle, "@")
	}
	if who.Lang != "" {
		from["language_code"] = who.Lang
	}
	chat := object{"id": json.Number(e.Conversation), "type": "private", "first_name": from["first_name"]}
	bot := object{"id": json.Number(a.Account), "is_bot": true, "first_name": a.Brand, "username": a.handle + "_bot"}
	kind, message := "message", object{"message_id": json.Number(e.Message), "from": from, "chat": chat, "date": e.At.Unix()}
	if s.In == "group" {
		chat = object{"id": json.Number(e.Conversation), "type": "supergroup", "title": "A group of demo customers"}
		message["chat"] = chat
		if s.Do == "follow" || s.Do == "unfollow" {
			return errors.New("only people in a direct chat can follow or block a bot")
		}
	}
	if s.Message != "" && s.Do == "message" {
		to := object{"message_id": telegramID(s.Message), "chat": chat, "date": e.At.Unix()}
		if l, _, ok := n.line(s.Message); ok && l.Author == "" {
			to["from"] = bot
		}
		message["reply_to_message"] = to
	}
	part := message
	switch s.Do {
	case "message":
		telegramSays(a, message, s)
	case "edit":
		kind, message["edit_date"] = "edited_message", e.At.Unix()
		telegramSays(a, message, s)
	case "picture":
		message["photo"] = []object{{"file_id": "small" + e.Message, "width": 90, "height": 67}, {"file_id": "large" + e.Message, "width": 1280, "height": 960}}
		if s.Text != "" {
			message["caption"] = s.Text
		}
	case "sticker":
		message["sticker"] = object{"file_id": "sticker" + e.Message, "emoji": "😠", "type": "regular", "width": 512, "height": 512}
	case "voice":
		message["voice"] = object{"file_id": "voice" + e.Message, "duration": 4}
	case "file":
		message["document"] = object{"file_id": "file" + e.Message, "file_name": wording(s.Text, "receipt.pdf"), "mime_type": "application/pdf"}
	case "location":
		message["location"] = object{"latitude": 37.9755, "longitude": 23.7348}
		message["venue"] = object{"title": "my place", "address": wording(s.Text, "1 Example Road"), "location": message["location"]}
	case "contact":
		message["contact"] = object{"phone_number": "+300000000000", "first_name": wording(s.Text, "Somebody")}
	case "postback":
		kind = "callback_query"
		part = object{"id": e.ID, "from": from, "chat_instance": "1", "data": s.Text, "message": object{"message_id": 1, "from": bot, "chat": chat, "date": e.At.Unix()}}
	case "react":
		kind = "message_reaction"
		part = object{"chat": chat, "message_id": telegramID(s.Message), "user": from, "date": e.At.Unix(), "old_reaction": []object{}, "new_reaction": []object{{"type": "emoji", "emoji": "👍"}}}
	case "unfollow", "follow":
		before, after := "member", "kicked"
		if s.Do == "follow" {
			before, after = after, before
		}
		kind = "my_chat_member"
		part = object{"chat": chat, "from": from, "date": e.At.Unix(), "old_chat_member": object{"user": bot, "status": before}, "new_chat_member": object{"user": bot, "status": after}}
	case "unknown":
		kind, part = "thing_of_tomorrow", object{"from": from, "chat": chat}
	default:
		return errors.New("there is no such update of Telegram")
	}
	var err error
	e.body, err = encode(object{"update_id": json.Number(e.ID), kind: part})
	return err
}

// telegramID is an id as Telegram writes it.
func telegramID(id string) json.Number {
	if _, err := strconv.ParseInt(id, 10, 64); err != nil {
		return "0"
	}
	return json.Number(id)
}

// signTelegram shows the secret: nothing is signed.
func signTelegram(a *app, h http.Header, _ []byte, _ string, _ time.Time) error {
	h.Set("Content-Type", "application/json") // bare: the library that most bots use takes nothing else
	h.Set("X-Telegram-Bot-Api-Secret-Token", string(a.keys[0].hmacKey))
	return nil
}

// telegramFails answers as Telegram does when it does not do something.
func telegramFails(w http.ResponseWriter, status int, description string, parameters object) {
	said := object{"ok": false, "error_code": status, "description": description}
	if parameters != nil {
		said["parameters"] = parameters
	}
	write(w, status, said)
}

// sendTelegram takes a message of the bot's.
func (n *Network) sendTelegram(w http.ResponseWriter, r *http.Request) {
	token := strings.TrimPrefix(r.PathValue("version"), "bot")
	var a *app
	for _, one := range n.apps {
		if one.Platform == "telegram" && one.Token != "" && one.Token == token {
			a = one
		}
	}
	switch {
	case a == nil:
		telegramFails(w, http.StatusUnauthorized, "Unauthorized", nil)
		return
	case r.PathValue("id") == "getWebhookInfo":
		n.probeTelegram(w, a)
		return
	case r.PathValue("id") == "getChat":
		n.telegramChat(w, r, a)
		return
	case r.PathValue("id") != "sendMessage":
		telegramFails(w, http.StatusNotFound, "Not Found: method not found", nil)
		return
	}
	var in struct {
		Chat string `json:"chat_id"`
		Text string `json:"text"`
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err == nil {
		err = json.Unmarshal(body, &in)
	}
	if n.telegramMisbehaves(w, a) {
		return
	}
	n.mu.Lock()
	t, known := n.threads[ThreadKey{a.Platform, a.Name, in.Chat}]
	blocked := known && t.Blocked
	id := n.messageID(n.cfg.Now())
	n.mu.Unlock()
	switch {
	case err != nil || strings.TrimSpace(in.Text) == "":
		telegramFails(w, http.StatusBadRequest, "Bad Request: message text is empty", nil)
		return
	case len(utf16.Encode([]rune(in.Text))) > 4096:
		telegramFails(w, http.StatusBadRequest, "Bad Request: message is too long", nil)
		return
	case !known:
		telegramFails(w, http.StatusBadRequest, "Bad Request: chat not found", nil)
		return
	case blocked:
		telegramFails(w, http.StatusForbidden, "Forbidden: bot was blocked by the user", nil)
		return
	}
	p := a.part("")
	done, _ := n.accept(a, p, Sent{Endpoint: "sendMessage", Conversation: in.Chat, To: in.Chat, Messages: []SentMessage{{ID: id, Type: "text", Text: in.Text}}})
	if n.misbehaveAfter(w, r, a, p, func() { telegramFails(w, http.StatusInternalServerError, "Internal Server Error", nil) }) {
		return
	}
	write(w, http.StatusOK, object{"ok": true, "result": object{"message_id": telegramID(done.Messages[0].ID), "date": n.cfg.Now().Unix(), "text": in.Text}})
}

// telegramMisbehaves answers a send that is not accepted, and reports whether it
// did.
func (n *Network) telegramMisbehaves(w http.ResponseWriter, a *app) bool {
	if _, ok := n.take("401", a); ok {
		telegramFails(w, http.StatusUnauthorized, "Unauthorized", nil)
		return true
	}
	if f, ok := n.take("429", a); ok {
		after := int(f.After.or(5 * time.Second).Seconds())
		telegramFails(w, http.StatusTooManyRequests, "Too Many Requests: retry after "+strconv.Itoa(after), object{"retry_after": after})
		return true
	}
	if _, ok := n.take("500", a); ok { // a gateway's, before anything was done; nobody can tell
		telegramFails(w, http.StatusBadGateway, "Bad Gateway", nil)
		return true
	}
	if _, ok := n.take("400", a); ok {
		telegramFails(w, http.StatusBadRequest, "Bad Request: can't parse entities", nil)
		return true
	}
	if _, ok := n.take("unreachable", a); ok {
		telegramFails(w, http.StatusForbidden, "Forbidden: bot was blocked by the user", nil)
		return true
	}
	return false
}
