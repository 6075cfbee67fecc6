package slack

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// Parse reads one event as Split left it. A type of event that Slack has added since
// comes out as desk.Unsupported. An event without an id is an error, for it could be
// told from no other.
func (w *Webhooks) Parse(raw desk.RawEvent) (desk.Event, error) {
	if form, ok := command(raw.Body); ok {
		return commanded(form), nil
	}
	var d wire.Document
	if err := d.Read(raw.Body); err != nil || !d.Root().IsObject() {
		return desk.Event{}, errors.New("slack: reading event: it is no JSON object")
	}
	envelope := d.Root()
	e := desk.Event{
		Kind: desk.Unsupported, Key: envelope.Get("event_id").Text(), Platform: Name, Account: envelope.Get("team_id").Text(), Channel: string(Name),
		Direction: desk.In, Visibility: desk.Private, Time: seconds(envelope.Get("event_time").Text()),
	}
	switch envelope.Get("type").Text() {
	case challenge, "app_rate_limited":
		e.Kind = desk.Control
		e.Key = cmp.Or(e.Key, envelope.Get("type").Text()+":"+envelope.Get("minute_rate_limited").Text())
	case "event_callback":
		read(&e, envelope)
	}
	if e.Key == "" {
		return desk.Event{}, errors.New("slack: reading event: event_id is missing")
	}
	if e.Conversation == "" && e.Author.ID == "" { // names nobody: no one's thread
		e.Conversation = e.Key
	}
	return e, nil
}

// read reads the event of an envelope.
func read(e *desk.Event, envelope wire.Value) {
	in := envelope.Get("event")
	if at := seconds(in.Get("event_ts").Text()); !at.IsZero() {
		e.Time = at
	}
	switch in.Get("type").Text() {
	case "message", "app_mention":
		spoken(e, envelope, in)
	case "reaction_added", "reaction_removed":
		e.Kind, e.Author.ID, e.Target = desk.Reaction, in.Get("user").Text(), in.Get("item").Get("ts").Text()
		place(e, in.Get("item").Get("channel").Text(), "", cmp.Or(in.Get("item").Get("thread_ts").Text(), e.Target))
	case "app_uninstalled", "tokens_revoked":
		e.Kind, e.Problem = desk.AccountChanged, strings.ReplaceAll(in.Get("type").Text(), "_", " ")
	case "team_join", "user_change", "member_joined_channel", "member_left_channel", "app_home_opened", "channel_rename":
		e.Kind, e.Author.ID = desk.Contact, cmp.Or(in.Get("user").Text(), in.Get("user").Get("id").Text())
	}
}

// place says in which conversation something happened: a direct one is one thread, in
// a channel each message begins its own.
func place(e *desk.Event, channel, kind, thread string) {
	e.Conversation = channel
	if kind == "" && strings.HasPrefix(channel, "D") {
		kind = "im"
	}
	if kind == "im" {
		return
	}
	e.Visibility = desk.Group
	if channel != "" && thread != "" {
		e.Conversation = channel + ":" + thread
	}
}

// spoken reads what was said, changed or taken back in a channel.
func spoken(e *desk.Event, envelope, in wire.Value) {
	channel, kind, ts := in.Get("channel").Text(), in.Get("channel_type").Text(), in.Get("ts").Text()
	switch in.Get("subtype").Text() {
	case "", "file_share", "thread_broadcast", "me_message", "bot_message":
		e.Kind, e.ID = desk.MessageCreated, ts
		said(e, in)
		place(e, channel, kind, cmp.Or(in.Get("thread_ts").Text(), ts))
		if channel != "" && ts != "" { // a mention comes a second time, as a message
			e.Key = channel + ":" + ts
		}
		e.Parent = in.Get("thread_ts").Text()
		if e.Parent == ts {
			e.Parent = ""
		}
		e.Aside = e.Visibility == desk.Group && e.Parent == "" && !in.Get("type").Is("app_mention") && !mentions(in, envelope)
	case "message_changed":
		now := in.Get("message")
		e.Kind, e.Target = desk.MessageEdited, now.Get("ts").Text()
		said(e, now)
		place(e, channel, kind, cmp.Or(now.Get("thread_ts").Text(), e.Target))
		if now.Get("subtype").Is("tombstone") { // deleted, with answers below it
			e.Kind, e.Text = desk.MessageDeleted, ""
			e.Author.ID = cmp.Or(in.Get("previous_message").Get("user").Text(), e.Author.ID)
		}
	case "message_deleted":
		before := in.Get("previous_message")
		e.Kind, e.Target, e.Author.ID = desk.MessageDeleted, in.Get("deleted_ts").Text(), before.Get("user").Text()
		place(e, channel, kind, cmp.Or(before.Get("thread_ts").Text(), e.Target))
	case "message_replied":
		e.Kind = desk.Control // the answer itself comes as well
	default: // somebody joined, a topic changed
		e.Kind, e.Author.ID = desk.Contact, in.Get("user").Text()
		place(e, channel, kind, ts)
		return
	}
	e.Crowded = e.Conversation != "" // what we say names nobody whom it is for
	if ours, other := bot(in, envelope); ours || other {
		switch {
		case e.Kind == desk.MessageCreated && ours:
			e.Kind, e.Direction, e.Aside = desk.Echo, desk.Out, false
		case e.Kind == desk.MessageCreated:
			e.Aside = true // a machine of somebody else's
		}
	}
	if e.Kind == desk.MessageCreated {
		e.Profile = e.Author.ID != ""
	}
}

