package template

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"example.com/skala/shared/metrics"
)

// ReadKnown reads from the checkout at root what alarms and dashboard must
// agree with: the sections of the operating page under "Alarms", and those of
// the metrics that some step really writes.
func ReadKnown(root string) (Known, error) {
	page, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(OperatingPage)))
	if err != nil {
		return Known{}, fmt.Errorf("reading the operating page: %w", err)
	}
	used, err := usedMetrics(root)
	if err != nil {
		return Known{}, err
	}
	k := Known{Sections: sections(string(page))}
	for _, name := range metrics.Names() {
		tier := strings.HasPrefix(string(name), string(metrics.Backlog)) && name != metrics.Backlog
		if used[string(name)] || tier && used["BacklogOf"] {
			k.Metrics = append(k.Metrics, string(name))
		}
	}
	return k, nil
}

// sections lists the third-level headings below the second-level one "Alarms".
// Each is its own anchor: lower case, digits and dashes.
func sections(page string) (names []string) {
	within := false
	for line := range strings.Lines(page) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "## ") {
			within = line == "## Alarms"
		}
		if name, ok := strings.CutPrefix(line, "### "); ok && within {
			names = append(names, name)
		}
	}
	return names
}

// usedMetrics finds what the packages of functions and steps use of the package
// metrics, tests aside.
func usedMetrics(root string) (map[string]bool, error) {
	used := map[string]bool{}
	for _, folder := range []string{"shared", "functions"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok {
					if of, ok := s.X.(*ast.Ident); ok && of.Name == "metrics" {
						used[s.Sel.Name] = true
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("looking for metrics: %w", err)
		}
	}
	return used, nil
}
