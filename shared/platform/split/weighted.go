package split

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"golang.org/x/text/unicode/norm"
)

// linkWeight is what a link counts, however long it is: X puts one of its own in
// its place.
const linkWeight = 23

// weigh returns how long s is by X's rules (its counting library, configuration
// 3): a code point of the scripts around Latin counts one, any other two, an emoji
// two whatever it is made of, a link 23.
func weigh(s string) int {
	n := 0
	for i, state := 0, -1; i < len(s); {
		if end := link(s, i); end > i {
			n, i, state = n+linkWeight, end, -1
			continue
		}
		var cluster string
		cluster, _, _, state = uniseg.FirstGraphemeClusterInString(s[i:], state)
		n += weight(cluster)
		i += len(cluster)
	}
	return n
}

// weight returns what one grapheme counts.
func weight(cluster string) int {
	if emoji(cluster) {
		return 2
	}
	if !norm.NFC.IsNormalString(cluster) {
		cluster = norm.NFC.String(cluster)
	}
	n := 0
	for _, r := range cluster {
		n++
		if r > 4351 && (r < 8192 || r > 8205) && (r < 8208 || r > 8223) && (r < 8242 || r > 8247) {
			n++
		}
	}
	return n
}

// emoji reports whether a grapheme of several code points is one picture. One of a
// single code point counts what it counts anyway.
func emoji(cluster string) bool {
	first, size := utf8.DecodeRuneInString(cluster)
	rest := cluster[size:]
	switch {
	case rest == "":
		return false
	case strings.HasSuffix(rest, "\u20e3"): // a key: #, *, or a digit in a box
		return true
	case strings.HasPrefix(rest, "\ufe0f"): // asked for as a picture
		return !unicode.In(first, unicode.Letter, unicode.Mark, unicode.Number)
	}
	return first >= 0x1f000 && first <= 0x1fbff || unicode.Is(unicode.So, first)
}

// link returns where the link ends that begins at i, and i when none does. Without
// its https:// one needs nothing before it that it could be a part of.
func link(s string, i int) int {
	if c := s[i]; !letter(c) && c < utf8.RuneSelf {
		return i
	}
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	if before < utf8.RuneSelf && i > 0 && (letter(byte(before)) || strings.IndexByte("@$#", byte(before)) >= 0) || before == '＠' || before == '＃' {
		return i
	}
	begin, named := i, false
	for _, protocol := range []string{"https://", "http://"} {
		if len(s)-i > len(protocol) && strings.EqualFold(s[i:i+len(protocol)], protocol) {
			begin, named = i+len(protocol), true
			break
		}
	}
	if !named && (s[i] >= utf8.RuneSelf || i > 0 && strings.IndexByte("-_./", s[i-1]) >= 0) {
		return i
	}
	end := host(s, begin, named)
	if end == begin {
		return i
	}
	return path(s, end)
}

func letter(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// host returns where the name of a host ends that begins at i: behind the last of
// its labels that is a top-level domain. It is i when there is none.
func host(s string, i int, anyScript bool) int {
	end, label := i, i
	for j := i; ; {
		r, size := utf8.DecodeRuneInString(s[j:])
		if size > 0 && (r < utf8.RuneSelf && (letter(byte(r)) || r == '-' || r == '_') || anyScript && r >= utf8.RuneSelf && unicode.In(r, unicode.Letter, unicode.Mark)) {
			j += size
			continue
		}
		if j == label || edge(s[label]) || edge(s[j-1]) {
			break
		}
		if label > i && r != '@' && r != '+' && domain(s[label:j]) {
			end = j
		}
		if r != '.' {
			break
		}
		j++
		label = j
	}
	return end
}

func edge(c byte) bool { return c == '-' || c == '_' }

// domain reports whether a label is a top-level domain.
func domain(label string) bool {
	label = strings.ToLower(label)
	return strings.HasPrefix(label, "xn--") || strings.Contains(tlds, " "+label+" ")
}

// path returns where what follows a host ends: its port, path and query. Signs at
// the end belong to the sentence, a bracket only without its other half.
func path(s string, host int) int {
	i := host
	if i+1 < len(s) && s[i] == ':' && s[i+1] >= '0' && s[i+1] <= '9' {
		for i++; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		}
	}
	end := i
	if i >= len(s) || s[i] != '/' && s[i] != '?' {
		return end
	}
	open := 0
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r < utf8.RuneSelf && (letter(byte(r)) || strings.ContainsRune("=_#/+-&", r)), r >= 0xc0 && r <= 0x24f, r >= 0x400 && r <= 0x4ff:
			end = i + size
		case r == '(':
			open++
		case r == ')':
			if open--; open < 0 {
				return end
			}
			end = i + size
		case r == '?' && i == end:
			end = i + size
		case r >= utf8.RuneSelf || !strings.ContainsRune("!*';:,.$%[]~|@?", r):
			return end
		}
		i += size
	}
	return end
}
