package tiktok

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// The forms of messages that replying depends on.
const (
	FormMention = "mention" // a video of somebody's own that speaks of the account, or a comment below one
	FormNotice  = "notice"  // that somebody in Europe wrote, and no more is known
)

// notice is the event that tells of a message without sender and words.
const notice = "im_receive_msg_eu"

// Parse reads one event. One that TikTok has added since comes out as
// desk.Unsupported. What does not say what it is, and what is about something that
// cannot be read, is an error.
func (w *Webhooks) Parse(raw desk.RawEvent) (desk.Event, error) {
	var d, inside wire.Document
	if err := d.Read(raw.Body); err != nil || !d.Root().IsObject() {
		return desk.Event{}, errors.New("tiktok: reading event: it is no JSON object")
	}
	in := d.Root()
	is, content := in.Get("event").Text(), in.Get("content")
	if is == "" {
		return desk.Event{}, errors.New("tiktok: reading event: it does not say what it is")
	}
	about := content
	if !about.IsObject() {
		about = wire.Value{}
		if inside.Read([]byte(content.Text())) == nil {
			about = inside.Root()
		}
	}
	e := desk.Event{
		Kind: desk.Unsupported, Platform: Name, Account: in.Get("user_openid").Text(), Channel: string(Name),
		Direction: desk.In, Visibility: desk.Private, Time: instant(cmp.Or(about.Get("timestamp").Text(), in.Get("create_time").Text())),
	}
	// What has no id of its own is told from others by what it says, and when.
	words := []byte(content.Text())
	if len(words) == 0 {
		words = content.Raw()
	}
	sum := sha256.Sum256(words)
	e.Key = is + ":" + cmp.Or(about.Get("timestamp").Text(), in.Get("create_time").Text()) + ":" + hex.EncodeToString(sum[:8])
	known := true
	switch is {
	case "comment.update":
		comment(&e, about)
	case "im_receive_msg", "im_send_msg":
		known = message(&e, about, is == "im_send_msg")
	case notice:
		e.Kind, e.Needs, e.Form = desk.FetchRequired, desk.NeedsContent, FormNotice
	case "im_mark_read_msg":
		known = seen(&e, about)
	case "im_receive_high_intent_comment":
		known = intent(&e, about)
	case "im_referral_msg": // came in by an advertisement or a link, and said nothing yet
		e.Kind, e.Author, e.Conversation = desk.Contact, personal(about), about.Get("conversation_id").Text()
	case "brand.mention.event":
		known = mention(&e, about, in.Get("create_time").Text())
	case "authorization.removed":
		e.Kind, e.Problem = desk.AccountChanged, removed(about.Get("reason").Text())
	}
	if !known || !about.IsObject() && is != "authorization.removed" && e.Kind != desk.Unsupported {
		return desk.Event{}, errors.New("tiktok: reading event: what it is about is missing")
	}
	complete(&e, raw)
	e.Profile = e.Kind == desk.MessageCreated && e.Author.ID != "" && e.Author.Name == "" && e.Form != FormMention && e.Form != FormNotice
	if e.Conversation == "" { // says not where: no one's thread
		e.Conversation, e.Crowded = e.Key, false
	}
	return e, nil
}

// comment reads what happened to a comment below one of the account's videos.
func comment(e *desk.Event, in wire.Value) {
	id, action := in.Get("comment_id").Text(), strings.ToLower(in.Get("comment_action").Text())
	e.Visibility, e.Conversation, e.Crowded = desk.Public, in.Get("video_id").Text(), true
	e.Author.ID = in.Get("unique_identifier").Text()
	if e.Conversation != "" {
		e.Permalink = "https://www.tiktok.com/player/v1/" + e.Conversation
	}
	if id == "" || action == "" {
		return
	}
	e.Key = id + ":" + action + ":" + in.Get("timestamp").Text()
	ours := e.Author.ID != "" && e.Author.ID == e.Account
	if ours {
		e.Direction = desk.Out
	}
	switch action {
	case "insert":
		e.ID, e.Parent, e.Text = id, above(in), in.Get("text").Text()
		switch {
		case ours:
			e.Kind = desk.Echo
		case e.Text == "":
			e.Kind, e.Needs = desk.FetchRequired, desk.NeedsContent
		default:
			e.Kind = desk.MessageCreated
		}
	case "delete":
		e.Kind, e.Target = desk.MessageDeleted, id
	case "set_to_public", "set_to_hidden", "set_to_friends_only":
		e.Kind, e.Target, e.Moderation = desk.Moderation, id, desk.HideMessage
		if action == "set_to_public" {
			e.Moderation = desk.UnhideMessage
		}
		if ours && action == "set_to_public" { // TikTok has looked at it, and shows it
			e.Kind, e.Moderation, e.Delivery = desk.Receipt, "", desk.Delivered
		}
	}
}

// above is the comment that one answers, empty for one below the video itself.
func above(in wire.Value) string {
	if parent := in.Get("parent_comment_id").Text(); parent != "0" {
		return parent
	}
	return ""
}

