package policy

import (
	"fmt"
	"slices"
	"strings"
)

// A language is one of those a phrase can be written in.
type language uint8

const (
	thai language = iota
	spanish
	greek
	english
	anyLanguage
	languages = 4
)

// codes are the languages as documents and verdicts name them.
var codes = [...]string{"th", "es", "el", "en", "any"}

// A role says what finding a phrase means.
type role uint8

const (
	speaks  role = iota // for its signal
	negates             // what comes after it
)

// A form is one phrase, or one part of it, at the place where it ends in the
// tree of words. Several forms may share the same letters.
type form struct {
	role        role
	lang        language
	signal      int32
	run         []uint8 // how often each rune must stand there
	left, right bool    // whether a word must begin and end with it
	chain       int32   // of the progress of a phrase in parts, -1 for a phrase of one part
	part, parts uint8
}

// A lexicon is a set of phrases, ready to be looked for.
type lexicon struct {
	automaton *automaton
	forms     [][]form // by word
	chains    int      // places needed to follow the phrases in parts
}

// A lexiconBuilder collects phrases.
type lexiconBuilder struct {
	words  [][]rune
	number map[string]int
	forms  [][]form
	chains int
}

func newLexiconBuilder() *lexiconBuilder { return &lexiconBuilder{number: map[string]int{}} }

func (b *lexiconBuilder) build() lexicon {
	return lexicon{automaton: newAutomaton(b.words), forms: b.forms, chains: b.chains}
}

// A partOf is one part of a phrase, folded.
type partOf struct {
	runes       []rune
	run         []uint8
	left, right bool
}

// gap stands in a phrase for a few words that do not matter.
const gap = " .. "

// parts reads a phrase: parts with a gap between them, a star where a word may
// go on, {link} for a link. into is memory to fold in.
func parts(f *folder, phrase string, into *folded) ([]partOf, error) {
	all := make([]partOf, 0, 1)
	for text := range strings.SplitSeq(phrase, gap) {
		text = strings.TrimSpace(text)
		p := partOf{left: !strings.HasPrefix(text, "*"), right: !strings.HasSuffix(text, "*")}
		text = strings.ReplaceAll(strings.Trim(text, "*"), "{link}", string(link))
		if strings.ContainsAny(text, "*{}") {
			return nil, fmt.Errorf("phrase %q: a star stands at the beginning or the end of a word, and braces only in {link}", phrase)
		}
		f.fold(text, into)
		if len(into.runes) == 0 || len(into.runes) == 1 && into.runes[0] == ' ' {
			return nil, fmt.Errorf("phrase %q has a part without a letter", phrase)
		}
		p.runes, p.run = slices.Clone(into.runes), slices.Clone(into.run)
		all = append(all, p)
	}
	if len(all) > maxParts {
		return nil, fmt.Errorf("phrase %q has %d parts, at most %d are followed", phrase, len(all), maxParts)
	}
	return all, nil
}

const maxParts = 4

// add puts a phrase in. The same phrase of the same form twice is reported.
func (b *lexiconBuilder) add(f form, phrase []partOf) (again bool) {
	f.chain, f.parts = -1, uint8(len(phrase))
	if len(phrase) > 1 {
		f.chain = int32(b.chains)
		b.chains += len(phrase)
	}
	for i := range phrase {
		p := &phrase[i]
		f.part, f.left, f.right = uint8(i), p.left, p.right
		f.run = p.run
		word := string(p.runes)
		n, ok := b.number[word]
		if !ok {
			n = len(b.words)
			b.number[word] = n
			b.words = append(b.words, p.runes)
			b.forms = append(b.forms, nil)
		}
		for _, other := range b.forms[n] {
			if len(phrase) == 1 && other.parts == 1 && other.signal == f.signal && other.lang == f.lang && other.role == f.role &&
				other.left == f.left && other.right == f.right && slices.Equal(other.run, f.run) {
				return true
			}
		}
		b.forms[n] = append(b.forms[n], f)
	}
	return false
}

// A hit is a signal's phrase found in a text. Its span is in bytes of the
// original.
type hit struct {
	signal     int32
	lang       language
	latin      bool  // found by sound: Greek in Latin letters
	negated    int32 // where the negation before it begins, in bytes; -1 for none
	start, end int32
}

// A scan is what was found in one text. It is reused from text to text.
type scan struct {
	hits     []hit
	progress []reached // of phrases in parts
	heard    []state   // by signal
}

// reached says where a part of a phrase in parts was last found: first rune of
// the phrase, last rune of the part, and whether it was at all.
type reached struct {
	begin, end int32
	ok         bool
}

// Limits of how far words may lie apart and still belong together, in folded
// runes. Thai puts no spaces between words and is shorter.
const (
	gapReach      = 32
	gapReachThai  = 24
	negationReach = 20
	negationThai  = 9
)

// A negation is where a negator was found.
type negation struct{ begin, end int32 }

