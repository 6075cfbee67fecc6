package memory

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/skala/shared/desk"
)

// Thread returns what is known of the thread of e.
func (s *Store) Thread(ctx context.Context, e desk.Event) (known desk.Thread, err error) {
	err = s.effect(ctx, "Thread", func() error {
		name := s.threadName(e.Thread())
		known = desk.Thread{Ticket: desk.Ticket{ID: desk.NewTicketID(name, 1)}}
		th := s.threads[name]
		if th == nil {
			return nil
		}
		if th.head != nil {
			known.Ticket = cloneTicket(*th.head)
		}
		if rec := th.messages[itemKey{e.Account, e.Key}]; rec != nil {
			known.Known, known.Delivery = true, rec.delivery
		}
		if e.ID != "" {
			known.Tombstone = of(th.tombs[itemKey{e.Account, e.ID}])
		}
		return nil
	})
	return known, err
}

// Crowd returns the names of the threads that a crowded conversation has.
func (s *Store) Crowd(ctx context.Context, k desk.ThreadKey) (names []string, err error) {
	err = s.effect(ctx, "Crowd", func() error {
		for r := range s.read(crowdList(k.Platform, k.Account, k.Conversation)).up("") {
			names = append(names, r.of)
		}
		return nil
	})
	return names, err
}

func crowdList(p desk.Platform, account, conversation string) list {
	return list{kind: "crowd", of: strings.Join([]string{string(p), account, conversation}, "\x00")}
}

// MessageByID returns the message of a thread that its platform names id, and the
// ticket it is part of; desk.ErrNotFound when there is none.
func (s *Store) MessageByID(ctx context.Context, k desk.ThreadKey, id string) (m desk.Message, ticket desk.TicketID, err error) {
	err = s.effect(ctx, "MessageByID", func() error {
		th := s.threads[s.threadName(k)]
		rec := s.byID(th, id)
		if rec == nil {
			return fmt.Errorf("memory: finding a message: %w", desk.ErrNotFound)
		}
		m, ticket = cloneMessage(*rec.Message), desk.NewTicketID(th.name, rec.n)
		return nil
	})
	return m, ticket, err
}

func (s *Store) byID(th *thread, id string) *entryRecord {
	if th == nil || id == "" {
		return nil
	}
	var found []*entryRecord
	for _, rec := range th.log {
		if rec.key != (itemKey{}) && rec.Message != nil && rec.Message.ID == id && (rec.What == desk.Received || rec.What == desk.SentElsewhere || rec.What == desk.Replied) {
			found = append(found, rec)
		}
	}
	if len(found) < 2 {
		return slices.Concat(found, []*entryRecord{nil})[0]
	}
	return slices.MinFunc(found, func(a, b *entryRecord) int { // in the order of the table
		return strings.Compare(s.itemHash(a.key), s.itemHash(b.key))
	})
}

func (s *Store) itemHash(k itemKey) string {
	if k.account == reply {
		return s.hash("reply", k.key)
	}
	return s.hash("event", k.account, k.key)
}

// Message returns a reply or note by its key, or desk.ErrNotFound.
func (s *Store) Message(ctx context.Context, id desk.TicketID, messageKey string) (m desk.Message, err error) {
	err = s.effect(ctx, "Message", func() error {
		th, n := s.of(id)
		if th == nil || th.messages[replyKey(messageKey)] == nil || th.messages[replyKey(messageKey)].n != n {
			return fmt.Errorf("memory: message of %s: %w", id, desk.ErrNotFound)
		}
		m = cloneMessage(*th.messages[replyKey(messageKey)].Message)
		return nil
	})
	return m, err
}

// punctual is what comes in soon enough that nothing said after it came before.
const punctual = time.Minute

// Said returns the customer's last message on t that they have not taken back, by
// when it was said, or desk.ErrNotFound.
func (s *Store) Said(ctx context.Context, t desk.Ticket) (m desk.Message, err error) {
	err = s.effect(ctx, "Said", func() error {
		th, n := s.of(t.ID)
		if th == nil || t.PreviewOf == "" || th.messages[itemKey{t.Account, t.PreviewOf}] == nil {
			return fmt.Errorf("memory: last message of %s: %w", t.ID, desk.ErrNotFound)
		}
		last := th.messages[itemKey{t.Account, t.PreviewOf}].Message
		if last.Deleted || last.Received.Sub(last.Time) >= punctual {
			for _, rec := range th.log {
				x := rec.Message
				if rec.n == n && rec.What == desk.Received && x.Via == "" && (x.Deleted == last.Deleted && x.Time.After(last.Time) || !x.Deleted && last.Deleted) {
					last = x
				}
			}
		}
		m = cloneMessage(*last)
		return nil
	})
	return m, err
}

// Keep stores an event of a thread that has no ticket. It returns desk.ErrDuplicate
// when the event stands already.
func (s *Store) Keep(ctx context.Context, e desk.Event, raw desk.RawEvent) error {
	return s.effect(ctx, "Keep", func() error {
		th := s.thread(s.threadName(e.Thread()))
		if th.messages[itemKey{e.Account, e.Key}] != nil {
			return fmt.Errorf("memory: keeping an event: %w", desk.ErrDuplicate)
		}
		s.keep(th, desk.Noticed, e, raw)
		return nil
	})
}

func (s *Store) keep(th *thread, what desk.What, e desk.Event, raw desk.RawEvent) {
	rec := &entryRecord{key: itemKey{e.Account, e.Key}, Entry: cloneEntry(desk.Entry{
		What: what, At: raw.Received, Event: e.Kind, Message: e.Message(raw.Received), Target: e.Target,
	})}
	th.add(rec)
	s.settled(th, rec, desk.Ignored, raw)
}

// maxMarks is how many tombstones a thread remembers for commits under way.
const maxMarks = 16

// Entomb keeps an edit or deletion whose message is not there, and leaves a
// tombstone that the message meets when it comes; errors as the table's.
func (s *Store) Entomb(ctx context.Context, e desk.Event, raw desk.RawEvent) error {
	err := s.effect(ctx, "Entomb", func() error {
		th := s.thread(s.threadName(e.Thread()))
		if s.byID(th, e.Target) != nil {
			return desk.ErrStale
		}
		if th.messages[itemKey{e.Account, e.Key}] != nil {
			return desk.ErrDuplicate
		}
		tomb := desk.Tombstone{Deleted: e.Kind == desk.MessageDeleted, Text: e.Text, At: e.Time}
		what := desk.Edited
		if tomb.At.IsZero() {
			tomb.At = raw.Received
		}
		if tomb.Deleted {
			tomb.Text, what = "", desk.Deleted
			th.blankAbout([]string{e.Target})
		}
		key := itemKey{e.Account, e.Target}
		if was := th.tombs[key]; was != nil {
			switch {
			case was.Deleted && !tomb.Deleted:
				tomb, e.Text, e.Attachments = *was, "", nil
			case !tomb.Deleted && tomb.At.Before(was.At):
				tomb = *was
			}
		}
		s.keep(th, what, e, raw)
		if th.tombs == nil {
			th.tombs = map[itemKey]*desk.Tombstone{}
		}
		th.tombs[key] = &tomb
		th.marks = append(th.marks, key)
		th.marks = th.marks[max(0, len(th.marks)-maxMarks):]
		return nil
	})
	if err != nil {
		return fmt.Errorf("memory: entombing: %w", err)
	}
	return nil
}
