package fetch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/logs"
)

// profile asks who the author of a ticket is. Nothing waits for it: an author who
// stays unknown is one of whom there is only an id.
func (f *Fetch[R, S]) profile(ctx context.Context, j Job) error {
	t, err := f.Tickets.Ticket(ctx, j.Ticket)
	if errors.Is(err, desk.ErrNotFound) {
		f.Log.WarnContext(ctx, "fetch", "outcome", "gone")
		return nil
	}
	if err != nil {
		return fmt.Errorf("fetch: %w", err)
	}
	logs.Note(ctx, "version", t.Version, "platform", t.Platform, "account", t.Account)
	if !asksFor(t) {
		f.Log.InfoContext(ctx, "fetch", "outcome", "nothing")
		return nil
	}
	if author, ok, err := f.known(ctx, t); err != nil || ok {
		if err != nil {
			return err
		}
		return f.introduce(ctx, t, author)
	}
	sender, err := f.Sender(t.Origin)
	if err != nil {
		f.Log.WarnContext(ctx, "fetch", "outcome", "no profile", "err", err)
		return nil
	}
	asked, ok := any(sender).(profiler)
	if !ok {
		f.Log.InfoContext(ctx, "fetch", "outcome", "no profile")
		return nil
	}
	asking, cancel := within(ctx)
	defer cancel()
	began := f.Now()
	author, err := asked.Profile(asking, t.Origin, t.Author.ID)
	logs.Note(ctx, logs.Took(f.Now().Sub(began)))
	if err != nil {
		failed := f.failure(err)
		if wait, ok := f.wait(j, failed, profilePatience); ok {
			return f.later(ctx, j, wait, failed)
		}
		level := slog.LevelWarn
		if failed.Class == desk.SendUnreachable { // they rather not tell
			level = slog.LevelInfo
		}
		f.Log.Log(ctx, level, "fetch", "outcome", "no profile", "class", failed.Class, "err", failed)
		return nil
	}
	author.ID, author.Told = t.Author.ID, f.Now()
	return f.introduce(ctx, t, author)
}

// looked is how many of an author's tickets are looked at for who they are.
const looked = 10

// known returns what the platform told of t's author for another ticket of theirs, ok
// where that was not long ago: who writes below ten posts is asked for once. Ids are
// an account's own, so nothing is taken from another's.
func (f *Fetch[R, S]) known(ctx context.Context, t desk.Ticket) (author desk.Author, ok bool, err error) {
	latest, _, err := f.Tickets.Written(ctx, t.Author.ID, "", looked)
	if err != nil {
		return desk.Author{}, false, fmt.Errorf("fetch: %w", err)
	}
	for _, other := range latest {
		if other.AccountKey() == t.AccountKey() && other.Author.ID == t.Author.ID && other.Author.Told.After(author.Told) {
			author = other.Author
		}
	}
	return author, author.Fresh(f.Now()), nil
}

// asksFor reports whether a ticket's author is still to be asked for. A ticket
// that is over takes no entry.
func asksFor(t desk.Ticket) bool { return t.Profile != "" && !t.State.Final() }

// rounds is how often an entry is tried on a ticket that others change too; one as
// busy as that comes back from the queue.
const rounds = 8

// introduce writes down who the author of t is, whatever else happens to the
// ticket meanwhile.
func (f *Fetch[R, S]) introduce(ctx context.Context, t desk.Ticket, author desk.Author) error {
	for range rounds {
		p, err := f.Policies.Version(ctx, t.Policy)
		if err != nil {
			return fmt.Errorf("fetch: %w", err)
		}
		entry := desk.Entry{What: desk.Introduced, Version: t.Version + 1, At: f.Now(), Message: &desk.Message{Author: author}}
		if entry.At.Before(t.Updated) {
			entry.At = t.Updated
		}
		after := desk.Apply(t, entry, p.Plan)
		err = f.Tickets.Commit(ctx, desk.Change{Before: t, After: after, Entry: entry, DueAt: after.DueAt(p.Plan)})
		if err == nil {
			f.Log.InfoContext(ctx, "fetch", "outcome", "introduced", "version", after.Version)
			return nil
		}
		if !errors.Is(err, desk.ErrStale) && !errors.Is(err, desk.ErrDuplicate) {
			return fmt.Errorf("fetch: %w", err)
		}
		if t, err = f.Tickets.Ticket(ctx, t.ID); err != nil {
			return fmt.Errorf("fetch: %w", err)
		}
		if !asksFor(t) {
			f.Log.InfoContext(ctx, "fetch", "outcome", "nothing")
			return nil
		}
	}
	return fmt.Errorf("fetch: introducing the author of %s: %w", t.ID, desk.ErrStale)
}
