package memory

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"example.com/skala/shared/desk"
)

// refused names what an app's refusals of a day are counted under.
type refused struct {
	day time.Time
	app desk.App
}

// An accountBook is what is known of accounts, as JSON, what waits for them, what the
// door refused, and when platforms asked it whose it is.
type accountBook struct {
	items   map[desk.AccountKey]entry
	held    map[desk.HeldBack]bool
	refused map[refused]desk.Refusals
	asked   map[desk.App]desk.Challenges
}

// Accounts returns all accounts of which anything is known.
func (s *Store) Accounts(ctx context.Context) (all []desk.Account, err error) {
	err = s.effect(ctx, "Accounts", func() error {
		all = []desk.Account{}
		for _, k := range slices.SortedFunc(maps.Keys(s.accounts.items), compareAccounts) {
			var a desk.Account
			if err := json.Unmarshal(s.accounts.items[k].doc, &a); err != nil {
				return err
			}
			all = append(all, a)
		}
		return nil
	})
	return all, err
}

func compareAccounts(a, b desk.AccountKey) int {
	return cmp.Or(strings.Compare(string(a.Platform), string(b.Platform)), strings.Compare(a.App, b.App), strings.Compare(a.ID, b.ID))
}

// Account returns what is known of one, its key alone where nothing is.
func (s *Store) Account(ctx context.Context, k desk.AccountKey) (a desk.Account, err error) {
	err = s.effect(ctx, "Account", func() (err error) {
		a, err = about(s.accounts.items, desk.Account{AccountKey: k}, k)
		return err
	})
	return a, err
}

// SaveAccount writes a, with its version one higher, on the condition of a.Version.
func (s *Store) SaveAccount(ctx context.Context, a desk.Account) error {
	err := s.effect(ctx, "SaveAccount", func() error {
		was := a.Version
		a.Version++
		return keep(s.accounts.items, a.AccountKey, was, a)
	})
	if err != nil {
		return fmt.Errorf("memory: saving an account: %w", err)
	}
	return nil
}

// HoldBack notes that a ticket has a reply that waits for its account.
func (s *Store) HoldBack(ctx context.Context, h desk.HeldBack) error {
	return s.effect(ctx, "HoldBack", func() error {
		s.accounts.held[h] = true
		return nil
	})
}

// HeldBack returns what waits for all accounts, or for the one of a key.
func (s *Store) HeldBack(ctx context.Context, k desk.AccountKey, limit int) (all []desk.HeldBack, err error) {
	err = s.effect(ctx, "HeldBack", func() error {
		all = []desk.HeldBack{}
		for h := range s.accounts.held {
			if k == (desk.AccountKey{}) || h.Account == k {
				all = append(all, h)
			}
		}
		slices.SortFunc(all, func(a, b desk.HeldBack) int {
			return cmp.Or(compareAccounts(a.Account, b.Account), strings.Compare(string(a.Ticket), string(b.Ticket)))
		})
		all = all[:min(len(all), max(1, limit))]
		return nil
	})
	return all, err
}

// LetGo notes that nothing of a ticket waits for its account any more.
func (s *Store) LetGo(ctx context.Context, h desk.HeldBack) error {
	return s.effect(ctx, "LetGo", func() error {
		delete(s.accounts.held, h)
		return nil
	})
}

// Refused counts n webhooks and handshakes of an app that were refused.
func (s *Store) Refused(ctx context.Context, app desk.App, n int, at time.Time) error {
	return s.effect(ctx, "Refused", func() error {
		k := refused{at.UTC().Truncate(24 * time.Hour), app}
		r := s.accounts.refused[k]
		s.accounts.refused[k] = desk.Refusals{App: app, Day: k.day, N: r.N + n, Last: at}
		return nil
	})
}

// Refusals returns what was refused from the day of since on.
func (s *Store) Refusals(ctx context.Context, since time.Time) (all []desk.Refusals, err error) {
	err = s.effect(ctx, "Refusals", func() error {
		all = []desk.Refusals{}
		for k, r := range s.accounts.refused {
			if !k.day.Before(since.UTC().Truncate(24 * time.Hour)) {
				all = append(all, r)
			}
		}
		slices.SortFunc(all, func(a, b desk.Refusals) int {
			return cmp.Or(a.Day.Compare(b.Day), strings.Compare(string(a.App.Platform), string(b.App.Platform)), strings.Compare(a.App.Name, b.App.Name))
		})
		return nil
	})
	return all, err
}

// Challenged notes that an app's platform asked whether the address is ours.
func (s *Store) Challenged(ctx context.Context, app desk.App, answered bool, at time.Time) error {
	return s.effect(ctx, "Challenged", func() error {
		c := s.accounts.asked[app]
		c.App = app
		last := &c.Refused
		if answered {
			last = &c.Answered
		}
		if at.After(*last) {
			*last = at.UTC().Truncate(time.Millisecond)
		}
		s.accounts.asked[app] = c
		return nil
	})
}

// Challenges returns when the platforms of apps asked last.
func (s *Store) Challenges(ctx context.Context) (all []desk.Challenges, err error) {
	err = s.effect(ctx, "Challenges", func() error {
		all = slices.SortedFunc(maps.Values(s.accounts.asked), func(a, b desk.Challenges) int {
			return cmp.Or(strings.Compare(string(a.App.Platform), string(b.App.Platform)), strings.Compare(a.App.Name, b.App.Name))
		})
		all = append([]desk.Challenges{}, all...)
		return nil
	})
	return all, err
}
