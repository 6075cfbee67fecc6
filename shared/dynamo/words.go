package dynamo

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"example.com/skala/shared/desk"
)

// others returns the writes that the change asks for beside its entry and its
// head. They are made from items read now; nobody can change those before the
// transaction without a new version of the head, which then refuses it.
//
// It takes the words out of c's entry when the message they are about was
// deleted before.
func (s *Store) others(ctx context.Context, w *writes, pk, account string, c *desk.Change) (writes, error) {
	e := &c.Entry
	if m := e.Message; e.What == desk.Received && m != nil && m.Deleted {
		c.Raw.Body = nil
	}
	if u, ok := s.deliver(pk, account, *e); ok {
		w.update(theTarget, u)
		return *w, nil
	}
	if e.What != desk.Edited && e.What != desk.Deleted {
		return nil, nil
	}
	i, err := s.get(ctx, pk, s.targetKey(account, *e))
	if err != nil {
		return nil, err
	}
	if i == nil {
		return nil, fmt.Errorf("the message it is about: %w", desk.ErrNotFound)
	}
	target, err := entryOf(i)
	if err != nil {
		return nil, err
	}
	if target.Message == nil {
		return nil, fmt.Errorf("the message it is about: %w", desk.ErrNotFound)
	}
	switch {
	case e.What == desk.Deleted:
		err = s.blank(ctx, w, pk, account, i, target, c)
	case target.Message.Deleted: // a deletion beats all edits
		*e = blanked(*e)
		c.Raw.Body = nil
	case editTime(*c).Before(target.Message.EditedAt): // a later edit came first
	default:
		err = s.reword(ctx, w, i, target, c)
	}
	return *w, err
}

// editTime is when the edit was made: by the platform's clock where it says.
func editTime(c desk.Change) time.Time {
	if c.Event != nil && !c.Event.Time.IsZero() {
		return c.Event.Time
	}
	return c.Entry.At
}

// reword gives the message of i the text of an edit.
func (s *Store) reword(ctx context.Context, w *writes, i item, target desk.Entry, c *desk.Change) error {
	raw, err := s.rawOf(ctx, i)
	if err != nil {
		return err
	}
	m := *target.Message
	m.Text, m.EditedAt = c.Entry.Message.Text, editTime(*c)
	target.Message = &m
	if err := s.rewrite(w, theTarget, i, target, raw); err != nil {
		return err
	}
	return s.earlierWords(ctx, w, i, c, func(t *desk.Ticket) bool {
		if t.PreviewOf != m.Key {
			return false
		}
		t.Preview = desk.Preview(m.Text)
		return true
	})
}

// blank takes a customer's words out of the message of i and out of everything
// else that speaks of it: edits, corrections, the tombstone, an earlier ticket.
func (s *Store) blank(ctx context.Context, w *writes, pk, account string, i item, target desk.Entry, c *desk.Change) error {
	gone := blanked(target)
	gone.Message.Deleted = true
	if err := s.rewrite(w, theTarget, i, gone, nil); err != nil {
		return err
	}
	if err := s.earlierWords(ctx, w, i, c, func(t *desk.Ticket) bool {
		if t.PreviewOf != c.Entry.Target && t.VerdictOn != c.Entry.Target {
			return false
		}
		if t.PreviewOf == c.Entry.Target {
			t.Preview = ""
		}
		if t.VerdictOn == c.Entry.Target {
			t.Verdict = t.Verdict.Blank()
		}
		return true
	}); err != nil {
		return err
	}
	about := []string{c.Entry.Target}
	if id := target.Message.ID; id != "" {
		about = append(about, id)
		w.delete(s, theTombstone, pk, s.tombKey(account, id))
	}
	return s.blankAbout(ctx, w, pk, about, s.eventKey(account, c.Event.Key))
}

// roomLeft is how many writes of a transaction the words of edits may take.
const roomLeft = 60

// blankAbout takes the words out of every entry about one of the messages named
// but the one at own, in w as far as there is room. Those beyond it go first, by
// themselves: that an edit is blank a moment before its message harms nobody,
// and a second run finds the rest.
func (s *Store) blankAbout(ctx context.Context, w *writes, pk string, about []string, own string) error {
	entries, err := s.entriesAbout(ctx, pk, about)
	if err != nil {
		return err
	}
	for n, i := range entries {
		if textOf(i, "sk") == own { // a redelivery: it is what the transaction will be refused for
			continue
		}
		e, err := entryOf(i)
		if err != nil {
			return err
		}
		var blank writes
		if err := s.rewrite(&blank, theWords, i, blanked(e), nil); err != nil {
			return err
		}
		if n < roomLeft && len(*w)+len(blank) < maxWrites-10 {
			*w = append(*w, blank...)
			continue
		}
		if err := s.transact(ctx, blank); err != nil {
			return err
		}
	}
	return nil
}

