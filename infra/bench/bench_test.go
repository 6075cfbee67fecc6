package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"math"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func TestReadsCostWhatDynamoDBTakesForThem(t *testing.T) {
	t.Parallel()
	item := func(bytes int) map[string]types.AttributeValue {
		return map[string]types.AttributeValue{"a": &types.AttributeValueMemberS{Value: strings.Repeat("x", bytes-1)}}
	}
	three := map[string]types.KeysAndAttributes{"t": {Keys: make([]map[string]types.AttributeValue, 3), ConsistentRead: aws.Bool(true)}}
	tests := []struct {
		name    string
		in, out any
		want    float64
	}{
		{"an item of 4 KB", &dynamodb.GetItemInput{ConsistentRead: aws.Bool(true)}, &dynamodb.GetItemOutput{Item: item(4096)}, 1},
		{"a byte more", &dynamodb.GetItemInput{ConsistentRead: aws.Bool(true)}, &dynamodb.GetItemOutput{Item: item(4097)}, 2},
		{"one that may be stale", &dynamodb.GetItemInput{}, &dynamodb.GetItemOutput{Item: item(100)}, 0.5},
		{"one that is not there", &dynamodb.GetItemInput{ConsistentRead: aws.Bool(true)}, &dynamodb.GetItemOutput{}, 1},
		{"three, two of which are not there", &dynamodb.BatchGetItemInput{RequestItems: three},
			&dynamodb.BatchGetItemOutput{Responses: map[string][]map[string]types.AttributeValue{"t": {item(5000)}}}, 4},
		{"a query that finds nothing", &dynamodb.QueryInput{}, &dynamodb.QueryOutput{}, 0.5},
		{"a query of small rows, taken together", &dynamodb.QueryInput{}, &dynamodb.QueryOutput{Items: []map[string]types.AttributeValue{item(3000), item(3000)}}, 1},
		{"what is no read", &dynamodb.TransactWriteItemsInput{}, &dynamodb.TransactWriteItemsOutput{}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := readUnits(tt.in, tt.out); got != tt.want {
				t.Errorf("%.1f units, want %.1f", got, tt.want)
			}
		})
	}
}

func TestAMillionMessagesCostTheirParts(t *testing.T) {
	t.Parallel()
	m := message{doorMS: 2, triageMS: 8, gb: 0.5, doorCalls: 1, nudges: 2, writes: 4, reads: 3, batch: 10}
	items := m.itemised()
	for name, want := range map[string]float64{
		"lambda requests": 0.20 * 1.1, "lambda time": 1e6 * 0.010 * 0.5 * 0.0000133334, "sqs": 0.40 * 3.2, "writes": 2.5, "reads": 0.375,
	} {
		if got := items[name]; math.Abs(got-want) > 1e-9 {
			t.Errorf("%s cost $%.4f, want $%.4f", name, got, want)
		}
	}
	alone := m
	alone.batch = 1
	if more := sum(alone.itemised()) - sum(items); math.Abs(more-0.9*(0.20+2*0.40)) > 1e-9 {
		t.Errorf("a batch of ten saves $%.4f", more)
	}
}

func TestADriveCountsPerSecondAndPerThousand(t *testing.T) {
	t.Parallel()
	d := drive{took: make([]time.Duration, 500), spent: 2 * time.Second, cpu: 0.04}
	if d.rate() != 250 || d.perThousand() != 0.08 {
		t.Errorf("%.1f/s and %.3f s for 1,000", d.rate(), d.perThousand())
	}
	if ns, allocs := total(map[string]work{"a": {NS: 1.5, Allocs: 2}, "b": {NS: 2, Allocs: 3}}); ns != 3.5 || allocs != 5 {
		t.Errorf("%.1f ns, %d allocations together", ns, allocs)
	}
}

func TestLatenessRunsFromTheFirstDeadlineToTheFirstBreach(t *testing.T) {
	t.Parallel()
	const clocks = `"Clocks":[{"Metric":"first_response","Deadline":"2026-03-02T12:00:09Z"},{"Metric":"acknowledge","Deadline":"2026-03-02T12:00:05Z"}]`
	tests := []struct {
		name, ticket string
		want         time.Duration
		acted        bool
	}{
		{"acted on", `{` + clocks + `,"Timeline":[{"What":"received","At":"2026-03-02T12:00:00Z"},{"What":"breached","At":"2026-03-02T12:00:06.5Z"},{"What":"breached","At":"2026-03-02T12:00:09Z"}]}`, 1500 * time.Millisecond, true},
		{"not yet", `{` + clocks + `,"Timeline":[{"What":"warned","At":"2026-03-02T12:00:04Z"}]}`, 0, false},
		{"no clocks", `{"Timeline":[{"What":"breached","At":"2026-03-02T12:00:04Z"}]}`, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var ticket told
			if err := json.Unmarshal([]byte(tt.ticket), &ticket); err != nil {
				t.Fatal(err)
			}
			if got, acted := ticket.late(); acted != tt.acted || acted && got != tt.want {
				t.Errorf("late by %v, %t; want %v, %t", got, acted, tt.want, tt.acted)
			}
		})
	}
}

