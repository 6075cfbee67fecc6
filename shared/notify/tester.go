package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/nudge"
	"example.com/skala/shared/post"
)

// A TestBox is a box that a test is dropped into. Drop returns desk.ErrStale when the
// box has changed.
type TestBox interface {
	Boxes(ctx context.Context, of []post.Address) ([]post.Box, error)
	Drop(ctx context.Context, f post.Filled, n desk.Notice) error
}

// A Tester has the desk say that it is a test, by the way that everything goes: into
// the box of an address, and out of it as what is urgent.
type Tester struct {
	Box   TestBox
	Queue nudge.Queue // of notices
	Now   func() time.Time
}

// Test drops a test into the box of an address, as somebody by their id asked.
func (t *Tester) Test(ctx context.Context, to post.Address, by string) error {
	for range rounds {
		boxes, err := t.Box.Boxes(ctx, []post.Address{to})
		if err != nil {
			return fmt.Errorf("testing: %w", err)
		}
		now := t.Now().UTC().Truncate(time.Millisecond)
		b := boxes[0].Drop(true, now)
		f := post.Filled{Box: b, DueAt: b.ActAt(nil)}
		err = t.Box.Drop(ctx, f, desk.Notice{Kind: desk.ToldTest, At: now, To: []string{by}, Urgent: true})
		if errors.Is(err, desk.ErrStale) {
			continue
		}
		if err != nil {
			return fmt.Errorf("testing: %w", err)
		}
		if wait := f.DueAt.Sub(now); wait <= nudge.Ahead { // else the sweep does
			if err := t.Queue.Send(ctx, desk.Nudge{Mailbox: b.ID}, max(0, wait)); err != nil {
				return fmt.Errorf("testing: %w", err)
			}
		}
		return nil
	}
	return fmt.Errorf("testing: %w", errNeverDone)
}
