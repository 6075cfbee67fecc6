package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
)

// labels are messages of our own, judged by hand.
const labels = `{"id":"1","lang":"en","text":"I was charged twice","category":"billing","severity":"critical","tier":3,"alt":[]}
{"id":"2","lang":"en","text":"the site is down","category":"access","severity":"high","tier":3,"alt":["outage"]}
{"id":"3","lang":"es","text":"gracias, excelente","category":"praise","severity":"low","tier":1,"alt":[]}
{"id":"4","lang":"es","text":"gracias, excelente","category":"fraud","severity":"critical","tier":3,"alt":[]}
`

func TestEvaluateComparesVerdictsWithLabels(t *testing.T) {
	file := filepath.Join(t.TempDir(), "labels.jsonl")
	if err := os.WriteFile(file, []byte(labels), 0o600); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := skala(t, "", "evaluate", file)
	if status != exitOK || stderr != "" {
		t.Fatalf("exit status %d, %s", status, stderr)
	}
	rows := map[string][]string{}
	for line := range strings.Lines(stdout) {
		if cells := strings.Fields(line); len(cells) > 0 && rows[cells[0]] == nil {
			rows[cells[0]] = cells
		}
	}
	// rows, macro-F1, strict, with alt, severity, tier, recall and precision of
	// tier 3, critical that reach it
	for name, want := range map[string][]string{
		"en":  {"en", "2", "0.500", "0.500", "1.000", "0.500", "1.000", "1.000", "1.000", "1.000"},
		"es":  {"es", "2", "0.333", "0.500", "0.500", "0.500", "0.500", "0.000", "0.000", "0.000"},
		"all": {"all", "4", "0.417", "0.500", "0.750", "0.500", "0.750", "0.667", "1.000", "0.500"},
	} {
		if diff := cmp.Diff(want, rows[name][:min(len(want), len(rows[name]))]); diff != "" {
			t.Errorf("%s: %s\n%s", name, diff, stdout)
		}
	}
	t.Setenv("SKALA_LABELS", file)
	if status, again, _ := skala(t, "", "evaluate"); status != exitOK || again != stdout {
		t.Errorf("by SKALA_LABELS: exit status %d, %s", status, again)
	}
}

func TestEvaluateNeedsLabels(t *testing.T) {
	t.Setenv("SKALA_LABELS", "")
	if status, _, stderr := skala(t, "", "evaluate"); status != exitUsage || !strings.Contains(stderr, "SKALA_LABELS") {
		t.Errorf("exit status %d, %q", status, stderr)
	}
	if status, _, _ := skala(t, "", "evaluate", "no-such-file.jsonl"); status != exitFailed {
		t.Errorf("exit status %d, want %d", status, exitFailed)
	}
	file := filepath.Join(t.TempDir(), "labels.jsonl")
	if err := os.WriteFile(file, []byte(labels+"{\"id\":\"5\"}\nnonsense\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := skala(t, "", "evaluate", file)
	if status != exitFailed || !strings.Contains(stderr, file+":5: ") || !strings.Contains(stderr, file+":6: ") || !strings.Contains(stdout, "4 messages") {
		t.Errorf("exit status %d, %q, %q", status, stdout, stderr)
	}
}

// moreLabels say all that a label can, one of them of a kind that triage gets
// wrong whatever it learns: the label is nonsense.
const moreLabels = `{"id":"1","lang":"en","text":"I was charged twice","category":"billing","severity":"critical","tier":3,"sentiment":"negative","abusive":false,"actionable":true,"alt":[]}
{"id":"2","lang":"es","text":"muchas gracias por todo, el servicio fue excelente y muy rápido","category":"praise","severity":"low","tier":1,"sentiment":"positive","abusive":false,"actionable":false,"alt":[]}
{"id":"3","lang":"en","text":"I was charged twice","category":"praise","severity":"low","tier":1,"sentiment":"positive","abusive":true,"actionable":false,"alt":[]}
{"id":"4","lang":"en","text":"I was charged twice","category":"praise","severity":"low","tier":1,"alt":["billing"]}
`

func TestEvaluateTellsProgramsTheSameFigures(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "labels.jsonl")
	if err := os.WriteFile(file, []byte(moreLabels), 0o600); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := skala(t, "", "evaluate", "-json", "-errors", "5", file)
	if status != exitOK || stderr != "" {
		t.Fatalf("exit status %d, %s", status, stderr)
	}
	var f figures
	if err := json.Unmarshal([]byte(stdout), &f); err != nil {
		t.Fatal(err)
	}
	en, all := f.Scores["en"], f.Scores["all"]
	if f.Messages != 4 || en.Rows != 3 || all.WithAlt != 0.75 || all.Language != 1 || all.Sentiment != 2.0/3 || all.Actionable != 2.0/3 || all.Abusive.Rows != 1 || all.Abusive.F1 != 0 {
		t.Errorf("%+v", all)
	}
	wrong := mistaken{"en", desk.Praise, desk.Billing}
	if want := []tally{{wrong, 1}}; !slices.Equal(f.Errors, want) || len(f.Wrong) != 1 || f.Wrong[0].ID != "3" || f.Wrong[0].mistaken != wrong {
		t.Errorf("%v, %v", f.Errors, f.Wrong)
	}
	if want := []tally{{wrong, 2}}; !slices.Equal(f.Feared, want) || len(f.Missed) != 0 {
		t.Errorf("%v, %v", f.Feared, f.Missed)
	}
	if got := f.Categories["es"][desk.Praise]; got != (found{1, 1, 1, 1}) {
		t.Errorf("%+v", got)
	}
	rows := 0
	for _, c := range f.Calibration {
		rows += c.Rows
	}
	if len(f.Calibration) != trustBins || rows != 4 {
		t.Errorf("%d messages in %d steps of confidence", rows, len(f.Calibration))
	}
	for _, args := range [][]string{{"evaluate", "-errors", "5", file}, {"evaluate", "-json", "-errors", "5", file}} {
		if _, stdout, _ := skala(t, "", args...); strings.Contains(stdout, "charged") || !strings.Contains(stdout, "3") {
			t.Errorf("%v: a text stands in what it prints:\n%s", args, stdout)
		}
	}
}

func TestTheTwoPartsOfTheLabelsMakeTheWhole(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "labels.jsonl")
	var doc strings.Builder
	for i := range 90 {
		fmt.Fprintf(&doc, `{"id":"r%d","lang":"en","text":"hello","category":"other","severity":"low","tier":0}`+"\n", i)
	}
	if err := os.WriteFile(file, []byte(doc.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	rows := map[string]int{}
	for _, part := range []string{"aside", "open", ""} {
		_, stdout, _ := skala(t, "", "evaluate", "-json", "-part", part, file)
		var f figures
		if err := json.Unmarshal([]byte(stdout), &f); err != nil {
			t.Fatal(err)
		}
		rows[part] = f.Messages
	}
	if rows[""] != 90 || rows["aside"] != 34 || rows["open"] != 90-34 { // as Python's hashlib counts them
		t.Errorf("%v", rows)
	}
	if status, _, stderr := skala(t, "", "evaluate", "-part", "some", file); status != exitUsage || !strings.Contains(stderr, "-part") {
		t.Errorf("exit status %d, %s", status, stderr)
	}
}