func TestOnlyA200IsAnAnswer(t *testing.T) {
	t.Parallel()
	for answer, fine := range map[string]bool{
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n":                     true,
		"HTTP/1.1 200 OK\r\nDate: x\r\nContent-Length: 2\r\n\r\nok":        true,
		"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n":           false,
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n":   false,
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no":                    false,
		"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n200": false,
	} {
		if err := answered(bufio.NewReader(strings.NewReader(answer))); (err == nil) != fine {
			t.Errorf("%q: %v", answer, err)
		}
	}
}

func TestTheFloorChecksWhatItIsSent(t *testing.T) {
	t.Parallel()
	p := newPost(chargedTwice, time.Now())
	if n := len(p.body); n < 1400 || n > 1600 {
		t.Errorf("a webhook of %d bytes: the floor is of 1.5 KB", n)
	}
	for signature, want := range map[string]int{p.signature: 200, "": 401, strings.ToLower(p.signature): 401} {
		r := httptest.NewRequest("POST", address, bytes.NewReader(p.body))
		r.Header.Set(signed, signature)
		w := httptest.NewRecorder()
		floor(w, r)
		if w.Code != want {
			t.Errorf("signed %.5q: answered %d, want %d", signature, w.Code, want)
		}
	}
}

func TestEveryFunctionHasSomethingToDo(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"webhook", "triage", "fetch", "escalate", "courier", "notify", "console", "audit"} {
		if event, err := eventFor(name); err != nil || !json.Valid(event) {
			t.Errorf("%s: %q, %v", name, event, err)
		}
	}
	for answer, fine := range map[string]bool{
		`{"statusCode":200,"headers":{},"body":""}`: true, `{"statusCode":503}`: false, `null`: true, ``: false, `{`: false,
		`{"batchItemFailures":[]}`: true, `{"batchItemFailures":[{"itemIdentifier":"1"}]}`: false,
	} {
		if err := answeredWell([]byte(answer)); (err == nil) != fine {
			t.Errorf("%s: %v", answer, err)
		}
	}
}

func TestTheReportIsPrintedWhole(t *testing.T) {
	t.Parallel()
	r := report{Webhook: doorFigures{Ratio: 0.75}}
	r.Commit = "abc"
	r.Steps = map[string]work{"verify": {NS: 1000}}
	r.Calls, r.CallsOf = map[string]int{"new": 4}, map[string]map[string]int{"new": {"SendMessage": 2, "BatchGetItem": 1}}
	r.Units = map[string]float64{"0": 4, "1000": 4, "200": 4}
	var out bytes.Buffer
	if err := r.print(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"commit abc", "0.75 of it", "1 BatchGetItem, 2 SendMessage", "verify"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table lacks %q", want)
		}
	}
	if a, b := strings.Index(out.String(), "200 open"), strings.Index(out.String(), "1000 open"); a < 0 || a > b {
		t.Error("1,000 stands before 200")
	}
	doc, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var keys map[string]any
	if err := json.Unmarshal(doc, &keys); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"commit", "machine", "emulator", "took_s", "webhook", "event_to_ticket_ms", "verify_parse_classify_ns", "classify_ns", "classify_allocs",
		"deadline_ns", "calls_per_message", "write_units_per_message", "read_units_per_message", "usd_per_million", "binaries", "sweep", "lateness_s"} {
		if _, ok := keys[key]; !ok {
			t.Errorf("bench.json lacks %q, which others read", key)
		}
	}
}

func TestTheDoorAndTheFloorTakeWhatIsPosted(t *testing.T) {
	t.Parallel()
	for _, what := range []string{"door", "floor"} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			in, stop := io.Pipe()
			out, told := io.Pipe()
			ended := make(chan error, 1)
			go func() { ended <- serve(what, in, told) }()
			s := &server{what: what, in: stop, out: bufio.NewReader(out)}
			host, err := s.line()
			if err != nil {
				t.Fatal(err)
			}
			took, err := load(t.Context(), host, requestsOf([]post{newPost(chargedTwice, time.Now())}, host), 20*time.Millisecond)
			if err != nil || len(took) == 0 {
				t.Errorf("%d taken, %v", len(took), err)
			}
			forged := newPost(chargedTwice, time.Now())
			forged.signature = newPost(chargedTwice, time.Now()).signature
			if _, err := load(t.Context(), host, requestsOf([]post{forged}, host), 20*time.Millisecond); err == nil {
				t.Error("a forged webhook is taken")
			}
			if used, err := s.cpu(); err != nil || used <= 0 {
				t.Errorf("it used %f s of CPU, %v", used, err)
			}
			stop.Close()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}
