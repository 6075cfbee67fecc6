package console

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/people"
	"example.com/skala/shared/people/roster"
)

// People are who works at the desk, at hand, since every request asks: seconds old
// at most, and after Changed the next who asks gets what is there now.
type People interface {
	Directory(ctx context.Context) (people.Directory, error)
	Changed()
}

// Keeper is the directory in the table. Reads are consistent. A change is written
// with its line of the audit log or not at all: desk.ErrStale when the item is no
// more at the version it names, desk.ErrDuplicate when a new one is there already.
type Keeper interface {
	Directory(ctx context.Context) (people.Directory, error)
	SaveMember(ctx context.Context, m people.Member, c people.Change) error
	SaveTeam(ctx context.Context, t people.Team, c people.Change) error
	SaveRota(ctx context.Context, r people.Rota, c people.Change) error
	RemoveTeam(ctx context.Context, id string, version int64, c people.Change) error
	RemoveRota(ctx context.Context, id string, version int64, c people.Change) error
	SaveView(ctx context.Context, v people.SavedView, c people.Change) error
	RemoveView(ctx context.Context, id string, version int64, c people.Change) error
	SaveReply(ctx context.Context, r people.SavedReply, c people.Change) error
	RemoveReply(ctx context.Context, id string, version int64, c people.Change) error
	UseReply(ctx context.Context, id string, at time.Time) error // desk.ErrNotFound where there is none
	EndSession(ctx context.Context, id string, until time.Time) error
}

// Changes are the audit log, the newest first; the cursor is empty at the end.
type Changes interface {
	Audit(ctx context.Context, q people.AuditQuery, after string, limit int) ([]people.Change, string, error)
}

// directory is who works here, as every page and every decision takes it: seconds
// old at most.
func (c *Console) directory(ctx context.Context) (people.Directory, error) {
	return c.cfg.People.Directory(ctx)
}

// changedCookie is what a browser brings that has just changed the directory. For as
// long as an instance may go by what it has read before, those who serve it look
// again: who saves something sees it saved.
const (
	changedCookie = "skala-changed"
	changedFor    = 15 * time.Second
	// savedCookie has the next page say that something was saved, once.
	savedCookie = "skala-saved"
)

