package dynamotest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

func alike(_ *testing.T, s *story) {
	by := func(id, name, handle string) desk.Ticket {
		e := says(id, 1, charged)
		e.Author.Name, e.Author.Handle = name, handle
		t := s.receive(e)
		claim, err := t.Claim("ann", "token", s.now, promises{})
		return s.does(t, claim, err)
	}
	none := by("Unone", "Nok", "")
	named, handled := by("Unamed", "Malee  Sukjai", ""), by("Uhandled", "", "@Malee_S")
	both := by("Uboth", "malee sukjai", "malee_s")
	unclaimed := says("Uunclaimed", 1, charged)
	unclaimed.Author.Name = "Malee Sukjai"
	s.receive(unclaimed)
	late := by("Ulate", "", "")
	late = s.does(late, desk.Entry{Version: late.Version + 1, What: desk.Introduced, At: s.now, Message: &desk.Message{Author: desk.Author{ID: late.Author.ID, Name: "Malee Sukjai"}}}, nil)
	got, err := s.Alike(s.Context(), both.Author, 10)
	s.must(err)
	ids := func(all ...desk.Ticket) (ids []string) {
		for _, t := range all {
			ids = append(ids, string(t.ID))
		}
		slices.Sort(ids)
		return ids
	}
	s.same(ids(got...), ids(named, handled, both, late))
	for _, t := range got {
		s.same(t, s.ticket(t.ID))
	}
	got, err = s.Alike(s.Context(), handled.Author, 10)
	s.must(err)
	s.same(ids(got...), ids(handled, both))
	got, err = s.Alike(s.Context(), none.Author, 10)
	s.must(err)
	s.same(len(got), 0)
	got, err = s.Alike(s.Context(), named.Author, 2)
	s.must(err)
	s.same(len(got), 2)
}

func kin(_ *testing.T, s *story) {
	one, other, third := desk.Identity{Platform: "x", ID: "1", Handle: "malee_s"}, desk.Identity{Platform: "line", ID: "U2", Name: "Malee Sukjai"}, desk.Identity{Platform: "xl", ID: "ine"}
	about := func(with desk.Identity, is desk.Sameness) desk.Kinship {
		s.now = s.now.Add(time.Second)
		return desk.Kinship{With: with, Is: is, Evidence: []desk.Evidence{desk.SameHandle}, Why: "she said so", Who: "ann", At: s.now}
	}
	change := func(k desk.Kinship) people.Change {
		return people.Change{At: k.At, Who: k.Who, What: "identity", Kind: "identity", Target: k.With.String()}
	}
	of := func(i desk.Identity) []desk.Kinship {
		all, err := s.Kin(s.Context(), i)
		s.must(err)
		slices.SortFunc(all, func(a, b desk.Kinship) int { return strings.Compare(a.With.String(), b.With.String()) })
		return all
	}
	s.same(len(of(one)), 0)
	k := about(other, desk.SamePerson)
	line := change(k)
	line.ID = "1782000000000#kin"
	s.wants(s.SaveKin(s.Context(), one, k, line), desk.ErrInvalid) // not of its time
	s.same(len(of(one)), 0)
	s.must(s.SaveKin(s.Context(), one, k, change(k)))
	s.same(of(one), []desk.Kinship{k})
	back := k
	back.With = one
	s.same(of(other), []desk.Kinship{back})

	not := about(third, desk.OtherPerson)
	s.must(s.SaveKin(s.Context(), one, not, change(not)))
	s.same(of(one), []desk.Kinship{k, not})
	s.same(len(of(desk.Identity{Platform: "x", ID: "line"})), 0) // a name that looks alike
	nothing := about(one, desk.NothingSaid)
	s.must(s.SaveKin(s.Context(), other, nothing, change(nothing))) // by the other's side as well
	s.same(of(other), []desk.Kinship{nothing})
	nothing.With = other
	s.same(of(one), []desk.Kinship{nothing, not})

	s.wants(s.SaveKin(s.Context(), one, about(one, desk.SamePerson), change(k)), desk.ErrInvalid)
	s.wants(s.SaveKin(s.Context(), one, about(desk.Identity{Platform: "line"}, desk.SamePerson), change(k)), desk.ErrInvalid)
	lines, _, err := s.Audit(s.Context(), people.AuditQuery{Kind: "identity"}, "", 10)
	s.must(err)
	s.same(len(lines), 3)
}
