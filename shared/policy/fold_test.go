package policy

import (
	"slices"
	"testing"
	"unicode"
)

func foldedOf(text string) string {
	var t folded
	newFolder().fold(text, &t)
	return string(t.runes)
}

func TestFoldingForgetsHowAWordWasTyped(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, want string }{
		{"case", "Hello", "helo"},
		{"Greek accents and the final sigma", "Άψογος ΎΛΗ ΐ", "αψογοσ υλη ι"},
		{"Spanish accents", "Señor, ¿cuánto?", "senor, ¿cuanto?"},
		{"stretched letters", "sooooo goooood", "so god"},
		{"digits as they are", "100 ๑๐๐", "100 100"},
		{"apostrophes", "can't can’t", "cant cant"},
		{"blanks and hyphens", "log-in\n\t  now", "log in now"},
		{"sara e twice", "เเอป", "แอป"},
		{"sara am in parts", "ซ้ํา ซํ้า น้ำ", "ซ้ำ ซ้ำ น้ำ"},
		{"ligatures and full width", "ﬁn ＡＢ", "fin ab"},
		{"handles", "@some.one_1 hi", string(mention) + " hi"},
		{"links", "see HTTPS://a.example/?q=1 www.b.example", "se " + string(link) + " " + string(link)},
		{"skin tones and variation selectors", "👍🏽 ❤️", "👍 ❤"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := foldedOf(tt.text); got != tt.want {
				t.Errorf("%q folds to %q, want %q", tt.text, got, tt.want)
			}
		})
	}
}

func TestFoldingTwiceChangesNothingForAnyRune(t *testing.T) {
	t.Parallel()
	f := newFolder()
	var once, twice folded
	for r := rune(1); r <= unicode.MaxRune; r++ {
		f.fold(string(r), &once)
		f.fold(string(once.runes), &twice)
		if !slices.Equal(once.runes, twice.runes) {
			t.Fatalf("%U folds to %q, and that to %q", r, string(once.runes), string(twice.runes))
		}
	}
}

func TestGreekSoundsTheSameInBothScripts(t *testing.T) {
	t.Parallel()
	f := newFolder()
	sounds := func(text string) string {
		var written, heard folded
		f.fold(text, &written)
		sound(&written, &heard)
		return string(heard.runes)
	}
	for _, tt := range [][]string{
		{"χρέωση", "xreosi", "xrewsh", "chreosi"},
		{"θέλω", "thelo", "8elw", "thelw"},
		{"ευχαριστώ", "euxaristw", "efxaristo", "evxaristo"},
		{"υπάρχει", "yparxei", "iparxei", "yparxi"},
		{"ξανά", "ksana", "xana", "3ana"},
		{"αυτό", "auto", "afto"},
		{"παραλλαγή", "paralagi", "parallagh"},
		{"ψυγείο", "psygeio", "psigio"},
		{"μου", "mou"},
		{"είναι", "einai", "ine"},
	} {
		for _, latin := range tt[1:] {
			if sounds(tt[0]) != sounds(latin) {
				t.Errorf("%s sounds %q, %s sounds %q", tt[0], sounds(tt[0]), latin, sounds(latin))
			}
		}
	}
}

// FuzzFold holds what reasons rely on: each rune knows its bytes, in order and
// whole, and folding what was folded changes nothing.
func FuzzFold(f *testing.F) {
	for _, text := range []string{"ΔΙΠΛΉ χρε\u0301ωση", "เเเแเ ํ้ํ้า", "a'a''-_b", "hhttp:://x httttps://", "@@a.@.", "\xff\xc3", "ﬁﬁﬁ İİ ½½", "1234567890", "ｈｔｔｐ：／／ａ", "ht\u200btp://a", "ww\u0301w.a"} {
		f.Add(text)
	}
	folder := newFolder()
	f.Fuzz(func(t *testing.T, text string) {
		var once, twice folded
		folder.fold(text, &once)
		last := int32(0)
		for i := range once.runes {
			if once.start[i] < last || once.end[i] < once.start[i] || int(once.end[i]) > len(text) || once.run[i] == 0 {
				t.Fatalf("rune %d of %q stands for bytes %d to %d after %d", i, text, once.start[i], once.end[i], last)
			}
			last = once.start[i]
		}
		folder.fold(string(once.runes), &twice)
		if !slices.Equal(once.runes, twice.runes) {
			t.Errorf("%q folds to %q, and that to %q", text, string(once.runes), string(twice.runes))
		}
	})
}
