package emulator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A Process is an emulator of this checkout: one that runs, or could. It lives
// in a session of its own and outlives whoever started it.
type Process struct {
	Root string // of the checkout
	Name string // distinguishes it from others of this checkout
	Keep bool   // data over a clean stop
	Also string // services besides DynamoDB and SQS, each after a comma
	SAM  string // the Python of an installation of the SAM CLI, for Cloud
	Log  *slog.Logger
}

// state is what .local/NAME.json remembers of the process.
type state struct {
	PID      int    `json:"pid"`
	Endpoint string `json:"endpoint"`
}

// Desk is the process that `make run` uses.
func Desk(root string, log *slog.Logger) *Process {
	return &Process{Root: root, Name: "emulator", Keep: true, Log: log}
}

// Tests is the process that all tests of this machine share. It plays Secrets
// Manager too, which the local run has files for.
func Tests(root string, log *slog.Logger) *Process {
	return &Process{Root: root, Name: "emulator-test", Also: ",secretsmanager", Log: log}
}

// Bench is the process that `make bench` has to itself: tests that run meanwhile
// would count.
func Bench(root string, log *slog.Logger) *Process {
	return &Process{Root: root, Name: "emulator-bench", Log: log}
}

// Crash is the process that `make crash` has to itself: it makes thousands of
// calls that others would wait for.
func Crash(root string, log *slog.Logger) *Process {
	return &Process{Root: root, Name: "emulator-crash", Also: ",secretsmanager", Log: log}
}

// Mutants is the process that `make mutants` has to itself: tests that are killed
// leave their tables.
func Mutants(root string, log *slog.Logger) *Process {
	return &Process{Root: root, Name: "emulator-mutants", Also: ",secretsmanager", Log: log}
}

// Lambdas is the process that `make test-lambda` has to itself.
func Lambdas(root string, log *slog.Logger) *Process {
	return &Process{Root: root, Name: "emulator-lambdas", Log: log}
}

// All are the processes that this checkout may have.
func All(root string, log *slog.Logger) []*Process {
	return []*Process{Desk(root, log), Tests(root, log), Bench(root, log), Crash(root, log), Mutants(root, log), Lambdas(root, log), Cloud(root, "", log)}
}

// Start returns the process's emulator, healthy. It finds the one that runs,
// and installs and starts one only where none does. Two callers, in whatever
// processes, get the same.
func (p *Process) Start(ctx context.Context) (*Emulator, error) {
	unlock, err := p.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if s, ok := p.running(ctx); ok {
		if recovers(ctx, s.Endpoint) {
			return &Emulator{DynamoDBURL: s.Endpoint, SQSURL: s.Endpoint}, nil
		}
		if err := end(ctx, s.PID); err != nil {
			return nil, err
		}
	}
	in, err := install(ctx, p.path("emulator"), p.Log)
	if err != nil {
		return nil, err
	}
	s, err := p.spawn(ctx, in)
	if err != nil {
		return nil, err
	}
	return &Emulator{DynamoDBURL: s.Endpoint, SQSURL: s.Endpoint}, nil
}

// Use returns an emulator and what stops it: the one that the environment names,
// which nothing stops, or this process, started. Stopping works after ctx ended.
func (p *Process) Use(ctx context.Context, getenv func(string) string) (e *Emulator, stop func() error, err error) {
	if e, ok, err := FromEnvironment(getenv); ok || err != nil {
		return e, func() error { return nil }, err
	}
	if e, err = p.Start(ctx); err != nil {
		return nil, nil, err
	}
	return e, func() error {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 40*time.Second)
		defer cancel()
		return p.Stop(ctx)
	}, nil
}

// Stop ends the process by SIGTERM, which lets it write its data, and waits. It
// is no error when none runs.
func (p *Process) Stop(ctx context.Context) error {
	unlock, err := p.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	s, ok := p.running(ctx)
	if !ok {
		return nil
	}
	if err := end(ctx, s.PID); err != nil {
		return err
	}
	return os.Remove(p.path(p.Name + ".json"))
}

// Install installs the emulator's program, if it is not there.
func (p *Process) Install(ctx context.Context) error {
	unlock, err := p.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	_, err = install(ctx, p.path("emulator"), p.Log)
	return err
}

func (p *Process) path(name string) string { return filepath.Join(p.Root, ".local", name) }

// lock waits until no other process installs, starts or stops an emulator of
// this checkout.
func (p *Process) lock(ctx context.Context) (func(), error) {
	if err := os.MkdirAll(p.path("log"), 0o755); err != nil {
		return nil, fmt.Errorf("making .local: %w", err)
	}
	f, err := os.OpenFile(p.path("emulator.lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("locking the emulator: %w", err)
	}
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { f.Close() }, nil // closing unlocks
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			f.Close()
			return nil, fmt.Errorf("locking the emulator: %w", err)
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			f.Close()
			return nil, fmt.Errorf("locking the emulator: %w", ctx.Err())
		}
	}
}

// running reads what was started last and reports whether it still runs and is
// ours: a number alone may have become another program's.
func (p *Process) running(ctx context.Context) (state, bool) {
	var s state
	doc, err := os.ReadFile(p.path(p.Name + ".json"))
	if err != nil || json.Unmarshal(doc, &s) != nil || s.PID <= 1 {
		return state{}, false
	}
	line, err := commandLine(ctx, s.PID)
	return s, err == nil && strings.Contains(line, " "+p.mark()+" ")
}

