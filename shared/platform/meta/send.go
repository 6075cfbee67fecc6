package meta

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/split"
)

// A Sender sends for one account: a page, with its Messenger inbox and its
// comments, an Instagram account, a number of WhatsApp, or a profile of Threads.
// Each message goes out once. Meta knows no key by which it would recognise one
// that it has had, so whatever may have arrived is for an echo or a status to
// show, or for a person to check.
type Sender struct {
	Account string // the id by which webhooks name the account
	Page    string // of an Instagram account that was connected through a Facebook page: that page's id
	Token   string // of the page, the Instagram account, the business or the profile
	Secret  string // of the app, where that wants each call proved; else empty

	GraphVersion   string // in place of GraphVersion and WhatsAppVersion; empty for those
	ThreadsVersion string // in place of ThreadsVersion; empty for that

	API  string           // an origin that stands in for all of Graph's; empty in earnest
	HTTP *http.Client     // its timeout bounds every call
	Now  func() time.Time // for windows, and for answers that ask for patience until a date
}

// echoes is how long Meta may take to show a message of ours to our webhooks, as an
// echo, a comment or a status.
const echoes = 45 * time.Second

// Repeatable reports that Meta does not recognise a reply it has had.
func (s *Sender) Repeatable() bool { return false }

// A way is how the messages of one reply get to where they belong.
type way struct {
	limit  int
	unit   split.Unit
	single bool // one message is all there can be
	post   post
}

// A message is one of those that a reply goes out as.
type message struct {
	text, tag string
	after     string // the id of the one before, if any
}

// Send hands a reply to Meta and returns the id of its first message. Any error is
// a *desk.SendError. What Meta would refuse for certain is refused without a call:
// free text after its window, a second message to what takes one. Of a long reply
// that breaks off in the middle nobody can send the rest alone, so that is for a
// person to check, however it came.
func (s *Sender) Send(ctx context.Context, r desk.Reply) (id string, err error) {
	out, failed := s.route(r)
	if failed != nil {
		return "", failed
	}
	parts := []string{""} // a template has no text of its own
	if r.Template == nil {
		parts = split.Text(r.Text, out.limit, out.unit)
	}
	if len(parts) == 0 { // so much white space that none of it is left
		return "", &desk.SendError{Class: desk.SendRejected, Reason: "there is nothing to send"}
	}
	if out.single && len(parts) > 1 {
		return "", &desk.SendError{Class: desk.SendRejected, Reason: fmt.Sprintf("a private reply is one message, of %d %s at most", out.limit, out.unit)}
	}
	last := ""
	for n, part := range parts {
		given, failed := out.post(ctx, message{text: part, tag: r.Tag(n, len(parts)), after: last})
		if failed != nil && n > 0 {
			failed = brokenOff(failed, n, len(parts))
		}
		if failed != nil {
			return "", failed
		}
		if n == 0 {
			id = given
		}
		last = given
	}
	return id, nil
}

// brokenOff says that only the first n messages of a reply arrived. There is
// nothing to wait for unless the next may have arrived too.
func brokenOff(failed *desk.SendError, n, parts int) *desk.SendError {
	broken := &desk.SendError{Class: desk.SendUnknown, Reason: fmt.Sprintf("only %d of %d messages were delivered, then: %s", n, parts, failed.Reason)}
	if failed.Class == desk.SendUnknown {
		broken.After = failed.After
	}
	return broken
}

// route finds how r gets to where it belongs, or why it cannot.
func (s *Sender) route(r desk.Reply) (way, *desk.SendError) {
	private := r.Visibility == desk.Private && r.Origin.Visibility == desk.Public
	limit, unit := longest(r.Origin, private)
	out := way{limit: limit, unit: unit, single: private}
	may := Capability(r.Origin, r.Answers)
	switch {
	case len(may.Channels) == 0:
		return way{}, &desk.SendError{Class: desk.SendRejected, Reason: "Meta has no such channel"}
	case r.Template != nil && may.AfterWindow != desk.TemplateAfter:
		return way{}, &desk.SendError{Class: desk.SendRejected, Reason: "only WhatsApp takes templates"}
	}
	var failed *desk.SendError
	switch {
	case private:
		out.post, failed = s.privately(r, may)
	case slices.Contains(may.Channels, desk.DirectReply):
		out.post, failed = s.directly(r, may)
	default:
		out.post, failed = s.publicly(r, may)
	}
	return out, failed
}

// A post hands one message over.
type post = func(ctx context.Context, m message) (id string, failed *desk.SendError)

// A direct is the body of a direct message by Messenger or Instagram.
type direct struct {
	Recipient recipient  `json:"recipient"`
	Type      string     `json:"messaging_type,omitempty"`
	Tag       string     `json:"tag,omitempty"`
	Message   directText `json:"message"`
}

