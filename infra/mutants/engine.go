package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"example.com/skala/infra/emulator"
	"example.com/skala/infra/figures"
	"example.com/skala/infra/template"
)

// engineBugs names the bugs that the simulation is to find by itself: those of what
// the desk does without anybody asking for it. A line that begins with # is for
// people.
//
//go:embed engine.txt
var engineBugs string

func engineNames() []string {
	var names []string
	for line := range strings.Lines(engineBugs) {
		if name := strings.TrimSpace(line); name != "" && !strings.HasPrefix(name, "#") {
			names = append(names, name)
		}
	}
	return names
}

// runEngine plants the engine's bugs, or only some of them, in front of the
// simulation.
func runEngine(ctx context.Context, only string, trust bool) error {
	root, err := template.Root()
	if err != nil {
		return err
	}
	bugs, err := read(root)
	if err != nil {
		return err
	}
	all := only == ""
	if all {
		only = strings.Join(engineNames(), ",")
	}
	if bugs, err = named(bugs, only); err != nil {
		return err
	}
	began, about := time.Now(), figures.Here(ctx, root, emulator.Version())
	l := &laboratory{root: root, home: filepath.Join(root, ".local", "mutants"), env: os.Environ(), say: os.Stderr}
	r, err := l.work(ctx, bugs, simulated, trust)
	r.About, r.Took = about, time.Since(began).Round(time.Second).Seconds()
	if len(r.Bugs) > 0 {
		r.Commit = l.commit[:7]
		r.print(os.Stdout)
	}
	if err != nil {
		return err
	}
	if all {
		if err := addTo(root, r); err != nil {
			return err
		}
	}
	return r.passes()
}

// addTo adds what was found to the simulation's own figures.
func addTo(root string, r report) error {
	all := map[string]any{"commit": r.Commit, "machine": r.Machine, "emulator": r.Emulator}
	doc, err := os.ReadFile(filepath.Join(root, ".local", "figures", "simulate.json"))
	if err == nil {
		err = json.Unmarshal(doc, &all)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("reading the simulation's figures: %w", err)
	}
	all["bugs_planted"], all["bugs_caught"], all["bugs_missed"], all["bugs_took_s"] = r.Planted, r.Caught, r.Missed, r.Took
	return figures.Write(root, "simulate", all)
}
