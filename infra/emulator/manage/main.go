// Command manage installs this checkout's emulator, or stops those that run:
//
//	manage install      what ForTest and `make run` install by themselves
//	manage stop-tests   the one that tests share
//	manage stop         all of them; the desk's keeps its data
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"

	"example.com/skala/infra/emulator"
	"example.com/skala/infra/template"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := manage(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "skala: "+err.Error())
		os.Exit(1)
	}
}

func manage(ctx context.Context, args []string) error {
	if len(args) != 1 {
		return errors.New("want one of install, stop-tests, stop")
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
		return errors.Join(emulator.Tests(root, log).Stop(ctx), emulator.Bench(root, log).Stop(ctx), emulator.Desk(root, log).Stop(ctx), emulator.Cloud(root, "", log).Stop(ctx))
	}
	return fmt.Errorf("unknown verb %q: want install, stop-tests or stop", args[0])
}
