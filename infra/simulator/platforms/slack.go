package platforms

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Slack: events as it posts them, and the calls that the desk makes,
//
//	POST /api/chat.postMessage
//	GET  /api/users.info?user={id}

func slackUser(a *app, word string) string {
	if strings.HasPrefix(word, "U0") && strings.ToUpper(word) == word {
		return word
	}
	return "U0" + strings.ToUpper(digest("slack", a.Name, word)[:9])
}

// slackBot is the user that the app is in the workspace, slackApp the app.
func slackBot(a *app) string { return "U0BOT" + strings.ToUpper(digest("bot", a.Account)[:6]) }
func slackApp(a *app) string { return "A0" + strings.ToUpper(digest("app", a.Name)[:9]) }

// beginSlack numbers the message. A direct chat is one thread, in a channel each
// mention begins its own.
func beginSlack(n *Network, a *app, e *Event, s *Say) error {
	id := n.messageID(e.At)
	e.ID = "Ev0" + id
	e.Message = fmt.Sprintf("%d.%06d", e.At.Unix(), n.last%1_000_000)
	return n.place(e, s, slackDirect(a.Account, e.Author))
}

// slackDirect is the channel of an app and one person.
func slackDirect(account, author string) string {
	return "D0" + strings.ToUpper(digest("dm", account, author)[:9])
}

// slackPlace is the channel and the thread of a conversation.
func slackPlace(a *app, conversation, in string) (channel, thread string) {
	if in == "direct" {
		return conversation, ""
	}
	return "C0" + strings.ToUpper(digest("channel", a.Account)[:9]), conversation
}

// slackEvent makes what Slack would post about e. n.mu is held.
func (n *Network) slackEvent(a *app, e *Event, s *Say) error {
	channel, thread := slackPlace(a, e.Conversation, e.In)
	kind := "channel"
	if e.In == "direct" {
		kind = "im"
	}
	stamp := fmt.Sprintf("%d.%06d", e.At.Unix(), e.At.Nanosecond()/1000)
	said := object{"type": "message", "user": e.Author, "ts": e.Message, "text": escaped(s.Text), "team": a.Account, "channel": channel, "event_ts": e.Message, "channel_type": kind}
	if thread != "" && thread != e.Message {
		said["thread_ts"] = thread
	}
	switch s.Do {
	case "message":
		if e.In != "direct" {
			said["type"], said["text"] = "app_mention", "<@"+slackBot(a)+"> "+escaped(s.Text)
			delete(said, "channel_type")
		}
	case "picture", "file":
		name, mime := wording(s.Text, "receipt.pdf"), "application/pdf"
		if s.Do == "picture" {
			name, mime = "picture.png", "image/png"
		}
		said["subtype"], said["text"] = "file_share", ""
		said["files"] = []object{{"id": "F" + e.Message, "name": name, "mimetype": mime, "permalink": n.cfg.Public + "/sim/picture/" + e.Message + ".png"}}
	case "edit":
		inner := object{"type": "message", "user": e.Author, "text": escaped(s.Text), "ts": e.Message, "edited": object{"user": e.Author, "ts": stamp}}
		said = object{"type": "message", "subtype": "message_changed", "hidden": true, "channel": channel, "channel_type": kind, "ts": stamp, "event_ts": stamp, "message": inner, "previous_message": object{"type": "message", "user": e.Author, "ts": e.Message}}
		if thread != "" && thread != e.Message {
			inner["thread_ts"] = thread
		}
	case "unsend":
		before := object{"type": "message", "user": e.Author, "ts": e.Message}
		if thread != "" && thread != e.Message {
			before["thread_ts"] = thread
		}
		said = object{"type": "message", "subtype": "message_deleted", "hidden": true, "channel": channel, "channel_type": kind, "ts": stamp, "event_ts": stamp, "deleted_ts": e.Message, "previous_message": before}
	case "echo":
		said["user"], said["bot_id"], said["app_id"] = slackBot(a), "B0"+slackBot(a)[2:], slackApp(a)
	case "revoke":
		said = object{"type": "tokens_revoked", "tokens": object{"bot": []string{slackBot(a)}}}
	case "unknown":
		said = object{"type": "thing_of_tomorrow", "user": e.Author}
	default:
		return errors.New("there is no such event of Slack")
	}
	var err error
	e.body, err = encode(object{
		"token": "deprecated", "team_id": a.Account, "api_app_id": slackApp(a), "event": said, "type": "event_callback", "event_id": e.ID, "event_time": e.At.Unix(),
		"authorizations": []object{{"enterprise_id": nil, "team_id": a.Account, "user_id": slackBot(a), "is_bot": true}},
	})
	return err
}

