package memory

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/skala/shared/desk"
)

// Worklist returns the cards of the worklists that q names as one list, nearest
// deadline first and tickets without one last, at most limit of them after the
// cursor, and the cursor of what follows, empty at the end.
func (s *Store) Worklist(ctx context.Context, q desk.WorklistQuery, cursor string, limit int) (cards []desk.Card, next string, err error) {
	err = s.effect(ctx, "Worklist", func() error {
		var rows []row
		rows, next, err = s.page(worklists(q), true, cursor, limit)
		for _, r := range rows {
			cards = append(cards, cloneCard(r.ticket.Card()))
		}
		return err
	})
	return cards, next, err
}

// Count returns how many tickets stand on the worklists that q names.
func (s *Store) Count(ctx context.Context, q desk.WorklistQuery) (n int, err error) {
	err = s.effect(ctx, "Count", func() error {
		for _, l := range worklists(q) {
			if x := s.read(l); x != nil {
				n += x.size()
			}
		}
		return nil
	})
	return n, err
}

func worklists(q desk.WorklistQuery) (all []list) {
	tiers, states := q.Tiers, q.States
	if len(tiers) == 0 {
		tiers = []desk.Tier{desk.SelfService, desk.General, desk.Individual, desk.Senior, desk.Vendor}
	}
	if len(states) == 0 {
		states = []desk.State{desk.New, desk.Open, desk.Waiting, desk.OnHold}
	}
	for _, brand := range q.Brands {
		for _, tier := range tiers {
			for _, state := range states {
				all = append(all, list{kind: "work", of: brand, tier: tier, state: state})
			}
		}
	}
	return all
}

// All returns every ticket, whatever its state, the newest first; limit and cursor
// as for Worklist.
func (s *Store) All(ctx context.Context, cursor string, limit int) (all []desk.Ticket, next string, err error) {
	ids, next, err := s.Every(ctx, cursor, limit)
	if err == nil {
		all, err = s.Tickets(ctx, ids)
	}
	return all, next, err
}

// Every is All without the tickets themselves.
func (s *Store) Every(ctx context.Context, cursor string, limit int) (ids []desk.TicketID, next string, err error) {
	err = s.effect(ctx, "Every", func() error {
		var rows []row
		rows, next, err = s.page([]list{everyList}, false, cursor, limit)
		for _, r := range rows {
			ids = append(ids, desk.NewTicketID(r.of, r.n))
		}
		return err
	})
	return ids, next, err
}

// Assigned returns the cards of what is assignee's and has not come to its end, in
// the order of Worklist; limit and cursor likewise.
func (s *Store) Assigned(ctx context.Context, assignee, cursor string, limit int) (cards []desk.Card, next string, err error) {
	err = s.effect(ctx, "Assigned", func() error {
		var rows []row
		rows, next, err = s.page([]list{{kind: "mine", of: assignee}}, true, cursor, limit)
		for _, r := range rows {
			if t := s.ticket(r.ticket.ID); t != nil && t.Assignee == assignee && !t.State.Final() {
				cards = append(cards, cloneCard(t.Card()))
			}
		}
		return err
	})
	return cards, next, err
}

// Written returns the tickets that an author with the platform identity wrote,
// whatever their state, the newest first; limit and cursor as for Worklist.
func (s *Store) Written(ctx context.Context, author, cursor string, limit int) (all []desk.Ticket, next string, err error) {
	err = s.effect(ctx, "Written", func() error {
		var rows []row
		rows, next, err = s.page([]list{{kind: "author", of: author}}, false, cursor, limit)
		for _, r := range rows {
			if t := s.ticket(desk.NewTicketID(r.of, r.n)); t != nil && t.Author.ID == author {
				all = append(all, cloneTicket(*t))
			}
		}
		return err
	})
	return all, next, err
}

// Due returns what falls due until then, the earliest first, at most limit.
func (s *Store) Due(ctx context.Context, until time.Time, limit int) (all []desk.Due, err error) {
	err = s.effect(ctx, "Due", func() error {
		rows, _ := s.merge([]list{dueList}, true, "", position(until.Add(time.Millisecond), ""), limit)
		for _, r := range rows {
			at, id, err := parsePosition(r.at)
			if err != nil {
				return err
			}
			d := desk.Due{At: at, Nudge: desk.Nudge{Ticket: desk.TicketID(id)}}
			if r.kept != nil {
				d.Nudge = desk.Nudge{Spill: id}
			} else if strings.HasPrefix(r.of, boxes) {
				d.Nudge, d.Notices = desk.Nudge{Mailbox: id}, true
			} else if ticket, version, ok := strings.Cut(id, "#"); ok {
				n, err := strconv.ParseInt(version, 10, 64)
				if err != nil {
					return fmt.Errorf("memory: a notice's place: %w", err)
				}
				d.Nudge, d.Notices = desk.Nudge{Ticket: desk.TicketID(ticket), Version: n}, true
			}
			all = append(all, d)
		}
		return nil
	})
	return all, err
}

// monthsAtOnce is how many months one page looks through before it is over.
const monthsAtOnce = 12

// Examples returns what people corrected or confirmed from since until now, the
// earliest first; limit and cursor as for Worklist. A page leaves out what is about
// a message that was deleted.
func (s *Store) Examples(ctx context.Context, since, now time.Time, cursor string, limit int) (all []desk.Example, next string, err error) {
	err = s.effect(ctx, "Examples", func() error {
		after := position(since, "")
		if cursor != "" {
			if after, err = cursorOf(cursor, 100); err != nil {
				return err
			}
			if since, _, err = parsePosition(after); err != nil || since.IsZero() {
				return fmt.Errorf("memory: cursor: %w", desk.ErrInvalid)
			}
		}
		var rows []row
		y, m, _ := since.UTC().Date()
		month := time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)
		for n := 0; next == "" && !month.After(now); n, month = n+1, month.AddDate(0, 1, 0) {
			if n == monthsAtOnce || len(rows) == limit {
				next = max(after, position(month, ""))
				break
			}
			var more []row
			more, next = s.merge([]list{{kind: "examples", of: month.Format(byMonth)}}, true, after, "", limit-len(rows))
			rows = append(rows, more...)
		}
		next = cursorAt(next)
		for _, r := range rows {
			all = append(all, s.example(r)...)
		}
		return nil
	})
	return all, next, err
}

// example is what an entry teaches, unless its message is gone.
func (s *Store) example(r row) []desk.Example {
	th := s.threads[r.of]
	account := s.ticket(desk.NewTicketID(r.of, r.n)).Account
	about := th.messages[itemKey{account, r.entry.Target}]
	if about == nil || about.Message == nil || about.Message.Deleted || r.entry.Was == nil || r.entry.Verdict == nil {
		return nil
	}
	e := cloneEntry(r.entry.Entry)
	return []desk.Example{{Ticket: desk.NewTicketID(r.of, r.n), Version: e.Version, Message: cloneMessage(*about.Message), Was: *e.Was,
		Verdict: *e.Verdict, By: e.Who, At: e.At, Why: e.Why}}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
