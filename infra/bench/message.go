package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/dynamo/dynamotest"
)

// messageFigures are what one message asks of AWS in triage. The key figures
// are of a critical message, which asks for the most; one that can wait stands
// beside them as new_low.
type messageFigures struct {
	Calls      map[string]int               `json:"calls_per_message"` // new, appended, duplicate, new_low; new_comment and appended_comment are public
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
	comment, err := g.comment("1_9", "1048_1")
	if err != nil {
		return f, err
	}
	below, err := g.comment("1_10", "1_9")
	if err != nil {
		return f, err
	}
	for _, m := range []struct {
		name string
		take func() error
	}{
		{"new", func() error { return g.take(ctx, first) }},
		{"appended", func() error { return g.take(ctx, postOf(first.author, chargedTwice, now())) }},
		{"duplicate", func() error { return g.take(ctx, first) }},
		{"new_low", func() error { return g.take(ctx, newPost(openingHours, now())) }},
		{"new_comment", func() error { return g.triager.Event(ctx, comment) }},
		{"appended_comment", func() error { return g.triager.Event(ctx, below) }},
	} {
		before, err := dynamotest.Snap(ctx, g.plain)
		if err != nil {
			return f, err
		}
		g.counted.reset()
		if err := m.take(); err != nil {
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

// comment is one under a post of the demo's page, as the door queues it. Others may
// comment below it who name nobody, so that its thread is found by its conversation
// as well.
func (g *ground) comment(id, parent string) (desk.RawEvent, error) {
	body := fmt.Sprintf(`{"object":"page","entry":[{"id":"100000000000401","time":1795168802,"changes":[{"value":{"from":{"id":"2470","name":"Somebody"},"message":"I was charged twice for one order, and nobody answers the phone!","post_id":"1048_1","comment_id":%q,"created_time":1795168800,"item":"comment","parent_id":%q,"verb":"add"},"field":"feed"}]}]}`, id, parent)
	events, err := g.meta.Split(http.Header{}, []byte(body))
	if err != nil {
		return desk.RawEvent{}, fmt.Errorf("splitting the bench's own comment: %w", err)
	}
	raw := events[0]
	raw.App, raw.Received, raw.Delivery = desk.App{Platform: "meta", Name: "demo"}, now(), "bench"+id+".0"
	return raw, nil
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
