// Package token keeps the tokens of accounts whose platforms give them for some hours
// only. The accounts file holds what never changes and the first refresh token; the
// present set lies in the table, sealed with the secret of the account's app, so that
// who reads the table alone learns no more than when it ends. The schedule renews a set
// well before that, and whoever finds none that is good renews it at once: of several
// one is first, by the item's version, and the others wait. A set is used from memory
// until shortly before its end, and read again when the platform refuses it.
//
// Some platforms take a refresh token once. What they answered may be lost with whoever
// asked: the old one is tried once more then, and when it is refused a person has to
// give the account a new one, which the state of its tokens says.
package token

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/logs"
)

// A Platform gives the next token set for a refresh token. Each error is a
// *desk.SendError: desk.SendUnknown where the answer was lost, desk.SendRetry where
// nothing was asked, anything else is a refusal.
type Platform interface {
	Refresh(ctx context.Context, refresh string) (desk.TokenSet, error)
}

// A Book keeps token sets. SaveToken returns desk.ErrStale when the set is no longer as
// it was read, or when its own first try took effect unseen.
type Book interface {
	Token(ctx context.Context, k desk.AccountKey) (desk.Token, error)
	SaveToken(ctx context.Context, t desk.Token) error
}

// Settings are what the accounts file says of an account whose tokens are renewed.
type Settings struct {
	desk.AccountKey
	Access  string   // to make calls with until the first set is there; empty for none
	Refresh string   // the first refresh token
	Secrets []string // of the app, the present one first; those behind it open what they have sealed
	Asks    Platform
}

const (
	// lease is how long others leave a set alone that somebody renews: longer than a
	// function lives.
	lease = 45 * time.Second
	// needs is how much of a function's time renewing may take. Nobody begins with
	// less: what is broken off loses the answer.
	needs = 12 * time.Second
	// early is how long before its end a set is used no more from memory.
	early = time.Minute
	// trust is how long a set is not renewed for being refused: what is refused then is
	// not for its sake.
	trust = time.Hour
	// again is when a platform that gives no other set is asked once more, soon when one
	// that was asked and whose answer was lost.
	again = time.Hour
	soon  = time.Minute
	// busy is how long to wait for somebody else who renews a set.
	busy = 5 * time.Second
	// tries is how often a set is written that the platform has given.
	tries = 4
)

// A Keeper keeps the token sets of all accounts that have any. It is safe for use by
// several goroutines.
type Keeper struct {
	accounts map[desk.AccountKey]*Account
}

// NewKeeper returns the keeper of the accounts with these settings.
func NewKeeper(book Book, all []Settings, now func() time.Time, log *slog.Logger) *Keeper {
	k := &Keeper{accounts: map[desk.AccountKey]*Account{}}
	for _, s := range all {
		k.accounts[s.AccountKey] = &Account{settings: s, book: book, now: now, log: log, seed: fingerprint(s), name: nameOf(s)}
	}
	return k
}

// Of returns the account of a key, ok where its tokens are renewed.
func (k *Keeper) Of(key desk.AccountKey) (a *Account, ok bool) {
	a, ok = k.accounts[key]
	return a, ok
}

// Keep renews the token set of an account if it is time to, and returns how it is then;
// ok is false for an account whose tokens do not end. An error is of the table.
func (k *Keeper) Keep(ctx context.Context, key desk.AccountKey) (state desk.TokenState, ok bool, err error) {
	a, ok := k.accounts[key]
	if !ok {
		return desk.TokenState{}, false, nil
	}
	v, err := a.read(ctx)
	if err == nil && v.due("", a.now()) {
		v, err = a.renew(ctx, v)
	}
	return v.item.TokenState, true, err
}

// An Account tells what token its calls are made with.
type Account struct {
	settings Settings
	book     Book
	now      func() time.Time
	log      *slog.Logger
	seed     string // stands for the accounts file's refresh token
	name     string // stands for all of its settings

	mu     sync.Mutex
	cached desk.TokenSet
}

