package platforms

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"
)

// Zalo's official accounts: events as it posts them, and the one call that the
// desk makes,
//
//	POST /v3.0/oa/message/cs

func zaloUser(a *app, word string) string {
	if isNumber(word, "614", 19) {
		return word
	}
	return digits("614", 19, "user", a.Name, word)
}

func beginZalo(n *Network, _ *app, e *Event, _ *Say) error {
	e.ID = n.messageID(e.At)
	e.Message, e.Conversation = digest("zalo", e.ID)[:20], e.Author
	return nil
}

// zaloEvent makes what Zalo would post about e. n.mu is held.
func (n *Network) zaloEvent(a *app, e *Event, s *Say) error {
	out := object{"app_id": a.number, "sender": object{"id": e.Author}, "recipient": object{"id": a.Account}, "timestamp": strconv.FormatInt(e.At.UnixMilli(), 10)}
	message := object{"msg_id": e.Message}
	attach := func(kind string, payload object) {
		out["event_name"], message["attachments"] = "user_send_"+kind, []object{{"type": kind, "payload": payload}}
	}
	picture := n.cfg.Public + "/sim/picture/" + e.Message + ".png"
	switch s.Do {
	case "message":
		out["event_name"], message["text"] = "user_send_text", s.Text
		if s.Message != "" {
			message["quote_msg_id"] = s.Message
		}
	case "picture":
		attach("image", object{"thumbnail": picture, "url": picture})
		message["text"] = s.Text
	case "sticker":
		attach("sticker", object{"id": "40100", "url": picture})
	case "file":
		attach("file", object{"url": picture, "name": wording(s.Text, "receipt.pdf"), "size": "21330", "type": "pdf"})
	case "location":
		attach("location", object{"coordinates": object{"latitude": "10.762622", "longitude": "106.660172"}})
	case "follow", "unfollow":
		out, message = object{"app_id": a.number, "oa_id": a.Account, "follower": object{"id": e.Author}, "event_name": s.Do, "timestamp": out["timestamp"]}, nil
	case "echo":
		out["sender"], out["recipient"] = out["recipient"], object{"id": e.sent.To}
		out["event_name"], message = "oa_send_text", object{"msg_id": e.sent.Messages[0].ID, "text": e.sent.Messages[0].Text}
	case "delivered", "seen":
		out["event_name"] = map[string]string{"delivered": "user_received_message", "seen": "user_seen_message"}[s.Do]
		message = object{"msg_ids": []string{e.sent.Messages[0].ID}}
		if s.Do == "delivered" {
			message["msg_id"] = e.sent.Messages[0].ID
		}
	case "unknown":
		out["event_name"], message = "thing_of_tomorrow", nil
	default:
		return errors.New("there is no such event of Zalo")
	}
	if message != nil {
		out["message"] = message
	}
	var err error
	e.body, err = encode(out)
	return err
}

// signZalo marks body: a plain sum, with the time that is in it.
func signZalo(a *app, h http.Header, body []byte, _ string, _ time.Time) error {
	var stamped struct {
		Timestamp string `json:"timestamp"`
	}
	if err := json.Unmarshal(body, &stamped); err != nil {
		return errors.New("a body that Zalo does not post")
	}
	sum := sha256.Sum256([]byte(a.number + string(body) + stamped.Timestamp + string(a.keys[0].hmacKey)))
	h.Set("X-ZEvent-Signature", "mac="+hex.EncodeToString(sum[:]))
	return nil
}

// zaloSays answers as Zalo does to almost everything: 200, and an error's number.
func zaloSays(w http.ResponseWriter, number int, message string) {
	write(w, http.StatusOK, object{"error": number, "message": message})
}

// sendZalo takes a consultation message.
func (n *Network) sendZalo(w http.ResponseWriter, r *http.Request) {
	a := n.byToken("zalo", r.Header.Get("access_token"), "")
	if a == nil {
		zaloSays(w, -216, "Access token is invalid")
		return
	}
	var in struct {
		Recipient struct {
			User string `json:"user_id"`
		} `json:"recipient"`
		Message struct {
			Text string `json:"text"`
		} `json:"message"`
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err == nil {
		err = json.Unmarshal(body, &in)
	}
	if n.zaloMisbehaves(w, a) {
		return
	}
	n.mu.Lock()
	t := n.threads[ThreadKey{a.Platform, a.Name, in.Recipient.User}]
	blocked := t != nil && t.Blocked
	id := digest("zalo", n.messageID(n.cfg.Now()))[:20]
	n.mu.Unlock()
	switch length := utf8.RuneCountInString(in.Message.Text); {
	case err != nil || length == 0 || length > 2000:
		zaloSays(w, -202, "Params is invalid")
		return
	case t == nil:
		zaloSays(w, -201, "user_id is invalid")
		return
	case blocked:
		zaloSays(w, -213, "User has not followed OA")
		return
	}
	p := a.part("")
	done, _ := n.accept(a, p, Sent{Endpoint: "message/cs", Conversation: in.Recipient.User, To: in.Recipient.User, Messages: []SentMessage{{ID: id, Type: "text", Text: in.Message.Text}}})
	n.confirm(r.Context(), a, p, done)
	if n.misbehaveAfter(w, r, a, p, func() { w.WriteHeader(http.StatusBadGateway) }) {
		return
	}
	write(w, http.StatusOK, object{"error": 0, "message": "Success", "data": object{"message_id": done.Messages[0].ID, "user_id": in.Recipient.User}})
}

// zaloMisbehaves answers a send that is not accepted, and reports whether it did.
func (n *Network) zaloMisbehaves(w http.ResponseWriter, a *app) bool {
	for _, fault := range []struct {
		name   string
		number int
		says   string
	}{
		{"401", -216, "Access token is invalid"}, {"429", -32, "Too many requests"}, {"400", -202, "Params is invalid"},
		{"unreachable", -213, "User has not followed OA"}, {"window", -230, "User has not interacted with the OA in the past 7 days"},
	} {
		if _, ok := n.take(fault.name, a); ok {
			zaloSays(w, fault.number, fault.says)
			return true
		}
	}
	if _, ok := n.take("500", a); ok {
		w.WriteHeader(http.StatusBadGateway)
		return true
	}
	return false
}
