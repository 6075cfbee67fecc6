package dynamotest

import (
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

func polled(_ *testing.T, s *story) {
	shop := desk.AccountKey{Platform: "youtube", App: "demo", ID: "UCshop"}
	c, err := s.Cursor(s.Context(), shop)
	s.must(err)
	s.same(c, desk.Cursor{AccountKey: shop})
	c.At, c.Seen, c.Next, c.Subscribed = s.now, []string{"a:1", "b:2"}, s.now.Add(2*time.Minute), s.now.Add(-time.Hour)
	s.must(s.SaveCursor(s.Context(), c))
	s.wants(s.SaveCursor(s.Context(), c), desk.ErrStale) // another was first, or its own try
	c.Version = 1
	is, err := s.Cursor(s.Context(), shop)
	s.must(err)
	s.same(is, c)
	older := is
	is.At, is.Seen = s.now.Add(time.Minute), nil
	s.must(s.SaveCursor(s.Context(), is))
	s.wants(s.SaveCursor(s.Context(), older), desk.ErrStale)

	other, err := s.Cursor(s.Context(), desk.AccountKey{Platform: "youtube", App: "demoUC", ID: "shop"}) // a name that looks alike
	s.must(err)
	s.same(other.Version, int64(0))
}
