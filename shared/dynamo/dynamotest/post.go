package dynamotest

import (
	"fmt"
	"testing"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
	"example.com/skala/shared/post"
)

// assigns gives a ticket to ann, of which she is told.
func (s *story) assigns(t desk.Ticket) (desk.Ticket, desk.Notice) {
	s.Helper()
	assign, err := t.Assign("nok", "ann", "", s.now)
	after := s.does(t, assign, err)
	n, upTo, err := s.Notice(s.Context(), t.ID, after.Version)
	s.must(err)
	s.same(upTo, "")
	return after, n
}

// waits is what is due of notices and boxes.
func (s *story) waits() (due []desk.Due) {
	s.Helper()
	all, err := s.Due(s.Context(), s.now.Add(1000*time.Hour), 100)
	s.must(err)
	for _, d := range all {
		if d.Notices {
			due = append(due, d)
		}
	}
	return due
}

func anns(kind people.ChannelKind) post.Address {
	return post.Address{Owner: "ann", Kind: kind, To: "ann@example.com"}
}

// box is the box of an address.
func (s *story) box(of post.Address) post.Box {
	s.Helper()
	all, err := s.Boxes(s.Context(), []post.Address{of})
	s.must(err)
	return all[0]
}

func notices(_ *testing.T, s *story) {
	t := s.receive(says("Umalee", 1, charged))
	s.same(s.waits(), []desk.Due{})
	after, n := s.assigns(t)
	want, ok := desk.NoticeOf(t, after, s.log(t.ID)[1])
	s.same([]any{ok, n}, []any{true, want})
	s.same(s.waits(), []desk.Due{{Nudge: desk.Nudge{Ticket: t.ID, Version: after.Version}, At: n.At, Notices: true}})
	for _, of := range []struct {
		ticket  desk.TicketID
		version int64
	}{{t.ID, 1}, {t.ID, 0}, {"nobody.1", 1}, {"nonsense", 1}} {
		_, _, err := s.Notice(s.Context(), of.ticket, of.version)
		s.wants(err, desk.ErrNotFound)
	}
}

func posted(_ *testing.T, s *story) {
	t, n := s.assigns(s.receive(says("Umalee", 1, charged)))
	mail, slack := s.box(anns(people.Email)), s.box(anns(people.Slack))
	s.same(mail, post.Box{ID: mail.ID, Address: anns(people.Email)})
	_, err := s.Box(s.Context(), mail.ID)
	s.wants(err, desk.ErrNotFound)
	at := s.now.Add(time.Minute + time.Millisecond) // what is due is due at full milliseconds, never early
	first := post.Posting{Notice: n, To: "m", At: s.now, Bells: []string{"ann"}, Boxes: []post.Filled{{Box: mail.Drop(false, s.now), DueAt: at.Add(-300 * time.Microsecond)}}}
	s.must(s.Post(s.Context(), first, desk.Change{}))
	s.wants(s.Post(s.Context(), first, desk.Change{}), desk.ErrDuplicate) // to whom it went it goes once
	mail = s.box(anns(people.Email))
	s.same([]any{mail.Version, mail.Seq, mail.Since, mail.Due}, []any{int64(1), int64(1), s.now, at})
	is, err := s.Box(s.Context(), mail.ID)
	s.must(err)
	s.same(is, mail)
	_, upTo, err := s.Notice(s.Context(), t.ID, t.Version)
	s.must(err)
	s.same(upTo, "m")
	s.same(s.waits(), []desk.Due{{Nudge: desk.Nudge{Ticket: t.ID, Version: t.Version}, At: n.At, Notices: true}, {Nudge: desk.Nudge{Mailbox: mail.ID}, At: at, Notices: true}})

	// The rest of them, with an entry that says so; nothing of it where a box or the ticket has moved on.
	entry := desk.Entry{Version: t.Version + 1, What: desk.Notified, At: s.now, Who: "", Why: "told"}
	last := post.Posting{Notice: n, From: "m", To: "z", Last: true, At: s.now, Boxes: []post.Filled{{Box: slack.Drop(true, s.now), DueAt: at}}}
	moved := last
	moved.Boxes = append(moved.Boxes[:1:1], post.Filled{Box: post.Box{ID: mail.ID, Address: mail.Address, Seq: 2}})
	s.wants(s.Post(s.Context(), moved, changed(t, t, entry, nil)), desk.ErrStale)
	older := changed(t, t, entry, nil)
	older.Before.Version--
	s.wants(s.Post(s.Context(), last, older), desk.ErrStale)
	s.same(len(s.log(t.ID)), 2)
	s.same(s.box(anns(people.Slack)).Version, int64(0))
	told := changed(t, t, entry, nil)
	s.must(s.Post(s.Context(), last, told))
	s.same(s.ticket(t.ID), told.After)
	s.wants(s.Post(s.Context(), last, told), desk.ErrDuplicate)
	_, _, err = s.Notice(s.Context(), t.ID, t.Version)
	s.wants(err, desk.ErrNotFound)
	s.same(len(s.waits()), 2) // the boxes
	s.wants(s.Post(s.Context(), post.Posting{}, desk.Change{}), desk.ErrInvalid)
}

