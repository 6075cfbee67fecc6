package memory

import (
	"context"
	"encoding/json"
	"fmt"

	"example.com/skala/shared/desk"
)

// Token returns the token set of an account whose tokens end, its key alone where none
// was ever asked for.
func (s *Store) Token(ctx context.Context, k desk.AccountKey) (t desk.Token, err error) {
	err = s.effect(ctx, "Token", func() error {
		there, ok := s.tokens[k]
		if !ok {
			t = desk.Token{AccountKey: k}
			return nil
		}
		return json.Unmarshal(there.doc, &t)
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
