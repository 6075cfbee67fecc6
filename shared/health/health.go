// Package health looks after the accounts of the accounts file, on a schedule: it
// asks each platform whether it still lets the account in and sends its webhooks
// here, and measures how long nothing has come in against how that usually is. While
// a platform refuses an account, its replies wait; what waited goes out as soon as
// the account is well again. It changes nothing at any platform.
package health

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/ledger"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/metrics"
)

// A prober is the sender of an account whose platform can be asked about it. Each
// error is a *desk.SendError, desk.SendAuth for an account, or a token, that may do
// nothing any more.
type prober interface {
	Probe(ctx context.Context, o desk.Origin) (desk.Probe, error)
}

// A costly prober says how often it wants to be asked at most.
type costly interface {
	ProbeEvery() time.Duration
}

// A challenged account's platform asks again and again whether our address is ours, no
// further apart than so; 0 for one that does not.
type challenged interface {
	ChallengedEvery() time.Duration
}

// Accounts is what is known of accounts. SaveAccount returns desk.ErrStale when the
// account is no longer as it was read.
type Accounts interface {
	Accounts(ctx context.Context) ([]desk.Account, error)
	Account(ctx context.Context, k desk.AccountKey) (desk.Account, error)
	SaveAccount(ctx context.Context, a desk.Account) error
	Challenges(ctx context.Context) ([]desk.Challenges, error)
}

// Tokens are those of accounts whose platforms give them for some hours only. Keep
// renews those of an account in time, and is not ok for one whose tokens do not end.
type Tokens interface {
	Keep(ctx context.Context, k desk.AccountKey) (state desk.TokenState, ok bool, err error)
}

// A Ledger knows when the door took an event of which account.
type Ledger interface {
	OpenHours(ctx context.Context, now time.Time) ([]desk.OpenHour, error)
	LedgerHour(ctx context.Context, hour time.Time) (desk.LedgerHour, error)
	ClosedHours(ctx context.Context, from, to time.Time) ([]desk.LedgerPage, error)
}

// A Round looks after all accounts once.
type Round[S any] struct {
	Known    []desk.Origin // the accounts of the accounts file
	Sender   func(desk.Origin) (S, error)
	Accounts Accounts
	Tokens   Tokens // nil for none that end
	Ledger   Ledger
	Releaser *Releaser
	Now      func() time.Time
	Log      *slog.Logger
	Metrics  *metrics.Recorder // nil for none
}

const (
	// Period is how far two rounds lie apart.
	Period = 5 * time.Minute
	// Apart is how far two questions about an account lie apart that somebody wishes
	// for, whatever they cost.
	Apart = 10 * time.Second
	// atOnce is how many platforms are asked side by side.
	atOnce = 8
	// spare is what is kept of a function's time to write down what was found, and to
	// let replies go.
	spare = 12 * time.Second
	// stands is how long a rhythm is not reckoned anew.
	stands = 6 * time.Hour
	// tries is how often something is written that others write too.
	tries = 8
)

// Run asks about all accounts for which there is time, the longest unasked first.
// What fails does not keep the rest from being done.
func (r *Round[S]) Run(ctx context.Context) error {
	now := r.Now()
	known, err := r.Accounts.Accounts(ctx)
	if err != nil {
		return r.over(ctx, now, found{}, err)
	}
	all := map[desk.AccountKey]desk.Account{}
	for _, a := range known {
		all[a.AccountKey] = a
	}
	heard, err := r.heard(ctx, all, now)
	seen, unread := r.challenges(ctx)
	f, failed := r.ask(ctx, all, heard, seen, now)
	return r.over(ctx, now, f, errors.Join(err, unread, failed, r.Releaser.All(ctx)))
}

// found counts what a round found.
type found struct{ asked, unwell, silent int }

func (r *Round[S]) over(ctx context.Context, began time.Time, f found, err error) error {
	about := []any{"asked", f.asked, "unwell", f.unwell, "silent", f.silent, logs.Took(r.Now().Sub(began))}
	if err != nil {
		err = fmt.Errorf("health: %w", err)
		r.Log.ErrorContext(ctx, "accounts", append(about, "outcome", "failed", "err", err)...)
		return err
	}
	r.Metrics.Count(metrics.AccountsUnwell, f.unwell)
	r.Metrics.Count(metrics.AccountsSilent, f.silent)
	r.Log.InfoContext(ctx, "accounts", append(about, "outcome", "done")...)
	return nil
}

