package memory

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// A directory is everybody, every team and every rota, as JSON, and the audit log.
type directory struct {
	items map[string]entry
	lines index             // of the log, by id
	docs  map[string][]byte // of the log, by id
	read  *people.Directory // as they were last read; nil since something changed
	made  int               // ids of lines
	ended map[string]time.Time
}

type entry struct {
	doc     []byte
	version int64
	uses    int // since the document was written
	used    time.Time
}

// counted adds the uses since the document to those that it knows of.
func (e entry) counted(uses int, used time.Time) (int, time.Time) {
	if e.uses == 0 {
		return uses, used
	}
	return uses + e.uses, e.used
}

// Directory returns everybody, all teams and all rotas as they are now. Whoever gets
// it shares it with all others, as those of package roster do.
func (s *Store) Directory(ctx context.Context) (d people.Directory, err error) {
	err = s.effect(ctx, "Directory", func() error {
		if s.people.read == nil {
			read, err := s.people.decode()
			if err != nil {
				return err
			}
			s.people.read = &read
		}
		d = *s.people.read
		return nil
	})
	return d, err
}

func (p *directory) decode() (people.Directory, error) {
	var (
		members []people.Member
		teams   []people.Team
		rotas   []people.Rota
		views   []people.SavedView
		replies []people.SavedReply
	)
	for _, key := range sortedKeys(p.items) {
		var err error
		switch doc := p.items[key].doc; key[:2] {
		case "P#":
			members, err = decoded(members, doc)
		case "T#":
			teams, err = decoded(teams, doc)
		case "R#":
			rotas, err = decoded(rotas, doc)
		case "V#":
			views, err = decoded(views, doc)
		case "A#":
			replies, err = decoded(replies, doc)
			if err == nil {
				r := &replies[len(replies)-1]
				r.Uses, r.Used = p.items[key].counted(r.Uses, r.Used)
			}
		}
		if err != nil {
			return people.Directory{}, fmt.Errorf("memory: reading the directory: %w", err)
		}
	}
	d := people.NewDirectory(members, teams, rotas).WithViews(views).WithReplies(replies)
	d.Ended = map[string]time.Time{}
	maps.Copy(d.Ended, p.ended)
	return d, nil
}

func decoded[T any](to []T, doc []byte) ([]T, error) {
	var v T
	err := json.Unmarshal(doc, &v)
	return append(to, v), err
}

// SaveMember writes m, with its version one higher, and the change that led to it,
// both or neither; errors as the table's.
func (s *Store) SaveMember(ctx context.Context, m people.Member, c people.Change) error {
	was := m.Version
	m.Version, m.Changed = was+1, c.At
	return s.save(ctx, "SaveMember", "P#", m.ID, was, m, c)
}

// SaveTeam is SaveMember for a team.
func (s *Store) SaveTeam(ctx context.Context, t people.Team, c people.Change) error {
	was := t.Version
	t.Version, t.Changed = was+1, c.At
	return s.save(ctx, "SaveTeam", "T#", t.ID, was, t, c)
}

// SaveRota is SaveMember for a rota.
func (s *Store) SaveRota(ctx context.Context, r people.Rota, c people.Change) error {
	was := r.Version
	r.Version, r.Changed = was+1, c.At
	return s.save(ctx, "SaveRota", "R#", r.ID, was, r, c)
}

// SaveView is SaveMember for a saved view.
func (s *Store) SaveView(ctx context.Context, v people.SavedView, c people.Change) error {
	was := v.Version
	v.Version, v.Changed = was+1, c.At
	return s.save(ctx, "SaveView", "V#", v.ID, was, v, c)
}

// RemoveTeam takes a team out, in the version that was read, and writes the change
// with it; desk.ErrStale when it has changed or is gone.
func (s *Store) RemoveTeam(ctx context.Context, id string, version int64, c people.Change) error {
	return s.save(ctx, "RemoveTeam", "T#", id, version, nil, c)
}

// RemoveRota is RemoveTeam for a rota.
func (s *Store) RemoveRota(ctx context.Context, id string, version int64, c people.Change) error {
	return s.save(ctx, "RemoveRota", "R#", id, version, nil, c)
}

// RemoveView is RemoveTeam for a saved view.
func (s *Store) RemoveView(ctx context.Context, id string, version int64, c people.Change) error {
	return s.save(ctx, "RemoveView", "V#", id, version, nil, c)
}

// SaveReply is SaveMember for a saved reply.
func (s *Store) SaveReply(ctx context.Context, r people.SavedReply, c people.Change) error {
	was := r.Version
	r.Version, r.Changed = was+1, c.At
	return s.save(ctx, "SaveReply", "A#", r.ID, was, r, c)
}

// RemoveReply is RemoveTeam for a saved reply.
func (s *Store) RemoveReply(ctx context.Context, id string, version int64, c people.Change) error {
	return s.save(ctx, "RemoveReply", "A#", id, version, nil, c)
}

