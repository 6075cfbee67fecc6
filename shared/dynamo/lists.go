package dynamo

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"example.com/skala/shared/desk"
)

// Worklist returns the cards of the worklists that q names as one list, nearest
// deadline first and tickets without one last, at most limit of them after the
// cursor, and the cursor of what follows, empty at the end. A cursor is a place
// in the order, so it holds while tickets come and go. Where a card cannot be read
// the others are there, with a desk.UnreadError: so it is for every list.
func (s *Store) Worklist(ctx context.Context, q desk.WorklistQuery, cursor string, limit int) ([]desk.Card, string, error) {
	rows, next, err := s.list(ctx, scan{index: "gsi1", keys: worklistKeys(q), forward: true}, cursor, limit)
	if err != nil {
		return nil, "", fmt.Errorf("reading worklists: %w", err)
	}
	cards := make([]desk.Card, 0, len(rows))
	var bad unreadable
	for _, row := range rows {
		c, err := cardOf(row)
		if err != nil {
			sk := textOf(row, "gsi1sk")
			bad.add(err, desk.TicketID(sk[strings.LastIndexByte(sk, '#')+1:]))
			continue
		}
		cards = append(cards, c)
	}
	return cards, next, bad.err()
}

// unreadable collects what is broken of a list.
type unreadable struct {
	tickets []desk.TicketID
	errs    []error
}

func (u *unreadable) add(err error, tickets ...desk.TicketID) {
	u.errs, u.tickets = append(u.errs, err), append(u.tickets, tickets...)
}

// err is nil where all could be read. It names the first of what could not.
func (u *unreadable) err() error {
	if len(u.errs) == 0 {
		return nil
	}
	return &desk.UnreadError{Tickets: u.tickets, Err: errors.Join(u.errs[:min(len(u.errs), mostUnread)]...)}
}

