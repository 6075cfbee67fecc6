package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// answered gives the verb lines of input and returns what it printed.
func answered(t *testing.T, input string) (status int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	status = run(t.Context(), verbs(), []string{"deadline"}, strings.NewReader(input), &out, &err)
	return status, out.String(), err.String()
}

func TestDeadlineAnswersEachLine(t *testing.T) {
	t.Parallel()
	status, stdout, stderr := answered(t, `{"id":"a","calendar":null,"start":"2026-01-01T00:00:00+02:00","target":"8h30m"}

{"target":"1h","pauses":[["2011-12-30T10:00:00Z","2011-12-30T11:30:00+01:00"]],"start":"2011-12-29T00:00:00Z","id":"<é>","calendar":{"dates":{"2011-12-30":["22:00-06:00"]},"week":{},"zone":"Pacific/Apia"}}
  {"id":7,"calendar":{"zone":"Europe/Athens","week":{"mon":["09:00-18:00"],"tue":[]},"dates":{}},"start":"2026-05-15T17:00:00Z","target":"90s","pauses":[]}
`+"\r\n"+`{"id":"last","calendar":null,"start":"9999-12-31T22:59:59Z","target":"1h"}`)
	want := `{"id":"a","deadline":"2026-01-01T06:30:00Z"}
{"id":"<é>","deadline":"2011-12-30T11:30:00Z"}
{"id":7,"deadline":"2026-05-18T06:01:30Z"}
{"id":"last","deadline":"9999-12-31T23:59:59Z"}
`
	if status != exitOK || stdout != want || stderr != "" {
		t.Errorf("status %d, standard error %q, standard output\n%s\nwant\n%s", status, stderr, stdout, want)
	}
}

func TestARefusedLineDoesNotStopTheOthers(t *testing.T) {
	t.Parallel()
	good := `{"id":"good","calendar":null,"start":"2026-01-01T00:00:00Z","target":"1h"}` + "\n"
	status, stdout, stderr := answered(t, good+`{"id":"bad","calendar":null,"start":"2026-01-01T00:00:00Z","target":"0h"}`+"\n"+good)
	lines := strings.Split(stdout, "\n")
	if status != exitFailed || len(lines) != 4 || lines[0] != lines[2] || !strings.HasPrefix(lines[1], `{"id":"bad","error":"`) || !strings.HasPrefix(stderr, "line 2: ") {
		t.Errorf("status %d, standard error %q, standard output\n%s", status, stderr, stdout)
	}
}

