package main

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"example.com/skala/infra/figures"
	"example.com/skala/shared/policy"
)

func TestHalfOfTheDeadlinesAreTheSweepsToArm(t *testing.T) {
	t.Parallel()
	all := deadlinesToCome(rand.New(rand.NewPCG(1, 1)))
	sweeps := 0
	for _, w := range all {
		due := w.at + near
		if w.sweep {
			sweeps++
			due = w.at + far
		}
		if due < far || due >= far+window || w.at < 0 {
			t.Errorf("sent after %v, due after %v", w.at, due)
		}
	}
	if len(all) != manyDeadlines || sweeps != manyDeadlines/2 {
		t.Errorf("%d of %d are the sweep's", sweeps, len(all))
	}
	doc, err := nearAndFar()
	if err != nil {
		t.Fatal(err)
	}
	p, err := policy.Load(doc, "the bench's")
	if err != nil {
		t.Fatal(err)
	}
	// What lies so far ahead is armed by nobody but the sweep, when it is set and when
	// it was warned of.
	if left := far - time.Duration(p.Plan.WarnShare()*float64(far)); left <= 180*time.Second || p.Plan.WarnShare() == 0 {
		t.Errorf("from the warning to the deadline it is %v: the worker arms that too", left)
	}
}

func TestSweepsAreCountedFromTheLog(t *testing.T) {
	t.Parallel()
	log := `10:00:00.123 escalate  INFO  sweep due=3 took_ms=12 outcome=done
10:00:01.123 triage    INFO  event due=9
10:01:00.123 escalate  INFO  sweep due=40 outcome=done
`
	if sweeps, due := sweepsOf(log); sweeps != 2 || due != 43 {
		t.Errorf("%d sweeps armed %d", sweeps, due)
	}
}

func TestWorkIsDoneSideBySideUntilOneFails(t *testing.T) {
	t.Parallel()
	var sum atomic.Int64
	if err := sideBySide(t.Context(), 3, []int64{1, 2, 3, 4}, func(_ int, n int64) error { sum.Add(n); return nil }); err != nil || sum.Load() != 10 {
		t.Errorf("%d, %v", sum.Load(), err)
	}
	broken := errors.New("broken")
	if err := sideBySide(t.Context(), 2, make([]int, 100), func(int, int) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("it ends with %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := sideBySide(ended, 2, make([]int, 100), func(int, int) error { return nil }); err == nil {
		t.Error("what was left undone is no error")
	}
}

func TestThePlainProgramKnowsItsCallsAlone(t *testing.T) {
	t.Parallel()
	if err := (client{}).ask(t.Context(), &dynamodb.ScanInput{}); err == nil || !strings.Contains(err.Error(), "ScanInput") {
		t.Errorf("of a call it does not know it says %v", err)
	}
	s := script{of: map[string]int{"GetItem": 2, "Query": 1}}
	if all, of := s.counted(); all != 3 || of["GetItem"] != 2 {
		t.Errorf("%d, %v", all, of)
	}
	of := []spent{{sweep: time.Second, acts: time.Second}, {acts: 9 * time.Second}, {acts: 3 * time.Second}}
	if got := middle(of, spent.wall); got != 3 {
		t.Errorf("the middle of 2, 9 and 3 s is %v", got)
	}
}

func TestPartsStandBesideTheOtherFigures(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	if err := figures.Write(root, "bench", map[string]any{"classify_ns": 7, "lateness_s": spans{N: 60}}); err != nil {
		t.Fatal(err)
	}
	if f, err := readEngine(root); err != nil || f.Backlog != nil {
		t.Errorf("of none there is %+v, %v", f, err)
	}
	f := engineFigures{Backlog: &backlogReport{Due: 3000, Ratio: 1.2}, Deadlines: &deadlinesReport{All: spans{N: 600}},
		Open: &openReport{sweepFigures: sweepFigures{map[string]float64{"0": 4, "200000": 4}, map[string]int{"0": 8, "200000": 8}}}}
	if err := writeEngine(root, f); err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile(filepath.Join(root, ".local", "figures", "bench.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"classify_ns": 7`, `"n": 600`, `"200000": 4`, `"due_at_once"`} {
		if !bytes.Contains(doc, []byte(want)) {
			t.Errorf("bench.json lacks %s:\n%s", want, doc)
		}
	}
	again, err := readEngine(root)
	if err != nil || again.Backlog.Due != 3000 || again.Deadlines.All.N != 600 {
		t.Errorf("read again: %+v, %v", again, err)
	}
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	again.print(w)
	if err := w.Flush(); err != nil || !strings.Contains(out.String(), "1.20 times") || strings.Index(out.String(), "0 open") > strings.Index(out.String(), "200000 open") {
		t.Errorf("printed\n%s", &out)
	}
}