// Token returns the token to make a call with. refused is one that the platform did not
// take just now, empty for none: it comes back where there is no other. An error is a
// *desk.SendError.
func (a *Account) Token(ctx context.Context, refused string) (string, error) {
	now := a.now()
	if set := a.remembered(); set.Access != "" && set.Access != refused && now.Before(set.Ends.Add(-early)) {
		return set.Access, nil
	}
	v, err := a.read(ctx)
	if err == nil && !v.good(refused, now) && v.due(refused, now) {
		v, err = a.renew(ctx, v)
	}
	switch {
	case err != nil:
		a.log.WarnContext(ctx, "token", "outcome", "unread", "platform", a.settings.Platform, "app", a.settings.App, "account", a.settings.ID, "err", err)
		return "", &desk.SendError{Class: desk.SendRetry, After: busy, Reason: "the account's token could not be read"}
	case v.good(refused, now):
		return v.set.Access, nil
	case v.item.Lease.After(now): // what was refused may be so because there is another
		return "", &desk.SendError{Class: desk.SendRetry, After: busy, Reason: "the account's token is being renewed"}
	case v.good("", now):
		return v.set.Access, nil
	case v.item.Problem == "": // or another has the settings to renew it with
		return "", &desk.SendError{Class: desk.SendRetry, After: soon, Reason: "the account's token has ended, and is not renewed yet"}
	}
	return "", &desk.SendError{Class: desk.SendAuth, Reason: "the account's token has ended, and the platform gives no other"}
}

func (a *Account) remembered() desk.TokenSet {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.cached
}

// A view is a token set as the table has it, or as the accounts file begins it.
type view struct {
	item  desk.Token
	set   desk.TokenSet
	ours  bool // these settings may renew it
	fresh bool // it begins with the accounts file
}

// read returns the present set. One that these settings can't open, or whose refresh
// token the accounts file has replaced, begins again.
func (a *Account) read(ctx context.Context) (view, error) {
	item, err := a.book.Token(ctx, a.settings.AccountKey)
	if err != nil {
		return view{}, fmt.Errorf("token: %w", err)
	}
	inside, opened := a.open(item)
	v := view{item: item, ours: true}
	place := slices.Index(item.Settings, a.name)
	switch {
	case place > 0: // others have settings that came later
		v.ours = false
		v.set = desk.TokenSet{Access: inside.Access, Ends: item.Ends, RefreshEnds: item.RefreshEnds}
	case opened && inside.Seed == a.seed:
		v.set = desk.TokenSet{Access: inside.Access, Refresh: inside.Refresh, Ends: item.Ends, RefreshEnds: item.RefreshEnds}
	default:
		if item.Version > 0 && !opened && len(item.Sealed) > 0 {
			a.log.WarnContext(ctx, "token", "outcome", "unreadable", "platform", a.settings.Platform, "app", a.settings.App, "account", a.settings.ID)
		}
		v.fresh, v.set = true, desk.TokenSet{Access: a.settings.Access, Refresh: a.settings.Refresh}
		if place < 0 && !item.Lease.After(a.now()) { // what became of other settings is no matter of these
			v.item.TokenState, v.item.Doubt, v.item.Next, v.item.Lease = desk.TokenState{}, false, time.Time{}, time.Time{}
		}
	}
	if v.set.Access != "" && !v.set.Ends.IsZero() {
		a.mu.Lock()
		a.cached = v.set
		a.mu.Unlock()
	}
	return v, nil
}

// good reports whether calls can be made with the set, which is not what was refused.
func (v view) good(refused string, now time.Time) bool {
	return v.set.Access != "" && v.set.Access != refused && (v.set.Ends.IsZero() || now.Before(v.set.Ends))
}

// due reports whether it is time to ask for the next set.
func (v view) due(refused string, now time.Time) bool {
	switch {
	case !v.ours, v.set.Refresh == "", v.item.Lease.After(now), v.item.Next.After(now):
		return false
	case v.fresh, v.item.Doubt, !v.item.Lease.IsZero(): // the last also of who died on the way
		return true
	case refused != "" && refused == v.set.Access:
		return now.Sub(v.item.Refreshed) >= trust
	}
	return !v.set.Ends.IsZero() && !now.Before(v.set.Ends.Add(-margin(v.set.Ends.Sub(v.item.Refreshed))))
}

