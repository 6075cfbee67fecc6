package x

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// The names of what is one event by itself, and of what it takes for a name to
// be that of an array of them.
const (
	activity  = "data" // all of the X Activity API
	userEvent = "user_event"
	replay    = "replay_job_status"
	eventList = "_events"
)

// A section is a part of a body in which events are: an array of them, or one.
type section struct {
	name string
	in   wire.Value
	list bool
}

// A body is one that X sent.
type body struct {
	size     int
	doc      wire.Document
	root     wire.Value
	sections []section
}

// maxCopies bounds what giving each event a body of its own may take, in bytes.
const maxCopies = 64 << 20

// maxSections is more than any body has in which events are. To look for each
// whether it is there twice takes the square of how many there are.
const maxSections = 100

// borrow returns a body to read into, which is to be given back when nothing of it
// is of use any more. What was read is copied or stands in the raw body.
func (w *Webhooks) borrow() *body {
	if b, ok := w.bodies.Get().(*body); ok {
		return b
	}
	return &body{}
}

// giveBack takes a body back. The memory of one as large as none should be is let go.
func (w *Webhooks) giveBack(b *body) {
	if b.size <= maxKept {
		w.bodies.Put(b)
	}
}

// maxKept is how large a body may have been whose memory is kept for the next.
const maxKept = 64 << 10

// find finds where events are in raw. Nothing of an event itself is looked at.
func (b *body) find(raw []byte) error {
	b.sections, b.size = b.sections[:0], len(raw)
	if err := b.doc.Read(raw); err != nil {
		return err
	}
	if b.root = b.doc.Root(); !b.root.IsObject() {
		return errors.New("body is no JSON object")
	}
	for name, in := range b.root.Members() {
		switch {
		case name == activity && in.IsObject():
			if err := b.activity(in); err != nil {
				return err
			}
		case name == userEvent && in.IsObject(), name == replay && in.IsObject():
			b.sections = append(b.sections, section{name, in, false})
		case strings.HasSuffix(name, eventList) && in.IsArray():
			b.sections = append(b.sections, section{name, in, true})
		default:
			continue
		}
		if len(b.sections) > maxSections {
			return errors.New("events are in too many parts of the body")
		}
		if _, once := b.root.Sole(name); !once {
			return errors.New("a member is there twice")
		}
	}
	return nil
}

// activity finds the events of the X Activity API: one, unless it is about direct
// messages, whose older arrays are inside it.
func (b *body) activity(data wire.Value) error {
	payload, once := data.Sole("payload")
	if !once {
		return errors.New("a member is there twice")
	}
	if strings.HasPrefix(data.Get("event_type").Text(), "dm.") {
		before := len(b.sections)
		for name, in := range payload.Members() {
			if !strings.HasSuffix(name, eventList) || !in.IsArray() {
				continue
			}
			if _, once := payload.Sole(name); !once || len(b.sections) > maxSections {
				return errors.New("a member is there twice, or there are too many")
			}
			b.sections = append(b.sections, section{activity, in, true})
		}
		if len(b.sections) > before {
			return nil
		}
	}
	b.sections = append(b.sections, section{activity, data, false})
	return nil
}

// events goes through the events, each with its section.
func (b *body) events(yield func(in int, event wire.Value) bool) {
	for n, s := range b.sections {
		if !s.list {
			if !yield(n, s.in) {
				return
			}
			continue
		}
		for event := range s.in.Elements() {
			if !yield(n, event) {
				return
			}
		}
	}
}

// account returns whose account the events of a section are about.
func (b *body) account(name string) string {
	switch name {
	case activity:
		data := b.root.Get(activity)
		if id := data.Get("filter").Get("user_id").Text(); id != "" {
			return id
		}
		return data.Get("payload").Get("user_id").Text() // of a revocation, whose filter is empty
	case userEvent:
		return b.root.Get(userEvent).Get("revoke").Get("source").Get("user_id").Text()
	}
	return b.root.Get("for_user_id").Text()
}

// Split returns the events of body, each in a body of its own: what else is in it
// stays as it came. One that has none of the known parts is one event, whatever it
// is.
func (w *Webhooks) Split(_ http.Header, raw []byte) ([]desk.RawEvent, error) {
	b := w.borrow()
	defer w.giveBack(b)
	if err := b.find(raw); err != nil {
		return nil, fmt.Errorf("x: splitting webhook: %w", err)
	}
	if len(b.sections) == 0 {
		return []desk.RawEvent{{Account: b.account(""), Body: raw}}, nil
	}
	count, around := 0, len(raw)
	for range b.events {
		count++
	}
	for _, s := range b.sections {
		begin, end := s.in.Place()
		around -= end - begin
	}
	if count > 1 && around > maxCopies/count {
		return nil, fmt.Errorf("x: splitting webhook: body is too large to split into %d", count)
	}
	events := make([]desk.RawEvent, 0, count)
	for in, event := range b.events {
		alone := raw
		if count > 1 {
			alone = b.alone(raw, in, event, around)
		}
		events = append(events, desk.RawEvent{Account: b.account(b.sections[in].name), Body: alone})
	}
	return events, nil
}

// alone returns raw with one event of section in and nothing in the others. around
// is how much of raw is in none.
func (b *body) alone(raw []byte, in int, event wire.Value, around int) []byte {
	done, out := 0, make([]byte, 0, around+len(event.Raw())+len("null")*len(b.sections))
	for n, s := range b.sections {
		begin, end := s.in.Place()
		out = append(out, raw[done:begin]...)
		done = end
		switch {
		case n == in && s.list:
			out = append(append(append(out, '['), event.Raw()...), ']')
		case n == in:
			out = append(out, event.Raw()...)
		case s.list:
			out = append(out, '[', ']')
		default:
			out = append(out, "null"...)
		}
	}
	return append(out, raw[done:]...)
}
