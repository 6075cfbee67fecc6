// Package runtimeapi is the Lambda Runtime API for one process of a function,
// on loopback: whoever runs a Lambda binary outside of AWS gives it events here.
package runtimeapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// MaxPayload is what Lambda takes and gives in one invocation.
const MaxPayload = 6 << 20

// Errors of an invocation.
var (
	ErrDied     = errors.New("the function's process ended")
	ErrTimedOut = errors.New("the function ran into its timeout")
)

// A FunctionError is what a function says went wrong: it lives on.
type FunctionError struct{ Body []byte }

func (e *FunctionError) Error() string { return fmt.Sprintf("the function failed: %.300s", e.Body) }

// An API is where one process of a function asks for an event, answers it, and
// asks again, exactly as in AWS. Each process has one to itself, so that its
// death is known to be the death of the invocation it held.
type API struct {
	Address string        // host and port, for AWS_LAMBDA_RUNTIME_API
	Ready   chan struct{} // closed when the process first asks for an event
	Ended   chan struct{} // closed by End

	server   *http.Server
	arn      string
	events   chan event
	endOnce  sync.Once
	askOnce  sync.Once
	mu       sync.Mutex
	waiting  chan result // of the event the process holds
	waitFor  string      // its id
	sequence int
}

type event struct {
	id       string
	deadline time.Time
	body     []byte
}

type result struct {
	body []byte
	err  error
}

// Listen takes a loopback port for a process of function. End frees it.
func Listen(ctx context.Context, function string) (*API, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening for %s: %w", function, err)
	}
	rt := &API{
		Address: l.Addr().String(),
		arn:     "arn:aws:lambda:us-east-1:000000000000:function:" + function,
		Ready:   make(chan struct{}),
		Ended:   make(chan struct{}),
		events:  make(chan event),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", rt.next)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", rt.response)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", rt.failure)
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", rt.initFailure)
	rt.server = &http.Server{Handler: mux}
	go rt.server.Serve(l) // until End closes it
	return rt, nil
}

// Invoke gives body to the process and waits for its answer, for the process's
// end, or until timeout is over. taken says whether the process had the event: if
// not, another may have it.
func (rt *API) Invoke(ctx context.Context, body []byte, timeout time.Duration) (answer []byte, taken bool, err error) {
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	waiting := make(chan result, 1)
	rt.mu.Lock()
	rt.sequence++
	id := "local-" + strconv.Itoa(rt.sequence)
	rt.waiting, rt.waitFor = waiting, id
	rt.mu.Unlock()
	select {
	case rt.events <- event{id, time.Now().Add(timeout), body}:
	case <-rt.Ended:
		return nil, false, ErrDied
	case <-timer.C:
		return nil, false, ErrTimedOut
	case <-ctx.Done():
		return nil, false, ctx.Err()
	}
	select {
	case r := <-waiting:
		return r.body, true, r.err
	case <-rt.Ended:
		return nil, true, ErrDied
	case <-timer.C:
		return nil, true, ErrTimedOut
	case <-ctx.Done():
		return nil, true, ctx.Err()
	}
}

// End says that the process is gone, or must go: what it held has failed.
func (rt *API) End() {
	rt.endOnce.Do(func() {
		close(rt.Ended)
		rt.server.Close()
	})
}

func (rt *API) next(w http.ResponseWriter, r *http.Request) {
	rt.askOnce.Do(func() { close(rt.Ready) })
	select {
	case e := <-rt.events:
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", e.id)
		w.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(e.deadline.UnixMilli(), 10))
		w.Header().Set("Lambda-Runtime-Invoked-Function-Arn", rt.arn)
		w.Write(e.body)
	case <-r.Context().Done():
	}
}

func (rt *API) response(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxPayload))
	if err != nil {
		rt.settle(r.PathValue("id"), result{err: &FunctionError{Body: []byte("its answer is larger than 6 MB or broke off")}})
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	rt.settle(r.PathValue("id"), result{body: body})
	w.WriteHeader(http.StatusAccepted)
}

func (rt *API) failure(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxPayload))
	if err != nil {
		body = []byte(err.Error())
	}
	rt.settle(r.PathValue("id"), result{err: &FunctionError{Body: body}})
	w.WriteHeader(http.StatusAccepted)
}

func (rt *API) initFailure(w http.ResponseWriter, _ *http.Request) { // the process ends by itself
	w.WriteHeader(http.StatusAccepted)
}

// settle hands r to who waits for the answer to the event, once.
func (rt *API) settle(id string, r result) {
	rt.mu.Lock()
	defer rt.mu.Unlock()
	if rt.waiting != nil && rt.waitFor == id {
		rt.waiting <- r
		rt.waiting = nil
	}
}
