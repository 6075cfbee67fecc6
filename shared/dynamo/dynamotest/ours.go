package dynamotest

import (
	"slices"
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

func crowd(_ *testing.T, s *story) {
	a, b, elsewhere := says("Umalee", 1, charged), says("Usomchai", 1, "มีของไหมครับ"), says("Umalee", 2, charged)
	a.Conversation, b.Conversation, elsewhere.Conversation = "post-1", "post-1", "post-2"
	alone := says("Unok", 1, charged)
	alone.Conversation = "post-1" // of a platform whose events name their author always
	a.Crowded, b.Crowded, elsewhere.Crowded = true, true, true
	ta, tb := s.receive(a), s.receive(b)
	s.receive(elsewhere)
	s.receive(alone)
	again := says("Umalee", 3, "ตอบด้วยค่ะ")
	again.Conversation, again.Crowded = "post-1", true
	s.receive(again)
	names, err := s.Crowd(s.Context(), desk.ThreadKey{Platform: a.Platform, Account: a.Account, Conversation: "post-1"})
	s.must(err)
	want := []string{threadOf(ta), threadOf(tb)}
	slices.Sort(want)
	slices.Sort(names)
	s.same(names, want)
	m, id, err := s.MessageByID(s.Context(), desk.ThreadKey{Name: threadOf(tb)}, b.ID)
	s.must(err)
	if m.Key != b.Key || id != tb.ID {
		s.Errorf("found %s of %s", m.Key, id)
	}
	named := a
	named.Author, named.Conversation, named.In = desk.Author{}, "", threadOf(ta)
	thread, err := s.Thread(s.Context(), named)
	s.must(err)
	if thread.Ticket.ID != ta.ID || !thread.Known {
		s.Errorf("by its name it is %+v", thread)
	}
	known := says("Uploy", 1, charged) // whom events name in two ways
	known.Crowded, known.Author.Alias = true, "66812345678"
	tk := s.receive(known)
	names, err = s.Crowd(s.Context(), desk.ThreadKey{Platform: a.Platform, Account: a.Account, Conversation: "66812345678"})
	s.must(err)
	s.same(names, []string{threadOf(tk)})
	nobody, err := s.Crowd(s.Context(), desk.ThreadKey{Platform: a.Platform, Account: "another", Conversation: "post-1"})
	s.must(err)
	s.same(len(nobody), 0)
}

func threadOf(t desk.Ticket) string {
	name, _, _ := t.ID.Split()
	return name
}

func said(_ *testing.T, s *story) {
	s.receive(says("Umalee", 1, charged))
	last := says("Umalee", 2, "ตอบด้วยค่ะ")
	last.Form, last.Parent = "mention", "p1"
	t := s.receive(last)
	m, err := s.Said(s.Context(), t)
	s.must(err)
	if m.ID != last.ID || m.Form != "mention" || m.Parent != "p1" || !m.Time.Equal(last.Time) {
		s.Errorf("the last message is %+v", m)
	}
	late := says("Umalee", 3, "ค่ะ")
	late.Time = last.Time.Add(-30 * time.Hour)
	t = s.receive(late)
	if m, err = s.Said(s.Context(), t); err != nil || m.ID != last.ID {
		s.Errorf("what was said long before and came after it is %s, %v", m.ID, err)
	}
	gone := s.alters(t, last, del(last, 4))
	s.must(s.Commit(s.Context(), gone))
	if m, err = s.Said(s.Context(), gone.After); err != nil || m.ID == last.ID || m.ID == late.ID {
		s.Errorf("of what they have not taken back the last is %s, %v", m.ID, err)
	}
	_, err = s.Said(s.Context(), desk.Ticket{ID: t.ID})
	s.wants(err, desk.ErrNotFound)

	first, second := says("Unok", 1, charged), says("Unok", 2, "?")
	s.receive(first)
	t = s.receive(second)
	gone = s.alters(t, second, del(second, 3)) // soon after it was said
	s.must(s.Commit(s.Context(), gone))
	if m, err = s.Said(s.Context(), gone.After); err != nil || m.ID != first.ID {
		s.Errorf("before what was taken back at once they said %s, %v", m.ID, err)
	}
}

func asked(_ *testing.T, s *story) {
	e := says("Umalee", 1, charged)
	e.Author.Name, e.Profile = "", true
	t := s.receive(e)
	if t.Profile != desk.ProfileWanted || s.ticket(t.ID).Profile != desk.ProfileWanted {
		s.Fatalf("of an author without a name it is %q", s.ticket(t.ID).Profile)
	}
	next := s.now.Add(30 * time.Minute)
	s.must(s.Asked(s.Context(), t, next))
	got := s.ticket(t.ID)
	if got.Profile != desk.ProfileAsked || got.Version != t.Version {
		s.Errorf("asked for, it is %q, version %d", got.Profile, got.Version)
	}
	due, err := s.Due(s.Context(), next, 10)
	s.must(err)
	s.same(due, []desk.Due{{Nudge: desk.Nudge{Ticket: t.ID}, At: next}})
	tagged := func(t desk.Ticket) desk.Change {
		return changed(t, t, desk.Entry{Version: t.Version + 1, What: desk.Retagged, At: s.now, Tags: []string{"vip"}}, nil)
	}
	s.wants(s.Commit(s.Context(), tagged(t)), desk.ErrStale) // read before it was asked for: it would be due to be asked for again
	if got.Profile = desk.ProfileWanted; got.DueAt(promises{}).Equal(next) {
		s.Errorf("it is due at %v either way", next)
	}
	c := tagged(s.ticket(t.ID))
	s.must(s.Commit(s.Context(), c))
	after := c.After
	if got := s.ticket(t.ID).Profile; got != desk.ProfileAsked { // the stamp stays
		s.Errorf("the stamp became %q", got)
	}
	s.wants(s.Asked(s.Context(), t, next), desk.ErrStale)
	s.does(after, desk.Entry{Version: after.Version + 1, What: desk.Introduced, At: s.now, Message: &desk.Message{Author: desk.Author{ID: e.Author.ID, Name: "Malee S."}}}, nil)
	if got := s.ticket(t.ID); got.Author.Name != "Malee S." || got.Profile != "" {
		s.Errorf("introduced, it is %q of %q", got.Profile, got.Author.Name)
	}

	e = says("Unok", 1, charged)
	e.Author.Name, e.Profile = "", true
	t = s.does(s.receive(e), desk.Entry{What: desk.ClosedNow}, nil)
	t.Profile = desk.ProfileWanted
	e = says("Unok", 2, charged)
	e.Author.Name, e.Profile = "", true
	c = s.change(e) // the next ticket's first message, read before the one before was asked for
	s.must(s.Asked(s.Context(), t, next))
	s.must(s.Commit(s.Context(), c))
	s.same(s.ticket(c.After.ID), c.After)
}

func endedByAnEvent(_ *testing.T, s *story) {
	t := s.receive(says("Umalee", 1, charged))
	claim, err := t.Claim("ann", "token", s.now, promises{})
	t = s.does(t, claim, err)
	reply, err := t.Reply("token", "key-1", desk.Draft{Text: "ค่ะ"}, 0, s.now)
	t = s.does(t, reply, err)
	echo := says("Umalee", 2, "ค่ะ")
	echo.Kind, echo.Direction = desk.Echo, desk.Out
	confirms := func(t desk.Ticket) desk.Change {
		return changed(t, t, desk.Entry{Version: t.Version + 1, What: desk.Sent, At: s.now, Event: desk.Echo, Target: "key-1", Seen: 1,
			Message: &desk.Message{ID: echo.ID, Key: "key-1"}}, &echo)
	}
	s.must(s.Commit(s.Context(), confirms(t)))
	t = s.ticket(t.ID)
	if m, err := s.Message(s.Context(), t.ID, "key-1"); err != nil || m.Delivery != desk.Accepted || m.ID != echo.ID {
		s.Errorf("confirmed, it is %+v, %v", m, err)
	}
	s.wants(s.Commit(s.Context(), confirms(t)), desk.ErrDuplicate)
	fails := says("Umalee", 3, "")
	fails.Kind = desk.Receipt
	s.must(s.Commit(s.Context(), changed(t, t, desk.Entry{Version: t.Version + 1, What: desk.Undelivered, At: s.now, Event: desk.Receipt, Target: "key-1",
		Why: "blocked", Delivery: desk.DeliveryFailed, Message: &desk.Message{Key: fails.Key}}, &fails)))
	if m, err := s.Message(s.Context(), t.ID, "key-1"); err != nil || m.Delivery != desk.DeliveryFailed || m.Problem != "blocked" {
		s.Errorf("undelivered, it is %+v, %v", m, err)
	}
	s.same(desk.Fold(t.ID, "", s.log(t.ID), promises{}), s.ticket(t.ID))
}

func forget(_ *testing.T, s *story) {
	s.receive(says("Umalee", 1, charged))
	story := says("Umalee", 2, "ดูสิ")
	day := s.now.Add(24 * time.Hour)
	story.Attachments = []desk.Attachment{{Type: "story", URL: "https://example.com/story", ID: "s1", Name: "mentioned you", Until: day}, {Type: "image", URL: "https://example.com/i"}}
	later := says("Umalee", 3, "อีกอัน")
	later.Attachments = []desk.Attachment{{Type: "story", URL: "https://example.com/other", Until: day.Add(time.Hour)}}
	s.receive(story)
	t := s.receive(later)
	if !s.ticket(t.ID).Forget.Equal(day) || !t.DueAt(promises{}).Before(day) {
		s.Errorf("it forgets at %v", s.ticket(t.ID).Forget)
	}
	for range 2 {
		next, err := s.Forget(s.Context(), t, day)
		s.must(err)
		if !next.Equal(day.Add(time.Hour)) {
			s.Errorf("the next is forgotten at %v", next)
		}
	}
	log := s.log(t.ID)
	s.same(log[1].Message.Attachments, []desk.Attachment{{Type: "story", Name: "mentioned you"}, {Type: "image", URL: "https://example.com/i"}})
	s.same(log[2].Message.Attachments, later.Attachments)
	s.same(log[1].Message.Text, "ดูสิ")
	s.must(s.Forgot(s.Context(), t, day.Add(time.Hour), day.Add(time.Hour)))
	due, err := s.Due(s.Context(), day.Add(2*time.Hour), 10)
	s.must(err)
	s.same(due, []desk.Due{{Nudge: desk.Nudge{Ticket: t.ID}, At: day.Add(time.Hour)}})
	next, err := s.Forget(s.Context(), t, day.Add(time.Hour))
	s.must(err)
	s.must(s.Forgot(s.Context(), t, next, time.Time{}))
	if got := s.ticket(t.ID).Forget; !got.IsZero() {
		s.Errorf("there is something left to forget at %v", got)
	}
	tag, err := t.Tag("ann", []string{"vip"}, s.now)
	s.must(err)
	s.wants(s.Commit(s.Context(), changed(t, t, tag, nil)), desk.ErrStale) // read before: it would be due for what is done
	s.does(s.ticket(t.ID), tag, err)
	if got := s.ticket(t.ID).Forget; !got.IsZero() {
		s.Errorf("the stamp became %v", got)
	}
}
