package story

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"example.com/skala/shared/desk"
)

// A reader reads what Event wrote, unless the story has it unable to.
type reader struct{ d *Desk }

// Split takes a list apart; what is none is one event.
func (r reader) Split(_ http.Header, body []byte) ([]desk.RawEvent, error) {
	if r.d.Unsplit != nil {
		return nil, r.d.Unsplit
	}
	bodies := []json.RawMessage{body}
	if bytes.HasPrefix(body, []byte("[")) {
		if err := json.Unmarshal(body, &bodies); err != nil {
			return nil, fmt.Errorf("chat: %w", err)
		}
	}
	var events []desk.RawEvent
	for _, one := range bodies {
		events = append(events, desk.RawEvent{Account: cafe, Body: one})
	}
	return events, nil
}

// Parse leaves the time to the receipt where the event has none.
func (r reader) Parse(raw desk.RawEvent) (desk.Event, error) {
	if r.d.Unread != nil {
		if err := r.d.Unread(raw.Body); err != nil {
			return desk.Event{}, err
		}
	}
	var e desk.Event
	if err := json.Unmarshal(raw.Body, &e); err != nil {
		return desk.Event{}, fmt.Errorf("chat: %w", err)
	}
	var at struct{ Time time.Time }
	if err := json.Unmarshal(raw.Body, &at); err != nil {
		return desk.Event{}, fmt.Errorf("chat: %w", err)
	}
	e.Time = at.Time
	var w whole
	if err := json.Unmarshal(raw.Body, &w); err != nil {
		return desk.Event{}, fmt.Errorf("chat: %w", err)
	}
	e.In, e.Of, e.Crowded, e.Own, e.Delivery, e.Until, e.Problem = w.In, w.Of, w.Crowded, w.Own, w.Delivery, w.Until, w.Problem
	e.Moderation, e.Needs, e.Profile, e.Anew = w.Moderation, w.Needs, w.Profile, w.Anew
	switch {
	case e.Needs == desk.NeedsNothing:
	case raw.Fetched != nil:
		e.Kind, e.Needs, e.Text = desk.MessageCreated, desk.NeedsNothing, string(raw.Fetched)
	case raw.Unfetched != "":
		e.Kind, e.Needs, e.Unfetched = desk.MessageCreated, desk.NeedsNothing, raw.Unfetched
	}
	return e, nil
}

// A whole event has all that an adapter tells triage.
type whole struct {
	desk.Event
	In         string
	Of         string
	Crowded    bool
	Own        desk.OwnReply
	Delivery   desk.DeliveryState
	Until      time.Time
	Problem    string
	Moderation desk.ModerationAction
	Needs      desk.Need
	Profile    bool
	Anew       bool
}

// MarshalJSON writes the event as it is printed, and the rest beside it.
func (w whole) MarshalJSON() ([]byte, error) {
	event, err := json.Marshal(w.Event)
	if err != nil {
		return nil, err
	}
	rest, err := json.Marshal(map[string]any{"In": w.In, "Of": w.Of, "Crowded": w.Crowded, "Own": w.Own, "Delivery": w.Delivery, "Until": w.Until, "Problem": w.Problem,
		"Moderation": w.Moderation, "Needs": w.Needs, "Profile": w.Profile, "Anew": w.Anew})
	if err != nil {
		return nil, err
	}
	return slices.Concat(event[:len(event)-1], []byte(","), rest[1:]), nil
}

type directory struct{}

func (directory) Siblings(desk.App) []string { return []string{cafe} }

func (directory) Brand(_ desk.App, account string) string {
	if account == cafe {
		return "aegean"
	}
	return desk.UnknownBrand
}

// A Carrier is the other end of the chat. It delivers unless told otherwise.
type Carrier struct {
	Answers   []error // to the next sends, in order; nil delivers
	Forgets   bool    // it does not know a reply it has had
	Meanwhile func()  // happens once, while a reply is being delivered
	Refuses   error   // what it says of the account, when it is asked; nil for that it is well
	Sends     int
	Heard     []string

	had map[string]bool
}

// errDied is the courier that dies after a reply was delivered.
var errDied = errors.New("died")

// Dies has the courier die after the next send, before it is written down.
func (c *Carrier) Dies() { c.Answers = append(c.Answers, errDied) }

// Send delivers a reply, or answers as told.
func (c *Carrier) Send(_ context.Context, r desk.Reply) (string, error) {
	c.Sends++
	var answer error
	if len(c.Answers) > 0 {
		answer, c.Answers = c.Answers[0], c.Answers[1:]
	}
	if answer != nil && !errors.Is(answer, errDied) {
		return "", answer
	}
	if meanwhile := c.Meanwhile; meanwhile != nil {
		c.Meanwhile = nil
		meanwhile()
	}
	if c.Forgets || !c.had[r.Key] {
		c.Heard = append(c.Heard, r.To+": "+r.Text)
	}
	if c.had == nil {
		c.had = map[string]bool{}
	}
	c.had[r.Key] = true
	if answer != nil {
		panic(answer)
	}
	return "sent-" + r.Key, nil
}

// Moderate does what was asked for, or answers as told.
func (c *Carrier) Moderate(_ context.Context, m desk.ModerationRequest) error {
	if len(c.Answers) > 0 {
		answer := c.Answers[0]
		c.Answers = c.Answers[1:]
		if answer != nil {
			return answer
		}
	}
	c.Heard = append(c.Heard, string(m.Action)+" "+m.Message)
	return nil
}

// Repeatable reports whether a repeated reply is recognised.
func (c *Carrier) Repeatable() bool { return !c.Forgets }