// Count returns how many tickets stand on the worklists that q names.
func (s *Store) Count(ctx context.Context, q desk.WorklistQuery) (int, error) {
	keys := worklistKeys(q)
	counts, errs := make([]int, len(keys)), make([]error, len(keys))
	turn := make(chan struct{}, sideBySide)
	var wg sync.WaitGroup
	for i, k := range keys {
		turn <- struct{}{}
		wg.Go(func() {
			defer func() { <-turn }()
			counts[i], errs[i] = s.count(ctx, k)
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return 0, fmt.Errorf("counting worklists: %w", err)
	}
	all := 0
	for _, n := range counts {
		all += n
	}
	return all, nil
}

func (s *Store) count(ctx context.Context, worklist string) (n int, err error) {
	in := &dynamodb.QueryInput{
		TableName: &s.Table, IndexName: aws.String("gsi1"), Select: types.SelectCount,
		KeyConditionExpression: aws.String("gsi1pk = :pk"), ExpressionAttributeValues: item{":pk": text(worklist)},
	}
	for pages := dynamodb.NewQueryPaginator(s.Client, in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return 0, fmt.Errorf("dynamo: counting %s: %w", worklist, err)
		}
		n += int(page.Count)
	}
	return n, nil
}

// worklistKeys are the index keys of the worklists that q names.
func worklistKeys(q desk.WorklistQuery) []string {
	tiers, states := q.Tiers, q.States
	if len(tiers) == 0 {
		tiers = []desk.Tier{desk.SelfService, desk.General, desk.Individual, desk.Senior, desk.Vendor}
	}
	if len(states) == 0 {
		states = []desk.State{desk.New, desk.Open, desk.Waiting, desk.OnHold}
	}
	var keys []string
	for _, brand := range q.Brands {
		for _, tier := range tiers {
			for _, state := range states {
				for n := range uint32(listShards) {
					keys = append(keys, worklistKey(brand, tier, state, n))
				}
			}
		}
	}
	return keys
}

// All returns every ticket, whatever its state, the newest first; limit and
// cursor as for Worklist. A ticket never changes its place.
func (s *Store) All(ctx context.Context, cursor string, limit int) ([]desk.Ticket, string, error) {
	ids, next, err := s.Every(ctx, cursor, limit)
	if err != nil {
		return nil, "", err
	}
	tickets, err := s.Tickets(ctx, ids)
	return tickets, next, err
}

// Every is All without the tickets themselves.
func (s *Store) Every(ctx context.Context, cursor string, limit int) ([]desk.TicketID, string, error) {
	rows, next, err := s.list(ctx, scan{index: "gsi3", keys: shards(listShards, everyKey)}, cursor, limit)
	if err != nil {
		return nil, "", fmt.Errorf("reading the list of everything: %w", err)
	}
	ids := make([]desk.TicketID, 0, len(rows))
	for _, row := range rows { // a row is a ticket's first message, or a head that was listed itself
		_, name, err := parsePosition(textOf(row, "gsi3sk"))
		if err != nil {
			return nil, "", broken(row, err)
		}
		if n, _, ok := strings.Cut(name, "#"); ok {
			name = strings.TrimPrefix(textOf(row, "pk"), threadPK("")) + "." + n
		}
		ids = append(ids, desk.TicketID(name))
	}
	return ids, next, nil
}

// Assigned returns the cards of what is assignee's and has not come to its end,
// in the order of Worklist; limit and cursor likewise. A page may hold fewer
// than limit before the end: what has changed hands since is left out.
func (s *Store) Assigned(ctx context.Context, assignee, cursor string, limit int) ([]desk.Card, string, error) {
	rows, next, err := s.list(ctx, scan{index: "gsi4", keys: []string{assigneeKey(assignee)}, forward: true}, cursor, limit)
	if err != nil {
		return nil, "", fmt.Errorf("reading what is assigned: %w", err)
	}
	ids := make([]desk.TicketID, 0, len(rows))
	for _, row := range rows {
		_, id, err := parsePosition(textOf(row, "gsi4sk"))
		if err != nil {
			return nil, "", broken(row, err)
		}
		ids = append(ids, desk.TicketID(id))
	}
	tickets, err := s.Tickets(ctx, ids)
	cards := make([]desk.Card, 0, len(tickets))
	for _, t := range tickets {
		if t.Assignee == assignee && !t.State.Final() {
			cards = append(cards, t.Card())
		}
	}
	return cards, next, err
}

// Written returns the tickets that an author with the platform identity wrote,
// whatever their state, the newest first; limit and cursor as for Worklist.
func (s *Store) Written(ctx context.Context, author, cursor string, limit int) ([]desk.Ticket, string, error) {
	rows, next, err := s.list(ctx, scan{index: "gsi4", keys: []string{s.authorKey(author)}}, cursor, limit)
	if err != nil {
		return nil, "", fmt.Errorf("reading an author's tickets: %w", err)
	}
	ids := make([]desk.TicketID, 0, len(rows))
	for _, row := range rows { // the ticket's thread is the row's own
		_, n, err := parsePosition(textOf(row, "gsi4sk"))
		if err != nil {
			return nil, "", broken(row, err)
		}
		ids = append(ids, desk.TicketID(strings.TrimPrefix(textOf(row, "pk"), threadPK(""))+"."+n))
	}
	tickets, err := s.Tickets(ctx, ids)
	return slices.DeleteFunc(tickets, func(t desk.Ticket) bool { return t.Author.ID != author }), next, err
}

// Due returns what falls due until then, the earliest first, at most limit. It
// costs one query for each shard where nothing is due, however much is open. Where a
// row cannot be read the others are there, with desk.ErrBroken: one that is broken must
// not keep all that is due from being done.
func (s *Store) Due(ctx context.Context, until time.Time, limit int) ([]desk.Due, error) {
	end := position(until.Add(time.Millisecond), "") // before everything of the next millisecond
	rows, _, err := s.merge(ctx, scan{index: "gsi2", keys: shards(dueShards, dueKey), forward: true, end: end}, "", limit)
	if err != nil {
		return nil, fmt.Errorf("reading what is due: %w", err)
	}
	due := make([]desk.Due, 0, len(rows))
	var errs []error
	for _, row := range rows {
		d, err := dueOf(row)
		if err != nil {
			errs = append(errs, broken(row, err))
			continue
		}
		due = append(due, d)
	}
	return due, unread(errs)
}

// dueOf reads a row of what is due: a spilled event, a box, a notice or a ticket.
func dueOf(row item) (desk.Due, error) {
	at, id, err := parsePosition(textOf(row, "gsi2sk"))
	if err != nil {
		return desk.Due{}, err
	}
	if spill, ok := strings.CutPrefix(textOf(row, "pk"), "S#"); ok {
		return desk.Due{At: at, Nudge: desk.Nudge{Spill: spill}}, nil
	}
	if box, ok := strings.CutPrefix(textOf(row, "pk"), boxPK("")); ok {
		return desk.Due{At: at, Nudge: desk.Nudge{Mailbox: box}, Notices: true}, nil
	}
	ticket, version, ok := strings.Cut(id, "#")
	if !ok {
		return desk.Due{At: at, Nudge: desk.Nudge{Ticket: desk.TicketID(id)}}, nil
	}
	n, err := strconv.ParseInt(version, 10, 64)
	return desk.Due{At: at, Nudge: desk.Nudge{Ticket: desk.TicketID(ticket), Version: n}, Notices: true}, err
}

// mostUnread is how many rows that cannot be read an error names.
const mostUnread = 10

// unread is the error for rows that cannot be read, beside others that were.
func unread(errs []error) error {
	if len(errs) == 0 {
		return nil
	}
	return fmt.Errorf("%d rows: %w: %w", len(errs), desk.ErrBroken, errors.Join(errs[:min(len(errs), mostUnread)]...))
}

func shards(of uint32, name func(uint32) string) []string {
	var keys []string
	for n := range of {
		keys = append(keys, name(n))
	}
	return keys
}

// A scan reads several keys of an index as one list in the order of their sort
// keys, which no two rows share.
type scan struct {
	index   string
	keys    []string
	forward bool
	end     string // only sort keys before it; empty for all
}

// list is merge with a cursor that can go out to people.
func (s *Store) list(ctx context.Context, sc scan, cursor string, limit int) (rows []item, next string, err error) {
	after, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(after) > 100 {
		return nil, "", fmt.Errorf("dynamo: cursor: %w", desk.ErrInvalid)
	}
	rows, next, err = s.merge(ctx, sc, string(after), limit)
	return rows, base64.RawURLEncoding.EncodeToString([]byte(next)), err
}

// side is how far one key of a scan has been read.
type side struct {
	key   string
	rows  []item
	after string
	done  bool
}

// merge returns the first limit rows after a sort key, and the sort key to go on
// from, empty when nothing follows. Keys are read side by side, and again only
// once what was read of them is used up.
func (s *Store) merge(ctx context.Context, sc scan, after string, limit int) (rows []item, next string, err error) {
	if limit <= 0 || len(sc.keys) == 0 {
		return nil, "", nil
	}
	sides := make([]*side, len(sc.keys))
	for i, k := range sc.keys {
		sides[i] = &side{key: k, after: after}
	}
	name := sc.index + "sk"
	page := int32(min(limit+1, max(10, 3*limit/len(sc.keys))))
	for {
		if err := s.fill(ctx, sc, sides, page); err != nil {
			return nil, "", err
		}
		var first *side
		for _, x := range sides {
			if len(x.rows) == 0 {
				continue
			}
			if first == nil || (textOf(x.rows[0], name) < textOf(first.rows[0], name)) == sc.forward {
				first = x
			}
		}
		switch {
		case first == nil:
			return rows, "", nil
		case len(rows) == limit:
			return rows, textOf(rows[limit-1], name), nil
		}
		rows = append(rows, first.rows[0])
		first.rows = first.rows[1:]
	}
}

// sideBySide is how many queries of one list run at once.
const sideBySide = 32

// fill reads on wherever nothing is left.
func (s *Store) fill(ctx context.Context, sc scan, sides []*side, page int32) error {
	var wg sync.WaitGroup
	turn := make(chan struct{}, sideBySide)
	errs := make([]error, len(sides))
	for i, x := range sides {
		if len(x.rows) > 0 || x.done {
			continue
		}
		turn <- struct{}{}
		wg.Go(func() {
			defer func() { <-turn }()
			errs[i] = s.readOn(ctx, sc, x, page)
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (s *Store) readOn(ctx context.Context, sc scan, x *side, page int32) error {
	condition, values := "#pk = :pk", item{":pk": text(x.key)}
	bound := func(operator, value string) {
		placeholder := fmt.Sprintf(":%d", len(values))
		condition += " AND #sk " + operator + " " + placeholder
		values[placeholder] = text(value)
	}
	names := map[string]string{"#pk": sc.index + "pk"}
	if x.after != "" || sc.end != "" {
		names["#sk"] = sc.index + "sk"
	}
	switch {
	case x.after != "" && sc.end != "": // a sort key takes one condition; ends are not among the rows
		condition += " AND #sk BETWEEN :1 AND :2"
		values[":1"], values[":2"] = text(x.after+"\x00"), text(sc.end)
	case sc.end != "":
		bound("<", sc.end)
	case x.after != "" && sc.forward:
		bound(">", x.after)
	case x.after != "":
		bound("<", x.after)
	}
	out, err := s.Client.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.Table, IndexName: &sc.index, KeyConditionExpression: &condition, ExpressionAttributeNames: names,
		ExpressionAttributeValues: values, ScanIndexForward: &sc.forward, Limit: aws.Int32(page),
	})
	if err != nil {
		return fmt.Errorf("dynamo: reading %s of %s: %w", x.key, sc.index, err)
	}
	x.rows, x.done = slices.Clone(out.Items), len(out.LastEvaluatedKey) == 0
	if n := len(x.rows); n > 0 {
		x.after = textOf(x.rows[n-1], sc.index+"sk")
	} else {
		x.done = true
	}
	return nil
}
