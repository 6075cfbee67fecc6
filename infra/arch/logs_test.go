package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"example.com/skala/shared/metrics"
)

// TestEveryLineAndMetricIsInTheDocument holds infra/doc/logs.md to the code:
// people search logs by what it says.
func TestEveryLineAndMetricIsInTheDocument(t *testing.T) {
	t.Parallel()
	doc, err := os.ReadFile(filepath.Join("..", "doc", "logs.md"))
	if err != nil {
		t.Fatal(err)
	}
	messages := map[string]string{} // and where each is logged
	for _, dir := range []string{"shared", "functions"} {
		err := filepath.WalkDir(filepath.Join("..", "..", dir), func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") || strings.HasSuffix(filepath.Dir(name), "test") {
				return err
			}
			files := token.NewFileSet()
			parsed, err := parser.ParseFile(files, name, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(parsed, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				if message, ok := messageOf(call); !ok {
					t.Errorf("%s: the message is no constant", files.Position(call.Pos()))
				} else if message != "" {
					messages[message] = files.Position(call.Pos()).String()
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(messages) < 10 {
		t.Errorf("only %d messages found: this test looks in the wrong place", len(messages))
	}
	for message, at := range messages {
		if !strings.Contains(string(doc), "`"+message+"`") {
			t.Errorf("%s: infra/doc/logs.md does not say what `%s` is", at, message)
		}
	}
	for _, name := range metrics.Names() {
		if !strings.Contains(string(doc), "`"+string(name)+"`") && !strings.HasPrefix(string(name), "Backlog") {
			t.Errorf("infra/doc/logs.md does not say what %s counts", name)
		}
	}
}

// messageOf returns the message of a call that logs, empty for any other call,
// and false where it is no constant.
func messageOf(call *ast.CallExpr) (message string, ok bool) {
	method, isMethod := call.Fun.(*ast.SelectorExpr)
	if !isMethod {
		return "", true
	}
	place := slices.Index([]string{"Info", "InfoContext", "Log"}, strings.NewReplacer("Debug", "Info", "Warn", "Info", "Error", "Info").Replace(method.Sel.Name))
	if place < 0 || !isLogger(method.X) || len(call.Args) <= place {
		return "", true
	}
	literal, isLiteral := call.Args[place].(*ast.BasicLit)
	if !isLiteral {
		return "", false
	}
	message, err := strconv.Unquote(literal.Value)
	return message, err == nil
}

// isLogger reports whether an expression is a logger by its name, or made on the
// spot.
func isLogger(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.Ident:
		return x.Name == "log"
	case *ast.SelectorExpr:
		return x.Sel.Name == "Log" || x.Sel.Name == "log"
	case *ast.CallExpr:
		made, ok := x.Fun.(*ast.SelectorExpr)
		if !ok {
			return false
		}
		from, _ := made.X.(*ast.Ident)
		return from != nil && (from.Name == "logs" || from.Name == "slog") && made.Sel.Name == "New" || made.Sel.Name == "With" && isLogger(made.X)
	}
	return false
}
