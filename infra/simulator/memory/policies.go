package memory

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"example.com/skala/shared/desk"
)

// ActivePolicy returns the hash of the policy in force, or desk.ErrNotFound when none
// was ever put.
func (s *Store) ActivePolicy(ctx context.Context) (hash string, err error) {
	err = s.effect(ctx, "ActivePolicy", func() error {
		if hash = s.active; hash == "" {
			return fmt.Errorf("memory: active policy: %w", desk.ErrNotFound)
		}
		return nil
	})
	return hash, err
}

// PolicyDocument returns the version of the policy that hash names, in force or not,
// or desk.ErrNotFound.
func (s *Store) PolicyDocument(ctx context.Context, hash string) (doc []byte, err error) {
	err = s.effect(ctx, "PolicyDocument", func() error {
		is, ok := s.policies[hash]
		if !ok {
			return fmt.Errorf("memory: policy %q: %w", hash, desk.ErrNotFound)
		}
		doc = slices.Clone(is)
		return nil
	})
	return doc, err
}

// PutPolicy stores a version of the policy and puts it in force from now on. Its hash
// is the first 16 bytes of the document's SHA-256, in hexadecimal.
func (s *Store) PutPolicy(ctx context.Context, doc []byte, _ time.Time) (hash string, err error) {
	sum := sha256.Sum256(doc)
	hash = hex.EncodeToString(sum[:16])
	err = s.effect(ctx, "PutPolicy", func() error {
		s.policies[hash] = slices.Clone(doc)
		s.active = hash
		return nil
	})
	return hash, err
}
