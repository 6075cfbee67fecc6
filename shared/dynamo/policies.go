package dynamo

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"example.com/skala/shared/desk"
)

const policies = "POLICY"

// ActivePolicy returns the hash of the policy in force, or desk.ErrNotFound when
// none was ever put.
func (s *Store) ActivePolicy(ctx context.Context) (hash string, err error) {
	i, err := s.get(ctx, policies, "ACTIVE")
	if err != nil {
		return "", err
	}
	if i == nil {
		return "", fmt.Errorf("dynamo: active policy: %w", desk.ErrNotFound)
	}
	return textOf(i, "hash"), nil
}

// PolicyDocument returns the version of the policy that hash names, in force or
// not, or desk.ErrNotFound.
func (s *Store) PolicyDocument(ctx context.Context, hash string) ([]byte, error) {
	i, err := s.get(ctx, policies, "V#"+hash)
	if err != nil {
		return nil, err
	}
	if i == nil {
		return nil, fmt.Errorf("dynamo: policy %q: %w", hash, desk.ErrNotFound)
	}
	packed := bytesOf(i, "doc")
	if n := int(numberOf(i, "pieces")); n > 0 {
		if packed, err = s.pieces(ctx, policies, "V#"+hash, n); err != nil {
			return nil, err
		}
	}
	doc, err := unpack(packed)
	if err != nil {
		return nil, broken(i, err)
	}
	if policyHash(doc) != hash {
		return nil, broken(i, errors.New("the document is not the one its hash names"))
	}
	return doc, nil
}

// PutPolicy stores a version of the policy and puts it in force from now on. Its
// hash is the first 16 bytes of the document's SHA-256, in hexadecimal. Versions
// stay, since tickets were judged by them.
func (s *Store) PutPolicy(ctx context.Context, doc []byte, now time.Time) (hash string, err error) {
	hash = policyHash(doc)
	packed, err := s.pack(doc)
	if err != nil {
		return "", err
	}
	version := key(policies, "V#"+hash)
	version["at"] = instant(now)
	if err := s.whole(ctx, version, "doc", "V#"+hash, packed[0]); err != nil {
		return "", err
	}
	if err := unlessThere(s.putNew(ctx, version)); err != nil {
		return "", err
	}
	active := key(policies, "ACTIVE")
	active["hash"], active["at"] = text(hash), instant(now)
	return hash, s.put(ctx, active)
}

func policyHash(doc []byte) string {
	sum := sha256.Sum256(doc)
	return hex.EncodeToString(sum[:16])
}
