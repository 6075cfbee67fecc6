package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheToolItselfAnswersAPersonAndEndsAtCtrlC builds the tool and types at it.
func TestTheToolItselfAnswersAPersonAndEndsAtCtrlC(t *testing.T) {
	t.Parallel()
	tool := filepath.Join(t.TempDir(), "skala")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", tool, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	cmd := exec.CommandContext(t.Context(), tool, "classify", "-progress")
	var told strings.Builder
	cmd.Stderr = &told
	typed, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer typed.Close()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewReader(out)
	for _, id := range []string{"one", "two"} { // each is answered before the next is typed
		if _, err := io.WriteString(typed, `{"id":"`+id+`","text":"the kettle I bought is cracked"}`+"\n"+`{"id":"half`); err != nil {
			t.Fatal(err)
		}
		if got, err := answers.ReadString('\n'); err != nil || !strings.HasPrefix(got, `{"id":"`+id+`",`) {
			t.Fatalf("%q, %v", got, err)
		}
		if _, err := io.WriteString(typed, "\"}\n"); err != nil { // it has no text
			t.Fatal(err)
		}
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(answers)
	if err != nil || len(rest) > 0 {
		t.Errorf("%q, %v after Ctrl-C", rest, err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != exitFailed {
		t.Errorf("it ends with %v", err)
	}
	for line := range strings.Lines(told.String()) {
		if !strings.HasPrefix(line, "line 2: there is no text") && !strings.HasPrefix(line, "line 4: there is no text") && !strings.Contains(line, " lines") {
			t.Errorf("%q on standard error", line)
		}
	}
}
