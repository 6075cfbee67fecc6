// Command mutants plants bugs in the desk, one at a time and each in a copy of
// its own of the committed files, and runs the tests on it until one fails. What
// no test notices is a test that is missing. It prints which test caught which
// bug, writes .local/figures/mutants.json, and fails when less than nine in ten
// are caught, when a patch no longer applies, or when one does not compile.
//
//	mutants               all of them
//	mutants -only A,B     these, whatever became of the others
//	mutants -stage crash  with the tests of one stage alone
//	mutants -trust        without a run with nothing planted first
//	mutants -engine       those that engine.txt names, with the simulation alone;
//	                      how many go to .local/figures/simulate.json
//
// The bugs are planted/NAME.patch: a line of what it plants and does to people,
// then a patch as git makes them. Nothing in the checkout is touched.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"example.com/skala/infra/emulator"
	"example.com/skala/infra/figures"
	"example.com/skala/infra/template"
)

// enough is the share of the bugs that must be caught.
const enough = 0.9

func main() {
	only := flag.String("only", "", "the `names` of bugs to plant, with commas between; all when empty")
	stage := flag.String("stage", "", "the `name` of the one stage to run; all in turn when empty")
	trust := flag.Bool("trust", false, "take it for granted that all tests pass with nothing planted")
	engine := flag.Bool("engine", false, "plant the bugs of the engine, and run the simulation alone on them")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	var err error
	if *engine {
		err = runEngine(ctx, *only, *trust)
	} else {
		err = run(ctx, *only, *stage, *trust)
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutants: "+err.Error())
		os.Exit(1)
	}
}

func run(ctx context.Context, only, stage string, trust bool) error {
	root, err := template.Root()
	if err != nil {
		return err
	}
	bugs, err := read(root)
	if err != nil {
		return err
	}
	if bugs, err = named(bugs, only); err != nil {
		return err
	}
	began := time.Now()
	about := figures.Here(ctx, root, emulator.Version())
	l, closeLaboratory, err := open(ctx, root)
	if err != nil {
		return err
	}
	r, err := l.work(ctx, bugs, stage, trust)
	r.About, r.Took = about, time.Since(began).Round(time.Second).Seconds()
	if len(r.Bugs) > 0 {
		r.Commit = l.commit[:7] // whatever else lies in the checkout
		r.print(os.Stdout)
	}
	if err := errors.Join(err, closeLaboratory()); err != nil {
		return err
	}
	if only == "" && stage == "" && !trust {
		if err := figures.Write(root, "mutants", r); err != nil {
			return err
		}
	}
	return r.passes()
}

func named(bugs []bug, only string) ([]bug, error) {
	if only == "" {
		return bugs, nil
	}
	var some []bug
	for name := range strings.SplitSeq(only, ",") {
		i := slices.IndexFunc(bugs, func(b bug) bool { return b.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no bug %q", name)
		}
		some = append(some, bugs[i])
	}
	return some, nil
}

// open starts an emulator of the tests' own kind for this run alone: what is
// killed in the middle leaves its tables there.
func open(ctx context.Context, root string) (*laboratory, func() error, error) {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	e, stop, err := emulator.Mutants(root, log).Use(ctx, os.Getenv)
	if err != nil {
		return nil, nil, err
	}
	return &laboratory{root: root, home: filepath.Join(root, ".local", "mutants"), env: append(os.Environ(), e.Env()...), say: os.Stderr}, stop, nil
}
