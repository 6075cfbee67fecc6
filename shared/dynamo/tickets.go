package dynamo

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"example.com/skala/shared/desk"
)

// Ticket returns a ticket as it is now, or desk.ErrNotFound.
func (s *Store) Ticket(ctx context.Context, id desk.TicketID) (desk.Ticket, error) {
	thread, n, ok := id.Split()
	if !ok {
		return desk.Ticket{}, fmt.Errorf("dynamo: ticket %q: %w", id, desk.ErrNotFound)
	}
	for _, sk := range []string{head, earlierKey(n)} {
		i, err := s.get(ctx, threadPK(thread), sk)
		if err != nil {
			return desk.Ticket{}, err
		}
		if i != nil && int(numberOf(i, "n")) == n {
			return ticketOf(i)
		}
	}
	return desk.Ticket{}, fmt.Errorf("dynamo: ticket %s: %w", id, desk.ErrNotFound)
}

// Tickets returns tickets as they are now, in the order of ids. Those that are
// not there are left out, and with a desk.UnreadError those that cannot be read.
func (s *Store) Tickets(ctx context.Context, ids []desk.TicketID) ([]desk.Ticket, error) {
	found := map[desk.TicketID]desk.Ticket{}
	var heads, earlier []item
	asked, broke := map[string]bool{}, map[string]error{}
	for _, id := range ids {
		if thread, _, ok := id.Split(); ok && !asked[thread] {
			asked[thread] = true
			heads = append(heads, key(threadPK(thread), head))
		}
	}
	read := func(keys []item) error {
		items, err := s.batchGet(ctx, keys)
		if err != nil {
			return fmt.Errorf("reading tickets: %w", err)
		}
		for _, i := range items {
			if i["v"] == nil {
				continue // a HEAD that has no ticket yet
			}
			t, err := ticketOf(i)
			if err != nil {
				broke[strings.TrimPrefix(textOf(i, "pk"), threadPK(""))] = err
				continue
			}
			found[t.ID] = t
		}
		return nil
	}
	if err := read(heads); err != nil {
		return nil, err
	}
	for _, id := range slices.Compact(slices.Sorted(slices.Values(ids))) {
		if thread, n, ok := id.Split(); ok && found[id].ID == "" {
			earlier = append(earlier, key(threadPK(thread), earlierKey(n)))
		}
	}
	if err := read(earlier); err != nil {
		return nil, err
	}
	var tickets []desk.Ticket
	var bad unreadable
	for _, id := range ids {
		t, ok := found[id]
		if ok {
			tickets = append(tickets, t)
			continue
		}
		if thread, _, _ := id.Split(); broke[thread] != nil {
			bad.add(broke[thread], id)
		}
	}
	return tickets, bad.err()
}