func dropped(_ *testing.T, s *story) {
	box, n := s.box(anns(people.Email)), desk.Notice{Kind: desk.ToldTest, At: s.now, Urgent: true}
	f := post.Filled{Box: box.Drop(true, s.now), DueAt: s.now}
	s.must(s.Drop(s.Context(), f, n))
	s.wants(s.Drop(s.Context(), f, n), desk.ErrStale)
	is := s.box(anns(people.Email))
	s.same([]any{is.Version, is.Seq, is.Rush}, []any{int64(1), int64(1), int64(1)})
	lines, err := s.Lines(s.Context(), box.ID, 0, 1)
	s.must(err)
	s.same(lines, map[int64]desk.Notice{1: n})
	s.same(s.waits(), []desk.Due{{Nudge: desk.Nudge{Mailbox: box.ID}, At: s.now, Notices: true}})
	s.must(s.Told(s.Context(), box.ID, 1, desk.Change{})) // it is of no ticket: there is no log to say so in
}

func boxLines(_ *testing.T, s *story) {
	box := s.box(anns(people.Email))
	var sent []desk.Notice
	t := s.receive(says("Umalee", 1, charged))
	for range 3 {
		var n desk.Notice
		t, n = s.assigns(t)
		sent = append(sent, n)
		s.must(s.Post(s.Context(), post.Posting{Notice: n, Last: true, At: s.now, Boxes: []post.Filled{{Box: box.Drop(false, s.now), DueAt: s.now}}}, desk.Change{}))
		box = s.box(box.Address)
		back, err := t.Assign("nok", "nok", "", s.now)
		t = s.does(t, back, err) // nobody is told of what they did themselves
	}
	lines, err := s.Lines(s.Context(), box.ID, 1, 3)
	s.must(err)
	s.same(lines, map[int64]desk.Notice{2: sent[1], 3: sent[2]})
	lines, err = s.Lines(s.Context(), box.ID, 3, 3)
	s.must(err)
	s.same(len(lines), 0)

	box = box.Try("token", s.now)
	s.must(s.SaveBox(s.Context(), box, s.now.Add(time.Minute)))
	s.wants(s.SaveBox(s.Context(), box, time.Time{}), desk.ErrStale)
	box.Version++
	box.Due = s.now.Add(time.Minute)
	s.same(s.box(box.Address), box)
	s.same(s.waits(), []desk.Due{{Nudge: desk.Nudge{Mailbox: box.ID}, At: s.now.Add(time.Minute), Notices: true}})
	s.must(s.SaveBox(s.Context(), box, time.Time{}))
	s.same(s.waits(), []desk.Due{})
	s.same(s.box(box.Address).Due, time.Time{})

	entry := desk.Entry{Version: t.Version + 1, What: desk.Notified, At: s.now, Why: "told"}
	older := changed(t, t, entry, nil)
	older.Before.Version--
	s.wants(s.Told(s.Context(), box.ID, 1, older), desk.ErrStale)
	s.must(s.Told(s.Context(), box.ID, 1, changed(t, t, entry, nil)))
	s.wants(s.Told(s.Context(), box.ID, 1, changed(t, t, entry, nil)), desk.ErrDuplicate)
	s.must(s.Told(s.Context(), box.ID, 2, desk.Change{}))
	s.wants(s.Told(s.Context(), box.ID, 2, desk.Change{}), desk.ErrDuplicate)
	s.same(s.ticket(t.ID).Version, t.Version+1)
	lines, err = s.Lines(s.Context(), box.ID, 0, 9)
	s.must(err)
	s.same(lines, map[int64]desk.Notice{3: sent[2]})
}