// entriesAbout returns the entries of a thread whose target is one of those
// named, and that may hold a customer's words.
func (s *Store) entriesAbout(ctx context.Context, pk string, about []string) ([]item, error) {
	values, in := item{":pk": text(pk)}, ""
	for n, a := range about {
		values[fmt.Sprintf(":%d", n)] = text(a)
		if in += fmt.Sprintf(":%d", n); n < len(about)-1 {
			in += ", "
		}
	}
	return s.query(ctx, &dynamodb.QueryInput{
		ConsistentRead:            aws.Bool(true),
		KeyConditionExpression:    aws.String("pk = :pk"),
		FilterExpression:          aws.String("#target IN (" + in + ") AND attribute_exists(#e)"),
		ExpressionAttributeNames:  map[string]string{"#target": "target", "#e": "e"},
		ExpressionAttributeValues: values,
	})
}

// blanked returns e without a customer's words.
func blanked(e desk.Entry) desk.Entry {
	if e.Message != nil {
		m := *e.Message
		m.Text, m.Attachments = "", nil
		e.Message = &m
	}
	if e.Verdict != nil {
		v := e.Verdict.Blank()
		e.Verdict = &v
	}
	return e
}

// rewrite packs e and raw anew into the item they came from.
func (s *Store) rewrite(w *writes, of role, i item, e desk.Entry, raw []byte) error {
	pk, sk, had := textOf(i, "pk"), textOf(i, "sk"), int(numberOf(i, "pieces"))
	if e.Message != nil { // what stands in attributes of its own stays there
		m := *e.Message
		m.Tries -= int(numberOf(i, "tries"))
		e.Message = &m
	}
	fresh := key(pk, sk)
	pieces, err := s.packEntry(fresh, e, raw)
	if err != nil {
		return err
	}
	u := newUpdate(s.Table, pk, sk)
	u.whenThere("pk")
	for _, name := range []string{"e", "raw", "pieces", "until"} {
		if v, ok := fresh[name]; ok {
			u.set(name, v)
		} else {
			u.remove(name)
		}
	}
	w.update(of, u.update())
	for n := range max(had, len(pieces)) {
		if n < len(pieces) {
			w.put(s, thePiece, pieces[n])
		} else {
			w.delete(s, thePiece, pk, pieceKey(sk, n))
		}
	}
	return nil
}

// rawOf returns the raw event beside an entry, nil when there is none.
func (s *Store) rawOf(ctx context.Context, i item) ([]byte, error) {
	packed := bytesOf(i, "raw")
	if n := int(numberOf(i, "pieces")); n > 0 {
		var err error
		if packed, err = s.pieces(ctx, textOf(i, "pk"), textOf(i, "sk"), n); err != nil {
			return nil, err
		}
	}
	if packed == nil {
		return nil, nil
	}
	raw, err := unpack(bytesOf(i, "e"), packed)
	if err != nil {
		return nil, broken(i, err)
	}
	return raw, nil
}

// earlierWords changes the head of an earlier ticket when the message of i is
// part of it and its words stand there too.
func (s *Store) earlierWords(ctx context.Context, w *writes, i item, c *desk.Change, change func(*desk.Ticket) bool) error {
	_, present, _ := c.After.ID.Split()
	n := int(numberOf(i, "n"))
	if n == 0 || n == present {
		return nil
	}
	pk := textOf(i, "pk")
	earlier, err := s.get(ctx, pk, earlierKey(n))
	if err != nil || earlier == nil {
		return err
	}
	t, err := ticketOf(earlier)
	if err != nil || !change(&t) {
		return err
	}
	whole, err := json.Marshal(record(t))
	if err != nil {
		return fmt.Errorf("dynamo: encoding a ticket: %w", err)
	}
	packed, err := s.pack(whole)
	if err != nil {
		return err
	}
	u := newUpdate(s.Table, pk, earlierKey(n))
	u.whenThere("pk")
	u.set("t", binary(packed[0]))
	w.update(theEarlier, u.update())
	return nil
}
