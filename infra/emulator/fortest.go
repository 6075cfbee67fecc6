package emulator

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"example.com/skala/infra/template"
)

// ForTest returns the emulator that all tests of this machine share, installing
// and starting it when it is the first to ask. It keeps running when the test
// ends; `make test` stops it. Tests keep apart by NewTable and NewQueue.
func ForTest(t testing.TB) *Emulator {
	t.Helper()
	e, ok, err := FromEnvironment(os.Getenv)
	if err != nil {
		t.Fatal(err)
	}
	if ok {
		return e
	}
	root, err := template.Root()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	e, err = Tests(root, slog.New(slog.NewTextHandler(t.Output(), nil))).Start(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// NewTable creates an empty table, with the keys and indexes that template.yaml
// gives the desk's, and returns its name. The test's end deletes it.
func (e *Emulator) NewTable(t testing.TB) string {
	t.Helper()
	table := forTest(t).Tables[0]
	name := "test-" + rand.Text()
	if err := e.createTable(t.Context(), table, name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		_, err := e.DynamoDB().DeleteTable(ctx, &dynamodb.DeleteTableInput{TableName: &name})
		if _, gone := errors.AsType[*types.ResourceNotFoundException](err); err != nil && !gone { // gone by a try whose answer was lost
			t.Errorf("deleting the table: %v", err)
		}
	})
	return name
}

// NewQueue creates an empty queue with the attributes that template.yaml gives
// the one with the logical id, such as InboundQueue, and its dead-letter queue.
// It returns their URLs. The test's end deletes both.
func (e *Emulator) NewQueue(t testing.TB, id string) (url, deadLetters string) {
	t.Helper()
	tmpl, prefix := forTest(t), "test-"+rand.Text()+"-"
	q, ok := tmpl.Queue(id)
	if !ok {
		t.Fatalf("template.yaml declares no queue %s", id)
	}
	create := func(q template.Queue) string {
		url, err := e.createQueue(t.Context(), q, prefix)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			defer cancel()
			if _, err := e.SQS().DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &url}); err != nil {
				t.Errorf("deleting the queue: %v", err)
			}
		})
		return url
	}
	if dead, ok := tmpl.Queue(q.DeadLetters); ok {
		deadLetters = create(dead)
	}
	return create(q), deadLetters
}

func forTest(t testing.TB) *template.Template {
	t.Helper()
	root, err := template.Root()
	if err != nil {
		t.Fatal(err)
	}
	tmpl, err := template.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	return tmpl
}
