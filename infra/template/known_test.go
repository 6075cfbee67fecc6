package template

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/metrics"
)

func known(t *testing.T) Known {
	t.Helper()
	root, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	k, err := ReadKnown(root)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// The assertions on the expanded template say so, too; but this one needs no
// Python, and so `make test` has it.
func TestEachAlarmHasItsSectionAndEachSectionItsAlarm(t *testing.T) {
	t.Parallel()
	_, doc := ours(t)
	var alarms, linked []string
	for _, m := range regexp.MustCompile(`AlarmName: !Sub \$\{AWS::StackName\}-(\S+)`).FindAllSubmatch(doc, -1) {
		alarms = append(alarms, string(m[1]))
	}
	for _, m := range regexp.MustCompile(`AlarmDescription: ".* See infra/doc/operating\.md#(\S+)"`).FindAllSubmatch(doc, -1) {
		linked = append(linked, string(m[1]))
	}
	if diff := cmp.Diff(alarms, linked); diff != "" {
		t.Errorf("alarms and the sections that they name: %s", diff)
	}
	sections := known(t).Sections
	slices.Sort(sections)
	slices.Sort(alarms)
	if diff := cmp.Diff(alarms, sections); diff != "" || len(alarms) < 30 {
		t.Errorf("%d alarms, and the sections of the operating page: %s", len(alarms), diff)
	}
}

func TestEveryMetricThatThereIsIsWrittenBySomeStep(t *testing.T) {
	t.Parallel()
	var all []string
	for _, name := range metrics.Names() {
		all = append(all, string(name))
	}
	if diff := cmp.Diff(all, known(t).Metrics); diff != "" {
		t.Error(diff)
	}
}

func TestOnlySectionsOfAlarmsExplainAlarms(t *testing.T) {
	t.Parallel()
	page := "# Operating\n## Locally\n### not-one\n## Alarms\ntext\n### one\n#### not-two\n### three\n## After\n### not-four\n"
	if got := sections(page); !slices.Equal(got, []string{"one", "three"}) {
		t.Error(got)
	}
}

func TestAMetricCountsOnceItIsUsedOutsideTests(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for name, text := range map[string]string{
		"shared/step/step.go":      "package step\nvar _ = metrics.EventsTaken\nvar _ = metrics.BacklogOf(1)\n",
		"shared/step/step_test.go": "package step\nvar _ = metrics.Duplicates\n",
		"functions/f/main.go":      "package main\nvar _ = other.Breaches\n",
	} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := usedMetrics(root)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]bool{"EventsTaken": true, "BacklogOf": true}, got); diff != "" {
		t.Error(diff)
	}
}
