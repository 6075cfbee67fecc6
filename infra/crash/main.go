// Command crash makes everything fail that can fail between the desk and AWS, and
// holds what becomes of it to the desk's promises: each call of each step in each
// way, then random schedules. It prints a table for people, writes
// .local/figures/crash.json for programs, and exits 1 when a promise was broken or
// a fault did not fire.
//
//	go run ./infra/crash                                            everything
//	go run ./infra/crash -only 'triage new critical'                one step
//	go run ./infra/crash -only 'triage new critical/3/after'        one call of it, failing in one way
//	go run ./infra/crash -round '{"Seed":7,"Events":12,...}'        one random schedule, as a failing one was printed
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
	"time"

	"example.com/skala/infra/crash/matrix"
	"example.com/skala/infra/crash/schedule"
	"example.com/skala/infra/crash/world"
	"example.com/skala/infra/emulator"
	"example.com/skala/infra/faults"
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
	rounds int // of random schedules
	events int // of each
	seed   uint64
	round  string // one alone
}

func parse(args []string) (o options, err error) {
	flags := flag.NewFlagSet("crash", flag.ContinueOnError)
	flags.StringVar(&o.only, "only", "", "a step, or one of its points: `step[/call[/kind]]`")
	flags.IntVar(&o.worlds, "worlds", 2, "how many desks to break side by side")
	flags.IntVar(&o.rounds, "rounds", 20, "how many random schedules to run")
	flags.IntVar(&o.events, "events", 100, "how many webhooks each of them begins with")
	flags.Uint64Var(&o.seed, "seed", 1, "of the first; the others count on")
	flags.StringVar(&o.round, "round", "", "one random schedule alone, as a failing one was printed: `JSON`")
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
	Steps      int                 `json:"steps"`
	Calls      int                 `json:"calls"`
	Points     int                 `json:"points"`
	Fired      int                 `json:"fired"`
	Violations int                 `json:"violations"` // of the schedules too
	Schedules  schedules           `json:"schedules"`
	Uses       map[string][]string `json:"uses"` // what each function was seen to do
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
	steps, rounds, err := o.choose()
	if err != nil {
		return err
	}
	e, stop, err := emulator.Crash(root, slog.New(slog.NewTextHandler(os.Stderr, nil))).Use(ctx, os.Getenv)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	r := report{About: figures.Here(ctx, root, emulator.Version())}
	var worlds []*world.World
	for range min(o.worlds, len(steps)+len(rounds)) {
		w, err := world.Open(ctx, e, t)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, w.Close(ctx)) }()
		worlds = append(worlds, w)
	}
	var problems []string
	if len(steps) > 0 {
		if problems, err = r.matrix(ctx, worlds, steps, o, t, out); err != nil {
			return err
		}
	}
	if len(rounds) > 0 {
		if err := r.schedules(ctx, worlds, rounds, out); err != nil {
			return err
		}
	}
	r.Took = time.Since(began).Seconds()
	if o.only == "" && o.round == "" {
		if err := figures.Write(root, "crash", r); err != nil {
			return err
		}
	}
	if r.Violations > 0 || r.Fired < r.Points || len(problems) > 0 {
		return fmt.Errorf("%d violations, %d of %d faults did not fire, %d differences from the template's roles", r.Violations, r.Points-r.Fired, r.Points, len(problems))
	}
	return nil
}

// choose returns what is to be tried.
func (o options) choose() (steps []matrix.Step, rounds []schedule.Round, err error) {
	if missing := matrix.Missing(console.Routes(), matrix.Steps()); len(missing) > 0 {
		return nil, nil, fmt.Errorf("no step goes through %q", missing)
	}
	if o.round != "" {
		r, err := schedule.Parse(o.round)
		return nil, []schedule.Round{r}, err
	}
	if steps = matrix.Named(matrix.Steps(), o.only); len(steps) == 0 {
		return nil, nil, fmt.Errorf("there is no step %q", o.only)
	}
	for n := range o.rounds {
		if o.only == "" {
			rounds = append(rounds, schedule.Round{Seed: o.seed + uint64(n), Events: o.events, Agents: o.events, Workers: 8, Rate: 0.05, Kinds: faults.Kinds})
		}
	}
	return steps, rounds, nil
}

// matrix tries all points and prints the table. It returns how what functions did
// differs from what the template's roles allow.
func (r *report) matrix(ctx context.Context, worlds []*world.World, steps []matrix.Step, o options, t *template.Template, out io.Writer) (problems []string, err error) {
	fmt.Fprintf(out, "%-44s %6s %7s %6s %11s %8s\n", "step", "calls", "points", "fired", "violations", "seconds")
	var failed []error
	seen := matrix.Evidence{}
	pick := func(all []matrix.Point) []matrix.Point {
		if o.only == "" {
			return all
		}
		return matrix.Select(all, o.only)
	}
	err = matrix.TryAll(ctx, worlds, steps, pick, func(s matrix.Result) {
		fmt.Fprintf(out, "%-44s %6d %7d %6d %11d %8.1f\n", s.Step, s.Calls, s.Points, s.Fired, s.Violations(), s.Took.Seconds())
		r.Steps, r.Calls, r.Points, r.Fired, r.Violations = r.Steps+1, r.Calls+s.Calls, r.Points+s.Points, r.Fired+s.Fired, r.Violations+s.Violations()
		seen.Add(s)
		failed = append(failed, s.Err)
		for _, o := range s.Failed {
			o.Print(out)
		}
	})
	if err = errors.Join(err, errors.Join(failed...)); err != nil {
		return nil, err
	}
	fmt.Fprintf(out, "%-44s %6d %7d %6d %11d\n", fmt.Sprintf("%d steps", r.Steps), r.Calls, r.Points, r.Fired, r.Violations)
	r.Uses = seen.Lines()
	if o.only != "" { // one step shows little of what a function does
		return nil, nil
	}
	if problems, err = seen.Compare(t); err != nil {
		return nil, err
	}
	for _, p := range problems {
		fmt.Fprintln(out, p)
	}
	return problems, nil
}
