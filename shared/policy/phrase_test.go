package policy

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// A slow lexicon finds what lexicon does by looking for every phrase everywhere.
type slow struct {
	forms  []form
	runes  [][]rune         // of each form
	begins map[rune][]int32 // forms, by their first rune
	chains int
}

func (l *slow) add(f form, phrase []partOf) {
	f.chain, f.parts = -1, uint8(len(phrase))
	if len(phrase) > 1 {
		f.chain = int32(l.chains)
		l.chains += len(phrase)
	}
	for i, p := range phrase {
		f.part, f.left, f.right, f.run = uint8(i), p.left, p.right, p.run
		if len(phrase) == 1 {
			for n, g := range l.forms {
				if g.parts == 1 && g.role == f.role && g.lang == f.lang && g.signal == f.signal && p.equal(partOf{l.runes[n], g.run, g.left, g.right}) {
					return
				}
			}
		}
		l.begins[p.runes[0]] = append(l.begins[p.runes[0]], int32(len(l.forms)))
		l.forms, l.runes = append(l.forms, f), append(l.runes, p.runes)
	}
}

// stands reports whether form n stands in t from begin on.
func (l *slow) stands(n int32, t *folded, begin int) bool {
	f, end := &l.forms[n], begin+len(l.runes[n])-1
	if end >= len(t.runes) || !slices.Equal(t.runes[begin:end+1], l.runes[n]) {
		return false
	}
	word := func(i int) bool { return i >= 0 && i < len(t.runes) && t.class[i] == inWord }
	switch {
	case f.left && word(begin-1) && word(begin),
		f.right && word(end) && word(end+1),
		f.right && end+1 < len(t.runes) && thaiMark(t.runes[end+1]),
		t.class[begin] == inThai && begin > 0 && thaiLead(t.runes[begin-1]):
		return false
	}
	for k, want := range f.run {
		got, c := t.run[begin+k], t.class[begin+k]
		edge := k == 0 || k == len(f.run)-1
		if got != want && got < 3 && (got < want || c == inWord || c == inThai && !edge) {
			return false
		}
	}
	return true
}

// broken reports whether what stands between two words ends a clause: a line's end,
// a dash and two blanks.
func broken(between string) bool {
	return strings.Contains(between, "\n") || len(between) >= 3 && strings.ContainsAny(between, "-–—") && strings.TrimSpace(between) != between
}

func (l *slow) find(t *folded, latin bool) (hits []hit) {
	type place struct{ begin, end int }
	reachedBy := make(map[int32]place)
	var negations []place
	settled := place{end: -1}
	byEnd := make([][]int32, len(t.runes)) // pairs of begin and form
	for begin, r := range t.runes {
		for _, n := range l.begins[r] {
			if l.stands(n, t, begin) {
				end := begin + len(l.runes[n]) - 1
				byEnd[end] = append(byEnd[end], int32(begin), n)
			}
		}
	}
	for end, found := range byEnd {
		for ; len(found) > 0; found = found[2:] {
			begin, f := int(found[0]), &l.forms[found[1]]
			switch f.role {
			case negates:
				if begin < settled.begin || end > settled.end {
					negations = append(negations, place{begin, end})
				}
				continue
			case settles:
				for i, n := range negations {
					if n.begin >= begin && n.end <= end {
						negations[i] = place{-1, -1}
					}
				}
				settled = place{begin, end}
				continue
			}
			from := begin
			thaiWord := t.class[begin] == inThai
			if f.chain >= 0 {
				if f.part > 0 {
					before, ok := reachedBy[f.chain+int32(f.part)-1]
					if !ok || before.end >= begin || begin-before.end > gapReach || thaiWord && begin-before.end > gapReachThai {
						continue
					}
					from = before.begin
				}
				reachedBy[f.chain+int32(f.part)] = place{from, end}
				if f.part+1 < f.parts {
					continue
				}
			}
			h := hit{signal: f.signal, lang: f.lang, latin: latin, negated: -1}
			last := end
			for !f.right && t.goesOn(last) {
				last++
			}
			h.start, h.end = f.span(t, int32(from), int32(begin), int32(last))
			clean := end
			for clean >= 0 && !strings.ContainsRune(".,!?;", t.runes[clean]) && !emoji(t.runes[clean]) && !broken(t.text[t.start[clean]:t.end[clean]]) {
				clean--
			}
			script := func(i int) int {
				switch {
				case t.class[i] == inThai:
					return 2
				case hellenic(t.runes[i]):
					return 1
				}
				return 0
			}
			latest := -1
			for _, n := range negations[max(0, len(negations)-4):] {
				if n.end < 0 || script(n.begin) != script(from) && (script(n.begin) < 2 || script(from) == 1) {
					continue
				}
				if n.end < from && from-n.end <= negationReach && (t.class[from] != inThai || from-n.end <= negationThai) && (clean < n.end || clean > from) {
					latest = max(latest, n.begin)
				}
			}
			if latest >= 0 {
				h.negated = t.start[latest]
			}
			hits = append(hits, h)
		}
	}
	return hits
}

// both are a lexicon and a slow one of the same phrases.
type both struct {
	builder *lexiconBuilder
	quick   lexicon
	slow    slow
	scan    scan
}

