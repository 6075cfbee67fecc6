package sla

import (
	"cmp"
	"errors"
	"slices"
	"time"
)

// Errors of Deadline.
var (
	ErrTarget = errors.New("the target is not more than zero")
	ErrNever  = errors.New("what opens within ten years does not use up the target")
	ErrPause  = errors.New("a pause ends before it starts")
)

// horizon is how many years after its start a target must be used up.
const horizon = 10

// A Pause is a time that does not count. It holds From but not To.
type Pause struct{ From, To time.Time }

// Deadline returns the first instant, in UTC, by which target has been used up
// by open time since start outside the pauses: used up exactly at closing time,
// it is the closing time. Pauses may overlap and come in any order.
//
// The errors are ErrTarget for a target of zero or less, ErrPause, and ErrNever
// when the ten years from start are not enough.
func (c *Calendar) Deadline(start time.Time, target time.Duration, pauses []Pause) (time.Time, error) {
	start = start.UTC()
	if target <= 0 {
		return time.Time{}, ErrTarget
	}
	stops, err := merge(start, pauses)
	if err != nil {
		return time.Time{}, err
	}
	for w := c.from(start, start.AddDate(horizon, 0, 0)); w.next(); {
		for open := w.opens; open < w.closes; {
			for len(stops) > 0 && stops[0].to <= open {
				stops = stops[1:]
			}
			until := w.closes
			if len(stops) > 0 && stops[0].from < until {
				if stops[0].from <= open {
					open = stops[0].to
					continue
				}
				until = stops[0].from
			}
			if target <= until-open {
				return start.Add(open + target), nil
			}
			target -= until - open
			open = until
		}
	}
	return time.Time{}, ErrNever
}

// Between returns how much open time lies from one instant to another, 0 when
// the second is not later. It looks a hundred years ahead at most.
func (c *Calendar) Between(from, to time.Time) time.Duration {
	if !from.Before(to) {
		return 0
	}
	if century := from.AddDate(100, 0, 0); to.After(century) {
		to = century
	}
	var sum time.Duration
	for w := c.from(from, to); w.next(); {
		sum += w.closes - w.opens
	}
	return sum
}

// OpenAt reports whether the calendar is open at an instant, and when that next
// changes, in UTC: the zero time when it does not within ten years.
func (c *Calendar) OpenAt(at time.Time) (open bool, changes time.Time) {
	at = at.UTC()
	end := at.AddDate(horizon, 0, 0)
	w := c.from(at, end)
	if !w.next() {
		return false, time.Time{}
	}
	if w.opens > 0 {
		return false, at.Add(w.opens)
	}
	until := w.closes
	for w.next() && w.opens == until {
		until = w.closes
	}
	if changes = at.Add(until); !changes.Before(end) {
		return true, time.Time{}
	}
	return true, changes
}

// A stop is a pause in nanoseconds after the start of a target.
type stop struct{ from, to time.Duration }

// merge returns the pauses in order and without overlaps.
func merge(start time.Time, pauses []Pause) ([]stop, error) {
	if len(pauses) == 0 {
		return nil, nil
	}
	stops := make([]stop, 0, len(pauses))
	for _, p := range pauses {
		if p.To.Before(p.From) {
			return nil, ErrPause
		}
		// Sub saturates at 292 years, far beyond any horizon.
		if s := (stop{p.From.Sub(start), p.To.Sub(start)}); s.from < s.to {
			stops = append(stops, s)
		}
	}
	slices.SortFunc(stops, func(a, b stop) int { return cmp.Compare(a.from, b.from) })
	merged := stops[:0]
	for _, s := range stops {
		if last := len(merged) - 1; last >= 0 && s.from <= merged[last].to {
			merged[last].to = max(merged[last].to, s.to)
			continue
		}
		merged = append(merged, s)
	}
	return merged, nil
}

// A walk goes through the open times of a calendar in order. After next, opens
// and closes are nanoseconds after the beginning of the walk; neighbouring open
// times may touch but don't overlap.
//
// It goes date by date, not instant by instant, so that a date which a zone
// skips keeps its periods. Taking the openings in order of date and wall time
// takes them in order of time too: the only zone that could break that would
// jump back over a wall time it has just skipped, which a test rules out.
type walk struct {
	calendar *Calendar
	second   int64 // of the beginning, Unix time
	nanos    int64 // and its fraction
	end      time.Duration
	near     span

	date, last int64    // the next date to look at, and the last that can matter
	midnight   int64    // by the wall clock, of the date that today is of
	today      []period // what is left of it

	opens, closes time.Duration
}

// from starts a walk through what is open from one instant to another.
func (c *Calendar) from(from, to time.Time) walk {
	w := walk{calendar: c, second: from.Unix(), nanos: int64(from.Nanosecond()), end: to.Sub(from)}
	if c == nil {
		return w
	}
	w.near = c.clock.span(w.second)
	// What runs overnight began a day before, and where the clock was put back
	// over midnight two days before.
	w.date = floorDiv(w.second+w.near.offset, day) - 2
	w.last = floorDiv(to.Unix()+maxOffset, day)
	return w
}

// next moves on to the next open time, and reports whether there is one.
func (w *walk) next() bool {
	done := w.closes
	if w.calendar == nil {
		w.opens, w.closes = done, w.end
		return w.opens < w.closes
	}
	clock := &w.calendar.clock
	for {
		for len(w.today) == 0 {
			if w.date > w.last {
				return false
			}
			w.today, w.midnight = w.calendar.periods(w.date), w.date*day
			w.date++
		}
		p := w.today[0]
		w.today = w.today[1:]
		closes := min(w.after(clock.closing(w.midnight+p.closes, &w.near)), w.end)
		if closes <= done {
			continue
		}
		opens := max(w.after(clock.opening(w.midnight+p.opens, &w.near)), done)
		if opens < closes {
			w.opens, w.closes = opens, closes
			return true
		}
	}
}

// after returns how long after the beginning of the walk a second begins.
func (w *walk) after(second int64) time.Duration {
	return time.Duration((second-w.second)*1e9 - w.nanos)
}
