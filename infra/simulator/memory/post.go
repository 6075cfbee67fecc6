package memory

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/post"
)

// A notice waits in its thread until everybody has been told.
type notice struct {
	desk.Notice
	upTo string // whom it is posted to so far, by the keys of addresses
	due  place
}

// A box is what waits for one address.
type box struct {
	post.Box
	lines map[int64]desk.Notice
	due   place
}

func cloneNotice(n desk.Notice) desk.Notice {
	n.To, n.Tags = slices.Clone(n.To), slices.Clone(n.Tags)
	return n
}

func cloneBox(b post.Box) post.Box {
	b.Past = slices.Clone(b.Past)
	return b
}

// boxes marks what is due as a box.
const boxes = "BOX#"

// tell keeps the notice of an entry, if there is one, due at once.
func (s *Store) tell(th *thread, c desk.Change) {
	before := c.Before
	if before.ID != c.After.ID { // the thread's next ticket begins with nothing
		before = desk.Ticket{}
	}
	is, ok := desk.NoticeOf(before, c.After, c.Entry)
	if !ok {
		return
	}
	if th.notices == nil {
		th.notices = map[int64]*notice{}
	}
	id := fmt.Sprintf("%s#%d", is.Ticket, is.Version)
	n := &notice{Notice: cloneNotice(is)}
	th.notices[is.Version] = n
	s.move(&n.due, place{dueList, position(roundUp(is.At), id)}, row{of: id})
}

// Notice returns a notice that is not posted to everybody yet, and up to whom it is:
// the key of an address, empty for nobody. It returns desk.ErrNotFound for one that
// is, or never was.
func (s *Store) Notice(ctx context.Context, ticket desk.TicketID, version int64) (n desk.Notice, upTo string, err error) {
	err = s.effect(ctx, "Notice", func() error {
		th, _ := s.of(ticket)
		if th == nil || th.notices[version] == nil {
			return fmt.Errorf("memory: notice of %s: %w", ticket, desk.ErrNotFound)
		}
		n, upTo = cloneNotice(th.notices[version].Notice), th.notices[version].upTo
		return nil
	})
	return n, upTo, err
}

// Boxes returns the boxes of addresses as they are now, in their order. One that is
// not there yet has version 0.
func (s *Store) Boxes(ctx context.Context, of []post.Address) (all []post.Box, err error) {
	err = s.effect(ctx, "Boxes", func() error {
		for _, a := range of {
			b := post.Box{ID: s.hash("box", a.Key()), Address: a}
			if is := s.boxes[b.ID]; is != nil {
				b = cloneBox(is.Box)
			}
			all = append(all, b)
		}
		return nil
	})
	return all, err
}

// Box returns a box as it is now, or desk.ErrNotFound.
func (s *Store) Box(ctx context.Context, id string) (b post.Box, err error) {
	err = s.effect(ctx, "Box", func() error {
		is := s.boxes[id]
		if is == nil {
			return fmt.Errorf("memory: box %s: %w", id, desk.ErrNotFound)
		}
		b = cloneBox(is.Box)
		return nil
	})
	return b, err
}

// moved reports whether a box is no longer as it was read.
func (b *box) moved(read post.Box) bool {
	if b == nil {
		return read.Version != 0
	}
	return b.Version != read.Version
}

func (s *Store) setBox(b post.Box, dueAt time.Time) *box {
	is := s.boxes[b.ID]
	if is == nil {
		is = &box{lines: map[int64]desk.Notice{}}
		s.boxes[b.ID] = is
	}
	is.Box = cloneBox(b)
	is.Version++
	is.Due = roundUp(dueAt).UTC()
	var at place
	if !dueAt.IsZero() {
		at = place{dueList, position(roundUp(dueAt), b.ID)}
	}
	s.move(&is.due, at, row{of: boxes + b.ID})
	return is
}

// SaveBox writes a box in place of the version that was read, with when it has to be
// looked at next, zero for never. It returns desk.ErrStale when it has changed.
func (s *Store) SaveBox(ctx context.Context, b post.Box, dueAt time.Time) error {
	return s.effect(ctx, "SaveBox", func() error {
		if s.boxes[b.ID].moved(b) {
			return fmt.Errorf("memory: changing box %s: %w", b.ID, desk.ErrStale)
		}
		s.setBox(b, dueAt)
		return nil
	})
}