// find looks for the lexicon's phrases in t and adds them to s.
func (l *lexicon) find(t *folded, s *scan, latin bool) {
	s.progress = slices.Grow(s.progress[:0], l.chains)[:l.chains]
	clear(s.progress)
	var (
		near  [4]negation // the last negators
		count int
		clean = int32(-1) // the last end of a clause
		at    int32
		a     = l.automaton
	)
	for i, r := range t.runes {
		if r == '.' || r == ',' || r == '!' || r == '?' || r == ';' {
			clean = int32(i)
		}
		at = a.step(at, a.symbolOf(r))
		node := at
		if a.word[node] < 0 {
			node = a.suffix[node]
		}
		for ; node >= 0; node = a.suffix[node] {
			forms := l.forms[a.word[node]]
			begin := i + 1 - len(forms[0].run)
			for k := range forms {
				f := &forms[k]
				if !f.fits(t, begin, i) {
					continue
				}
				switch f.role {
				case negates:
					near[count%len(near)] = negation{int32(begin), int32(i)}
					count++
				case speaks:
					from, ok := int32(begin), true
					if f.chain >= 0 {
						from, ok = s.follow(f, t, int32(begin), int32(i))
					}
					if ok {
						h := hit{signal: f.signal, lang: f.lang, latin: latin, negated: -1}
						h.start, h.end = f.span(t, from, int32(begin), int32(i))
						if n, ok := negatedBy(near[:min(count, len(near))], t, from, clean); ok {
							h.negated = t.start[n]
						}
						s.hits = append(s.hits, h)
					}
				}
			}
		}
	}
}

// fits reports whether the form stands in t from begin to end: whole words, and
// letters as often as they should or stretched.
func (f *form) fits(t *folded, begin, end int) bool {
	if f.left && begin > 0 && t.class[begin] == inWord && t.class[begin-1] == inWord {
		return false
	}
	if f.right && end+1 < len(t.class) && t.class[end] == inWord && t.class[end+1] == inWord {
		return false
	}
	if f.right && end+1 < len(t.runes) && thaiMark(t.runes[end+1]) || begin > 0 && t.class[begin] == inThai && thaiLead(t.runes[begin-1]) {
		return false // half a syllable: what is looked for is another word
	}
	last := len(f.run) - 1
	for k, want := range f.run {
		got := t.run[begin+k]
		if got == want || got >= 3 {
			continue
		}
		// Blanks and exclamation marks may be more, and so may the first and the
		// last letter in Thai, where the next word begins at once.
		c := t.class[begin+k]
		if got < want || c == inWord || c == inThai && k != 0 && k != last {
			return false
		}
	}
	return true
}

// thaiMark reports whether r is written above or below the letter before it.
func thaiMark(r rune) bool { return r == 'ั' || r >= 'ิ' && r <= 'ฺ' || r >= '็' && r <= '๎' }

// thaiLead reports whether r is a vowel written before the letter it follows.
func thaiLead(r rune) bool { return r >= 'เ' && r <= 'ไ' }

// span returns the bytes that a phrase stands in, whole words where a star let
// it end inside one. from is the phrase's first rune, begin that of its last
// part.
func (f *form) span(t *folded, from, begin, end int32) (start, stop int32) {
	for !f.right && t.class[end] == inWord && int(end)+1 < len(t.class) && t.class[end+1] == inWord {
		end++
	}
	start, stop = t.start[from], t.end[end]
	const width = 3 // bytes of a Thai letter
	if run := int32(t.run[from]); from == begin && t.class[from] == inThai && run == 2 && t.end[from]-t.start[from] == width*run {
		start += width * (run - int32(f.run[0])) // the other one ends the word before
	}
	if run, want := int32(t.run[end]), int32(f.run[len(f.run)-1]); end > from && t.class[end] == inThai && run == 2 && t.end[end]-t.start[end] == width*run {
		stop -= width * (run - want)
	}
	return start, stop
}

// follow keeps track of a phrase in parts, and returns where it began once its
// last part was found.
func (s *scan) follow(f *form, t *folded, begin, end int32) (from int32, done bool) {
	from = begin
	if f.part > 0 {
		before := s.progress[f.chain+int32(f.part)-1]
		reach := int32(gapReach)
		if t.class[begin] == inThai {
			reach = gapReachThai
		}
		if !before.ok || before.end >= begin || begin-before.end > reach {
			return 0, false
		}
		from = before.begin
	}
	s.progress[f.chain+int32(f.part)] = reached{from, end, true}
	return from, f.part+1 == f.parts
}

// negatedBy returns where the negation begins that holds for what begins at
// from: near before it, and in the same clause.
func negatedBy(near []negation, t *folded, from, clean int32) (begin int32, ok bool) {
	reach := int32(negationReach)
	if t.class[from] == inThai {
		reach = negationThai
	}
	for _, n := range near {
		if n.end < from && from-n.end <= reach && (clean < n.end || clean > from) && (!ok || n.begin > begin) {
			begin, ok = n.begin, true
		}
	}
	return begin, ok
}
