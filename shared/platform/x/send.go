package x

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strings"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/split"
)

type newPost struct {
	Text  string  `json:"text"`
	Reply inReply `json:"reply"`
}

type inReply struct {
	To string `json:"in_reply_to_tweet_id"`
}

type newMessage struct {
	Text string `json:"text"`
}

// Limit returns how long one post may be. A longer text goes out as several, each
// a reply to the one before.
func (s *Sender) Limit() (limit int, unit split.Unit) { return maxPost, split.Weighted }

// Repeatable reports that X knows no reply by a key of ours: one whose outcome is
// unknown may be there, and shows as an event of our own account's.
func (s *Sender) Repeatable() bool { return false }

// Send posts a reply below the post it answers, or sends it as a direct message,
// and returns X's id of its first part. An error is a *desk.SendError. One in the
// middle of a long text is desk.SendUnknown: the beginning is out.
func (s *Sender) Send(ctx context.Context, r desk.Reply) (id string, err error) {
	send, parts := s.post, []string(nil)
	to := cmp.Or(r.ReplyTo, r.Answers.ID)
	switch {
	case r.Template != nil:
		return "", &desk.SendError{Class: desk.SendRejected, Reason: "X takes no templates"}
	case r.Answers.Form == FormEncrypted, r.Origin.Visibility == desk.Group:
		return "", &desk.SendError{Class: desk.SendRejected, Reason: "this chat can be answered in X's app alone"}
	case r.Origin.Visibility != desk.Public || r.Visibility == desk.Private:
		send, to, parts = s.message, r.To, split.Text(r.Text, maxDirect, split.Runes)
	default:
		parts = posts(r.Text)
	}
	if to == "" {
		return "", &desk.SendError{Class: desk.SendUnreachable, Reason: "there is nobody and no post to send it to"}
	}
	for n, part := range parts {
		given, next, failed := send(ctx, to, part)
		switch {
		case failed == nil:
			id, to = cmp.Or(id, given), cmp.Or(next, to)
			continue
		case n > 0:
			broken := &desk.SendError{Class: desk.SendUnknown, Reason: fmt.Sprintf("only %d of %d messages were sent, then: %s", n, len(parts), failed.Reason)}
			if failed.Class == desk.SendUnknown { // the next may show as well
				broken.After = failed.After
			}
			return "", broken
		case r.Tries > 0 && strings.HasPrefix(failed.Reason, reasonTwice):
			return "", &desk.SendError{Class: desk.SendUnknown, Reason: "X has this very text already: an earlier try may have arrived"}
		}
		return "", failed
	}
	return id, nil
}

// posts parts a text into posts. The mentions that a reply begins with are those
// it answers, and do not count.
func posts(text string) []string {
	rest := text
	for strings.HasPrefix(rest, "@") {
		end := strings.IndexAny(rest, " \n")
		if end < 0 || !plainID(rest[1:end]) {
			break
		}
		rest = strings.TrimLeft(rest[end:], " \n")
	}
	if rest == "" || rest == text {
		return split.Text(text, maxPost, split.Weighted)
	}
	parts := split.Text(rest, maxPost, split.Weighted)
	if len(parts) > 0 {
		parts[0] = text[:len(text)-len(rest)] + parts[0]
	}
	return parts
}

// post posts text as a reply to another post. The next part of it is one to this.
func (s *Sender) post(ctx context.Context, to, text string) (id, next string, failed *desk.SendError) {
	answer, failed := s.do(ctx, call{method: http.MethodPost, path: []string{"2", "tweets"}, body: newPost{Text: text, Reply: inReply{To: to}}})
	id = answer.Get("data").Get("id").Text()
	return id, id, failed
}

// message sends text directly to somebody.
func (s *Sender) message(ctx context.Context, to, text string) (id, next string, failed *desk.SendError) {
	answer, failed := s.do(ctx, call{method: http.MethodPost, path: []string{"2", "dm_conversations", "with", to, "messages"}, body: newMessage{Text: text}})
	return answer.Get("data").Get("dm_event_id").Text(), to, failed
}
