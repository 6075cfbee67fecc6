package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/policy"
)

const evaluateUsage = `usage: skala evaluate [-policy FILE] [FILE]

Compares the policy's verdicts with labelled messages, one JSON a line:
  {"id","lang","text","category","severity","tier","alt"}
alt are other categories that are as right. Without FILE, the one that
SKALA_LABELS names. Prints a table per language and over all, and which
categories are taken for which.`

// A label is a message that a person judged.
type label struct {
	ID       string          `json:"id"`
	Lang     string          `json:"lang"`
	Text     string          `json:"text"`
	Category desk.Category   `json:"category"`
	Severity desk.Severity   `json:"severity"`
	Tier     desk.Tier       `json:"tier"`
	Alt      []desk.Category `json:"alt"`
}

// evaluate prints how well a policy agrees with people.
func evaluate(ctx context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) int {
	f := flagsOf("evaluate", evaluateUsage)
	file := policyFlag(f)
	if status, ok := parse(f, args, 0, 1, stdout, stderr); !ok {
		return status
	}
	labels := f.Arg(0)
	if labels == "" {
		labels = os.Getenv("SKALA_LABELS")
	}
	if labels == "" {
		fmt.Fprintf(stderr, "skala evaluate: name a file, or set SKALA_LABELS\n\n%s\n", evaluateUsage)
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
	e := evaluation{all: newAgreement(), by: map[string]*agreement{}}
	mistakes, err := e.read(ctx, p, in)
	for _, m := range mistakes {
		fmt.Fprintf(stderr, "%s:%s\n", labels, m)
	}
	if err != nil {
		fmt.Fprintf(stderr, "skala evaluate: %v\n", err)
		return exitFailed
	}
	e.print(stdout, p)
	if len(mistakes) > 0 {
		return exitFailed
	}
	return exitOK
}

// An evaluation counts agreement per language and over all.
type evaluation struct {
	all *agreement
	by  map[string]*agreement
}

// read judges every line. mistakes are the lines that are no labels.
func (e *evaluation) read(ctx context.Context, p *policy.Policy, in io.Reader) (mistakes []string, err error) {
	lines := bufio.NewReader(in)
	for number := 1; ; number++ {
		line, readErr := lines.ReadBytes('\n')
		if line = bytes.TrimSpace(line); len(line) > 0 {
			var l label
			if err := json.Unmarshal(line, &l); err != nil {
				mistakes = append(mistakes, fmt.Sprintf("%d: %v", number, err))
			} else if !slices.Contains(desk.Categories, l.Category) || l.Severity == 0 || l.Lang == "" || l.Tier >= desk.Tiers {
				mistakes = append(mistakes, fmt.Sprintf("%d: lang, category, severity or tier is missing or unknown", number))
			} else {
				e.add(l, p.Classify(policy.Message{Text: l.Text}))
			}
		}
		switch {
		case errors.Is(readErr, io.EOF):
			return mistakes, nil
		case readErr != nil:
			return mistakes, readErr
		case ctx.Err() != nil:
			return mistakes, ctx.Err()
		}
	}
}

func (e *evaluation) add(l label, v desk.Verdict) {
	if e.by[l.Lang] == nil {
		e.by[l.Lang] = newAgreement()
	}
	e.by[l.Lang].add(l, v)
	e.all.add(l, v)
}

// An agreement counts how verdicts compare with labels.
type agreement struct {
	rows, right, rightOrAlt    int
	senior, seniorSaid, both   int // tier 3 by the label, by the verdict, by both
	critical, criticalInSenior int
	tierRight, severityRight   int
	table                      map[[2]desk.Category]int // label, verdict
}

func newAgreement() *agreement { return &agreement{table: map[[2]desk.Category]int{}} }

func (a *agreement) add(l label, v desk.Verdict) {
	count := func(n *int, yes bool) {
		if yes {
			*n++
		}
	}
	a.rows++
	count(&a.right, v.Category == l.Category)
	count(&a.rightOrAlt, v.Category == l.Category || slices.Contains(l.Alt, v.Category))
	count(&a.senior, l.Tier == desk.Senior)
	count(&a.seniorSaid, v.Tier == desk.Senior)
	count(&a.both, l.Tier == desk.Senior && v.Tier == desk.Senior)
	count(&a.critical, l.Severity == desk.Critical)
	count(&a.criticalInSenior, l.Severity == desk.Critical && v.Tier == desk.Senior)
	count(&a.tierRight, l.Tier == v.Tier)
	count(&a.severityRight, l.Severity == v.Severity)
	a.table[[2]desk.Category{l.Category, v.Category}]++
}

// f1 returns precision, recall and their harmonic mean for one category, and
// how many labels it has.
func (a *agreement) f1(c desk.Category) (precision, recall, f float64, labelled int) {
	said := 0
	for pair, n := range a.table {
		if pair[0] == c {
			labelled += n
		}
		if pair[1] == c {
			said += n
		}
	}
	hit := a.table[[2]desk.Category{c, c}]
	precision, recall = share(hit, said), share(hit, labelled)
	if hit > 0 {
		f = 2 * precision * recall / (precision + recall)
	}
	return precision, recall, f, labelled
}

// macroF1 is the mean over the categories that have labels.
func (a *agreement) macroF1() float64 {
	sum, n := 0.0, 0
	for _, c := range desk.Categories {
		if _, _, f, labelled := a.f1(c); labelled > 0 {
			sum += f
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return sum / float64(n)
}

func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

func (e *evaluation) print(w io.Writer, p *policy.Policy) {
	fmt.Fprintf(w, "policy %s (%s), profile %s, %d messages\n\n", p.Hash, p.Name, p.Profile, e.all.rows)
	fmt.Fprintf(w, "%-5s %6s %9s %9s %9s %9s %9s %9s %9s %9s\n", "lang", "rows", "macro-F1", "strict", "with alt", "severity", "tier", "t3 recall", "t3 prec.", "critical")
	langs := make([]string, 0, len(e.by))
	for lang := range e.by {
		langs = append(langs, lang)
	}
	slices.Sort(langs)
	line := func(name string, a *agreement) {
		fmt.Fprintf(w, "%-5s %6d %9.3f %9.3f %9.3f %9.3f %9.3f %9.3f %9.3f %9.3f\n", name, a.rows, a.macroF1(), share(a.right, a.rows), share(a.rightOrAlt, a.rows),
			share(a.severityRight, a.rows), share(a.tierRight, a.rows), share(a.both, a.senior), share(a.both, a.seniorSaid), share(a.criticalInSenior, a.critical))
	}
	for _, lang := range langs {
		line(lang, e.by[lang])
	}
	line("all", e.all)
	fmt.Fprintf(w, "\nt3: tier 3 as labelled; critical: share of what is labelled critical that reaches tier 3\n\n%-12s %6s %6s %6s %6s\n", "category", "rows", "prec.", "recall", "F1")
	for _, c := range desk.Categories {
		precision, recall, f, labelled := e.all.f1(c)
		fmt.Fprintf(w, "%-12s %6d %6.2f %6.2f %6.2f\n", c, labelled, precision, recall, f)
	}
	e.printConfusions(w)
}

// printConfusions prints a row a label and a column a verdict.
func (e *evaluation) printConfusions(w io.Writer) {
	fmt.Fprintf(w, "\n%-12s", "label")
	for _, c := range desk.Categories {
		fmt.Fprintf(w, " %5.5s", c)
	}
	fmt.Fprintln(w)
	for _, said := range desk.Categories {
		var row strings.Builder
		for _, c := range desk.Categories {
			fmt.Fprintf(&row, " %5d", e.all.table[[2]desk.Category{said, c}])
		}
		fmt.Fprintf(w, "%-12s%s\n", said, row.String())
	}
}
