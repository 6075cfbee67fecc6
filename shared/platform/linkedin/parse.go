package linkedin

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// FormMention is a post of somebody's own that speaks of the page.
const FormMention = "mention"

// Parse reads one event as Split left it. An action that LinkedIn has added since
// comes out as desk.Unsupported. A notification without an id is an error, for it
// could be told from no other.
func (w *Webhooks) Parse(raw desk.RawEvent) (desk.Event, error) {
	envelope, err := wire.Open(raw.Body, list)
	if err != nil {
		return desk.Event{}, fmt.Errorf("linkedin: reading event: %w", err)
	}
	if len(envelope.Events) != 1 {
		return desk.Event{}, errNone
	}
	n := envelope.Events[0]
	e := desk.Event{
		Kind: desk.Unsupported, Key: n.Get("notificationId").Text(), Platform: Name, Account: n.Get("organizationalEntity").Text(), Channel: string(Name),
		Direction: desk.In, Visibility: desk.Public, Time: wire.Millis(n.Get("lastModifiedAt").Text()), Crowded: true,
	}
	if e.Key == "" {
		return desk.Event{}, errors.New("linkedin: reading event: notificationId is missing")
	}
	read(&e, n)
	complete(&e, raw)
	if e.Conversation == "" { // names no post: no one's thread
		e.Conversation, e.Crowded = e.Key, false
	}
	return e, nil
}

// read reads what a notification says.
func read(e *desk.Event, n wire.Value) {
	shown := n.Get("decoratedGeneratedActivity")
	said, form := shown.Get("comment"), ""
	if !said.Found() {
		said, form = shown.Get("share"), FormMention
	}
	id := urn(cmp.Or(said.Get("entity").Text(), n.Get("generatedActivity").Text()))
	if strings.HasPrefix(id, commentURN) {
		form = ""
	}
	e.Conversation = urn(n.Get("sourcePost").Text())
	action := n.Get("action").Text()
	switch action {
	case "COMMENT", "SHARE_MENTION", "SHARE":
		e.Kind, e.ID = desk.MessageCreated, id
		if e.Form = form; action != "COMMENT" {
			e.Form = FormMention
			e.Conversation = cmp.Or(id, e.Conversation) // their own post, under which we answer
		}
	case "ADMIN_COMMENT":
		e.Kind, e.Direction, e.ID = desk.Echo, desk.Out, id
	case "COMMENT_EDIT":
		e.Kind, e.Target = desk.MessageEdited, id
	case "COMMENT_DELETE":
		e.Kind, e.Target = desk.MessageDeleted, id
	case "LIKE":
		e.Kind, e.Target = desk.Reaction, cmp.Or(id, e.Conversation)
	default:
		return
	}
	if e.Conversation != "" {
		e.Permalink = "https://www.linkedin.com/feed/update/" + e.Conversation
	}
	tell(e, said)
	if e.Author.ID != "" && e.Author.ID == e.Account && e.Kind == desk.MessageCreated { // the page itself, by whichever way
		e.Kind, e.Direction, e.Form = desk.Echo, desk.Out, ""
	}
	if e.Text != "" || len(e.Attachments) > 0 || e.Kind != desk.MessageCreated && e.Kind != desk.MessageEdited {
		return
	}
	if action == "SHARE" && said.Found() { // passed on without a word
		e.Kind, e.Target, e.Form = desk.Reaction, e.Conversation, ""
		return
	}
	e.Kind, e.Needs = desk.FetchRequired, desk.NeedsContent
}

// tell adds who wrote something and what, as notifications show it or LinkedIn
// answers when it is asked.
func tell(e *desk.Event, said wire.Value) {
	e.Author.ID = cmp.Or(said.Get("owner").Text(), said.Get("actor").Text(), said.Get("author").Text(), e.Author.ID)
	if e.Kind == desk.MessageDeleted {
		return
	}
	e.Text = cmp.Or(said.Get("text").Text(), said.Get("message").Get("text").Text(), said.Get("text").Get("text").Text(), said.Get("commentary").Text())
	for _, parent := range []string{said.Get("parentComment").Text(), said.Get("object").Text()} {
		if parent = urn(parent); strings.HasPrefix(parent, commentURN) && parent != e.ID {
			e.Parent = cmp.Or(e.Parent, parent)
		}
	}
	for part := range said.Get("content").Elements() {
		a := desk.Attachment{Type: strings.ToLower(cmp.Or(part.Get("type").Text(), "image")), URL: part.Get("url").Text(), ID: part.Get("entity").Get("image").Text()}
		if a.URL != "" || a.ID != "" {
			e.Attachments = append(e.Attachments, a)
		}
	}
}

// complete gives a thin event what the fetch brought, or why it brought nothing. Its
// key stays.
func complete(e *desk.Event, raw desk.RawEvent) {
	if e.Needs == desk.NeedsNothing || raw.Fetched == nil && raw.Unfetched == "" {
		return
	}
	e.Needs = desk.NeedsNothing
	edited := e.Target != ""
	var d wire.Document
	if raw.Unfetched == "" && d.Read(raw.Fetched) == nil && d.Root().IsObject() {
		tell(e, d.Root())
	}
	switch {
	case e.Text == "" && len(e.Attachments) == 0:
		e.Kind, e.Unfetched = desk.MessageCreated, cmp.Or(raw.Unfetched, "the platform's answer cannot be read")
		if edited { // of no use without its words, so that somebody looks
			e.Parent, e.Target = e.Target, ""
		}
	case edited:
		e.Kind = desk.MessageEdited
	case e.Author.ID != "" && e.Author.ID == e.Account:
		e.Kind, e.Direction, e.Form = desk.Echo, desk.Out, ""
	default:
		e.Kind = desk.MessageCreated
	}
}

const commentURN = "urn:li:comment:("

// urn returns LinkedIn's name of something in one of its two spellings.
func urn(name string) string {
	inner, comment := strings.CutPrefix(name, commentURN)
	if !comment || strings.HasPrefix(inner, "urn:li:") {
		return name
	}
	return commentURN + "urn:li:" + inner
}
