package memory

import (
	"context"
	"encoding/json"
	"fmt"

	"example.com/skala/shared/desk"
)

// Turn returns whose turn it is in a team, its name alone where nobody was given
// anything.
func (s *Store) Turn(ctx context.Context, team string) (t desk.Turn, err error) {
	err = s.effect(ctx, "Turn", func() error {
		t = desk.Turn{Team: team}
		if there, ok := s.turns[team]; ok {
			return json.Unmarshal(there.doc, &t)
		}
		return nil
	})
	return t, err
}

// SaveTurn writes t, with its version one higher, on the condition of t.Version.
func (s *Store) SaveTurn(ctx context.Context, t desk.Turn) error {
	err := s.effect(ctx, "SaveTurn", func() error {
		was := t.Version
		if s.turns[t.Team].version != was {
			return desk.ErrStale
		}
		t.Version++
		doc, err := json.Marshal(t)
		if err != nil {
			return err
		}
		if s.turns == nil {
			s.turns = map[string]entry{}
		}
		s.turns[t.Team] = entry{doc: doc, version: t.Version}
		return nil
	})
	if err != nil {
		return fmt.Errorf("memory: saving whose turn it is: %w", err)
	}
	return nil
}
