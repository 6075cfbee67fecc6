package dynamo

import (
	"context"
	"fmt"

	"example.com/skala/shared/desk"
)

// Turn returns whose turn it is in a team, its name alone where nobody was given
// anything.
func (s *Store) Turn(ctx context.Context, team string) (desk.Turn, error) {
	i, err := s.get(ctx, turns, team)
	if err != nil {
		return desk.Turn{}, fmt.Errorf("reading whose turn it is: %w", err)
	}
	if i == nil {
		return desk.Turn{Team: team}, nil
	}
	return docOf[desk.Turn](i)
}

// SaveTurn writes t, with its version one higher. t.Version is the one that was read:
// it returns desk.ErrStale when that is no longer so, or when its own first try took
// effect unseen.
func (s *Store) SaveTurn(ctx context.Context, t desk.Turn) error {
	was := t.Version
	t.Version++
	if err := s.saveDoc(ctx, turns, t.Team, was, t); err != nil {
		return fmt.Errorf("dynamo: saving whose turn it is: %w", err)
	}
	return nil
}
