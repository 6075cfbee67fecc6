// Command lint prints what infra/template finds wrong with template.yaml and
// with what SAM expands it to, and exits 1 when that is anything.
package main

import (
	"errors"
	"fmt"
	"os"

	"example.com/skala/infra/template"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: lint template.yaml EXPANDED.json")
		os.Exit(2)
	}
	found, err := lint(os.Args[1], os.Args[2])
	for _, mistake := range found {
		fmt.Fprintln(os.Stderr, mistake)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "lint:", err)
	}
	if err != nil || len(found) > 0 {
		os.Exit(1)
	}
}

func lint(written, expanded string) ([]string, error) {
	root, err := template.Root()
	if err != nil {
		return nil, err
	}
	known, err := template.ReadKnown(root)
	if err != nil {
		return nil, err
	}
	doc, err := os.ReadFile(written)
	if err != nil {
		return nil, err
	}
	json, err := os.ReadFile(expanded)
	if err != nil {
		return nil, err
	}
	asWritten, errWritten := template.Mistakes(doc)
	asExpanded, errExpanded := template.Omissions(json, known)
	return append(asWritten, asExpanded...), errors.Join(errWritten, errExpanded)
}
