package wire

import (
	"bytes"
	"encoding/json"
	"iter"
	"unicode/utf8"
)

// The functions below find their way through JSON that is known to be valid.
// They exist because an envelope must stay as it came, byte for byte, and
// because the decoder takes ten times as long to say where a value ends.

// A place is a member of an object: its name, and where its value is.
type place struct {
	name       string
	begin, end int
}

// members goes through the members of an object, which may have white space
// around it.
func members(object []byte) iter.Seq[place] {
	return func(yield func(place) bool) {
		i := space(object, space(object, 0)+1)
		for object[i] != '}' {
			key := skip(object, i)
			begin := space(object, space(object, key)+1) // behind the colon
			end := skip(object, begin)
			if !yield(place{text(object[i:key]), begin, end}) {
				return
			}
			if i = space(object, end); object[i] == ',' {
				i = space(object, i+1)
			}
		}
	}
}

// elements returns what an array holds.
func elements(array []byte) []json.RawMessage {
	all := []json.RawMessage{}
	for i := space(array, 1); array[i] != ']'; {
		end := skip(array, i)
		all = append(all, array[i:end:end])
		if i = space(array, end); array[i] == ',' {
			i = space(array, i+1)
		}
	}
	return all
}

// space returns the first place from i that is no white space.
func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r') {
		i++
	}
	return i
}

// skip returns where the value ends that begins at i.
func skip(b []byte, i int) int {
	depth := 0
	for ; i < len(b); i++ {
		switch b[i] {
		case '"':
			for i++; b[i] != '"'; i++ {
				if b[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
			continue
		case '}', ']':
			depth--
		case ',', ':', ' ', '\t', '\n', '\r':
			continue
		default: // a number, true, false, null
			for i+1 < len(b) && !ends(b[i+1]) {
				i++
			}
		}
		if depth == 0 {
			return i + 1
		}
	}
	return i
}

func ends(c byte) bool {
	switch c {
	case ',', ':', ']', '}', ' ', '\t', '\n', '\r':
		return true
	}
	return false
}

// text returns what a JSON string says. The decoder is asked only where that is
// not what stands there: most of what customers write has no escapes.
func text(quoted []byte) string {
	inside := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inside, '\\') < 0 && utf8.Valid(inside) {
		return string(inside)
	}
	var s string
	if err := json.Unmarshal(quoted, &s); err != nil {
		return ""
	}
	return s
}
