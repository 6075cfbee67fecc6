package policy

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Stand-ins for what is no word of the customer's: the handle after an at sign
// and a link. Both are of the private use area, so folding leaves them alone.
const (
	mention = '\ue000'
	link    = '\ue001'
)

// A class says what a folded rune is to the borders of words.
type class uint8

const (
	apart  class = iota // space, punctuation, emoji
	inWord              // a letter or digit of a script that puts spaces between words
	inThai              // of a script that does not
)

// A folded text is what phrases are looked for in: lower case, without accents,
// stretched letters shrunk to one. Its slices run in step, an element a rune.
type folded struct {
	runes []rune
	run   []uint8 // how often the rune stood there, 255 at most
	class []class
	start []int32 // of the bytes of the original text that the rune stands for
	end   []int32

	thai, greek, latin int // letters of each script
	links, mentions    int
}

func (t *folded) reset() {
	*t = folded{runes: t.runes[:0], run: t.run[:0], class: t.class[:0], start: t.start[:0], end: t.end[:0]}
}

// known is how far the folder's tables reach: Latin, Greek, Cyrillic, Thai and
// the punctuation. What lies beyond is looked up rune by rune.
const known = 0x2200

// Values of the folder's table that are no runes.
const (
	drop   = -1 // marks, joiners, apostrophes
	expand = -2 // becomes several runes
)

// A folder knows what each rune folds to.
type folder struct {
	to    [known]rune
	class [known]class
}

func newFolder() *folder {
	f := new(folder)
	for r := range rune(known) {
		f.to[r] = plain(r)
		f.class[r] = classOf(r)
	}
	return f
}

// plain returns what r folds to, drop or expand.
func plain(r rune) rune {
	switch {
	case r == '\'' || r == '`' || r == '´' || r == 'ʼ' || r == '’' || r == '‘':
		return drop
	case r == '@':
		return mention
	case r == 'ς':
		return 'σ'
	case r >= '๐' && r <= '๙':
		return '0' + r - '๐'
	case unicode.IsSpace(r) || unicode.IsControl(r) || unicode.In(r, unicode.Pd, unicode.Z),
		r == '_' || r == '/' || r == '⁄' || r == '"' || r == '“' || r == '”' || r == '«' || r == '»':
		return ' '
	case unicode.Is(unicode.Cf, r), mark(r), r >= 0x1f3fb && r <= 0x1f3ff: // skin tones
		return drop
	}
	switch {
	case r >= 0x1f300 && r < 0x1fb00: // emoji decompose into nothing
		return r
	case r >= 'ก' && r <= '๛': // nor does Thai, but for sara am, which stays whole
		return r
	case r < 0x80:
		return unicode.ToLower(r)
	}
	if apart := norm.NFKD.String(string(r)); apart != string(r) {
		var base rune
		for _, part := range apart {
			part = plain(part)
			if part == drop {
				continue
			}
			if base != 0 || part == expand {
				return expand
			}
			base = part
		}
		if base == 0 {
			return drop
		}
		return base
	}
	if lower := unicode.ToLower(r); lower != r {
		return plain(lower)
	}
	return r
}

// mark reports whether r is an accent of a script whose letters are the same
// without it. The vowels and tones of Thai are not.
func mark(r rune) bool {
	return r >= 0x300 && r <= 0x36f || r >= 0x1ab0 && r <= 0x1aff || r >= 0x1dc0 && r <= 0x1dff || r >= 0x20d0 && r <= 0x20ff || r >= 0xfe00 && r <= 0xfe0f || r >= 0xfe20 && r <= 0xfe2f
}

func classOf(r rune) class {
	switch {
	case r >= 0x0e01 && r <= 0x0e5b:
		return inThai
	case unicode.IsLetter(r), unicode.IsDigit(r), unicode.Is(unicode.M, r):
		return inWord
	default:
		return apart
	}
}

