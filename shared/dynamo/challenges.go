package dynamo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"example.com/skala/shared/desk"
)

// Challenged notes that an app's platform asked at an instant whether the address is
// ours, and whether it was answered as it wants. An instant before the one that is
// known changes nothing. It costs one write unit.
func (s *Store) Challenged(ctx context.Context, app desk.App, answered bool, at time.Time) error {
	last := "refused"
	if answered {
		last = "answered"
	}
	u := newUpdate(s.Table, challenged, challengeKey(app))
	u.set("platform", text(string(app.Platform)))
	u.set("app", text(app.Name))
	u.set(last, number(at.UnixMilli())) // which compares as instants do
	u.when("(attribute_not_exists(" + u.name(last) + ") OR " + u.name(last) + " < " + u.value(number(at.UnixMilli())) + ")")
	if err := s.update(ctx, u); err != nil && !errors.Is(err, desk.ErrStale) {
		return fmt.Errorf("dynamo: noting a challenge: %w", err)
	}
	return nil
}

// Challenges returns when the platforms of apps asked last, to the millisecond, in the
// order of platforms and names; nothing of those that never did.
func (s *Store) Challenges(ctx context.Context) ([]desk.Challenges, error) {
	rows, err := s.query(ctx, &dynamodb.QueryInput{KeyConditionExpression: aws.String("pk = :pk"), ExpressionAttributeValues: item{":pk": text(challenged)}})
	if err != nil {
		return nil, fmt.Errorf("reading when platforms asked: %w", err)
	}
	all := make([]desk.Challenges, 0, len(rows))
	for _, i := range rows {
		all = append(all, desk.Challenges{
			App:      desk.App{Platform: desk.Platform(textOf(i, "platform")), Name: textOf(i, "app")},
			Answered: milliOf(i, "answered"), Refused: milliOf(i, "refused"),
		})
	}
	return all, nil
}

// milliOf returns an instant that is kept as milliseconds, a zero one where there is none.
func milliOf(i item, name string) time.Time {
	if n := numberOf(i, name); n != 0 {
		return time.UnixMilli(n).UTC()
	}
	return time.Time{}
}
