package escalate_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/escalate"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/metrics"
)

// What sweep and worker do to tickets is told in infra/story. Here is what they
// say of it.

// three is an index with three tickets due, or one that fails.
type three struct{ err error }

func (i three) Due(context.Context, time.Time, int) ([]desk.Due, error) {
	return make([]desk.Due, 3), i.err
}

type queue struct{ err error }

func (q queue) Send(context.Context, desk.Nudge, time.Duration) error { return q.err }

func TestASweepIsOneLineAndCountsWhenItIsDone(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		index   three
		queue   queue
		outcome string
	}{
		{"everything armed", three{}, queue{}, "done"},
		{"a row that cannot be read", three{fmt.Errorf("one row: %w", desk.ErrBroken)}, queue{}, "incomplete"},
		{"an index that fails", three{errors.New("no")}, queue{}, "failed"},
		{"a queue that fails", three{}, queue{errors.New("no")}, "failed"},
		{"a row that cannot be read and a queue that fails", three{desk.ErrBroken}, queue{errors.New("no")}, "failed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out, measured bytes.Buffer
			s := &escalate.Sweep{Index: tt.index, Queue: tt.queue, Now: time.Now, Log: logs.New(&out), Metrics: &metrics.Recorder{Out: &measured, Stack: "s", Now: time.Now}}
			err := s.Run(t.Context())
			var line map[string]any
			if failed := json.Unmarshal(out.Bytes(), &line); failed != nil {
				t.Fatalf("%v in %s", failed, out.String())
			}
			if line["msg"] != "sweep" || line["outcome"] != tt.outcome || (err == nil) != (tt.outcome != "failed") || (line["level"] == "INFO") != (tt.outcome == "done") {
				t.Errorf("%v, wrote %s", err, out.String())
			}
			s.Metrics.Flush()
			if counted := strings.Contains(measured.String(), `"DueFound":3,"SweepsDone":1`); counted != (tt.outcome != "failed") {
				t.Errorf("measured %s", measured.String())
			}
		})
	}
}
