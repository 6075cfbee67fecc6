package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"

	"example.com/skala/infra/local/runtimeapi"
)

// TestMain lets the test's own binary be the function that the tests run.
func TestMain(m *testing.M) {
	if os.Getenv("AWS_LAMBDA_RUNTIME_API") != "" {
		if os.Getenv("DIES_AT_START") != "" {
			os.Exit(1)
		}
		lambda.Start(obey)
	}
	os.Exit(m.Run())
}

// An order is what the function under test is told to do.
type order struct {
	Do      string              `json:"do,omitempty"`
	Records []events.SQSMessage `json:"Records,omitempty"` // their bodies are orders too
}

func obey(ctx context.Context, o order) (any, error) {
	failures := []events.SQSBatchItemFailure{}
	for _, r := range o.Records {
		if _, err := obey(ctx, order{Do: r.Body}); err != nil {
			failures = append(failures, events.SQSBatchItemFailure{ItemIdentifier: r.MessageId})
		}
	}
	switch o.Do {
	case "die":
		os.Exit(1)
	case "sleep":
		time.Sleep(time.Minute)
	case "nap":
		time.Sleep(300 * time.Millisecond)
	case "fail":
		return nil, errors.New("as told")
	}
	if o.Records != nil {
		return events.SQSEventResponse{BatchItemFailures: failures}, nil
	}
	return strconv.Itoa(os.Getpid()), nil
}

func startFunction(t *testing.T, processes int, timeout time.Duration, env ...string) *function {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	f := newFunction("test", binary, env, timeout, processes, func() io.Writer { return t.Output() }, log)
	t.Cleanup(f.stop)
	return f
}

func tell(t *testing.T, f *function, do string) (answer string, err error) {
	t.Helper()
	body, err := json.Marshal(order{Do: do})
	if err != nil {
		t.Fatal(err)
	}
	got, err := f.invoke(t.Context(), body)
	return strings.Trim(string(got), `"`), err
}

func TestAFunctionsProcessIsKeptForTheNextInvocation(t *testing.T) {
	t.Parallel()
	f := startFunction(t, 4, 20*time.Second)
	first, err := tell(t, f, "")
	if err != nil {
		t.Fatal(err)
	}
	if second, err := tell(t, f, ""); err != nil || second != first {
		t.Errorf("process %s, then %s, %v", first, second, err)
	}
}

func TestInvocationsAtTheSameTimeHaveProcessesOfTheirOwn(t *testing.T) {
	t.Parallel()
	f := startFunction(t, 3, 20*time.Second)
	var mu sync.Mutex
	processes := map[string]bool{}
	var all sync.WaitGroup
	for range 9 {
		all.Go(func() {
			pid, err := tell(t, f, "nap")
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			processes[pid] = true
		})
	}
	all.Wait()
	if len(processes) != 3 {
		t.Errorf("%d processes for nine invocations, three at a time", len(processes))
	}
}

func TestAnErrorOfAFunctionLeavesItsProcessAlive(t *testing.T) {
	t.Parallel()
	f := startFunction(t, 1, 20*time.Second)
	before, err := tell(t, f, "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = tell(t, f, "fail")
	if _, ok := errors.AsType[*runtimeapi.FunctionError](err); !ok {
		t.Errorf("told to fail: %v", err)
	}
	if after, err := tell(t, f, ""); err != nil || after != before {
		t.Errorf("process %s, then %s, %v", before, after, err)
	}
}

func TestAKilledProcessFailsItsInvocationAtOnceAndIsReplaced(t *testing.T) {
	t.Parallel()
	f := startFunction(t, 1, time.Minute)
	began := time.Now()
	if _, err := tell(t, f, "die"); !errors.Is(err, runtimeapi.ErrDied) {
		t.Errorf("told to die: %v", err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("noticed after %v", took)
	}
	if _, err := tell(t, f, ""); err != nil {
		t.Error(err)
	}
}

func TestAProcessKilledWhileItIdlesCostsNoInvocation(t *testing.T) {
	t.Parallel()
	f := startFunction(t, 1, time.Minute)
	for range 5 {
		pid, err := tell(t, f, "")
		if err != nil {
			t.Fatal(err)
		}
		n, err := strconv.Atoi(pid)
		if err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(n, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		for alive := true; alive; { // until its watcher has seen it
			f.mu.Lock()
			alive = false
			for p := range f.alive {
				alive = alive || p.cmd.Process.Pid == n
			}
			f.mu.Unlock()
		}
	}
}

func TestAFunctionPastItsTimeoutLosesItsProcess(t *testing.T) {
	t.Parallel()
	f := startFunction(t, 1, 500*time.Millisecond)
	if _, err := tell(t, f, "sleep"); !errors.Is(err, runtimeapi.ErrTimedOut) {
		t.Errorf("told to sleep: %v", err)
	}
	if _, err := tell(t, f, ""); err != nil {
		t.Error(err)
	}
}

func TestAFunctionThatDiesAtItsStartSaysSoAndIsTriedMoreSlowlyEachTime(t *testing.T) {
	t.Parallel()
	f := startFunction(t, 1, time.Minute, "DIES_AT_START=1")
	if err := f.warm(t.Context()); err == nil || !strings.Contains(err.Error(), "ended before it asked") {
		t.Errorf("%v", err)
	}
	for tries, want := range []time.Duration{0, 200 * time.Millisecond, 400 * time.Millisecond, 800 * time.Millisecond, 1600 * time.Millisecond, 3200 * time.Millisecond, 5 * time.Second} {
		if got := backoff(tries); got != want {
			t.Errorf("after %d tries %v, want %v", tries, got, want)
		}
	}
}

func TestAStoppedFunctionLeavesNoProcess(t *testing.T) {
	t.Parallel()
	f := startFunction(t, 1, time.Minute)
	pid, err := tell(t, f, "")
	if err != nil {
		t.Fatal(err)
	}
	f.stop()
	n, err := strconv.Atoi(pid)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(n, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("process %d: %v", n, err)
	}
	if _, err := tell(t, f, ""); err == nil {
		t.Error("a stopped function was invoked")
	}
}
