package wire

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

// scan appends the nodes of b to nodes, and reports whether b is one valid JSON
// value. A container that is still open keeps the one around it in next.
func scan(b []byte, nodes []node) ([]node, bool) {
	const none = -1
	inside, depth := int32(none), 0
	i := space(b, 0)
	for i < len(b) { // a value begins at i
		begin := i
		switch c := b[i]; c {
		case '{', '[':
			if depth++; depth > maxDepth {
				return nodes, false
			}
			nodes = append(nodes, node{begin: int32(i), next: inside, kind: c})
			inside = int32(len(nodes) - 1)
			if i = space(b, i+1); i < len(b) && b[i] == c+2 { // its end
				break
			}
			if c == '{' {
				var ok bool
				if nodes, i, ok = name(b, i, nodes); !ok {
					return nodes, false
				}
			}
			continue
		case '"':
			end, escaped, ok := quoted(b, i)
			if !ok {
				return nodes, false
			}
			i = end
			nodes = append(nodes, node{int32(begin), int32(end), int32(len(nodes) + 1), c, escaped})
		case 't', 'f', 'n':
			if i = word(b, i); i < 0 {
				return nodes, false
			}
			nodes = append(nodes, node{int32(begin), int32(i), int32(len(nodes) + 1), c, false})
		default:
			if i = number(b, i); i < 0 {
				return nodes, false
			}
			nodes = append(nodes, node{int32(begin), int32(i), int32(len(nodes) + 1), '0', false})
		}
		for { // a value ends before i
			i = space(b, i)
			if inside == none {
				return nodes, i == len(b)
			}
			around := &nodes[inside]
			if i == len(b) {
				return nodes, false
			}
			if b[i] == around.kind+2 {
				i++
				inside, around.end, around.next = around.next, int32(i), int32(len(nodes))
				depth--
				continue
			}
			if b[i] != ',' {
				return nodes, false
			}
			i = space(b, i+1)
			if around.kind == '{' {
				var ok bool
				if nodes, i, ok = name(b, i, nodes); !ok {
					return nodes, false
				}
			}
			break
		}
	}
	return nodes, false
}

// name appends the name of a member that begins at i, and returns where its value
// begins.
func name(b []byte, i int, nodes []node) ([]node, int, bool) {
	if i >= len(b) || b[i] != '"' {
		return nodes, i, false
	}
	end, escaped, ok := quoted(b, i)
	if !ok {
		return nodes, i, false
	}
	nodes = append(nodes, node{int32(i), int32(end), int32(len(nodes) + 1), '"', escaped})
	if i = space(b, end); i >= len(b) || b[i] != ':' {
		return nodes, i, false
	}
	return nodes, space(b, i+1), true
}

// quoted returns where the string ends that begins at i, and whether there are
// escapes in it. It looks at eight bytes at a time.
func quoted(b []byte, i int) (end int, escaped, ok bool) {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	for i++; i < len(b); {
		if len(b)-i >= 8 {
			x := binary.LittleEndian.Uint64(b[i:])
			quote, slash := x^'"'*ones, x^'\\'*ones
			// Bytes below a control character's end, or equal to one of the two,
			// carry into their highest bit. The lowest one found is right.
			found := ((x-' '*ones)&^x | (quote-ones)&^quote | (slash-ones)&^slash) & highs
			if found == 0 {
				i += 8
				continue
			}
			i += bits.TrailingZeros64(found) / 8
		}
		switch c := b[i]; {
		case c == '"':
			return i + 1, escaped, true
		case c < ' ':
			return 0, false, false
		case c != '\\':
			i++
			continue
		}
		for escaped = true; i < len(b) && b[i] == '\\'; { // those of a script come in a row
			if i++; i == len(b) {
				return 0, false, false
			}
			switch b[i] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
				i++
			case 'u':
				if len(b)-i < 5 || !isHex(b[i+1:i+5]) {
					return 0, false, false
				}
				i += 5
			default:
				return 0, false, false
			}
		}
	}
	return 0, false, false
}