// escaped writes the three characters that mean something to Slack.
func escaped(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

func signSlack(a *app, h http.Header, body []byte, _ string, at time.Time) error {
	stamp := strconv.FormatInt(at.Unix(), 10)
	h.Set("X-Slack-Request-Timestamp", stamp)
	h.Set("X-Slack-Signature", "v0="+hex.EncodeToString(a.keys[0].sum("v0:"+stamp+":"+string(body))))
	return nil
}

// slackSays answers no as Slack does: 200, and a word.
func slackSays(w http.ResponseWriter, word string) {
	write(w, http.StatusOK, object{"ok": false, "error": word})
}

// slackCaller returns the app whose token a call has.
func (n *Network) slackCaller(w http.ResponseWriter, r *http.Request) *app {
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	for _, a := range n.apps {
		if a.Platform == "slack" && bearer && a.Token != "" && a.Token == token {
			return a
		}
	}
	slackSays(w, "invalid_auth")
	return nil
}

// slackUserInfo tells who somebody is.
func (n *Network) slackUserInfo(w http.ResponseWriter, r *http.Request) {
	a := n.slackCaller(w, r)
	if a == nil {
		return
	}
	if _, ok := n.take("unfetched", a); ok {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	_, gone := n.take("gone", a)
	id := r.URL.Query().Get("user")
	n.mu.Lock()
	who, known := n.users[user{a.Platform, a.Name, id}]
	n.mu.Unlock()
	if !known || gone {
		slackSays(w, "user_not_found")
		return
	}
	profile := object{"real_name": who.Name, "display_name": who.Name, "avatar_hash": ""}
	if who.Picture {
		profile["avatar_hash"] = digest("avatar", id)[:12]
	}
	write(w, http.StatusOK, object{"ok": true, "user": object{"id": id, "name": strings.TrimPrefix(who.Handle, "@"), "real_name": who.Name, "profile": profile}})
}

// sendSlack takes a message of the app's.
func (n *Network) sendSlack(w http.ResponseWriter, r *http.Request) {
	a := n.slackCaller(w, r)
	if a == nil {
		return
	}
	var in struct {
		Channel string `json:"channel"`
		Thread  string `json:"thread_ts"`
		Text    string `json:"text"`
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err == nil {
		err = json.Unmarshal(body, &in)
	}
	if n.slackMisbehaves(w, a) {
		return
	}
	n.mu.Lock()
	conversation, in0 := in.Channel, "direct"
	if in.Thread != "" {
		conversation, in0 = in.Thread, "mention"
	}
	t := n.threads[ThreadKey{a.Platform, a.Name, conversation}]
	now := n.cfg.Now()
	n.messageID(now)
	id := fmt.Sprintf("%d.%06d", now.Unix(), n.last%1_000_000)
	n.mu.Unlock()
	switch channel, _ := slackPlace(a, conversation, in0); {
	case err != nil || strings.TrimSpace(in.Text) == "":
		slackSays(w, "no_text")
		return
	case utf8.RuneCountInString(in.Text) > 40000:
		slackSays(w, "msg_too_long")
		return
	case t == nil || channel != in.Channel:
		slackSays(w, "channel_not_found")
		return
	}
	p, text := a.part(""), strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(in.Text)
	done, _ := n.accept(a, p, Sent{Endpoint: "chat.postMessage", Conversation: conversation, To: t.Lines[0].Author, Messages: []SentMessage{{ID: id, Type: "text", Text: text}}})
	n.confirm(r.Context(), a, p, done)
	if n.misbehaveAfter(w, r, a, p, func() { w.WriteHeader(http.StatusBadGateway) }) {
		return
	}
	write(w, http.StatusOK, object{"ok": true, "channel": in.Channel, "ts": done.Messages[0].ID})
}

// slackMisbehaves answers a send that is not accepted, and reports whether it did.
func (n *Network) slackMisbehaves(w http.ResponseWriter, a *app) bool {
	if f, ok := n.take("429", a); ok {
		w.Header().Set("Retry-After", strconv.Itoa(int(f.After.or(5*time.Second).Seconds())))
		write(w, http.StatusTooManyRequests, object{"ok": false, "error": "ratelimited"})
		return true
	}
	if _, ok := n.take("500", a); ok {
		w.WriteHeader(http.StatusBadGateway)
		return true
	}
	for _, fault := range [][2]string{{"401", "token_revoked"}, {"400", "invalid_blocks"}, {"unreachable", "is_archived"}} {
		if _, ok := n.take(fault[0], a); ok {
			slackSays(w, fault[1])
			return true
		}
	}
	return false
}
