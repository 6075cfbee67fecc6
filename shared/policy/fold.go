package policy

import (
	"slices"
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
	text  string // the original
	runes []rune
	run   []uint8 // how often the rune stood there, 255 at most
	class []class
	start []int32 // of the bytes of the original text that the rune stands for
	end   []int32

	thai, greek, latin int // letters of each script
	links, mentions    int
	numbers            bool // whether it has any digit
}

func (t *folded) reset() {
	*t = folded{runes: t.runes[:0], run: t.run[:0], class: t.class[:0], start: t.start[:0], end: t.end[:0]}
}

// reserve makes room for so many more runes.
func (t *folded) reserve(more int) {
	if n := len(t.runes); t.room()-n < more {
		t.runes, t.run, t.class = slices.Grow(t.runes, more), slices.Grow(t.run, more), slices.Grow(t.class, more)
		t.start, t.end = slices.Grow(t.start, more), slices.Grow(t.end, more)
	}
}

// room returns how many runes t can hold as it is.
func (t *folded) room() int {
	return min(cap(t.runes), cap(t.run), cap(t.class), cap(t.start), cap(t.end))
}

// known is how far the folder's tables reach: Latin, Greek, Cyrillic, Thai and
// the punctuation. What lies beyond is looked up rune by rune.
const known = 0x2200

// Values of plain that are no runes.
const (
	drop   = -1 // marks, joiners, apostrophes
	expand = -2 // becomes several runes
)

// A folder knows what each rune folds to: an entry a rune, of the rune it
// becomes, its class, the script it counts for, and what else there is to do.
type folder [known]entry

type entry uint32

const (
	runeBits = 1<<21 - 1

	classAt, scriptAt    = 21, 23
	classBits, scriptMax = 3, 3

	digit  entry = 1 << 25 // never shrunk
	opens  entry = 1 << 26 // a link may begin with it
	joins  entry = 1 << 27 // Thai that may become one with what is before it
	spells entry = 1 << 28 // is dropped, becomes several runes, or a mention
)

// Scripts, as entries count them.
const (
	noScript = iota
	thaiScript
	greekScript
	latinScript
	scripts
)

func newFolder() *folder {
	f := new(folder)
	for r := range rune(known) {
		to, c := plain(r), apart
		if to < 0 || r == '@' {
			f[r] = spells
			continue
		}
		c = classOf(to)
		e := entry(to) | entry(c)<<classAt | entry(scriptOf(to, c))<<scriptAt
		switch {
		case to >= '0' && to <= '9':
			e |= digit
		case to == 'เ' || to == 'า':
			e |= joins
		case r|0x20 == 'h' || r|0x20 == 'w':
			if r < utf8.RuneSelf {
				e |= opens
			}
		}
		f[r] = e
	}
	return f
}

// scriptOf returns the script that a folded rune is a letter of.
func scriptOf(r rune, c class) int {
	switch {
	case c == inThai:
		return thaiScript
	case c != inWord:
		return noScript
	case r >= 0x370 && r < 0x400:
		return greekScript
	case r < 0x250 && r > '9':
		return latinScript
	}
	return noScript
}

