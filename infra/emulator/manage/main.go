// Command manage installs this checkout's emulator, or stops those that run:
//
//	manage install      what ForTest and `make run` install by themselves
//	manage stop-tests   the one that tests share
//	manage stop         all of them; the desk's keeps its data
//
// or runs a command with other emulators in place of it, DynamoDB Local and
// ElasticMQ, which it installs, starts and stops:
//
//	manage aws-java COMMAND ARGUMENT...
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"example.com/skala/infra/emulator"
	"example.com/skala/infra/template"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := manage(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "skala: "+err.Error())
		os.Exit(1)
	}
}

func manage(ctx context.Context, args []string) error {
	if len(args) == 0 || (args[0] == "aws-java") != (len(args) > 1) {
		return errors.New("want install, stop-tests, stop, or aws-java and a command")
	}
	root, err := template.Root()
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	switch args[0] {
	case "install":
		return emulator.Tests(root, log).Install(ctx)
	case "stop-tests":
		return emulator.Tests(root, log).Stop(ctx)
	case "stop":
		for _, p := range emulator.All(root, log) {
			err = errors.Join(err, p.Stop(ctx))
		}
		return err
	case "aws-java":
		return emulator.WithJava(ctx, root, log, func(e *emulator.Emulator) error {
			cmd := exec.CommandContext(ctx, args[1], args[2:]...)
			cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
			cmd.Env = append(os.Environ(), e.Env()...)
			cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
			if err := cmd.Run(); err != nil {
				return fmt.Errorf("%s: %w", args[1], err)
			}
			return nil
		})
	}
	return fmt.Errorf("unknown verb %q: want install, stop-tests, stop or aws-java", args[0])
}
