package platforms

import (
	"cmp"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"example.com/skala/infra/simulator/customers"
)

func xUser(_ *app, word string) string {
	if len(word) > 15 && strings.Trim(word, "0123456789") == "" {
		return word
	}
	return digits("15", 19, "x user", word)
}

func beginX(n *Network, _ *app, e *Event, s *Say) error {
	e.ID = "ev_" + ulid(e.At)
	e.Message = "2" + n.messageID(e.At)
	return n.place(e, s, e.Author)
}

func itoa(n int) string { return strconv.Itoa(n) }

// xEvent makes what X posts about e, in the shape of the X Activity API or, on
// request, of the Account Activity API, which it has replaced.
func (n *Network) xEvent(a *app, e *Event, s *Say) error {
	_, old := n.fault("aaa", a, e.part)
	var body object
	switch {
	case s.Do == "dashboard":
		body = object{"replay_job_status": object{"webhook_id": digits("12", 19, "webhook", a.Name), "job_state": "Complete", "job_state_description": "Job completed successfully", "job_id": digits("10", 19, "job", e.ID)}}
	case s.Do == "revoke" && old:
		body = object{"user_event": object{"revoke": object{"date_time": e.At.Format(time.RFC3339), "target": object{"app_id": "13090192"}, "source": object{"user_id": a.Account}}}}
	case s.Do == "revoke":
		body = activity("oauth.revoke", "", object{"date_time": e.At.Format(time.RFC3339), "user_id": a.Account, "app_id": "29820954"})
	case s.Do == "unknown":
		body = activity("something.new", a.Account, object{"id": e.ID, "text": s.Text})
	case s.In == "direct":
		body = n.xDirect(a, e, s, old)
	case s.Do == "unsend" || s.Do == "remove":
		body = xDelete(a, e, old)
	case s.Do == "react":
		liked := object{"id_str": s.Message, "id": number(s.Message), "text": "", "user": n.xPerson(a, a.Account, true), "timestamp_ms": millis(e.At), "created_at": e.At.Format(time.RubyDate)}
		body = object{"for_user_id": a.Account, "favorite_events": []object{{"id": digest("like", e.ID), "created_at": e.At.Format(time.RubyDate), "timestamp_ms": e.At.UnixMilli(), "favorited_status": liked, "user": n.xPerson(a, e.Author, true)}}}
	case s.Do == "typing" || s.Do == "read" || s.Do == "encrypted":
		return errNotTold // in public
	case old:
		body = n.xOldPost(a, e, s)
	default:
		body = n.xPost(a, e, s)
	}
	var err error
	e.body, err = encode(body)
	return err
}

func xBody(d *delivery, _ time.Time) ([]byte, error) { return d.events[0].body, nil }

