package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEveryTargetIsFoundWithItsPackage(t *testing.T) {
	t.Parallel()
	const listed = "FuzzA\nFuzzB\nok  \texample.com/skala/a\t0.012s\n?   \texample.com/skala/b\t[no test files]\nok  \texample.com/skala/c\t0.010s\nFuzzC\nok  \texample.com/skala/d\t(cached)\n"
	want := []target{{Package: "example.com/skala/a", Name: "FuzzA"}, {Package: "example.com/skala/a", Name: "FuzzB"}, {Package: "example.com/skala/d", Name: "FuzzC"}}
	if diff := cmp.Diff(want, targetsOf(listed)); diff != "" {
		t.Errorf("the targets differ (-want +got):\n%s", diff)
	}
}

func TestTheFiguresAreThoseOfTheEnd(t *testing.T) {
	t.Parallel()
	var got target
	got.read("fuzz: elapsed: 0s, gathering baseline coverage: 0/5 completed\nfuzz: elapsed: 3s, execs: 300 (100/sec), new interesting: 1 (total: 6)\nfuzz: elapsed: 6s, execs: 1200 (300/sec), new interesting: 4 (total: 9)\nPASS\n")
	if diff := cmp.Diff(target{Executions: 1200, PerSecond: 200, Interesting: 9}, got); diff != "" {
		t.Errorf("the figures differ (-want +got):\n%s", diff)
	}
	got = target{}
	if got.read("--- FAIL: FuzzA (0.00s)\n"); got != (target{}) {
		t.Errorf("a target that failed at once has figures: %+v", got)
	}
}
