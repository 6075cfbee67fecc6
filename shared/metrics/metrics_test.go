package metrics_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/metrics"
)

func recorder(out *bytes.Buffer) *metrics.Recorder {
	return &metrics.Recorder{Out: out, Stack: "desk", Now: func() time.Time { return time.UnixMilli(1_800_000_000_123) }}
}

func TestAnInvocationIsOneLine(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	r := recorder(&out)
	r.Count(metrics.EventsTaken, 1)
	r.Time(metrics.TimeToTicket, 1500*time.Microsecond)
	r.Count(metrics.EventsTaken, 2)
	r.Time(metrics.TimeToTicket, 2*time.Second)
	r.Count(metrics.LedgerDifference, 0)
	r.Flush()
	r.Flush()
	want := `{"_aws":{"Timestamp":1800000000123,"CloudWatchMetrics":[{"Namespace":"Skala","Dimensions":[["Stack"]],"Metrics":[` +
		`{"Name":"EventsTaken","Unit":"Count"},{"Name":"LedgerDifference","Unit":"Count"},{"Name":"TimeToTicket","Unit":"Milliseconds"}]}]},` +
		`"Stack":"desk","EventsTaken":3,"LedgerDifference":0,"TimeToTicket":[1,2000]}` + "\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// CloudWatch takes no more than a hundred values of a metric in one line, and
// a hundred metrics.
func TestALineHoldsNoMoreThanCloudWatchTakes(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	r := recorder(&out)
	for range 250 {
		r.Time(metrics.BreachLateness, time.Second)
	}
	r.Flush()
	var got []int
	for line := range strings.Lines(out.String()) {
		var said struct{ BreachLateness []int }
		if err := json.Unmarshal([]byte(line), &said); err != nil {
			t.Fatal(err)
		}
		got = append(got, len(said.BreachLateness))
	}
	if diff := cmp.Diff([]int{100, 100, 50}, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if n := len(metrics.Names()); n > 100 {
		t.Errorf("%d metrics do not fit into a line", n)
	}
}

func TestManyMayCountAtOnce(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	r := recorder(&out)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				r.Count(metrics.Requests, 1)
			}
		})
	}
	wg.Wait()
	r.Flush()
	if !strings.Contains(out.String(), `"Requests":800}`) {
		t.Error(out.String())
	}
}

func TestNothingIsWrittenForNobody(t *testing.T) {
	t.Parallel()
	var none *metrics.Recorder
	none.Count(metrics.Requests, 1)
	none.Time(metrics.DueLag, time.Second)
	none.Flush()

	var out bytes.Buffer
	r := recorder(&out)
	r.Flush()
	r.Stack = "" // a dimension that is missing would make CloudWatch drop the line
	r.Count(metrics.Requests, 1)
	r.Flush()
	if out.Len() != 0 {
		t.Errorf("wrote %s", out.String())
	}
}

func TestEveryTierHasItsBacklog(t *testing.T) {
	t.Parallel()
	listed := map[metrics.Name]bool{}
	for _, name := range metrics.Names() {
		if listed[name] {
			t.Errorf("%s is listed twice", name)
		}
		listed[name] = true
	}
	for tier := range int(desk.Tiers) {
		if !listed[metrics.BacklogOf(tier)] {
			t.Errorf("%s is not listed", metrics.BacklogOf(tier))
		}
	}
	if listed[metrics.BacklogOf(int(desk.Tiers))] {
		t.Error("there is a backlog of a tier that there is not")
	}
}
