package dynamotest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

func byPlatformID(_ *testing.T, s *story) {
	e := says("Umalee", 1, charged)
	t := s.receive(e)
	s.receive(says("Umalee", 2, "?"))
	m, id, err := s.MessageByID(s.Context(), e.Thread(), e.ID)
	s.must(err)
	if m.Key != e.Key || m.Text != charged || id != t.ID {
		s.Errorf("%s is %+v of %s", e.ID, m, id)
	}
	_, _, err = s.MessageByID(s.Context(), says("Usomchai", 1, "").Thread(), e.ID)
	s.wants(err, desk.ErrNotFound)
}

func edits(_ *testing.T, s *story) {
	e := says("Umalee", 1, "first")
	t := s.receive(e)
	for n, step := range []struct {
		words string
		at    time.Duration
		want  string
	}{
		{"second", time.Minute, "second"},
		{"older", 30 * time.Second, "second"},
		{"equal", time.Minute, "equal"},
		{"later", 2 * time.Minute, "later"},
	} {
		c := s.alters(t, e, edit(e, n+2, step.words, e.Time.Add(step.at)))
		s.must(s.Commit(s.Context(), c))
		t = c.After
		m, _, err := s.MessageByID(s.Context(), e.Thread(), e.ID)
		s.must(err)
		if m.Text != step.want {
			s.Errorf("after %q the message reads %q, want %q", step.words, m.Text, step.want)
		}
		if step.words == step.want && !m.EditedAt.Equal(e.Time.Add(step.at)) {
			s.Errorf("edited at %v", m.EditedAt)
		}
	}
	s.same(s.texts(t.ID), []string{"later", "second", "older", "equal", "later"})
}

// shown fails when a customer's words stand anywhere in what the store tells.
func (s *story) hidden(words string, ids ...desk.TicketID) {
	s.Helper()
	for _, id := range ids {
		for _, e := range s.log(id) {
			told := fmt.Sprintf("%+v %+v %+v", e, e.Message, e.Verdict)
			if strings.Contains(told, words) {
				s.Errorf("version %d (%s) still says it", e.Version, e.What)
			}
		}
		if strings.Contains(fmt.Sprintf("%+v", s.ticket(id)), words) {
			s.Errorf("ticket %s still says it", id)
		}
	}
}

func deletion(_ *testing.T, s *story) {
	e := says("Umalee", 1, charged)
	t := s.receive(e)
	c := s.alters(t, e, edit(e, 2, charged+" (ตัดเงินสองครั้ง)", e.Time.Add(time.Minute)))
	s.must(s.Commit(s.Context(), c))
	t = c.After
	correct, err := t.Correct("ann", corrected(t, desk.Billing, desk.High, desk.Individual), s.now)
	t = s.does(t, correct, err)
	c = s.alters(t, e, del(e, 3))
	s.must(s.Commit(s.Context(), c))
	s.wants(s.Commit(s.Context(), c), desk.ErrDuplicate)
	s.wants(s.Commit(s.Context(), s.alters(c.After, e, del(e, 3))), desk.ErrDuplicate)
	s.hidden("ตัดเงินสองครั้ง", t.ID)
	m, _, err := s.MessageByID(s.Context(), e.Thread(), e.ID)
	s.must(err)
	if !m.Deleted || m.Text != "" {
		s.Errorf("left %+v", m)
	}
	log := s.log(t.ID)
	if len(log) != 4 || log[0].Verdict.Category != desk.Billing || log[0].Verdict.Reasons[0].Weight == 0 {
		s.Errorf("the log became %+v", log)
	}
	s.same(s.ticket(t.ID), c.After)
}

func deletionInEarlierTicket(_ *testing.T, s *story) {
	e := says("Umalee", 1, charged)
	first := s.receive(e)
	solve, err := first.Solve("ann", "", s.now)
	first = s.does(first, solve, err)
	s.does(first, desk.Entry{What: desk.ClosedNow}, nil)
	s.now = s.now.Add(100 * time.Hour)
	second := s.receive(says("Umalee", 2, "?"))
	c := s.alters(second, e, edit(e, 3, "แก้ไข", e.Time.Add(time.Minute)))
	s.must(s.Commit(s.Context(), c))
	if got := s.ticket(first.ID).Preview; got != "แก้ไข" {
		s.Errorf("the earlier ticket shows %q", got)
	}
	c = s.alters(c.After, e, del(e, 4))
	s.must(s.Commit(s.Context(), c))
	s.hidden("แก้ไข", first.ID, second.ID)
	s.hidden("ตัดเงินสองครั้ง", first.ID, second.ID)
}

func editAfterDeletion(_ *testing.T, s *story) {
	e := says("Umalee", 1, "first")
	t := s.receive(e)
	c := s.alters(t, e, del(e, 2))
	s.must(s.Commit(s.Context(), c))
	late := s.alters(c.After, e, edit(e, 3, charged, e.Time.Add(time.Hour)))
	late.After.Preview = "" // triage reads the message first and takes no words from such an edit
	s.must(s.Commit(s.Context(), late))
	s.same(s.texts(t.ID), []string{"", "", ""})
	s.hidden("ตัดเงินสองครั้ง", t.ID)
}

