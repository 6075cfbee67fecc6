package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"example.com/skala/infra/checklist"
)

// says is a check that an event gets exactly this answer.
func (f *function) says(name string, event []byte, want string) checklist.Check {
	return checklist.Check{Name: name, Do: func(ctx context.Context) (string, error) {
		answer, err := f.invoke(ctx, event)
		if err != nil {
			return "", err
		}
		if string(answer) != want {
			return "", fmt.Errorf("answered %.400s, want %s", answer, want)
		}
		return "", nil
	}}
}

// done is the answer to a batch of which nothing failed, and failed to one of
// which these did.
const done = `{"batchItemFailures":[]}`

func failed(ids ...string) string {
	var list []string
	for _, id := range ids {
		list = append(list, `{"itemIdentifier":"`+id+`"}`)
	}
	return `{"batchItemFailures":[` + strings.Join(list, ",") + `]}`
}

// only leaves so many records of a batch.
func only(event object, n int) { event["Records"] = records(event)[:n] }

// batches are the checks that every function of a queue stands, made of a
// recorded batch of which each record is well.
func (f *function) batches(name string) []checklist.Check {
	first, second := id(name, 0), id(name, 1)
	return []checklist.Check{
		f.says("one record", changed(name, func(e object) { only(e, 1) }), done),
		f.says("all records", recorded(name), done),
		f.says("all of them again", recorded(name), done),
		f.says("one that is not JSON among them", changed(name, func(e object) { record(e, 1)["body"] = "<poison/>" }), failed(second)),
		f.says("one that is JSON of another kind", changed(name, func(e object) { record(e, 1)["body"] = `[1,"2"]` }), failed(second)),
		f.says("one that breaks off", changed(name, func(e object) {
			record(e, 1)["body"] = record(e, 1)["body"].(string)[:20]
		}), failed(second)),
		f.says("one with an empty body", changed(name, func(e object) { record(e, 1)["body"] = "" }), failed(second)),
		f.says("one of 1 MiB without an end", changed(name, func(e object) { record(e, 1)["body"] = strings.Repeat("[", 1<<20) }), failed(second)),
		f.says("two of them", changed(name, func(e object) { record(e, 0)["body"], record(e, 1)["body"] = "a", "b" }), failed(first, second)),
		f.says("fields that nobody knows yet", changed(name, func(e object) {
			e["news"], record(e, 0)["news"] = object{"a": nil}, []any{1e300}
			var body object
			if err := json.Unmarshal([]byte(record(e, 0)["body"].(string)), &body); err != nil {
				panic(err) // it is built in
			}
			body["news"] = object{"a": []any{}}
			record(e, 0)["body"] = string(encoded(body))
		}), done),
		f.says("records without attributes", changed(name, func(e object) {
			for i := range records(e) {
				delete(record(e, i), "attributes")
				delete(record(e, i), "messageAttributes")
				delete(record(e, i), "eventSourceARN")
			}
		}), done),
		f.says("attributes that are odd", changed(name, func(e object) {
			record(e, 0)["attributes"] = object{"ApproximateReceiveCount": "many", "MessageGroupId": "", "SentTimestamp": "x"}
		}), done),
		f.says("a batch without records", []byte(`{"Records":[]}`), done),
	}
}

// triage is what the reader of raw events must make of its batches.
func triage(f *function) []checklist.Check {
	checks := append(f.batches("inbound"),
		f.fails("a batch that is none", `{"Records":{}}`),
		f.says("an event of almost 1 MiB", changed("inbound", func(e object) {
			only(e, 1)
			record(e, 0)["body"] = large(record(e, 0)["body"].(string))
		}), done),
		f.says("one of an app we do not have", changed("inbound", func(e object) {
			record(e, 1)["body"] = strings.Replace(record(e, 1)["body"].(string), `"name":"demo"`, `"name":"gone"`, 1)
		}), done), // into quarantine, where people look
		f.says("all records, after all that", recorded("inbound"), done),
		checklist.Check{Name: "each message stands once, each on a ticket", Do: func(ctx context.Context) (string, error) {
			items, err := f.items(ctx)
			if err == nil && (items["C#M"] != 11 || items["C#HEAD"] != 11) {
				err = fmt.Errorf("the table has %v", items)
			}
			return "11", err
		}})
	return checks
}

