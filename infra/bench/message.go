package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"example.com/skala/shared/dynamo/dynamotest"
)

// messageFigures are what one message asks of AWS in triage. The key figures
// are of a critical message, which asks for the most; one that can wait stands
// beside them as new_low.
type messageFigures struct {
	Calls      map[string]int               `json:"calls_per_message"` // new, appended, duplicate, new_low
	CallsOf    map[string]map[string]int    `json:"calls_by_operation"`
	WriteUnits map[string]int               `json:"write_units_per_message"`
	Writes     map[string][]dynamotest.Cost `json:"writes"`
	ReadUnits  map[string]float64           `json:"read_units_per_message"`
	DoorCalls  map[string]int               `json:"door_calls_per_webhook"` // by operation
	DoorWrites int                          `json:"door_write_units_per_webhook"`
}

// measureMessages gives triage a new message, another of the same author, and
// the first again.
func measureMessages(ctx context.Context, g *ground) (f messageFigures, err error) {
	f = messageFigures{Calls: map[string]int{}, CallsOf: map[string]map[string]int{}, WriteUnits: map[string]int{}, Writes: map[string][]dynamotest.Cost{}, ReadUnits: map[string]float64{}}
	if err := g.take(ctx, newPost(openingHours, now())); err != nil { // reads the policy, as a function does every 30 s
		return f, err
	}
	first := newPost(chargedTwice, now())
	for _, m := range []struct {
		name string
		post
	}{
		{"new", first},
		{"appended", postOf(first.author, chargedTwice, now())},
		{"duplicate", first},
		{"new_low", newPost(openingHours, now())},
	} {
		before, err := dynamotest.Snap(ctx, g.plain)
		if err != nil {
			return f, err
		}
		g.counted.reset()
		if err := g.take(ctx, m.post); err != nil {
			return f, err
		}
		f.Calls[m.name], f.CallsOf[m.name], f.ReadUnits[m.name] = g.counted.counted()
		after, err := dynamotest.Snap(ctx, g.plain)
		if err != nil {
			return f, err
		}
		f.WriteUnits[m.name], f.Writes[m.name] = dynamotest.Units(before, after, f.CallsOf[m.name]["TransactWriteItems"] > 0)
	}
	return f, g.measureDoor(ctx, &f, first)
}

// measureDoor gives the door a webhook of one event.
func (g *ground) measureDoor(ctx context.Context, f *messageFigures, p post) error {
	before, err := dynamotest.Snap(ctx, g.plain)
	if err != nil {
		return err
	}
	g.counted.reset()
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/webhooks/line/demo", bytes.NewReader(p.body))
	r.Header.Set(signed, p.signature)
	w := httptest.NewRecorder()
	if g.door.ServeHTTP(w, r); w.Code != http.StatusOK {
		return fmt.Errorf("the door answered the bench's own webhook with %d", w.Code)
	}
	_, f.DoorCalls, _ = g.counted.counted()
	after, err := dynamotest.Snap(ctx, g.plain)
	if err != nil {
		return err
	}
	f.DoorWrites, _ = dynamotest.Units(before, after, false)
	return nil
}

// take gives a post to triage.
func (g *ground) take(ctx context.Context, p post) error {
	raw, err := g.raw(p)
	if err != nil {
		return fmt.Errorf("splitting the bench's own webhook: %w", err)
	}
	return g.triager.Event(ctx, raw)
}