// ask asks about accounts and writes down what was found.
func (r *Round[S]) ask(ctx context.Context, all map[desk.AccountKey]desk.Account, heard map[string]traffic, seen map[desk.App]desk.Challenges, now time.Time) (found, error) {
	known := slices.Clone(r.Known)
	slices.SortStableFunc(known, func(a, b desk.Origin) int { return all[a.AccountKey()].Probed.Compare(all[b.AccountKey()].Probed) })
	asking := ctx
	if end, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		asking, cancel = context.WithDeadline(ctx, end.Add(-spare))
		defer cancel()
	}
	var (
		mu    sync.Mutex
		wg    sync.WaitGroup
		f     found
		errs  []error
		turns = make(chan struct{}, atOnce)
	)
	for _, o := range known {
		turns <- struct{}{}
		wg.Go(func() {
			defer func() { <-turns }()
			in := heard[o.Account]
			in.seen, in.watched = seen[desk.App{Platform: o.Platform, Name: o.App}], seen != nil
			a, asked, err := r.one(ctx, asking, o, all[o.AccountKey()], in, now, false)
			mu.Lock()
			defer mu.Unlock()
			if asked {
				f.asked++
			}
			if a.Unwell() {
				f.unwell++
			}
			if a.Silent(now) {
				f.silent++
			}
			errs = append(errs, err)
		})
	}
	wg.Wait()
	return f, errors.Join(errs...)
}

// Check looks after one account because somebody wishes it, whenever it was asked
// about last: what its platform says, and when something last came in. An account that
// the accounts file does not name is nobody's.
func (r *Round[S]) Check(ctx context.Context, k desk.AccountKey) error {
	i := slices.IndexFunc(r.Known, func(o desk.Origin) bool { return o.AccountKey() == k })
	if i < 0 {
		r.Log.WarnContext(ctx, "account not checked", "platform", k.Platform, "app", k.App, "outcome", "unknown")
		return nil
	}
	now := r.Now()
	was, err := r.Accounts.Account(ctx, k)
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	fresh := map[desk.AccountKey]desk.Account{} // no rhythm is reckoned for this
	for _, o := range r.Known {
		fresh[o.AccountKey()] = desk.Account{Rhythm: desk.Rhythm{At: now}}
	}
	heard, err := r.heard(ctx, fresh, now)
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	is, _, err := r.one(ctx, ctx, r.Known[i], was, traffic{last: heard[k.ID].last}, now, true)
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	r.Log.InfoContext(ctx, "account checked", "platform", k.Platform, "app", k.App, "account", k.ID, "outcome", cmp.Or(is.Found, "unasked"))
	if !was.Paused.IsZero() && is.Paused.IsZero() {
		return r.Releaser.All(ctx)
	}
	return nil
}

// one asks about one account, if there is time for that, and writes down what is new
// of it.
func (r *Round[S]) one(ctx, asking context.Context, o desk.Origin, was desk.Account, in traffic, now time.Time, anew bool) (a desk.Account, asked bool, err error) {
	state, kept, failed := r.renew(asking, o)
	defer func() { err = errors.Join(err, failed) }()
	finding, p, why := r.probe(asking, o, was, now, anew)
	asked = finding != ""
	for range tries {
		if a, err = r.Accounts.Account(ctx, o.AccountKey()); err != nil {
			return a, asked, err
		}
		was = a
		if asked {
			a = a.Learn(finding, p, why, now)
		}
		news := asked
		if kept && a.Token != state {
			a.Token, news = state, true
		}
		if in.last.After(a.Heard) {
			a.Heard, news = in.last, true
		}
		if in.rhythm.At.After(a.Rhythm.At) {
			a.Rhythm, news = in.rhythm, true
		}
		if c := a.Challenge.Watch(r.every(o), in.seen, now); in.watched && c != a.Challenge {
			a.Challenge, news = c, true
		}
		if !news {
			return a, asked, nil
		}
		err = r.Accounts.SaveAccount(ctx, a)
		if err == nil {
			r.tell(ctx, was, a)
			return a, asked, nil
		}
		if !errors.Is(err, desk.ErrStale) {
			return a, asked, err
		}
	}
	return a, asked, err
}

// every is how far apart an account's platform asks whether our address is ours, 0 for
// one that does not.
func (r *Round[S]) every(o desk.Origin) time.Duration {
	sender, err := r.Sender(o)
	if err != nil {
		return 0
	}
	asks, ok := any(sender).(challenged)
	if !ok {
		return 0
	}
	return asks.ChallengedEvery()
}

// challenges returns when platforms asked last whether our addresses are ours, by app.
func (r *Round[S]) challenges(ctx context.Context) (map[desk.App]desk.Challenges, error) {
	all, err := r.Accounts.Challenges(ctx)
	if err != nil {
		return nil, err
	}
	seen := map[desk.App]desk.Challenges{}
	for _, c := range all {
		seen[c.App] = c
	}
	return seen, nil
}

