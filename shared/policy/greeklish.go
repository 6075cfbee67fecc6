package policy

// sound rewrites Greek, be it in Greek or in Latin letters, as it sounds, so
// that one phrase of the policy finds "χρέωση", "xreosi" and "chrewsh" alike.
// The spans of t carry over. Nothing is promised about other languages: it is
// only run on what looks like Greek typed in Latin letters, and on phrases.
func sound(t, into *folded) {
	into.reset()
	for i := 0; i < len(t.runes); {
		a, b, used := voice(t.runes, i)
		start, end := t.start[i], t.end[i+used-1]
		into.soundOut(a, start, end)
		if b != 0 {
			into.soundOut(b, start, end)
		}
		i += used
	}
}

func (t *folded) soundOut(r rune, start, end int32) {
	t.put(r, classOf(r), start, end)
	t.run[len(t.run)-1] = 1 // doubled consonants are a matter of spelling
}

// voice returns the one or two sounds that begin at i, and how many runes spell
// them.
func voice(runes []rune, i int) (a, b rune, used int) {
	var next rune
	if i+1 < len(runes) {
		next = runes[i+1]
	}
	switch r := runes[i]; r {
	case 'α', 'a':
		switch next {
		case 'υ', 'u':
			return 'a', 'v', 2
		case 'ι', 'i':
			return 'e', 0, 2
		}
		return 'a', 0, 1
	case 'ε', 'e':
		switch next {
		case 'υ', 'u':
			return 'e', 'v', 2
		case 'ι', 'i':
			return 'i', 0, 2
		}
		return 'e', 0, 1
	case 'ο', 'o':
		switch next {
		case 'υ', 'u':
			return 'u', 0, 2
		case 'ι', 'i':
			return 'i', 0, 2
		}
		return 'o', 0, 1
	case 'η', 'ι', 'υ', 'y', 'h':
		return 'i', 0, 1
	case 'ω', 'w':
		return 'o', 0, 1
	case 'β', 'φ', 'b', 'f':
		return 'v', 0, 1
	case 'θ', '8':
		return 'θ', 0, 1
	case 't':
		if next == 'h' {
			return 'θ', 0, 2
		}
		return 't', 0, 1
	case 'c':
		if next == 'h' {
			return 'x', 0, 2
		}
		return 'k', 0, 1
	case 'p':
		if next == 'h' {
			return 'v', 0, 2
		}
		return 'p', 0, 1
	case 'κ', 'k':
		if next == 's' || next == 'σ' {
			return 'x', 0, 2
		}
		return 'k', 0, 1
	case 'ξ', 'χ', '3':
		return 'x', 0, 1
	case 'ψ':
		return 'p', 's', 1
	default:
		if r >= 'α' && r <= 'ω' {
			return rune(latinLetters[r-'α']), 0, 1
		}
		return r, 0, 1
	}
}

// latinLetters are how the letters from alpha to omega sound, where one Latin
// letter does.
const latinLetters = "avgdezi_iklmnxoprsstivxpo"
