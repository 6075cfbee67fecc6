package main

import (
	"bytes"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestExplainAsksTheDeskAndPrintsForPeople(t *testing.T) {
	t.Parallel()
	const answer = `{"ticket":"abc.1","at":"2026-11-03T10:04:00Z","version":2,"before":"2026-11-03T10:03:00.3Z","after":null,
"then":{"state":"new","severity":"critical","category":"billing","tier":3,"assignee":"","timeline":[{"at":"2026-11-03T10:00:00Z","who":"customer","what":"received","why":"","version":1},{"at":"2026-11-03T10:03:00.3Z","who":"desk","what":"breached","why":"acknowledge missed","version":2}]},
"next":{"of":"step","metric":"acknowledge","cycle":1,"about":"step 2, page lead","says":"not yet: at 2026-11-03 10:08:00 UTC"},
"clocks":[{"metric":"first_response","cycle":1,"state":"running","used":"4m","left":"11m","late":"0s","target":"15m","missed":false,"closed_until":"2026-11-03T11:00:00Z","calendar":"office","causes":[{"about":"warning","says":"not yet: at 2026-11-03 10:11:15 UTC"}]}],
"causes":[{"about":"telling the tier's queue again","says":"not yet: at 2026-11-03 10:15:00 UTC"}],"late":[{"at":"2026-11-03T10:01:00Z","who":"ann","what":"noted","why":""}]}`
	const want = `abc.1 at 2026-11-03 10:04:00 UTC
  new, critical billing, tier 3, version 2

next
  acknowledge 1, step 2, page lead: not yet: at 2026-11-03 10:08:00 UTC

first response 1: running, 4m of 15m used (office hours), 11m left, closed until 2026-11-03 11:00:00 UTC
  warning: not yet: at 2026-11-03 10:11:15 UTC

claims, holds and the rest
  telling the tier's queue again: not yet: at 2026-11-03 10:15:00 UTC

until then
  2026-11-03 10:00:00 UTC  received by customer
  2026-11-03 10:03:00 UTC  breached by desk: acknowledge missed

not known yet, though it had taken effect
  2026-11-03 10:01:00 UTC  noted by ann

before: -at 2026-11-03T10:03:00.3Z
`
	at := "GET /api/v1/tickets/abc.1/explain?at=2026-11-03T10%3A04%3A00Z"
	for _, tt := range []struct {
		name, line string
		want       int
		stdout     string
		stderr     string
		asked      string
	}{
		{"the ticket first", "abc.1 -at 2026-11-03T10:04:00Z", 0, want, "", at},
		{"the ticket last", "-at 2026-11-03T10:04:00Z abc.1", 0, want, "", at},
		{"for programs", "-at 2026-11-03T10:04:00Z -json abc.1", 0, answer + "\n", "", at},
		{"without an instant", "new.1", 0, "new.1 at 2026-11-03 10:04:00 UTC\n  nobody had written yet\n\nafter:  -at 2026-11-03T11:00:00Z\n", "", "GET /api/v1/tickets/new.1/explain"},
		{"of the future", "abc.1 -at 2036-11-03T10:04:00Z", 1, "", "422 Unprocessable Entity: at: 2036-11-03T10:04:00Z is still to come", ""},
		{"no instant", "abc.1 -at yesterday", 2, "", `"yesterday" is no instant`, ""},
		{"no ticket", "-json", 2, "", "an argument is missing", ""},
		{"a path", ". -json", 2, "", "is no ticket", ""},
		{"two tickets", "-json a b", 2, "", "unexpected argument", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			desk := &scripted{answers: map[string][]string{
				at: {answer}, "GET /api/v1/tickets/new.1/explain": {`{"ticket":"new.1","at":"2026-11-03T10:04:00Z","after":"2026-11-03T11:00:00Z"}`},
				"GET /api/v1/tickets/abc.1/explain?at=2036-11-03T10%3A04%3A00Z": {`422 {"detail":"at: 2036-11-03T10:04:00Z is still to come"}`},
			}}
			server := httptest.NewServer(desk)
			defer server.Close()
			args := append([]string{"explain"}, strings.Fields(tt.line)...)
			args = append(args[:len(args):len(args)], "-url", server.URL, "-token", "secret")
			if !strings.HasPrefix(tt.line, "abc") && !strings.HasPrefix(tt.line, "new") && !strings.HasPrefix(tt.line, ".") {
				args = append([]string{"explain", "-url", server.URL, "-token", "secret"}, strings.Fields(tt.line)...)
			}
			var stdout, stderr bytes.Buffer
			if got := run(t.Context(), verbs(), args, nil, &stdout, &stderr); got != tt.want {
				t.Errorf("exit status %d, want %d", got, tt.want)
			}
			if stdout.String() != tt.stdout && tt.stdout != "" || !strings.Contains(stderr.String(), tt.stderr) || tt.stderr == "" && stderr.Len() > 0 {
				t.Errorf("printed\n%s\n%s", &stdout, &stderr)
			}
			if got := strings.Join(desk.asked, "\n"); tt.asked != "" && strings.TrimSpace(got) != tt.asked {
				t.Errorf("asked\n%s", got)
			}
		})
	}
}