// fold writes the folded text into t. Every rune of it knows the bytes of text
// that it stands for. Folding what was folded changes nothing.
func (f *folder) fold(text string, t *folded) {
	t.reset()
	for at := 0; at < len(text); {
		r, size := rune(text[at]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[at:])
		}
		switch {
		case r == '@':
			size = handle(text[at:])
			t.mentions++
		case (r|0x20 == 'h' || r|0x20 == 'w') && r < utf8.RuneSelf:
			if long := address(text[at:]); long > 0 {
				r, size = link, long
				t.links++
			}
		}
		f.rune(t, r, at, at+size)
		at += size
	}
}

// rune appends what r folds to.
func (f *folder) rune(t *folded, r rune, start, end int) {
	to, c := r, apart
	if r < known {
		to, c = f.to[r], f.class[r]
	} else {
		to, c = plain(r), classOf(r)
	}
	switch to {
	case drop:
		if n := len(t.end); n > 0 { // an accent belongs to its letter
			t.end[n-1] = int32(end)
		}
	case expand:
		for _, part := range norm.NFKD.String(string(r)) {
			f.rune(t, part, start, end)
		}
	default:
		if to != r {
			c = classOf(to)
		}
		t.thaiSpelling(to, c, int32(start), int32(end))
	}
}

// thaiSpelling brings what looks the same to one spelling: two sara e to sara
// ae, nikhahit and sara aa to sara am, before or after the tone.
func (t *folded) thaiSpelling(r rune, c class, start, end int32) {
	n := len(t.runes)
	switch {
	case c != inThai || n == 0:
	case r == 'เ' && t.runes[n-1] == 'เ':
		start = t.pop()
		r = 'แ'
	case r == 'า' && t.runes[n-1] == 'ํ':
		start = t.pop()
		r = 'ำ'
	case r == 'า' && n > 1 && t.runes[n-2] == 'ํ' && t.runes[n-1] >= '่' && t.runes[n-1] <= '๋':
		tone := t.runes[n-1]
		t.pop()
		start = t.pop()
		t.put(tone, inThai, start, end)
		r = 'ำ'
	}
	t.put(r, c, start, end)
}

func (t *folded) pop() (start int32) {
	n := len(t.runes) - 1
	start = t.start[n]
	t.runes, t.run, t.class, t.start, t.end = t.runes[:n], t.run[:n], t.class[:n], t.start[:n], t.end[:n]
	return start
}

// put appends r, or counts it where it stands there already. Digits are never
// shrunk: 100 is not 10.
func (t *folded) put(r rune, c class, start, end int32) {
	if n := len(t.runes) - 1; n >= 0 && t.runes[n] == r && (r < '0' || r > '9') {
		t.run[n] = min(t.run[n], 254) + 1
		t.end[n] = end
		return
	}
	switch {
	case c == inThai:
		t.thai++
	case c != inWord:
	case r >= 0x370 && r < 0x400:
		t.greek++
	case r < 0x250 && r > '9':
		t.latin++
	}
	t.runes, t.run, t.class = append(t.runes, r), append(t.run, 1), append(t.class, c)
	t.start, t.end = append(t.start, start), append(t.end, end)
}

// handle returns how many bytes of text an at sign and the name after it take.
func handle(text string) int {
	n := 1
	for n < len(text) && (text[n] == '_' || text[n] == '.' || text[n] >= '0' && text[n] <= '9' || text[n]|0x20 >= 'a' && text[n]|0x20 <= 'z') {
		n++
	}
	for n > 1 && text[n-1] == '.' { // the end of a sentence
		n--
	}
	return n
}

// address returns how many bytes of text the link that it begins with takes, 0
// for none. Folded text holds no link: its slashes and its w are single.
func address(text string) int {
	n := 0
	for _, prefix := range []string{"https://", "http://", "www."} {
		if len(text) > len(prefix) && equalFold(text[:len(prefix)], prefix) {
			n = len(prefix)
			break
		}
	}
	if n == 0 {
		return 0
	}
	for n < len(text) && text[n] > ' ' && text[n] < utf8.RuneSelf {
		n++
	}
	return n
}

// equalFold reports whether text is lower but for its case; both are ASCII.
func equalFold(text, lower string) bool {
	for i := range len(lower) {
		if c := text[i]; c != lower[i] && (c|0x20 != lower[i] || c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}
