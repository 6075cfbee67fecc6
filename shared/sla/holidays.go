package sla

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Holiday is a day on which a file of holidays closes.
type Holiday struct {
	Date string // such as 2026-12-25
	Name string // of the event; may be empty
}

// The last year for which rules without an end are written out, how many days a file
// may close, how often it may close them, and how many of its events may come again
// every year: what is read takes no longer than a moment, whatever it says.
const (
	lastYear    = 2100
	maxHolidays = 20_000
	maxClosings = 10 * maxHolidays
	maxYearly   = 1000
)

// Holidays returns the days that an iCalendar file (RFC 5545) closes, in order, each
// once: those of its whole-day events, with DTEND (which is no longer part of it) or
// DURATION, yearly RRULEs by date or by weekday of a month (BYDAY=4TH), RDATE, EXDATE,
// and single instances that were moved (RECURRENCE-ID) or cancelled. A rule without an
// end goes on to the year 2100. Notes say, with its line, what was left out: events of
// some hours, and cancelled ones.
//
// Anything that is malformed or that this cannot read refuses the whole file; the
// mistake has the line.
func Holidays(text string) (days []Holiday, notes []Mistake, refused *Mistake) {
	h := &holidays{names: map[int64]string{}}
	if err := h.read(text); err != nil {
		refused = &Mistake{Text: err.Error()}
		if l, ok := errors.AsType[*lineError](err); ok {
			refused = &Mistake{l.line, l.err.Error()}
		}
		return nil, nil, refused
	}
	for date := range h.names {
		days = append(days, Holiday{dateText(date), h.names[date]})
	}
	slices.SortFunc(days, func(a, b Holiday) int { return strings.Compare(a.Date, b.Date) })
	return days, h.notes, nil
}

type holidays struct {
	names  map[int64]string // by date, in days since 1970
	notes  []Mistake
	closed int // how often a day was
	yearly int // events that come again
}

// An event is a whole-day event of a file.
type event struct {
	uid       string
	name      string
	line      int
	start     int64
	days      int64
	rule      *yearly
	more      []int64        // RDATE
	not       map[int64]bool // EXDATE
	instance  int64          // RECURRENCE-ID
	moved     bool           // whether there is one
	cancelled bool
}

func (h *holidays) read(text string) error {
	calendars, err := parseICal(text)
	if err != nil {
		return err
	}
	var events []event
	for _, c := range calendars {
		for _, part := range c.parts {
			if part.name != "VEVENT" {
				continue
			}
			e, whole, err := readEvent(part)
			switch {
			case err != nil:
				return err
			case e.cancelled && !e.moved:
				h.notes = append(h.notes, Mistake{part.line, fmt.Sprintf("%q is cancelled and left out", e.name)})
			case !whole:
				h.notes = append(h.notes, Mistake{part.line, fmt.Sprintf("%q is of some hours and left out: give such a day's hours in dates", e.name)})
			default:
				events = append(events, e)
			}
		}
	}
	moved := map[string]map[int64]bool{} // by the event, the instances that another stands for
	for _, e := range events {
		if e.moved && e.uid != "" {
			if moved[e.uid] == nil {
				moved[e.uid] = map[int64]bool{}
			}
			moved[e.uid][e.instance] = true
		}
	}
	for _, e := range events {
		elsewhere := moved[e.uid]
		if e.moved {
			elsewhere = nil
		}
		if err := h.close(e, elsewhere); err != nil {
			return err
		}
	}
	return nil
}

// close notes the days of an event but for those instances that stand elsewhere.
func (h *holidays) close(e event, elsewhere map[int64]bool) error {
	if e.cancelled {
		return nil
	}
	starts := []int64{e.start}
	if e.rule != nil {
		if h.yearly++; h.yearly > maxYearly {
			return at(e.line, "more than %d events come again every year", maxYearly)
		}
		starts = e.rule.dates(e.start)
	}
	for _, start := range append(starts, e.more...) {
		if e.not[start] || elsewhere[start] {
			continue
		}
		if h.closed += int(e.days); h.closed > maxClosings {
			return at(e.line, "days are closed more than %d times", maxClosings)
		}
		for date := start; date < start+e.days; date++ {
			if name, ok := h.names[date]; !ok || name == "" {
				h.names[date] = e.name
			}
		}
		if len(h.names) > maxHolidays {
			return at(e.line, "more than %d days are closed", maxHolidays)
		}
	}
	return nil
}