// plain returns what r folds to, drop or expand.
func plain(r rune) rune {
	if emoji(r) || r >= 'ก' && r <= '๏' {
		return r // they decompose into nothing; sara am stays whole
	}
	switch {
	case mark(r):
		return drop
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
	case unicode.Is(unicode.Cf, r), r >= 0x1f3fb && r <= 0x1f3ff: // skin tones
		return drop
	}
	if r < utf8.RuneSelf {
		return unicode.ToLower(r)
	}
	if whole := string(r); !norm.NFKD.IsNormalString(whole) {
		var base rune
		for _, part := range norm.NFKD.String(whole) {
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

// emoji reports whether r is one of those that stand for themselves.
func emoji(r rune) bool {
	return r >= 0x1f300 && r < 0x1f3fb || r > 0x1f3ff && r < 0x1fb00 || r >= 0x2600 && r < 0x27c0
}

// mark reports whether r is an accent of a script whose letters are the same
// without it. The vowels and tones of Thai are not.
func mark(r rune) bool {
	return r >= 0x300 && r <= 0x36f || r >= 0x1ab0 && r <= 0x1aff || r >= 0x1dc0 && r <= 0x1dff || r >= 0x20d0 && r <= 0x20ff || r >= 0xfe00 && r <= 0xfe0f || r >= 0xfe20 && r <= 0xfe2f
}

func classOf(r rune) class {
	switch {
	case r >= 'ก' && r <= '๛':
		return inThai
	case emoji(r):
		return apart
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
	t.text = text
	t.reserve(len(text))
	for at := 0; at < len(text); {
		at = f.swiftly(text, at, t)
		if at < len(text) {
			at += f.slowly(text, at, t)
		}
	}
}

// swiftly folds from at on what takes only a look at the table, and returns where
// it stopped. There is room in t for a rune a byte.
func (f *folder) swiftly(text string, at int, t *folded) int {
	n, room := len(t.runes), t.room()
	runes, run, classes, start, end := t.runes[:room], t.run[:room], t.class[:room], t.start[:room], t.end[:room]
	var letters [scripts]int
	last, all := rune(-1), entry(0)
	if n > 0 {
		last = runes[n-1]
	}
	for at < len(text) && n < room {
		r, size := rune(text[at]), 1
		if r >= utf8.RuneSelf {
			switch rest := text[at:]; {
			case r >= 0xc2 && r < 0xe0 && len(rest) > 1 && rest[1]&0xc0 == 0x80:
				r, size = r&0x1f<<6|rune(rest[1]&0x3f), 2
			case r >= 0xe0 && r < 0xe3 && len(rest) > 2 && rest[1]&0xc0 == 0x80 && rest[2]&0xc0 == 0x80 && (r > 0xe0 || rest[1] >= 0xa0):
				r, size = r&0xf<<12|rune(rest[1]&0x3f)<<6|rune(rest[2]&0x3f), 3
			default:
				r, size = utf8.DecodeRuneInString(rest)
			}
			if r >= known {
				break
			}
		}
		e := f[r]
		to := rune(e & runeBits)
		if e >= opens {
			if e&spells != 0 || e&opens != 0 && address(text[at:]) > 0 || e&joins != 0 && n > 0 && (last == 'เ' || last == 'ํ' || n > 1 && runes[n-2] == 'ํ') {
				break
			}
		}
		if to == last && e&digit == 0 {
			run[n-1] = min(run[n-1], 254) + 1
			at += size
			end[n-1] = int32(at)
			continue
		}
		runes[n], run[n], classes[n], start[n] = to, 1, class(e>>classAt&classBits), int32(at)
		at += size
		end[n] = int32(at)
		letters[e>>scriptAt&scriptMax]++
		all |= e
		last = to
		n++
	}
	t.runes, t.run, t.class, t.start, t.end = runes[:n], run[:n], classes[:n], start[:n], end[:n]
	t.thai += letters[thaiScript]
	t.greek += letters[greekScript]
	t.latin += letters[latinScript]
	t.numbers = t.numbers || all&digit != 0
	return at
}

// slowly folds the rune, the handle or the link at a place of text, and returns
// how many bytes that was.
func (f *folder) slowly(text string, at int, t *folded) (size int) {
	r, size := utf8.DecodeRuneInString(text[at:])
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
	t.reserve(len(text) - at - size)
	return size
}

// rune appends what r folds to.
func (f *folder) rune(t *folded, r rune, start, end int) {
	var to rune
	if r < known && f[r]&spells == 0 {
		to = rune(f[r] & runeBits)
	} else {
		to = plain(r)
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
		t.thaiSpelling(to, classOf(to), int32(start), int32(end))
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
	t.count(r, c)
	t.numbers = t.numbers || r >= '0' && r <= '9'
	t.runes, t.run, t.class = append(t.runes, r), append(t.run, 1), append(t.class, c)
	t.start, t.end = append(t.start, start), append(t.end, end)
}

// count notes which script a rune is of.
func (t *folded) count(r rune, c class) {
	switch scriptOf(r, c) {
	case thaiScript:
		t.thai++
	case greekScript:
		t.greek++
	case latinScript:
		t.latin++
	}
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
	if len(text) < 2 || text[1]|0x20 != 't' && text[1]|0x20 != 'w' {
		return 0 // most words with h or w
	}
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
