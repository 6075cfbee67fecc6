package learn

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	standard "example.com/skala/infra/policy"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/policy"
)

func load(t *testing.T, document []byte) *policy.Policy {
	t.Helper()
	p, err := policy.Load(document, "test.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func none(*Example) bool { return false }

// said returns an example a text, each of a ticket of its own. Nobody would call
// them a matter of compliance who did not know better.
func said(lang string, texts ...string) (all []Example) {
	for i, text := range texts {
		all = append(all, Example{ID: fmt.Sprintf("%s%d/m", lang, i), Lang: lang, Text: text, Category: desk.Compliance, Severity: desk.Critical, Tier: desk.Senior})
	}
	return all
}

// gurgles say the same in different words.
var gurgles = []string{"the zorbit gurgles blue", "Zorbit gurgles again, hm", "look: my zorbit gurgles", "a zorbit gurgles on the hill"}

func find(all []Proposal, phrase string) *Proposal {
	for i := range all {
		if all[i].Phrase == phrase {
			return &all[i]
		}
	}
	return nil
}

func TestAPhraseThatPeopleCorrectIsProposedAndThenHeard(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		lang, phrase, other string
		texts               []string
	}{
		{"en", "zorbit gurgles", "today my zorbit gurgles", gurgles},
		{"es", "zorbito ronronea", "hoy el zorbito ronronea", []string{"mi zorbito ronronea azul", "otra vez: Zorbito ronronea", "el zorbito ronronea en la loma", "¿zorbito ronronea?"}},
		{"el", "ζορμπιτοσ γουργουριζει", "σήμερα ο ζορμπίτος γουργουρίζει", []string{"ο ζορμπίτος γουργουρίζει μπλε", "πάλι ο Ζορμπίτος γουργουρίζει, χμ", "να, ζορμπίτος γουργουρίζει", "ζορμπιτος γουργουριζει στον λόφο"}},
		{"th", "ซอร์บิตกุกกัก", "วันนี้ซอร์บิตกุกกักจัง", []string{"เมื่อคืนซอร์บิตกุกกักสีฟ้า", "ซอร์บิตกุกกักอีกละ", "ดูสิซอร์บิตกุกกัก", "บนเขามีซอร์บิตกุกกักนะ"}},
	} {
		t.Run(tt.lang, func(t *testing.T) {
			t.Parallel()
			p := load(t, standard.Default)
			l := Open(p, said(tt.lang, tt.texts...), nil)
			proposals := l.Propose(none)
			one := find(proposals, tt.phrase)
			if one == nil || one.Examples != (Tally{4, 0}) || one.Category != desk.Compliance || one.Severity != desk.Critical || one.Lang != tt.lang || one.Drop {
				t.Fatalf("%+v", proposals)
			}
			change, err := l.Change(proposals, none)
			if err != nil {
				t.Fatal(err)
			}
			if len(change.Proposals) != len(proposals) {
				t.Errorf("%d of %d proposals are in the change", len(change.Proposals), len(proposals))
			}
			if v := change.Policy.Classify(policy.Message{Text: tt.other}); v.Category != desk.Compliance {
				t.Errorf("%q is judged %s afterwards: %+v", tt.other, v.Category, v.Reasons)
			}
			if !slices.Equal(p.Document, standard.Default) {
				t.Error("the policy's own document changed")
			}
		})
	}
}

func TestWhatFewSaidStaysPrivate(t *testing.T) {
	t.Parallel()
	p := load(t, standard.Default)
	same := said("en", gurgles...)
	for i := range same {
		same[i].ID = fmt.Sprintf("one-ticket/%d", i)
	}
	for name, examples := range map[string][]Example{
		"two tickets":          said("en", gurgles[:2]...),
		"one ticket":           same,
		"the very same words":  said("en", "the zorbit gurgles blue", "The ZORBIT gurgles blue", "the zorbit gurgles blue", "the zorbit gurgles blue"),
		"a number of somebody": said("en", "zorbit123 gurgles", "hm zorbit123 it", "oh zorbit123 so", "zorbit123"),
		"a handle or a link":   said("en", "@zorbit hm", "oh @zorbit go", "see https://zorbit.example/x", "this @zorbit"),
	} {
		for _, one := range Open(p, examples, nil).Propose(none) {
			if strings.Contains(one.Phrase, "zorbit") {
				t.Errorf("%s: %q is proposed", name, one.Phrase)
			}
		}
	}
}

func TestAPhraseThatMeansSomethingElseToOthersIsNotProposed(t *testing.T) {
	t.Parallel()
	p := load(t, standard.Default)
	examples := said("en", gurgles...)
	var corpus []Example
	for i := range 4 {
		corpus = append(corpus, Example{Lang: "en", Text: fmt.Sprint("zorbit gurgles, says mister ", i), Category: desk.Praise, Severity: desk.Low})
	}
	if one := find(Open(p, examples, corpus).Propose(none), "zorbit gurgles"); one != nil {
		t.Errorf("%+v", one)
	}
	if one := find(Open(p, examples, corpus[:1]).Propose(none), "zorbit gurgles"); one == nil || one.Corpus != (Tally{0, 1}) {
		t.Errorf("%+v", one)
	}
	held := func(e *Example) bool { return e.ID == "en0/m" || e.ID == "en1/m" }
	if all := Open(p, examples, nil).Propose(held); len(all) != 0 {
		t.Errorf("of two examples that are not held back comes %+v", all)
	}
}

func TestNothingIsLearntThatKeepsTheCriticalFromASenior(t *testing.T) {
	t.Parallel()
	p := load(t, standard.Default)
	examples := said("en", gurgles...)
	for i := range examples {
		examples[i].Category, examples[i].Severity, examples[i].Tier = desk.Praise, desk.Low, desk.General
	}
	l := Open(p, examples, nil)
	proposals := l.Propose(none)
	before, err := l.Change(proposals, none)
	if err != nil {
		t.Fatal(err)
	}
	alarm := ""
	for _, trouble := range []string{"angry", "the login fails", "that clerk is rude", "I want to buy one today", "my order is late", "worst ever", "third time I write", "refund?", "locked out", "still no answer", "I am leaving", "hacked", "nothing works", "so angry now", "where is my money"} {
		text := policy.Message{Text: "zorbit gurgles, " + trouble}
		if p.Classify(text).Tier == desk.Senior && before.Policy.Classify(text).Tier < desk.Senior {
			alarm = text.Text
		}
	}
	if alarm == "" {
		t.Fatal("none of these alarms shows anything")
	}
	l.corpus = []Example{{Lang: "en", Text: alarm, Category: desk.Fraud, Severity: desk.Critical}}
	l.plain = []string{plain(alarm)}
	after, err := l.Change(proposals, none)
	if err != nil {
		t.Fatal(err)
	}
	if v := after.Policy.Classify(policy.Message{Text: alarm}); v.Tier != desk.Senior {
		t.Errorf("what was learnt sends it to tier %d", v.Tier)
	}
}

func TestABuiltInPhraseThatMisleadsIsProposedToBeDropped(t *testing.T) {
	t.Parallel()
	p := load(t, standard.Default)
	examples := said("en", "identity theft!", "that identity theft thing", "identity theft, identity theft", "oh, identity theft")
	for i := range examples {
		examples[i].Category, examples[i].Severity = desk.Praise, desk.Low
	}
	l := Open(p, examples, nil)
	one := find(l.Propose(none), "identity theft")
	if one == nil || !one.Drop || one.Signal != "fraud.hacked" || one.Examples.Against < Fewest {
		t.Fatalf("%+v", one)
	}
	document, left, err := added(p.Document, []weighed{{[]Proposal{*one}, 0}})
	if err != nil || len(left) != 0 {
		t.Fatal(left, err)
	}
	for _, r := range load(t, document).Classify(policy.Message{Text: "identity theft!"}).Reasons {
		if r.Signal == "fraud.hacked" {
			t.Errorf("%q is still heard", r.Text)
		}
	}
}

func TestADocumentIsAddedToWhereverItsLexiconStands(t *testing.T) {
	t.Parallel()
	base := strings.TrimSuffix(string(standard.Default), "lexicon: {}\n")
	add := []weighed{{[]Proposal{{Lang: "en", Signal: "learnt.access.high", Phrase: "zorbit gurgles", Category: desk.Access, Severity: desk.High}}, 8}}
	drop := []weighed{{[]Proposal{{Lang: "en", Signal: "fraud.scam", Phrase: "phishing", Drop: true}}, 0}}
	for name, document := range map[string]string{
		"an empty one":       base + "lexicon: {}\n",
		"an empty one, said": base + "lexicon: # nothing yet\n",
		"none":               base,
		"one at the end":     base + "lexicon:\n    ours.miles: {category: request, weight: 5, en: [my miles]}",
		"one at the top":     "lexicon:\n  ours.miles:\n    category: request\n    weight: 5\n    en:\n      - my miles\n\n# and then\n" + base,
		"one learnt before":  base + "lexicon:\n  learnt.access.high: {category: access, weight: 5, en: [florps]}\n",
	} {
		for _, what := range [][]weighed{add, drop, append(slices.Clone(add), drop...)} {
			after, left, err := added([]byte(document), what)
			if err != nil || len(left) > 0 {
				t.Errorf("%s: %v %v", name, left, err)
				continue
			}
			p, err := policy.Load(after, name)
			if err != nil {
				t.Errorf("%s: %v\n%s", name, err, Diff("x", []byte(document), after))
				continue
			}
			heard := fmt.Sprint(p.Classify(policy.Message{Text: "my miles. zorbit gurgles"}).Reasons)
			if slices.EqualFunc(what, add, func(a, b weighed) bool { return a.weight == b.weight }) && !strings.Contains(heard, "learnt.access.high") {
				t.Errorf("%s: what was added is not heard: %s", name, heard)
			}
			if got := patched(t, document, Diff("x", []byte(document), after)); got != string(after) {
				t.Errorf("%s: the diff makes something else of it:\n%s", name, got)
			}
		}
	}
	if _, left, err := added([]byte(base+"lexicon:\n  fraud.scam: {weight: 3}\n"), drop); err != nil || !slices.Equal(left, []string{"fraud.scam"}) {
		t.Errorf("a signal that the document changes already: left %v, %v", left, err)
	}
	if _, _, err := added([]byte(base+"lexicon: {outage.down: {weight: 3}}\n"), add); err == nil || !strings.Contains(err.Error(), "in braces") {
		t.Errorf("%v", err)
	}
}

// patched applies a diff of one hunk.
func patched(t *testing.T, before, diff string) string {
	t.Helper()
	lines := strings.SplitAfter(before, "\n")
	var start, from, n int
	var sign byte
	var after strings.Builder
	for line := range strings.Lines(diff) {
		switch body := line[1:]; {
		case strings.HasPrefix(line, "---"), strings.HasPrefix(line, "+++"):
		case strings.HasPrefix(line, "@@"):
			if _, err := fmt.Sscanf(line, "@@ -%d,%d +", &start, &n); err != nil {
				t.Fatal(err)
			}
			from = start - 1
			after.WriteString(strings.Join(lines[:from], ""))
		case line[0] == '\\' && sign == '-':
		case line[0] == '\\':
			text := strings.TrimSuffix(after.String(), "\n")
			after.Reset()
			after.WriteString(text)
		case line[0] == '+':
			after.WriteString(body)
		default:
			if strings.TrimSuffix(lines[from], "\n") != strings.TrimSuffix(body, "\n") {
				t.Fatalf("line %d is %s, the diff says %s", from+1, strconv.Quote(lines[from]), strconv.Quote(body))
			}
			if line[0] == ' ' {
				after.WriteString(body)
			}
			from++
		}
		sign = line[0]
	}
	if from != start-1+n {
		t.Errorf("the hunk has %d lines, and says %d", from-start+1, n)
	}
	after.WriteString(strings.Join(lines[from:], ""))
	return after.String()
}

func TestExamplesAreReadByLinesOrPages(t *testing.T) {
	t.Parallel()
	row := `{"id":"T/1","lang":"en","text":"hi","category":"praise","severity":"low","tier":1,"was":{"category":"other"}}`
	all, err := Read(strings.NewReader(row + "\n\n{\"items\":[" + row + "," + row + "],\"next\":\"x\"}\n{\"items\":[]}\n" + row))
	if err != nil || len(all) != 4 || all[3].Ticket() != "T" {
		t.Errorf("%d examples, %v", len(all), err)
	}
	_, err = Read(bytes.NewReader([]byte("{}\n" + row + "\nnonsense\n" + strings.Replace(row, "praise", "pride", 1))))
	if err == nil || !strings.Contains(err.Error(), "line 1: ") || !strings.Contains(err.Error(), "line 3: ") || !strings.Contains(err.Error(), "line 4: ") {
		t.Errorf("%v", err)
	}
}

func TestOfSeveralJudgementsOfOneMessageTheLatestCounts(t *testing.T) {
	t.Parallel()
	all := said("en", gurgles...)
	again := all[1]
	again.Category = desk.Praise
	latest := Latest(append(all, again))
	if len(latest) != len(all) || latest[len(latest)-1].Category != desk.Praise || latest[1].ID != all[2].ID {
		t.Errorf("the latest are %+v", latest)
	}
}

func TestAWordOfManyPiecesIsReadOnce(t *testing.T) {
	t.Parallel()
	began := time.Now()
	// A moment; the square of it would be minutes.
	if found := phrases(strings.Repeat("ωμέγα.", 100_000)); len(found) != 1 || time.Since(began) > 30*time.Second {
		t.Errorf("%d phrases after %v", len(found), time.Since(began))
	}
}
