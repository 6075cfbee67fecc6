package memory

import (
	"context"
	"encoding/json"
	"fmt"

	"example.com/skala/shared/desk"
)

// Cursor returns how far an account was asked what people wrote, its key alone where
// it never was.
func (s *Store) Cursor(ctx context.Context, k desk.AccountKey) (c desk.Cursor, err error) {
	err = s.effect(ctx, "Cursor", func() error {
		there, ok := s.cursors[k]
		if !ok {
			c = desk.Cursor{AccountKey: k}
			return nil
		}
		return json.Unmarshal(there.doc, &c)
	})
	return c, err
}

// SaveCursor writes c, with its version one higher, on the condition of c.Version.
func (s *Store) SaveCursor(ctx context.Context, c desk.Cursor) error {
	err := s.effect(ctx, "SaveCursor", func() error {
		if s.cursors[c.AccountKey].version != c.Version {
			return desk.ErrStale
		}
		c.Version++
		doc, err := json.Marshal(c)
		if err != nil {
			return err
		}
		s.cursors[c.AccountKey] = entry{doc, c.Version}
		return nil
	})
	if err != nil {
		return fmt.Errorf("memory: saving a cursor: %w", err)
	}
	return nil
}
