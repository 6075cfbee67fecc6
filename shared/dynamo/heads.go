package dynamo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"example.com/skala/shared/desk"
)

// A place is where an index has an item; its zero value is nowhere.
type place struct{ pk, sk string }

// String is both keys, of which the first holds no space that is not its own.
func (p place) String() string {
	if p == (place{}) {
		return ""
	}
	return p.pk + " " + p.sk
}

func (u *update) place(index string, p place) { u.index(index, p != place{}, p.pk, p.sk) }

func placeOf(i item, index string) place {
	return place{textOf(i, index+"pk"), textOf(i, index+"sk")}
}

// listed is where worklists have a ticket that is next due at an instant. Those
// without a deadline come after those with one, in the order in which they are due:
// so what is due of either kind can be read without the rest.
func listed(t desk.Ticket, dueAt time.Time) place {
	list, in := t.List()
	thread, _, ok := t.ID.Split()
	if !in || !ok {
		return place{}
	}
	sk := position(t.Deadline(), string(t.ID))
	if t.Deadline().IsZero() && !dueAt.IsZero() {
		sk = never + "#" + position(roundUp(dueAt), string(t.ID))
	}
	return place{worklistKey(t.Brand, t.Tier, list, shard(thread, listShards)), sk}
}

func due(t desk.Ticket, dueAt time.Time) place {
	if dueAt.IsZero() {
		return place{}
	}
	return place{dueKey(shard(string(t.ID), dueShards)), position(roundUp(dueAt), string(t.ID))}
}

func assigned(t desk.Ticket) place {
	if _, in := t.List(); !in || t.Assignee == "" {
		return place{}
	}
	return place{assigneeKey(t.Assignee), position(t.Deadline(), string(t.ID))}
}

// Places returns where the indexes should have a ticket that is next due at an
// instant.
func (s *Store) Places(t desk.Ticket, dueAt time.Time) desk.Places {
	return desk.Places{List: listed(t, dueAt).String(), Due: due(t, dueAt).String(), Assignee: assigned(t).String()}
}

// Heads returns the tickets of ids that are the last of their threads, in no order,
// with the places that they have in the indexes. They may be as they were a moment
// ago. The error tells of those that cannot be read; the others are there.
func (s *Store) Heads(ctx context.Context, ids []desk.TicketID) ([]desk.Head, error) {
	var keys []item
	wanted, asked := map[desk.TicketID]bool{}, map[string]bool{}
	for _, id := range ids {
		thread, _, ok := id.Split()
		wanted[id] = true
		if ok && !asked[thread] {
			asked[thread] = true
			keys = append(keys, key(threadPK(thread), head))
		}
	}
	items, err := s.batchRead(ctx, keys, false)
	if err != nil {
		return nil, fmt.Errorf("reading heads: %w", err)
	}
	var heads []desk.Head
	var errs []error
	for _, i := range items {
		if i["v"] == nil {
			continue // a HEAD that has no ticket yet
		}
		h, err := headOf(i)
		if err != nil {
			errs = append(errs, err)
		} else if wanted[h.ID] {
			heads = append(heads, h)
		}
	}
	return heads, errors.Join(errs...)
}

// Head is the ticket of an id as it stands now, with its places, or
// desk.ErrNotFound where it is not there or not the last of its thread.
func (s *Store) Head(ctx context.Context, id desk.TicketID) (desk.Head, error) {
	thread, n, ok := id.Split()
	if !ok {
		return desk.Head{}, fmt.Errorf("dynamo: head of %q: %w", id, desk.ErrNotFound)
	}
	i, err := s.get(ctx, threadPK(thread), head)
	if err != nil {
		return desk.Head{}, err
	}
	if i == nil || i["v"] == nil || int(numberOf(i, "n")) != n {
		return desk.Head{}, fmt.Errorf("dynamo: head of %s: %w", id, desk.ErrNotFound)
	}
	return headOf(i)
}

