package triage

import (
	"context"
	"errors"
	"slices"

	"example.com/skala/shared/desk"
)

// withdrawn finds what somebody took back who told their platform to tell us
// themselves: X sends such a deletion for the author's account, which is none of
// ours, while the words came in for one of ours. One for an account of ours does
// not tell the conversation either. An event that nothing is found for stays as it
// is.
func (tr *Triager[R]) withdrawn(ctx context.Context, app desk.App, e desk.Event) (desk.Event, error) {
	if e.Kind != desk.MessageDeleted {
		return e, nil
	}
	accounts := []string{e.Account}
	switch {
	case tr.Directory.Brand(app, e.Account) == desk.UnknownBrand:
		accounts = tr.Directory.Siblings(app)
	case e.Crowded || e.Direction != desk.In || e.Conversation != e.Target: // it tells where
		return e, nil
	}
	for _, account := range accounts {
		ours := e
		ours.Account = account
		_, _, err := tr.Targets.MessageByID(ctx, ours.Thread(), e.Target)
		if err == nil {
			return ours, nil
		}
		if !errors.Is(err, desk.ErrNotFound) {
			return e, err
		}
	}
	return tr.among(ctx, accounts, e)
}

// among finds what was taken back among the threads that its author has with
// accounts, for the event does not tell which conversation it was said in.
func (tr *Triager[R]) among(ctx context.Context, accounts []string, e desk.Event) (desk.Event, error) {
	const latest = 100
	if e.Author.ID == "" {
		return e, nil
	}
	tickets, _, err := tr.Threads.Written(ctx, e.Author.ID, "", latest)
	if err != nil {
		return e, err
	}
	seen := map[string]bool{}
	for _, t := range tickets {
		thread, _, _ := t.ID.Split()
		if seen[thread] || t.Platform != e.Platform || !slices.Contains(accounts, t.Account) {
			continue
		}
		seen[thread] = true
		ours := e
		ours.Account, ours.In = t.Account, thread
		if found, err := tr.has(ctx, ours, e.Target)(thread); found || err != nil {
			return ours, err
		}
	}
	return e, nil
}
