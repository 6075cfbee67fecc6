package dynamo

import (
	"context"
	"fmt"

	"example.com/skala/shared/desk"
)

// Cursor returns how far an account was asked what people wrote, its key alone where
// it never was.
func (s *Store) Cursor(ctx context.Context, k desk.AccountKey) (desk.Cursor, error) {
	return aboutAccount(ctx, s, cursors, desk.Cursor{AccountKey: k}, k)
}

// SaveCursor writes c, with its version one higher. c.Version is the one that was
// read: it returns desk.ErrStale when that is no longer so, or when its own first try
// took effect unseen.
func (s *Store) SaveCursor(ctx context.Context, c desk.Cursor) error {
	was := c.Version
	c.Version++
	if err := s.saveDoc(ctx, cursors, s.accountKey(c.AccountKey), was, c); err != nil {
		return fmt.Errorf("dynamo: saving a cursor: %w", err)
	}
	return nil
}
