package people

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Folded is a text as a search compares it: lower case, without accents and without
// the tone marks of Thai, whose vowels stay; both sigmas are one.
func Folded(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == 'ς':
			return 'σ'
		case r >= '\u0e47' && r <= '\u0e4e':
			return -1
		case unicode.Is(unicode.Mn, r) && !unicode.Is(unicode.Thai, r):
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(strings.ToLower(text)))
}

// Template makes of a reply that was sent a text to save: names become the places
// that they stand for, and digits that could be somebody's number a gap.
func Template(text string, known map[string]string) string {
	type name struct{ is, place string }
	var names []name
	for place, is := range known {
		if is = filling(is); utf8.RuneCountInString(is) < 2 {
			continue
		}
		names = append(names, name{is, place})
		if first, _, more := strings.Cut(is, " "); more && place == PlaceCustomer && utf8.RuneCountInString(first) > 2 {
			names = append(names, name{first, place})
		}
	}
	slices.SortFunc(names, func(a, b name) int { return cmp.Or(len(b.is)-len(a.is), cmp.Compare(a.place, b.place)) })
	text = strings.NewReplacer("{", "(", "}", ")").Replace(text)
	for _, n := range names {
		text = replaceName(text, n.is, n.place)
	}
	return withoutNumbers(text)
}

// replaceName puts a place where a name stands for itself, not within another word or
// place. Thai has no spaces between words: there a name is found anywhere.
func replaceName(text, name, place string) string {
	var b strings.Builder
	thai := strings.ContainsFunc(name, func(r rune) bool { return unicode.Is(unicode.Thai, r) })
	for {
		at := strings.Index(text, name)
		if at < 0 {
			return b.String() + text
		}
		before, _ := utf8.DecodeLastRuneInString(b.String() + text[:at])
		after, _ := utf8.DecodeRuneInString(text[at+len(name):])
		b.WriteString(text[:at])
		if before != '{' && (thai || !wordy(before) && !wordy(after)) {
			b.WriteString(place)
		} else {
			b.WriteString(name)
		}
		text = text[at+len(name):]
	}
}

func wordy(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r))
}

// longNumber is from how many digits on a number could be somebody's.
const longNumber = 5

// withoutNumbers puts a gap in the place of each long run of digits, also where single
// spaces, points or dashes part them.
func withoutNumbers(text string) string {
	var b strings.Builder
	runes := []rune(text)
	for i := 0; i < len(runes); {
		end, digits := i, 0
		for j := i; j < len(runes); j++ {
			if unicode.IsDigit(runes[j]) {
				digits++
				end = j + 1
			} else if digits == 0 || end != j || !strings.ContainsRune(" .-/", runes[j]) {
				break
			}
		}
		end = max(end, i+1)
		if digits >= longNumber {
			b.WriteString(Gap)
		} else {
			b.WriteString(string(runes[i:end]))
		}
		i = end
	}
	return b.String()
}
