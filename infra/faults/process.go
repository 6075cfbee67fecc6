package faults

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go/middleware"
)

// A Process is one process of the desk as AWS sees it: the clients made from the
// configurations that it was put into. Its fields are set before the first call.
type Process struct {
	Name     string
	Names    func(physical string) string           // gives tables, queues and secrets the names that a Call has; nil leaves them
	Plan     Plan                                   // nil for nothing going wrong
	Recorded func(Call)                             // hears of every call when it has ended; nil for nobody
	Happened func(ctx context.Context, in, out any) // hears of every try that took effect, whatever its caller sees of it
	Hangs    func()                                 // hears of every call that begins to hang, since the process is dead

	mu      sync.Mutex
	life    *life
	dead    chan struct{} // closed when the process is
	buried  chan struct{} // closed when what hangs is to end
	running sync.WaitGroup
}

// ErrDead is what calls of a dead process end with when it is buried.
var ErrDead = errors.New("faults: the process is dead")

// Configure puts the process between cfg's clients and AWS. The SDK's retries
// stay as they are, but for the waits between them: those are of AWS's making
// and nobody's to test.
func (p *Process) Configure(cfg *aws.Config) {
	cfg.Retryer = func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) {
			o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return time.Millisecond, nil })
			o.RateLimiter = ratelimit.None
		})
	}
	p.Watch(cfg)
}

// Watch is Configure for who measures: it leaves the waits between tries too.
func (p *Process) Watch(cfg *aws.Config) {
	p.begin()
	cfg.APIOptions = append(cfg.APIOptions, p.stack)
}

func (p *Process) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead == nil {
		p.dead, p.buried = make(chan struct{}), make(chan struct{})
	}
}

// Run runs one invocation. Its context ends when a fault has the time run out.
// Run reports that the process died in it; f has not ended then: it hangs at its
// next call until Bury, as nothing of a dead process goes on.
func (p *Process) Run(ctx context.Context, f func(context.Context)) (died bool) {
	p.begin()
	l := newLife(ctx)
	p.mu.Lock()
	p.life = l
	p.mu.Unlock()
	done := make(chan struct{})
	p.running.Go(func() {
		defer l.end(context.Canceled)
		defer close(done)
		f(l)
	})
	select {
	case <-done:
		return false
	case <-p.dead:
		return true
	}
}

// Bury ends what still hangs in a dead process, with errors and without effects,
// and waits for it.
func (p *Process) Bury() {
	p.die()
	p.mu.Lock()
	if p.life != nil {
		p.life.end(context.DeadlineExceeded)
	}
	select {
	case <-p.buried:
	default:
		close(p.buried)
	}
	p.mu.Unlock()
	p.running.Wait()
}

func (p *Process) die() {
	p.begin()
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.dead:
	default:
		close(p.dead)
	}
}

func (p *Process) expire() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.life != nil {
		p.life.end(context.DeadlineExceeded)
	}
}

// hang returns once a dead process is buried; at once while it lives.
func (p *Process) hang() error {
	select {
	case <-p.dead:
		if p.Hangs != nil {
			p.Hangs()
		}
		<-p.buried
		return ErrDead
	default:
		return nil
	}
}

// hour is how much of its time an invocation has left when it begins, by the
// clock on the wall: it ends when a fault says so, however slow the machine.
const hour = time.Hour

// A life is the context of an invocation whose time can run out at any moment.
type life struct {
	context.Context
	until time.Time
	done  chan struct{}
	mu    sync.Mutex
	err   error
}

func newLife(parent context.Context) *life {
	l := &life{Context: parent, until: time.Now().Add(hour), done: make(chan struct{})}
	context.AfterFunc(parent, func() { l.end(parent.Err()) })
	return l
}

func (l *life) end(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = err
		close(l.done)
	}
}

func (l *life) Done() <-chan struct{}       { return l.done }
func (l *life) Deadline() (time.Time, bool) { return l.until, true }
func (l *life) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// outlives is how long a call goes on whose context does not end with its invocation.
const outlives = time.Second

// A callKey is the key under which a call's fault and input travel down the
// stack.
type callKey struct{}

// A journey is a call on its way down.
type journey struct {
	fault *Fault
	in    any // as it is sent
	try   int
	took  bool // it has taken effect
}

