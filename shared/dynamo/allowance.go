package dynamo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/skala/shared/desk"
)

// allowanceDays is how long the count of a day is kept, for whoever asks what was
// spent.
const allowanceDays = 40

// Spend takes one of the questions that may be asked on the day, in UTC, that at
// lies in, and reports false when most have been. It costs one write unit. Whoever
// dies afterwards has spent theirs: there are never more than most.
func (s *Store) Spend(ctx context.Context, at time.Time, most int) (bool, error) {
	day := at.UTC().Truncate(24 * time.Hour)
	u := newUpdate(s.Table, allowance, allowanceKey(day))
	u.add("n")
	u.set("ttl", number(day.AddDate(0, 0, allowanceDays).Unix()))
	u.when("(attribute_not_exists(" + u.name("n") + ") OR " + u.name("n") + " < " + u.value(number(most)) + ")")
	err := s.update(ctx, u)
	if errors.Is(err, desk.ErrStale) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("dynamo: counting a question: %w", err)
	}
	return true, nil
}
