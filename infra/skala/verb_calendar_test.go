package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const someHolidays = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Christmas\r\nDTSTART;VALUE=DATE:20251225\r\nDTEND;VALUE=DATE:20251227\r\nRRULE:FREQ=YEARLY\r\nEND:VEVENT\r\n" +
	"BEGIN:VEVENT\r\nSUMMARY:Party\r\nDTSTART:20261224T120000\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

// listed runs the verb on a file of that text.
func listed(t *testing.T, text string, args ...string) (status int, stdout, stderr, file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "days.ics")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, err bytes.Buffer
	status = run(t.Context(), verbs(), append(append([]string{"calendar"}, args...), file), strings.NewReader(""), &out, &err)
	return status, out.String(), err.String(), file
}

func TestCalendarListsTheDaysThatAFileCloses(t *testing.T) {
	t.Parallel()
	status, stdout, stderr, file := listed(t, someHolidays, "-from", "2026", "-to", "2027")
	want := "dates:\n  2026-12-25: [] # Friday: Christmas\n  2026-12-26: [] # Saturday: Christmas\n  2027-12-25: [] # Saturday: Christmas\n  2027-12-26: [] # Sunday: Christmas\n"
	if status != exitOK || stdout != want || !strings.HasPrefix(stderr, "note: "+file+":8: \"Party\"") {
		t.Errorf("status %d, %s, %s", status, stdout, stderr)
	}
	var pasted struct {
		Dates map[string][]string
	}
	if err := yaml.Unmarshal([]byte(stdout), &pasted); err != nil || len(pasted.Dates) != 4 {
		t.Errorf("%v: %v", pasted, err)
	}
}

func TestCalendarRefusesAFileThatDoesNotParseWithItsLine(t *testing.T) {
	t.Parallel()
	status, stdout, stderr, file := listed(t, strings.Replace(someHolidays, "20251225", "20251325", 1))
	if status != exitFailed || stdout != "" || !strings.HasPrefix(stderr, file+":4: ") {
		t.Errorf("status %d, %s, %s", status, stdout, stderr)
	}
	if status, _, _, _ := listed(t, someHolidays, "-from", "2027", "-to", "2026"); status != exitUsage {
		t.Errorf("years that are none: status %d", status)
	}
}
