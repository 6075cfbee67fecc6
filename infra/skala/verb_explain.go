package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"
)

const explainUsage = `usage: skala explain [-url URL] [-token TOKEN] [-at TIME] [-json] TICKET

Prints a ticket as it was known at an instant: what was said and done until then,
each clock, what was due next, and for each step - warning, deadline, step of a
chain, claim, hold, closing, nudge - when it fired and how late, or why it had not.
TIME is RFC 3339, such as 2026-11-03T14:05:00+02:00; without it, now. Flags may
stand behind TICKET too. -json prints the answer of the API as one line.
` + deskUsage

// An explained is what the API answers, as far as people read it.
type explained struct {
	Ticket        string
	At            time.Time
	Version       int64
	Before, After *time.Time
	Then          *struct {
		State, Severity, Category, Assignee string
		Tier                                int
		Timeline                            []happened
	}
	Next   *cause
	Clocks []struct {
		Metric, State, Used, Left, Late, Pause, Calendar string
		Cycle                                            int
		Target                                           *string
		Missed                                           bool
		Deadline                                         *time.Time
		ClosedUntil                                      *time.Time `json:"closed_until"`
		Causes                                           []cause
	}
	Causes []cause
	Late   []happened
}

type cause struct {
	Metric, About, Says string
	Cycle               int
}

type happened struct {
	At             time.Time
	Who, What, Why string
	Version        int64
}

func explainVerb(ctx context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) int {
	f := flagsOf("explain", explainUsage)
	open := remoteFlags(f)
	at := f.String("at", "", "the instant, RFC 3339")
	whole := f.Bool("json", false, "print JSON")
	if status, ok := parse(f, flagsFirst(args), 1, 1, stdout, stderr); !ok {
		return status
	}
	if _, err := time.Parse(time.RFC3339Nano, *at); *at != "" && err != nil {
		fmt.Fprintf(stderr, "skala explain: -at: %q is no instant such as 2026-11-03T14:05:00Z\n", *at)
		return exitUsage
	}
	id := f.Arg(0)
	if id == "" || id == "." || id == ".." {
		fmt.Fprintf(stderr, "skala explain: %q is no ticket\n", id)
		return exitUsage
	}
	err := explain(ctx, open, id, *at, *whole, stdout)
	if err != nil {
		fmt.Fprintf(stderr, "skala explain: %v\n", err)
		return exitFailed
	}
	return exitOK
}

// flagsFirst puts the one argument that is no flag behind the others, as the flag
// package wants it: TICKET -at TIME reads better.
func flagsFirst(args []string) []string {
	if len(args) > 1 && !strings.HasPrefix(args[0], "-") {
		return append(append([]string{}, args[1:]...), args[0])
	}
	return args
}

func explain(ctx context.Context, open func() (*remote, error), id, at string, whole bool, out io.Writer) error {
	d, err := open()
	if err != nil {
		return err
	}
	query := url.Values{}
	if at != "" {
		query.Set("at", at)
	}
	var doc json.RawMessage
	if err := d.ask(ctx, "GET", "tickets/"+url.PathEscape(id)+"/explain", query, nil, &doc); err != nil {
		return err
	}
	if whole {
		_, err := fmt.Fprintf(out, "%s\n", doc)
		return err
	}
	var x explained
	if err := json.Unmarshal(doc, &x); err != nil {
		return fmt.Errorf("reading the desk's answer: %w", err)
	}
	text := &strings.Builder{}
	x.print(text)
	_, err = io.WriteString(out, text.String())
	return err
}

// second writes an instant as the answer's own words do.
func second(at time.Time) string { return at.UTC().Format("2006-01-02 15:04:05 UTC") }

// print writes x for people.
func (x explained) print(w *strings.Builder) {
	fmt.Fprintf(w, "%s at %s\n", x.Ticket, second(x.At))
	if x.Then == nil {
		fmt.Fprintln(w, "  nobody had written yet")
		x.around(w)
		return
	}
	t := x.Then
	fmt.Fprintf(w, "  %s, %s %s, tier %d, version %d", t.State, t.Severity, t.Category, t.Tier, x.Version)
	if t.Assignee != "" {
		fmt.Fprintf(w, ", assigned to %s", t.Assignee)
	}
	fmt.Fprint(w, "\n\nnext\n")
	if x.Next == nil {
		fmt.Fprintln(w, "  nothing was due")
	} else {
		fmt.Fprintf(w, "  %s%s: %s\n", x.Next.clock(), x.Next.About, x.Next.Says)
	}
	for _, c := range x.Clocks {
		fmt.Fprintf(w, "\n%s %d: %s", strings.ReplaceAll(c.Metric, "_", " "), c.Cycle, c.State)
		if c.Missed {
			fmt.Fprintf(w, ", missed by %s", c.Late)
		}
		if c.Target != nil {
			fmt.Fprintf(w, ", %s of %s used", c.Used, *c.Target)
			if c.Calendar != "" {
				fmt.Fprintf(w, " (%s hours)", c.Calendar)
			}
		} else {
			fmt.Fprintf(w, ", %s", c.Used)
		}
		if c.Left != "0s" && c.Left != "" {
			fmt.Fprintf(w, ", %s left", c.Left)
		}
		if c.ClosedUntil != nil {
			fmt.Fprintf(w, ", closed until %s", second(*c.ClosedUntil))
		}
		fmt.Fprintln(w)
		for _, r := range c.Causes {
			fmt.Fprintf(w, "  %s: %s\n", r.About, r.Says)
		}
	}
	if len(x.Causes) > 0 {
		fmt.Fprint(w, "\nclaims, holds and the rest\n")
		for _, r := range x.Causes {
			fmt.Fprintf(w, "  %s: %s\n", r.About, r.Says)
		}
	}
	fmt.Fprint(w, "\nuntil then\n")
	tell(w, t.Timeline)
	if len(x.Late) > 0 {
		fmt.Fprint(w, "\nnot known yet, though it had taken effect\n")
		tell(w, x.Late)
	}
	x.around(w)
}

func (r cause) clock() string {
	if r.Metric == "" {
		return ""
	}
	return fmt.Sprintf("%s %d, ", strings.ReplaceAll(r.Metric, "_", " "), r.Cycle)
}

func tell(w *strings.Builder, all []happened) {
	for _, e := range all {
		fmt.Fprintf(w, "  %s  %s by %s", second(e.At), e.What, e.Who)
		if e.Why != "" {
			fmt.Fprintf(w, ": %s", e.Why)
		}
		fmt.Fprintln(w)
	}
}

// around says where else to look.
func (x explained) around(w *strings.Builder) {
	fmt.Fprintln(w)
	if x.Before != nil {
		fmt.Fprintf(w, "before: -at %s\n", x.Before.UTC().Format(time.RFC3339Nano))
	}
	if x.After != nil {
		fmt.Fprintf(w, "after:  -at %s\n", x.After.UTC().Format(time.RFC3339Nano))
	}
}