// A recipient is a person or, for a private reply, what they wrote.
type recipient struct {
	ID        string `json:"id,omitempty"`
	CommentID string `json:"comment_id,omitempty"`
	PostID    string `json:"post_id,omitempty"`
}

type directText struct {
	Text     string `json:"text"`
	Metadata string `json:"metadata,omitempty"` // comes back with Messenger's echo
}

// directly sends to the customer by Messenger, Instagram or WhatsApp.
func (s *Sender) directly(r desk.Reply, may desk.Capability) (post, *desk.SendError) {
	late := may.WindowUntil != nil && !s.Now().Before(*may.WindowUntil)
	if r.Origin.Channel == WhatsApp {
		return s.byWhatsApp(r, late)
	}
	to := recipient{ID: r.To}
	if to.ID == "" {
		return nil, &desk.SendError{Class: desk.SendUnreachable, Reason: "Meta did not tell who wrote"}
	}
	d := direct{Recipient: to}
	switch {
	case late && may.Closed(s.Now()):
		return nil, &desk.SendError{Class: desk.SendWindowClosed, Reason: "the customer's last message is more than 7 days old"}
	case late:
		d.Type, d.Tag = "MESSAGE_TAG", "HUMAN_AGENT"
	case r.Origin.Channel == Messenger:
		d.Type = "RESPONSE"
	}
	return s.direct(r.Origin.Channel, d), nil
}

// privately answers in a direct message what was said for all to read. Nobody has
// to have written to us for that, but there can be only one.
func (s *Sender) privately(r desk.Reply, may desk.Capability) (post, *desk.SendError) {
	to := cmp.Or(r.Answers.ID, r.ReplyTo)
	switch {
	case !slices.Contains(may.Channels, desk.PrivateReply):
		return nil, &desk.SendError{Class: desk.SendRejected, Reason: "this cannot be answered in private"}
	case to == "":
		return nil, &desk.SendError{Class: desk.SendRejected, Reason: "there is no message to answer"}
	case may.PrivateReplyUntil != nil && !s.Now().Before(*may.PrivateReplyUntil):
		return nil, &desk.SendError{Class: desk.SendWindowClosed, Reason: "what it answers is more than 7 days old: that can be answered for all to read only"}
	}
	d := direct{Recipient: recipient{CommentID: to}}
	if r.Answers.Form == FormPost {
		d.Recipient = recipient{PostID: to}
	}
	if r.Origin.Channel == FacebookPage {
		d.Type = "RESPONSE"
	}
	return s.direct(r.Origin.Channel, d), nil
}

// direct posts direct messages.
func (s *Sender) direct(channel string, d direct) post {
	from := s.Account
	if channel == Instagram {
		from = cmp.Or(s.Page, s.Account)
	}
	return func(ctx context.Context, m message) (string, *desk.SendError) {
		d.Message = directText{Text: m.text}
		if channel != Instagram { // which documents no such field
			d.Message.Metadata = m.tag
		}
		said, _, failed := s.do(ctx, call{method: http.MethodPost, channel: channel, path: []string{from, "messages"}, body: d, shows: echoes})
		return string(said.MessageID), failed
	}
}

// publicly answers for all to read, below what the customer said or, where they
// mentioned an Instagram account, as the answer to that.
func (s *Sender) publicly(r desk.Reply, may desk.Capability) (post, *desk.SendError) {
	to := cmp.Or(r.Answers.ID, r.ReplyTo)
	switch {
	case !slices.Contains(may.Channels, desk.PublicReply):
		return nil, &desk.SendError{Class: desk.SendRejected, Reason: "this can be answered in private only"}
	case to == "":
		return nil, &desk.SendError{Class: desk.SendRejected, Reason: "there is no message to answer"}
	case r.Origin.Channel == Threads:
		return s.byThreads(to), nil
	}
	return func(ctx context.Context, m message) (string, *desk.SendError) {
		c := call{method: http.MethodPost, channel: r.Origin.Channel, shows: echoes}
		switch {
		case r.Origin.Channel == FacebookPage: // a review is commented on by the id of its story (unconfirmed)
			c.path, c.body = []string{to, "comments"}, comment{m.text}
		case r.Answers.Form == FormMention:
			c.path, c.form = []string{s.Account, "mentions"}, mention(r.Answers)
			c.form.Set("message", m.text)
		default:
			c.path, c.form = []string{to, "replies"}, url.Values{"message": {m.text}}
		}
		said, _, failed := s.do(ctx, c)
		return string(said.ID), failed
	}, nil
}

// A comment is the body of one on a Facebook page.
type comment struct {
	Message string `json:"message"`
}

// mention names what mentions us: a post, or a comment on one.
func mention(a desk.Answered) url.Values {
	if a.Parent == "" {
		return url.Values{"media_id": {a.ID}}
	}
	return url.Values{"media_id": {a.Parent}, "comment_id": {a.ID}}
}
