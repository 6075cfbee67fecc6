package sla

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

// A Calendar says which hours count: the business hours of an ordinary week,
// other hours or none on single dates, all by the wall clock of one zone. A nil
// *Calendar is around the clock. Calendars don't change once made and may be
// used by many at once.
type Calendar struct {
	clock clock
	week  [7][]period // Sunday first, as in time.Weekday
	dates map[int64][]period

	doubts []Mistake // about its holidays
}

// A period is a time of opening, in seconds since the midnight by the wall
// clock that the day begins with. One that runs overnight closes after day.
type period struct{ opens, closes int64 }

const day = 24 * 60 * 60

// NewCalendar returns the calendar of a zone of the embedded database. week has
// the periods of the weekdays mon, tue, wed, thu, fri, sat, sun; a missing one
// is closed. dates has the periods of single dates such as "2026-12-24", which
// replace those of their weekday; none is closed all day.
//
// A period is HH:MM-HH:MM. One that ends at or before its start runs overnight
// and belongs to the day it starts on; 24:00 closes at the end of the day.
// Periods may overlap, and then count once. The error says what is wrong and
// where.
func NewCalendar(zone string, week, dates map[string][]string) (*Calendar, error) {
	w, err := NewWallClock(zone)
	if err != nil {
		return nil, err
	}
	return w.Calendar(week, dates)
}

// Calendar is NewCalendar for the zone of the clock, which takes the most time to
// make.
func (w *WallClock) Calendar(week, dates map[string][]string) (*Calendar, error) {
	c := &Calendar{clock: w.clock, dates: make(map[int64][]period, len(dates))}
	for _, name := range slices.Sorted(maps.Keys(week)) { // of several mistakes always the same is reported
		weekday, err := parseWeekday(name)
		if err != nil {
			return nil, err
		}
		if c.week[weekday], err = parsePeriods(week[name]); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(dates)) {
		date, err := parseDate(name)
		if err != nil {
			return nil, err
		}
		if c.dates[date], err = parsePeriods(dates[name]); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return c, nil
}

// Zone returns the zone whose wall clock the calendar follows, UTC for a nil one.
func (c *Calendar) Zone() *time.Location {
	if c == nil {
		return time.UTC
	}
	return c.clock.zone
}

// periods returns the periods that begin on a date, given in days since 1970,
// in order of their opening.
func (c *Calendar) periods(date int64) []period {
	if len(c.dates) > 0 {
		if p, ok := c.dates[date]; ok {
			return p
		}
	}
	return c.week[weekdayOf(date)]
}

// weekdayOf returns the weekday of a date: 1970 began on a Thursday.
func weekdayOf(date int64) int64 {
	return ((date+int64(time.Thursday))%7 + 7) % 7
}

// usual returns how much of an ordinary week is open, and of an average day of
// it on which something opens. Both are zero for a calendar without a week.
func (c *Calendar) usual() (week, workday time.Duration) {
	if c == nil {
		return 7 * 24 * time.Hour, 24 * time.Hour
	}
	var open [7 * 24 * 60]bool // minutes
	days := 0
	for weekday, periods := range c.week {
		if len(periods) > 0 {
			days++
		}
		for _, p := range periods {
			for minute := p.opens / 60; minute < p.closes/60; minute++ {
				open[(int64(weekday)*24*60+minute)%int64(len(open))] = true
			}
		}
	}
	if days == 0 {
		return 0, 0
	}
	for _, is := range open {
		if is {
			week += time.Minute
		}
	}
	return week, (week / time.Duration(days)).Truncate(time.Second)
}

func parseWeekday(name string) (time.Weekday, error) {
	i := slices.Index([]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}, name)
	if i < 0 {
		return 0, fmt.Errorf("weekday %q is not one of mon, tue, wed, thu, fri, sat, sun", name)
	}
	return time.Weekday(i), nil
}

// parseDate returns the days since 1970 of a date such as "2026-12-24".
func parseDate(name string) (int64, error) {
	t, err := time.Parse(time.DateOnly, name)
	if err != nil || len(name) != len(time.DateOnly) {
		return 0, fmt.Errorf("date %q is not a date such as 2026-12-24", name)
	}
	return floorDiv(t.Unix(), day), nil
}

func parsePeriods(texts []string) ([]period, error) {
	periods := make([]period, 0, len(texts))
	for _, text := range texts {
		p, err := parsePeriod(text)
		if err != nil {
			return nil, err
		}
		periods = append(periods, p)
	}
	sortPeriods(periods)
	return periods, nil
}

func sortPeriods(periods []period) {
	slices.SortFunc(periods, func(a, b period) int { return cmp.Compare(a.opens, b.opens) })
}

func parsePeriod(text string) (period, error) {
	const shape = "HH:MM-HH:MM"
	if len(text) != len(shape) || text[5] != '-' {
		return period{}, fmt.Errorf("period %q is not of the form HH:MM-HH:MM", text)
	}
	opens, ok := parseWall(text[:5])
	if !ok {
		return period{}, fmt.Errorf("period %q does not open at a time of day", text)
	}
	if text[6:] == "24:00" {
		return period{opens, day}, nil
	}
	closes, ok := parseWall(text[6:])
	if !ok {
		return period{}, fmt.Errorf("period %q does not close at a time of day", text)
	}
	if closes <= opens {
		closes += day
	}
	return period{opens, closes}, nil
}

// parseWall returns the seconds since midnight of a time such as "09:30".
func parseWall(text string) (int64, bool) {
	for _, i := range []int{0, 1, 3, 4} {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
	}
	hour, minute := int64(text[0]-'0')*10+int64(text[1]-'0'), int64(text[3]-'0')*10+int64(text[4]-'0')
	return hour*60*60 + minute*60, text[2] == ':' && hour < 24 && minute < 60
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
