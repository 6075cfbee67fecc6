package dynamo

import (
	"context"
	"encoding/json"
	"fmt"

	"example.com/skala/shared/desk"
)

// Token returns the token set of an account whose tokens end, its key alone where none
// was ever asked for.
func (s *Store) Token(ctx context.Context, k desk.AccountKey) (t desk.Token, err error) {
	i, err := s.get(ctx, tokens, s.accountKey(k))
	if err != nil {
		return desk.Token{}, err
	}
	if i == nil {
		return desk.Token{AccountKey: k}, nil
	}
	if err := json.Unmarshal([]byte(textOf(i, "doc")), &t); err != nil {
		return desk.Token{}, broken(i, err)
	}
	return t, nil
}

// SaveToken writes t, with its version one higher. t.Version is the one that was read:
// it returns desk.ErrStale when that is no longer so, or when its own first try took
// effect unseen.
func (s *Store) SaveToken(ctx context.Context, t desk.Token) error {
	was := t.Version
	t.Version++
	if err := s.saveDoc(ctx, tokens, s.accountKey(t.AccountKey), was, t); err != nil {
		return fmt.Errorf("dynamo: saving a token: %w", err)
	}
	return nil
}
