package sla

import (
	"slices"
	"time"

	"go.yaml.in/yaml/v3"
)

// maxCalendars bounds those of a document.
const maxCalendars = 200

// DecodeCalendars reads the `calendars` of a policy document:
//
//	office:
//	  zone: Europe/Athens
//	  week: {mon: ["09:00-13:00", "14:00-18:00"], tue: ["22:00-06:00"]}
//	  dates: {2026-12-25: [], 2026-12-24: ["09:00-12:00"]}
//	  holidays: |
//	    BEGIN:VCALENDAR
//	    ...
//
// The whole-day events of holidays, which is an iCalendar file as Holidays reads it,
// close their days, save those that dates has hours for.
// See NewCalendar for what the fields mean. A calendar with a mistake in it is
// in the map too, so that a plan which names it is not refused for that. node
// may be nil.
func DecodeCalendars(node *yaml.Node) (map[string]*Calendar, []Mistake) {
	r := new(reader)
	calendars := make(map[string]*Calendar)
	for n, f := range r.fields(node, "calendars", nil) {
		if n == maxCalendars {
			r.mistake(f.line, "calendars: there are more than %d", maxCalendars)
			break
		}
		if f.name == Always || f.name == "" {
			r.mistake(f.line, "calendars: %q is no name for a calendar of your own", f.name)
			continue
		}
		calendars[f.name] = r.calendar(f.value, "calendar "+f.name)
	}
	return calendars, r.mistakes
}

func (r *reader) calendar(node *yaml.Node, what string) *Calendar {
	c := &Calendar{clock: newClock(time.UTC), dates: make(map[int64][]period)}
	fields := r.fields(node, what, []string{"zone", "week", "dates", "holidays"})
	for _, name := range []string{"zone", "week"} {
		if !slices.ContainsFunc(fields, func(f field) bool { return f.name == name }) {
			r.mistake(node.Line, "%s: there is no %s", what, name)
		}
	}
	for _, f := range fields {
		switch f.name {
		case "zone":
			zone, err := LoadZone(r.text(f.value, what+": zone"))
			if err != nil {
				r.mistake(f.value.Line, "%s: %v", what, err)
				continue
			}
			c.clock = newClock(zone)
		case "week":
			for _, d := range r.fields(f.value, what+": week", nil) {
				weekday, err := parseWeekday(d.name)
				if err != nil {
					r.mistake(d.line, "%s: %v", what, err)
					continue
				}
				c.week[weekday] = r.periods(d.value, what+": "+d.name)
			}
		case "dates":
			for _, d := range r.fields(f.value, what+": dates", nil) {
				date, err := parseDate(d.name)
				if err != nil {
					r.mistake(d.line, "%s: %v", what, err)
					continue
				}
				c.dates[date] = r.periods(d.value, what+": "+d.name)
			}
		}
	}
	if i := slices.IndexFunc(fields, func(f field) bool { return f.name == "holidays" }); i >= 0 {
		r.holidays(fields[i].value, what, c)
	}
	return c
}

// holidays closes the days of an iCalendar file in c.
func (r *reader) holidays(node *yaml.Node, what string, c *Calendar) {
	before := 0 // lines before the file's first
	if n := follow(node); n.Style == yaml.LiteralStyle {
		before = n.Line
	}
	line := func(of int) int {
		if before == 0 {
			return node.Line
		}
		return before + of
	}
	text := r.text(node, what+": holidays")
	switch r.holidayed += len(text); {
	case text == "":
		return
	case r.holidayed > maxICal: // one file may stand behind many aliases
		r.mistake(node.Line, "%s: holidays: those of all calendars have more than %d bytes", what, maxICal)
		return
	}
	days, notes, refused := Holidays(text)
	if refused != nil {
		r.mistake(line(refused.Line), "%s: holidays: %s", what, refused.Text)
		return
	}
	for _, d := range days {
		date, err := parseDate(d.Date)
		if err != nil {
			r.mistake(node.Line, "%s: holidays: %v", what, err)
			continue
		}
		if _, given := c.dates[date]; !given {
			c.dates[date] = nil
		}
	}
	for _, n := range notes {
		c.doubts = append(c.doubts, Mistake{line(n.Line), what + ": holidays: " + n.Text})
	}
	if len(days) == 0 {
		c.doubts = append(c.doubts, Mistake{node.Line, what + ": holidays: no day is closed"})
	}
}

func (r *reader) periods(node *yaml.Node, what string) []period {
	var all []period
	for _, n := range r.list(node, what) {
		periods, err := parsePeriods([]string{r.text(n, what)})
		if err != nil {
			r.mistake(n.Line, "%s: %v", what, err)
		}
		all = append(all, periods...)
	}
	sortPeriods(all)
	return all
}
