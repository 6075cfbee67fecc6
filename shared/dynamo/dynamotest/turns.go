package dynamotest

import (
	"testing"

	"example.com/skala/shared/desk"
)

func turns(_ *testing.T, s *story) {
	t, err := s.Turn(s.Context(), "general")
	s.must(err)
	s.same(t, desk.Turn{Team: "general"})
	gave := t.Gave(desk.Gift{Who: "ann", Ticket: "t.1", Weight: 2, At: s.now})
	s.must(s.SaveTurn(s.Context(), gave))
	s.wants(s.SaveTurn(s.Context(), t.Gave(desk.Gift{Who: "bo", Ticket: "t.1", At: s.now})), desk.ErrStale)
	is, err := s.Turn(s.Context(), "general")
	s.must(err)
	gave.Version = 1
	s.same(is, gave)
	s.must(s.SaveTurn(s.Context(), is))
	s.wants(s.SaveTurn(s.Context(), is), desk.ErrStale)
	other, err := s.Turn(s.Context(), "legal")
	s.must(err)
	s.same(other.Version, int64(0))
}
