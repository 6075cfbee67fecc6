package dynamo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/post"
)

// noticeItem is a notice that waits to be posted. It is due at once: the sweep finds
// it where the nudge for it was lost.
func noticeItem(pk string, n desk.Notice) (item, error) {
	doc, err := json.Marshal(n)
	if err != nil {
		return nil, fmt.Errorf("dynamo: encoding a notice: %w", err)
	}
	i := key(pk, noticeKey(n.Version))
	i["doc"] = text(string(doc))
	id := fmt.Sprintf("%s#%d", n.Ticket, n.Version)
	i["gsi2pk"], i["gsi2sk"] = text(dueKey(shard(id, dueShards))), text(position(roundUp(n.At), id))
	return i, nil
}

// Notice returns a notice that is not posted to everybody yet, and up to whom it is:
// the key of an address, empty for nobody. It returns desk.ErrNotFound for one that
// is, or never was.
func (s *Store) Notice(ctx context.Context, ticket desk.TicketID, version int64) (n desk.Notice, upTo string, err error) {
	thread, _, ok := ticket.Split()
	if !ok || version <= 0 {
		return n, "", fmt.Errorf("dynamo: notice of %q: %w", ticket, desk.ErrNotFound)
	}
	i, err := s.get(ctx, threadPK(thread), noticeKey(version))
	if err == nil && i == nil {
		err = fmt.Errorf("dynamo: notice of %s: %w", ticket, desk.ErrNotFound)
	}
	if err != nil {
		return n, "", err
	}
	if n, err = docOf[desk.Notice](i); err != nil {
		return n, "", err
	}
	return n, textOf(i, "upto"), nil
}

// boxID names the box of an address.
func (s *Store) boxID(a post.Address) string { return s.hash("box", a.Key()) }

