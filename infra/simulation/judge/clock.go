package judge

import (
	"time"

	"example.com/skala/shared/desk"
)

// A clock is one run of a metric, as the judge counts it.
type clock struct {
	metric desk.Metric
	cycle  int
	target Target
	open   bool // it still waits for something
	runs   bool
	used   time.Duration // before since
	since  time.Time
	ended  time.Time
	met    bool
	known  time.Time // since when there is such a clock, which may run since before

	deadline   time.Time // while it runs, and for good once it has come
	warnAt     time.Time
	stepAt     time.Time
	stepSet    time.Time // when it was known that the step falls due then
	level      int
	base       int // the level at which its chain began
	chain      string
	unnoticed  bool // it missed, and ended before anybody wrote that down
	retargeted bool
}

// start lets the clock run.
func (c *clock) start(at time.Time, r *Rules) {
	if c.runs {
		return
	}
	c.runs, c.since = true, at
	c.reckon(at, r)
}

// reckon says when a running clock falls due.
func (c *clock) reckon(at time.Time, r *Rules) {
	missed := !c.deadline.IsZero()
	if !missed {
		c.deadline = r.hours(c.target).After(c.since, c.target.Time-c.used)
	}
	c.warnAt = time.Time{}
	share := time.Duration(r.Warn * float64(c.target.Time))
	if r.Warn > 0 && c.level == 0 && !missed && (c.used < share || c.used == 0) {
		c.warnAt = r.hours(c.target).After(c.since, share-c.used)
	}
	c.stepAt = time.Time{}
	if c.level == 0 {
		c.stepAt, c.stepSet = latest(c.deadline, c.since), at
	}
}

// stop lets the clock stand still. A deadline that has come by then has come.
func (c *clock) stop(at time.Time, r *Rules) {
	if !c.runs {
		return
	}
	c.used += r.hours(c.target).Within(c.since, at)
	if c.deadline.After(at) {
		c.deadline = time.Time{}
	}
	c.runs, c.warnAt, c.stepAt = false, time.Time{}, time.Time{}
}

// end ends the clock for good.
func (c *clock) end(at time.Time, met bool, r *Rules) {
	if !c.open {
		return
	}
	if c.runs {
		c.used += r.hours(c.target).Within(c.since, at)
	}
	if c.level == 0 && !c.deadline.IsZero() && c.deadline.Before(at) {
		c.level, c.unnoticed = 1, true
	}
	c.open, c.runs, c.met, c.ended = false, false, met, at
	c.warnAt, c.stepAt = time.Time{}, time.Time{}
}

// aim swaps the target; the time used stays used.
func (c *clock) aim(target Target, at time.Time, r *Rules) {
	if !c.open || target == c.target {
		return
	}
	ran, step := c.runs, c.stepAt
	c.stop(at, r)
	c.target = target
	overdue := c.level == 0 && !c.deadline.IsZero() && c.deadline.Before(at)
	switch {
	case overdue:
	case c.used < target.Time:
		c.deadline, c.retargeted = time.Time{}, false
	case c.deadline.IsZero():
		c.deadline, c.retargeted = at, true
	}
	if !ran {
		return
	}
	c.start(at, r)
	if c.level > 0 && !step.IsZero() {
		c.stepAt, c.stepSet = latest(step, c.deadline), at
	}
}

// next says when the step after the last one falls due, which was passed or not.
func (c *clock) next(at time.Time, passed bool, chain Chain, r *Rules) {
	c.stepAt = time.Time{}
	step, wait, repeats, ok := chain.after(c.level - c.base)
	if !ok || !c.runs {
		return
	}
	if passed && !repeats {
		wait = 0
	}
	c.stepAt, c.stepSet = latest(at.Add(wait), c.deadline), at
	if step.Waits {
		c.stepAt = r.Office.Opens(c.stepAt)
	}
}
