package sla

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A yearly is an RRULE with FREQ=YEARLY: on which days of a year an event begins.
type yearly struct {
	interval  int
	count     int   // 0 for no end
	until     int64 // in days since 1970; 0 for none
	months    []int
	monthDays []int // from the end below zero
	weekdays  []nth
}

// An nth is a weekday of a month, or of the year where no month is given: the nth
// one, from the end below zero, or each for 0.
type nth struct {
	n       int
	weekday time.Weekday
}

// parseYearly reads the value of an RRULE.
func parseYearly(value string, line int) (*yearly, error) {
	r := &yearly{interval: 1}
	seen := map[string]bool{}
	for part := range strings.SplitSeq(value, ";") {
		name, text, ok := strings.Cut(part, "=")
		name = strings.ToUpper(name)
		if !ok || text == "" || seen[name] {
			return nil, at(line, "RRULE: %q is not a part of the form NAME=VALUE, each there once", clip(part))
		}
		seen[name] = true
		var err error
		switch name {
		case "FREQ":
			if !strings.EqualFold(text, "YEARLY") {
				err = fmt.Errorf("FREQ=%s is not understood, only YEARLY is", clip(text))
			}
		case "INTERVAL":
			r.interval, err = number(text, 1, 1000)
		case "COUNT":
			r.count, err = number(text, 1, maxHolidays)
		case "UNTIL":
			date, _, _ := strings.Cut(text, "T")
			if r.until, err = icalDate(date, line); err != nil {
				return nil, err
			}
		case "BYMONTH":
			r.months, err = numbers(text, 1, 12)
		case "BYMONTHDAY":
			r.monthDays, err = numbers(text, -31, 31)
		case "BYDAY":
			r.weekdays, err = parseNths(text)
		case "WKST": // tells nothing about years
		default:
			err = fmt.Errorf("%s is not understood", clip(name))
		}
		if err != nil {
			return nil, at(line, "RRULE: %w", err)
		}
	}
	switch {
	case !seen["FREQ"]:
		return nil, at(line, "RRULE: there is no FREQ")
	case r.count > 0 && seen["UNTIL"]:
		return nil, at(line, "RRULE: COUNT and UNTIL exclude each other")
	}
	return r, nil
}

// maxParts bounds the numbers and weekdays of a rule: nobody has more holidays.
const maxParts = 100

func parseNths(text string) ([]nth, error) {
	var all []nth
	for one := range strings.SplitSeq(strings.ToUpper(text), ",") {
		if len(all) == maxParts {
			return nil, fmt.Errorf("BYDAY: more than %d", maxParts)
		}
		weekday := -1
		if len(one) >= 2 {
			weekday = slices.Index([]string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}, one[len(one)-2:])
		}
		if weekday < 0 {
			return nil, fmt.Errorf("BYDAY: %q is no weekday such as 4TH or -1MO", clip(one))
		}
		n, err := 0, error(nil)
		if ordinal := one[:len(one)-2]; ordinal != "" {
			if n, err = number(ordinal, -53, 53); err != nil || n == 0 {
				return nil, fmt.Errorf("BYDAY: %q is no weekday such as 4TH or -1MO", clip(one))
			}
		}
		all = append(all, nth{n, time.Weekday(weekday)})
	}
	return all, nil
}

func numbers(text string, low, high int) ([]int, error) {
	var all []int
	for one := range strings.SplitSeq(text, ",") {
		if len(all) == maxParts {
			return nil, fmt.Errorf("more than %d numbers", maxParts)
		}
		n, err := number(one, low, high)
		if err != nil || n == 0 {
			return nil, fmt.Errorf("%q is not a number from %d to %d", clip(one), low, high)
		}
		all = append(all, n)
	}
	return all, nil
}

func number(text string, low, high int) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > high {
		return 0, fmt.Errorf("%q is not a number from %d to %d", clip(text), low, high)
	}
	return n, nil
}

// dates returns the days on which an event begins whose first is start, which counts
// whether or not the rule has it.
func (r *yearly) dates(start int64) []int64 {
	first := time.Unix(start*day, 0).UTC()
	dates := []int64{start}
	for year := first.Year(); year <= lastYear; year += r.interval {
		for _, date := range r.of(year, first) {
			switch {
			case date <= start:
				continue
			case r.until != 0 && date > r.until, r.count > 0 && len(dates) == r.count:
				return dates
			}
			dates = append(dates, date)
		}
	}
	return dates
}

// of returns the days of a year that the rule has, in order.
func (r *yearly) of(year int, first time.Time) []int64 {
	months, monthDays := r.months, r.monthDays
	switch {
	case len(r.weekdays) > 0 || len(monthDays) > 0:
	case len(months) > 0:
		monthDays = []int{first.Day()}
	default:
		months, monthDays = []int{int(first.Month())}, []int{first.Day()}
	}
	var dates []int64
	date, yearDay := floorDiv(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC).Unix(), day), 0
	inYear := time.Date(year, 12, 31, 0, 0, 0, 0, time.UTC).YearDay()
	for month := 1; month <= 12; month++ {
		inMonth := time.Date(year, time.Month(month+1), 0, 0, 0, 0, 0, time.UTC).Day()
		if len(months) > 0 && !slices.Contains(months, month) {
			date, yearDay = date+int64(inMonth), yearDay+inMonth
			continue
		}
		for d := 1; d <= inMonth; d++ {
			place, of := d, inMonth
			if yearDay++; len(months) == 0 && len(monthDays) == 0 { // a weekday of the year
				place, of = yearDay, inYear
			}
			if (len(monthDays) == 0 || slices.Contains(monthDays, d) || slices.Contains(monthDays, d-inMonth-1)) && r.onWeekday(date, place, of) {
				dates = append(dates, date)
			}
			date++
		}
	}
	return dates
}

// onWeekday reports whether a date is on a weekday of the rule, the place-th day of so
// many.
func (r *yearly) onWeekday(date int64, place, of int) bool {
	return len(r.weekdays) == 0 || slices.ContainsFunc(r.weekdays, func(w nth) bool {
		return int64(w.weekday) == weekdayOf(date) && (w.n == 0 || w.n == (place-1)/7+1 || w.n == -((of-place)/7+1))
	})
}
