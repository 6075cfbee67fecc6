package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"example.com/skala/infra/local/runtimeapi"
)

// A function runs a Lambda binary: one process for each invocation that goes on
// at the same time, kept for the next one, as Lambda keeps its environments. A
// process that died is replaced when the next invocation comes, and the last
// one even before.
type function struct {
	name    string // of its folder
	binary  string
	env     []string
	timeout time.Duration
	out     func() io.Writer // takes what one process prints
	log     *slog.Logger

	slots chan struct{} // one for each invocation under way

	mu      sync.Mutex
	idle    []*process // the one used last comes last
	alive   map[*process]bool
	closed  bool
	tries   int // processes in a row that died before they asked for an event
	running sync.WaitGroup
}

// A process is one that runs the binary.
type process struct {
	cmd     *exec.Cmd
	runtime *runtimeapi.API
}

func newFunction(name, binary string, env []string, timeout time.Duration, processes int, out func() io.Writer, log *slog.Logger) *function {
	return &function{name: name, binary: binary, env: env, timeout: timeout, out: out, log: log,
		slots: make(chan struct{}, processes), alive: map[*process]bool{}}
}

// invoke runs one invocation and returns the function's answer. It waits while
// all processes are busy. An error that is a *runtimeapi.FunctionError came from the
// function itself; runtimeapi.ErrDied and runtimeapi.ErrTimedOut cost it its process.
func (f *function) invoke(ctx context.Context, body []byte) ([]byte, error) {
	select {
	case f.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-f.slots }()
	for {
		p, err := f.take(ctx)
		if err != nil {
			return nil, err
		}
		answer, taken, err := p.runtime.Invoke(ctx, body, f.timeout)
		if err == nil {
			f.give(p)
			return answer, nil
		}
		if _, ok := errors.AsType[*runtimeapi.FunctionError](err); ok {
			f.give(p)
			return nil, err
		}
		p.kill() // whatever it still does, nobody waits for it
		if taken || !errors.Is(err, runtimeapi.ErrDied) {
			return nil, err
		}
		// It died while it idled, and the event was never its.
	}
}

// warm starts a process where none is alive, and waits until it asks for work.
func (f *function) warm(ctx context.Context) error {
	select {
	case f.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-f.slots }()
	p, err := f.take(ctx)
	if err == nil {
		f.give(p)
	}
	return err
}

// take returns a process that waits for an event.
func (f *function) take(ctx context.Context) (*process, error) {
	f.mu.Lock()
	for len(f.idle) > 0 {
		p := f.idle[len(f.idle)-1]
		f.idle = f.idle[:len(f.idle)-1]
		if f.alive[p] {
			f.mu.Unlock()
			return p, nil
		}
	}
	pause := backoff(f.tries)
	f.mu.Unlock()
	select {
	case <-time.After(pause):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	p, err := f.start(ctx)
	if err != nil {
		return nil, err
	}
	select {
	case <-p.runtime.Ready:
		f.mu.Lock()
		f.tries = 0
		f.mu.Unlock()
		return p, nil
	case <-p.runtime.Ended:
		f.mu.Lock()
		f.tries++
		f.mu.Unlock()
		return nil, fmt.Errorf("%s ended before it asked for an event: its log says why", f.name)
	case <-time.After(10 * time.Second): // as Lambda gives it
		p.kill()
		return nil, fmt.Errorf("%s did not ask for an event within 10 s", f.name)
	case <-ctx.Done():
		p.kill()
		return nil, ctx.Err()
	}
}

// backoff is how long to wait before another process after so many that died
// at their start.
func backoff(tries int) time.Duration {
	if tries == 0 {
		return 0
	}
	return min(100*time.Millisecond<<min(tries, 10), 5*time.Second)
}

func (f *function) give(p *process) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.idle = append(f.idle, p)
}

// start starts a process and watches it.
func (f *function) start(ctx context.Context) (*process, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, fmt.Errorf("%s is stopping", f.name)
	}
	rt, err := runtimeapi.Listen(ctx, f.name)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(f.binary)
	cmd.Env = append(append([]string{}, f.env...),
		"AWS_LAMBDA_RUNTIME_API="+rt.Address,
		"AWS_LAMBDA_FUNCTION_NAME="+f.name,
		"AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_LOG_GROUP_NAME=local",
		"AWS_LAMBDA_LOG_STREAM_NAME=local",
		"_HANDLER=bootstrap")
	out := f.out()
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = notLongerThanUs()
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		rt.End()
		return nil, fmt.Errorf("starting %s: %w", f.name, err)
	}
	p := &process{cmd: cmd, runtime: rt}
	f.alive[p] = true
	f.running.Go(func() {
		err := cmd.Wait()
		rt.End()
		f.died(p, err)
	})
	return p, nil
}

// died forgets a process, and replaces the last one.
func (f *function) died(p *process, err error) {
	f.mu.Lock()
	delete(f.alive, p)
	last, closed := len(f.alive) == 0, f.closed
	f.mu.Unlock()
	if closed {
		return
	}
	f.log.Warn("function process ended", "function", f.name, "pid", p.cmd.Process.Pid, "err", err)
	if last {
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			defer cancel()
			if err := f.warm(ctx); err != nil && !f.stopping() {
				f.log.Warn("function does not start", "function", f.name, "err", err)
			}
		}()
	}
}

func (f *function) stopping() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.closed
}

// stop ends every process and waits for them. Whoever calls it has seen to it
// that no invocation is under way.
func (f *function) stop() {
	f.mu.Lock()
	f.closed = true
	for p := range f.alive {
		if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			f.log.Warn("function process does not stop", "function", f.name, "err", err)
		}
		time.AfterFunc(2*time.Second, p.kill)
	}
	f.mu.Unlock()
	f.running.Wait()
}

// kill ends the process at once; its watcher does the rest.
func (p *process) kill() {
	p.runtime.End()
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.cmd.Process.Release()
	}
}
