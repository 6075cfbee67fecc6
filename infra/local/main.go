// Command local is `make run`: the whole desk on this machine.
//
// It runs the very binaries that AWS would, behind a Runtime API of its own,
// and does for them what AWS does: feeds them from queues and by the schedule,
// and makes events of HTTP requests. Tables, queues and functions are those of
// template.yaml. The platforms and the OpenID provider are simulated in its own
// process; DynamoDB and SQS are an emulator's, which outlives it.
//
// Everything it makes lies in .local. It starts in the order of run and stops
// in the reverse.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"example.com/skala/infra/emulator"
	"example.com/skala/infra/simulator"
	"example.com/skala/infra/template"
	"example.com/skala/shared/dynamo"
	"example.com/skala/shared/policy"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends us at once
	err := run(ctx, os.Getenv, os.Stdout)
	if err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "skala: "+err.Error())
		os.Exit(1)
	}
}

// run starts everything, waits until ctx ends, and stops everything.
func run(ctx context.Context, getenv func(string) string, people io.Writer) (err error) {
	began := time.Now()
	root, err := template.Root()
	if err != nil {
		return err
	}
	s, err := read(root, getenv)
	if err != nil {
		return err
	}
	front, err := listen("PORT", s.port)
	if err != nil {
		return err
	}
	defer front.Close()
	sim, err := listen("SIM_PORT", s.simPort)
	if err != nil {
		return err
	}
	defer sim.Close()
	mail, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listening for mail: %w", err)
	}
	defer mail.Close()
	s.notify.content = placed(s.notify.content, origin(s.simPort), mail.Addr().(*net.TCPAddr).Port)
	lock, err := alone(s.local("run.lock"))
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := os.Remove(s.local("run.json")); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("forgetting the run before: %w", err)
	}
	logs, err := openStream(people, s.local("log", "run.jsonl"), time.Now)
	if err != nil {
		return err
	}
	defer logs.close()
	log := slog.New(slog.NewJSONHandler(logs.of("local"), nil))

	g, err := lay(ctx, s, getenv, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.stop()) }()

	where := addresses{Console: origin(s.port), Webhooks: origin(s.port), API: origin(s.port), Simulator: origin(s.simPort), PID: os.Getpid()}
	platforms, err := newSimulator(s, where, s.local("simulator"), logs)
	if err != nil {
		return err
	}
	stopSimulator := serve(sim, platforms, log)
	defer stopSimulator()
	defer platforms.Receivers.ServeMail(mail)()
	if err := subscribe(ctx, g.store, platforms); err != nil {
		return err
	}
	d, err := newDesk(g, g.stack.Place(g.secrets, parameters(where)), logs, log, s.jitter)
	if err != nil {
		return err
	}
	defer d.close()
	if err := d.warm(ctx); err != nil {
		return err
	}
	webhook, ok1 := d.functions["Webhook"]
	console, ok2 := d.functions["Console"]
	if !ok1 || !ok2 {
		return errors.New("template.yaml declares no Webhook or no Console function")
	}
	stopFront := serve(front, newFront(webhook, console, log), log)
	defer stopFront()
	d.feed(ctx)
	if err := awaitHealth(ctx, where.Console); err != nil {
		return err
	}
	if where.AdminToken, err = platforms.AdminToken(ctx); err != nil {
		return fmt.Errorf("making the admin's token: %w", err)
	}
	if err := where.write(s.local("run.json")); err != nil {
		return err
	}
	defer os.Remove(s.local("run.json"))
	where.tell(people, s, time.Since(began))
	var outside sync.WaitGroup
	outside.Go(func() { platforms.Greet(ctx, time.Hour) })
	outside.Go(func() { platforms.Stream(ctx, s.stream) })
	<-ctx.Done()
	outside.Wait()
	fmt.Fprintln(people, "\nstopping: a few seconds")
	return nil
}

// A ground is what the functions stand on: their binaries, the emulator with
// their table and queues, their secrets, the policy.
type ground struct {
	template *template.Template
	emulator *emulator.Emulator
	stack    *emulator.Stack
	secrets  secrets
	store    *dynamo.Store
	bin      string
	stop     func() error // the emulator, keeping its data
}

// lay installs, builds and creates what is missing.
func lay(ctx context.Context, s settings, getenv func(string) string, log *slog.Logger) (g *ground, err error) {
	g = &ground{bin: s.local("bin")}
	built := make(chan error, 1)
	go func() { built <- build(ctx, s.root, g.bin) }()
	g.emulator, g.stop, err = emulator.Desk(s.root, log).Use(ctx, getenv)
	if failed := <-built; err != nil || failed != nil {
		if err == nil {
			err = errors.Join(failed, g.stop())
		}
		return nil, err
	}
	if err := g.furnish(ctx, s, log); err != nil {
		return nil, errors.Join(err, g.stop())
	}
	return g, nil
}

