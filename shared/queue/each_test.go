package queue_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"example.com/skala/shared/logs"
	"example.com/skala/shared/queue"
)

func TestARecordThatFailsIsALineWithItsIds(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	each := queue.Each(logs.New(&out), func(ctx context.Context, body string) error {
		logs.Note(ctx, "ticket", "of "+body)
		if body == "p" {
			panic("her words")
		}
		return errors.New("no")
	})
	for _, body := range []string{"e", "p"} {
		r := record("id-"+body, "", `"`+body+`"`)
		r.EventSourceARN, r.Attributes["ApproximateReceiveCount"] = "arn:aws:sqs:us-east-1:000000000000:skala-Inbound", "3"
		if _, err := each(logs.Unit(t.Context(), "request", "r-1"), events.SQSEvent{Records: []events.SQSMessage{r}}); err != nil {
			t.Fatal(err)
		}
	}
	var lines []map[string]any
	for text := range strings.Lines(out.String()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	if len(lines) != 2 {
		t.Fatalf("%d lines: %s", len(lines), out.String())
	}
	for i, body := range []string{"e", "p"} {
		for key, want := range map[string]any{"msg": "record failed", "level": "ERROR", "request": "r-1", "record": "id-" + body, "queue": "skala-Inbound", "attempt": 3.0, "ticket": "of " + body} {
			if lines[i][key] != want {
				t.Errorf("%s: %v, want %v", key, lines[i][key], want)
			}
		}
	}
	if lines[0]["err"] != "no" || lines[0]["stack"] != nil {
		t.Errorf("of the error it says %v", lines[0])
	}
	stack, _ := lines[1]["stack"].(string)
	if lines[1]["err"] != "panic: string" || !strings.Contains(stack, "each_test.go") || strings.Contains(out.String(), "her words") {
		t.Errorf("of the panic it says %v", lines[1])
	}
}

func TestWhatFailsForTheLastTimeIsGivenUpWithItsReason(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	var given []string
	each := queue.Each(logs.New(&out), func(_ context.Context, body string) error {
		switch body {
		case "good":
			return nil
		case "poison":
			panic("oh")
		}
		return errors.New("no " + body)
	}, queue.LastTry[string]{Receives: 20, Do: func(_ context.Context, body string, cause error) error {
		if body == "and no place for it" {
			return errors.New("table gone")
		}
		given = append(given, body+": "+cause.Error())
		return nil
	}})
	var batch events.SQSEvent
	for id, of := range []struct{ body, attempt string }{
		{`"good"`, "20"}, {`"bad"`, "19"}, {`"bad"`, "20"}, {`"worse"`, "21"}, {`"poison"`, "20"}, {`"and no place for it"`, "20"}, {`not JSON`, "20"}, {`"bad"`, ""},
	} {
		r := record(strconv.Itoa(id), "all", of.body)
		r.Attributes["ApproximateReceiveCount"] = of.attempt
		batch.Records = append(batch.Records, r)
	}
	got, err := each(t.Context(), batch)
	if err != nil {
		t.Fatal(err)
	}
	var failed []string
	for _, f := range got.BatchItemFailures {
		failed = append(failed, f.ItemIdentifier)
	}
	if want := []string{"1", "5", "6", "7"}; !slices.Equal(failed, want) {
		t.Errorf("%v went back, want %v", failed, want)
	}
	if want := []string{"bad: no bad", "worse: no worse", "poison: panic: string"}; !slices.Equal(given, want) {
		t.Errorf("given up: %q, want %q", given, want)
	}
}

func TestWhatTakesAllItsTimeIsGivenUpAllTheSame(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var given error
		each := queue.Each(slog.New(slog.DiscardHandler), func(ctx context.Context, _ string) error {
			<-ctx.Done()
			return ctx.Err()
		}, queue.LastTry[string]{Receives: 20, Do: func(ctx context.Context, _ string, cause error) error {
			given = cause
			return ctx.Err()
		}})
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		r := record("1", "", `"slow"`)
		r.Attributes["ApproximateReceiveCount"] = "20"
		if got, err := each(ctx, events.SQSEvent{Records: []events.SQSMessage{r}}); err != nil || len(got.BatchItemFailures) != 0 || !errors.Is(given, context.DeadlineExceeded) {
			t.Errorf("%v went back, %v; given up for %v", got, err, given)
		}
	})
}
