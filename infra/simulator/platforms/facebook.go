package platforms

import (
	"strings"
	"time"
)

func facebookUser(a *app, word string) string {
	if isNumber(word, "247", 17) {
		return word
	}
	return digits("247", 17, "user", a.Account, word)
}

func beginFacebook(n *Network, a *app, e *Event, s *Say) error {
	e.ID = "ev_" + ulid(e.At)
	if err := n.aim(e, s); err != nil {
		return err
	}
	number := n.messageID(e.At)
	_, post, _ := strings.Cut(a.root("facebook_page"), "_")
	e.Message = post + "_" + number
	switch {
	case s.Do == "publish":
		e.Message = a.Account + "_" + number
	case s.Message != "":
		e.Message = under(a, n.top(s.Message)) + "_" + number
	case s.In == "post":
		e.Message = a.Account + "_" + number
	case s.In == "mention":
		e.Message = number[:9] + "_" + number
	case s.In == "review":
		e.Message = digits("337", 17, "review", number)
	}
	return n.place(e, s, "")
}

// under is the number by which the comments on something begin: that of a post,
// whether it or a comment on it is given, or that of a review.
func under(a *app, id string) string {
	first, rest, _ := strings.Cut(id, "_")
	if first == a.Account {
		return rest
	}
	return first
}

// facebookEvent makes what a page's feed posts about e.
func (n *Network) facebookEvent(a *app, e *Event, s *Say) error {
	who := n.users[user{e.Platform, e.App, e.Author}]
	from := object{"id": e.Author, "name": wording(who.Name, "A person")}
	field, v := "feed", object{"verb": "add", "created_time": e.At.Unix()}
	if about, _, ok := n.line(e.Message); ok { // changed, not new
		from = object{"id": about.Author, "name": about.Name}
		if about.Author == "" {
			from = object{"id": a.Account, "name": a.Brand}
		}
		v["created_time"] = about.At.Unix()
		s.Text = wording(s.Text, about.Text)
	}
	v["from"] = from
	switch n.refer(a, e, s, v); s.Do {
	case "picture":
		v["photo"] = n.cfg.Public + "/sim/picture/" + e.Message + ".png"
	case "edit":
		v["verb"], v["edited_time"] = "edited", e.At.Unix()
	case "unsend", "remove":
		v["verb"], v["created_time"] = "remove", n.cfg.Now().Unix()
	case "hide", "unhide":
		v["verb"], v["is_hidden"] = s.Do, s.Do == "hide"
	case "react":
		v["item"], v["reaction_type"] = "reaction", "anger"
	case "elsewhere", "echo":
		v["from"] = object{"id": a.Account, "name": a.Brand}
	case "publish":
		v["from"], v["item"], v["published"] = object{"id": a.Account, "name": a.Brand}, "status", 1
		delete(v, "comment_id")
		delete(v, "parent_id")
		v["post_id"] = e.Message
	case "unknown":
		v["item"], v["verb"] = "something_new", "happen"
	}
	if s.Text != "" && s.Do != "unsend" && s.Do != "remove" && s.Do != "react" {
		v["message"] = s.Text
	}
	if s.In == "mention" && (s.Do == "message" || s.Do == "picture") {
		if _, ok := n.fault("twin", a, e.part); ok {
			twin := *e
			twin.ID, twin.item = e.ID+"-twin", changes(a.Account, "feed", clone(v))
			e.twin = &twin
		}
		v["sender_id"], v["sender_name"] = from["id"], from["name"]
		delete(v, "from")
		delete(v, "parent_id")
		field = "mention"
	}
	if s.In == "review" && s.Message == "" {
		v = object{
			"reviewer_id": from["id"], "reviewer_name": from["name"], "open_graph_story_id": e.Message, "recommendation_type": "negative",
			"review_text": s.Text, "created_time": v["created_time"], "item": "rating", "verb": v["verb"],
		}
		field = "ratings"
	}
	if _, ok := n.fault("unnamed", a, e.part); ok {
		for _, name := range []string{"from", "sender_id", "sender_name", "reviewer_id", "reviewer_name"} {
			delete(v, name)
		}
	}
	e.item = changes(a.Account, field, v)
	return nil
}

// refer gives v the ids of what e is about and of what that stands under.
func (n *Network) refer(a *app, e *Event, s *Say, v object) {
	id := e.Message
	parent := s.Message
	if e.sent != nil {
		parent = e.sent.Answers
	}
	if s.Do == "react" {
		id = s.Message
	}
	if known, _, ok := n.line(id); ok && e.sent == nil && s.Do != "message" && s.Do != "elsewhere" {
		parent = known.Parent
	}
	v["item"], v["comment_id"] = "comment", id
	first, _, _ := strings.Cut(id, "_")
	post := a.Account + "_" + first
	switch {
	case first == a.Account: // a post of somebody's on the page
		delete(v, "comment_id")
		v["item"], v["post_id"] = "post", id
		v["permalink_url"] = "https://www.facebook.com/" + a.handle + "/posts/" + digest("link", id)[:12]
		return
	case s.In == "mention":
		post = digits("247", 17, "owner", id) + "_" + first
	case s.In == "review":
		post = first
	}
	v["post_id"], v["parent_id"] = post, post
	if parent != "" {
		v["parent_id"] = n.top(parent)
	}
	v["post"] = object{
		"id": post, "status_type": "added_photos", "is_published": true, "promotion_status": "inactive", "updated_time": e.At.Format("2006-01-02T15:04:05-0700"),
		"permalink_url": "https://www.facebook.com/" + a.handle + "/posts/" + digest("link", post)[:12],
	}
}