// large is a raw event as the inbound queue can just hold it.
func large(raw string) string {
	var event object
	if err := json.Unmarshal([]byte(raw), &event); err != nil {
		panic(err) // it is built in
	}
	event["body"] = base64.StdEncoding.EncodeToString(said("01KALAMBDA0000000000003001", 780_000))
	return string(encoded(event))
}

// escalate is what the worker of the due queue and the sweep must make of
// theirs. The tickets that triage made are there, and one that is nudged before
// it is due is armed again.
func escalate(f *function) []checklist.Check {
	return append(append(f.batches("due"), schedules(f)...),
		f.fails("a batch that is none", `{"Records":{}}`),
		checklist.Check{Name: "a ticket of triage's, before it is due", Do: func(ctx context.Context) (string, error) {
			nudges, err := f.waiting(ctx, "Tier3Queue")
			if err != nil || len(nudges) == 0 {
				return "", fmt.Errorf("triage nudged nobody: %d messages, %v", len(nudges), err)
			}
			return f.says("", changed("due", func(e object) { record(e, 0)["body"] = nudges[0] }), done).Do(ctx)
		}},
		f.says("all records, after all that", recorded("due"), done),
	)
}

// fetch is what the one who asks platforms must make of its batches. Whatever it
// gets for an event goes back to the inbound queue.
func fetch(f *function) []checklist.Check {
	checks := append(f.batches("fetch"),
		f.fails("a batch that is none", `{"Records":{}}`),
		f.says("an event of almost 1 MiB", changed("fetch", func(e object) {
			only(e, 1)
			record(e, 0)["body"] = large(record(e, 0)["body"].(string))
		}), done),
		f.says("all records, after all that", recorded("fetch"), done),
		checklist.Check{Name: "each event is on the inbound queue, without what its platform can't be asked for", Do: func(ctx context.Context) (string, error) {
			waiting, err := f.waiting(ctx, "InboundQueue")
			if err != nil {
				return "", err
			}
			passed := 0
			for _, event := range waiting {
				if !strings.Contains(event, `"delivery":"lambdas000000.9`) { // the door's
					continue
				}
				passed++
				if !strings.Contains(event, `"unfetched":"`) {
					return "", fmt.Errorf("triage gets %.300s", event)
				}
			}
			if passed == 0 {
				return "", errors.New("there is none")
			}
			return fmt.Sprint(passed), nil
		}})
	return checks
}

// courier is what the sender of replies must make of its batches.
func courier(f *function) []checklist.Check {
	return append(f.batches("outbound"),
		f.fails("a batch that is none", `{"Records":{}}`),
		f.says("all records, after all that", recorded("outbound"), done))
}

// notify is what the one who tells people and programs must make of its batches.
func notify(f *function) []checklist.Check {
	return append(f.batches("notices"),
		f.fails("a batch that is none", `{"Records":{}}`),
		f.says("all records, after all that", recorded("notices"), done))
}

// schedules are the events of one, in the shapes it may be set up with.
func schedules(f *function) []checklist.Check {
	return []checklist.Check{
		f.says("the schedule, with the template's input", recorded("schedule"), `null`),
		f.says("the schedule, with the service's own event", recorded("schedule-default"), `null`),
		f.says("the schedule, with nothing", []byte(`{}`), `null`),
	}
}

// scheduled is what a function of the schedule alone must make of it.
func scheduled(f *function) []checklist.Check {
	return append(schedules(f), f.says("the schedule, after all that", recorded("schedule"), `null`))
}
