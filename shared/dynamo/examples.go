package dynamo

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"example.com/skala/shared/desk"
)

// monthsAtOnce is how many months one page looks through before it is over,
// empty or not.
const monthsAtOnce = 12

// Examples returns what people corrected or confirmed from since until now, the
// earliest first; limit and cursor as for Worklist. A page may hold fewer than
// limit before the end: it leaves out what is about a message that was deleted,
// and is over, too, once it has looked through a year.
//
// The customer's words are read from the message itself, never kept twice: what
// is taken from there is gone from here.
func (s *Store) Examples(ctx context.Context, since, now time.Time, cursor string, limit int) ([]desk.Example, string, error) {
	after := position(since, "")
	if cursor != "" {
		from, err := base64.RawURLEncoding.DecodeString(cursor)
		if err != nil || len(from) > 100 {
			return nil, "", fmt.Errorf("dynamo: cursor: %w", desk.ErrInvalid)
		}
		after = string(from)
		if since, _, err = parsePosition(after); err != nil || since.IsZero() {
			return nil, "", fmt.Errorf("dynamo: cursor: %w", desk.ErrInvalid)
		}
	}
	var rows []item
	next, month := "", monthOf(since)
	for n := 0; next == "" && !month.After(now); n, month = n+1, month.AddDate(0, 1, 0) {
		if n == monthsAtOnce || len(rows) == limit {
			next = max(after, position(month, ""))
			break
		}
		keys := shards(listShards, func(shard uint32) string { return exampleKey(month, shard) })
		more, rest, err := s.merge(ctx, scan{index: "gsi3", keys: keys, forward: true}, after, limit-len(rows))
		if err != nil {
			return nil, "", fmt.Errorf("reading examples: %w", err)
		}
		rows, next = append(rows, more...), rest
	}
	examples, err := s.examples(ctx, rows)
	return examples, base64.RawURLEncoding.EncodeToString([]byte(next)), err
}

func monthOf(t time.Time) time.Time {
	y, m, _ := t.UTC().Date()
	return time.Date(y, m, 1, 0, 0, 0, 0, time.UTC)
}

// examples reads what the rows of the index are of, and the messages that those
// are about, in the order of rows.
func (s *Store) examples(ctx context.Context, rows []item) ([]desk.Example, error) {
	entries, err := s.byKey(ctx, rows, "sk")
	if err != nil {
		return nil, fmt.Errorf("reading examples: %w", err)
	}
	var said []item
	for _, i := range entries {
		said = append(said, i)
	}
	messages, err := s.byKey(ctx, said, "about")
	if err != nil {
		return nil, fmt.Errorf("reading examples: %w", err)
	}
	var examples []desk.Example
	for _, row := range rows {
		i, ok := entries[textOf(row, "pk")+" "+textOf(row, "sk")]
		if !ok {
			continue
		}
		m, ok := messages[textOf(i, "pk")+" "+textOf(i, "about")]
		if !ok {
			continue
		}
		e, err := entryOf(i)
		if err != nil {
			return nil, err
		}
		message, err := messageOf(m)
		if err != nil {
			return nil, err
		}
		if message.Deleted || e.Was == nil || e.Verdict == nil {
			continue
		}
		id := desk.NewTicketID(strings.TrimPrefix(textOf(i, "pk"), threadPK("")), int(numberOf(i, "n")))
		examples = append(examples, desk.Example{Ticket: id, Version: e.Version, Message: message, Was: *e.Was, Verdict: *e.Verdict, By: e.Who, At: e.At, Why: e.Why})
	}
	return examples, nil
}

// byKey reads the items of the partitions of some others that stand at the sort
// keys these have in an attribute, by their keys.
func (s *Store) byKey(ctx context.Context, of []item, attribute string) (map[string]item, error) {
	var keys []item
	asked := map[string]bool{}
	for _, i := range of {
		pk, sk := textOf(i, "pk"), textOf(i, attribute)
		if name := pk + " " + sk; sk != "" && !asked[name] {
			asked[name] = true
			keys = append(keys, key(pk, sk))
		}
	}
	items, err := s.batchGet(ctx, keys)
	if err != nil {
		return nil, err
	}
	found := make(map[string]item, len(items))
	for _, i := range items {
		found[textOf(i, "pk")+" "+textOf(i, "sk")] = i
	}
	return found, nil
}
