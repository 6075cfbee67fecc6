package console

import (
	"cmp"
	"fmt"
	"net/http"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/people"
)

const (
	usualExamples = 31 * 24 * time.Hour // how far back a list of examples goes that says no more
	mostExamples  = 10 * 366 * 24 * time.Hour
)

// An exampleView is a message with a person's judgement of it, in the shape of
// the labelled messages that triage is trained on.
type exampleView struct {
	ID         string         `json:"id"`
	Lang       string         `json:"lang"`
	Text       string         `json:"text"`
	Category   desk.Category  `json:"category"`
	Severity   desk.Severity  `json:"severity"`
	Tier       desk.Tier      `json:"tier"`
	Sentiment  desk.Sentiment `json:"sentiment"`
	Abusive    bool           `json:"abusive"`
	Actionable bool           `json:"actionable"`
	Alt        []string       `json:"alt"` // there are none: a person gave one answer
	Was        *judgedView    `json:"was"`
	By         string         `json:"by"`
	At         instant        `json:"at"`
	Why        string         `json:"why"`
}

// apiExamples hands out customers' words, so who read how many is in the log.
func (c *Console) apiExamples(w http.ResponseWriter, r *http.Request, _ people.Person) error {
	limit, err := limitOf(r)
	if err != nil {
		return err
	}
	now := c.now()
	since := now.Add(-usualExamples)
	if text := r.URL.Query().Get("since"); text != "" {
		if since, err = time.Parse(time.RFC3339, text); err != nil {
			return fmt.Errorf("since: %q is no instant of RFC 3339: %w", text, errRequest)
		}
		if now.Sub(since) > mostExamples {
			return fmt.Errorf("since: %q is more than ten years ago: %w", text, errRequest)
		}
	}
	examples, next, err := c.cfg.Logs.Examples(r.Context(), since, now, r.URL.Query().Get("cursor"), limit)
	if err != nil {
		return err
	}
	rows := []exampleView{}
	for _, e := range examples {
		if e.Message.Text == "" { // a picture teaches nothing
			continue
		}
		v := e.Verdict
		rows = append(rows, exampleView{string(e.Ticket) + "/" + e.Message.Key, v.Lang, e.Message.Text, v.Category, v.Severity, v.Tier,
			cmp.Or(v.Sentiment, desk.Neutral), v.Abusive, v.Actionable, []string{}, judgedOf(e.Was), e.By, instant(e.At), e.Why})
	}
	logs.Note(r.Context(), "examples", len(rows), "since", since.UTC().Format(time.RFC3339))
	writeJSON(w, http.StatusOK, jsonType, map[string]any{"items": rows, "next": next})
	return nil
}
