package dynamo

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"example.com/skala/shared/desk"
)

// Look notes that somebody is at a ticket, and when they wrote there where o says so.
// It costs one write unit, and changes nothing of the ticket.
func (s *Store) Look(ctx context.Context, ticket desk.TicketID, o desk.Onlooker) error {
	if ticket == "" || o.Who == "" {
		return fmt.Errorf("dynamo: noting who looks: without a ticket or a name: %w", desk.ErrInvalid)
	}
	u := newUpdate(s.Table, lookersPK(ticket), o.Who)
	u.set("seen", number(o.Seen.UnixMilli()))
	if !o.Typed.IsZero() {
		u.set("typed", number(o.Typed.UnixMilli()))
	}
	u.set("ttl", number(o.Seen.Add(time.Hour).Unix()))
	if err := s.update(ctx, u); err != nil {
		return fmt.Errorf("dynamo: noting who looks: %w", err)
	}
	return nil
}

// Leave takes somebody away from a ticket at once.
func (s *Store) Leave(ctx context.Context, ticket desk.TicketID, who string) error {
	_, err := s.Client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &s.Table, Key: key(lookersPK(ticket), who)})
	if err != nil {
		return fmt.Errorf("dynamo: noting who left: %w", err)
	}
	return nil
}

// Onlookers returns who has been at a ticket lately, and since when they may not be
// any more, in no order: see desk.Present. It costs half a read unit, and may be a
// moment behind.
func (s *Store) Onlookers(ctx context.Context, ticket desk.TicketID) ([]desk.Onlooker, error) {
	rows, err := s.query(ctx, &dynamodb.QueryInput{KeyConditionExpression: aws.String("pk = :pk"), ExpressionAttributeValues: item{":pk": text(lookersPK(ticket))}})
	if err != nil {
		return nil, fmt.Errorf("reading who looks: %w", err)
	}
	var all []desk.Onlooker
	for _, row := range rows {
		all = append(all, desk.Onlooker{Who: textOf(row, "sk"), Seen: milliOf(row, "seen"), Typed: milliOf(row, "typed")})
	}
	return all, nil
}
