package platforms

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"
)

// Viber's bots: callbacks as it posts them, and the one call that the desk makes,
//
//	POST /pa/send_message

func viberUser(a *app, word string) string {
	if strings.HasSuffix(word, "=") {
		return word
	}
	return digest("viber", a.Name, word)[:11] + "="
}

func beginViber(n *Network, _ *app, e *Event, _ *Say) error {
	id := n.messageID(e.At)
	e.ID, e.Message, e.Conversation = id, id, e.Author
	return nil
}

// viberEvent makes the callback that Viber would post about e. n.mu is held.
func (n *Network) viberEvent(_ *app, e *Event, s *Say) error {
	who := n.users[user{e.Platform, e.App, e.Author}]
	person := object{"id": e.Author, "name": wording(who.Name, "Customer"), "language": wording(who.Lang, "en"), "country": "GR", "api_version": 10}
	if who.Picture {
		person["avatar"] = n.cfg.Public + "/sim/picture/" + e.Author + ".png"
	}
	out := object{"event": "message", "timestamp": e.At.UnixMilli(), "message_token": json.Number(e.ID)}
	message := object{"type": "text"}
	switch s.Do {
	case "message", "postback":
		message["text"] = s.Text
	case "picture":
		message = object{"type": "picture", "text": s.Text, "media": n.cfg.Public + "/sim/picture/" + e.Message + ".png", "file_name": "picture.png", "size": 1200}
	case "sticker":
		message = object{"type": "sticker", "sticker_id": 40100, "media": n.cfg.Public + "/sim/picture/" + e.Message + ".png"}
	case "file":
		message = object{"type": "file", "file_name": wording(s.Text, "receipt.pdf"), "media": n.cfg.Public + "/sim/picture/" + e.Message + ".png", "size": 21330}
	case "location":
		message = object{"type": "location", "location": object{"lat": 37.9755, "lon": 23.7348, "address": wording(s.Text, "1 Example Road")}}
	case "contact":
		message = object{"type": "contact", "contact": object{"name": wording(s.Text, "Somebody"), "phone_number": "+300000000000"}}
	case "follow", "unfollow":
		message = nil
		out["event"] = map[string]string{"follow": "subscribed", "unfollow": "unsubscribed"}[s.Do]
		out["user"], out["user_id"] = person, e.Author
	case "delivered", "seen", "failed":
		message = nil
		out["event"], out["user_id"], out["message_token"] = s.Do, e.Author, json.Number(e.sent.Messages[0].ID)
		if s.Do == "failed" {
			out["desc"] = "the device could not show it"
		}
	case "unknown":
		message = nil
		out["event"], out["user"] = "thing_of_tomorrow", person
	default:
		return errors.New("there is no such callback of Viber")
	}
	if message != nil {
		out["sender"], out["message"], out["silent"] = person, message, false
	}
	var err error
	e.body, err = encode(out)
	return err
}

func signViber(a *app, h http.Header, body []byte, _ string, _ time.Time) error {
	h.Set("X-Viber-Content-Signature", hex.EncodeToString(a.keys[0].sum(string(body))))
	return nil
}

// viberSays answers as Viber does to everything: 200, and a status in the body.
func viberSays(w http.ResponseWriter, status int, message string) {
	write(w, http.StatusOK, object{"status": status, "status_message": message})
}

// sendViber takes a message of the bot's.
func (n *Network) sendViber(w http.ResponseWriter, r *http.Request) {
	var a *app
	for _, one := range n.apps {
		if token := r.Header.Get("X-Viber-Auth-Token"); one.Platform == "viber" && token != "" && one.Token == token {
			a = one
		}
	}
	if a == nil {
		viberSays(w, 2, "invalidAuthToken")
		return
	}
	var in struct {
		Receiver string `json:"receiver"`
		Type     string `json:"type"`
		Text     string `json:"text"`
		Sender   struct {
			Name string `json:"name"`
		} `json:"sender"`
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 30_000))
	if err == nil {
		err = json.Unmarshal(body, &in)
	}
	if n.viberMisbehaves(w, a) {
		return
	}
	n.mu.Lock()
	_, known := n.users[user{a.Platform, a.Name, in.Receiver}]
	t := n.threads[ThreadKey{a.Platform, a.Name, in.Receiver}]
	blocked := t != nil && t.Blocked
	id := n.messageID(n.cfg.Now())
	n.mu.Unlock()
	switch length := utf8.RuneCountInString(in.Text); {
	case err != nil || in.Type != "text" || length == 0 || length > 7000:
		viberSays(w, 3, "badData")
		return
	case in.Sender.Name == "" || utf8.RuneCountInString(in.Sender.Name) > 28:
		viberSays(w, 4, "missingData")
		return
	case !known:
		viberSays(w, 5, "receiverNotRegistered")
		return
	case blocked:
		viberSays(w, 6, "receiverNotSubscribed")
		return
	}
	p := a.part("")
	done, _ := n.accept(a, p, Sent{Endpoint: "send_message", Conversation: in.Receiver, To: in.Receiver, Messages: []SentMessage{{ID: id, Type: "text", Text: in.Text}}})
	n.confirm(r.Context(), a, p, done)
	if n.misbehaveAfter(w, r, a, p, func() { w.WriteHeader(http.StatusBadGateway) }) {
		return
	}
	write(w, http.StatusOK, object{"status": 0, "status_message": "ok", "message_token": json.Number(done.Messages[0].ID)})
}

// viberMisbehaves answers a send that is not accepted, and reports whether it did.
func (n *Network) viberMisbehaves(w http.ResponseWriter, a *app) bool {
	for _, fault := range []struct {
		name   string
		status int
		says   string
	}{{"401", 2, "invalidAuthToken"}, {"429", 12, "tooManyRequests"}, {"400", 3, "badData"}, {"unreachable", 6, "receiverNotSubscribed"}} {
		if _, ok := n.take(fault.name, a); ok {
			viberSays(w, fault.status, fault.says)
			return true
		}
	}
	if _, ok := n.take("500", a); ok {
		w.WriteHeader(http.StatusBadGateway)
		return true
	}
	return false
}
