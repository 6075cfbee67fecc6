package wiring_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	triage "example.com/skala/functions/triage/assembly"
	standard "example.com/skala/infra/policy"
	"example.com/skala/shared/bedrock/bedrocktest"
	"example.com/skala/shared/desk"
)

// TestTriageAsksAModelOnlyWhereStackAndPolicyAllowIt runs the function as it is put
// together, with the double of Bedrock in place of a model.
func TestTriageAsksAModelOnlyWhereStackAndPolicyAllowIt(t *testing.T) {
	t.Parallel()
	const nova = "amazon.nova-lite-v1:0"
	unsure := strings.Replace(string(standard.Default), "  below: 0.40\n", "  below: 1\n", 1)
	asks := unsure + "\nsecond_opinion: {model: \"" + nova + "\", timeout: 2s, a_day: 1}\n"
	for _, tt := range []struct {
		name, policy, model string
		want                []int // questions so far, after each message
	}{
		{"both, and one question a day", asks, "arn:aws:bedrock:us-east-1::foundation-model/" + nova, []int{1, 1}},
		{"the policy alone", asks, "", []int{0, 0}},
		{"the stack alone", unsure, "arn:aws:bedrock:us-east-1::foundation-model/" + nova, []int{0, 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := bedrocktest.New(t, bedrocktest.Answer{Text: `{"category":"fraud","severity":"critical"}`})
			var log bytes.Buffer
			in, store := given(t, &log)
			env := in.Getenv
			in.Getenv = func(name string) string {
				switch name {
				case "SECOND_OPINION_MODEL":
					return tt.model
				case "AWS_ENDPOINT_URL_BEDROCK_RUNTIME":
					return m.URL
				}
				return env(name)
			}
			if _, err := store.PutPolicy(t.Context(), []byte(tt.policy), time.Now()); err != nil {
				t.Fatal(err)
			}
			f, err := triage.Open(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			for n, want := range tt.want {
				id := string(rune('1' + n))
				event, err := json.Marshal(desk.RawEvent{
					App: desk.App{Platform: "standard", Name: "shop"}, Account: "shop-web", Header: map[string]string{"webhook-id": id}, Received: time.Now().UTC(), Delivery: "w" + id + ".0",
					Body: []byte(`{"type":"message.created","timestamp":"2026-11-21T09:29:58.250Z","data":{"id":"wf_` + id + `","author":{"id":"cust_` + id + `"},"text":"my address, card 4111 1111 1111 1111, what do you think"}}`),
				})
				if err != nil {
					t.Fatal(err)
				}
				record := events.SQSMessage{MessageId: id, Body: string(event), Attributes: map[string]string{"ApproximateReceiveCount": "1", "MessageGroupId": "shop-web"}}
				call(t, f, events.SQSEvent{Records: []events.SQSMessage{record}}) // the queues behind it are nowhere: it fails after the ticket
				asked := m.Asked()
				if len(asked) != want || want > 0 && (asked[0].Refused != "" || asked[0].Model != nova || strings.Contains(asked[0].Text, "4111")) {
					t.Errorf("message %s: asked %+v, want %d questions", id, asked, want)
				}
			}
			all, _, err := store.All(t.Context(), "", 10)
			if err != nil || len(all) != len(tt.want) {
				t.Fatalf("%d tickets, %v; %s", len(all), err, &log)
			}
			heard := 0
			for _, ticket := range all {
				if slices.ContainsFunc(ticket.Verdict.Reasons, func(r desk.Reason) bool { return r.Signal == "opinion" }) && ticket.Severity == desk.Critical {
					heard++
				}
			}
			if heard != tt.want[0] || strings.Count(log.String(), "no second opinion") != tt.want[1] || strings.Contains(log.String(), "my address") {
				t.Errorf("%d of %d tickets heard the model; %s", heard, len(all), &log)
			}
		})
	}
}
