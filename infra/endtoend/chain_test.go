package endtoend_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"example.com/skala/infra/localtest"
)

// TestAChainOfSecondsIsTakenStepByStep has the due queue of the emulator bring each
// step of a chain at its time.
func TestAChainOfSecondsIsTakenStepByStep(t *testing.T) {
	const chains, row = "\nchains:\n", "acknowledge: 5s, "
	document := bytes.Replace(brisk(t, "5s"), []byte(row), []byte("acknowledge: 1h, "), 1)
	document = bytes.Replace(document, []byte(chains), []byte(chains+`  - name: seconds
    when: {metrics: [first_response]}
    steps: [{do: warn}, {do: raise, after: 1h}, {do: incident, after: 3s}, {do: vendor, after: 2s}]
`), 1)
	w := open(t, localtest.Options{Policy: document})
	const author = "U66660000666600006666000066660000"
	w.line(text("CHAIN1", "chain1", author, "I was charged twice"))
	id := w.of(author).ID
	type step struct {
		at  time.Time
		why string
	}
	steps := func() (all []step) {
		for _, e := range w.ticket(id).Timeline {
			if why, ok := strings.CutPrefix(e.Why, "first response missed: "); ok && e.What == "breached" {
				all = append(all, step{e.At, why})
			}
		}
		return all
	}
	w.wait("the chain comes to its end", patience, func() bool { return len(steps()) >= 4 })
	got := steps()
	for i, want := range []string{"warn holder: nobody has it, passed", "escalated", "to be taken as an incident", "handed from tier"} {
		if !strings.HasPrefix(got[i].why, want) {
			t.Errorf("step %d is %q, not %q", i+1, got[i].why, want)
		}
	}
	// What is passed is no hour long, and nothing comes before its time.
	for i, least := range []time.Duration{0, 3 * time.Second, 2 * time.Second} {
		after := got[i+1].at.Sub(got[i].at)
		if t.Logf("step %d came %v after the one before", i+2, after); after < least || after > patience {
			t.Errorf("step %d came %v after the one before", i+2, after)
		}
	}
	if now := w.ticket(id); now.Tier != 4 || len(got) != 4 {
		t.Errorf("tier %d after %d steps", now.Tier, len(got))
	}
}
