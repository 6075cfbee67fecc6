package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
)

func TestTheCommandLineFindsItsVerbOrSaysWhatThereIs(t *testing.T) {
	t.Parallel()
	table := []verb{{
		name: "greet",
		does: "says hello to NAME",
		run: func(_ context.Context, args []string, _ io.Reader, stdout, stderr io.Writer) int {
			f := flagsOf("greet", "usage: skala greet [-loud] NAME")
			loud := f.Bool("loud", false, "in capitals")
			if status, ok := parse(f, args, 1, 1, stdout, stderr); !ok {
				return status
			}
			greeting := "hello " + f.Arg(0)
			if *loud {
				greeting = strings.ToUpper(greeting)
			}
			fmt.Fprintln(stdout, greeting)
			return exitOK
		},
	}}
	tests := []struct {
		name, line     string
		want           int
		stdout, stderr string // a part of it; empty is nothing at all
	}{
		{"a verb gets the arguments behind its name", "greet -loud ann", 0, "HELLO ANN", ""},
		{"help that was asked for goes to standard output", "-h", 0, "says hello", ""},
		{"help has a verb's name too", "help", 0, "says hello", ""},
		{"each verb has help of its own", "greet -h", 0, "in capitals", ""},
		{"no verb is a mistake", "", 2, "", "usage: skala VERB"},
		{"an unknown verb is named", "gret ann", 2, "", `no verb "gret"`},
		{"an unknown flag is named, once", "greet -quiet ann", 2, "", "-quiet\n\nusage: skala greet"},
		{"a missing argument is a mistake", "greet", 2, "", "an argument is missing"},
		{"an argument too many is named", "greet ann bob", 2, "", `unexpected argument "bob"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			got := run(t.Context(), table, strings.Fields(tt.line), strings.NewReader(""), &stdout, &stderr)
			if got != tt.want {
				t.Errorf("exit status %d, want %d", got, tt.want)
			}
			for _, s := range []struct{ name, got, want string }{{"standard output", stdout.String(), tt.stdout}, {"standard error", stderr.String(), tt.stderr}} {
				if !strings.Contains(s.got, s.want) || (s.want == "" && s.got != "") {
					t.Errorf("%s is %q, want %q in it", s.name, s.got, s.want)
				}
			}
		})
	}
}