// word returns where true, false or null ends that begins at i, below 0 when it
// is none of them.
func word(b []byte, i int) int {
	for _, w := range [...]string{"true", "false", "null"} {
		if len(b)-i >= len(w) && string(b[i:i+len(w)]) == w {
			return i + len(w)
		}
	}
	return -1
}

// number returns where the number ends that begins at i, below 0 when it is none.
func number(b []byte, i int) int {
	if b[i] == '-' {
		i++
	}
	switch end := digits(b, i); {
	case end == i, end > i+1 && b[i] == '0':
		return -1
	default:
		i = end
	}
	if i < len(b) && b[i] == '.' {
		end := digits(b, i+1)
		if end == i+1 {
			return -1
		}
		i = end
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		if i++; i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		end := digits(b, i)
		if end == i {
			return -1
		}
		i = end
	}
	return i
}

// digits returns the first place from i that is no digit.
func digits(b []byte, i int) int {
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		i++
	}
	return i
}

// unescape returns what the inside of a valid JSON string says. Halves of a pair
// and what is no UTF-8 come out as U+FFFD.
func unescape(b []byte) string {
	if !utf8.Valid(b) {
		b = []byte(string([]rune(string(b))))
	}
	var room [2048]byte // what most customers write: no escape is shorter than what it stands for
	s := room[:]
	if len(b) > len(s) {
		s = make([]byte, len(b))
	}
	n := 0
	for i := 0; i < len(b); {
		if b[i] != '\\' {
			s[n] = b[i]
			i, n = i+1, n+1
			continue
		}
		if b[i+1] != 'u' {
			s[n] = control(b[i+1])
			i, n = i+2, n+1
			continue
		}
		r := hex4(b[i+2 : i+6])
		i += 6
		switch {
		case utf16.IsSurrogate(r):
			half := r
			r = utf8.RuneError
			if len(b)-i >= 6 && b[i] == '\\' && b[i+1] == 'u' {
				if both := utf16.DecodeRune(half, hex4(b[i+2:i+6])); both != utf8.RuneError {
					r = both
					i += 6
				}
			}
			n += utf8.EncodeRune(s[n:], r)
		case r >= 0x800: // three bytes, as most scripts that are escaped
			three := s[n : n+3 : n+3]
			three[0], three[1], three[2] = 0xe0|byte(r>>12), 0x80|byte(r>>6)&0x3f, 0x80|byte(r)&0x3f
			n += 3
		default:
			n += utf8.EncodeRune(s[n:], r)
		}
	}
	return string(s[:n])
}

// control returns what stands behind a backslash for.
func control(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}

// isHex reports whether b begins with four hexadecimal digits. It looks at all
// four at once: which of them are letters cannot be foretold, so that asking one
// by one costs more than hashing the webhook.
func isHex(b []byte) bool {
	const each, highs = 0x01010101, 0x80808080
	x := binary.LittleEndian.Uint32(b)
	lower := x | ' '*each
	// Whatever is at least the first, and not above the last, has the highest bit
	// of its byte set in the one and not in the other. No byte carries into the
	// next, since those that could are none of ASCII.
	digits := (x + (0x80-'0')*each) &^ (x + (0x7f-'9')*each)
	letters := (lower + (0x80-'a')*each) &^ (lower + (0x7f-'f')*each)
	return x&highs == 0 && (digits|letters)&highs == highs
}

// hex4 reads four hexadecimal digits.
func hex4(b []byte) rune {
	_ = b[3]
	return digit(b[0])<<12 | digit(b[1])<<8 | digit(b[2])<<4 | digit(b[3])
}

// digit returns what a hexadecimal digit stands for. Letters of either case have
// the bit that digits lack.
func digit(c byte) rune { return rune(c&15 + c>>6*9) }
