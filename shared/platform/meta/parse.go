package meta

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// Parse reads one event as Split left it. What Meta has added since comes out as
// desk.Unsupported, a field of another type than it used to have is left out. An
// error is for what has nothing in it by which it could be told from another.
func (w *Webhooks) Parse(raw desk.RawEvent) (desk.Event, error) {
	r := w.borrow()
	defer w.giveBack(r)
	all, err := r.open(raw.Body)
	if err != nil {
		return desk.Event{}, fmt.Errorf("meta: reading event: %w", err)
	}
	if len(all) != 1 {
		return desk.Event{}, fmt.Errorf("meta: reading event: there are %d", len(all))
	}
	f := all[0]
	e := desk.Event{
		Kind: desk.Unsupported, Platform: Name, Account: f.account(), Channel: string(Name),
		Direction: desk.In, Visibility: desk.Private,
	}
	switch {
	case !f.entry.Found():
		thread(&e, f)
	case f.list == "messaging" || f.list == "standby":
		e.Standby = f.list == "standby"
		e.Channel = directChannel(f.top)
		messaging(&e, f.item)
	default:
		change(&e, f)
	}
	if e.Key == "" {
		e.Key = f.digest()
	}
	if e.Key == "" {
		return desk.Event{}, errors.New("meta: reading event: there is nothing to tell it from others by")
	}
	if e.Kind == desk.MessageCreated && e.ID == "" && e.Text == "" && len(e.Attachments) == 0 {
		e.Kind = desk.Unsupported // what nobody could call a message
	}
	if e.Conversation == "" && e.Author.ID == "" { // nobody's: no other is of the same thread
		e.Conversation = cmp.Or(e.ID, e.Key)
	}
	complete(&e, raw)
	if f.test() {
		e.Kind, e.Needs = desk.Control, desk.NeedsNothing
	}
	return e, nil
}

// directChannel returns the channel of direct messages in a webhook.
func directChannel(top wire.Value) string {
	switch object := top.Get("object"); {
	case object.Is("page"):
		return Messenger
	case object.Is("instagram"):
		return Instagram
	}
	return string(Name)
}

// change reads a change, or an entry that is one itself.
func change(e *desk.Event, f found) {
	field, value := f.held.Get("field").Text(), f.held.Get("value")
	switch object := f.top.Get("object"); {
	case object.Is(objectWhatsApp):
		e.Channel = WhatsApp
		whatsapp(e, f, field, value)
		return
	case object.Is("page"):
		e.Channel = FacebookPage
		if page(e, field, value) {
			return
		}
	case object.Is("instagram"):
		e.Channel = Instagram
		if instagram(e, field, value, f.entry) {
			return
		}
	}
	if value.Get("sender").IsObject() && value.Get("recipient").IsObject() { // a direct message in the dress of a change
		e.Channel = directChannel(f.top)
		e.Standby = field == "standby"
		messaging(e, value)
	}
}

// test reports whether somebody pressed a dashboard's button: Meta then names an
// account that cannot be.
func (f found) test() bool {
	id := f.entry.Get("id")
	if !f.entry.Found() {
		id = f.top.Get("target_id")
	}
	return id.Is("0")
}

// digest returns a key for an event whose own words give none: it stays the same
// over redeliveries, which differ in nothing but the time at which they are sent.
// It is empty when there is nothing in the event but where it came from.
func (f found) digest() string {
	from, name := f.item, cmp.Or(f.inner, f.held.Get("field").Text(), f.list, "event")
	switch {
	case !f.entry.Found():
		from, name = f.top, "threads"
	case f.inner == "" && f.list == "changes":
		from = f.held
	}
	h, members := sha256.New(), 0
	for name, value := range from.Members() {
		if f.list == "" && (name == "time" || name == "id" || name == "object") { // of the envelope, which it is itself
			continue
		}
		h.Write(strconv.AppendQuote(nil, name))
		h.Write(value.Raw())
		members++
	}
	if members == 0 {
		return ""
	}
	return name + ":" + hex.EncodeToString(h.Sum(nil)[:16])
}

// key joins the parts of a key, those that are there. Without its first, which
// names what the event is about, there is none.
func key(parts ...string) string {
	if parts[0] == "" {
		return ""
	}
	k := parts[0]
	for _, part := range parts[1:] {
		if part != "" {
			k += ":" + part
		}
	}
	return k
}

// instant reads a moment as Meta's products write it: a number of seconds,
// milliseconds or microseconds since 1970, told apart by how many they are, or as
// text.
func instant(v wire.Value) time.Time {
	t := v.Text()
	n, err := strconv.ParseInt(t, 10, 64)
	switch {
	case err != nil:
		return wire.ISO(t)
	case n <= 1e11:
		return wire.Millis(t + "000")
	case n <= 1e14:
		return wire.Millis(t)
	}
	return wire.Millis(strconv.FormatInt(n/1000, 10))
}

// join puts sep between those of parts that are there.
func join(sep string, parts ...string) string {
	var s strings.Builder
	for _, part := range parts {
		if part == "" {
			continue
		}
		if s.Len() > 0 {
			s.WriteString(sep)
		}
		s.WriteString(part)
	}
	return s.String()
}

// place describes where somebody is: what it is called, and its coordinates.
func place(called string, latitude, longitude wire.Value) string {
	lat, long := latitude.Text(), longitude.Text()
	if lat == "" || long == "" {
		return called
	}
	return join(" ", called, "("+lat+", "+long+")")
}
