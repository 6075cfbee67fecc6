package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/policy"
)

const evaluateUsage = `usage: skala evaluate [-policy FILE] [-part aside|open] [-errors N] [-json] [-progress] [FILE]

Compares the policy's verdicts with labelled messages, one JSON a line:
  {"id","lang","text","category","severity","tier","sentiment"?,"abusive"?,"actionable"?,"alt"?}
alt are other categories that are as right. Without FILE, the one that
SKALA_LABELS names. Prints
  - a table per language and over all: macro-F1 and accuracy of the category (strict,
    and with alt), of severity and tier, recall and precision of tier 3, what is
    critical and reaches it, and then of sentiment, abuse, language, whether there is
    something to do, and how often triage says that it is unsure;
  - every category, in each language too, and which are taken for which;
  - what goes wrong, by kind, the most frequent first;
  - how far its confidence can be trusted.
-part keeps some labels for the end: aside is the third whose SHA-256 of the id
begins with a byte that three divides, open the others. Learn from open alone, and
see by aside where you stand. Texts are never printed.`

// A label is a message that a person judged. What older files lack is nil.
type label struct {
	ID         string          `json:"id"`
	Lang       string          `json:"lang"`
	Text       string          `json:"text"`
	Category   desk.Category   `json:"category"`
	Severity   desk.Severity   `json:"severity"`
	Tier       desk.Tier       `json:"tier"`
	Sentiment  desk.Sentiment  `json:"sentiment"`
	Abusive    *bool           `json:"abusive"`
	Actionable *bool           `json:"actionable"`
	Alt        []desk.Category `json:"alt"`
}

// Parts of the labels.
const (
	partAside = "aside"
	partOpen  = "open"
)

// asideOneIn is how many labels there are to one that is set aside.
const asideOneIn = 3

// aside reports whether the label is kept for the end.
func (l label) aside() bool { return sha256.Sum256([]byte(l.ID))[0]%asideOneIn == 0 }

// check says what is wrong with a label.
func (l label) check() error {
	if !slices.Contains(desk.Categories, l.Category) || l.Severity == 0 || l.Lang == "" || l.Tier >= desk.Tiers {
		return fmt.Errorf("lang, category, severity or tier is missing or unknown")
	}
	if l.Sentiment != "" && !slices.Contains(desk.Sentiments, l.Sentiment) {
		return fmt.Errorf("sentiment %q is none of ours", l.Sentiment)
	}
	return nil
}

// evaluate prints how well a policy agrees with people.
func evaluate(ctx context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) int {
	f := flagsOf("evaluate", evaluateUsage)
	file, progressOf := policyFlag(f), progressFlag(f, stdout, stderr)
	part := f.String("part", "", "only the labels of this `PART`: aside or open")
	listed := f.Int("errors", 0, "list the ids of the first `N` that are judged wrongly, the surest first")
	asJSON := f.Bool("json", false, "print the figures as a JSON document")
	status, ok := parse(f, args, 0, 1, stdout, stderr)
	if !ok {
		return status
	}
	labels := f.Arg(0)
	if labels == "" {
		labels = os.Getenv("SKALA_LABELS")
	}
	if labels == "" || *part != "" && *part != partAside && *part != partOpen || *listed < 0 {
		fmt.Fprintf(stderr, "skala evaluate: name a file, or set SKALA_LABELS; -part is aside or open; -errors is 0 or more\n\n%s\n", evaluateUsage)
		return exitUsage
	}
	p, err := loadPolicy(*file)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return exitFailed
	}
	in, err := os.Open(labels)
	if err != nil {
		fmt.Fprintf(stderr, "skala evaluate: %v\n", err)
		return exitFailed
	}
	defer in.Close()
	e := newEvaluation(*listed)
	mistakes, err := e.read(ctx, p, *part, in, progressOf(in))
	for _, m := range mistakes {
		fmt.Fprintf(stderr, "%s:%s\n", labels, m)
	}
	if err == nil {
		figures := e.figures(p, *part)
		if *asJSON {
			out := json.NewEncoder(stdout)
			out.SetIndent("", " ")
			err = out.Encode(figures)
		} else {
			figures.print(stdout)
		}
	}
	if err != nil {
		fmt.Fprintf(stderr, "skala evaluate: %v\n", err)
		return exitFailed
	}
	if len(mistakes) > 0 {
		return exitFailed
	}
	return exitOK
}

// A judged is a label beside the verdict on its message.
type judged struct {
	label
	verdict desk.Verdict
}

// wrong reports whether the category is neither the label's nor as right.
func (j *judged) wrong() bool {
	return j.verdict.Category != j.Category && !slices.Contains(j.Alt, j.verdict.Category)
}

// read judges every line of in that belongs to part. mistakes are the lines that
// are no labels.
func (e *evaluation) read(ctx context.Context, p *policy.Policy, part string, in io.Reader, show *progress) (mistakes []string, err error) {
	type made struct {
		rows     []judged
		mistakes []string
	}
	work := func(b block, into *made) {
		into.rows, into.mistakes = into.rows[:0], into.mistakes[:0]
		b.each(func(number int, line []byte) {
			var l label
			err := json.Unmarshal(line, &l)
			if err == nil {
				err = l.check()
			}
			switch {
			case err != nil:
				into.mistakes = append(into.mistakes, fmt.Sprintf("%d: %v", number, err))
			case part == "" || l.aside() == (part == partAside):
				into.rows = append(into.rows, judged{l, p.Classify(policy.Message{Text: l.Text})})
			}
		})
	}
	err = inBlocks(ctx, in, show, work, func(m *made) error {
		mistakes = append(mistakes, m.mistakes...)
		for i := range m.rows {
			e.add(&m.rows[i])
		}
		return nil
	})
	return mistakes, err
}
