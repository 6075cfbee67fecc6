// Package wording is what people read, in a language of theirs: catalogues of texts by
// keys, of which each language has the same, with the plurals, the numbers and the names of
// days and months that the Unicode consortium (CLDR) knows of it.
//
// It knows no page and no letter. Who shows something has a folder of texts beside it,
// with a folder for each language, and asks for words by a key.
package wording

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/feature/plural"
)

// Languages are those in which everything can be said, by their codes. Who reads none
// of them gets the first.
var Languages = []string{English, "th", "es", "el"}

// English is what is spoken to programs, and to whoever asks for nothing.
const English = "en"

// Texts are the words of one language by their keys.
type Texts struct {
	Language
	words map[string]forms
}

// forms are the words of a key by the plural that its first number asks for. Other is
// always there.
type forms map[plural.Form]string

// formNames are the plurals as a file names them; a language has some of them.
var formNames = map[string]plural.Form{"zero": plural.Zero, "one": plural.One, "two": plural.Two, "few": plural.Few, "many": plural.Many, "other": plural.Other}

// UnmarshalJSON reads words that are the same for every number, or an object of them
// by plurals.
func (f *forms) UnmarshalJSON(doc []byte) error {
	var all string
	if err := json.Unmarshal(doc, &all); err == nil {
		*f = forms{plural.Other: all}
		return nil
	}
	var named map[string]string
	if err := json.Unmarshal(doc, &named); err != nil {
		return err
	}
	*f = forms{}
	for name, words := range named {
		form, ok := formNames[name]
		if !ok {
			return fmt.Errorf("%q is no plural", name)
		}
		(*f)[form] = words
	}
	if (*f)[plural.Other] == "" {
		return fmt.Errorf("the words for any other number are missing")
	}
	return nil
}

// Read reads the catalogue of a language from files, which stand as dir/CODE/AREA.json:
// objects of keys and words. A key that stands in two of them would have words that
// nobody sees, and is an error.
func Read(files fs.FS, dir, code string) (Texts, error) {
	t, from := Texts{In(code), map[string]forms{}}, map[string]string{}
	names, err := fs.Glob(files, path.Join(dir, code, "*.json"))
	if err != nil || len(names) == 0 {
		return t, fmt.Errorf("reading the texts of %s: there are none", code)
	}
	for _, name := range names {
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return t, fmt.Errorf("reading the texts: %w", err)
		}
		var area map[string]forms
		if err := json.Unmarshal(body, &area); err != nil {
			return t, fmt.Errorf("reading %s: %w", name, err)
		}
		for key, words := range area {
			if other, twice := from[key]; twice {
				return t, fmt.Errorf("reading the texts of %s: %s stands in %s and in %s", code, key, path.Base(other), path.Base(name))
			}
			t.words[key], from[key] = words, name
		}
	}
	return t, nil
}

// Say returns the words of key, with args in their places: of its plurals those for
// the first number among args. A key without words stands for itself: a platform's own
// word reads better than nothing.
func (t Texts) Say(key string, args ...any) string {
	words, ok := t.words[key]
	switch {
	case !ok:
		return key
	case len(args) == 0:
		return words[plural.Other]
	}
	said := words[plural.Other]
	if n, counts := count(args); counts && len(words) > 1 {
		if form, has := words[plural.Cardinal.MatchPlural(t.tag, n, 0, 0, 0, 0)]; has {
			said = form
		}
	}
	return t.printer.Sprintf(said, args...)
}

// count returns the first whole number among args.
func count(args []any) (int, bool) {
	for _, arg := range args {
		switch v := reflect.ValueOf(arg); {
		case v.CanInt():
			return int(v.Int()), true
		case v.CanUint():
			return int(v.Uint()), true
		}
	}
	return 0, false
}

// Name returns the word for a value of a kind, such as a state, or the value.
func (t Texts) Name(kind string, value any) string {
	word := fmt.Sprint(value)
	if t.Has(kind + "." + word) {
		return t.Say(kind + "." + word)
	}
	return word
}

// Has reports whether a key has words.
func (t Texts) Has(key string) bool { return t.words[key][plural.Other] != "" }

// Keys lists all keys, in their order.
func (t Texts) Keys() []string { return slices.Sorted(maps.Keys(t.words)) }

// places are what a text has for args: a verb, and of which of them.
var places = regexp.MustCompile(`%(?:\[(\d+)\])?([a-z])`)

// placesIn lists the places of words in the order of the args.
func placesIn(words string) string {
	var all []string
	for i, m := range places.FindAllStringSubmatch(words, -1) {
		if m[1] == "" {
			m[1] = strconv.Itoa(i + 1)
		}
		all = append(all, m[1]+m[2])
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), " ")
}

// Differences lists how the catalogues under dir differ from the English one: keys that
// one of them has not, empty words, and places for other args. Tests ask.
func Differences(files fs.FS, dir string) []string {
	first, err := Read(files, dir, English)
	if err != nil {
		return []string{err.Error()}
	}
	var all []string
	for _, code := range Languages {
		t, err := Read(files, dir, code)
		if err != nil {
			all = append(all, err.Error())
			continue
		}
		for _, key := range t.Keys() {
			if first.words[key] == nil {
				all = append(all, fmt.Sprintf("%s: %s is not in %s", code, key, English))
			}
		}
		for _, key := range first.Keys() {
			want := placesIn(first.words[key][plural.Other])
			if t.words[key] == nil {
				all = append(all, fmt.Sprintf("%s: %s is missing", code, key))
			}
			for form, words := range t.words[key] {
				if got := placesIn(words); words == "" || got != want && (got != "" || form == plural.Other) {
					all = append(all, fmt.Sprintf("%s: %s is %q, with the places %q where %s has %q", code, key, words, got, English, want))
				}
			}
		}
	}
	return all
}