// renew renews an account's tokens if it is time to and there is time for that: the
// question about it is the first that is asked with them. One whose tokens do not end
// any more has no state.
func (r *Round[S]) renew(asking context.Context, o desk.Origin) (state desk.TokenState, kept bool, err error) {
	if r.Tokens == nil || asking.Err() != nil {
		return desk.TokenState{}, false, nil
	}
	if state, _, err = r.Tokens.Keep(asking, o.AccountKey()); err != nil {
		return desk.TokenState{}, false, err
	}
	return state, true, nil
}

// tell logs what has changed about an account.
func (r *Round[S]) tell(ctx context.Context, was, is desk.Account) {
	if was.Found == is.Found && was.Hooked == is.Hooked && was.Paused.Equal(is.Paused) && was.Challenge.Missed.Equal(is.Challenge.Missed) {
		return
	}
	level := slog.LevelInfo
	if is.Unwell() {
		level = slog.LevelWarn
	}
	r.Log.Log(ctx, level, "account", "platform", is.Platform, "app", is.App, "account", is.ID, "outcome", cmp.Or(is.Found, "unasked"),
		"subscription", is.Hooked, "paused", !is.Paused.IsZero(), "challenged", is.Challenge.Missed.IsZero(), "says", cmp.Or(is.Problem, is.Hooks))
}

// probe asks a platform about an account. Nothing is found where it can't be asked,
// or where there is no time left.
func (r *Round[S]) probe(ctx context.Context, o desk.Origin, was desk.Account, now time.Time, anew bool) (finding desk.Finding, p desk.Probe, why string) {
	if ctx.Err() != nil {
		return "", desk.Probe{}, ""
	}
	sender, err := r.Sender(o)
	if err != nil {
		return "", desk.Probe{}, ""
	}
	asks, ok := any(sender).(prober)
	if !ok {
		return "", desk.Probe{}, ""
	}
	every := Period - time.Minute // a schedule is late now and then
	if rare, ok := any(sender).(costly); ok {
		every = rare.ProbeEvery()
	}
	if anew {
		every = Apart
	}
	if was.Paused.IsZero() && now.Sub(was.Probed) < every {
		return "", desk.Probe{}, ""
	}
	p, err = asks.Probe(ctx, o)
	if err == nil {
		return desk.FoundWell, p, ""
	}
	failed, ok := errors.AsType[*desk.SendError](err)
	switch {
	case !ok:
		return desk.FoundUnanswered, desk.Probe{}, "the question broke off"
	case failed.Class == desk.SendAuth:
		return desk.FoundRefused, desk.Probe{}, failed.Reason
	}
	return desk.FoundUnanswered, desk.Probe{}, failed.Reason
}

// traffic is what came in for an account.
type traffic struct {
	last   time.Time
	rhythm desk.Rhythm // where it is reckoned anew

	seen    desk.Challenges // when the platform of its app asked last
	watched bool            // whether that could be read
}

// heard returns what came in, by the accounts' ids. It looks at the hours that are
// not closed, and at all those that rhythms are reckoned from where one is old.
func (r *Round[S]) heard(ctx context.Context, all map[desk.AccountKey]desk.Account, now time.Time) (map[string]traffic, error) {
	heard := map[string]traffic{}
	note := func(id string, at time.Time) {
		if t := heard[id]; at.After(t.last) {
			t.last = at
			heard[id] = t
		}
	}
	if slices.ContainsFunc(r.Known, func(o desk.Origin) bool { return now.Sub(all[o.AccountKey()].Rhythm.At) >= stands }) {
		begin := ledger.Hour(now).AddDate(0, 0, -7*desk.RhythmWeeks)
		pages, err := r.Ledger.ClosedHours(ctx, begin, now)
		if err != nil {
			return heard, err
		}
		active := map[string][]time.Time{}
		for _, page := range pages {
			for _, row := range page.Rows {
				if row.Accepted > 0 {
					active[row.Account] = append(active[row.Account], page.Hour)
					note(row.Account, page.Hour)
				}
			}
		}
		for _, o := range r.Known {
			t := heard[o.Account]
			if t.rhythm = (desk.Rhythm{At: now}); len(pages) > 0 {
				t.rhythm = desk.NewRhythm(active[o.Account], pages[0].Hour, now)
			}
			heard[o.Account] = t
		}
	}
	open, err := r.Ledger.OpenHours(ctx, now)
	if err != nil {
		return heard, err
	}
	for _, hour := range open {
		h, err := r.Ledger.LedgerHour(ctx, hour.Hour)
		if err != nil {
			return heard, err
		}
		for _, accepted := range h.Accepted {
			for _, id := range accepted.Accounts {
				note(id, accepted.Received)
			}
		}
	}
	return heard, nil
}
