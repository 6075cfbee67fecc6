package console

import (
	"embed"
	"encoding/json"
	"fmt"
)

//go:embed texts
var textFiles embed.FS

// Texts are the words that people read, by a key that code and templates use.
// A further language is a further file.
type texts map[string]string

func readTexts(lang string) (texts, error) {
	body, err := textFiles.ReadFile("texts/" + lang + ".json")
	if err != nil {
		return nil, fmt.Errorf("reading the texts: %w", err)
	}
	var t texts
	if err := json.Unmarshal(body, &t); err != nil {
		return nil, fmt.Errorf("reading the texts of %s: %w", lang, err)
	}
	return t, nil
}

// say returns the words of key, with args in their places. A key without words
// stands for itself: a platform's own word reads better than nothing.
func (t texts) say(key string, args ...any) string {
	words, ok := t[key]
	switch {
	case !ok:
		return key
	case len(args) == 0:
		return words
	}
	return fmt.Sprintf(words, args...)
}

// name returns the word for a value of a kind, such as a state, or the value.
func (t texts) name(kind string, value any) string {
	word := fmt.Sprint(value)
	if words, ok := t[kind+"."+word]; ok {
		return words
	}
	return word
}
