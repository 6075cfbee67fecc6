package learn

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// How long a phrase may be: words where there are blanks between them, letters
// in Thai, and letters of a single word.
const (
	mostWords     = 3
	fewestLetters = 4
	fewestThai    = 4
	mostThai      = 14
)

// plain returns text as the lexicon takes it: in lower case, without accents,
// the final sigma as any other. Thai keeps its marks.
func plain(text string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(text)) {
		switch {
		case unicode.Is(unicode.Mn, r) && !thai(r):
		case r == 'ς':
			b.WriteRune('σ')
		case r == '’':
			b.WriteRune('\'')
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func thai(r rune) bool { return r >= 'ก' && r <= '๛' }

// phrases returns every phrase of text that could be listened for, each once. A
// word with a digit, an at sign or a link around it is part of none: it is
// somebody's own.
func phrases(text string) map[string]bool {
	found := map[string]bool{}
	for _, clause := range clauses(plain(text)) {
		for i := range clause {
			if thai([]rune(clause[i])[0]) {
				thaiPhrases([]rune(clause[i]), found)
				continue
			}
			for n := 1; n <= mostWords && i+n <= len(clause); n++ {
				if thai([]rune(clause[i+n-1])[0]) {
					break
				}
				if n > 1 || len([]rune(clause[i])) >= fewestLetters {
					found[strings.Join(clause[i:i+n], " ")] = true
				}
			}
		}
	}
	return found
}

// clauses returns the words that stand side by side with nothing between them. A
// run of Thai is one word.
func clauses(text string) (all [][]string) {
	var clause []string
	end := func() {
		if len(clause) > 0 {
			all = append(all, clause)
		}
		clause = nil
	}
	for _, field := range strings.Fields(text) {
		if strings.ContainsAny(field, "@#/_0123456789") {
			end()
			continue
		}
		for r := []rune(field); len(r) > 0; {
			at := slices.IndexFunc(r, func(c rune) bool { return thai(c) != thai(r[0]) || letter(c) != letter(r[0]) })
			if at < 0 {
				at = len(r)
			}
			if word := strings.Trim(string(r[:at]), "'"); letter(r[0]) && word != "" {
				clause = append(clause, word)
			} else {
				end()
			}
			r = r[at:]
		}
	}
	end()
	return all
}

func letter(r rune) bool {
	return unicode.IsLetter(r) || r == '\'' || thai(r) && unicode.Is(unicode.Mn, r)
}

// thaiPhrases adds the pieces of a run of Thai that tear no syllable apart.
func thaiPhrases(run []rune, found map[string]bool) {
	for i := range run {
		if trails(run[i]) || i > 0 && leads(run[i-1]) {
			continue
		}
		for n := fewestThai; n <= mostThai && i+n <= len(run); n++ {
			if end := i + n; !leads(run[end-1]) && (end == len(run) || !trails(run[end])) {
				found[string(run[i:end])] = true
			}
		}
	}
}

// trails reports whether a Thai letter belongs to the one before it, leads
// whether it belongs to the one after it.
func trails(r rune) bool {
	return unicode.Is(unicode.Mn, r) || strings.ContainsRune("ะาำๆฯๅ", r)
}

func leads(r rune) bool { return r >= 'เ' && r <= 'ไ' }
