package main

import (
	"fmt"
	"io"
	"strings"

	"example.com/skala/shared/desk"
)

// mostKinds is how many kinds of mistake are printed; all are in the document.
const mostKinds = 25

// print writes the figures for people. Programs read the document instead; those
// that read the first table find its columns in their places.
func (f *figures) print(w io.Writer) {
	part := ""
	if f.Part != "" {
		part = ", part " + f.Part
	}
	fmt.Fprintf(w, "policy %s (%s), profile %s, %d messages%s\n\n", f.Policy, f.Name, f.Profile, f.Messages, part)
	fmt.Fprintf(w, "%-5s %6s %9s %9s %9s %9s %9s %9s %9s %9s %9s %9s %9s %9s %9s\n", "lang", "rows", "macro-F1", "strict", "with alt", "severity", "tier", "t3 recall", "t3 prec.", "critical",
		"sentiment", "abuse F1", "language", "to do", "unsure")
	for _, lang := range append(f.languages(), everything) {
		s := f.Scores[lang]
		fmt.Fprintf(w, "%-5s %6d %9.3f %9.3f %9.3f %9.3f %9.3f %9.3f %9.3f %9.3f %9.3f %9.3f %9.3f %9.3f %9.3f\n", lang, s.Rows, s.MacroF1, s.Strict, s.WithAlt, s.Severity, s.Tier,
			s.SeniorRecall, s.SeniorPrecision, s.Critical, s.Sentiment, s.Abusive.F1, s.Language, s.Actionable, s.Unsure)
	}
	fmt.Fprintf(w, "\nt3: tier 3 as labelled; critical: share of what is labelled critical that reaches tier 3; of the unsure, %.3f are wrong\n", f.Scores[everything].UnsureWrong)
	f.printCategories(w)
	f.printConfusions(w)
	f.printKinds(w, "category taken for another", f.Errors)
	f.printKinds(w, "tier 3 by its label, not reached", f.Missed)
	f.printKinds(w, "tier 3 reached, less by its label", f.Feared)
	fmt.Fprintf(w, "\nconfidence %6s %6s %6s\n", "rows", "mean", "right")
	for _, c := range f.Calibration {
		fmt.Fprintf(w, "%.1f to %.1f %6d %6.2f %6.2f\n", c.From, c.To, c.Rows, c.Confidence, c.Right)
	}
	fmt.Fprintf(w, "off by %.3f on average\n", f.Deviation)
	if len(f.Wrong) > 0 {
		fmt.Fprintf(w, "\nwrong: %d, the surest first\n", f.WrongRows)
	}
	for _, j := range f.Wrong {
		fmt.Fprintf(w, "  %.2f %s %s -> %s  %s\n", j.Confidence, j.Lang, j.Label, j.Verdict, j.ID)
	}
}

// printCategories prints a row a category: over all, then F1 and rows of each
// language.
func (f *figures) printCategories(w io.Writer) {
	fmt.Fprintf(w, "\n%-12s %6s %6s %6s %6s", "category", "rows", "prec.", "recall", "F1")
	for _, lang := range f.languages() {
		fmt.Fprintf(w, " | %6s F1 %6s", lang, "rows")
	}
	fmt.Fprintln(w)
	for _, c := range desk.Categories {
		all := f.Categories[everything][c]
		fmt.Fprintf(w, "%-12s %6d %6.2f %6.2f %6.2f", c, all.Rows, all.Precision, all.Recall, all.F1)
		for _, lang := range f.languages() {
			its := f.Categories[lang][c]
			fmt.Fprintf(w, " | %9.2f %6d", its.F1, its.Rows)
		}
		fmt.Fprintln(w)
	}
}

// printConfusions prints a row a label and a column a verdict.
func (f *figures) printConfusions(w io.Writer) {
	table := map[[2]desk.Category]int{}
	for _, t := range f.Confusions {
		table[[2]desk.Category{t.Label, t.Verdict}] = t.Rows
	}
	fmt.Fprintf(w, "\n%-12s", "label")
	for _, c := range desk.Categories {
		fmt.Fprintf(w, " %5.5s", c)
	}
	fmt.Fprintln(w)
	for _, said := range desk.Categories {
		var row strings.Builder
		for _, c := range desk.Categories {
			fmt.Fprintf(&row, " %5d", table[[2]desk.Category{said, c}])
		}
		fmt.Fprintf(w, "%-12s%s\n", said, row.String())
	}
}

// printKinds prints the most frequent mistakes of a sort.
func (f *figures) printKinds(w io.Writer, title string, kinds []tally) {
	rows := 0
	for _, t := range kinds {
		rows += t.Rows
	}
	fmt.Fprintf(w, "\n%s: %d\n", title, rows)
	for i, t := range kinds {
		if i == mostKinds {
			fmt.Fprintf(w, "  and %d kinds more\n", len(kinds)-i)
			break
		}
		fmt.Fprintf(w, "  %5d  %s  %s -> %s\n", t.Rows, t.Lang, t.Label, t.Verdict)
	}
}
