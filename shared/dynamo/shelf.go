package dynamo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"example.com/skala/shared/desk"
)

// pieceBytes is how much of a body one item takes; DynamoDB allows 400 KB in all.
const pieceBytes = 350_000

// A shelf is one of the places where events are kept whole: an item that lists
// the event, and pieces beside it for a body that is too large for one.
type shelf string

const (
	spilled     shelf = "S#"
	quarantined shelf = "Q#"
)

// Spill keeps events that the inbound queue refused. Each is due at once, so
// that the sweep brings it in as soon as it can. Spilling one again changes
// nothing.
func (s *Store) Spill(ctx context.Context, events []desk.RawEvent) error {
	var errs []error
	for _, e := range events {
		id, at := s.shelfID(spilled, e), e.Received
		if at.IsZero() {
			at = time.UnixMilli(0) // overdue, rather than never
		}
		errs = append(errs, unlessThere(s.shelve(ctx, spilled, id, e, item{
			"gsi2pk": text(dueKey(shard(id, dueShards))), "gsi2sk": text(position(at, id))})))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("dynamo: spilling: %w", err)
	}
	return nil
}

// Spilled returns a spilled event, or desk.ErrNotFound when it was brought in.
func (s *Store) Spilled(ctx context.Context, id string) (desk.RawEvent, error) {
	i, err := s.get(ctx, string(spilled)+id, "RAW")
	if err == nil && i == nil {
		err = fmt.Errorf("dynamo: spilled event %s: %w", id, desk.ErrNotFound)
	}
	if err != nil {
		return desk.RawEvent{}, err
	}
	return s.shelved(ctx, i)
}

// Unspill forgets a spilled event that is safe elsewhere. What lists it goes
// first: dying half-way leaves pieces that nothing points to, and that the same
// event would be written over.
func (s *Store) Unspill(ctx context.Context, id string) error {
	pk := string(spilled) + id
	i, err := s.get(ctx, pk, "RAW")
	if err != nil || i == nil {
		return err
	}
	sks := []string{"RAW"}
	for n := range int(numberOf(i, "pieces")) {
		sks = append(sks, pieceKey("P", n))
	}
	for _, sk := range sks {
		if _, err := s.Client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &s.Table, Key: key(pk, sk)}); err != nil {
			return fmt.Errorf("dynamo: forgetting %s %s: %w", pk, sk, err)
		}
	}
	return nil
}

// Quarantine keeps what nobody can read yet, whole, with the reason, and shows
// it until a person has it replayed. Keeping one again changes nothing but the
// reason, and ends its replay, if there is one: it can't be read yet. Where the
// same is shown already by another delivery, this one is settled as its duplicate;
// the only event of a body that is being replayed may be the same as the body.
func (s *Store) Quarantine(ctx context.Context, e desk.RawEvent, reason string) error {
	id := s.shelfID(quarantined, e)
	sk := position(e.Received, id)
	if e.Delivery != "" {
		sk += "#" + e.Delivery
	}
	lists := item{"reason": text(reason), "gsi3pk": text(quarantineKey(shard(id, listShards))), "gsi3sk": text(sk)}
	for range tries {
		err := s.shelve(ctx, quarantined, id, e, lists)
		if there, ok := errors.AsType[*types.ConditionalCheckFailedException](err); ok {
			err = s.showAgain(ctx, e, there.Item, lists)
		}
		if err == nil {
			return nil
		}
		if !errors.Is(err, desk.ErrStale) {
			return fmt.Errorf("dynamo: quarantining: %w", err)
		}
	}
	return fmt.Errorf("dynamo: quarantining: %w", desk.ErrStale)
}

