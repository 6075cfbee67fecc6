package learn

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/policy"
)

// A Change is a policy document with proposals in it.
type Change struct {
	Policy    *policy.Policy // with its document
	Proposals []Proposal     // that are in it
	ByHand    []Proposal     // that are not: the document says something else of their signal
}

// weights are what a learnt phrase may weigh, in points: the least that mends as
// much as a greater one is taken.
var weights = []int{4, 8, 16, 32}

// Change puts those of the proposals into the policy's document that make more
// messages right than they make wrong, of the examples that are not held back
// and of the corpus, and that keep no more of what is critical from a senior.
func (l *Lesson) Change(proposals []Proposal, held func(*Example) bool) (*Change, error) {
	p := l.policy
	change := &Change{Policy: p}
	tried := l.touched(proposals, held)
	best, reached := right(p, tried)
	var chosen []weighed
	for _, group := range groups(proposals) {
		trials := weights
		if group[0].Drop {
			trials = weights[:1]
		}
		var better *policy.Policy
		var with []weighed
		for _, weight := range trials {
			next := append(slices.Clone(chosen), weighed{group, weight})
			document, left, err := added(p.Document, next)
			if err != nil {
				return nil, err
			}
			if slices.Contains(left, group[0].Signal) {
				change.ByHand = append(change.ByHand, group...)
				break
			}
			trial, err := policy.Load(document, p.Name)
			if err != nil {
				return nil, fmt.Errorf("the proposals make no good document: %w", err)
			}
			if n, critical := right(trial, tried); n > best && critical >= reached {
				best, reached, better, with = n, critical, trial, next
			}
		}
		if better != nil {
			change.Policy, chosen = better, with
			change.Proposals = append(change.Proposals, group...)
		}
	}
	return change, nil
}

// touched returns the messages whose verdict the proposals may change.
func (l *Lesson) touched(proposals []Proposal, held func(*Example) bool) []*Example {
	said := map[place]*Proposal{}
	for i, one := range proposals {
		said[place{one.Lang, one.Signal, one.Phrase}] = &proposals[i]
	}
	var all []*Example
	for i := range l.examples {
		if e := &l.examples[i]; !held(e) {
			all = append(all, e)
		}
	}
	for i := range l.corpus {
		if contains(l.plain[i], l.corpus[i].Lang, said) {
			all = append(all, &l.corpus[i])
		}
	}
	return all
}

// right counts the messages whose category p gets right, and the critical ones
// that reach a senior.
func right(p *policy.Policy, messages []*Example) (n, critical int) {
	for _, e := range messages {
		v := p.Classify(e.message())
		if e.Right(v.Category) {
			n++
		}
		if e.Severity == desk.Critical && v.Tier >= desk.Senior {
			critical++
		}
	}
	return n, critical
}

// A weighed is the proposals of one signal, and what they weigh.
type weighed struct {
	proposals []Proposal
	weight    int
}

// groups returns the proposals by signal, in the order in which those come.
func groups(proposals []Proposal) (all [][]Proposal) {
	at := map[string]int{}
	for _, one := range proposals {
		i, ok := at[one.Signal]
		if !ok {
			i = len(all)
			at[one.Signal] = i
			all = append(all, nil)
		}
		all[i] = append(all[i], one)
	}
	return all
}