func newBoth() *both {
	return &both{builder: newLexiconBuilder(), slow: slow{begins: map[rune][]int32{}}}
}

func (b *both) add(f form, phrase []partOf) {
	b.builder.add(f, phrase)
	b.slow.add(f, phrase)
}

func (b *both) compare(t *testing.T, text *folded) (hits int) {
	t.Helper()
	b.scan.hits = b.scan.hits[:0]
	b.quick.find(text, &b.scan, false)
	if want := b.slow.find(text, false); !slices.Equal(b.scan.hits, want) {
		t.Fatalf("in %q\n  %v is found, want\n  %v", string(text.runes), b.scan.hits, want)
	}
	return len(b.scan.hits)
}

func TestTheLexiconFindsWhatLookingEverywhereFinds(t *testing.T) {
	t.Parallel()
	base, err := builtIn()
	if err != nil {
		t.Fatal(err)
	}
	written, sounded := newBoth(), newBoth()
	for _, p := range base.phrases {
		written.add(p.form, p.parts)
		if p.heard != nil {
			sounded.add(p.form, p.heard)
		}
	}
	written.quick, sounded.quick = written.builder.build(), sounded.builder.build()
	random := rand.New(rand.NewPCG(1, 2))
	noise := []string{" ", ".", ", ", "! ", "!!! ", "?", "; ", "not ", "no ", "ไม่", "δεν ", "เ", "า", "ํ", "้", "@foo. ", "https://x.y/z ", "é", "100", "aaa", "ss", " - ", "👍🏽"}
	var text, heard folded
	var hits, inGreeklish int
	for range 1000 {
		var all strings.Builder
		for range 1 + random.IntN(12) {
			if random.IntN(3) == 0 {
				all.WriteString(noise[random.IntN(len(noise))])
				continue
			}
			phrase := []rune(strings.ReplaceAll(base.phrases[random.IntN(len(base.phrases))].text, "*", ""))
			for _, gapped := range []string{" ", " x ", strings.Repeat(" x", 15) + " "} {
				if random.IntN(3) == 0 {
					phrase = []rune(strings.ReplaceAll(string(phrase), gap, gapped))
				}
			}
			if at := random.IntN(len(phrase)); random.IntN(4) == 0 {
				phrase = slices.Insert(phrase, at, phrase[at])
			} else if random.IntN(4) == 0 {
				phrase = phrase[at:]
			}
			all.WriteString(string(phrase))
			if random.IntN(3) > 0 {
				all.WriteString(" ")
			}
		}
		base.folder.fold(all.String(), &text)
		sound(&text, &heard)
		hits += written.compare(t, &text)
		inGreeklish += sounded.compare(t, &heard)
	}
	if hits < 1000 || inGreeklish < 500 {
		t.Errorf("%d hits and %d in Greek as it sounds are too few to tell anything", hits, inGreeklish)
	}
}

// Few letters make phrases that begin and end inside each other.
func TestPhrasesOfFewLettersAreFoundWherever(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	letters := []rune("aab กเ่า .!😀")
	some := func(most int) string {
		s := make([]rune, 1+random.IntN(most))
		for i := range s {
			s[i] = letters[random.IntN(len(letters))]
		}
		return string(s)
	}
	folder := newFolder()
	var text folded
	hits := 0
	for range 300 {
		b := newBoth()
		for n := range int32(1 + random.IntN(40)) {
			written := some(4)
			for random.IntN(3) == 0 {
				written += gap + some(3)
			}
			if random.IntN(3) == 0 {
				written = "*" + written
			}
			if random.IntN(3) == 0 {
				written += "*"
			}
			phrase, err := parts(folder, written, &text)
			if err != nil {
				continue // no letter in it, or too many parts
			}
			f := form{role: speaks, lang: language(random.IntN(languages)), signal: n / 2}
			if len(phrase) == 1 {
				f.role = []role{speaks, speaks, speaks, speaks, negates, settles}[random.IntN(6)]
			}
			b.add(f, phrase)
		}
		b.quick = b.builder.build()
		for range 30 {
			folder.fold(some(40), &text)
			hits += b.compare(t, &text)
		}
	}
	if hits < 5000 {
		t.Errorf("%d hits are too few to tell anything", hits)
	}
}

func TestAWordFullOfPhrasesIsGoneAlongOnce(t *testing.T) {
	t.Parallel()
	folder, b := newFolder(), newLexiconBuilder()
	var text folded
	phrase, err := parts(folder, "*a*", &text)
	if err != nil {
		t.Fatal(err)
	}
	b.add(form{role: speaks}, phrase)
	l := b.build()
	const words = 1_000_000
	folder.fold(strings.Repeat("ab", words), &text)
	began := time.Now()
	var s scan
	l.find(&text, &s, false)
	// Half a second on a busy machine; the square of it would be ten minutes.
	if took := time.Since(began); len(s.hits) != words || took > 30*time.Second {
		t.Errorf("%d hits took %v", len(s.hits), took)
	}
	if h := s.hits[words/2]; int(h.end) != 2*words {
		t.Errorf("one ends at %d", h.end)
	}
}