// showAgain quarantines e where there stands. It returns desk.ErrStale when that
// changed meanwhile.
func (s *Store) showAgain(ctx context.Context, e desk.RawEvent, there, lists item) error {
	_, shown := there["gsi3pk"]
	if shown && textOf(there, "delivery") != e.Delivery {
		if err := s.endReplay(ctx, there, lists["reason"]); err != nil {
			return err
		}
		return s.Settle(ctx, e, desk.Duplicate)
	}
	u := newUpdate(s.Table, textOf(there, "pk"), "RAW")
	for _, name := range []string{"delivery", "replay", "gsi3pk"} { // as they were
		if was, ok := there[name]; ok {
			u.whenIs(name, was)
		} else {
			u.whenMissing(name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(lists)) {
		u.set(name, lists[name])
	}
	if e.Delivery != "" {
		u.set("delivery", text(e.Delivery))
	}
	u.set("received", instant(e.Received))
	u.remove("replay")
	u.remove("ttl")
	if err := s.update(ctx, u); err != nil || numberOf(there, "pieces") == 0 {
		return err
	}
	// A replay that ended meanwhile left its pieces to go.
	packed, err := s.pack(e.Body)
	if err != nil {
		return err
	}
	return s.whole(ctx, key(textOf(there, "pk"), "RAW"), "body", "P", packed[0])
}

// endReplay lets nobody take off what is there, which can't be read yet. It
// returns desk.ErrStale when that is no longer replayed as it was.
func (s *Store) endReplay(ctx context.Context, there item, reason types.AttributeValue) error {
	replay, ok := there["replay"]
	if !ok {
		return nil
	}
	u := newUpdate(s.Table, textOf(there, "pk"), "RAW")
	u.whenIs("replay", replay)
	u.set("reason", reason)
	u.remove("replay")
	return s.update(ctx, u)
}

// Replaying marks a quarantined event as being replayed under a token, in place
// of any before it, and returns the event; desk.ErrNotFound when it is not shown.
func (s *Store) Replaying(ctx context.Context, id, token string) (desk.Kept, error) {
	if !shelfIDLike(id) {
		return desk.Kept{}, fmt.Errorf("dynamo: replaying: %w", desk.ErrNotFound)
	}
	u := newUpdate(s.Table, string(quarantined)+id, "RAW")
	u.set("replay", text(token))
	u.whenThere("gsi3pk")
	err := s.update(ctx, u)
	if errors.Is(err, desk.ErrStale) {
		err = desk.ErrNotFound
	}
	if err != nil {
		return desk.Kept{}, fmt.Errorf("dynamo: replaying %s: %w", id, err)
	}
	i, err := s.get(ctx, string(quarantined)+id, "RAW")
	if err == nil && i == nil {
		err = fmt.Errorf("dynamo: replaying %s: %w", id, desk.ErrNotFound)
	}
	if err != nil {
		return desk.Kept{}, err
	}
	return s.keptOf(ctx, i)
}

// Replayed takes what was replayed under a token off the quarantine: it is safe
// on the inbound queue. One that came back since, or that another replays, stays,
// which is no error. The hour it was received in is balanced anew, and the
// acceptance of a whole body makes room for those of the events in it. Its bytes
// are kept as long as the ledger, for whoever asks what it was.
func (s *Store) Replayed(ctx context.Context, k desk.Kept, token string, now time.Time) error {
	pk := string(quarantined) + k.ID
	i, err := s.get(ctx, pk, "RAW")
	if err != nil || textOf(i, "replay") != token {
		return err
	}
	until := number(k.Raw.Received.AddDate(0, 0, ledgerDays).Unix())
	u := newUpdate(s.Table, pk, "RAW")
	u.whenIs("replay", text(token))
	u.index("gsi3", false, "", "")
	u.remove("replay")
	u.set("ttl", until)
	var all writes
	all.update(theTarget, u.update())
	for n := range int(numberOf(i, "pieces")) {
		u := newUpdate(s.Table, pk, pieceKey("P", n))
		u.set("ttl", until)
		all.update(thePiece, u.update())
	}
	// An hour that the ledger has forgotten but for its page keeps that.
	known := now.Before(k.Raw.Received.AddDate(0, 0, ledgerDays))
	if webhook, _, ok := strings.Cut(k.Raw.Delivery, "."); ok && known {
		s.reopen(&all, k.Raw.Received, token, now)
		if k.Raw.Whole {
			accepted := s.ledgerItem(k.Raw.Received, webhook)
			all.delete(s, theWords, textOf(accepted, "pk"), textOf(accepted, "sk"))
		}
	}
	if err := s.transact(ctx, all); err != nil {
		if _, ok := errors.AsType[*refused](err); ok {
			return nil
		}
		return fmt.Errorf("dynamo: taking %s off the quarantine: %w", k.ID, err)
	}
	return nil
}

// Quarantined returns what is in quarantine, the latest received first; limit
// and cursor as for Worklist.
func (s *Store) Quarantined(ctx context.Context, cursor string, limit int) ([]desk.Kept, string, error) {
	rows, next, err := s.list(ctx, scan{index: "gsi3", keys: shards(listShards, quarantineKey)}, cursor, limit)
	if err != nil {
		return nil, "", fmt.Errorf("reading the quarantine: %w", err)
	}
	keys := make([]item, len(rows))
	for n, row := range rows {
		keys[n] = key(textOf(row, "pk"), textOf(row, "sk"))
	}
	items, err := s.batchGet(ctx, keys)
	if err != nil {
		return nil, "", fmt.Errorf("reading the quarantine: %w", err)
	}
	at := map[string]item{}
	for _, i := range items {
		at[textOf(i, "pk")] = i
	}
	kept := make([]desk.Kept, 0, len(rows))
	for _, row := range rows {
		i, ok := at[textOf(row, "pk")]
		if !ok {
			continue
		}
		k, err := s.keptOf(ctx, i)
		if err != nil {
			return nil, "", err
		}
		kept = append(kept, k)
	}
	return kept, next, nil
}

// Kept returns an event that is in quarantine, or desk.ErrNotFound.
func (s *Store) Kept(ctx context.Context, id string) (desk.Kept, error) {
	if !shelfIDLike(id) {
		return desk.Kept{}, fmt.Errorf("dynamo: quarantined event: %w", desk.ErrNotFound)
	}
	i, err := s.get(ctx, string(quarantined)+id, "RAW")
	if _, shown := i["gsi3pk"]; err == nil && !shown {
		err = fmt.Errorf("dynamo: quarantined event %s: %w", id, desk.ErrNotFound)
	}
	if err != nil {
		return desk.Kept{}, err
	}
	return s.keptOf(ctx, i)
}

// QuarantinedAfter counts what is in quarantine from a cursor on, up to most.
func (s *Store) QuarantinedAfter(ctx context.Context, cursor string, most int) (int, error) {
	rows, _, err := s.list(ctx, scan{index: "gsi3", keys: shards(listShards, quarantineKey)}, cursor, most)
	if err != nil {
		return 0, fmt.Errorf("counting the quarantine: %w", err)
	}
	return len(rows), nil
}

func (s *Store) keptOf(ctx context.Context, i item) (desk.Kept, error) {
	raw, err := s.shelved(ctx, i)
	if err != nil {
		return desk.Kept{}, err
	}
	return keptAs(i, raw), nil
}

// keptAs is what an item of the quarantine lists, with its event.
func keptAs(i item, raw desk.RawEvent) desk.Kept {
	return desk.Kept{ID: strings.TrimPrefix(textOf(i, "pk"), string(quarantined)), Raw: raw, Reason: textOf(i, "reason"), At: raw.Received}
}

// shelfID names an event by its content: the same one again is the same item.
// Of two events that were spilled with the same body the headers may say that
// they are two, and each delivery gets its outcome. What nobody can read is shown
// once, whatever came with it.
func (s *Store) shelfID(on shelf, e desk.RawEvent) string {
	parts := []string{string(on), string(e.App.Platform), e.App.Name, string(e.Body)}
	if on == spilled {
		parts = append(parts, e.Delivery)
		for _, name := range slices.Sorted(maps.Keys(e.Header)) {
			parts = append(parts, name, e.Header[name])
		}
	}
	return s.hash(parts...)
}

// shelfIDLike reports whether an id may be one of ours. What is not is neither
// asked of the table, which refuses long keys, nor logged.
func shelfIDLike(id string) bool {
	return len(id) == idLetters && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz234567") == ""
}

// idLetters is how long a hash is.
const idLetters = 26

// shelve writes the pieces of e first and the item that lists it last, so that
// whatever is listed is whole.
func (s *Store) shelve(ctx context.Context, on shelf, id string, e desk.RawEvent, lists item) error {
	pk := string(on) + id
	packed, err := s.pack(e.Body)
	if err != nil {
		return err
	}
	listing := key(pk, "RAW")
	listing["platform"], listing["app"], listing["received"] = text(string(e.App.Platform)), text(e.App.Name), instant(e.Received)
	if e.Account != "" {
		listing["account"] = text(e.Account)
	}
	if e.Delivery != "" {
		listing["delivery"] = text(e.Delivery)
	}
	if e.Whole {
		listing["whole"] = &types.AttributeValueMemberBOOL{Value: true}
	}
	if len(e.Header) > 0 {
		header, err := json.Marshal(e.Header)
		if err != nil {
			return fmt.Errorf("encoding headers: %w", err)
		}
		listing["header"] = binary(header)
	}
	for name, value := range lists {
		listing[name] = value
	}
	if len(e.Body) > glimpseBytes { // a list need not unpack it to say so
		listing["bytes"] = number(len(e.Body))
	}
	if err := s.whole(ctx, listing, "body", "P", packed[0]); err != nil {
		return err
	}
	return s.putNew(ctx, listing)
}

// cut makes the items that hold packed in pieces, named after what they are of.
func cut(pk, of string, packed []byte) []item {
	var pieces []item
	for n := 0; len(packed) > 0; n++ {
		part := packed[:min(len(packed), pieceBytes)]
		packed = packed[len(part):]
		piece := key(pk, pieceKey(of, n))
		piece["part"] = binary(part)
		pieces = append(pieces, piece)
	}
	return pieces
}

// whole sets packed in i, or writes pieces of it first, whose number i then says.
func (s *Store) whole(ctx context.Context, i item, attribute, of string, packed []byte) error {
	if len(packed) <= pieceBytes {
		i[attribute] = binary(packed)
		return nil
	}
	pieces := cut(textOf(i, "pk"), of, packed)
	for _, piece := range pieces {
		if err := s.put(ctx, piece); err != nil {
			return err
		}
	}
	i["pieces"] = number(len(pieces))
	return nil
}

// put writes an item over whatever is there.
func (s *Store) put(ctx context.Context, i item) error {
	_, err := s.Client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.Table, Item: i})
	return written(i, err)
}

