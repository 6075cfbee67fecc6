package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strings"

	"example.com/skala/infra/corpus"
	"example.com/skala/infra/learn"
	"example.com/skala/shared/policy"
)

const learnUsage = `usage: skala learn [-policy FILE] [-corpus DIR] FILE
       skala learn [-policy FILE] [-corpus DIR] -api [-since TIME] [-url URL] [-token TOKEN]

Proposes what the policy can learn from what people corrected. FILE has labelled
examples as JSON lines, "-" is standard input; -api asks a desk for its own
(GET /api/v1/examples):
  {"id","lang","text","category","severity","tier","sentiment"?,"abusive"?,"actionable"?,"alt"?}

Prints, behind a # each, the scores before and after and every proposal with its
counts; then a diff of the policy document, to be read, mended and applied by a
person, who then runs skala policy check and evaluate:
  - phrases that speak for a category that triage missed, as signals learnt.CATEGORY.SEVERITY;
  - built-in phrases that spoke for a wrong category, as drop.
Nothing is applied. A proposal stands in the diff only where it makes more messages
right than wrong, and keeps no more of what is critical from tier 3. Scores are of examples judged by what the others taught (five
parts, a ticket in one of them), and of the corpus' held-back part, from which
nothing is learnt. Weights are trained by infra/train.

No text of a customer's is printed but such phrases, of at most three words (14
letters in Thai), that stand in different words of at least three tickets; none
has a digit, a link or a handle in it. Look for names all the same.
` + deskUsage

// learnVerb prints what the policy could learn.
func learnVerb(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	f := flagsOf("learn", learnUsage)
	file := policyFlag(f)
	dir := f.String("corpus", "infra/corpus", "where the corpus is, as a `DIR`")
	api := f.Bool("api", false, "learn from the examples of a desk")
	since := f.String("since", "", "with -api, from this instant on, as RFC 3339; 31 days without it")
	open := remoteFlags(f)
	if status, ok := parse(f, args, 0, 1, stdout, stderr); !ok {
		return status
	}
	if *api == (f.NArg() == 1) {
		fmt.Fprintf(stderr, "skala learn: name a file of examples, or -api\n\n%s\n", learnUsage)
		return exitUsage
	}
	p, err := loadPolicy(*file)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return exitFailed
	}
	var examples []learn.Example
	if *api {
		examples, err = fetchExamples(ctx, open, *since)
	} else {
		examples, err = readExamples(f.Arg(0), stdin)
	}
	examples = learn.Latest(examples)
	if err == nil && len(examples) == 0 {
		err = errors.New("there is no example to learn from")
	}
	var rows []corpus.Row
	if err == nil {
		rows, err = corpus.Read(os.DirFS(*dir))
	}
	if err == nil && len(rows) == 0 {
		err = fmt.Errorf("there is no corpus in %s: run it in a checkout, or name one with -corpus", *dir)
	}
	if err == nil {
		err = teach(ctx, stdout, p, cmp.Or(*file, "infra/policy/default.yaml"), examples, rows)
	}
	if err != nil {
		fmt.Fprintf(stderr, "skala learn: %v\n", err)
		return exitFailed
	}
	return exitOK
}

func readExamples(name string, stdin io.Reader) ([]learn.Example, error) {
	if name == "-" {
		return learn.Read(stdin)
	}
	in, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	return learn.Read(in)
}

// fetchExamples asks a desk for all its examples.
func fetchExamples(ctx context.Context, open func() (*remote, error), since string) ([]learn.Example, error) {
	d, err := open()
	if err != nil {
		return nil, err
	}
	query := url.Values{}
	if since != "" {
		query.Set("since", since)
	}
	var all []learn.Example
	for {
		var page struct {
			Items json.RawMessage
			Next  string
		}
		if err := d.ask(ctx, "GET", "examples", query, nil, &page); err != nil {
			return nil, err
		}
		rows, err := learn.Read(strings.NewReader(`{"items":` + strings.ReplaceAll(string(page.Items), "\n", " ") + "}"))
		if err != nil {
			return nil, fmt.Errorf("reading the desk's answer: %w", err)
		}
		if all = append(all, rows...); page.Next == "" {
			return all, nil
		}
		query.Set("cursor", page.Next)
	}
}

// parts is how many the examples are split in, to judge each by what the others
// teach.
const parts = 5

func partOf(e *learn.Example) int { return int(sha256.Sum256([]byte(e.Ticket()))[0]) % parts }

