package judge

import "time"

// Hours are business hours: one or more periods of minutes since midnight for each
// weekday, Sunday first, by the wall clock of a zone, and dates on which nothing
// opens. Periods do not run overnight, and none begins or ends in a night on which
// clocks are put forward or back. Nil hours are around the clock.
type Hours struct {
	Zone   *time.Location
	Week   [7][][2]int
	Closed map[string]bool // by date, 2026-12-25
}

// open walks the periods of opening from an instant on, until take says that it has
// seen enough.
func (h *Hours) open(from time.Time, take func(opens, closes time.Time) (enough bool)) {
	at := from.In(h.Zone)
	for day := 0; ; day++ {
		midnight := time.Date(at.Year(), at.Month(), at.Day()+day, 0, 0, 0, 0, h.Zone)
		if h.Closed[midnight.Format(time.DateOnly)] {
			continue
		}
		for _, p := range h.Week[midnight.Weekday()] {
			opens := time.Date(midnight.Year(), midnight.Month(), midnight.Day(), 0, p[0], 0, 0, h.Zone)
			closes := time.Date(midnight.Year(), midnight.Month(), midnight.Day(), 0, p[1], 0, 0, h.Zone)
			if closes.After(from) && take(latest(opens, from), closes) {
				return
			}
		}
	}
}

// After is the first instant by which left has been used up, counting from start.
func (h *Hours) After(start time.Time, left time.Duration) (at time.Time) {
	switch {
	case left <= 0:
		return start
	case h == nil:
		return start.Add(left)
	}
	h.open(start, func(opens, closes time.Time) bool {
		if here := closes.Sub(opens); here < left {
			left -= here
			return false
		}
		at = opens.Add(left)
		return true
	})
	return at.UTC()
}

// Within is how much of the time between two instants counts.
func (h *Hours) Within(from, to time.Time) (used time.Duration) {
	switch {
	case !from.Before(to):
		return 0
	case h == nil:
		return to.Sub(from)
	}
	h.open(from, func(opens, closes time.Time) bool {
		if !opens.Before(to) {
			return true
		}
		used += earliest(closes, to).Sub(opens)
		return !closes.Before(to)
	})
	return used
}

// Opens is the first instant from at on that counts.
func (h *Hours) Opens(at time.Time) (opens time.Time) {
	if h == nil {
		return at
	}
	h.open(at, func(from, _ time.Time) bool { opens = from; return true })
	return opens.UTC()
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// earliest returns the earlier of two instants, neither of them zero.
func earliest(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
