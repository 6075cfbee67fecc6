package meta

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/platform/wire"
)

// A found is one event in a webhook and where it stands: in the list of an entry,
// in one of the lists of a change of WhatsApp's, or by itself.
type found struct {
	top   wire.Value
	entry wire.Value // none for Threads
	list  string     // of the entry: one of lists(), none for an entry that has none
	held  wire.Value // in that list; the entry itself without one
	inner string     // of a change of WhatsApp's: one of innerLists(), none for one that has none
	item  wire.Value // the innermost of them
}

// lists are the arrays of an entry that hold events.
func lists() [3]string { return [...]string{"messaging", "changes", "standby"} }

// innerLists are the arrays of a change of WhatsApp's that hold events, which
// share what else is in it.
func innerLists() [7]string {
	return [...]string{"messages", "statuses", "message_echoes", "errors", "user_id_update", "user_preferences", "calls"}
}

// objectWhatsApp is what a webhook about WhatsApp's accounts calls itself.
const objectWhatsApp = "whatsapp_business_account"

// find appends the events of a webhook, in its order. What holds none that we know
// of is one itself. An error is for a list that is there twice, and so in
// conflict with itself.
func find(all []found, top wire.Value) ([]found, error) {
	switch entries, ok := top.Sole("entry"); {
	case !ok:
		return nil, fmt.Errorf("entry is there twice")
	case entries.IsArray():
		for entry := range entries.Elements() {
			var err error
			if all, err = inEntry(all, found{top: top, entry: entry, held: entry, item: entry}); err != nil {
				return nil, err
			}
		}
		return all, nil
	case entries.Found():
		return nil, fmt.Errorf("entry is no array")
	}
	switch values, ok := top.Sole("values"); { // Threads
	case !ok:
		return nil, fmt.Errorf("values is there twice")
	case values.IsArray():
		for value := range values.Elements() {
			all = append(all, found{top: top, item: value})
		}
		return all, nil
	default:
		return append(all, found{top: top, item: values}), nil
	}
}

// inEntry appends the events of an entry.
func inEntry(all []found, in found) ([]found, error) {
	before := len(all)
	for _, name := range lists() {
		list, ok := in.entry.Sole(name)
		if !ok {
			return nil, fmt.Errorf("%s is there twice", name)
		}
		for held := range list.Elements() {
			in.list, in.held, in.item = name, held, held
			var err error
			if all, err = inChange(all, in); err != nil {
				return nil, err
			}
		}
	}
	if len(all) == before {
		all = append(all, in)
	}
	return all, nil
}

// inChange appends the events of a change, or of whatever a list of an entry holds.
func inChange(all []found, in found) ([]found, error) {
	if in.list != "changes" || !in.top.Get("object").Is(objectWhatsApp) {
		return append(all, in), nil
	}
	value, ok := in.held.Sole("value")
	if !ok {
		return nil, fmt.Errorf("value is there twice")
	}
	before := len(all)
	for _, name := range innerLists() {
		list, ok := value.Sole(name)
		if !ok {
			return nil, fmt.Errorf("%s is there twice", name)
		}
		for item := range list.Elements() {
			in.inner, in.item = name, item
			all = append(all, in)
		}
	}
	if len(all) == before {
		all = append(all, in)
	}
	return all, nil
}

// account returns whose event it is: a page, an Instagram account, a number of
// WhatsApp's, or who subscribed with Threads.
func (f found) account() string {
	if !f.entry.Found() {
		owner := f.item.Get("value").Get("root_post").Get("owner_id")
		return cmp.Or(f.top.Get("target_id").Text(), owner.Text())
	}
	number := f.held.Get("value").Get("metadata").Get("phone_number_id")
	return cmp.Or(number.Text(), f.entry.Get("id").Text())
}

// maxCopies bounds what giving each event an envelope of its own may take, in
// bytes. A webhook of a few megabytes is far below it unless it was made to hurt.
const maxCopies = 64 << 20

