package x

import (
	"cmp"
	"strings"
	"time"
	"unicode/utf8"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// What makes a post ours to answer, as Event.Form has it.
const (
	FormMention = "mention"
	FormReply   = "reply" // to one of ours
	FormQuote   = "quote" // of one of ours
)

// A post is what both shapes tell of one.
type post struct {
	id, text, lang       string
	author               desk.Author
	at                   time.Time
	root                 string   // of its conversation, where the shape tells it
	history              []string // its ids over all edits, the oldest first
	parent, parentAuthor string
	quoted, quotedAuthor string
	reposted             string
	entities             wire.Value // what in the text is whom it mentions, and which links
	shown                wire.Value // from where to where, in characters, the text is what was written
	attachments          []desk.Attachment
}

// oldPost reads a post of the Account Activity API.
func (r *reading) oldPost() {
	v := r.data
	p := post{
		id: text(v, "id_str", "id"), lang: v.Get("lang").Text(), author: user(v.Get("user")), at: r.time(),
		root:   text(v, "conversation_id_str", "conversation_id"),
		parent: text(v, "in_reply_to_status_id_str", "in_reply_to_status_id"), parentAuthor: text(v, "in_reply_to_user_id_str", "in_reply_to_user_id"),
		quoted: text(v, "quoted_status_id_str", "quoted_status_id"), quotedAuthor: user(v.Get("quoted_status").Get("user")).ID,
		reposted: text(v.Get("retweeted_status"), "id_str", "id"),
		history:  ids(v.Get("edit_history").Get("edit_tweet_ids"), v.Get("edit_history_tweet_ids")),
	}
	long := v.Get("extended_tweet")
	p.entities, p.shown = v.Get("entities"), v.Get("display_text_range")
	if long.IsObject() {
		p.entities, p.shown = long.Get("entities"), long.Get("display_text_range")
	}
	p.text = cmp.Or(long.Get("full_text").Text(), v.Get("note_tweet").Get("text").Text(), v.Get("full_text").Text(), v.Get("text").Text())
	for _, list := range []wire.Value{long.Get("extended_entities"), v.Get("extended_entities"), long.Get("entities"), v.Get("entities")} {
		if media := list.Get("media"); !media.Empty() {
			p.attachments = attached(media)
			break
		}
	}
	if p.reposted == "" && v.Get("retweeted_status").IsObject() {
		p.reposted = p.id
	}
	r.post(p)
}

// newPost reads a post of the X Activity API.
func (r *reading) newPost() {
	v := r.data
	p := post{
		id: v.Get("id").Text(), lang: v.Get("lang").Text(), author: r.author(v.Get("author_id").Text()), at: instant(v.Get("created_at").Text()),
		root:   v.Get("conversation_id").Text(),
		parent: v.Get("in_reply_to_tweet_id").Text(), parentAuthor: v.Get("in_reply_to_user_id").Text(),
		history:  ids(v.Get("edit_history_tweet_ids")),
		entities: v.Get("entities"), shown: v.Get("display_text_range"),
		text: cmp.Or(v.Get("note_tweet").Get("text").Text(), v.Get("text").Text()),
	}
	for about := range v.Get("referenced_tweets").Elements() {
		id := about.Get("id").Text()
		switch about.Get("type").Text() {
		case "replied_to":
			p.parent = cmp.Or(p.parent, id)
		case "quoted":
			p.quoted = id
		case "retweeted":
			p.reposted = id
		}
	}
	if r.kind == "post.quote.create" {
		p.quotedAuthor = r.event.Account // it comes for no other
	}
	if r.kind == "post.repost.create" {
		p.reposted = cmp.Or(p.reposted, p.id)
	}
	for key := range v.Get("attachments").Get("media_keys").Elements() {
		p.attachments = append(p.attachments, r.included(key.Text()))
	}
	r.post(p)
}

// addressed returns the first whom the post mentions beside an account.
func (p post) addressed(account string) string {
	for _, list := range []wire.Value{p.entities.Get("mentions"), p.entities.Get("user_mentions")} {
		for who := range list.Elements() {
			if id := text(who, "id_str", "id"); id != "" && id != account {
				return id
			}
		}
	}
	return ""
}

// asSent returns the text of a post of our own as it was handed to X, which puts
// the mentions of a reply before it and links of its own into it: nothing else
// tells that it is one of ours.
func (p post) asSent() string {
	text := p.text
	for from := range p.shown.Elements() {
		n := count(from)
		if n == nil || *n <= 0 || !strings.HasPrefix(text, "@") {
			break
		}
		for ; *n > 0 && text != ""; *n-- {
			_, size := utf8.DecodeRuneInString(text)
			text = text[size:]
		}
		break // the other is where it ends
	}
	for link := range p.entities.Get("urls").Elements() {
		if short, long := link.Get("url").Text(), link.Get("expanded_url").Text(); short != "" && long != "" {
			text = strings.ReplaceAll(text, short, long)
		}
	}
	return plain(text)
}

// ids reads the first of some lists of ids that has any.
func ids(lists ...wire.Value) []string {
	for _, list := range lists {
		if list.Empty() || list.Only().Found() { // of a post that was never edited
			continue
		}
		var all []string
		for id := range list.Elements() {
			if id := id.Text(); id != "" {
				all = append(all, id)
			}
		}
		return all
	}
	return nil
}

// post fills the event in.
func (r *reading) post(p post) {
	e := &r.event
	if p.id == "" {
		return
	}
	first := p.id // of its versions
	if len(p.history) > 0 {
		first = p.history[0]
	}
	e.Key, e.ID, e.Visibility, e.Author, e.Time = keyOf(p.id, "create"), p.id, desk.Public, p.author, p.at
	e.Text, e.Lang, e.Attachments = plain(p.text), language(p.lang), p.attachments
	e.Parent = cmp.Or(p.parent, p.quoted)
	e.Conversation = cmp.Or(p.root, p.parent, first)
	if e.Conversation == p.id {
		e.Conversation = first
	}
	e.Permalink = permalink(desk.Public, p.author.Handle, p.id)
	if p.quoted != "" {
		e.Attachments = append(e.Attachments, desk.Attachment{Type: "link", URL: permalink(desk.Public, "", p.quoted), ID: p.quoted, Name: "quoted post"})
	}
	own := e.Account != "" && p.author.ID == e.Account
	switch {
	case p.reposted != "":
		e.Kind, e.Target, e.Conversation, e.Text, e.Attachments = desk.Reaction, p.reposted, p.reposted, "", []desk.Attachment{{Type: "reaction", Name: "repost"}}
		return
	case own:
		e.Kind, e.Of = desk.Echo, p.parentAuthor
		if e.Of == e.Account { // the next part of a long reply: X names the customer in each
			e.Of = p.addressed(e.Account)
		}
		e.Text = p.asSent()
		return
	case first != p.id:
		e.Kind, e.Target, e.Anew = desk.MessageEdited, first, true
	default:
		e.Kind = desk.MessageCreated
	}
	switch {
	case p.parentAuthor != "" && p.parentAuthor == e.Account:
		e.Form = FormReply
	case p.quotedAuthor != "" && p.quotedAuthor == e.Account:
		e.Form = FormQuote
	default:
		e.Form = FormMention
	}
}

// permalink returns where a post is shown to everybody. X finds it without its
// author's name as well.
func permalink(visibility desk.Visibility, handle, id string) string {
	if visibility != desk.Public || !plainID(id) {
		return ""
	}
	if !plainID(handle) {
		handle = "i"
	}
	return "https://x.com/" + handle + "/status/" + id
}

// plainID reports whether s can stand in an address as it is.
func plainID(s string) bool {
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '_' && c != '-' {
			return false
		}
	}
	return s != ""
}

