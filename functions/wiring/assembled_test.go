package wiring_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	escalate "example.com/skala/functions/escalate/assembly"
	triage "example.com/skala/functions/triage/assembly"
	"example.com/skala/functions/wiring"
	"example.com/skala/infra/emulator"
	"example.com/skala/infra/faults"
	"example.com/skala/shared/desk"
	"example.com/skala/shared/dynamo"
)

// What the functions do when they are put together wrongly no test of their parts
// can see.

const accounts = `
apps:
  - name: shop
    platform: standard
    secrets: ["whsec_ZGVtbyBzdGFuZGFyZCB3ZWJob29rcyBzZWNyZXQ="]
    accounts: [{id: shop-web, brand: Shop, zone: Europe/Athens, languages: [el, en]}]
`

// given is what a function gets on a table of its own. Its queues are nowhere.
func given(t *testing.T, log *bytes.Buffer) (in wiring.Input, store *dynamo.Store) {
	t.Helper()
	e := emulator.ForTest(t)
	env := map[string]string{"TABLE": e.NewTable(t), "INBOUND_QUEUE_URL": "http://127.0.0.1:1/inbound", "FETCH_QUEUE_URL": "http://127.0.0.1:1/fetch"}
	for _, queue := range wiring.NudgerNeeds {
		env[queue] = "http://127.0.0.1:1/" + queue
	}
	for name, secret := range map[string]string{"PEPPER": "a pepper of the tests", "ACCOUNTS": accounts} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(secret), 0o600); err != nil {
			t.Fatal(err)
		}
		env[name] = "file:" + path
	}
	in = wiring.Input{Getenv: func(name string) string { return env[name] }, Log: log, Configure: func(cfg *aws.Config) { *cfg = e.Config() }}
	return in, &dynamo.Store{Client: e.DynamoDB(), Table: env["TABLE"], Pepper: []byte("a pepper of the tests")}
}

// call invokes a function as Lambda does.
func call(t *testing.T, f *wiring.Function, event any) string {
	t.Helper()
	doc, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	out, err := lambda.NewHandler(f.Handler()).Invoke(t.Context(), doc)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestAnEventThatTriageFailsOnForTheLastTimeIsShownWithItsReason(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	in, store := given(t, &log)
	configure := in.Configure
	in.Configure = func(cfg *aws.Config) {
		configure(cfg)
		cfg.APIOptions = append(cfg.APIOptions, faults.Between(func(in any, next func() (any, error)) (any, error) {
			if _, ok := in.(*dynamodb.TransactWriteItemsInput); ok {
				return nil, errors.New("no transactions today")
			}
			return next()
		}))
	}
	f, err := triage.Open(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	event, err := json.Marshal(desk.RawEvent{
		App: desk.App{Platform: "standard", Name: "shop"}, Account: "shop-web", Header: map[string]string{"webhook-id": "1"}, Received: time.Now().UTC(), Delivery: "w1.0",
		Body: []byte(`{"type":"message.created","timestamp":"2026-11-21T09:29:58.250Z","data":{"id":"wf_1","author":{"id":"cust_1"},"text":"Πότε ανοίγετε;"}}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ receives, answer string }{
		{"19", `{"batchItemFailures":[{"itemIdentifier":"r"}]}`}, {"20", `{"batchItemFailures":[]}`},
	} {
		record := events.SQSMessage{MessageId: "r", Body: string(event), Attributes: map[string]string{"ApproximateReceiveCount": tt.receives, "MessageGroupId": "shop-web"}}
		if got := call(t, f, events.SQSEvent{Records: []events.SQSMessage{record}}); got != tt.answer {
			t.Errorf("for the %sth time: %s", tt.receives, got)
		}
	}
	kept, _, err := store.Quarantined(t.Context(), "", 10)
	if err != nil || len(kept) != 1 || !strings.Contains(kept[0].Reason, "no transactions today") {
		t.Errorf("kept %+v, %v; the log says %s", kept, err, log.String())
	}
}

func TestTheScheduleSweeps(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	in, _ := given(t, &log)
	f, err := escalate.Open(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	call(t, f, map[string]string{"source": "aws.scheduler"})
	if !strings.Contains(log.String(), `"msg":"sweep"`) || !strings.Contains(log.String(), `"outcome":"done"`) {
		t.Errorf("it says %s", log.String())
	}
}

func TestEventsOfAnAccountAreOneGroup(t *testing.T) {
	t.Parallel()
	in, _ := given(t, &bytes.Buffer{})
	c, err := wiring.Open(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if group := c.Inbound().Group; group == nil || group(desk.RawEvent{Account: "shop-web"}) != "shop-web" {
		t.Error("a noisy account starves all others")
	}
}

func TestNobodyWaitsLongToAskAWSAgain(t *testing.T) {
	t.Parallel()
	in, _ := given(t, &bytes.Buffer{})
	configure := in.Configure
	var retryer aws.Retryer
	in.Configure = func(cfg *aws.Config) {
		retryer = cfg.Retryer()
		configure(cfg)
	}
	if _, err := triage.Open(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	for attempt := 1; attempt < retryer.MaxAttempts(); attempt++ {
		wait, err := retryer.RetryDelay(attempt, errors.New("reset by peer"))
		if err != nil || wait > time.Second {
			t.Errorf("before attempt %d it waits %v, %v", attempt+1, wait, err)
		}
	}
	if n := retryer.MaxAttempts(); n < 2 || n > 3 {
		t.Errorf("it tries %d times: the door asks two services in 10 s", n)
	}
}