// Split returns the events of body, each in an envelope of its own, which is the
// webhook without the other events; what is left stays as it came. Of several
// customers in one change of WhatsApp's each is left alone with their own message.
// A webhook in which nothing is an event that we know is one event.
func (w *Webhooks) Split(_ http.Header, body []byte) ([]desk.RawEvent, error) {
	r := w.borrow()
	defer w.giveBack(r)
	all, err := r.open(body)
	if err != nil {
		return nil, fmt.Errorf("meta: splitting webhook: %w", err)
	}
	events := make([]desk.RawEvent, len(all))
	if len(all) == 1 {
		events[0] = desk.RawEvent{Account: all[0].account(), Body: body}
		return events, nil
	}
	var cuts []cut
	var known contacts
	total, ends := 0, make([]int, len(all))
	for i, f := range all {
		cuts = f.others(cuts, &known)
		total += len(body)
		for _, c := range cuts[lastEnd(ends, i):] {
			total -= c.end - c.begin
		}
		if total > maxCopies {
			return nil, fmt.Errorf("meta: splitting webhook: body is too large to split into %d", len(all))
		}
		ends[i] = len(cuts)
	}
	copies := make([]byte, 0, total)
	for i, f := range all {
		begin, at := len(copies), 0
		for _, c := range cuts[lastEnd(ends, i):ends[i]] {
			copies = append(copies, body[at:c.begin]...)
			at = c.end
		}
		copies = append(copies, body[at:]...)
		events[i] = desk.RawEvent{Account: f.account(), Body: copies[begin:len(copies):len(copies)]}
	}
	return events, nil
}

// lastEnd returns where the cuts of event i begin: where those before it end.
func lastEnd(ends []int, i int) int {
	if i == 0 {
		return 0
	}
	return ends[i-1]
}

// A reading is a webhook that is being read. Nothing of it is of use afterwards:
// what was read is copied or stands in the body.
type reading struct {
	doc  wire.Document
	all  []found
	size int
}

// borrow returns a reading, which is to be given back. To begin with the memory of
// the one before saves a third of the time.
func (w *Webhooks) borrow() *reading {
	if r, ok := w.readings.Get().(*reading); ok {
		return r
	}
	return &reading{}
}

// giveBack takes a reading back. The memory of one as large as few are is let go.
func (w *Webhooks) giveBack(r *reading) {
	const kept = 64 << 10
	if r.size <= kept {
		w.readings.Put(r)
	}
}

// open reads a webhook and finds its events.
func (r *reading) open(body []byte) ([]found, error) {
	r.size = len(body)
	if err := r.doc.Read(body); err != nil {
		return nil, err
	}
	top := r.doc.Root()
	if !top.IsObject() {
		return nil, fmt.Errorf("body is no JSON object")
	}
	var err error
	r.all, err = find(r.all[:0], top)
	return r.all, err
}

// A cut is a part of a body that is about other events.
type cut struct{ begin, end int }

// others appends the cuts that leave f alone in its webhook, in their order.
func (f found) others(cuts []cut, known *contacts) []cut {
	first := len(cuts)
	if !f.entry.Found() {
		return alone(cuts, f.top.Get("values"), f.item)
	}
	cuts = alone(cuts, f.top.Get("entry"), f.entry)
	for _, name := range lists() {
		if f.list == "" {
			break
		}
		list := f.entry.Get(name)
		if name != f.list {
			cuts = alone(cuts, list, wire.Value{})
			continue
		}
		cuts = alone(cuts, list, f.held)
	}
	if f.inner != "" {
		value := f.held.Get("value")
		for _, name := range innerLists() {
			if name != f.inner {
				cuts = alone(cuts, value.Get(name), wire.Value{})
				continue
			}
			cuts = alone(cuts, value.Get(name), f.item)
		}
		if about := known.of(f); about.Found() {
			cuts = alone(cuts, value.Get("contacts"), about)
		}
	}
	slices.SortFunc(cuts[first:], func(a, b cut) int { return cmp.Compare(a.begin, b.begin) })
	return cuts
}

// alone appends the cuts that leave one element of an array in it, or none.
func alone(cuts []cut, array, one wire.Value) []cut {
	if array.Empty() {
		return cuts
	}
	begin, end := array.Place()
	if !one.Found() {
		return append(cuts, cut{begin + 1, end - 1})
	}
	from, to := one.Place()
	return append(cuts, cut{begin + 1, from}, cut{to, end - 1})
}
