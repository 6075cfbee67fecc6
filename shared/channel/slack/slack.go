// Package slack takes letters to incoming webhooks of Slack's. Slack knows no id by
// which to tell that a letter came before, so that one whose end nobody knows may
// stand there twice.
package slack

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"unicode/utf8"

	"example.com/skala/shared/channel/outbound"
	"example.com/skala/shared/post"
)

// A Sender takes letters to incoming webhooks by their names.
type Sender struct {
	Client *http.Client
	URLs   map[string]string
}

// Bounds of a message of Slack's, in characters.
const (
	maxText    = 3000
	maxSection = 2900
)

type text struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

type block struct {
	Type     string `json:"type"`
	Text     *text  `json:"text,omitempty"`
	Elements []text `json:"elements,omitempty"`
}

// Send posts l as one message: a section with its lines, and how many there are more.
func (s *Sender) Send(ctx context.Context, l post.Letter) post.Outcome {
	to, ok := s.URLs[l.To]
	if !ok {
		return post.Outcome{Class: post.Refused, Why: "there is no address of that name", Gone: true}
	}
	body, err := json.Marshal(struct {
		Text   string  `json:"text"` // for notifications and old clients
		Blocks []block `json:"blocks"`
	}{cut(escaped(l.Subject), maxText), blocks(l)})
	if err != nil {
		return post.Outcome{Class: post.Refused, Why: "the letter is no JSON"}
	}
	return outbound.Post(ctx, s.Client, to, http.Header{"Content-Type": {"application/json"}}, body, outbound.Refusal)
}

func blocks(l post.Letter) []block {
	var all []block
	for _, line := range l.Lines {
		said := cut(escaped(line.Text), maxSection-len(line.Link))
		if line.Link != "" {
			said = "<" + escaped(line.Link) + "|" + strings.ReplaceAll(said, "|", "/") + ">"
		}
		all = append(all, block{Type: "section", Text: &text{"mrkdwn", said}})
	}
	if l.Rest != "" {
		more := escaped(l.Rest)
		if l.Link != "" {
			more = "<" + escaped(l.Link) + "|" + more + ">"
		}
		all = append(all, block{Type: "context", Elements: []text{{"mrkdwn", more}}})
	}
	return all
}

// escaped is a text in which Slack sees no link and calls nobody.
func escaped(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

// cut keeps the first characters of a text.
func cut(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:max(0, most-1)]) + "…"
}
