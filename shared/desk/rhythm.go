package desk

import (
	"slices"
	"time"
)

// A Rhythm is when something usually comes in for an account. It knows of each hour
// of the week, in UTC, in how many of the weeks looked at anything came, so that a
// quiet night is no silence. Its zero value knows nothing.
type Rhythm struct {
	At    time.Time `json:"at,omitzero"`     // when it was reckoned
	Weeks int       `json:"weeks,omitempty"` // that it was reckoned from
	Hours []byte    `json:"hours,omitempty"` // of each hour from Monday 00:00 on, in how many weeks
	// Longest is the 99th percentile of the gaps between hours with events, in usual
	// hours: an hour in which something comes every week counts as one, an hour in
	// which it does every other week as a half.
	Longest float64 `json:"longest,omitempty"`
}

const (
	weekHours = 7 * 24
	// What a rhythm is reckoned from at least, and for Longest the share of gaps.
	leastWeeks = 1
	leastHours = 20
	percentile = 0.99
)

// RhythmWeeks is how many weeks are looked at.
const RhythmWeeks = 4

// NewRhythm reckons a rhythm from the hours, by their beginnings, in which something
// came in the whole weeks before now, of which since is known. It knows nothing where
// that is too little.
func NewRhythm(active []time.Time, since, now time.Time) Rhythm {
	end := now.UTC().Truncate(time.Hour)
	r := Rhythm{At: now, Weeks: min(RhythmWeeks, int(end.Sub(since)/(weekHours*time.Hour)))}
	if r.Weeks < leastWeeks {
		return Rhythm{At: now}
	}
	begin := end.Add(-time.Duration(r.Weeks) * weekHours * time.Hour)
	var hours []time.Time
	for _, at := range active {
		if at = at.UTC().Truncate(time.Hour); !at.Before(begin) && at.Before(end) {
			hours = append(hours, at)
		}
	}
	slices.SortFunc(hours, time.Time.Compare)
	hours = slices.Compact(hours)
	if len(hours) < leastHours {
		return Rhythm{At: now}
	}
	r.Hours = make([]byte, weekHours)
	for _, at := range hours {
		r.Hours[hourOfWeek(at)]++
	}
	var gaps []float64
	for i := 1; i < len(hours); i++ {
		gaps = append(gaps, r.usual(hours[i-1], hours[i]))
	}
	slices.Sort(gaps)
	r.Longest = gaps[min(len(gaps)-1, int(percentile*float64(len(gaps))))]
	return r
}

// Known reports whether r knows anything.
func (r Rhythm) Known() bool { return r.Weeks > 0 && len(r.Hours) == weekHours }

// Broken reports whether nothing since last is, at now, a longer gap than 99 of 100
// were, and one usual hour at least.
func (r Rhythm) Broken(last, now time.Time) bool {
	if !r.Known() || !now.After(last) {
		return false
	}
	quiet := r.usual(last, now)
	return quiet >= 1 && quiet > r.Longest
}

// usual is how many usual hours lie between two instants, without those that they
// are in.
func (r Rhythm) usual(from, to time.Time) float64 {
	first := from.UTC().Truncate(time.Hour).Add(time.Hour)
	last := to.UTC().Truncate(time.Hour)
	n := 0
	if whole := int(last.Sub(first) / (weekHours * time.Hour)); whole > 0 {
		for _, in := range r.Hours {
			n += whole * int(in)
		}
		first = first.Add(time.Duration(whole) * weekHours * time.Hour)
	}
	for at := first; at.Before(last); at = at.Add(time.Hour) {
		n += int(r.Hours[hourOfWeek(at)])
	}
	return float64(n) / float64(r.Weeks)
}

// hourOfWeek counts from Monday 00:00 UTC.
func hourOfWeek(at time.Time) int {
	return (int(at.Weekday())+6)%7*24 + at.Hour()
}