func manyEdits(_ *testing.T, s *story) {
	e := says("Umalee", 1, "first")
	t := s.receive(e)
	for n := range 100 {
		c := s.alters(t, e, edit(e, n+2, charged, e.Time.Add(time.Duration(n)*time.Second)))
		s.must(s.Commit(s.Context(), c))
		t = c.After
	}
	c := s.alters(t, e, del(e, 200))
	s.must(s.Commit(s.Context(), c))
	s.hidden("ตัดเงินสองครั้ง", t.ID)
}

func editBeforeMessage(_ *testing.T, s *story) {
	e := says("Umalee", 1, "first")
	for n, words := range []string{"second", "third", "second and a half"} {
		at := e.Time.Add(time.Duration([]int{1, 3, 2}[n]) * time.Minute)
		early := edit(e, n+2, words, at)
		s.must(s.Entomb(s.Context(), early, came(early, s.now)))
		s.wants(s.Entomb(s.Context(), early, came(early, s.now)), desk.ErrDuplicate)
	}
	thread, err := s.Thread(s.Context(), e)
	s.must(err)
	s.same(thread.Tombstone, &desk.Tombstone{Text: "third", At: e.Time.Add(3 * time.Minute)})
	t := s.receive(e)
	s.same(s.texts(t.ID), []string{"third"})
	s.must(s.Commit(s.Context(), s.alters(t, e, del(e, 9))))
	thread, err = s.Thread(s.Context(), e)
	s.must(err)
	if thread.Tombstone != nil {
		s.Errorf("the words of an edit stay in %+v", thread.Tombstone)
	}
}

func deletionBeforeMessage(_ *testing.T, s *story) {
	e := says("Umalee", 1, charged)
	for _, early := range []desk.Event{edit(e, 2, charged, e.Time.Add(time.Minute)), del(e, 3), edit(e, 4, charged, e.Time.Add(time.Hour))} {
		s.must(s.Entomb(s.Context(), early, came(early, s.now)))
		s.wants(s.Entomb(s.Context(), early, came(early, s.now)), desk.ErrDuplicate)
	}
	thread, err := s.Thread(s.Context(), e)
	s.must(err)
	if tomb := thread.Tombstone; tomb == nil || !tomb.Deleted || tomb.Text != "" {
		s.Fatalf("met %+v", tomb)
	}
	t := s.receive(e)
	s.same(s.texts(t.ID), []string{""})
	s.hidden("ตัดเงินสองครั้ง", t.ID)
}

func tombstoneMeanwhile(_ *testing.T, s *story) {
	for n, ahead := range []int{0, 1} { // on a thread without a ticket, and on one with
		if n == 1 {
			s.receive(says("Umalee", 5, "before"))
		}
		e := says("Umalee", 10+ahead, charged)
		c := s.change(e)
		gone := del(e, 20+ahead)
		s.must(s.Entomb(s.Context(), gone, came(gone, s.now)))
		s.wants(s.Commit(s.Context(), c), desk.ErrStale)
		t := s.receive(e)
		s.hidden("ตัดเงินสองครั้ง", t.ID)
		other := says("Umalee", 30+ahead, "another message does not care") // of the same thread
		s.receive(other)
	}
}

func oldTombstone(_ *testing.T, s *story) {
	e := says("Umalee", 1, charged)
	c := s.change(e)
	early := edit(e, 2, "older than the message", e.Time.Add(-time.Hour))
	s.must(s.Entomb(s.Context(), early, came(early, s.now)))
	s.must(s.Commit(s.Context(), c))
	s.same(s.texts(c.After.ID), []string{charged})
}

func tombstoneTooLate(_ *testing.T, s *story) {
	e := says("Umalee", 1, charged)
	t := s.receive(e)
	gone := del(e, 2)
	s.wants(s.Entomb(s.Context(), gone, came(gone, s.now)), desk.ErrStale)
	thread, err := s.Thread(s.Context(), gone)
	s.must(err)
	if thread.Known {
		s.Error("the refused deletion counts as known")
	}
	s.must(s.Commit(s.Context(), s.alters(t, e, gone)))
	s.hidden("ตัดเงินสองครั้ง", t.ID)
}

func largeRaw(_ *testing.T, s *story) {
	e := says("Umalee", 1, charged)
	c := s.change(e)
	c.Raw.Body = noise(900_000)
	s.must(s.Commit(s.Context(), c))
	edited := s.alters(c.After, e, edit(e, 2, "ตัดเงินสองครั้ง", e.Time.Add(time.Minute)))
	s.must(s.Commit(s.Context(), edited))
	s.same(s.texts(c.After.ID), []string{"ตัดเงินสองครั้ง", "ตัดเงินสองครั้ง"})
	s.must(s.Commit(s.Context(), s.alters(edited.After, e, del(e, 3))))
	s.hidden("ตัดเงินสองครั้ง", c.After.ID)
}
