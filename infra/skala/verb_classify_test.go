package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	standard "example.com/skala/infra/policy"
)

// skala runs a command line and returns what it printed.
func skala(t *testing.T, stdin string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	status = run(t.Context(), verbs(), args, strings.NewReader(stdin), &out, &errs)
	return status, out.String(), errs.String()
}

func TestClassifyAnswersEachLineWithItsVerdict(t *testing.T) {
	t.Parallel()
	status, stdout, stderr := skala(t, `{"id":"a","text":"I was charged twice","lang":"en","visibility":"public","author":{"verified":true,"followers":12,"name":"x"}}

{"id":7,"text":"ขอบคุณค่ะ","lang":null,"more":[1]}`, "classify")
	if status != exitOK || stderr != "" {
		t.Fatalf("exit status %d, %s", status, stderr)
	}
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if len(lines) != 2 {
		t.Fatalf("%d lines: %s", len(lines), stdout)
	}
	var first map[string]any
	if err := json.Unmarshal([]byte(lines[0]), &first); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"id", "lang", "category", "severity", "tier", "sentiment", "abusive", "actionable", "confidence", "score", "tags", "policy", "reasons"} {
		if _, ok := first[key]; !ok {
			t.Errorf("there is no %q in %s", key, lines[0])
		}
	}
	if first["id"] != "a" || first["category"] != "billing" || first["severity"] != "critical" || first["tier"] != 3.0 {
		t.Errorf("verdict %s", lines[0])
	}
	if !strings.HasPrefix(lines[1], `{"id":7,"lang":"th",`) || !strings.Contains(lines[1], `"tags":[]`) {
		t.Errorf("verdict %s", lines[1])
	}
}

func TestClassifyRefusesALineAndGoesOn(t *testing.T) {
	t.Parallel()
	status, stdout, stderr := skala(t, strings.Join([]string{
		`{"id":"1","text":"hello"}`,
		`{"id":"2"}`,
		`{"text":"hello"}`,
		`{"id":"4","text":7}`,
		`{"id":"5","text":"x","visibility":"secret"}`,
		`{"id":"6","text":"x","author":{"followers":"many"}}`,
		`{"id":"7","text":"x","author":{"created":"soon"}}`,
		`{"id":"8","text":"x","text":"y"}`,
		`nonsense`,
		`{"id":"10","text":"x","author":{"created":"2026-01-02","has_picture":null}}`,
	}, "\n"), "classify")
	if status != exitFailed || strings.Count(stdout, "\n") != 2 {
		t.Errorf("exit status %d, %d answers", status, strings.Count(stdout, "\n"))
	}
	want := []string{
		"line 2: there is no text", "line 3: there is no id", "line 4: text: not a string", `line 5: visibility: "secret" is not public, private or group`,
		"line 6: author: followers: not a int64", `line 7: author: created: "soon" is neither an instant nor a date`, `line 8: "text" stands there twice`, "line 9: not JSON",
	}
	got := strings.Split(strings.TrimSpace(stderr), "\n")
	if len(got) != len(want) {
		t.Fatalf("errors:\n%s", stderr)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) {
			t.Errorf("%q, want %q", got[i], want[i])
		}
	}
}

func TestAVerbWithABrokenPolicySaysWhereItIsBroken(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "broken.yaml")
	document := bytes.Replace(standard.Default, []byte("\nrise: 2\n"), []byte("\nrise: many\n"), 1)
	document = bytes.Replace(document, []byte("\nprofile: social\n"), []byte("\nprofile: sociable\n"), 1)
	if err := os.WriteFile(file, document, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"policy", "check", file}, {"classify", "-policy", file}, {"evaluate", "-policy", file, "labels.jsonl"}} {
		status, stdout, stderr := skala(t, "", args...)
		if status != exitFailed || stdout != "" || strings.Count(stderr, file+":") != 2 || !strings.Contains(stderr, "rise: a whole number is expected") {
			t.Errorf("%v: exit status %d, %q, %q", args, status, stdout, stderr)
		}
	}
}

func TestAGoodPolicyIsNamedByItsHash(t *testing.T) {
	t.Parallel()
	status, stdout, stderr := skala(t, "", "policy", "check", "../policy/default.yaml")
	if status != exitOK || !strings.Contains(stdout, "hash ") || stderr != "" {
		t.Errorf("exit status %d, %q, %q", status, stdout, stderr)
	}
	for _, args := range [][]string{{"policy", "chek", "x"}, {"policy", "check"}} {
		if status, _, _ := skala(t, "", args...); status != exitUsage {
			t.Errorf("%v: exit status %d, want %d", args, status, exitUsage)
		}
	}
	if status, _, stderr := skala(t, "", "policy", "check", "no-such-file.yaml"); status != exitFailed || !strings.Contains(stderr, "no-such-file.yaml") {
		t.Errorf("exit status %d, %q", status, stderr)
	}
}
