package console

import (
	"embed"
	"strings"
	"time"

	"example.com/skala/shared/wording"
)

// The console's words: each language has a folder, and in it a file for each area of
// the console. A further language is a further folder, and a line in package wording.
//
//go:embed texts
var textFiles embed.FS

// Texts are the words that people read, by a key that code and templates use.
type texts struct {
	wording.Texts
	phrases, mistakes []phrase // the desk's own sentences; none in English, which they are in
}

func readTexts(lang string) (texts, error) {
	t, err := wording.Read(textFiles, "texts", lang)
	if err != nil || lang == wording.English {
		return texts{Texts: t}, err
	}
	english, err := wording.Read(textFiles, "texts", wording.English)
	in := texts{Texts: english}
	return texts{Texts: t, phrases: phrasesIn(in, whyKey, `(.+?)`), mistakes: phrasesIn(in, wrongKey, said)}, err
}

// say returns the words of key, with args in their places.
func (t texts) say(key string, args ...any) string { return t.Say(key, args...) }

// name returns the word for a value of a kind, such as a state, or the value.
func (t texts) name(kind string, value any) string { return t.Name(kind, value) }

// lasting writes a duration for people, by its two largest units: "3 h 20 min".
func (t texts) lasting(d time.Duration) string {
	d = d.Truncate(time.Second)
	units := []struct {
		key string
		is  time.Duration
	}{{"unit.d", 24 * time.Hour}, {"unit.h", time.Hour}, {"unit.min", time.Minute}, {"unit.s", time.Second}}
	var words []string
	for _, u := range units {
		if n := d / u.is; n > 0 || u.is == time.Second && len(words) == 0 {
			words = append(words, t.say(u.key, int64(n)))
			d -= n * u.is
		} else if len(words) > 0 {
			break
		}
		if len(words) == 2 {
			break
		}
	}
	return strings.Join(words, " ")
}

// wall writes when a turn begins: Tue 3 Nov 14:05, by the clock of its zone.
func (t texts) wall(at time.Time, zone *time.Location) string {
	at = at.In(zone)
	return t.Weekday(at) + " " + t.Day(at) + " " + t.Clock(at)
}
