// Package split parts a text that is too long for one message into several that
// are not, in the unit in which a platform counts. Nothing but white space at a
// cut is lost.
package split

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"

	"example.com/skala/shared/desk"
)

// A Unit is what a platform counts a text's length in.
type Unit string

// The units in use.
const (
	Bytes     Unit = "bytes" // of UTF-8
	UTF16     Unit = "UTF-16 units"
	Runes     Unit = "characters"
	Graphemes Unit = "graphemes"           // what a reader takes for one character
	Weighted  Unit = "weighted characters" // as X counts
)

// Len returns how long s is.
func (u Unit) Len(s string) int {
	switch u {
	case UTF16:
		n := 0
		for _, r := range s {
			n++
			if r > 0xFFFF {
				n++
			}
		}
		return n
	case Runes:
		return utf8.RuneCountInString(s)
	case Graphemes:
		return uniseg.GraphemeClusterCount(s)
	case Weighted:
		return weigh(s)
	default:
		return len(s)
	}
}

// Text parts s into texts of at most limit units, which must be positive. A text
// that fits comes back as it is. A cut is made at the end of a line if there is
// one in the last half of what fits, else at the last white space, else where no
// word is torn as far as letters can tell: Thai has no spaces, but a vowel that
// is written before or after its consonant stays with it. A grapheme, or a link
// where links are counted as such, is cut only when it does not fit by itself.
func Text(s string, limit int, u Unit) []string {
	if u.Len(s) <= limit {
		return []string{s}
	}
	var parts []string
	for s != "" {
		end := cut(s, limit, u)
		for less := limit - 1; u == Weighted && less > 0 && weigh(strings.TrimSpace(s[:end])) > limit; less-- {
			end = cut(s, less, u) // a cut word can make a link: the.org|anisation
		}
		if part := strings.TrimSpace(s[:end]); part != "" {
			parts = append(parts, part)
		}
		s = strings.TrimSpace(s[end:])
	}
	return parts
}

// InTurn sends the parts of one text, the next when the one before is taken, and
// returns the id of the first. One that fails in the middle leaves the beginning out
// there: then the whole is desk.SendUnknown, which nobody sends again by themselves.
func InTurn(parts []string, send func(n int, part string) (id string, failed *desk.SendError)) (id string, err error) {
	for n, part := range parts {
		given, failed := send(n, part)
		if failed != nil && n > 0 {
			return "", &desk.SendError{Class: desk.SendUnknown, Reason: fmt.Sprintf("only %d of %d messages were sent, then: %s", n, len(parts), failed.Reason)}
		}
		if failed != nil {
			return "", failed
		}
		if id == "" {
			id = given
		}
	}
	return id, nil
}

// size returns how long one grapheme is.
func (u Unit) size(cluster string) int {
	switch u {
	case Graphemes:
		return 1
	case Weighted:
		return weight(cluster)
	}
	return u.Len(cluster)
}

// linked returns where the link ends that begins at i of s and counts as one thing
// in unit u, and i when there is none.
func linked(s string, i int, u Unit) int {
	if u != Weighted {
		return i
	}
	return link(s, i)
}

// cut returns how many bytes of s, which is not empty, make the next part.
func cut(s string, limit int, u Unit) int {
	var line, space, word, end, used int
	rest, state := s, -1
	for rest != "" {
		var cluster string
		var size int
		if to := linked(s, end, u); to > end {
			cluster, rest, state, size = s[end:to], s[to:], -1, linkWeight
		} else {
			cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
			size = u.size(cluster)
		}
		if used+size > limit {
			break
		}
		used += size
		end += len(cluster)
		switch last, _ := utf8.DecodeLastRuneInString(cluster); {
		case last == '\n':
			line, space, word = end, end, end
		case unicode.IsSpace(last):
			space, word = end, end
		case parts(cluster, rest):
			word = end
		}
	}
	switch {
	case end == len(s):
		return end
	case end == 0:
		return first(s, limit, u)
	case startsWithSpace(s[end:]):
		return end
	case line > end/2:
		return line
	case space > 0:
		return space
	case word > 0:
		return word
	}
	return end
}

// first is how much of a grapheme that fits no message goes into the next one:
// as many of its runes as fit, and one at least.
func first(s string, limit int, u Unit) int {
	if u == Graphemes {
		u = Runes
	}
	end := 0
	for i, r := range s {
		if next := i + utf8.RuneLen(r); i == 0 || u.Len(s[:next]) <= limit {
			end = next
			continue
		}
		break
	}
	return end
}

func startsWithSpace(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsSpace(r)
}

// parts reports whether a line may break between a grapheme and what follows,
// in scripts that are written without spaces.
func parts(cluster, rest string) bool {
	before, _ := utf8.DecodeRuneInString(cluster)
	after, _ := utf8.DecodeRuneInString(rest)
	if !unicode.Is(unicode.Thai, before) && !unicode.Is(unicode.Thai, after) {
		return unicode.In(before, unicode.Han, unicode.Hiragana, unicode.Katakana)
	}
	leading := before >= 'เ' && before <= 'ไ'
	following := strings.ContainsRune("ะาำๅๆฯ", after)
	return !leading && !following
}