// stack puts the process into the stack of a client: around the whole call,
// where it is recorded, and under the SDK's retryer, where each try is.
func (p *Process) stack(stack *middleware.Stack) error {
	if err := stack.Initialize.Add(middleware.InitializeMiddlewareFunc("FaultsOfCalls", p.call), middleware.Before); err != nil {
		return err
	}
	return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("FaultsOfTries", p.try), "Retry", middleware.After)
}

func (p *Process) call(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (out middleware.InitializeOutput, md middleware.Metadata, err error) {
	if err := p.hang(); err != nil {
		return out, md, err
	}
	name := p.Names
	if name == nil {
		name = func(s string) string { return s }
	}
	c := Call{Process: p.Name, Operation: awsmiddleware.GetOperationName(ctx), In: in.Parameters}
	c.Uses = usesOf(awsmiddleware.GetServiceID(ctx), c.Operation, in.Parameters, name)
	j := &journey{}
	if p.Plan != nil {
		j.fault = p.Plan.Next(c)
		if err := p.hang(); err != nil { // it died while the plan was made
			return out, md, err
		}
	}
	send := func(in any) (any, error) {
		j.in = in
		var result middleware.InitializeOutput
		result, md, err = next.HandleInitialize(middleware.WithStackValue(ctx, callKey{}, j), middleware.InitializeInput{Parameters: in})
		return result.Result, err
	}
	if j.fault != nil && (j.fault.Kind == Partial || j.fault.Kind == Stale) {
		out.Result, err = j.fault.spoil(in.Parameters, send)
	} else {
		out.Result, err = send(in.Parameters)
	}
	if hung := p.hang(); hung != nil {
		return middleware.InitializeOutput{}, md, hung
	}
	c.Err, c.Tries = err, j.try
	if err == nil {
		c.Out, c.Rows = out.Result, rows(out.Result)
	}
	if p.Recorded != nil {
		p.Recorded(c)
	}
	return out, md, err
}

// try is one try of a call.
func (p *Process) try(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (out middleware.FinalizeOutput, md middleware.Metadata, err error) {
	j, _ := middleware.GetStackValue(ctx, callKey{}).(*journey)
	if j == nil { // none of ours: a client that was configured behind our back
		return next.HandleFinalize(ctx, in)
	}
	j.try++
	effect := func() {
		if out, md, err = next.HandleFinalize(ctx, in); err == nil {
			j.took = true
			if p.Happened != nil {
				p.Happened(ctx, j.in, out.Result)
			}
		}
	}
	fail := func(failure error) (middleware.FinalizeOutput, middleware.Metadata, error) {
		j.fault.fired.Store(true)
		return middleware.FinalizeOutput{}, md, failure
	}
	if j.fault == nil {
		effect()
		return out, md, err
	}
	service := awsmiddleware.GetServiceID(ctx)
	switch j.fault.Kind {
	case Before:
		return fail(internal(service))
	case After:
		if !j.took {
			if effect(); err != nil { // refused on its own merits: there is no effect to lose
				return out, md, err
			}
		}
		return fail(internal(service))
	case Lost:
		if j.took {
			break
		}
		if effect(); err != nil {
			return out, md, err
		}
		return fail(cut())
	case Timeout, TimeoutAfter:
		if j.fault.Kind == TimeoutAfter {
			if effect(); err != nil {
				return out, md, err
			}
		}
		p.expire()
		select {
		case <-ctx.Done():
			return fail(&aws.RequestCanceledError{Err: ctx.Err()})
		case <-time.After(outlives): // it is not the invocation's
			return fail(&aws.RequestCanceledError{Err: context.DeadlineExceeded})
		}
	case Throttle:
		if j.try < retry.DefaultMaxAttempts {
			return fail(tooFast(service))
		}
	case Throttled:
		return fail(tooFast(service))
	case Conflict, Conflicts:
		return fail(Met(j.in, j.fault.Code))
	case Death:
		j.fault.fired.Store(true)
		p.die()
		return out, md, p.hang()
	case DeathAfter:
		if effect(); err != nil {
			return out, md, err
		}
		j.fault.fired.Store(true)
		p.die()
		return middleware.FinalizeOutput{}, md, p.hang()
	}
	effect()
	return out, md, err
}
