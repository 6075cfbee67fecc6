package split_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/platform/split"
)

func TestALongTextIsPartedWhereAReaderWouldPauseAndNeverCut(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		limit      int
		unit       split.Unit
		want       []string
	}{
		{"what fits stays as it is", " hello \n", 8, split.Runes, []string{" hello \n"}},
		{"words stay whole", "one two three", 8, split.Runes, []string{"one two", "three"}},
		{"a word that ends at the limit stays whole", "one two three", 7, split.Runes, []string{"one two", "three"}},
		{"an end of line is the better cut", "one two\nthree four", 12, split.Runes, []string{"one two", "three four"}},
		{"but not one that leaves little", "a\none two three", 12, split.Runes, []string{"a\none two", "three"}},
		{"a word longer than a message is parted", "abcdefgh", 3, split.Runes, []string{"abc", "def", "gh"}},
		{"an emoji counts two in UTF-16", "😤😤😤", 4, split.UTF16, []string{"😤😤", "😤"}},
		{"a Greek letter counts two in bytes", "αβγδ", 5, split.Bytes, []string{"αβ", "γδ"}},
		{"a family stays together", "ab👨‍👩‍👧", 5, split.Runes, []string{"ab", "👨‍👩‍👧"}},
		{"a family is one grapheme", "ab👨‍👩‍👧", 3, split.Graphemes, []string{"ab👨‍👩‍👧"}},
		{"a grapheme too large for any message is parted by force", "👨‍👩‍👧", 2, split.Runes, []string{"👨\u200d", "👩\u200d", "👧"}},
		{"a Thai vowel stays before its consonant", "กกเก", 3, split.Runes, []string{"กก", "เก"}},
		{"and one written behind stays behind", "กกกา", 3, split.Runes, []string{"กก", "กา"}},
		{"a tone mark stays on its letter", "ก่ก่ก่", 3, split.Runes, []string{"ก่", "ก่", "ก่"}},
		{"white space at a cut is dropped", "one      two", 4, split.Runes, []string{"one", "two"}},
		{"too much of nothing but white space is nothing", strings.Repeat(" ", 9), 4, split.Runes, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, split.Text(tt.text, tt.limit, tt.unit)); diff != "" {
				t.Errorf("parts differ (-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzText holds that parts fit, and that together they say what the text said.
func FuzzText(f *testing.F) {
	f.Add("สั่งของไป 3 วันแล้วยังไม่ได้เลยค่ะ 😤", 7, uint8(1))
	f.Add("one two\n\nthree", 4, uint8(0))
	f.Add("👨‍👩‍👧é", 3, uint8(3))
	f.Add("the.organisation of www.example.coffee/menu, http://a.gr", 3, uint8(4))
	units := []split.Unit{split.Bytes, split.UTF16, split.Runes, split.Graphemes, split.Weighted}
	f.Fuzz(func(t *testing.T, s string, limit int, unit uint8) {
		u := units[int(unit)%len(units)]
		limit = 4 + abs(limit)%5000 // every rune fits into four of any unit
		if !utf8.ValidString(s) {
			return
		}
		parts := split.Text(s, limit, u)
		if got, want := bare(strings.Join(parts, "")), bare(s); got != want {
			t.Errorf("%q became %q", want, got)
		}
		for _, part := range parts {
			if n := u.Len(part); n > limit {
				t.Errorf("a part has %d %s of %d", n, u, limit)
			}
		}
	})
}

func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

func abs(n int) int { return max(n, -n, 0) }
