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

// Start has a new process ready for each of the functions, by logical id. The
// ones before it have ended.
func (w *World) Start(ctx context.Context, functions ...string) error {
	for _, id := range functions {
		w.mu.Lock()
		delete(w.instances, id)
		w.mu.Unlock()
		if _, err := w.instance(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// instance returns the warm process of a function, or starts one.
func (w *World) instance(ctx context.Context, id string) (*instance, error) {
	w.mu.Lock()
	i := w.instances[id]
	w.mu.Unlock()
	if i != nil {
		return i, nil
	}
	i, err := w.Fresh(ctx, id)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	w.instances[id] = i
	w.mu.Unlock()
	return i, nil
}

// StartCold is Start with the secrets where AWS has them. Things may go wrong with
// its calls; the process may die.
func (w *World) StartCold(ctx context.Context, id string) error {
	i := w.process(id)
	failed := make(chan error, 1)
	if i.Run(ctx, func(ctx context.Context) { failed <- w.assemble(ctx, i, w.cold[id]) }) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.dead = append(w.dead, i)
		return errDied
	}
	if err := <-failed; err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.instances[id] = i
	return nil
}

// Fresh starts a process of a function that nobody else uses.
func (w *World) Fresh(ctx context.Context, id string) (*instance, error) {
	i := w.process(id)
	return i, w.assemble(ctx, i, w.env[id])
}

func (w *World) process(id string) *instance {
	return &instance{Process: &faults.Process{Name: id, Names: w.name, Plan: w, Recorded: w.Recorder.Add, Happened: w.happened}}
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

// errDied says that a process died in an invocation.
var errDied = errors.New("the process died")

// invoke runs one invocation of a function in a warm process of its own. One that
// dies in it is gone.
func (w *World) invoke(ctx context.Context, id string, event []byte) (answer []byte, err error) {
	i, err := w.instance(ctx, id)
	if err != nil {
		return nil, err
	}
	answer, err = i.invoke(ctx, event)
	if errors.Is(err, errDied) {
		w.mu.Lock()
		if w.instances[id] == i {
			delete(w.instances, id)
		}
		w.dead = append(w.dead, i)
		w.mu.Unlock()
	}
	return answer, err
}

func (i *instance) invoke(ctx context.Context, event []byte) (answer []byte, err error) {
	said := make(chan struct{})
	var got []byte
	var failed error
	died := i.Run(ctx, func(ctx context.Context) {
		defer close(said)
		got, failed = i.handler.Invoke(ctx, event)
	})
	if died {
		return nil, errDied
	}
	<-said
	return got, failed
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
