package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// A bug is one patch.
type bug struct {
	Name  string   `json:"name"`
	Does  string   `json:"does"`  // what it plants, and what that does to people
	Files []string `json:"files"` // that it changes, from the checkout on

	patch []byte // as it was when the run began
}

// folder is where patches are, from the checkout on.
const folder = "infra/mutants/planted"

// read returns the bugs in the order of their names.
func read(root string) ([]bug, error) {
	files, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(folder), "*.patch"))
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	var bugs []bug
	var errs []error
	for _, file := range files {
		b, err := parse(file)
		bugs, errs = append(bugs, b), append(errs, err)
	}
	if len(bugs) == 0 {
		return nil, fmt.Errorf("no patches in %s", folder)
	}
	return bugs, errors.Join(errs...)
}

func parse(file string) (bug, error) {
	b := bug{Name: strings.TrimSuffix(filepath.Base(file), ".patch")}
	doc, err := os.ReadFile(file)
	if err != nil {
		return b, err
	}
	b.patch = doc
	does, _, _ := bytes.Cut(doc, []byte("\ndiff --git "))
	b.Does = strings.TrimSpace(strings.TrimPrefix(string(does), "# "))
	for line := range strings.Lines(string(doc)) {
		if changed, ok := strings.CutPrefix(line, "+++ b/"); ok {
			b.Files = append(b.Files, strings.TrimSpace(changed))
		}
	}
	switch {
	case !bytes.HasPrefix(does, []byte("# ")) || strings.Contains(b.Does, "\n"):
		return b, fmt.Errorf("%s: it does not begin with one line of what it plants", b.Name)
	case len(b.Files) == 0:
		return b, fmt.Errorf("%s: it changes no file", b.Name)
	}
	for _, changed := range b.Files {
		first, _, _ := strings.Cut(changed, "/")
		if first != "shared" && first != "functions" || path.Ext(changed) != ".go" || strings.HasSuffix(changed, "_test.go") {
			return b, fmt.Errorf("%s: %s is no code of the desk", b.Name, changed)
		}
	}
	return b, nil
}

// packages are those that it changes, as patterns from the checkout on.
func (b bug) packages() []string {
	var all []string
	for _, file := range b.Files {
		all = append(all, "./"+path.Dir(file))
	}
	slices.Sort(all)
	return slices.Compact(all)
}