// Log returns the entries of a ticket in the order of their versions. Messages
// have their present text, deliveries their present state. A ticket that is not
// there has no entries.
func (s *Store) Log(ctx context.Context, id desk.TicketID) ([]desk.Entry, error) {
	thread, n, ok := id.Split()
	if !ok {
		return nil, fmt.Errorf("dynamo: log of %q: %w", id, desk.ErrNotFound)
	}
	kinds := []string{"M#", "L#"}
	entries, errs := make([][]desk.Entry, len(kinds)), make([]error, len(kinds))
	var wg sync.WaitGroup
	for k, kind := range kinds {
		wg.Go(func() { entries[k], errs[k] = s.entries(ctx, thread, n, kind) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("reading the log of %s: %w", id, err)
	}
	all := slices.Concat(entries...)
	slices.SortFunc(all, func(a, b desk.Entry) int { return cmp.Compare(a.Version, b.Version) })
	return all, nil
}

func (s *Store) entries(ctx context.Context, thread string, n int, kind string) ([]desk.Entry, error) {
	items, err := s.query(ctx, &dynamodb.QueryInput{
		ConsistentRead:            aws.Bool(true),
		KeyConditionExpression:    aws.String("pk = :pk AND begins_with(sk, :kind)"),
		FilterExpression:          aws.String("#n = :n"),
		ProjectionExpression:      aws.String(withoutRaw),
		ExpressionAttributeNames:  entryNames(),
		ExpressionAttributeValues: item{":pk": text(threadPK(thread)), ":kind": text(kind), ":n": number(n)},
	})
	if err != nil {
		return nil, err
	}
	entries := make([]desk.Entry, 0, len(items))
	for _, i := range items {
		e, err := entryOf(i)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// Nudged notes that a queue was told of t again at now, and when to look at it
// next. The version stays. It returns desk.ErrStale when the ticket is no longer
// as it was read.
func (s *Store) Nudged(ctx context.Context, t desk.Ticket, now, dueAt time.Time) error {
	return s.stamp(ctx, t, "nudged", instant(now), dueAt)
}

// Asked notes that the author's profile was asked for, as Nudged does.
func (s *Store) Asked(ctx context.Context, t desk.Ticket, dueAt time.Time) error {
	return s.stamp(ctx, t, "profile", text(string(desk.ProfileAsked)), dueAt)
}

// Forget takes the addresses out of attachments of t's thread whose time is over at
// now, and the raw events that hold them too. It returns when the next one's is. A
// second run finds the first one's work done.
func (s *Store) Forget(ctx context.Context, t desk.Ticket, now time.Time) (next time.Time, err error) {
	thread, _, ok := t.ID.Split()
	if !ok {
		return time.Time{}, fmt.Errorf("dynamo: ticket %q: %w", t.ID, desk.ErrNotFound)
	}
	items, err := s.query(ctx, &dynamodb.QueryInput{
		ConsistentRead:            aws.Bool(true),
		KeyConditionExpression:    aws.String("pk = :pk AND begins_with(sk, :m)"),
		FilterExpression:          aws.String("attribute_exists(#until)"),
		ExpressionAttributeNames:  map[string]string{"#until": "until"},
		ExpressionAttributeValues: item{":pk": text(threadPK(thread)), ":m": text("M#")},
	})
	if err != nil {
		return time.Time{}, fmt.Errorf("forgetting in %s: %w", t.ID, err)
	}
	for _, i := range items {
		e, err := entryOf(i)
		if err != nil {
			return time.Time{}, err
		}
		m := *e.Message
		kept, until, forgot := desk.Forget(m.Attachments, now)
		if !until.IsZero() && (next.IsZero() || until.Before(next)) {
			next = until
		}
		if !forgot {
			continue
		}
		m.Attachments = kept
		e.Message = &m
		var w writes
		if err := s.rewrite(&w, theWords, i, e, nil); err != nil {
			return time.Time{}, err
		}
		if err := s.transact(ctx, w); err != nil {
			return time.Time{}, fmt.Errorf("forgetting in %s: %w", t.ID, err)
		}
	}
	return next, nil
}

// Forgot notes when the next attachment is to be forgotten, as Nudged does.
func (s *Store) Forgot(ctx context.Context, t desk.Ticket, next, dueAt time.Time) error {
	return s.stamp(ctx, t, "forget", instant(next), dueAt)
}

func (s *Store) stamp(ctx context.Context, t desk.Ticket, name string, value types.AttributeValue, dueAt time.Time) error {
	thread, n, ok := t.ID.Split()
	if !ok {
		return fmt.Errorf("dynamo: ticket %q: %w", t.ID, desk.ErrNotFound)
	}
	u := newUpdate(s.Table, threadPK(thread), head)
	u.set(name, value)
	u.place("gsi2", due(t, dueAt))
	if at := listed(t, dueAt); at != (place{}) && t.Deadline().IsZero() { // listed by that
		u.place("gsi1", at)
	}
	u.whenIs("v", number(t.Version))
	u.whenIs("n", number(n))
	if err := s.update(ctx, u); err != nil {
		return fmt.Errorf("dynamo: stamping %s as %s: %w", t.ID, name, err)
	}
	return nil
}