// margin is how long before its end a set of so long a life is renewed: some rounds at
// least, so that one that fails is made up for.
func margin(life time.Duration) time.Duration {
	return min(max(life/4, 15*time.Minute), 6*time.Hour, life/2)
}

// renew asks for the next set, unless somebody else does, and returns what there is
// then. An error is of the table.
func (a *Account) renew(ctx context.Context, v view) (view, error) {
	if end, ok := ctx.Deadline(); ok && time.Until(end) < needs {
		return v, nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), needs) // once begun it is brought to its end
	defer cancel()
	ctx = logs.Unit(ctx, "platform", a.settings.Platform, "app", a.settings.App, "account", a.settings.ID)
	began := a.now()
	taken := v.item
	taken.Doubt = taken.Doubt || !taken.Lease.IsZero() // who had it died on the way
	taken.Lease, taken.Settings = began.Add(lease), remember(taken.Settings, a.name)
	if err := a.book.SaveToken(ctx, taken); err != nil {
		if errors.Is(err, desk.ErrStale) { // another was first
			return a.read(ctx)
		}
		return v, fmt.Errorf("token: %w", err)
	}
	taken.Version++
	v.item = taken
	set, err := a.settings.Asks.Refresh(ctx, v.set.Refresh)
	now := a.now()
	if err != nil {
		return a.failed(ctx, v, desk.Failed(err, "the question broke off"), now)
	}
	if set.Refresh == "" {
		set.Refresh, set.RefreshEnds = v.set.Refresh, v.item.RefreshEnds
	}
	next := v.item
	next.TokenState = desk.TokenState{Ends: set.Ends, RefreshEnds: set.RefreshEnds, Refreshed: now}
	next.Lease, next.Doubt, next.Next = time.Time{}, false, time.Time{}
	if next.Sealed, err = a.seal(set); err != nil {
		return v, err
	}
	a.log.InfoContext(ctx, "token", "outcome", "renewed", "until", set.Ends, logs.Took(now.Sub(began)))
	return a.keep(ctx, view{item: next, set: set, ours: true})
}

// failed writes down that there is no other set, and returns what there is.
func (a *Account) failed(ctx context.Context, v view, failed *desk.SendError, now time.Time) (view, error) {
	next := v.item
	next.Lease = time.Time{}
	outcome, level := "put off", slog.LevelWarn
	switch failed.Class {
	case desk.SendUnknown:
		outcome, next.Doubt, next.Next = "in doubt", true, now.Add(soon)
	case desk.SendRetry:
		next.Next = now.Add(min(failed.After, again))
	default:
		outcome, level = "refused", slog.LevelError
		next.Problem, next.Next = failed.Reason, now.Add(again)
		if v.item.Doubt {
			next.Problem = "the answer to an earlier question for tokens was lost, and now: " + failed.Reason
		}
		if next.Refused.IsZero() {
			next.Refused = now
		}
	}
	if v.fresh && len(next.Sealed) > 0 { // of settings that are no more
		next.Sealed = nil
	}
	a.log.Log(ctx, level, "token", "outcome", outcome, "class", failed.Class, "err", failed)
	v.item = next
	if err := a.book.SaveToken(ctx, next); err != nil && !errors.Is(err, desk.ErrStale) {
		return v, fmt.Errorf("token: %w", err)
	}
	v.item.Version++
	return v, nil
}

// keep writes a set that the platform has given. Who took it over meanwhile did so on a
// lease that lapsed, with a refresh token that may be good no more: what came last stands.
func (a *Account) keep(ctx context.Context, v view) (view, error) {
	var err error
	for range tries {
		if err = a.book.SaveToken(ctx, v.item); err == nil {
			v.item.Version++
			break
		}
		there, failed := a.book.Token(ctx, a.settings.AccountKey)
		if failed != nil {
			continue
		}
		if inside, ok := a.open(there); ok && inside.Access == v.set.Access { // our own first try
			v.item, err = there, nil
			break
		}
		if there.Refreshed.After(v.item.Refreshed) {
			return a.read(ctx)
		}
		v.item.Version = there.Version
	}
	if err != nil {
		return v, fmt.Errorf("token: what the platform gave is not kept: %w", err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.cached = v.set
	return v, nil
}
