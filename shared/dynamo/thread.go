package dynamo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"example.com/skala/shared/desk"
)

// Thread returns what is known of the thread of e, in one consistent read, so
// that a redelivery costs no write.
func (s *Store) Thread(ctx context.Context, e desk.Event) (desk.Thread, error) {
	thread := s.thread(e.Thread())
	pk, event := threadPK(thread), s.eventKey(e.Account, e.Key)
	keys := []item{key(pk, head), key(pk, event)}
	if e.ID != "" {
		keys = append(keys, key(pk, s.tombKey(e.Account, e.ID)))
	}
	items, err := s.batchGet(ctx, keys)
	if err != nil {
		return desk.Thread{}, fmt.Errorf("reading a thread: %w", err)
	}
	known := desk.Thread{Ticket: desk.Ticket{ID: desk.NewTicketID(thread, 1)}}
	for _, i := range items {
		switch sk := textOf(i, "sk"); {
		case sk == event:
			known.Known, known.Delivery = true, deliveryOf(i)
		case sk != head:
			tomb, err := tombstoneOf(i)
			if err != nil {
				return desk.Thread{}, err
			}
			known.Tombstone = &tomb
		case i["v"] != nil:
			if known.Ticket, err = ticketOf(i); err != nil {
				return desk.Thread{}, err
			}
		}
	}
	return known, nil
}

// Crowd returns the names of the threads that a crowded conversation has, those of
// the authors who wrote in it. It is read from an index, which may miss one of a
// moment ago.
func (s *Store) Crowd(ctx context.Context, k desk.ThreadKey) ([]string, error) {
	items, err := s.query(ctx, &dynamodb.QueryInput{
		IndexName: aws.String("gsi3"), KeyConditionExpression: aws.String("gsi3pk = :pk"),
		ExpressionAttributeValues: item{":pk": text(s.crowdKey(k.Platform, k.Account, k.Conversation))},
	})
	if err != nil {
		return nil, fmt.Errorf("finding a conversation's threads: %w", err)
	}
	var names []string
	for _, i := range items {
		names = append(names, textOf(i, "gsi3sk"))
	}
	return names, nil
}

// MessageByID returns the message of a thread that its platform names id, and
// the ticket it is part of; desk.ErrNotFound when there is none.
func (s *Store) MessageByID(ctx context.Context, k desk.ThreadKey, id string) (desk.Message, desk.TicketID, error) {
	m, ticket, err := s.messageByID(ctx, s.thread(k), id)
	if err != nil {
		return desk.Message{}, "", fmt.Errorf("finding a message: %w", err)
	}
	return m, ticket, nil
}

// messageByID looks through the messages of a thread: edits and deletions are
// rare, and an item or index for each message would cost every message more.
func (s *Store) messageByID(ctx context.Context, thread, id string) (desk.Message, desk.TicketID, error) {
	if id == "" {
		return desk.Message{}, "", desk.ErrNotFound
	}
	items, err := s.query(ctx, &dynamodb.QueryInput{
		ConsistentRead:           aws.Bool(true),
		KeyConditionExpression:   aws.String("pk = :pk AND begins_with(sk, :m)"),
		FilterExpression:         aws.String("#id = :id AND #w IN (:received, :elsewhere, :replied) AND attribute_exists(#n)"),
		ProjectionExpression:     aws.String(withoutRaw),
		ExpressionAttributeNames: entryNames(),
		ExpressionAttributeValues: item{":pk": text(threadPK(thread)), ":m": text("M#"), ":id": text(id), ":received": text(string(desk.Received)),
			":elsewhere": text(string(desk.SentElsewhere)), ":replied": text(string(desk.Replied))},
	})
	if err != nil {
		return desk.Message{}, "", err
	}
	if len(items) == 0 {
		return desk.Message{}, "", desk.ErrNotFound
	}
	m, err := messageOf(items[0])
	return m, desk.NewTicketID(thread, int(numberOf(items[0], "n"))), err
}

// Message returns a reply or note by its key, or desk.ErrNotFound.
func (s *Store) Message(ctx context.Context, id desk.TicketID, messageKey string) (desk.Message, error) {
	thread, n, ok := id.Split()
	if !ok {
		return desk.Message{}, fmt.Errorf("dynamo: message of %q: %w", id, desk.ErrNotFound)
	}
	i, err := s.get(ctx, threadPK(thread), s.replyKey(messageKey))
	if err != nil {
		return desk.Message{}, err
	}
	if i == nil || int(numberOf(i, "n")) != n {
		return desk.Message{}, fmt.Errorf("dynamo: message of %s: %w", id, desk.ErrNotFound)
	}
	return messageOf(i)
}

