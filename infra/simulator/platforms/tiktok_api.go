package platforms

import (
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

const tiktokPath = "/open_api/v1.3/business"

// tiktokRoutes are the calls of the Business API.
func (n *Network) tiktokRoutes(mux *http.ServeMux) {
	for pattern, serve := range map[string]func(http.ResponseWriter, *http.Request, *app){
		"GET /get/":                       n.tiktokAccount,
		"POST /message/send/":             n.sendTikTokMessage,
		"POST /comment/reply/create/":     n.sendTikTokComment,
		"POST /comment/hide/":             n.hideTikTok,
		"GET /comment/list/":              n.tiktokComments,
		"GET /mention/comment/get/":       n.tiktokMentioned,
		"GET /message/conversation/list/": n.tiktokConversations,
		"GET /message/content/list/":      n.tiktokContent,
	} {
		method, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" "+tiktokPath+path+"{$}", n.logged(func(w http.ResponseWriter, r *http.Request, c *Call) {
			if a := n.tiktokCaller(w, r); a != nil {
				c.by(a, a.part(""))
				serve(w, r, a)
			}
		}))
	}
}

// tiktokSays answers as TikTok does to everything: 200, and a number.
func tiktokSays(w http.ResponseWriter, code int, message string) {
	write(w, http.StatusOK, object{"code": code, "message": message, "request_id": requestID(), "data": object{}})
}

func tiktokGives(w http.ResponseWriter, data object) {
	write(w, http.StatusOK, object{"code": 0, "message": "OK", "request_id": requestID(), "data": data})
}

// tiktokCaller returns the account whose token a call has.
func (n *Network) tiktokCaller(w http.ResponseWriter, r *http.Request) *app {
	for _, a := range n.apps {
		token := r.Header.Get("Access-Token")
		if a.Platform != "tiktok" || !n.lets(a, token) {
			continue
		}
		if r.Method == http.MethodGet && r.URL.Query().Get("business_id") != a.Account {
			break
		}
		return a
	}
	tiktokSays(w, 40105, "Access token is incorrect or has been revoked.")
	return nil
}

func (n *Network) tiktokAccount(w http.ResponseWriter, _ *http.Request, a *app) {
	if n.refuses(a) {
		tiktokSays(w, 40105, "Access token is incorrect or has been revoked.")
		return
	}
	tiktokGives(w, object{"username": a.handle, "display_name": a.Brand})
}

// tiktokFault answers a question that is not answered, and reports whether it did.
func (n *Network) tiktokFault(w http.ResponseWriter, a *app) bool {
	if _, ok := n.take("unfetched", a); ok {
		tiktokSays(w, 51065, "System error")
		return true
	}
	return false
}

func (n *Network) tiktokConversations(w http.ResponseWriter, r *http.Request, a *app) {
	if n.tiktokFault(w, a) {
		return
	}
	n.mu.Lock()
	list := n.tiktokTalks(a, r.URL.Query().Get("conversation_type") == "SINGLE")
	n.mu.Unlock()
	tiktokGives(w, object{"conversations": list[:min(len(list), 100)], "has_more": false})
}

func (n *Network) tiktokContent(w http.ResponseWriter, r *http.Request, a *app) {
	n.mu.Lock()
	defer n.mu.Unlock()
	t := n.tiktokThread(a, r.URL.Query().Get("conversation_id"))
	if t == nil {
		tiktokSays(w, 40007, "The conversation does not exist")
		return
	}
	messages, people := n.tiktokLines(a, t)
	tiktokGives(w, object{"messages": messages, "participants": people})
}

