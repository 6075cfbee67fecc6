package queue_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

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
