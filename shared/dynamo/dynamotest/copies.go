package dynamotest

import (
	"reflect"
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

// spoilt changes whatever can be changed through v: what its pointers, slices and maps
// lead to.
func spoilt(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			n := 7000
			filled(v.Elem(), &n)
		}
	case reflect.Slice:
		for i := range v.Len() {
			n := 7000 + i
			spoilt(v.Index(i))
			filled(v.Index(i), &n)
		}
	case reflect.Map:
		v.Clear()
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				spoilt(v.Field(i))
			}
		}
	}
}

// full is a change with something in every field of its ticket and entry.
func (s *story) full(e desk.Event) desk.Change {
	s.Helper()
	c := s.change(e)
	n := 0
	after, entry := desk.Ticket{}, desk.Entry{}
	filled(reflect.ValueOf(&after).Elem(), &n)
	filled(reflect.ValueOf(&entry).Elem(), &n)
	after.ID, after.Version, after.Account, after.State, after.Brand = c.After.ID, c.After.Version, e.Account, desk.Open, "demo"
	after.Disposition, after.PreviewOf, after.Author.ID = desk.NeedsAnswer, e.Key, e.Author.ID
	entry.Version, entry.What, entry.Message.Deleted, entry.Message.ID = c.Entry.Version, desk.Received, false, e.ID
	entry.Message.Attachments[0].Until, entry.Message.Attachments[1].Until = noon.AddDate(1, 0, 0), time.Time{}
	c.After, c.Entry = after, entry
	return c
}

// What the store is given and what it gives is the caller's to do with as they like.
func nobodysElse(_ *testing.T, s *story) {
	e, raw := says("Umalee", 1, charged), rawEvent(1, []byte("gibberish"))
	c, is, again := s.full(e), s.full(e), s.full(says("Umalee", 2, charged))
	again.Before, again.After.ID = s.full(e).After, is.After.Successor().ID
	again.After.Version, again.Entry.Version = 2, 2
	give := func(c desk.Change) {
		s.Helper()
		s.must(s.Commit(s.Context(), c))
		for _, of := range []any{&c.Before, &c.After, &c.Entry, c.Event, &c.Raw} {
			spoilt(reflect.ValueOf(of).Elem())
		}
	}
	give(c)
	accepted := desk.Acceptance{Delivery: "w1", Received: s.now, Accounts: []string{"A", "B"}}
	s.must(s.Accept(s.Context(), accepted))
	s.must(s.Spill(s.Context(), []desk.RawEvent{raw}))
	s.must(s.Quarantine(s.Context(), raw, "not JSON"))
	hash, err := s.PutPolicy(s.Context(), raw.Body, s.now)
	s.must(err)
	want := rawEvent(1, []byte("gibberish"))
	for _, of := range []any{&accepted, &raw} {
		spoilt(reflect.ValueOf(of).Elem())
	}
	due, err := s.Due(s.Context(), noon.Add(time.Minute), 10)
	s.must(err)
	// got reads twice, and spoils what it read the first time.
	got := func(want any, read func() (any, error)) {
		s.Helper()
		for range 2 {
			is, err := read()
			s.must(err)
			v := reflect.New(reflect.TypeOf(is)).Elem()
			v.Set(reflect.ValueOf(is))
			s.same(is, want)
			spoilt(v)
		}
	}
	got(is.After, func() (any, error) { return s.Ticket(s.Context(), c.After.ID) })
	got([]desk.Ticket{is.After}, func() (any, error) { return s.Tickets(s.Context(), []desk.TicketID{c.After.ID}) })
	got([]desk.Entry{is.Entry}, func() (any, error) { return s.Log(s.Context(), c.After.ID) })
	got(is.After, func() (any, error) {
		thread, err := s.Thread(s.Context(), e)
		return thread.Ticket, err
	})
	got(*is.Entry.Message, func() (any, error) {
		m, _, err := s.MessageByID(s.Context(), e.Thread(), e.ID)
		return m, err
	})
	got(*is.Entry.Message, func() (any, error) { return s.Said(s.Context(), is.After) })
	got([]desk.Card{is.After.Card()}, func() (any, error) {
		cards, _, err := s.Worklist(s.Context(), desk.WorklistQuery{Brands: []string{"demo"}}, "", 10)
		return cards, err
	})
	got([]desk.Card{is.After.Card()}, func() (any, error) {
		cards, _, err := s.Assigned(s.Context(), is.After.Assignee, "", 10)
		return cards, err
	})
	got([]desk.Ticket{is.After}, func() (any, error) {
		all, _, err := s.All(s.Context(), "", 10)
		return all, err
	})
	got([]desk.Ticket{is.After}, func() (any, error) {
		all, _, err := s.Written(s.Context(), e.Author.ID, "", 10)
		return all, err
	})
	got([]desk.Acceptance{{Delivery: "w1", Received: s.now, Accounts: []string{"A", "B"}}}, func() (any, error) {
		h, err := s.LedgerHour(s.Context(), noon)
		return h.Accepted, err
	})
	got(want, func() (any, error) { return s.Spilled(s.Context(), due[len(due)-1].Nudge.Spill) })
	got(want, func() (any, error) { return s.one().Raw, nil })
	got(want, func() (any, error) {
		k, err := s.Kept(s.Context(), s.one().ID)
		return k.Raw, err
	})
	got(want, func() (any, error) {
		g, _, err := s.Glimpses(s.Context(), "", 1)
		return g[0].Raw, err
	})
	got(want.Body, func() (any, error) { return s.PolicyDocument(s.Context(), hash) })
	give(again) // and the one before goes on as an earlier one
	got(is.After, func() (any, error) { return s.Ticket(s.Context(), is.After.ID) })
}
