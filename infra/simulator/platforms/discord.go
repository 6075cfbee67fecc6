package platforms

import (
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Discord: interactions and webhook events as it posts them, and the one call that the
// desk makes,
//
//	POST /api/v10/channels/{id}/messages
//
// The accounts file has an app's public key alone. Whoever plays Discord has to know
// the private one: it is made from the app's name, and the demo's public key is its.

// discordKey is the private key of an app that is played here.
func discordKey(name string) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed([]byte(digest("discord key", name)))
}

// DiscordPublicKey is what the accounts file of an app that is played here has to name.
func DiscordPublicKey(name string) string {
	return hex.EncodeToString(discordKey(name).Public().(ed25519.PublicKey))
}

func discordUser(a *app, word string) string {
	if isNumber(word, "539", 18) {
		return word
	}
	return digits("539", 18, "user", a.Name, word)
}

// beginDiscord numbers the interaction. Commands are given to the app directly, or in
// a server's channel, where each person's are a thread of their own.
func beginDiscord(n *Network, a *app, e *Event, s *Say) error {
	e.ID = "1" + n.messageID(e.At)
	e.Message, e.Conversation = e.ID, discordDirect(a.Account, e.Author)
	if s.In != "direct" {
		e.Conversation = discordChannel(a)
	}
	return nil
}

// discordDirect is the channel of an app and one person.
func discordDirect(account, author string) string { return digits("64", 18, "dm", account, author) }

func discordChannel(a *app) string { return digits("65", 18, "channel", a.Account) }

// discordEvent makes what Discord would post about e. n.mu is held.
func (n *Network) discordEvent(a *app, e *Event, s *Say) error {
	who := n.users[user{e.Platform, e.App, e.Author}]
	person := object{"id": e.Author, "username": wording(strings.TrimPrefix(who.Handle, "@"), "customer"), "global_name": wording(who.Name, "Customer"), "avatar": nil}
	if who.Picture {
		person["avatar"] = digest("avatar", e.Author)
	}
	out := object{"application_id": a.Account, "id": e.ID, "token": digest("token", e.ID), "type": 2, "version": 1, "channel_id": e.Conversation, "locale": wording(who.Lang, "en-US")}
	if e.In == "direct" {
		out["user"] = person
	} else {
		out["guild_id"], out["member"] = digits("29", 18, "guild", a.Account), object{"user": person, "roles": []string{}}
	}
	option := object{"type": 3, "name": "message", "value": s.Text}
	data := object{"type": 1, "name": "support", "id": "771825006014889984", "options": []object{option}}
	switch s.Do {
	case "message":
	case "picture", "file":
		name, mime := wording(s.Text, "receipt.pdf"), "application/pdf"
		if s.Do == "picture" {
			name, mime = "picture.png", "image/png"
		}
		option["type"], option["name"], option["value"] = 11, "file", "77"
		data["resolved"] = object{"attachments": object{"77": object{"id": "77", "filename": name, "content_type": mime, "url": n.cfg.Public + "/sim/picture/" + e.Message + ".png", "size": 1200}}}
	case "postback":
		out["type"], out["message"] = 3, object{"id": "1299999999999999999"}
		data = object{"custom_id": s.Text, "component_type": 2}
	case "dashboard": // the portal's test of the address
		out = object{"application_id": a.Account, "id": e.ID, "token": digest("token", e.ID), "type": 1, "version": 1, "user": person}
		data = nil
	case "follow", "unfollow":
		what := map[string]string{"follow": "APPLICATION_AUTHORIZED", "unfollow": "APPLICATION_DEAUTHORIZED"}[s.Do]
		out = object{"version": 1, "application_id": a.Account, "type": 1, "event": object{"type": what, "timestamp": e.At.Format("2006-01-02T15:04:05.000000"), "data": object{"user": person}}}
		data = nil
	case "unknown":
		out["type"] = 99
	default:
		return errors.New("there is no such webhook of Discord")
	}
	if data != nil {
		out["data"] = data
	}
	var err error
	e.body, err = encode(out)
	return err
}

func signDiscord(a *app, h http.Header, body []byte, _ string, at time.Time) error {
	stamp := strconv.FormatInt(at.Unix(), 10)
	h.Set("X-Signature-Timestamp", stamp)
	h.Set("X-Signature-Ed25519", hex.EncodeToString(ed25519.Sign(discordKey(a.Name), append([]byte(stamp), body...))))
	return nil
}

// discordFails answers as Discord does when it does not do something.
func discordFails(w http.ResponseWriter, status, code int, message string) {
	write(w, status, object{"code": code, "message": message})
}

// sendDiscord takes a message of the app's bot.
func (n *Network) sendDiscord(w http.ResponseWriter, r *http.Request) {
	token, bot := strings.CutPrefix(r.Header.Get("Authorization"), "Bot ")
	var a *app
	for _, one := range n.apps {
		if one.Platform == "discord" && bot && one.Token != "" && one.Token == token {
			a = one
		}
	}
	if a == nil {
		discordFails(w, http.StatusUnauthorized, 0, "401: Unauthorized")
		return
	}
	var in struct {
		Content string `json:"content"`
		Nonce   string `json:"nonce"`
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err == nil {
		err = json.Unmarshal(body, &in)
	}
	if n.discordMisbehaves(w, a) {
		return
	}
	conversation := r.PathValue("channel")
	n.mu.Lock()
	t := n.threads[ThreadKey{a.Platform, a.Name, conversation}]
	id := "1" + n.messageID(n.cfg.Now())
	n.mu.Unlock()
	switch length := utf8.RuneCountInString(in.Content); {
	case err != nil || length == 0 || length > 2000:
		discordFails(w, http.StatusBadRequest, 50035, "Invalid Form Body")
		return
	case t == nil:
		discordFails(w, http.StatusNotFound, 10003, "Unknown Channel")
		return
	}
	text, to := in.Content, t.Lines[0].Author
	if mention, rest, ok := strings.Cut(strings.TrimPrefix(in.Content, "<@"), "> "); ok && strings.HasPrefix(in.Content, "<@") {
		to, text = mention, rest
	}
	p := a.part("")
	done, _ := n.accept(a, p, Sent{Endpoint: "messages", Key: in.Nonce, Conversation: conversation, To: to, Messages: []SentMessage{{ID: id, Type: "text", Text: text}}})
	if n.misbehaveAfter(w, r, a, p, func() { w.WriteHeader(http.StatusBadGateway) }) {
		return
	}
	write(w, http.StatusOK, object{"id": done.Messages[0].ID, "channel_id": conversation, "content": in.Content})
}

// discordMisbehaves answers a send that is not accepted, and reports whether it did.
func (n *Network) discordMisbehaves(w http.ResponseWriter, a *app) bool {
	if f, ok := n.take("429", a); ok {
		after := f.After.or(5 * time.Second).Seconds()
		w.Header().Set("Retry-After", strconv.Itoa(int(after)))
		write(w, http.StatusTooManyRequests, object{"message": "You are being rate limited.", "retry_after": after, "global": false})
		return true
	}
	for _, fault := range []struct {
		name         string
		status, code int
		says         string
	}{
		{"401", http.StatusUnauthorized, 0, "401: Unauthorized"}, {"400", http.StatusBadRequest, 50035, "Invalid Form Body"},
		{"unreachable", http.StatusForbidden, 50007, "Cannot send messages to this user"}, {"500", http.StatusBadGateway, 0, "Bad Gateway"},
	} {
		if _, ok := n.take(fault.name, a); ok {
			discordFails(w, fault.status, fault.code, fault.says)
			return true
		}
	}
	return false
}
