package dynamo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"example.com/skala/shared/desk"
)

// refusalDays is how long it is known how many webhooks were refused on a day.
const refusalDays = 8

// Accounts returns all accounts of which anything is known, in no order.
func (s *Store) Accounts(ctx context.Context) ([]desk.Account, error) {
	rows, err := s.query(ctx, &dynamodb.QueryInput{
		ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("pk = :pk"), ExpressionAttributeValues: item{":pk": text(accounts)},
	})
	if err != nil {
		return nil, fmt.Errorf("reading what is known of accounts: %w", err)
	}
	all := make([]desk.Account, 0, len(rows))
	for _, row := range rows {
		a, err := docOf[desk.Account](row)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
	}
	return all, nil
}

// Account returns what is known of one, its key alone where nothing is. It costs one
// read unit.
func (s *Store) Account(ctx context.Context, k desk.AccountKey) (desk.Account, error) {
	return aboutAccount(ctx, s, accounts, desk.Account{AccountKey: k}, k)
}

// aboutAccount returns what the partition pk has about an account, or none.
func aboutAccount[T any](ctx context.Context, s *Store, pk string, none T, k desk.AccountKey) (T, error) {
	i, err := s.get(ctx, pk, s.accountKey(k))
	if err != nil {
		var nothing T
		return nothing, err
	}
	if i == nil {
		return none, nil
	}
	return docOf[T](i)
}

// SaveAccount writes a, with its version one higher. a.Version is the one that was
// read: it returns desk.ErrStale when that is no longer so, or when its own first try
// took effect unseen.
func (s *Store) SaveAccount(ctx context.Context, a desk.Account) error {
	was := a.Version
	a.Version++
	if err := s.saveDoc(ctx, accounts, s.accountKey(a.AccountKey), was, a); err != nil {
		return fmt.Errorf("dynamo: saving an account: %w", err)
	}
	return nil
}

// HoldBack notes that a ticket has a reply that waits for its account. Noting it
// twice changes nothing.
func (s *Store) HoldBack(ctx context.Context, h desk.HeldBack) error {
	i := key(heldBack, s.heldKey(h))
	i["platform"], i["app"], i["account"] = text(string(h.Account.Platform)), text(h.Account.App), text(h.Account.ID)
	i["ticket"] = text(string(h.Ticket))
	return s.put(ctx, i)
}

// HeldBack returns what waits for accounts, at most limit of it: for all of them,
// that of one together, or for the one of a key.
func (s *Store) HeldBack(ctx context.Context, k desk.AccountKey, limit int) ([]desk.HeldBack, error) {
	condition, values := "pk = :pk", item{":pk": text(heldBack)}
	if k != (desk.AccountKey{}) {
		condition, values[":account"] = "pk = :pk AND begins_with(sk, :account)", text(s.heldKey(desk.HeldBack{Account: k}))
	}
	out, err := s.Client.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.Table, ConsistentRead: aws.Bool(true), Limit: aws.Int32(int32(min(max(1, limit), 1000))),
		KeyConditionExpression: &condition, ExpressionAttributeValues: values,
	})
	if err != nil {
		return nil, fmt.Errorf("dynamo: reading what waits for accounts: %w", err)
	}
	all := make([]desk.HeldBack, 0, len(out.Items))
	for _, i := range out.Items {
		all = append(all, heldOf(i))
	}
	return all, nil
}

func heldOf(i item) desk.HeldBack {
	return desk.HeldBack{
		Account: desk.AccountKey{Platform: desk.Platform(textOf(i, "platform")), App: textOf(i, "app"), ID: textOf(i, "account")},
		Ticket:  desk.TicketID(textOf(i, "ticket")),
	}
}

// LetGo notes that nothing of a ticket waits for its account any more; nothing that
// does is none either.
func (s *Store) LetGo(ctx context.Context, h desk.HeldBack) error {
	if _, err := s.Client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &s.Table, Key: key(heldBack, s.heldKey(h))}); err != nil {
		return fmt.Errorf("dynamo: letting a reply go: %w", err)
	}
	return nil
}

// Refused counts n webhooks and handshakes of an app that were refused, the last of
// them at an instant, on its day in UTC. It costs one write unit. A call that failed
// may have counted.
func (s *Store) Refused(ctx context.Context, app desk.App, n int, at time.Time) error {
	u := newUpdate(s.Table, refusals, refusalKey(at, app))
	u.addN("n", n)
	u.set("platform", text(string(app.Platform)))
	u.set("app", text(app.Name))
	u.set("at", instant(at))
	u.set("ttl", number(day(at).AddDate(0, 0, refusalDays).Unix()))
	if err := s.update(ctx, u); err != nil {
		return fmt.Errorf("dynamo: counting what was refused: %w", err)
	}
	return nil
}

// Refusals returns what was refused on the days, in UTC, from that of since on, in
// their order. A week is known.
func (s *Store) Refusals(ctx context.Context, since time.Time) ([]desk.Refusals, error) {
	rows, err := s.query(ctx, &dynamodb.QueryInput{
		KeyConditionExpression:    aws.String("pk = :pk AND sk >= :from"),
		ExpressionAttributeValues: item{":pk": text(refusals), ":from": text(day(since).Format(time.DateOnly))},
	})
	if err != nil {
		return nil, fmt.Errorf("reading what was refused: %w", err)
	}
	all := make([]desk.Refusals, 0, len(rows))
	for _, i := range rows {
		on, _, _ := strings.Cut(textOf(i, "sk"), "#")
		at, err := time.Parse(time.DateOnly, on)
		if err != nil {
			return nil, broken(i, errors.New("its key begins with no day"))
		}
		all = append(all, desk.Refusals{
			App: desk.App{Platform: desk.Platform(textOf(i, "platform")), Name: textOf(i, "app")}, Day: at, N: int(numberOf(i, "n")), Last: instantOf(i, "at"),
		})
	}
	return all, nil
}

func day(at time.Time) time.Time { return at.UTC().Truncate(24 * time.Hour) }