// punctual is what comes in soon enough that nothing said after it came before.
const punctual = time.Minute

// Said returns the customer's last message on t that they have not taken back, by
// when it was said, or desk.ErrNotFound.
func (s *Store) Said(ctx context.Context, t desk.Ticket) (desk.Message, error) {
	thread, _, ok := t.ID.Split()
	if !ok || t.PreviewOf == "" {
		return desk.Message{}, fmt.Errorf("dynamo: last message of %q: %w", t.ID, desk.ErrNotFound)
	}
	i, err := s.get(ctx, threadPK(thread), s.eventKey(t.Account, t.PreviewOf))
	if err != nil {
		return desk.Message{}, err
	}
	if i == nil {
		return desk.Message{}, fmt.Errorf("dynamo: last message of %s: %w", t.ID, desk.ErrNotFound)
	}
	m, err := messageOf(i)
	if err != nil || !m.Deleted && m.Received.Sub(m.Time) < punctual {
		return m, err
	}
	log, err := s.Log(ctx, t.ID) // the last to come is not the one, or may not be
	if err != nil {
		return desk.Message{}, err
	}
	for _, e := range log {
		if e.What == desk.Received && e.Message.Via == "" && (e.Message.Deleted == m.Deleted && e.Message.Time.After(m.Time) || !e.Message.Deleted && m.Deleted) {
			m = *e.Message
		}
	}
	return m, nil
}

// Keep stores an event of a thread that has no ticket, so that nothing is lost
// and nothing comes twice. It is in no ticket's log. It returns desk.ErrDuplicate
// when the event stands already.
func (s *Store) Keep(ctx context.Context, e desk.Event, raw desk.RawEvent) error {
	entry, pieces, err := s.kept(desk.Noticed, e, raw)
	if err != nil {
		return err
	}
	all := writes{{of: theEntry, item: types.TransactWriteItem{Put: s.putOnce(entry)}}}
	for _, piece := range pieces {
		all.put(s, thePiece, piece)
	}
	if err := s.transact(ctx, all); err != nil {
		if _, ok := errors.AsType[*refused](err); ok {
			err = desk.ErrDuplicate
		}
		return fmt.Errorf("dynamo: keeping an event: %w", err)
	}
	return nil
}

// kept is the item of an event outside of any ticket's log.
func (s *Store) kept(what desk.What, e desk.Event, raw desk.RawEvent) (entry item, pieces []item, err error) {
	thread := s.thread(e.Thread())
	entry, pieces, err = s.entryItem(threadPK(thread), s.eventKey(e.Account, e.Key),
		desk.Entry{What: what, At: raw.Received, Event: e.Kind, Message: e.Message(raw.Received), Target: e.Target}, raw.Body)
	if err == nil {
		s.settled(entry, thread, desk.Ignored, raw)
	}
	return entry, pieces, err
}

// Entomb keeps an edit or deletion whose message is not there, and leaves a
// tombstone that the message meets when it comes. A deletion beats edits and
// takes their words; of two edits the later one stays, of equal times the one
// that arrived later. It returns desk.ErrDuplicate when the event stands already
// and desk.ErrStale when the message is there after all.
//
// Whoever read the thread before and writes the message after would not see the
// tombstone. So HEAD remembers the last few, whether or not it has a ticket yet,
// and Commit refuses a message that it names.
func (s *Store) Entomb(ctx context.Context, e desk.Event, raw desk.RawEvent) error {
	for range tries {
		err := s.entomb(ctx, e, raw)
		r, ok := errors.AsType[*refused](err)
		if !ok {
			return err
		}
		if _, known := r.of[theEntry]; known {
			return fmt.Errorf("dynamo: entombing: %w", desk.ErrDuplicate)
		}
	}
	return fmt.Errorf("dynamo: entombing: %w", desk.ErrStale)
}

