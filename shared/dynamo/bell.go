package dynamo

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/post"
)

// rings is how long what somebody was told stays on their list.
const rings = 30 * 24 * time.Hour

// mostRung is how far Rang counts.
const mostRung = 99

// bellItem is one line of a member's list.
func bellItem(member string, r post.Ring) (item, error) {
	doc, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("dynamo: encoding a notice: %w", err)
	}
	i := key(bellPK(member), ringKey(r.At, fmt.Sprintf("%s#%d", r.Notice.Ticket, r.Notice.Version)))
	i["doc"], i["ttl"] = text(string(doc)), number(r.At.Add(rings).Unix())
	return i, nil
}

// Bell returns what a member was told in the console, the latest first; limit and
// cursor as for Worklist. It is forgotten after thirty days.
func (s *Store) Bell(ctx context.Context, member, cursor string, limit int) ([]post.Ring, string, error) {
	after, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(after) > 200 || len(after) > 0 && !bytes.HasPrefix(after, []byte(ringKey(time.Time{}, "")[:2])) {
		return nil, "", fmt.Errorf("dynamo: cursor: %w", desk.ErrInvalid)
	}
	if limit <= 0 {
		return nil, "", nil
	}
	end := ringKey(time.Time{}, "") // after every line
	if len(after) > 0 {
		end = string(after)
	}
	out, err := s.Client.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.Table, ConsistentRead: aws.Bool(true), ScanIndexForward: aws.Bool(false), Limit: aws.Int32(int32(min(limit, 1000) + 2)), // what the cursor names, and whether there is more
		KeyConditionExpression:    aws.String("pk = :pk AND sk BETWEEN :from AND :to"),
		ExpressionAttributeValues: item{":pk": text(bellPK(member)), ":from": text(ringKey(time.UnixMilli(0), "")), ":to": text(end)},
	})
	if err != nil {
		return nil, "", fmt.Errorf("dynamo: reading what somebody was told: %w", err)
	}
	var all []post.Ring
	last, more := "", false
	for _, i := range out.Items {
		sk := textOf(i, "sk")
		if sk == string(after) { // BETWEEN has its ends
			continue
		}
		if more = len(all) == limit; more {
			break
		}
		r, err := docOf[post.Ring](i)
		if err != nil {
			return nil, "", err
		}
		all, last = append(all, r), sk
	}
	if !more && len(out.LastEvaluatedKey) == 0 {
		last = ""
	}
	return all, base64.RawURLEncoding.EncodeToString([]byte(last)), nil
}

// Rang returns how many lines came onto a member's list since they last looked, 99
// where there are as many or more, and the latest of them.
func (s *Store) Rang(ctx context.Context, member string) (unread int, latest post.Ring, err error) {
	heard, err := s.get(ctx, bellPK(member), heardKey)
	if err != nil {
		return 0, post.Ring{}, err
	}
	from := ringKey(time.UnixMilli(0), "")
	if ms := numberOf(heard, "until"); ms > 0 {
		from = ringKey(time.UnixMilli(ms+1), "")
	}
	out, err := s.Client.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.Table, ScanIndexForward: aws.Bool(false), Limit: aws.Int32(mostRung),
		KeyConditionExpression:    aws.String("pk = :pk AND sk BETWEEN :from AND :to"),
		ExpressionAttributeValues: item{":pk": text(bellPK(member)), ":from": text(from), ":to": text(ringKey(time.Time{}, ""))},
	})
	if err != nil {
		return 0, post.Ring{}, fmt.Errorf("dynamo: counting what somebody was told: %w", err)
	}
	if len(out.Items) > 0 {
		latest, err = docOf[post.Ring](out.Items[0])
	}
	return len(out.Items), latest, err
}

// Ringing returns a mark that is another as soon as something comes onto a member's
// list, or they have looked at it: what Rang returned with the same mark still holds.
// Lines that are younger by the clock of whoever wrote them hide those that came in
// later, so it is not to be relied on for long. It costs half a read unit, Rang one
// and a half or more.
func (s *Store) Ringing(ctx context.Context, member string) (mark string, err error) {
	out, err := s.Client.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.Table, ScanIndexForward: aws.Bool(false), Limit: aws.Int32(2), // how far they have looked, and the latest line
		KeyConditionExpression:    aws.String("pk = :pk AND sk BETWEEN :from AND :to"),
		ExpressionAttributeValues: item{":pk": text(bellPK(member)), ":from": text(ringKey(time.UnixMilli(0), "")), ":to": text(heardKey)},
	})
	if err != nil {
		return "", fmt.Errorf("dynamo: looking whether somebody was told: %w", err)
	}
	heard, latest := int64(0), ""
	for _, i := range out.Items {
		if sk := textOf(i, "sk"); sk == heardKey {
			heard = numberOf(i, "until")
		} else if latest == "" {
			latest = sk
		}
	}
	return fmt.Sprint(heard, " ", latest), nil
}

// Heard notes that a member has seen what came onto their list until an instant. It
// never takes one back.
func (s *Store) Heard(ctx context.Context, member string, until time.Time) error {
	u := newUpdate(s.Table, bellPK(member), heardKey)
	ms := number(until.UnixMilli())
	u.set("until", ms)
	u.when("(attribute_not_exists(" + u.name("until") + ") OR " + u.name("until") + " < " + u.value(ms) + ")")
	if err := s.update(ctx, u); err != nil && !errors.Is(err, desk.ErrStale) {
		return fmt.Errorf("dynamo: noting what somebody has seen: %w", err)
	}
	return nil
}

// Subscribe keeps a browser that a member wants to be told by, in place of what had
// its id.
func (s *Store) Subscribe(ctx context.Context, member string, sub post.Subscription) error {
	doc, err := json.Marshal(sub)
	if err != nil {
		return fmt.Errorf("dynamo: encoding a subscription: %w", err)
	}
	i := key(bellPK(member), subscriptionKey(sub.ID))
	i["doc"] = text(string(doc))
	return s.put(ctx, i)
}

// Subscription returns one of a member's browsers, or desk.ErrNotFound.
func (s *Store) Subscription(ctx context.Context, member, id string) (post.Subscription, error) {
	i, err := s.get(ctx, bellPK(member), subscriptionKey(id))
	if err == nil && i == nil {
		err = fmt.Errorf("dynamo: subscription: %w", desk.ErrNotFound)
	}
	if err != nil {
		return post.Subscription{}, err
	}
	return docOf[post.Subscription](i)
}

// Subscriptions returns a member's browsers in the order of their ids.
func (s *Store) Subscriptions(ctx context.Context, member string) ([]post.Subscription, error) {
	rows, err := s.query(ctx, &dynamodb.QueryInput{
		ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("pk = :pk AND begins_with(sk, :s)"),
		ExpressionAttributeValues: item{":pk": text(bellPK(member)), ":s": text(subscriptionKey(""))},
	})
	if err != nil {
		return nil, fmt.Errorf("reading somebody's browsers: %w", err)
	}
	all := make([]post.Subscription, 0, len(rows))
	for _, i := range rows {
		sub, err := docOf[post.Subscription](i)
		if err != nil {
			return nil, err
		}
		all = append(all, sub)
	}
	return all, nil
}

// Unsubscribe forgets one of a member's browsers; one that is not there is none
// either.
func (s *Store) Unsubscribe(ctx context.Context, member, id string) error {
	if _, err := s.Client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &s.Table, Key: key(bellPK(member), subscriptionKey(id))}); err != nil {
		return fmt.Errorf("dynamo: forgetting a subscription: %w", err)
	}
	return nil
}
