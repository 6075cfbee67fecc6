package dynamotest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

// head reads the head of a ticket.
func (s *story) head(id desk.TicketID) desk.Head {
	s.Helper()
	h, err := s.Head(s.Context(), id)
	s.must(err)
	return h
}

func heads(_ *testing.T, s *story) {
	first := s.receive(says("Umalee", 1, charged))
	solve, err := first.Solve("ann", "", s.now)
	first = s.does(first, solve, err)
	s.same(s.head(first.ID), desk.Head{Ticket: first, Places: s.Places(first, first.DueAt(promises{}))})
	first = s.does(first, desk.Entry{What: desk.ClosedNow}, nil)
	s.same(s.head(first.ID).Places, desk.Places{}) // nothing closed stays in an index
	s.now = s.now.Add(100 * time.Hour)
	t := s.receive(says("Umalee", 2, charged))
	assign, err := t.Assign("nok", "ann", "", s.now)
	t = s.does(t, assign, err)
	h := s.head(t.ID)
	s.same(h, desk.Head{Ticket: t, Places: s.Places(t, t.DueAt(promises{}))})
	for n, place := range []string{h.Places.List, h.Places.Due, h.Places.Assignee} {
		if place == "" {
			s.Errorf("place %d is nowhere", n)
		}
	}
	other := s.receive(says("Usomchai", 1, charged))
	all, err := s.Heads(s.Context(), []desk.TicketID{"nobody.1", t.ID, first.ID, "nonsense", other.ID, t.ID})
	s.must(err)
	slices.SortFunc(all, func(a, b desk.Head) int { return strings.Compare(a.Author.ID, b.Author.ID) })
	s.same(all, []desk.Head{h, s.head(other.ID)})
	for _, id := range []desk.TicketID{first.ID, "nobody.1", "nonsense"} {
		_, err := s.Head(s.Context(), id)
		s.wants(err, desk.ErrNotFound)
	}
}

func mended(_ *testing.T, s *story) {
	t := s.receive(says("Umalee", 1, charged))
	wrong := t
	wrong.Preview, wrong.Tier, wrong.Clocks = "not what was said", desk.General, nil
	s.must(s.Mend(s.Context(), s.head(t.ID), wrong, time.Time{}))
	h := s.head(t.ID)
	s.same(h, desk.Head{Ticket: wrong, Places: s.Places(wrong, time.Time{})})
	at := s.now.Add(time.Minute)
	s.must(s.Nudged(s.Context(), wrong, s.now, at))
	s.wants(s.Mend(s.Context(), h, t, t.DueAt(promises{})), desk.ErrStale) // it was stamped since
	h = s.head(t.ID)
	s.same(h.Places, s.Places(wrong, at))
	s.must(s.Nudged(s.Context(), wrong, s.now, at.Add(time.Minute)))
	s.wants(s.Mend(s.Context(), h, t, t.DueAt(promises{})), desk.ErrStale) // and once more
	h = s.head(t.ID)
	t.Nudged = h.Nudged // the log knows nothing of stamps
	s.must(s.Mend(s.Context(), h, t, t.DueAt(promises{})))
	h = s.head(t.ID)
	s.same(h, desk.Head{Ticket: t, Places: s.Places(t, t.DueAt(promises{}))})
	cards, _, err := s.Worklist(s.Context(), desk.WorklistQuery{Brands: []string{"demo"}}, "", 5)
	s.must(err)
	s.same(cards, []desk.Card{t.Card()})
	due, err := s.Due(s.Context(), s.now.Add(time.Hour), 5)
	s.must(err)
	s.same(len(due), 1)

	sent := t
	sent.Team = "legal"
	s.must(s.Mend(s.Context(), h, sent, t.DueAt(promises{})))
	h = s.head(t.ID)
	tag, err := t.Tag("ann", []string{"vip"}, s.now)
	later := s.does(t, tag, err)                                           // by somebody who read it before
	later.Team = "legal"                                                   // whom it is routed to is written by who changes it
	s.wants(s.Mend(s.Context(), h, t, t.DueAt(promises{})), desk.ErrStale) // it has a new version
	s.wants(s.Mend(s.Context(), h, later, t.DueAt(promises{})), desk.ErrInvalid)
	s.wants(s.Mend(s.Context(), desk.Head{Ticket: desk.Ticket{ID: "nobody.1", Version: 1}}, desk.Ticket{ID: "nobody.1", Version: 1}, s.now), desk.ErrStale)
	s.same(s.ticket(t.ID), later)
}

func passed(_ *testing.T, s *story) {
	made := s.onList("U", 12)
	var want []desk.Due
	for n, t := range made {
		if n%3 == 0 { // one without a deadline is there by when it is due
			t.Clocks = nil
			at := noon.Add(time.Hour + time.Duration(n)*time.Minute + 300*time.Microsecond)
			s.must(s.Mend(s.Context(), s.head(t.ID), t, at))
			if n < 9 {
				want = append(want, desk.Due{Nudge: desk.Nudge{Ticket: t.ID}, At: at.Truncate(time.Millisecond).Add(time.Millisecond)})
			}
		}
	}
	q := desk.WorklistQuery{Brands: []string{"demo"}}
	got, err := s.Passed(s.Context(), q, noon.Add(2*time.Minute), 50)
	s.must(err)
	s.same(got, []desk.Due{}) // nobody's acknowledgement is due
	until := noon.Add(time.Hour + 7*time.Minute)
	got, err = s.Passed(s.Context(), q, until, 50)
	s.must(err)
	var byDeadline []desk.Due
	for n, t := range made {
		if n%3 != 0 {
			byDeadline = append(byDeadline, desk.Due{Nudge: desk.Nudge{Ticket: t.ID}, At: t.Deadline()})
		}
	}
	s.same(got, slices.Concat(byDeadline, want))
	got, err = s.Passed(s.Context(), q, until, 2)
	s.must(err)
	s.same(got, slices.Concat(byDeadline[:2], want[:2]))
	got, err = s.Passed(s.Context(), desk.WorklistQuery{Brands: []string{"other"}}, until, 50)
	s.must(err)
	s.same(got, []desk.Due{})
}

func standing(_ *testing.T, s *story) {
	var want, got []desk.TicketID
	for _, t := range s.onList("U", 7) {
		want = append(want, t.ID)
	}
	for cursor, pages := "", 0; ; pages++ {
		ids, next, err := s.Standing(s.Context(), desk.WorklistQuery{Brands: []string{"demo", "other"}}, cursor, 3)
		s.must(err)
		got = append(got, ids...)
		if cursor = next; cursor == "" || pages > 5 {
			break
		}
	}
	s.same(got, want)
	got = nil
	for cursor, pages := "", 0; ; pages++ {
		ids, next, err := s.Every(s.Context(), cursor, 3)
		s.must(err)
		got = append(got, ids...)
		if cursor = next; cursor == "" || pages > 5 {
			break
		}
	}
	slices.Reverse(want) // the newest first
	s.same(got, want)
}

func patrols(_ *testing.T, s *story) {
	p, err := s.Patrols(s.Context())
	s.must(err)
	s.same(p, desk.Patrols{})
	for n, p := range []desk.Patrols{{Working: "9999#a", Every: "b", Until: s.now, Stuck: true}, {Every: "c", Until: s.now.Add(time.Hour)}} {
		s.must(s.Patrolled(s.Context(), p))
		got, err := s.Patrols(s.Context())
		s.must(err)
		if got != p {
			s.Error(fmt.Sprint(n), got)
		}
	}
}
