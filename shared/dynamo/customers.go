package dynamo

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/people"
)

// recognised lists an entry under what its ticket's author shares with their own
// kind elsewhere: whoever asks for that has claimed a ticket of each, and a message
// has no unit to spare for it. It is part of the entry, so that nothing has to be
// written after it. An entry is on no worklist and never due: these two indexes are
// free there.
func (s *Store) recognised(entry item, t desk.Ticket, n int) {
	at := text(position(t.Created, strconv.Itoa(n)))
	if mark := t.Author.HandleMark(); mark != "" {
		entry["gsi1pk"], entry["gsi1sk"] = text(s.markKey("handle", mark)), at
	}
	if mark := t.Author.NameMark(); mark != "" {
		entry["gsi2pk"], entry["gsi2sk"] = text(s.markKey("name", mark)), at
	}
}

// Alike returns the latest tickets whose authors share a handle or a name with a, of
// those that somebody claimed or whose author was introduced, up to limit entries by
// either, without order; a's own are among them.
func (s *Store) Alike(ctx context.Context, a desk.Author, limit int) ([]desk.Ticket, error) {
	var ids []desk.TicketID
	for _, by := range []struct{ index, kind, mark string }{{"gsi1", "handle", a.HandleMark()}, {"gsi2", "name", a.NameMark()}} {
		if by.mark == "" {
			continue
		}
		rows, _, err := s.list(ctx, scan{index: by.index, keys: []string{s.markKey(by.kind, by.mark)}}, "", limit)
		if err != nil {
			return nil, fmt.Errorf("reading who shares a %s: %w", by.kind, err)
		}
		for _, row := range rows {
			_, n, err := parsePosition(textOf(row, by.index+"sk"))
			if err != nil {
				return nil, broken(row, err)
			}
			ids = append(ids, desk.TicketID(strings.TrimPrefix(textOf(row, "pk"), threadPK(""))+"."+n))
		}
	}
	slices.Sort(ids)
	return s.Tickets(ctx, slices.Compact(ids))
}

// Kin returns what was said of an identity and others, the latest of each, in no
// order.
func (s *Store) Kin(ctx context.Context, of desk.Identity) ([]desk.Kinship, error) {
	rows, err := s.query(ctx, &dynamodb.QueryInput{
		KeyConditionExpression: aws.String("pk = :pk"), ExpressionAttributeValues: item{":pk": text(s.kinPK(of))}, ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return nil, fmt.Errorf("reading an identity's kin: %w", err)
	}
	var all []desk.Kinship
	for _, row := range rows {
		if all, err = appendDoc(all, row); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// SaveKin writes what was said of an identity and another, for either of them, in
// place of what was said before, with its line of the audit log: all or nothing.
func (s *Store) SaveKin(ctx context.Context, of desk.Identity, k desk.Kinship, c people.Change) error {
	if of.ID == "" || k.With.ID == "" || of.Is(k.With) || c.At.IsZero() {
		return fmt.Errorf("dynamo: saying who is whom: without two identities or a time: %w", desk.ErrInvalid)
	}
	var w writes
	for _, side := range []struct{ of, with desk.Identity }{{of, k.With}, {k.With, of}} {
		k.With = side.with
		doc, err := json.Marshal(k)
		if err != nil {
			return fmt.Errorf("dynamo: saying who is whom: %w", err)
		}
		i := key(s.kinPK(side.of), s.identityHash(side.with))
		i["doc"] = text(string(doc))
		w = append(w, write{of: theEntry, item: types.TransactWriteItem{Put: &types.Put{TableName: &s.Table, Item: i}}})
	}
	if c.ID == "" {
		c.ID = auditID(c.At, rand.Text()[:8])
	}
	line, err := auditItem(c)
	if err != nil {
		return fmt.Errorf("dynamo: saying who is whom: %w", err)
	}
	if err := s.openMonth(ctx, c.At); err != nil {
		return fmt.Errorf("dynamo: saying who is whom: %w", err)
	}
	w = append(w, write{of: theAudit, item: types.TransactWriteItem{Put: s.putOnce(line)}})
	err = s.transact(ctx, w)
	if _, ours := errors.AsType[*refused](err); ours { // an earlier try of ours took effect although it seemed to fail
		return nil
	}
	if err != nil {
		return fmt.Errorf("dynamo: saying who is whom: %w", err)
	}
	return nil
}
