package dynamotest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

func onlookers(_ *testing.T, s *story) {
	t := s.receive(says("U", 1, charged))
	there := func(ticket desk.TicketID) []desk.Onlooker {
		all, err := s.Onlookers(s.Context(), ticket)
		s.must(err)
		slices.SortFunc(all, func(a, b desk.Onlooker) int { return strings.Compare(a.Who, b.Who) })
		return all
	}
	at := noon.Truncate(time.Millisecond)
	s.same(len(there(t.ID)), 0)
	s.must(s.Look(s.Context(), t.ID, desk.Onlooker{Who: "ann", Seen: at, Typed: at}))
	s.must(s.Look(s.Context(), t.ID, desk.Onlooker{Who: "bo", Seen: at}))
	s.must(s.Look(s.Context(), t.ID, desk.Onlooker{Who: "ann", Seen: at.Add(time.Minute)})) // has typed all the same
	s.same(there(t.ID), []desk.Onlooker{{Who: "ann", Seen: at.Add(time.Minute), Typed: at}, {Who: "bo", Seen: at}})
	s.must(s.Leave(s.Context(), t.ID, "ann"))
	s.must(s.Leave(s.Context(), t.ID, "ann"))
	s.same(there(t.ID), []desk.Onlooker{{Who: "bo", Seen: at}})
	s.same(len(there(t.ID+"0")), 0)
	s.same(s.ticket(t.ID), t) // which knows nothing of it
	s.wants(s.Look(s.Context(), t.ID, desk.Onlooker{Seen: at}), desk.ErrInvalid)
}
