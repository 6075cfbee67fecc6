package dynamotest

import (
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

// bothOf is what entries make of two tickets.
func bothOf(one, other desk.Ticket, oneEntry, otherEntry desk.Entry) (desk.Change, desk.Change) {
	return changed(one, one, oneEntry, nil), changed(other, other, otherEntry, nil)
}

func twoTickets(_ *testing.T, s *story) {
	malee, somchai := s.receive(says("Umalee", 1, charged)), s.receive(says("Usomchai", 1, charged))
	one, other, err := malee.Link("ann", somchai, "the same parcel", s.now)
	s.must(err)
	first, second := bothOf(malee, somchai, one, other)
	s.must(s.CommitBoth(s.Context(), first, second))
	s.wants(s.CommitBoth(s.Context(), first, second), desk.ErrStale)
	s.same(s.ticket(malee.ID), first.After)
	s.same(s.ticket(somchai.ID), second.After)
	if links := s.ticket(somchai.ID).Ties.Links; len(links) != 1 || links[0] != malee.ID {
		s.Errorf("linked to %v", links)
	}

	// One of them has moved on: neither is written.
	malee, somchai = first.After, second.After
	s.now = s.now.Add(time.Minute)
	source, target, err := malee.Merge("ann", somchai, "one matter", s.now)
	s.must(err)
	late, on := bothOf(malee, somchai, source, target)
	tag, err := somchai.Tag("bo", []string{"vip"}, s.now)
	somchai = s.does(somchai, tag, err)
	s.wants(s.CommitBoth(s.Context(), late, on), desk.ErrStale)
	s.wants(s.CommitBoth(s.Context(), on, late), desk.ErrStale)
	s.same(s.ticket(malee.ID), malee)
	s.same(s.ticket(somchai.ID), somchai)

	source, target, err = malee.Merge("ann", somchai, "one matter", s.now)
	s.must(err)
	late, on = bothOf(malee, somchai, source, target)
	s.must(s.CommitBoth(s.Context(), late, on))
	over, goesOn := s.ticket(malee.ID), s.ticket(somchai.ID)
	s.same(over, late.After)
	s.same(goesOn, on.After)
	if over.State != desk.Merged || over.Into != somchai.ID {
		s.Errorf("it is %s, into %q", over.State, over.Into)
	}
	for id, version := range map[desk.TicketID]int64{over.ID: over.Version, goesOn.ID: goesOn.Version} {
		if log := s.log(id); log[len(log)-1].Version != version {
			s.Errorf("the log of %s ends at %d, and the ticket is %d", id, log[len(log)-1].Version, version)
		}
	}
	apart, also, err := goesOn.Unlink("ann", over, "", s.now)
	s.must(err)
	first, second = bothOf(goesOn, over, apart, also)
	s.must(s.CommitBoth(s.Context(), first, second))
	s.same(s.ticket(over.ID), second.After)
	if links := s.ticket(somchai.ID).Ties.Links; links != nil {
		s.Errorf("still linked to %v", links)
	}
}
