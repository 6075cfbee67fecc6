package console

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/people"
)

func TestWhoIsNamedInANoteIsWhoeverStandsBehindAnAt(t *testing.T) {
	t.Parallel()
	crew := people.Directory{Members: map[string]people.Member{
		"ann": {ID: "ann"}, "bo.lee": {ID: "bo.lee"}, "สมชาย": {ID: "สมชาย"}, "gone": {ID: "gone", Left: true}, "c@desk.example": {ID: "c@desk.example"},
	}}
	for text, want := range map[string][]string{
		"@ann, can you look? @bo.lee.":   {"ann", "bo.lee"},
		"(@ann) and again @ann":          {"ann"},
		"ถาม @สมชาย ได้ไหม":              {"สมชาย"},
		"write to pay@ann or @nobody":    nil,
		"@gone has left, @ and @":        nil,
		"as @c@desk.example said, @anna": {"c@desk.example"},
		"":                               nil,
	} {
		if diff := cmp.Diff(want, mentioned(text, crew)); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}