// mark is an argument that the emulator ignores and that tells our processes
// from others. Checkouts that share a .local by a link have the same, or each would
// take the other's process for a stranger and start its own.
func (p *Process) mark() string {
	folder := p.path("")
	if behind, err := filepath.EvalSymlinks(folder); err == nil {
		folder = behind
	}
	return "skala=" + filepath.Join(folder, p.Name)
}

func commandLine(ctx context.Context, pid int) (string, error) {
	if b, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)); err == nil {
		return strings.ReplaceAll(string(b), "\x00", " "), nil
	}
	return output(ctx, "ps", "-ww", "-o", "command=", "-p", strconv.Itoa(pid))
}

// spawn starts the emulator on a free port and waits until it answers.
func (p *Process) spawn(ctx context.Context, in installation) (state, error) {
	port, err := freePort(ctx)
	if err != nil {
		return state{}, err
	}
	data, err := filepath.Abs(p.path(p.Name + "-data"))
	if err != nil {
		return state{}, fmt.Errorf("starting the emulator: %w", err)
	}
	if !p.Keep { // what a process before left there
		if err := os.RemoveAll(data); err != nil {
			return state{}, fmt.Errorf("starting the emulator: %w", err)
		}
	}
	if err := os.MkdirAll(data, 0o755); err != nil {
		return state{}, fmt.Errorf("starting the emulator: %w", err)
	}
	out, err := os.OpenFile(p.path("log/"+p.Name+".log"), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		return state{}, fmt.Errorf("starting the emulator: %w", err)
	}
	defer out.Close()
	persist := "0"
	if p.Keep {
		persist = "1"
	}
	s := state{Endpoint: "http://127.0.0.1:" + strconv.Itoa(port)}
	program, args, env := in.Python, []string{"-X", p.mark(), "-m", "ministack"}, append(os.Environ(), "PYTHONPATH="+in.Path, "AWS_ENDPOINT_URL=")
	if p.SAM != "" {
		if program, args, env, err = p.cloud(in, data, s.Endpoint); err != nil {
			return state{}, err
		}
	}
	cmd := exec.Command(program, args...) // not of ctx: it outlives us
	cmd.Dir = data
	cmd.Env = append(env,
		"PYTHONUNBUFFERED=1", "PYTHONDONTWRITEBYTECODE=",
		"BIND_HOST=127.0.0.1", "GATEWAY_PORT="+strconv.Itoa(port), "MINISTACK_HOST=127.0.0.1", "SERVICES=dynamodb,sqs"+p.Also,
		"SFTP_ENABLED=0", "IOT_MTLS_ENABLED=0", "LOG_LEVEL=WARNING",
		"PERSIST_STATE="+persist, "STATE_DIR="+data, "TMPDIR="+data, "S3_DATA_DIR="+filepath.Join(data, "s3"), "DOCKER_HOST=",
		"MINISTACK_ACCOUNT_ID="+Account, "MINISTACK_REGION="+Region)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return state{}, fmt.Errorf("starting the emulator: %w", err)
	}
	died := make(chan error, 1)
	go func() { died <- cmd.Wait() }()
	s.PID = cmd.Process.Pid
	doc, err := json.Marshal(s)
	if err != nil {
		return state{}, err
	}
	if err := os.WriteFile(p.path(p.Name+".json"), append(doc, '\n'), 0o644); err != nil {
		return state{}, errors.Join(fmt.Errorf("starting the emulator: %w", err), cmd.Process.Signal(syscall.SIGTERM))
	}
	deadline := time.Now().Add(30 * time.Second)
	for !healthy(ctx, s.Endpoint) {
		select {
		case err := <-died:
			return state{}, fmt.Errorf("the emulator stopped as it started (%w): see %s", err, out.Name())
		case <-ctx.Done():
			return state{}, errors.Join(ctx.Err(), cmd.Process.Signal(syscall.SIGTERM))
		case <-time.After(30 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return state{}, errors.Join(fmt.Errorf("the emulator did not answer within 30 s: see %s", out.Name()), cmd.Process.Signal(syscall.SIGTERM))
		}
	}
	return s, nil
}

func freePort(ctx context.Context) (int, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("finding a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// recovers reports whether the emulator at endpoint answers before long. One that is
// busy with everybody's tests is slow to: who took it for dead would end it under them.
func recovers(ctx context.Context, endpoint string) bool {
	for range 8 {
		if healthy(ctx, endpoint) {
			return true
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(time.Second):
		}
	}
	return false
}

// healthy reports whether the emulator at endpoint answers.
func healthy(ctx context.Context, endpoint string) bool {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint+"/_ministack/health", nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	return err == nil && resp.StatusCode == http.StatusOK && strings.Contains(string(body), "dynamodb")
}

// end stops a process by SIGTERM and waits until it is gone. A process that
// stays for half a minute is left to its owner: killing it would lose its data.
func end(ctx context.Context, pid int) error {
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("stopping the emulator: %w", err)
	}
	deadline := time.After(30 * time.Second)
	for gone := false; !gone; {
		select {
		case <-deadline:
			return fmt.Errorf("the emulator (process %d) does not stop on SIGTERM", pid)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
			gone = ended(pid)
		}
	}
	return nil
}

// ended reports whether no process has the number, or only one that nobody
// waited for yet.
func ended(pid int) bool {
	if err := syscall.Kill(pid, 0); errors.Is(err, syscall.ESRCH) {
		return true
	}
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	return strings.HasPrefix(rest, "Z")
}
