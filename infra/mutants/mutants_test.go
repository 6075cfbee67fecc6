package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/build"
	"go/format"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/infra/figures"
	"example.com/skala/infra/template"
)

// planted are all bugs of the catalogue, and the root that they are planted in.
func planted(t *testing.T) (root string, bugs []bug) {
	t.Helper()
	root, err := template.Root()
	if err != nil {
		t.Fatal(err)
	}
	if bugs, err = read(root); err != nil {
		t.Fatal(err)
	}
	return root, bugs
}

// Whether the bugs are caught takes longer than a test may. Here is that they can
// still be planted: that they apply, change code and compile.
func TestEveryBugCanStillBePlanted(t *testing.T) {
	t.Parallel()
	root, bugs := planted(t)
	if len(bugs) < 30 {
		t.Errorf("%d bugs", len(bugs))
	}
	c := newChecker(t, root)
	for _, b := range bugs {
		dir := t.TempDir()
		before := map[string]string{}
		for _, name := range b.Files {
			doc, err := os.ReadFile(filepath.Join(root, name))
			if err != nil {
				t.Fatalf("%s: %v", b.Name, err)
			}
			to := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(to, doc, 0o600); err != nil {
				t.Fatal(err)
			}
			before[name] = code(t, to)
		}
		if err := apply(t.Context(), dir, b); err != nil {
			t.Error(err)
			continue
		}
		for _, name := range b.Files {
			if after := code(t, filepath.Join(dir, name)); after == before[name] {
				t.Errorf("%s: it changes no code in %s", b.Name, name)
			}
		}
		for _, p := range b.packages() {
			for _, err := range c.check(t, p, dir) {
				t.Errorf("%s does not compile: %v", b.Name, err)
			}
		}
	}
}

// A checker type-checks packages, which takes a tenth of what compiling them does.
type checker struct {
	root    string
	set     *token.FileSet
	imports types.Importer
}

func newChecker(t *testing.T, root string) *checker {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-export", "-deps", "-f", `{{if .Export}}{{.ImportPath}} {{.Export}}{{end}}`, "./shared/...", "./functions/...")
	list.Dir = root
	out, err := list.Output()
	if err != nil {
		t.Fatal(told(err))
	}
	compiled := map[string]string{}
	for _, line := range lines(out) {
		name, file, _ := strings.Cut(line, " ")
		compiled[name] = file
	}
	c := &checker{root: root, set: token.NewFileSet()}
	c.imports = importer.ForCompiler(c.set, "gc", func(path string) (io.ReadCloser, error) { return os.Open(compiled[path]) })
	return c
}

// check returns what a compiler would say of a package, a pattern from the
// checkout on, with the files that dir has of it in place of the checkout's.
func (c *checker) check(t *testing.T, pattern, dir string) (mistakes []error) {
	t.Helper()
	p, err := build.ImportDir(filepath.Join(c.root, pattern), 0)
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range p.GoFiles {
		file := filepath.Join(dir, pattern, name)
		if _, err := os.Stat(file); err != nil {
			file = filepath.Join(p.Dir, name)
		}
		parsed, err := parser.ParseFile(c.set, file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, parsed)
	}
	conf := types.Config{Importer: c.imports, Error: func(err error) { mistakes = append(mistakes, err) }}
	_, _ = conf.Check(module+strings.TrimPrefix(pattern, "."), c.set, files, nil) // Error has heard it all
	return mistakes
}

// code is a file's declarations without comments.
func code(t *testing.T, file string) string {
	t.Helper()
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, nil, parser.SkipObjectResolution) // no comments
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	for _, d := range parsed.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
			continue
		}
		if err := format.Node(&text, set, d); err != nil {
			t.Fatal(err)
		}
	}
	return text.String()
}

func TestAPatchSaysWhatItPlantsInTheDesk(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, patch, mistake string }{
		{"it says nothing", "diff --git a/shared/desk/fold.go b/shared/desk/fold.go\n+++ b/shared/desk/fold.go\n", "does not begin with one line"},
		{"it is no patch", "# It does nothing.\n", "changes no file"},
		{"it changes a test", "# It lets everything pass.\ndiff --git a/shared/desk/fold_test.go b/shared/desk/fold_test.go\n+++ b/shared/desk/fold_test.go\n", "no code of the desk"},
		{"it changes what is not the desk", "# It fails.\ndiff --git a/infra/x.go b/infra/x.go\n+++ b/infra/x.go\n", "no code of the desk"},
		{"it is one", "# It loses a message.\ndiff --git a/shared/desk/fold.go b/shared/desk/fold.go\n+++ b/shared/desk/fold.go\n", ""},
	}
	for _, tt := range tests {
		file := filepath.Join(t.TempDir(), "a-bug.patch")
		if err := os.WriteFile(file, []byte(tt.patch), 0o600); err != nil {
			t.Fatal(err)
		}
		b, err := parse(file)
		switch {
		case tt.mistake != "":
			if err == nil || !strings.Contains(err.Error(), tt.mistake) {
				t.Errorf("%s: %v", tt.name, err)
			}
		case err != nil || b.Name != "a-bug" || b.Does != "It loses a message." || !cmp.Equal(b.packages(), []string{"./shared/desk"}):
			t.Errorf("%s: %+v, %v", tt.name, b, err)
		}
	}
}

