package policy_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"example.com/skala/shared/policy"
	"example.com/skala/shared/policy/model"
)

// many is a text for each number up to n.
func many(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func TestADocumentThatIsTooMuchIsRefusedAtItsLine(t *testing.T) {
	t.Parallel()
	bomb := "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
	for i := 1; i < 12; i++ {
		bomb += fmt.Sprintf("a%d: &a%d [%s*a%d]\n", i, i, strings.Repeat(fmt.Sprintf("*a%d, ", i-1), 9), i-1)
	}
	for _, tt := range []struct{ name, document, at, want string }{
		{"bytes", sound + "#" + strings.Repeat(" ", 1<<20), "title", fmt.Sprintf("the document has %d bytes; at most 1048576 are read", len(sound)+1+1<<20)},
		{"routes", strings.Replace(sound, "routes:\n", "routes:\n"+many(1000, "  - {when: {brands: [b%d]}, team: law}\n"), 1), "{when: {tags: [legal]}", "routes: there are more than 1000"},
		{"lanes", strings.Replace(sound, "lanes:\n", "lanes:\n"+many(200, "  - {name: l%d, when: {brands: [b]}}\n"), 1), "{name: gold", "lanes: there are more than 200"},
		{"tags", strings.Replace(sound, "tags:\n", "tags:\n"+many(1000, "  t%d: {about: x}\n"), 1), "  legal: {about", "tags: there are more than 1000"},
		{"teams", strings.Replace(sound, "teams:\n", "teams:\n"+many(999, "  t%d: {about: x}\n"), 1), "  north: {about", "teams: there are more than 1000"},
		{"phrases", strings.Replace(sound, "  outage.down: {en: [the lamp is red]}\n", "  outage.down:\n    en:\n"+many(20_001, "      - lamp %d\n"), 1), "- lamp 20000", "phrases: there are more than 20000"},
		{"signals", strings.Replace(sound, "lexicon:\n", "lexicon:\n"+many(2000, "  s%d: {category: sales, weight: 1, en: [lamp]}\n"), 1), "  outage.down: {en", "signals: there are more than 2000"},
		{"names", strings.Replace(sound, "brands: [north]", "brands: ["+many(200, "b%d, ")+"north]", 1), "b199, north", "teams.north.brands: there are more than 200"},
		{"aliases", sound + bomb, "title", "the document has more than 400000 names and values"},
		{"an alias of itself", sound + "a: &a [*a]\n", "a: &a", `"a" contains itself`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := policy.LoadWith([]byte(tt.document), "x.yaml", model.Blank())
			mistakes, ok := errors.AsType[*policy.Mistakes](err)
			if !ok || len(mistakes.List) == 0 || max(1, mistakes.List[0].Line) != lineOf(tt.document, tt.at) || mistakes.List[0].Text != tt.want {
				t.Errorf("%.300s, want %q on line %d", fmt.Sprint(err), tt.want, lineOf(tt.document, tt.at))
			}
		})
	}
}

func TestNoMoreThanAThousandMistakesAreTold(t *testing.T) {
	t.Parallel()
	_, err := policy.Load([]byte(sound+many(5000, "x%d: 1\n")), "x.yaml")
	if mistakes, ok := errors.AsType[*policy.Mistakes](err); !ok || len(mistakes.List) != 1000 {
		t.Errorf("%.300s", fmt.Sprint(err))
	}
}

func TestTagsAreMergedToTheEndOfAnyChain(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range 900 {
		fmt.Fprintf(&b, "  t%d: {merged: t%d}\n", i, i+1)
	}
	chain := strings.Replace(sound, "tags:\n", "tags:\n"+b.String()+"  t900: {about: x}\n", 1)
	p, err := policy.LoadWith([]byte(chain), "x.yaml", model.Blank())
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Resolve("t0"); got != "t900" {
		t.Errorf("it ends at %q", got)
	}
	for name, tt := range map[string]struct{ last, want string }{
		"a circle":      {"{merged: t0}", "tags.t0: it is merged into itself in the end"},
		"nothing":       {"{merged: gone}", `tags.t900: it is merged into "gone", which is not declared`},
		"a retired one": {"{about: x, retired: true}", `tags.t0: it is merged into "t900", which is retired`},
	} {
		_, err := policy.LoadWith([]byte(strings.Replace(chain, "t900: {about: x}", "t900: "+tt.last, 1)), "x.yaml", model.Blank())
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %.300s, want %q", name, fmt.Sprint(err), tt.want)
		}
	}
}

func TestWhatIsEmptyNamesNothing(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, old, new, want string }{
		{"a phrase", "[the lamp is red]", `[the lamp is red, ""]`, "outage.down.en: it is empty"},
		{"an author", "  verified: {weight: 1, tiers: 1}\n", "  verified: {weight: 1, tiers: 1}\n  vip: {list: [\" \"]}\n", "authors.vip.list: it is empty"},
	} {
		_, err := policy.LoadWith([]byte(strings.Replace(sound, tt.old, tt.new, 1)), "x.yaml", model.Blank())
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}
