package main

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"
	"time"

	"example.com/skala/infra/simulation"
	"example.com/skala/infra/template"
)

const simulateHelp = `usage: skala simulate [-seed N] [-weeks N] [-year=false] [-days]

Lets a desk run for weeks in bad weather and for a year in better, in a minute or
so each, and holds it to its promises: nothing lost, nothing doubled, nothing
missed. The real steps run on a store and queues in memory under a moved clock.
The page that it prints names the seed: the same seed is the same run. The exit
status is 1 when a promise was broken. The figures go to
.local/figures/simulate.json, to which "make simulate" adds the planted bugs.
`

func simulateVerb(ctx context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) int {
	f := flagsOf("simulate", simulateHelp)
	seed := f.Uint64("seed", 1, "`number` that everything is drawn from")
	weeks := f.Int("weeks", 1, "how many `weeks` of a busy desk, each with a seed of its own")
	year := f.Bool("year", true, "a year of a smaller one as well")
	days := f.Bool("days", false, "three days alone, in the worst of weathers")
	if status, ok := parse(f, args, 0, 0, stdout, stderr); !ok {
		return status
	}
	var plans []simulation.Config
	for n := range uint64(max(0, *weeks)) {
		plans = append(plans, simulation.Week(*seed+n))
	}
	if *year {
		plans = append(plans, simulation.Year(*seed))
	}
	if *days {
		plans = []simulation.Config{simulation.Days(*seed)}
	}
	broken, err := simulate(ctx, *seed, plans, stdout)
	if err != nil {
		fmt.Fprintln(stderr, "skala simulate: "+err.Error())
		return exitFailed
	}
	if broken > 0 {
		return exitFailed
	}
	return exitOK
}

// simulate runs one plan after the other, and says how many promises were broken.
func simulate(ctx context.Context, seed uint64, plans []simulation.Config, stdout io.Writer) (broken int, err error) {
	root, err := template.Root()
	if err != nil {
		return 0, err
	}
	debug.SetGCPercent(400) // what a run keeps it needs to its end
	began := time.Now()
	all := simulation.NewFigures(ctx, root, seed)
	for _, plan := range plans {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		r, err := simulation.Run(plan)
		if err != nil {
			return 0, err
		}
		r.Print(stdout)
		all.Add(r)
	}
	return all.Broken, all.Write(root, began)
}
