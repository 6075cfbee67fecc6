package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"example.com/skala/shared/policy"
)

const policyUsage = `usage: skala policy check FILE

Reads a policy document and lists every mistake in it as file:line: reason; the exit status is then 1.
What is no mistake but probably not what was meant is listed as warning: file:line: reason, and changes
no exit status: rules that no message gets to or that contradict each other, tags that nothing sets, tiers
that nothing is sent to, what the plan has no row for, phrases that stand there already or speak for two
categories.`

// policyVerb looks after policy documents.
func policyVerb(_ context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) int {
	f := flagsOf("policy", policyUsage)
	if status, ok := parse(f, args, 2, 2, stdout, stderr); !ok {
		return status
	}
	if f.Arg(0) != "check" {
		fmt.Fprintf(stderr, "skala policy: there is no %q; check is\n\n%s\n", f.Arg(0), policyUsage)
		return exitUsage
	}
	document, err := os.ReadFile(f.Arg(1))
	if err != nil {
		fmt.Fprintf(stderr, "skala policy: %v\n", err)
		return exitFailed
	}
	warnings, err := policy.Check(document, f.Arg(1))
	if mistakes, ok := errors.AsType[*policy.Mistakes](err); ok {
		fmt.Fprintln(stderr, mistakes)
		return exitFailed
	}
	if err != nil {
		fmt.Fprintf(stderr, "skala policy: %v\n", err)
		return exitFailed
	}
	p, err := policy.Load(document, f.Arg(1))
	if err != nil {
		fmt.Fprintf(stderr, "skala policy: %v\n", err)
		return exitFailed
	}
	for _, w := range warnings {
		fmt.Fprintf(stderr, "warning: %s:%d: %s\n", p.Name, max(1, w.Line), w.Text)
	}
	fmt.Fprintf(stdout, "%s: %s, profile %s, hash %s\n", p.Name, p.Title, p.Profile, p.Hash)
	return exitOK
}
