package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// An Envelope is a JSON object with an array of events in it.
type Envelope struct {
	Events []json.RawMessage // as they came, byte for byte
	fields map[string]json.RawMessage
	before []byte // everything up to the array
	after  []byte
	whole  []byte
}

// maxCopies bounds what giving each event an envelope of its own may take, in
// bytes. A webhook of a few megabytes is far below it unless it was made to hurt.
const maxCopies = 64 << 20

// Object returns an error unless body is one JSON object and nothing else.
func Object(body []byte) error {
	if !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) || !json.Valid(body) {
		return errors.New("body is no JSON object")
	}
	return nil
}

// Open reads body, whose events are the array under name. Only the envelope is
// looked at; an event may be anything.
func Open(body []byte, name string) (Envelope, error) {
	e := Envelope{fields: map[string]json.RawMessage{}, whole: body}
	dec := json.NewDecoder(bytes.NewReader(body))
	if token, err := dec.Token(); err != nil || token != json.Delim('{') {
		return Envelope{}, errors.New("body is no JSON object")
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return Envelope{}, fmt.Errorf("body is no JSON: %w", err)
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return Envelope{}, fmt.Errorf("body is no JSON: %w", err)
		}
		field, _ := key.(string)
		if field == name {
			if e.Events != nil {
				return Envelope{}, fmt.Errorf("%s is there twice", name)
			}
			end := int(dec.InputOffset())
			e.before, e.after = body[:end-len(value)], body[end:]
			if err := json.Unmarshal(value, &e.Events); err != nil || e.Events == nil {
				return Envelope{}, fmt.Errorf("%s is no array", name)
			}
		}
		e.fields[field] = value
	}
	if _, err := dec.Token(); err != nil { // the closing brace
		return Envelope{}, fmt.Errorf("body is no JSON: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Envelope{}, errors.New("body goes on after its JSON object")
	}
	if e.Events == nil {
		return Envelope{}, fmt.Errorf("body has no %s", name)
	}
	if n := len(e.Events); n > 1 && n > maxCopies/(len(e.before)+len(e.after)) {
		return Envelope{}, fmt.Errorf("body is too large to split into %d", n)
	}
	return e, nil
}

// Field returns a field of the envelope as text, empty when it is none.
func (e Envelope) Field(name string) string {
	var t Text
	if err := json.Unmarshal(e.fields[name], &t); err != nil { // absent
		return ""
	}
	return string(t)
}

// Alone returns the envelope with event i and no other. What else is in it
// stays as it came.
func (e Envelope) Alone(i int) []byte {
	if len(e.Events) == 1 {
		return e.whole
	}
	event := e.Events[i]
	alone := make([]byte, 0, len(e.before)+len(event)+len(e.after)+2)
	alone = append(alone, e.before...)
	alone = append(alone, '[')
	alone = append(alone, event...)
	alone = append(alone, ']')
	return append(alone, e.after...)
}
