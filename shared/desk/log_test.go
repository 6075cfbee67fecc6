package desk_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"

	"example.com/skala/shared/desk"
)

// What this version of the desk writes it can fold: else the audit would let be every
// ticket that has such an entry, and say nothing.
func TestEveryEntryThatThereIsIsKnown(t *testing.T) {
	t.Parallel()
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".go") || strings.HasSuffix(file.Name(), "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			if of, ok := spec.Type.(*ast.Ident); !ok || of.Name != "What" {
				return true
			}
			for i, value := range spec.Values {
				word, err := strconv.Unquote(value.(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				if found++; !desk.What(word).Known() {
					t.Errorf("%s (%q) is not known", spec.Names[i].Name, word)
				}
			}
			return true
		})
	}
	if found < 40 {
		t.Errorf("%d kinds of entries are found", found)
	}
	if desk.What("of a later version").Known() {
		t.Error("what nobody writes is known")
	}
}
