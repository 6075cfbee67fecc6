package youtube

import (
	"cmp"
	"errors"
	"fmt"
	"html"
	"net/url"
	"strings"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// Parse reads one event as Split left it: a video, or a comment. What the Data API
// has added since comes out as desk.Unsupported. A comment without an id is an error,
// for it could be told from no other.
func (w *Webhooks) Parse(raw desk.RawEvent) (desk.Event, error) {
	if isFeed(raw.Body) {
		return parseFeed(raw)
	}
	envelope, err := wire.Open(raw.Body, list)
	if err != nil {
		return desk.Event{}, fmt.Errorf("youtube: reading event: %w", err)
	}
	if len(envelope.Events) != 1 {
		return desk.Event{}, errors.New("youtube: reading event: there is no single comment in it")
	}
	item := envelope.Events[0]
	c := commentOf(item)
	e := desk.Event{
		Kind: desk.Unsupported, Key: c.key(), Platform: Name, Account: channelOf(item, envelope.Field("channelId")), Channel: string(Name),
		Direction: desk.In, Visibility: desk.Public, Conversation: c.thread(),
	}
	if c.id == "" {
		return desk.Event{}, errors.New("youtube: reading event: id is missing")
	}
	if kind := item.Get("kind").Text(); kind != "" && kind != "youtube#comment" || !item.Get("snippet").IsObject() || thread(item) != nil {
		return e, nil
	}
	tell(&e, item, c)
	return e, nil
}

// A comment is what names one and tells its versions apart.
type comment struct{ id, parent, published, updated string }

func commentOf(item wire.Value) comment {
	s := item.Get("snippet")
	c := comment{id: item.Get("id").Text(), parent: s.Get("parentId").Text(), published: s.Get("publishedAt").Text()}
	c.updated = cmp.Or(s.Get("updatedAt").Text(), c.published)
	return c
}

// key names a version of a comment.
func (c comment) key() string {
	if c.updated == "" {
		return c.id
	}
	return c.id + ":" + c.updated
}

// thread is the comment that began the thread: the id of an answer begins with it.
func (c comment) thread() string {
	first, _, _ := strings.Cut(c.id, ".")
	return cmp.Or(c.parent, first, c.id)
}

// tell reads what a comment says.
func tell(e *desk.Event, item wire.Value, c comment) {
	s := item.Get("snippet")
	e.Kind, e.ID, e.Parent, e.Crowded = desk.MessageCreated, c.id, c.parent, true
	e.Time = wire.ISO(c.published)
	e.Author.ID = s.Get("authorChannelId").Get("value").Text()
	name := s.Get("authorDisplayName").Text()
	if handle, ok := strings.CutPrefix(name, "@"); ok {
		e.Author.Handle = handle
	} else {
		e.Author.Name = name
	}
	if e.Text = s.Get("textOriginal").Text(); e.Text == "" { // told to the video's owner alone
		e.Text = plain(s.Get("textDisplay").Text())
	}
	if video := s.Get("videoId").Text(); video != "" {
		e.Permalink = "https://www.youtube.com/watch?v=" + url.QueryEscape(video) + "&lc=" + url.QueryEscape(c.id)
	}
	switch {
	case e.Author.ID != "" && e.Author.ID == e.Account:
		e.Kind, e.Direction = desk.Echo, desk.Out
	case c.published != "" && c.updated != c.published: // we may see it for the first time
		e.Kind, e.Target, e.Anew = desk.MessageEdited, c.id, true
		e.Time = wire.ISO(c.updated)
	default:
		e.Profile = e.Author.ID != ""
	}
}

// plain returns what the HTML of a comment says.
func plain(text string) string {
	if !strings.ContainsAny(text, "<&") {
		return text
	}
	var b strings.Builder
	for text != "" {
		before, rest, found := strings.Cut(text, "<")
		b.WriteString(before)
		tag, after, closed := strings.Cut(rest, ">")
		switch {
		case !found:
			text = ""
			continue
		case !closed:
			b.WriteString("<" + rest)
			text = ""
			continue
		}
		if name := strings.Trim(strings.ToLower(tag), "/ "); name == "br" || name == "p" {
			b.WriteByte('\n')
		}
		text = after
	}
	return html.UnescapeString(b.String())
}
