package triage

import (
	"context"
	"errors"

	"example.com/skala/shared/desk"
)

// withdrawn finds what somebody took back who told their platform to tell us
// themselves: X sends such a deletion for the author's account, which is none of
// ours, while the words came in for one of ours. An event that nothing is found
// for stays as it is.
func (tr *Triager[R]) withdrawn(ctx context.Context, app desk.App, e desk.Event) (desk.Event, error) {
	if e.Kind != desk.MessageDeleted || tr.Directory.Brand(app, e.Account) != desk.UnknownBrand {
		return e, nil
	}
	for _, account := range tr.Directory.Siblings(app) {
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
	return e, nil
}
