package wiring_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"example.com/skala/functions/wiring"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/metrics"
)

// invoke runs a function as Lambda does, and returns its answer and the lines
// that it printed.
func invoke(t *testing.T, event string, make func(*wiring.Function)) (answer string, lines []map[string]any, failed error) {
	t.Helper()
	var out bytes.Buffer
	f := &wiring.Function{Log: logs.New(&out), Metrics: &metrics.Recorder{Out: &out, Stack: "s", Now: time.Now}}
	make(f)
	ctx := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "r-1"})
	said, err := lambda.NewHandler(f.Handler()).Invoke(ctx, []byte(event))
	for text := range strings.Lines(out.String()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	return string(said), lines, err
}

func TestAnInvocationIsNamedInItsLinesAndMeasuredAtItsEnd(t *testing.T) {
	t.Parallel()
	const request, batch, tick = `{"rawPath":"/","requestContext":{"http":{"method":"GET"}}}`, `{"Records":[{"messageId":"1"}]}`, `{"source":"schedule"}`
	for name, tt := range map[string]struct {
		event string
		make  func(*wiring.Function)
	}{
		"HTTP": {request, func(f *wiring.Function) {
			f.HTTP = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				f.Metrics.Count(metrics.Requests, 1)
				f.Log.InfoContext(r.Context(), "unit")
			})
		}},
		"a batch": {batch, func(f *wiring.Function) {
			f.Batch = func(ctx context.Context, _ events.SQSEvent) (out events.SQSEventResponse, _ error) {
				f.Metrics.Count(metrics.Requests, 1)
				f.Log.InfoContext(ctx, "unit")
				return out, nil
			}
		}},
		"the schedule": {tick, func(f *wiring.Function) {
			f.Scheduled = func(ctx context.Context) error {
				f.Metrics.Count(metrics.Requests, 1)
				f.Log.InfoContext(ctx, "unit")
				return nil
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, lines, err := invoke(t, tt.event, tt.make)
			if err != nil || len(lines) != 2 || lines[0]["msg"] != "unit" || lines[0]["request"] != "r-1" || lines[1]["Requests"] != 1.0 {
				t.Errorf("%v, %v", lines, err)
			}
		})
	}
}

func TestRecordsThatGoBackAreCounted(t *testing.T) {
	t.Parallel()
	answer, lines, err := invoke(t, `{"Records":[]}`, func(f *wiring.Function) {
		f.Scheduled = func(context.Context) error { return errors.New("not meant") }
		f.Batch = func(context.Context, events.SQSEvent) (events.SQSEventResponse, error) {
			return events.SQSEventResponse{BatchItemFailures: []events.SQSBatchItemFailure{{ItemIdentifier: "1"}, {ItemIdentifier: "2"}}}, nil
		}
	})
	if err != nil || !strings.Contains(answer, `"itemIdentifier":"2"`) || len(lines) != 1 || lines[0]["RecordsFailed"] != 2.0 {
		t.Errorf("answered %s, %v, printed %v", answer, err, lines)
	}
}

// What a function answers its schedule with is printed by Lambda's library.
func TestWhatGoesBackToLambdaHoldsNoMoreThanTheLogMay(t *testing.T) {
	t.Parallel()
	const words = "her words"
	_, failed := time.Parse(time.RFC3339, words)
	_, _, err := invoke(t, `{}`, func(f *wiring.Function) {
		f.Scheduled = func(context.Context) error { return fmt.Errorf("sweep: %w", failed) }
	})
	if err == nil || !strings.HasPrefix(err.Error(), "sweep: parsing a time") || strings.Contains(err.Error(), words) {
		t.Errorf("failed with %v", err)
	}
	_, lines, err := invoke(t, `{}`, func(f *wiring.Function) {
		f.Scheduled = func(context.Context) error { panic(words) }
	})
	if err == nil || strings.Contains(err.Error(), words) || len(lines) != 1 || lines[0]["msg"] != "invocation panicked" || !strings.Contains(fmt.Sprint(lines[0]["stack"]), "function_test.go") || strings.Contains(fmt.Sprint(lines), words) {
		t.Errorf("a panic failed with %v, printed %v", err, lines)
	}
}