func millis(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

// activity is an event of the X Activity API, under an id that may be negative.
func activity(kind, account string, payload object) object {
	filter := object{}
	if account != "" {
		filter["user_id"] = account
	}
	return object{"data": object{"event_uuid": strconv.FormatInt(int64(rand.Uint64()), 10), "filter": filter, "event_type": kind, "tag": "skala", "payload": payload}}
}

// xPerson is somebody as X tells of them, in the shape of either API.
func (n *Network) xPerson(a *app, id string, old bool) object {
	who := n.users[user{"x", a.Name, id}]
	if id == a.Account {
		many := 5502
		who = customers.Persona{ID: a.handle, Name: a.Brand, Handle: a.handle, Picture: true, Followers: &many, Verified: true}
	}
	followers, following := 97, 45
	if who.Followers != nil {
		followers = *who.Followers
	}
	if who.Following != nil {
		following = *who.Following
	}
	picture := "https://abs.twimg.com/sticky/default_profile_images/default_profile_normal.png"
	if who.Picture {
		picture = n.cfg.Public + "/sim/picture/" + who.ID + ".png"
	}
	born := time.Date(2026, 4, 20, 19, 55, 59, 0, time.UTC)
	if followers > 20 {
		born = time.Date(2014, 5, 1, 8, 0, 0, 0, time.UTC)
	}
	if old {
		return object{
			"id": number(id), "id_str": id, "name": cmp.Or(who.Name, who.ID), "screen_name": handleOf(who), "location": "", "description": who.About, "protected": false,
			"verified": who.Verified, "followers_count": followers, "friends_count": following, "statuses_count": 50, "created_at": born.Format(time.RubyDate),
			"default_profile_image": !who.Picture, "profile_image_url_https": picture,
		}
	}
	verified := "none"
	if who.Verified {
		verified = "blue"
	}
	return object{
		"id": id, "name": cmp.Or(who.Name, who.ID), "username": handleOf(who), "created_at": born.Format("2006-01-02T15:04:05.000Z"), "description": who.About,
		"profile_image_url": picture, "protected": false, "verified": who.Verified, "verified_type": verified,
		"public_metrics": object{"followers_count": followers, "following_count": following, "tweet_count": 50, "listed_count": 0, "like_count": 26, "media_count": 3},
	}
}

// said is a post of e's with what it says and speaks to.
func (n *Network) said(a *app, e *Event, s *Say) (by, text, parent, quoted, root string) {
	by, text, root = e.Author, s.Text, e.Message
	own := s.Do == "elsewhere" || s.Do == "publish" || s.Do == "echo"
	if own {
		by = a.Account
	}
	parent = s.Message
	if e.sent != nil {
		parent = e.sent.Answers
	}
	switch {
	case s.Do == "edit":
		parent = ""
	case parent == "" && s.In == "reply" && !own:
		parent = a.root("x")
	case parent == "" && s.In == "quote" && !own:
		quoted = a.root("x")
	}
	if parent != "" {
		root = n.xRoot(a, parent)
	}
	if !own && quoted == "" && !strings.Contains(text, "@"+a.handle) {
		text = "@" + a.handle + " " + text
	}
	return by, text, parent, quoted, root
}

// xRoot is the post that a conversation began with.
func (n *Network) xRoot(a *app, message string) string {
	if _, t, ok := n.line(message); ok && t.In != "reply" {
		return t.Lines[0].Message
	}
	return a.root("x")
}

// by is who wrote a message that somebody speaks to.
func (n *Network) writer(a *app, message string) string {
	if l, _, ok := n.line(message); ok && l.Author != "" {
		return l.Author
	}
	return a.Account
}

func (n *Network) xPost(a *app, e *Event, s *Say) object {
	by, text, parent, quoted, root := n.said(a, e, s)
	kind := "post.mention.create"
	p := object{
		"id": e.Message, "text": text, "author_id": by, "created_at": e.At.Format("2006-01-02T15:04:05.000Z"), "conversation_id": root, "edit_history_tweet_ids": []string{e.Message},
		"lang": "und", "possibly_sensitive": false, "reply_settings": "everyone", "display_text_range": []int{0, len([]rune(text))},
		"public_metrics": object{"retweet_count": 0, "reply_count": 0, "like_count": 0, "quote_count": 0},
	}
	if at := strings.Index(text, "@"+a.handle); at >= 0 {
		start := len([]rune(text[:at]))
		p["entities"] = object{"mentions": []object{{"start": start, "end": start + 1 + len(a.handle), "username": a.handle, "id": a.Account}}}
	}
	var refers []object
	if parent != "" {
		kind = "post.reply.create"
		p["in_reply_to_tweet_id"], p["in_reply_to_user_id"] = parent, n.writer(a, parent)
		refers = append(refers, object{"type": "replied_to", "id": parent})
	}
	if quoted != "" {
		kind = "post.quote.create"
		refers = append(refers, object{"type": "quoted", "id": quoted})
	}
	if refers != nil {
		p["referenced_tweets"] = refers
	}
	if by == a.Account {
		kind = "post.create"
	}
	if s.Do == "edit" { // an edit is a post with a history
		next := "2" + n.messageID(n.cfg.Now())
		p["id"], p["edit_history_tweet_ids"] = next, []string{e.Message, next}
	}
	body := activity(kind, a.Account, p)
	includes := object{"users": []object{n.xPerson(a, by, false), n.xPerson(a, a.Account, false)}}
	if s.Do == "picture" {
		p["attachments"] = object{"media_keys": []string{"3_" + e.Message}}
		includes["media"] = []object{{"media_key": "3_" + e.Message, "type": "photo", "url": n.cfg.Public + "/sim/picture/" + e.Message + ".png"}}
	}
	if _, ok := n.fault("thin", a, e.part); ok && by != a.Account {
		includes = object{}
	}
	body["data"].(object)["includes"] = includes
	if _, ok := n.fault("twin", a, e.part); ok && by != a.Account {
		twin := *e
		other := activity("post.mention.create", a.Account, p)
		other["data"].(object)["includes"] = includes
		twin.ID = e.ID + "-twin"
		twin.body, _ = encode(other) // what was encoded once is again
		e.twin = &twin
	}
	return body
}

func (n *Network) xOldPost(a *app, e *Event, s *Say) object {
	by, text, parent, quoted, _ := n.said(a, e, s)
	p := object{
		"created_at": e.At.Format(time.RubyDate), "timestamp_ms": millis(e.At), "id": number(e.Message), "id_str": e.Message, "text": text, "truncated": false, "lang": "und",
		"user": n.xPerson(a, by, true), "is_quote_status": quoted != "", "favorited": false, "retweeted": false,
		"in_reply_to_status_id": nil, "in_reply_to_status_id_str": nil, "in_reply_to_user_id": nil, "in_reply_to_user_id_str": nil, "in_reply_to_screen_name": nil,
		"entities": object{"user_mentions": []object{{"screen_name": a.handle, "name": a.Brand, "id": number(a.Account), "id_str": a.Account, "indices": []int{0, 1 + len(a.handle)}}}},
	}
	if long := []rune(text); len(long) > 140 {
		p["text"], p["truncated"], p["extended_tweet"] = string(long[:139])+"…", true, object{"full_text": text}
	}
	if parent != "" {
		to := n.writer(a, parent)
		p["in_reply_to_status_id"], p["in_reply_to_status_id_str"], p["in_reply_to_user_id"], p["in_reply_to_user_id_str"] = number(parent), parent, number(to), to
	}
	if quoted != "" {
		p["quoted_status"] = object{"id": number(quoted), "id_str": quoted, "text": "Something new", "user": n.xPerson(a, a.Account, true)}
		p["quoted_status_id_str"] = quoted
	}
	if s.Do == "picture" {
		p["extended_entities"] = object{"media": []object{{"id_str": e.Message, "type": "photo", "media_url_https": n.cfg.Public + "/sim/picture/" + e.Message + ".png"}}}
	}
	return object{"for_user_id": a.Account, "user_has_blocked": "false", "tweet_create_events": []object{p}}
}

func xDelete(a *app, e *Event, old bool) object {
	by := e.Author
	if e.Do == "remove" {
		by = a.Account
	}
	if old || by != a.Account { // the other one tells of our own posts alone
		return object{"for_user_id": a.Account, "tweet_delete_events": []object{{"status": object{"id": e.Message, "user_id": by}, "timestamp_ms": millis(e.At)}}}
	}
	return activity("post.delete", a.Account, object{"id": e.Message, "author_id": by})
}

// xDirect makes what X posts about a direct message, or about one of ours.
func (n *Network) xDirect(a *app, e *Event, s *Say, old bool) object {
	from, to, kind := e.customer(), a.Account, "dm.received"
	if s.Do == "elsewhere" || s.Do == "echo" {
		from, to, kind = to, from, "dm.sent"
	}
	users := object{}
	for _, id := range []string{from, to} {
		users[id] = n.xPerson(a, id, true)
		if !old {
			users[id] = object{"data": n.xPerson(a, id, false)}
		}
	}
	target := object{"recipient_id": to}
	switch s.Do {
	case "read":
		return object{"for_user_id": a.Account, "direct_message_mark_read_events": []object{{"created_timestamp": millis(e.At), "sender_id": from, "target": target, "last_read_event_id": cmp.Or(s.Message, "1")}}, "users": users}
	case "typing":
		return object{"for_user_id": a.Account, "direct_message_indicate_typing_events": []object{{"created_timestamp": millis(e.At), "sender_id": from, "target": target}}, "users": users}
	case "encrypted":
		return activity("chat.received", a.Account, object{"id": e.Message, "conversation_id": pair(a.Account, from), "sender_id": from, "created_at_msec": millis(e.At), "encoded_event": digest("cipher", e.ID)})
	}
	data := object{"text": s.Text, "entities": object{"hashtags": []any{}, "symbols": []any{}, "user_mentions": []any{}, "urls": []any{}}}
	if s.Do == "picture" {
		data["attachment"] = object{"type": "media", "media": object{"id": number(e.Message), "id_str": e.Message, "type": "photo", "media_url_https": n.cfg.Public + "/sim/picture/" + e.Message + ".png"}}
	}
	events := []object{{"type": "message_create", "id": e.Message, "created_timestamp": millis(e.At), "message_create": object{"target": target, "sender_id": from, "message_data": data}}}
	if old {
		return object{"for_user_id": a.Account, "direct_message_events": events, "users": users}
	}
	return activity(kind, a.Account, object{"direct_message_events": events, "users": users})
}

// pair is the id of a direct conversation, the smaller id first.
func pair(a, b string) string {
	if len(a) > len(b) || len(a) == len(b) && a > b {
		a, b = b, a
	}
	return a + "-" + b
}
