package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestLogsAreReadableForPeopleAndWholeForPrograms(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log", "run.jsonl")
	var people bytes.Buffer
	now := time.Date(2026, 3, 1, 12, 30, 15, 0, time.UTC)
	s, err := openStream(&people, path, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	triage := s.of("triage")
	for _, piece := range []string{`{"time":"2026-03-01T12:30:15Z","level":"INFO","msg":"ev`, `ent","request":"r-1","record":"m-1","ticket":"abc.1","tier":3,"why":"two words","took_ms":12}` + "\n", "panic: oh no\n", `{"_aws":{},"n":1}` + "\n", "\n"} {
		if _, err := triage.Write([]byte(piece)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	want := "12:30:15.000 triage    INFO  event ticket=abc.1 tier=3 why=\"two words\" took_ms=12\n12:30:15.000 triage          panic: oh no\n"
	if people.String() != want {
		t.Errorf("people read\n%swant\n%s", people.String(), want)
	}
	kept, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(kept)), "\n")
	if len(lines) != 3 {
		t.Fatalf("kept %d lines", len(lines))
	}
	for _, line := range lines {
		var r struct{ Function string }
		if err := json.Unmarshal([]byte(line), &r); err != nil || r.Function != "triage" {
			t.Errorf("%s: %v", line, err)
		}
	}
}
