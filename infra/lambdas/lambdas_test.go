package main

import (
	"encoding/json"
	"strings"
	"testing"

	"example.com/skala/shared/desk"
	job "example.com/skala/shared/fetch"
)

func TestTheRecordedWebhookIsRightlySigned(t *testing.T) {
	t.Parallel()
	var event struct {
		Headers map[string]string
		Body    string
	}
	if err := json.Unmarshal(recorded("webhook"), &event); err != nil {
		t.Fatal(err)
	}
	if got := event.Headers["x-line-signature"]; got != signature([]byte(event.Body)) {
		t.Errorf("signed %s", got)
	}
	if !strings.Contains(string(accounts), secret) {
		t.Error("the accounts sign with another secret")
	}
}

func TestTheRecordsOfABatchAreOfTheirKindAndEachAnother(t *testing.T) {
	t.Parallel()
	for name, into := range map[string]func() any{
		"inbound":  func() any { return new(desk.RawEvent) },
		"due":      func() any { return new(desk.Nudge) },
		"outbound": func() any { return new(desk.Nudge) },
		"notices":  func() any { return new(desk.Nudge) },
		"fetch": func() any {
			return &struct { // what a nudge is sent with is no part of a job, and left unread
				job.Job
				Version int64
			}{}
		},
	} {
		ids, bodies := map[string]bool{}, map[string]bool{}
		changed(name, func(event object) {
			for i := range records(event) {
				body := record(event, i)["body"].(string)
				d := json.NewDecoder(strings.NewReader(body))
				d.DisallowUnknownFields()
				if err := d.Decode(into()); err != nil {
					t.Errorf("%s %d: %v", name, i, err)
				}
				ids[id(name, i)], bodies[body] = true, true
			}
			if n := len(records(event)); n < 2 || len(ids) != n || len(bodies) != n {
				t.Errorf("%s: %d records, %d ids, %d bodies", name, n, len(ids), len(bodies))
			}
		})
	}
}

func TestFailuresAreNamedAsLambdaReadsThem(t *testing.T) {
	t.Parallel()
	if got := failed("a", "b"); got != `{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"b"}]}` {
		t.Error(got)
	}
	if failed() != done {
		t.Error(failed())
	}
}
