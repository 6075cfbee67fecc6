package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

const importUsage = `usage: skala import people [-url URL] [-token TOKEN] FILE.csv

Adds and changes people by a file, through the API of a running desk, so that what
it does is checked and audited as on the pages. The first line names the columns, in
any order; id and name must be there:

  id,name,sign,roles,teams,skills,languages,brands,zone,shifts,soft,hard,channels,quiet

Lists are divided by semicolons, shifts are such as "mon-fri 09:00-17:00;sat
10:00-14:00". What the file has no column for stays as it is; an empty field empties
what it is of. FILE may be - for standard input.

Every bad line is printed as FILE:LINE: FIELD: REASON, and all others are saved; the
exit status is 1 when any was bad. The same file again changes nothing.
` + deskUsage

// imported is what a desk says that came of a file.
type imported struct {
	Added, Changed, Unchanged int
	Mistakes                  []struct {
		Line          int
		Field, Reason string
	}
}

func importVerb(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	f := flagsOf("import", importUsage)
	open := remoteFlags(f)
	if len(args) > 0 && args[0] == "people" { // the flags may stand behind it
		args = args[1:]
	} else if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		fmt.Fprintf(stderr, "skala import: there is no %q; people is\n\n%s", args[0], importUsage)
		return exitUsage
	}
	if status, ok := parse(f, args, 1, 1, stdout, stderr); !ok {
		return status
	}
	failed := func(err error) int {
		fmt.Fprintf(stderr, "skala import: %v\n", err)
		return exitFailed
	}
	file, name := []byte(nil), f.Arg(0)
	var err error
	if name == "-" {
		name = "standard input"
		file, err = io.ReadAll(stdin)
	} else {
		file, err = os.ReadFile(name)
	}
	if err != nil {
		return failed(err)
	}
	to, err := open()
	if err != nil {
		return failed(err)
	}
	out, err := to.importPeople(ctx, file)
	if err != nil {
		return failed(err)
	}
	for _, m := range out.Mistakes {
		where := fmt.Sprintf("%s:%d: ", name, max(1, m.Line))
		if m.Field != "" {
			where += m.Field + ": "
		}
		fmt.Fprintln(stderr, where+m.Reason)
	}
	fmt.Fprintf(stdout, "%d added, %d changed, %d as they were\n", out.Added, out.Changed, out.Unchanged)
	if len(out.Mistakes) > 0 {
		return exitFailed
	}
	return exitOK
}

// importPeople sends a file of people.
func (d *remote) importPeople(ctx context.Context, file []byte) (out imported, err error) {
	r, err := http.NewRequestWithContext(ctx, "POST", d.url+"/api/v1/people/import", bytes.NewReader(file))
	if err != nil {
		return out, err
	}
	r.Header.Set("Authorization", "Bearer "+d.token)
	r.Header.Set("Content-Type", "text/csv")
	_, _, doc, err := d.do(r)
	if err != nil {
		return out, err
	}
	if err := json.Unmarshal(doc, &out); err != nil {
		return out, fmt.Errorf("reading the desk's answer: %w", err)
	}
	return out, nil
}
