package main

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"example.com/skala/infra/emulator"
	"example.com/skala/infra/template"
)

// A line is a queue with a poller on it that feeds the function under test.
type line struct {
	t           *testing.T
	client      *sqs.Client
	url, dead   string
	invocations chan []byte
}

func startLine(t *testing.T, visibility time.Duration) *line {
	t.Helper()
	e := emulator.ForTest(t)
	l := &line{t: t, client: e.SQS(), invocations: make(chan []byte, 1000)}
	l.url, l.dead = e.NewQueue(t, "InboundQueue")
	f := startFunction(t, 1, 20*time.Second)
	ctx, cancel := context.WithCancel(t.Context())
	p := &poller{client: l.client, source: template.Source{Queue: "InboundQueue", Batch: 10, Partial: true}, url: l.url, arn: emulator.QueueARN(l.url), visibility: visibility,
		log: slog.New(slog.NewTextHandler(t.Output(), nil)),
		invoke: func(ctx context.Context, body []byte) ([]byte, error) {
			l.invocations <- body
			return f.invoke(ctx, body)
		}}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	return l
}

func (l *line) send(orders ...string) {
	l.t.Helper()
	var entries []types.SendMessageBatchRequestEntry
	for i, o := range orders {
		id := strconv.Itoa(i)
		entries = append(entries, types.SendMessageBatchRequestEntry{Id: &id, MessageBody: &o})
	}
	if _, err := l.client.SendMessageBatch(l.t.Context(), &sqs.SendMessageBatchInput{QueueUrl: &l.url, Entries: entries}); err != nil {
		l.t.Fatal(err)
	}
}

// eventually waits until a queue holds so many messages, hidden ones included.
func (l *line) eventually(url string, want int) {
	l.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	for {
		got, err := l.client.GetQueueAttributes(l.t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll}})
		if err != nil {
			l.t.Fatal(err)
		}
		visible, hidden := got.Attributes["ApproximateNumberOfMessages"], got.Attributes["ApproximateNumberOfMessagesNotVisible"]
		a, err1 := strconv.Atoi(visible)
		b, err2 := strconv.Atoi(hidden)
		if err1 == nil && err2 == nil && a+b == want {
			return
		}
		if time.Now().After(deadline) {
			l.t.Fatalf("%s visible and %s hidden messages, want %d in all", visible, hidden, want)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func TestMessagesComeInBatchesAndAreDeletedWhenHandled(t *testing.T) {
	t.Parallel()
	l := startLine(t, time.Minute)
	l.send(strings.Split("abcdefghij", "")...)
	l.eventually(l.url, 0)
	if n := len(l.invocations); n > 10 {
		t.Errorf("%d invocations for ten messages", n)
	}
	first := string(<-l.invocations)
	for _, part := range []string{`"eventSource":"aws:sqs"`, `"ApproximateReceiveCount":"1"`, `"eventSourceARN":"arn:aws:sqs:us-east-1:000000000000:test-`} {
		if !strings.Contains(first, part) {
			t.Errorf("the event lacks %s: %s", part, first)
		}
	}
}

func TestOnlyWhatFailedComesAgainUntilItIsADeadLetter(t *testing.T) {
	t.Parallel()
	l := startLine(t, 0)
	l.send("ok", "fail", "ok")
	l.eventually(l.dead, 1)
	l.eventually(l.url, 0)
	if n := len(l.invocations); n < 20 || n > 22 { // 20 receives for the one, the others with its first or before
		t.Errorf("%d invocations", n)
	}
}

func TestWhatAKilledFunctionHeldIsTriedAgainWithinSeconds(t *testing.T) {
	t.Parallel()
	l := startLine(t, time.Hour)
	l.send("die")
	began := time.Now()
	<-l.invocations
	<-l.invocations
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("tried again after %v", took)
	}
}

func TestAnAnswerThatLambdaCannotReadFailsTheWholeBatch(t *testing.T) {
	t.Parallel()
	id := "m1"
	messages := []types.Message{{MessageId: &id}}
	tests := []struct {
		name, answer string
		failed       int
		wrong        bool
	}{
		{"no failures", `{"batchItemFailures":[]}`, 0, false},
		{"none told", `{"batchItemFailures":null}`, 0, false},
		{"nothing", `null`, 0, false},
		{"one of ours", `{"batchItemFailures":[{"itemIdentifier":"m1"}]}`, 1, false},
		{"one that is not ours", `{"batchItemFailures":[{"itemIdentifier":"m2"}]}`, 0, true},
		{"one without a name", `{"batchItemFailures":[{}]}`, 0, true},
		{"no JSON", `oops`, 0, true},
	}
	p := &poller{source: template.Source{Partial: true}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			failed, err := p.failures([]byte(tt.answer), messages)
			if len(failed) != tt.failed || (err != nil) != tt.wrong {
				t.Errorf("%v, %v", failed, err)
			}
		})
	}
}
