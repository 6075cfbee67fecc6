package receivers

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"
)

// Bounds of a message of Slack's.
const (
	slackBody    = 1 << 20
	slackText    = 40_000 // of text
	slackBlocks  = 50
	slackSection = 3000
	slackHeader  = 150
)

// A block is as much of Slack's Block Kit as is read here.
type block struct {
	Type     string      `json:"type"`
	Text     *blockText  `json:"text"`
	Fields   []blockText `json:"fields"`
	Elements []struct {
		Type string          `json:"type"`
		Text json.RawMessage `json:"text"` // a text object of a button's, words of a context's
		URL  string          `json:"url"`
	} `json:"elements"`
}

type blockText struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// slack is an incoming webhook.
func (r *Receivers) slack(w http.ResponseWriter, q *http.Request) {
	got := Receipt{Receiver: Slack, Name: q.PathValue("name"), Headers: headers(q.Header, "Content-Type", "User-Agent")}
	says := readSlack(q, &got)
	is := verdict{http.StatusOK, "ok"}
	if says != "" {
		is = verdict{http.StatusBadRequest, says}
	}
	r.settle(w, q, got, is, map[int]string{
		400: "invalid_payload", 403: "invalid_token", 404: "no_service", 410: "channel_is_archived", 429: "rate_limited", 500: "rollup_error",
	})
}

// readSlack fills in what a message says, and returns Slack's word for what it does
// not take.
func readSlack(q *http.Request, got *Receipt) string {
	body, err := io.ReadAll(io.LimitReader(q.Body, slackBody+1))
	if err != nil || len(body) > slackBody || !utf8.Valid(body) {
		return "invalid_payload"
	}
	if kind, _, err := mime.ParseMediaType(q.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return "invalid_payload"
	}
	var in struct {
		Text   string  `json:"text"`
		Blocks []block `json:"blocks"`
	}
	if json.Unmarshal(body, &in) != nil {
		return "invalid_payload"
	}
	got.Data = body
	if in.Text == "" && len(in.Blocks) == 0 {
		return "no_text"
	}
	if len(in.Text) > slackText {
		return "msg_too_long"
	}
	var lines []string
	for i, b := range in.Blocks {
		said, wrong := b.read()
		if wrong != "" || len(in.Blocks) > slackBlocks {
			got.Problems = append(got.Problems, fmt.Sprintf("block %d: %s", i, wrong))
			return "invalid_blocks"
		}
		if b.Type == "header" && got.Subject == "" {
			got.Subject = unescaped(said)
			continue
		}
		lines = append(lines, said)
	}
	if len(in.Blocks) == 0 {
		lines = []string{in.Text}
	}
	text := strings.Join(lines, "\n")
	for _, loud := range []string{"<!channel", "<!here", "<!everyone", "<@", "<!subteam"} {
		if strings.Contains(text+in.Text, loud) {
			got.Problems = append(got.Problems, "it calls out to people: "+loud)
		}
	}
	got.Text = unescaped(text)
	if got.Subject == "" && in.Text != text {
		got.Subject = unescaped(in.Text)
	}
	return ""
}

// read returns the words of a block, or what Slack would refuse of it.
func (b block) read() (said, wrong string) {
	var lines []string
	switch b.Type {
	case "header":
		switch {
		case b.Text == nil || b.Text.Type != "plain_text":
			return "", "a header has a plain_text"
		case b.Text.Text == "" || utf8.RuneCountInString(b.Text.Text) > slackHeader:
			return "", "a header has 1 to 150 characters"
		}
		return b.Text.Text, ""
	case "section":
		if b.Text == nil && len(b.Fields) == 0 {
			return "", "a section has a text or fields"
		}
		if b.Text != nil {
			b.Fields = append([]blockText{*b.Text}, b.Fields...)
		}
		for _, f := range b.Fields {
			if f.Type != "mrkdwn" && f.Type != "plain_text" || f.Text == "" || utf8.RuneCountInString(f.Text) > slackSection {
				return "", "a text is plain_text or mrkdwn of 1 to 3000 characters"
			}
			lines = append(lines, f.Text)
		}
	case "context", "actions":
		if len(b.Elements) == 0 || len(b.Elements) > 25 {
			return "", "there are 1 to 25 elements"
		}
		for _, e := range b.Elements {
			var words blockText
			if json.Unmarshal(e.Text, &words) != nil && json.Unmarshal(e.Text, &words.Text) != nil || words.Text == "" {
				return "", "an element has a text"
			}
			if e.URL != "" {
				words.Text += " " + e.URL
			}
			lines = append(lines, words.Text)
		}
	case "divider":
	default:
		return "", "there is no block " + b.Type
	}
	return strings.Join(lines, "\n"), ""
}

// unescaped is a text as Slack shows it, without what makes links of it.
func unescaped(text string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(text)
}
