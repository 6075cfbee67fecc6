package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
)

const accountingUsage = `usage: skala accounting [-url URL] [-token TOKEN] [-from TIME] [-to TIME] [-account ID] [-differences]

Prints what came in and what became of it: a JSON line for each account and hour,
the latest hour first, the open one included. The exit status is 1 when events of
these hours do not balance; -differences prints those instead.
` + deskUsage

func accountingVerb(ctx context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) int {
	f := flagsOf("accounting", accountingUsage)
	open := remoteFlags(f)
	query := url.Values{}
	for name, means := range map[string]string{
		"from": "the first hour, as RFC 3339; a week before the last without it", "to": "the last hour; the present one without it",
		"account": "this account's rows alone",
	} {
		f.Func(name, means, func(value string) error {
			query.Set(name, value)
			return nil
		})
	}
	differences := f.Bool("differences", false, "print what does not balance")
	if status, ok := parse(f, args, 0, 0, stdout, stderr); !ok {
		return status
	}
	out := json.NewEncoder(stdout)
	out.SetEscapeHTML(false)
	d, err := open()
	wrong := 0
	for err == nil {
		var page struct {
			Items, Differences []json.RawMessage
			Next               string
		}
		if err = d.ask(ctx, "GET", "accounting", query, nil, &page); err != nil {
			break
		}
		lines := page.Items
		if *differences {
			lines = page.Differences
		}
		for _, line := range lines {
			if err = out.Encode(line); err != nil {
				break
			}
		}
		wrong += len(page.Differences)
		if page.Next == "" {
			break
		}
		query.Set("cursor", page.Next)
	}
	switch {
	case err != nil:
		fmt.Fprintf(stderr, "skala accounting: %v\n", err)
		return exitFailed
	case wrong > 0:
		fmt.Fprintf(stderr, "skala accounting: events that do not balance: %d\n", wrong)
		return exitFailed
	}
	return exitOK
}
