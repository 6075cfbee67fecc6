// Package versions keeps at hand the policy that is in force, and those that
// were when older tickets were judged. The table holds the documents and a
// pointer to the active one; a book looks at the pointer now and then, and
// carries on with what it knows while the table cannot be read. It decides
// nothing and writes nothing.
package versions

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/policy"
)

// Versions are the policy documents that were ever in force.
type Versions interface {
	// ActivePolicy returns the hash of the document in force, or
	// desk.ErrNotFound when none was ever chosen.
	ActivePolicy(ctx context.Context) (hash string, err error)
	// PolicyDocument returns the document of that hash, or desk.ErrNotFound.
	PolicyDocument(ctx context.Context, hash string) ([]byte, error)
}

// Fresh is how long the pointer is taken as read.
const Fresh = 30 * time.Second

// kept is how many older versions a book holds on to. Tickets of more than that
// many versions are seldom open at once; what is let go can be read again.
const kept = 8

// A Book has the policies at hand. It may be used by many at once.
type Book struct {
	Versions Versions
	Default  []byte // the document in force until another is chosen
	Now      func() time.Time

	mu     sync.Mutex
	active *policy.Policy
	read   time.Time // when the pointer last was, or was tried
	older  map[string]*policy.Policy
	order  []string // of older, the one asked for last at the end
}

// Active returns the policy in force, at most Fresh later than it was chosen.
// When the table cannot be read, or what stands in it is no policy, the last
// good one goes on; the error is returned only where there is none yet.
func (b *Book) Active(ctx context.Context) (*policy.Policy, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.current(ctx)
}

// current is Active under the lock: of many who ask at once one reads.
func (b *Book) current(ctx context.Context) (*policy.Policy, error) {
	now := b.Now()
	if age := now.Sub(b.read); b.active != nil && age >= 0 && age < Fresh { // a clock may have been set back
		return b.active, nil
	}
	p, err := b.choose(ctx)
	switch {
	case err == nil:
		b.active, b.read = p, now
	case b.active != nil:
		b.read = now
	default:
		return nil, fmt.Errorf("reading the policy in force: %w", err)
	}
	return b.active, nil
}

// choose reads the pointer and, where it moved, the document.
func (b *Book) choose(ctx context.Context) (*policy.Policy, error) {
	hash, err := b.Versions.ActivePolicy(ctx)
	if errors.Is(err, desk.ErrNotFound) {
		if hash = policy.Hash(b.Default); b.active != nil && b.active.Hash == hash {
			return b.active, nil
		}
		return policy.Load(b.Default, "default policy")
	}
	if err != nil {
		return nil, err
	}
	if b.active != nil && b.active.Hash == hash {
		return b.active, nil
	}
	return b.load(ctx, hash)
}

// Version returns the policy of that hash. Where it is gone, or is no policy
// any more, the one in force stands in for it: a ticket is never left without.
func (b *Book) Version(ctx context.Context, hash string) (*policy.Policy, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	active, err := b.current(ctx)
	if err == nil && (hash == "" || active.Hash == hash) {
		return active, nil
	}
	p, loadErr := b.load(ctx, hash)
	switch {
	case loadErr == nil:
		return p, nil
	case err != nil:
		return nil, err
	case errors.Is(loadErr, desk.ErrNotFound), errors.As(loadErr, new(*policy.Mistakes)):
		return active, nil
	default:
		return nil, loadErr // the table may answer the next time
	}
}

// load returns the version of that hash, from memory where it is there.
func (b *Book) load(ctx context.Context, hash string) (*policy.Policy, error) {
	if p := b.older[hash]; p != nil {
		b.touch(hash)
		return p, nil
	}
	document := b.Default
	if hash != policy.Hash(b.Default) {
		var err error
		if document, err = b.Versions.PolicyDocument(ctx, hash); err != nil {
			return nil, fmt.Errorf("reading policy %s: %w", hash, err)
		}
		if got := policy.Hash(document); got != hash {
			return nil, fmt.Errorf("policy %s: its document has the hash %s: %w", hash, got, desk.ErrInvalid)
		}
	}
	p, err := policy.Load(document, "policy "+hash)
	if err != nil {
		return nil, err
	}
	if b.older == nil {
		b.older = map[string]*policy.Policy{}
	}
	b.older[hash] = p
	b.touch(hash)
	if len(b.order) > kept {
		delete(b.older, b.order[0])
		b.order = b.order[1:]
	}
	return p, nil
}

// touch makes hash the one asked for last.
func (b *Book) touch(hash string) {
	order := make([]string, 0, len(b.order)+1)
	for _, other := range b.order {
		if other != hash {
			order = append(order, other)
		}
	}
	b.order = append(order, hash)
}
