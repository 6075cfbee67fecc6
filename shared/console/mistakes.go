package console

import "strings"

// What is wrong with what somebody sent is said in English where it is found, since it
// is for programs as well. The texts under wrongKey are those sentences: where one of
// them fits, a reader gets it in their language, with what stands in its places.
const wrongKey = "wrong."

// said is what stands in a place of such a sentence: something in quotes, or words of
// one mistake.
const said = `("(?:[^"\\]|\\.)*"|(?:[^;:]|[;:]\S)+?)`

// placeWords are the words in places that are ours, by their kind.
var placeWords = map[string][]string{
	"wrong.missing_one": {"field"}, "wrong.conversation_is": {"visibility", "visibility"}, "wrong.private_only": {"visibility"},
	"wrong.needs_no_answer": {"severity", "category"}, "wrong.nobody_wrote": {"channel"}, "wrong.bound": {"field"},
}

// mistake is what is wrong in the reader's language: each part of it that is known.
// What people typed stays as it is, and so does all of it in English.
func (t texts) mistake(sentence string) string {
	words, _ := t.mistaken(sentence)
	return words
}

// mistaken also says whether any of it was known.
func (t texts) mistaken(sentence string) (words string, known bool) {
	for _, m := range t.mistakes {
		if places := m.fits.FindStringSubmatch(sentence); places != nil {
			return t.say(m.key, t.places(m.key, places[1:])...), true
		}
	}
	for _, between := range []string{"; ", ": "} {
		if before, after, ok := cut(sentence, between); ok && len(t.mistakes) > 0 {
			after, known := t.mistaken(after)
			return t.field(before) + between + after, known
		}
	}
	return sentence, false
}

// cut is strings.Cut for what is not in quotes.
func cut(sentence, between string) (before, after string, found bool) {
	quoted := false
	for i := range len(sentence) {
		switch {
		case sentence[i] == '"' && (i == 0 || sentence[i-1] != '\\'):
			quoted = !quoted
		case !quoted && strings.HasPrefix(sentence[i:], between):
			return sentence[:i], sentence[i+len(between):], true
		}
	}
	return sentence, "", false
}

// field is a field's name, or what else is before a mistake.
func (t texts) field(before string) string {
	words, known := t.mistaken(before)
	if !known {
		words = t.name("field", before)
	}
	return words
}

// places are the words for the places of a sentence.
func (t texts) places(key string, found []string) []any {
	kinds, words := placeWords[key], make([]any, len(found))
	for i, is := range found {
		words[i] = is
		if i < len(kinds) && kinds[i] != "" {
			words[i] = t.name(kinds[i], strings.Trim(is, `"`))
		}
	}
	return words
}
