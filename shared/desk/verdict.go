package desk

import (
	"fmt"
	"slices"
	"strings"
)

// A Category is what a message is about.
type Category string

// The categories, the graver first where two fit equally.
const (
	Fraud      Category = "fraud"
	Compliance Category = "compliance"
	Billing    Category = "billing"
	Outage     Category = "outage"
	Delivery   Category = "delivery"
	Damaged    Category = "damaged"
	Access     Category = "access"
	Conduct    Category = "conduct"
	Sales      Category = "sales"
	Complaint  Category = "complaint"
	Request    Category = "request"
	HowTo      Category = "howto"
	Praise     Category = "praise"
	Spam       Category = "spam"
	Other      Category = "other"
)

// Categories lists every category, the graver first.
var Categories = []Category{Fraud, Compliance, Billing, Outage, Delivery, Damaged, Access, Conduct, Sales, Complaint, Request, HowTo, Praise, Spam, Other}

// Severity is how fast a ticket must be answered; the greater, the graver. The
// zero value is no severity yet.
type Severity uint8

// The severities.
const (
	Low Severity = 1 + iota
	Normal
	High
	Critical
)

var severities = []string{"", "low", "normal", "high", "critical"}

func (s Severity) String() string {
	if int(s) < len(severities) {
		return severities[s]
	}
	return fmt.Sprintf("severity %d", uint8(s))
}

// MarshalText writes the severity's word.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a severity's word, or refuses it by name.
func (s *Severity) UnmarshalText(text []byte) error {
	for i, word := range severities {
		if word == string(text) {
			*s = Severity(i)
			return nil
		}
	}
	return fmt.Errorf("severity %q is not one of %s", text, strings.Join(severities[1:], ", "))
}

// A Tier is who can answer a ticket. Each has a queue of its own; the policy
// says which of them a desk uses and what it calls them.
type Tier uint8

// The tiers. Tiers is how many there are.
const (
	SelfService Tier = iota
	General
	Individual
	Senior
	Vendor
	Tiers = 5
)

// A Sentiment is the mood of a message.
type Sentiment string

// The sentiments.
const (
	Positive Sentiment = "positive"
	Neutral  Sentiment = "neutral"
	Negative Sentiment = "negative"
)

// Sentiments lists every sentiment.
var Sentiments = []Sentiment{Positive, Neutral, Negative}

// A Verdict is triage's decision about one message together with its grounds.
// The weights of its reasons add up to its score.
type Verdict struct {
	Lang       string    `json:"lang"` // th, es, el, en, or "und" where it can't be told
	Category   Category  `json:"category"`
	Severity   Severity  `json:"severity"`
	Tier       Tier      `json:"tier"`
	Sentiment  Sentiment `json:"sentiment"`
	Abusive    bool      `json:"abusive"`
	Actionable bool      `json:"actionable"`          // someone has to do or answer something
	Confidence float64   `json:"confidence"`          // 0 to 1
	RunnerUp   Category  `json:"runner_up,omitempty"` // the next likely, where triage is unsure of Category; otherwise empty
	Score      int       `json:"score"`
	Tags       []string  `json:"tags"`
	Team       string    `json:"team,omitempty"`  // of the policy's, whom it is routed to
	Lane       string    `json:"lane,omitempty"`  // the policy's fast lane that it takes
	Policy     string    `json:"policy"`          // the hash of the policy document that judged
	Model      string    `json:"model,omitempty"` // names the weights and the lexicon built into the program that judged
	Reasons    []Reason  `json:"reasons"`
}

// A Reason is one signal that a message satisfied. Start and End are byte
// offsets into the text as the customer wrote it; a reason about the author has
// both 0 and no Text.
type Reason struct {
	Signal string `json:"signal"`
	Start  int    `json:"start"`
	End    int    `json:"end"`
	Text   string `json:"text"`
	Weight int    `json:"weight"`
}

// Unsure reports whether triage doubts its own category: a person should look.
func (v Verdict) Unsure() bool { return v.RunnerUp != "" }

// A Disposition says whether a ticket needs an answer at all.
type Disposition string

// NeedsAnswer has clocks and a queue; NeedsNone (spam, chit-chat) is kept and
// shown without either until a person promotes it.
const (
	NeedsAnswer Disposition = "answer"
	NeedsNone   Disposition = "none"
)

// Blank returns the verdict without the customer's words.
func (v Verdict) Blank() Verdict {
	v.Reasons = slices.Clone(v.Reasons)
	for i := range v.Reasons {
		v.Reasons[i].Start, v.Reasons[i].End, v.Reasons[i].Text = 0, 0, ""
	}
	return v
}