// readEvent reads a VEVENT, and reports whether it is of whole days.
func readEvent(c *component) (e event, whole bool, err error) {
	e = event{line: c.line, days: 1}
	var start, end, duration *property
	var dates []property
	seen := map[string]bool{}
	for _, p := range c.properties {
		switch p.name {
		case "UID", "SUMMARY", "STATUS", "DTSTART", "DTEND", "DURATION", "RRULE", "RECURRENCE-ID":
			if seen[p.name] {
				return e, false, at(p.line, "%s stands there twice", p.name)
			}
			seen[p.name] = true
		}
		switch p.name {
		case "UID":
			e.uid = p.value
		case "SUMMARY":
			e.name = unescaped(p.value)
		case "STATUS":
			e.cancelled = strings.EqualFold(p.value, "CANCELLED")
		case "DTSTART":
			start = &p
		case "DTEND":
			end = &p
		case "DURATION":
			duration = &p
		case "RRULE", "EXRULE", "RDATE", "EXDATE", "RECURRENCE-ID":
			dates = append(dates, p)
		}
	}
	if start == nil {
		return e, false, at(c.line, "the event has no DTSTART")
	}
	whole, err = isDate(*start)
	if err != nil || !whole {
		return e, false, err
	}
	if e.start, err = icalDate(start.value, start.line); err != nil {
		return e, false, err
	}
	switch {
	case end != nil && duration != nil:
		return e, false, at(duration.line, "the event has a DTEND and a DURATION")
	case end != nil:
		until, err := icalDate(end.value, end.line)
		if err != nil {
			return e, false, err
		}
		if until < e.start {
			return e, false, at(end.line, "the event ends before it starts")
		}
		e.days = max(1, until-e.start) // some write the day itself
	case duration != nil:
		if e.days, err = icalDays(duration.value, duration.line); err != nil {
			return e, false, err
		}
	}
	if e.days > 366 {
		return e, false, at(c.line, "the event is longer than a year")
	}
	for _, p := range dates {
		if err := e.repeat(p); err != nil {
			return e, false, err
		}
	}
	return e, true, nil
}

// repeat takes in a property that says when else an event is.
func (e *event) repeat(p property) (err error) {
	switch p.name {
	case "EXRULE":
		return at(p.line, "EXRULE is not understood; list the days in EXDATE")
	case "RRULE":
		e.rule, err = parseYearly(p.value, p.line)
		return err
	case "RECURRENCE-ID":
		e.moved = true
		e.instance, err = icalDate(p.value, p.line)
		return err
	}
	for value := range strings.SplitSeq(p.value, ",") {
		date, err := icalDate(value, p.line)
		if err != nil {
			return err
		}
		if p.name == "RDATE" {
			e.more = append(e.more, date)
		} else {
			if e.not == nil {
				e.not = map[int64]bool{}
			}
			e.not[date] = true
		}
	}
	return nil
}

// isDate reports whether a DTSTART is a day rather than an instant. One without a
// VALUE is what it looks like.
func isDate(p property) (bool, error) {
	switch value := strings.ToUpper(p.params["VALUE"]); {
	case value == "DATE", value == "" && len(p.value) == len("20261225"):
		return true, nil
	case value != "" && value != "DATE-TIME":
		return false, at(p.line, "DTSTART: VALUE=%s is neither DATE nor DATE-TIME", clip(value))
	}
	for _, layout := range []string{"20060102T150405", "20060102T150405Z"} {
		if _, err := time.Parse(layout, p.value); err == nil {
			return false, nil
		}
	}
	return false, at(p.line, "DTSTART: %q is no instant such as 20261225T090000", clip(p.value))
}

// icalDate returns the days since 1970 of a date such as 20261225.
func icalDate(value string, line int) (int64, error) {
	t, err := time.Parse("20060102", value)
	if err != nil || t.Year() < 1900 || t.Year() > lastYear {
		return 0, at(line, "%q is not a date such as 20261225, from 1900 to %d", clip(value), lastYear)
	}
	return floorDiv(t.Unix(), day), nil
}

// icalDays reads a duration of whole days: P1D, P2W.
func icalDays(value string, line int) (int64, error) {
	malformed := at(line, "DURATION: %q is not one of whole days or weeks, such as P2D or P1W", clip(value))
	number, ok := strings.CutPrefix(strings.TrimPrefix(value, "+"), "P")
	if !ok || number == "" {
		return 0, malformed
	}
	n, err := strconv.ParseUint(number[:len(number)-1], 10, 16)
	switch {
	case err != nil || n == 0:
		return 0, malformed
	case number[len(number)-1] == 'W':
		return int64(n) * 7, nil
	case number[len(number)-1] == 'D':
		return int64(n), nil
	}
	return 0, malformed
}

func dateText(date int64) string {
	return time.Unix(date*day, 0).UTC().Format(time.DateOnly)
}
