// Package arch holds the tests of the whole's shape: who may import whom. It
// reads the files itself, since a test that asks the go command is served from
// the test cache and misses what changed.
package arch

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "example.com/skala"

// ring says how far out a package lies, and what of ours and of others it may
// import. A package not listed here fails the test: give it its place.
type ring struct {
	name string
	ours []string // prefixes of our own packages it may import
	aws  bool
}

var (
	vocabulary = ring{name: "vocabulary"}
	pure       = ring{name: "pure rules", ours: []string{"shared/desk", "shared/sla", "shared/policy", "shared/people", "shared/platform/signature"}}
	step       = ring{name: "step", ours: []string{"shared/desk", "shared/policy", "shared/sla", "shared/people", "shared/post", "shared/ledger", "shared/nudge", "shared/logs", "shared/metrics", "shared/wording"}}
	adapter    = ring{name: "adapter", ours: []string{"shared/desk", "shared/platform"}}
	outbound   = ring{name: "adapter", ours: []string{"shared/desk", "shared/people", "shared/post", "shared/channel", "shared/platform/signature"}}
	aws        = ring{name: "AWS adapter", ours: []string{"shared/desk", "shared/people", "shared/post", "shared/logs"}, aws: true}
	outermost  = ring{name: "wiring", ours: []string{"shared", "functions", "infra"}, aws: true}
)

var rings = map[string]ring{
	"shared/desk":       vocabulary,
	"shared/logs":       vocabulary,
	"shared/metrics":    vocabulary,
	"shared/policy":     pure,
	"shared/sla":        pure,
	"shared/people":     pure,
	"shared/ledger":     pure,
	"shared/post":       pure,
	"shared/wording":    pure,
	"shared/nudge":      step,
	"shared/webhook":    step,
	"shared/triage":     step,
	"shared/escalate":   step,
	"shared/assign":     step,
	"shared/courier":    step,
	"shared/redrive":    step,
	"shared/audit":      step,
	"shared/fetch":      step,
	"shared/health":     step,
	"shared/poll":       step,
	"shared/token":      step,
	"shared/notify":     step,
	"shared/console":    step,
	"shared/platform":   adapter,
	"shared/channel":    outbound,
	"shared/dynamo":     aws,
	"shared/bedrock":    aws,
	"shared/queue":      aws,
	"shared/lambdahttp": aws,
	"shared/secret":     aws,
	"functions":         outermost,
	"infra":             outermost,
}

// ringOf finds the ring of a package by its longest listed prefix.
func ringOf(pkg string) (r ring, ok bool) {
	for p := pkg; p != "." && p != "/"; p = path.Dir(p) {
		if r, ok = rings[p]; ok {
			return r, true
		}
	}
	return ring{}, false
}

func TestImportsPointInwards(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	files := 0
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && name != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		files++
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		for _, problem := range problems(t, filepath.ToSlash(rel)) {
			t.Error(problem)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 50 {
		t.Errorf("only %d files read: this test looks in the wrong place", files)
	}
}

// problems lists what is wrong with the imports of one file. Tests may use
// the test packages of adapters, and whatever stands in the outermost ring.
func problems(t *testing.T, file string) (found []string) {
	pkg := path.Dir(file)
	r, ok := ringOf(pkg)
	if !ok {
		return []string{file + ": package " + pkg + " has no place in the rings"}
	}
	source, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(file)))
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), file, source, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	test := strings.HasSuffix(file, "_test.go") || strings.HasSuffix(pkg, "test")
	for _, spec := range parsed.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if refusal := r.refuses(pkg, name); refusal != "" && !test {
			found = append(found, file+": "+r.name+" imports "+name+": "+refusal)
		}
	}
	return found
}

func (r ring) refuses(pkg, name string) string {
	if ours, ok := strings.CutPrefix(name, module+"/"); ok {
		if ours == pkg || strings.HasPrefix(ours, pkg+"/") || strings.HasPrefix(pkg, ours+"/") && r.name == "adapter" {
			return "" // a part of its own
		}
		for _, allowed := range r.ours {
			if ours == allowed || strings.HasPrefix(ours, allowed+"/") {
				return ""
			}
		}
		return "that points outwards"
	}
	switch first, _, _ := strings.Cut(name, "/"); {
	case strings.HasPrefix(name, "github.com/aws/") && !r.aws:
		return "AWS has its own rooms"
	case r.name == "vocabulary" && strings.Contains(first, "."):
		return "the vocabulary needs the standard library only"
	}
	return ""
}

func TestTheRuleCatchesWhatItForbids(t *testing.T) {
	t.Parallel()
	tests := []struct {
		pkg, imports string
		refused      bool
	}{
		{"shared/desk", "time", false},
		{"shared/desk", "golang.org/x/text/unicode/norm", true},
		{"shared/desk", module + "/shared/policy", true},
		{"shared/triage", module + "/shared/nudge", false},
		{"shared/triage", module + "/shared/metrics", false},
		{"shared/metrics", module + "/shared/desk", true},
		{"shared/triage", module + "/shared/dynamo", true},
		{"shared/triage", "github.com/aws/aws-sdk-go-v2/aws", true},
		{"shared/triage", module + "/shared/bedrock", true},
		{"shared/dynamo", module + "/shared/triage", true},
		{"shared/dynamo", "github.com/aws/aws-sdk-go-v2/aws", false},
		{"shared/platform/line", module + "/shared/platform/signature", false},
		{"shared/platform", module + "/shared/console", true},
		{"functions/webhook", module + "/shared/dynamo", false},
	}
	for _, tt := range tests {
		r, ok := ringOf(tt.pkg)
		if !ok {
			t.Fatalf("%s has no ring", tt.pkg)
		}
		if got := r.refuses(tt.pkg, tt.imports) != ""; got != tt.refused {
			t.Errorf("%s importing %s: refused %t, want %t", tt.pkg, tt.imports, got, tt.refused)
		}
	}
}
