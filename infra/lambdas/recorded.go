package main

import (
	"embed"
	"encoding/json"
	"strings"
	"time"
)

// The events were recorded, in shape, of deployed functions of this kind; what
// they say and of whom is invented.
//
//go:embed testdata/*.json
var testdata embed.FS

// recorded is an event as it came, but of now: what is older than its time to
// live would be gone before it is looked at.
func recorded(name string) []byte {
	doc, err := testdata.ReadFile("testdata/" + name + ".json")
	if err != nil {
		panic(err) // it is built in
	}
	return []byte(strings.ReplaceAll(string(doc), "2026-11-22T08:00:00.123Z", time.Now().UTC().Format("2006-01-02T15:04:05.000Z")))
}

// An object is a JSON object of any kind.
type object = map[string]any

// changed is a recorded event with something else in it.
func changed(name string, change func(event object)) []byte {
	var event object
	if err := json.Unmarshal(recorded(name), &event); err != nil {
		panic(err) // it is built in
	}
	change(event)
	return encoded(event)
}

func encoded(v any) []byte {
	doc, err := json.Marshal(v)
	if err != nil {
		panic(err) // it is made of JSON
	}
	return doc
}

// records are those of a batch.
func records(event object) []any { return event["Records"].([]any) }

// record is one of a batch, by its place.
func record(event object, i int) object { return records(event)[i].(object) }

// id is that of the record at a place of a recorded batch.
func id(name string, i int) (found string) {
	changed(name, func(event object) { found = record(event, i)["messageId"].(string) })
	return found
}
