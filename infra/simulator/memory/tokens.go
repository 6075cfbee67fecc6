package memory

import (
	"context"
	"fmt"

	"example.com/skala/shared/desk"
)

// Token returns the token set of an account whose tokens end, its key alone where none
// was ever asked for.
func (s *Store) Token(ctx context.Context, k desk.AccountKey) (t desk.Token, err error) {
	err = s.effect(ctx, "Token", func() (err error) {
		t, err = about(s.tokens, desk.Token{AccountKey: k}, k)
		return err
	})
	return t, err
}

// SaveToken writes t, with its version one higher, on the condition of t.Version.
func (s *Store) SaveToken(ctx context.Context, t desk.Token) error {
	err := s.effect(ctx, "SaveToken", func() error {
		was := t.Version
		t.Version++
		return keep(s.tokens, t.AccountKey, was, t)
	})
	if err != nil {
		return fmt.Errorf("memory: saving a token: %w", err)
	}
	return nil
}