// Post takes a notice to addresses: each of p.Boxes gets a line of it, each of p.Bells
// a ring, and the notice remembers that or, after the last of them, is gone; with c,
// where it has an entry, that goes into the ticket's log. It returns desk.ErrDuplicate
// when these have been told, and desk.ErrStale when a box or the ticket has changed.
func (s *Store) Post(ctx context.Context, p post.Posting, c desk.Change) error {
	err := s.effect(ctx, "Post", func() error {
		if _, _, ok := p.Notice.Ticket.Split(); !ok {
			return desk.ErrInvalid
		}
		commit, err := s.with(c)
		if err != nil {
			return err
		}
		th, _ := s.of(p.Notice.Ticket)
		if th == nil || th.notices[p.Notice.Version] == nil || th.notices[p.Notice.Version].upTo != p.From {
			return desk.ErrDuplicate
		}
		for _, f := range p.Boxes {
			if s.boxes[f.Box.ID].moved(f.Box) {
				return desk.ErrStale
			}
		}
		if err := commit(); err != nil {
			return err
		}
		n := th.notices[p.Notice.Version]
		if n.upTo = p.To; p.Last {
			delete(th.notices, p.Notice.Version)
			s.move(&n.due, place{}, row{of: fmt.Sprintf("%s#%d", n.Ticket, n.Version)})
		}
		for _, member := range p.Bells {
			s.ring(member, post.Ring{At: p.At, Notice: p.Notice})
		}
		for _, f := range p.Boxes {
			s.setBox(f.Box, f.DueAt).lines[f.Box.Seq] = cloneNotice(p.Notice)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("memory: posting for %s: %w", p.Notice.Ticket, err)
	}
	return nil
}

// Drop puts a line into one box that is of no ticket. It returns desk.ErrStale when the
// box has changed.
func (s *Store) Drop(ctx context.Context, f post.Filled, n desk.Notice) error {
	err := s.effect(ctx, "Drop", func() error {
		if s.boxes[f.Box.ID].moved(f.Box) {
			return desk.ErrStale
		}
		s.setBox(f.Box, f.DueAt).lines[f.Box.Seq] = cloneNotice(n)
		return nil
	})
	if err != nil {
		return fmt.Errorf("memory: dropping a line into box %s: %w", f.Box.ID, err)
	}
	return nil
}

// with prepares the commit that goes along with something else, if there is one:
// desk.ErrStale for whatever it is refused for.
func (s *Store) with(c desk.Change) (commit func() error, err error) {
	if c.Entry.What == "" {
		return func() error { return nil }, nil
	}
	p, refused, err := s.check(c)
	if err != nil {
		return nil, err
	}
	return func() error {
		if refused != nil {
			return desk.ErrStale
		}
		s.write(p)
		return nil
	}, nil
}

// Lines returns the lines of a box after one number and up to another, as far as they
// are there, by their numbers.
func (s *Store) Lines(ctx context.Context, id string, after, upTo int64) (lines map[int64]desk.Notice, err error) {
	err = s.effect(ctx, "Lines", func() error {
		if upTo <= after {
			return nil
		}
		lines = map[int64]desk.Notice{}
		if b := s.boxes[id]; b != nil {
			for n, line := range b.lines {
				if n > after && n <= upTo {
					lines[n] = cloneNotice(line)
				}
			}
		}
		return nil
	})
	return lines, err
}

// Told writes into the log of a ticket how it ended with a line of a box, and takes
// the line away, both or neither; without an entry it only takes it away. It returns
// desk.ErrDuplicate when the line is gone, desk.ErrStale when the ticket has changed.
func (s *Store) Told(ctx context.Context, id string, line int64, c desk.Change) error {
	err := s.effect(ctx, "Told", func() error {
		commit, err := s.with(c)
		if err != nil {
			return err
		}
		b := s.boxes[id]
		if b == nil {
			return desk.ErrDuplicate
		}
		if _, there := b.lines[line]; !there {
			return desk.ErrDuplicate
		}
		if err := commit(); err != nil {
			return err
		}
		delete(b.lines, line)
		return nil
	})
	if err != nil {
		return fmt.Errorf("memory: telling of line %d of box %s: %w", line, id, err)
	}
	return nil
}

// A bell is what one member was told in the console.
type bell struct {
	rings    index
	told     map[string]post.Ring
	heard    time.Time
	browsers map[string]post.Subscription
}

func (s *Store) bell(member string) *bell {
	b := s.bells[member]
	if b == nil {
		b = &bell{told: map[string]post.Ring{}, browsers: map[string]post.Subscription{}}
		s.bells[member] = b
	}
	return b
}

// Lines of a bell are forgotten after a while; mostRung is how far Rang counts.
const (
	rings    = 30 * 24 * time.Hour
	mostRung = 99
	rung     = "N#" // what cursors of a bell begin with
)

func (s *Store) ring(member string, r post.Ring) {
	b := s.bell(member)
	for over := s.Now().Add(-rings); ; {
		old, ok := b.rings.first()
		if !ok || !b.told[old.at].At.Before(over) {
			break
		}
		b.rings.remove(old)
		delete(b.told, old.at)
	}
	r.Notice = cloneNotice(r.Notice)
	at := rung + position(r.At, fmt.Sprintf("%s#%d", r.Notice.Ticket, r.Notice.Version))
	b.rings.put(row{at: at})
	b.told[at] = r
}

// Bell returns what a member was told in the console, the latest first; limit and
// cursor as for Worklist.
func (s *Store) Bell(ctx context.Context, member, cursor string, limit int) (all []post.Ring, next string, err error) {
	err = s.effect(ctx, "Bell", func() error {
		after, err := cursorOf(cursor, 200)
		if err != nil || after != "" && !strings.HasPrefix(after, rung) {
			return fmt.Errorf("memory: cursor: %w", desk.ErrInvalid)
		}
		b, last := s.bell(member), ""
		for r := range b.rings.down(cmp.Or(after, rung+never)) {
			if len(all) >= limit {
				next = cursorAt(last)
				break
			}
			is := b.told[r.at]
			is.Notice = cloneNotice(is.Notice)
			all, last = append(all, is), r.at
		}
		return nil
	})
	return all, next, err
}

// Rang returns how many lines came onto a member's list since they last looked, 99
// where there are as many or more, and the latest of them.
func (s *Store) Rang(ctx context.Context, member string) (unread int, latest post.Ring, err error) {
	err = s.effect(ctx, "Rang", func() error {
		b := s.bell(member)
		for r := range b.rings.down(rung + never) {
			is := b.told[r.at]
			if unread == mostRung || !b.heard.IsZero() && !is.At.Truncate(time.Millisecond).After(b.heard) {
				break
			}
			if unread++; unread == 1 {
				latest = is
				latest.Notice = cloneNotice(is.Notice)
			}
		}
		return nil
	})
	return unread, latest, err
}

// Ringing returns a mark that is another as soon as something comes onto a member's
// list, or they have looked at it.
func (s *Store) Ringing(ctx context.Context, member string) (mark string, err error) {
	err = s.effect(ctx, "Ringing", func() error {
		b := s.bell(member)
		mark = b.heard.String() + " "
		for r := range b.rings.down(rung + never) {
			mark += r.at
			break
		}
		return nil
	})
	return mark, err
}

// Heard notes that a member has seen what came onto their list until an instant. It
// never takes one back.
func (s *Store) Heard(ctx context.Context, member string, until time.Time) error {
	return s.effect(ctx, "Heard", func() error {
		if b, until := s.bell(member), until.Truncate(time.Millisecond); until.After(b.heard) {
			b.heard = until
		}
		return nil
	})
}

// Subscribe keeps a browser that a member wants to be told by, in place of what had
// its id.
func (s *Store) Subscribe(ctx context.Context, member string, sub post.Subscription) error {
	return s.effect(ctx, "Subscribe", func() error {
		s.bell(member).browsers[sub.ID] = sub
		return nil
	})
}

// Subscription returns one of a member's browsers, or desk.ErrNotFound.
func (s *Store) Subscription(ctx context.Context, member, id string) (sub post.Subscription, err error) {
	err = s.effect(ctx, "Subscription", func() error {
		var ok bool
		if sub, ok = s.bell(member).browsers[id]; !ok {
			return fmt.Errorf("memory: subscription: %w", desk.ErrNotFound)
		}
		return nil
	})
	return sub, err
}

// Subscriptions returns a member's browsers in the order of their ids.
func (s *Store) Subscriptions(ctx context.Context, member string) (all []post.Subscription, err error) {
	err = s.effect(ctx, "Subscriptions", func() error {
		all = slices.SortedFunc(maps.Values(s.bell(member).browsers), func(a, b post.Subscription) int { return strings.Compare(a.ID, b.ID) })
		return nil
	})
	return all, err
}

// Unsubscribe forgets one of a member's browsers; one that is not there is none
// either.
func (s *Store) Unsubscribe(ctx context.Context, member, id string) error {
	return s.effect(ctx, "Unsubscribe", func() error {
		delete(s.bell(member).browsers, id)
		return nil
	})
}
