package webhook

import (
	"context"
	"sync"
	"time"

	"example.com/skala/shared/desk"
)

const (
	// rarely is how far two notes of an app's handshakes lie apart at least: no platform
	// asks more often, and whoever else does costs no more.
	rarely = 5 * time.Minute
	// shortly is how long writing one may keep the answer back, which leaves as a whole:
	// platforms wait for three seconds.
	shortly = time.Second
)

// A challenge is what is noted of an app.
type challenge struct {
	app      desk.App
	answered bool
}

// asked is when what was noted.
type asked struct {
	mu    sync.Mutex
	noted map[challenge]time.Time
}

// turn reports whether c is to be noted at now.
func (a *asked) turn(c challenge, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if was, ok := a.noted[c]; ok && now.Sub(was) < rarely {
		return false
	}
	if a.noted == nil {
		a.noted = map[challenge]time.Time{}
	}
	a.noted[c] = now
	return true
}

// again has the next of c be noted, since this one was not.
func (a *asked) again(c challenge) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.noted, c)
}

// challenged notes that an app's platform asked whether the address is ours. What can't
// be written is with the next question.
func (d *Door[S]) challenged(ctx context.Context, app desk.App, answered bool, now time.Time) {
	c := challenge{app, answered}
	if d.Asked == nil || !d.asked.turn(c, now) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, shortly)
	defer cancel()
	if err := d.Asked.Challenged(ctx, app, answered, now); err != nil {
		d.Log.WarnContext(ctx, "handshake not noted", "err", err)
		d.asked.again(c)
	}
}
