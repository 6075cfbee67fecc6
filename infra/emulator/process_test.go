package emulator

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddb "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"example.com/skala/infra/template"
)

// elsewhere is the desk's process of a checkout of its own, with this one's
// installation.
func elsewhere(t *testing.T) *Process {
	t.Helper()
	ForTest(t) // installs
	root, err := template.Root()
	if err != nil {
		t.Fatal(err)
	}
	p := Desk(t.TempDir(), slog.New(slog.NewTextHandler(t.Output(), nil)))
	if err := os.MkdirAll(p.path(""), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(root, ".local", "emulator"), p.path("emulator")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p
}

func pidOf(t *testing.T, p *Process) int {
	t.Helper()
	doc, err := os.ReadFile(p.path(p.Name + ".json"))
	if err != nil {
		t.Fatal(err)
	}
	var s state
	if err := json.Unmarshal(doc, &s); err != nil {
		t.Fatal(err)
	}
	return s.PID
}

func start(t *testing.T, p *Process) *Emulator {
	t.Helper()
	e, err := p.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func create(t *testing.T, e *Emulator) *Stack {
	t.Helper()
	stack, err := e.Create(t.Context(), forTest(t), "desk-")
	if err != nil {
		t.Fatal(err)
	}
	return stack
}

func TestWhoeverStartsTheEmulatorGetsTheOneThatRuns(t *testing.T) {
	t.Parallel()
	p := elsewhere(t)
	endpoints := make(chan string, 5)
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			e, err := p.Start(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			endpoints <- e.DynamoDBURL
		})
	}
	all.Wait()
	close(endpoints)
	first := <-endpoints
	for other := range endpoints {
		if other != first {
			t.Errorf("%s and %s", first, other)
		}
	}
}

func TestDataOutlivesACleanStopAndCreatingAgainKeepsIt(t *testing.T) {
	t.Parallel()
	p := elsewhere(t)
	e := start(t, p)
	stack := create(t, e)
	table, url := stack.Tables["Table"], stack.Queues["InboundQueue"]
	item := map[string]ddb.AttributeValue{"pk": &ddb.AttributeValueMemberS{Value: "a"}, "sk": &ddb.AttributeValueMemberS{Value: "b"}}
	if _, err := e.DynamoDB().PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &table, Item: item}); err != nil {
		t.Fatal(err)
	}
	if _, err := e.SQS().SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String("kept")}); err != nil {
		t.Fatal(err)
	}
	before := pidOf(t, p)
	if err := p.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !ended(before) {
		t.Errorf("process %d still runs", before)
	}
	e = start(t, p)
	stack = create(t, e) // its addresses are new, its content is not
	url = stack.Queues["InboundQueue"]
	got, err := e.DynamoDB().GetItem(t.Context(), &dynamodb.GetItemInput{TableName: &table, Key: item})
	if err != nil || got.Item == nil {
		t.Errorf("item %v, %v", got.Item, err)
	}
	received, err := e.SQS().ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url})
	if err != nil || len(received.Messages) != 1 || *received.Messages[0].Body != "kept" {
		t.Errorf("received %v, %v", received, err)
	}
}

func TestAnEmulatorThatWasKilledIsReplaced(t *testing.T) {
	t.Parallel()
	p := elsewhere(t)
	start(t, p)
	killed := pidOf(t, p)
	if err := syscall.Kill(killed, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	e := start(t, p)
	if now := pidOf(t, p); now == killed || !healthy(t.Context(), e.DynamoDBURL) {
		t.Errorf("process %d after %d", now, killed)
	}
}

func TestTheCloudLetsInWhomItKnows(t *testing.T) {
	t.Parallel()
	p := elsewhere(t)
	in, err := install(t.Context(), p.path("emulator"), p.Log)
	if err != nil {
		t.Fatal(err)
	}
	cloud := Cloud(p.Root, in.Python, p.Log) // which has no SAM, nor needs it for this
	t.Cleanup(func() {
		if err := cloud.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	cfg := start(t, cloud).Config()
	if _, err := sqs.NewFromConfig(cfg).ListQueues(t.Context(), &sqs.ListQueuesInput{}); err != nil {
		t.Error(err)
	}
	cfg.Credentials = credentials.NewStaticCredentialsProvider("AKIANOBODYKNOWS", "test", "")
	if _, err := sqs.NewFromConfig(cfg).ListQueues(t.Context(), &sqs.ListQueuesInput{}); err == nil {
		t.Error("a stranger may list queues")
	}
}

func TestAProcessThatOnlyHasTheNumberIsNotOurs(t *testing.T) {
	t.Parallel()
	p := elsewhere(t)
	doc, err := json.Marshal(state{PID: os.Getpid(), Endpoint: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.path(p.Name+".json"), doc, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := p.Stop(t.Context()); err != nil { // or this would be the end of us
		t.Error(err)
	}
	start(t, p)
	if pidOf(t, p) == os.Getpid() {
		t.Error("took the test for the emulator")
	}
}

func TestATableThatHasOtherIndexesThanTheTemplateIsRefused(t *testing.T) {
	t.Parallel()
	e, tmpl := ForTest(t), forTest(t)
	name := e.NewTable(t)
	changed := tmpl.Tables[0]
	changed.Indexes = changed.Indexes[:3]
	if err := e.createTable(t.Context(), changed, name); err == nil || !strings.Contains(err.Error(), "make clean") {
		t.Errorf("%v", err)
	}
	if err := e.createTable(t.Context(), tmpl.Tables[0], name); err != nil {
		t.Errorf("the same again: %v", err)
	}
}

func TestTheEnvironmentNamesBothServicesOrNeither(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, dynamoDB, sqs string
		ok, wrong           bool
	}{
		{"neither", "", "", false, false},
		{"both", "http://a", "http://b", true, false},
		{"one", "http://a", "", false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e, ok, err := FromEnvironment(func(name string) string {
				return map[string]string{"AWS_ENDPOINT_URL_DYNAMODB": tt.dynamoDB, "AWS_ENDPOINT_URL_SQS": tt.sqs}[name]
			})
			if (err != nil) != tt.wrong || err == nil && ok != tt.ok || ok && e.SQSURL != tt.sqs {
				t.Errorf("%+v, %v, %v", e, ok, err)
			}
		})
	}
}

// A python is a folder with an interpreter that behaves as told.
func python(t *testing.T, script string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if script != "" {
		if err := os.WriteFile(filepath.Join(dir, "python3"), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestWhatIsMissingForTheEmulatorIsSaidInASentence(t *testing.T) {
	tests := []struct{ name, script, want string }{
		{"no Python", "", "there is no python3 in PATH"},
		{"an old Python", "echo 3.9 False", "this machine has 3.9"},
		{"neither venv nor pip", `case "$1" in -c) echo 3.12 True;; *) exit 1;; esac`, "has neither venv nor pip"},
		{"no network", `case "$1 $2" in "-c "*) echo 3.12 True;; "-m venv") exit 1;; "-m pip") if [ "$3" = install ]; then echo "Failed to establish a new connection" >&2; exit 1; fi;; esac`,
			"installing the emulator needs the network once, and the package index cannot be reached"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("PATH", python(t, tt.script))
			_, err := install(t.Context(), t.TempDir(), slog.New(slog.DiscardHandler))
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

func TestWaitingForTheLockEndsWithTheContext(t *testing.T) {
	t.Parallel()
	p := elsewhere(t)
	unlock, err := p.lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.lock(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