// putNew writes an item where none is. Its error has the item that is there.
func (s *Store) putNew(ctx context.Context, i item) error {
	_, err := s.Client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.Table, Item: i, ConditionExpression: aws.String(notThere),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld})
	return written(i, err)
}

func written(i item, err error) error {
	if err != nil {
		return fmt.Errorf("dynamo: writing %s %s: %w", textOf(i, "pk"), textOf(i, "sk"), err)
	}
	return nil
}

// unlessThere takes it for no error that an item was there already.
func unlessThere(err error) error {
	if _, ok := errors.AsType[*types.ConditionalCheckFailedException](err); ok {
		return nil
	}
	return err
}

// notThere is the condition of what is written once.
const notThere = "attribute_not_exists(pk)"

// pieces reads what was cut into n pieces at a sort key.
func (s *Store) pieces(ctx context.Context, pk, of string, n int) ([]byte, error) {
	var whole bytes.Buffer
	for k := range n {
		i, err := s.get(ctx, pk, pieceKey(of, k))
		if err != nil {
			return nil, err
		}
		if i == nil {
			return nil, broken(key(pk, pieceKey(of, k)), errors.New("the piece is missing"))
		}
		whole.Write(bytesOf(i, "part"))
	}
	return whole.Bytes(), nil
}