// plain undoes the three escapes that X puts into texts. Nothing else in them is
// markup.
func plain(s string) string {
	if !strings.Contains(s, "&") {
		return s
	}
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(s)
}

// language returns X's guess of a text's language, empty where it has none: und,
// zxx, and the codes of its own for texts of tags, pictures or links alone.
func language(tag string) string {
	if tag == "und" || tag == "zxx" || len(tag) == 3 && tag[0] == 'q' {
		return ""
	}
	return tag
}

// attached reads the media of the older shape.
func attached(list wire.Value) []desk.Attachment {
	var all []desk.Attachment
	for m := range list.Elements() {
		a := desk.Attachment{Type: mediaType(m.Get("type").Text()), ID: text(m, "id_str", "id"), URL: text(m, "media_url_https", "media_url")}
		if film := film(m.Get("video_info").Get("variants"), "bitrate"); film != "" {
			a.URL = film
		}
		all = append(all, a)
	}
	return all
}

// included reads one of the media of the newer shape, of which there may be no
// more than its key.
func (r *reading) included(key string) desk.Attachment {
	for m := range r.media.Elements() {
		if m = bare(m); is(m.Get("media_key"), key) {
			url := cmp.Or(film(m.Get("variants"), "bit_rate"), text(m, "url", "preview_image_url"))
			return desk.Attachment{Type: mediaType(m.Get("type").Text()), ID: key, URL: url}
		}
	}
	kind, _, _ := strings.Cut(key, "_")
	return desk.Attachment{Type: cmp.Or(map[string]string{"3": "image", "7": "video", "13": "video", "16": "video"}[kind], "media"), ID: key}
}

// film returns the address of the best of a video's versions, empty without any
// that is one file.
func film(variants wire.Value, rate string) string {
	address, best := "", int64(-1)
	for v := range variants.Elements() {
		if bits := count(v.Get(rate)); bits != nil && *bits > best {
			address, best = v.Get("url").Text(), *bits
		}
	}
	return address
}

// mediaType returns our name of one of X's types.
func mediaType(t string) string {
	switch t {
	case "photo":
		return "image"
	case "video", "animated_gif":
		return "video"
	}
	return cmp.Or(t, "media")
}
