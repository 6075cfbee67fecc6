package escalate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"example.com/skala/shared/desk"
	"example.com/skala/shared/logs"
	"example.com/skala/shared/metrics"
	"example.com/skala/shared/nudge"
)

// Index lists what falls due until an instant, the earliest first. With desk.ErrBroken
// it lists all but what cannot be read.
type Index interface {
	Due(ctx context.Context, until time.Time, limit int) ([]desk.Due, error)
}

// A Sweep runs on the schedule. What it costs grows with what is due, not with
// what is open.
type Sweep struct {
	Index   Index
	Queue   nudge.Queue
	Notices nudge.Queue // of notices that nobody was told of yet, and of boxes; nil where nobody is told
	// Assigner comes after what falls due, for what no nudge told of, and for
	// whose shift begins; nil for none.
	Assigner Assigner
	Now      func() time.Time
	Log      *slog.Logger
	Metrics  *metrics.Recorder // nil for none
}

// atOnce is how much one sweep arms; a backlog beyond it is the next one's, and
// the earliest come first.
const atOnce = 10_000

// senders is how many nudges go out side by side.
const senders = 16

// Run puts everything that falls due before the sweep after the next on the due
// queue, each with its exact delay. Arming twice is harmless. What cannot be read of it
// keeps the rest from nothing: the sweep says so, and is done.
func (s *Sweep) Run(ctx context.Context) error {
	now := s.Now()
	due, err := s.arm(ctx, now)
	about := []any{"due", due, logs.Took(s.Now().Sub(now))}
	switch {
	case errors.Is(err, desk.ErrBroken):
		s.Log.ErrorContext(ctx, "sweep", append(about, "outcome", "incomplete", "err", err)...)
	case err != nil:
		err = fmt.Errorf("sweep: %w", err)
		s.Log.ErrorContext(ctx, "sweep", append(about, "outcome", "failed", "err", err)...)
		return err
	default:
		s.Log.InfoContext(ctx, "sweep", append(about, "outcome", "done")...)
	}
	if s.Assigner != nil {
		if err := s.Assigner.Scheduled(ctx); err != nil { // nobody's deadline waits for it
			s.Log.ErrorContext(ctx, "not assigned", "err", err)
		}
	}
	s.Metrics.Count(metrics.SweepsDone, 1)
	s.Metrics.Count(metrics.DueFound, due)
	return nil
}

// arm says how much it found. It is desk.ErrBroken when all was armed but what cannot be
// read.
func (s *Sweep) arm(ctx context.Context, now time.Time) (found int, err error) {
	due, unread := s.Index.Due(ctx, now.Add(nudge.Ahead), atOnce)
	if unread != nil && !errors.Is(unread, desk.ErrBroken) {
		return 0, unread
	}
	work, failed := make(chan desk.Due), make(chan error, senders)
	for range senders {
		go func() {
			var errs []error
			for d := range work {
				to := s.Queue
				if d.Notices {
					to = s.Notices
				}
				if to != nil {
					errs = append(errs, to.Send(ctx, d.Nudge, max(0, d.At.Sub(s.Now()))))
				}
			}
			failed <- errors.Join(errs...)
		}()
	}
	for _, d := range due {
		work <- d
	}
	close(work)
	var errs []error
	for range senders {
		errs = append(errs, <-failed)
	}
	if err := errors.Join(errs...); err != nil {
		return len(due), err
	}
	return len(due), unread
}
