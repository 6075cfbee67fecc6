package learn

import (
	"cmp"
	"slices"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/policy"
)

// Fewest is in how many different tickets, and in how many different texts, a
// phrase has to stand before it is shown to anybody.
const Fewest = 3

// What makes a phrase worth a line.
const (
	purest   = 0.8 // of the messages that have it, so many are about its category
	mended   = 2   // messages at least that are judged wrongly now and have it
	mostOfAn = 8   // phrases to a language and signal
)

// A Proposal is a phrase that the lexicon should hear, or should no longer.
type Proposal struct {
	Lang, Signal, Phrase string
	Drop                 bool
	Category             desk.Category
	Severity             desk.Severity // of what it speaks for

	Examples, Corpus Tally
}

// A Tally says how many messages with a phrase are about its category, and how
// many about another.
type Tally struct{ For, Against int }

// A Lesson is what there is to learn from: what people corrected, the corpus
// that the desk was built with, and the policy that should learn.
type Lesson struct {
	policy   *policy.Policy
	examples []Example
	wrong    []bool // by example: judged wrongly now
	corpus   []Example
	plain    []string // of the corpus
	spoken   map[string]*spoken
}

// A spoken is what is said in one language.
type spoken struct {
	having map[string][]int                 // examples, by phrase
	corpus map[string]map[desk.Category]int // messages of the corpus, by phrase
	alt    map[string]map[desk.Category]int // those of them where it would be as right
}

// Open counts what the examples and the corpus say. Of the corpus leave out what
// is held back; of the examples that is said when a proposal is made.
func Open(p *policy.Policy, examples, corpus []Example) *Lesson {
	l := &Lesson{policy: p, examples: examples, corpus: corpus, spoken: map[string]*spoken{}}
	known := known()
	for _, lang := range languages {
		l.spoken[lang] = &spoken{map[string][]int{}, map[string]map[desk.Category]int{}, map[string]map[desk.Category]int{}}
	}
	for i := range examples {
		e := &examples[i]
		l.wrong = append(l.wrong, !e.Right(p.Classify(e.message()).Category))
		if s := l.spoken[e.Lang]; s != nil {
			for phrase := range phrases(e.Text) {
				s.having[phrase] = append(s.having[phrase], i)
			}
		}
	}
	for lang, s := range l.spoken {
		for phrase, in := range s.having {
			if known[lang][phrase] || !l.shared(in) {
				delete(s.having, phrase)
			}
		}
	}
	for i := range corpus {
		l.plain = append(l.plain, plain(corpus[i].Text))
		if s := l.spoken[corpus[i].Lang]; s != nil && len(s.having) > 0 {
			s.count(&corpus[i])
		}
	}
	return l
}

var languages = []string{"el", "en", "es", "th"}

// count takes down the phrases of a message of the corpus.
func (s *spoken) count(e *Example) {
	for phrase := range phrases(e.Text) {
		if _, ok := s.having[phrase]; !ok {
			continue
		}
		if s.corpus[phrase] == nil {
			s.corpus[phrase], s.alt[phrase] = map[desk.Category]int{}, map[desk.Category]int{}
		}
		s.corpus[phrase][e.Category]++
		for _, alt := range e.Alt {
			s.alt[phrase][alt]++
		}
	}
}

// shared reports whether enough people said it, each in words of their own.
func (l *Lesson) shared(in []int) bool {
	tickets, texts := map[string]bool{}, map[string]bool{}
	for _, n := range in {
		tickets[l.examples[n].Ticket()] = true
		texts[plain(l.examples[n].Text)] = true
	}
	return min(len(tickets), len(texts)) >= Fewest
}

// Propose returns phrases that speak for a category and that the policy lacks,
// and built-in ones that mislead. Examples that are held back are not looked at.
func (l *Lesson) Propose(held func(*Example) bool) []Proposal {
	var all []Proposal
	for _, lang := range languages {
		for _, c := range desk.Categories {
			all = append(all, l.best(lang, c, held)...)
		}
	}
	return append(all, l.mislead(held)...)
}

// A candidate is a phrase that may be proposed.
type candidate struct {
	Proposal
	mends []int // examples that are judged wrongly now
}

// best returns the phrases that speak for category of, without those that mend
// no more than the ones before them.
func (l *Lesson) best(lang string, of desk.Category, held func(*Example) bool) []Proposal {
	var candidates []candidate
	for phrase, in := range l.spoken[lang].having {
		if c, ok := l.candidate(lang, phrase, in, of, held); ok {
			candidates = append(candidates, c)
		}
	}
	slices.SortFunc(candidates, func(a, b candidate) int {
		return cmp.Or(len(b.mends)-len(a.mends), cmp.Compare(a.Examples.Against+a.Corpus.Against, b.Examples.Against+b.Corpus.Against),
			cmp.Compare(len(b.Phrase), len(a.Phrase)), cmp.Compare(b.Corpus.For, a.Corpus.For), cmp.Compare(a.Phrase, b.Phrase))
	})
	var best []Proposal
	done, per := map[int]bool{}, map[string]int{}
	for _, one := range candidates {
		fresh := slices.ContainsFunc(one.mends, func(n int) bool { return !done[n] })
		if !fresh || per[one.Signal] == mostOfAn {
			continue
		}
		per[one.Signal]++
		for _, n := range one.mends {
			done[n] = true
		}
		best = append(best, one.Proposal)
	}
	return best
}

// candidate counts what a phrase says for category of.
func (l *Lesson) candidate(lang, phrase string, in []int, of desk.Category, held func(*Example) bool) (candidate, bool) {
	one := candidate{Proposal: Proposal{Lang: lang, Phrase: phrase, Category: of, Severity: desk.Critical}}
	var speak []int
	for _, n := range in {
		e := &l.examples[n]
		switch {
		case held(e):
		case e.Category == of:
			one.Examples.For++
			speak = append(speak, n)
			one.Severity = min(one.Severity, e.Severity) // what some say lightly is no alarm
			if l.wrong[n] {
				one.mends = append(one.mends, n)
			}
		case !e.Right(of):
			one.Examples.Against++
		}
	}
	if len(one.mends) < mended || !l.shared(speak) {
		return one, false
	}
	s := l.spoken[lang]
	for category, n := range s.corpus[phrase] {
		if category == of {
			one.Corpus.For += n
		} else {
			one.Corpus.Against += n
		}
	}
	one.Corpus.Against -= min(one.Corpus.Against, s.alt[phrase][of])
	one.Signal = "learnt." + string(of) + "." + one.Severity.String()
	good, bad := one.Examples.For+one.Corpus.For, one.Examples.Against+one.Corpus.Against
	return one, float64(good) >= purest*float64(good+bad)
}
