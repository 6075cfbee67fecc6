package world

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"

	"example.com/skala/functions/wiring"
	"example.com/skala/infra/faults"
)

// An instance is one function in one process: what Lambda keeps warm.
type instance struct {
	*faults.Process
	handler lambda.Handler
}

// Start has one new process ready for each of the functions, by logical id. Those
// that were warm have ended.
func (w *World) Start(ctx context.Context, functions ...string) error {
	for _, id := range functions {
		if err := w.start(ctx, id, w.env[id]); err != nil {
			return err
		}
	}
	return nil
}

// StartCold is Start with the secrets where AWS has them.
func (w *World) StartCold(ctx context.Context, id string) error { return w.start(ctx, id, w.cold[id]) }

func (w *World) start(ctx context.Context, id string, env map[string]string) error {
	w.mu.Lock()
	w.warm[id] = nil
	w.mu.Unlock()
	i, err := w.fresh(ctx, id, env)
	if err != nil {
		return err
	}
	w.keepWarm(i)
	return nil
}

// fresh starts a process. Things may go wrong with its calls, and it may die.
func (w *World) fresh(ctx context.Context, id string, env map[string]string) (*instance, error) {
	i := &instance{Process: &faults.Process{Name: id, Names: w.name, Plan: w, Happened: w.happened, Hangs: w.callEnded}}
	i.Recorded = func(c faults.Call) {
		w.Recorder.Add(c)
		w.callEnded()
	}
	failed := make(chan error, 1)
	if i.Run(ctx, func(ctx context.Context) { failed <- w.assemble(ctx, i, env) }) {
		return nil, w.died(i)
	}
	return i, <-failed
}

// acquire returns a warm process of a function that nobody uses, or a new one.
func (w *World) acquire(ctx context.Context, id string) (*instance, error) {
	w.mu.Lock()
	if n := len(w.warm[id]); n > 0 {
		i := w.warm[id][n-1]
		w.warm[id] = w.warm[id][:n-1]
		w.mu.Unlock()
		return i, nil
	}
	w.mu.Unlock()
	return w.fresh(ctx, id, w.env[id])
}

func (w *World) keepWarm(i *instance) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.warm[i.Name] = append(w.warm[i.Name], i)
}

// errDied says that a process died.
var errDied = errors.New("the process died")

func (w *World) died(i *instance) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dead = append(w.dead, i)
	return errDied
}

// assemble puts a function together in a process.
func (w *World) assemble(ctx context.Context, i *instance, env map[string]string) error {
	id := i.Name
	f, err := assemblies[id](ctx, wiring.Input{
		Getenv: func(name string) string { return env[name] }, Log: w, Now: w.Now,
		Configure: func(cfg *aws.Config) {
			*cfg = w.config()
			i.Configure(cfg)
			cfg.APIOptions = append(cfg.APIOptions, w.holdBack)
		},
	})
	if err != nil {
		return fmt.Errorf("starting %s: %w", id, err)
	}
	i.handler = lambda.NewHandler(f.Handler())
	return nil
}

// name is the logical id of what is physically called so.
func (w *World) name(physical string) string {
	if id, ok := w.names[physical]; ok {
		return id
	}
	return physical
}

// invoke runs one invocation of a function in a process that runs no other. One
// that dies in it is gone; any other stays warm.
func (w *World) invoke(ctx context.Context, id string, event []byte) ([]byte, error) {
	i, err := w.acquire(ctx, id)
	if err != nil {
		return nil, err
	}
	type answered struct {
		answer []byte
		err    error
	}
	said := make(chan answered, 1)
	if i.Run(ctx, func(ctx context.Context) {
		answer, err := i.handler.Invoke(ctx, event)
		said <- answered{answer, err}
	}) {
		return nil, w.died(i)
	}
	got := <-said
	w.keepWarm(i)
	return got.answer, got.err
}

// End buries the processes that died.
func (w *World) End() {
	w.mu.Lock()
	dead := w.dead
	w.dead = nil
	w.mu.Unlock()
	for _, i := range dead {
		i.Bury()
	}
}
