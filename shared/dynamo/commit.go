package dynamo

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"example.com/skala/shared/desk"
)

// Commit writes an entry of a ticket's log and the ticket that follows from it,
// both or neither, and with them what the entry changes of other items: the head
// of an earlier ticket, a breach, the text of an edited or deleted message, how
// far a reply has got.
//
// It returns desk.ErrDuplicate when the entry stands already, whatever became of
// the ticket since, and desk.ErrStale when the ticket is no longer as it was
// read or when something has come in that the message must take in first (see
// Entomb). A message that an edit or a delivery is about and that is not there is
// desk.ErrNotFound. Where the first try of a write took effect although it
// seemed to fail, the second says nil: it knows its own.
func (s *Store) Commit(ctx context.Context, c desk.Change) error {
	err := s.commit(ctx, c, true)
	if errors.Is(err, errTombstone) {
		applies, readErr := s.applies(ctx, c)
		switch {
		case readErr != nil:
			err = readErr
		case applies:
			err = desk.ErrStale
		default: // such as an edit that is older than the message
			err = s.commit(ctx, c, false)
		}
	}
	if err != nil {
		return fmt.Errorf("dynamo: committing to %s: %w", c.After.ID, err)
	}
	return nil
}

// errTombstone says that something came before the message that is being
// written, after its thread was read.
var errTombstone = errors.New("a tombstone was set meanwhile")

// CommitBoth writes a change of one thread and one of another, both or neither. Their
// entries are of what people do to two tickets at once. It returns desk.ErrStale when
// either ticket is no longer as it was read.
func (s *Store) CommitBoth(ctx context.Context, one, other desk.Change) error {
	if err := s.commitBoth(ctx, one, other); err != nil {
		return fmt.Errorf("dynamo: committing to %s and %s: %w", one.After.ID, other.After.ID, err)
	}
	return nil
}

func (s *Store) commitBoth(ctx context.Context, one, other desk.Change) error {
	all, _, tx, err := s.change(ctx, one, false)
	if err != nil {
		return err
	}
	also, _, _, err := s.change(ctx, other, false)
	if err != nil {
		return err
	}
	for _, w := range also {
		w.of = "other " + w.of
		all = append(all, w)
	}
	err = s.transact(ctx, all)
	if r, ok := errors.AsType[*refused](err); ok {
		if textOf(r.of[theEntry], "tx") == tx { // a retry met our own first try
			return nil
		}
		return desk.ErrStale
	}
	return err
}

func (s *Store) commit(ctx context.Context, c desk.Change, mindful bool) error {
	all, sk, tx, err := s.change(ctx, c, mindful)
	if err != nil {
		return err
	}
	return s.verdict(s.transact(ctx, all), c, sk, tx)
}

// change is what a change writes, with the sort key of its entry and the token that
// this write of it is known by.
func (s *Store) change(ctx context.Context, c desk.Change, mindful bool) (all writes, sk, tx string, err error) {
	thread, n, ok := c.After.ID.Split()
	if !ok || c.After.Version <= c.Before.Version {
		return nil, "", "", fmt.Errorf("no ticket id, or no new version: %w", desk.ErrInvalid)
	}
	pk, account := threadPK(thread), c.After.Account
	if c.Event != nil {
		account = c.Event.Account
	}
	sk, err = s.entryKey(account, c)
	if err != nil {
		return nil, "", "", err
	}
	var w writes
	others, err := s.others(ctx, &w, pk, account, &c)
	if err != nil {
		return nil, "", "", err
	}
	entry, pieces, err := s.entryItem(pk, sk, c.Entry, c.Raw.Body)
	if err != nil {
		return nil, "", "", err
	}
	if c.Entry.Origin != nil { // a ticket's first entry lists it
		s.list3(entry, everyKey, thread, position(c.After.Created, strconv.Itoa(n)), cmp.Or(c.Raw.Delivery, thread))
	} else if c.Event != nil {
		s.settled(entry, thread, desk.Appended, c.Raw)
	}
	if who := c.After.Author.ID; c.Entry.Origin != nil && who != "" { // a ticket's first entry lists it under its author, for good
		entry["gsi4pk"], entry["gsi4sk"] = text(s.authorKey(who)), text(position(c.After.Created, strconv.Itoa(n)))
	}
	if c.Entry.What == desk.Claimed || c.Entry.What == desk.Introduced {
		s.recognised(entry, c.After, n)
	}
	if e := c.Entry; e.What == desk.Corrected && e.Was != nil { // an example to learn from
		entry["about"] = text(s.eventKey(account, e.Target))
		entry["gsi3pk"] = text(exampleKey(e.At, shard(thread, listShards)))
		entry["gsi3sk"] = text(position(e.At, thread+"#"+strconv.FormatInt(e.Version, 10)))
	}
	tx = rand.Text()[:8] // 40 bits: it only has to differ from what another wrote at the very same version
	entry["tx"], entry["v"], entry["n"] = text(tx), number(c.Entry.Version), number(n)
	update, err := s.headUpdate(c.Before, c.After, c.DueAt)
	if err != nil {
		return nil, "", "", err
	}
	if e := c.Event; c.Entry.Origin != nil && e != nil && e.Crowded {
		update.index("gsi3", true, s.crowdKey(e.Platform, e.Account, cmp.Or(e.Author.Alias, e.Conversation)), thread)
	}
	if mark := s.mark(c); mark != "" && mindful {
		update.whenLacks("x", mark)
	}
	all = writes{
		{of: theEntry, item: types.TransactWriteItem{Put: s.putOnce(entry)}},
		{of: theHead, item: types.TransactWriteItem{Update: update.update()}},
	}
	for _, piece := range pieces {
		all.put(s, thePiece, piece)
	}
	if c.Before.ID != c.After.ID && c.Before.Version > 0 {
		earlier, err := s.earlierItem(c.Before)
		if err != nil {
			return nil, "", "", err
		}
		all.put(s, theEarlier, earlier)
	}
	if c.Entry.What == desk.Breached {
		breach := key(pk, breachKey(n, c.Entry))
		breach["v"], breach["at"], breach["deadline"] = number(c.Entry.Version), instant(c.Entry.At), instant(c.Entry.Deadline)
		all = append(all, write{of: theBreach, item: types.TransactWriteItem{Put: s.putOnce(breach)}})
	}
	before := c.Before
	if before.ID != c.After.ID { // the thread's next ticket begins with nothing
		before = desk.Ticket{}
	}
	if notice, ok := desk.NoticeOf(before, c.After, c.Entry); ok {
		i, err := noticeItem(pk, notice)
		if err != nil {
			return nil, "", "", err
		}
		all.put(s, theNotice, i)
	}
	return append(all, others...), sk, tx, nil
}

