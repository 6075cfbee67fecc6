package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"example.com/skala/shared/platform"
)

const accountsUsage = `usage: skala accounts check FILE
       skala accounts project -for signing|sending|reading FILE

Check reads an accounts file and lists every mistake in it as file:line: reason.
Project prints the same document with nothing in it but what one reader may
know: the door what signs webhooks, the courier what replies are sent with,
triage and the console neither. In AWS each goes into a secret of its own.
`

// accountsVerb looks after accounts files.
func accountsVerb(_ context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) int {
	does := ""
	if len(args) > 0 && (args[0] == "check" || args[0] == "project") {
		does, args = args[0], args[1:]
	}
	f := flagsOf("accounts", accountsUsage)
	reader := ""
	if does == "project" {
		f.StringVar(&reader, "for", "", "who is to read it: signing, sending or reading")
	}
	if status, ok := parse(f, args, 1, 1, stdout, stderr); !ok {
		return status
	}
	use, known := map[string]platform.Use{"signing": platform.ForSigning, "sending": platform.ForSending, "reading": platform.ForReading}[reader]
	if does == "" || does == "project" && !known {
		fmt.Fprintf(stderr, "skala accounts: say check, or project with -for signing, sending or reading\n\n%s", accountsUsage)
		return exitUsage
	}
	document, err := os.ReadFile(f.Arg(0))
	if err != nil {
		fmt.Fprintf(stderr, "skala accounts: %v\n", err)
		return exitFailed
	}
	accounts, err := platform.Load(document, f.Arg(0), platform.ForAll)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return exitFailed
	}
	if does == "check" {
		fmt.Fprintf(stdout, "%s: %d apps, brands %q\n", f.Arg(0), len(accounts.Apps()), accounts.Brands())
		return exitOK
	}
	projected, err := platform.Project(document, f.Arg(0), use)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return exitFailed
	}
	if _, err := stdout.Write(projected); err != nil {
		fmt.Fprintf(stderr, "skala accounts: %v\n", err)
		return exitFailed
	}
	return exitOK
}
