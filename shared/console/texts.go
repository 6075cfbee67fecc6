package console

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
)

//go:embed texts
var textFiles embed.FS

// Texts are the words that people read, by a key that code and templates use. Each
// language has a folder, and in it a file for each area of the console. A further
// language is a further folder.
type texts map[string]string

// readTexts reads the files of a language into one catalogue. A key that stands in
// two of them would have words that nobody sees, and is an error.
func readTexts(lang string) (texts, error) {
	names, err := fs.Glob(textFiles, "texts/"+lang+"/*.json")
	if err != nil || len(names) == 0 {
		return nil, fmt.Errorf("reading the texts of %s: there are none", lang)
	}
	all, from := texts{}, map[string]string{}
	for _, name := range names {
		body, err := textFiles.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("reading the texts: %w", err)
		}
		var area texts
		if err := json.Unmarshal(body, &area); err != nil {
			return nil, fmt.Errorf("reading %s: %w", name, err)
		}
		for key, words := range area {
			if other, twice := from[key]; twice {
				return nil, fmt.Errorf("reading the texts of %s: %s stands in %s and in %s", lang, key, path.Base(other), path.Base(name))
			}
			all[key], from[key] = words, name
		}
	}
	return all, nil
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
