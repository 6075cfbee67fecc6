package dynamo

import (
	"context"
	"fmt"

	"example.com/skala/shared/desk"
)

// Token returns the token set of an account whose tokens end, its key alone where none
// was ever asked for.
func (s *Store) Token(ctx context.Context, k desk.AccountKey) (desk.Token, error) {
	return aboutAccount(ctx, s, tokens, desk.Token{AccountKey: k}, k)
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
