package dynamotest

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/skala/shared/desk"
)

func knownAccounts(_ *testing.T, s *story) {
	shop := desk.AccountKey{Platform: "line", App: "demo", ID: "Ushop"}
	unknown, err := s.Account(s.Context(), shop)
	s.must(err)
	s.same(unknown, desk.Account{AccountKey: shop})
	all, err := s.Accounts(s.Context())
	s.must(err)
	s.same(all, []desk.Account{})

	a := unknown.Learn(desk.FoundRefused, desk.Probe{}, "the token is no good", s.now)
	a.Heard = s.now.Add(-time.Hour)
	a.Rhythm = desk.Rhythm{At: s.now, Weeks: 4, Hours: []byte{4, 0, 255}, Longest: 1.25}
	s.must(s.SaveAccount(s.Context(), a))
	s.wants(s.SaveAccount(s.Context(), a), desk.ErrStale)
	a.Version = 1
	is, err := s.Account(s.Context(), shop)
	s.must(err)
	s.same(is, a)
	older := is
	is = is.Resume("lead", s.now.Add(time.Minute))
	s.must(s.SaveAccount(s.Context(), is))
	s.wants(s.SaveAccount(s.Context(), older), desk.ErrStale)
	is.Version = 2

	// Names that look alike are not the same.
	other := desk.Account{AccountKey: desk.AccountKey{Platform: "line", App: "demoU", ID: "shop"}, Found: desk.FoundWell}
	s.must(s.SaveAccount(s.Context(), other))
	other.Version = 1
	all, err = s.Accounts(s.Context())
	s.must(err)
	slices.SortFunc(all, func(a, b desk.Account) int { return strings.Compare(a.App, b.App) })
	s.same(all, []desk.Account{is, other})

	// Of ten at once each is taken in turn.
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			for {
				a, err := s.Account(s.Context(), shop)
				if err == nil {
					err = s.SaveAccount(s.Context(), a)
				}
				if kind(err) != kind(desk.ErrStale) {
					if err != nil {
						s.Error(err)
					}
					return
				}
			}
		})
	}
	wg.Wait()
	is, err = s.Account(s.Context(), shop)
	s.must(err)
	s.same(is.Version, int64(12))
}

func heldReplies(_ *testing.T, s *story) {
	shop, bar := desk.AccountKey{Platform: "line", App: "demo", ID: "Ushop"}, desk.AccountKey{Platform: "line", App: "demo", ID: "Ubar"}
	all := []desk.HeldBack{{Account: shop, Ticket: "a.1"}, {Account: shop, Ticket: "b.2"}, {Account: bar, Ticket: "a.1"}}
	for _, h := range append(all, all[0]) {
		s.must(s.HoldBack(s.Context(), h))
	}
	listed := func(k desk.AccountKey, limit int, want ...desk.HeldBack) {
		s.Helper()
		got, err := s.HeldBack(s.Context(), k, limit)
		s.must(err)
		order := func(a, b desk.HeldBack) int {
			return cmp.Or(strings.Compare(a.Account.ID, b.Account.ID), strings.Compare(string(a.Ticket), string(b.Ticket)))
		}
		slices.SortFunc(got, order)
		want = slices.Clone(want)
		slices.SortFunc(want, order)
		s.same(got, append([]desk.HeldBack{}, want...))
	}
	listed(desk.AccountKey{}, 9, all...)
	listed(shop, 9, all[:2]...)
	some, err := s.HeldBack(s.Context(), desk.AccountKey{}, 2)
	s.must(err)
	s.same(len(some), 2)
	for range 2 {
		s.must(s.LetGo(s.Context(), all[0]))
	}
	listed(shop, 9, all[1])
	listed(bar, 9, all[2])
	s.must(s.LetGo(s.Context(), all[1]))
	s.must(s.LetGo(s.Context(), all[2]))
	listed(desk.AccountKey{}, 9)
}

func refusals(_ *testing.T, s *story) {
	line, slack := desk.App{Platform: "line", Name: "demo"}, desk.App{Platform: "slack", Name: "demo"}
	s.must(s.Refused(s.Context(), slack, 1, s.now.Add(-24*time.Hour)))
	s.must(s.Refused(s.Context(), line, 2, s.now))
	s.must(s.Refused(s.Context(), line, 3, s.now.Add(time.Second)))
	today := s.now.Truncate(24 * time.Hour)
	all := []desk.Refusals{
		{App: slack, Day: today.Add(-24 * time.Hour), N: 1, Last: s.now.Add(-24 * time.Hour)},
		{App: line, Day: today, N: 5, Last: s.now.Add(time.Second)},
	}
	got, err := s.Refusals(s.Context(), s.now.Add(-36*time.Hour))
	s.must(err)
	s.same(got, all)
	got, err = s.Refusals(s.Context(), s.now)
	s.must(err)
	s.same(got, all[1:])
}

func challenges(_ *testing.T, s *story) {
	x, linkedin := desk.App{Platform: "x", Name: "demo"}, desk.App{Platform: "linkedin", Name: "demo"}
	none, err := s.Challenges(s.Context())
	s.must(err)
	s.same(none, []desk.Challenges{})
	at := func(n int) time.Time { return s.now.Add(time.Duration(n) * time.Millisecond) }
	s.must(s.Challenged(s.Context(), x, false, at(1)))
	s.must(s.Challenged(s.Context(), linkedin, true, at(1500)))
	s.must(s.Challenged(s.Context(), linkedin, true, at(1000))) // another door was slower
	s.must(s.Challenged(s.Context(), linkedin, true, at(1500)))
	s.must(s.Challenged(s.Context(), x, true, at(0)))
	s.must(s.Challenged(s.Context(), x, true, at(2000)))
	got, err := s.Challenges(s.Context())
	s.must(err)
	s.same(got, []desk.Challenges{{App: linkedin, Answered: at(1500)}, {App: x, Answered: at(2000), Refused: at(1)}})
}