func (g *ground) furnish(ctx context.Context, s settings, log *slog.Logger) (err error) {
	if g.template, err = template.Open(s.root); err != nil {
		return err
	}
	if g.stack, err = g.emulator.Create(ctx, g.template, "skala-"); err != nil {
		return err
	}
	if g.secrets, err = openSecrets(s.local("secrets"), s.accounts.path, s.notify.content); err != nil {
		return err
	}
	if g.store, err = openStore(g.emulator, g.stack, g.secrets); err != nil {
		return err
	}
	hash, err := g.store.PutPolicy(ctx, s.policy.content, time.Now())
	if err != nil {
		return fmt.Errorf("storing the policy: %w", err)
	}
	log.InfoContext(ctx, "policy active", "policy", hash)
	active, err := policy.Load(s.policy.content, s.policy.path)
	if err != nil {
		return err
	}
	n, err := sow(ctx, g.store, seeds(active.Teams()), time.Now().UTC().Truncate(time.Millisecond))
	if err != nil {
		return err
	}
	log.InfoContext(ctx, "directory seeded", "added", n)
	return nil
}

// offline is what the go command says when it cannot download a module.
var offline = regexp.MustCompile(`dial tcp|no such host|connection refused|i/o timeout|network is unreachable`)

// build compiles the functions as they are deployed, but for this machine.
func build(ctx context.Context, root, bin string) error {
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return fmt.Errorf("building the functions: %w", err)
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-tags=lambda.norpc", "-o", bin+string(filepath.Separator), "./functions/...")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil && ctx.Err() == nil {
		if offline.Match(out) {
			return errors.New("the first start downloads Go modules, and the module proxy cannot be reached")
		}
		return fmt.Errorf("building the functions: %w\n%s", err, strings.TrimSpace(string(out)))
	}
	return ctx.Err()
}

// openStore is the table as the functions open it.
func openStore(e *emulator.Emulator, stack *emulator.Stack, kept secrets) (*dynamo.Store, error) {
	pepper, err := os.ReadFile(strings.TrimPrefix(kept["Pepper"], "file:"))
	if err != nil {
		return nil, fmt.Errorf("reading the pepper: %w", err)
	}
	return &dynamo.Store{Client: e.DynamoDB(), Table: stack.Tables["Table"], Pepper: []byte(strings.TrimSpace(string(pepper)))}, nil
}

// newSimulator makes the platforms and the OpenID provider.
func newSimulator(s settings, where addresses, kept string, logs *stream) (*simulator.Simulator, error) {
	hooks, pushKey, err := heard(s.notify.content)
	if err != nil {
		return nil, err
	}
	return simulator.New(simulator.Config{
		Hooks:    hooks,
		PushKey:  pushKey,
		Accounts: s.accounts.content,
		Webhooks: where.Webhooks,
		Public:   where.Simulator,
		Console:  where.Console,
		StateDir: kept,
		Now:      time.Now,
		Log:      slog.New(slog.NewJSONHandler(logs.of("simulator"), nil)),
	})
}

// parameters are those of template.yaml on this machine.
func parameters(where addresses) map[string]string {
	return map[string]string{
		"OidcIssuer":   where.Simulator + "/idp",
		"OidcClientId": simulator.ClientID,
		"PublicUrl":    where.Console,
		"WebhookUrl":   where.Webhooks,
		"PlatformApi":  where.Simulator,
	}
}

func origin(port int) string { return "http://127.0.0.1:" + strconv.Itoa(port) }

// serve answers on l until the returned function is called, which waits for
// what is under way.
func serve(l net.Listener, h http.Handler, log *slog.Logger) (stop func()) {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := s.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
			log.Error("listener failed", "address", l.Addr().String(), "err", err)
		}
	}()
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			log.Warn("listener does not stop", "address", l.Addr().String(), "err", err)
			s.Close()
		}
		<-ended
	}
}

// awaitHealth waits until the desk says it is well.
func awaitHealth(ctx context.Context, console string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, console+"/healthz", nil)
		if err != nil {
			return err
		}
		answered := "no answer"
		if resp, err := http.DefaultClient.Do(r); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
			answered = resp.Status
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("the desk is not well after 30 s: /healthz says %s", answered)
		}
	}
}
