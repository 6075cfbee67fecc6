package platforms

import (
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

// LinkedIn's pages: notifications of what people do there, and the calls that the
// desk makes,
//
//	POST /rest/socialActions/{urn}/comments
//	GET  /rest/socialActions/{urn}/comments/{id}
//	GET  /rest/posts/{urn}

func linkedinUser(a *app, word string) string {
	if strings.HasPrefix(word, "urn:li:person:") {
		return word
	}
	return "urn:li:person:z" + digest("linkedin", a.Name, word)[:9]
}

// beginLinkedIn numbers a comment on the brand's post, or a post of somebody's own.
func beginLinkedIn(n *Network, a *app, e *Event, s *Say) error {
	id := n.messageID(e.At)
	e.ID = id
	e.Message = linkedinComment(a.root("linkedin"), id)
	if s.In == "mention" && s.Message == "" {
		e.Message = "urn:li:share:7" + id
	}
	if err := n.place(e, s, ""); err != nil {
		return err
	}
	if s.Message != "" { // below what was said before
		e.Message = linkedinComment(linkedinPost(a, e.Conversation), id)
	}
	return nil
}

func linkedinComment(post, id string) string { return "urn:li:comment:(" + post + ",7" + id + ")" }

// linkedinPost is the post that a conversation is below: the brand's, or somebody's
// own, which began it.
func linkedinPost(a *app, conversation string) string {
	if strings.HasPrefix(conversation, "urn:li:share:") {
		return conversation
	}
	return a.root("linkedin")
}

// linkedinEvent makes what LinkedIn posts about e. n.mu is held.
func (n *Network) linkedinEvent(a *app, e *Event, s *Say) error {
	post, said := linkedinPost(a, e.Conversation), object{"owner": e.Author, "text": s.Text, "entity": e.Message}
	said["object"] = post
	if strings.HasPrefix(s.Message, "urn:li:comment:") && s.Message != e.Message {
		said["object"] = s.Message
	}
	note := object{
		"subscriber": "urn:li:person:zAdmin", "lastModifiedAt": e.At.UnixMilli(), "sourcePost": post, "organizationalEntity": a.Account, "generatedActivity": e.Message,
		"notificationId": json.Number(n.messageID(e.At)), "action": "COMMENT", "decoratedGeneratedActivity": object{"comment": said},
	}
	switch s.Do {
	case "message":
		if e.In == "mention" && s.Message == "" {
			note["action"], note["decoratedGeneratedActivity"] = "SHARE_MENTION", object{"share": object{"owner": e.Author, "text": "@" + a.Brand + " " + s.Text, "entity": e.Message}}
		}
		if _, thin := n.fault("thin", a, e.part); thin {
			delete(note, "decoratedGeneratedActivity")
		}
	case "edit":
		note["action"] = "COMMENT_EDIT"
		if strings.HasPrefix(e.Message, "urn:li:share:") {
			return errors.New("LinkedIn tells of edited comments, not of edited posts")
		}
	case "unsend":
		note["action"] = "COMMENT_DELETE"
		delete(note, "decoratedGeneratedActivity")
		if strings.HasPrefix(e.Message, "urn:li:share:") {
			return errors.New("LinkedIn tells of deleted comments, not of deleted posts")
		}
	case "react":
		note["action"] = "LIKE"
		delete(note, "decoratedGeneratedActivity")
		delete(note, "generatedActivity")
	case "elsewhere":
		note["action"], said["owner"] = "ADMIN_COMMENT", a.Account
	case "echo":
		id, ours := e.sent.Messages[0].ID, e.sent.Messages[0].Text
		note["action"], note["generatedActivity"], said["owner"], said["text"], said["entity"] = "ADMIN_COMMENT", id, a.Account, ours, id
		if said["object"] = post; strings.HasPrefix(e.sent.Answers, "urn:li:comment:") {
			said["object"] = e.sent.Answers
		}
	case "unknown":
		note["action"] = "THING_OF_TOMORROW"
		delete(note, "decoratedGeneratedActivity")
	default:
		return errors.New("there is no such event of LinkedIn")
	}
	var err error
	e.body, err = encode(object{"type": "ORGANIZATION_SOCIAL_ACTION_NOTIFICATIONS", "notifications": []object{note}})
	return err
}

func signLinkedIn(a *app, h http.Header, body []byte, _ string, _ time.Time) error {
	h.Set("X-LI-Signature", hex.EncodeToString(a.keys[0].sum("hmacsha256=", string(body))))
	return nil
}

// linkedinSays answers no as LinkedIn does.
func linkedinSays(w http.ResponseWriter, status, code int, message string) {
	write(w, status, object{"status": status, "serviceErrorCode": code, "message": message})
}

// linkedinCaller returns the page whose token a call has, with the headers that every
// call needs.
func (n *Network) linkedinCaller(w http.ResponseWriter, r *http.Request) *app {
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	for _, a := range n.apps {
		if a.Platform != "linkedin" || !bearer || a.Token == "" || a.Token != token {
			continue
		}
		if version := r.Header.Get("LinkedIn-Version"); len(version) != 6 || r.Header.Get("X-Restli-Protocol-Version") != "2.0.0" {
			linkedinSays(w, http.StatusUpgradeRequired, 0, "Requested version is not active")
			return nil
		}
		return a
	}
	linkedinSays(w, http.StatusUnauthorized, 65600, "Invalid access token")
	return nil
}

// linkedinTells answers what a comment or a post says.
func (n *Network) linkedinTells(w http.ResponseWriter, r *http.Request) {
	a := n.linkedinCaller(w, r)
	if a == nil {
		return
	}
	if _, ok := n.take("unfetched", a); ok {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	_, gone := n.take("gone", a)
	name := r.PathValue("urn")
	if id := r.PathValue("id"); id != "" {
		name = "urn:li:comment:(" + name + "," + id + ")"
	}
	n.mu.Lock()
	l, t, known := n.line(name)
	n.mu.Unlock()
	author := l.Author
	if author == "" {
		author = a.Account
	}
	switch {
	case !known || l.Unsent || gone || t.Account != a.Account:
		linkedinSays(w, http.StatusNotFound, 0, "Could not find entity")
	case r.PathValue("id") == "":
		write(w, http.StatusOK, object{"id": name, "author": author, "commentary": "@" + a.Brand + " " + l.Text, "createdAt": l.At.UnixMilli()})
	default:
		write(w, http.StatusOK, object{"actor": author, "commentUrn": name, "id": r.PathValue("id"), "object": linkedinPost(a, t.Conversation), "message": object{"attributes": []any{}, "text": l.Text}, "created": object{"actor": author, "time": l.At.UnixMilli()}})
	}
}

// sendLinkedIn takes a comment of a page's.
func (n *Network) sendLinkedIn(w http.ResponseWriter, r *http.Request) {
	a := n.linkedinCaller(w, r)
	if a == nil {
		return
	}
	var in struct {
		Actor, Object, ParentComment string
		Message                      struct{ Text string }
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err == nil {
		err = json.Unmarshal(body, &in)
	}
	if f, ok := n.take("429", a); ok {
		w.Header().Set("Retry-After", strconv.Itoa(int(f.After.or(5*time.Second).Seconds())))
		linkedinSays(w, http.StatusTooManyRequests, 101, "Resource level throttle limit reached")
		return
	}
	for _, fault := range []struct {
		name   string
		status int
	}{{"500", http.StatusBadGateway}, {"401", http.StatusUnauthorized}, {"400", http.StatusUnprocessableEntity}, {"unreachable", http.StatusNotFound}} {
		if _, ok := n.take(fault.name, a); ok {
			linkedinSays(w, fault.status, 0, "refused")
			return
		}
	}
	about := wording(in.ParentComment, in.Object)
	n.mu.Lock()
	l, t, known := n.line(about)
	number := "7" + n.messageID(n.cfg.Now())
	n.mu.Unlock()
	switch {
	case err != nil || strings.TrimSpace(in.Message.Text) == "" || utf8.RuneCountInString(in.Message.Text) > 1250:
		linkedinSays(w, http.StatusUnprocessableEntity, 0, "Invalid message")
		return
	case in.Actor != a.Account:
		linkedinSays(w, http.StatusForbidden, 100, "Not enough permissions to act for the organization")
		return
	case !known || l.Unsent || t.Account != a.Account || in.Object != linkedinPost(a, t.Conversation) || r.PathValue("urn") != about:
		linkedinSays(w, http.StatusNotFound, 0, "Could not find entity")
		return
	}
	p := a.part("")
	s := Sent{Endpoint: "comments", Conversation: t.Conversation, Answers: about, To: wording(l.Author, t.Lines[0].Author)}
	s.Messages = []SentMessage{{ID: "urn:li:comment:(" + in.Object + "," + number + ")", Type: "text", Text: in.Message.Text}}
	done, _ := n.accept(a, p, s)
	n.confirm(r.Context(), a, p, done)
	if n.misbehaveAfter(w, r, a, p, func() { w.WriteHeader(http.StatusBadGateway) }) {
		return
	}
	w.Header().Set("X-RestLi-Id", number)
	write(w, http.StatusCreated, object{"actor": a.Account, "id": number, "object": in.Object, "message": object{"text": in.Message.Text}, "commentUrn": done.Messages[0].ID})
}
