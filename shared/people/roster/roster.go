// Package roster keeps the directory at hand: who works at the desk changes a few
// times a day, and is asked for with every step and every page.
package roster

import (
	"context"
	"fmt"
	"sync"
	"time"

	"example.com/skala/shared/people"
)

// A Reader reads the directory as it is now.
type Reader interface {
	Directory(ctx context.Context) (people.Directory, error)
}

// Fresh is how long a directory is taken as it was read.
const Fresh = 10 * time.Second

// A Book has the directory at hand. It may be used by many at once.
type Book struct {
	Reader Reader
	Now    func() time.Time

	mu    sync.Mutex
	last  people.Directory
	had   bool      // a directory was ever read
	stale bool      // somebody knows that it has changed
	tried time.Time // when it was last read, or could not be
}

// Directory returns the directory, at most Fresh old. While it cannot be read the
// last one goes on; the error is returned only where there is none yet. Of many who
// ask at once one reads.
func (b *Book) Directory(ctx context.Context) (people.Directory, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.Now()
	if age := now.Sub(b.tried); b.had && !b.stale && age >= 0 && age < Fresh { // a clock may have been set back
		return b.last, nil
	}
	d, err := b.Reader.Directory(ctx)
	switch {
	case err == nil:
		b.last, b.had, b.stale, b.tried = d.After(b.last), true, false, now
	case b.had && !b.stale:
		b.tried = now
	case !b.had:
		return people.Directory{}, fmt.Errorf("reading the directory: %w", err)
	}
	return b.last, nil
}

// Changed makes the next one who asks read: this process has changed something.
func (b *Book) Changed() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stale = true
}
