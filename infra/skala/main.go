// Command skala is the desk's command-line tool: what the functions decide, for
// people and scripts.
//
//	go run ./infra/skala VERB [flags] [FILE]
//
// A verb that takes data reads JSON lines on standard input and writes JSON
// lines on standard output; errors go to standard error, with line numbers
// where there are lines. The exit status is 0, 1 when something failed, or 2
// when the command line itself is wrong. Each verb has a file of its own,
// verb_NAME.go, a line in verbs, and -h.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// The exit statuses of every verb.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// A verb is one thing the tool can do. run gets the arguments after the verb's
// name and returns the exit status; ctx ends with Ctrl-C or SIGTERM.
type verb struct {
	name string
	does string // one line for the list of verbs
	run  func(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int
}

// verbs lists what the tool can do, in the order of the help.
func verbs() []verb {
	return []verb{
		{"accounts", "checks an accounts file, or prints what one reader may know of it", accountsVerb},
		{"accounting", "prints what came in and what became of it, by account and hour", accountingVerb},
		{"calendar", "lists the days that a file of holidays closes", calendarVerb},
		{"classify", "judges messages of JSON lines", classify},
		{"deadline", "computes deadlines of JSON lines", deadline},
		{"doctor", "examines a deployed desk", doctorVerb},
		{"evaluate", "compares verdicts with labelled messages", evaluate},
		{"explain", "prints a ticket as it was at an instant, and why each step came or did not", explainVerb},
		{"import", "adds and changes people by a CSV file", importVerb},
		{"learn", "proposes what the policy can learn from corrections", learnVerb},
		{"parse", "reads one webhook and prints its events", parseWebhook},
		{"policy", "checks a policy document", policyVerb},
		{"redrive", "replays the quarantine, or gives dead letters back to their queue", redriveVerb},
		{"simulate", "lets a desk run for weeks and a year, and holds it to its promises", simulateVerb},
	}
}

// patience is how long a verb that was told to stop may take to do so. One that
// waits for standard input never would.
const patience = 2 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	ended := make(chan int, 1)
	go func() { ended <- run(ctx, verbs(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr) }()
	select {
	case status := <-ended:
		os.Exit(status)
	case <-ctx.Done():
		stop() // a second Ctrl-C does not wait
	}
	select {
	case status := <-ended:
		os.Exit(status)
	case <-time.After(patience):
		os.Exit(exitFailed)
	}
}

// run hands the command line to its verb. Help that was asked for goes to
// standard output, help that answers a mistake to standard error.
func run(ctx context.Context, table []verb, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		help(stderr, table)
		return exitUsage
	}
	switch args[0] {
	case "-h", "-help", "--help", "help":
		help(stdout, table)
		return exitOK
	}
	for _, v := range table {
		if v.name == args[0] {
			return v.run(ctx, args[1:], stdin, stdout, stderr)
		}
	}
	fmt.Fprintf(stderr, "skala: there is no verb %q\n\n", args[0])
	help(stderr, table)
	return exitUsage
}

func help(w io.Writer, table []verb) {
	fmt.Fprint(w, "usage: skala VERB [flags] [FILE]\n\n")
	for _, v := range table {
		fmt.Fprintf(w, "  %-10s %s\n", v.name, v.does)
	}
	fmt.Fprint(w, "\nskala VERB -h tells more of each.\n")
}

// flagsOf starts the flags of a verb. usage is its help: a first line such as
// "usage: skala deadline <IN >OUT", then what goes in and comes out. The verb's
// flags are listed below it.
func flagsOf(name, usage string) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(io.Discard) // parse says what there is to say, once
	f.Usage = func() {
		fmt.Fprintln(f.Output(), usage)
		f.PrintDefaults()
	}
	return f
}

// parse reads a verb's arguments, of which at least minArgs and at most maxArgs are
// left behind its flags. When it is not ok, it has printed why, or the help
// that was asked for, and the verb ends with the status.
func parse(f *flag.FlagSet, args []string, minArgs, maxArgs int, stdout, stderr io.Writer) (status int, ok bool) {
	usage := f.Usage
	f.Usage = func() {} // the flag package would print it on any mistake
	err := f.Parse(args)
	f.Usage = usage
	switch {
	case errors.Is(err, flag.ErrHelp):
		f.SetOutput(stdout)
		f.Usage()
		return exitOK, false
	case err == nil && f.NArg() < minArgs:
		err = errors.New("an argument is missing")
	case err == nil && f.NArg() > maxArgs:
		err = fmt.Errorf("unexpected argument %q", f.Arg(maxArgs))
	}
	if err != nil {
		fmt.Fprintf(stderr, "skala %s: %v\n\n", f.Name(), err)
		f.SetOutput(stderr)
		f.Usage()
		return exitUsage, false
	}
	return exitOK, true
}
