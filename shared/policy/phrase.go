package policy

import (
	"fmt"
	"math"
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
	settles             // what its "not" is about: nothing after it is negated
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
	next        int32 // form of the same letters, -1 for none
}

// A lexicon is a set of phrases, ready to be looked for.
type lexicon struct {
	tree   *tree
	inside *tree // of the words that may begin inside another, nil for none
	words  []spelled
	forms  []form
	chains int // places needed to follow the phrases in parts
}

// A spelled is a word of the tree, by the forms that have its letters.
type spelled struct {
	first, last int32
	whole       bool // whether a word must end with each of them
}

// A lexiconBuilder collects phrases.
type lexiconBuilder struct{ lexicon }

func newLexiconBuilder() *lexiconBuilder { return &lexiconBuilder{lexicon{tree: newTree()}} }

func (b *lexiconBuilder) build() lexicon {
	b.tree.ready()
	if b.inside != nil {
		b.inside.ready()
	}
	return b.lexicon
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
		leaf := b.tree.plant(p.runes)
		if leaf.word < 0 {
			leaf.word = int32(len(b.words))
			b.words = append(b.words, spelled{first: -1, last: -1, whole: true})
		}
		word := &b.words[leaf.word]
		if f.parts == 1 && b.has(word, &f) {
			return true
		}
		b.append(word, f)
		if !f.left {
			if b.inside == nil {
				b.inside = newTree()
			}
			b.inside.plant(p.runes).word = leaf.word
		}
	}
	return false
}

// has reports whether a phrase of one part is among the forms of a word.
func (b *lexiconBuilder) has(word *spelled, f *form) bool {
	for n := word.first; n >= 0; n = b.forms[n].next {
		if other := &b.forms[n]; other.parts == 1 && other.signal == f.signal && other.lang == f.lang && other.role == f.role &&
			other.left == f.left && other.right == f.right && slices.Equal(other.run, f.run) {
			return true
		}
	}
	return false
}

func (b *lexiconBuilder) append(word *spelled, f form) {
	n := int32(len(b.forms))
	f.next = -1
	b.forms = append(b.forms, f)
	if word.last < 0 {
		word.first = n
	} else {
		b.forms[word.last].next = n
	}
	word.last, word.whole = n, word.whole && f.right
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
	matches  []match
	progress []reached // of phrases in parts
	round    uint32    // of looking; what is reached in an earlier one is forgotten
	heard    []heard   // in the order of the signals
	every    []heard   // each time that one of them is
	counted  []uint32  // by signal, the last passage that it was counted in
	within   uint32    // which passage is looked at
	among    []int32   // by signal, its place among those heard, from 1 on
	wordEnd  int32     // last rune of the word that a phrase was last found inside
}

// A match is a word of the tree at its first and last rune of a text.
type match struct{ begin, end, word int32 }