// verdict translates what a transaction was refused for.
func (s *Store) verdict(err error, c desk.Change, sk, tx string) error {
	r, ok := errors.AsType[*refused](err)
	if !ok {
		return err
	}
	entry, entryFailed := r.of[theEntry]
	was, headFailed := r.of[theHead]
	_, breachFailed := r.of[theBreach]
	_, targetFailed := r.of[theTarget]
	switch {
	case entryFailed && textOf(entry, "tx") == tx: // a retry met our own first try
		return nil
	case entryFailed && strings.HasPrefix(sk, "M#"):
		return desk.ErrDuplicate
	case headFailed && !entryFailed && numberOf(was, "v") == c.Before.Version && s.mark(c) != "" && strings.Contains(textOf(was, "x"), s.mark(c)):
		return errTombstone
	case headFailed, entryFailed:
		return desk.ErrStale
	case breachFailed:
		return desk.ErrDuplicate
	case targetFailed:
		return fmt.Errorf("the message it is about: %w", desk.ErrNotFound)
	}
	return err
}

// entryKey is the sort key of the change's entry.
func (s *Store) entryKey(account string, c desk.Change) (string, error) {
	if c.Event != nil && c.Event.Key != "" { // also of a receipt that ends a reply: its item is the check for duplicates
		return s.eventKey(account, c.Event.Key), nil
	}
	switch c.Entry.What {
	case desk.Received, desk.Edited, desk.Deleted, desk.SentElsewhere, desk.Noticed, desk.Undelivered, desk.VendorSaid:
		return "", fmt.Errorf("%s without its event: %w", c.Entry.What, desk.ErrInvalid)
	case desk.Replied, desk.Noted, desk.Moderated:
		if c.Entry.Message == nil || c.Entry.Message.Key == "" {
			return "", fmt.Errorf("%s without a key: %w", c.Entry.What, desk.ErrInvalid)
		}
		return s.replyKey(c.Entry.Message.Key), nil
	}
	return logKey(c.Entry.Version), nil
}

// mark is how HEAD remembers that something came before the message of c; empty
// when c can't be met by that, or has taken it in.
func (s *Store) mark(c desk.Change) string {
	m := c.Entry.Message
	if c.Entry.What != desk.Received || c.Event == nil || c.Event.ID == "" || m == nil || m.Deleted || !m.EditedAt.IsZero() {
		return ""
	}
	return shortMark(s.tombKey(c.Event.Account, c.Event.ID))
}

// applies reports whether what came before the message of c changes it.
func (s *Store) applies(ctx context.Context, c desk.Change) (bool, error) {
	thread, _, _ := c.After.ID.Split()
	i, err := s.get(ctx, threadPK(thread), s.tombKey(c.Event.Account, c.Event.ID))
	if err != nil || i == nil {
		return false, err
	}
	tomb, err := tombstoneOf(i)
	if err != nil {
		return false, err
	}
	return tomb.Deleted || !tomb.At.Before(c.Entry.Message.Time), nil
}

// A role says what a write of a transaction is for.
type role string

const (
	theEntry     role = "entry"
	theHead      role = "head"
	theEarlier   role = "earlier ticket"
	theBreach    role = "breach"
	theTarget    role = "target"
	theWords     role = "words"
	thePiece     role = "piece"
	theTombstone role = "tombstone"
	theAudit     role = "line of the audit log"
	theNotice    role = "notice"
	theBox       role = "box"
	theLine      role = "line of a box"
)

type write struct {
	of   role
	item types.TransactWriteItem
}

type writes []write

func (w *writes) put(s *Store, of role, i item) {
	*w = append(*w, write{of, types.TransactWriteItem{Put: &types.Put{TableName: &s.Table, Item: i}}})
}

func (w *writes) delete(s *Store, of role, pk, sk string) {
	*w = append(*w, write{of, types.TransactWriteItem{Delete: &types.Delete{TableName: &s.Table, Key: key(pk, sk)}}})
}

func (w *writes) update(of role, u *types.Update) {
	*w = append(*w, write{of, types.TransactWriteItem{Update: u}})
}

// putOnce is a put that is refused where the item stands already.
func (s *Store) putOnce(i item) *types.Put {
	return &types.Put{TableName: &s.Table, Item: i, ConditionExpression: aws.String(notThere),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld}
}
