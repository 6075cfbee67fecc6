// Command lambdas is `make test-lambda`: it runs the functions' binaries, built
// as they are deployed, under AWS's own emulator of the Lambda runtime, and hands
// them recorded events of each kind, as they came and spoiled in every way.
//
// What make run and the tests leave to our own Runtime API is checked here against
// somebody else's: that what we answer is what Lambda takes. Each function must
// answer rightly after all of it.
//
// The emulator (aws-lambda-rie) comes with the SAM CLI. SAM_BIN is where that is
// installed, .local/sam/bin unless told otherwise.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"example.com/skala/infra/checklist"
	"example.com/skala/infra/emulator"
	"example.com/skala/infra/template"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends us at once
	if err := run(ctx, os.Getenv, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "skala: "+err.Error())
		os.Exit(1)
	}
}

// run builds, invokes, and stops all that it started.
func run(ctx context.Context, getenv func(string) string, people io.Writer) (err error) {
	began := time.Now()
	root, err := template.Root()
	if err != nil {
		return err
	}
	bin := getenv("SAM_BIN")
	if bin == "" {
		bin = filepath.Join(root, ".local", "sam", "bin")
	}
	rie, err := find(bin)
	if err != nil {
		return err
	}
	w := &workbench{dir: filepath.Join(root, ".local", "lambdas"), rie: rie}
	if err := w.build(ctx, root); err != nil {
		return err
	}
	var stop func() error
	w.emulator, stop, err = emulator.Lambdas(root, slog.New(slog.NewTextHandler(os.Stderr, nil))).Use(ctx, getenv)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	if err := w.furnish(ctx, root); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.clear(ctx)) }()
	l := &checklist.List{People: people}
	for _, f := range w.template.Functions {
		makes, ok := map[string]func(*function) []checklist.Check{
			"Webhook": webhook, "Triage": triage, "Fetch": fetch, "Escalate": escalate, "Courier": courier, "Notify": notify, "Console": console,
		}[f.ID]
		if !ok {
			makes = scheduled
		}
		if err := w.try(ctx, f, l, makes); err != nil {
			return err
		}
	}
	fmt.Fprintf(people, "\n%d passed, %d failed, %.0f s\n", l.Passed, l.Failed, time.Since(began).Seconds())
	if l.Failed > 0 {
		return fmt.Errorf("the functions do not answer as Lambda needs it: see above, and their logs in %s", w.dir)
	}
	return ctx.Err()
}

// try starts a function, makes its checks, and stops it.
func (w *workbench) try(ctx context.Context, f template.Function, l *checklist.List, makes func(*function) []checklist.Check) error {
	fn, err := w.start(ctx, f)
	if err != nil {
		return err
	}
	defer fn.stop()
	checks := makes(fn)
	for i := range checks {
		checks[i].Name = fn.name + ": " + checks[i].Name
	}
	l.Each(ctx, checks)
	return nil
}

// find returns AWS's emulator of the runtime for this machine.
func find(bin string) (string, error) {
	architecture, ok := map[string]string{"amd64": "x86_64", "arm64": "arm64"}[runtime.GOARCH]
	if runtime.GOOS != "linux" || !ok {
		return "", fmt.Errorf("AWS's emulator of the Lambda runtime is for Linux on x86-64 or arm64, and this is %s/%s", runtime.GOOS, runtime.GOARCH)
	}
	found, err := filepath.Glob(filepath.Join(filepath.Dir(bin), "lib", "python3*", "site-packages", "samcli", "local", "rapid", "aws-lambda-rie-"+architecture))
	if err != nil || len(found) == 0 {
		return "", fmt.Errorf("the SAM CLI is not installed beside %s, or carries no emulator of the Lambda runtime", bin)
	}
	return found[0], nil
}

// build compiles the functions with the flags that are in the environment: the
// Makefile has them for this and for SAM.
func (w *workbench) build(ctx context.Context, root string) error {
	if err := errors.Join(os.RemoveAll(w.dir), os.MkdirAll(filepath.Join(w.dir, "bin"), 0o755)); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-o", filepath.Join(w.dir, "bin")+string(filepath.Separator), "./functions/...")
	cmd.Dir = root
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("building the functions: %w\n%s", err, said)
	}
	return nil
}