// reached says where a part of a phrase in parts was last found: first rune of
// the phrase, last rune of the part, and in which round.
type reached struct {
	begin, end int32
	round      uint32
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

// find looks for the lexicon's phrases in t and adds them to s, in the order of
// their ends, of equal ones the longest first.
func (l *lexicon) find(t *folded, s *scan, latin bool) {
	l.match(t, s)
	if s.round++; len(s.progress) < l.chains || s.round == 0 {
		s.progress, s.round = make([]reached, max(l.chains, len(s.progress))), 1
	}
	s.wordEnd = -1
	var (
		near  [4]negation // the last negators
		count int

		settled = match{end: -1}
	)
	for _, m := range s.matches {
		for n := l.words[m.word].first; n >= 0; n = l.forms[n].next {
			f := &l.forms[n]
			if !f.fits(t, int(m.begin), int(m.end)) {
				continue
			}
			if f.role == negates && m.begin >= settled.begin && m.end <= settled.end {
				continue // the last word of such a phrase
			}
			if f.role == negates {
				near[count%len(near)] = negation{m.begin, m.end}
				count++
				continue
			}
			if f.role == settles {
				settle(near[:min(count, len(near))], m)
				settled = m
				continue
			}
			from, ok := m.begin, true
			if f.chain >= 0 {
				from, ok = s.follow(f, t, m.begin, m.end)
			}
			if ok {
				h := hit{signal: f.signal, lang: f.lang, latin: latin, negated: -1}
				h.start, h.end = f.span(t, from, m.begin, s.stretch(f, t, m.end))
				if n, ok := negatedBy(near[:min(count, len(near))], t, from, m.end); ok {
					h.negated = t.start[n]
				}
				s.hits = append(s.hits, h)
			}
		}
	}
}

// settle takes the negations away that are part of a phrase.
func settle(near []negation, m match) {
	for i, n := range near {
		if n.begin >= m.begin && n.end <= m.end {
			near[i] = negation{-1, math.MinInt32}
		}
	}
}

// match fills s.matches with the words that stand in t, whatever their forms say
// of how often each letter does.
func (l *lexicon) match(t *folded, s *scan) {
	s.matches = s.matches[:0]
	classes := t.class[:len(t.runes)]
	before := apart
	for i := 0; i < len(classes); i++ {
		switch c := classes[i]; {
		case c == inWord && before == inWord:
			if l.inside == nil {
				for i+1 < len(classes) && classes[i+1] == inWord {
					i++
				}
				continue
			}
			l.from(l.inside, t, s, i)
		case c == inThai && i > 0 && thaiLead(t.runes[i-1]): // half a syllable, as in fits
			before = c
		default:
			before = c
			l.from(l.tree, t, s, i)
		}
	}
}

// from looks for the words that begin at a place.
func (l *lexicon) from(words *tree, t *folded, s *scan, begin int) {
	runes, nodes := t.runes[begin:], words.nodes
	at := words.begin(runes[0])
	if at == 0 || !words.may(runes) && nodes[at].word < 0 {
		return
	}
	for k := 1; at != 0; k++ {
		n := &nodes[at]
		if n.word >= 0 {
			l.matched(t, s, begin, begin+k-1, n.word)
		}
		if k == len(runes) {
			return
		}
		r := runes[k]
		if at = n.child; at < 0 {
			at = words.leap(n.child, r)
			continue
		}
		for at != 0 && nodes[at].rune != r {
			at = nodes[at].sibling
		}
	}
}

// matched puts a word in its place among s.matches, which is among the last.
func (l *lexicon) matched(t *folded, s *scan, begin, end int, word int32) {
	if l.words[word].whole && (t.goesOn(end) || end+1 < len(t.runes) && thaiMark(t.runes[end+1])) {
		return
	}
	m := match{int32(begin), int32(end), word}
	s.matches = append(s.matches, m)
	for k := len(s.matches) - 1; k > 0 && s.matches[k-1].end > m.end; k-- {
		s.matches[k], s.matches[k-1] = s.matches[k-1], m
	}
}

// goesOn reports whether the word that the rune at end belongs to has more of it.
func (t *folded) goesOn(end int) bool {
	return end+1 < len(t.class) && t.class[end] == inWord && t.class[end+1] == inWord
}

// fits reports whether the form stands in t from begin to end: whole words, and
// letters as often as they should or stretched.
func (f *form) fits(t *folded, begin, end int) bool {
	if f.left && begin > 0 && t.class[begin] == inWord && t.class[begin-1] == inWord {
		return false
	}
	if f.right && t.goesOn(end) {
		return false
	}
	if f.right && end+1 < len(t.runes) && thaiMark(t.runes[end+1]) {
		return false // half a syllable: what is looked for is another word
	}
	if string(t.run[begin:end+1]) == string(f.run) {
		return true
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

// stretch returns the last rune of the word where a star lets a phrase end inside
// one, at end. Phrases come in the order of their ends, so that each word is gone
// along once, however many are inside it.
func (s *scan) stretch(f *form, t *folded, end int32) int32 {
	if f.right {
		return end
	}
	s.wordEnd = max(s.wordEnd, end)
	for t.goesOn(int(s.wordEnd)) {
		s.wordEnd++
	}
	return s.wordEnd
}

// span returns the bytes that a phrase stands in, from its first rune to end.
// begin is the first rune of its last part.
func (f *form) span(t *folded, from, begin, end int32) (start, stop int32) {
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
		if before.round != s.round || before.end >= begin || begin-before.end > reach {
			return 0, false
		}
		from = before.begin
	}
	s.progress[f.chain+int32(f.part)] = reached{from, end, s.round}
	return from, f.part+1 == f.parts
}

// negatedBy returns where the negation begins that holds for the phrase from from
// to end: near before it, and in the same clause.
func negatedBy(near []negation, t *folded, from, end int32) (begin int32, ok bool) {
	reach := int32(negationReach)
	if t.class[from] == inThai {
		reach = negationThai
	}
	for _, n := range near {
		if n.end < 0 || n.end >= from || from-n.end > reach || ok && n.begin <= begin || t.foreign(n, from) {
			continue
		}
		clean := end // the last end of a clause
		for clean >= n.end && !t.endsClause(int(clean)) {
			clean--
		}
		if clean < n.end || clean > from {
			begin, ok = n.begin, true
		}
	}
	return begin, ok
}

// foreign reports whether a negation is of another script than the phrase from
// from on. Thais say in English what they negate in Thai, and nobody else.
func (t *folded) foreign(n negation, from int32) bool {
	switch {
	case t.class[n.begin] == inThai:
		return t.class[from] != inThai && hellenic(t.runes[from])
	case t.class[from] == inThai:
		return true
	default:
		return hellenic(t.runes[n.begin]) != hellenic(t.runes[from])
	}
}

// endsClause reports whether a clause ends at a folded rune: a sign, an emoji, the
// end of a line, a dash with blanks around it.
func (t *folded) endsClause(i int) bool {
	switch r := t.runes[i]; r {
	case '.', ',', '!', '?', ';':
		return true
	case ' ':
		between := t.text[t.start[i]:t.end[i]]
		return len(between) > 2 && strings.ContainsAny(between, "-–—") || strings.Contains(between, "\n")
	default:
		return emoji(r)
	}
}