// shelved reads the event that an item lists.
func (s *Store) shelved(ctx context.Context, i item) (desk.RawEvent, error) {
	packed := bytesOf(i, "body")
	if n := int(numberOf(i, "pieces")); n > 0 {
		var err error
		if packed, err = s.pieces(ctx, textOf(i, "pk"), "P", n); err != nil {
			return desk.RawEvent{}, err
		}
	}
	body, err := unpack(packed)
	if err != nil {
		return desk.RawEvent{}, broken(i, err)
	}
	return shelvedAs(i, body)
}

// shelvedAs is the event that an item lists, with its body.
func shelvedAs(i item, body []byte) (desk.RawEvent, error) {
	e := desk.RawEvent{App: desk.App{Platform: desk.Platform(textOf(i, "platform")), Name: textOf(i, "app")},
		Account: textOf(i, "account"), Body: body, Received: instantOf(i, "received"), Delivery: textOf(i, "delivery")}
	if whole, ok := i["whole"].(*types.AttributeValueMemberBOOL); ok {
		e.Whole = whole.Value
	}
	if header := bytesOf(i, "header"); header != nil {
		if err := json.Unmarshal(header, &e.Header); err != nil {
			return desk.RawEvent{}, broken(i, err)
		}
	}
	return e, nil
}
