package wire

import (
	"errors"
	"fmt"
)

// An Envelope is a JSON object with an array of events in it. Its events are
// parts of the body that it was opened from.
type Envelope struct {
	Events []Value

	body       []byte
	top        Value
	begin, end int // the array in body
}

// maxCopies bounds what giving each event an envelope of its own may take, in
// bytes. A webhook of a few megabytes is far below it unless it was made to hurt.
const maxCopies = 64 << 20

// Object returns an error unless body is one JSON object and nothing else.
func Object(body []byte) error {
	var d Document
	if err := d.Read(body); err != nil || !d.Root().IsObject() {
		return errors.New("body is no JSON object")
	}
	return nil
}

// Open reads body, whose events are the array under name. Only the envelope is
// looked at; an event may be anything.
func Open(body []byte, name string) (Envelope, error) {
	var d Document
	if err := d.Read(body); err != nil || !d.Root().IsObject() {
		return Envelope{}, errors.New("body is no JSON object")
	}
	list, once := d.Root().Sole(name)
	switch {
	case !once:
		return Envelope{}, fmt.Errorf("%s is there twice", name)
	case !list.Found():
		return Envelope{}, fmt.Errorf("body has no %s", name)
	case !list.IsArray():
		return Envelope{}, fmt.Errorf("%s is no array", name)
	}
	e := Envelope{Events: []Value{}, body: body, top: d.Root()}
	e.begin, e.end = list.Place()
	for event := range list.Elements() {
		e.Events = append(e.Events, event)
	}
	around := len(body) - (e.end - e.begin)
	if n := len(e.Events); n > 1 && n > maxCopies/around {
		return Envelope{}, fmt.Errorf("body is too large to split into %d", n)
	}
	return e, nil
}

// Field returns a field of the envelope as text, empty when it is none.
func (e Envelope) Field(name string) string { return e.top.Get(name).Text() }

// Alone returns the envelope with event i and no other. What else is in it
// stays as it came.
func (e Envelope) Alone(i int) []byte {
	if len(e.Events) == 1 {
		return e.body
	}
	event := e.Events[i].Raw()
	alone := make([]byte, 0, len(e.body)-(e.end-e.begin)+len(event)+2)
	alone = append(alone, e.body[:e.begin]...)
	alone = append(alone, '[')
	alone = append(alone, event...)
	alone = append(alone, ']')
	return append(alone, e.body[e.end:]...)
}