func headOf(i item) (desk.Head, error) {
	t, err := ticketOf(i)
	return desk.Head{Ticket: t, Places: desk.Places{
		List: placeOf(i, "gsi1").String(), Due: placeOf(i, "gsi2").String(), Assignee: placeOf(i, "gsi4").String(),
	}}, err
}

// Mend puts the ticket that a log comes to in the place of what stands there, of the
// same version, and lists it where it belongs. It returns desk.ErrStale when the
// head is no longer as it was read.
func (s *Store) Mend(ctx context.Context, was desk.Head, is desk.Ticket, dueAt time.Time) error {
	if was.ID != is.ID || was.Version != is.Version {
		return fmt.Errorf("dynamo: mending %s with another ticket or version: %w", was.ID, desk.ErrInvalid)
	}
	u, err := s.headUpdate(was.Ticket, is, dueAt)
	if err != nil {
		return err
	}
	if _, sk, in := strings.Cut(was.Places.Due, " "); in && sk != "" {
		u.whenIs("gsi2sk", text(sk)) // a stamp leaves the version as it is
	} else {
		u.whenMissing("gsi2sk")
	}
	if err := s.update(ctx, u); err != nil {
		return fmt.Errorf("dynamo: mending %s: %w", was.ID, err)
	}
	return nil
}

// Standing returns the tickets on the worklists that q names, in the order of
// Worklist; limit and cursor likewise, but the cursor is not for people.
func (s *Store) Standing(ctx context.Context, q desk.WorklistQuery, cursor string, limit int) ([]desk.TicketID, string, error) {
	rows, next, err := s.merge(ctx, scan{index: "gsi1", keys: worklistKeys(q), forward: true}, cursor, limit)
	if err != nil {
		return nil, "", fmt.Errorf("reading what stands on worklists: %w", err)
	}
	ids := make([]desk.TicketID, 0, len(rows))
	for _, row := range rows {
		sk := textOf(row, "gsi1sk")
		ids = append(ids, desk.TicketID(sk[strings.LastIndexByte(sk, '#')+1:]))
	}
	return ids, next, nil
}

// Passed returns the tickets on the worklists that q names whose deadline is until
// then and, of those without one, who are next due until then, each kind the
// earliest first and at most limit of it. It reads nothing else. Of rows that cannot be
// read it says as much as Due.
func (s *Store) Passed(ctx context.Context, q desk.WorklistQuery, until time.Time, limit int) ([]desk.Due, error) {
	var passed []desk.Due
	var errs []error
	for _, prefix := range []string{"", never + "#"} {
		end := prefix + position(until.Add(time.Millisecond), "")
		rows, _, err := s.merge(ctx, scan{index: "gsi1", keys: worklistKeys(q), forward: true, end: end}, prefix, limit)
		if err != nil {
			return nil, fmt.Errorf("reading what has passed on worklists: %w", err)
		}
		for _, row := range rows {
			at, id, err := parsePosition(strings.TrimPrefix(textOf(row, "gsi1sk"), prefix))
			if err != nil {
				errs = append(errs, broken(row, err))
				continue
			}
			passed = append(passed, desk.Due{At: at, Nudge: desk.Nudge{Ticket: desk.TicketID(id)}})
		}
	}
	return passed, unread(errs)
}

const patrols = "PATROL"

// Patrols returns how far the rounds of the audit have come.
func (s *Store) Patrols(ctx context.Context) (desk.Patrols, error) {
	i, err := s.get(ctx, patrols, "AT")
	if err != nil {
		return desk.Patrols{}, err
	}
	return desk.Patrols{Working: textOf(i, "working"), Every: textOf(i, "every"), Until: instantOf(i, "until"), Stuck: i["stuck"] != nil}, nil
}

// Patrolled notes how far they have come.
func (s *Store) Patrolled(ctx context.Context, p desk.Patrols) error {
	i := key(patrols, "AT")
	i["until"], i["working"], i["every"] = instant(p.Until), text(p.Working), text(p.Every)
	if p.Stuck {
		i["stuck"] = number(1)
	}
	return s.put(ctx, i)
}
