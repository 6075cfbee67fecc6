// Command bench measures the desk on this machine and compares what it measured
// with a floor, with budgets and with list prices. It prints a table for people
// and writes .local/figures/bench.json for programs.
//
// Only ratios and counts say something about the desk: times are those of a
// machine that does other things too, with an emulator in AWS's place.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"example.com/skala/infra/emulator"
	"example.com/skala/infra/figures"
	"example.com/skala/infra/template"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench: "+err.Error())
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	switch {
	case len(args) == 2 && args[0] == "serve": // what bench itself starts
		return serve(args[1], os.Stdin, os.Stdout)
	case len(args) > 1 || len(args) == 1 && !slices.Contains(parts, args[0]):
		return fmt.Errorf("it takes no argument, or one of %s", strings.Join(parts, ", "))
	}
	root, err := template.Root()
	if err != nil {
		return err
	}
	if len(args) == 1 {
		return measurePart(ctx, root, args[0], os.Stdout)
	}
	r, err := measure(ctx, root)
	if err != nil {
		return err
	}
	if r.Engine, err = readEngine(root); err != nil { // those take longer, and stay
		return err
	}
	if err := figures.Write(root, "bench", r); err != nil {
		return err
	}
	return r.print(os.Stdout)
}

// A report is all that was measured, by the keys of bench.json.
type report struct {
	figures.About
	Webhook doorFigures `json:"webhook"`
	deskFigures
	receiveFigures
	Platforms platformFigures `json:"platforms"`
	messageFigures
	costFigures
	Binaries map[string]binary `json:"binaries"`
	sweepFigures
	Engine engineFigures `json:"engine"`
}

// measure takes everything in turn, the quiet things first. It says on stderr
// what it is about.
func measure(ctx context.Context, root string) (r report, err error) {
	began := time.Now()
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	e, stopEmulator, err := emulator.Bench(root, log).Use(ctx, os.Getenv)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, stopEmulator()) }()
	r.About = figures.Here(ctx, root, emulatorName())
	dir, err := os.MkdirTemp("", "skala-bench-")
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(dir)
	t, err := template.Open(root)
	if err != nil {
		return r, err
	}
	var g *ground
	for _, step := range []struct {
		what string
		do   func() error
	}{
		{"building the functions", func() error { return buildFunctions(ctx, root, dir) }},
		{"verify, split, parse, classify, deadline", func() (err error) { r.receiveFigures, err = measureReceive(); return err }},
		{"each platform's plain message", func() (err error) { r.Platforms, err = measurePlatforms(); return err }},
		{"the door beside the floor", func() (err error) { r.Webhook, err = measureDoor(ctx); return err }},
		{"opening a table", func() (err error) { g, err = openGround(ctx, e, t); return err }},
		{"binaries", func() (err error) { r.Binaries, err = measureBinaries(ctx, g, root, dir); return err }},
		{"calls and units of a message", func() (err error) { r.messageFigures, err = measureMessages(ctx, g); return err }},
		{"a batch of a thousand changes", func() (err error) { r.Platforms.Batch, err = measureBatch(ctx, g); return err }},
		{"closing the table", func() error { return g.close(ctx) }},
		{"opening a table", func() (err error) { g, err = openGround(ctx, e, t); return err }},
		{"sweeps", func() (err error) { r.sweepFigures, err = measureSweep(ctx, g); return err }},
		{"closing the table", func() error { return g.close(ctx) }},
		{"the whole desk", func() (err error) { r.deskFigures, err = measureDesk(ctx, root); return err }},
	} {
		log.InfoContext(ctx, "measuring", "what", step.what, "after", time.Since(began).Round(time.Second))
		if err := step.do(); err != nil {
			return r, fmt.Errorf("%s: %w", step.what, err)
		}
	}
	door, ok := t.Function("Webhook")
	if !ok {
		return r, errors.New("template.yaml declares no Webhook function")
	}
	r.costFigures = costs(r.messageFigures, r.Binaries, door.Memory)
	r.Took = time.Since(began).Seconds()
	return r, nil
}
