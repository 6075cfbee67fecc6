package learn

import (
	"cmp"
	"io/fs"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"example.com/skala/shared/policy/lexicon"
)

// builtIn is the lexicon in the program: by language, the phrases of each
// signal. What can't be read has none: the program that has it would not start.
func builtIn() map[string]map[string][]string {
	all := map[string]map[string][]string{}
	for _, lang := range languages {
		var file struct{ Phrases map[string][]string }
		content, err := fs.ReadFile(lexicon.Files(), lang+".yaml")
		if err == nil && yaml.Unmarshal(content, &file) == nil {
			all[lang] = file.Phrases
		}
	}
	return all
}

// known returns, by language, what the lexicon in the program listens for
// already, as phrases has it.
func known() map[string]map[string]bool {
	all := map[string]map[string]bool{}
	for lang, signals := range builtIn() {
		all[lang] = map[string]bool{}
		for _, list := range signals {
			for _, phrase := range list {
				all[lang][plain(strings.Trim(phrase, "* "))] = true
			}
		}
	}
	return all
}

// A place is where a phrase stands in the lexicon.
type place struct{ lang, signal, phrase string }

// mislead returns phrases of the built-in lexicon that spoke for a wrong
// category, in at least Fewest examples and more often than for a right one, in
// the corpus as well.
func (l *Lesson) mislead(held func(*Example) bool) []Proposal {
	all := builtIn()
	found := map[place]*Proposal{}
	for i := range l.examples {
		if e := &l.examples[i]; !held(e) {
			l.tally(e, all, found, true, func(p *Proposal) *Tally { return &p.Examples })
		}
	}
	for at, one := range found {
		if one.Examples.Against < Fewest || one.Examples.Against <= one.Examples.For {
			delete(found, at)
		}
	}
	for i := range l.corpus {
		if contains(l.plain[i], l.corpus[i].Lang, found) {
			l.tally(&l.corpus[i], all, found, false, func(p *Proposal) *Tally { return &p.Corpus })
		}
	}
	var drops []Proposal
	for _, one := range found {
		if one.Examples.Against+one.Corpus.Against > one.Examples.For+one.Corpus.For {
			drops = append(drops, *one)
		}
	}
	slices.SortFunc(drops, func(a, b Proposal) int {
		return cmp.Or(cmp.Compare(a.Lang, b.Lang), cmp.Compare(a.Signal, b.Signal), cmp.Compare(a.Phrase, b.Phrase))
	})
	return drops
}

// contains reports whether a text may have one of the phrases found.
func contains(text, lang string, found map[place]*Proposal) bool {
	for at := range found {
		if at.lang == lang && strings.Contains(text, core(at.phrase)) {
			return true
		}
	}
	return false
}

// tally counts the phrases on which the verdict on e stands.
func (l *Lesson) tally(e *Example, all map[string]map[string][]string, found map[place]*Proposal, add bool, of func(*Proposal) *Tally) {
	v := l.policy.Classify(e.message())
	for _, r := range v.Reasons {
		if !strings.HasPrefix(r.Signal, string(v.Category)+".") {
			continue
		}
		for _, phrase := range all[e.Lang][r.Signal] {
			if !stands(phrase, r.Text) {
				continue
			}
			at := place{e.Lang, r.Signal, phrase}
			if found[at] == nil && add {
				found[at] = &Proposal{Lang: e.Lang, Signal: r.Signal, Phrase: phrase, Drop: true, Category: v.Category}
			}
			switch one := found[at]; {
			case one == nil:
			case e.Right(v.Category):
				of(one).For++
			default:
				of(one).Against++
			}
		}
	}
}

// stands reports whether the words that a signal was heard in are the phrase's.
func stands(phrase, words string) bool {
	words = plain(words)
	first, last := core(phrase), ""
	if at := strings.LastIndex(phrase, " .. "); at >= 0 {
		last = core(phrase[at+len(" .. "):])
	}
	switch {
	case last != "":
		return strings.HasPrefix(words, first) && strings.Contains(words, last)
	case strings.HasSuffix(phrase, "*"):
		return strings.HasPrefix(words, first)
	default:
		return words == first
	}
}

// core is what a text with the phrase has in it: its first part.
func core(phrase string) string {
	first, _, _ := strings.Cut(phrase, " .. ")
	return plain(strings.Trim(first, "* "))
}
