package main

import (
	"bytes"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/skala/shared/people"
)

func TestAFileOfPeopleIsSentWholeAndItsBadLinesAreTold(t *testing.T) {
	t.Parallel()
	if !strings.Contains(importUsage, "\n  "+strings.Join(people.Columns, ",")+"\n") {
		t.Error("the help names other columns than there are")
	}
	const at = "POST /api/v1/people/import"
	file := filepath.Join(t.TempDir(), "people.csv")
	content := "id,name\nann,Ann\n"
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, line, answer string
		want               int
		stdout, stderr     string // a part of the latter
	}{
		{"all are good", "people " + file, `{"added":1,"changed":2,"unchanged":3,"mistakes":[]}`, 0, "1 added, 2 changed, 3 as they were\n", ""},
		{"a file behind more flags", "people -token secret " + file, `{"added":1,"mistakes":[]}`, 0, "1 added, 0 changed, 0 as they were\n", ""},
		{"from standard input", "people -", `{"added":1,"mistakes":[]}`, 0, "1 added, 0 changed, 0 as they were\n", ""},
		{"bad lines are told", "people " + file, `{"added":0,"changed":0,"unchanged":0,"mistakes":[{"line":2,"field":"teams","reason":"is in no team"},{"line":3,"reason":"has 1 fields"}]}`,
			1, "0 added, 0 changed, 0 as they were\n", file + ":2: teams: is in no team\n" + file + ":3: has 1 fields\n"},
		{"who may not is told", "people " + file, `403 {"detail":"This is for admins."}`, 1, "", "403 Forbidden: This is for admins."},
		{"no file", "people", "", 2, "", "an argument is missing"},
		{"a file that is not there", "people " + file + ".no", "", 1, "", "no such file"},
		{"something else than people", "teams " + file, "", 2, "", `there is no "teams"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			desk := &scripted{answers: map[string][]string{at: {tt.answer}}}
			server := httptest.NewServer(desk)
			t.Cleanup(server.Close)
			args := strings.Fields(tt.line)
			args = append([]string{"import", args[0], "-url", server.URL, "-token", "secret"}, args[1:]...)
			var stdout, stderr bytes.Buffer
			if got := run(t.Context(), verbs(), args, strings.NewReader(content), &stdout, &stderr); got != tt.want || stdout.String() != tt.stdout || !strings.Contains(stderr.String(), tt.stderr) {
				t.Errorf("status %d, %q, %q", got, stdout.String(), stderr.String())
			}
			if tt.answer != "" && (len(desk.asked) != 1 || desk.asked[0] != at+" "+strings.TrimSpace(content)) {
				t.Errorf("the desk was asked %q", desk.asked)
			}
		})
	}
}
