// Package learn makes proposals out of what people corrected: phrases for the
// lexicon of a policy document, and phrases that mislead. A proposal is read by a
// person before it counts; nothing here changes a policy in force.
//
// Customers' words are private. A phrase is proposed only where it stands in
// different words of at least Fewest different tickets, and nothing else of a
// text comes out of this package.
package learn

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/policy"
)

// An Example is a message with a person's judgement of it, as the desk's API
// hands them out.
type Example struct {
	ID         string          `json:"id"` // the ticket's, a slash, and the message's key
	Lang       string          `json:"lang"`
	Text       string          `json:"text"`
	Category   desk.Category   `json:"category"`
	Severity   desk.Severity   `json:"severity"`
	Tier       desk.Tier       `json:"tier"`
	Sentiment  desk.Sentiment  `json:"sentiment"`
	Abusive    bool            `json:"abusive"`
	Actionable bool            `json:"actionable"`
	Alt        []desk.Category `json:"alt"` // as right
}

func (e *Example) message() policy.Message { return policy.Message{Text: e.Text} }

// Ticket is what the example's id begins with: whatever one person said of one
// matter has it in common.
func (e *Example) Ticket() string {
	ticket, _, _ := strings.Cut(e.ID, "/")
	return ticket
}

// Right reports whether c is as good as the person's answer.
func (e *Example) Right(c desk.Category) bool { return c == e.Category || slices.Contains(e.Alt, c) }

// Read reads examples as JSON lines, or pages of them as the API answers:
// {"items":[...]}. The error, if any, joins all mistakes, each with its line.
func Read(in io.Reader) ([]Example, error) {
	var all []Example
	var mistakes []error
	lines := bufio.NewReader(in)
	for number := 1; ; number++ {
		line, err := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			rows, err := parse(line)
			if err != nil {
				mistakes = append(mistakes, fmt.Errorf("line %d: %w", number, err))
			}
			all = append(all, rows...)
		}
		if errors.Is(err, io.EOF) {
			return all, errors.Join(mistakes...)
		}
		if err != nil {
			return nil, fmt.Errorf("reading the examples: %w", err)
		}
	}
}

// Latest returns of several examples of one message the last, which counts.
func Latest(examples []Example) []Example {
	last := map[string]int{}
	for i := range examples {
		last[examples[i].ID] = i
	}
	var latest []Example
	for i := range examples {
		if last[examples[i].ID] == i {
			latest = append(latest, examples[i])
		}
	}
	return latest
}

func parse(line []byte) ([]Example, error) {
	var row struct {
		Example
		Items []Example `json:"items"`
	}
	if err := json.Unmarshal(line, &row); err != nil {
		return nil, err
	}
	rows := row.Items
	if rows == nil {
		rows = []Example{row.Example}
	}
	for _, e := range rows {
		if e.ID == "" || e.Lang == "" || e.Text == "" || e.Severity == 0 || !slices.Contains(desk.Categories, e.Category) {
			return nil, errors.New("id, lang, text, category or severity is missing or unknown")
		}
	}
	return rows, nil
}
