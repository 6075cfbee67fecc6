// Command fuzz runs every fuzz target there is, one after the other, and says how
// often each was executed. It finds them by itself, so that a new one is run from
// the day it is written. What a target finds is kept in its package's testdata, as
// go test does it; the others go on, and the command fails.
//
//	fuzz -for 20s             each of them
//	fuzz -for 5m PACKAGE...   those of some packages
//
// The figures are in .local/figures/fuzz.json.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"example.com/skala/infra/figures"
	"example.com/skala/infra/template"
)

func main() {
	each := flag.Duration("for", 20*time.Second, "how long to run each `target`")
	flag.Parse()
	packages := flag.Args()
	if len(packages) == 0 {
		packages = []string{"./..."}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stdout, *each, packages)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "fuzz: "+err.Error())
		os.Exit(1)
	}
}

// A target is one fuzz test and what became of it.
type target struct {
	Package     string  `json:"package"`
	Name        string  `json:"name"`
	Executions  int64   `json:"executions"`
	PerSecond   float64 `json:"per_s"`
	Interesting int64   `json:"interesting"` // inputs that reached something new, this time or before
	Failed      bool    `json:"failed"`
}

func run(ctx context.Context, out io.Writer, each time.Duration, packages []string) error {
	root, err := template.Root()
	if err != nil {
		return err
	}
	began := time.Now()
	targets, err := find(ctx, root, packages)
	if err != nil {
		return err
	}
	if len(targets) == 0 {
		return fmt.Errorf("there is no fuzz target in %s", strings.Join(packages, " "))
	}
	failed := 0
	for i := range targets {
		if err := targets[i].run(ctx, root, out, each); err != nil {
			return err
		}
		if targets[i].Failed {
			failed++
		}
	}
	table(out, targets)
	about := figures.Here(ctx, root, "")
	about.Took = time.Since(began).Seconds()
	err = figures.Write(root, "fuzz", struct {
		figures.About
		Targets []target `json:"targets"`
	}{about, targets})
	if failed > 0 {
		err = errors.Join(err, fmt.Errorf("%d of %d targets found something", failed, len(targets)))
	}
	return err
}

// find returns the targets of packages, as go test lists them.
func find(ctx context.Context, root string, packages []string) ([]target, error) {
	list := exec.CommandContext(ctx, "go", append([]string{"test", "-list", "^Fuzz"}, packages...)...)
	list.Dir, list.Stderr = root, os.Stderr
	listed, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("listing the targets: %w\n%s", err, listed)
	}
	return targetsOf(string(listed)), nil
}

// targetsOf reads such a list: the names of a package's targets, then its line.
func targetsOf(listed string) (targets []target) {
	var names []string
	for line := range strings.Lines(listed) {
		fields := strings.Fields(line)
		switch {
		case len(fields) == 1 && strings.HasPrefix(fields[0], "Fuzz"):
			names = append(names, fields[0])
		case len(fields) > 1 && fields[0] == "ok":
			for _, name := range names {
				targets = append(targets, target{Package: fields[1], Name: name})
			}
			names = nil
		}
	}
	return targets
}

// run fuzzes t for a time. An error is for what kept it from that.
func (t *target) run(ctx context.Context, root string, out io.Writer, each time.Duration) error {
	fuzz := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-fuzz", "^"+t.Name+"$", "-fuzztime", each.String(), "-fuzzminimizetime", "5x", t.Package)
	var said bytes.Buffer
	fuzz.Dir, fuzz.Stdout, fuzz.Stderr = root, &said, &said
	fuzz.Cancel = func() error { return fuzz.Process.Signal(os.Interrupt) }
	fuzz.WaitDelay = 10 * time.Second
	err := fuzz.Run()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	t.read(said.String())
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		return fmt.Errorf("running %s: %w", t.Name, err)
	}
	t.Failed = err != nil
	if t.Failed {
		fmt.Fprintf(out, "%s %s\n%s\n", t.Package, t.Name, said.String())
		return nil
	}
	fmt.Fprintf(out, "%s %s: %d executions\n", t.Package, t.Name, t.Executions)
	return nil
}

// read takes the figures off what go test said last.
func (t *target) read(said string) {
	progress := regexp.MustCompile(`elapsed: ([0-9hms.]+), execs: (\d+) .*\(total: (\d+)\)`)
	all := progress.FindAllStringSubmatch(said, -1)
	if len(all) == 0 {
		return // it failed on what it began with
	}
	last := all[len(all)-1]
	t.Executions, _ = strconv.ParseInt(last[2], 10, 64)
	t.Interesting, _ = strconv.ParseInt(last[3], 10, 64)
	if took, err := time.ParseDuration(last[1]); err == nil && took > 0 {
		t.PerSecond = float64(t.Executions) / took.Seconds()
	}
}

func table(out io.Writer, targets []target) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\npackage\ttarget\texecutions\ta second\tinteresting\t")
	for _, t := range targets {
		found := ""
		if t.Failed {
			found = "FAILED"
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%.0f\t%d\t%s\n", t.Package, t.Name, t.Executions, t.PerSecond, t.Interesting, found)
	}
	_ = w.Flush() // to a terminal; the figures are in the file
}
