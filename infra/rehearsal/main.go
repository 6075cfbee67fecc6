// Command rehearsal is `make deploy-local`: it deploys the desk as an operator
// would, and tries what it deployed.
//
// The SAM CLI builds and deploys template.yaml, both unchanged, into an emulator
// that plays the account (infra/emulator, Cloud): CloudFormation makes the
// resources, Lambda runs the built binaries behind Function URLs, event sources
// and the schedule, and IAM asks of every call of a function whether its role
// allows it. Only the platforms and the OpenID provider are simulated, in this
// process, and two loopback ports stand before the Function URLs, whose hosts no
// resolver knows.
//
// KEEP=1 leaves all of it running until Ctrl-C. SAM_BIN is where the SAM CLI is
// installed, .local/sam/bin unless told otherwise.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"example.com/skala/infra/checklist"
	"example.com/skala/infra/emulator"
	"example.com/skala/infra/figures"
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

// run deploys, checks, and stops all that it started.
func run(ctx context.Context, getenv func(string) string, people io.Writer) (err error) {
	began := time.Now()
	architecture, ok := map[string]string{"amd64": "x86_64", "arm64": "arm64"}[runtime.GOARCH]
	if runtime.GOOS != "linux" || !ok {
		return fmt.Errorf("deploy-local runs the built binaries, which are for Linux on x86-64 or arm64, and this is %s/%s", runtime.GOOS, runtime.GOARCH)
	}
	root, err := template.Root()
	if err != nil {
		return err
	}
	lock, err := alone(filepath.Join(root, ".local", "rehearsal.lock"))
	if err != nil {
		return err
	}
	defer lock.Close()
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	bin := getenv("SAM_BIN")
	if bin == "" {
		bin = filepath.Join(root, ".local", "sam", "bin")
	}
	cloud := emulator.Cloud(root, filepath.Join(bin, "python"), log)
	if err := cloud.Stop(ctx); err != nil { // what a killed rehearsal left
		return err
	}
	e, err := cloud.Start(ctx)
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 40*time.Second)
		defer cancel()
		err = errors.Join(err, cloud.Stop(ctx))
	}()
	w, err := open(ctx, root, e, log)
	if err != nil {
		return err
	}
	defer w.close()
	w.sam = &sam{root: root, bin: bin, endpoint: e.SQSURL, architecture: architecture, said: filepath.Join(root, ".local", "log", "rehearsal.log")}
	if err := w.sam.clear(); err != nil {
		return err
	}

	s := &checklist.List{People: people}
	fmt.Fprintf(people, "deploying into an account that %s plays, for %s\n\n", emulator.Version(), architecture)
	if err := s.InTurn(ctx, w.deployment()); err != nil {
		return err
	}
	w.tell(people)
	keep := getenv("KEEP") == "1"
	s.Each(ctx, w.checks())
	if s.Failed > 0 {
		w.explain(ctx, people)
	}
	if !keep {
		s.Each(ctx, []checklist.Check{{Name: "sam delete keeps the table and its pepper, and nothing else", Do: w.deleted}})
	}
	about := figures.Here(ctx, root, emulator.Version())
	about.Took = time.Since(began).Seconds()
	fmt.Fprintf(people, "\n%d passed, %d failed, %.0f s\n", s.Passed, s.Failed, about.Took)
	if err := figures.Write(root, "deploy-local", struct {
		figures.About
		Passed int                `json:"passed"`
		Failed int                `json:"failed"`
		Checks map[string]float64 `json:"checks_s"`
	}{about, s.Passed, s.Failed, s.Took}); err != nil {
		return err
	}
	if keep && ctx.Err() == nil {
		fmt.Fprintln(people, "all of it runs on; Ctrl-C stops it")
		<-ctx.Done()
	}
	if s.Failed > 0 {
		return errors.New("the deployed desk does not do all it should: see above")
	}
	return nil
}

// alone makes this the only rehearsal of the checkout until the returned file
// is closed.
func alone(path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("making .local: %w", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("locking .local: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, errors.New("a deploy-local of this checkout runs already")
	}
	return f, nil
}