// tiktokComments lists comments by their ids or, without any, the last ones.
func (n *Network) tiktokComments(w http.ResponseWriter, r *http.Request, a *app) {
	if n.tiktokFault(w, a) {
		return
	}
	_, gone := n.take("gone", a)
	var ids []string
	named := r.URL.Query().Has("comment_ids")
	if err := json.Unmarshal([]byte(r.URL.Query().Get("comment_ids")), &ids); named && err != nil || r.URL.Query().Get("video_id") != a.root("tiktok") {
		tiktokSays(w, 40002, "Invalid parameter")
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if !named {
		ids = n.tiktokLatest(a)
	}
	list := []object{}
	for _, id := range ids {
		l, t, known := n.line(id)
		if !known || l.Unsent || gone || t.Account != a.Account || t.In != "comment" {
			continue
		}
		who := n.users[user{a.Platform, a.Name, l.Author}]
		one := object{
			"comment_id": id, "video_id": a.root("tiktok"), "create_time": l.At.Unix(), "text": l.Text, "status": "PUBLIC", "owner": l.Author == "", "parent_comment_id": wording(l.Parent, "0"),
			"username": username(wording(strings.TrimPrefix(who.Handle, "@"), l.Author)), "display_name": wording(who.Name, "Customer"), "unique_identifier": l.Author,
		}
		if l.Hidden {
			one["status"] = "HIDDEN"
		}
		list = append(list, one)
	}
	tiktokGives(w, object{"comments": list, "has_more": false})
}

// tiktokLatest are the last comments below the account's video, by their ids. n.mu is
// held.
func (n *Network) tiktokLatest(a *app) (ids []string) {
	var lines []Line
	for _, t := range n.threads {
		if t.Platform == a.Platform && t.App == a.Name && t.In == "comment" {
			lines = append(lines, t.Lines...)
		}
	}
	slices.SortFunc(lines, func(a, b Line) int { return cmp.Or(b.At.Compare(a.At), strings.Compare(b.Message, a.Message)) })
	for _, l := range lines[:min(len(lines), 30)] {
		ids = append(ids, l.Message)
	}
	return ids
}

// tiktokMentioned tells what a comment says that mentions the account.
func (n *Network) tiktokMentioned(w http.ResponseWriter, r *http.Request, a *app) {
	if n.tiktokFault(w, a) {
		return
	}
	_, gone := n.take("gone", a)
	id := r.URL.Query().Get("comment_id")
	n.mu.Lock()
	defer n.mu.Unlock()
	l, t, known := n.line(id)
	if !known || gone || t.Account != a.Account || t.Conversation != r.URL.Query().Get("item_id") {
		tiktokSays(w, 40007, "The comment does not exist")
		return
	}
	tiktokGives(w, object{"comment": object{"item_id": t.Conversation, "comment_id": id, "comment_text": "@" + a.handle + " " + l.Text, "commenter_handle_name": username(l.Author)}})
}

// tiktokMisbehaves answers a send that is not accepted, and reports whether it did.
func (n *Network) tiktokMisbehaves(w http.ResponseWriter, a *app) bool {
	for _, fault := range []struct {
		name string
		code int
		says string
	}{
		{"401", 40105, "Access token is incorrect or has been revoked."}, {"429", 40100, "Too many requests"}, {"400", 40002, "Invalid parameter"},
		{"unreachable", 40007, "It does not exist"},
	} {
		if _, ok := n.take(fault.name, a); ok {
			tiktokSays(w, fault.code, fault.says)
			return true
		}
	}
	if _, ok := n.take("500", a); ok {
		w.WriteHeader(http.StatusBadGateway)
		return true
	}
	return false
}

// tiktokBody reads what a call says, which names the account that its token is of.
func tiktokBody(w http.ResponseWriter, r *http.Request, a *app, in any, business *string) bool {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err == nil {
		err = json.Unmarshal(body, in)
	}
	switch {
	case err != nil:
		tiktokSays(w, 40002, "Invalid parameter")
	case *business != a.Account:
		tiktokSays(w, 40001, "No permission to operate the account")
	default:
		return true
	}
	return false
}

// What TikTok takes of messages: for so long after the customer's last one, and so many
// before their next.
const (
	tiktokWindow   = 48 * time.Hour
	tiktokInARow   = 10
	tiktokTooFast  = "Messages can be sent within 48 hours of the user's last message only"
	tiktokTooMany  = "No more than 10 messages before the user answers"
	tiktokComment  = 1200
	tiktokMessages = 6000
)

// sendTikTokMessage takes a message.
func (n *Network) sendTikTokMessage(w http.ResponseWriter, r *http.Request, a *app) {
	var in struct {
		Business string `json:"business_id"`
		Kind     string `json:"recipient_type"`
		To       string `json:"recipient"`
		Type     string `json:"message_type"`
		Text     struct {
			Body string `json:"body"`
		} `json:"text"`
		About struct {
			Message string `json:"referenced_message_id"`
		} `json:"referenced_message_info"`
	}
	if !tiktokBody(w, r, a, &in, &in.Business) || n.tiktokMisbehaves(w, a) {
		return
	}
	n.mu.Lock()
	t := n.tiktokThread(a, in.To)
	id := "u5M" + digest("tiktok", n.messageID(n.cfg.Now())) + "=="
	var last time.Time
	row, author, quoted := 0, "", in.About.Message == ""
	if t != nil {
		author = t.Conversation
		for _, l := range t.Lines {
			if row++; l.Author != "" {
				row, last = 0, l.At
			}
			quoted = quoted || l.Message == in.About.Message
		}
	}
	n.mu.Unlock()
	switch length := utf8.RuneCountInString(in.Text.Body); {
	case in.Kind != "CONVERSATION" || in.Type != "TEXT" || length == 0 || length > tiktokMessages || !quoted:
		tiktokSays(w, 40002, "Invalid parameter")
		return
	case t == nil || last.IsZero():
		tiktokSays(w, 40007, "The conversation does not exist")
		return
	case n.cfg.Now().Sub(last) > tiktokWindow:
		tiktokSays(w, 40002, tiktokTooFast)
		return
	case row >= tiktokInARow:
		tiktokSays(w, 40002, tiktokTooMany)
		return
	}
	p := a.part("")
	done, _ := n.accept(a, p, Sent{Endpoint: "message/send", Conversation: author, To: author, Answers: in.About.Message, Messages: []SentMessage{{ID: id, Type: "text", Text: in.Text.Body}}})
	n.confirm(r.Context(), a, p, done)
	if n.misbehaveAfter(w, r, a, p, func() { w.WriteHeader(http.StatusBadGateway) }) {
		return
	}
	tiktokGives(w, object{"message": object{"message_id": done.Messages[0].ID}})
}

// sendTikTokComment takes a comment below a comment.
func (n *Network) sendTikTokComment(w http.ResponseWriter, r *http.Request, a *app) {
	var in struct {
		Business string `json:"business_id"`
		Video    string `json:"video_id"`
		Comment  string `json:"comment_id"`
		Text     string `json:"text"`
	}
	if !tiktokBody(w, r, a, &in, &in.Business) || n.tiktokMisbehaves(w, a) {
		return
	}
	n.mu.Lock()
	l, t, known := n.line(in.Comment)
	id := "7" + n.messageID(n.cfg.Now())
	n.mu.Unlock()
	switch length := utf8.RuneCountInString(in.Text); {
	case length == 0 || length > tiktokComment:
		tiktokSays(w, 40002, "Invalid parameter: text")
		return
	case !known || l.Unsent || t.Account != a.Account || t.In != "comment" || in.Video != a.root("tiktok"):
		tiktokSays(w, 40007, "The comment does not exist")
		return
	}
	p := a.part("")
	s := Sent{Endpoint: "comment/reply/create", Conversation: t.Conversation, Answers: in.Comment, To: wording(l.Author, t.Lines[0].Author)}
	s.Messages = []SentMessage{{ID: id, Type: "text", Text: in.Text}}
	done, _ := n.accept(a, p, s)
	n.confirm(r.Context(), a, p, done)
	if n.misbehaveAfter(w, r, a, p, func() { w.WriteHeader(http.StatusBadGateway) }) {
		return
	}
	tiktokGives(w, object{"comment_id": done.Messages[0].ID, "text": in.Text, "video_id": in.Video})
}

// hideTikTok hides a comment, or shows it again.
func (n *Network) hideTikTok(w http.ResponseWriter, r *http.Request, a *app) {
	var in struct {
		Business string `json:"business_id"`
		Video    string `json:"video_id"`
		Comment  string `json:"comment_id"`
		Action   string `json:"action"`
	}
	if !tiktokBody(w, r, a, &in, &in.Business) {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	l, t, known := n.line(in.Comment)
	switch {
	case !slices.Contains([]string{"HIDE", "UNHIDE"}, in.Action):
		tiktokSays(w, 40002, "Invalid parameter: action")
	case !known || l.Unsent || t.Account != a.Account || in.Video != a.root("tiktok"):
		tiktokSays(w, 40007, "The comment does not exist")
	default:
		l.Hidden = in.Action == "HIDE"
		n.write(record{Thread: &t.ThreadKey, Line: &l})
		tiktokGives(w, object{})
	}
}
