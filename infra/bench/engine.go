package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"example.com/skala/infra/emulator"
	"example.com/skala/infra/figures"
	"example.com/skala/infra/template"
)

// parts are what is measured apart from all else, by the argument that asks for it:
// it takes long, or an emulator of its own.
var parts = []string{"backlog"}

// engineFigures are those of the parts, each as it was last measured.
type engineFigures struct {
	Backlog *backlogReport `json:"due_at_once,omitempty"`
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
	if all["engine"], err = json.Marshal(f); err != nil {
		return err
	}
	return figures.Write(root, "bench", all)
}

// measurePart measures one of the parts, prints it and keeps it in bench.json.
func measurePart(ctx context.Context, root, part string, out io.Writer) (err error) {
	f, err := readEngine(root)
	if err != nil {
		return err
	}
	e, stop, err := emulator.Bench(root, slog.New(slog.NewTextHandler(os.Stderr, nil))).Use(ctx, os.Getenv)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	t, err := template.Open(root)
	if err != nil {
		return err
	}
	switch part {
	case "backlog":
		r, err := measureBacklog(ctx, root, e, t)
		if err != nil {
			return err
		}
		f.Backlog = &r
	}
	if err := writeEngine(root, f); err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	f.print(w)
	return w.Flush()
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