// said reads the words of a message, and what came with them.
func said(e *desk.Event, m wire.Value) {
	e.Author.ID, e.Text = cmp.Or(m.Get("user").Text(), m.Get("bot_id").Text()), plain(m.Get("text").Text())
	for file := range m.Get("files").Elements() {
		a := desk.Attachment{Type: "file", ID: file.Get("id").Text(), URL: file.Get("permalink").Text(), Name: file.Get("name").Text()}
		for _, is := range [...]string{"image", "video", "audio"} {
			if strings.HasPrefix(file.Get("mimetype").Text(), is+"/") {
				a.Type = is
			}
		}
		e.Attachments = append(e.Attachments, a)
	}
}

// bot reports whether a message is our app's own, or that of another machine.
func bot(in, envelope wire.Value) (ours, other bool) {
	m := in
	if in.Get("subtype").Is("message_changed") {
		m = in.Get("message")
	}
	app := envelope.Get("api_app_id").Text()
	switch {
	case app != "" && m.Get("app_id").Is(app) && m.Get("bot_id").Found(), self(envelope) != "" && m.Get("user").Is(self(envelope)):
		return true, false
	}
	return false, m.Get("bot_id").Text() != ""
}

// self is the user that our app is in the workspace.
func self(envelope wire.Value) string {
	for one := range envelope.Get("authorizations").Elements() {
		if one.Get("is_bot").True() {
			return one.Get("user_id").Text()
		}
	}
	return ""
}

func mentions(in, envelope wire.Value) bool {
	us := self(envelope)
	return us != "" && strings.Contains(in.Get("text").Text(), "<@"+us)
}

// commanded reads a slash command: what stands behind it is said to us.
func commanded(form url.Values) desk.Event {
	e := desk.Event{
		Kind: desk.MessageCreated, Key: form.Get("trigger_id"), ID: form.Get("trigger_id"), Platform: Name, Account: form.Get("team_id"), Channel: string(Name),
		Direction: desk.In, Visibility: desk.Group, Author: desk.Author{ID: form.Get("user_id"), Handle: form.Get("user_name")},
		Text: plain(cmp.Or(form.Get("text"), form.Get("command"))), Conversation: form.Get("channel_id"),
	}
	if strings.HasPrefix(e.Conversation, "D") {
		e.Visibility = desk.Private
	}
	if e.Conversation == "" && e.Author.ID == "" {
		e.Conversation = e.Key
	}
	return e
}

// plain returns what Slack's markup says: names for what is mentioned, the words of
// links with their addresses, the three characters that it escapes.
func plain(text string) string {
	if !strings.ContainsAny(text, "<&") {
		return text
	}
	var b strings.Builder
	for text != "" {
		before, rest, found := strings.Cut(text, "<")
		b.WriteString(before)
		inside, after, closed := strings.Cut(rest, ">")
		switch {
		case !found:
			text = ""
			continue
		case !closed || strings.Contains(inside, "<"):
			b.WriteByte('<')
			text = rest
			continue
		}
		b.WriteString(marked(inside))
		text = after
	}
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(b.String())
}

// marked is what stands between the brackets of Slack's markup, for people.
func marked(inside string) string {
	what, label, labelled := strings.Cut(inside, "|")
	switch {
	case strings.HasPrefix(what, "@") || strings.HasPrefix(what, "#"):
		if labelled {
			return what[:1] + label
		}
		return what
	case strings.HasPrefix(what, "!"):
		return "@" + cmp.Or(strings.TrimPrefix(label, "@"), what[1:])
	case labelled && label != what && label != strings.TrimPrefix(what, "mailto:"):
		return fmt.Sprintf("%s (%s)", label, what)
	}
	return strings.TrimPrefix(what, "mailto:")
}

// seconds reads seconds since 1970, with a fraction or without. As an id of Slack's a
// fraction tells messages apart; here it says when.
func seconds(ts string) time.Time {
	whole, fraction, _ := strings.Cut(ts, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || n <= 0 || n > 1<<40 {
		return time.Time{}
	}
	millis := (fraction + "000")[:3]
	if _, err := strconv.ParseUint(millis, 10, 16); err != nil {
		millis = "000"
	}
	return wire.Millis(whole + millis)
}
