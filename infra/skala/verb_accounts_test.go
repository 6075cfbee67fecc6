package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const twoApps = `apps:
  - name: demo
    platform: line
    secrets: ["what signs"]
    accounts: [{id: U1, brand: Aegean, token: "what sends"}]
`

func TestAccountsAreSpreadSoThatEachReaderKnowsItsOwn(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "accounts.yaml")
	if err := os.WriteFile(file, []byte(twoApps), 0o600); err != nil {
		t.Fatal(err)
	}
	for reader, knows := range map[string][2]bool{"signing": {true, false}, "sending": {false, true}, "reading": {false, false}} {
		var out, errs bytes.Buffer
		if status := accountsVerb(t.Context(), []string{"project", "-for", reader, file}, nil, &out, &errs); status != exitOK {
			t.Fatalf("%s: %d %s", reader, status, &errs)
		}
		got := [2]bool{strings.Contains(out.String(), "what signs"), strings.Contains(out.String(), "what sends")}
		if got != knows || !strings.Contains(out.String(), "Aegean") {
			t.Errorf("%s: knows %v, want %v", reader, got, knows)
		}
	}
}

func TestAMistakeInAnAccountsFileHasItsLine(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "accounts.yaml")
	if err := os.WriteFile(file, []byte(strings.Replace(twoApps, "platform: line", "platform: pigeon", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	if status := accountsVerb(t.Context(), []string{"check", file}, nil, &out, &errs); status != exitFailed || !strings.Contains(errs.String(), "accounts.yaml:3") {
		t.Errorf("%d %s", status, &errs)
	}
	for _, args := range [][]string{{}, {"check"}, {"project", file}, {"project", "-for", "everybody", file}, {"spread", file}} {
		if status := accountsVerb(t.Context(), args, nil, &out, &errs); status != exitUsage {
			t.Errorf("%q: %d", args, status)
		}
	}
}
