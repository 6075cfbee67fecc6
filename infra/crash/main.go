// Command crash makes everything fail that can fail between the desk and AWS, and
// holds what becomes of it to the desk's promises: each call of each step in each
// way, then random schedules. It prints a table for people, writes
// .local/figures/crash.json for programs, and exits 1 when a promise was broken or
// a fault did not fire.
//
//	go run ./infra/crash                                            everything
//	go run ./infra/crash -only 'triage new critical'                one step
//	go run ./infra/crash -only 'triage new critical/3/after'        one call of it, failing in one way
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"text/tabwriter"
	"time"

	"example.com/skala/infra/crash/matrix"
	"example.com/skala/infra/crash/world"
	"example.com/skala/infra/emulator"
	"example.com/skala/infra/figures"
	"example.com/skala/infra/template"
	"example.com/skala/shared/console"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "crash: "+err.Error())
		os.Exit(1)
	}
}

// options are what a person may choose.
type options struct {
	only   string
	worlds int
}

func parse(args []string) (o options, err error) {
	flags := flag.NewFlagSet("crash", flag.ContinueOnError)
	flags.StringVar(&o.only, "only", "", "a step, or one of its points: `step[/call[/kind]]`")
	flags.IntVar(&o.worlds, "worlds", 2, "how many desks to break side by side")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 || o.worlds < 1 {
		return o, errors.New("it takes flags alone: -h lists them")
	}
	return o, nil
}

// A report is what came of everything, by the keys of crash.json.
type report struct {
	figures.About
	Steps      int `json:"steps"`
	Calls      int `json:"calls"`
	Points     int `json:"points"`
	Fired      int `json:"fired"`
	Violations int `json:"violations"`
}

func run(ctx context.Context, args []string, out io.Writer) (err error) {
	o, err := parse(args)
	if err != nil {
		return err
	}
	began := time.Now()
	root, err := template.Root()
	if err != nil {
		return err
	}
	t, err := template.Open(root)
	if err != nil {
		return err
	}
	steps := matrix.Named(matrix.Steps(), o.only)
	if len(steps) == 0 {
		return fmt.Errorf("there is no step %q", o.only)
	}
	if missing := matrix.Missing(console.Routes(), matrix.Steps()); len(missing) > 0 {
		return fmt.Errorf("no step goes through %q", missing)
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	e, stop, err := emulator.Crash(root, log).Use(ctx, os.Getenv)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	r := report{About: figures.Here(ctx, root, emulator.Version())}
	var worlds []*world.World
	for range min(o.worlds, len(steps)) {
		w, err := world.Open(ctx, e, t)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, w.Close(ctx)) }()
		worlds = append(worlds, w)
	}
	if err := r.matrix(ctx, worlds, steps, o, out); err != nil {
		return err
	}
	r.Took = time.Since(began).Seconds()
	if o.only == "" {
		if err := figures.Write(root, "crash", r); err != nil {
			return err
		}
	}
	if r.Violations > 0 || r.Fired < r.Points {
		return fmt.Errorf("%d violations, %d of %d faults did not fire", r.Violations, r.Points-r.Fired, r.Points)
	}
	return nil
}

// matrix tries all points and prints the table.
func (r *report) matrix(ctx context.Context, worlds []*world.World, steps []matrix.Step, o options, out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "%-42s\tcalls\tpoints\tfired\tviolations\tseconds\n", "step")
	var failed []error
	pick := func(all []matrix.Point) []matrix.Point {
		if o.only == "" {
			return all
		}
		return matrix.Select(all, o.only)
	}
	err := matrix.TryAll(ctx, worlds, steps, pick, func(s matrix.Result) {
		fmt.Fprintf(table, "%-42s\t%5d\t%6d\t%5d\t%10d\t%7.1f\n", s.Step, s.Calls, s.Points, s.Fired, s.Violations(), s.Took.Seconds())
		_ = table.Flush() // what goes wrong with the output goes wrong with what follows too
		r.Steps, r.Calls, r.Points, r.Fired, r.Violations = r.Steps+1, r.Calls+s.Calls, r.Points+s.Points, r.Fired+s.Fired, r.Violations+s.Violations()
		if s.Err != nil {
			failed = append(failed, s.Err)
		}
		for _, o := range s.Failed {
			o.Print(out)
		}
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(table, "%-42s\t%5d\t%6d\t%5d\t%10d\t\n", fmt.Sprintf("%d steps", r.Steps), r.Calls, r.Points, r.Fired, r.Violations)
	return errors.Join(append(failed, table.Flush())...)
}
