package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"example.com/skala/infra/emulator"
	"example.com/skala/infra/template"
)

// How many processes of a function may run at once, and pollers of a queue.
const (
	processesOfURL   = 4
	processesOfQueue = 2
	pollersOfQueue   = 2
)

// A desk is the whole of template.yaml's functions on this machine, with what
// invokes them.
type desk struct {
	*ground
	functions map[string]*function // by logical id
	log       *slog.Logger
	jitter    time.Duration

	stopSources context.CancelFunc
	sources     sync.WaitGroup
}

// newDesk describes the functions; it starts none.
func newDesk(g *ground, at template.Place, logs *stream, log *slog.Logger, jitter time.Duration) (*desk, error) {
	d := &desk{ground: g, functions: map[string]*function{}, log: log, jitter: jitter}
	for _, f := range g.template.Functions {
		variables, err := g.template.Environment(f, at)
		if err != nil {
			return nil, err
		}
		name := filepath.Base(f.Dir)
		env := append(g.emulator.Env(), fmt.Sprintf("AWS_LAMBDA_FUNCTION_MEMORY_SIZE=%d", f.Memory), "PATH="+os.Getenv("PATH"), "HOME="+os.Getenv("HOME"), "TMPDIR="+os.TempDir())
		for key, value := range variables {
			env = append(env, key+"="+value)
		}
		processes := processesOfQueue
		if f.URL {
			processes = processesOfURL
		}
		if len(f.Schedules) > 0 {
			processes++ // so that a full queue does not hold up the schedule
		}
		d.functions[f.ID] = newFunction(name, filepath.Join(g.bin, name), env, f.Timeout, processes, func() io.Writer { return logs.of(name) }, log)
	}
	return d, nil
}

// warm starts a process of every function, so that what is wrong shows now.
func (d *desk) warm(ctx context.Context) error {
	failed := make(chan error, len(d.functions))
	for _, f := range d.functions {
		go func() { failed <- f.warm(ctx) }()
	}
	var first error
	for range d.functions {
		if err := <-failed; err != nil && first == nil {
			first = err
		}
	}
	return first
}

// feed starts the pollers and the schedules.
func (d *desk) feed(ctx context.Context) {
	ctx, d.stopSources = context.WithCancel(ctx)
	for _, f := range d.template.Functions {
		fn := d.functions[f.ID]
		for _, s := range f.Sources {
			q, _ := d.template.Queue(s.Queue) // the template was checked for it
			url := d.stack.Queues[s.Queue]
			p := &poller{client: d.emulator.SQS(), source: s, url: url, arn: emulator.QueueARN(url), visibility: visibility(q), invoke: fn.invoke, log: d.log}
			for range pollersOfQueue {
				d.sources.Go(func() { p.run(ctx) })
			}
		}
		for _, s := range f.Schedules {
			c := &clockwork{name: fn.name, schedule: s, jitter: d.jitter, invoke: fn.invoke, log: d.log}
			d.sources.Go(func() { c.run(ctx) })
		}
	}
}

// visibility is the queue's own, or the service's default.
func visibility(q template.Queue) time.Duration {
	if q.Visibility == 0 {
		return 30 * time.Second
	}
	return q.Visibility
}

// stop ends the pollers and schedules when their invocations are done, then the
// functions.
func (d *desk) close() {
	if d.stopSources != nil {
		d.stopSources()
	}
	d.sources.Wait()
	var stopped sync.WaitGroup
	for _, f := range d.functions {
		stopped.Go(f.stop)
	}
	stopped.Wait()
}
