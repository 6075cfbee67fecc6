package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// An Envelope is a JSON object with an array of events in it. Events and fields
// are parts of the body that it was opened from.
type Envelope struct {
	Events []json.RawMessage // as they came, byte for byte

	body       []byte
	begin, end int // the array in body
	fields     []member
}

type member struct {
	name  string
	value json.RawMessage
}

// maxCopies bounds what giving each event an envelope of its own may take, in
// bytes. A webhook of a few megabytes is far below it unless it was made to hurt.
const maxCopies = 64 << 20

// Object returns an error unless body is one JSON object and nothing else.
func Object(body []byte) error {
	if !bytes.HasPrefix(body[space(body, 0):], []byte("{")) || !json.Valid(body) {
		return errors.New("body is no JSON object")
	}
	return nil
}

// Open reads body, whose events are the array under name. Only the envelope is
// looked at; an event may be anything.
func Open(body []byte, name string) (Envelope, error) {
	if err := Object(body); err != nil {
		return Envelope{}, err
	}
	e := Envelope{body: body}
	for m := range members(body) {
		if m.name != name {
			e.fields = append(e.fields, member{m.name, body[m.begin:m.end]})
			continue
		}
		switch {
		case e.begin != 0:
			return Envelope{}, fmt.Errorf("%s is there twice", name)
		case body[m.begin] != '[':
			return Envelope{}, fmt.Errorf("%s is no array", name)
		}
		e.begin, e.end = m.begin, m.end
		e.Events = elements(body[m.begin:m.end])
	}
	if e.begin == 0 {
		return Envelope{}, fmt.Errorf("body has no %s", name)
	}
	around := len(body) - (e.end - e.begin)
	if n := len(e.Events); n > 1 && n > maxCopies/around {
		return Envelope{}, fmt.Errorf("body is too large to split into %d", n)
	}
	return e, nil
}

// Field returns a field of the envelope as text, empty when it is none.
func (e Envelope) Field(name string) string {
	var t Text
	for _, m := range e.fields {
		if m.name == name {
			if err := t.UnmarshalJSON(m.value); err != nil {
				return ""
			}
		}
	}
	return string(t)
}

// Alone returns the envelope with event i and no other. What else is in it
// stays as it came.
func (e Envelope) Alone(i int) []byte {
	if len(e.Events) == 1 {
		return e.body
	}
	alone := make([]byte, 0, len(e.body)-(e.end-e.begin)+len(e.Events[i])+2)
	alone = append(alone, e.body[:e.begin]...)
	alone = append(alone, '[')
	alone = append(alone, e.Events[i]...)
	alone = append(alone, ']')
	return append(alone, e.body[e.end:]...)
}