// message reads a direct message, and reports false for one without an id. sent says
// that the account wrote it, by whichever way.
func message(e *desk.Event, in wire.Value, sent bool) bool {
	id := in.Get("message_id").Text()
	from := person(in.Get("from_user"), in.Get("from").Text())
	sent = sent || from.ID != "" && from.ID == e.Account
	e.Key, e.Conversation = id, in.Get("conversation_id").Text()
	e.Kind, e.ID, e.Author = desk.MessageCreated, id, from
	if !sent {
		e.Author.ID = cmp.Or(from.ID, in.Get("unique_identifier").Text())
	} else {
		e.Kind, e.Direction, e.Of = desk.Echo, desk.Out, cmp.Or(in.Get("to_user").Get("id").Text(), in.Get("unique_identifier").Text())
		if source := in.Get("message_tag").Get("source").Text(); source == "APP" || source == "WEB" {
			e.Direction = desk.OutElsewhere
		}
	}
	said(e, in)
	return id != ""
}

// said reads what a message says, of a webhook or of TikTok's lists, which spell its
// type otherwise.
func said(e *desk.Event, in wire.Value) {
	e.Text, e.Parent = in.Get("text").Get("body").Text(), in.Get("referenced_message_info").Get("referenced_message_id").Text()
	kind := strings.ToLower(cmp.Or(in.Get("type").Text(), in.Get("message_type").Text()))
	part := in.Get(kind)
	switch kind {
	case "text", "":
	case "reaction":
		for one := range part.Elements() {
			e.Kind, e.ID, e.Target = desk.Reaction, "", one.Get("original_msg_id").Text()
			break
		}
	case "share_post":
		e.Attachments = []desk.Attachment{{Type: "post", URL: part.Get("embed_url").Text(), ID: part.Get("video_id").Text()}}
	case "template":
		var titles []string
		for one := range part.Get("elements").Elements() {
			titles = append(titles, one.Get("title").Text())
		}
		e.Text = strings.TrimSpace(cmp.Or(e.Text, part.Get("title").Text(), strings.Join(titles, "\n")))
	default: // image, video, sticker, emoji, and what comes one day
		e.Attachments = []desk.Attachment{{Type: kind, URL: part.Get("url").Text(), ID: part.Get("media_id").Text()}}
	}
}

// seen reads how far somebody has read.
func seen(e *desk.Event, in wire.Value) bool {
	until := in.Get("read").Get("last_read_timestamp").Text()
	e.Author, e.Conversation = personal(in), in.Get("conversation_id").Text()
	if in.Get("from_user").Get("role").Text() == "business_account" || e.Author.ID != "" && e.Author.ID == e.Account {
		e.Kind = desk.Control // the account itself
		return true
	}
	e.Kind, e.Delivery, e.Until = desk.Receipt, desk.Read, instant(until)
	e.Key = "read:" + e.Conversation + ":" + cmp.Or(until, in.Get("timestamp").Text())
	return e.Conversation != ""
}

// intent reads a comment of which TikTok thinks that it is by a buyer. It comes as a
// comment as well, under the same key where both know the video.
func intent(e *desk.Event, in wire.Value) bool {
	id := in.Get("comment_id").Text()
	e.Kind, e.Key, e.ID, e.Author = desk.MessageCreated, id+":insert:"+in.Get("timestamp").Text(), id, personal(in)
	e.Visibility, e.Crowded, e.Parent = desk.Public, true, above(in)
	e.Conversation = cmp.Or(in.Get("video_id").Text(), id)
	e.Text = cmp.Or(in.Get("comment_text").Text(), in.Get("text").Text())
	return id != ""
}

// mention reads that somebody speaks of the account: in a video of theirs, which has
// its caption, or in a comment, whose words TikTok leaves out.
func mention(e *desk.Event, in wire.Value, at string) bool {
	video, id := in.Get("video_id").Text(), in.Get("comment_id").Text()
	e.Kind, e.Form, e.Visibility, e.Conversation, e.Crowded = desk.MessageCreated, FormMention, desk.Public, video, true
	e.Author.ID, e.Permalink = in.Get("unique_identifier").Text(), in.Get("share_url").Text()
	switch kind := strings.ToUpper(strings.ReplaceAll(in.Get("mention_type").Text(), " ", "_")); {
	case id == "0", id == "", kind == "VIDEO_MENTION":
		e.ID, e.Key, e.Text = video, video, in.Get("video_caption").Text()
		e.Attachments = []desk.Attachment{{Type: "post", URL: e.Permalink, ID: video}}
	default:
		e.ID, e.Key = id, id+":mention"
		e.Kind, e.Needs = desk.FetchRequired, desk.NeedsContent
	}
	if e.Author.ID != "" && e.Author.ID == e.Account {
		e.Kind, e.Direction, e.Needs = desk.Echo, desk.Out, desk.NeedsNothing
	}
	switch change := strings.ToUpper(in.Get("type_of_event").Text()); {
	case change == "EDIT" && e.Needs == desk.NeedsNothing && e.Kind == desk.MessageCreated:
		e.Kind, e.Target, e.Anew, e.Key = desk.MessageEdited, video, true, video+":edit:"+at
	case change != "" && change != "CREATE": // who may see it, or what comes one day
		e.Kind, e.Needs, e.Key = desk.Unsupported, desk.NeedsNothing, e.Key+":"+strings.ToLower(change)+":"+at
	}
	return video != ""
}