// UseReply counts that a saved reply was taken; desk.ErrNotFound where there is none.
func (s *Store) UseReply(ctx context.Context, id string, at time.Time) error {
	return s.effect(ctx, "UseReply", func() error {
		is, ok := s.people.items["A#"+id]
		if !ok {
			return fmt.Errorf("memory: reply %s: %w", strconv.Quote(id), desk.ErrNotFound)
		}
		is.uses, is.used = is.uses+1, at.UTC().Truncate(time.Millisecond)
		s.people.items["A#"+id], s.people.read = is, nil
		return nil
	})
}

// EndSession notes that a session is over, for as long as its cookie would have held.
func (s *Store) EndSession(ctx context.Context, id string, until time.Time) error {
	return s.effect(ctx, "EndSession", func() error {
		if s.people.ended == nil {
			s.people.ended = map[string]time.Time{}
		}
		s.people.ended[id], s.people.read = until.UTC().Truncate(time.Millisecond), nil
		return nil
	})
}

func (s *Store) save(ctx context.Context, call, kind, id string, was int64, is any, c people.Change) error {
	err := s.effect(ctx, call, func() error {
		p := &s.people
		if id == "" || c.At.IsZero() {
			return fmt.Errorf("without an id or a time: %w", desk.ErrInvalid)
		}
		doc, err := json.Marshal(is)
		if err != nil {
			return err
		}
		there, ok := p.items[kind+id]
		switch {
		case p.docs[c.ID] != nil: // an earlier try took effect although it seemed to fail
			return nil
		case was == 0 && ok:
			return desk.ErrDuplicate
		case was != 0 && there.version != was:
			return desk.ErrStale
		}
		if _, err := p.line(c); err != nil {
			return err
		}
		p.read = nil
		if delete(p.items, kind+id); is != nil {
			p.items[kind+id] = entry{doc: doc, version: was + 1}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("memory: %s of %s: %w", call, strconv.Quote(id), err)
	}
	return nil
}

// line adds a line to the audit log. An earlier try may have although it seemed to
// fail: then it is there already.
func (p *directory) line(c people.Change) (there bool, err error) {
	if c.ID == "" {
		p.made++
		c.ID = position(c.At, fmt.Sprintf("%08d", p.made))
	}
	if at, _, err := parsePosition(c.ID); err != nil || !at.Equal(c.At.Truncate(time.Millisecond)) {
		return false, fmt.Errorf("the change's id %q is not of its time: %w", c.ID, desk.ErrInvalid)
	}
	if p.docs[c.ID] != nil {
		return true, nil
	}
	line, err := json.Marshal(c)
	if err != nil {
		return false, err
	}
	if p.docs == nil {
		p.docs = map[string][]byte{}
	}
	p.docs[c.ID] = line
	p.lines.put(row{at: c.ID})
	return false, nil
}

// auditAtOnce is how many lines one page looks through before it is over.
const auditAtOnce = 2000

// Audit returns the lines of the audit log that q asks for, the newest first, at
// most limit of them after a cursor, and the cursor of what follows, empty at the
// end. A page is over, too, once it has looked through 2,000 lines.
func (s *Store) Audit(ctx context.Context, q people.AuditQuery, after string, limit int) (found []people.Change, next string, err error) {
	err = s.effect(ctx, "Audit", func() error {
		cursor, err := cursorOf(after, 100)
		if err != nil {
			return err
		}
		upTo, from := never, ""
		if !q.To.IsZero() {
			upTo = position(roundUp(q.To), "")
		}
		if cursor != "" {
			at, _, err := parsePosition(cursor)
			if err != nil || at.IsZero() {
				return fmt.Errorf("memory: cursor: %w", desk.ErrInvalid)
			}
			upTo = min(upTo, cursor)
		}
		if !q.From.IsZero() {
			from = position(q.From, "")
		}
		if limit <= 0 {
			return nil
		}
		looked, last := 0, ""
		for r := range s.people.lines.down(upTo) {
			var c people.Change
			if err := json.Unmarshal(s.people.docs[r.at], &c); err != nil {
				return fmt.Errorf("memory: a line of the audit log: %w", err)
			}
			switch {
			case r.at < from:
				return nil
			case looked == auditAtOnce:
				next = cursorAt(upTo)
				return nil
			case !asked(q, c):
			case len(found) == limit:
				next = cursorAt(last)
				return nil
			default:
				found, last = append(found, c), r.at
			}
			upTo = r.at
			looked++
		}
		return nil
	})
	return found, next, err
}

// asked reports whether a line is of those that q asks for.
func asked(q people.AuditQuery, c people.Change) bool {
	return !c.At.Before(q.From) && (q.To.IsZero() || c.At.Before(q.To)) && (q.Who == "" || q.Who == c.Who) && (q.Target == "" || q.Target == c.Target) &&
		(q.Kind == "" || q.Kind == c.Kind) && (q.What == "" || q.What == c.What)
}
