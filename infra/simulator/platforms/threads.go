package platforms

import (
	"encoding/json"
	"strings"
	"time"
)

// threadsUser: Threads tells of people no more than their name.
func threadsUser(_ *app, word string) string { return username(word) }

func beginThreads(n *Network, _ *app, e *Event, s *Say) error {
	e.ID, e.Message = "ev_"+ulid(e.At), n.messageID(e.At)
	return n.place(e, s, "")
}

const isoSeconds = "2006-01-02T15:04:05-0700"

// threadsEvent makes what Threads posts about e: a body of its own.
func (n *Network) threadsEvent(a *app, e *Event, s *Say) error {
	root := a.root("threads")
	code := digest("link", e.Message)[:11]
	topic, field := "moderate", "replies"
	by, parent := e.Author, wording(s.Message, root)
	if e.sent != nil {
		parent = e.sent.Answers
	}
	if s.Do == "elsewhere" || s.Do == "publish" || s.Do == "echo" {
		by = a.handle
	}
	v := object{
		"id": e.Message, "username": by, "text": s.Text, "media_type": "TEXT_POST", "shortcode": code, "timestamp": e.At.Format(isoSeconds),
		"permalink": "https://www.threads.net/@" + by + "/post/" + code, "has_replies": false, "is_quote_post": false, "is_reply": true,
	}
	switch {
	case s.Do == "remove":
		field = "delete"
		v = object{"id": e.Message, "timestamp": e.At.Format(isoSeconds), "deleted_at": n.cfg.Now().UTC().Format(isoSeconds)}
	case s.Do == "publish":
		topic, field, v["is_reply"] = "interaction", "publish", false
	case s.Do == "unknown":
		field = "something_new"
	case s.In == "mention" && s.Message == "":
		topic, field, v["is_reply"] = "interaction", "mentions", false
		v["text"] = "@" + a.handle + " " + s.Text
	case s.In == "mention":
		return errNotTold // what is said under somebody else's post
	default:
		v["replied_to"] = object{"id": parent}
		v["root_post"] = object{"id": root, "owner_id": a.Account, "username": a.handle}
	}
	if s.Do == "picture" {
		v["media_type"] = "IMAGE"
		v["media_url"] = n.cfg.Public + "/sim/picture/" + e.Message + ".png"
	}
	var err error
	e.body, err = encodeMeta(object{
		"app_id": a.appID(), "topic": topic, "target_id": a.Account, "time": n.cfg.Now().Unix(), "subscription_id": digits("23", 6, "subscription", a.Account),
		"has_uid_field": false, "values": object{"value": v, "field": field},
	})
	return err
}

func threadsBody(d *delivery, _ time.Time) ([]byte, error) { return d.events[0].body, nil }

// A container is an answer that waits to be published, which it can be once.
type container struct {
	app       *app
	text      string
	about     string
	published bool
}

// sendThreads takes the first or the second of the two steps to a post.
func (n *Network) sendThreads(c *graphCall) {
	if c.id != "me" && c.id != c.app.Account || c.part.channel != "threads" {
		c.fail(100, 33, "Unsupported post request. Object with ID '"+c.id+"' does not exist")
		return
	}
	if c.edge == "threads" {
		c.contain()
		return
	}
	id := str(c.args, "creation_id")
	n.mu.Lock()
	held, ok := n.holds[id]
	if ok && held.app == c.app && !held.published {
		n.holds[id] = container{app: held.app, text: held.text, about: held.about, published: true}
	}
	l, t, known := n.line(held.about)
	number := n.messageID(c.now())
	n.mu.Unlock()
	switch {
	case !ok || held.app != c.app:
		c.fail(24, 2207008, "The requested resource does not exist: the media container was not found")
		return
	case held.published:
		c.fail(9007, 2207027, "The media container was published before")
		return
	case !known || l.Unsent:
		c.fail(100, 33, "The post to reply to does not exist")
		return
	}
	s := Sent{Endpoint: "post", Conversation: t.Conversation, Answers: held.about, To: wording(l.Author, t.Lines[0].Author)}
	s.Messages = []SentMessage{{ID: number, Type: "text", Text: held.text}}
	c.accept(s, object{"id": number})
}

// contain is the first step.
func (c *graphCall) contain() {
	text, about := str(c.args, "text"), str(c.args, "reply_to_id")
	l, t, known := c.message(about)
	switch {
	case str(c.args, "media_type") != "TEXT" || text == "":
		c.fail(100, 0, "(#100) The parameters media_type and text are required.")
		return
	case len([]rune(text)) > 500:
		c.fail(100, 0, "(#100) Param text must be at most 500 characters long.")
		return
	case !known || l.Unsent || t.Account != c.app.Account:
		c.fail(100, 33, "(#100) The post to reply to does not exist")
		return
	}
	c.mu.Lock()
	id := c.messageID(c.now())
	c.holds[id] = container{app: c.app, text: text, about: about}
	c.mu.Unlock()
	c.answer(200, object{"id": id})
}

// published counts an account's posts of the last day.
func (c *graphCall) published() (count json.Number) {
	c.mu.Lock()
	defer c.mu.Unlock()
	total := 0
	for _, s := range c.sent {
		if s.Account == c.app.Account && s.Endpoint == "post" && c.now().Sub(s.At) < 24*time.Hour {
			total++
		}
	}
	return json.Number(itoa(total))
}

// threadsProfile answers who has a name.
func (c *graphCall) threadsProfile() {
	name := strings.TrimPrefix(str(c.args, "username"), "@")
	c.mu.Lock()
	who, known := c.users[user{"meta", c.app.Name, name}]
	c.mu.Unlock()
	if !known {
		c.fail(100, 33, "(#100) There is no such profile")
		return
	}
	out := object{"username": name, "name": who.Name, "biography": who.About, "is_verified": who.Verified}
	if who.Followers != nil {
		out["follower_count"] = *who.Followers
	}
	c.answer(200, out)
}
