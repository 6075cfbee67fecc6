package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"example.com/skala/infra/emulator"
	"example.com/skala/infra/figures"
	"example.com/skala/infra/template"
)

// parts are what is measured apart from all else, by the argument that asks for it:
// it takes long, or an emulator of its own.
var parts = []string{"backlog", "console", "deadlines", "open"}

// engineFigures are those of the parts, each as it was last measured.
type engineFigures struct {
	Backlog   *backlogReport   `json:"due_at_once,omitempty"`
	Deadlines *deadlinesReport `json:"deadlines,omitempty"`
	Open      *openReport      `json:"open,omitempty"`
}

// readEngine reads what bench.json has of the parts.
func readEngine(root string) (engineFigures, error) {
	doc, err := os.ReadFile(filepath.Join(root, ".local", "figures", "bench.json"))
	if errors.Is(err, os.ErrNotExist) {
		return engineFigures{}, nil
	}
	var before struct{ Engine engineFigures }
	if err == nil {
		err = json.Unmarshal(doc, &before)
	}
	if err != nil {
		return engineFigures{}, fmt.Errorf("reading the figures of before: %w", err)
	}
	return before.Engine, nil
}

// writeEngine puts the parts into bench.json beside what else stands there.
func writeEngine(root string, f engineFigures) error {
	all := map[string]json.RawMessage{}
	doc, err := os.ReadFile(filepath.Join(root, ".local", "figures", "bench.json"))
	if err == nil {
		err = json.Unmarshal(doc, &all)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("reading the figures of before: %w", err)
	}
	keep := map[string]any{"engine": f}
	if f.Deadlines != nil { // under the key that others read; of many more than bench has time for
		keep["lateness_s"] = f.Deadlines.All
	}
	if f.Open != nil {
		keep["sweep"], keep["sweep_queries"] = f.Open.Units, f.Open.Queries
	}
	for name, v := range keep {
		if all[name], err = json.Marshal(v); err != nil {
			return err
		}
	}
	return figures.Write(root, "bench", all)
}

// measurePart measures one of the parts, prints it and keeps it in bench.json.
func measurePart(ctx context.Context, root, part string, out io.Writer) (err error) {
	if part == "console" {
		return onBench(ctx, root, func(e *emulator.Emulator, t *template.Template) error {
			r, err := measureConsole(ctx, root, e, t)
			if err != nil {
				return err
			}
			if err := figures.Write(root, "console", r); err != nil {
				return err
			}
			return r.print(out)
		})
	}
	f, err := readEngine(root)
	if err != nil {
		return err
	}
	switch part {
	case "backlog":
		err = onBench(ctx, root, func(e *emulator.Emulator, t *template.Template) error {
			r, err := measureBacklog(ctx, root, e, t)
			f.Backlog = &r
			return err
		})
	case "deadlines":
		var r deadlinesReport
		r, err = measureDeadlines(ctx, root, emulatorName())
		f.Deadlines = &r
	case "open":
		err = onBench(ctx, root, func(e *emulator.Emulator, t *template.Template) error {
			r, err := measureOpen(ctx, root, e, t, os.Stderr)
			f.Open = &r
			return err
		})
	}
	if err != nil {
		return err
	}
	if err := writeEngine(root, f); err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	f.print(w)
	return w.Flush()
}

// onBench measures on the bench's emulator, or the one that the environment names.
func onBench(ctx context.Context, root string, measure func(*emulator.Emulator, *template.Template) error) (err error) {
	e, stop, err := emulator.Bench(root, slog.New(slog.NewTextHandler(os.Stderr, nil))).Use(ctx, os.Getenv)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	t, err := template.Open(root)
	if err != nil {
		return err
	}
	return measure(e, t)
}

// print writes what there is as rows for people.
func (f engineFigures) print(w io.Writer) {
	row := func(what, format string, args ...any) { fmt.Fprintf(w, "%s\t%s\n", what, fmt.Sprintf(format, args...)) }
	if b := f.Backlog; b != nil {
		fmt.Fprintf(w, "\n%d due at once (commit %s, load %s)\n", b.Due, b.Commit, b.Load)
		row("acted on", "%d, by %s", b.Acted, counts(b.CallsOf))
		row("wall time", "%.1f s, the same calls by a plain program %.1f s: %.2f times", b.Wall, b.PlainWall, b.Ratio)
		row("  of it the sweep", "%.1f s, plainly %.1f s", b.SweepWall, b.PlainSweep)
		row("processor", "%.2f s, the plain program's %.2f s: %.2f s of its own", b.CPU, b.PlainCPU, b.OwnCPU)
	}
	if d := f.Deadlines; d != nil {
		fmt.Fprintf(w, "\n%d deadlines over %.0f s, the schedule late by up to %.0f s (commit %s, load %s)\n", d.All.N, d.Over, d.Jitter, d.Commit, d.Load)
		row("until acted on", "p50 %.2f s, p99 %.2f s, worst %.2f s", d.All.P50, d.All.P99, d.Worst)
		row("  armed by triage", "p50 %.2f s, p99 %.2f s of %d", d.Near.P50, d.Near.P99, d.Near.N)
		row("  by the sweep", "p50 %.2f s, p99 %.2f s of %d; %d sweeps armed %d", d.Far.P50, d.Far.P99, d.Far.N, d.Sweeps, d.Armed)
	}
	if o := f.Open; o != nil {
		fmt.Fprintf(w, "\nA sweep with nothing due (commit %s, %s)\n", o.Commit, o.Emulator)
		for _, open := range slices.SortedFunc(maps.Keys(o.Units), numerically) {
			row(open+" open", "%d calls, %d of them queries, %.1f read units, %.0f ms", o.Calls[open], o.Queries[open], o.Units[open], o.TookMS[open])
		}
	}
}

// emulatorName is what stands in for AWS.
func emulatorName() string {
	if os.Getenv("AWS_ENDPOINT_URL_DYNAMODB") != "" {
		return "one that the environment names"
	}
	return emulator.Version()
}

// loadAverage is how busy the machine was over the last minute.
func loadAverage() string {
	doc, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	load, _, _ := strings.Cut(string(doc), " ")
	return load
}