// teach prints scores, proposals and the diff of the document of p.
func teach(ctx context.Context, w io.Writer, p *policy.Policy, name string, examples []learn.Example, rows []corpus.Row) error {
	var open []learn.Example
	var back []label
	for _, r := range rows {
		if r.Held() {
			back = append(back, label{Lang: r.Lang, Text: r.Text, Category: r.Category, Severity: r.Severity, Tier: r.Tier(), Alt: r.Alt})
		} else {
			open = append(open, learn.Example{Lang: r.Lang, Text: r.Text, Category: r.Category, Severity: r.Severity, Alt: r.Alt})
		}
	}
	lesson := learn.Open(p, examples, open)
	before, after := newEvaluation(0), newEvaluation(0)
	for part := range parts {
		held := func(e *learn.Example) bool { return partOf(e) == part }
		change, err := lesson.Change(lesson.Propose(held), held)
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		for i := range examples {
			if e := &examples[i]; held(e) {
				l := label{Lang: e.Lang, Text: e.Text, Category: e.Category, Severity: e.Severity, Tier: e.Tier, Alt: e.Alt}
				before.judge(p, l)
				after.judge(change.Policy, l)
			}
		}
	}
	all := func(*learn.Example) bool { return false }
	proposals := lesson.Propose(all)
	change, err := lesson.Change(proposals, all)
	if err != nil {
		return err
	}
	heldBefore, heldAfter := newEvaluation(0), newEvaluation(0)
	for _, l := range back {
		heldBefore.judge(p, l)
		heldAfter.judge(change.Policy, l)
	}
	printComparison(w, "examples, each judged by what the others teach", before, after)
	printComparison(w, "corpus, held back", heldBefore, heldAfter)
	if err := printProposals(w, p, change, proposals); err != nil {
		return err
	}
	_, err = io.WriteString(w, learn.Diff(name, p.Document, change.Policy.Document))
	return err
}

// judge counts the verdict of p on a label's text.
func (e *evaluation) judge(p *policy.Policy, l label) {
	e.add(&judged{l, p.Classify(policy.Message{Text: l.Text})})
}

func printComparison(w io.Writer, title string, before, after *evaluation) {
	fmt.Fprintf(w, "# %s\n# %-5s %6s %19s %19s %19s %19s\n", title, "lang", "rows", "macro-F1", "with alt", "tier", "critical")
	langs := []string{}
	for lang := range before.by {
		langs = append(langs, lang)
	}
	slices.Sort(langs)
	line := func(name string, a, b scores) {
		fmt.Fprintf(w, "# %-5s %6d", name, a.Rows)
		for _, pair := range [][2]float64{{a.MacroF1, b.MacroF1}, {a.WithAlt, b.WithAlt}, {a.Tier, b.Tier}, {a.Critical, b.Critical}} {
			fmt.Fprintf(w, "   %6.3f -> %6.3f", pair[0], pair[1])
		}
		fmt.Fprintln(w)
	}
	for _, lang := range langs {
		line(lang, before.by[lang].scores(), after.by[lang].scores())
	}
	line(everything, before.all.scores(), after.all.scores())
	fmt.Fprintln(w, "#")
}

// printProposals lists what is in the diff, what is not, and what policy check
// has to say of it.
func printProposals(w io.Writer, p *policy.Policy, change *learn.Change, proposals []learn.Proposal) error {
	fmt.Fprintf(w, "# proposals: %d, of which %d are in the diff\n", len(proposals), len(change.Proposals))
	for _, one := range proposals {
		sign, what := "+", ""
		switch {
		case slices.Contains(change.ByHand, one):
			what = "; by hand: the document says something of its signal already"
		case !slices.Contains(change.Proposals, one):
			what = "; not in the diff: mends too little"
		}
		if one.Drop {
			sign = "-"
		}
		fmt.Fprintf(w, "#  %s %s %s %q: %s%s\n", sign, one.Lang, one.Signal, one.Phrase, one.Counts(), what)
	}
	was, err := policy.Check(p.Document, p.Name)
	if err != nil {
		return err
	}
	is, err := policy.Check(change.Policy.Document, p.Name)
	if err != nil {
		return err
	}
	for _, warning := range is {
		if !slices.ContainsFunc(was, func(old policy.Mistake) bool { return old.Text == warning.Text }) {
			fmt.Fprintf(w, "#  warning: line %d of the changed document: %s\n", warning.Line, warning.Text)
		}
	}
	fmt.Fprintln(w, "#")
	return nil
}