// personal is the customer of an event, whom most name twice.
func personal(in wire.Value) desk.Author {
	who := person(in.Get("from_user"), in.Get("from").Text())
	who.ID = cmp.Or(who.ID, in.Get("unique_identifier").Text())
	return who
}

func person(in wire.Value, handle string) desk.Author {
	return desk.Author{ID: in.Get("id").Text(), Handle: handle}
}

// removed says why TikTok took our permission away.
func removed(reason string) string {
	switch reason {
	case "1":
		return "the account's owner disconnected the app in TikTok"
	case "2":
		return "the account was deleted"
	case "3":
		return "the age of the account's owner was changed"
	case "4":
		return "TikTok has banned the account"
	case "5":
		return "the app gave its permission back"
	}
	return "TikTok took the app's permission away, and does not say why"
}

// complete gives a thin event what the fetch brought, or why it brought nothing. Its
// key stays.
func complete(e *desk.Event, raw desk.RawEvent) {
	if e.Needs == desk.NeedsNothing || raw.Fetched == nil && raw.Unfetched == "" {
		return
	}
	e.Needs, e.Kind = desk.NeedsNothing, desk.MessageCreated
	var d wire.Document
	if raw.Unfetched == "" && d.Read(raw.Fetched) == nil && told(e, d.Root()) {
		if e.Author.ID != "" && e.Author.ID == e.Account {
			e.Kind, e.Direction = desk.Echo, desk.Out
		}
		return
	}
	e.Unfetched = cmp.Or(raw.Unfetched, "the platform's answer cannot be read")
}

// told reads what TikTok told about a thin event, and reports false when that is not
// it.
func told(e *desk.Event, answer wire.Value) bool {
	switch {
	case e.Form == FormNotice:
		return toldMessage(e, answer)
	case e.Form == FormMention:
		in := answer.Get("data").Get("comment")
		if !in.IsObject() {
			in = answer.Get("data")
		}
		e.Text, e.Author.Handle = in.Get("comment_text").Text(), in.Get("commenter_handle_name").Text()
		return e.Text != ""
	}
	in, ok := listed(answer, e.ID)
	if !ok {
		return false
	}
	e.Text = in.Get("text").Text()
	id := e.Author.ID
	e.Author = writer(in)
	e.Author.ID = cmp.Or(id, in.Get("unique_identifier").Text(), in.Get("user_id").Text())
	e.Parent = cmp.Or(e.Parent, above(in))
	if in.Get("owner").True() { // the video's, which is the account
		e.Author.ID = e.Account
	}
	return e.Text != ""
}

// writer is as much as a listed comment tells of who wrote it.
func writer(in wire.Value) desk.Author {
	a := desk.Author{Name: in.Get("display_name").Text(), Handle: in.Get("username").Text()}
	a.HasPicture = in.Get("profile_image").Tells()
	return a
}

// listed returns the comment of that id in a list of comments.
func listed(answer wire.Value, id string) (wire.Value, bool) {
	for in := range answer.Get("data").Get("comments").Elements() {
		if in.Get("comment_id").Is(id) {
			return in, true
		}
	}
	return wire.Value{}, false
}

// toldMessage reads a message of a conversation, as Fetch leaves it, with who takes
// part there.
func toldMessage(e *desk.Event, answer wire.Value) bool {
	in := answer.Get("message")
	conversation := cmp.Or(in.Get("conversation_id").Text(), answer.Get("conversation_id").Text())
	if !in.IsObject() || conversation == "" || in.Get("message_id").Text() == "" {
		return false
	}
	e.Form, e.Conversation, e.ID = "", conversation, in.Get("message_id").Text()
	e.Author = personal(in)
	for one := range answer.Get("participants").Elements() {
		if business(one) || e.Author.ID != "" && !one.Get("id").Is(e.Author.ID) {
			continue
		}
		e.Author.ID = cmp.Or(e.Author.ID, one.Get("id").Text())
		e.Author.Name = one.Get("display_name").Text()
	}
	if at := instant(in.Get("timestamp").Text()); !at.IsZero() {
		e.Time = at
	}
	said(e, in)
	return true
}

// business reports whether somebody is the account. Webhooks and lists spell it
// otherwise.
func business(in wire.Value) bool {
	return strings.EqualFold(in.Get("role").Text(), "business_account")
}

// instant reads a time that TikTok tells in seconds here and in milliseconds there.
func instant(text string) time.Time {
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil || n <= 0:
		return time.Time{}
	case n > 1e14:
		n /= 1000
	case n <= 1e11:
		n *= 1000
	}
	return wire.Millis(strconv.FormatInt(n, 10))
}
