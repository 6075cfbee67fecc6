package policy

import "example.com/skala/shared/policy/model"

// leet is what digits stand for among letters, as those write who would rather
// not be found: h4cked, acc0unt.
var leet = [...]rune{'0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't'}

// plainly puts letters for the digits of words that the model knows so and not as
// they are written. It leaves alone what has digits for a reason, an iphone5 or
// Greek with an 8 for a theta. Every letter stays where it was in the original.
func (w *workspace) plainly(m *model.Weights) {
	t := &w.text
	for from := 0; from < len(t.runes); from++ {
		if t.class[from] != inWord {
			continue
		}
		to, letters, digits := from, 0, 0
		for ; to < len(t.runes) && t.class[to] == inWord; to++ {
			switch r := t.runes[to]; {
			case r >= 'a' && r <= 'z':
				letters++
			case unleet(r, 'i') != r:
				digits++
			default:
				letters = -len(t.runes) // of another alphabet, or a digit that is none
			}
		}
		if digits > 0 && letters > 0 && digits <= 2*letters && !m.Knows(mix(t.hash(from, to, 0)^seedWord)) {
			for _, one := range [...]rune{'i', 'l'} {
				if m.Knows(mix(t.hash(from, to, one) ^ seedWord)) {
					for i := from; i < to; i++ {
						t.runes[i] = unleet(t.runes[i], one)
					}
					break
				}
			}
		}
		from = to
	}
}

// hash is the hash of a word, with letters for its digits where one says what 1
// stands for.
func (t *folded) hash(from, to int, one rune) uint32 {
	h := uint32(wordEdge)
	for i := from; i < to; i++ {
		s := t.symbol(i)
		if r := unleet(t.runes[i], one); one != 0 && r != t.runes[i] {
			s = uint32(r)
		}
		h = (h ^ s) * prime
	}
	return h
}

func unleet(r, one rune) rune {
	switch {
	case r == '1':
		return one
	case int(r) < len(leet) && leet[r] != 0:
		return leet[r]
	default:
		return r
	}
}
