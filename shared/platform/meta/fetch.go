package meta

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"

	"example.com/skala/shared/desk"
)

// What is asked about what a thin notice only names. How a field with a parameter
// is written is unconfirmed.
const (
	mentionedComment = "mentioned_comment.comment_id(%){text,username,timestamp}"
	mentionedMedia   = "mentioned_media.media_id(%){caption,username,permalink}"
)

// Fetch asks for what a thin notice of Instagram or Messenger leaves out, and returns Meta's
// answer as it came, a JSON object: for a mention {"mentioned_comment":{"text",
// "username","timestamp"}} or {"mentioned_media":{"caption","username",
// "permalink"}}, for an edited direct message {"message"}. An error is a
// *desk.SendError; desk.SendUnreachable is for what is gone.
func (s *Sender) Fetch(ctx context.Context, e desk.Event) ([]byte, error) {
	c := call{method: http.MethodGet, channel: e.Channel, repeatable: true}
	switch {
	case e.Channel != Instagram && e.Channel != Messenger || e.Needs != desk.NeedsContent:
		return nil, &desk.SendError{Class: desk.SendRejected, Reason: "there is nothing to ask Meta for"}
	case e.Form != FormMention:
		if e.Target == "" {
			return nil, &desk.SendError{Class: desk.SendRejected, Reason: "the notice does not name the message"}
		}
		c.path, c.query = []string{e.Target}, url.Values{"fields": {"message"}}
	default:
		field, id := mentionedMedia, e.ID
		if e.Parent != "" {
			field = mentionedComment
		}
		if id == "" || strings.ContainsAny(id, "(){},. ") { // it stands inside the syntax of fields
			return nil, &desk.SendError{Class: desk.SendRejected, Reason: "the notice names nothing that can be asked for"}
		}
		c.path, c.query = []string{s.Account}, url.Values{"fields": {strings.Replace(field, "%", id, 1)}}
	}
	_, raw, failed := s.do(ctx, c)
	if failed != nil {
		return nil, failed
	}
	if raw = bytes.TrimSpace(raw); len(raw) == 0 {
		return nil, &desk.SendError{Class: desk.SendRetry, Reason: "Meta's answer is empty"}
	}
	return raw, nil
}
