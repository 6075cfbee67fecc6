package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"example.com/skala/infra/figures"
)

// A finding is what became of one bug.
type finding struct {
	bug
	Stage    string   `json:"stage,omitempty"` // empty for one that nothing caught
	Package  string   `json:"package,omitempty"`
	Test     string   `json:"test,omitempty"`
	TimedOut bool     `json:"timed_out,omitempty"`
	Once     []string `json:"once,omitempty"` // tests that failed and, run once more, did not: they count for nothing
	Took     float64  `json:"took_s"`
}

// by says which test caught it.
func (f finding) by() string {
	if f.Stage == "" {
		return "MISSED"
	}
	return (&failure{pkg: f.Package, test: f.Test, timedOut: f.TimedOut}).String()
}

// A report is the findings together, by the keys of mutants.json.
type report struct {
	figures.About
	Planted int       `json:"planted"`
	Caught  int       `json:"caught"`
	Missed  []string  `json:"missed"`
	Bugs    []finding `json:"bugs"`
}

func (r *report) add(f finding) {
	r.Planted++
	r.Bugs = append(r.Bugs, f)
	if f.Stage == "" {
		r.Missed = append(r.Missed, f.Name)
	} else {
		r.Caught++
	}
}

// passes returns an error when less than nine in ten are caught, or nothing was
// planted.
func (r *report) passes() error {
	if r.Planted == 0 {
		return errors.New("no bug was planted")
	}
	if share := float64(r.Caught) / float64(r.Planted); share < enough {
		return fmt.Errorf("%d of %d bugs are caught (%.0f %%), which is less than %.0f %%", r.Caught, r.Planted, 100*share, 100*enough)
	}
	return nil
}

// print writes the findings as the table of the measurements.
func (r *report) print(w io.Writer) {
	fmt.Fprintf(w, "Commit %s, %s, %s; %.0f s.\n\n| bug | what it does | caught by |\n|---|---|---|\n", r.Commit, r.Machine, r.Emulator, r.Took)
	for _, f := range r.Bugs {
		by := f.by()
		for _, once := range f.Once {
			by += " (once, and not again: " + once + ")"
		}
		fmt.Fprintf(w, "| %s | %s | %s |\n", f.Name, strings.ReplaceAll(f.Does, "|", `\|`), strings.ReplaceAll(by, "|", `\|`))
	}
	fmt.Fprintf(w, "\n%d planted, %d caught", r.Planted, r.Caught)
	if len(r.Missed) > 0 {
		fmt.Fprintf(w, "; missed: %s", strings.Join(r.Missed, ", "))
	}
	fmt.Fprintln(w)
}