func (s *Store) entomb(ctx context.Context, e desk.Event, raw desk.RawEvent) error {
	thread := s.thread(e.Thread())
	pk, sk := threadPK(thread), s.tombKey(e.Account, e.Target)
	items, err := s.batchGet(ctx, []item{key(pk, head), key(pk, sk)})
	if err != nil {
		return fmt.Errorf("entombing: %w", err)
	}
	var present, before item
	for _, i := range items {
		if textOf(i, "sk") == head {
			present = i
		} else {
			before = i
		}
	}
	if _, _, err := s.messageByID(ctx, thread, e.Target); !errors.Is(err, desk.ErrNotFound) {
		if err == nil {
			err = desk.ErrStale
		}
		return fmt.Errorf("dynamo: entombing: %w", err)
	}
	tomb := desk.Tombstone{Deleted: e.Kind == desk.MessageDeleted, Text: e.Text, At: e.Time}
	what := desk.Edited
	if tomb.At.IsZero() {
		tomb.At = raw.Received
	}
	var all writes
	if tomb.Deleted {
		tomb.Text, what = "", desk.Deleted
		if err := s.blankAbout(ctx, &all, pk, []string{e.Target}, s.eventKey(e.Account, e.Key)); err != nil {
			return err
		}
	}
	if before != nil {
		was, err := tombstoneOf(before)
		if err != nil {
			return err
		}
		switch {
		case was.Deleted && !tomb.Deleted:
			tomb, e.Text, e.Attachments, raw.Body = was, "", nil, nil
		case !tomb.Deleted && tomb.At.Before(was.At):
			tomb = was
		}
	}
	entry, pieces, err := s.kept(what, e, raw)
	if err != nil {
		return err
	}
	all = append(writes{{of: theEntry, item: types.TransactWriteItem{Put: s.putOnce(entry)}}}, all...)
	for _, piece := range pieces {
		all.put(s, thePiece, piece)
	}
	grave, err := s.tombstoneUpdate(pk, sk, tomb, before)
	if err != nil {
		return err
	}
	all.update(theTombstone, grave)
	all.update(theHead, s.markUpdate(pk, present, shortMark(sk)))
	return s.transact(ctx, all)
}

// tombstoneUpdate writes a tombstone where before stood.
func (s *Store) tombstoneUpdate(pk, sk string, tomb desk.Tombstone, before item) (*types.Update, error) {
	packed, err := s.pack([]byte(tomb.Text))
	if err != nil {
		return nil, err
	}
	u := newUpdate(s.Table, pk, sk)
	u.set("deleted", &types.AttributeValueMemberBOOL{Value: tomb.Deleted})
	u.set("text", binary(packed[0]))
	u.set("at", instant(tomb.At))
	u.set("writes", number(numberOf(before, "writes")+1))
	if before == nil {
		u.whenMissing("pk")
	} else {
		u.whenIs("writes", before["writes"])
	}
	return u.update(), nil
}

func tombstoneOf(i item) (desk.Tombstone, error) {
	words, err := unpack(bytesOf(i, "text"))
	if err != nil {
		return desk.Tombstone{}, broken(i, err)
	}
	deleted, _ := i["deleted"].(*types.AttributeValueMemberBOOL)
	return desk.Tombstone{Deleted: deleted != nil && deleted.Value, Text: string(words), At: instantOf(i, "at")}, nil
}

// maxMarks is how many tombstones HEAD remembers: as many as can be set while a
// message is on its way between the read of its thread and its commit.
const maxMarks = 16

// shortMark is what HEAD remembers of a tombstone: enough to know it from the
// few others there.
func shortMark(tomb string) string {
	name := strings.TrimPrefix(tomb, "X#")
	return name[:min(len(name), 8)]
}

// markUpdate adds a mark to HEAD as it was read. It makes no new version: the
// ticket is the same.
func (s *Store) markUpdate(pk string, present item, mark string) *types.Update {
	u := newUpdate(s.Table, pk, head)
	marks := append(strings.Fields(textOf(present, "x")), mark)
	u.set("x", text(strings.Join(marks[max(0, len(marks)-maxMarks):], " ")))
	for _, name := range []string{"v", "x"} { // as they were read
		if was, ok := present[name]; ok {
			u.whenIs(name, was)
		} else {
			u.whenMissing(name)
		}
	}
	return u.update()
}

// withoutRaw asks for an entry without its raw event; its names are entryNames.
const withoutRaw = "pk, sk, #v, #n, #w, #at, #e, #id, #was, #delivery, #problem, #tries"

func entryNames() map[string]string {
	return map[string]string{"#v": "v", "#n": "n", "#w": "w", "#at": "at", "#e": "e", "#id": "id", "#was": "was",
		"#delivery": "delivery", "#problem": "problem", "#tries": "tries"}
}
