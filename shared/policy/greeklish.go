package policy

// sound rewrites Greek, be it in Greek or in Latin letters, as it sounds, so
// that one phrase of the policy finds "χρέωση", "xreosi" and "chrewsh" alike.
// The spans of t carry over. Nothing is promised about other languages: it is
// only run on what looks like Greek typed in Latin letters, and on phrases.
func sound(t, into *folded) {
	into.reset()
	into.text = t.text
	into.reserve(2 * len(t.runes)) // no letter has more sounds than two
	n, room := 0, into.room()
	runes, run, classes, start, end := into.runes[:room], into.run[:room], into.class[:room], into.start[:room], into.end[:room]
	last := rune(-1)
	for i := 0; i < len(t.runes); {
		a, b, c, used := t.runes[i], rune(0), t.class[i], 1
		near := false // whether the next letter matters
		switch {
		case a >= 'a' && a <= 'z':
			a = rune(latinSounds[a-'a'])
			near = a == '_'
		case a >= 'α' && a <= 'ω':
			a = rune(greekSounds[a-'α'])
			near = a == '_'
		case a == '3' || a == '8':
			near = true
		}
		if near {
			a, b, used = voice(t.runes, i)
			c = inWord
		}
		from, to := t.start[i], t.end[i+used-1]
		if a == last && (a < '0' || a > '9') { // doubled consonants are a matter of spelling
			end[n-1] = to
		} else {
			runes[n], run[n], classes[n], start[n], end[n] = a, 1, c, from, to
			into.count(a, c)
			last = a
			n++
		}
		if b != 0 {
			runes[n], run[n], classes[n], start[n], end[n] = b, 1, c, from, to
			into.count(b, c)
			last = b
			n++
		}
		i += used
	}
	into.runes, into.run, into.class, into.start, into.end = runes[:n], run[:n], classes[:n], start[:n], end[:n]
}

// The sounds of the letters from a to z and from alpha to omega, a line for those
// that voice must look at.
const (
	latinSounds = "_v_d_vgiij_lmn__qrs_uvoxiz"
	greekSounds = "_vgd_zi_i_lmnx_prsstivx_o"
)

// voice returns the one or two sounds that begin at i, where the letter alone does
// not tell, and how many runes spell them.
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
	case 'ψ':
		return 'p', 's', 1
	default: // 3
		return 'x', 0, 1
	}
}