// changed leads a browser on whose form has changed the directory.
func (c *Console) changed(w http.ResponseWriter, r *http.Request, to string) {
	http.SetCookie(w, c.cookie(r, c.cookieName(r, changedCookie), "1", changedFor))
	http.SetCookie(w, c.cookie(r, c.cookieName(r, savedCookie), "1", changedFor))
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// known returns who somebody is by the directory. Who has left may do nothing.
func (c *Console) known(ctx context.Context, who people.Person) (people.Person, error) {
	d, err := c.directory(ctx)
	if err != nil {
		return who, err
	}
	known, ok := d.SignedIn(who)
	if !ok {
		return known, errLeft
	}
	return known, nil
}

// A badInput is what is wrong with the fields of something that somebody sent.
type badInput struct{ mistakes []people.Mistake }

func (b *badInput) Error() string {
	said := make([]string, len(b.mistakes))
	for i, m := range b.mistakes {
		said[i] = strings.TrimPrefix(m.Field+": "+m.Text, ": ")
	}
	return strings.Join(said, "; ")
}

func (b *badInput) Unwrap() error { return desk.ErrInvalid }

// wrongField is one such mistake.
func wrongField(field, format string, args ...any) error {
	return &badInput{[]people.Mistake{{Field: field, Text: fmt.Sprintf(format, args...)}}}
}

// fieldErrors are the mistakes of err as problem details list them.
func fieldErrors(err error) []fieldError {
	if bad, ok := errors.AsType[*badInput](err); ok {
		all := make([]fieldError, len(bad.mistakes))
		for i, m := range bad.mistakes {
			all[i] = fieldError{m.Line, m.Field, m.Text}
		}
		return all
	}
	for _, refusal := range []error{people.ErrNotTheirs, people.ErrLastAdmin} {
		if errors.Is(err, refusal) {
			field, reason, _ := strings.Cut(err.Error(), ": ")
			return []fieldError{{0, field, reason}}
		}
	}
	return nil
}

type fieldError struct {
	Line   int    `json:"line,omitempty"`
	Field  string `json:"field,omitempty"`
	Reason string `json:"reason"`
}

// A shelf of the directory is all items of a kind.
type shelf[T any] struct {
	kind  people.Kind
	all   func(people.Directory) map[string]T
	head  func(*T) (id *string, version *int64, changed *time.Time)
	may   func(d people.Directory, who people.Person, was, is T) error
	check func(d people.Directory, is T) []people.Mistake
	save  func(ctx context.Context, is T, c people.Change) error
	show  func(d people.Directory, who people.Person, is T) T                        // as who may see it
	keeps func(is *T, was T, said func(field string) bool)                           // what stays where a request does not speak of it; nil for nothing
	off   func(ctx context.Context, id string, version int64, c people.Change) error // nil where nothing is taken off
	sees  func(d people.Directory, who people.Person, is T) bool                     // nil where everybody sees all
}

// item returns what the shelf has under an id, ok where who asks sees it.
func (s shelf[T]) item(d people.Directory, who people.Person, id string) (is T, ok bool) {
	is, ok = s.all(d)[id]
	return is, ok && (s.sees == nil || s.sees(d, who, is))
}

func (c *Console) members() shelf[people.Member] {
	return shelf[people.Member]{people.KindMember,
		func(d people.Directory) map[string]people.Member { return d.Members },
		func(m *people.Member) (*string, *int64, *time.Time) { return &m.ID, &m.Version, &m.Changed },
		func(d people.Directory, who people.Person, was, is people.Member) error {
			return d.MayKeep(who, was, is)
		},
		func(d people.Directory, is people.Member) []people.Mistake {
			return c.reached(d.CheckMember(is), d.Members[is.ID].Channels, is.Channels)
		},
		func(ctx context.Context, is people.Member, change people.Change) error {
			return c.cfg.Keeper.SaveMember(ctx, is, change)
		},
		func(d people.Directory, who people.Person, is people.Member) people.Member {
			if who.ID != is.ID && d.MayKeep(who, is, is) != nil { // where somebody is told is for who keeps them
				is.Channels = nil
			}
			return is
		},
		// Everybody's own to choose: whoever writes down the rest of them need not know.
		func(is *people.Member, was people.Member, said func(string) bool) {
			if !said("reads") {
				is.Reads = was.Reads
			}
			if !said("channels") {
				is.Channels = was.Channels
			}
			if !said("quiet") {
				is.Quiet = was.Quiet
			}
			if !said("undo") {
				is.Undo = was.Undo
			}
			if (len(is.Quiet) > 0 || len(is.Shifts) == 0) && !said("zone") {
				is.Zone = was.Zone
			}
		}, nil, nil}
}

func (c *Console) teams() shelf[people.Team] {
	return shelf[people.Team]{people.KindTeam,
		func(d people.Directory) map[string]people.Team { return d.Teams },
		func(t *people.Team) (*string, *int64, *time.Time) { return &t.ID, &t.Version, &t.Changed },
		func(people.Directory, people.Person, people.Team, people.Team) error { return nil }, // the route asked
		func(d people.Directory, is people.Team) []people.Mistake {
			return c.reached(d.CheckTeam(is), d.Teams[is.ID].Channels, is.Channels)
		},
		func(ctx context.Context, is people.Team, change people.Change) error {
			return c.cfg.Keeper.SaveTeam(ctx, is, change)
		},
		func(d people.Directory, who people.Person, is people.Team) people.Team {
			if d.MayKeepRoom(who, is.ID) != nil {
				is.Channels = nil
			}
			return is
		},
		func(is *people.Team, was people.Team, said func(string) bool) {
			if !said("reads") {
				is.Reads = was.Reads
			}
			if !said("channels") {
				is.Channels = was.Channels
			}
		}, func(ctx context.Context, id string, version int64, change people.Change) error {
			return c.cfg.Keeper.RemoveTeam(ctx, id, version, change)
		}, nil}
}

func (c *Console) rotas() shelf[people.Rota] {
	return shelf[people.Rota]{people.KindRota,
		func(d people.Directory) map[string]people.Rota { return d.Rotas },
		func(r *people.Rota) (*string, *int64, *time.Time) { return &r.ID, &r.Version, &r.Changed },
		func(d people.Directory, who people.Person, was, is people.Rota) error {
			return d.MayKeepRota(who, was, is)
		},
		func(d people.Directory, is people.Rota) []people.Mistake { return d.CheckRota(is) },
		func(ctx context.Context, is people.Rota, change people.Change) error {
			return c.cfg.Keeper.SaveRota(ctx, is, change)
		},
		func(_ people.Directory, _ people.Person, is people.Rota) people.Rota { return is }, nil,
		func(ctx context.Context, id string, version int64, change people.Change) error {
			return c.cfg.Keeper.RemoveRota(ctx, id, version, change)
		}, nil}
}

// What somebody had before them when they decided on a change: the version of an
// item, or one of these.
const (
	seenNone int64 = 0  // it is to be a new one
	seenAny  int64 = -1 // whatever there is
)

// A wish is a change of the directory that somebody asks for.
type wish struct {
	who  people.Person
	what string // of the audit log; what it comes to without
	seen int64
	why  string
	said func(field string) bool // of an item's fields those that were spoken of; nil for all
}

// keep makes of an item what is says, when who asks may and nothing of it is wrong.
// What is so already is written no second time: the same request sent twice is one
// change, whatever its second sending says to have seen.
func keep[T any](ctx context.Context, c *Console, s shelf[T], w wish, is T) (T, bool, error) {
	d, err := c.cfg.Keeper.Directory(ctx)
	if err != nil {
		return is, false, err
	}
	id, version, changed := s.head(&is)
	was, there := s.all(d)[*id]
	_, stands, before := s.head(&was)
	*version, *changed = *stands, *before
	if w.said != nil && s.keeps != nil {
		s.keeps(&is, was, w.said)
	}
	fields := people.Diff(was, is)
	if !there {
		fields = people.Diff(nil, is)
	}
	switch {
	case there && len(fields) == 0:
		return was, false, nil
	case w.seen == seenNone && there, w.seen > 0 && w.seen != *stands:
		c.cfg.People.Changed() // what they are shown now is what there is
		return was, false, errMoved
	}
	if err := s.may(d, w.who, was, is); err != nil {
		return was, false, err
	}
	if mistakes := s.check(d, is); len(mistakes) > 0 {
		return was, false, &badInput{mistakes}
	}
	is, err = write(ctx, c, s, w, is, fields)
	return is, !there && err == nil, err
}

// write saves an item in the version that was read, with its line of the audit log.
func write[T any](ctx context.Context, c *Console, s shelf[T], w wish, is T, fields []people.Field) (T, error) {
	id, version, changed := s.head(&is)
	change := people.Change{At: c.now(), Who: w.who.ID, What: w.what, Kind: s.kind, Target: *id, Fields: fields, Why: w.why}
	if change.What == "" {
		change.What = map[bool]string{true: "added", false: "changed"}[*version == 0]
	}
	switch err := s.save(ctx, is, change); {
	case errors.Is(err, desk.ErrStale), errors.Is(err, desk.ErrDuplicate):
		return is, errMoved
	case err != nil:
		return is, err
	}
	*version, *changed = *version+1, change.At
	logs.Note(ctx, "kind", s.kind, "item", *id, "version", *version, "what", change.What)
	c.cfg.People.Changed()
	if staffs[s.kind] {
		if err := c.cfg.Nudger.Staffed(ctx, roster.Fresh); err != nil { // the change is written; the sweep comes within a minute
			c.cfg.Log.WarnContext(ctx, "queues not told", "err", err)
		}
	}
	return is, nil
}

// staffs are the kinds of items that say who is there, and how much room they have.
var staffs = map[people.Kind]bool{people.KindMember: true, people.KindTeam: true}

// remove takes an item off its shelf that nothing else needs: a team that nobody is in
// and no rota is of.
func remove[T any](ctx context.Context, c *Console, s shelf[T], who people.Person, id string, seen int64) error {
	d, err := c.cfg.Keeper.Directory(ctx)
	if err != nil {
		return err
	}
	was, ok := s.item(d, who, id)
	_, version, _ := s.head(&was)
	switch {
	case !ok:
		return errNoItem
	case seen > 0 && seen != *version:
		return errMoved
	}
	var none T
	if err := s.may(d, who, was, none); err != nil {
		return err
	}
	if uses := d.CheckRemoval(s.kind, id); len(uses) > 0 {
		return fmt.Errorf("%w: %w", errInUse, &badInput{uses})
	}
	err = s.off(ctx, id, *version, people.Change{At: c.now(), Who: who.ID, What: "removed", Kind: s.kind, Target: id, Fields: people.Diff(was, nil)})
	if errors.Is(err, desk.ErrStale) {
		return errMoved
	}
	if err != nil {
		return err
	}
	logs.Note(ctx, "kind", s.kind, "item", id, "what", "removed")
	c.cfg.People.Changed()
	return nil
}