// Boxes returns the boxes of addresses as they are now, in their order. One that is
// not there yet has version 0.
func (s *Store) Boxes(ctx context.Context, of []post.Address) ([]post.Box, error) {
	all, at, keys := make([]post.Box, len(of)), map[string]int{}, make([]item, 0, len(of))
	for n, a := range of {
		all[n] = post.Box{ID: s.boxID(a), Address: a}
		at[boxPK(all[n].ID)] = n
		keys = append(keys, key(boxPK(all[n].ID), head))
	}
	rows, err := s.batchGet(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("reading boxes: %w", err)
	}
	for _, row := range rows {
		if all[at[textOf(row, "pk")]], err = boxOf(row); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// Box returns a box as it is now, or desk.ErrNotFound.
func (s *Store) Box(ctx context.Context, id string) (post.Box, error) {
	if !shelfIDLike(id) {
		return post.Box{}, fmt.Errorf("dynamo: box: %w", desk.ErrNotFound)
	}
	i, err := s.get(ctx, boxPK(id), head)
	if err == nil && i == nil {
		err = fmt.Errorf("dynamo: box %s: %w", id, desk.ErrNotFound)
	}
	if err != nil {
		return post.Box{}, err
	}
	return boxOf(i)
}

func boxOf(i item) (b post.Box, err error) {
	if b, err = docOf[post.Box](i); err != nil {
		return b, err
	}
	b.ID, b.Version = strings.TrimPrefix(textOf(i, "pk"), boxPK("")), numberOf(i, "v")
	if at := textOf(i, "gsi2sk"); at != "" {
		if b.Due, _, err = parsePosition(at); err != nil {
			return b, broken(i, err)
		}
	}
	return b, nil
}

// boxUpdate is the write of b in place of the version that it has.
func (s *Store) boxUpdate(b post.Box, dueAt time.Time) (*update, error) {
	doc, err := json.Marshal(b)
	if err != nil {
		return nil, fmt.Errorf("dynamo: encoding a box: %w", err)
	}
	u := newUpdate(s.Table, boxPK(b.ID), head)
	u.set("doc", text(string(doc)))
	u.set("v", number(b.Version+1))
	u.index("gsi2", !dueAt.IsZero(), dueKey(shard(b.ID, dueShards)), position(roundUp(dueAt), b.ID))
	if forget := b.Forget(); forget.IsZero() {
		u.remove("ttl")
	} else {
		u.set("ttl", number(forget.Unix()))
	}
	u.whenVersion(b.Version)
	return u, nil
}

// SaveBox writes a box in place of the version that was read, with when it has to be
// looked at next, zero for never. It returns desk.ErrStale when it has changed.
func (s *Store) SaveBox(ctx context.Context, b post.Box, dueAt time.Time) error {
	u, err := s.boxUpdate(b, dueAt)
	if err != nil {
		return err
	}
	// In a storm many post to a box while it is being emptied.
	if err := retry(ctx, func() error { return s.update(ctx, u) }); err != nil {
		return fmt.Errorf("dynamo: changing box %s: %w", b.ID, err)
	}
	return nil
}

// Post takes a notice to addresses: each of p.Boxes gets a line of it, each of
// p.Bells a ring, and the notice remembers that or, after the last of them, is gone;
// with c, where it has an entry, that goes into the ticket's log. All of it or nothing:
// whoever is told of a notice is told once. It returns desk.ErrDuplicate when these
// have been told, and desk.ErrStale when a box or the ticket has changed.
func (s *Store) Post(ctx context.Context, p post.Posting, c desk.Change) error {
	thread, _, ok := p.Notice.Ticket.Split()
	if !ok {
		return fmt.Errorf("dynamo: posting for %q: %w", p.Notice.Ticket, desk.ErrInvalid)
	}
	all, err := s.posted(ctx, p, c, threadPK(thread))
	if err == nil {
		err = s.transact(ctx, all)
	}
	if r, ok := errors.AsType[*refused](err); ok {
		if _, gone := r.of[theNotice]; gone {
			err = desk.ErrDuplicate
		} else {
			err = desk.ErrStale
		}
	}
	if err != nil {
		return fmt.Errorf("dynamo: posting for %s: %w", p.Notice.Ticket, err)
	}
	return nil
}

func (s *Store) posted(ctx context.Context, p post.Posting, c desk.Change, pk string) (all writes, err error) {
	if c.Entry.What != "" {
		if all, _, _, err = s.change(ctx, c, true); err != nil {
			return nil, err
		}
	}
	mark := newUpdate(s.Table, pk, noticeKey(p.Notice.Version))
	if p.From == "" {
		mark.whenMissing("upto")
	} else {
		mark.whenIs("upto", text(p.From))
	}
	mark.whenThere("doc")
	if p.Last {
		all = append(all, write{theNotice, types.TransactWriteItem{Delete: &types.Delete{
			TableName: mark.in.TableName, Key: mark.in.Key, ConditionExpression: mark.in.ConditionExpression,
			ExpressionAttributeNames: mark.in.ExpressionAttributeNames, ExpressionAttributeValues: orNone(mark.in.ExpressionAttributeValues),
		}}})
	} else {
		mark.set("upto", text(p.To))
		all.update(theNotice, mark.update())
	}
	for _, member := range p.Bells {
		ring, err := bellItem(member, post.Ring{At: p.At, Notice: p.Notice})
		if err != nil {
			return nil, err
		}
		all.put(s, theWords, ring)
	}
	err = s.dropped(&all, p.Notice, p.Boxes...)
	return all, err
}

// dropped adds the writes that put the last line of each box, and the box with it.
func (s *Store) dropped(all *writes, n desk.Notice, boxes ...post.Filled) error {
	doc, err := json.Marshal(n)
	if err != nil {
		return fmt.Errorf("encoding a notice: %w", err)
	}
	for _, f := range boxes {
		u, err := s.boxUpdate(f.Box, f.DueAt)
		if err != nil {
			return err
		}
		all.update(theBox, u.update())
		line := key(boxPK(f.Box.ID), lineKey(f.Box.Seq))
		line["doc"] = text(string(doc))
		all.put(s, theLine, line)
	}
	return nil
}

// Drop puts a line into one box that is of no ticket, as a test is: nothing else waits
// for it, and nobody is told how it ends. It returns desk.ErrStale when the box has
// changed.
func (s *Store) Drop(ctx context.Context, f post.Filled, n desk.Notice) error {
	var all writes
	err := s.dropped(&all, n, f)
	if err == nil {
		err = s.transact(ctx, all)
	}
	if _, ok := errors.AsType[*refused](err); ok {
		err = desk.ErrStale
	}
	if err != nil {
		return fmt.Errorf("dynamo: dropping a line into box %s: %w", f.Box.ID, err)
	}
	return nil
}

// orNone is values as a request may have them: none rather than an empty list.
func orNone(values item) item {
	if len(values) == 0 {
		return nil
	}
	return values
}

// Lines returns the lines of a box after one number and up to another, as far as they
// are there, by their numbers.
func (s *Store) Lines(ctx context.Context, box string, after, upTo int64) (map[int64]desk.Notice, error) {
	if upTo <= after {
		return nil, nil
	}
	rows, err := s.query(ctx, &dynamodb.QueryInput{
		ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("pk = :pk AND sk BETWEEN :from AND :to"),
		ExpressionAttributeValues: item{":pk": text(boxPK(box)), ":from": text(lineKey(after + 1)), ":to": text(lineKey(upTo))},
	})
	if err != nil {
		return nil, fmt.Errorf("reading the lines of box %s: %w", box, err)
	}
	lines := map[int64]desk.Notice{}
	for _, row := range rows {
		var n desk.Notice
		var number int64
		_, err := fmt.Sscanf(textOf(row, "sk"), "W#%d", &number)
		if err == nil {
			err = json.Unmarshal([]byte(textOf(row, "doc")), &n)
		}
		if err != nil {
			return nil, broken(row, err)
		}
		lines[number] = n
	}
	return lines, nil
}

// Told writes into the log of a ticket how it ended with a line of a box, and takes
// the line away, both or neither; without an entry it only takes it away. It returns
// desk.ErrDuplicate when the line is gone, desk.ErrStale when the ticket has changed.
func (s *Store) Told(ctx context.Context, box string, line int64, c desk.Change) (err error) {
	var all writes
	if c.Entry.What != "" {
		if all, _, _, err = s.change(ctx, c, true); err != nil {
			return fmt.Errorf("dynamo: telling %s: %w", c.After.ID, err)
		}
	}
	all = append(all, write{theLine, types.TransactWriteItem{Delete: &types.Delete{
		TableName: &s.Table, Key: key(boxPK(box), lineKey(line)), ConditionExpression: aws.String("attribute_exists(pk)"),
	}}})
	err = s.transact(ctx, all)
	if r, ok := errors.AsType[*refused](err); ok {
		if _, gone := r.of[theLine]; gone {
			err = desk.ErrDuplicate
		} else {
			err = desk.ErrStale
		}
	}
	if err != nil {
		return fmt.Errorf("dynamo: telling of line %d of box %s: %w", line, box, err)
	}
	return nil
}
