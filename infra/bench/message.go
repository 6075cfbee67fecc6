package main

import (
	"context"
	"fmt"

	"example.com/skala/shared/desk"
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
	DoorCalls  int                          `json:"door_calls_per_webhook"`
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
		f.WriteUnits[m.name], f.Writes[m.name] = dynamotest.Units(before, after)
	}
	raw, err := g.raw(first)
	if err != nil {
		return f, err
	}
	g.counted.reset()
	if _, err := g.door.SendAll(ctx, []desk.RawEvent{raw}); err != nil {
		return f, err
	}
	f.DoorCalls, _, _ = g.counted.counted()
	return f, nil
}

// take gives a post to triage.
func (g *ground) take(ctx context.Context, p post) error {
	raw, err := g.raw(p)
	if err != nil {
		return fmt.Errorf("splitting the bench's own webhook: %w", err)
	}
	return g.triager.Event(ctx, raw)
}