func TestWhatIsMalformedOrUnknownIsRefusedWithItsReason(t *testing.T) {
	t.Parallel()
	// A line that is right, of which each case replaces a part.
	const right = `{"id":"x","calendar":{"zone":"Europe/Athens","week":{"mon":["09:00-18:00"]},"dates":{"2026-12-25":[]}},"start":"2026-01-01T00:00:00Z","target":"1h","pauses":[["2026-01-01T00:00:00Z","2026-01-02T00:00:00Z"]]}`
	if _, stdout, _ := answered(t, right); stdout != `{"id":"x","deadline":"2026-01-05T08:00:00Z"}`+"\n" {
		t.Fatal(stdout)
	}
	tests := []struct{ part, by, want string }{
		{`"target":"1h"`, `"target":"1d"`, "duration"},
		{`"target":"1h"`, `"target":"0s"`, "not more than zero"},
		{`"target":"1h"`, `"target":"-1h"`, "duration"},
		{`"target":"1h"`, `"target":3600`, "target: not a string"},
		{`"target":"1h"`, `"target":null`, "target: not a string"},
		{`"target":"1h"`, `"target":"5000h"`, "ten years"},
		{`"target":"1h"`, `"target":"99999999999999999h"`, "too long"},
		{`,"target":"1h"`, ``, "there is no target"},
		{`"target"`, `"Target"`, `unknown field "Target"`},
		{`"target":"1h"`, `"target":"1h","target":"1h"`, "twice"},
		{`"target":"1h"`, `"target":"1h","note":""`, `unknown field "note"`},
		{`"id":"x",`, ``, "there is no id"},
		{`"id":"x"`, `"id":null`, "id: not a string"},
		{`"id":"x"`, `"id":["x"]`, "id: not a string"},
		{`"start":"2026-01-01T00:00:00Z",`, ``, "there is no start"},
		{`"start":"2026-01-01T00:00:00Z"`, `"start":"2026-01-01T00:00:00"`, "instant"},
		{`"start":"2026-01-01T00:00:00Z"`, `"start":"2026-01-01 00:00:00Z"`, "instant"},
		{`"start":"2026-01-01T00:00:00Z"`, `"start":"2026-01-01T00:00:00.0Z"`, "instant"},
		{`"start":"2026-01-01T00:00:00Z"`, `"start":"2026-01-01T00:00:00,0Z"`, "instant"},
		{`"start":"2026-01-01T00:00:00Z"`, `"start":"2026-01-01T00:00:00.1234Z"`, "instant"},
		{`"start":"2026-01-01T00:00:00Z"`, `"start":"2026-01-01T00:00:00+24:00"`, "instant"},
		{`"start":"2026-01-01T00:00:00Z"`, `"start":"2026-01-01T00:00:00+0200"`, "instant"},
		{`"start":"2026-01-01T00:00:00Z"`, `"start":"2026-02-29T00:00:00Z"`, "instant"},
		{`"start":"2026-01-01T00:00:00Z"`, `"start":"2026-01-01T24:00:00Z"`, "instant"},
		{`"start":"2026-01-01T00:00:00Z"`, `"start":"2026-01-01T0:00:00Z"`, "instant"},
		{`"start":"2026-01-01T00:00:00Z"`, `"start":"2026-01-01T0:00:00+02:00"`, "instant"},
		{`"start":"2026-01-01T00:00:00Z"`, `"start":"2026-01-01t00:00:00z"`, "instant"},
		{`"start":"2026-01-01T00:00:00Z"`, `"start":"2026-01-01T00:00:60Z"`, "instant"},
		{`"start":"2026-01-01T00:00:00Z"`, `"start":"2026-01-01T00:00Z"`, "instant"},
		{`"start":"2026-01-01T00:00:00Z"`, `"start":"2026-1-01T00:00:00Z"`, "instant"},
		{`"start":"2026-01-01T00:00:00Z"`, `"start":1767225600`, "start: not a string"},
		{`"start":"2026-01-01T00:00:00Z"`, `"start":"9999-12-31T23:59:00Z"`, "9999"},
		{`"zone":"Europe/Athens"`, `"zone":""`, "time zone"},
		{`"zone":"Europe/Athens"`, `"zone":"Local"`, "time zone"},
		{`"zone":"Europe/Athens"`, `"zone":null`, "zone: not a string"},
		{`"zone":"Europe/Athens",`, ``, "there is no zone"},
		{`"week":{"mon":["09:00-18:00"]},`, ``, "there is no week"},
		{`"week":{"mon":["09:00-18:00"]}`, `"week":null`, "week: not an object"},
		{`"week":{"mon":["09:00-18:00"]}`, `"week":{"monday":["09:00-18:00"]}`, "weekday"},
		{`"week":{"mon":["09:00-18:00"]}`, `"week":{"mon":["09:00-18:00"],"mon":[]}`, "twice"},
		{`["09:00-18:00"]`, `"09:00-18:00"`, "not a list"},
		{`["09:00-18:00"]`, `null`, "not a list"},
		{`["09:00-18:00"]`, `[["09:00","18:00"]]`, "not a string"},
		{`["09:00-18:00"]`, `[null]`, "not a string"},
		{`["09:00-18:00"]`, `["9:00-18:00"]`, "HH:MM-HH:MM"},
		{`["09:00-18:00"]`, `["24:00-06:00"]`, "open"},
		{`"2026-12-25":[]`, `"2026-12-32":[]`, "date"},
		{`"2026-12-25":[]`, `"2026-12-25":["closed"]`, "period"},
		{`"dates":{"2026-12-25":[]}`, `"dates":[]`, "dates: not an object"},
		{`"dates":{"2026-12-25":[]}`, `"dates":null`, "dates: not an object"},
		{`"dates":{"2026-12-25":[]}`, `"holidays":{}`, `unknown field "holidays"`},
		{`"2026-01-02T00:00:00Z"]]`, `"2025-01-02T00:00:00Z"]]`, "ends before it starts"},
		{`,"2026-01-02T00:00:00Z"]]`, `]]`, "from and a to"},
		{`"2026-01-02T00:00:00Z"]]`, `"2026-01-02T00:00:00Z","2026-01-03T00:00:00Z"]]`, "from and a to"},
		{`"2026-01-02T00:00:00Z"]]`, `null]]`, "pauses: not a string"},
		{`"2026-01-02T00:00:00Z"]]`, `"later"]]`, "instant"},
		{`[["2026-01-01T00:00:00Z","2026-01-02T00:00:00Z"]]`, `null`, "pauses: not a list"},
		{`[["2026-01-01T00:00:00Z","2026-01-02T00:00:00Z"]]`, `{}`, "pauses: not a list"},
		{`"calendar":{`, `"calendar":"office","was":{`, `unknown field "was"`},
		{`{"zone":"Europe/Athens","week":{"mon":["09:00-18:00"]},"dates":{"2026-12-25":[]}}`, `"office"`, "calendar: not an object"},
		{`"calendar":{"zone":"Europe/Athens","week":{"mon":["09:00-18:00"]},"dates":{"2026-12-25":[]}},`, ``, "there is no calendar"},
		{`]]}`, `]]} {}`, "more behind"},
		{`]]}`, `]]}]`, "more behind"},
		{`]]}`, `]]`, "ends too early"},
		{`]]}`, `]],}`, "not JSON"},
		{"Athens", "Athens\xff", "UTF-8"},
		{`"x"`, "\"x\xff\"", "UTF-8"},
	}
	for _, tt := range tests {
		line := strings.Replace(right, tt.part, tt.by, 1)
		if line == right {
			t.Fatalf("%s is not in the line", tt.part)
		}
		status, stdout, stderr := answered(t, line)
		var answer map[string]any
		if err := json.Unmarshal([]byte(stdout), &answer); err != nil {
			t.Errorf("%s: %v in %s", tt.by, err, stdout)
			continue
		}
		reason, _ := answer["error"].(string)
		if status != exitFailed || len(answer) != 2 || !strings.Contains(reason, tt.want) || !strings.Contains(stderr, reason) {
			t.Errorf("%s in place of %s: status %d, %s, want %q in it", tt.by, tt.part, status, stdout, tt.want)
		}
		if id := answer["id"]; id != "x" && !strings.HasPrefix(tt.part, `"id"`) && tt.part != `"x"` {
			t.Errorf("%s: the answer's id is %v", tt.by, id)
		}
	}
	for _, line := range []string{"nonsense", "[]", "null", `"x"`, "{", "1", `{"id":"x"`} {
		if status, stdout, _ := answered(t, line); status != exitFailed || !strings.Contains(stdout, `"error":"`) {
			t.Errorf("%s: status %d, %s", line, status, stdout)
		}
	}
}

func FuzzDeadlineLine(f *testing.F) {
	f.Add(`{"id":"a","calendar":null,"start":"2026-01-01T00:00:00Z","target":"8h30m"}`)
	f.Add(`{"id":"x","calendar":{"zone":"Europe/Athens","week":{"mon":["09:00-18:00"]},"dates":{"2026-12-25":[]}},"start":"2026-01-01T00:00:00Z","target":"1h","pauses":[["2026-01-01T00:00:00Z","2026-01-02T00:00:00Z"]]}`)
	f.Fuzz(func(t *testing.T, line string) {
		answer := deadlineOf([]byte(line))
		if (answer.Error == "") == (answer.Deadline == "") {
			t.Errorf("%q is answered with %+v", line, answer)
		}
		if _, err := json.Marshal(answer); err != nil {
			t.Errorf("%q: %v", line, err)
		}
		if _, err := time.Parse(time.RFC3339, answer.Deadline); answer.Error == "" && err != nil {
			t.Errorf("%q: %v", line, err)
		}
	})
}
