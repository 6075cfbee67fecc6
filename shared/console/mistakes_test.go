package console

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"example.com/skala/shared/wording"
)

// spoken are the sentences in which some packages say what is wrong with what somebody
// sent by a page: what they format for an error that says so, or for a field.
func spoken(t *testing.T) (all []string) {
	t.Helper()
	aboutInput := []string{"ErrInvalid", "ErrWindow", "ErrNotTheirs", "ErrLastAdmin", "errAway", "errFull"}
	literal := func(e ast.Expr) (string, bool) {
		if call, ok := e.(*ast.CallExpr); ok && len(call.Args) > 0 && strings.HasSuffix(nameOf(call.Fun), "printf") {
			e = call.Args[0]
		}
		is, ok := e.(*ast.BasicLit)
		if !ok || is.Kind != gotoken.STRING {
			return "", false
		}
		text, err := strconv.Unquote(is.Value)
		return text, err == nil
	}
	for _, dir := range []string{"../desk", "../people", "../sla", "."} {
		names, err := filepath.Glob(dir + "/*.go")
		if err != nil || len(names) == 0 {
			t.Fatal(err, dir)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") || dir == "../sla" && !regexp.MustCompile(`/(calendar|wall|zone)\.go$`).MatchString(name) {
				continue
			}
			file, err := parser.ParseFile(gotoken.NewFileSet(), name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					switch name := nameOf(n.Fun); {
					case name == "Errorf":
						text, ok := literal(n.Args[0])
						wraps := nameOf(n.Args[len(n.Args)-1])
						if ok && (slices.Contains(aboutInput, wraps) || dir == "../sla" && !strings.Contains(text, "%w")) {
							all = append(all, strings.TrimSuffix(strings.TrimSuffix(text, "%w"), ": "))
						}
					case (name == "add" || name == "wrongField") && len(n.Args) > 1:
						if text, ok := literal(n.Args[1]); ok {
							all = append(all, text)
						}
					case name == "wrong" && len(n.Args) > 0:
						if text, ok := literal(n.Args[0]); ok {
							all = append(all, text)
						}
					}
				case *ast.KeyValueExpr:
					if text, ok := literal(n.Value); ok && nameOf(n.Key) == "Text" && dir == "../people" {
						all = append(all, text)
					}
				}
				return true
			})
		}
	}
	return all
}

// nameOf is the last name of an expression.
func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

// forPrograms are mistakes that a browser at our pages cannot make.
var forPrograms = []string{
	"it is no https address", "p256dh is", "auth is not", "they are missing:", "is not that of the address", "there is no such field", "it is missing: true or false",
}

func TestEveryMistakeIsSaidInTheReadersLanguage(t *testing.T) {
	t.Parallel()
	all := spoken(t)
	if len(all) < 120 {
		t.Fatalf("%d sentences were found: they are not written as this test looks for them", len(all))
	}
	fill := strings.NewReplacer("%q", `"a; b: c"`, "%s", "x", "%d", "7", "%v", "y")
	for _, lang := range wording.Languages[1:] {
		text, err := readTexts(lang)
		if err != nil {
			t.Fatal(err)
		}
		for _, sentence := range all {
			if !strings.Contains(sentence, " ") || slices.ContainsFunc(forPrograms, func(p string) bool { return strings.Contains(sentence, p) }) {
				continue
			}
			is := fill.Replace(sentence)
			if words, known := text.mistaken(is); !known || strings.Contains(words, "%!") {
				t.Errorf("%s says %q for %q", lang, words, sentence)
			}
		}
	}
}

func TestAMistakeKeepsWhatPeopleTyped(t *testing.T) {
	t.Parallel()
	english, err := readTexts(wording.English)
	if err != nil {
		t.Fatal(err)
	}
	spanish, err := readTexts("es")
	if err != nil {
		t.Fatal(err)
	}
	for said, want := range map[string]string{
		"hand back: advice is missing":     "hand back: falta: Indicaciones",
		`tags: "a; b: c" is no tag`:        `Etiquetas, separadas por espacios: "a; b: c" no es una etiqueta`,
		`"a" has left; "b" stands there`:   `"a" ya no está; "b" stands there`,
		"words that nobody here has heard": "words that nobody here has heard",
	} {
		if got := spanish.mistake(said); got != want {
			t.Errorf("%q is %q, want %q", said, got, want)
		}
		if got := english.mistake(said); got != said {
			t.Errorf("in English %q is %q", said, got)
		}
	}
}
