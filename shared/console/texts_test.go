package console

import (
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

	"example.com/skala/shared/desk"
)

var (
	saidByTemplates = regexp.MustCompile(`\{\{[^}]*?\bt "([^"]+)"`)
	saidByCode      = regexp.MustCompile(`(?:say\(|, )"((?:problem|tab|next|signed_out|expired|author|replay|letter)\.[a-z_]+)"`)
)

func TestEveryTextThatIsSaidStandsInTheCatalogue(t *testing.T) {
	t.Parallel()
	text, err := readTexts("en")
	if err != nil {
		t.Fatal(err)
	}
	used := 0
	look := func(files fs.FS, glob string, pattern *regexp.Regexp) {
		names, err := fs.Glob(files, glob)
		if err != nil || len(names) == 0 {
			t.Fatal(err, names)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			body, err := fs.ReadFile(files, name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range pattern.FindAllStringSubmatch(string(body), -1) {
				used++
				if text[m[1]] == "" {
					t.Errorf("%s says %q, which has no words", name, m[1])
				}
			}
		}
	}
	look(templateFiles, "templates/*.html", saidByTemplates)
	look(os.DirFS("."), "*.go", saidByCode)
	if used < 80 {
		t.Errorf("only %d texts found: this test looks in the wrong place", used)
	}
	for _, state := range append(desk.States, desk.NoAnswer) {
		if text["state."+string(state)] == "" {
			t.Errorf("state %q has no word", state)
		}
	}
	for _, category := range desk.Categories {
		if text["category."+string(category)] == "" {
			t.Errorf("category %q has no word", category)
		}
	}
}
