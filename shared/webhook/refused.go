package webhook

import (
	"context"
	"sync"
	"time"

	"example.com/skala/shared/desk"
)

// apart is how far two writes of one app's count lie apart at least: whoever knocks
// all day costs one write a minute.
const apart = time.Minute

// refused is what was refused of each app and is not written yet.
type refused struct {
	mu      sync.Mutex
	n       map[desk.App]int
	written map[desk.App]time.Time
}

// refuse counts one refusal of an app, and writes the count down when it is time. What
// can't be written is counted with the next.
func (d *Door[S]) refuse(ctx context.Context, app desk.App, now time.Time) {
	if d.Refused == nil {
		return
	}
	d.refused.mu.Lock()
	if d.refused.n == nil {
		d.refused.n, d.refused.written = map[desk.App]int{}, map[desk.App]time.Time{}
	}
	d.refused.n[app]++
	n, due := d.refused.n[app], now.Sub(d.refused.written[app]) >= apart
	if due {
		d.refused.n[app], d.refused.written[app] = 0, now
	}
	d.refused.mu.Unlock()
	if !due {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := d.Refused.Refused(ctx, app, n, now); err != nil {
		d.Log.WarnContext(ctx, "refusals not counted", "refused", n, "err", err)
		d.refused.mu.Lock()
		defer d.refused.mu.Unlock()
		d.refused.n[app] += n
	}
}