// added returns the document with the proposals in its lexicon. left are the
// signals of which it has something to say already that can't be added to.
func added(document []byte, all []weighed) (_ []byte, left []string, err error) {
	var root yaml.Node
	if err := yaml.Unmarshal(document, &root); err != nil || len(root.Content) != 1 || root.Content[0].Kind != yaml.MappingNode {
		return nil, nil, errors.New("the policy is no document of YAML")
	}
	lines := strings.SplitAfter(string(document), "\n")
	key, value := member(root.Content[0], "lexicon")
	at, indent := len(lines), "  " // where to add, after how many lines
	switch {
	case key == nil:
		if last := lines[len(lines)-1]; last != "" {
			lines[len(lines)-1] = last + "\n"
		} else {
			at--
		}
		lines = slices.Insert(lines, at, "lexicon:\n")
		at++
	case len(value.Content) == 0:
		at = key.Line
		lines[at-1] = "lexicon:\n"
	case value.Style&yaml.FlowStyle != 0:
		return nil, nil, fmt.Errorf("line %d: the lexicon is written in braces; write it a signal a line, and then learn", value.Line)
	default:
		at, indent = lastLine(value), strings.Repeat(" ", value.Column-1)
		if at == len(lines) && !strings.HasSuffix(lines[at-1], "\n") {
			lines[at-1] += "\n"
		}
	}
	var text strings.Builder
	for _, w := range all {
		name := w.proposals[0].Signal
		if value != nil {
			if was, _ := member(value, name); was != nil && w.proposals[0].Drop {
				left = append(left, name)
				continue
			}
			for n := 2; ; n++ { // what was learnt before stands
				if was, _ := member(value, name); was == nil {
					break
				}
				name = fmt.Sprintf("%s.%d", w.proposals[0].Signal, n)
			}
		}
		w.write(&text, indent, name)
	}
	lines = slices.Insert(lines, at, text.String())
	return []byte(strings.Join(lines, "")), left, nil
}

// member returns a member of a mapping.
func member(n *yaml.Node, name string) (key, value *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == name {
			return n.Content[i], n.Content[i+1]
		}
	}
	return nil, nil
}

func lastLine(n *yaml.Node) int {
	last := n.Line
	for _, c := range n.Content {
		last = max(last, lastLine(c))
	}
	return last
}

// write adds a signal with its phrases, each with its counts.
func (w weighed) write(to *strings.Builder, indent, name string) {
	first, list := w.proposals[0], ""
	fmt.Fprintf(to, "%s%s:\n", indent, name)
	if !first.Drop {
		fmt.Fprintf(to, "%[1]s  category: %[2]s\n%[1]s  weight: %[3]d\n%[1]s  severity: %[4]s\n", indent, first.Category, w.weight, first.Severity)
	}
	for _, one := range w.proposals {
		its := one.Lang
		if one.Drop {
			its = "drop"
		}
		if list != its {
			list = its
			fmt.Fprintf(to, "%s  %s:\n", indent, list)
		}
		fmt.Fprintf(to, "%s    - \"%s\" # %s\n", indent, one.Phrase, one.Counts())
	}
}

// Counts says how often the phrase is about its category, for people.
func (p Proposal) Counts() string {
	return fmt.Sprintf("%d of %d examples, %d of %d in the corpus", p.Examples.For, p.Examples.For+p.Examples.Against, p.Corpus.For, p.Corpus.For+p.Corpus.Against)
}

// context is how many lines a diff shows around what differs.
const context = 3

// Diff returns what turns before into after, as a unified diff of file name with
// one hunk; empty where they are the same.
func Diff(name string, before, after []byte) string {
	a, b := strings.SplitAfter(string(before), "\n"), strings.SplitAfter(string(after), "\n")
	if a[len(a)-1] == "" {
		a = a[:len(a)-1]
	}
	if b[len(b)-1] == "" {
		b = b[:len(b)-1]
	}
	from := 0
	for from < len(a) && from < len(b) && a[from] == b[from] {
		from++
	}
	end := 0
	for end < len(a)-from && end < len(b)-from && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	if from == len(a) && from == len(b) {
		return ""
	}
	top, bottom := max(0, from-context), min(end, context)
	var d strings.Builder
	was, is := "a/"+name, "b/"+name
	if strings.HasPrefix(name, "/") {
		was, is = name, name
	}
	fmt.Fprintf(&d, "--- %s\n+++ %s\n@@ -%d,%d +%d,%d @@\n", was, is, top+1, len(a)-end+bottom-top, top+1, len(b)-end+bottom-top)
	put := func(sign string, lines []string) {
		for _, line := range lines {
			d.WriteString(sign + line)
			if !strings.HasSuffix(line, "\n") {
				d.WriteString("\n\\ No newline at end of file\n")
			}
		}
	}
	put(" ", a[top:from])
	put("-", a[from:len(a)-end])
	put("+", b[from:len(b)-end])
	put(" ", a[len(a)-end:len(a)-end+bottom])
	return d.String()
}
