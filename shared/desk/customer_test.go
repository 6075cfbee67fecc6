package desk_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
)

func TestWhatIsAlikeIsEvidence(t *testing.T) {
	t.Parallel()
	a := desk.Author{ID: "1", Handle: "@Aegean_Fan", Name: "Name  Surname", Organisation: "Aegean"}
	for _, tt := range []struct {
		what string
		b    desk.Author
		want []desk.Evidence
	}{
		{"the same handle, written otherwise", desk.Author{ID: "2", Handle: "aegean_fan"}, []desk.Evidence{desk.SameHandle}},
		{"the same name", desk.Author{ID: "2", Name: "name surname"}, []desk.Evidence{desk.SameName}},
		{"name, handle and firm", desk.Author{ID: "2", Name: "NAME SURNAME", Handle: "aegean_fan", Organisation: "aegean"}, []desk.Evidence{desk.SameHandle, desk.SameName, desk.SameOrganisation}},
		{"a firm alone", desk.Author{ID: "2", Organisation: "Aegean"}, nil},
		{"nothing", desk.Author{ID: "2"}, nil},
		{"an id that is the other's alias", desk.Author{ID: "2", Alias: "1"}, []desk.Evidence{desk.SameAlias}},
	} {
		if got := a.Alike(tt.b); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.what, got, tt.want)
		}
		if got := tt.b.Alike(a); !slices.Equal(got, tt.want) {
			t.Errorf("%s, the other way round: %v, want %v", tt.what, got, tt.want)
		}
	}
	for _, name := range []string{"", "Nok", "Facebook User", "  customer "} {
		if mark := (desk.Author{Name: name}).NameMark(); mark != "" {
			t.Errorf("%q is marked %q, and tells nobody apart", name, mark)
		}
	}
}

func TestSuggestionsLeaveOutWhatWasSaidAndWhatIsCommon(t *testing.T) {
	t.Parallel()
	by := func(platform desk.Platform, id, handle, name string) desk.Ticket {
		t := desk.Ticket{Author: desk.Author{ID: id, Handle: handle, Name: name}}
		t.Platform = platform
		return t
	}
	me := by("x", "1", "aegean_fan", "Name Surname")
	seen := []desk.Ticket{
		me, by("facebook", "3", "", "Name Surname"), by("instagram", "2", "aegean_fan", ""), by("facebook", "3", "", "Name Surname"),
		by("tiktok", "4", "aegean_fan", "Name Surname"), by("youtube", "5", "someone", "Somebody Else"), by("bluesky", "", "aegean_fan", ""),
	}
	said := []desk.Kinship{{With: desk.Identity{Platform: "instagram", ID: "2"}, Is: desk.OtherPerson}}
	whom := func(all []desk.Suggestion) (names []string) {
		for _, s := range all {
			names = append(names, fmt.Sprint(s, s.Evidence))
		}
		return names
	}
	if diff := cmp.Diff([]string{"tiktok:4 [handle name]", "facebook:3 [name]"}, whom(me.Suggest(seen, said))); diff != "" {
		t.Error(diff)
	}
	said[0].Is = desk.NothingSaid
	if got := me.Suggest(seen, said); len(got) != 3 {
		t.Errorf("with that taken back: %v", whom(got))
	}
	for n := range 5 {
		seen = append(seen, by("facebook", fmt.Sprint("2", n), "", "Name Surname"))
	}
	if diff := cmp.Diff([]string{"tiktok:4 [handle name]", "instagram:2 [handle]"}, whom(me.Suggest(seen, said))); diff != "" {
		t.Errorf("a name that many go by: %s", diff)
	}
}