func bells(_ *testing.T, s *story) {
	var want []post.Ring
	t := s.receive(says("Umalee", 1, charged))
	for n := range 5 {
		s.now = noon.Add(time.Duration(n) * time.Minute)
		var is desk.Notice
		t, is = s.assigns(t)
		s.must(s.Post(s.Context(), post.Posting{Notice: is, Last: true, At: s.now, Bells: []string{"ann", "bo"}}, desk.Change{}))
		want = append([]post.Ring{{At: s.now, Notice: is}}, want...)
		back, err := t.Assign("nok", "nok", "", s.now)
		t = s.does(t, back, err)
	}
	var got []post.Ring
	for cursor, pages := "", 0; ; pages++ {
		some, next, err := s.Bell(s.Context(), "ann", cursor, 2)
		s.must(err)
		got = append(got, some...)
		if cursor = next; cursor == "" || pages > 5 {
			break
		}
	}
	s.same(got, want)
	_, next, err := s.Bell(s.Context(), "ann", "", 5)
	s.must(err)
	s.same(next, "")
	none, _, err := s.Bell(s.Context(), "ann", "", 0)
	s.must(err)
	s.same(none, []post.Ring{})
	for _, cursor := range []string{"§", "Uw"} {
		_, _, err = s.Bell(s.Context(), "ann", cursor, 5)
		s.wants(err, desk.ErrInvalid)
	}
	rang := func(member string, unread int, latest post.Ring) {
		s.Helper()
		n, is, err := s.Rang(s.Context(), member)
		s.must(err)
		s.same([]any{n, is}, []any{unread, latest})
	}
	marks := map[string]string{}
	marked := func(member string, anew bool) {
		s.Helper()
		mark, err := s.Ringing(s.Context(), member)
		s.must(err)
		if mark == "" || (mark != marks[member]) != anew {
			s.Errorf("the bell of %s is marked %q after %q", member, mark, marks[member])
		}
		marks[member] = mark
	}
	marked("ann", true)
	marked("bo", true)
	rang("ann", 5, want[0])
	marked("ann", false)
	s.must(s.Heard(s.Context(), "ann", want[2].At))
	marked("ann", true)
	s.must(s.Heard(s.Context(), "ann", want[4].At)) // none is taken back
	marked("ann", false)
	rang("ann", 2, want[0])
	s.must(s.Heard(s.Context(), "ann", s.now))
	marked("ann", true)
	rang("ann", 0, post.Ring{})
	rang("bo", 5, want[0])
	marked("bo", false)
	rang("nobody", 0, post.Ring{})
	marked("nobody", true)
	marked("nobody", false)
	s.now = s.now.Add(time.Second)
	_, is := s.assigns(t)
	s.must(s.Post(s.Context(), post.Posting{Notice: is, Last: true, At: s.now, Bells: []string{"ann"}}, desk.Change{}))
	marked("ann", true)
	rang("ann", 1, post.Ring{Notice: is, At: s.now})
	marked("bo", false)
}

func browsers(_ *testing.T, s *story) {
	sub := func(n int) post.Subscription {
		return post.Subscription{ID: fmt.Sprint("b", n), Endpoint: fmt.Sprintf("https://push.example.com/%d", n), P256dh: "key", Auth: "auth", At: noon}
	}
	for n := range 3 {
		s.must(s.Subscribe(s.Context(), "ann", sub(2-n)))
	}
	again := sub(1)
	again.Endpoint = "https://push.example.com/again"
	s.must(s.Subscribe(s.Context(), "ann", again))
	all, err := s.Subscriptions(s.Context(), "ann")
	s.must(err)
	s.same(all, []post.Subscription{sub(0), again, sub(2)})
	for range 2 {
		s.must(s.Unsubscribe(s.Context(), "ann", "b2"))
	}
	_, err = s.Subscription(s.Context(), "ann", "b2")
	s.wants(err, desk.ErrNotFound)
	one, err := s.Subscription(s.Context(), "ann", "b1")
	s.must(err)
	s.same(one, again)
	all, err = s.Subscriptions(s.Context(), "bo")
	s.must(err)
	s.same(all, []post.Subscription{})
}
