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
	err = s.effect(ctx, "Cursor", func() (err error) {
		c, err = about(s.cursors, desk.Cursor{AccountKey: k}, k)
		return err
	})
	return c, err
}

// SaveCursor writes c, with its version one higher, on the condition of c.Version.
func (s *Store) SaveCursor(ctx context.Context, c desk.Cursor) error {
	err := s.effect(ctx, "SaveCursor", func() error {
		was := c.Version
		c.Version++
		return keep(s.cursors, c.AccountKey, was, c)
	})
	if err != nil {
		return fmt.Errorf("memory: saving a cursor: %w", err)
	}
	return nil
}

// about returns what in has about an account, or none.
func about[T any](in map[desk.AccountKey]entry, none T, k desk.AccountKey) (of T, err error) {
	there, ok := in[k]
	if !ok {
		return none, nil
	}
	err = json.Unmarshal(there.doc, &of)
	return of, err
}

// keep puts of, whose version is one higher than was, in place of version was.
func keep(in map[desk.AccountKey]entry, k desk.AccountKey, was int64, of any) error {
	if in[k].version != was {
		return desk.ErrStale
	}
	doc, err := json.Marshal(of)
	if err != nil {
		return err
	}
	in[k] = entry{doc: doc, version: was + 1}
	return nil
}
