package policy

import (
	"math/rand/v2"
	"slices"
	"strings"
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

// TestFoldingInHasteIsFoldingRuneByRune compares the way most text takes with the
// one that takes every rune by itself.
func TestFoldingInHasteIsFoldingRuneByRune(t *testing.T) {
	t.Parallel()
	f := newFolder()
	compare := func(text string) {
		var quick, slow folded
		f.fold(text, &quick)
		for at := 0; at < len(text); {
			at += f.slowly(text, at, &slow)
		}
		if !slices.Equal(quick.runes, slow.runes) || !slices.Equal(quick.run, slow.run) || !slices.Equal(quick.class, slow.class) ||
			!slices.Equal(quick.start, slow.start) || !slices.Equal(quick.end, slow.end) ||
			quick.thai != slow.thai || quick.greek != slow.greek || quick.latin != slow.latin || quick.links != slow.links || quick.mentions != slow.mentions {
			t.Fatalf("%q folds to\n  %+v, rune by rune to\n  %+v", text, quick, slow)
		}
	}
	for r := range rune(known + 0x100) { // beyond, there is but one way
		compare(string([]rune{'x', r, 'y', r, r}))
	}
	pieces := []string{"a", "B", "ss", "h", "w", "ht", "http://a.b ", "WWW.x.y", "@a.b. ", "'", " ", "-", "7", "77", "é", "e\u0301", "Σ", "ς", "ά", "เ", "เ", "า", "ํ", "้", "๑", "ﬁ", "ﷺ", "👍🏽", "❤️", "\xff", "\xe0\xb8", "\xe0\x80\x80", "\xc0\x80", "…"}
	random := rand.New(rand.NewPCG(5, 6))
	for range 20000 {
		var text strings.Builder
		for range 1 + random.IntN(20) {
			text.WriteString(pieces[random.IntN(len(pieces))])
		}
		compare(text.String())
	}
}