func clone(in object) object {
	out := object{}
	for name, value := range in {
		out[name] = value
	}
	return out
}

// sendComment takes a public answer of a page's or of an Instagram account's.
func (n *Network) sendComment(c *graphCall) {
	text := str(c.args, "message")
	about := c.id
	s := Sent{Endpoint: "comment", Messages: []SentMessage{{Type: "text", Text: text}}}
	instagram := c.part.channel == "instagram"
	if c.edge == "mentions" {
		s.Endpoint, about = "mention", wording(str(c.args, "comment_id"), str(c.args, "media_id"))
	}
	n.mu.Lock()
	l, t, ok := n.line(about)
	number := n.messageID(c.now())
	n.mu.Unlock()
	switch {
	case !ok || l.Unsent || t.In == "direct" || instagram == (c.edge == "comments"):
		c.fail(100, 33, "Unsupported post request. Object with ID '"+about+"' does not exist, cannot be loaded due to missing permissions, or does not support this operation.")
		return
	case text == "":
		c.fail(100, 0, "(#100) Missing message or attachment")
		return
	case len([]rune(text)) > map[bool]int{true: 2200, false: 8000}[instagram]:
		c.fail(100, 0, "(#100) Param message is too long")
		return
	case instagram && (t.In == "mention" || t.In == "tag") != (c.edge == "mentions"):
		c.fail(100, 0, "(#100) The comment is not on a media of this account")
		return
	case instagram && (t.In == "live" || l.Hidden):
		c.fail(10, 0, "(#10) Comments that are hidden or made during a broadcast cannot be replied to")
		return
	}
	s.Conversation, s.Answers, s.To = t.Conversation, about, l.Author
	if l.Author == "" { // a further part, under our own answer
		s.To = t.Lines[0].Author
	}
	s.Messages[0].ID = number
	if !instagram {
		s.Messages[0].ID = under(c.app, about) + "_" + number
	}
	c.accept(s, object{"id": s.Messages[0].ID})
}

// moderate hides, shows or deletes what somebody wrote under what is ours.
func (n *Network) moderate(c *graphCall) {
	l, t, ok := c.message(c.id)
	hide, asked := str(c.args, "is_hidden"), false
	do := "remove"
	switch c.part.channel {
	case "instagram", "threads":
		hide = str(c.args, "hide")
	}
	if c.r.Method == "POST" {
		asked = hide == "true" || hide == "false"
		do = map[bool]string{true: "hide", false: "unhide"}[hide == "true"]
	}
	switch {
	case !ok || l.Unsent || t.In == "direct":
		c.fail(100, 33, "Unsupported request. Object with ID '"+c.id+"' does not exist")
		return
	case c.r.Method == "POST" && !asked, (c.part.channel == "threads") != (c.edge == "manage_reply"), c.part.channel == "threads" && do == "remove":
		c.fail(100, 0, "(#100) The parameter hide is required")
		return
	case c.part.channel == "threads" && t.Lines[0].Message != c.id, t.In == "mention" || t.In == "tag" || t.In == "review":
		c.fail(200, 0, "(#200) Permissions error: this is not under an object of yours")
		return
	case c.part.channel == "facebook_page" && l.Author == "" && do != "remove":
		c.fail(100, 0, "(#100) The page's own comments cannot be hidden")
		return
	}
	n.mu.Lock()
	l.Hidden = do == "hide"
	if do == "remove" {
		l.Text, l.Unsent = "", true
	}
	n.write(record{Thread: &t.ThreadKey, Line: &l})
	n.moderated(c.app, c.part, l, t, do)
	n.mu.Unlock()
	if !c.spoils() {
		c.answer(200, object{"success": true})
	}
}

// moderated has a page's feed tell what was done to a message; the others do not
// tell. n.mu is held.
func (n *Network) moderated(a *app, p *part, l Line, t *Thread, do string) {
	if p.channel != "facebook_page" {
		return
	}
	now := n.cfg.Now().UTC()
	e := &Event{ID: "ev_" + ulid(now), Platform: a.Platform, App: a.Name, Account: a.Account, Channel: p.channel, Author: a.Account, In: t.In, Conversation: t.Conversation, Message: l.Message, Do: do, At: now, part: p}
	if err := n.facebookEvent(a, e, &Say{Do: do, In: t.In, Message: l.Message}); err != nil {
		n.cfg.Log.Error("moderation not told", "err", err)
		return
	}
	n.keep(e)
	n.soon(100*time.Millisecond, &delivery{app: a, part: p, events: []*Event{e}, what: "first"})
}

// block keeps somebody from a page, or lets them back.
func (c *graphCall) block() {
	who := str(c.args, "user")
	if list, ok := c.args["user"].([]any); ok && len(list) == 1 {
		who = str(object{"user": list[0]}, "user")
	}
	c.mu.Lock()
	_, known := c.users[user{"meta", c.app.Name, who}]
	c.mu.Unlock()
	if !known || c.id != c.app.Account {
		c.fail(100, 0, "(#100) Invalid user")
		return
	}
	c.answer(200, object{who: true})
}
