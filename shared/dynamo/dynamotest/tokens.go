package dynamotest

import (
	"sync"
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

func renewed(_ *testing.T, s *story) {
	shop := desk.AccountKey{Platform: "zalo", App: "demo", ID: "366"}
	t, err := s.Token(s.Context(), shop)
	s.must(err)
	s.same(t, desk.Token{AccountKey: shop})
	t.Sealed, t.Settings = []byte{0, 255, 1}, []string{"new", "old"}
	t.TokenState = desk.TokenState{Ends: s.now.Add(time.Hour), RefreshEnds: s.now.Add(90 * 24 * time.Hour), Refreshed: s.now}
	t.Lease, t.Doubt, t.Next = s.now.Add(time.Minute), true, s.now.Add(2*time.Minute)
	s.must(s.SaveToken(s.Context(), t))
	s.wants(s.SaveToken(s.Context(), t), desk.ErrStale)
	t.Version = 1
	is, err := s.Token(s.Context(), shop)
	s.must(err)
	s.same(is, t)

	var wg sync.WaitGroup
	var mu sync.Mutex
	first := 0
	for range 10 { // of the same version, at once
		wg.Go(func() {
			err := s.SaveToken(s.Context(), is)
			mu.Lock()
			defer mu.Unlock()
			switch kind(err) {
			case "fine":
				first++
			case kind(desk.ErrStale):
			default:
				s.Error(err)
			}
		})
	}
	wg.Wait()
	s.same(first, 1)
	other, err := s.Token(s.Context(), desk.AccountKey{Platform: "zalo", App: "demo3", ID: "66"}) // a name that looks alike
	s.must(err)
	s.same(other.Version, int64(0))
}