func TestTheFirstFailureIsNamedByItsOwnTest(t *testing.T) {
	t.Parallel()
	const passed, output, failed, rest = `{"Action":"pass","Package":"p","Test":"TestA/one"}`,
		`{"Action":"output","Package":"p","Test":"TestA/the_other","Output":"want 1, got 2\n"}`, `{"Action":"fail","Package":"p","Test":"TestA/the_other"}`, `{"Action":"fail","Package":"p","Test":"TestA"}`
	f, err := firstFailure(strings.NewReader(strings.Join([]string{passed, output, failed, rest}, "\n")))
	if err != nil || f == nil || f.test != "TestA/the_other" || f.said != "want 1, got 2\n" || f.pattern() != "^TestA$/^the_other$" {
		t.Errorf("%+v, %v", f, err)
	}
	if f, err := firstFailure(strings.NewReader(passed)); f != nil || err != nil {
		t.Errorf("nothing failed, and yet %+v, %v", f, err)
	}
	broken := `{"ImportPath":"p [p.test]","Action":"build-output","Output":"undefined: x\n"}` + "\n" + `{"ImportPath":"p [p.test]","Action":"build-fail"}`
	if f, err := firstFailure(strings.NewReader(broken)); f != nil || err == nil || !strings.Contains(err.Error(), "undefined: x") {
		t.Errorf("what does not compile is no bug that was caught: %+v, %v", f, err)
	}
}

func TestOnlyTestsThatRunWhatABugChangesAreRun(t *testing.T) {
	t.Parallel()
	s := suite{links: map[string][]string{module + "/shared/desk": nil, module + "/shared/dynamo": {module + "/shared/desk"}, module + "/shared/logs": nil}}
	st := stage{packages: []string{module + "/shared/dynamo", module + "/shared/logs", module + "/shared/desk"}}
	own, others := s.using(st, bug{Files: []string{"shared/desk/fold.go"}})
	if diff := cmp.Diff([][]string{{module + "/shared/desk"}, {module + "/shared/dynamo"}}, [][]string{own, others}); diff != "" {
		t.Error(diff)
	}
}

func TestTheEnginesBugsAreAmongAll(t *testing.T) {
	t.Parallel()
	_, bugs := planted(t)
	names := engineNames()
	if len(names) < 40 {
		t.Errorf("%d bugs of the engine", len(names))
	}
	if once := slices.Compact(slices.Sorted(slices.Values(names))); len(once) != len(names) {
		t.Errorf("%d of %d names stand there twice", len(names)-len(once), len(names))
	}
	if _, err := named(bugs, strings.Join(names, ",")); err != nil {
		t.Error(err)
	}
}

// A bug that the simulation's stage runs no test on could only be missed.
func TestTheSimulationRunsWhatEachBugOfTheEngineChanges(t *testing.T) {
	t.Parallel()
	root, bugs := planted(t)
	bugs, err := named(bugs, strings.Join(engineNames(), ","))
	if err != nil {
		t.Fatal(err)
	}
	l := &laboratory{root: root, env: os.Environ()}
	s, err := l.lookUp(t.Context(), root, simulated)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.stages) != 1 || s.stages[0].name != simulated {
		t.Fatalf("the engine's stages are %+v", s.stages)
	}
	for _, b := range bugs {
		if own, others := s.using(s.stages[0], b); len(own)+len(others) == 0 {
			t.Errorf("%s changes nothing that runs in the simulation", b.Name)
		}
	}
}

func TestNineInTenAreToBeCaught(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		planted, caught int
		passes          bool
	}{{10, 9, true}, {10, 8, false}, {66, 60, true}, {66, 59, false}, {0, 0, false}} {
		var r report
		for n := range tt.planted {
			f := finding{bug: bug{Name: fmt.Sprint(n)}}
			if n < tt.caught {
				f.Stage = simulated
			}
			r.add(f)
		}
		if err := r.passes(); (err == nil) != tt.passes || len(r.Missed) != tt.planted-tt.caught {
			t.Errorf("%d of %d: %v, missed %v", tt.caught, tt.planted, err, r.Missed)
		}
	}
}

// Adding what was found to the simulation's figures must leave those as they are.
func TestWhatWasFoundIsAddedToTheFigures(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	if err := figures.Write(root, "simulate", map[string]any{"seed": 7, "tickets": 12345}); err != nil {
		t.Fatal(err)
	}
	if err := addTo(root, report{Planted: 30, Caught: 29, Missed: []string{"one"}}); err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile(filepath.Join(root, ".local", "figures", "simulate.json"))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Seed, Tickets int
		Planted       int      `json:"bugs_planted"`
		Caught        int      `json:"bugs_caught"`
		Missed        []string `json:"bugs_missed"`
	}
	if err := json.Unmarshal(doc, &got); err != nil {
		t.Fatal(err)
	}
	if got.Seed != 7 || got.Tickets != 12345 || got.Planted != 30 || got.Caught != 29 || len(got.Missed) != 1 {
		t.Errorf("%s", doc)
	}
}
